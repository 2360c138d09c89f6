//! What bindings grant, judged one by one (rule 12 of RULES.md).

use crate::{
    inventory::{
        Context, Listed, Origin,
        kinds::{ClusterRole, ClusterRoleBinding, Role, RoleBinding},
        types::{PolicyRule, RbacSubject},
    },
    kubernetes::rbac::{Binding, CLUSTER_ADMIN, is_bootstrapped, is_builtin, is_group, is_user},
    model::{Finding, Judgement, Sheet, Subject, Text, Why},
};

/// The name of kubeadm's own binding, and of the group for which it is.
const KUBEADM: &str = "kubeadm:cluster-admins";

/// What a check asks of every grant.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Whether grants within this namespace are asked about.
    pub counts_in: fn(&str) -> bool,
    /// Whether a binding is what its role is for, and is not judged.
    pub is_by_design: fn(&Binding<'_>) -> bool,
    /// What of these rules is too much, in words, when they do not allow everything; a grant without a namespace
    /// holds everywhere.
    pub too_much: fn(&[&PolicyRule], Option<&str>) -> Vec<String>,
    /// What should be granted instead.
    pub expected: &'static str,
}

fn everything() -> Vec<String> {
    vec!["every verb on every resource".to_owned()]
}

fn too_much(question: &Question, rules: &[&PolicyRule], namespace: Option<&str>) -> Vec<String> {
    if rules.iter().any(|rule| rule.is_unlimited()) {
        return everything();
    }
    (question.too_much)(rules, namespace)
}

impl Context<'_> {
    /// Judges every binding that somebody made, and of manifests every role that none of them binds.
    /// Demands BINDINGS, COMPONENTS, PLATFORM, ClusterRole and Role.
    #[track_caller]
    pub fn judge_grants(&self, question: &Question) -> Sheet {
        let cluster = self.seen::<ClusterRoleBinding>().iter();
        // Those of the whole cluster are no question to ask of some namespaces.
        let cluster = cluster.filter(|_| !self.is_scoped());
        let namespaced = self.seen::<RoleBinding>().iter();
        let namespaced =
            namespaced.filter(|binding| (question.counts_in)(&binding.metadata.namespace));
        let mut sheet = Sheet::new();
        for binding in cluster
            .map(Binding::from)
            .chain(namespaced.map(Binding::from))
        {
            if binding.is_bootstrapped() || (question.is_by_design)(&binding) {
                continue;
            }
            sheet.judge(self.judge_grant(&binding, question));
        }
        if self.origin() == Origin::Files {
            self.judge_unbound(question, &mut sheet);
        }
        sheet.note("cloud IAM and authenticating proxies may grant more than the API shows")
    }

    /// A binding that the cluster's installer makes is no subject.
    fn judge_grant(&self, binding: &Binding<'_>, question: &Question) -> Result<Judgement, Why> {
        if binding.subjects.is_empty() {
            return Ok(Judgement::Sound);
        }
        let namespace = binding.namespace().map(Text::as_str);
        let is_unlimited = binding.role.name == CLUSTER_ADMIN && binding.role.kind == "ClusterRole";
        let granted = if is_unlimited {
            everything()
        } else {
            let rules = self.rules_of(binding)?.unwrap_or_default();
            too_much(question, &rules, namespace)
        };
        if granted.is_empty() {
            return Ok(Judgement::Sound);
        }
        if self.is_installers_binding(binding)? {
            return Ok(Judgement::NotASubject);
        }
        let mut holders = Vec::new();
        for subject in binding.subjects {
            let excused = self.excuses_holder(binding.metadata, subject, self.expected())?;
            holders.push((subject, excused));
        }
        let excused = holders.iter().all(|(_, excused)| *excused);
        let names: Vec<String> = holders
            .iter()
            .filter(|(_, own)| *own == excused)
            .map(|(subject, _)| binding.describe(subject))
            .collect();
        let finding = Finding::on(binding)
            .at("roleRef")
            .saw(
                format_args!(
                    "{} for {}: {}",
                    binding.role.name,
                    names.join(", "),
                    granted.join("; ")
                ),
                question.expected,
            )
            .excused(excused);
        Ok(finding.into())
    }

    /// A role of the input may be bound by what is applied from elsewhere.
    fn judge_unbound(&self, question: &Question, sheet: &mut Sheet) {
        // A binding that was not understood may be theirs.
        let bindings = self
            .correlated::<RoleBinding>()
            .and(self.correlated::<ClusterRoleBinding>());
        if let Err(why) = bindings {
            return sheet.undecided(why);
        }
        match self.correlated::<ClusterRole>() {
            Ok(roles) => {
                for role in roles {
                    let name = &role.metadata.name;
                    if is_builtin(name) {
                        continue;
                    }
                    let granted = self
                        .understands_cluster_role(name)
                        .map(|()| self.rules_of_cluster_role(name).unwrap_or_default());
                    self.judge_role(role, granted, None, question, sheet);
                }
            }
            Err(why) => sheet.undecided(why),
        }
        match self.correlated::<Role>() {
            Ok(roles) => {
                for role in roles {
                    let namespace = role.metadata.namespace.as_str();
                    if (question.counts_in)(namespace) && !is_bootstrapped(&role.metadata) {
                        let granted = Ok(role.rules.iter().collect());
                        self.judge_role(role, granted, Some(namespace), question, sheet);
                    }
                }
            }
            Err(why) => sheet.undecided(why),
        }
    }

    fn judge_role<K: Listed + Subject>(
        &self,
        role: &K,
        rules: Result<Vec<&PolicyRule>, Why>,
        namespace: Option<&str>,
        question: &Question,
        sheet: &mut Sheet,
    ) {
        if !self.is_unbound(role) {
            return;
        }
        sheet.examine(rules.map(|rules| {
            let granted = too_much(question, &rules, namespace);
            (!granted.is_empty()).then(|| {
                Finding::on(role)
                    .at("rules")
                    .saw(granted.join("; "), question.expected)
            })
        }));
    }

    /// Whether the cluster's installer makes the binding, to its own people and programs. Demands PLATFORM.
    ///
    /// # Errors
    /// It does on some platform, and which one this is was not seen.
    #[track_caller]
    pub fn is_installers_binding(&self, binding: &Binding<'_>) -> Result<bool, Why> {
        let all = |counts: &dyn Fn(&RbacSubject) -> bool| binding.subjects.iter().all(counts);
        if binding.namespace().is_some() {
            return Ok(false);
        }
        let name = binding.metadata.name.as_str();
        if name == KUBEADM {
            return Ok(all(&|subject| is_group(subject, KUBEADM)));
        }
        let platforms: &[&str] = if name.starts_with("aks-cluster-admin-binding") {
            &["aks"]
        } else if name.starts_with("eks:") {
            &["eks", "eks-auto-mode"]
        } else if name.starts_with("helm-kube-system-")
            && all(&|subject| {
                subject.kind == "ServiceAccount" && subject.namespace == "kube-system"
            })
        {
            // The charts that k3s and RKE2 install of themselves.
            &["k3s", "rke2"]
        } else if name == "cluster-admins"
            && all(&|subject| {
                is_group(subject, "system:cluster-admins") || is_user(subject, "system:admin")
            })
        {
            &["openshift", "microshift"]
        } else {
            return Ok(false);
        };
        Ok(platforms.contains(&self.platform()?.id))
    }
}
