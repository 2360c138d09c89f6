//! Whoever talks to the container runtime starts what they like on the node.

use crate::{kubernetes::pod_security::HostPath, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "runtime-socket-mounted",
    pillar: Pillar::Hardening,
    severity: Severity::Critical,
    impact: Impact::Exposed,
    title: "a pod mounts the socket of the container runtime",
    fix: "remove the volume; build images with rootless BuildKit or Buildah",
    tier: 1,
    since: "0.1.0",
    needs: TEMPLATES,
    standards: &[
        Standard::Pss("baseline"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0074"),
        Standard::Trivy("KSV-0006"),
    ],
    excuse: Excuse::Expected(&[Expectation::RuntimeSocket]),
    docs: include_str!("runtime_socket_mounted.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_host_paths(|kind, violation| {
        violation.expected =
            "neither the socket of a container runtime nor a directory that contains one";
        matches!(kind, HostPath::RuntimeSocket)
    })
}
