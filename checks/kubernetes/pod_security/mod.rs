//! The Pod Security Standards, control by control, as the admission plugin of Kubernetes applies them: the tables of
//! the appendix of RULES.md.
//!
//! A control has variants: of a policy version counts the newest variant that is not newer than it. Pods are judged as the
//! API server would store them, so what it fills in by itself counts (host ports, the volume without a source).

mod baseline;
mod details;
mod host_paths;
mod labels;
mod restricted;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use baseline::{
    APP_ARMOR, CAPABILITIES, HOST_NAMESPACES, HOST_PATHS, HOST_PORTS, PRIVILEGED, PROBE_HOSTS,
    PROC_MOUNT, SE_LINUX, SECCOMP, SYSCTLS, WINDOWS_HOST_PROCESS, baseline_capabilities,
};
pub use host_paths::HostPath;
pub use labels::{Demand, Policy, PolicyVersion};
pub use restricted::{
    CAPABILITIES_RESTRICTED, NON_ROOT, PRIVILEGE_ESCALATION, PROC_MOUNT_RESTRICTED,
    SECCOMP_RESTRICTED, USER, VOLUMES,
};

use super::workloads::Workload;
use crate::inventory::types::{
    Container, ObjectMeta, PodSecurityContext, PodSpec, SecurityContext, Volume,
};

/// The newest minor of Kubernetes whose policies are known here: `37` of `v1.37`.
pub const NEWEST: u32 = 37;

/// How much a namespace allows its pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything.
    #[default]
    Privileged,
    /// What prevents known privilege escalations.
    Baseline,
    /// What follows hardening practice.
    Restricted,
}

impl Level {
    /// The level of this name; a name is told by its exact spelling.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "privileged" => Some(Self::Privileged),
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }
}

/// One control of the standards.
#[derive(Debug)]
pub struct Control {
    /// The plugin's name for it.
    pub id: &'static str,
    /// The level that demands it.
    pub level: Level,
    /// The control of Baseline that need not be asked where Restricted asks this one.
    pub overrides: Option<&'static Control>,
    /// How the plugin names a violation in its messages; what it says of several may differ.
    reason: for<'a> fn(&PodView<'a>) -> &'static str,
    /// Its wordings over time, the oldest first.
    variants: &'static [Variant],
}

/// What a control demands from some policy version on.
#[derive(Debug)]
struct Variant {
    /// The first minor of which it holds.
    since: u32,
    judge: Judge,
}

/// Names every violation to the second argument.
type Judge = for<'a> fn(&PodView<'a>, &mut dyn FnMut(Violation<'a>));

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

/// A pod, or a template, as a control sees it.
#[derive(Clone, Copy, Debug)]
pub struct PodView<'a> {
    /// Its metadata: older controls live in annotations.
    pub metadata: &'a ObjectMeta,
    /// Its specification.
    pub spec: &'a PodSpec,
}

/// Where in a pod stands what a control forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In its specification.
    Pod,
    /// In a container of the list with this name.
    Container(&'static str, &'a Container),
    /// In a volume.
    Volume(&'a Volume),
    /// In the annotation with this key.
    Annotation(&'a str),
}

/// One field that a control forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<'a> {
    /// Where it stands.
    pub place: Place<'a>,
    /// The field at fault, from its place on.
    pub field: Cow<'static, str>,
    /// What is there.
    pub seen: Cow<'a, str>,
    /// What the control allows.
    pub expected: &'static str,
}

impl<'a> Violation<'a> {
    /// The container in which it stands.
    pub const fn container(&self) -> Option<&'a Container> {
        match self.place {
            Place::Container(_, container) => Some(container),
            _ => None,
        }
    }

    /// Its path, from the pod's specification on; of an annotation from the pod itself on.
    pub fn path(&self) -> String {
        let field = &self.field;
        match self.place {
            Place::Pod => field.clone().into_owned(),
            Place::Container(list, container) => format!("{list}[name={}].{field}", container.name),
            Place::Volume(volume) => format!("volumes[name={}].{field}", volume.name),
            Place::Annotation(key) => format!("metadata.annotations[{key}]"),
        }
    }
}

impl Control {
    /// Whether the policies of a minor have it.
    pub fn exists_in(&self, minor: u32) -> bool {
        self.variants.iter().any(|variant| variant.since <= minor)
    }

    /// Names to `found` what a pod does that the control, in the wording of a policy version, forbids.
    pub fn visit<'a>(&self, minor: u32, pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
        let mut variants = self.variants.iter().rev();
        if let Some(variant) = variants.find(|variant| variant.since <= minor) {
            (variant.judge)(pod, found);
        }
    }

    /// What a pod does that the control, in the wording of a policy version, forbids.
    pub fn violations<'a>(&self, minor: u32, pod: &PodView<'a>) -> Vec<Violation<'a>> {
        let mut all = Vec::new();
        self.visit(minor, pod, &mut |violation| all.push(violation));
        all
    }

    /// Whether a pod does anything that the control, in the wording of a policy version, forbids.
    pub fn is_violated(&self, minor: u32, pod: &PodView<'_>) -> bool {
        let mut violated = false;
        self.visit(minor, pod, &mut |_| violated = true);
        violated
    }

    /// How the plugin names the violation by a pod.
    pub fn reason(&self, pod: &PodView<'_>) -> &'static str {
        (self.reason)(pod)
    }

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

impl<'a> PodView<'a> {
    /// A workload's template.
    pub const fn of(workload: &Workload<'a>) -> Self {
        Self {
            metadata: workload.template,
            spec: workload.spec,
        }
    }

    /// Every container with the name of its list, in the plugin's order.
    fn containers(&self) -> impl Iterator<Item = (&'static str, &'a Container)> {
        let spec = self.spec;
        [
            ("initContainers", &spec.init_containers),
            ("containers", &spec.containers),
            ("ephemeralContainers", &spec.ephemeral_containers),
        ]
        .into_iter()
        .flat_map(|(list, containers)| containers.iter().map(move |container| (list, container)))
    }

    /// What every container may do, where anything is said of that.
    fn contexts(&self) -> impl Iterator<Item = (Place<'a>, Option<&'a SecurityContext>)> {
        self.containers().map(|(list, container)| {
            (
                Place::Container(list, container),
                container.security_context.as_deref(),
            )
        })
    }

    /// What its containers may do, where anything is said of that.
    pub fn context(&self) -> Option<&'a PodSecurityContext> {
        self.spec.security_context.as_deref()
    }

    /// Whether it says that it runs on Windows.
    pub fn is_windows(&self) -> bool {
        self.spec.os.as_ref().is_some_and(|os| os.name == "windows")
    }

    /// Whether its users are none of the node's.
    pub fn has_user_namespace(&self) -> bool {
        self.spec.host_users == Some(false)
    }
}
