//! Which parts of objects are stored once among their equals.

use super::{
    Affinity, ContainerPort, EnvVar, Lifecycle, OwnerReference, PodSecurityContext, PodSpec, Probe,
    SecurityContext, Toleration, TopologySpreadConstraint, Volume, VolumeMount,
};
use crate::{model::Text, wire::shared::pooled};

pooled! {
    PodSpec {
        const AT_ONCE: bool = false;
    };
    Vec<OwnerReference>;
    Vec<Text>;
    Vec<EnvVar>;
    Vec<ContainerPort>;
    Vec<Toleration>;
    Vec<TopologySpreadConstraint>;
    Vec<VolumeMount> {
        fn normalise(&mut self) -> bool {
            self.iter_mut()
                .fold(true, |lasting, mount| lasting & !rename_token(&mut mount.name))
        }
    };
    Volume {
        fn normalise(&mut self) -> bool {
            !rename_token(&mut self.name)
        }
    };
    Probe;
    Lifecycle;
    SecurityContext;
    PodSecurityContext;
    Affinity;
}

/// The admission plugin gives each pod's token volume a name of its own; without it, equal pods are equal.
fn rename_token(name: &mut Text) -> bool {
    const TOKEN_VOLUME: &str = "kube-api-access-";
    let own = name.len() > TOKEN_VOLUME.len() && name.starts_with(TOKEN_VOLUME);
    if own {
        *name = TOKEN_VOLUME.into();
    }
    own
}
