//! What is equal is stored once: while an interner is at work, equal texts and equal parts of objects share one allocation.

use std::{
    any::{Any, TypeId},
    cell::RefCell,
    fmt,
    hash::{BuildHasher, Hash, Hasher},
    ops::Deref,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};
use serde::{Deserializer, Serialize, Serializer};

use super::{
    decode::Decode,
    protobuf::{Layout, Reader, Wire, WireError, WireType},
};
use crate::model::{Texts, with_pool};

/// A value that is stored once among its equals while an interner is at work.
///
/// Equality is that of the values: two are stored once only when every field is equal.
#[derive(Clone)]
pub struct Shared<T>(Option<Arc<Node<T>>>);

struct Node<T> {
    value: T,
    /// The value's hash once it was needed; 0 before.
    digest: AtomicU64,
}

impl<T> From<T> for Node<T> {
    fn from(value: T) -> Self {
        Self {
            value,
            digest: AtomicU64::new(0),
        }
    }
}

impl<T: Clone> Clone for Node<T> {
    fn clone(&self) -> Self {
        self.value.clone().into()
    }
}

/// The hasher of digests; its seed is another one in every run.
static DIGESTS: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

impl<T: Pooled> Shared<T> {
    /// Stores a value, once among its equals.
    pub fn new(mut value: T) -> Self {
        value.normalise();
        let mut shared = Self::apart(value);
        shared.share();
        shared
    }

    /// Stores a value without looking for equals.
    fn apart(value: T) -> Self {
        Self((value != *T::empty()).then(|| Arc::new(value.into())))
    }

    /// The value, to change: it becomes one of its own when it was shared.
    pub fn to_mut(&mut self) -> &mut T {
        let node = Arc::make_mut(self.0.get_or_insert_with(|| Arc::new(T::default().into())));
        *node.digest.get_mut() = 0;
        &mut node.value
    }

    /// Puts the known equal in the value's place, or makes the value known.
    pub(crate) fn share(&mut self) {
        let digest = self.digest();
        let Some(node) = &mut self.0 else { return };
        POOL.with_borrow_mut(|pool| {
            let Some(known) = pool.as_mut().and_then(Pool::known::<T>) else {
                return;
            };
            let known = &mut known.values;
            let found = known
                .entry(
                    digest,
                    |known| known.value == node.value,
                    |known| digest_of(known),
                )
                .or_insert_with(|| Arc::clone(node));
            if !Arc::ptr_eq(found.get(), node) {
                *node = Arc::clone(found.get());
            }
        });
    }

    /// Whether both are the same stored value.
    pub fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }

    fn digest(&self) -> u64 {
        match &self.0 {
            Some(node) => digest_of(node),
            None => DIGESTS.hash_one(T::empty()).max(1),
        }
    }
}

fn digest_of<T: Hash>(node: &Node<T>) -> u64 {
    match node.digest.load(Ordering::Relaxed) {
        0 => {
            let digest = DIGESTS.hash_one(&node.value).max(1);
            node.digest.store(digest, Ordering::Relaxed);
            digest
        }
        digest => digest,
    }
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Pooled> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        match &self.0 {
            Some(node) => &node.value,
            None => T::empty(),
        }
    }
}

impl<T: Pooled> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Pooled> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        self.same(other) || self.digest() == other.digest() && **self == **other
    }
}

impl<T: Pooled> Eq for Shared<T> {}

impl<T: Pooled> Hash for Shared<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.digest());
    }
}

impl<T: Pooled + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'a, T> IntoIterator for &'a Shared<Vec<T>>
where
    Vec<T>: Pooled,
{
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Pooled + Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<T: Pooled + Decode> Decode for Shared<T> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = T::decode(deserializer)?;
        Ok(if T::AT_ONCE {
            Self::new(value)
        } else {
            Self::apart(value)
        })
    }
}

impl<T: Pooled + Wire> Wire for Shared<T> {
    const REPEATED: bool = T::REPEATED;

    fn merge(
        &mut self,
        layout: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        if !T::AT_ONCE {
            return self.to_mut().merge(layout, wire, reader);
        }
        // What stands there byte by byte as it stood before is the same value.
        let before = *reader;
        let plain = self.0.is_none() && matches!(layout, Layout::Own);
        if plain {
            reader.pass(wire, T::REPEATED)?;
            if let Some(known) = recall(reader.since(&before)) {
                *self = known;
                return Ok(());
            }
            *reader = before;
        }
        let mut value = std::mem::take(self.to_mut());
        value.merge(layout, wire, reader)?;
        let lasting = value.normalise();
        *self = Self::apart(value);
        self.share();
        if plain && lasting {
            remember(reader.since(&before), self);
        }
        Ok(())
    }
}

/// The value that these bytes were before.
fn recall<T: Pooled>(raw: &[u8]) -> Option<Shared<T>> {
    POOL.with_borrow_mut(|pool| {
        let memory = &pool.as_mut()?.known::<T>()?.memory;
        let digest = DIGESTS.hash_one(raw);
        memory
            .find(digest, |(known, _)| **known == *raw)
            .map(|(_, value)| value.clone())
    })
}

/// How many bytes an interner remembers to know them again.
const MEMORY: usize = 32 << 20;

fn remember<T: Pooled>(raw: &[u8], value: &Shared<T>) {
    POOL.with_borrow_mut(|pool| {
        let Some(pool) = pool else { return };
        if pool.remembered + raw.len() > MEMORY {
            return;
        }
        pool.remembered += raw.len();
        let Some(known) = pool.known::<T>() else {
            return;
        };
        known.memory.insert_unique(
            DIGESTS.hash_one(raw),
            (raw.into(), value.clone()),
            |(known, _)| DIGESTS.hash_one(&**known),
        );
    });
}

/// The values of one type that an interner knows.
struct KnownValues<T> {
    values: HashTable<Arc<Node<T>>>,
    /// How some of them stood on the wire.
    memory: HashTable<(Box<[u8]>, Shared<T>)>,
}

impl<T> fmt::Debug for KnownValues<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {}", self.values.len(), self.memory.len())
    }
}

impl<T> Default for KnownValues<T> {
    fn default() -> Self {
        Self {
            values: HashTable::new(),
            memory: HashTable::new(),
        }
    }
}

/// A type whose equal values are stored once.
pub trait Pooled: Clone + Default + Eq + Hash + Send + Sync + 'static {
    /// Whether a value is shared as soon as it was read, or later, when it was reduced.
    const AT_ONCE: bool = true;
    /// The value that takes no room.
    fn empty() -> &'static Self;
    /// Brings equal meanings to equal values; tells whether its bytes are likely to come again.
    fn normalise(&mut self) -> bool {
        true
    }
}

macro_rules! pooled {
    ($($type:ty $({ $($item:item)* })?;)+) => {
        $(impl $crate::wire::shared::Pooled for $type {
            fn empty() -> &'static Self {
                static EMPTY: std::sync::LazyLock<$type> = std::sync::LazyLock::new(Default::default);
                &EMPTY
            }
            $($($item)*)?
        })+
    };
}
pub(crate) use pooled;

/// What an interner knows: of each type the values that came up.
#[derive(Debug, Default)]
struct Pool {
    known: HashMap<TypeId, Box<dyn Any + Send>>,
    /// How many bytes are remembered with what was read from them.
    remembered: usize,
}

impl Pool {
    fn known<T: Pooled>(&mut self) -> Option<&mut KnownValues<T>> {
        self.known
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(KnownValues::<T>::default()))
            .downcast_mut()
    }
}

thread_local! {
    static POOL: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

/// Lets equal texts and equal parts of objects share one allocation; the decoder owns it.
#[derive(Debug, Default)]
pub struct Interner {
    texts: Texts,
    pool: Pool,
}

impl Interner {
    /// An interner that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `decode`; all that it reads on this thread is shared with what was read in earlier calls.
    pub fn within<T>(&mut self, decode: impl FnOnce() -> T) -> T {
        let Self { texts, pool } = self;
        texts.within(|| with_pool(&POOL, pool, decode))
    }
}
