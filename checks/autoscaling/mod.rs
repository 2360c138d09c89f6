//! Autoscaling: is capacity declared, bounded and able to follow load?

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[];
