//! What was seen of a component: the signals by which it shows itself, and how sure they make it.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::model::Text;

/// How sure it is that a component is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Only names speak for it.
    Hint,
    /// One thing speaks for it that may be left over.
    Installed,
    /// It is there.
    Confirmed,
}

impl Verdict {
    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Installed => "installed",
            Self::Confirmed => "confirmed",
        }
    }
}

/// One way in which a component shows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Signal {
    Image,
    ApiService,
    Provisioner,
    NodeLabel,
    NodeOs,
    Runtime,
    ProviderId,
    GitVersion,
    Registry,
    CrdGroup,
    Crd,
    Webhook,
    Label,
    IngressController,
    GatewayController,
    RuntimeHandler,
    VolumeType,
    Workload,
    Namespace,
    NodeName,
    Annotation,
}

impl Signal {
    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::ApiService => "api-service",
            Self::Provisioner => "provisioner",
            Self::NodeLabel => "node-label",
            Self::NodeOs => "node-os",
            Self::Runtime => "runtime",
            Self::ProviderId => "provider-id",
            Self::GitVersion => "version",
            Self::Registry => "registry",
            Self::CrdGroup => "api-group",
            Self::Crd => "crd",
            Self::Webhook => "webhook",
            Self::Label => "label",
            Self::IngressController => "ingress-controller",
            Self::GatewayController => "gateway-controller",
            Self::RuntimeHandler => "runtime-handler",
            Self::VolumeType => "volume-type",
            Self::Workload => "workload",
            Self::Namespace => "namespace",
            Self::NodeName => "node-name",
            Self::Annotation => "annotation",
        }
    }

    const fn strength(self) -> Verdict {
        match self {
            Self::Image
            | Self::ApiService
            | Self::Provisioner
            | Self::NodeLabel
            | Self::NodeOs
            | Self::Runtime
            | Self::ProviderId
            | Self::GitVersion
            | Self::Registry => Verdict::Confirmed,
            Self::Namespace | Self::NodeName | Self::Annotation => Verdict::Hint,
            _ => Verdict::Installed,
        }
    }

    /// What it is a sign by, before its name.
    const fn noun(self) -> &'static str {
        match self {
            Self::Image => "the image",
            Self::ApiService => "the API service",
            Self::Provisioner => "the driver or provisioner",
            Self::NodeLabel => "the node label",
            Self::NodeOs => "the nodes' operating system",
            Self::Runtime => "the nodes' runtime",
            Self::ProviderId => "the nodes' provider",
            Self::GitVersion => "the version",
            Self::Registry => "images from",
            Self::CrdGroup | Self::Crd => "the API",
            Self::Webhook => "the webhook configuration",
            Self::Label => "the label",
            Self::IngressController => "an ingress class of",
            Self::GatewayController => "a gateway class of",
            Self::RuntimeHandler => "the runtime handler",
            Self::VolumeType => "volumes of the type",
            Self::Workload => "the workload",
            Self::Namespace => "the namespace",
            Self::NodeName => "the node name",
            Self::Annotation => "the annotation",
        }
    }

    /// Whether only someone who runs the cluster can make it.
    const fn is_of_the_cluster(self) -> bool {
        !matches!(
            self,
            Self::Image
                | Self::Registry
                | Self::Label
                | Self::VolumeType
                | Self::Workload
                | Self::Namespace
                | Self::Annotation
        )
    }
}

/// What was seen of one component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// Its signals, with the pattern of the knowledge that each of them matches.
    pub signals: BTreeSet<(Signal, &'static str)>,
    /// Whether there is a pod whose own it is: not one that only carries it as a sidecar.
    pub has_pods: bool,
    /// Whether one of these pods is Ready, or was within the last five minutes.
    pub is_ready: bool,
    /// The namespaces where its images run.
    pub namespaces: BTreeSet<Text>,
}

impl Sight {
    /// How sure it is that the component is there.
    pub fn verdict(&self) -> Verdict {
        let of = |strength| {
            self.signals
                .iter()
                .filter(move |(signal, _)| signal.strength() == strength)
        };
        match (
            of(Verdict::Confirmed).count(),
            of(Verdict::Installed).count(),
        ) {
            (1.., _) | (0, 2..) => Verdict::Confirmed,
            (0, 1) => Verdict::Installed,
            (0, 0) => Verdict::Hint,
        }
    }

    /// Whether one thing that speaks for it is enough.
    pub(super) fn is_certain(&self) -> bool {
        self.signals
            .iter()
            .any(|(signal, _)| signal.strength() == Verdict::Confirmed)
    }

    /// The same, as if some of what speaks for it did not.
    #[must_use]
    pub fn without(&self, signals: &[Signal]) -> Self {
        let mut sight = self.clone();
        sight
            .signals
            .retain(|(signal, _)| !signals.contains(signal));
        sight
    }

    /// What speaks for it, as a text: `the API core.kubefed.io, the driver or provisioner pxd.portworx.com`.
    pub fn traces(&self) -> String {
        let mut traces = String::new();
        for (signal, pattern) in &self.signals {
            let comma = if traces.is_empty() { "" } else { ", " };
            let _ = write!(traces, "{comma}{} {pattern}", signal.noun());
        }
        traces
    }

    /// Whether something speaks for it that only someone who runs the cluster can make.
    pub(super) fn is_of_the_cluster(&self) -> bool {
        self.signals
            .iter()
            .any(|(signal, _)| signal.is_of_the_cluster())
    }
}
