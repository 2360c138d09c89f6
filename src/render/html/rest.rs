//! What follows the findings: checks without any, components, and objects that no check judges.

use kready_checks::{
    inventory::NotJudged,
    knowledge::Status,
    model::{NotApplicable, Unknown},
};
use serde::Serialize;

use crate::{
    report::{CheckResult, ComponentResult, Ending, Report},
    words::{counted, one_or_many},
};

/// Checks without findings that ended alike.
#[derive(Serialize)]
pub(super) struct Checks {
    title: String,
    checks: Vec<Other>,
}

#[derive(Serialize)]
struct Other {
    id: &'static str,
    title: &'static str,
    note: String,
}

#[derive(Serialize)]
pub(super) struct Component {
    name: &'static str,
    role: String,
    versions: String,
    state: String,
    pub(super) ended: bool,
}

/// Checks without findings, by how they ended.
pub(super) fn groups(report: &Report) -> Vec<Checks> {
    let of = |which: &dyn Fn(&CheckResult) -> Option<String>| -> Vec<Other> {
        report
            .checks
            .iter()
            .filter_map(|check| {
                Some(Other {
                    note: which(check)?,
                    id: check.check.id,
                    title: check.check.title,
                })
            })
            .collect()
    };
    let note = |check: &CheckResult| check.message.clone().unwrap_or_default();
    let unknown = of(&|check| match check.ending {
        Ending::Unknown(why) => Some(match note(check) {
            text if text.is_empty() => unknown(why).to_owned(),
            text => format!("{}: {text}", unknown(why)),
        }),
        _ => None,
    });
    let passed = of(&|check| matches!(check.ending, Ending::Pass { .. }).then(|| note(check)));
    let idle = of(&|check| match check.ending {
        Ending::NotApplicable(why) => Some(not_applicable(why).to_owned()),
        _ => None,
    });
    let mut groups = Vec::new();
    for (checks, one, several) in [
        (unknown, "could not be decided", "could not be decided"),
        (
            passed,
            "passes; what it finds is not there",
            "pass; what they find is not there",
        ),
        (idle, "does not apply", "do not apply"),
    ] {
        if !checks.is_empty() {
            groups.push(Checks {
                title: format!(
                    "{} {}",
                    counted(checks.len(), "check"),
                    one_or_many(checks.len(), one, several)
                ),
                checks,
            });
        }
    }
    if !report.skipped.is_empty() {
        groups.push(Checks {
            title: format!("{} not selected", counted(report.skipped.len(), "check")),
            checks: report
                .skipped
                .iter()
                .map(|skipped| Other {
                    id: skipped.id,
                    title: "",
                    note: String::new(),
                })
                .collect(),
        });
    }
    groups
}

const fn unknown(why: Unknown) -> &'static str {
    match why {
        Unknown::Forbidden => "may not be read",
        Unknown::Unreadable => "could not be read",
        Unknown::TimedOut => "not done in time",
        Unknown::Hidden => "not shown",
        Unknown::Stale => "the knowledge in this version of kready is too old",
        Unknown::Unrecognised => "the knowledge has no entry for it",
    }
}

const fn not_applicable(why: NotApplicable) -> &'static str {
    match why {
        NotApplicable::Absent => "there is no such object",
        NotApplicable::Managed => "the provider runs it, and does not show it",
        NotApplicable::Mode => "the other kind of input answers it: a live cluster, or manifests",
        NotApplicable::Scope => "about the whole cluster, and namespaces were audited",
        NotApplicable::Topology => "for clusters of another size or layout",
        NotApplicable::Unconfigured => "needs a parameter or a flag",
        NotApplicable::Reported => "another check covers it",
        NotApplicable::Declared => "declared as solved outside the cluster",
        NotApplicable::System => "about system and platform components only",
    }
}

impl Component {
    pub(super) fn of(component: &ComponentResult) -> Self {
        let ends = component.eol.unwrap_or("not maintained any more");
        let mut state = match component.status {
            Status::Retired if component.eol.is_none() => ends.to_owned(),
            Status::Retired if component.ended => format!("ended {ends}"),
            Status::Retired => format!("ends {ends}"),
            _ => component.slumber.clone().unwrap_or_default(),
        };
        if component.status == Status::Retired && !component.successors.is_empty() {
            state = format!("{state}; successor: {}", component.successors.join(", "));
        }
        Self {
            name: component.name,
            role: component.role_name(),
            versions: component.versions.join(", "),
            state,
            ended: component.ended,
        }
    }
}

pub(super) fn unjudged(report: &Report) -> String {
    let kinds: Vec<String> = report
        .unjudged
        .iter()
        .map(|kind| {
            let why = match kind.why {
                NotJudged::UnknownKind => "",
                NotJudged::HelmTest => ", of helm test",
            };
            format!("{} {} ({}{why})", kind.api_version, kind.kind, kind.count)
        })
        .collect();
    kinds.join(", ")
}
