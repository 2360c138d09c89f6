//! JSON: the report under names that dashboards may rely on.

mod common;
mod components;
mod outline;
mod report;
mod safe;
#[cfg(test)]
mod tests;

use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use safe::Safe;

use crate::report::{Census, Report};

/// The report as JSON, ending in a line break.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    write(&report::ReportDocument::of(report), out)
}

/// What the report's JSON says, for templates.
pub(crate) fn document(report: &Report) -> impl Serialize {
    report::ReportDocument::of(report)
}

/// Components as JSON, ending in a line break.
///
/// # Errors
/// Writing failed.
pub(crate) fn components(census: &Census, out: &mut impl io::Write) -> io::Result<()> {
    write(&components::ComponentsDocument::of(census), out)
}

/// Writes a JSON value the way the report is written.
///
/// # Errors
/// Writing failed.
pub(crate) fn write(value: &impl Serialize, out: &mut impl io::Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Safe::default());
    value.serialize(&mut serializer).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// The JSON schema of the report.
pub(crate) fn schema() -> serde_json::Value {
    schema_of::<report::ReportDocument<'static>>(
        "https://kready.dev/schemas/report-v1.json",
        "A report of kready",
    )
}

/// The JSON schema of the list of components.
pub(crate) fn components_schema() -> serde_json::Value {
    schema_of::<components::ComponentsDocument<'static>>(
        "https://kready.dev/schemas/components-v1.json",
        "The components of a cluster, as kready recognises them",
    )
}

fn schema_of<T: JsonSchema>(id: &str, title: &str) -> serde_json::Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>();
    schema.insert("$id".to_owned(), id.into());
    schema.insert("title".to_owned(), title.into());
    schema.to_value()
}
