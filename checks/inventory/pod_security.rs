//! The Pod Security Standards, control by control, as the admission plugin of Kubernetes applies them.

use super::{
    types::{Container, ObjectMeta, PodSpec},
    workloads::Workload,
};
use crate::{
    check::Context,
    inventory::Text,
    knowledge::Expectation,
    model::{Finding, Sheet, Why},
};

/// The newest minor of Kubernetes whose policies are known here: `37` of `v1.37`.
pub const NEWEST: u32 = 37;

/// The level at which a control begins to be demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Prevents known privilege escalations.
    Baseline,
    /// Follows hardening practice.
    Restricted,
}

/// One control of the standards.
#[derive(Debug)]
pub struct Control {
    /// The plugin's name for it.
    pub id: &'static str,
    /// How the plugin names a violation in its messages.
    pub reason: &'static str,
    /// The level that demands it.
    pub level: Level,
    /// Its wordings over time, the oldest first.
    variants: &'static [Variant],
}

/// What a control demands from some policy version on.
#[derive(Debug)]
struct Variant {
    /// The first minor of which it holds.
    since: u32,
    judge: for<'a> fn(&PodView<'a>) -> Vec<Violation<'a>>,
}

/// A pod, or a template, as a control sees it.
#[derive(Clone, Copy, Debug)]
pub struct PodView<'a> {
    /// Its metadata: older controls live in annotations.
    pub metadata: &'a ObjectMeta,
    /// Its specification.
    pub spec: &'a PodSpec,
}

/// One field that a control forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<'a> {
    /// The container at fault.
    pub container: Option<&'a Text>,
    /// The field at fault, from the pod's specification on.
    pub path: String,
    /// What is there.
    pub seen: String,
    /// What the control allows.
    pub expected: &'static str,
}

/// B2: the pod keeps to its own network, process and IPC namespaces.
pub static HOST_NAMESPACES: Control = Control {
    id: "hostNamespaces",
    reason: "host namespaces",
    level: Level::Baseline,
    variants: &[Variant {
        since: 0,
        judge: host_namespaces,
    }],
};

/// B3: no container is privileged.
pub static PRIVILEGED: Control = Control {
    id: "privileged",
    reason: "privileged",
    level: Level::Baseline,
    variants: &[Variant {
        since: 0,
        judge: privileged,
    }],
};

impl Control {
    /// What a pod does that the control, in the wording of a policy version, forbids.
    pub fn violations<'a>(&self, minor: u32, pod: &PodView<'a>) -> Vec<Violation<'a>> {
        self.variants
            .iter()
            .rev()
            .find(|variant| variant.since <= minor)
            .map_or_else(Vec::new, |variant| (variant.judge)(pod))
    }
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
}

fn host_namespaces<'a>(pod: &PodView<'a>) -> Vec<Violation<'a>> {
    [
        ("hostNetwork", pod.spec.host_network),
        ("hostPID", pod.spec.host_pid),
        ("hostIPC", pod.spec.host_ipc),
    ]
    .into_iter()
    .filter(|(_, shared)| *shared)
    .map(|(field, _)| Violation {
        container: None,
        path: field.to_owned(),
        seen: "true".to_owned(),
        expected: "false or unset",
    })
    .collect()
}

fn privileged<'a>(pod: &PodView<'a>) -> Vec<Violation<'a>> {
    pod.containers()
        .filter(|(_, container)| {
            container
                .security_context
                .as_ref()
                .is_some_and(|context| context.privileged == Some(true))
        })
        .map(|(list, container)| Violation {
            container: Some(&container.name),
            path: format!("{list}[name={}].securityContext.privileged", container.name),
            seen: "true".to_owned(),
            expected: "false or unset",
        })
        .collect()
}

impl<'a> Context<'a> {
    /// Holds every template against a control in its newest wording; `expectation` is what excuses a violation.
    #[track_caller]
    pub fn judge_control(
        &self,
        control: &Control,
        expectation: impl Fn(&Violation<'a>) -> Expectation,
    ) -> Sheet {
        self.judge_workloads(
            |_| true,
            |workload| {
                control
                    .violations(NEWEST, &PodView::of(workload))
                    .into_iter()
                    .map(|violation| {
                        let excused = self.excuses(workload, expectation(&violation))?;
                        let finding = Finding::on(workload)
                            .at(workload.at(&violation.path))
                            .saw(&violation.seen, violation.expected)
                            .excused(excused);
                        Ok(match violation.container {
                            Some(name) => finding.container(name),
                            None => finding,
                        })
                    })
                    .collect::<Result<Vec<_>, Why>>()
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Control, HOST_NAMESPACES, NEWEST, PRIVILEGED, PodView};
    use crate::inventory::{decode_json, kinds::Pod};

    fn paths(control: &Control, minor: u32, spec: &str) -> Vec<String> {
        let pod: Pod = decode_json(&format!(
            r#"{{"metadata":{{"name":"a","namespace":"shop"}},"spec":{spec}}}"#
        ))
        .unwrap();
        let view = PodView {
            metadata: &pod.metadata,
            spec: &pod.spec,
        };
        control
            .violations(minor, &view)
            .into_iter()
            .map(|violation| violation.path)
            .collect()
    }

    #[test]
    fn each_shared_namespace_is_a_violation() {
        assert_eq!(
            paths(
                &HOST_NAMESPACES,
                NEWEST,
                r#"{"hostNetwork":true,"hostPID":false,"hostIPC":true}"#
            ),
            ["hostNetwork", "hostIPC"]
        );
        assert!(paths(&HOST_NAMESPACES, 0, "{}").is_empty());
    }

    #[test]
    fn privileged_is_looked_for_in_every_list_of_containers() {
        assert_eq!(
            paths(
                &PRIVILEGED,
                0,
                r#"{"initContainers":[{"name":"a","securityContext":{"privileged":true}}],
                    "containers":[{"name":"b","securityContext":{"privileged":false}},{"name":"c"}],
                    "ephemeralContainers":[{"name":"d","securityContext":{"privileged":true}}]}"#
            ),
            [
                "initContainers[name=a].securityContext.privileged",
                "ephemeralContainers[name=d].securityContext.privileged"
            ]
        );
    }
}
