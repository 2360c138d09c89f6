//! Where a key stands that a mapping has twice.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, MapAccess, SeqAccess},
};
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy, Spanned};

/// A key that stands twice in one mapping, and on which lines, counted from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Twice {
    pub(super) key: String,
    pub(super) lines: [usize; 2],
    /// Whether it is a key of the document itself.
    pub(super) is_outermost: bool,
}

/// The first such key of a document; none where there is none, or where it can't be told.
pub(super) fn find(document: &str) -> Option<Twice> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
    };
    let outermost: Outermost = serde_saphyr::from_str_with_options(document, options).ok()?;
    outermost.0
}

struct Outermost(Option<Twice>);

impl<'de> Deserialize<'de> for Outermost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Visitor { is_outermost: true })
            .map(Self)
    }
}

struct Inner(Option<Twice>);

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Visitor {
                is_outermost: false,
            })
            .map(Self)
    }
}

struct Visitor {
    is_outermost: bool,
}

impl<'de> de::Visitor<'de> for Visitor {
    type Value = Option<Twice>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Self::Value, D::Error> {
        inner.deserialize_any(self)
    }
    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_str<E: de::Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bytes<E: de::Error>(self, _: &[u8]) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Inner(inner)) = list.next_element()? {
            found = found.or(inner);
        }
        Ok(found)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        let mut seen: Vec<(String, usize)> = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let line = usize::try_from(key.referenced.line()).unwrap_or(usize::MAX);
            let key = key.value;
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == key)
                && key != "<<"
                && found.is_none()
            {
                found = Some(Twice {
                    key,
                    lines: [*first, line],
                    is_outermost: self.is_outermost,
                });
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            seen.push((key, line));
            let Inner(inner) = map.next_value()?;
            found = found.or(inner);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn both_lines_of_a_key_are_told() {
        let told =
            |text: &str| find(text).map(|twice| (twice.key, twice.lines, twice.is_outermost));
        assert_eq!(
            told("kind: A\nspec: {}\nkind: B\n"),
            Some(("kind".to_owned(), [1, 3], true))
        );
        assert_eq!(
            told("kind: A\nlist:\n- a: 1\n  b: 2\n  a: 3\n"),
            Some(("a".to_owned(), [3, 5], false))
        );
        assert_eq!(
            told("{\"kind\": \"A\",\n\"kind\": \"B\"}"),
            Some(("kind".to_owned(), [1, 2], true))
        );
        assert_eq!(told("a: &x {b: 1}\nc: {<<: *x, <<: *x}\n"), None);
        assert_eq!(told("a: [\n"), None);
    }
}
