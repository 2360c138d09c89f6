//! `kready waive`: drafts waivers for what stands in a report, to be filled in by a person.

use super::invocation::registry;
use crate::{
    cli,
    config::{DEFAULT_FILE, PLACEHOLDER, Selection},
    failure::{Exit, Failure},
    interrupt, output,
    progress::Line,
    render::waive::Draft,
    report::{OldReport, Policy},
};

pub(super) fn run(options: &cli::Waive) -> Result<Exit, Failure> {
    interrupt::listen(&Line::new(true));
    let registry = registry();
    let selection = Selection::parse(&options.only, &options.skip, &registry)?;
    let checks = (selection != Selection::default()).then(|| {
        let (chosen, _) = selection.apply(&registry, &Policy::default());
        chosen.iter().map(|check| check.id.to_owned()).collect()
    });
    let draft = Draft {
        checks,
        reason: options.reason.clone(),
        owner: options.owner.clone(),
        days: options.days,
        config: DEFAULT_FILE,
        placeholder: PLACEHOLDER,
    };
    let report = OldReport::read(&options.report)?;
    output::print(&draft.of(&report, &options.report.display().to_string()))?;
    Ok(Exit::Ready)
}
