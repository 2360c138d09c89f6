//! Messages about objects that could not be understood: they give the name and the field, but no values.

use kready_checks::{
    inventory::{Gap, GapReason, Resource, decode_protobuf, kinds::Secret, types::ObjectMeta},
    wire::{WireError, explain_json},
};
use serde::Deserialize;

use super::errors::expected;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    metadata: NamedMeta,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NamedMeta {
    name: String,
    namespace: String,
}

/// An object in JSON.
pub(super) fn undecodable(resource: &Resource, json: &str, error: &serde_json::Error) -> Gap {
    let named: Named = serde_json::from_str(json).unwrap_or_default();
    let words = explain_json(json, error);
    let (path, words) = words.split_once(": ").unwrap_or(("", &words));
    gap(resource, &named.metadata, path, &expected(words))
}

/// An object in protobuf.
pub(super) fn undecodable_message(resource: &Resource, message: &[u8], error: &WireError) -> Gap {
    // Only the metadata is read, even of a Secret; it is in the same place in every object.
    let named = decode_protobuf::<Secret>(message)
        .map(|object| NamedMeta {
            name: object.metadata.name.to_string(),
            namespace: object.metadata.namespace.to_string(),
        })
        .unwrap_or_default();
    gap(resource, &named, &error.path(), error.problem())
}

/// Why an object cannot be told from others, if so: every object has a name, and a namespace where its kind lives in one.
pub(super) fn unplaced(resource: &Resource, metadata: &ObjectMeta) -> Option<Gap> {
    let missing = if metadata.name.is_empty() {
        "metadata.name"
    } else if resource.namespaced && metadata.namespace.is_empty() {
        "metadata.namespace"
    } else {
        return None;
    };
    let named = NamedMeta {
        name: metadata.name.to_string(),
        namespace: metadata.namespace.to_string(),
    };
    Some(gap(resource, &named, missing, "it is empty"))
}

fn gap(resource: &Resource, named: &NamedMeta, path: &str, problem: &str) -> Gap {
    let NamedMeta { name, namespace } = named;
    let object = match (name.is_empty(), namespace.is_empty()) {
        (true, _) => "an object without a readable name".to_owned(),
        (false, true) => name.clone(),
        (false, false) => format!("{namespace}/{name}"),
    };
    let place = if path.is_empty() || path == "." || path.contains(' ') {
        String::new()
    } else {
        format!(" at {path}")
    };
    let message = format!("{object} could not be understood{place}: {problem}");
    let gap = Gap::new(GapReason::Undecodable, message);
    if resource.namespaced && !namespace.is_empty() {
        gap.within(namespace.as_str())
    } else {
        gap
    }
}

#[cfg(test)]
mod tests {
    use kready_checks::inventory::{Kind, decode_json, kinds::Deployment};

    use super::*;

    #[test]
    fn a_bad_object_is_named_and_its_value_is_not_told() {
        let json = r#"{"metadata":{"name":"b","namespace":"shop"},"spec":{"replicas":"hunter2"}}"#;
        let gap = undecodable(
            &Kind::Deployment.resource(),
            json,
            &decode_json::<Deployment>(json).unwrap_err(),
        );
        // The same in protobuf, where the number is a text as well.
        let message = b"\x0a\x09\x0a\x01b\x1a\x04shop\x12\x09\x0a\x07hunter2";
        let error = decode_protobuf::<Deployment>(message).unwrap_err();
        let other = undecodable_message(&Kind::Deployment.resource(), message, &error);
        for gap in [gap, other] {
            assert!(gap.namespaces.contains("shop"));
            assert!(
                gap.message.contains("shop/b") && gap.message.contains("spec.replicas"),
                "{}",
                gap.message
            );
            assert!(!gap.message.contains("hunter2"), "{}", gap.message);
        }
        let nameless = undecodable_message(&Kind::Deployment.resource(), b"\x0a\x7f", &error);
        assert!(nameless.message.contains("without a readable name"));
    }
}
