//! One module per output format; each sees the report, not the cluster.

mod audited;
pub(crate) mod catalogue;
pub(crate) mod checks;
pub(crate) mod comment;
pub(crate) mod components;
pub(crate) mod csv;
pub(crate) mod cyclonedx;
pub(crate) mod diff;
mod evidence;
pub(crate) mod explain;
pub(crate) mod flow;
pub(crate) mod github;
pub(crate) mod gitlab;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
mod markup;
#[cfg(test)]
mod measure;
pub(crate) mod openmetrics;
pub(crate) mod openreports;
pub(crate) mod pipeline;
#[cfg(test)]
mod samples;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod template;
pub(crate) mod terminal;
pub(crate) mod waive;
pub(crate) mod yaml;

use crate::escape;
