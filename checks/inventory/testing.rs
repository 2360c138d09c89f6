//! What the tests of several rooms read clusters with.

use super::{Inventory, Loader, yaml_documents};
use crate::wire::Time;

/// The inventory of manifests, in the namespace `default`.
pub(crate) fn load(yaml: &str) -> Inventory {
    load_at(Time(0), yaml)
}

/// The inventory of manifests, or of a snapshot that tells no time, as it is at a time.
pub(crate) fn load_at(now: Time, yaml: &str) -> Inventory {
    let mut loader = Loader::new("default");
    for document in yaml_documents(yaml).unwrap() {
        loader.add(document, None).unwrap();
    }
    loader.finish(now)
}
