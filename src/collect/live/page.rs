//! One page of a list, JSON, item by item: what cannot be understood never sinks its list.

use std::sync::{Mutex, PoisonError};

use kready_checks::inventory::{Gap, GapReason, Interner, Listed, decode_json, explain_json};
use serde::Deserialize;
use serde_json::{error::Category, value::RawValue};

use super::errors::{Trouble, expected};

/// A page whose items still stand as they came.
#[derive(Debug, Deserialize)]
pub(super) struct Page<'a> {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: ListMeta,
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListMeta {
    #[serde(rename = "continue")]
    continue_token: Option<String>,
    #[serde(rename = "remainingItemCount")]
    remaining: Option<u64>,
}

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

impl<'a> Page<'a> {
    /// Reads the frame of a list.
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Trouble> {
        let page: Self = serde_json::from_slice(body).map_err(|error| match error.classify() {
            Category::Eof => {
                Trouble::CutShort(format!("the answer broke off after {} bytes", body.len()))
            }
            _ => Trouble::NotUnderstood("the answer is no list of objects".to_owned()),
        })?;
        // Go writes an empty list as null; an answer without the field is none.
        if page.items.is_none() && !has_null_items(body) {
            return Err(Trouble::NotUnderstood(
                "the answer is no list of objects".to_owned(),
            ));
        }
        Ok(page)
    }

    /// The token of the next page.
    pub(super) fn next(&self) -> Option<&str> {
        self.metadata
            .continue_token
            .as_deref()
            .filter(|token| !token.is_empty())
    }

    /// How many objects come after this page, when the server says so.
    pub(super) fn remaining(&self) -> Option<u64> {
        self.metadata.remaining
    }

    /// How many objects the page has.
    pub(super) fn len(&self) -> usize {
        self.items.as_ref().map_or(0, Vec::len)
    }

    /// The first object, as it came.
    pub(super) fn first(&self) -> Option<&str> {
        self.items.as_ref()?.first().map(|item| item.get())
    }

    /// Whether the objects have nothing but metadata.
    pub(super) fn is_metadata_only(&self) -> bool {
        self.kind == "PartialObjectMetadataList"
    }

    /// Reduces the objects to what checks read.
    pub(super) fn decode<K: Listed>(
        &self,
        interner: &Mutex<Interner>,
        mut keep: impl FnMut(K),
    ) -> Vec<Gap> {
        let mut interner = interner.lock().unwrap_or_else(PoisonError::into_inner);
        interner.within(|| {
            let mut gaps = Vec::new();
            for item in self.items.iter().flatten() {
                match decode_json::<K>(item.get()) {
                    Ok(object) => keep(object),
                    Err(error) => gaps.push(undecodable::<K>(item.get(), &error)),
                }
            }
            gaps
        })
    }
}

fn has_null_items(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Items<'a> {
        #[serde(borrow)]
        items: Option<&'a RawValue>,
    }
    // `Option<&RawValue>` reads null as none, so a present null is told by the field's name.
    serde_json::from_slice::<Items<'_>>(body).is_ok_and(|items| items.items.is_none())
        && body.windows(7).any(|window| window == b"\"items\"")
}

/// What is said of an object that could not be understood: its name and the field, none of its values.
pub(super) fn undecodable<K: Listed>(json: &str, error: &serde_json::Error) -> Gap {
    let named: Named = serde_json::from_str(json).unwrap_or_default();
    let NamedMeta { name, namespace } = named.metadata;
    let words = explain_json(json, error);
    let (path, words) = words.split_once(": ").unwrap_or(("", &words));
    let object = match (name.is_empty(), namespace.is_empty()) {
        (true, _) => "an object without a readable name".to_owned(),
        (false, true) => name,
        (false, false) => format!("{namespace}/{name}"),
    };
    let place = if path.is_empty() || path == "." || path.contains(' ') {
        String::new()
    } else {
        format!(" at {path}")
    };
    let message = format!(
        "{object} could not be understood{place}: {}",
        expected(words)
    );
    let gap = Gap::new(GapReason::Undecodable, message);
    if K::ITS.facts().namespaced && !namespace.is_empty() {
        gap.within(namespace)
    } else {
        gap
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use kready_checks::inventory::{Interner, kinds::Deployment};

    use super::Page;
    use crate::collect::live::errors::Trouble;

    #[test]
    fn one_bad_object_is_named_and_the_others_stay() {
        let body = br#"{"kind":"DeploymentList","metadata":{"continue":"t","remainingItemCount":7},"items":[
            {"metadata":{"name":"a","namespace":"shop"},"spec":{"replicas":2}},
            {"metadata":{"name":"b","namespace":"shop"},"spec":{"replicas":"hunter2"}}]}"#;
        let page = Page::read(body).unwrap();
        assert_eq!((page.next(), page.remaining()), (Some("t"), Some(7)));
        let mut kept = Vec::new();
        let gaps = page.decode(&Mutex::new(Interner::new()), |object: Deployment| {
            kept.push(object.metadata.name.to_string());
        });
        assert_eq!(kept, ["a"]);
        assert_eq!(gaps.len(), 1);
        assert!(gaps[0].namespaces.contains("shop"));
        assert!(
            gaps[0].message.contains("shop/b") && gaps[0].message.contains("spec.replicas"),
            "{}",
            gaps[0].message
        );
        assert!(!gaps[0].message.contains("hunter2"), "{}", gaps[0].message);
    }

    #[test]
    fn a_page_that_breaks_off_is_no_short_list() {
        assert!(matches!(
            Page::read(br#"{"metadata":{},"items":[{"metadata":{"#),
            Err(Trouble::CutShort(_))
        ));
        assert!(matches!(
            Page::read(b"<html>"),
            Err(Trouble::NotUnderstood(_))
        ));
        assert!(matches!(
            Page::read(br#"{"kind":"Status"}"#),
            Err(Trouble::NotUnderstood(_))
        ));
        assert_eq!(Page::read(br#"{"items":null}"#).unwrap().len(), 0);
    }
}
