//! HTML: one page that needs nothing else, can be read without JavaScript, filtered with it, and printed.
//!
//! A few templates are filled one after the other: the findings of a large cluster are never held as values all at once.

mod page;
mod prose;
mod rest;
mod rows;
#[cfg(test)]
mod tests;
mod words;

use std::io;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kready_checks::model::Severity;
use minijinja::{
    Environment, Error, Output, State, UndefinedBehavior, Value, context, escape_formatter,
    syntax::SyntaxConfig, value::Serde,
};
use sha2::{Digest as _, Sha256};

use self::{
    page::Page,
    rows::{Group, Row, groups},
};
use super::{escape, markup};
use crate::report::{self, Report};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The templates, in the order in which they are filled.
const TEMPLATES: [(&str, &str); 5] = [
    ("head.html", include_str!("head.html.j2")),
    ("check.html", include_str!("check.html.j2")),
    ("rows.html", include_str!("rows.html.j2")),
    ("end.html", include_str!("end.html.j2")),
    ("tail.html", include_str!("tail.html.j2")),
];

/// How many findings become values at a time.
const CHUNK: usize = 512;

/// The report as a page.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let environment = environment().map_err(io::Error::other)?;
    let page = Value::from(Serde(Page::of(report)));
    let severities = Severity::ALL.map(Severity::id);
    fill(
        &environment,
        "head.html",
        context! {
            page => page.clone(),
            severities => severities,
            policy => Value::from_safe_string(policy()),
            style => STYLE,
        },
        out,
    )?;
    for group in groups(report) {
        writeln!(
            out,
            "<div class=\"group{}\"><h3>{}<small>{}</small></h3>",
            if group.is_idle() { " idle" } else { "" },
            group.heading(report),
            group.size()
        )?;
        for check in &group.checks {
            write_check(&environment, report, &group, check, out)?;
        }
        out.write_all(b"</div>\n")?;
    }
    fill(
        &environment,
        "tail.html",
        context! { page => page, script => SCRIPT },
        out,
    )
}

fn write_check(
    environment: &Environment<'_>,
    report: &Report,
    group: &Group<'_>,
    check: &report::CheckResult,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let shown = Value::from(Serde(rows::Shown::of(report, group, check)));
    fill(
        environment,
        "check.html",
        context! { check => shown.clone() },
        out,
    )?;
    for (state, count, findings) in rows::by_state(report, check) {
        if let Some(words) = rows::state_heading(state) {
            writeln!(out, "<p class=\"state\">{count} {words}</p>")?;
        }
        out.write_all(b"<ul class=\"rows\">\n")?;
        for chunk in findings.chunks(CHUNK) {
            let rows: Vec<Row<'_>> = chunk.iter().map(|it| Row::of(report, it)).collect();
            fill(
                environment,
                "rows.html",
                context! { rows => Value::from(Serde(rows)) },
                out,
            )?;
        }
        out.write_all(b"</ul>\n")?;
    }
    fill(environment, "end.html", context! { check => shown }, out)
}

fn fill(
    environment: &Environment<'_>,
    name: &str,
    values: Value,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let template = environment.get_template(name).map_err(io::Error::other)?;
    match template.render_captured_to(values, out) {
        Ok(_) => Ok(()),
        Err(error) => Err(written(error)),
    }
}

/// What came of writing, if that is what failed.
fn written(error: Error) -> io::Error {
    let cause = std::error::Error::source(&error).and_then(|it| it.downcast_ref::<io::Error>());
    match cause {
        Some(cause) => cause
            .raw_os_error()
            .map_or_else(|| cause.kind().into(), io::Error::from_raw_os_error),
        None => io::Error::other(error),
    }
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(formatted);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// Text stays text: no markup, and no character that hides or turns others.
fn formatted(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if !value.is_safe()
        && let Some(text) = value.as_str()
    {
        let shown = escape::text(text);
        return out.write_str(&markup::escaped(&shown)).map_err(Error::from);
    }
    escape_formatter(out, state, value)
}

/// Allows the page's own style and script, and nothing else.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}
