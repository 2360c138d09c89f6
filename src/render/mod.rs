//! One file per output format; each sees the report only.

pub(crate) mod checks;
pub(crate) mod components;
pub(crate) mod cyclonedx;
pub(crate) mod explain;
pub(crate) mod flow;
mod head;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod waive;

use crate::escape;
