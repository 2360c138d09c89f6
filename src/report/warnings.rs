//! What a reader should know about an audit, or may want to do.

use kready_checks::{inventory::Picture, knowledge};

use super::{
    annotations::Annotations,
    policy::{Policy, Renamed},
};
use crate::collect::{Collected, Warning, WarningCode, unread_in_words};

/// The warnings of the collector, and what it could not read, sorted, each once.
pub(super) fn of_collector(collected: &Collected) -> Vec<Warning> {
    let mut warnings = collected.warnings.clone();
    if !collected.unread.is_empty() {
        let message = unread_in_words(&collected.unread);
        warnings.push(Warning::new(WarningCode::FilesUnread, message));
    }
    sorted(warnings)
}

/// The warnings of the collector, of the policy and of annotations, sorted, each once.
pub(super) fn all(
    collected: &Collected,
    policy: &Policy,
    annotations: &Annotations,
    uid: Option<&str>,
) -> Vec<Warning> {
    let now = collected.inventory.now;
    let mut warnings = collected.warnings.clone();
    warnings.extend(annotations.warnings.iter().cloned());
    let mut warn = |code, message: String| warnings.push(Warning::new(code, message));
    for declared in &policy.declarations {
        if declared.grant.has_expired(now) {
            warn(
                WarningCode::DeclarationExpired,
                format!(
                    "the declaration of {} expired on {} and no longer counts",
                    declared.capability, declared.grant.expires
                ),
            );
        }
    }
    if let Some(baseline) = &policy.baseline
        && let (Some(then), Some(now)) = (baseline.cluster.as_deref(), uid)
        && then != now
    {
        warn(
            WarningCode::BaselineOfAnotherCluster,
            format!("{} is the report of another cluster", baseline.file),
        );
    }
    sorted(warnings)
}

fn sorted(mut warnings: Vec<Warning>) -> Vec<Warning> {
    warnings.sort();
    warnings.dedup();
    warnings
}

/// What a reader may want to do.
pub(super) fn notices(
    collected: &Collected,
    picture: &Picture<'_>,
    policy: &Policy,
) -> Vec<Warning> {
    let mut notices = Vec::new();
    if !policy.annotations {
        notices.extend(Annotations::ignored(collected));
    }
    if policy.profile.is_none() && knowledge::is_local(picture) {
        notices.push(Warning::new(
            WarningCode::ProfileSuggested,
            "this cluster runs on one machine: if it is a development cluster, --profile dev makes high-availability and observability checks informative only",
        ));
    }
    let renamed = policy.renamed.iter().map(Renamed::notice);
    notices.extend(renamed.map(|notice| Warning::new(WarningCode::CheckRenamed, notice)));
    notices
}
