//! One module per output format; each sees the report, not the cluster.

mod audited;
pub(crate) mod checks;
pub(crate) mod components;
pub(crate) mod csv;
pub(crate) mod cyclonedx;
mod evidence;
pub(crate) mod explain;
pub(crate) mod flow;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod markdown;
mod markup;
pub(crate) mod table;
pub(crate) mod template;
pub(crate) mod terminal;
pub(crate) mod waive;

use crate::escape;
