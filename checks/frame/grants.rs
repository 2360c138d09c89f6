//! What bindings grant, judged one by one (rule 12 of RULES.md).

use std::collections::{HashMap, hash_map::Entry};

use crate::{
    inventory::{
        Context, Origin,
        kinds::{ClusterRole, ClusterRoleBinding, Role, RoleBinding},
        types::{PolicyRule, RbacSubject, RoleRef},
    },
    kubernetes::rbac::{Binding, CLUSTER_ADMIN, is_bootstrapped, is_builtin, is_group, is_user},
    model::{Finding, Judgement, NotApplicable, Sheet, Subject, Text, Why},
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
    /// Whether a grant of everything within one namespace is told here; that of everything everywhere is
    /// `cluster-admin-granted`, and nothing else (rule 19 of RULES.md).
    pub tells_all_of_a_namespace: bool,
    /// What of these rules is too much, in words, when they are granted within one namespace, or everywhere.
    pub too_much: fn(&[&PolicyRule], is_namespaced: bool) -> Vec<String>,
    /// Whether the words end with where it is granted: `of every namespace`.
    pub tells_where: bool,
    /// What should be granted instead.
    pub expected: &'static str,
}

/// What a role grants, as a question is concerned.
enum Granted {
    /// Nothing that is too much.
    Little,
    /// What is too much, in words.
    TooMuch(String),
    /// Everything: another check tells that.
    Reported,
    /// Everything within one namespace, as its administrators have it.
    Namespace,
}

/// What the rules of roles come to: many bindings may name one role, which is weighed once.
#[derive(Default)]
struct Weighed<'a>(HashMap<(&'a RoleRef, &'a str, bool), Weight>);

/// What rules come to, wherever they are granted.
#[derive(Clone)]
enum Weight {
    Everything,
    /// What is too much, in words; nothing is when there are none.
    Words(String),
}

impl Question {
    fn weight(&self, rules: &[&PolicyRule], is_namespaced: bool) -> Weight {
        if rules.iter().any(|rule| rule.is_unlimited()) {
            return Weight::Everything;
        }
        Weight::Words((self.too_much)(rules, is_namespaced).join("; "))
    }

    fn weigh(&self, rules: &[&PolicyRule], namespace: Option<&str>) -> Granted {
        self.granted(self.weight(rules, namespace.is_some()), namespace)
    }

    fn granted(&self, weight: Weight, namespace: Option<&str>) -> Granted {
        match (weight, namespace) {
            (Weight::Everything, _) => self.weigh_everything(namespace),
            (Weight::Words(words), _) if words.is_empty() => Granted::Little,
            (Weight::Words(words), _) if !self.tells_where => Granted::TooMuch(words),
            (Weight::Words(words), None) => Granted::TooMuch(format!("{words} of every namespace")),
            (Weight::Words(words), Some(namespace)) => {
                Granted::TooMuch(format!("{words} of {namespace}"))
            }
        }
    }

    fn weigh_everything(&self, namespace: Option<&str>) -> Granted {
        match namespace {
            None => Granted::Reported,
            Some(namespace) if self.tells_all_of_a_namespace => {
                Granted::TooMuch(format!("every verb on every resource of {namespace}"))
            }
            Some(_) => Granted::Namespace,
        }
    }
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
        let mut reported = false;
        let mut weighed = Weighed::default();
        for binding in cluster
            .map(Binding::from)
            .chain(namespaced.map(Binding::from))
        {
            if binding.is_bootstrapped() || (question.is_by_design)(&binding) {
                continue;
            }
            let judgement = self.judge_grant(&binding, question, &mut weighed, &mut reported);
            sheet.judge_in(&binding.metadata.namespace, judgement);
        }
        if self.origin() == Origin::Files {
            self.judge_unbound(question, &mut sheet, &mut reported);
        }
        if reported {
            sheet = sheet.when_empty(NotApplicable::Reported);
        }
        sheet.note("cloud IAM and authenticating proxies may grant more than the API shows")
    }

    /// A binding that the cluster's installer makes is no subject, nor one that another check tells: `reported` says so.
    fn judge_grant<'b>(
        &self,
        binding: &Binding<'b>,
        question: &Question,
        weighed: &mut Weighed<'b>,
        reported: &mut bool,
    ) -> Result<Judgement, Why> {
        if binding.subjects.is_empty() {
            return Ok(Judgement::Sound);
        }
        let namespace = binding.namespace().map(Text::as_str);
        let is_unlimited = binding.role.name == CLUSTER_ADMIN && binding.role.kind == "ClusterRole";
        let granted = if is_unlimited {
            question.weigh_everything(namespace)
        } else {
            // A Role is one of its namespace, a ClusterRole the same everywhere.
            let own = match binding.role.kind.as_str() {
                "Role" => binding.metadata.namespace.as_str(),
                _ => "",
            };
            let weight = match weighed.0.entry((binding.role, own, namespace.is_some())) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(entry) => {
                    let rules = self.rules_of(binding)?.unwrap_or_default();
                    entry
                        .insert(question.weight(&rules, namespace.is_some()))
                        .clone()
                }
            };
            question.granted(weight, namespace)
        };
        let granted = match granted {
            Granted::Little => return Ok(Judgement::Sound),
            Granted::TooMuch(granted) => granted,
            Granted::Namespace => return Ok(Judgement::NotASubject),
            Granted::Reported => {
                *reported = true;
                return Ok(Judgement::NotASubject);
            }
        };
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
                format_args!("{} for {}: {granted}", binding.role.name, names.join(", ")),
                question.expected,
            )
            .excused(excused);
        Ok(finding.into())
    }

    /// A role of the input may be bound by what is applied from elsewhere.
    fn judge_unbound(&self, question: &Question, sheet: &mut Sheet, reported: &mut bool) {
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
                    if is_builtin(name) || !self.is_unbound(role) {
                        continue;
                    }
                    let judgement = self.understands_cluster_role(name).map(|()| {
                        let held = self.rules_of_cluster_role(name).unwrap_or_default();
                        let granted = question.weigh(&held, None);
                        // What it adds to a role that somebody holds is told of that one's binding.
                        if !matches!(granted, Granted::Little) && self.is_part_of_a_bound(role) {
                            return Judgement::NotASubject;
                        }
                        unbound(role, granted, question, reported)
                    });
                    sheet.judge(judgement);
                }
            }
            Err(why) => sheet.undecided(why),
        }
        match self.correlated::<Role>() {
            Ok(roles) => {
                for role in roles {
                    let namespace = role.metadata.namespace.as_str();
                    if !(question.counts_in)(namespace)
                        || is_bootstrapped(&role.metadata)
                        || !self.is_unbound(role)
                    {
                        continue;
                    }
                    let held: Vec<&PolicyRule> = role.rules.iter().collect();
                    let granted = question.weigh(&held, Some(namespace));
                    let judgement = Ok(unbound(role, granted, question, reported));
                    sheet.judge_in(&role.metadata.namespace, judgement);
                }
            }
            Err(why) => sheet.undecided(why),
        }
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

/// What is said of a role that nothing binds.
fn unbound(
    role: &impl Subject,
    granted: Granted,
    question: &Question,
    reported: &mut bool,
) -> Judgement {
    match granted {
        Granted::Little => Judgement::Sound,
        Granted::TooMuch(granted) => Finding::on(role)
            .at("rules")
            .saw(granted, question.expected)
            .into(),
        Granted::Namespace => Judgement::NotASubject,
        Granted::Reported => {
            *reported = true;
            Judgement::NotASubject
        }
    }
}
