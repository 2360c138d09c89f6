//! Prints what each stage of an audit after reading costs: `cargo run --release --example stages -- SNAPSHOT [RUNS]`.
//!
//! One stage and one check after another on one thread, in CPU time, so that a busy machine matters little; medians of
//! all runs.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use kready::parts::Audit;

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
    let mut audit = stages.time("reading, which is not counted", || Audit::read(path))?;
    for _ in 0..runs {
        // This forgets what was gathered before.
        audit.inventory_mut().restrict(&|_| true);
        let inventory = audit.inventory();
        let before = Memory::now().resident;
        Memory::forget_peak();
        let settings = audit.settings();
        for (step, name) in ["index: components", "index: workloads", "index: selectors"]
            .into_iter()
            .enumerate()
        {
            stages.time(name, || inventory.prepare(step));
        }
        let mut results = Vec::new();
        for check in audit.checks() {
            let evaluation = stages.time(check.id, || check.evaluate(inventory, &settings));
            findings.insert(check.id, evaluation.findings.len());
            results.push((*check, evaluation));
        }
        let report = stages.time("report", || audit.report(results));
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

/// How long this thread has been running on a core; wall time if the system does not tell.
fn busy() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    // The scheduler accounts for a thread when it leaves its core.
    std::thread::yield_now();
    fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Megabytes of this process; nothing where the system does not tell.
#[derive(Default)]
struct Memory {
    resident: f64,
    peak: f64,
}

impl Memory {
    fn now() -> Self {
        let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.split_whitespace().next())
                .and_then(|kilobytes| kilobytes.parse::<f64>().ok())
                .map_or(0.0, |kilobytes| kilobytes / 1024.0)
        };
        Self {
            resident: field("VmRSS:"),
            peak: field("VmHWM:"),
        }
    }

    fn forget_peak() {
        // If this cannot be written, there is no peak to print either.
        let _ = fs::write("/proc/self/clear_refs", "5");
    }
}

/// Counts what is written to it.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
