//! `kready schema`: the shapes of what kready reads and writes, as JSON Schema.

use super::invocation::registry;
use crate::{
    cli::{self, SchemaOf},
    collect::snapshot,
    config,
    failure::{Exit, Failure},
    output,
    render::json,
};

pub(super) fn run(options: &cli::Schema) -> Result<Exit, Failure> {
    let schema = match options.what {
        SchemaOf::Report => json::schema(),
        SchemaOf::Lines => json::lines_schema(),
        SchemaOf::Components => json::components_schema(),
        SchemaOf::Diff => json::diff_schema(),
        SchemaOf::Config => config::schema(&registry()),
        SchemaOf::Snapshot => snapshot::schema().map_err(Failure::usage)?,
    };
    let mut text = Vec::new();
    json::write(&schema, &mut text).map_err(Failure::usage)?;
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Ready)
}
