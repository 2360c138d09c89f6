//! Storage: does data survive, and can it be brought back?

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[];
