//! The API server says of itself that it is not well.

use crate::{inventory::HealthReport, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "api-server-unhealthy",
    pillar: Pillar::HighAvailability,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "the API server reports that it is unhealthy",
    fix: "find out which check fails, and fix that: kubectl get --raw '/readyz?verbose'",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined_all(&[Evidence::Livez, Evidence::Readyz])],
    docs: include_str!("api_server_unhealthy.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut findings = Vec::new();
    let mut unseen = Doubt::default();
    let mut unserved = None;
    for (path, fact) in [("/livez", cx.livez()), ("/readyz", cx.readyz())] {
        match fact.get(path) {
            Ok(Some(report)) => findings.extend(unhealthy(report).map(|seen| {
                Finding::cluster()
                    .at(path)
                    .saw(seen, "status 200 and every check ok")
            })),
            Ok(None) => unserved = Some(path),
            Err(why) => unseen.add(why),
        }
    }
    if let Some(path) = unserved {
        unseen.add(Why::new(
            Unknown::Unreadable,
            format!("{path} is not served"),
        ));
    }
    let mut sheet = Sheet::new();
    sheet.judge(if findings.is_empty() {
        unseen.or(Judgement::Sound)
    } else {
        // What one of the two says is enough.
        Ok(findings.into())
    });
    Ok(sheet.note("covers only the API server that the load balancer chose"))
}

/// The check by which a server says that it is about to end, so that load balancers leave it out.
const LEAVING: &str = "shutdown";

/// What is wrong besides etcd, which is judged for itself, and the orderly end of a server that is replaced.
fn unhealthy(report: &HealthReport) -> Option<String> {
    let etcd = |name: &Text| name.starts_with("etcd");
    let failed: Vec<&str> = report
        .failed
        .iter()
        .filter(|name| !etcd(name) && *name != LEAVING)
        .map(Text::as_str)
        .collect();
    if !failed.is_empty() {
        return Some(format!(
            "status {}; failed: {}",
            report.status,
            failed.join(", ")
        ));
    }
    // What was left out explains the status.
    (report.status != 200 && report.failed.is_empty()).then(|| format!("status {}", report.status))
}
