//! Storage: does data survive, and can it be brought back?

mod pvc_lost;
mod pvc_pending;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[&pvc_lost::CHECK, &pvc_pending::CHECK];
