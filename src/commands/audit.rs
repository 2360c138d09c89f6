//! `kready audit`: from the configuration to the exit code.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, anyhow};
use kready_checks::{inventory::Picture, knowledge};

use super::{
    anchor, cluster, input,
    invocation::{Invocation, registry},
    plan,
};
use crate::{
    audit,
    bounded::{self, MIB},
    cli,
    collect::{Collected, snapshot},
    config::Plan,
    escape,
    failure::{Exit, Failure},
    interrupt,
    output::{Format, Outputs, PendingFile, Readers, Target},
    progress::Line,
    render::{
        comment, csv, github, gitlab, html, json, junit, openmetrics, openreports,
        pipeline::Places,
        sarif,
        table::{self, View},
        template::{Document, Template},
        yaml,
    },
    report::{self, Report, SourceKind, Tool, Verdict},
};

/// How long rendering one chart or one kustomization may take.
const LONGEST_RENDERING: Duration = Duration::from_secs(60);

/// A template is written by hand.
const LARGEST_TEMPLATE: u64 = MIB;

/// The part of the whole time that judging has at least, however long a cluster took to be read, and the least of it.
const SHARE_OF_JUDGING: u32 = 20;
const LEAST_JUDGING: Duration = Duration::from_secs(1);

pub(super) fn run(options: &cli::Audit, invocation: Invocation) -> Result<Exit, Failure> {
    let start = Instant::now();
    let line = Line::new(invocation.quiet);
    interrupt::listen(&line);
    let mut plan = plan::of_audit(options)?;
    let mut claims = input::claims(
        &options.config,
        Some(&options.input),
        Some(&options.connection),
    );
    if let Some(baseline) = &options.baseline {
        claims.input("the baseline", baseline);
    }
    let saved = options
        .save
        .as_deref()
        .map(input::snapshot_target)
        .transpose()?;
    if let Some(saved) = &saved {
        claims.output(saved)?;
    }
    let places = anchor::places(options, plan.policy.config.as_deref())?;
    for target in &options.output {
        if let Format::Template(path) = target.format {
            claims.input("the template", Path::new(path));
        }
    }
    let templates = templates(&options.output)?;
    let outputs = Outputs::open(&options.output, &mut claims)?;
    let save_to = saved
        .as_deref()
        .map(|save| PendingFile::create(save, Readers::Owner))
        .transpose()?;
    // It is looked at until the program ends, maybe by a check that doesn't come to an end; and taking a big inventory apart
    // would only take time.
    let collected: &'static Collected = Box::leak(Box::new(collect(options, &plan, &line)?));
    claims.spare(&collected.places)?;
    version_is_open(options, collected)?;
    if collected.source != SourceKind::Files {
        anchor::needed(options, &places)?;
    }
    if let Some(selection) = &collected.selection {
        plan.replay(selection);
    }
    let mut report = judge(collected, &plan, end_of_judging(start, options))?;
    report.took = (report.audited.source == SourceKind::Live).then(|| start.elapsed());
    let exit = exit(report.verdict, options.report_only);
    if let Some(file) = save_to {
        save(collected, &plan, file)?;
    }
    let filled = fill(&templates, &report)?;
    outputs.write(invocation.color, |format, terminal, out| {
        let view = View {
            terminal,
            by: options.by,
            details: options.details,
            program: invocation.program,
            exit,
        };
        match format {
            Format::Template(path) => filled
                .iter()
                .find(|(template, _)| *template == path)
                .map_or(Ok(()), |(_, text)| out.write_all(text)),
            _ => render(format, &report, &view, &places, out),
        }
    })?;
    Ok(exit)
}

/// The templates of outputs, read before the work that fills them, by their paths.
fn templates(outputs: &[Target<Format>]) -> Result<Vec<(&'static str, Template)>, Failure> {
    let mut templates: Vec<(&str, Template)> = Vec::new();
    for target in outputs {
        let Format::Template(path) = target.format else {
            continue;
        };
        if templates.iter().any(|(read, _)| *read == path) {
            continue;
        }
        let text = bounded::named(Path::new(path), LARGEST_TEMPLATE)
            .and_then(bounded::text)
            .with_context(|| format!("cannot read the template {path}"))
            .map_err(|error| {
                Failure::usage(error).hint(
                    "name a template first, then its output: -o template=TEMPLATE=OUTPUT; a report as HTML is -o html=FILE",
                )
            })?;
        templates.push((path, Template::parse(path, text)?));
    }
    Ok(templates)
}

/// What each template makes of the report: before anything is written, as a template may turn out to be wrong.
fn fill(
    templates: &[(&'static str, Template)],
    report: &Report,
) -> Result<Vec<(&'static str, Vec<u8>)>, Failure> {
    if templates.is_empty() {
        return Ok(Vec::new());
    }
    let document = Document::of(report);
    templates
        .iter()
        .map(|(path, template)| Ok((*path, template.render(&document)?)))
        .collect()
}

/// A version is named for manifests: a snapshot brings its own.
fn version_is_open(options: &cli::Audit, collected: &Collected) -> Result<(), Failure> {
    let version = collected.inventory.facts.version.seen();
    let (Some(asked), Some(version)) = (options.kubernetes_version, version) else {
        return Ok(());
    };
    let error = anyhow!(
        "--kubernetes-version is for manifests, and this snapshot is of a cluster of version {}",
        escape::text(&version.git_version)
    );
    let hint = format!(
        "leave it out; to see which API versions 1.{} no longer serves, set `parameters: {{api-version-removed: {{target: {}}}}}` in kready.yaml",
        asked.0, asked.0
    );
    Err(Failure::usage(error).hint(hint))
}

fn collect(options: &cli::Audit, plan: &Plan, line: &Line) -> Result<Collected, Failure> {
    let evidence = plan::evidence(plan);
    // A limit of zero is none.
    let patience = Some(options.connection.timeout).filter(|timeout| !timeout.is_zero());
    let render = options
        .render
        .then(|| patience.map_or(LONGEST_RENDERING, |timeout| timeout.min(LONGEST_RENDERING)));
    match input::read(
        &options.input,
        &plan.scope,
        plan.selected,
        &evidence,
        render,
    ) {
        Some(collected) => collected,
        None => cluster::read(
            &options.connection,
            &plan.scope,
            options.selection.secret_names,
            &plan.policy.rights,
            &evidence,
            line,
        ),
    }
}

/// When checks that are not done yet are told to stop; none where there is no limit.
fn end_of_judging(start: Instant, options: &cli::Audit) -> Option<Instant> {
    let timeout = options.connection.timeout;
    if timeout.is_zero() {
        return None;
    }
    let end = start.checked_add(timeout)?;
    if !options.input.is_live() {
        return Some(end);
    }
    let least = LEAST_JUDGING.max(timeout / SHARE_OF_JUDGING);
    Some(end.max(Instant::now().checked_add(least)?))
}

fn judge(
    collected: &'static Collected,
    plan: &Plan,
    until: Option<Instant>,
) -> Result<Report, Failure> {
    let now = collected.inventory.now;
    plan.check_expiries(now)?;
    let settings = plan.settings(now);
    let picture: &'static Picture<'static> = Box::leak(Box::new(Picture::of(&collected.inventory)));
    let each = collected.worlds().map(|inventory| {
        let picture = if std::ptr::eq(inventory, &raw const collected.inventory) {
            picture
        } else {
            Box::leak(Box::new(Picture::of(inventory)))
        };
        audit::run(picture, &plan.checks, &settings, until)
    });
    let results = audit::merged(each);
    // One that was stopped answers nothing more, and the report asks for what the cluster is.
    let fresh = picture
        .is_stopped()
        .then(|| Picture::of(&collected.inventory));
    let picture = fresh.as_ref().unwrap_or(picture);
    Ok(report::build(
        collected,
        picture,
        results,
        plan.skipped.clone(),
        &plan.policy,
        tool(),
        report::platform(picture),
    ))
}

/// The program as reports name it.
pub(super) fn tool() -> Tool {
    Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        checks: report::of_registry(&registry()),
        knowledge: knowledge::DATE.to_owned(),
    }
}

const fn exit(verdict: Verdict, report_only: bool) -> Exit {
    match verdict {
        _ if report_only => Exit::Ready,
        Verdict::Ready => Exit::Ready,
        Verdict::NotReady => Exit::NotReady,
        Verdict::Inconclusive => Exit::Inconclusive,
    }
}

/// Writes a report in a format.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(
    format: Format,
    report: &Report,
    view: &View,
    places: &Places,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(table::render(report, view).as_bytes()),
        Format::Json => json::render(report, out),
        Format::Sarif => sarif::render(report, places, view.exit, out),
        Format::Junit => junit::render(report, out),
        Format::Markdown => comment::render(report, view.exit, out),
        Format::Github => github::render(report, places, view.exit, out),
        Format::Gitlab => gitlab::render(report, places, out),
        Format::Csv => csv::render(report, out),
        Format::Html => html::render(report, out),
        // It was filled before anything was written.
        Format::Template(_) => Ok(()),
        Format::JsonLines => json::lines(report, out),
        Format::Yaml => yaml::render(report, out),
        Format::OpenMetrics => openmetrics::render(report, out),
        Format::OpenReports => openreports::render(report, out),
    }
}

/// Writes a snapshot of what was collected for a plan.
pub(super) fn save(
    collected: &Collected,
    plan: &Plan,
    mut file: PendingFile,
) -> Result<(), Failure> {
    let mut sink = BufWriter::new(&mut file);
    let written = snapshot::write(collected, &plan.checks, &mut sink).map(drop);
    // What was left over is not tried again.
    drop(sink.into_parts());
    match written {
        Err(error) if file.is_enough(&error) => Ok(()),
        Err(error) => Err(file.full(error)),
        Ok(()) => file.finish(),
    }
}
