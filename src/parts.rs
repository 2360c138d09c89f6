//! Parts of the program for its own example and tests, which look at one stage at a time.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::anyhow;
use kready_checks::{
    builtin,
    frame::Check,
    inventory::{Evidence, Inventory, Loader, Picture, Role, Settings},
    knowledge,
    model::Evaluation,
    wire::Time,
};

use crate::{
    collect::{Collected, files, snapshot},
    config::{self, FileChoice, Overrides, Plan},
    failure::{Exit, Failure},
    render::{
        json,
        table::{self, By, View},
        terminal::Terminal,
    },
    report::{self, Tool},
};

/// An audit of a file by all checks that run by default, stage by stage.
#[derive(Debug)]
pub struct Audit {
    registry: Vec<&'static Check>,
    plan: Plan,
    collected: Collected,
}

impl Audit {
    /// Reads manifests or a snapshot.
    pub fn read(path: PathBuf) -> anyhow::Result<Self> {
        let options = files::FileOptions {
            paths: vec![path],
            default_namespace: "default".to_owned(),
            selection_given: true,
            ..files::FileOptions::default()
        };
        Self::new(|evidence| files::collect(&options, evidence))
    }

    /// Takes what was loaded.
    pub fn of(loader: Loader) -> anyhow::Result<Self> {
        Self::new(|evidence| {
            let asked = evidence.iter().map(|(_, evidence)| *evidence).collect();
            Ok(files::finish(loader, Time::default(), asked, true))
        })
    }

    fn new(
        collect: impl FnOnce(&BTreeSet<(Role, Evidence)>) -> Result<Collected, Failure>,
    ) -> anyhow::Result<Self> {
        let in_words = |failure: Failure| anyhow!("{failure}");
        let registry: Vec<&'static Check> = builtin().collect();
        let plan = config::load(&FileChoice::Nothing, &registry)
            .and_then(|config| config.plan(&Overrides::default(), &registry))
            .map_err(in_words)?;
        let evidence = plan
            .checks
            .iter()
            .flat_map(|check| check.evidence())
            .collect();
        let collected = collect(&evidence).map_err(in_words)?;
        Ok(Self {
            registry,
            plan,
            collected,
        })
    }

    /// The checks to run.
    pub fn checks(&self) -> &[&'static Check] {
        &self.plan.checks
    }

    /// What was read.
    pub const fn inventory(&self) -> &Inventory {
        &self.collected.inventory
    }

    /// What the checks are told.
    pub fn settings(&self) -> Settings {
        self.plan.settings(self.collected.inventory.now)
    }

    /// Makes the report of what the checks said.
    pub fn report(
        &self,
        picture: &Picture<'_>,
        results: Vec<(&'static Check, Evaluation)>,
    ) -> Report {
        let tool = Tool {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            checks: report::of_registry(&self.registry),
            knowledge: knowledge::DATE.to_owned(),
        };
        Report(report::build(
            &self.collected,
            picture,
            results,
            self.plan.skipped.clone(),
            &self.plan.policy,
            tool,
            None,
        ))
    }
}

/// A report that can be rendered.
#[derive(Debug)]
pub struct Report(report::Report);

impl Report {
    /// As the table that a file would hold.
    pub fn table(&self) -> String {
        let (report, view) = self.shown();
        table::render(report, &view)
    }

    /// The report, and how it is shown in a file.
    pub(crate) fn shown(&self) -> (&report::Report, View) {
        let view = View {
            terminal: Terminal::FILE,
            by: By::Check,
            details: false,
            program: "kready",
            exit: Exit::Ready,
        };
        (&self.0, view)
    }

    /// As JSON.
    pub fn json(&self, out: &mut impl Write) -> io::Result<()> {
        json::render(&self.0, out)
    }
}

/// The snapshot of what was loaded: all checks are replayed on it.
pub fn snapshot_of(loader: Loader) -> io::Result<Vec<u8>> {
    let collected = files::finish(loader, Time::default(), BTreeSet::new(), true);
    snapshot::write_with(&collected, None, Vec::new())
}

/// Whether a text is a configuration; what is wrong with it otherwise.
pub fn configuration(text: &str) -> Result<(), String> {
    let registry: Vec<&'static Check> = builtin().collect();
    config::parse(text, "kready.yaml", &registry).map(drop)
}
