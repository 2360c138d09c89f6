//! Images that no container runtime would know.

use crate::{
    kubernetes::Workload,
    model::{Text, Unknown, Why},
};

/// That no container runtime would know what a container's image is.
pub(super) fn no_reference(image: &Text, workload: &Workload<'_>) -> Why {
    let object = workload.reference();
    Why::new(
        Unknown::Unreadable,
        format!("{image:?} of {object} is no image reference"),
    )
}
