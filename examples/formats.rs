//! Prints what each format of a report costs: `cargo run --release --example formats -- [FINDINGS]`.
//!
//! Manifests that are bad in many ways are judged once; then the report is rendered in one format after another. CPU time, and the
//! most memory on top of the report.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod measured;

use std::fmt::Write as _;

use anyhow::Context as _;
use kready::parts::Audit;
use kready_checks::inventory::Picture;
use measured::{Count, Memory, busy};

/// How many findings one of the workloads has.
const EACH: usize = 13;

fn main() -> anyhow::Result<()> {
    let wanted: usize = match std::env::args().nth(1) {
        Some(number) => number.parse().context("how many findings?")?,
        None => 80_000,
    };
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("workloads.yaml");
    std::fs::write(&path, workloads(wanted / EACH)?)?;
    let audit = Audit::read(path)?;
    let picture = Picture::of(audit.inventory());
    let settings = audit.settings();
    let evaluate = |check: &&'static _| -> (&'static kready_checks::frame::Check, _) {
        let check: &'static kready_checks::frame::Check = check;
        (check, check.evaluate_in(&picture, &settings))
    };
    let results: Vec<_> = audit.checks().iter().map(evaluate).collect();
    let found: usize = results.iter().map(|(_, it)| it.findings.len()).sum();
    let report = audit.report(&picture, results);
    println!("{found} findings, {:.0} MB", Memory::now().resident);
    for format in kready::formats() {
        let before = Memory::now().resident;
        Memory::forget_peak();
        let start = busy();
        let mut bytes = Count(0);
        kready::render(&report, format, &mut bytes)?;
        println!(
            "{format:<14} {:>6.0} ms {:>6.1} MB of memory {:>7.1} MB of output",
            busy().saturating_sub(start).as_secs_f64() * 1e3,
            Memory::now().peak - before,
            bytes.0 as f64 / f64::from(1 << 20),
        );
    }
    Ok(())
}

/// Deployments with every fault that one can have, in 200 namespaces.
fn workloads(count: usize) -> Result<String, std::fmt::Error> {
    let mut yaml = String::new();
    for n in 0..count {
        write!(
            yaml,
            "---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{n}, namespace: team-{}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: app-{n}}}}}
  template:
    metadata: {{labels: {{app: app-{n}}}}}
    spec:
      containers: [{{name: app, image: 'registry.example/app:latest', securityContext: {{privileged: true}}}}]
",
            n % 200,
        )?;
    }
    Ok(yaml)
}
