//! `kready components`: what a cluster has, in which version, and what of it has ended.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use kready_checks::inventory::{
    Evidence, Role,
    needs::{COMPONENTS, PLATFORM},
};

use super::{audit, cluster, input, invocation::Invocation, plan};
use crate::{
    cli,
    failure::{Exit, Failure},
    interrupt,
    output::{ComponentsFormat, Outputs, Sink},
    progress::Line,
    render::{components, cyclonedx, json, terminal::Terminal},
    report::Census,
    rights::RightsCommand,
};

pub(super) fn run(options: &cli::Components, invocation: Invocation) -> Result<Exit, Failure> {
    let line = Line::new(invocation.quiet);
    interrupt::listen(&line);
    let scope = plan::of_components(options)?;
    let mut claims = input::claims(
        &options.config,
        Some(&options.input),
        Some(&options.connection),
    );
    let outputs = Outputs::open(&options.output, &mut claims)?;
    let evidence: BTreeSet<(Role, Evidence)> = COMPONENTS
        .iter()
        .chain(PLATFORM)
        .map(|evidence| (Role::Examined, *evidence))
        .collect();
    let rights = RightsCommand::new(plan::config_flags(&options.config));
    let collected = match input::read(&options.input, &scope, true, &evidence, None) {
        Some(collected) => collected?,
        None => cluster::read(
            &options.connection,
            &scope,
            false,
            &rights,
            &evidence,
            &line,
        )?,
    };
    claims.spare(&collected.places)?;
    let census = Census::of(&collected, audit::tool(), &rights);
    outputs.write(invocation.color, |format, terminal, out| {
        let view = (invocation.program, terminal, options.details);
        render(format, &census, view, out)
    })?;
    // The program ends here; taking a big inventory apart would only take time.
    std::mem::forget(collected);
    Ok(Exit::Ready)
}

fn render(
    format: ComponentsFormat,
    census: &Census,
    (program, terminal, details): (&'static str, Terminal, bool),
    out: &mut Sink<'_>,
) -> io::Result<()> {
    match format {
        ComponentsFormat::Table => {
            let text = components::table(census, program, terminal, details);
            out.write_all(text.as_bytes())
        }
        ComponentsFormat::Json => json::components(census, out),
        ComponentsFormat::CycloneDx => cyclonedx::render(census, out),
    }
}
