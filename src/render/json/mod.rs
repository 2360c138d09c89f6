//! JSON: the report under names that dashboards may rely on.

mod beside;
mod common;
mod components;
mod diff;
mod lines;
mod outline;
mod report;
pub(super) mod safe;
#[cfg(test)]
mod tests;

use std::io;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, PrettyFormatter};

pub(crate) use common::Control;
use safe::Safe;

use crate::report::{Census, Diff, Report};

/// The report as JSON, ending in a line break.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    write(&report::ReportDocument::of(report), out)
}

/// The report as a value to be written in another form.
pub(super) fn document(report: &Report) -> impl Serialize {
    report::ReportDocument::of(report)
}

/// The report as JSON lines: the verdict, then one line for each finding.
///
/// # Errors
/// Writing failed.
pub(crate) fn lines(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    lines::of(report, |line| {
        let formatter = Safe(CompactFormatter);
        let mut serializer = serde_json::Serializer::with_formatter(&mut *out, formatter);
        line.serialize(&mut serializer).map_err(io::Error::from)?;
        out.write_all(b"\n")
    })
}

/// Components as JSON, ending in a line break.
///
/// # Errors
/// Writing failed.
pub(crate) fn components(census: &Census, out: &mut impl io::Write) -> io::Result<()> {
    write(&components::ComponentsDocument::of(census), out)
}

/// The difference of two reports as JSON, ending in a line break.
///
/// # Errors
/// Writing failed.
pub(crate) fn diff(diff: &Diff, out: &mut impl io::Write) -> io::Result<()> {
    write(&diff::DiffDocument::of(diff), out)
}

/// Writes a JSON value the way the report is written.
///
/// # Errors
/// Writing failed.
pub(crate) fn write(value: &impl Serialize, out: &mut impl io::Write) -> io::Result<()> {
    let mut serializer =
        serde_json::Serializer::with_formatter(&mut *out, Safe(PrettyFormatter::new()));
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

/// The JSON schema of each of its lines.
pub(crate) fn lines_schema() -> serde_json::Value {
    schema_of::<lines::Line<'static>>(
        "https://kready.dev/schemas/line-v1.json",
        "A line of kready's report as JSON lines",
    )
}

/// The JSON schema of the list of components.
pub(crate) fn components_schema() -> serde_json::Value {
    schema_of::<components::ComponentsDocument<'static>>(
        "https://kready.dev/schemas/components-v1.json",
        "The components of a cluster, as kready recognises them",
    )
}

/// The JSON schema of the difference of two reports.
pub(crate) fn diff_schema() -> serde_json::Value {
    schema_of::<diff::DiffDocument<'static>>(
        "https://kready.dev/schemas/diff-v1.json",
        "What changed between two reports of kready",
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
