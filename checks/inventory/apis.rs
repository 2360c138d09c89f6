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

/// All of them.
pub fn removals() -> &'static [Removal] {
    REMOVED
}

/// Since when a kind is not served in a version, or will not be by the plans that are known.
pub fn removal(api_version: &str, kind: &str) -> Option<&'static Removal> {
    REMOVED
        .iter()
        .find(|removal| removal.api_version == api_version && removal.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::removal;
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
