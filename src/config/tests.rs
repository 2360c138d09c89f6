//! Configurations that are right, and every way to get one wrong.

use kready_checks::{
    inventory::{IntParam, Param, TextsParam, Value as ParamValue},
    model::{Pillar, Severity},
    wire::Time,
};

use super::*;
use crate::report::Profile;

static PARAMS: &[Param] = &[
    Param::Int(IntParam {
        name: "minimum",
        default: 2,
        about: "how many at least",
    }),
    Param::Texts(TextsParam {
        name: "registries",
        default: &["docker.io"],
        about: "which are trusted",
    }),
];
static REPLICA: Check = Check {
    id: "workload-single-replica",
    pillar: Pillar::HighAvailability,
    severity: Severity::High,
    title: "a served workload runs a single replica",
    params: PARAMS,
    ..Check::BASE
};
static BACKUP: Check = Check {
    id: "backup-missing",
    pillar: Pillar::Storage,
    severity: Severity::High,
    title: "nothing backs up volumes",
    capability: Some("backup"),
    ..Check::BASE
};
static LATEST: Check = Check {
    id: "image-tag-latest",
    pillar: Pillar::ImageTrust,
    severity: Severity::Medium,
    title: "an image is not pinned",
    aliases: &["image-tag-mutable"],
    ..Check::BASE
};
static REGISTRY: [&Check; 3] = [&REPLICA, &BACKUP, &LATEST];

const FULL: &str = "\
severities:
  image-tag-latest: critical
parameters:
  workload-single-replica:
    minimum: 3
    registries: [a.example, b.example]
selection:
  only: [high-availability, storage, backup-missing]
  skip: [low]
scope:
  namespaces: [shop-*]
  exclude:
    - kube-*
  includeSystem: true
gate:
  failOn: medium
  minScore: 72.5
  minCoverage: 90
  gateNewChecks: true
declarations:
  - capability: backup
    reason: the storage array copies every night
    owner: storage@example.com
    expires: 2027-01-31
waivers:
  - check: workload-single-replica
    objects: [shop/Deployment/cart, 'shop-*/*/*']
    reason: it is rewritten
    owner: shop
    expires: 2026-12-24
  - check: backup-missing
    reason: it comes with the new cluster
    owner: storage
    expires: 2027-11-25
report:
  maxFindings: 1000
";

fn parse(text: &str) -> Result<Config, String> {
    super::parse(text, "kready.yaml", &REGISTRY)
}

fn valid(text: &str) -> bool {
    let document: serde_json::Value = serde_yaml::from_str(text).unwrap();
    jsonschema::validator_for(&schema(&REGISTRY))
        .unwrap()
        .is_valid(&document)
}

fn now() -> Time {
    "2026-11-25T03:00:00Z".parse().unwrap()
}

fn plan(text: &str, overrides: &Overrides) -> Result<Plan, Failure> {
    parse(text).unwrap().plan(overrides, &REGISTRY)
}

#[test]
fn a_profile_weighs_where_no_severity_is_set() {
    let text = "profile: dev\nseverities: {backup-missing: critical}\n";
    assert!(valid(text));
    assert!(!valid("profile: test\n"));
    let problem = parse("profile: prodution\n").unwrap_err();
    assert!(
        problem.contains("kready.yaml:1:10") && problem.contains("production?"),
        "{problem}"
    );
    let of = |profile| {
        let overrides = Overrides {
            profile,
            ..Overrides::default()
        };
        plan(text, &overrides).unwrap().policy
    };
    let light = |check: &Check| {
        matches!(
            check.pillar,
            Pillar::HighAvailability | Pillar::Observability
        )
    };
    for check in REGISTRY {
        let own = (check.id == "backup-missing").then_some(Severity::Critical);
        let dev = if light(check) {
            Severity::Info
        } else {
            check.severity
        };
        assert_eq!(of(None).severity(check), own.unwrap_or(dev), "{}", check.id);
        let production = of(Some(Profile::Production)).severity(check);
        assert_eq!(production, own.unwrap_or(check.severity), "{}", check.id);
    }
}

#[test]
fn a_full_configuration_is_understood() {
    assert!(valid(FULL));
    let plan = plan(FULL, &Overrides::default()).unwrap();
    let ids: Vec<&str> = plan.checks.iter().map(|check| check.id).collect();
    assert_eq!(ids, ["workload-single-replica", "backup-missing"]);
    assert!(plan.selected);
    assert_eq!(plan.policy.config.as_deref(), Some("kready.yaml"));
    assert_eq!(plan.policy.severity(&LATEST), Severity::Critical);
    assert_eq!(plan.policy.gate.fail_on, Some(Severity::Medium));
    assert!((plan.policy.gate.min_score - 72.5).abs() < f64::EPSILON);
    assert!((plan.policy.gate.min_coverage - 90.0).abs() < f64::EPSILON);
    assert!(plan.policy.gate.gate_new_checks);
    assert_eq!(plan.policy.max_findings, Some(1000));
    assert_eq!(plan.scope.namespaces, ["shop-*"]);
    assert_eq!(plan.scope.excluded, ["kube-*"]);
    assert_eq!(plan.policy.waivers.len(), 2);
    assert_eq!(plan.policy.waivers[0].objects.len(), 2);
    let settings = plan.settings(now());
    assert!(settings.include_system);
    assert!(settings.declared.contains("backup"));
    let key = |name: &str| ("workload-single-replica".to_owned(), name.to_owned());
    assert_eq!(settings.params[&key("minimum")], ParamValue::Int(3));
    assert_eq!(
        settings.params[&key("registries")],
        ParamValue::Texts(vec!["a.example".into(), "b.example".into()])
    );
    plan.check_expiries(now()).unwrap();
}

#[test]
fn a_check_answers_to_its_earlier_name_and_the_user_hears_of_it() {
    let text = FULL.replace("image-tag-latest", "image-tag-mutable");
    let by_id = plan(FULL, &Overrides::default()).unwrap();
    let renamed = plan(&text, &Overrides::default()).unwrap();
    assert_eq!(renamed.policy.severity(&LATEST), Severity::Critical);
    let ids = |plan: &Plan| -> Vec<&str> { plan.checks.iter().map(|check| check.id).collect() };
    assert_eq!(ids(&renamed), ids(&by_id));
    let waived = |plan: &Plan| -> Vec<String> {
        let waivers = plan.policy.waivers.iter();
        waivers.map(|waiver| waiver.check.clone()).collect()
    };
    assert_eq!(waived(&renamed), waived(&by_id));
    let notices = |plan: &Plan| -> Vec<String> {
        let renamed = plan.policy.renamed.iter();
        renamed.map(crate::report::Renamed::notice).collect()
    };
    assert!(notices(&by_id).is_empty());
    let notice = "the check image-tag-mutable is called image-tag-latest now";
    assert_eq!(notices(&renamed), [notice]);
    let asked = Overrides {
        only: vec!["image-tag-mutable".to_owned()],
        ..Overrides::default()
    };
    let asked = plan("", &asked).unwrap();
    assert_eq!(ids(&asked), [LATEST.id]);
    assert_eq!(notices(&asked), [notice]);
    assert!(asked.selected);
}

#[test]
fn an_expired_declaration_no_longer_declares() {
    let plan = plan(FULL, &Overrides::default()).unwrap();
    let later = "2027-02-01T00:00:00Z".parse().unwrap();
    assert!(plan.settings(later).declared.is_empty());
}

#[test]
fn an_expiry_beyond_a_year_is_an_error_with_its_line() {
    let plan = plan(FULL, &Overrides::default()).unwrap();
    let failure = plan
        .check_expiries("2026-11-24T23:00:00Z".parse().unwrap())
        .unwrap_err();
    let text = failure.to_string();
    assert!(
        text.contains("kready.yaml:34:14: the waiver of backup-missing expires on 2027-11-25"),
        "{text}"
    );
    assert!(!text.contains("kready.yaml:30"), "{text}");
}

#[test]
fn nothing_is_a_configuration_too() {
    for text in ["", "# later\n", "waivers:\n", "scope: {}\n"] {
        let plan = plan(text, &Overrides::default()).unwrap();
        assert_eq!(plan.checks.len(), 3, "{text:?}");
        assert!(!plan.selected);
        assert_eq!(plan.policy.gate, crate::report::Gate::default());
    }
    assert!(valid("{}") && valid("waivers:\n"));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn every_mistake_is_named_with_its_line_and_the_nearest_name() {
    let grant = "reason: r\n    owner: o\n    expires: 2027-01-31\n";
    let cases = [
        (
            "wavers: []\n",
            "1:1: unknown key \"wavers\": did you mean waivers?",
        ),
        (
            "severities:\n  backup-mising: low\n",
            "2:3: unknown check \"backup-mising\": did you mean backup-missing?",
        ),
        (
            "severities:\n  backup-missing: hihg\n",
            "2:19: unknown severity \"hihg\": did you mean high?",
        ),
        (
            "parameters:\n  workload-single-replica:\n    minumum: 3\n",
            "3:5: unknown parameter of workload-single-replica \"minumum\": did you mean minimum?",
        ),
        (
            "parameters:\n  backup-missing:\n    minimum: 3\n",
            "3:5: unknown parameter of backup-missing \"minimum\": none is known",
        ),
        (
            "parameters:\n  workload-single-replica:\n    minimum: many\n",
            "3:14: `minimum` must be a whole number from 0 to 1000000, not text",
        ),
        (
            "parameters:\n  workload-single-replica:\n    registries: [[1]]\n",
            "3:18: `an entry of registries` must be text, not a list",
        ),
        (
            "selection:\n  only: [hardenning]\n",
            "2:10: unknown check, pillar or severity \"hardenning\": did you mean hardening?",
        ),
        (
            "selection:\n  olny: [hardening]\n",
            "2:3: unknown key of selection \"olny\": did you mean only?",
        ),
        (
            "scope:\n  namespace: [a]\n",
            "2:3: unknown key of scope \"namespace\": did you mean namespaces?",
        ),
        (
            "scope:\n  namespaces: ['a[']\n",
            "2:16: `a[` is not a pattern",
        ),
        (
            "gate:\n  failon: high\n",
            "2:3: unknown key of gate \"failon\": did you mean failOn?",
        ),
        ("gate:\n  failOn: info\n", "2:11: unknown failOn \"info\""),
        (
            "gate:\n  minScore: 101\n",
            "2:13: `minScore`: 101 is outside 0–100",
        ),
        ("gate:\n  minScore: .nan\n", "2:13: non-finite float"),
        ("gate: high\n", "1:7: `gate` must be a mapping, not text"),
        (
            "declarations:\n  - capability: backups\n    GRANT",
            "2:17: unknown capability \"backups\": did you mean backup?",
        ),
        (
            "declarations:\n  - GRANT",
            "2:5: this declaration lacks capability",
        ),
        (
            "waivers:\n  - check: backup\n    GRANT",
            "2:12: unknown check \"backup\": did you mean backup-missing?",
        ),
        (
            "waivers:\n  - check: backup-missing\n    object: [a/b/c]\n    GRANT",
            "3:5: unknown key of a waiver \"object\": did you mean objects?",
        ),
        (
            "waivers:\n  - check: backup-missing\n    objects: [cart]\n    GRANT",
            "3:15: `cart` is not namespace/kind/name",
        ),
        (
            "waivers:\n  - check: backup-missing\n",
            "2:5: this waiver lacks expires",
        ),
        (
            "waivers:\n  - check: backup-missing\n    reason: 'TODO: why'\n    owner: o\n    expires: 2027-01-31\n",
            "2:5: this waiver still lacks a reason",
        ),
        (
            "waivers:\n  - check: backup-missing\n    reason: r\n    owner: ' '\n    expires: 2027-01-31\n",
            "2:5: this waiver still lacks an owner",
        ),
        (
            "waivers:\n  - check: backup-missing\n    reason: r\n    owner: o\n    expires: next year\n",
            "5:14: `next year` is not a day such as 2026-12-31",
        ),
        (
            "waivers: {check: a}\n",
            "1:11: unknown key of waivers \"check\": known are annotations, list",
        ),
        (
            "waivers: yes\n",
            "1:10: `waivers` must be a list, or a mapping with a list, not a boolean",
        ),
        (
            "waivers: {annotations: allow}\n",
            "1:24: unknown annotations \"allow\": did you mean allowed?",
        ),
        (
            "waivers:\n  - check: backup-missing\n    selector: 3\n    GRANT",
            "3:15: `",
        ),
        (
            "waivers:\n  - check: backup-missing\n    selector: {matchLabel: {a: b}}\n    GRANT",
            "3:16: unknown key of a selector \"matchLabel\": did you mean matchLabels?",
        ),
        (
            "waivers:\n  - check: backup-missing\n    namespaceSelector: {matchExpressions: [{key: a, operator: Gt}]}\n    GRANT",
            "3:63: unknown operator \"Gt\": known are In, NotIn, Exists, DoesNotExist",
        ),
        (
            "[]\n",
            "1:1: `the configuration` must be a mapping, not a list",
        ),
    ];
    for (text, expected) in cases {
        let text = text.replace("GRANT", grant);
        let problems = parse(&text).expect_err(&text);
        let expected = format!("kready.yaml:{expected}");
        assert!(
            problems.starts_with(&expected),
            "{text}\n{problems}\n{expected}"
        );
        // What is a glob is beyond a schema, and so is YAML 1.1.
        let glob = text.contains("'a['") || text.contains(": yes");
        assert!(glob || !valid(&text), "the schema takes {text}");
    }
}

#[test]
fn all_mistakes_are_named_at_once() {
    let problems = parse("gate:\n  minScore: high\nwavers: []\nscope: 3\n").unwrap_err();
    let places: Vec<&str> = problems
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        ["kready.yaml:2:13", "kready.yaml:3:1", "kready.yaml:4:8"]
    );
}

#[test]
fn what_is_no_yaml_says_where() {
    let problem = parse("gate:\n  minScore: [1\n").unwrap_err();
    assert!(problem.starts_with("kready.yaml:"), "{problem}");
    let problem = parse("gate: {}\ngate: {}\n").unwrap_err();
    assert!(problem.starts_with("kready.yaml:2:"), "{problem}");
}

#[test]
fn the_command_line_wins() {
    let overrides = Overrides {
        only: vec!["image-trust,low".into(), "image-tag-latest".into()],
        skip: vec!["storage".into()],
        namespaces: vec!["other".into()],
        fail_on: Some(FailOn::Never),
        min_score: Some(10.0),
        ..Overrides::default()
    };
    let plan = plan(FULL, &overrides).unwrap();
    let ids: Vec<&str> = plan.checks.iter().map(|check| check.id).collect();
    assert_eq!(ids, ["image-tag-latest"]);
    assert_eq!(plan.scope.namespaces, ["other"]);
    assert_eq!(plan.scope.excluded, ["kube-*"]);
    assert_eq!(plan.policy.gate.fail_on, None);
    assert!((plan.policy.gate.min_score - 10.0).abs() < f64::EPSILON);
    assert!((plan.policy.gate.min_coverage - 90.0).abs() < f64::EPSILON);
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    let failures = [
        Overrides {
            only: vec!["hardenning".into()],
            ..Overrides::default()
        },
        Overrides {
            min_coverage: Some(f64::NAN),
            ..Overrides::default()
        },
        Overrides {
            skip: vec!["critical,high,medium".into()],
            ..Overrides::default()
        },
        Overrides {
            baseline: Some("no/such/report.json".into()),
            ..Overrides::default()
        },
    ]
    .map(|overrides| plan("", &overrides).unwrap_err());
    for (failure, cause) in failures.iter().zip([
        "hardening?",
        "--min-coverage",
        "no check to run",
        "no/such/report.json",
    ]) {
        assert_eq!(failure.exit, crate::failure::Exit::Usage);
        assert!(failure.to_string().contains(cause), "{failure}");
    }
}

#[test]
fn a_snapshot_brings_its_selection_unless_one_is_given() {
    let saved = ["backup-missing".to_owned(), "of-another-version".to_owned()];
    let mut free = plan("", &Overrides::default()).unwrap();
    free.replay(&saved);
    assert_eq!(free.checks.len(), 1);
    assert_eq!(free.skipped.len(), 2);
    let only = Overrides {
        only: vec!["image-trust".into()],
        ..Overrides::default()
    };
    let mut given = plan("", &only).unwrap();
    given.replay(&saved);
    assert_eq!(given.checks[0].id, "image-tag-latest");
}

#[test]
fn a_missing_file_is_an_error_only_when_it_is_named() {
    let file = FileChoice::File("no/such/kready.yaml".into());
    let failure = load(&file, &REGISTRY).unwrap_err();
    assert_eq!(failure.exit, crate::failure::Exit::Usage);
    assert!(failure.to_string().contains("no/such/kready.yaml"));
    assert_eq!(load(&FileChoice::Nothing, &REGISTRY).unwrap().file, None);
    assert_eq!(load(&FileChoice::Discover, &REGISTRY).unwrap().file, None);
}

#[test]
fn a_file_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kready.yaml");
    std::fs::write(&path, FULL).unwrap();
    let config = load(&FileChoice::File(path.clone()), &REGISTRY).unwrap();
    assert_eq!(config.file, Some(path.display().to_string()));
    std::fs::write(&path, "wavers: []").unwrap();
    let failure = load(&FileChoice::File(path.clone()), &REGISTRY).unwrap_err();
    assert!(
        failure
            .to_string()
            .contains(&format!("{}:1:1: unknown key", path.display())),
        "{failure}"
    );
}

const GRANT: &str = "reason: r, owner: o, expires: 2027-01-31";

#[test]
fn drafts_are_one_mistake_that_names_their_lines() {
    let draft = "  - {check: backup-missing, objects: [a/b/NUMBER], reason: 'TODO: why', expires: 2027-01-31}\n";
    let drafts: String = (0..13)
        .map(|number| draft.replace("NUMBER", &number.to_string()))
        .collect();
    let owned = "  - {check: backup-missing, objects: [c/d/e], reason: '', owner: o, expires: 2027-01-31}\n";
    let text = format!("waivers:\n{drafts}{owned}");
    assert_eq!(
        parse(&text).unwrap_err(),
        "kready.yaml:2:5: 13 waivers still lack a reason and an owner: lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more\n\
         kready.yaml:15:5: this waiver still lacks a reason"
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kready.yaml");
    std::fs::write(&path, text).unwrap();
    let failure = load(&FileChoice::File(path.clone()), &REGISTRY).unwrap_err();
    let next = format!(
        "kready waive --into {} --reason TEXT --owner NAME fills them in",
        path.display()
    );
    assert_eq!(failure.hint, Some(next));
}

#[test]
fn waivers_are_a_list_or_a_mapping_that_says_more() {
    let item = format!("{{check: backup-missing, {GRANT}}}");
    for (text, count, annotations) in [
        (format!("waivers: [{item}]"), 1, false),
        (format!("waivers: {{list: [{item}]}}"), 1, false),
        (
            format!("waivers: {{list: [{item}], annotations: allowed}}"),
            1,
            true,
        ),
        ("waivers: {annotations: allowed}".to_owned(), 0, true),
        (
            "waivers: {annotations: ignored, list: }".to_owned(),
            0,
            false,
        ),
    ] {
        assert!(valid(&text), "{text}");
        let policy = plan(&text, &Overrides::default()).unwrap().policy;
        assert_eq!(policy.waivers.len(), count, "{text}");
        assert_eq!(policy.annotations, annotations, "{text}");
    }
}

#[test]
fn labels_say_what_a_waiver_is_about() {
    let of = |selector: &str| {
        let text = format!("waivers:\n  - {{check: backup-missing, {selector}, {GRANT}}}\n");
        assert!(valid(&text), "{text}");
        let waiver = plan(&text, &Overrides::default())
            .unwrap()
            .policy
            .waivers
            .remove(0);
        let (_, objects, selector, namespaces) = waiver.subject();
        assert!(objects.is_empty());
        [selector.unwrap_or_default(), namespaces.unwrap_or_default()]
    };
    assert_eq!(
        of("selector: 'app=shop, tier in (web,api)'"),
        ["app=shop,tier in (web,api)", ""]
    );
    assert_eq!(of("namespaceSelector: '!env'"), ["", "!env"]);
    assert_eq!(
        of(
            "selector: {matchLabels: {app.kubernetes.io/part-of: shop}, matchExpressions: [{key: tier, operator: NotIn, values: [web]}, {key: a, operator: Exists}]}"
        ),
        ["app.kubernetes.io/part-of=shop,tier!=web,a", ""]
    );
    // Wrong is the waiver, and not a wider one.
    for wrong in [
        "selector: ''",
        "selector: {}",
        "selector: {matchLabels: {a: [1]}}",
        "selector: 'a in'",
    ] {
        let text = format!("waivers:\n  - {{check: backup-missing, {wrong}, {GRANT}}}\n");
        let problem = parse(&text).unwrap_err();
        assert!(problem.starts_with("kready.yaml:2:"), "{problem}");
    }
}

#[test]
fn one_waiver_written_twice_is_told_with_both_places() {
    let item =
        |objects: &str| format!("  - {{check: backup-missing, objects: [{objects}], {GRANT}}}\n");
    let text = format!("waivers:\n{}{}", item("a/b/c, d/e/f"), item("d/e/f, a/b/c"));
    assert_eq!(
        parse(&text).unwrap_err(),
        "kready.yaml:3:5: this waiver of backup-missing is written twice: kready.yaml:2 has it as well"
    );
    let text = format!("waivers:\n{}{}", item("a/b/c"), item("d/e/f"));
    assert!(parse(&text).is_ok());
}

#[test]
fn waivers_beside_the_configuration_are_read_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let folder = directory.path().join("waivers.d");
    std::fs::create_dir(&folder).unwrap();
    let put = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let item = |check: &str, name: &str| {
        format!("- {{check: {check}, objects: [shop/Deployment/{name}], {GRANT}}}\n")
    };
    put(
        "kready.yaml",
        &format!("waivers:\n{}", item("backup-missing", "a")),
    );
    put("waivers.d/20-shop.yaml", &item("backup-missing", "b"));
    put(
        "waivers.d/10-team.yml",
        &format!("waivers:\n{}", item("image-tag-mutable", "c")),
    );
    put("waivers.d/.hidden.yaml", "[");
    put("waivers.d/CODEOWNERS", "* @team\n");
    let choice = FileChoice::File(directory.path().join("kready.yaml"));
    let config = load(&choice, &REGISTRY).unwrap();
    let places: Vec<String> = config
        .waivers
        .iter()
        .map(|waiver| {
            waiver
                .origin
                .place()
                .replace(&directory.path().display().to_string(), "")
        })
        .collect();
    assert_eq!(
        places,
        [
            "/kready.yaml:2",
            "/waivers.d/10-team.yml:2",
            "/waivers.d/20-shop.yaml:1"
        ]
    );
    assert_eq!(config.renamed.len(), 1);
    assert!(
        load(&FileChoice::Nothing, &REGISTRY)
            .unwrap()
            .waivers
            .is_empty()
    );

    let refused = |name: &str, text: &str, says: &str| {
        put(name, text);
        let failure = load(&choice, &REGISTRY).unwrap_err().to_string();
        assert!(failure.contains(&format!("{name}:{says}")), "{failure}");
        std::fs::remove_file(directory.path().join(name)).unwrap();
    };
    refused(
        "waivers.d/30.yaml",
        &item("backup-missing", "a"),
        "1:3: this waiver of backup-missing is written twice",
    );
    refused(
        "waivers.d/30.yaml",
        &item("backup-mising", "x"),
        "1:11: unknown check",
    );
    refused(
        "waivers.d/30.yaml",
        "gate: {failOn: never}\n",
        "1:1: a file of waivers holds `waivers` alone: `gate` belongs in the configuration",
    );
    // Who may waive is decided in one place.
    refused(
        "waivers.d/30.yaml",
        "waivers: {annotations: allowed}\n",
        "1:10: `waivers` must be a list, not a mapping",
    );
    refused("waivers.d/30.yaml", "[", "1:");
    let late =
        "- {check: backup-missing, objects: [x/y/z], reason: r, owner: o, expires: 2099-01-31}\n";
    put("waivers.d/40.yaml", late);
    let plan = load(&choice, &REGISTRY)
        .unwrap()
        .plan(&Overrides::default(), &REGISTRY)
        .unwrap();
    let failure = plan.check_expiries(now()).unwrap_err().to_string();
    assert!(failure.contains("waivers.d/40.yaml:1:"), "{failure}");
}
