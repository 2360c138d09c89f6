//! A probe with a host makes the kubelet ask whomever the pod names.

use crate::{kubernetes::pod_security, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "probe-host-set",
    pillar: Pillar::Hardening,
    severity: Severity::Low,
    impact: Impact::Exposed,
    title: "a probe or hook makes the kubelet call a host that the pod chooses",
    fix: "remove host from the probe or hook; send a virtual host's name as a Host header",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[Standard::Pss("baseline")],
    docs: include_str!("probe_host_set.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_control_by(&pod_security::PROBE_HOSTS, |pod, _| {
        // Who listens on the loopback interface of the node can be asked there alone.
        Some(if pod.spec.host_network {
            &[Expectation::HostNetwork]
        } else {
            &[]
        })
    })
}
