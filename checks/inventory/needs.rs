//! What a check needs to see, and in which role.

use super::{
    kinds::{Kind, Listed},
    workload_kind::WorkloadKind,
};

/// One thing that can be seen of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The objects of a kind.
    Objects(Kind),
    /// The names of Secrets; read only when the user allows it.
    SecretNames,
    /// `/livez?verbose`.
    Livez,
    /// `/readyz?verbose`.
    Readyz,
    /// `/flagz`, served from Kubernetes 1.36.
    Flagz,
    /// The certificates of the API endpoint, as the TLS handshake shows them.
    ApiCertificates,
}

/// A set of evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EvidenceSet([u64; 4]);

impl EvidenceSet {
    /// Facts stand before the kinds.
    const fn place(evidence: Evidence) -> (usize, u64) {
        let number = match evidence {
            Evidence::SecretNames => 0,
            Evidence::Livez => 1,
            Evidence::Readyz => 2,
            Evidence::Flagz => 3,
            Evidence::ApiCertificates => 4,
            Evidence::Objects(kind) => 5 + kind as usize,
        };
        (number / 64, 1 << (number % 64))
    }

    /// Whether a piece of evidence is in it.
    pub const fn has(&self, evidence: Evidence) -> bool {
        let (word, bit) = Self::place(evidence);
        self.0[word] & bit != 0
    }
}

impl FromIterator<Evidence> for EvidenceSet {
    fn from_iter<I: IntoIterator<Item = Evidence>>(all: I) -> Self {
        let mut set = Self::default();
        for evidence in all {
            let (word, bit) = Self::place(evidence);
            set.0[word] |= bit;
        }
        set
    }
}

/// What a piece of evidence is to a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Findings sit on it.
    Examined,
    /// Its presence or absence can make or unmake a finding.
    Correlated,
    /// It can add a finding where it may be read, and is not missed otherwise.
    Optional,
    /// It only enriches the wording.
    Quoted,
}

/// One need of a check: one source, or several that answer the same question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// What it is to the check.
    pub role: Role,
    /// Where it is seen.
    pub sources: &'static [Evidence],
}

/// A kind as a need's only source.
trait Source: Listed {
    const ALONE: &'static [Evidence];
}

impl<K: Listed> Source for K {
    const ALONE: &'static [Evidence] = &[Evidence::Objects(K::KIND)];
}

/// Findings sit on objects of this kind.
pub const fn examined<K: Listed>() -> Need {
    examined_all(K::ALONE)
}

/// Objects of this kind can make or unmake a finding.
pub const fn correlated<K: Listed>() -> Need {
    correlated_all(K::ALONE)
}

/// Objects of this kind can add a finding where they may be read, and are not missed otherwise.
pub const fn optional<K: Listed>() -> Need {
    optional_all(K::ALONE)
}

/// What these sources show can add a finding where they may be read, and they are not missed otherwise.
pub const fn optional_all(sources: &'static [Evidence]) -> Need {
    Need {
        role: Role::Optional,
        sources,
    }
}

/// Objects of this kind only enrich the wording.
pub const fn quoted<K: Listed>() -> Need {
    quoted_all(K::ALONE)
}

/// Findings sit on what these sources show.
pub const fn examined_all(sources: &'static [Evidence]) -> Need {
    Need {
        role: Role::Examined,
        sources,
    }
}

/// What these sources show can make or unmake a finding.
pub const fn correlated_all(sources: &'static [Evidence]) -> Need {
    Need {
        role: Role::Correlated,
        sources,
    }
}

/// What these sources show only enriches the wording.
pub const fn quoted_all(sources: &'static [Evidence]) -> Need {
    Need {
        role: Role::Quoted,
        sources,
    }
}

/// The kinds that create pods, and pods themselves (rule 1 of RULES.md).
pub const WORKLOADS: &[Evidence] = &objects_of(WorkloadKind::ALL);

/// Whom a pod belongs to: the kinds that stand between a pod and its top controller (rule 21 of RULES.md).
pub const OWNERS: &[Evidence] = &objects_of(WorkloadKind::CONTROLLERS);

const fn objects_of<const N: usize>(kinds: [WorkloadKind; N]) -> [Evidence; N] {
    let mut all = [Evidence::SecretNames; N];
    let mut place = 0;
    while place < N {
        all[place] = Evidence::Objects(kinds[place].kind());
        place += 1;
    }
    all
}

/// What tells whether a Service leads clients to a workload, rather than only those who read its metrics (rule 3 of RULES.md).
pub const SERVED: &[Evidence] = &[
    Evidence::Objects(Kind::Service),
    Evidence::Objects(Kind::ServiceMonitor),
    Evidence::Objects(Kind::PodMonitor),
    Evidence::Objects(Kind::Ingress),
    Evidence::Objects(Kind::HttpRoute),
    Evidence::Objects(Kind::ApiService),
    Evidence::Objects(Kind::MutatingWebhookConfiguration),
    Evidence::Objects(Kind::ValidatingWebhookConfiguration),
];

/// What sets a workload's lowest number of replicas besides itself (rule 8 of RULES.md).
pub const AUTOSCALERS: &[Evidence] = &[
    Evidence::Objects(Kind::HorizontalPodAutoscaler),
    Evidence::Objects(Kind::ScaledObject),
];

/// Where components of the knowledge base show themselves (rules 16 and 21 of RULES.md).
pub const COMPONENTS: &[Evidence] = &[
    Evidence::Objects(Kind::Pod),
    Evidence::Objects(Kind::Deployment),
    Evidence::Objects(Kind::StatefulSet),
    Evidence::Objects(Kind::DaemonSet),
    Evidence::Objects(Kind::ReplicaSet),
    Evidence::Objects(Kind::Node),
    Evidence::Objects(Kind::ApiService),
    Evidence::Objects(Kind::CsiDriver),
    Evidence::Objects(Kind::StorageClass),
    Evidence::Objects(Kind::IngressClass),
    Evidence::Objects(Kind::GatewayClass),
    Evidence::Objects(Kind::RuntimeClass),
    Evidence::Objects(Kind::ValidatingWebhookConfiguration),
    Evidence::Objects(Kind::MutatingWebhookConfiguration),
];

/// Where a platform shows itself, besides the version and discovery (RULES.md, "Platform visibility").
pub const PLATFORM: &[Evidence] = &[Evidence::Objects(Kind::Node)];

/// Where the flags of the control plane are seen (rule 13 of RULES.md).
pub const FLAGS: &[Evidence] = &[
    Evidence::Flagz,
    Evidence::Objects(Kind::Pod),
    Evidence::Objects(Kind::Node),
    Evidence::Objects(Kind::ConfigMap),
    Evidence::Objects(Kind::OpenShiftApiServer),
];
