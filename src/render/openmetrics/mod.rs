//! Metrics: the audit in numbers, for dashboards and alerts.
//!
//! All are gauges, because what one audit says is no counter. That keeps the text within what OpenMetrics and the older text format
//! of Prometheus have in common: a scrape, the node exporter's textfile collector and a push gateway read the same bytes.

mod family;
mod namespaces;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::BTreeMap, fmt, io};

use kready_checks::{
    inventory::GapReason,
    knowledge::releases,
    model::Severity,
    wire::{DAY, Time},
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, text},
    metrics::MetricType,
    registry::Registry,
};

use self::{
    family::{Family, label, share},
    namespaces::Namespaces,
};
use crate::report::{
    BySeverity, CheckResult, EndingKind, Grade, Report, SCORING, State, Verdict, WaiverResult,
    WaiverState,
};

/// The metrics, ending in the mark of their end. Equal reports give equal bytes.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let mut registry = Registry::with_prefix("kready");
    registry.register_collector(Box::new(Numbers(families(report))));
    let mut out = Forward { out, failed: None };
    let written = text::encode(&mut out, &registry);
    match out.failed {
        Some(error) => Err(error),
        None => written.map_err(io::Error::other),
    }
}

/// Passes text on as bytes, and keeps what went wrong.
struct Forward<'a, W> {
    out: &'a mut W,
    failed: Option<io::Error>,
}

impl<W: io::Write> fmt::Write for Forward<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.failed = Some(error);
            fmt::Error
        })
    }
}

#[derive(Debug)]
struct Numbers(Vec<Family>);

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for family in &self.0 {
            let (name, help) = (family.name, family.help);
            let unit = family.unit.as_ref();
            let mut metric = encoder.encode_descriptor(name, help, unit, MetricType::Gauge)?;
            for (labels, value) in &family.samples {
                if labels.is_empty() {
                    metric.encode_gauge(value)?;
                } else {
                    metric.encode_family(labels)?.encode_gauge(value)?;
                }
            }
        }
        Ok(())
    }
}

/// What is known, in the order in which it is written; a metric without a number is left out.
fn families(report: &Report) -> Vec<Family> {
    let mut families = answer(report);
    families.extend(pillars(report));
    families.extend(findings(report));
    families.extend(namespaces::families(report));
    families.extend(blind_spots(report));
    families.extend(exceptions(report));
    families.extend(circumstances(report));
    families.retain(|family| !family.samples.is_empty());
    families
}

/// The verdict, and the numbers beside it.
fn answer(report: &Report) -> Vec<Family> {
    let one = |family: Family, value: Option<f64>| match value {
        Some(value) => family.with([], share(value)),
        None => family,
    };
    vec![
        Family::new(
            "verdict",
            "Whether the cluster is ready for production: 1 for the verdict that holds",
        )
        .states(
            "verdict",
            Verdict::ALL.map(Verdict::id),
            Some(report.verdict.id()),
        ),
        Family::new(
            "grade",
            "The score's lower bound in one letter: 1 for the grade that holds",
        )
        .states(
            "grade",
            Grade::ALL.map(Grade::id),
            report.grade.map(Grade::id),
        ),
        one(
            Family::ratio(
                "score",
                "The score, from 0 to 1; absent when too little was decided",
            ),
            report.score,
        ),
        one(
            Family::ratio(
                "score_lower_bound",
                "The score if everything that could not be seen were bad, from 0 to 1",
            ),
            report.score_at_least,
        ),
        one(
            Family::ratio(
                "coverage",
                "The share of the checks, by weight, that could be decided, from 0 to 1",
            ),
            report.coverage,
        ),
    ]
}

/// Score, coverage and outcomes by pillar.
fn pillars(report: &Report) -> Vec<Family> {
    let mut score = Family::ratio(
        "pillar_score",
        "The score of a pillar, from 0 to 1; absent when none of its checks was decided",
    );
    let mut coverage = Family::ratio(
        "pillar_coverage",
        "The share of a pillar's checks, by weight, that could be decided, from 0 to 1",
    );
    let mut checks = Family::new("checks", "How many checks ended how, by pillar");
    for result in &report.pillars {
        let pillar = result.pillar.id();
        if let Some(value) = result.score {
            score.add([("pillar", pillar)], share(value));
        }
        if let Some(value) = result.coverage {
            coverage.add([("pillar", pillar)], share(value));
        }
        for (outcome, count) in [
            (EndingKind::Pass, result.pass),
            (EndingKind::Fail, result.fail),
            (EndingKind::NotApplicable, result.not_applicable),
            (EndingKind::Unknown, result.unknown),
        ] {
            let labels = [("pillar", pillar), ("outcome", outcome.id())];
            checks.add(labels, count as f64);
        }
    }
    let mut outcome = Family::new(
        "check_outcome",
        "How a check ended: always 1, the outcome is a label",
    );
    for check in &report.checks {
        outcome.add(
            [
                ("check", check.check.id),
                ("pillar", check.check.pillar.id()),
                ("severity", check.severity.id()),
                ("outcome", check.ending.kind().id()),
            ],
            1.0,
        );
    }
    vec![score, coverage, checks, outcome]
}

/// Findings: in total, by namespace, and by check and namespace.
fn findings(report: &Report) -> Vec<Family> {
    let count = |counts: &BySeverity, severity| {
        let count = counts.get(&severity).copied().unwrap_or_default();
        count as f64
    };
    let mut total = Family::new(
        "findings",
        "How many findings there are, by severity and state",
    );
    let counts = &report.counts;
    for (state, counts) in [
        (State::Open, &counts.open),
        (State::Known, &counts.known),
        (State::Waived, &counts.waived),
        (State::System, &counts.system),
    ] {
        for severity in Severity::ALL {
            let labels = [("severity", severity.id()), ("state", state.id())];
            total.add(labels, count(counts, severity));
        }
    }
    let mut new = Family::new(
        "new_findings",
        "How many open findings the older report lacks, by severity; absent without one",
    );
    let mut fixed = Family::new(
        "fixed_findings",
        "How many findings of the older report are gone, by severity; absent without one",
    );
    for (family, counts) in [(&mut new, &counts.new), (&mut fixed, &counts.mended)] {
        for (severity, counts) in Severity::ALL.iter().zip(std::iter::repeat(counts)) {
            if let Some(counts) = counts {
                family.add([("severity", severity.id())], count(counts, *severity));
            }
        }
    }

    let mut by_check = Family::new(
        "check_findings",
        "How many findings a check has, by state and namespace: the 50 worst namespaces, _other for \
         the rest, _cluster for what has no namespace",
    );
    let namespaces = Namespaces::of(report);
    for check in &report.checks {
        for ((state, namespace), count) in by_namespace(check, &namespaces) {
            by_check.add(
                [
                    ("check", check.check.id),
                    ("pillar", check.check.pillar.id()),
                    ("severity", check.severity.id()),
                    ("state", state.id()),
                    ("namespace", &namespace),
                ],
                count as f64,
            );
        }
    }
    vec![total, new, fixed, by_check]
}

fn by_namespace<'a>(
    check: &'a CheckResult,
    namespaces: &Namespaces<'_>,
) -> BTreeMap<(State, Cow<'a, str>), usize> {
    let mut counts = BTreeMap::new();
    for finding in &check.findings {
        let key = (finding.state, namespaces.label(finding));
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// What could not be seen.
fn blind_spots(report: &Report) -> Vec<Family> {
    let mut gaps = Family::new(
        "gaps",
        "How many kinds of object could not be seen in full, by reason",
    );
    for reason in GapReason::ALL {
        let count = report
            .gaps
            .iter()
            .filter(|gap| gap.reason == reason)
            .count();
        gaps.add([("reason", reason.id())], count as f64);
    }
    let unread = Family::new("unread_files", "How many files could not be read")
        .with([], report.unread.len() as f64);
    vec![gaps, unread]
}

/// Waivers and declarations, and when they end.
fn exceptions(report: &Report) -> Vec<Family> {
    let mut waivers = Family::new("waivers", "How many waivers there are, by state");
    for state in WaiverState::ALL {
        let count = report.waivers.iter().filter(|waiver| waiver.state == state);
        waivers.add([("state", state.id())], count.count() as f64);
    }
    let mut waiver_ends = Family::seconds(
        "waiver_expiry_timestamp",
        "When the first waiver of an owner for a check ends; one that covers nothing is left out",
    );
    let used = |waiver: &&WaiverResult| waiver.state != WaiverState::Unused;
    let ends = report.waivers.iter().filter(used);
    for ((check, owner), end) in
        earliest(ends.map(|waiver| (&*waiver.check, &*waiver.owner, &*waiver.expires)))
    {
        waiver_ends.add([("check", &check), ("owner", &owner)], end.0 as f64);
    }
    let mut declaration_ends = Family::seconds(
        "declaration_expiry_timestamp",
        "When the first declaration of an owner ends that a capability is solved outside the cluster",
    );
    let ends = report.declarations.iter();
    for ((capability, owner), end) in
        earliest(ends.map(|declared| (&*declared.capability, &*declared.owner, &*declared.expires)))
    {
        declaration_ends.add(
            [("capability", &capability), ("owner", &owner)],
            end.0 as f64,
        );
    }
    vec![waivers, waiver_ends, declaration_ends]
}

/// The first end for each subject and owner.
fn earliest<'a>(
    ends: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
) -> BTreeMap<(Cow<'a, str>, Cow<'a, str>), Time> {
    let mut earliest = BTreeMap::new();
    for (subject, owner, day) in ends {
        if let Some(end) = releases::end_of(day) {
            let first = earliest
                .entry((label(subject), label(owner)))
                .or_insert(end);
            *first = end.min(*first);
        }
    }
    earliest
}

/// When, of what, by what.
fn circumstances(report: &Report) -> Vec<Family> {
    let audited = &report.audited;
    let cluster = &audited.cluster;
    let mut duration = Family::seconds(
        "audit_duration",
        "How long reading the live cluster and judging it took; absent for files and snapshots",
    );
    if let Some(took) = report.took {
        duration.add([], took.as_millis() as f64 / 1e3);
    }
    vec![
        Family::seconds("audit_timestamp", "When the audited input was read")
            .with([], audited.time.0 as f64),
        duration,
        Family::seconds(
            "knowledge_age",
            "How old kready's knowledge of releases and components was at the audit",
        )
        .with([], (releases::age(audited.time) * DAY) as f64),
        Family::new(
            "cluster_info",
            "Which cluster was audited, and as what: always 1",
        )
        .with(
            [
                ("uid", cluster.uid.as_deref().unwrap_or_default()),
                ("context", cluster.identity.context.as_deref().unwrap_or_default()),
                ("version", cluster.version.as_deref().unwrap_or_default()),
                ("platform", cluster.platform.as_deref().unwrap_or_default()),
                ("source", audited.source.id()),
                ("profile", report.profile.id()),
            ],
            1.0,
        ),
        Family::new(
            "build_info",
            "Which kready made the report: always 1; scores of two scorings, and findings of two sets of \
             checks, can't be compared",
        )
        .with(
            [
                ("version", &*report.tool.version),
                ("checks", &*report.tool.checks),
                ("knowledge", &*report.tool.knowledge),
                ("scoring", &*SCORING.to_string()),
            ],
            1.0,
        ),
    ]
}
