//! Hardening: how far does one compromised pod or token get?

use crate::check::Check;

pub(crate) static CHECKS: &[&Check] = &[];
