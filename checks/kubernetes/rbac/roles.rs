//! What a role grants, with all that it gathers from others, and so who may do what.

use std::collections::BTreeSet;

use super::{bindings::Binding, known_roles::known, rules::Request};
use crate::{
    inventory::{
        Context, Evidence, Kind, Origin, Picture,
        kinds::{ClusterRole, Role},
        types::PolicyRule,
    },
    model::{Doubt, Subject, Text, Unknown, Why, any_or_why},
};

/// The ClusterRole that may do everything.
pub const CLUSTER_ADMIN: &str = "cluster-admin";

/// What a ClusterRole gathers from others.
#[derive(Debug, Default)]
struct Gathered<'a> {
    rules: Vec<&'a PolicyRule>,
    roles: BTreeSet<&'a Text>,
    /// Roles whose selectors no API server would accept.
    doubt: Doubt,
}

impl Picture<'_> {
    /// The rules of the role that a binding grants; none when the role is not among what was seen.
    pub fn rules_of<'a>(&'a self, binding: &Binding<'_>) -> Option<Vec<&'a PolicyRule>> {
        match binding.role.kind.as_str() {
            "Role" => self
                .find::<Role>(binding.namespace()?, &binding.role.name)
                .or_else(|| {
                    let named = |role: &&Role| {
                        role.metadata.name == binding.role.name
                            && Some(&role.metadata.namespace) == binding.namespace()
                    };
                    let files = self.origin == Origin::Files;
                    known().namespaced.iter().filter(|_| files).find(named)
                })
                .map(|role| role.rules.iter().collect()),
            "ClusterRole" => self.rules_of_cluster_role(&binding.role.name),
            _ => None,
        }
    }

    /// The rules of a ClusterRole, those that it gathers from others included.
    pub fn rules_of_cluster_role<'a>(&'a self, name: &str) -> Option<Vec<&'a PolicyRule>> {
        Some(self.gathered_of(name)?.rules)
    }

    fn gathered_of<'a>(&'a self, name: &str) -> Option<Gathered<'a>> {
        let seen = self.find::<ClusterRole>("", name);
        if self.origin == Origin::Live {
            // The controller has written down what it gathered, and the authorizer reads that.
            return seen.map(|role| Gathered {
                rules: role.rules.iter().collect(),
                ..Gathered::default()
            });
        }
        let role = seen.or_else(|| {
            let mut builtin = known().cluster.iter();
            builtin.find(|role| role.metadata.name == name)
        })?;
        let mut gathered = Gathered::default();
        self.gather(role, &mut gathered);
        Some(gathered)
    }

    /// Gathers each role once, whatever circles aggregation makes.
    fn gather<'a>(&'a self, role: &'a ClusterRole, gathered: &mut Gathered<'a>) {
        if !gathered.roles.insert(&role.metadata.name) {
            return;
        }
        let unseen = self.find::<ClusterRole>("", &role.metadata.name).is_none();
        let Some(aggregation) = &role.aggregation_rule else {
            gathered.rules.extend(&role.rules);
            return;
        };
        // A built-in role that gathers has the API server's own contribution written down already.
        if unseen {
            gathered.rules.extend(&role.rules);
        }
        let own = self.seen::<ClusterRole>();
        let builtin = known()
            .cluster
            .iter()
            .filter(|role| self.find::<ClusterRole>("", &role.metadata.name).is_none());
        for other in own.iter().chain(builtin.filter(|_| !unseen)) {
            for selector in &aggregation.cluster_role_selectors {
                match selector.selects(&other.metadata.labels) {
                    Ok(true) => self.gather(other, gathered),
                    Ok(false) => {}
                    Err(bad) => gathered.doubt.add(Why::new(
                        Unknown::Unreadable,
                        format!(
                            "what ClusterRole {} gathers is not understood: {bad}",
                            role.metadata.name
                        ),
                    )),
                }
            }
        }
    }

    /// Whether a role that a binding names gathers this one, by itself or through others.
    pub fn is_part_of_a_bound(&self, role: &ClusterRole) -> bool {
        let mut met = BTreeSet::from([&role.metadata.name]);
        let mut parts = vec![role];
        while let Some(part) = parts.pop() {
            let builtin = known().cluster.iter();
            let unseen =
                builtin.filter(|it| self.find::<ClusterRole>("", &it.metadata.name).is_none());
            for other in self.seen::<ClusterRole>().iter().chain(unseen) {
                if !gathers(other, part) || !met.insert(&other.metadata.name) {
                    continue;
                }
                if !self.is_unbound(other) {
                    return true;
                }
                parts.push(other);
            }
        }
        false
    }

    /// Whether somebody may do something.
    ///
    /// # Errors
    /// No binding that was seen allows it, and not all roles and bindings were seen.
    pub fn authorizes(
        &self,
        user: &str,
        groups: &[&str],
        request: &Request<'_>,
    ) -> Result<bool, Why> {
        let allowed = self
            .bindings_of(user, groups)
            .filter(|binding| {
                binding.namespace().is_none_or(|namespace| {
                    !namespace.is_empty() && *namespace == request.namespace()
                })
            })
            .any(|binding| {
                self.rules_of(&binding)
                    .is_some_and(|rules| rules.iter().any(|rule| rule.grants(request)))
            });
        let unseen = [
            Kind::ClusterRoleBinding,
            Kind::RoleBinding,
            Kind::ClusterRole,
            Kind::Role,
        ]
        .into_iter()
        .map(|kind| self.gap(Evidence::Objects(kind)).map_or(Ok(false), Err));
        any_or_why(std::iter::once(Ok(allowed)).chain(unseen))
    }
}

/// Whether a role takes over what another one grants.
fn gathers(role: &ClusterRole, part: &ClusterRole) -> bool {
    let aggregation = role.aggregation_rule.iter();
    aggregation
        .flat_map(|rule| &rule.cluster_role_selectors)
        .any(|selector| selector.selects(&part.metadata.labels) == Ok(true))
}

impl<'a> Context<'a> {
    /// Whether a role that a binding names gathers this one, by itself or through others. Demands ClusterRole,
    /// ClusterRoleBinding and RoleBinding.
    #[track_caller]
    pub fn is_part_of_a_bound(&self, role: &ClusterRole) -> bool {
        self.reading(&[
            Evidence::Objects(Kind::ClusterRole),
            Evidence::Objects(Kind::ClusterRoleBinding),
            Evidence::Objects(Kind::RoleBinding),
        ])
        .is_part_of_a_bound(role)
    }

    /// The rules of a ClusterRole that was seen, those that it gathers from others included. Demands ClusterRole.
    #[track_caller]
    pub fn rules_of_cluster_role(&self, name: &str) -> Option<Vec<&'a PolicyRule>> {
        self.reading(&[Evidence::Objects(Kind::ClusterRole)])
            .rules_of_cluster_role(name)
    }

    /// Whether what a ClusterRole gathers from others can be told. Demands ClusterRole.
    ///
    /// # Errors
    /// It selects them by what no API server would accept.
    pub fn understands_cluster_role(&self, name: &str) -> Result<(), Why> {
        self.reading(&[Evidence::Objects(Kind::ClusterRole)])
            .gathered_of(name)
            .map_or(Ok(()), |gathered| gathered.doubt.or(()))
    }

    /// The rules that a binding grants; none when its role is known to be absent. Demands ClusterRole and Role.
    ///
    /// # Errors
    /// The role was not seen, and may exist; of manifests it may be applied from elsewhere. Or it is none that an API
    /// server would accept.
    #[track_caller]
    pub fn rules_of(&self, binding: &Binding<'_>) -> Result<Option<Vec<&'a PolicyRule>>, Why> {
        let role = binding.role;
        let (kind, seen) = match role.kind.as_str() {
            "Role" => {
                let namespace = binding.namespace().map_or("", Text::as_str);
                let seen = self.listing::<Role>();
                (Kind::Role, seen.seen_in(namespace, &Kind::Role.resource()))
            }
            "ClusterRole" => {
                let seen = self.listing::<ClusterRole>();
                (Kind::ClusterRole, seen.seen(&Kind::ClusterRole.resource()))
            }
            other => {
                let message = format!(
                    "{} names a {other:?}, which is no kind of role",
                    binding.object()
                );
                return Err(Why::new(Unknown::Unreadable, message));
            }
        };
        if kind == Kind::ClusterRole {
            self.understands_cluster_role(&role.name)?;
        }
        if let Some(rules) = self.reading(&[Evidence::Objects(kind)]).rules_of(binding) {
            // More roles may be gathered into it; none is taken away.
            return Ok(Some(rules));
        }
        seen?;
        if self.origin() == Origin::Files {
            return Err(Why::new(
                Unknown::Hidden,
                format!("{kind} {} is not among the files", role.name),
            ));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::{Picture, testing::load};

    #[test]
    fn aggregated_roles_gather_from_what_they_select_and_from_what_that_selects() {
        let inventory = load(
            r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: top}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: top}}]}
rules: [{apiGroups: [x], resources: [overwritten], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: middle, labels: {to: top}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {to: middle}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: leaf
  labels: {to: middle, rbac.authorization.k8s.io/aggregate-to-view: "true"}
rules: [{apiGroups: [x], resources: [widgets], verbs: [get]}]
"#,
        );
        let resources = |name: &str| -> Vec<String> {
            Picture::of(&inventory)
                .rules_of_cluster_role(name)
                .unwrap()
                .iter()
                .flat_map(|rule| rule.resources.iter().map(ToString::to_string))
                .collect()
        };
        assert_eq!(resources("top"), ["widgets"]);
        let view = resources("view");
        assert!(view.contains(&"widgets".to_owned()) && view.contains(&"pods".to_owned()));
        assert!(
            Picture::of(&inventory)
                .rules_of_cluster_role("elsewhere")
                .is_none()
        );
    }

    #[test]
    fn circles_of_aggregation_end() {
        let circle = (0..40).map(|number| {
            format!(
                r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: r{number}, labels: {{in: circle}}}}
aggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{in: circle}}}}]}}
"
            )
        });
        let leaf = r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: leaf, labels: {in: circle}}
rules: [{apiGroups: [x], resources: [widgets], verbs: [get]}]
";
        let roles: Vec<String> = circle.chain([leaf.to_owned()]).collect();
        let inventory = load(&roles.join("---\n"));
        let picture = Picture::of(&inventory);
        let gathered = picture.rules_of_cluster_role("r7").unwrap();
        assert_eq!(gathered.len(), 1, "{gathered:?}");
    }
}
