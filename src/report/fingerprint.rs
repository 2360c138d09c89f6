//! Fingerprints: what makes two findings of two reports the same one.

use std::{collections::BTreeMap, fmt::Write as _};

use kready_checks::{
    check::Check,
    model::{Finding, ObjectRef},
};
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a fingerprint: 128 bits.
const DIGITS: usize = 32;

/// Who a finding is, whatever was seen.
fn identity<'a>(check: &'a str, finding: &'a Finding) -> [Option<&'a str>; 7] {
    let object = finding.object.as_ref();
    [
        Some(check),
        object.map(ObjectRef::group),
        object.map(|object| object.kind.as_str()),
        object.map(|object| object.namespace.as_str()),
        object.map(|object| object.name.as_str()),
        finding.container.as_deref(),
        finding.path.as_deref(),
    ]
}

/// The fingerprints of a check's findings, in their order.
///
/// Findings that nothing but their wording tells apart are numbered: mending one of two leaves the first
/// number known and the second one mended, whichever it was.
pub(super) fn of_all<'a>(
    check: &'a str,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Vec<String> {
    let mut seen: BTreeMap<[Option<&str>; 7], u32> = BTreeMap::new();
    findings
        .into_iter()
        .map(|finding| {
            let identity = identity(check, finding);
            let number = seen.entry(identity).or_default();
            *number += 1;
            digest(&identity, *number)
        })
        .collect()
}

fn digest(identity: &[Option<&str>; 7], number: u32) -> String {
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
    if number > 1 {
        hash.update(number.to_be_bytes());
    }
    hexadecimal(&hash.finalize()[..DIGITS / 2])
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// A digest of all that the checks ask: two reports with the same one asked the same questions.
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
                check.needs,
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
        })
    }

    #[test]
    fn what_was_seen_and_the_version_do_not_matter_and_all_else_does() {
        let base = finding("apps/v1", "cart").at("spec.replicas").saw("1", "2");
        let print = |check: &str, finding: &Finding| of_all(check, [finding])[0].clone();
        let it = print("a", &base);
        assert_eq!(it.len(), DIGITS);
        assert!(it.bytes().all(|byte| byte.is_ascii_hexdigit()));
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
        let both = of_all("a", [&one, &two]);
        assert_ne!(both[0], both[1]);
        assert_eq!(of_all("a", [&two])[0], both[0]);
    }
}
