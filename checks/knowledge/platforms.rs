//! Platforms: how they are recognised, what of them the provider runs, and what is the provider's own.

use super::{
    candidate::Candidate,
    components::{component, glob},
};
use crate::inventory::{kinds::Node, types::ObjectMeta};

/// The platform that runs the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// The component's id in the knowledge base: `gke`, `eks`, `k3s`; `kubernetes` when none was recognised.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether the provider runs the control plane.
    pub control_plane_managed: bool,
    /// Whether the provider runs the nodes as well.
    pub nodes_managed: bool,
}

/// One platform.
#[derive(Debug)]
pub(super) struct Rule {
    /// The component's id in the knowledge.
    pub(super) id: &'static str,
    pub(super) control_plane_managed: bool,
    pub(super) nodes_managed: bool,
    /// Whether it is this one.
    pub(super) when: When,
    /// The namespaces that are the provider's own, by name or where the platform reserves them by pattern.
    pub(super) namespaces: &'static [&'static str],
    /// The users and groups that are the provider's own.
    pub(super) subjects: &'static [&'static str],
    /// Those of its namespaces where the provider reconciles everything.
    reconciled: &'static [&'static str],
    /// What marks objects that the provider reconciles.
    pub(super) add_ons: &'static [(&'static str, Option<&'static str>)],
    /// What else the platform itself installs.
    pub(super) installs: Installs,
}

/// What marks the workloads that a platform installs in the system's namespaces and its own.
#[derive(Debug)]
pub(super) struct Installs {
    pub(super) labels: &'static [(&'static str, Option<&'static str>)],
    /// Ends of repositories that the platform alone fills.
    pub(super) images: &'static [&'static str],
}

const NOTHING_ELSE: Installs = Installs {
    labels: &[],
    images: &[],
};

const fn of_images(images: &'static [&'static str]) -> Installs {
    Installs {
        images,
        ..NOTHING_ELSE
    }
}

const fn of_labels(labels: &'static [(&'static str, Option<&'static str>)]) -> Installs {
    Installs {
        labels,
        ..NOTHING_ELSE
    }
}

/// What must hold; of an alternative one is enough.
#[derive(Debug)]
pub(super) enum When {
    Version(&'static str),
    Group(&'static str),
    /// Some node has this label, or this label and value.
    NodeLabel(&'static str, Option<&'static str>),
    NodeAnnotation(&'static str),
    OsImage(&'static str),
    ProviderId(&'static str),
    NodeName(&'static str),
    /// Some node is one of its own.
    Node(fn(&Node) -> bool),
    /// There are machines among the nodes, and all of them hold it.
    EveryNodeName(&'static str),
    EveryNodeLabel(&'static str, &'static str),
    /// There are nodes, and none is of the control plane.
    NoControlPlaneNode,
    Any(&'static [When]),
    All(&'static [When]),
}

const ADDON_MANAGER: (&str, Option<&str>) = ("addonmanager.kubernetes.io/mode", Some("Reconcile"));

const GKE_NAMESPACES: &[&str] = &[
    "gke-managed-system",
    "gke-managed-checkpointing",
    "gke-managed-cim",
    "gke-managed-dpv2-observability",
    "gke-managed-filestorecsi",
    "gke-managed-lustrecsi",
    "gke-managed-networking-dra-driver",
    "gke-managed-parallelstorecsi",
    "gke-managed-volumepopulator",
    "gke-gmp-system",
    "gmp-public",
    "gmp-system",
];
const GKE_ADD_ONS: &[(&str, Option<&str>)] = &[
    ADDON_MANAGER,
    ("components.gke.io/component-name", None),
    ("components.gke.io/layer", None),
];
const GKE_SUBJECTS: &[&str] = &[
    "gke-*",
    "system:gke-*",
    "system:storageversionmigrator",
    "cloud-*",
];
const EKS_NAMESPACES: &[&str] = &["amazon-cloudwatch", "amazon-guardduty"];
const EKS_ADD_ONS: &[(&str, Option<&str>)] = &[("eks.amazonaws.com/component", None)];

const EKS_SUBJECTS: &[&str] = &["eks:*", "cloud-*"];

const NOTHING: Rule = Rule {
    id: "kubernetes",
    control_plane_managed: false,
    nodes_managed: false,
    when: When::All(&[]),
    namespaces: &[],
    subjects: &[],
    reconciled: &[],
    add_ons: &[],
    installs: NOTHING_ELSE,
};

const fn managed(id: &'static str, when: When) -> Rule {
    Rule {
        id,
        control_plane_managed: true,
        when,
        ..NOTHING
    }
}

const fn own(id: &'static str, when: When) -> Rule {
    Rule {
        id,
        when,
        ..NOTHING
    }
}

const OPENSHIFT: Rule = Rule {
    namespaces: &["openshift", "openshift-*", "kube-*"],
    installs: of_images(&["openshift-release-dev/ocp-v4.0-art-dev", "okd/scos-content"]),
    ..own("openshift", When::Group("config.openshift.io"))
};

const GKE: Rule = Rule {
    namespaces: GKE_NAMESPACES,
    subjects: GKE_SUBJECTS,
    reconciled: &["gke-managed-*", "gke-gmp-system", "gmp-system"],
    add_ons: GKE_ADD_ONS,
    ..managed(
        "gke",
        When::Any(&[
            When::Version("-gke."),
            When::NodeLabel("cloud.google.com/gke-nodepool", None),
        ]),
    )
};

const EKS: Rule = Rule {
    namespaces: EKS_NAMESPACES,
    subjects: EKS_SUBJECTS,
    add_ons: EKS_ADD_ONS,
    installs: of_images(&[
        "amazon-k8s-cni",
        "amazon/aws-network-policy-agent",
        "eks/coredns",
        "eks/kube-proxy",
    ]),
    ..managed(
        "eks",
        When::Any(&[
            When::Version("-eks-"),
            When::NodeLabel("eks.amazonaws.com/nodegroup", None),
            When::NodeLabel("eks.amazonaws.com/compute-type", None),
            When::NodeLabel("eks.amazonaws.com/capacityType", None),
        ]),
    )
};

/// All platforms; the first that holds is the one.
pub(super) static RULES: &[Rule] = &[
    Rule {
        control_plane_managed: true,
        when: When::All(&[When::Group("config.openshift.io"), When::NoControlPlaneNode]),
        ..OPENSHIFT
    },
    OPENSHIFT,
    Rule {
        id: "gke-autopilot",
        nodes_managed: true,
        when: When::All(&[
            When::Any(&[
                When::Version("-gke."),
                When::NodeLabel("cloud.google.com/gke-nodepool", None),
            ]),
            When::EveryNodeName("gk3-*"),
        ]),
        ..GKE
    },
    GKE,
    // Its distribution bears the version of EKS, and its control plane is its owner's.
    own(
        "eks-anywhere",
        When::Any(&[
            When::Group("anywhere.eks.amazonaws.com"),
            When::Group("packages.eks.amazonaws.com"),
            When::Group("distro.eks.amazonaws.com"),
        ]),
    ),
    Rule {
        id: "eks-auto-mode",
        nodes_managed: true,
        when: When::EveryNodeLabel("eks.amazonaws.com/compute-type", "auto"),
        ..EKS
    },
    EKS,
    // Its engine gave nodes the label of AKS as well.
    own("azure-container-service", When::Node(is_of_acs)),
    Rule {
        namespaces: &[
            "aks-command",
            "aks-istio-egress",
            "aks-istio-ingress",
            "aks-istio-system",
            "app-routing-system",
            "azure-arc",
            "dataprotection-microsoft",
            "gatekeeper-system",
        ],
        subjects: &["aks-service", "aks-support", "cloud-*"],
        add_ons: &[
            ADDON_MANAGER,
            ("kubernetes.azure.com/managedby", Some("aks")),
        ],
        ..managed(
            "aks",
            When::Any(&[
                When::NodeLabel("kubernetes.azure.com/cluster", None),
                When::NodeLabel("kubernetes.azure.com/nodepool-type", None),
            ]),
        )
    },
    Rule {
        add_ons: &[("resources.gardener.cloud/managed-by", Some("gardener"))],
        ..managed(
            "gardener-shoot",
            When::Any(&[
                When::NodeLabel("worker.gardener.cloud/pool", None),
                When::NodeLabel("worker.gardener.cloud/kubernetes-version", None),
            ]),
        )
    },
    managed(
        "doks",
        When::Any(&[
            When::NodeLabel("doks.digitalocean.com/node-pool", None),
            When::NodeLabel("doks.digitalocean.com/version", None),
        ]),
    ),
    managed("lke", When::NodeLabel("lke.linode.com/pool-id", None)),
    managed(
        "oke",
        When::Any(&[
            When::NodeLabel("oke.oraclecloud.com/pool.name", None),
            When::NodeLabel("oke.oraclecloud.com/node.info.managed", None),
        ]),
    ),
    Rule {
        namespaces: &[
            "ibm-cert-store",
            "ibm-observe",
            "ibm-operators",
            "ibm-system",
        ],
        ..managed(
            "iks",
            When::Any(&[
                When::Version("+IKS"),
                When::NodeLabel("ibm-cloud.kubernetes.io/worker-pool-id", None),
            ]),
        )
    },
    managed(
        "ack",
        When::Any(&[
            When::Version("-aliyun."),
            When::NodeLabel("alibabacloud.com/nodepool-id", None),
            When::NodeLabel("node.alibabacloud.com/nodepool-id", None),
        ]),
    ),
    managed(
        "tke",
        When::Any(&[
            When::Version("-tke."),
            When::NodeLabel("tke.cloud.tencent.com/nodepool-id", None),
        ]),
    ),
    managed("cce", When::NodeLabel("cce.cloud.com/cce-nodepool", None)),
    managed("ovh-mks", When::NodeLabel("node.k8s.ovh/type", None)),
    managed(
        "scaleway-kapsule",
        When::Any(&[
            When::NodeLabel("k8s.scaleway.com/pool-name", None),
            When::NodeLabel("k8s.scaleway.com/pool", None),
        ]),
    ),
    managed(
        "civo",
        When::NodeLabel("kubernetes.civo.com/civo-node-pool", None),
    ),
    managed(
        "vultr-vke",
        When::NodeLabel("vke.vultr.com/node-pool", None),
    ),
    managed(
        "exoscale-sks",
        When::NodeLabel("node.exoscale.net/nodepool-id", None),
    ),
    // It may bear the version of k3s or k0s.
    own(
        "vcluster",
        When::NodeLabel("vcluster.loft.sh/fake-node", None),
    ),
    Rule {
        installs: of_images(&[
            "rancher/hardened-*",
            "rancher/nginx-ingress-controller",
            "rancher/rke2-cloud-provider",
            "rancher/klipper-helm",
        ]),
        ..own(
            "rke2",
            When::Any(&[When::Version("+rke2r"), When::ProviderId("rke2://")]),
        )
    },
    Rule {
        installs: Installs {
            labels: &[("objectset.rio.cattle.io/hash", None)],
            images: &[
                "rancher/mirrored-library-traefik",
                "rancher/klipper-lb",
                "rancher/klipper-helm",
            ],
        },
        ..own(
            "k3s",
            When::Any(&[When::Version("+k3s"), When::ProviderId("k3s://")]),
        )
    },
    Rule {
        installs: of_images(&["siderolabs/*"]),
        ..own("talos", When::OsImage("Talos (v*"))
    },
    Rule {
        installs: of_images(&["k0sproject/*"]),
        ..own("k0s", When::Version("+k0s"))
    },
    own("microk8s", When::NodeLabel("microk8s.io/cluster", None)),
    Rule {
        namespaces: &[
            "vmware-system-auth",
            "vmware-system-cloud-provider",
            "vmware-system-csi",
            "vmware-system-tmc",
        ],
        ..own(
            "tanzu-tkg",
            When::Any(&[
                When::Version("+vmware."),
                When::NodeLabel("run.tanzu.vmware.com/tkr", None),
                When::NodeLabel("run.tanzu.vmware.com/kubernetesDistributionVersion", None),
            ]),
        )
    },
    own("mke", When::Version("-mirantis-")),
    own("docker-ucp", When::Version("-docker-")),
    own("coreos-tectonic", When::Group("tco.coreos.com")),
    own("mesosphere-dcos", When::Node(is_of_dcos)),
    own("rke1", When::NodeAnnotation("rke.cattle.io/internal-ip")),
    Rule {
        installs: of_labels(&[("app.kubernetes.io/managed-by", Some("kops"))]),
        ..own("kops", When::NodeLabel("kops.k8s.io/instancegroup", None))
    },
    Rule {
        installs: of_images(&["kindest/*"]),
        ..own("kind", When::ProviderId("kind://"))
    },
    Rule {
        add_ons: &[ADDON_MANAGER],
        installs: of_images(&["k8s-minikube/*"]),
        ..own("minikube", When::NodeLabel("minikube.k8s.io/name", None))
    },
    Rule {
        installs: of_images(&["docker/desktop-*"]),
        ..own("docker-desktop", When::NodeName("docker-desktop"))
    },
    own(
        "kubeadm",
        When::NodeAnnotation("kubeadm.alpha.kubernetes.io/cri-socket"),
    ),
    // Made-up nodes may join any cluster: they are the platform where nothing else is.
    own("kwok", When::NodeAnnotation("kwok.x-k8s.io/node")),
];

/// A cluster whose platform was not recognised.
pub(super) static PLAIN: Rule = NOTHING;

impl Rule {
    /// As checks see it.
    pub(super) fn platform(&self) -> Platform {
        Platform {
            id: self.id,
            name: component(self.id).map_or("Kubernetes", |component| component.name),
            control_plane_managed: self.control_plane_managed,
            nodes_managed: self.nodes_managed,
        }
    }

    pub(super) fn owns_namespace(&self, namespace: &str) -> bool {
        self.namespaces.iter().any(|own| glob(own, namespace))
    }

    pub(super) fn owns_subject(&self, name: &str) -> bool {
        self.subjects.iter().any(|own| glob(own, name))
    }

    pub(super) fn reconciles(&self, metadata: &ObjectMeta) -> bool {
        self.reconciles_in(&metadata.namespace, metadata)
    }

    /// Whether the provider reconciles an object that is about a namespace.
    pub(super) fn reconciles_in(&self, namespace: &str, metadata: &ObjectMeta) -> bool {
        self.reconciles_all_in(namespace)
            || self.holds(namespace) && self.add_ons.iter().any(|mark| bears(metadata, mark))
    }

    fn reconciles_all_in(&self, namespace: &str) -> bool {
        self.reconciled.iter().any(|own| glob(own, namespace))
    }

    /// Whether a namespace is the system's or the provider's.
    fn holds(&self, namespace: &str) -> bool {
        is_system(namespace) || self.owns_namespace(namespace)
    }

    /// Whether the platform itself installed a workload.
    pub(super) fn installed(&self, candidate: &Candidate<'_>) -> bool {
        self.installed_add_on(candidate)
            || self.holds(candidate.namespace)
                && (candidate.is_of_control_plane() || candidate.is_of_kubernetes())
    }

    /// Whether a workload is one of the platform's add-ons, by its marks.
    pub(super) fn installed_add_on(&self, candidate: &Candidate<'_>) -> bool {
        let namespace = candidate.namespace.as_str();
        if self.reconciles_all_in(namespace) {
            return true;
        }
        let marks = || self.add_ons.iter().chain(self.installs.labels);
        let metadata = [candidate.metadata, candidate.template];
        self.holds(namespace)
            && (metadata
                .iter()
                .any(|metadata| marks().any(|mark| bears(metadata, mark)))
                || candidate.has_only_images(self.installs.images))
    }
}

fn bears(metadata: &ObjectMeta, (label, value): &(&str, Option<&str>)) -> bool {
    match value {
        Some(value) => metadata.labels.is(label, value),
        None => metadata.labels.has(label),
    }
}

/// Whether a namespace is Kubernetes' own.
pub(super) fn is_system(namespace: &str) -> bool {
    matches!(namespace, "kube-system" | "kube-public" | "kube-node-lease")
}

/// Azure Container Service named its machines `k8s-master-12345678-0` and `k8s-agentpool1-12345678-0`.
fn is_of_acs(node: &Node) -> bool {
    let provider = &node.spec.provider_id;
    let azure = provider.is_empty() || provider.starts_with("azure://");
    let mut parts = node.metadata.name.rsplit('-');
    let number = |text: Option<&str>, digits: Option<usize>| {
        text.is_some_and(|text| {
            text.bytes().all(|byte| byte.is_ascii_digit())
                && digits.map_or(!text.is_empty(), |digits| text.len() == digits)
        })
    };
    azure
        && node.metadata.name.starts_with("k8s-")
        && number(parts.next(), None)
        && number(parts.next(), Some(8))
        && parts
            .next()
            .is_some_and(|pool| pool == "master" || pool.starts_with("agent"))
}

/// DC/OS named its machines `kube-node-0-kubelet.cluster.mesos` and `kube-control-plane-0-instance.cluster.mesos`.
fn is_of_dcos(node: &Node) -> bool {
    glob("kube-*.mesos", &node.metadata.name)
}
