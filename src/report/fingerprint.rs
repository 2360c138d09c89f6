//! Fingerprints: they tell whether findings of two reports are the same.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt::{self, Write as _},
};

use kready_checks::{
    frame::Check,
    model::{Finding, ObjectRef},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Identifies a finding across reports: 128 bits, written as hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Reads the fingerprint of an older report. A text that kready never writes becomes a digest that no finding has.
    pub(super) fn read(text: &str) -> Self {
        let written = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        let digits = Some(text).filter(|text| text.len() == 32 && text.bytes().all(written));
        let number = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok());
        number.map_or_else(
            || digest(Sha256::new_with_prefix(text)),
            |number| Self(number.to_be_bytes()),
        )
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Ok(Self::read(&text))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The parts of a finding that identify it; what was seen is not among them.
fn identity<'a>(check: &'a str, finding: &'a Finding) -> [Option<&'a str>; 7] {
    let object = finding.object.as_deref();
    [
        Some(check),
        object.map(ObjectRef::group),
        object.map(|object| object.kind.as_str()),
        object.map(|object| object.namespace.as_str()),
        object.map(|object| object.name.as_str()),
        finding.fault.container.as_deref(),
        finding.fault.path.as_deref(),
    ]
}

/// Gives a check's findings their fingerprints, one after another.
///
/// Findings that differ only in their wording are numbered: once one of two is fixed, the first number is known and the
/// second one is gone, whichever of them was fixed.
pub(super) struct Numbering<'a> {
    check: &'a str,
    seen: HashMap<Fingerprint, u32>,
}

impl<'a> Numbering<'a> {
    pub(super) fn of(check: &'a str) -> Self {
        Self {
            check,
            seen: HashMap::new(),
        }
    }

    pub(super) const fn check(&self) -> &'a str {
        self.check
    }

    pub(super) fn fingerprint(&mut self, finding: &Finding) -> Fingerprint {
        let hash = hash(identity(self.check, finding));
        let first = digest(hash.clone());
        let number = self.seen.entry(first).or_default();
        *number += 1;
        match *number {
            1 => first,
            number => digest(hash.chain_update(number.to_be_bytes())),
        }
    }
}

fn hash(identity: [Option<&str>; 7]) -> Sha256 {
    let mut hash = Sha256::new();
    for part in identity {
        // Lengths keep the parts apart, and an absent part differs from an empty one.
        match part {
            Some(part) => {
                hash.update([1]);
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
            None => hash.update([0]),
        }
    }
    hash
}

fn digest(hash: Sha256) -> Fingerprint {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Fingerprint(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// A digest of everything that the checks ask: two reports with the same one asked the same questions.
pub(crate) fn of_registry(registry: &[&'static Check]) -> String {
    let mut checks: Vec<&Check> = registry.to_vec();
    checks.sort_by_key(|check| check.id);
    let mut hash = Sha256::new();
    for check in checks {
        // The body cannot be hashed; the page says what it decides.
        let asked = format!(
            "{:?}",
            (
                check.id,
                check.pillar,
                check.severity,
                check.impact,
                check.title,
                check.evidence().collect::<Vec<_>>(),
                check.params,
                check.capability,
                check.docs,
            )
        );
        hash.update((asked.len() as u64).to_be_bytes());
        hash.update(asked);
    }
    hexadecimal(&hash.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(api_version: &str, name: &str) -> Finding {
        Finding::on(&ObjectRef {
            api_version: api_version.into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: name.into(),
            copy: 0,
        })
    }

    #[test]
    fn what_was_seen_and_the_version_do_not_matter_and_all_else_does() {
        let base = finding("apps/v1", "cart").at("spec.replicas").saw("1", "2");
        let print = |check: &str, finding: &Finding| Numbering::of(check).fingerprint(finding);
        let it = print("a", &base);
        assert_eq!(it.to_string(), "d45282bdbf5cb3eb5c28e53fa8c83f9a");
        assert_eq!(it, print("a", &base.clone().saw("3", "4")));
        assert_eq!(
            it,
            print("a", &finding("apps/v1beta1", "cart").at("spec.replicas"))
        );
        let others = [
            print("b", &base),
            print("a", &finding("apps/v1", "card").at("spec.replicas")),
            print("a", &finding("extensions/v1", "cart").at("spec.replicas")),
            print("a", &base.clone().at("spec.replica")),
            print("a", &base.clone().container(&"web".into())),
            print("a", &Finding::cluster().at("spec.replicas")),
        ];
        for other in &others {
            assert_ne!(&it, other);
        }
        // Parts cannot flow into each other.
        let left = finding("apps/v1", "ab").container(&"c".into());
        let right = finding("apps/v1", "a").container(&"bc".into());
        assert_ne!(print("a", &left), print("a", &right));
    }

    #[test]
    fn what_is_written_is_read_again_and_all_else_stays_apart() {
        let finding = Numbering::of("a").fingerprint(&finding("apps/v1", "cart"));
        let written = finding.to_string();
        assert_eq!(Fingerprint::read(&written), finding);
        let others = [written.to_uppercase(), format!(" {written}"), String::new()];
        for (index, other) in others.iter().enumerate() {
            let read = Fingerprint::read(other);
            assert_ne!(read, finding, "{other}");
            assert!(
                others[..index]
                    .iter()
                    .all(|it| Fingerprint::read(it) != read)
            );
        }
    }

    #[test]
    fn the_registry_has_a_digest_that_its_order_does_not_change() {
        let checks = crate::report::testing::CHECKS.clone();
        let digest = of_registry(&checks);
        assert_eq!(digest.len(), 16);
        let backwards: Vec<&'static Check> = checks.iter().rev().copied().collect();
        assert_eq!(of_registry(&backwards), digest);
        assert_ne!(of_registry(&checks[1..]), digest);
    }

    #[test]
    fn twins_are_numbered_and_mending_one_leaves_the_other_known() {
        let one = finding("apps/v1", "cart").saw("a", "");
        let two = finding("apps/v1", "cart").saw("b", "");
        let mut numbering = Numbering::of("a");
        let first = numbering.fingerprint(&one);
        assert_ne!(numbering.fingerprint(&two), first);
        assert_eq!(Numbering::of("a").fingerprint(&two), first);
    }
}
