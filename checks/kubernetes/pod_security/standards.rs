//! The standards as wholes: every control, and the level that a pod keeps.

use super::{
    baseline::{
        CAPABILITIES, HOST_NAMESPACES, HOST_PATHS, HOST_PORTS, PRIVILEGED, PROBE_HOSTS, SYSCTLS,
        WINDOWS_HOST_PROCESS,
    },
    confinement::{APP_ARMOR, PROC_MOUNT, SE_LINUX, SECCOMP},
    control::{Control, Level},
    pod_view::PodView,
    restricted::{
        CAPABILITIES_RESTRICTED, NON_ROOT, PRIVILEGE_ESCALATION, PROC_MOUNT_RESTRICTED,
        SECCOMP_RESTRICTED, USER, VOLUMES,
    },
};

/// The newest minor of Kubernetes whose policies are known here: `37` of `v1.37`.
pub const NEWEST: u32 = 37;

/// Every control: those of Baseline, then those of Restricted, each sorted as the plugin names them in its messages.
pub static CONTROLS: [&Control; 19] = [
    &APP_ARMOR,
    &CAPABILITIES,
    &HOST_NAMESPACES,
    &HOST_PATHS,
    &HOST_PORTS,
    &PROBE_HOSTS,
    &PRIVILEGED,
    &PROC_MOUNT,
    &SE_LINUX,
    &SECCOMP,
    &SYSCTLS,
    &WINDOWS_HOST_PROCESS,
    &PRIVILEGE_ESCALATION,
    &CAPABILITIES_RESTRICTED,
    &PROC_MOUNT_RESTRICTED,
    &VOLUMES,
    &NON_ROOT,
    &USER,
    &SECCOMP_RESTRICTED,
];

impl Control {
    /// Whether a level demands it in the policies of a minor.
    pub fn is_demanded(&self, level: Level, minor: u32) -> bool {
        let overridden = || {
            CONTROLS.iter().any(|other| {
                other.exists_in(minor)
                    && other.overrides.is_some_and(|control| control.id == self.id)
            })
        };
        self.level <= level
            && self.exists_in(minor)
            && !(level == Level::Restricted && overridden())
    }
}

/// The controls for which a level, in the policies of a minor, refuses a pod, in the order of the plugin's messages.
pub fn violated<'v>(
    level: Level,
    minor: u32,
    pod: &'v PodView<'_>,
) -> impl Iterator<Item = &'static Control> + 'v {
    CONTROLS
        .into_iter()
        .filter(move |control| control.is_demanded(level, minor) && control.is_violated(minor, pod))
}

/// The strictest level whose policies of a minor admit a pod.
pub fn level_of(minor: u32, pod: &PodView<'_>) -> Level {
    [Level::Restricted, Level::Baseline]
        .into_iter()
        .find(|level| violated(*level, minor, pod).next().is_none())
        .unwrap_or_default()
}
