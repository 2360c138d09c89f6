//! Whom bindings name, and which role they grant.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::{
        Context, Derived, Evidence, Inventory, Kind, Listed, Picture, Slot,
        kinds::{ClusterRoleBinding, RoleBinding},
        types::{ObjectMeta, RbacSubject, RoleRef},
    },
    model::{ObjectRef, Subject, Text},
};

/// Who is granted what.
const BINDINGS: &[Evidence] = &[
    Evidence::Objects(Kind::ClusterRoleBinding),
    Evidence::Objects(Kind::RoleBinding),
];

/// A binding of either kind.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Its metadata.
    pub metadata: &'a ObjectMeta,
    /// Who is granted the role.
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
            copy: self.metadata.copy,
        }
    }
}

impl Binding<'_> {
    /// The namespace where it grants; none when it grants everywhere.
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

    /// The name that the authorizer knows a subject by; none when it matches nobody.
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

/// The name that the authorizer knows somebody by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    User(Text),
    Group(Text),
}

/// Where a binding stands in the listing of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum BindingAt {
    Cluster(u32),
    Namespaced(u32),
}

/// Which bindings name whom.
#[derive(Debug, Default)]
pub(super) struct BindingIndex {
    by_subject: BTreeMap<Identity, Vec<BindingAt>>,
    /// Namespace, empty for ClusterRoles, and name of every role that a binding names.
    named: BTreeSet<(Text, Text)>,
}

impl Derived for BindingIndex {
    const SLOT: Slot = Slot::Bindings;

    fn of(inventory: &Picture<'_>) -> Self {
        let mut index = Self::default();
        for (at, binding) in bindings(inventory) {
            inventory.look();
            for identity in binding
                .subjects
                .iter()
                .filter_map(|subject| binding.identity(subject))
            {
                let bindings = index.by_subject.entry(identity).or_default();
                if bindings.last() != Some(&at) {
                    bindings.push(at);
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

fn bindings(inventory: &Inventory) -> impl Iterator<Item = (BindingAt, Binding<'_>)> {
    let cluster = (0..).zip(inventory.seen::<ClusterRoleBinding>());
    let namespaced = (0..).zip(inventory.seen::<RoleBinding>());
    cluster
        .map(|(at, binding)| (BindingAt::Cluster(at), binding.into()))
        .chain(namespaced.map(|(at, binding)| (BindingAt::Namespaced(at), binding.into())))
}

impl Picture<'_> {
    /// The bindings that name somebody, of those that were seen.
    pub fn bindings_of<'a>(
        &'a self,
        user: &str,
        groups: &[&str],
    ) -> impl Iterator<Item = Binding<'a>> + use<'a> {
        let index = self.derived::<BindingIndex>();
        let user = Identity::User(user.into());
        let groups = groups.iter().map(|group| Identity::Group((*group).into()));
        let found: BTreeSet<BindingAt> = std::iter::once(user)
            .chain(groups)
            .filter_map(|identity| index.by_subject.get(&identity))
            .flatten()
            .copied()
            .collect();
        let cluster = self.seen::<ClusterRoleBinding>();
        let namespaced = self.seen::<RoleBinding>();
        found.into_iter().map(move |at| match at {
            BindingAt::Cluster(at) => (&cluster[at as usize]).into(),
            BindingAt::Namespaced(at) => (&namespaced[at as usize]).into(),
        })
    }

    /// Whether no binding that was seen names a role.
    pub fn is_unbound<K: Listed>(&self, role: &K) -> bool {
        let metadata = role.metadata();
        let key = (metadata.namespace.clone(), metadata.name.clone());
        !self.derived::<BindingIndex>().named.contains(&key)
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
}
