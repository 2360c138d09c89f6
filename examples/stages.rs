//! Prints what each stage of an audit after reading costs: `cargo run --release --example stages -- SNAPSHOT [RUNS]`.
//!
//! One stage and one check after another on one thread, in CPU time, so that a busy machine matters little; medians of
//! all runs.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod measured;

use std::{collections::BTreeMap, io::Write as _, path::PathBuf, time::Duration};

use anyhow::Context as _;
use kready::parts::Audit;
use kready_checks::{frame::PREPARATIONS, inventory::Picture};
use measured::{Count, Memory, busy};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let path = PathBuf::from(arguments.next().context("which snapshot?")?);
    let runs = match arguments.next() {
        Some(runs) => runs.to_string_lossy().parse()?,
        None => 5,
    };
    let mut stages = Stages::default();
    let mut fullest = 0.0_f64;
    let mut findings = BTreeMap::new();
    let audit = stages.time("reading, which is not counted", || Audit::read(path))?;
    for _ in 0..runs {
        let picture = Picture::of(audit.inventory());
        let before = Memory::now().resident;
        Memory::forget_peak();
        let settings = audit.settings();
        for (name, prepare) in PREPARATIONS {
            stages.time(name, || prepare(&picture));
        }
        let mut results = Vec::new();
        for check in audit.checks() {
            let evaluation = stages.time(check.id, || check.evaluate_in(&picture, &settings));
            findings.insert(check.id, evaluation.findings.len());
            results.push((*check, evaluation));
        }
        let report = stages.time("report", || audit.report(&picture, results));
        let mut bytes = Count(0);
        stages.time("table", || bytes.write_all(report.table().as_bytes()))?;
        stages.time("JSON", || report.json(&mut bytes))?;
        fullest = fullest.max(Memory::now().peak - before);
    }

    let total = stages.total();
    for (name, time) in stages.medians() {
        let found = findings
            .get(name)
            .map(|count| format!("{count:>7} findings"))
            .unwrap_or_default();
        println!(
            "{name:<38} {:>9.1} ms {:>5.1} %  {found}",
            time.as_secs_f64() * 1e3,
            time.as_secs_f64() / total.as_secs_f64() * 100.0,
        );
    }
    println!("{:<38} {:>9.1} ms", "all", total.as_secs_f64() * 1e3);
    println!("{:<38} {fullest:>9.1} MB", "memory on top of the inventory");
    Ok(())
}

/// What the stages took, in the order in which they came first.
#[derive(Default)]
struct Stages {
    names: Vec<&'static str>,
    times: BTreeMap<&'static str, Vec<Duration>>,
}

impl Stages {
    fn time<T>(&mut self, name: &'static str, stage: impl FnOnce() -> T) -> T {
        let start = busy();
        let result = stage();
        let took = busy().saturating_sub(start);
        if !self.times.contains_key(name) {
            self.names.push(name);
        }
        self.times.entry(name).or_default().push(took);
        result
    }

    fn medians(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        self.names.iter().map(|name| {
            let mut times = self.times[name].clone();
            times.sort_unstable();
            (*name, times[times.len() / 2])
        })
    }

    /// Without reading.
    fn total(&self) -> Duration {
        self.medians().skip(1).map(|(_, time)| time).sum()
    }
}
