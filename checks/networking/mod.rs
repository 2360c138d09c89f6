//! Networking: is traffic isolated, routed, named and encrypted?

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[];
