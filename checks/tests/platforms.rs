//! What each platform shows of its control plane and nodes, and what may be said of it: decided, the provider's part,
//! or unknown, and never a false alarm (RULES.md, "Platform visibility").
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

mod common;

use kready_checks::inventory::Picture;
use std::collections::{BTreeMap, BTreeSet};

use common::{check, evaluate, fixture, inventory};
use kready_checks::{
    builtin,
    inventory::{Evidence, Settings, kinds::Kind},
    knowledge::platform,
    model::Outcome,
};

/// Clusters as they come: what is not switched on by default is off, and `fail` is then what an operator has to hear.
/// Other words are the reasons of `NotApplicable` and `Unknown`.
const OWN: &str = "
check                                kubeadm    openshift  rke2       talos      microk8s   k0s
api-server-unhealthy                 pass       pass       pass       pass       pass       pass
control-plane-single-replica         pass       pass       pass       pass       pass       pass
etcd-single-member                   pass       pass       pass       pass       hidden     hidden
etcd-unhealthy                       pass       pass       pass       pass       pass       pass
audit-log-disabled                   fail       pass       pass       pass       hidden     hidden
secrets-unencrypted-at-rest          fail       fail       pass       pass       hidden     hidden
anonymous-access-granted             pass       absent     absent     absent     absent     absent
api-certificate-expiring             pass       pass       pass       pass       pass       pass
kubernetes-version-unsupported       pass       pass       pass       pass       pass       pass
kubelet-version-skew                 pass       pass       pass       pass       pass       pass
single-worker-node                   pass       pass       pass       pass       pass       pass
nodes-single-zone                    topology   pass       topology   topology   topology   topology
node-not-ready                       pass       pass       pass       pass       pass       pass
node-pressure                        pass       pass       pass       pass       pass       pass
node-autoscaler-missing              topology   fail       topology   topology   topology   topology
cluster-capacity-exhausted           pass       pass       pass       pass       pass       pass
resource-metrics-api-unavailable     fail       pass       pass       fail       fail       pass
cni-policy-unenforced                pass       pass       pass       fail       pass       pass
cluster-dns-single-replica           pass       pass       pass       pass       fail       pass
telemetry-agent-coverage-incomplete  absent     absent     absent     absent     absent     absent
";

const SMALL: &str = "
check                                k3s        k3s-sqlite k3s-sql    kind       minikube
api-server-unhealthy                 pass       pass       pass       pass       pass
control-plane-single-replica         pass       fail       pass       fail       fail
etcd-single-member                   pass       fail       absent     fail       fail
etcd-unhealthy                       pass       pass       pass       pass       pass
audit-log-disabled                   fail       fail       pass       fail       fail
secrets-unencrypted-at-rest          fail       fail       pass       fail       fail
anonymous-access-granted             absent     absent     absent     pass       pass
api-certificate-expiring             pass       pass       pass       pass       pass
kubernetes-version-unsupported       pass       pass       pass       pass       pass
kubelet-version-skew                 pass       pass       pass       pass       pass
single-worker-node                   pass       pass       pass       fail       fail
nodes-single-zone                    topology   topology   topology   reported   reported
node-not-ready                       pass       pass       pass       pass       pass
node-pressure                        pass       pass       pass       pass       pass
node-autoscaler-missing              topology   topology   topology   topology   topology
cluster-capacity-exhausted           pass       pass       pass       pass       pass
resource-metrics-api-unavailable     pass       pass       pass       fail       fail
cni-policy-unenforced                pass       pass       pass       pass       unrecognised
cluster-dns-single-replica           fail       fail       fail       pass       fail
telemetry-agent-coverage-incomplete  absent     absent     absent     absent     absent
";

const MANAGED: &str = "
check                                gke        gke-autopilot eks        eks-fargate aks        gardener   hypershift
api-server-unhealthy                 pass       pass          pass       pass        pass       pass       pass
control-plane-single-replica         managed    managed       managed    managed     managed    managed    managed
etcd-single-member                   managed    managed       managed    managed     managed    managed    managed
etcd-unhealthy                       pass       pass          pass       pass        pass       pass       pass
audit-log-disabled                   managed    managed       managed    managed     managed    managed    managed
secrets-unencrypted-at-rest          managed    managed       managed    managed     managed    managed    managed
anonymous-access-granted             absent     absent        absent     absent      absent     absent     absent
api-certificate-expiring             pass       pass          pass       pass        pass       pass       pass
kubernetes-version-unsupported       pass       pass          pass       pass        pass       pass       pass
kubelet-version-skew                 pass       managed       pass       pass        pass       pass       pass
single-worker-node                   pass       managed       pass       topology    pass       pass       pass
nodes-single-zone                    pass       managed       pass       topology    pass       pass       pass
node-not-ready                       pass       managed       pass       pass        pass       pass       pass
node-pressure                        pass       managed       pass       pass        pass       pass       pass
node-autoscaler-missing              pass       pass          fail       topology    pass       pass       managed
cluster-capacity-exhausted           pass       managed       pass       topology    pass       pass       pass
resource-metrics-api-unavailable     pass       pass          fail       fail        pass       pass       pass
cni-policy-unenforced                pass       pass          fail       fail        fail       pass       pass
cluster-dns-single-replica           pass       pass          pass       pass        pass       pass       pass
telemetry-agent-coverage-incomplete  pass       managed       absent     absent      absent     absent     absent
";

/// Nodes behind which there is no machine.
const FAKE: &str = "
check                                vcluster     kwok
api-server-unhealthy                 pass         pass
control-plane-single-replica         pass         pass
etcd-single-member                   hidden       hidden
etcd-unhealthy                       pass         pass
audit-log-disabled                   hidden       hidden
secrets-unencrypted-at-rest          hidden       hidden
anonymous-access-granted             absent       absent
api-certificate-expiring             pass         pass
kubernetes-version-unsupported       pass         pass
kubelet-version-skew                 topology     topology
single-worker-node                   topology     topology
nodes-single-zone                    topology     topology
node-not-ready                       topology     topology
node-pressure                        topology     topology
node-autoscaler-missing              topology     topology
cluster-capacity-exhausted           topology     topology
resource-metrics-api-unavailable     fail         fail
cni-policy-unenforced                unrecognised unrecognised
cluster-dns-single-replica           pass         absent
telemetry-agent-coverage-incomplete  absent       absent
";

/// As whom each cluster is known, and whether the provider runs its control plane and its nodes.
const RECOGNISED: &[(&str, &str, bool, bool)] = &[
    ("kubeadm", "kubeadm", false, false),
    ("openshift", "openshift", false, false),
    ("rke2", "rke2", false, false),
    ("talos", "talos", false, false),
    ("microk8s", "microk8s", false, false),
    ("k0s", "k0s", false, false),
    ("k3s", "k3s", false, false),
    ("k3s-sqlite", "k3s", false, false),
    ("k3s-sql", "k3s", false, false),
    ("kind", "kind", false, false),
    ("minikube", "minikube", false, false),
    ("gke", "gke", true, false),
    ("gke-autopilot", "gke-autopilot", true, true),
    ("eks", "eks", true, false),
    ("eks-fargate", "eks", true, false),
    ("aks", "aks", true, false),
    ("gardener", "gardener-shoot", true, false),
    ("hypershift", "openshift", true, false),
    ("vcluster", "vcluster", false, false),
    ("kwok", "kwok", false, false),
];

/// What is asked of nodes or of the control plane, and yet about workloads or components.
const ELSEWHERE: &[&str] = &[];

fn cluster(name: &str) -> String {
    fixture(&format!("platforms/{name}.yaml"))
}

/// Outcomes by platform and check.
fn expected() -> BTreeMap<&'static str, BTreeMap<&'static str, &'static str>> {
    let mut all: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for table in [OWN, SMALL, MANAGED, FAKE] {
        let mut rows = table
            .trim()
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        let head = rows.next().expect("a table has a head");
        for row in rows {
            assert_eq!(row.len(), head.len(), "{row:?}");
            for (platform, outcome) in head.iter().zip(&row).skip(1) {
                all.entry(*platform).or_default().insert(row[0], *outcome);
            }
        }
    }
    all
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail { partial: None } => "fail",
        Outcome::Fail { partial: Some(_) } => "partial",
        Outcome::NotApplicable(reason) => reason.id(),
        Outcome::Unknown(why) => why.unknown.id(),
    }
}

fn outcome(yaml: &str, id: &str) -> &'static str {
    word(&evaluate(check(id), yaml).outcome)
}

#[test]
fn platforms_are_recognised_as_they_show_themselves() {
    for (name, id, control_plane_managed, nodes_managed) in RECOGNISED {
        let seen = platform(&Picture::of(&inventory(&cluster(name)))).expect("all was seen");
        assert_eq!(
            (seen.id, seen.control_plane_managed, seen.nodes_managed),
            (*id, *control_plane_managed, *nodes_managed),
            "{name}"
        );
    }
    let known: BTreeSet<&str> = RECOGNISED.iter().map(|(name, ..)| *name).collect();
    assert_eq!(known, expected().into_keys().collect());
}

#[test]
fn control_planes_and_nodes_are_decided_managed_or_unknown() {
    let mut wrong = Vec::new();
    for (name, row) in expected() {
        let inventory = inventory(&cluster(name));
        for (id, wanted) in row {
            let evaluation = check(id).evaluate(&inventory, &Settings::default());
            if word(&evaluation.outcome) != wanted {
                wrong.push(format!(
                    "{name}: {id}: expected {wanted}, is {:?} {:?}",
                    evaluation.outcome,
                    evaluation
                        .findings
                        .iter()
                        .map(|finding| format!("{:?}: {}", finding.object, finding.seen))
                        .collect::<Vec<_>>()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_of_the_control_plane_and_of_nodes_stands_in_the_tables() {
    let asks = |evidence: Evidence| {
        matches!(
            evidence,
            Evidence::Livez
                | Evidence::Readyz
                | Evidence::Flagz
                | Evidence::ApiCertificates
                | Evidence::Objects(Kind::OpenShiftApiServer | Kind::NodeMetrics)
        )
    };
    let examines_nodes = |check: &kready_checks::frame::Check| {
        check.evidence().any(|(role, evidence)| {
            role == kready_checks::inventory::Role::Examined
                && evidence == Evidence::Objects(Kind::Node)
        })
    };
    for (name, row) in expected() {
        for check in builtin() {
            let concerned =
                check.evidence().any(|(_, evidence)| asks(evidence)) || examines_nodes(check);
            assert!(
                !concerned || row.contains_key(check.id) || ELSEWHERE.contains(&check.id),
                "{name}: {}",
                check.id
            );
        }
    }
}

#[test]
fn flags_that_the_api_server_shows_itself_decide_on_every_platform() {
    let with = |name: &str, flagz: &str| {
        let yaml = cluster(name);
        let shown = yaml.replace("flagz: notServed", &format!("flagz: {flagz}"));
        assert_ne!(shown, yaml);
        shown
    };
    for name in [
        "gke", "eks", "aks", "gardener", "microk8s", "k0s", "vcluster",
    ] {
        let on = with(name, "{ seen: { audit-log-path: /var/log/audit.log } }");
        assert_eq!(outcome(&on, "audit-log-disabled"), "pass", "{name}");
        let off = with(name, "{ seen: { audit-log-path: '' } }");
        assert_eq!(outcome(&off, "audit-log-disabled"), "fail", "{name}");
        let refused = with(name, "{ gap: { reason: forbidden, message: 'no' } }");
        assert_eq!(
            outcome(&refused, "audit-log-disabled"),
            "forbidden",
            "{name}"
        );
    }
}
