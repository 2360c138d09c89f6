//! A reference to one object, by which `kubectl` would find it.

use std::fmt;

use super::{Text, shell_word};

/// One object, named so that `kubectl` would find it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ObjectRef {
    pub api_version: Text,
    pub kind: Text,
    /// Empty for cluster-scoped objects.
    pub namespace: Text,
    pub name: Text,
    /// Which of the manifests of this name it is, counted from zero (rule 23 of RULES.md): a cluster has one.
    pub copy: i32,
}

impl ObjectRef {
    /// The API group, empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// As kubectl takes it: `deployment/cart -n shop`, `node/worker-1`, `rollout.argoproj.io/cart -n shop`. A manifest may hold any
    /// text as a name: to a shell it is one word.
    pub fn in_kubectl(&self) -> String {
        let kind = self.kind.to_lowercase();
        // kubectl finds built-in kinds by their names alone.
        let kind = match self.group() {
            group if group.contains('.') && !group.ends_with(".k8s.io") => {
                format!("{kind}.{group}")
            }
            _ => kind,
        };
        let object = shell_word(&format!("{kind}/{}", self.name));
        match self.namespace.as_str() {
            "" => object,
            namespace => format!("{object} -n {}", shell_word(namespace)),
        }
    }
}

/// `Deployment shop/cart`, or `Node worker-1`.
impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{} {}", self.kind, self.name)
        } else {
            write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
        }
    }
}
