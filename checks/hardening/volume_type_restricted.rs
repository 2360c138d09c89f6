//! Some kinds of volumes let a pod reach storage, or credentials, past whoever runs the cluster.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "volume-type-restricted",
    pillar: Pillar::Hardening,
    severity: Severity::Low,
    impact: Impact::Exposed,
    title: "a pod mounts a volume type that Pod Security \"restricted\" forbids",
    fix: "use a PersistentVolumeClaim or a CSI volume instead",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Pss("restricted"),
        Standard::Trivy("KSV-0028"),
        Standard::Trivy("KSV-0121"),
    ],
    excuse: Excuse::Expected(&[]),
    docs: include_str!("volume_type_restricted.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::VOLUMES, |_, violation| {
        // Paths of the node have checks of their own.
        violation.field != "hostPath"
    })
}
