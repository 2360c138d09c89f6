//! Health: do probes tell the truth, and is everything up now?

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[];
