//! The head of the table: in two lines what was audited, and below them what a reader should know of it.

use std::fmt::Write as _;

use super::{
    super::{
        audited::{fact, scope},
        flow::{Indent, Look, Span, columns},
    },
    writer::{Writer, grouped},
};
use crate::{
    report::{Profile, SourceKind, Warning},
    words::{counted, listed_or_all, one_or_many},
};

/// How many warnings of one code are told before the rest is counted.
const WARNINGS_SHOWN: usize = 3;

/// How many files or charts are named.
const FILES_SHOWN: usize = 3;

/// What keeps two parts of a line apart.
const GAP: &str = "   ";

impl Writer<'_> {
    pub(super) fn head(&mut self) {
        let report = self.report;
        let time = report.audited.time.to_string();
        // People need no seconds.
        let time = match (time.get(..10), time.get(11..16)) {
            (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
            _ => time,
        };
        let identity = report.audited.cluster.identity.identity.as_deref();
        let mut second: Vec<String> = vec![self.size()];
        let mut first = vec![Span::whole(
            Look::Strong,
            &format!("kready {}", report.tool.version),
        )];
        let mut place = vec![self.place()];
        match report.audited.judged_for {
            Some(judged) => second.push(format!(
                "judged for Kubernetes {} ({})",
                judged.version(),
                if judged.named {
                    "--kubernetes-version"
                } else {
                    "newest known"
                }
            )),
            None => place.push(self.version()),
        }
        for part in place.into_iter().flatten() {
            first.push(Span::plain(GAP));
            first.push(Span::plain(&part));
        }
        self.page
            .sides(0, &first, &[Span::whole(Look::Faint, &time)]);
        second.extend(self.scope());
        second.extend(self.report.audited.selection.clone());
        second.extend(identity.map(|identity| format!("as {identity}")));
        let mut parts = Vec::new();
        for part in second.iter().filter(|part| !part.is_empty()) {
            if !parts.is_empty() {
                parts.push(Span::plain(GAP));
            }
            // A long list of namespaces is broken, and nothing else.
            let is_short = columns(part) < self.view.terminal.width;
            parts.push(if is_short {
                Span::whole(Look::Plain, part)
            } else {
                Span::plain(part)
            });
        }
        // A name never begins a line of its own.
        self.page.flow(Indent::hanging(0), &parts);
        self.facts();
    }

    /// Which cluster, or which files.
    fn place(&self) -> Option<String> {
        let audited = &self.report.audited;
        let identity = &audited.cluster.identity;
        if audited.source == SourceKind::Files {
            let files = audited.files.iter().map(String::as_str);
            return Some(listed_or_all(files, self.limit(FILES_SHOWN)));
        }
        let host = identity.server.as_deref().map(host);
        match (identity.context.as_deref(), host) {
            (Some(context), Some(host)) => Some(format!("{context} at {host}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    }

    fn version(&self) -> Option<String> {
        let audited = &self.report.audited;
        match (&audited.cluster.version, &audited.cluster.platform) {
            (Some(version), Some(platform)) => Some(format!("{version} on {platform}")),
            (one, other) => one.clone().or_else(|| other.clone()),
        }
    }

    fn size(&self) -> String {
        let audited = &self.report.audited;
        let cluster = &audited.cluster;
        let many = |count: usize, name: &str| {
            let words = counted(count, name);
            let name = words.split_once(' ').map_or("", |(_, name)| name);
            format!("{} {name}", grouped(count))
        };
        if let Some(manifests) = &audited.manifests {
            let mut size = many(manifests.objects, "object");
            if manifests.files > 0 {
                // Writing to a string cannot fail.
                let _ = write!(size, " in {}", many(manifests.files, "file"));
            }
            // Of what could not be read nobody knows what it holds.
            let none_known = cluster.workloads == Some(0) && !self.report.unread.is_empty();
            if let Some(workloads) = cluster.workloads_in_all().filter(|_| !none_known) {
                // Writing to a string cannot fail.
                let _ = write!(size, "; {}", many(workloads, "workload"));
                let namespaces = self.report.namespaces.len();
                if namespaces > 0 && workloads > 0 {
                    let _ = write!(size, " in {}", many(namespaces, "namespace"));
                }
            }
            return size;
        }
        let mut sizes = Vec::new();
        if let Some(nodes) = cluster.nodes {
            let zones = cluster.zones.filter(|zones| *zones > 0);
            let zones = zones.map(|zones| format!(" in {}", counted(zones, "zone")));
            sizes.push(format!(
                "{}{}",
                many(nodes, "node"),
                zones.unwrap_or_default()
            ));
        }
        let workloads = cluster.workloads_in_all();
        sizes.extend(workloads.map(|count| many(count, "workload")));
        sizes.extend(cluster.pods.map(|count| many(count, "pod")));
        sizes.join(", ")
    }

    /// `all 16 namespaces`, or which; of manifests only which.
    fn scope(&self) -> Option<String> {
        let audited = &self.report.audited;
        let everything = audited.namespaces.is_none() && audited.excluded.is_empty();
        match audited.cluster.namespaces {
            _ if everything && audited.manifests.is_some() => None,
            Some(count) if everything && count > 1 => {
                Some(format!("all {} namespaces", grouped(count)))
            }
            _ => Some(scope(audited, self.view.details)),
        }
    }

    /// What a reader should know, a line each.
    fn facts(&mut self) {
        let report = self.report;
        let mut facts: Vec<(&str, Look, String)> = Vec::new();
        let audited = &report.audited;
        if audited.source == SourceKind::Snapshot {
            facts.push(("snapshot", Look::Plain, audited.files.join(", ")));
        }
        if !audited.rendered.is_empty() {
            let names = audited.rendered.iter().map(String::as_str);
            let names = listed_or_all(names, self.limit(FILES_SHOWN));
            facts.push(("rendered", Look::Plain, names));
        }
        if let Some(config) = &report.config {
            facts.push(("config", Look::Plain, config.clone()));
        }
        if report.profile == Profile::Dev {
            let text =
                "dev: findings about high availability and observability are only information";
            facts.push(("profile", Look::Plain, text.to_owned()));
        }
        if let Some(baseline) = &report.baseline {
            let mut text = format!(
                "{}: {} new, {} fixed since",
                baseline.file, baseline.new, baseline.mended
            );
            let unknown = baseline.unknown_checks.len();
            if unknown > 0 && !report.gate.gate_new_checks {
                // Writing to a string cannot fail.
                let _ = write!(
                    text,
                    "; {} not in it {} not gate (--gate-new-checks)",
                    counted(unknown, "check"),
                    one_or_many(unknown, "does", "do")
                );
            }
            facts.push(("baseline", Look::Plain, text));
        }
        let warnings = self.shown_warnings().into_iter();
        facts.extend(warnings.map(|warning| ("warning", Look::Warn, warning)));
        let notices = report.notices.iter();
        facts.extend(notices.map(|notice| ("notice", Look::Plain, notice.message.clone())));
        if !facts.is_empty() {
            self.page.blank();
        }
        for (name, look, value) in facts {
            fact(&mut self.page, name, &Span::advice(look, &value));
        }
    }

    /// The warnings: of many with one code the first few, and how many there are.
    fn shown_warnings(&self) -> Vec<String> {
        let limit = self.limit(WARNINGS_SHOWN);
        let mut shown = Vec::new();
        let alike = |a: &Warning, b: &Warning| a.code() == b.code();
        for alike in self.report.warnings.chunk_by(alike) {
            // A single one that would be hidden is told as well: to count it is no shorter.
            let most = match alike.len() {
                few if few <= limit.saturating_add(1) => few,
                _ => limit,
            };
            shown.extend(
                alike
                    .iter()
                    .take(most)
                    .map(|warning| warning.message.clone()),
            );
            if let [first, ..] = &alike[most..] {
                let hidden = alike.len() - most;
                let code = first.code();
                shown.push(format!("{hidden} more of this kind ({code}): --details"));
            }
        }
        shown
    }
}

/// The host of an address, with its port unless that is a usual one.
fn host(server: &str) -> &str {
    let Some(host) = server.strip_prefix("https://") else {
        return server;
    };
    let host = host.trim_end_matches('/');
    let mut usual = [":6443", ":443"].into_iter();
    usual
        .find_map(|port| host.strip_suffix(port))
        .unwrap_or(host)
}
