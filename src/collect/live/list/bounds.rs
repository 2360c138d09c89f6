//! How much is taken of lists, and of which type they have to be.

use std::sync::atomic::{AtomicU64, Ordering};

use kready_checks::inventory::{Resource, ServedBy};

use crate::collect::live::errors::Trouble;

/// The most objects of one list: Kubernetes is made for 150,000 pods.
const MOST_OBJECTS: usize = 1_000_000;

/// The most bytes of all lists together, unpacked: as much as etcd stores at most.
const MOST_BYTES: u64 = 8 << 30;

/// How much all lists of a run may still bring.
#[derive(Debug)]
pub(in crate::collect::live) struct Allowance {
    objects: usize,
    bytes: AtomicU64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            objects: MOST_OBJECTS,
            bytes: AtomicU64::new(MOST_BYTES),
        }
    }
}

impl Allowance {
    /// Takes what arrived of a list that has brought so many objects.
    ///
    /// # Errors
    /// It is more than is taken.
    pub(super) fn take(&self, bytes: usize, objects: usize) -> Result<(), Trouble> {
        let bytes = bytes as u64;
        let left = |left: u64| left.checked_sub(bytes);
        let fits = self
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        if fits.is_err() {
            return Err(Trouble::TooMuch(format!(
                "the server sent more than {} GiB",
                MOST_BYTES >> 30
            )));
        }
        if objects > self.objects {
            return Err(Trouble::TooMuch(format!(
                "the list has more than {MOST_OBJECTS} objects"
            )));
        }
        Ok(())
    }
}

/// Which types a list may have.
#[derive(Clone, Debug)]
pub(in crate::collect::live) struct ListType {
    api_version: String,
    /// A custom kind may name its list as it likes.
    kind: Option<String>,
}

impl ListType {
    /// That of a resource that is served in this version.
    pub(in crate::collect::live) fn of(resource: &Resource, version: &str) -> Self {
        Self {
            api_version: match resource.group {
                "" => version.to_owned(),
                group => format!("{group}/{version}"),
            },
            kind: match resource.served_by {
                ServedBy::Builtin => Some(format!("{}List", resource.kind)),
                ServedBy::Custom => None,
            },
        }
    }

    /// Whether a list that says this of itself is one of these.
    pub(super) fn is(&self, api_version: &str, kind: &str) -> bool {
        let named = self
            .kind
            .as_deref()
            .map_or_else(|| kind.ends_with("List"), |known| known == kind);
        named && self.api_version == api_version
    }
}

#[cfg(test)]
mod tests {
    use kready_checks::inventory::Kind;

    use super::*;

    #[test]
    fn what_arrives_is_taken_as_long_as_it_is_not_too_much() {
        let allowance = Allowance {
            objects: 3,
            bytes: AtomicU64::new(10),
        };
        assert!(allowance.take(4, 3).is_ok());
        assert!(allowance.take(4, 3).is_ok());
        let says = |bytes, objects| match allowance.take(bytes, objects) {
            Err(Trouble::TooMuch(words)) => words,
            other => panic!("{other:?}"),
        };
        assert!(says(4, 3).contains("8 GiB"));
        assert!(says(1, 4).contains("1000000 objects"));
    }

    #[test]
    fn a_list_is_of_the_type_that_was_asked_for() {
        let pods = ListType::of(&Kind::Pod.resource(), "v1");
        assert!(pods.is("v1", "PodList"));
        for (api_version, kind) in [
            ("v1", "NodeList"),
            ("v1", "Pod"),
            ("apps/v1", "PodList"),
            ("v1", ""),
            ("", "PodList"),
        ] {
            assert!(!pods.is(api_version, kind), "{api_version} {kind}");
        }
        let scaled = ListType::of(&Kind::ScaledObject.resource(), "v1alpha1");
        assert!(scaled.is("keda.sh/v1alpha1", "ScaledObjectList"));
        assert!(scaled.is("keda.sh/v1alpha1", "ScaledThingsList"));
        assert!(!scaled.is("v1", "PodList"));
    }
}
