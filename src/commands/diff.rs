//! `kready diff`: what changed between two reports.

use std::{
    io::{self, Write},
    path::Path,
};

use anyhow::anyhow;

use super::invocation::{Invocation, registry};
use crate::{
    cli,
    failure::{Exit, Failure},
    interrupt,
    output::{Claims, DiffFormat, Outputs, Sink},
    progress::Line,
    render::{diff, json, terminal::Terminal},
    report::{Diff, OldReport},
};

pub(super) fn run(options: &cli::Diff, invocation: Invocation) -> Result<Exit, Failure> {
    interrupt::listen(&Line::new(true));
    let stdin = Path::new("-");
    if options.old == stdin && options.new == stdin {
        return Err(
            Failure::usage(anyhow!("standard input can't be both reports"))
                .hint("name a file for one of them"),
        );
    }
    let mut claims = Claims::default();
    claims.input("the older report", &options.old);
    claims.input("the newer report", &options.new);
    let outputs = Outputs::open(&options.output, &mut claims)?;
    let old = OldReport::read_whole(&options.old)?;
    let new = OldReport::read_whole(&options.new)?;
    let name = |path: &Path| path.display().to_string();
    let diff = Diff::of(
        (name(&options.old), &old),
        (name(&options.new), &new),
        options.fail_on.least(),
        options.gate_new_checks,
        &registry(),
    )
    .map_err(|problem| {
        Failure::usage(anyhow!(problem)).hint("write both reports with kready audit -o json=FILE")
    })?;
    outputs.write(invocation.color, |format, terminal, out| {
        let view = (invocation.program, terminal, options.details);
        render(format, &diff, view, out)
    })?;
    Ok(if diff.gating() > 0 {
        Exit::NotReady
    } else {
        Exit::Ready
    })
}

fn render(
    format: DiffFormat,
    diff: &Diff,
    (program, terminal, details): (&str, Terminal, bool),
    out: &mut Sink<'_>,
) -> io::Result<()> {
    match format {
        DiffFormat::Table => {
            out.write_all(diff::table(diff, program, terminal, details).as_bytes())
        }
        DiffFormat::Json => json::diff(diff, out),
        DiffFormat::Markdown => out.write_all(diff::markdown(diff).as_bytes()),
    }
}
