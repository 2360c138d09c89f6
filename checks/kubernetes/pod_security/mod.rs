//! The Pod Security Standards, control by control, as the admission plugin of Kubernetes applies them: the tables of
//! the appendix of RULES.md.
//!
//! A control has variants: of a policy version counts the newest variant that is not newer than it. Pods are judged as the
//! API server would store them, so what it fills in by itself counts (host ports, the volume without a source).

mod baseline;
mod confinement;
mod control;
mod details;
mod host_paths;
mod labels;
mod pod_view;
mod restricted;
mod standards;
#[cfg(test)]
mod tests;
mod violation;

pub use baseline::{
    CAPABILITIES, HOST_NAMESPACES, HOST_PATHS, HOST_PORTS, PRIVILEGED, PROBE_HOSTS, SYSCTLS,
    WINDOWS_HOST_PROCESS, baseline_capabilities,
};
pub use confinement::{APP_ARMOR, PROC_MOUNT, SE_LINUX, SECCOMP};
pub use control::{Control, Level};
pub use host_paths::HostPath;
pub use labels::{Demand, Policy, PolicyVersion};
pub use pod_view::PodView;
pub use restricted::{
    CAPABILITIES_RESTRICTED, NON_ROOT, PRIVILEGE_ESCALATION, PROC_MOUNT_RESTRICTED,
    SECCOMP_RESTRICTED, USER, VOLUMES,
};
pub use standards::{CONTROLS, NEWEST, level_of, violated};
pub use violation::{Location, Violation};
