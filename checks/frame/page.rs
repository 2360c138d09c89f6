//! What a check says of itself: the parts of its page, what to do in one line, and what its subjects are called.

use crate::{
    frame::{Check, Reach},
    inventory::{Evidence, Kind, Role, WorkloadKind},
    model::ObjectRef,
};

/// Where the pages of all checks are published, one each.
const PAGES: &str = "https://kready.dev/checks";

/// A heading of a check's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// What happens where it fails.
    Why,
    /// How to fix what it finds.
    Remediation,
    /// Examples that fail.
    Fails,
    /// Examples that pass.
    Passes,
    /// Examples that can't be decided; most pages have none.
    Unknown,
    /// What an empty cluster yields.
    EmptyCluster,
    /// Where to read on: addresses.
    References,
}

impl Heading {
    /// As it stands in the page.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Why => "Why it matters",
            Self::Remediation => "Remediation",
            Self::Fails => "Fails",
            Self::Passes => "Passes",
            Self::Unknown => "Unknown",
            Self::EmptyCluster => "Empty cluster",
            Self::References => "References",
        }
    }
}

impl Check {
    /// The address of its page.
    pub fn page_url(&self) -> String {
        format!("{PAGES}/{}.html", self.id)
    }

    /// The first paragraph of its page: Markdown.
    pub fn summary(&self) -> &'static str {
        let body = self.docs.split_once("\n\n").map_or("", |(_, body)| body);
        body.split("\n\n").next().unwrap_or_default().trim()
    }

    /// The text below a heading of its page: Markdown; none where the page lacks it.
    pub fn section(&self, heading: Heading) -> Option<&'static str> {
        let (_, section) = self
            .docs
            .split_once(&format!("\n## {}\n", heading.text()))?;
        let end = section.find("\n## ").unwrap_or(section.len());
        Some(section[..end].trim_matches('\n'))
    }

    /// The addresses that its page refers to.
    pub fn references(&self) -> impl Iterator<Item = &'static str> {
        let lines = self
            .section(Heading::References)
            .unwrap_or_default()
            .lines();
        lines.filter_map(|line| line.strip_prefix("- "))
    }

    /// What to do, in one line, about an object: commands name it as kubectl takes it. A command that does not take
    /// objects of its kind is left out.
    pub fn fix_of(&self, object: Option<&ObjectRef>) -> String {
        const PLACE: &str = "{object}";
        if !self.fix.contains(PLACE) {
            return self.fix.to_owned();
        }
        let Some(object) = object else {
            // About the cluster as a whole there is nothing to describe.
            if self.reach == Reach::Cluster {
                let fix = self.fix.split(": kubectl ").next();
                return fix.unwrap_or_default().to_owned();
            }
            return self.fix.replace(PLACE, "TYPE/NAME -n NAMESPACE");
        };
        match self.fix.split_once(": kubectl ") {
            Some((fix, command)) if !takes(command, object) => fix.to_owned(),
            _ => self.fix.replace(PLACE, &object.in_kubectl()),
        }
    }

    /// What one of its subjects is called: `workload`, `Ingress`, `cluster`.
    pub fn unit(&self) -> &'static str {
        if let Some(subject) = self.subject {
            return subject;
        }
        let mut kinds: Vec<Kind> = self
            .evidence()
            .filter(|(role, _)| *role == Role::Examined)
            .filter_map(|(_, evidence)| match evidence {
                Evidence::Objects(kind) => Some(kind),
                _ => None,
            })
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        let is_template = |kind: &Kind| WorkloadKind::ALL.iter().any(|each| each.kind() == *kind);
        let all_end_in = |end: &str| kinds.iter().all(|kind| kind.resource().kind.ends_with(end));
        match &kinds[..] {
            [] => "cluster",
            [Kind::Node] => "node",
            [Kind::Namespace] => "namespace",
            [only] if !is_template(only) => only.resource().kind,
            _ if kinds.iter().all(is_template) => "workload",
            _ if all_end_in("Binding") => "binding",
            _ if all_end_in("WebhookConfiguration") => "webhook",
            _ => "object",
        }
    }
}

/// Whether a command of kubectl takes objects of a kind.
fn takes(command: &str, object: &ObjectRef) -> bool {
    let is_one_of = |kinds: &[(&str, &str)]| kinds.contains(&(object.group(), &object.kind));
    let rolled_out = [
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
    ];
    match command.split(' ').next() {
        Some("rollout") => is_one_of(&rolled_out),
        Some("logs") => {
            is_one_of(&rolled_out)
                || is_one_of(&[
                    ("", "Pod"),
                    ("", "ReplicationController"),
                    ("apps", "ReplicaSet"),
                    ("batch", "Job"),
                ])
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    fn check(id: &str) -> &'static Check {
        builtin()
            .find(|check| check.id == id)
            .unwrap_or_else(|| panic!("{id}"))
    }

    #[test]
    fn a_page_is_taken_apart_by_its_headings() {
        let check = check("pdb-missing");
        assert_eq!(
            check.page_url(),
            "https://kready.dev/checks/pdb-missing.html"
        );
        assert!(
            check
                .summary()
                .starts_with("A workload runs several replicas")
        );
        assert!(
            check
                .section(Heading::Remediation)
                .is_some_and(|text| text.contains("maxUnavailable: 1") && !text.contains("## "))
        );
        assert_eq!(check.section(Heading::Unknown), None);
        assert!(check.references().count() > 0);
        assert!(
            check
                .references()
                .all(|address| address.starts_with("https://"))
        );
    }

    #[test]
    fn what_to_do_names_the_object_as_kubectl_takes_it() {
        let object = |api_version: &str, kind: &str, namespace: &str| ObjectRef {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: "a".into(),
            copy: 0,
        };
        let fix = |id: &str, object: &ObjectRef| check(id).fix_of(Some(object));
        assert!(
            fix("rollout-stalled", &object("apps/v1", "Deployment", "shop"))
                .ends_with("kubectl rollout undo deployment/a -n shop")
        );
        assert!(
            fix(
                "container-crash-looping",
                &object("batch/v1", "Job", "shop")
            )
            .ends_with("kubectl logs job/a -n shop --previous")
        );
        // kubectl shows no logs of a CronJob, and rolls out what is built in alone.
        assert_eq!(
            fix(
                "container-crash-looping",
                &object("batch/v1", "CronJob", "shop")
            ),
            "find the cause"
        );
        assert!(
            !fix(
                "rollout-stalled",
                &object("argoproj.io/v1alpha1", "Rollout", "shop")
            )
            .contains("kubectl")
        );
        assert!(
            fix("node-not-ready", &object("v1", "Node", "")).ends_with("kubectl describe node/a")
        );
        assert!(
            fix(
                "workload-unavailable",
                &object("argoproj.io/v1alpha1", "Rollout", "shop")
            )
            .ends_with("rollout.argoproj.io/a -n shop")
        );
        assert_eq!(
            check("resource-metrics-api-unavailable").fix_of(None),
            "install metrics-server, or find out why it does not answer"
        );
        assert!(
            check("rollout-stalled")
                .fix_of(None)
                .ends_with("TYPE/NAME -n NAMESPACE")
        );
    }

    #[test]
    fn subjects_are_called_by_what_they_are() {
        for (id, unit) in [
            ("pdb-missing", "workload"),
            ("container-crash-looping", "workload"),
            ("privileged-container", "workload"),
            ("bare-pod", "workload"),
            ("ingress-backend-missing", "Ingress"),
            ("node-pressure", "node"),
            ("networkpolicy-missing", "namespace"),
            ("cluster-secret-read-granted", "binding"),
            ("webhook-scope-unsafe", "webhook"),
            ("sensitive-interface-exposed", "object"),
            ("audit-log-disabled", "cluster"),
        ] {
            assert_eq!(check(id).unit(), unit, "{id}");
        }
    }
}
