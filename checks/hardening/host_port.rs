//! A port of the node opens a pod to all who reach the node.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "host-port",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a container takes a port of its node",
    fix: "remove hostPort, and expose the pod with a Service",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.12"),
        Standard::Pss("baseline"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0044"),
        Standard::Kubescape("C-0204"),
        Standard::Trivy("KSV-0024"),
    ],
    excuse: Excuse::Expected(&[Expectation::HostPort]),
    docs: include_str!("host_port.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control(&pod_security::HOST_PORTS, |pod, _| {
        // In the network of the node every port is the node's: host-namespace-shared tells that.
        !pod.spec.host_network
    })
}
