//! Digests of values that may be the names of Secrets: they stand in for values that do not survive decoding.

use std::{hash::BuildHasher, sync::LazyLock};

use hashbrown::DefaultHashBuilder;

/// The hasher of digests; its seed is another one in every run, and none is ever written down.
static DIGESTS: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// Parts of the names of variables of which it matters whether their value is the name of a Secret.
const PROMISES: &[&str] = &[
    "pass", "pwd", "secret", "token", "bearer", "jwt", "cred", "key", "auth",
];

/// The digest of a value that may be the name of a Secret.
pub(super) fn digest_of_value(variable: &str, value: &str) -> Option<u64> {
    let variable = variable.to_ascii_lowercase();
    let matters = PROMISES.iter().any(|promise| variable.contains(promise));
    (matters && may_be_a_name(value)).then(|| digest_of_name(value))
}

/// The digest of a name, to compare with those of values.
pub(super) fn digest_of_name(name: &str) -> u64 {
    DIGESTS.hash_one(name)
}

/// Whether a value could be the name of an object.
fn may_be_a_name(value: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=253).contains(&value.len())
        && value
            .bytes()
            .all(|byte| inner(byte) || matches!(byte, b'-' | b'.'))
        && value.bytes().next().is_some_and(inner)
        && value.bytes().next_back().is_some_and(inner)
}
