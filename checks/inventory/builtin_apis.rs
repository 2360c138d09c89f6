//! The kinds of Kubernetes' own groups, in every version that ever was: what stands nowhere here never existed.

use super::kinds::Kind;

/// Group and version, and the kinds that are or once were served there.
///
/// Sources: k8s.io/api, k8s.io/apiextensions-apiserver and k8s.io/kube-aggregator v0.36.3 (`register.go` of each version);
/// for what they no longer hold, the same files of release-1.2 to release-1.35.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "",
        "v1",
        "Pod PodStatusResult PodTemplate ReplicationController Service Endpoints Node Binding Event LimitRange ResourceQuota Namespace Secret ServiceAccount PersistentVolume PersistentVolumeClaim ComponentStatus SerializedReference RangeAllocation ConfigMap List Status APIGroup APIGroupList APIResourceList APIVersions WatchEvent",
    ),
    ("admission.k8s.io", "v1", "AdmissionReview"),
    ("admission.k8s.io", "v1beta1", "AdmissionReview"),
    (
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingWebhookConfiguration MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding",
    ),
    (
        "admissionregistration.k8s.io",
        "v1alpha1",
        "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding InitializerConfiguration ExternalAdmissionHookConfiguration",
    ),
    (
        "admissionregistration.k8s.io",
        "v1beta1",
        "ValidatingWebhookConfiguration MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding",
    ),
    (
        "apidiscovery.k8s.io",
        "v2",
        "APIGroupDiscovery APIGroupDiscoveryList",
    ),
    (
        "apidiscovery.k8s.io",
        "v2beta1",
        "APIGroupDiscovery APIGroupDiscoveryList",
    ),
    (
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition ConversionReview",
    ),
    (
        "apiextensions.k8s.io",
        "v1beta1",
        "CustomResourceDefinition ConversionReview",
    ),
    ("apiregistration.k8s.io", "v1", "APIService"),
    ("apiregistration.k8s.io", "v1beta1", "APIService"),
    (
        "apps",
        "v1",
        "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision",
    ),
    ("apps", "v1alpha1", "PetSet"),
    (
        "apps",
        "v1beta1",
        "Deployment DeploymentRollback Scale StatefulSet ControllerRevision",
    ),
    (
        "apps",
        "v1beta2",
        "Deployment Scale StatefulSet DaemonSet ReplicaSet ControllerRevision",
    ),
    ("auditregistration.k8s.io", "v1alpha1", "AuditSink"),
    (
        "authentication.k8s.io",
        "v1",
        "TokenReview TokenRequest SelfSubjectReview",
    ),
    ("authentication.k8s.io", "v1alpha1", "SelfSubjectReview"),
    (
        "authentication.k8s.io",
        "v1beta1",
        "SelfSubjectReview TokenReview",
    ),
    (
        "authorization.k8s.io",
        "v1",
        "SelfSubjectRulesReview SelfSubjectAccessReview SubjectAccessReview LocalSubjectAccessReview",
    ),
    (
        "authorization.k8s.io",
        "v1beta1",
        "SelfSubjectRulesReview SelfSubjectAccessReview SubjectAccessReview LocalSubjectAccessReview",
    ),
    ("autoscaling", "v1", "HorizontalPodAutoscaler Scale"),
    ("autoscaling", "v2", "HorizontalPodAutoscaler"),
    ("autoscaling", "v2alpha1", "HorizontalPodAutoscaler"),
    ("autoscaling", "v2beta1", "HorizontalPodAutoscaler"),
    ("autoscaling", "v2beta2", "HorizontalPodAutoscaler"),
    ("batch", "v1", "Job CronJob"),
    ("batch", "v1beta1", "CronJob JobTemplate"),
    ("batch", "v2alpha1", "CronJob Job JobTemplate ScheduledJob"),
    ("certificates.k8s.io", "v1", "CertificateSigningRequest"),
    (
        "certificates.k8s.io",
        "v1alpha1",
        "CertificateSigningRequest ClusterTrustBundle PodCertificateRequest",
    ),
    (
        "certificates.k8s.io",
        "v1beta1",
        "CertificateSigningRequest ClusterTrustBundle PodCertificateRequest",
    ),
    ("coordination.k8s.io", "v1", "Lease"),
    ("coordination.k8s.io", "v1alpha1", "LeaseCandidate"),
    ("coordination.k8s.io", "v1alpha2", "LeaseCandidate"),
    ("coordination.k8s.io", "v1beta1", "Lease LeaseCandidate"),
    ("discovery.k8s.io", "v1", "EndpointSlice"),
    ("discovery.k8s.io", "v1alpha1", "EndpointSlice"),
    ("discovery.k8s.io", "v1beta1", "EndpointSlice"),
    ("events.k8s.io", "v1", "Event"),
    ("events.k8s.io", "v1beta1", "Event"),
    (
        "extensions",
        "v1beta1",
        "Deployment DeploymentRollback Scale DaemonSet Ingress ReplicaSet NetworkPolicy PodSecurityPolicy Job HorizontalPodAutoscaler ThirdPartyResource ThirdPartyResourceData ReplicationControllerDummy",
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        "v1",
        "FlowSchema PriorityLevelConfiguration",
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        "v1alpha1",
        "FlowSchema PriorityLevelConfiguration",
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        "v1beta1",
        "FlowSchema PriorityLevelConfiguration",
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        "v1beta2",
        "FlowSchema PriorityLevelConfiguration",
    ),
    (
        "flowcontrol.apiserver.k8s.io",
        "v1beta3",
        "FlowSchema PriorityLevelConfiguration",
    ),
    ("imagepolicy.k8s.io", "v1alpha1", "ImageReview"),
    ("internal.apiserver.k8s.io", "v1alpha1", "StorageVersion"),
    (
        "networking.k8s.io",
        "v1",
        "Ingress IngressClass NetworkPolicy IPAddress ServiceCIDR",
    ),
    (
        "networking.k8s.io",
        "v1alpha1",
        "ClusterCIDR IPAddress ServiceCIDR",
    ),
    (
        "networking.k8s.io",
        "v1beta1",
        "Ingress IngressClass IPAddress ServiceCIDR",
    ),
    ("node.k8s.io", "v1", "RuntimeClass"),
    ("node.k8s.io", "v1alpha1", "RuntimeClass"),
    ("node.k8s.io", "v1beta1", "RuntimeClass"),
    ("policy", "v1", "PodDisruptionBudget Eviction"),
    ("policy", "v1alpha1", "PodDisruptionBudget Eviction"),
    (
        "policy",
        "v1beta1",
        "PodDisruptionBudget Eviction PodSecurityPolicy",
    ),
    (
        "rbac.authorization.k8s.io",
        "v1",
        "Role RoleBinding ClusterRole ClusterRoleBinding",
    ),
    (
        "rbac.authorization.k8s.io",
        "v1alpha1",
        "Role RoleBinding ClusterRole ClusterRoleBinding",
    ),
    (
        "rbac.authorization.k8s.io",
        "v1beta1",
        "Role RoleBinding ClusterRole ClusterRoleBinding",
    ),
    (
        "resource.k8s.io",
        "v1",
        "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice",
    ),
    (
        "resource.k8s.io",
        "v1alpha1",
        "PodScheduling ResourceClaim ResourceClaimTemplate ResourceClass",
    ),
    (
        "resource.k8s.io",
        "v1alpha2",
        "PodSchedulingContext ResourceClaim ResourceClaimParameters ResourceClaimTemplate ResourceClass ResourceClassParameters ResourceSlice",
    ),
    (
        "resource.k8s.io",
        "v1alpha3",
        "DeviceClass DeviceTaintRule PodSchedulingContext ResourceClaim ResourceClaimTemplate ResourcePoolStatusRequest ResourceSlice",
    ),
    (
        "resource.k8s.io",
        "v1beta1",
        "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice",
    ),
    (
        "resource.k8s.io",
        "v1beta2",
        "DeviceClass DeviceTaintRule ResourceClaim ResourceClaimTemplate ResourceSlice",
    ),
    ("scheduling.k8s.io", "v1", "PriorityClass"),
    ("scheduling.k8s.io", "v1alpha1", "PriorityClass Workload"),
    ("scheduling.k8s.io", "v1alpha2", "Workload PodGroup"),
    ("scheduling.k8s.io", "v1beta1", "PriorityClass"),
    ("settings.k8s.io", "v1alpha1", "PodPreset"),
    (
        "storage.k8s.io",
        "v1",
        "StorageClass VolumeAttachment CSINode CSIDriver CSIStorageCapacity VolumeAttributesClass",
    ),
    (
        "storage.k8s.io",
        "v1alpha1",
        "VolumeAttachment CSIStorageCapacity VolumeAttributesClass",
    ),
    (
        "storage.k8s.io",
        "v1beta1",
        "StorageClass VolumeAttachment CSIDriver CSINode CSIStorageCapacity VolumeAttributesClass",
    ),
    (
        "storagemigration.k8s.io",
        "v1alpha1",
        "StorageVersionMigration",
    ),
    (
        "storagemigration.k8s.io",
        "v1beta1",
        "StorageVersionMigration",
    ),
];

/// Kinds that programs write under `v1` and that the API server never had: a kubeconfig, and OpenShift's from before it had groups.
const OF_OTHERS: &[&str] = &[
    "BrokerTemplateInstance",
    "Build",
    "BuildConfig",
    "ClusterNetwork",
    "ClusterPolicy",
    "Config",
    "DeploymentConfig",
    "Group",
    "HostSubnet",
    "Identity",
    "Image",
    "ImageStream",
    "ImageStreamImport",
    "ImageStreamTag",
    "NetNamespace",
    "OAuthClient",
    "Policy",
    "Preferences",
    "Project",
    "ProjectRequest",
    "Route",
    "SecurityContextConstraints",
    "Template",
    "TemplateInstance",
    "User",
    "UserIdentityMapping",
];

/// What the words `apiVersion` and `kind` of a document say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recognised {
    /// The kind by which it is judged.
    pub(super) kind: Option<Kind>,
    /// What is wrong with the words.
    pub(super) misnomer: Option<Misnomer>,
}

/// Words that no API server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misnomer {
    /// `apiVersion`, or `kind`.
    pub(super) field: &'static str,
    /// What should stand there.
    pub(super) expected: String,
}

/// What a document is, by its words; an empty word is an absent one.
pub(super) fn recognise(api_version: &str, kind: &str) -> Recognised {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let own = KINDS.iter().any(|(known, ..)| *known == group);
    if own {
        if has(group, version, kind) {
            return judged(group, kind);
        }
        if group.is_empty() && version == "v1" && OF_OTHERS.contains(&kind) {
            let own = (kind == "DeploymentConfig").then_some("apps.openshift.io");
            return judged(own.unwrap_or(group), kind);
        }
    } else if group.contains('.') && group.chars().all(|c| !c.is_ascii_uppercase()) {
        return judged(group, kind);
    }
    // Nothing but Kubernetes' own groups have names without a dot.
    let Some((true_group, true_kind)) = meant(group, kind) else {
        // A tool's own file may look like an object.
        let like_an_object = is_version(version) && kind.chars().all(char::is_alphanumeric);
        let misnomer = (own && !kind.is_empty() && like_an_object).then(|| Misnomer {
            field: "kind",
            expected: expected_kinds(group, version),
        });
        return Recognised {
            misnomer,
            ..Recognised::default()
        };
    };
    let served = newest(true_group, true_kind);
    let misnomer = if kind == true_kind {
        Misnomer {
            field: "apiVersion",
            expected: served,
        }
    } else if has(group, version, true_kind) {
        Misnomer {
            field: "kind",
            expected: true_kind.to_owned(),
        }
    } else {
        Misnomer {
            field: "kind",
            expected: format!("{true_kind} in {served}"),
        }
    };
    Recognised {
        kind: Kind::of(true_group, true_kind),
        misnomer: Some(misnomer),
    }
}

fn judged(group: &str, kind: &str) -> Recognised {
    Recognised {
        kind: Kind::of(group, kind),
        ..Recognised::default()
    }
}

/// Whether a word is a version as Kubernetes writes them: `v1`, `v2beta1`.
fn is_version(word: &str) -> bool {
    word.strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        && word.chars().all(char::is_alphanumeric)
}

/// Whether a kind is, or once was, served there; a typed list of it is, too.
fn has(group: &str, version: &str, kind: &str) -> bool {
    let item = kind.strip_suffix("List").unwrap_or(kind);
    KINDS.iter().any(|(known, in_version, kinds)| {
        *known == group
            && *in_version == version
            && kinds.split(' ').any(|known| known == kind || known == item)
    })
}

/// The group and kind that are meant by a kind in any spelling: of its own group, or else of the one that has it.
fn meant(group: &str, kind: &str) -> Option<(&'static str, &'static str)> {
    if kind.is_empty() {
        return None;
    }
    let mut found = None;
    for (known, _, kinds) in KINDS {
        for name in kinds.split(' ').filter(|name| is_spelt(name, kind)) {
            if *known == group {
                return Some((known, name));
            }
            // Events and the old `extensions` have a home elsewhere.
            let better = found.is_none_or(|(other, _)| other == "extensions");
            if better && *known != "extensions" || found.is_none() {
                found = Some((*known, name));
            }
        }
    }
    found
}

/// Whether a word names a kind in other letters, or as a resource: `deployment`, `Deployments`.
fn is_spelt(kind: &str, word: &str) -> bool {
    if kind.eq_ignore_ascii_case(word) {
        return true;
    }
    let word = word.to_ascii_lowercase();
    let kind = kind.to_ascii_lowercase();
    word.strip_suffix("ies").map(|stem| format!("{stem}y")) == Some(kind.clone())
        || word.strip_suffix("es") == Some(&kind)
        || word.strip_suffix('s') == Some(&kind)
}

/// The newest version that has the kind, as an `apiVersion`.
fn newest(group: &str, kind: &str) -> String {
    // What is stable comes before what isn't, and of that the newest.
    let rank = |version: &str| {
        let stable = !version.contains("alpha") && !version.contains("beta");
        (stable, version.contains("beta"), version.to_owned())
    };
    let newest = KINDS
        .iter()
        .filter(|(known, _, kinds)| *known == group && kinds.split(' ').any(|known| known == kind))
        .map(|(_, version, _)| *version)
        .max_by_key(|version| rank(version))
        .unwrap_or_default();
    match group {
        "" => newest.to_owned(),
        _ => format!("{group}/{newest}"),
    }
}

fn expected_kinds(group: &str, version: &str) -> String {
    let kinds = KINDS
        .iter()
        .find(|(known, in_version, _)| *known == group && *in_version == version)
        .map(|(.., kinds)| kinds.split(' ').collect::<Vec<_>>().join(", "));
    match (group, kinds) {
        ("", _) => "a kind of the core group".to_owned(),
        (_, Some(kinds)) => format!("a kind of {group}/{version}: {kinds}"),
        (_, None) => format!("a kind of {group}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{KINDS, recognise};
    use crate::inventory::{Kind, ServedBy};

    fn told(api_version: &str, kind: &str) -> (Option<Kind>, Option<(&'static str, String)>) {
        let recognised = recognise(api_version, kind);
        let misnomer = recognised.misnomer;
        (
            recognised.kind,
            misnomer.map(|misnomer| (misnomer.field, misnomer.expected)),
        )
    }

    #[test]
    fn what_never_existed_is_told_and_judged_by_its_kind() {
        let deployment = Some(Kind::Deployment);
        let apps = Some(("apiVersion", "apps/v1".to_owned()));
        for api_version in [
            "v1",
            "app/v1",
            "apps/v2",
            "Apps/v1",
            "apps/V1",
            "batch/v1",
            "apps/v1beta3",
            "apps/v1/x",
        ] {
            assert_eq!(
                told(api_version, "Deployment"),
                (deployment, apps.clone()),
                "{api_version}"
            );
        }
        assert_eq!(told("", "Deployment"), (deployment, apps));
        for kind in ["deployment", "DEPLOYMENT", "Deployments", "deployments"] {
            assert_eq!(
                told("apps/v1", kind),
                (deployment, Some(("kind", "Deployment".to_owned())))
            );
        }
        assert_eq!(
            told("v1", "Ingress"),
            (
                Some(Kind::Ingress),
                Some(("apiVersion", "networking.k8s.io/v1".to_owned()))
            )
        );
        assert_eq!(
            told("v1", "networkpolicies"),
            (
                Some(Kind::NetworkPolicy),
                Some(("kind", "NetworkPolicy in networking.k8s.io/v1".to_owned()))
            )
        );
        assert_eq!(told("v1", "Sercive").0, None);
        assert_eq!(told("v1", "Sercive").1.unwrap().0, "kind");
        assert_eq!(
            told("batch/v1", "CronJobs"),
            (Some(Kind::CronJob), Some(("kind", "CronJob".to_owned())))
        );
    }

    #[test]
    fn what_exists_or_once_did_or_is_another_s_is_not() {
        for (api_version, kind) in [
            ("apps/v1", "Deployment"),
            ("extensions/v1beta1", "Deployment"),
            ("batch/v2alpha1", "ScheduledJob"),
            ("settings.k8s.io/v1alpha1", "PodPreset"),
            ("apps/v1", "DeploymentList"),
            ("v1", "List"),
            ("v1", "Config"),
            ("v1", "Template"),
            ("skaffold/v4beta11", "Config"),
            ("0.1.0", "ksonnet.io/app"),
            ("1", "Dashboards"),
            ("gateway.networking.k8s.io/v1", "Anything"),
            ("example.com/v1", "deployment"),
            ("apps.kruise.io/v1beta1", "StatefulSet"),
        ] {
            assert_eq!(told(api_version, kind).1, None, "{api_version} {kind}");
        }
    }

    #[test]
    fn every_kind_that_is_built_in_is_known_in_the_version_that_is_read() {
        for kind in Kind::ALL {
            let resource = kind.resource();
            if resource.served_by == ServedBy::Builtin {
                let known = KINDS.iter().any(|(group, version, kinds)| {
                    *group == resource.group
                        && *version == resource.version
                        && kinds.split(' ').any(|known| known == resource.kind)
                });
                assert!(known, "{kind}");
            }
            assert_eq!(
                told(&resource.api_version(), resource.kind).1,
                None,
                "{kind}"
            );
        }
    }
}
