//! A healthy and a broken cluster, judged check by check and object by object.

use crate::{
    misbehaviour::METRICS,
    program::{Kready, Report},
    server::Plan,
    world::World,
};

/// The checks of the first round.
pub(crate) const FIRST_CHECKS: &[&str] = &[
    "control-plane-single-replica",
    "api-server-unhealthy",
    "etcd-single-member",
    "single-worker-node",
    "nodes-single-zone",
    "node-not-ready",
    "workload-single-replica",
    "pdb-missing",
    "pdb-blocking",
    "readiness-probe-missing",
    "container-crash-looping",
    "workload-unavailable",
    "service-without-ready-endpoints",
    "resource-metrics-api-unavailable",
    "hpa-target-missing",
    "memory-request-missing",
    "pod-unschedulable",
    "storageclass-default-missing",
    "pvc-pending",
    "pvc-lost",
    "stateful-data-ephemeral",
    "metrics-collection-missing",
    "log-collection-missing",
    "audit-log-disabled",
    "image-tag-latest",
    "image-pull-failing",
    "image-signature-policy-missing",
    "privileged-container",
    "host-namespace-shared",
    "secret-literal-in-environment",
    "cluster-admin-granted",
    "anonymous-access-granted",
    "pod-security-enforcement-missing",
    "kubernetes-version-unsupported",
    "kubelet-version-skew",
    "reference-missing",
    "networkpolicy-missing",
    "ingress-backend-missing",
    "api-certificate-expiring",
];

/// What the applied YAML of the healthy cluster comes to, whoever runs it.
pub(crate) const HEALTHY: &[(&str, &str)] = &[
    ("api-certificate-expiring", "Pass"),
    ("api-server-unhealthy", "Pass"),
    ("audit-log-disabled", "Pass"),
    ("anonymous-access-granted", "Pass"),
    ("cluster-admin-granted", "Pass"),
    ("container-crash-looping", "Pass"),
    ("control-plane-single-replica", "Pass"),
    ("host-namespace-shared", "Pass"),
    ("hpa-target-missing", "Pass"),
    ("image-pull-failing", "Pass"),
    ("image-signature-policy-missing", "Pass"),
    ("image-tag-latest", "Pass"),
    ("ingress-backend-missing", "Pass"),
    ("kubelet-version-skew", "Pass"),
    ("kubernetes-version-unsupported", "Pass"),
    ("log-collection-missing", "Pass"),
    ("memory-request-missing", "Pass"),
    ("metrics-collection-missing", "Pass"),
    ("networkpolicy-missing", "Pass"),
    ("node-not-ready", "Pass"),
    ("nodes-single-zone", "Pass"),
    ("pdb-blocking", "Pass"),
    ("pdb-missing", "Pass"),
    ("pod-security-enforcement-missing", "Pass"),
    ("pod-unschedulable", "Pass"),
    ("privileged-container", "Pass"),
    ("pvc-lost", "Pass"),
    ("pvc-pending", "Pass"),
    ("readiness-probe-missing", "Pass"),
    ("reference-missing", "Pass"),
    ("secret-literal-in-environment", "Pass"),
    ("service-without-ready-endpoints", "Pass"),
    ("single-worker-node", "Pass"),
    ("stateful-data-ephemeral", "Pass"),
    ("storageclass-default-missing", "Pass"),
    ("workload-single-replica", "Pass"),
    ("workload-unavailable", "Pass"),
];

/// What the applied YAML of the broken cluster comes to, whoever runs it: exactly these findings.
pub(crate) const BROKEN: &[(&str, &[&str])] = &[
    (
        "anonymous-access-granted",
        &["ClusterRoleBinding anyone-reads-services subjects"],
    ),
    (
        "cluster-admin-granted",
        &["ClusterRoleBinding developers-are-admins roleRef"],
    ),
    (
        "container-crash-looping",
        &["Deployment legacy/worker worker spec.template.spec.containers[name=worker]"],
    ),
    (
        "host-namespace-shared",
        &["Deployment legacy/portal spec.template.spec.hostNetwork"],
    ),
    (
        "hpa-target-missing",
        &["HorizontalPodAutoscaler legacy/ghost spec.scaleTargetRef"],
    ),
    (
        "image-tag-latest",
        &["Deployment legacy/portal portal spec.template.spec.containers[name=portal].image"],
    ),
    (
        "ingress-backend-missing",
        &[
            "Ingress legacy/portal spec.rules[host=portal.example.com].http.paths[path=/old].backend.service",
        ],
    ),
    (
        "memory-request-missing",
        &[
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].resources.requests.memory",
        ],
    ),
    ("networkpolicy-missing", &["Namespace legacy"]),
    (
        "pdb-blocking",
        &["PodDisruptionBudget legacy/api spec.minAvailable"],
    ),
    (
        "pdb-missing",
        &["Deployment legacy/worker spec.template.metadata.labels"],
    ),
    (
        "pod-security-enforcement-missing",
        &["Namespace legacy metadata.labels[pod-security.kubernetes.io/enforce]"],
    ),
    ("pod-unschedulable", &["Pod legacy/whale"]),
    (
        "privileged-container",
        &[
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].securityContext.privileged",
        ],
    ),
    (
        "pvc-pending",
        &["PersistentVolumeClaim legacy/archive status.phase"],
    ),
    (
        "readiness-probe-missing",
        &[
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].readinessProbe",
            "Deployment legacy/worker worker spec.template.spec.containers[name=worker].readinessProbe",
        ],
    ),
    (
        "reference-missing",
        &[
            "CronJob legacy/report report spec.jobTemplate.spec.template.spec.containers[name=report].envFrom[configMapRef=report-settings]",
        ],
    ),
    (
        "secret-literal-in-environment",
        &[
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].env[name=DB_PASSWORD].value",
        ],
    ),
    (
        "service-without-ready-endpoints",
        &["Service legacy/worker spec.selector"],
    ),
    (
        "stateful-data-ephemeral",
        &["StatefulSet legacy/mysql mysql spec.template.spec.volumes"],
    ),
    (
        "workload-single-replica",
        &["Deployment legacy/portal spec.replicas"],
    ),
    (
        "workload-unavailable",
        &["Deployment legacy/worker status.availableReplicas"],
    ),
    ("image-signature-policy-missing", &[""]),
    ("log-collection-missing", &[""]),
    ("metrics-collection-missing", &[""]),
    ("resource-metrics-api-unavailable", &[""]),
    ("storageclass-default-missing", &[""]),
];

/// What else the same objects make fail, and how often: they were written for the checks above.
pub(crate) const BROKEN_AS_WELL: &[(&str, usize)] = &[
    ("bare-pod", 1),
    ("capabilities-not-dropped", 6),
    ("cluster-secret-read-granted", 1),
    ("cpu-request-missing", 1),
    ("identity-takeover-granted", 1),
    ("ingress-tls-missing", 1),
    ("memory-limit-missing", 6),
    ("node-spread-missing", 2),
    ("privilege-escalation-allowed", 6),
    ("root-user-possible", 6),
    ("runtime-detection-missing", 1),
    ("seccomp-profile-missing", 6),
    ("serviceaccount-token-automounted", 6),
    ("vulnerability-scanning-missing", 1),
];

/// Judges a report of the healthy cluster.
pub(crate) fn judge_healthy(report: &Report) {
    let wrong: Vec<String> = HEALTHY
        .iter()
        .filter(|(id, ending)| report.check(id).ending() != *ending)
        .map(|(id, _)| {
            format!(
                "{id}: {} {:?} {}",
                report.check(id).ending(),
                report.check(id).open(),
                report.check(id).value["message"]
            )
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// Judges a report of the broken cluster, in which nothing else fails but `besides`.
pub(crate) fn judge_broken(report: &Report, besides: &[&str]) {
    let mut wrong = Vec::new();
    for (id, findings) in BROKEN {
        let check = report.check(id);
        let open = check.open();
        if check.ending() != "Fail" || !open.iter().map(String::as_str).eq(findings.iter().copied())
        {
            wrong.push(format!("{id}: {} {open:?}", check.ending()));
        }
    }
    for check in report.checks() {
        let id = check.id();
        let count = BROKEN_AS_WELL.iter().find(|(known, _)| *known == id);
        let open = check.open();
        let expected = match count {
            Some((_, count)) => open.len() == *count,
            None => {
                check.outcome() != "Fail"
                    || besides.contains(&id)
                    || BROKEN.iter().any(|(known, _)| *known == id)
            }
        };
        if !expected {
            wrong.push(format!("{id}: {} {open:?}", check.ending()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn healthy() {
    let server = Plan::of(World::named("healthy").with(METRICS)).start();
    let report = Kready::on(&server).audit(&[]);
    judge_healthy(&report);
    let open: Vec<String> = report
        .checks()
        .flat_map(|check| {
            let findings = check.open().into_iter();
            findings.map(move |finding| format!("{}: {finding}", check.id()))
        })
        .collect();
    assert_eq!(open, Vec::<String>::new());
    report.check("resource-metrics-api-unavailable").is("Pass");
    report.check("etcd-single-member").is("Pass");
    assert_eq!(
        (report.verdict(), report.code),
        ("Ready", Some(0)),
        "{:#}",
        report.value["reasons"]
    );
    assert_eq!(report.gaps().count(), 0, "{:#}", report.value["gaps"]);
}

#[test]
fn broken() {
    let server = Plan::of(World::named("broken")).start();
    let report = Kready::on(&server).audit(&[]);
    judge_broken(&report, &[]);
    assert_eq!((report.verdict(), report.code), ("NotReady", Some(1)));
    assert_eq!(report.gaps().count(), 0, "{:#}", report.value["gaps"]);
}

#[test]
fn what_only_a_fake_cluster_can_have() {
    let world = World::named("broken")
        .change("", "nodes", "", "worker-1", |node| {
            node["status"]["conditions"][0]["status"] = "Unknown".into();
        })
        .change("", "nodes", "", "worker-2", |node| {
            node["status"]["nodeInfo"]["kubeletVersion"] = "v1.31.0".into();
            node["metadata"]["labels"]["topology.kubernetes.io/zone"] = "zone-a".into();
        })
        .change("", "persistentvolumeclaims", "legacy", "archive", |claim| {
            claim["status"]["phase"] = "Lost".into();
        })
        .change("", "pods", "legacy", "whale", |pod| {
            pod["status"] = serde_json::json!({"phase": "Pending", "containerStatuses": [
                {"name": "whale", "image": "a", "imageID": "", "ready": false, "restartCount": 0,
                 "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}]});
        })
        .without(
            "coordination.k8s.io",
            "leases",
            "kube-system",
            "apiserver-1",
        )
        .without(
            "coordination.k8s.io",
            "leases",
            "kube-system",
            "apiserver-2",
        );
    let server = Plan::of(world)
        .version("v1.28.4")
        .flags(Some(vec![("etcd-servers", "[https://10.1.0.1:2379]")]))
        .start();
    let report = Kready::on(&server).audit(&[]);
    report
        .check("node-not-ready")
        .finds(&["Node worker-1 status.conditions[type=Ready]"]);
    report.check("pvc-lost").is("Fail");
    report.check("image-pull-failing").is("Fail");
    report.check("kubernetes-version-unsupported").is("Fail");
    report.check("control-plane-single-replica").is("Fail");
    report.check("nodes-single-zone").is("Fail");
    report.check("audit-log-disabled").is("Fail");
    report.check("etcd-single-member").is("Fail");
    // Kubelets newer than their API server, all of them.
    report.check("kubelet-version-skew").is("Fail");
}
