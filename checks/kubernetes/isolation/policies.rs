//! Which policies isolate a pod.

use super::{
    calico::calico,
    cilium::cilium,
    network_policy::{cluster_network_policy, network_policy},
    target::{Answer, Direction, NotEvaluated, Target},
};
use crate::{
    inventory::{
        Context, Evidence, Kind, Listed,
        kinds::{
            AdminNetworkPolicy, BaselineAdminNetworkPolicy, CalicoNetworkPolicy,
            CiliumClusterwideNetworkPolicy, CiliumNetworkPolicy, ClusterNetworkPolicy,
            GlobalNetworkPolicy, NetworkPolicy,
        },
    },
    model::{Unknown, Why, any_or_why},
};

/// The policies of one namespace.
pub const OWN_POLICIES: &[Evidence] = &[
    Evidence::Objects(Kind::NetworkPolicy),
    Evidence::Objects(Kind::CiliumNetworkPolicy),
    Evidence::Objects(Kind::CalicoNetworkPolicy),
];

/// The policies of the whole cluster.
pub const CLUSTER_POLICIES: &[Evidence] = &[
    Evidence::Objects(Kind::CiliumClusterwideNetworkPolicy),
    Evidence::Objects(Kind::GlobalNetworkPolicy),
    Evidence::Objects(Kind::ClusterNetworkPolicy),
    Evidence::Objects(Kind::AdminNetworkPolicy),
    Evidence::Objects(Kind::BaselineAdminNetworkPolicy),
];

impl Context<'_> {
    /// Whether a policy of the pod's own namespace, or of the whole cluster, isolates it in a direction.
    /// Demands CLUSTER_POLICIES and OWN_POLICIES.
    ///
    /// # Errors
    /// None that was seen and understood does, and there may be another.
    #[track_caller]
    pub fn is_isolated(&self, target: &Target<'_>, direction: Direction) -> Result<bool, Why> {
        let namespace = Some(target.namespace.as_str());
        any_or_why([
            self.is_isolated_by_any::<NetworkPolicy>(namespace, |policy| {
                network_policy(policy, target, direction)
            }),
            self.is_isolated_by_any::<CiliumNetworkPolicy>(namespace, |policy| {
                cilium(policy, target, direction)
            }),
            self.is_isolated_by_any::<CalicoNetworkPolicy>(namespace, |policy| {
                calico(&policy.spec, target, direction)
            }),
            self.is_isolated_by_cluster_in(target, direction),
        ])
    }

    /// Whether a policy of the whole cluster isolates the pod in either direction. Demands CLUSTER_POLICIES.
    ///
    /// # Errors
    /// None that was seen and understood does, and there may be another.
    #[track_caller]
    pub fn is_isolated_by_cluster(&self, target: &Target<'_>) -> Result<bool, Why> {
        any_or_why(
            Direction::BOTH.map(|direction| self.is_isolated_by_cluster_in(target, direction)),
        )
    }

    #[track_caller]
    fn is_isolated_by_cluster_in(
        &self,
        target: &Target<'_>,
        direction: Direction,
    ) -> Result<bool, Why> {
        any_or_why([
            self.is_isolated_by_any::<CiliumClusterwideNetworkPolicy>(None, |policy| {
                cilium(policy, target, direction)
            }),
            self.is_isolated_by_any::<GlobalNetworkPolicy>(None, |policy| {
                calico(&policy.spec, target, direction)
            }),
            self.is_isolated_by_any::<ClusterNetworkPolicy>(None, |policy| {
                cluster_network_policy(policy, target, direction)
            }),
            self.is_isolated_by_any::<AdminNetworkPolicy>(None, |policy| {
                cluster_network_policy(policy, target, direction)
            }),
            self.is_isolated_by_any::<BaselineAdminNetworkPolicy>(None, |policy| {
                cluster_network_policy(policy, target, direction)
            }),
        ])
    }

    /// Whether a policy of a kind isolates: of one namespace, or of the whole cluster.
    #[track_caller]
    fn is_isolated_by_any<K: Listed>(
        &self,
        namespace: Option<&str>,
        isolates: impl Fn(&K) -> Answer,
    ) -> Result<bool, Why> {
        let listing = self.listing::<K>();
        let (policies, seen) = match namespace {
            Some(namespace) => (
                self.seen_in::<K>(namespace),
                listing.seen_in(namespace, &K::KIND.resource()),
            ),
            None => (listing.items(), listing.seen(&K::KIND.resource())),
        };
        let answers = policies.iter().map(|policy| {
            self.look();
            isolates(policy).map_err(|NotEvaluated| not_evaluated(policy))
        });
        any_or_why(answers.chain(std::iter::once(seen.map(|()| false))))
    }
}

fn not_evaluated<K: Listed>(policy: &K) -> Why {
    Why::new(
        Unknown::Unrecognised,
        format!(
            "the selector of {} {} could not be evaluated",
            K::KIND.resource().kind,
            policy.metadata().name
        ),
    )
}
