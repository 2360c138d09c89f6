//! What a role grants, with all that it gathers from others, and so who may do what.

use super::{
    aggregation::{Aggregation, PartsOfBound},
    bindings::Binding,
    known_roles::known,
    rules::Request,
};
use crate::{
    inventory::{
        Context, Evidence, Kind, Origin, Picture,
        kinds::{ClusterRole, Role},
        types::PolicyRule,
    },
    model::{Subject, Text, Unknown, Why, any_or_why},
};

/// The ClusterRole that may do everything.
pub const CLUSTER_ADMIN: &str = "cluster-admin";

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
        if self.origin == Origin::Live {
            // The controller has written down what it gathered, and the authorizer reads that.
            let seen = self.find::<ClusterRole>("", name);
            return seen.map(|role| role.rules.iter().collect());
        }
        let aggregation = self.derived::<Aggregation>();
        let parts = aggregation.parts(self, name)?;
        let roles = parts.roles.iter();
        let roles = roles.filter_map(|place| aggregation.role(self, *place));
        Some(roles.flat_map(|role| &role.rules).collect())
    }

    /// Whether what a ClusterRole gathers from others can be told.
    fn understands_cluster_role(&self, name: &str) -> Result<(), Why> {
        let parts = self.derived::<Aggregation>().parts(self, name);
        parts.map_or(Ok(()), |parts| parts.doubt.clone().or(()))
    }

    /// Whether a role that a binding names gathers this one, which none names, by itself or through others.
    pub fn is_part_of_a_bound(&self, role: &ClusterRole) -> bool {
        let parts = self.derived::<PartsOfBound>();
        parts.holds(self.derived::<Aggregation>(), &role.metadata.name)
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

impl<'a> Context<'a> {
    /// Whether a role that a binding names gathers this one, which none names, by itself or through others. Demands
    /// ClusterRole, ClusterRoleBinding and RoleBinding.
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
            .understands_cluster_role(name)
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
                    "{} refers to a {other:?}, which is not a kind of role",
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

    fn role(name: &str, labels: &str, selectors: &str) -> String {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: {name}, labels: {{{labels}}}}}
{}
",
            match selectors {
                "" => format!("rules: [{{apiGroups: [x], resources: [{name}], verbs: [get]}}]"),
                _ => format!("aggregationRule: {{clusterRoleSelectors: [{selectors}]}}"),
            }
        )
    }

    /// How many rules roles have, each by its name.
    fn rules(roles: impl Iterator<Item = String>, names: &[&str]) -> Vec<usize> {
        let inventory = load(&roles.collect::<Vec<_>>().join("---\n"));
        let picture = Picture::of(&inventory);
        let count = |name: &&str| picture.rules_of_cluster_role(name).unwrap().len();
        names.iter().map(count).collect()
    }

    #[test]
    fn circles_of_aggregation_end() {
        let all = "{matchLabels: {in: circle}}";
        let circle = (0..40).map(|number| role(&format!("r{number}"), "in: circle", all));
        let roles = circle.chain([role("leaf", "in: circle", "")]);
        assert_eq!(rules(roles, &["r7", "leaf"]), [1, 1]);
    }

    #[test]
    fn a_long_chain_of_aggregation_is_followed_to_its_end() {
        let chain = (0..3000).map(|number| {
            let next = format!("{{matchLabels: {{at: n{}}}}}", number + 1);
            role(&format!("r{number}"), &format!("at: n{number}"), &next)
        });
        let roles = chain.chain([role("leaf", "at: n3000", "")]);
        assert_eq!(rules(roles, &["r0", "r1500", "leaf"]), [1, 1, 1]);
    }

    #[test]
    fn each_operator_of_an_aggregation_selects() {
        let leaves = ["a", "b", "c"].map(|name| role(name, &format!("key: {name}"), ""));
        let selectors = [
            (
                "in",
                "{matchExpressions: [{key: key, operator: In, values: [a, c]}]}",
            ),
            (
                "notin",
                "{matchExpressions: [{key: key, operator: Exists}, {key: key, operator: NotIn, values: [a]}]}",
            ),
            ("two", "{matchLabels: {key: a}}, {matchLabels: {key: b}}"),
            ("none", "{matchLabels: {key: d}}"),
        ];
        let tops = selectors.map(|(name, selectors)| role(name, "", selectors));
        let names = ["in", "notin", "two", "none"];
        assert_eq!(rules(leaves.into_iter().chain(tops), &names), [2, 2, 2, 0]);
    }
}
