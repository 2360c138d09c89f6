//! Image trust: is what runs what was meant to run?

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[];
