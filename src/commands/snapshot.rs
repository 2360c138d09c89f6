//! `kready snapshot`: what an audit would read, saved without a judgement.

use super::{audit, cluster, input, invocation::Invocation, plan};
use crate::{
    cli,
    failure::{Exit, Failure},
    interrupt,
    output::{PendingFile, Readers},
    progress::Line,
};

pub(super) fn run(options: &cli::Snapshot, invocation: Invocation) -> Result<Exit, Failure> {
    let line = Line::new(invocation.quiet);
    interrupt::listen(&line);
    let plan = plan::of_snapshot(options)?;
    let mut claims = input::claims(&options.config, None, Some(&options.connection));
    let output = input::snapshot_target(&options.output)?;
    claims.output(&output)?;
    let file = PendingFile::create(&output, Readers::Owner)?;
    let collected = cluster::read(
        &options.connection,
        &plan.scope,
        options.selection.secret_names,
        &plan.policy.rights,
        &plan::evidence(&plan),
        &line,
    )?;
    audit::save(&collected, &plan, file)?;
    Ok(Exit::Ready)
}
