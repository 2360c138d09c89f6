//! What could not be seen, which checks wait for it, and how to fix that.

use std::collections::{BTreeMap, BTreeSet};

use kready_checks::{
    frame::Check,
    inventory::{
        Evidence, Fact, Gap, GapReason, Inventory, Kind, Listed, Reading, Role, ServedBy, Visit,
    },
    model::Text,
};

use super::model::{CheckResult, Ending, GapResult};
use crate::{
    collect::{Collected, SourceKind},
    rights::RightsCommand,
};

/// All gaps, sorted by resource, reason and message.
pub(super) fn all(
    collected: &Collected,
    checks: &[CheckResult],
    rights: &RightsCommand,
) -> Vec<GapResult> {
    let inventory = &collected.inventory;
    let mut sources: BTreeMap<String, EvidenceSource> = BTreeMap::new();
    for evidence in &collected.evidence {
        let mut source = EvidenceSource::of(inventory, *evidence);
        for rendered in &collected.rendered {
            let more = EvidenceSource::of(&rendered.inventory, *evidence);
            source.gaps.extend(more.gaps);
        }
        sources.entry(source.resource.clone()).or_insert(source);
    }
    for source in [
        fact("/version", &inventory.facts.version),
        fact("discovery", &inventory.facts.discovery),
    ] {
        sources.entry(source.resource.clone()).or_insert(source);
    }
    let mut results = Vec::new();
    for source in sources.into_values() {
        let waiting: Vec<&'static str> = checks
            .iter()
            .filter(|check| waits(check, &source))
            .map(|check| check.check.id)
            .collect();
        let mut merged: BTreeMap<(GapReason, &str), BTreeSet<&Text>> = BTreeMap::new();
        for gap in &source.gaps {
            merged
                .entry((gap.reason, &gap.message))
                .or_default()
                .extend(&gap.namespaces);
        }
        for ((reason, message), namespaces) in merged {
            results.push(GapResult {
                resource: source.resource.clone(),
                namespaces: namespaces.iter().map(ToString::to_string).collect(),
                reason,
                message: message.to_owned(),
                remedy: remedy(reason, &source, collected, rights),
                checks: waiting.clone(),
            });
        }
    }
    results
}

/// Where a piece of evidence comes from, and what of it was not seen.
struct EvidenceSource {
    resource: String,
    evidence: Option<Evidence>,
    kind: Option<Kind>,
    gaps: Vec<Gap>,
}

impl EvidenceSource {
    fn of(inventory: &Inventory, evidence: Evidence) -> Self {
        struct Gaps<'a>(&'a Inventory);
        impl Visit for Gaps<'_> {
            type Output = (Reading, Vec<Gap>);
            fn visit<K: Listed>(self) -> Self::Output {
                let listing = self.0.listing::<K>();
                (listing.reading, listing.gaps.clone())
            }
        }
        let facts = &inventory.facts;
        let source = match evidence {
            Evidence::Objects(kind) => {
                let (reading, mut gaps) = kind.visit(Gaps(inventory));
                if reading == Reading::NotCollected && gaps.is_empty() {
                    gaps.push(Gap::new(GapReason::NotCollected, "it was not collected"));
                }
                Self {
                    resource: kind.resource().group_resource(),
                    evidence: None,
                    kind: Some(kind),
                    gaps,
                }
            }
            // Secrets are read only when the user allows it; otherwise they are no gap.
            Evidence::SecretNames => Self {
                resource: Kind::Secret.resource().group_resource(),
                evidence: None,
                kind: Some(Kind::Secret),
                gaps: Kind::Secret.visit(Gaps(inventory)).1,
            },
            Evidence::Livez => fact("/livez", &facts.livez),
            Evidence::Readyz => fact("/readyz", &facts.readyz),
            Evidence::Flagz => fact("/flagz", &facts.flagz),
            Evidence::ApiCertificates => {
                fact("the API endpoint's certificates", &facts.api_certificates)
            }
        };
        Self {
            evidence: Some(evidence),
            ..source
        }
    }
}

fn fact<T>(resource: &str, fact: &Fact<T>) -> EvidenceSource {
    EvidenceSource {
        resource: resource.to_owned(),
        evidence: None,
        kind: None,
        gaps: fact.gap().cloned().into_iter().collect(),
    }
}

/// Whether a check would know more if the source had been seen.
fn waits(result: &CheckResult, source: &EvidenceSource) -> bool {
    let unseen = match &result.ending {
        Ending::Unknown(why) => why.for_want_of_sight(),
        _ => result
            .partial
            .is_some_and(kready_checks::model::Unknown::for_want_of_sight),
    };
    unseen
        && match source.evidence {
            Some(evidence) => needs(result.check, evidence),
            // No check declares the version or discovery as a need: its message names what it missed.
            None => result
                .message
                .as_ref()
                .is_some_and(|message| message.contains(&source.resource)),
        }
}

fn needs(check: &Check, evidence: Evidence) -> bool {
    check
        .evidence()
        .any(|(role, needed)| needed == evidence && role < Role::Optional)
}

fn remedy(
    reason: GapReason,
    source: &EvidenceSource,
    collected: &Collected,
    rights: &RightsCommand,
) -> String {
    let resource = &source.resource;
    let custom = source
        .kind
        .is_some_and(|kind| kind.resource().served_by == ServedBy::Custom);
    match reason {
        GapReason::Forbidden => forbidden(source, collected, rights),
        GapReason::Unauthenticated => {
            "log in again, then run the audit again: kubectl auth whoami".to_owned()
        }
        GapReason::PartlyRead => "run the audit again; raise --timeout if it recurs".to_owned(),
        GapReason::TooMuch => format!(
            "see what fills the cluster, or whether this is its API server: kubectl get {resource} -A --chunk-size=500 | wc -l"
        ),
        GapReason::NotServed => match source.kind {
            Some(kind) => format!(
                "audit with an API server that serves {}, or skip these checks with --skip",
                kind.resource().api_version()
            ),
            None => format!("audit with an API server that serves {resource}"),
        },
        GapReason::Unavailable => match source.kind {
            Some(kind) if custom => format!(
                "see why its API does not answer: kubectl get apiservices | grep {}",
                kind.resource().group
            ),
            _ => "see why the API server fails: kubectl get --raw '/readyz?verbose'".to_owned(),
        },
        GapReason::TimedOut => {
            "run the audit again with a longer --request-timeout and --timeout".to_owned()
        }
        GapReason::Undecodable => match source.kind {
            Some(_) if collected.source == SourceKind::Files => {
                "fix the object at that line".to_owned()
            }
            Some(_) => format!("see what is wrong with the object: kubectl get {resource} -o yaml"),
            None => format!("see the answer: kubectl get --raw {resource}"),
        },
        GapReason::NotCollected => {
            "save a new snapshot that holds it: kready snapshot -o FILE".to_owned()
        }
    }
}

/// The same for all that is forbidden, so that it need be told only once.
fn forbidden(source: &EvidenceSource, collected: &Collected, rights: &RightsCommand) -> String {
    let grant = rights.remedy(collected.cluster.identity.as_deref());
    let namespaced = source.kind.is_some_and(|kind| kind.resource().namespaced);
    match &collected.readable_namespaces {
        Some(readable) if namespaced && !readable.is_empty() => {
            let scope: Vec<String> = readable
                .iter()
                .map(|namespace| format!("-n {namespace}"))
                .collect();
            format!(
                "audit what you may read in full: kready audit {}; or {grant}",
                scope.join(" ")
            )
        }
        _ => grant,
    }
}

#[cfg(test)]
mod tests {
    use kready_checks::inventory::Picture;

    use kready_checks::{
        inventory::{
            kinds::{Namespace, Pod, PodDisruptionBudget, ScaledObject},
            needs::{correlated, examined, quoted},
        },
        model::{Evaluation, Unknown},
    };

    use super::*;
    use crate::report::{
        Policy, build,
        testing::{collected, failing, passing, tool, unknown, why},
    };

    static BUDGETS: Check = Check {
        id: "budgets",
        needs: &[examined::<Pod>(), correlated::<PodDisruptionBudget>()],
        ..Check::BASE
    };
    static PODS: Check = Check {
        id: "pods",
        needs: &[examined::<Pod>(), quoted::<PodDisruptionBudget>()],
        ..Check::BASE
    };
    static OTHER: Check = Check {
        id: "other",
        needs: &[correlated::<PodDisruptionBudget>()],
        ..Check::BASE
    };

    fn gaps(collected: &Collected, results: Vec<(&'static Check, Evaluation)>) -> Vec<GapResult> {
        build(
            collected,
            &Picture::of(&collected.inventory),
            results,
            Vec::new(),
            &Policy::default(),
            tool(),
            None,
        )
        .gaps
    }

    #[test]
    fn a_gap_names_the_checks_that_wait_for_it_and_the_remedy() {
        let mut collected = collected();
        collected.evidence.extend([
            Evidence::Objects(Kind::Pod),
            Evidence::Objects(Kind::PodDisruptionBudget),
        ]);
        let refused =
            |namespace: &str| Gap::new(GapReason::Forbidden, "cannot list").within(namespace);
        collected
            .inventory
            .fill::<Pod>(Vec::new(), Reading::Read, Vec::new());
        collected.inventory.fill::<PodDisruptionBudget>(
            Vec::new(),
            Reading::Read,
            vec![refused("b"), refused("a")],
        );
        collected.readable_namespaces = Some(["shop".into(), "web".into()].into());
        let seen = gaps(
            &collected,
            vec![
                (&BUDGETS, unknown(Unknown::Forbidden)),
                (
                    &PODS,
                    failing(
                        1,
                        vec![crate::report::testing::deployment("a")],
                        Some(why(Unknown::Forbidden)),
                    ),
                ),
                (&OTHER, passing(1)),
            ],
        );
        assert_eq!(seen.len(), 1, "one resource, one reason: {seen:?}");
        assert_eq!(seen[0].resource, "poddisruptionbudgets.policy");
        assert_eq!(seen[0].namespaces, ["a", "b"]);
        assert_eq!(
            seen[0].checks,
            ["budgets"],
            "quoted and decided ones do not wait"
        );
        assert!(
            seen[0].remedy.contains("kready audit -n shop -n web")
                && seen[0].remedy.contains("kready rbac"),
            "{}",
            seen[0].remedy
        );
    }

    #[test]
    fn every_ending_has_its_own_next_step() {
        for (reason, step) in [
            (GapReason::Forbidden, "kready rbac"),
            (GapReason::Unauthenticated, "log in again"),
            (GapReason::PartlyRead, "again"),
            (GapReason::TooMuch, "wc -l"),
            (GapReason::NotServed, "keda.sh/v1alpha1"),
            (GapReason::Unavailable, "kubectl get apiservices"),
            (GapReason::TimedOut, "--request-timeout"),
            (GapReason::Undecodable, "kubectl get scaledobjects.keda.sh"),
            (GapReason::NotCollected, "kready snapshot"),
        ] {
            let mut collected = collected();
            collected
                .evidence
                .insert(Evidence::Objects(Kind::ScaledObject));
            collected.inventory.fill::<ScaledObject>(
                Vec::new(),
                Reading::Read,
                vec![Gap::new(reason, "so it ended")],
            );
            let seen = gaps(&collected, Vec::new());
            assert_eq!(seen[0].reason, reason);
            assert!(
                seen[0].remedy.contains(step),
                "{reason:?}: {}",
                seen[0].remedy
            );
        }
    }

    #[test]
    fn what_a_snapshot_lacks_is_a_gap_and_secrets_nobody_asked_for_are_none() {
        let mut collected = collected();
        collected
            .evidence
            .extend([Evidence::Objects(Kind::Namespace), Evidence::SecretNames]);
        let seen = gaps(&collected, Vec::new());
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0].resource, "namespaces");
        assert_eq!(seen[0].reason, GapReason::NotCollected);
        collected
            .inventory
            .fill::<Namespace>(Vec::new(), Reading::Read, Vec::new());
        assert!(gaps(&collected, Vec::new()).is_empty());
    }

    #[test]
    fn an_unread_version_is_a_gap_of_the_checks_that_name_it() {
        let mut collected = collected();
        collected.inventory.facts.version = Fact::Gap(Gap::new(GapReason::TimedOut, "no answer"));
        let mut evaluation = unknown(Unknown::Unreadable);
        if let kready_checks::model::Outcome::Unknown(why) = &mut evaluation.outcome {
            why.message = "/version did not answer in time".into();
        }
        let seen = gaps(
            &collected,
            vec![(&PODS, evaluation), (&OTHER, unknown(Unknown::Unreadable))],
        );
        assert_eq!(
            (seen[0].resource.as_str(), &seen[0].checks[..]),
            ("/version", &["pods"][..])
        );
    }
}
