//! Which API versions a Kubernetes minor no longer serves.

include!(concat!(env!("OUT_DIR"), "/removed_apis.rs"));

/// A kind in a version that is not served any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// `policy/v1beta1`.
    pub api_version: &'static str,
    /// `PodDisruptionBudget`.
    pub kind: &'static str,
    /// The first minor that does not serve it: `25` of `1.25`.
    pub minor: u32,
    /// The version that took its place, where one did.
    pub successor: Option<&'static str>,
}

/// Since when a kind is not served in a version, or will not be by the plans that are known.
pub fn removal(api_version: &str, kind: &str) -> Option<&'static Removal> {
    REMOVED
        .iter()
        .find(|removal| removal.api_version == api_version && removal.kind == kind)
}

/// Groups of custom resources for which nobody makes pods that a Service could lead to.
const WITHOUT_PODS: &[&str] = &[
    "cert-manager.io",
    "cilium.io",
    "config.openshift.io",
    "configuration.konghq.com",
    "crd.projectcalico.org",
    "external-secrets.io",
    "kyverno.io",
    "networking.istio.io",
    "policies.kyverno.io",
    "projectcalico.org",
    "route.openshift.io",
    "security.istio.io",
    "security.openshift.io",
    "telemetry.istio.io",
    "traefik.io",
    "velero.io",
];

/// Kinds of other groups for which nobody does either.
const KINDS_WITHOUT_PODS: &[&str] = &[
    "AlertmanagerConfig",
    "PodMonitor",
    "Probe",
    "PrometheusRule",
    "ScrapeConfig",
    "SealedSecret",
    "ServiceMonitor",
];

/// Whether an operator may make pods, with labels of its choice, for a resource of a kind that is not read.
///
/// Groups of Kubernetes itself have none, and neither has a kind that is known to configure something.
pub fn may_make_pods(group: &str, kind: &str) -> bool {
    let custom = group.contains('.') && !group.ends_with(".k8s.io");
    custom && !WITHOUT_PODS.contains(&group) && !KINDS_WITHOUT_PODS.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::{may_make_pods, removal};
    use crate::inventory::Kind;

    #[test]
    fn a_version_is_gone_for_some_kinds_and_not_for_others() {
        let gone = |api_version, kind| removal(api_version, kind).map(|removal| removal.minor);
        assert_eq!(gone("policy/v1beta1", "PodDisruptionBudget"), Some(25));
        assert_eq!(gone("extensions/v1beta1", "Ingress"), Some(22));
        assert_eq!(gone("storage.k8s.io/v1beta1", "StorageClass"), Some(22));
        assert_eq!(
            gone("storage.k8s.io/v1beta1", "CSIStorageCapacity"),
            Some(27)
        );
        assert_eq!(gone("policy/v1", "PodDisruptionBudget"), None);
    }

    #[test]
    fn an_operator_may_make_pods_of_what_is_not_known_to_make_none() {
        for (group, kind) in [
            ("apps.openshift.io", "DeploymentConfig"),
            ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"),
            ("kubevirt.io", "VirtualMachine"),
            ("monitoring.coreos.com", "Prometheus"),
        ] {
            assert!(may_make_pods(group, kind), "{group} {kind}");
        }
        for (group, kind) in [
            ("", "Endpoints"),
            ("batch", "JobTemplate"),
            ("gateway.networking.k8s.io", "GRPCRoute"),
            ("cert-manager.io", "Certificate"),
            ("monitoring.coreos.com", "ServiceMonitor"),
        ] {
            assert!(!may_make_pods(group, kind), "{group} {kind}");
        }
    }

    #[test]
    fn what_is_read_of_a_cluster_is_served() {
        for kind in Kind::ALL {
            let resource = kind.resource();
            assert_eq!(
                removal(&resource.api_version(), resource.kind),
                None,
                "{kind}"
            );
        }
    }
}
