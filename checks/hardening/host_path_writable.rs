//! What a pod may change on its node, outlives it there and reaches others.

use crate::{kubernetes::pod_security::HostPath, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "host-path-writable",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a pod can write to a path of its node",
    fix: "use a PersistentVolumeClaim or emptyDir instead, or mount it with readOnly: true",
    since: "0.1.0",
    tier: 2,
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.2.11"),
        Standard::Pss("baseline"),
        Standard::Owasp("K01"),
        Standard::Kubescape("C-0045"),
        Standard::Kubescape("C-0048"),
        Standard::Trivy("KSV-0023"),
        Standard::Trivy("KSV-0121"),
    ],
    excuse: Excuse::Expected(&[Expectation::HostPath]),
    docs: include_str!("host_path_writable.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    cx.judge_host_paths(|kind, violation| {
        let HostPath::Writable(writers) = kind else {
            return false;
        };
        let writers: Vec<&str> = writers.iter().map(|name| name.as_str()).collect();
        violation.seen =
            format!("{} (writable by {})", violation.seen, writers.join(" and ")).into();
        violation.expected = "readOnly: true on its mounts, or a volume other than hostPath";
        true
    })
}
