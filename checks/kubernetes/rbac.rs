//! Who may do what: roles and bindings, answering as the API server's authorizer does (rule 12 of RULES.md).

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use super::selectors::BadSelector;
use crate::{
    inventory::{
        Context, Derived, Evidence, Inventory, Kind, Listed, Origin, Picture, Slot, decode_json,
        kinds::{ClusterRole, ClusterRoleBinding, Role, RoleBinding},
        types::{ObjectMeta, PolicyRule, RbacSubject, RoleRef},
    },
    model::{ObjectRef, Subject, Text, Unknown, Why},
};

/// The ClusterRole that may do everything.
pub const CLUSTER_ADMIN: &str = "cluster-admin";

/// Who is granted what.
const BINDINGS: &[Evidence] = &[
    Evidence::Objects(Kind::ClusterRoleBinding),
    Evidence::Objects(Kind::RoleBinding),
];

/// What somebody asks to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'r> {
    /// Something with an object.
    Resource {
        /// `get`, `create` …
        verb: &'r str,
        /// The API group, empty for the core group.
        group: &'r str,
        /// The plural name: `pods`.
        resource: &'r str,
        /// `log` of `pods/log`, or empty.
        subresource: &'r str,
        /// The object's name; empty when the request is about all, or about one without a name yet.
        name: &'r str,
        /// The namespace; empty for cluster-scoped objects and for all namespaces.
        namespace: &'r str,
    },
    /// Something with a path that is no object: `/metrics`.
    Path {
        /// `get`, `post` …
        verb: &'r str,
        /// The path.
        path: &'r str,
    },
}

impl<'r> Request<'r> {
    /// A verb on all objects of a resource, everywhere.
    pub const fn everywhere(verb: &'r str, group: &'r str, resource: &'r str) -> Self {
        Self::Resource {
            verb,
            group,
            resource,
            subresource: "",
            name: "",
            namespace: "",
        }
    }

    const fn namespace(&self) -> &'r str {
        match self {
            Self::Resource { namespace, .. } => namespace,
            Self::Path { .. } => "",
        }
    }
}

const ANY: &str = "*";

fn lists(list: &[Text], wanted: &str) -> bool {
    list.iter().any(|entry| entry == ANY || entry == wanted)
}

impl PolicyRule {
    /// Whether the rule alone allows a request; where it applies is up to its binding.
    pub fn grants(&self, request: &Request<'_>) -> bool {
        match *request {
            Request::Resource {
                verb,
                group,
                resource,
                subresource,
                name,
                ..
            } => {
                lists(&self.verbs, verb)
                    && lists(&self.api_groups, group)
                    && self
                        .resources
                        .iter()
                        .any(|listed| names_resource(listed, resource, subresource))
                    && (self.resource_names.is_empty()
                        || self.resource_names.iter().any(|listed| listed == name))
            }
            Request::Path { verb, path } => {
                lists(&self.verbs, verb)
                    && self.non_resource_urls.iter().any(|listed| {
                        listed == path
                            || listed.strip_suffix(ANY).is_some_and(|prefix| {
                                path.starts_with(prefix.trim_end_matches('*'))
                            })
                    })
            }
        }
    }

    /// Whether the rule allows everything that can be done with any object.
    pub fn is_unlimited(&self) -> bool {
        const VERBS: [&str; 7] = [
            "get", "list", "watch", "create", "update", "patch", "delete",
        ];
        let any = |list: &[Text]| list.iter().any(|entry| entry == ANY);
        any(&self.api_groups)
            && any(&self.resources)
            && self.resource_names.is_empty()
            && VERBS.iter().all(|verb| lists(&self.verbs, verb))
    }
}

/// Whether an entry of a rule's resources names a resource: `pods/*` names none, `*/log` every log.
fn names_resource(listed: &str, resource: &str, subresource: &str) -> bool {
    if listed == ANY {
        return true;
    }
    if subresource.is_empty() {
        return listed == resource;
    }
    listed
        .split_once('/')
        .is_some_and(|(of, sub)| sub == subresource && (of == ANY || of == resource))
}

/// A binding of either kind.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Its metadata.
    pub metadata: &'a ObjectMeta,
    /// To whom it grants.
    pub subjects: &'a [RbacSubject],
    /// Which role it grants.
    pub role: &'a RoleRef,
    kind: Kind,
}

impl<'a> From<&'a ClusterRoleBinding> for Binding<'a> {
    fn from(binding: &'a ClusterRoleBinding) -> Self {
        Self {
            metadata: &binding.metadata,
            subjects: &binding.subjects,
            role: &binding.role_ref,
            kind: Kind::ClusterRoleBinding,
        }
    }
}

impl<'a> From<&'a RoleBinding> for Binding<'a> {
    fn from(binding: &'a RoleBinding) -> Self {
        Self {
            metadata: &binding.metadata,
            subjects: &binding.subjects,
            role: &binding.role_ref,
            kind: Kind::RoleBinding,
        }
    }
}

impl Subject for Binding<'_> {
    fn object(&self) -> ObjectRef {
        let resource = self.kind.resource();
        ObjectRef {
            api_version: resource.api_version().into(),
            kind: resource.kind.into(),
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
        }
    }
}

impl Binding<'_> {
    /// The namespace in which it grants; none when it grants everywhere.
    pub fn namespace(&self) -> Option<&Text> {
        (self.kind == Kind::RoleBinding).then_some(&self.metadata.namespace)
    }

    /// Whether Kubernetes made it by itself: named `system:*`, or labelled as one of its defaults.
    pub fn is_bootstrapped(&self) -> bool {
        is_bootstrapped(self.metadata)
    }

    /// One of its subjects, as a person would name it.
    pub fn describe(&self, subject: &RbacSubject) -> String {
        if subject.kind != "ServiceAccount" {
            return format!("{} {}", subject.kind, subject.name);
        }
        let namespace = self.namespace_of(subject);
        format!("ServiceAccount {namespace}/{}", subject.name)
    }

    /// The namespace of a ServiceAccount among its subjects.
    pub fn namespace_of<'s>(&'s self, subject: &'s RbacSubject) -> &'s Text {
        if subject.namespace.is_empty() {
            &self.metadata.namespace
        } else {
            &subject.namespace
        }
    }

    /// By which name the authorizer knows a subject; none when it matches nobody.
    fn identity(&self, subject: &RbacSubject) -> Option<Identity> {
        match subject.kind.as_str() {
            "User" => Some(Identity::User(subject.name.clone())),
            "Group" => Some(Identity::Group(subject.name.clone())),
            "ServiceAccount" => {
                let namespace = self.namespace_of(subject);
                (!namespace.is_empty()).then(|| {
                    let user = format!("system:serviceaccount:{namespace}:{}", subject.name);
                    Identity::User(user.into())
                })
            }
            _ => None,
        }
    }
}

/// Whether a role or binding is one that Kubernetes makes by itself.
pub fn is_bootstrapped(metadata: &ObjectMeta) -> bool {
    metadata.name.starts_with("system:")
        || metadata
            .labels
            .is("kubernetes.io/bootstrapping", "rbac-defaults")
}

/// Whether a subject is a group with this name.
pub fn is_group(subject: &RbacSubject, name: &str) -> bool {
    subject.kind == "Group" && subject.name == name
}

/// Whether a subject is a user with this name.
pub fn is_user(subject: &RbacSubject, name: &str) -> bool {
    subject.kind == "User" && subject.name == name
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    User(Text),
    Group(Text),
}

/// Which bindings name whom.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Places in the listing of ClusterRoleBindings, then, counted on, in that of RoleBindings.
    by_subject: BTreeMap<Identity, Vec<u32>>,
    /// Namespace, empty for ClusterRoles, and name of every role that a binding names.
    named: BTreeSet<(Text, Text)>,
}

impl Derived for Index {
    const SLOT: Slot = Slot::Bindings;

    fn of(inventory: &Picture<'_>) -> Self {
        let mut index = Self::default();
        for (place, binding) in (0..).zip(bindings(inventory)) {
            for identity in binding
                .subjects
                .iter()
                .filter_map(|subject| binding.identity(subject))
            {
                let places = index.by_subject.entry(identity).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
            let namespace = match binding.role.kind.as_str() {
                "Role" => binding.metadata.namespace.clone(),
                _ => Text::default(),
            };
            index.named.insert((namespace, binding.role.name.clone()));
        }
        index
    }
}

fn bindings(inventory: &Inventory) -> impl Iterator<Item = Binding<'_>> {
    let cluster = inventory.seen::<ClusterRoleBinding>().iter();
    let namespaced = inventory.seen::<RoleBinding>().iter();
    cluster
        .map(Binding::from)
        .chain(namespaced.map(Binding::from))
}

/// What a ClusterRole gathers from others.
#[derive(Debug, Default)]
struct Gathered<'a> {
    rules: Vec<&'a PolicyRule>,
    roles: BTreeSet<&'a Text>,
    /// A role whose selector no API server would accept.
    bad: Option<(&'a Text, BadSelector)>,
}

/// The roles that every API server makes by itself, as manifests do not repeat them.
#[derive(Debug, Default)]
struct Known {
    cluster: Vec<ClusterRole>,
    namespaced: Vec<Role>,
}

/// As Kubernetes 1.36 makes them.
fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let mut known = Known::default();
        for line in include_str!("known_roles.jsonl").lines() {
            if line.starts_with(r#"{"kind":"ClusterRole""#) {
                known.cluster.extend(decode_json(line));
            } else {
                known.namespaced.extend(decode_json(line));
            }
        }
        known
    })
}

/// Whether an API server makes a ClusterRole of this name by itself.
pub fn is_builtin(name: &str) -> bool {
    name.starts_with("system:")
        || known()
            .cluster
            .iter()
            .any(|role| role.metadata.name == name)
}

impl Picture<'_> {
    /// The bindings that name somebody, of those that were seen.
    pub fn bindings_of<'a>(
        &'a self,
        user: &str,
        groups: &[&str],
    ) -> impl Iterator<Item = Binding<'a>> + use<'a> {
        let index = self.derived::<Index>();
        let user = Identity::User(user.into());
        let groups = groups.iter().map(|group| Identity::Group((*group).into()));
        let places: BTreeSet<u32> = std::iter::once(user)
            .chain(groups)
            .filter_map(|identity| index.by_subject.get(&identity))
            .flatten()
            .copied()
            .collect();
        let cluster = self.seen::<ClusterRoleBinding>();
        let namespaced = self.seen::<RoleBinding>();
        places.into_iter().filter_map(move |place| {
            let place = place as usize;
            match cluster.get(place) {
                Some(binding) => Some(binding.into()),
                None => namespaced.get(place - cluster.len()).map(Into::into),
            }
        })
    }

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
        // Of a built-in role that gathers, the API server's own contribution is written down already.
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
                    Err(bad) => gathered.bad = Some((&role.metadata.name, bad)),
                }
            }
        }
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
        if allowed {
            return Ok(true);
        }
        [
            Kind::ClusterRoleBinding,
            Kind::RoleBinding,
            Kind::ClusterRole,
            Kind::Role,
        ]
        .into_iter()
        .filter_map(|kind| self.gap(Evidence::Objects(kind)))
        .min()
        .map_or(Ok(false), Err)
    }

    /// Whether no binding that was seen names a role.
    pub fn is_unbound<K: Listed>(&self, role: &K) -> bool {
        let metadata = role.metadata();
        let key = (metadata.namespace.clone(), metadata.name.clone());
        !self.derived::<Index>().named.contains(&key)
    }
}

impl<'a> Context<'a> {
    /// The bindings that name somebody, of those that were seen. Demands ClusterRoleBinding and RoleBinding.
    #[track_caller]
    pub fn bindings_of(
        &self,
        user: &str,
        groups: &[&str],
    ) -> impl Iterator<Item = Binding<'a>> + use<'a> {
        self.reading(BINDINGS).bindings_of(user, groups)
    }

    /// Whether no binding that was seen names a role. Demands ClusterRoleBinding and RoleBinding.
    #[track_caller]
    pub fn is_unbound<K: Listed>(&self, role: &K) -> bool {
        self.reading(BINDINGS).is_unbound(role)
    }

    /// The rules of a ClusterRole that was seen, those that it gathers from others included. Demands ClusterRole.
    #[track_caller]
    pub fn rules_of_cluster_role(&self, name: &str) -> Option<Vec<&'a PolicyRule>> {
        self.reading(&[Evidence::Objects(Kind::ClusterRole)])
            .rules_of_cluster_role(name)
    }

    /// Whether what a ClusterRole gathers from others can be told.
    ///
    /// # Errors
    /// It selects them by what no API server would accept.
    pub fn understands_cluster_role(&self, name: &str) -> Result<(), Why> {
        match self
            .reading(&[Evidence::Objects(Kind::ClusterRole)])
            .gathered_of(name)
            .and_then(|all| all.bad)
        {
            Some((role, bad)) => Err(Why::new(
                Unknown::Unreadable,
                format!("what ClusterRole {role} gathers is not understood: {bad}"),
            )),
            None => Ok(()),
        }
    }

    /// The rules that a binding grants; none when its role is known to be absent.
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
                Unknown::Unreadable,
                format!("{kind} {} is not among the files", role.name),
            ));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::inventory::Picture;
    use crate::{
        inventory::{Inventory, Loader, types::PolicyRule, yaml_documents},
        wire::Time,
    };

    fn rule(json: serde_json::Value) -> PolicyRule {
        serde_json::from_value(json).unwrap()
    }

    fn load(yaml: &str) -> Inventory {
        let mut loader = Loader::new("default");
        for document in yaml_documents(yaml).unwrap() {
            loader.add(document, None).unwrap();
        }
        loader.finish(Time(0))
    }

    fn exec(name: &str) -> Request<'_> {
        Request::Resource {
            verb: "create",
            group: "",
            resource: "pods",
            subresource: "exec",
            name,
            namespace: "shop",
        }
    }

    #[test]
    fn subresources_are_named_in_full_or_by_a_star_before_the_slash() {
        for (resource, granted) in [
            ("pods/exec", true),
            ("*/exec", true),
            ("*", true),
            ("pods", false),
            ("pods/*", false),
            ("*/*", false),
            ("*/log", false),
        ] {
            let rule = rule(
                serde_json::json!({ "verbs": ["create"], "apiGroups": [""], "resources": [resource] }),
            );
            assert_eq!(rule.grants(&exec("")), granted, "{resource}");
        }
    }

    #[test]
    fn a_rule_for_names_grants_nothing_to_a_request_without_one() {
        let rule = rule(
            serde_json::json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["a"] }),
        );
        assert!(rule.grants(&exec("a")));
        assert!(!rule.grants(&exec("b")));
        assert!(!rule.grants(&exec("")));
        assert!(!rule.is_unlimited());
    }

    #[test]
    fn all_seven_verbs_are_as_good_as_a_star() {
        let unlimited = |verbs: &[&str]| {
            rule(serde_json::json!({ "verbs": verbs, "apiGroups": ["*"], "resources": ["*"] }))
                .is_unlimited()
        };
        assert!(unlimited(&["*"]));
        assert!(unlimited(&[
            "get", "list", "watch", "create", "update", "patch", "delete"
        ]));
        assert!(!unlimited(&["get", "list", "watch"]));
    }

    #[test]
    fn a_path_is_matched_by_its_prefix() {
        let rule = rule(
            serde_json::json!({ "verbs": ["get"], "nonResourceURLs": ["/healthz/*", "/metrics"] }),
        );
        let asks = |path| rule.grants(&Request::Path { verb: "get", path });
        assert!(asks("/healthz/etcd") && asks("/metrics"));
        assert!(!asks("/healthz") && !asks("/metrics/slis"));
    }

    #[test]
    fn aggregated_roles_gather_from_what_they_select_and_from_what_that_selects() {
        let inventory = load(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: top}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {to: top}}]}\nrules: [{apiGroups: [x], resources: [overwritten], verbs: [get]}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: middle, labels: {to: top}}\naggregationRule: {clusterRoleSelectors: [{matchLabels: {to: middle}}]}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: leaf, labels: {to: middle, rbac.authorization.k8s.io/aggregate-to-view: \"true\"}}\nrules: [{apiGroups: [x], resources: [widgets], verbs: [get]}]\n",
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
        let roles: Vec<String> = (0..40)
            .map(|number| {
                format!(
                    "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: r{number}, labels: {{in: circle}}}}\naggregationRule: {{clusterRoleSelectors: [{{matchLabels: {{in: circle}}}}]}}\n"
                )
            })
            .chain(["apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: leaf, labels: {in: circle}}\nrules: [{apiGroups: [x], resources: [widgets], verbs: [get]}]\n".to_owned()])
            .collect();
        let inventory = load(&roles.join("---\n"));
        let picture = Picture::of(&inventory);
        let gathered = picture.rules_of_cluster_role("r7").unwrap();
        assert_eq!(gathered.len(), 1, "{gathered:?}");
    }
}
