//! A healthy and a broken cluster, judged check by check and object by object.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    misbehaviour::METRICS,
    program::{Check, Kready, Report},
    server::Plan,
    world::World,
};

/// What the applied YAML of the healthy cluster comes to, whoever runs it: a real control plane agrees.
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
        "background-workload-single-replica",
        &["StatefulSet legacy/mysql spec.replicas"],
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
        &["Deployment legacy/portal portal spec.template.spec.containers[name=portal].env"],
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

/// What else the same objects make fail, which were written for the checks above; a real control plane shows as many
/// findings.
const BROKEN_AS_WELL: &[(&str, &[&str])] = &[
    ("bare-pod", &["Pod legacy/whale metadata.ownerReferences"]),
    (
        "capabilities-not-dropped",
        &[
            "CronJob legacy/report report spec.jobTemplate.spec.template.spec.containers[name=report].securityContext.capabilities.drop",
            "Deployment legacy/api api spec.template.spec.containers[name=api].securityContext.capabilities.drop",
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].securityContext.capabilities.drop",
            "Deployment legacy/worker worker spec.template.spec.containers[name=worker].securityContext.capabilities.drop",
            "Pod legacy/whale whale spec.containers[name=whale].securityContext.capabilities.drop",
            "StatefulSet legacy/mysql mysql spec.template.spec.containers[name=mysql].securityContext.capabilities.drop",
        ],
    ),
    (
        "cluster-secret-read-granted",
        &["ClusterRoleBinding helpers roleRef"],
    ),
    (
        "cpu-request-missing",
        &[
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].resources.requests.cpu",
        ],
    ),
    (
        "identity-takeover-granted",
        &["ClusterRoleBinding helpers roleRef"],
    ),
    ("ingress-tls-missing", &["Ingress legacy/portal spec.tls"]),
    (
        "memory-limit-missing",
        &[
            "CronJob legacy/report report spec.jobTemplate.spec.template.spec.containers[name=report].resources.limits.memory",
            "Deployment legacy/api api spec.template.spec.containers[name=api].resources.limits.memory",
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].resources.limits.memory",
            "Deployment legacy/worker worker spec.template.spec.containers[name=worker].resources.limits.memory",
            "Pod legacy/whale whale spec.containers[name=whale].resources.limits.memory",
            "StatefulSet legacy/mysql mysql spec.template.spec.containers[name=mysql].resources.limits.memory",
        ],
    ),
    (
        "node-spread-missing",
        &[
            "Deployment legacy/api spec.template.spec.topologySpreadConstraints",
            "Deployment legacy/worker spec.template.spec.topologySpreadConstraints",
        ],
    ),
    (
        "privilege-escalation-allowed",
        &[
            "CronJob legacy/report report spec.jobTemplate.spec.template.spec.containers[name=report].securityContext.allowPrivilegeEscalation",
            "Deployment legacy/api api spec.template.spec.containers[name=api].securityContext.allowPrivilegeEscalation",
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].securityContext.allowPrivilegeEscalation",
            "Deployment legacy/worker worker spec.template.spec.containers[name=worker].securityContext.allowPrivilegeEscalation",
            "Pod legacy/whale whale spec.containers[name=whale].securityContext.allowPrivilegeEscalation",
            "StatefulSet legacy/mysql mysql spec.template.spec.containers[name=mysql].securityContext.allowPrivilegeEscalation",
        ],
    ),
    (
        "root-user-possible",
        &[
            "CronJob legacy/report report spec.jobTemplate.spec.template.spec.containers[name=report].securityContext.runAsNonRoot",
            "Deployment legacy/api api spec.template.spec.containers[name=api].securityContext.runAsNonRoot",
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].securityContext.runAsNonRoot",
            "Deployment legacy/worker worker spec.template.spec.containers[name=worker].securityContext.runAsNonRoot",
            "Pod legacy/whale whale spec.containers[name=whale].securityContext.runAsNonRoot",
            "StatefulSet legacy/mysql mysql spec.template.spec.containers[name=mysql].securityContext.runAsNonRoot",
        ],
    ),
    ("runtime-detection-missing", &[""]),
    (
        "seccomp-profile-missing",
        &[
            "CronJob legacy/report report spec.jobTemplate.spec.template.spec.containers[name=report].securityContext.seccompProfile.type",
            "Deployment legacy/api api spec.template.spec.containers[name=api].securityContext.seccompProfile.type",
            "Deployment legacy/portal portal spec.template.spec.containers[name=portal].securityContext.seccompProfile.type",
            "Deployment legacy/worker worker spec.template.spec.containers[name=worker].securityContext.seccompProfile.type",
            "Pod legacy/whale whale spec.containers[name=whale].securityContext.seccompProfile.type",
            "StatefulSet legacy/mysql mysql spec.template.spec.containers[name=mysql].securityContext.seccompProfile.type",
        ],
    ),
    (
        "serviceaccount-token-automounted",
        &[
            "CronJob legacy/report spec.jobTemplate.spec.template.spec.automountServiceAccountToken",
            "Deployment legacy/api spec.template.spec.automountServiceAccountToken",
            "Deployment legacy/portal spec.template.spec.automountServiceAccountToken",
            "Deployment legacy/worker spec.template.spec.automountServiceAccountToken",
            "Pod legacy/whale spec.automountServiceAccountToken",
            "StatefulSet legacy/mysql spec.template.spec.automountServiceAccountToken",
        ],
    ),
    ("vulnerability-scanning-missing", &[""]),
];

/// The checks that end otherwise than a table says.
fn other_endings(report: &Report, table: &[(&str, &str)]) -> Vec<String> {
    table
        .iter()
        .filter(|(id, ending)| report.check(id).ending() != *ending)
        .map(|(id, ending)| {
            format!(
                "{id}: expected {ending}, is {} {:?} {}",
                report.check(id).ending(),
                report.check(id).open(),
                report.check(id).value["message"]
            )
        })
        .collect()
}

/// The checks that do not fail with exactly the findings of a table.
fn other_findings(report: &Report, table: &[(&str, &[&str])]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, findings) in table {
        let check = report.check(id);
        let open = check.open();
        if check.ending() != "Fail" || !open.iter().map(String::as_str).eq(findings.iter().copied())
        {
            wrong.push(format!("{id}: {} {open:?}", check.ending()));
        }
    }
    wrong
}

/// Holds how every check of the registry ends on the fake server against the record of a cluster.
fn every_ending_is_on_record(cluster: &str, report: &Report) {
    let ids: BTreeSet<&str> = report.checks().map(Check::id).collect();
    let registry = kready_checks::builtin().map(|check| check.id).collect();
    assert_eq!(ids, registry);
    let endings: BTreeMap<&str, String> = report
        .checks()
        .map(|check| (check.id(), check.ending()))
        .collect();
    let lines: Vec<String> = endings
        .iter()
        .map(|(id, ending)| format!("{id}: {ending}"))
        .collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("endings-{cluster}"), lines.join("\n"));
    });
}

/// Judges a report of the healthy cluster, whoever runs it.
pub(crate) fn judge_healthy(report: &Report) {
    assert_eq!(other_endings(report, HEALTHY), Vec::<String>::new());
}

/// Judges a report of the broken cluster, whoever runs it, in which nothing else fails but `besides`.
pub(crate) fn judge_broken(report: &Report, besides: &[&str]) {
    let mut wrong = other_findings(report, BROKEN);
    for check in report.checks() {
        let id = check.id();
        let as_well = BROKEN_AS_WELL.iter().find(|(known, _)| *known == id);
        let open = check.open();
        let expected = match as_well {
            Some((_, findings)) => open.len() == findings.len(),
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
    every_ending_is_on_record("healthy", &report);
    let open: Vec<String> = report
        .checks()
        .flat_map(|check| {
            let findings = check.open().into_iter();
            findings.map(move |finding| format!("{}: {finding}", check.id()))
        })
        .collect();
    assert_eq!(open, Vec::<String>::new());
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
    assert_eq!(
        other_findings(&report, BROKEN_AS_WELL),
        Vec::<String>::new()
    );
    every_ending_is_on_record("broken", &report);
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

/// A policy is asked for its version alone, and is neither a workload nor an object of the whole cluster.
const ONLY_A_POLICY: &str = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: web, namespace: shop }\nspec: { podSelector: {} }\n";

#[test]
fn an_audit_that_judged_nothing_is_inconclusive() {
    let kready = Kready::new();
    let file = kready.write("policy.yaml", ONLY_A_POLICY);
    let file = file.to_string_lossy();
    let audit = |more: &[&str]| {
        let words = [&["audit", "-f", &file, "-o", "json"], more].concat();
        let run = kready.run(&words);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        (run.code, report)
    };
    let (code, report) = audit(&[]);
    assert_eq!(
        (code, &report["verdict"]),
        (Some(4), &"Inconclusive".into())
    );
    assert_eq!(report["score"], serde_json::Value::Null);
    assert_eq!(report["grade"], serde_json::Value::Null);
    let (code, report) = audit(&["--allow-empty"]);
    let reasons: Vec<&str> = report["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["code"].as_str().unwrap())
        .collect();
    assert!(
        !reasons.iter().any(|code| code.starts_with("nothing-")),
        "{reasons:?}"
    );
    assert_eq!(code, Some(0), "{reasons:?}");
}

#[test]
fn an_outage_is_graded_as_one() {
    let server = Plan::of(World::named("broken")).start();
    let report = Kready::on(&server).audit(&[]);
    assert_eq!(report.value["scoring"], 2);
    let grade = report.value["grade"].as_str().unwrap();
    assert!(["D", "F"].contains(&grade), "{grade}");
    let server = Plan::of(World::named("healthy")).start();
    let report = Kready::on(&server).audit(&[]);
    // Its metrics API is the one high finding, whatever the score.
    assert_eq!(report.value["grade"], "B", "{:#}", report.value["reasons"]);
}
