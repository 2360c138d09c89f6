//! The store of the whole cluster fails, or one of its members does.

use crate::{
    inventory::{
        control_plane::ControlPlaneComponent,
        types::{Condition, condition},
    },
    kubernetes::{availability::was_ready_lately, is_live, settled::FIVE_MINUTES},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "etcd-unhealthy",
    pillar: Pillar::HighAvailability,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "etcd, or one of its members, is unhealthy",
    fix: "repair or replace the unhealthy member, and check quorum and disk space",
    since: "0.1.0",
    tier: 2,
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined_all(&[Evidence::Readyz]),
        examined::<Pod>(),
        examined::<ClusterOperator>(),
    ],
    docs: include_str!("etcd_unhealthy.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    match cx.readyz().get("/readyz") {
        Ok(Some(report)) => {
            let failed: Vec<&str> = report
                .failed
                .iter()
                .map(Text::as_str)
                .filter(|name| name.starts_with("etcd"))
                .collect();
            let finding = (!failed.is_empty()).then(|| {
                Finding::cluster()
                    .at("/readyz")
                    .saw(format_args!("failed: {}", failed.join(", ")), "etcd ok")
            });
            sheet.judge(Ok(finding.into()));
        }
        Ok(None) => {}
        Err(why) => sheet.undecided(why),
    }
    for (pod, component) in cx.control_plane_pods() {
        if component == ControlPlaneComponent::Etcd && is_live(pod) {
            let finding = (!was_ready_lately(pod, cx.now())).then(|| {
                Finding::on(pod)
                    .at("status.conditions[type=Ready]")
                    .saw("not Ready", "a Ready member")
            });
            sheet.judge(Ok(finding.into()));
        }
    }
    cx.judge_into::<ClusterOperator>(&mut sheet, |operator| {
        if operator.metadata.name != "etcd" {
            return Ok(Judgement::NotASubject);
        }
        let holds = |kind: &str| {
            condition(&operator.status.conditions, kind).is_some_and(Condition::is_true)
        };
        // A restart of its pods, one after another, is told for a moment as well.
        let settled = |kind: &str| {
            condition(&operator.status.conditions, kind)
                .is_none_or(|condition| cx.has_held(condition, FIVE_MINUTES))
        };
        let seen = if holds("Degraded") && settled("Degraded") {
            Some("Degraded")
        } else if holds("Available") || !settled("Available") {
            None
        } else {
            Some("not Available")
        };
        let finding = seen.map(|seen| {
            Finding::on(operator)
                .at("status.conditions")
                .saw(seen, "Available, and not Degraded")
        });
        Ok(finding.into())
    });
    Ok(sheet)
}
