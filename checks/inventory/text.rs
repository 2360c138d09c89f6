//! Texts of the inventory: equal ones share one allocation while an interner is at work.

use std::{
    borrow::Borrow,
    cell::RefCell,
    collections::{HashMap, HashSet},
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::decode::Decode;
use super::types::PodSpec;

/// An immutable text; cheap to clone, and without an allocation of its own when empty.
#[derive(Clone, Default)]
pub struct Text(Option<Arc<str>>);

impl Text {
    /// The text as a string slice.
    pub fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if text.is_empty() {
            return Self(None);
        }
        POOL.with_borrow_mut(|pool| match pool {
            None => Self(Some(text.into())),
            Some(pool) => {
                if let Some(known) = pool.texts.get(text) {
                    return Self(Some(Arc::clone(known)));
                }
                let fresh: Arc<str> = text.into();
                pool.texts.insert(Arc::clone(&fresh));
                Self(Some(fresh))
            }
        })
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<Text> for str {
    fn eq(&self, other: &Text) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Text> for &str {
    fn eq(&self, other: &Text) -> bool {
        *self == other.as_str()
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(text.into())
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl Decode for Text {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
}

/// A pod's specification; equal ones are stored once while an interner is at work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SharedPodSpec(Arc<PodSpec>);

impl SharedPodSpec {
    /// The specification, to change: it becomes one of its own when it was shared.
    pub fn to_mut(&mut self) -> &mut PodSpec {
        Arc::make_mut(&mut self.0)
    }

    /// Stores the specification once among its equals.
    pub(super) fn share(&mut self) {
        POOL.with_borrow_mut(|pool| {
            let Some(pool) = pool else { return };
            if let Some(known) = pool.specs.get(&self.0) {
                self.0 = Arc::clone(known);
            } else {
                pool.specs.insert(Arc::clone(&self.0));
            }
        });
    }

    /// Whether both are the same stored specification.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl From<PodSpec> for SharedPodSpec {
    fn from(spec: PodSpec) -> Self {
        Self(Arc::new(spec))
    }
}

impl Deref for SharedPodSpec {
    type Target = PodSpec;
    fn deref(&self) -> &PodSpec {
        &self.0
    }
}

impl Serialize for SharedPodSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Decode for SharedPodSpec {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Arc::new(PodSpec::decode(deserializer)?)))
    }
}

#[derive(Default)]
struct Pool {
    texts: HashSet<Arc<str>>,
    specs: HashSet<Arc<PodSpec>>,
}

thread_local! {
    static POOL: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

/// Lets equal texts and equal pod specifications share one allocation; the decoder owns it.
#[derive(Default)]
pub struct Interner(Pool);

impl Interner {
    /// An interner that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `decode`; all texts that it makes on this thread are shared with those of earlier calls.
    pub fn within<T>(&mut self, decode: impl FnOnce() -> T) -> T {
        struct Return<'a>(&'a mut Pool, Option<Pool>);
        impl Drop for Return<'_> {
            fn drop(&mut self) {
                let before = self.1.take();
                if let Some(pool) = POOL.with_borrow_mut(|pool| std::mem::replace(pool, before)) {
                    *self.0 = pool;
                }
            }
        }
        let mine = std::mem::take(&mut self.0);
        let before = POOL.with_borrow_mut(|pool| pool.replace(mine));
        let _return = Return(&mut self.0, before);
        decode()
    }
}

impl fmt::Debug for Interner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interner")
            .field("texts", &self.0.texts.len())
            .field("specs", &self.0.specs.len())
            .finish()
    }
}

/// Sorted pairs of texts: labels, selectors, parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Labels(Box<[(Text, Text)]>);

impl Labels {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Text> {
        self.0
            .binary_search_by(|(k, _)| k.as_str().cmp(key))
            .ok()
            .map(|at| &self.0[at].1)
    }

    /// Whether there is such a key.
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Whether a key has this value.
    pub fn is(&self, key: &str, value: &str) -> bool {
        self.get(key).is_some_and(|v| v == value)
    }

    /// All pairs, sorted by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Text, &Text)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl FromIterator<(Text, Text)> for Labels {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(pairs: I) -> Self {
        let mut last = HashMap::new();
        for (key, value) in pairs {
            last.insert(key, value);
        }
        let mut pairs: Vec<_> = last.into_iter().collect();
        pairs.sort_unstable();
        Self(pairs.into())
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Decode for Labels {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = super::decode::Pairs::<Text>::deserialize(deserializer)?;
        Ok(pairs.0.into_iter().collect())
    }
}
