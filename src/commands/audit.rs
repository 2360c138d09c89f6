//! `kready audit`: from the configuration to the exit code.

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    path::PathBuf,
};

use anyhow::{Context, anyhow};
use kready_checks::knowledge;

use super::{Invocation, cluster, plan, registry};
use crate::{
    audit, cli,
    collect::{
        Collected, demo,
        files::{self, FileOptions},
        snapshot,
    },
    config::Plan,
    failure::{Exit, Failure},
    interrupt,
    output::{Format, PendingFile, Target},
    progress::Line,
    render::{
        json,
        table::{self, View},
        terminal::Terminal,
    },
    report::{self, Report, Tool, Verdict},
};

pub(super) fn run(options: &cli::Audit, invocation: Invocation) -> Result<Exit, Failure> {
    let line = Line::new(invocation.quiet);
    interrupt::listen(&line);
    let mut plan = plan::of_audit(options)?;
    let outputs = Outputs::open(options)?;
    let collected = collect(options, &plan, &line)?;
    if let Some(selection) = &collected.selection {
        plan.replay(selection);
    }
    let report = judge(&collected, &plan)?;
    let exit = exit(report.verdict, options.report_only);
    let view = View {
        terminal: Terminal::FILE,
        details: options.details,
        program: invocation.program,
        exit,
    };
    outputs.write(&report, &collected, &plan, &view, invocation)?;
    // The program ends here; taking a big inventory apart would only take time.
    std::mem::forget(collected);
    Ok(exit)
}

fn collect(options: &cli::Audit, plan: &Plan, line: &Line) -> Result<Collected, Failure> {
    if options.demo {
        return demo::collect(&plan.scope, &plan::evidence(plan));
    }
    if options.files.is_empty() {
        return cluster::read(
            &options.connection,
            options.selection.secret_names,
            plan,
            line,
        );
    }
    let file_options = FileOptions {
        paths: options.files.clone(),
        default_namespace: options.default_namespace.clone(),
        scope: plan.scope.clone(),
        selection_given: plan.selected,
    };
    files::collect(&file_options, &plan::evidence(plan))
}

fn judge(collected: &Collected, plan: &Plan) -> Result<Report, Failure> {
    let now = collected.inventory.now;
    plan.check_expiries(now)?;
    let settings = plan.settings(now);
    let results = audit::run(&collected.inventory, &plan.checks, &settings);
    // `kubernetes` is what it is called when no platform was recognised.
    let platform = knowledge::platform(&collected.inventory)
        .ok()
        .filter(|platform| platform.id != "kubernetes")
        .map(|platform| platform.name.to_owned());
    let tool = Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        checks: report::of_registry(&registry()),
        knowledge: knowledge::DATE.to_owned(),
    };
    Ok(report::build(
        collected,
        results,
        plan.skipped.clone(),
        &plan.policy,
        tool,
        platform,
    ))
}

const fn exit(verdict: Verdict, report_only: bool) -> Exit {
    match verdict {
        _ if report_only => Exit::Ready,
        Verdict::Ready => Exit::Ready,
        Verdict::NotReady => Exit::NotReady,
        Verdict::Inconclusive => Exit::Inconclusive,
    }
}

/// How much is written at a time: the report of a large cluster has tens of megabytes.
const BUFFER: usize = 64 << 10;

/// Where the report goes, opened before the audit begins.
struct Outputs {
    stdout: Option<Format>,
    files: Vec<(Format, PendingFile)>,
    save: Option<PendingFile>,
}

impl Outputs {
    fn open(options: &cli::Audit) -> Result<Self, Failure> {
        let default = [Target {
            format: Format::Table,
            file: None,
        }];
        let targets = if options.output.is_empty() {
            &default[..]
        } else {
            &options.output
        };
        let mut stdout = None;
        let mut paths: Vec<&PathBuf> = Vec::new();
        for target in targets {
            match &target.file {
                Some(path) => paths.push(path),
                None if stdout.is_none() => stdout = Some(target.format),
                None => {
                    return Err(Failure::usage(anyhow!(
                        "two formats cannot share standard output"
                    ))
                    .hint("write one of them to a file: -o json=report.json"));
                }
            }
        }
        paths.extend(&options.save);
        for (index, path) in paths.iter().enumerate() {
            if paths[..index].contains(path) {
                return Err(Failure::usage(anyhow!(
                    "{} cannot hold two outputs",
                    path.display()
                )));
            }
        }
        let mut files = Vec::new();
        for target in targets {
            if let Some(path) = &target.file {
                files.push((target.format, PendingFile::create(path)?));
            }
        }
        let save = options
            .save
            .as_deref()
            .map(PendingFile::create)
            .transpose()?;
        Ok(Self {
            stdout,
            files,
            save,
        })
    }

    fn write(
        self,
        report: &Report,
        collected: &Collected,
        plan: &Plan,
        view: &View,
        invocation: Invocation,
    ) -> Result<(), Failure> {
        if let Some(file) = self.save {
            save(collected, plan, file)?;
        }
        for (format, file) in self.files {
            let mut file = BufWriter::with_capacity(BUFFER, file);
            let written = render(format, report, view, &mut file)
                .and_then(|()| file.into_inner().map_err(io::IntoInnerError::into_error));
            written
                .context("cannot write the report")
                .map_err(Failure::usage)?
                .finish()?;
        }
        let Some(format) = self.stdout else {
            return Ok(());
        };
        let view = View {
            terminal: Terminal::of_stdout(invocation.color),
            ..*view
        };
        let mut stdout = BufWriter::with_capacity(BUFFER, io::stdout().lock());
        let written = render(format, report, &view, &mut stdout).and_then(|()| stdout.flush());
        match written {
            // Whoever stopped reading has seen enough; the exit code still tells the verdict.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::usage(
                anyhow::Error::new(error).context("cannot write the report to standard output"),
            )),
            _ => Ok(()),
        }
    }
}

fn render(format: Format, report: &Report, view: &View, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Table => out.write_all(table::render(report, view).as_bytes()),
        Format::Json => json::render(report, out),
    }
}

/// Writes a snapshot of what was collected for a plan.
pub(super) fn save(collected: &Collected, plan: &Plan, file: PendingFile) -> Result<(), Failure> {
    let file = snapshot::write(collected, &plan.checks, BufWriter::new(file))
        .and_then(|file| file.into_inner().map_err(io::IntoInnerError::into_error))
        .context("cannot write the snapshot")
        .map_err(Failure::usage)?;
    file.finish()
}
