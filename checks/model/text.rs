//! Texts of objects and findings: equal ones share one allocation while a pool is at work.

use std::{
    borrow::Borrow,
    cell::RefCell,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    thread::LocalKey,
};

use arcstr::ArcStr;
use hashbrown::HashSet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::credentials::without_credentials;

/// An immutable text; cheap to clone, without an allocation of its own when empty, and without a credential in it: whatever is
/// read of a cluster goes through here.
#[derive(Clone, Default)]
pub struct Text(ArcStr);

impl Text {
    /// The text as a string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text that no interner hears of and that is kept as it is: of what is dropped again before anybody sees it.
    pub(crate) fn apart(text: &str) -> Self {
        Self(text.into())
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
            Self::default()
        } else {
            Self(intern(text))
        }
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
        ArcStr::ptr_eq(&self.0, &other.0) || self.as_str() == other.as_str()
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

thread_local! {
    static TEXTS: RefCell<Option<Texts>> = const { RefCell::new(None) };
}

/// The texts that are known already: each was looked at once.
#[derive(Debug, Default)]
pub struct Texts(HashSet<ArcStr>);

impl Texts {
    /// Lets the texts that come into being in `work` share allocations with those that are known.
    pub fn within<T>(&mut self, work: impl FnOnce() -> T) -> T {
        with_pool(&TEXTS, self, work)
    }
}

fn intern(text: &str) -> ArcStr {
    TEXTS.with_borrow_mut(|texts| match texts {
        None => ArcStr::from(&*without_credentials(text)),
        Some(Texts(known)) => {
            if let Some(known) = known.get(text) {
                return known.clone();
            }
            let text = without_credentials(text);
            known
                .get_or_insert_with(&*text, |text| ArcStr::from(text))
                .clone()
        }
    })
}

/// Puts a pool in its thread-local place while `work` runs, and takes it back even when that panics.
pub(crate) fn with_pool<P: Default, T>(
    place: &'static LocalKey<RefCell<Option<P>>>,
    pool: &mut P,
    work: impl FnOnce() -> T,
) -> T {
    struct Return<'a, P: Default + 'static> {
        place: &'static LocalKey<RefCell<Option<P>>>,
        pool: &'a mut P,
        before: Option<P>,
    }
    impl<P: Default> Drop for Return<'_, P> {
        fn drop(&mut self) {
            let before = self.before.take();
            let used = self
                .place
                .with_borrow_mut(|place| std::mem::replace(place, before));
            if let Some(used) = used {
                *self.pool = used;
            }
        }
    }
    let mine = std::mem::take(pool);
    let before = place.with_borrow_mut(|place| place.replace(mine));
    let _return = Return {
        place,
        pool,
        before,
    };
    work()
}
