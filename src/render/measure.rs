//! How long each format takes, and how much memory, for the findings of a very large cluster:
//! `cargo test --release --lib render::measure -- --ignored --nocapture`.

use std::{fs, io, time::Instant};

use kready_checks::model::{Pillar, Severity, Source};

use super::{comment, github, gitlab, json, junit, pipeline::Places, sarif};
use crate::{
    failure::Exit,
    report::{
        Policy, Report,
        testing::{check, deployment, failing, report},
    },
};

const FINDINGS: usize = 80_000;

/// Counts what is written.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The most memory so far, in MiB, counted anew from here on; none where the system doesn't say.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak = line.trim().trim_end_matches(" kB").parse::<u64>().ok()?;
    let _ = fs::write("/proc/self/clear_refs", "5");
    Some(peak >> 10)
}

type Render = fn(&Report, &mut Counted) -> io::Result<()>;

#[test]
#[ignore = "it takes long, and says how long"]
fn eighty_thousand_findings() {
    let of_check = |number: usize| {
        let names = (0..FINDINGS / 20).map(|object| {
            let mut finding = deployment(&format!("workload-{object}")).container(&"app".into());
            let line = u32::try_from(object * 40 + number).unwrap_or(1);
            finding.source = Some(Box::new(Source::at("manifests/all.yaml", line)));
            finding
        });
        names.collect::<Vec<_>>()
    };
    let severities = Severity::ALL.into_iter().cycle();
    let pillars = Pillar::ALL.into_iter().flat_map(|pillar| [pillar; 5]);
    let checks = pillars.zip(severities).take(20).enumerate();
    let results = checks.map(|(number, (pillar, severity))| {
        let findings = of_check(number);
        (
            check(pillar, severity),
            failing(findings.len(), findings, None),
        )
    });
    let report = report(results.collect(), &Policy::default());
    let formats: [(&str, Render); 6] = [
        ("json", |report, out| json::render(report, out)),
        ("sarif", |report, out| {
            sarif::render(report, &Places::default(), Exit::NotReady, out)
        }),
        ("junit", |report, out| junit::render(report, out)),
        ("markdown", |report, out| {
            comment::render(report, Exit::NotReady, out)
        }),
        ("github", |report, out| {
            github::render(report, &Places::default(), Exit::NotReady, out)
        }),
        ("gitlab", |report, out| {
            gitlab::render(report, &Places::default(), out)
        }),
    ];
    for (name, render) in formats {
        peak();
        let before = peak().unwrap_or_default();
        let begun = Instant::now();
        let mut out = Counted(0);
        render(&report, &mut out).unwrap();
        let took = begun.elapsed();
        let above = peak().unwrap_or_default().saturating_sub(before);
        println!(
            "{name:9} {took:>10.1?} {above:>4} MiB above {before} MiB, {:>6} KiB written",
            out.0 >> 10
        );
    }
}
