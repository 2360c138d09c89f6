//! JSON: the report under names that dashboards may rely on.

mod components;

use std::{borrow::Cow, io};

use kready_checks::model::Severity;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::ser::{Formatter, PrettyFormatter};

use components::Component;
pub(crate) use components::{components, components_schema};

use super::escape;
use crate::{
    collect::SourceKind,
    report::{self, API_VERSION, BySeverity, Ending, Fingerprint, Report, round_down},
};

/// The report as JSON, ending in a line break.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Safe::default());
    Document::of(report)
        .serialize(&mut serializer)
        .map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Writes a JSON value the way the report is written.
///
/// # Errors
/// Writing failed.
pub(crate) fn write(value: &impl Serialize, out: &mut impl io::Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Safe::default());
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// The JSON schema of the report.
pub(crate) fn schema() -> serde_json::Value {
    schema_of::<Document<'static>>(
        "https://kready.dev/schemas/report-v1.json",
        "A report of kready",
    )
}

fn schema_of<T: JsonSchema>(id: &str, title: &str) -> serde_json::Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), id.into());
    schema.insert("title".to_owned(), title.into());
    schema.to_value()
}

/// Pretty JSON in which no character of a text can act on a terminal.
#[derive(Default)]
struct Safe(PrettyFormatter<'static>);

macro_rules! pass_on {
    ($($name:ident($($arg:ident: $type:ty),*);)+) => { $(
        fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $arg: $type)*) -> io::Result<()> {
            self.0.$name(writer $(, $arg)*)
        }
    )+ };
}

impl Formatter for Safe {
    pass_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Most texts are plain.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| escape::is_unsafe(*c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

/// What `kready audit -o json` writes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    /// The version of this format.
    #[schemars(extend("const" = API_VERSION))]
    api_version: &'static str,
    /// What this document is.
    #[schemars(extend("const" = "Report"))]
    kind: &'static str,
    tool: Tool<'a>,
    /// The input's time, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    time: String,
    source: Source<'a>,
    /// The configuration file that was used.
    config: Option<&'a str>,
    /// What the cluster is for, as the user says: with `dev`, checks of high availability and observability are of
    /// severity info, unless the user set another one.
    #[schemars(extend("enum" = ["production", "dev"]))]
    profile: &'static str,
    cluster: Cluster<'a>,
    scope: Scope<'a>,
    /// The answer.
    #[schemars(extend("enum" = ["Ready", "NotReady", "Inconclusive"]))]
    verdict: &'static str,
    /// Why the verdict is not a better one, the most important reason first.
    reasons: Vec<Reason<'a>>,
    gate: Gate<'a>,
    /// From 0 to 100, one decimal rounded down; null when no pillar has one.
    score: Option<f64>,
    /// The score if everything that could not be seen were bad.
    score_at_least: Option<f64>,
    /// The decided share of the weight, from 0 to 100; null without any weight.
    coverage: Option<f64>,
    counts: Counts,
    warnings: Vec<Warning<'a>>,
    /// What a reader may want to do.
    notices: Vec<Warning<'a>>,
    pillars: Vec<Pillar>,
    /// How many findings of a check are listed at most; null when all are. Numbers and verdict count all of them.
    max_findings: Option<usize>,
    /// Every selected check.
    checks: Vec<Check<'a>>,
    /// Every check that was not selected.
    skipped: Vec<Skipped>,
    /// Every component of which something was seen, by role and name; null when the selected checks did not make kready
    /// read all the kinds in which components show themselves.
    components: Option<Vec<Component<'a>>>,
    gaps: Vec<Gap<'a>>,
    waivers: Vec<Waiver<'a>>,
    declarations: Vec<Declaration<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Tool<'a> {
    /// The program's version.
    version: &'a str,
    /// A digest of the registry: two reports with the same one asked the same questions.
    checks: &'a str,
    /// The date of the knowledge.
    knowledge: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Source<'a> {
    /// Where the input came from.
    #[serde(rename = "type")]
    #[schemars(extend("enum" = ["live", "files", "snapshot", "demo"]))]
    kind: &'static str,
    /// The files that were read.
    files: &'a [String],
}

#[derive(Serialize, JsonSchema)]
struct Cluster<'a> {
    /// The UID of the kube-system namespace.
    uid: Option<&'a str>,
    /// The kubeconfig's context.
    context: Option<&'a str>,
    /// The API server's address.
    server: Option<&'a str>,
    /// The API server's version.
    version: Option<&'a str>,
    /// The platform, when it is recognised.
    platform: Option<&'a str>,
    /// How many nodes there are; null when they were not read.
    nodes: Option<usize>,
    /// How many pods there are; null when they were not read.
    pods: Option<usize>,
    /// How many namespaces there are; null when they were not read.
    namespaces: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
struct Scope<'a> {
    /// The namespaces that were asked for; null means all.
    namespaces: Option<&'a [String]>,
    /// The namespaces, or their patterns, that were excluded.
    excluded: &'a [String],
    /// The user that the API server takes kready for.
    identity: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Reason<'a> {
    /// Kebab-case, stable.
    code: &'static str,
    /// The checks that it is about.
    checks: &'a [&'static str],
    /// One sentence for a person.
    message: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Gate<'a> {
    /// The least severity that gates.
    #[schemars(extend("enum" = ["critical", "high", "medium", "low", "info", "never"]))]
    fail_on: &'static str,
    /// The least score.
    min_score: f64,
    /// The least coverage.
    min_coverage: f64,
    /// The file of the older report.
    baseline: Option<&'a str>,
}

/// Numbers of findings by state and severity.
#[derive(Serialize, JsonSchema)]
struct Counts {
    /// Neither waived, nor known, nor excused.
    open: Severities,
    /// Open, and not in the older report; null without one.
    new: Option<Severities>,
    /// Waived.
    waived: Severities,
    /// In the older report too.
    known: Severities,
    /// Excused system and platform components.
    system: Severities,
    /// In the older report, and gone; null without one.
    mended: Option<Severities>,
}

#[derive(Serialize, JsonSchema)]
struct Severities {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    info: usize,
}

#[derive(Serialize, JsonSchema)]
struct Warning<'a> {
    /// Kebab-case, stable.
    code: &'a str,
    /// One sentence for a person.
    message: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Pillar {
    id: &'static str,
    /// From 0 to 100; null without decided weight.
    score: Option<f64>,
    /// From 0 to 100; null without weight.
    coverage: Option<f64>,
    pass: usize,
    fail: usize,
    not_applicable: usize,
    unknown: usize,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Check<'a> {
    id: &'static str,
    pillar: &'static str,
    /// The user's severity if there is one, else the profile's.
    #[schemars(extend("enum" = ["critical", "high", "medium", "low", "info"]))]
    severity: &'static str,
    /// When a failure is felt.
    #[schemars(extend("enum" = ["broken", "fragile", "exposed"]))]
    impact: &'static str,
    title: &'static str,
    #[schemars(extend("enum" = ["Pass", "Fail", "NotApplicable", "Unknown"]))]
    outcome: &'static str,
    /// Why it is not applicable or unknown, `waived` for a pass that waivers made, or what a partial failure could not see.
    reason: Option<&'static str>,
    /// What a person should know of the outcome.
    message: Option<&'a str>,
    /// Whether it failed without seeing everything.
    partial: bool,
    /// How many subjects count.
    examined: usize,
    /// How many subjects could not be decided.
    undecided: usize,
    /// What mending it adds to the cluster's score; null unless it fails.
    gain: Option<f64>,
    /// How many findings there are: more than are listed when their number was bounded.
    findings_total: usize,
    findings: Findings<'a>,
}

/// The findings of a check, each made when it is written: there may be very many of them.
struct Findings<'a> {
    of: &'a report::CheckResult,
    most: Option<usize>,
}

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.of.listed(self.most).map(Finding::of))
    }
}

impl JsonSchema for Findings<'_> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        <Vec<Finding<'static>>>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <Vec<Finding<'static>>>::json_schema(generator)
    }
}

#[derive(Serialize, JsonSchema)]
struct Finding<'a> {
    /// The object that a person edits; null for a finding about the cluster.
    object: Option<Object<'a>>,
    /// The container at fault.
    container: Option<&'a str>,
    /// The field at fault, list entries by their name.
    path: Option<&'a str>,
    /// What is there.
    seen: &'a str,
    /// What should be there.
    expected: &'a str,
    /// Survives a restart, a rollout and another order.
    #[schemars(with = "String")]
    fingerprint: Fingerprint,
    #[schemars(extend("enum" = ["open", "known", "waived", "system"]))]
    state: &'static str,
    /// Where the object stands in the files that were audited.
    source: Option<Place<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: &'a str,
    kind: &'a str,
    /// Null for cluster-scoped objects.
    namespace: Option<&'a str>,
    name: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Place<'a> {
    file: &'a str,
    line: u32,
}

#[derive(Serialize, JsonSchema)]
struct Skipped {
    id: &'static str,
    /// `deselected`, or `tier` for a check that only runs by name.
    why: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Gap<'a> {
    /// The resource, as RBAC names it, or a path.
    resource: &'a str,
    /// In which namespaces; everywhere when empty.
    namespaces: &'a [String],
    #[schemars(extend("enum" = ["forbidden", "partly-read", "not-served", "unavailable", "timed-out", "undecodable", "not-collected"]))]
    reason: &'static str,
    message: &'a str,
    /// What mends it.
    remedy: &'a str,
    /// The checks that wait for it.
    checks: &'a [&'static str],
}

#[derive(Serialize, JsonSchema)]
struct Waiver<'a> {
    check: &'a str,
    /// The objects, as namespace/kind/name globs; empty for a finding about the cluster.
    objects: &'a [String],
    reason: &'a str,
    owner: &'a str,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    expires: &'a str,
    /// How many findings it is about.
    matched: usize,
    #[schemars(extend("enum" = ["active", "expiring", "expired", "unused"]))]
    state: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Declaration<'a> {
    capability: &'a str,
    reason: &'a str,
    owner: &'a str,
    /// The last day on which it holds.
    #[schemars(extend("format" = "date"))]
    expires: &'a str,
}

impl<'a> Document<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Report",
            tool: Tool::of(&report.tool),
            time: report.time.to_string(),
            source: Source::of(report.source, &report.files),
            config: report.config.as_deref(),
            profile: report.profile.id(),
            cluster: Cluster::of(&report.cluster),
            scope: Scope::of(
                report.namespaces.as_deref(),
                &report.excluded,
                &report.cluster,
            ),
            verdict: report.verdict.name(),
            reasons: report
                .reasons
                .iter()
                .map(|reason| Reason {
                    code: reason.code,
                    checks: &reason.checks,
                    message: &reason.message,
                })
                .collect(),
            gate: Gate {
                fail_on: report.gate.fail_on.map_or("never", Severity::id),
                min_score: report.gate.min_score,
                min_coverage: report.gate.min_coverage,
                baseline: report.gate.baseline.as_deref(),
            },
            score: report.score.map(round_down),
            score_at_least: report.score_at_least.map(round_down),
            coverage: report.coverage.map(round_down),
            counts: Counts::of(&report.counts),
            warnings: report.warnings.iter().map(Warning::of).collect(),
            notices: report.notices.iter().map(Warning::of).collect(),
            pillars: report.pillars.iter().map(Pillar::of).collect(),
            max_findings: report.max_findings,
            checks: report
                .checks
                .iter()
                .map(|result| Check::of(result, report.max_findings))
                .collect(),
            skipped: report
                .skipped
                .iter()
                .map(|skipped| Skipped {
                    id: skipped.id,
                    why: skipped.why.id(),
                })
                .collect(),
            components: report
                .components
                .as_ref()
                .map(|components| components.iter().map(Component::of).collect()),
            gaps: report.gaps.iter().map(Gap::of).collect(),
            waivers: report.waivers.iter().map(Waiver::of).collect(),
            declarations: report
                .declarations
                .iter()
                .map(|declaration| Declaration {
                    capability: &declaration.capability,
                    reason: &declaration.reason,
                    owner: &declaration.owner,
                    expires: &declaration.expires,
                })
                .collect(),
        }
    }
}

impl<'a> Tool<'a> {
    fn of(tool: &'a report::Tool) -> Self {
        Self {
            version: &tool.version,
            checks: &tool.checks,
            knowledge: &tool.knowledge,
        }
    }
}

impl<'a> Source<'a> {
    fn of(source: SourceKind, files: &'a [String]) -> Self {
        Self {
            kind: match source {
                SourceKind::Live => "live",
                SourceKind::Files => "files",
                SourceKind::Snapshot => "snapshot",
                SourceKind::Demo => "demo",
            },
            files,
        }
    }
}

impl<'a> Cluster<'a> {
    fn of(cluster: &'a report::Cluster) -> Self {
        Self {
            uid: cluster.uid.as_deref(),
            context: cluster.identity.context.as_deref(),
            server: cluster.identity.server.as_deref(),
            version: cluster.version.as_deref(),
            platform: cluster.platform.as_deref(),
            nodes: cluster.nodes,
            pods: cluster.pods,
            namespaces: cluster.namespaces,
        }
    }
}

impl<'a> Scope<'a> {
    fn of(
        namespaces: Option<&'a [String]>,
        excluded: &'a [String],
        cluster: &'a report::Cluster,
    ) -> Self {
        Self {
            namespaces,
            excluded,
            identity: cluster.identity.identity.as_deref(),
        }
    }
}

impl<'a> Warning<'a> {
    fn of(warning: &'a crate::collect::Warning) -> Self {
        Self {
            code: &warning.code,
            message: &warning.message,
        }
    }
}

impl<'a> Gap<'a> {
    fn of(gap: &'a report::GapResult) -> Self {
        Self {
            resource: &gap.resource,
            namespaces: &gap.namespaces,
            reason: gap.reason.id(),
            message: &gap.message,
            remedy: &gap.remedy,
            checks: &gap.checks,
        }
    }
}

impl<'a> Waiver<'a> {
    fn of(waiver: &'a report::WaiverResult) -> Self {
        Self {
            check: &waiver.check,
            objects: &waiver.objects,
            reason: &waiver.reason,
            owner: &waiver.owner,
            expires: &waiver.expires,
            matched: waiver.matched,
            state: waiver.state.id(),
        }
    }
}

impl Severities {
    fn of(counts: &BySeverity) -> Self {
        let of = |severity| counts.get(&severity).copied().unwrap_or_default();
        Self {
            critical: of(Severity::Critical),
            high: of(Severity::High),
            medium: of(Severity::Medium),
            low: of(Severity::Low),
            info: of(Severity::Info),
        }
    }
}

impl Counts {
    fn of(counts: &report::Counts) -> Self {
        Self {
            open: Severities::of(&counts.open),
            new: counts.new.as_ref().map(Severities::of),
            waived: Severities::of(&counts.waived),
            known: Severities::of(&counts.known),
            system: Severities::of(&counts.system),
            mended: counts.mended.as_ref().map(Severities::of),
        }
    }
}

impl Pillar {
    fn of(pillar: &report::PillarResult) -> Self {
        Self {
            id: pillar.pillar.id(),
            score: pillar.score.map(round_down),
            coverage: pillar.coverage.map(round_down),
            pass: pillar.pass,
            fail: pillar.fail,
            not_applicable: pillar.not_applicable,
            unknown: pillar.unknown,
        }
    }
}

impl<'a> Check<'a> {
    fn of(result: &'a report::CheckResult, most: Option<usize>) -> Self {
        let (outcome, reason) = match result.ending {
            Ending::Pass { waived } => ("Pass", waived.then_some("waived")),
            Ending::Fail => (
                "Fail",
                result.partial.map(kready_checks::model::Unknown::id),
            ),
            Ending::NotApplicable(reason) => ("NotApplicable", Some(reason.id())),
            Ending::Unknown(reason) => ("Unknown", Some(reason.id())),
        };
        Self {
            id: result.check.id,
            pillar: result.check.pillar.id(),
            severity: result.severity.id(),
            impact: result.check.impact.id(),
            title: result.check.title,
            outcome,
            reason,
            message: result.message.as_deref(),
            partial: result.partial.is_some(),
            examined: result.examined,
            undecided: result.undecided,
            gain: result.gain.map(round_down),
            findings_total: result.findings.len(),
            findings: Findings { of: result, most },
        }
    }
}

impl<'a> Finding<'a> {
    fn of(result: &'a report::FindingResult) -> Self {
        let finding = &result.finding;
        Self {
            object: finding.object.as_ref().map(|object| Object {
                api_version: &object.api_version,
                kind: &object.kind,
                namespace: Some(object.namespace.as_str()).filter(|name| !name.is_empty()),
                name: &object.name,
            }),
            container: finding.fault.container.as_deref(),
            path: finding.fault.path.as_deref(),
            seen: &finding.seen,
            expected: &finding.fault.expected,
            fingerprint: result.fingerprint,
            state: result.state.id(),
            source: finding.source.as_ref().map(|source| Place {
                file: &source.file,
                line: source.line,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use kready_checks::{
        inventory::{Evidence, Gap, GapReason, Kind, Reading, kinds::Pod},
        model::{Finding, Pillar, Severity, Source, Unknown},
    };

    use super::*;
    use crate::{
        collect::Warning,
        report::{
            Baseline, Declared, Grant, Old, Policy, SkipReason, Skipped, Waiver, build,
            testing::{check, collected, deployment, failing, passing, tool, unknown, why},
        },
    };

    /// A report in which every list has an entry and every optional value is there once and missing once.
    fn full() -> Report {
        let mut collected = collected();
        collected.evidence.insert(Evidence::Objects(Kind::Pod));
        collected.inventory.fill::<Pod>(
            Vec::new(),
            Reading::Read,
            vec![Gap::new(GapReason::Forbidden, "pods is forbidden").within("shop")],
        );
        collected.cluster.context = Some("prod".into());
        collected.warnings.push(Warning {
            code: "tls-unverified".into(),
            message: "the connection was not verified".into(),
        });
        let grant = Grant {
            reason: "agreed".into(),
            owner: "ops".into(),
            expires: "2027-01-31".parse().unwrap(),
        };
        let mut found = deployment("bad\n\u{1b}[2J\u{202e}\"\\name").container(&"web".into());
        found.source = Some(Box::new(Source {
            file: "a.yaml".into(),
            line: 7,
        }));
        let high = check(Pillar::Storage, Severity::High);
        let results = vec![
            (check(Pillar::Health, Severity::Critical), passing(3)),
            (high, failing(3, vec![found], None)),
            (
                check(Pillar::Delivery, Severity::Low),
                failing(1, vec![Finding::cluster()], Some(why(Unknown::Forbidden))),
            ),
            (
                check(Pillar::Hardening, Severity::High),
                unknown(Unknown::Forbidden),
            ),
        ];
        let first = build(
            &collected,
            results.clone(),
            Vec::new(),
            &Policy::default(),
            tool(),
            None,
        );
        let mut out = Vec::new();
        render(&first, &mut out).unwrap();
        let old = Old::parse(std::str::from_utf8(&out).unwrap()).unwrap();
        let policy = Policy {
            config: Some("kready.yaml".into()),
            waivers: vec![Waiver {
                check: high.id.into(),
                objects: Vec::new(),
                grant: grant.clone(),
            }],
            declarations: vec![Declared {
                capability: "backup".into(),
                grant,
            }],
            baseline: Some(Baseline::of("old.json".into(), old)),
            ..Policy::default()
        };
        let skipped = vec![Skipped {
            id: "storage-low",
            why: SkipReason::Deselected,
        }];
        build(
            &collected,
            results,
            skipped,
            &policy,
            tool(),
            Some("GKE".into()),
        )
    }

    fn written(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn output_keeps_to_the_published_schema() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        for report in [
            full(),
            build(
                &collected(),
                Vec::new(),
                Vec::new(),
                &Policy::default(),
                tool(),
                None,
            ),
        ] {
            let json: serde_json::Value = serde_json::from_str(&written(&report)).unwrap();
            let errors: Vec<String> = validator
                .iter_errors(&json)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{errors:#?}");
        }
        // The schema is no rubber stamp.
        let mut json: serde_json::Value = serde_json::from_str(&written(&full())).unwrap();
        json["verdict"] = "Fine".into();
        assert!(!validator.is_valid(&json));
        json["verdict"] = "Ready".into();
        assert!(validator.is_valid(&json));
        if let Some(gate) = json["gate"].as_object_mut() {
            gate.remove("failOn");
        }
        assert!(!validator.is_valid(&json));
    }

    #[test]
    fn hostile_text_stays_text() {
        let json = written(&full());
        assert!(!json.contains('\u{1b}') && !json.contains('\u{202e}'));
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        let finding = &read["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|check| check["id"] == "storage-high")
            .unwrap()["findings"][0];
        assert_eq!(finding["object"]["name"], "bad\n\u{1b}[2J\u{202e}\"\\name");
    }

    #[test]
    fn the_names_are_those_that_dashboards_rely_on() {
        insta::assert_snapshot!(written(&full()));
    }
}
