//! Custom objects of manifests: who they are, and where what is made of them goes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{ObjectRef, Text};

/// A custom object of manifests, for which an operator may make what is not among them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomObject {
    /// Who it is; one that names no namespace may belong to the whole cluster.
    pub object: ObjectRef,
    /// The namespaces that its specification names as the target of what is made of it.
    pub targets: BTreeSet<Text>,
}

/// Under which key a snapshot keeps the targets of an object of which it keeps no specification.
pub(super) const TARGETS_KEY: &str = "kready.dev/targets";

/// Where specifications name the namespace into which something is installed.
const TARGETS: &[&str] = &[
    "/spec/targetNamespace",
    "/spec/defaultNamespace",
    "/spec/namespace",
    "/spec/destination/namespace",
    "/spec/template/spec/destination/namespace",
    "/spec/forProvider/namespace",
    "/spec/forProvider/manifest/metadata/namespace",
    "/spec/install/namespace",
];

impl CustomObject {
    /// What a document says of it; without a namespace of its own it is taken to be in the default one.
    pub(super) fn of(document: &Value, default_namespace: &Text) -> Self {
        let text = |path: &str| {
            let text = document.pointer(path).and_then(Value::as_str);
            text.unwrap_or_default()
        };
        let namespace = match text("/metadata/namespace") {
            "" => default_namespace.clone(),
            namespace => namespace.into(),
        };
        let kept = document.get(TARGETS_KEY).and_then(Value::as_array);
        let kept = kept.into_iter().flatten().filter_map(Value::as_str);
        let targets = TARGETS.iter().map(|path| text(path)).chain(kept);
        Self {
            object: ObjectRef {
                api_version: text("/apiVersion").into(),
                kind: text("/kind").into(),
                namespace,
                name: text("/metadata/name").into(),
                copy: 0,
            },
            targets: targets
                .filter(|target| !target.is_empty())
                .map(Text::from)
                .collect(),
        }
    }

    /// Whether what is made of it may be in a namespace.
    pub fn acts_in(&self, namespace: &str) -> bool {
        if self.targets.is_empty() {
            return self.object.namespace == namespace;
        }
        self.targets.contains(namespace)
            // What a template fills in may be any namespace.
            || self.targets.iter().any(|target| target.contains("{{"))
    }
}
