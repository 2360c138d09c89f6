//! Health: do probes tell the truth, and is everything up now?

mod container_crash_looping;

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[&container_crash_looping::CHECK];
