//! How checks hold the templates of workloads against controls. `B5`, `R3` and the like are those of RULES.md.

use super::{
    Control, HOST_PATHS, HostPath, Location, NEWEST, PodView, Violation,
    confinement::{APP_ARMOR_ANNOTATION, confines},
};
use crate::{
    inventory::Context,
    kubernetes::{Workload, versions::minor_of},
    model::{Expectation, Finding, NotApplicable, Sheet, Undecided, Why},
};

/// What excuses a violation: that a component is known to need one of these. Nothing but the system tier does, when empty.
pub type Excuses = &'static [Expectation];

impl<'a> Context<'a> {
    /// The minor whose policies count: the server's, or the one that manifests are meant for; else the newest.
    pub fn policy_minor(&self) -> u32 {
        let server = self.version().seen();
        let server = server.and_then(|version| minor_of(&version.git_version));
        server
            .map(|(_, minor)| minor)
            .or(self.target_minor())
            .unwrap_or(NEWEST)
            .min(NEWEST)
    }

    /// Holds every template against a control: `keep` says what excuses a violation, and of one that is not the check's
    /// own nothing.
    ///
    /// # Errors
    /// The policies of the cluster's version do not have the control.
    #[track_caller]
    pub fn judge_control(
        &self,
        control: &Control,
        mut keep: impl FnMut(&PodView<'a>, &mut Violation<'a>) -> Option<Excuses>,
    ) -> Result<Sheet, Undecided> {
        let minor = self.policy_minor();
        if !control.exists_in(minor) {
            return Err(NotApplicable::Absent.into());
        }
        Ok(self.judge_templates(|pod, report| {
            control.visit(minor, pod, &mut |mut violation| {
                if let Some(excuses) = keep(pod, &mut violation) {
                    report(violation, excuses);
                }
            });
        }))
    }

    /// Holds every template's paths of the node against B5: `keep` says the same of each by what it gives away.
    ///
    /// # Errors
    /// Those of [`Self::judge_control`].
    #[track_caller]
    pub fn judge_host_paths(
        &self,
        mut keep: impl FnMut(&HostPath<'a>, &mut Violation<'a>) -> Option<Excuses>,
    ) -> Result<Sheet, Undecided> {
        self.judge_control(&HOST_PATHS, |pod, violation| {
            let Location::Volume(volume) = violation.place else {
                return None;
            };
            keep(&HostPath::of(volume, pod)?, violation)
        })
    }

    /// Judges every template: `judge` reports violations, and what excuses them.
    #[track_caller]
    pub fn judge_templates(
        &self,
        mut judge: impl FnMut(&PodView<'a>, &mut dyn FnMut(Violation<'a>, Excuses)),
    ) -> Sheet {
        let mut found: Vec<(Violation<'a>, Excuses)> = Vec::new();
        self.judge_relevant_workloads(|workload| {
            judge(&PodView::of(workload), &mut |violation, excuses| {
                found.push((violation, excuses));
            });
            if found.is_empty() {
                // A template may stand elsewhere.
                return Ok((!workload.spec.containers.is_empty()).then(Vec::new));
            }
            let mut findings = Vec::with_capacity(found.len());
            let mut known: Option<(Excuses, bool)> = None;
            let mut unseen: Option<Why> = None;
            for (violation, excuses) in found.drain(..) {
                let excused = match known {
                    Some((same, excused)) if same == excuses => Ok(excused),
                    _ => self.excuses_any(workload, excuses),
                };
                match excused {
                    Ok(excused) => {
                        known = Some((excuses, excused));
                        findings.push(finding(workload, &violation).excused(excused));
                    }
                    Err(why) => unseen = Some(why),
                }
            }
            unseen.map_or(Ok(Some(findings)), Err)
        })
    }
}

impl Violation<'_> {
    /// What excuses that a container is not confined: of a privileged one, that its component is known to need that, for
    /// nothing confines it then.
    pub fn excuses_of_privilege(&self) -> Excuses {
        if self.is_of_privileged() {
            &[Expectation::Privileged]
        } else {
            &[]
        }
    }

    /// What excuses that a container runs, or may run, as root.
    pub fn excuses_of_root(&self) -> Excuses {
        if self.is_of_privileged() {
            &[Expectation::Root, Expectation::Privileged]
        } else {
            &[Expectation::Root]
        }
    }

    fn is_of_privileged(&self) -> bool {
        let context = self
            .container()
            .and_then(|container| container.security_context.as_deref());
        context.is_some_and(|context| context.privileged == Some(true))
    }
}

impl PodView<'_> {
    /// Whether a violation of R3 is that of a container for which nothing names a user: the image decides.
    pub fn is_user_left_to_image(&self, violation: &Violation<'_>) -> bool {
        let Some(container) = violation.container() else {
            return false;
        };
        let own = container.security_context.as_deref();
        let user = own
            .and_then(|own| own.run_as_user)
            .or_else(|| self.context()?.run_as_user);
        let names = [
            own.and_then(|own| own.windows_options.as_ref()),
            self.context()
                .and_then(|context| context.windows_options.as_ref()),
        ];
        let is_named = names
            .into_iter()
            .flatten()
            .any(|options| !options.run_as_user_name.is_empty());
        let on_windows =
            self.is_windows() || self.spec.node_selector.is("kubernetes.io/os", "windows");
        user.is_none() && !(on_windows && is_named)
    }

    /// Whether a violation of R4 keeps a container from starting: root is forbidden to it as well.
    pub fn is_kept_from_starting(&self, violation: &Violation<'_>) -> bool {
        let forbidden = self.context().and_then(|context| context.run_as_non_root);
        self.containers().any(|(_, container)| {
            let own = container.security_context.as_deref();
            let concerned = match violation.container() {
                Some(at_fault) => at_fault.name == container.name,
                None => own.is_none_or(|own| own.run_as_user.is_none()),
            };
            let own = own.and_then(|own| own.run_as_non_root);
            concerned && own.or(forbidden) == Some(true)
        })
    }

    /// Whether a violation of B7 stands in an annotation, and in the field of its container again.
    pub fn repeats_app_armor(&self, violation: &Violation<'_>) -> bool {
        let Location::Annotation(key) = violation.place else {
            return false;
        };
        self.containers().any(|(_, container)| {
            let own = container.security_context.as_deref();
            let profile = own.and_then(|own| own.app_armor_profile.as_ref());
            key.strip_prefix(APP_ARMOR_ANNOTATION) == Some(&*container.name)
                && profile.is_some_and(|profile| !confines(profile))
        })
    }
}

fn finding(workload: &Workload<'_>, violation: &Violation<'_>) -> Finding {
    let path = violation.path();
    let at = match violation.place {
        Location::Annotation(_) => workload.at_template(&path),
        _ => workload.at(&path),
    };
    let finding = Finding::on(workload)
        .at(at)
        .saw(&violation.seen, violation.expected);
    match violation.container() {
        Some(container) => finding.container(&container.name),
        None => finding,
    }
}
