//! One file per output format; each sees the report only.

pub(crate) mod escape;
pub(crate) mod json;
