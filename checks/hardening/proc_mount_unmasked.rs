//! An unmasked /proc shows a container the kernel of its node, and lets it turn its knobs.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "proc-mount-unmasked",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a container sees /proc unmasked",
    fix: "remove procMount, or give the pod a user namespace with hostUsers: false",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Pss("baseline"),
        Standard::Pss("restricted"),
        Standard::Kubescape("C-0211"),
        Standard::Trivy("KSV-0027"),
    ],
    excuse: Excuse::Expected(&[Expectation::Privileged]),
    docs: include_str!("proc_mount_unmasked.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::PROC_MOUNT, |_, _| true)
}
