//! Observability: would anyone notice, and could they find out why?

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[];
