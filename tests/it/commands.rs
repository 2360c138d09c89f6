//! The other commands, and transcripts of the command line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    program::{Kready, binary},
    server::Plan,
    world::World,
};

#[test]
fn transcripts() {
    let held = std::panic::catch_unwind(|| {
        trycmd::TestCases::new()
            .case("tests/it/transcripts/*.trycmd")
            .case("README.md")
            .register_bin("kready", binary());
    });
    assert!(
        held.is_ok(),
        "a transcript or a block of the README is stale: .ci/update writes it"
    );
}

#[test]
fn every_check_is_listed_and_explained() {
    let kready = Kready::new();
    let listed = kready.run(&["checks", "-o", "json"]);
    assert_eq!(listed.code, Some(0), "{listed:#?}");
    let listed: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    assert!(!listed.is_empty());
    let table = kready.run(&["checks"]).stdout;
    for check in &listed {
        for key in ["id", "pillar", "severity", "impact", "title", "standards"] {
            assert!(check.get(key).is_some(), "{key} is missing: {check}");
        }
        let id = check["id"].as_str().unwrap();
        assert!(table.contains(id), "{id} is missing: {table}");
        let page = kready.run(&["explain", id]);
        assert_eq!(page.code, Some(0), "{page:#?}");
        assert!(
            page.stdout.contains("Remediation") || page.stdout.contains("REMEDIATION"),
            "{}",
            page.stdout
        );
    }
}

#[test]
fn what_is_retired_is_explained_with_its_end_and_its_successors() {
    let kready = Kready::new();
    let explained = |id: &str| {
        let page = kready.run(&["explain", id, "--all"]);
        assert_eq!(page.code, Some(0), "{page:#?}");
        // However it is wrapped.
        page.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let components = explained("component-retired");
    for (name, end, successor) in [
        (
            "Azure Container Service",
            "2020-01-31",
            "Azure Kubernetes Service",
        ),
        ("ClusterHQ Flocker", "2022-08-23", "any CSI driver"),
        (
            "CoreOS Container Linux",
            "2020-05-26",
            "Flatcar Container Linux, Fedora CoreOS",
        ),
        ("Deis (Deis Workflow)", "2018-03-01", "Hephy Workflow"),
        (
            "Kubernetes Federation v1",
            "2018",
            "Karmada, Open Cluster Management",
        ),
        (
            "KubeFed (Federation v2)",
            "2023-04-25",
            "Karmada, Open Cluster Management",
        ),
        (
            "Mesosphere DC/OS",
            "2021-10-31",
            "Nutanix Kubernetes Platform",
        ),
        (
            "Shippable",
            "2021-05-03",
            "JFrog Pipelines, GitHub Actions, Tekton",
        ),
        ("Stackdriver", "2021-03-31", "Google Cloud Observability"),
        ("Twistlock", "2019-11", "Prisma Cloud Compute"),
    ] {
        let entry = format!("{name} {end} ");
        let (_, entry) = components
            .split_once(&entry)
            .unwrap_or_else(|| panic!("{entry} is missing: {components}"));
        let nearby: String = entry.chars().take(300).collect();
        assert!(nearby.contains(successor), "{name}: {nearby}");
    }
    let registries = explained("image-registry-retired");
    for (name, end, successor) in [
        (
            "Docker Trusted Registry",
            "2020-11",
            "Mirantis Secure Registry, Harbor",
        ),
        (
            "Google Container Registry",
            "2025-03-18",
            "Google Artifact Registry",
        ),
    ] {
        let entry = format!("{name} {end} ");
        assert!(registries.contains(&entry), "{name}: {registries}");
        assert!(registries.contains(successor), "{name}: {registries}");
        assert!(!components.contains(&entry), "{name} is a registry");
    }
    // Pages of other checks have no such table.
    assert!(!explained("pdb-missing").contains("RETIRED"));
}

#[test]
fn standards_say_which_checks_decide_their_controls() {
    let kready = Kready::new();
    let list = |more: &[&str]| -> Vec<Value> {
        let mut arguments = vec!["checks", "-o", "json"];
        arguments.extend(more);
        let run = kready.run(&arguments);
        assert_eq!(run.code, Some(0), "{run:#?}");
        serde_json::from_str(&run.stdout).unwrap()
    };
    let texts = |value: &Value| -> Vec<String> {
        let values = value.as_array().unwrap().iter();
        values.map(|value| value.as_str().unwrap().into()).collect()
    };
    let checks = list(&[]);
    let controls = list(&["--controls"]);
    let names: Vec<&str> = controls
        .iter()
        .map(|standard| standard["name"].as_str().unwrap())
        .collect();
    for name in [
        "cis",
        "nsa",
        "owasp",
        "pss",
        "eks",
        "gke",
        "aks",
        "kubescape",
        "trivy",
    ] {
        assert!(names.contains(&name), "{name}: {names:?}");
        // Each check that names a control stands with it, and nothing else does.
        let mut expected = BTreeMap::<String, Vec<String>>::new();
        let mut deciding = BTreeSet::new();
        for check in &checks {
            let id = check["id"].as_str().unwrap();
            for standard in check["standards"].as_array().unwrap() {
                if standard["standard"] == name {
                    let control = standard["control"].as_str().unwrap();
                    expected.entry(control.into()).or_default().push(id.into());
                    deciding.insert(id.to_owned());
                }
            }
        }
        let of_one = list(&["--controls", "--standard", name]);
        assert_eq!(of_one.len(), 1);
        assert!(controls.contains(&of_one[0]));
        let mut seen = BTreeMap::new();
        for control in of_one[0]["controls"].as_array().unwrap() {
            let mut checks = texts(&control["checks"]);
            assert!(checks.is_sorted(), "{control}");
            checks.sort();
            seen.insert(control["control"].as_str().unwrap().to_owned(), checks);
        }
        for checks in expected.values_mut() {
            checks.sort();
        }
        assert_eq!(seen, expected);
        let filtered = list(&["--standard", name]);
        let filtered = filtered
            .iter()
            .map(|check| check["id"].as_str().unwrap().to_owned());
        assert_eq!(filtered.collect::<BTreeSet<_>>(), deciding);
    }
    let both = list(&["--standard=cis,pss"]).len();
    assert_eq!(both, list(&["--standard=cis", "--standard=pss"]).len());
    // `5.2.2` stands before `5.2.10`.
    let cis = list(&["--controls", "--standard=cis"]);
    let cis: Vec<Vec<u32>> = cis[0]["controls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|control| {
            let parts = control["control"].as_str().unwrap().split('.');
            parts.map(|part| part.parse().unwrap()).collect()
        })
        .collect();
    assert!(cis.is_sorted(), "{cis:?}");
    for shell in ["bash", "zsh", "fish"] {
        let script = kready.run(&["completion", shell]).stdout;
        assert!(
            script.contains("--standard") || script.contains("-l standard"),
            "{shell}"
        );
        assert!(script.contains("kubescape"), "{shell}");
    }
}

#[test]
fn the_whole_registry_is_listed() {
    let listed = Kready::new().run(&["checks", "-o", "json"]);
    let listed: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    let listed: BTreeSet<&str> = listed
        .iter()
        .map(|check| check["id"].as_str().unwrap())
        .collect();
    let registry: BTreeSet<&str> = kready_checks::builtin().map(|check| check.id).collect();
    assert_eq!(listed, registry);
}

#[test]
fn the_rights_are_a_role_that_reads_only() {
    let run = Kready::new().run(&["rbac", "--user", "auditor"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    let mut kinds = Vec::new();
    for document in run.stdout.split("\n---\n") {
        let object: Value = serde_yaml::from_str(document).unwrap();
        if object.is_null() {
            continue;
        }
        kinds.push(object["kind"].as_str().unwrap().to_owned());
        for rule in object["rules"].as_array().into_iter().flatten() {
            for verb in rule["verbs"].as_array().unwrap() {
                assert!(verb == "list" || verb == "get", "{rule}");
            }
            let resources = rule["resources"].to_string();
            assert!(
                !resources.contains("\"secrets\"") && !resources.contains("\"*\""),
                "{rule}"
            );
        }
    }
    assert!(
        kinds.contains(&"ClusterRole".to_owned())
            && kinds.contains(&"ClusterRoleBinding".to_owned()),
        "{kinds:?}"
    );
    let pods_only = Kready::new().run(&["rbac", "--only=pvc-lost"]).stdout;
    assert!(
        !pods_only
            .lines()
            .any(|line| !line.trim_start().starts_with('#') && line.contains("services")),
        "{pods_only}"
    );
    assert!(pods_only.contains("persistentvolumeclaims"), "{pods_only}");
}

#[test]
fn waivers_are_drafted_and_work() {
    let server = Plan::of(World::named("broken")).start();
    let kready = Kready::on(&server);
    let only = "--only=privileged-container,workload-single-replica";
    let before = kready.audit(&[only, "-o", "json=report.json"]);
    assert_eq!((before.code, before.verdict()), (Some(1), "NotReady"));
    let draft = kready.run(&[
        "waive",
        "report.json",
        "--owner=team-legacy",
        "--reason=to be replaced in spring",
    ]);
    assert_eq!(draft.code, Some(0), "{draft:#?}");
    kready.write("kready.yaml", &draft.stdout);
    let after = kready.audit(&[only]);
    assert_eq!(
        (after.code, after.verdict()),
        (Some(0), "Ready"),
        "{:#}",
        after.value["reasons"]
    );
    for id in ["privileged-container", "workload-single-replica"] {
        let check = after.check(id);
        check.is("Pass");
        assert_eq!(check.value["reason"], "waived");
        assert_eq!(check.open().len(), 0);
        assert_eq!(check.findings("waived"), before.check(id).open());
    }
    assert!(after.value["score"].as_f64() >= before.value["score"].as_f64());
    assert_eq!(after.value["waivers"][0]["owner"], "team-legacy");
    let without = kready.audit(&[only, "--no-config"]);
    assert_eq!(without.code, Some(1));
}

#[test]
fn a_baseline_gates_on_what_is_new() {
    let kready = Kready::new();
    let world = World::named("broken");
    let server = Plan::of(world.clone()).start();
    kready.write_kubeconfig(&crate::program::kubeconfig(&server));
    let only = "--only=privileged-container,host-namespace-shared,workload-single-replica";
    kready.audit(&[only, "-o", "json=old.json"]);
    let same = kready.audit(&[only, "--baseline=old.json"]);
    assert_eq!(
        (same.code, same.verdict()),
        (Some(0), "Ready"),
        "{:#}",
        same.value["reasons"]
    );
    assert_eq!(
        same.check("privileged-container").findings("known").len(),
        1
    );
    same.check("privileged-container").is("Fail");
    assert_eq!(same.value["counts"]["new"]["critical"], 0);
    // One is new, one is mended.
    let changed = world
        .change("apps", "deployments", "legacy", "worker", |worker| {
            worker["spec"]["template"]["spec"]["hostPID"] = true.into();
        })
        .change("apps", "deployments", "legacy", "portal", |portal| {
            portal["spec"]["template"]["spec"]["containers"][0]["securityContext"] =
                serde_json::json!({});
        });
    let server = Plan::of(changed).start();
    kready.write_kubeconfig(&crate::program::kubeconfig(&server));
    let report = kready.audit(&[only, "--baseline=old.json"]);
    assert_eq!((report.code, report.verdict()), (Some(1), "NotReady"));
    report
        .check("host-namespace-shared")
        .finds(&["Deployment legacy/worker spec.template.spec.hostPID"]);
    assert_eq!(report.value["counts"]["new"]["high"], 1);
    assert_eq!(report.value["counts"]["mended"]["critical"], 1);
}

#[test]
fn a_bounded_report_lists_few_findings_and_counts_all() {
    let kready = Kready::new();
    let header =
        "apiVersion: kready.dev/v1\nkind: Snapshot\ntime: 2026-11-25T03:00:00Z\norigin: files\n";
    let manifests: Vec<String> = (10..22)
        .map(|number| {
            format!(
                "\
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{number}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: a}}}}
  template:
    metadata: {{labels: {{app: a}}}}
    spec: {{containers: [{{name: app, image: 'registry.example.com/web-{number}'}}]}}
"
            )
        })
        .collect();
    kready.write("many.yaml", &format!("{header}{}", manifests.concat()));
    kready.write(
        "waiving.yaml",
        "\
report: {maxFindings: 5}
waivers:
  - check: image-tag-latest
    objects: ['shop/*/web-1[0-3]']
    reason: to be replaced in spring
    owner: team-shop
    expires: '2027-03-31'
",
    );
    kready.write("bounding.yaml", "report: {maxFindings: 5}\n");
    let audit = |more: &[&str]| {
        let mut arguments = vec![
            "audit",
            "-f",
            "many.yaml",
            "--only=image-tag-latest",
            "--fail-on=low",
            "-o",
            "json",
        ];
        arguments.extend(more);
        let run = kready.run(&arguments);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        (run.code, report)
    };
    let names = |report: &Value| -> Vec<String> {
        let findings = report["checks"][0]["findings"].as_array().unwrap();
        let name = |finding: &Value| finding["object"]["name"].as_str().map(Into::into);
        findings.iter().filter_map(name).collect()
    };
    let (code, whole) = audit(&[]);
    assert_eq!(names(&whole).len(), 12);
    assert_eq!(whole["maxFindings"], Value::Null);
    for options in [
        &["--max-findings=5", "-o", "json=bounded.json"][..],
        &["--config=bounding.yaml"],
    ] {
        let (bounded_code, mut bounded) = audit(options);
        assert_eq!(bounded_code, code);
        assert_eq!(names(&bounded), names(&whole)[..5]);
        assert_eq!(bounded["maxFindings"], 5);
        assert_eq!(bounded["checks"][0]["findingsTotal"], 12);
        // All else is as without a bound.
        bounded["checks"][0]["findings"] = whole["checks"][0]["findings"].clone();
        for name in ["maxFindings", "config", "time"] {
            bounded[name] = whole[name].clone();
        }
        assert_eq!(bounded, whole);
    }
    let (_, all) = audit(&["--config=bounding.yaml", "--max-findings=0"]);
    assert_eq!(names(&all).len(), 12);

    let table = |more: &[&str]| {
        let mut arguments = vec!["audit", "-f", "many.yaml", "--only=image-tag-latest"];
        arguments.extend(more);
        kready.run(&arguments).stdout
    };
    let text = table(&["--details", "--max-findings=5"]);
    assert!(text.contains("and 7 more"), "{text}");
    assert!(
        text.contains("web-14") && !text.contains("web-15"),
        "{text}"
    );
    assert!(table(&["--max-findings=2"]).contains("and 10 more"));

    // What it leaves out would be new.
    let run = kready.run(&["audit", "-f", "many.yaml", "--baseline=bounded.json"]);
    assert_eq!(run.code, Some(2));
    for words in ["bounded.json", "leaves out 7", "--max-findings 0"] {
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    let draft = kready.run(&["waive", "bounded.json"]).stdout;
    assert!(draft.contains("7 more findings are not listed"), "{draft}");
    // One that leaves nothing out is a baseline like any other.
    audit(&["--max-findings=12", "-o", "json=enough.json"]);
    let (code, report) = audit(&["--baseline=enough.json", "--max-findings=1"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        report["counts"]["known"]["medium"],
        whole["counts"]["open"]["medium"]
    );
    assert_eq!(names(&report).len(), 1);

    // What stands is listed before what is waived.
    let (_, waived) = audit(&["--config=waiving.yaml"]);
    assert_eq!(names(&waived)[0], "web-14");
    assert_eq!(waived["waivers"][0]["matched"], 4);
}

#[test]
fn a_wrong_configuration_is_named_with_its_line() {
    let kready = Kready::new();
    for (config, says) in [
        ("chekcs: {}\n", &["kready.yaml", "chekcs"][..]),
        (
            "waivers:\n  - {check: pdb-mising, objects: ['*'], reason: a, owner: b, expires: '2026-12-31'}\n",
            &["kready.yaml:2", "pdb-missing"],
        ),
        (
            "waivers:\n  - {check: pdb-missing, objects: ['*/*/*'], reason: a, owner: b, expires: '2099-12-31'}\n",
            &["kready.yaml:2", "365"],
        ),
        ("a: [", &["kready.yaml"]),
    ] {
        kready.write("kready.yaml", config);
        let run = kready.run(&["audit", "--demo"]);
        assert_eq!(run.code, Some(2), "{config}: {run:#?}");
        assert_eq!(run.stdout, "");
        for said in says {
            assert!(
                run.stderr.contains(said),
                "{said} isn't said of {config}: {run:#?}"
            );
        }
    }
}

#[test]
fn completions() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish", "nushell"] {
        let run = Kready::new().run(&["completion", shell]);
        assert_eq!(run.code, Some(0));
        assert!(run.stdout.contains("kready"), "{shell}");
    }
}
