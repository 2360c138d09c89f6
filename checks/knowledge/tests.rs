//! Clusters of many platforms, as their objects show them, and what must not be taken for one.

use super::{Availability, Capability, Verdict, candidate::Candidate, platform};
use crate::{
    frame::Check,
    inventory::{
        Context, Evidence, Gap, GapReason, Inventory, Kind, Need, Picture, Settings,
        control_plane::ControlPlaneComponent, needs, testing::load_at, types::RbacSubject,
    },
    model::{Expectation, NotApplicable, Undecided, Unknown},
    wire::Time,
};

const NEEDS: &[Need] = &[
    needs::correlated_all(needs::COMPONENTS),
    needs::correlated_all(needs::OWNERS),
    needs::correlated_all(needs::FLAGS),
];

static CHECK: Check = Check {
    id: "test",
    needs: NEEDS,
    ..Check::BASE
};

fn inventory(yaml: &str) -> Inventory {
    let now: Time = "2026-11-25T03:00:00Z".parse().unwrap();
    load_at(now, yaml)
}

fn live(version: &str, groups: &[&str], objects: &str) -> Inventory {
    let groups: Vec<String> = groups.iter().map(|group| format!("{group}: []")).collect();
    inventory(&format!(
        "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\nfacts:\n  version: {{ seen: {{ gitVersion: {version} }} }}\n  discovery: {{ seen: {{ groups: {{ {} }} }} }}\n---\n{objects}",
        groups.join(", ")
    ))
}

fn node(name: &str, labels: &str) -> String {
    format!("apiVersion: v1\nkind: Node\nmetadata: {{ name: {name}, labels: {{ {labels} }} }}\n")
}

fn without(mut inventory: Inventory, evidence: Evidence) -> Inventory {
    inventory.withhold(
        evidence,
        &Gap::new(GapReason::Forbidden, "denied by a test"),
    );
    inventory
}

fn with<T>(inventory: &Inventory, ask: impl FnOnce(&Context<'_>) -> T) -> T {
    let settings = Settings::default();
    ask(&CHECK.context(&Picture::of(inventory), &settings))
}

fn id_and_managed(inventory: &Inventory) -> (&'static str, bool, bool) {
    let platform = platform(&Picture::of(inventory)).unwrap();
    (
        platform.id,
        platform.control_plane_managed,
        platform.nodes_managed,
    )
}

const NODES: Evidence = Evidence::Objects(Kind::Node);
const PODS: Evidence = Evidence::Objects(Kind::Pod);

#[test]
#[expect(clippy::too_many_lines, reason = "a table of platforms")]
fn platforms_are_recognised() {
    let kubeadm = "apiVersion: v1\nkind: Node\nmetadata: { name: a, annotations: { kubeadm.alpha.kubernetes.io/cri-socket: /run/containerd.sock } }\n";
    let provider = |id: &str| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{ name: a }}\nspec: {{ providerID: '{id}' }}\n"
        )
    };
    let talos = "apiVersion: v1\nkind: Node\nmetadata: { name: a }\nstatus: { nodeInfo: { osImage: 'Talos (v1.11.0)' } }\n";
    let control_plane = node("m", "node-role.kubernetes.io/control-plane: ''");
    for (version, groups, objects, expected) in [
        (
            "v1.36.3",
            &[][..],
            kubeadm.to_owned(),
            ("kubeadm", false, false),
        ),
        (
            "v1.36.3-gke.1001",
            &[],
            node("gke-a", "cloud.google.com/gke-nodepool: a"),
            ("gke", true, false),
        ),
        (
            "v1.36.3-gke.1001",
            &["auto.gke.io"],
            node("gk3-a", "cloud.google.com/gke-nodepool: a"),
            ("gke-autopilot", true, true),
        ),
        (
            "v1.36.3-eks-adc7111",
            &[],
            node("ip-1", "eks.amazonaws.com/nodegroup: a"),
            ("eks", true, false),
        ),
        (
            "v1.36.3-eks-adc7111",
            &[],
            node("i-1", "eks.amazonaws.com/compute-type: auto"),
            ("eks-auto-mode", true, true),
        ),
        (
            "v1.36.3-eks-1-36-3",
            &["anywhere.eks.amazonaws.com"],
            node("a", ""),
            ("eks-anywhere", false, false),
        ),
        (
            "v1.36.3",
            &[],
            node("aks-a", "kubernetes.azure.com/cluster: mc"),
            ("aks", true, false),
        ),
        (
            "v1.35.3",
            &["config.openshift.io"],
            control_plane,
            ("openshift", false, false),
        ),
        (
            "v1.35.3",
            &["config.openshift.io"],
            node("w", ""),
            ("openshift", true, false),
        ),
        ("v1.36.3+k3s1", &[], node("a", ""), ("k3s", false, false)),
        ("v1.36.3+rke2r1", &[], node("a", ""), ("rke2", false, false)),
        (
            "v1.36.3",
            &[],
            provider("kind://docker/kind/kind-control-plane"),
            ("kind", false, false),
        ),
        ("v1.36.3", &[], talos.to_owned(), ("talos", false, false)),
        (
            "v1.36.3",
            &[],
            node("shoot--a", "worker.gardener.cloud/pool: a"),
            ("gardener-shoot", true, false),
        ),
        // A cloud's machines do not make the cloud's platform, nor do names.
        (
            "v1.36.3",
            &[],
            provider("aws:///eu-west-1a/i-1"),
            ("kubernetes", false, false),
        ),
        (
            "v1.36.3",
            &[],
            provider("gce://project/zone/vm"),
            ("kubernetes", false, false),
        ),
        (
            "v1.36.3",
            &[],
            node("aks-pool-1", ""),
            ("kubernetes", false, false),
        ),
        (
            "v1.36.3",
            &[],
            node("gk3-pool-1", ""),
            ("kubernetes", false, false),
        ),
        (
            "v1.36.3",
            &["networking.gke.io"],
            node("a", ""),
            ("kubernetes", false, false),
        ),
    ] {
        let cluster = live(version, groups, &objects);
        assert_eq!(
            id_and_managed(&cluster),
            expected,
            "{version} {groups:?} {objects}"
        );
    }
}

#[test]
fn a_platform_that_may_be_another_is_none() {
    let plain = || live("v1.36.3", &[], &node("a", ""));
    assert_eq!(id_and_managed(&plain()).0, "kubernetes");
    let blind = without(plain(), NODES);
    assert_eq!(
        platform(&Picture::of(&blind)).unwrap_err().unknown,
        Unknown::Forbidden
    );
    // The version tells enough of these.
    let gke = without(live("v1.36.3-gke.1001", &[], &node("gke-a", "")), NODES);
    with(&gke, |cx| {
        assert_eq!(cx.is_control_plane_managed(), Ok(true));
        assert!(cx.are_nodes_managed().is_err(), "Autopilot or not");
    });
}

#[test]
fn a_providers_namespaces_are_its_own_on_its_platform_alone() {
    let gke = live("v1.36.3-gke.1001", &[], &node("gke-a", ""));
    with(&gke, |cx| {
        assert_eq!(cx.is_system_namespace("gmp-system"), Ok(true));
        assert_eq!(cx.is_system_namespace("kube-system"), Ok(true));
        assert_eq!(cx.is_system_namespace("openshift-monitoring"), Ok(false));
        assert_eq!(cx.is_system_namespace("amazon-orders"), Ok(false));
    });
    let openshift = live(
        "v1.35.3",
        &["config.openshift.io"],
        &node("m", "node-role.kubernetes.io/master: ''"),
    );
    with(&openshift, |cx| {
        assert_eq!(cx.is_system_namespace("openshift-monitoring"), Ok(true));
        assert_eq!(cx.is_system_namespace("gmp-system"), Ok(false));
    });
    let eks = live("v1.36.3-eks-adc7111", &[], &node("a", ""));
    with(&eks, |cx| {
        assert_eq!(cx.is_system_namespace("amazon-orders"), Ok(false));
        assert_eq!(cx.is_system_namespace("amazon-cloudwatch"), Ok(true));
    });
    let blind = without(live("v1.36.3", &[], ""), NODES);
    with(&blind, |cx| {
        assert_eq!(cx.is_system_namespace("shop"), Ok(false), "on no platform");
        assert!(cx.is_system_namespace("gmp-system").is_err(), "on one");
    });
}

#[test]
fn what_a_provider_reconciles_nobody_could_mend() {
    let add_on = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: coredns, namespace: kube-system, labels: { eks.amazonaws.com/component: coredns } }\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: cart, namespace: shop, labels: { eks.amazonaws.com/component: cart } }\n";
    let managed = |version: &str, namespace: &str, name: &str| {
        let cluster = live(version, &[], add_on);
        with(&cluster, |cx| {
            let object = cx
                .find::<crate::inventory::kinds::Deployment>(namespace, name)
                .unwrap();
            cx.is_provider_managed(&object.metadata).unwrap()
        })
    };
    assert!(managed("v1.36.3-eks-adc7111", "kube-system", "coredns"));
    assert!(
        !managed("v1.36.3-eks-adc7111", "shop", "cart"),
        "a tenant's label"
    );
    assert!(
        !managed("v1.36.3", "kube-system", "coredns"),
        "another platform"
    );
    let in_gmp = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: rule-evaluator, namespace: gmp-system }\n";
    for (version, expected) in [("v1.36.3-gke.1001", true), ("v1.36.3", false)] {
        let cluster = live(version, &[], in_gmp);
        let object = &cluster.seen::<crate::inventory::kinds::Deployment>()[0];
        let is_managed = with(&cluster, |cx| cx.is_provider_managed(&object.metadata));
        assert_eq!(is_managed, Ok(expected), "{version}");
    }
}

fn daemon_set(namespace: &str, image: &str, labels: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{ name: agent, namespace: {namespace} }}\nspec:\n  selector: {{ matchLabels: {{ a: b }} }}\n  template:\n    metadata: {{ labels: {{ a: b{labels} }} }}\n    spec: {{ serviceAccountName: agent, containers: [{{ name: a, image: '{image}' }}] }}\n"
    )
}

fn excused(inventory: &Inventory, expectation: Expectation) -> Result<bool, Unknown> {
    with(inventory, |cx| {
        let workload = cx.workloads().next().unwrap().unwrap();
        cx.excuses(&workload, expectation)
            .map_err(|why| why.unknown)
    })
}

#[test]
fn a_component_is_excused_what_it_needs_and_an_image_alone_is_none() {
    let (root, admin) = (Expectation::Privileged, Expectation::ClusterAdmin);
    let calico = |groups, namespace, image, labels| {
        live("v1.36.3", groups, &daemon_set(namespace, image, labels))
    };
    let image = "quay.io/calico/node:v3.32.1";
    assert_eq!(
        excused(
            &calico(&[], "shop", "evil.example/calico/node:v1", ""),
            root
        ),
        Ok(false)
    );
    assert_eq!(
        excused(&calico(&[], "calico-system", image, ""), root),
        Ok(true),
        "its own namespace"
    );
    assert_eq!(
        excused(&calico(&[], "calico-system", image, ""), admin),
        Ok(false),
        "beyond what it needs"
    );
    assert_eq!(
        excused(&calico(&[], "net", image, ", k8s-app: calico-node"), root),
        Ok(true),
        "a label"
    );
    assert_eq!(
        excused(&calico(&["crd.projectcalico.org"], "net", image, ""), root),
        Ok(true),
        "its API"
    );
    assert_eq!(
        excused(
            &calico(&[], "kube-system", "registry.example/any:1", ""),
            admin
        ),
        Ok(false),
        "a namespace excuses nothing"
    );
    // Where the real one runs elsewhere, a namesake is none.
    let both = format!(
        "{}---\n{}",
        daemon_set("shop", "evil.example/calico/node:v1", ""),
        daemon_set("calico-system", image, "")
    );
    let namesake = live("v1.36.3", &["crd.projectcalico.org"], &both);
    with(&namesake, |cx| {
        for workload in cx.workloads() {
            let workload = workload.unwrap();
            let own = workload.namespace() == "calico-system";
            assert_eq!(cx.excuses(&workload, root), Ok(own));
        }
    });
    let blind = without(calico(&["crd.projectcalico.org"], "net", image, ""), PODS);
    assert_eq!(excused(&blind, root), Err(Unknown::Forbidden));
    let settings = Settings {
        include_system: true,
        ..Settings::default()
    };
    let own = calico(&[], "calico-system", image, "");
    let picture = Picture::of(&own);
    let cx = CHECK.context(&picture, &settings);
    assert_eq!(
        cx.excuses(&cx.workloads().next().unwrap().unwrap(), root),
        Ok(false)
    );
}

#[test]
fn manifests_are_recognised_by_image_and_excused_by_namespace() {
    let files = inventory(&daemon_set(
        "calico-system",
        "quay.io/calico/node:v3.32.1",
        "",
    ));
    assert_eq!(excused(&files, Expectation::Privileged), Ok(true));
    assert_eq!(
        Picture::of(&files)
            .recognised()
            .sight("calico")
            .unwrap()
            .verdict(),
        Verdict::Confirmed
    );
    let files = inventory(&daemon_set("shop", "quay.io/calico/node:v3.32.1", ""));
    assert_eq!(excused(&files, Expectation::Privileged), Ok(false));
    let files = inventory(&daemon_set(
        "shop",
        "registry.example/a:1",
        ", k8s-app: calico-node",
    ));
    assert!(Picture::of(&files).recognised().sight("calico").is_none());
}

#[test]
fn a_subject_is_excused_as_what_runs_as_it() {
    let subject = |kind: &str, namespace: &str, name: &str| RbacSubject {
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
        ..RbacSubject::default()
    };
    let admin = Expectation::ClusterAdmin;
    let velero = live(
        "v1.36.3",
        &[],
        &daemon_set("velero", "docker.io/velero/velero:v1.17", ""),
    );
    with(&velero, |cx| {
        assert_eq!(
            cx.excuses_subject(&subject("ServiceAccount", "velero", "agent"), &[admin]),
            Ok(true)
        );
        assert_eq!(
            cx.excuses_subject(&subject("ServiceAccount", "velero", "other"), &[admin]),
            Ok(false)
        );
        assert_eq!(
            cx.excuses_subject(&subject("ServiceAccount", "kube-system", "any"), &[admin]),
            Ok(false)
        );
        assert_eq!(
            cx.excuses_subject(&subject("User", "", "eks:addon-manager"), &[admin]),
            Ok(false)
        );
    });
    let eks = live("v1.36.3-eks-adc7111", &[], "");
    with(&eks, |cx| {
        assert_eq!(
            cx.excuses_subject(&subject("User", "", "eks:addon-manager"), &[admin]),
            Ok(true)
        );
        assert_eq!(
            cx.excuses_subject(&subject("Group", "", "developers"), &[admin]),
            Ok(false)
        );
    });
    let blind = without(live("v1.36.3", &[], ""), PODS);
    with(&blind, |cx| {
        assert!(
            cx.excuses_subject(&subject("ServiceAccount", "ops", "deployer"), &[admin])
                .is_err()
        );
    });
}

fn pod(namespace: &str, image: &str, labels: &str, ready: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{ name: p, namespace: {namespace}, labels: {{ {labels} }} }}\nspec: {{ containers: [{{ name: app, image: '{image}' }}] }}\nstatus: {{ phase: Running, conditions: [{{ type: Ready, status: '{ready}' }}] }}\n"
    )
}

fn metrics(inventory: &Inventory) -> Result<Capability, Unknown> {
    with(inventory, |cx| {
        cx.capability("metrics-collection")
            .map_err(|why| why.unknown)
    })
}

#[test]
fn a_capability_needs_a_ready_pod() {
    let of = |objects: &str| live("v1.36.3", &[], objects);
    let image = "quay.io/prometheus/prometheus:v3.1.0";
    assert_eq!(
        metrics(&of(&pod("m", image, "", "True"))),
        Ok(Capability::Present(vec!["Prometheus server"]))
    );
    assert_eq!(
        metrics(&of(&pod("m", image, "", "False"))),
        Ok(Capability::Absent(vec!["Prometheus server"]))
    );
    assert_eq!(metrics(&of("")), Ok(Capability::Absent(Vec::new())));
    // Named like one, in a namespace like one's: no.
    assert_eq!(
        metrics(&of(&pod(
            "datadog",
            "registry.example/prometheus:1",
            "",
            "True"
        ))),
        Ok(Capability::Absent(Vec::new()))
    );
    // A label alone may be anyone's; with the API beside it, it is the component.
    let labelled = pod(
        "m",
        "registry.example/a:1",
        "app.kubernetes.io/name: prometheus-operator",
        "True",
    );
    assert_eq!(
        metrics(&of(&labelled)),
        Ok(Capability::Absent(vec![
            "Prometheus Operator / kube-prometheus-stack"
        ]))
    );
    let served = live("v1.36.3", &["monitoring.coreos.com"], &labelled);
    assert!(matches!(metrics(&served), Ok(Capability::Present(_))));
}

#[test]
fn a_sidecar_is_not_the_component() {
    let beside = "apiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: shop }\nspec: { containers: [{ name: app, image: 'registry.example/app:1' }, { name: log, image: 'fluent/fluent-bit:4' }] }\nstatus: { phase: Running, conditions: [{ type: Ready, status: 'True' }] }\n";
    let cluster = live("v1.36.3", &[], beside);
    with(&cluster, |cx| {
        assert!(matches!(
            cx.capability("log-collection"),
            Ok(Capability::Absent(_))
        ));
    });
}

#[test]
fn what_was_not_seen_is_not_absent() {
    let nothing = || live("v1.36.3", &[], "");
    assert_eq!(metrics(&without(nothing(), PODS)), Err(Unknown::Forbidden));
    assert_eq!(
        metrics(&without(nothing(), Evidence::Objects(Kind::RuntimeClass))),
        Ok(Capability::Absent(Vec::new())),
        "no pod, no capability"
    );
    // With a pod that a label names, anything unseen could confirm it.
    let labelled = pod(
        "m",
        "registry.example/a:1",
        "app.kubernetes.io/name: prometheus-operator",
        "True",
    );
    let blind = without(
        live("v1.36.3", &[], &labelled),
        Evidence::Objects(Kind::ValidatingWebhookConfiguration),
    );
    assert_eq!(metrics(&blind), Err(Unknown::Forbidden));
    let prometheus = pod("m", "quay.io/prometheus/prometheus:v3.1.0", "", "True");
    for evidence in needs::COMPONENTS
        .iter()
        .filter(|evidence| **evidence != PODS)
    {
        let blind = without(live("v1.36.3", &[], &prometheus), *evidence);
        assert!(
            matches!(metrics(&blind), Ok(Capability::Present(_))),
            "{evidence:?}"
        );
    }
}

const API_SERVER: &str = "apiVersion: v1\nkind: Pod\nmetadata: { name: kube-apiserver-a, namespace: kube-system, labels: { component: kube-apiserver, tier: control-plane } }\nspec: { containers: [{ name: kube-apiserver, image: 'registry.k8s.io/kube-apiserver:v1.36.3', command: [kube-apiserver, --audit-log-path=/var/log/audit.log] }] }\nstatus: { phase: Running }\n";

fn audit_log(inventory: &Inventory) -> Result<Option<String>, Undecided> {
    with(inventory, |cx| {
        let sets = cx.flags(ControlPlaneComponent::ApiServer)?;
        assert_eq!(sets.len(), 1, "{sets:?}");
        Ok(sets[0].get("audit-log-path").map(str::to_owned))
    })
}

#[test]
fn flags_come_from_what_the_platform_shows() {
    // That there is one is all that is kept of the path.
    let path = || Ok(Some("true".to_owned()));
    assert_eq!(audit_log(&live("v1.36.3", &[], API_SERVER)), path());
    assert_eq!(audit_log(&inventory(API_SERVER)), path(), "manifests");
    let k3s = "apiVersion: v1\nkind: Node\nmetadata: { name: a, annotations: { k3s.io/node-args: '[\"server\",\"--kube-apiserver-arg\",\"audit-log-path=/var/log/audit.log\"]' } }\n";
    assert_eq!(audit_log(&live("v1.36.3+k3s1", &[], k3s)), path());
    let openshift = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: config, namespace: openshift-kube-apiserver }\ndata: { config.yaml: '{\"apiServerArguments\":{\"audit-log-path\":[\"/var/log/audit.log\"]}}' }\n";
    assert_eq!(
        audit_log(&live("v1.35.3", &["config.openshift.io"], openshift)),
        path()
    );
    let flagz = "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\nfacts: { flagz: { seen: { audit-log-path: /var/log/audit.log, profiling: '' } } }\n";
    assert_eq!(audit_log(&inventory(flagz)), path());
}

#[test]
fn flags_that_are_not_shown_are_managed_hidden_or_refused() {
    let why = |inventory: &Inventory| match audit_log(inventory).unwrap_err() {
        Undecided::NotApplicable(reason) => Err(reason),
        Undecided::Unknown(why) => Ok(why.unknown),
    };
    let gke = || live("v1.36.3-gke.1001", &[], &node("gke-a", ""));
    let plain = || live("v1.36.3", &[], &node("a", ""));
    assert_eq!(why(&gke()), Err(NotApplicable::Managed));
    assert_eq!(why(&plain()), Ok(Unknown::Hidden));
    assert_eq!(why(&without(gke(), PODS)), Ok(Unknown::Forbidden));
    assert_eq!(
        why(&without(gke(), Evidence::Flagz)),
        Ok(Unknown::Forbidden)
    );
    assert_eq!(why(&without(plain(), NODES)), Ok(Unknown::Forbidden));
    assert_eq!(why(&inventory(&node("a", ""))), Err(NotApplicable::Absent));
}

const EXPECTATIONS: &[Expectation] = &[
    Expectation::HostNetwork,
    Expectation::HostPid,
    Expectation::HostIpc,
    Expectation::HostPort,
    Expectation::HostPath,
    Expectation::RuntimeSocket,
    Expectation::Privileged,
    Expectation::Root,
    Expectation::Capabilities,
    Expectation::ClusterAdmin,
    Expectation::SecretRead,
    Expectation::Takeover,
];

/// The component, the API that its chart brings along, and what the chart installs.
const CHARTS: &[(&str, &str, &str)] = &[
    ("falco", "", include_str!("../tests/charts/falco.yaml")),
    (
        "node-exporter",
        "monitoring.coreos.com",
        include_str!("../tests/charts/node-exporter.yaml"),
    ),
    (
        "cilium",
        "cilium.io",
        include_str!("../tests/charts/cilium.yaml"),
    ),
    (
        "argocd",
        "argoproj.io",
        include_str!("../tests/charts/argo-cd.yaml"),
    ),
    (
        "velero",
        "velero.io",
        include_str!("../tests/charts/velero.yaml"),
    ),
];

/// What every workload of a cluster is excused.
fn workloads_excused(inventory: &Inventory) -> Vec<Vec<Expectation>> {
    with(inventory, |cx| {
        let workloads = cx.workloads().map(Result::unwrap);
        let excused = workloads.map(|workload| {
            let excused = |one: &&Expectation| cx.excuses(&workload, **one).unwrap();
            EXPECTATIONS.iter().filter(excused).copied().collect()
        });
        excused.collect()
    })
}

/// What every workload of a cluster is excused; the account of each is so as well.
fn all_excused(inventory: &Inventory) -> Vec<Vec<Expectation>> {
    with(inventory, |cx| {
        let mut all = Vec::new();
        for workload in cx.workloads() {
            let workload = workload.unwrap();
            let account = RbacSubject {
                kind: "ServiceAccount".into(),
                namespace: workload.namespace().clone(),
                name: workload.spec.service_account_name.clone(),
                ..RbacSubject::default()
            };
            let excused =
                |expectation: &&Expectation| cx.excuses(&workload, **expectation).unwrap();
            let its: Vec<Expectation> = EXPECTATIONS.iter().filter(excused).copied().collect();
            let excused = |expectation: &&Expectation| {
                cx.excuses_subject(&account, &[**expectation]).unwrap()
            };
            assert!(
                its.iter().all(|one| excused(&one)),
                "{:?}",
                workload.reference()
            );
            all.push(its);
        }
        all
    })
}

#[test]
fn what_is_known_of_parts_can_be_used() {
    for component in super::components() {
        let signals = &component.signals;
        let (id, parts) = (component.id, component.parts);
        assert_eq!(parts.is_empty(), signals.images.is_empty(), "{id}");
        let expects = parts.iter().any(|part| !part.expects.is_empty());
        let is_confirmed = signals.has_labels || !signals.namespaces.is_empty();
        assert!(!expects || is_confirmed, "{id}: manifests can't confirm it");
        for part in parts {
            if let Availability::Singleton(because) = part.availability {
                assert!(!because.is_empty() && !because.ends_with('.'), "{id}");
            }
            assert!(!part.is_exporter || part.availability == Availability::Supporting);
            let is_its_own = |image: &&'static str| {
                let mut known = signals.images.iter();
                known.any(|known| known.ends_with(image))
            };
            assert!(part.images.iter().all(is_its_own), "{id}");
        }
        // What stands behind a part that names everything is never reached.
        let all = parts.iter().position(|part| {
            part.images.is_empty()
                && part.workloads.is_empty()
                && part.labels.is_empty()
                && part.kinds.is_empty()
        });
        assert!(all.is_none_or(|at| at + 1 == parts.len()), "{id}");
    }
}

/// The parts of a chart's component that name the workload of each place.
fn granted(id: &str, inventory: &Inventory) -> Vec<Vec<Expectation>> {
    let component = super::component(id).unwrap();
    with(inventory, |cx| {
        let workloads = cx.workloads().map(Result::unwrap);
        workloads
            .map(|workload| {
                let part = Candidate::of(&workload).part_of(component);
                let expects = part.map(|part| part.expects).unwrap_or_default();
                let is_expected = |one: &&Expectation| expects.contains(one);
                EXPECTATIONS.iter().filter(is_expected).copied().collect()
            })
            .collect()
    })
}

#[test]
fn what_a_chart_installs_is_excused_exactly_what_is_granted() {
    for (id, group, chart) in CHARTS {
        let groups: Vec<&str> = [*group]
            .into_iter()
            .filter(|group| !group.is_empty())
            .collect();
        let cluster = live("v1.36.3", &groups, chart);
        let granted = granted(id, &cluster);
        assert!(granted.iter().any(|its| !its.is_empty()), "{id}");
        assert_eq!(all_excused(&cluster), granted, "{id}");
        assert_eq!(all_excused(&inventory(chart)), granted, "{id} as manifests");
    }
}

#[test]
fn in_kube_system_a_component_is_excused_no_more_than_elsewhere() {
    let (id, group, cilium) = CHARTS[2];
    let cilium = cilium.replace("namespace: cilium", "namespace: kube-system");
    let cluster = live("v1.36.3", &[group], &cilium);
    assert_eq!(all_excused(&cluster), granted(id, &cluster));
    let anyone = live(
        "v1.36.3",
        &[],
        &daemon_set("kube-system", "registry.example/agent:1", ""),
    );
    assert_eq!(all_excused(&anyone), [[]]);
}

/// A workload of kube-system with one container.
fn system(kind: &str, name: &str, labels: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{ name: {name}, namespace: kube-system, labels: {{ {labels} }} }}\nspec:\n  selector: {{ matchLabels: {{ a: b }} }}\n  template:\n    metadata: {{ labels: {{ a: b }} }}\n    spec: {{ serviceAccountName: {name}, containers: [{{ name: a, image: '{image}' }}] }}\n"
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of workloads")]
fn what_the_platform_installs_is_excused_everything() {
    let coredns = "registry.k8s.io/coredns/coredns:v1.13.1";
    let proxy = "registry.k8s.io/kube-proxy:v1.36.3";
    let (eks, rke2, k3s) = ("v1.36.3-eks-adc7111", "v1.36.3+rke2r1", "v1.36.3+k3s1");
    for (version, kind, name, labels, image, excused) in [
        (
            "v1.36.3",
            "Deployment",
            "coredns",
            "k8s-app: kube-dns",
            coredns,
            true,
        ),
        (
            "v1.36.3",
            "DaemonSet",
            "kube-proxy",
            "k8s-app: kube-proxy",
            proxy,
            true,
        ),
        (
            "v1.36.3",
            "DaemonSet",
            "kube-proxy",
            "k8s-app: mine",
            proxy,
            false,
        ),
        (
            "v1.36.3",
            "DaemonSet",
            "mine",
            "k8s-app: kube-proxy",
            proxy,
            false,
        ),
        (
            "v1.36.3",
            "DaemonSet",
            "kube-proxy",
            "k8s-app: kube-proxy",
            "example/shell:1",
            false,
        ),
        (
            eks,
            "Deployment",
            "metrics",
            "eks.amazonaws.com/component: metrics",
            "example/m:1",
            true,
        ),
        (
            "v1.36.3",
            "Deployment",
            "metrics",
            "eks.amazonaws.com/component: metrics",
            "example/m:1",
            false,
        ),
        (
            rke2,
            "DaemonSet",
            "rke2-canal",
            "k8s-app: canal",
            "rancher/hardened-calico:v3.31.2",
            true,
        ),
        (
            "v1.36.3",
            "DaemonSet",
            "agent",
            "a: b",
            "rancher/hardened-calico:v3.31.2",
            false,
        ),
        (
            k3s,
            "Deployment",
            "metrics",
            "objectset.rio.cattle.io/hash: 1a2b",
            "example/m:1",
            true,
        ),
    ] {
        let cluster = live(
            version,
            &[],
            &format!(
                "{}---\n{}",
                node("a", ""),
                system(kind, name, labels, image)
            ),
        );
        let all: &[Expectation] = if excused { EXPECTATIONS } else { &[] };
        let is_add_on = excused && version != "v1.36.3";
        let account = RbacSubject {
            kind: "ServiceAccount".into(),
            namespace: "kube-system".into(),
            name: name.into(),
            ..RbacSubject::default()
        };
        with(&cluster, |cx| {
            let admin = cx.excuses_subject(&account, &[Expectation::ClusterAdmin]);
            assert_eq!(admin, Ok(is_add_on), "{version} {name}");
        });
        assert_eq!(
            workloads_excused(&cluster),
            [all],
            "{version} {kind} {name} {labels} {image}"
        );
    }
}

#[test]
fn the_file_of_a_static_pod_is_excused_and_a_pod_beside_it_is_not() {
    let of = |file: &str| excused(&inventory(file), Expectation::HostNetwork);
    assert_eq!(of(API_SERVER), Ok(true));
    let elsewhere = API_SERVER.replace("namespace: kube-system", "namespace: shop");
    assert_eq!(of(&elsewhere), Ok(false));
    let beside = API_SERVER.replace("component: kube-apiserver", "component: agent");
    assert_eq!(of(&beside), Ok(false));
}

#[test]
fn an_account_that_is_expected_by_name_needs_the_component_beside_it() {
    let account = |namespace: &str, name: &str| RbacSubject {
        kind: "ServiceAccount".into(),
        namespace: namespace.into(),
        name: name.into(),
        ..RbacSubject::default()
    };
    let reads = |inventory: &Inventory, namespace: &str, name: &str| {
        with(inventory, |cx| {
            cx.excuses_subject(&account(namespace, name), &[Expectation::SecretRead])
        })
    };
    let istiod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: istiod, namespace: istio-system }\nspec: { template: { metadata: { labels: { app: istiod } }, spec: { serviceAccountName: istiod, containers: [{ name: discovery, image: 'docker.io/istio/pilot:1.28.0' }] } } }\n";
    let files = inventory(istiod);
    let reader = "istio-reader-service-account";
    assert_eq!(reads(&files, "istio-system", reader), Ok(true));
    assert_eq!(reads(&files, "istio-system", "istiod"), Ok(true));
    assert_eq!(reads(&files, "istio-system", "gateway"), Ok(false));
    assert_eq!(reads(&files, "shop", reader), Ok(false));
    let elsewhere = inventory(&istiod.replace("istio-system", "mesh"));
    assert_eq!(reads(&elsewhere, "mesh", reader), Ok(true), "a label");
}

#[test]
fn whose_image_alone_resembles_a_component_is_excused_nothing() {
    for image in [
        "evil.example/calico/node:v3.32.1",
        "evil.example/falcosecurity/falco:0.42.1",
        "evil.example/prometheus/node-exporter:v1.10.2",
        "evil.example/cilium/cilium:v1.18.4",
        "evil.example/argoproj/argocd:v3.2.1",
        "evil.example/velero/velero:v1.17.1",
    ] {
        let cluster = live("v1.36.3", &[], &daemon_set("shop", image, ""));
        assert_eq!(all_excused(&cluster), [[]], "{image}");
        // Nor where the real one runs beside it, and the cluster bears its marks.
        let everything: Vec<&str> = CHARTS.iter().map(|(_, _, chart)| *chart).collect();
        let beside = live(
            "v1.36.3",
            &[
                "cilium.io",
                "argoproj.io",
                "velero.io",
                "instance.falcosecurity.dev",
            ],
            &format!(
                "{}\n---\n{}",
                everything.join("\n---\n"),
                daemon_set("shop", image, "")
            ),
        );
        with(&beside, |cx| {
            let namesake = cx.workloads_in("shop").next().unwrap();
            for expectation in EXPECTATIONS {
                assert_eq!(cx.excuses(&namesake, *expectation), Ok(false), "{image}");
            }
        });
    }
}

#[test]
fn whose_namespace_alone_resembles_a_components_is_excused_nothing() {
    for namespace in [
        "amazon-orders",
        "openshift-orders",
        "gke-orders",
        "kube-orders",
        "calico-system",
        "falco",
        "cilium",
        "argocd",
        "velero",
    ] {
        let agent = daemon_set(namespace, "registry.example/agent:1", "");
        for version in ["v1.36.3", "v1.36.3-eks-adc7111", "v1.36.3-gke.1001"] {
            let cluster = live(version, &[], &format!("{}---\n{agent}", node("a", "")));
            assert_eq!(all_excused(&cluster), [[]], "{namespace} on {version}");
        }
        assert_eq!(all_excused(&inventory(&agent)), [[]], "{namespace}");
    }
}
