//! A volume that Kubernetes could not give back, or not make ready.

use crate::{
    kubernetes::settled::{TEN_MINUTES, told},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "pv-failed",
    pillar: Pillar::Storage,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a PersistentVolume has failed",
    fix: "find out why, then keep or delete the volume: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<PersistentVolume>()],
    docs: include_str!("pv_failed.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge::<PersistentVolume>(|volume| {
        let status = &volume.status;
        let from = status
            .last_phase_transition_time
            .or(volume.metadata.creation_timestamp);
        let broken = match status.phase.as_str() {
            "Failed" => cx.is_settled(from),
            // The phase of one that no controller has looked at is Pending as well.
            "Pending" | "" => {
                volume.metadata.deletion_timestamp.is_none() && cx.has_lasted(from, TEN_MINUTES)
            }
            _ => false,
        };
        if !broken {
            return Ok(Judgement::Sound);
        }
        let phase = if status.phase.is_empty() {
            "Pending"
        } else {
            status.phase.as_str()
        };
        let said = [status.reason.as_str(), &status.message];
        let mut seen = told(phase, status.last_phase_transition_time, said);
        if let Some(claim) = &volume.spec.claim_ref {
            seen = format!("{seen} (claim {}/{})", claim.namespace, claim.name);
        }
        let finding = Finding::on(volume).at("status.phase");
        Ok(finding.saw(seen, "Bound or Available").into())
    }))
}
