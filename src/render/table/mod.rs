//! The table: what a person reads of a report, the most urgent first.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write as _};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::NOTHING};
use kready_checks::{
    inventory::GapReason,
    model::{Impact, NotApplicable, ObjectRef, Severity, Unknown},
};

use super::{
    escape,
    explain::severity_look,
    flow::{Look, Page, Span, columns, painted},
    head::{self, counted, listed},
    terminal::Terminal,
};
use crate::{
    failure::Exit,
    report::{
        BySeverity, CheckResult, Ending, FindingResult, GapResult, Profile, Report, State, Verdict,
        WaiverState, round_down,
    },
};

/// From this width on, what was seen stands beside its object.
const WIDE: usize = 110;

/// Wider lines than this are hard to follow.
const WIDEST: usize = 160;

/// How many objects of a check are named.
const SHOWN: usize = 3;

/// How many gaps of one reason are explained one by one.
const GAPS_SHOWN: usize = 3;

/// How many names a list holds before it is cut.
const NAMES_SHOWN: usize = 6;

/// How a report is to be shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) terminal: Terminal,
    /// Whether to name everything.
    pub(crate) details: bool,
    /// How the program was called.
    pub(crate) program: &'static str,
    /// How the program will end.
    pub(crate) exit: Exit,
}

/// The report as text.
pub(crate) fn render(report: &Report, view: &View) -> String {
    let view = &View {
        terminal: Terminal {
            width: view.terminal.width.min(WIDEST),
            ..view.terminal
        },
        ..*view
    };
    let mut writer = Writer {
        page: Page::new(view.terminal),
        report,
        view,
    };
    writer.head();
    writer.verdict();
    writer.pillars();
    writer.open();
    writer.known();
    writer.unseen();
    writer.provider();
    writer.excused();
    writer.waivers();
    writer.declarations();
    writer.not_asked();
    writer.exit();
    writer.page.finish()
}

struct Writer<'a> {
    page: Page,
    report: &'a Report,
    view: &'a View,
}

/// How wide the names of facts are.
const NAME: usize = 12;

impl Writer<'_> {
    fn head(&mut self) {
        let report = self.report;
        let time = report.audited.time.to_string();
        // A minute is exact enough for a person.
        let time = match (time.get(..10), time.get(11..16)) {
            (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
            _ => time,
        };
        self.page.sides(
            0,
            &[Span::whole(
                Look::Strong,
                &format!("kready {}", report.tool.version),
            )],
            &[Span::whole(Look::Faint, &time)],
        );
        self.page.blank();
        for (name, value) in self.audited() {
            self.fact(name, &[Span::plain(&value)]);
        }
        if let Some(baseline) = &report.baseline {
            let mut text = format!(
                "{}: {} new, {} mended since",
                baseline.file, baseline.new, baseline.mended
            );
            if !baseline.unknown_checks.is_empty() && !report.gate.gate_new_checks {
                // Writing to a string cannot fail.
                let _ = write!(
                    text,
                    "; {} it did not know, and {} not gate",
                    counted(baseline.unknown_checks.len(), "check"),
                    if baseline.unknown_checks.len() == 1 {
                        "it does"
                    } else {
                        "they do"
                    }
                );
            }
            self.fact("baseline", &[Span::plain(&text)]);
        }
        for warning in &report.warnings {
            self.fact("warning", &[Span::new(Look::Warn, &warning.message)]);
        }
        for notice in &report.notices {
            self.fact("notice", &[Span::plain(&notice.message)]);
        }
    }

    fn fact(&mut self, name: &str, value: &[Span]) {
        let mut spans = vec![Span::whole(Look::Faint, &format!("{name:<NAME$}"))];
        spans.extend_from_slice(value);
        self.page.flow(2, 2 + NAME, &spans);
    }

    /// What was audited, as names and values.
    fn audited(&self) -> Vec<(&'static str, String)> {
        let mut facts = head::facts(&self.report.audited, self.view.details);
        if let Some(config) = &self.report.config {
            facts.push(("config", config.clone()));
        }
        if self.report.profile == Profile::Dev {
            let text = "dev: high availability and observability weigh nothing";
            facts.push(("profile", text.to_owned()));
        }
        facts
    }

    fn verdict(&mut self) {
        let report = self.report;
        self.page.blank();
        let (badge, name) = verdict_name(report.verdict);
        let (first, others) = match report.reasons.split_first() {
            Some((first, others)) => (first.message.clone(), others),
            None => (self.why_ready(), &[][..]),
        };
        let name = format!(" {name} ");
        let indent = 2 + name.len();
        self.page.flow(
            0,
            indent,
            &[
                Span::whole(badge, &name),
                Span::whole(Look::Plain, "  "),
                Span::new(Look::Strong, &first),
            ],
        );
        for reason in others {
            self.page
                .flow(indent, indent, &[Span::plain(&reason.message)]);
        }
        let mut weighed = Vec::new();
        match report.score {
            Some(score) => {
                weighed.push(Span::plain("score "));
                weighed.push(Span::whole(
                    score_look(score),
                    &format!("{:.1}", round_down(score)),
                ));
                weighed.push(Span::plain(" of 100"));
                if let Some(least) = report.score_at_least
                    && round_down(least) < round_down(score)
                {
                    weighed.push(Span::plain(&format!(
                        ", at least {:.1} with what was not seen",
                        round_down(least)
                    )));
                }
            }
            None => weighed.push(Span::plain("no score: nothing was decided")),
        }
        if let Some(coverage) = report.coverage {
            weighed.push(Span::plain(&format!(
                "; coverage {:.1} %",
                round_down(coverage)
            )));
        }
        self.page.flow(indent, indent, &weighed);
        let findings = self.findings_in_words();
        self.page.flow(indent, indent, &[Span::plain(&findings)]);
        if report.audited.cluster.workloads == Some(0) {
            self.page.flow(
                indent,
                indent,
                &[Span::new(
                    Look::Warn,
                    "there are no workloads yet: what is asked of workloads does not apply",
                )],
            );
        }
    }

    fn why_ready(&self) -> String {
        let report = self.report;
        let coverage = report
            .coverage
            .map(|coverage| format!(", and {:.1} % was decided", round_down(coverage)))
            .unwrap_or_default();
        match report.gate.fail_on {
            None => format!("findings do not gate (--fail-on never){coverage}"),
            Some(Severity::Critical) => format!("no critical check fails{coverage}"),
            Some(least) if self.any_known() => {
                format!("no check of severity {least} or above has a new finding{coverage}")
            }
            Some(least) => format!("no check of severity {least} or above fails{coverage}"),
        }
    }

    fn any_known(&self) -> bool {
        self.report.counts.known.values().any(|count| *count > 0)
    }

    fn findings_in_words(&self) -> String {
        let counts = &self.report.counts;
        let mut parts = vec![match in_words(&counts.open) {
            Some(words) => format!("open findings: {words}"),
            None => "no open findings".to_owned(),
        }];
        for (by_severity, state) in [
            (&counts.known, "known"),
            (&counts.waived, "waived"),
            (&counts.system, "excused"),
        ] {
            let total: usize = by_severity.values().sum();
            if total > 0 {
                parts.push(format!("{total} {state}"));
            }
        }
        parts.join("; ")
    }

    fn pillars(&mut self) {
        let terminal = self.view.terminal;
        let bar = match terminal.width {
            ..=63 => 0,
            64..=79 => 10,
            80..=109 => 20,
            _ => 40,
        };
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        let header = ["pillar", "score", "", "pass", "fail", "n/a", "unknown"];
        table.set_header(header.iter().copied());
        for pillar in &self.report.pillars {
            let score = match pillar.score {
                Some(score) => format!("{:.1}", round_down(score)),
                None => "-".to_owned(),
            };
            table.add_row([
                pillar.pillar.id().to_owned(),
                score,
                drawn_bar(pillar.score, bar, terminal),
                pillar.pass.to_string(),
                pillar.fail.to_string(),
                pillar.not_applicable.to_string(),
                pillar.unknown.to_string(),
            ]);
        }
        for (index, column) in table.column_iter_mut().enumerate() {
            let gap = if bar == 0 && index == 2 { 0 } else { 2 };
            column.set_padding((0, gap));
            if index == 1 || index > 2 {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self.page.blank();
        let lines: Vec<String> = table.lines().collect();
        if lines
            .iter()
            .any(|line| columns(line.trim_end()) + 2 > terminal.width)
        {
            self.pillars_in_words();
            return;
        }
        for (index, line) in lines.iter().enumerate() {
            // The first line is the header.
            let Some(result) = index
                .checked_sub(1)
                .and_then(|index| self.report.pillars.get(index))
            else {
                self.page
                    .line(&format!("  {}", painted(terminal, Look::Faint, line)));
                continue;
            };
            let drawn = drawn_bar(result.score, bar, terminal);
            let line = match result.score {
                Some(score) if !drawn.trim().is_empty() => {
                    line.replacen(&drawn, &painted(terminal, score_look(score), &drawn), 1)
                }
                _ => line.clone(),
            };
            self.page.line(&format!("  {line}"));
        }
    }

    /// For a terminal that is too narrow for the table.
    fn pillars_in_words(&mut self) {
        for pillar in &self.report.pillars {
            let score = pillar.score.map_or_else(
                || "no score".to_owned(),
                |score| format!("{:.1}", round_down(score)),
            );
            let text = format!(
                ": {score}, {} pass, {} fail, {} n/a, {} unknown",
                pillar.pass, pillar.fail, pillar.not_applicable, pillar.unknown
            );
            self.page.flow(
                2,
                4,
                &[
                    Span::whole(Look::Strong, pillar.pillar.id()),
                    Span::plain(&text),
                ],
            );
        }
    }

    /// The least severity that is shown in full.
    fn shown_from(&self) -> Severity {
        let open = || {
            let checks = self.report.checks.iter();
            checks.filter(|check| check.open().next().is_some())
        };
        let threshold = match self.report.gate.fail_on {
            Some(least) => least.min(Severity::High),
            None => Severity::High,
        };
        if self.view.details || open().all(|check| check.severity < threshold) {
            Severity::Info
        } else {
            threshold
        }
    }

    /// What to do, by when it is felt.
    fn open(&mut self) {
        let least = self.shown_from();
        for impact in Impact::ALL {
            let mut checks: Vec<&CheckResult> = self
                .report
                .checks
                .iter()
                .filter(|check| check.impact() == impact && check.open().next().is_some())
                .collect();
            if checks.is_empty() {
                continue;
            }
            checks.sort_by(|a, b| {
                let urgency = |check: &CheckResult| {
                    (
                        Reverse(check.open().any(|finding| finding.new)),
                        Reverse(check.severity),
                    )
                };
                urgency(a)
                    .cmp(&urgency(b))
                    .then_with(|| affected(b).total_cmp(&affected(a)))
                    .then_with(|| a.check.id.cmp(b.check.id))
            });
            self.section(heading(impact), &counted(checks.len(), "check"));
            let (shown, rest): (Vec<&CheckResult>, Vec<&CheckResult>) = checks
                .into_iter()
                .partition(|check| check.severity >= least);
            for check in shown {
                self.page.blank();
                self.check(check);
            }
            if !rest.is_empty() {
                self.page.blank();
                let mut by_severity = BySeverity::new();
                for check in &rest {
                    *by_severity.entry(check.severity).or_default() += 1;
                }
                let text = format!(
                    "{} {} below: --details shows {}",
                    in_words(&by_severity).unwrap_or_default(),
                    if rest.len() == 1 { "check" } else { "checks" },
                    if rest.len() == 1 { "it" } else { "them" },
                );
                self.page.flow(2, 4, &[Span::new(Look::Faint, &text)]);
            }
        }
    }

    fn section(&mut self, title: &str, beside: &str) {
        self.page.blank();
        self.page.flow(
            0,
            2,
            &[
                Span::new(Look::Strong, &title.to_uppercase()),
                Span::plain("  "),
                Span::new(Look::Faint, beside),
            ],
        );
    }

    /// One check of the list of what to do.
    fn check(&mut self, check: &CheckResult) {
        let mut left = vec![
            Span::whole(
                severity_look(check.severity),
                &format!("{:<9}", check.severity.id().to_uppercase()),
            ),
            Span::whole(Look::Strong, check.check.id),
        ];
        if check.open().any(|finding| finding.new) {
            left.push(Span::plain("  "));
            left.push(Span::whole(Look::WarnBadge, "new"));
        }
        let mut right = Vec::new();
        if let Some(gain) = check.gain.filter(|gain| *gain > 0.0) {
            let gain = match round_down(gain) {
                gain if gain > 0.0 => format!("mending adds {gain:.1}"),
                _ => "mending adds < 0.1".to_owned(),
            };
            right.push(Span::whole(Look::Good, &gain));
        }
        self.page.sides(2, &left, &right);
        let mut what = vec![Span::plain(check.check.title)];
        if check.findings.iter().any(|it| it.finding.object.is_some()) {
            what.push(Span::new(
                Look::Strong,
                &format!(": {} of {}", check.failing, check.examined),
            ));
        }
        self.page.flow(4, 4, &what);
        if let (Some(_), Some(message)) = (check.partial, &check.message) {
            self.page.flow(
                4,
                6,
                &[Span::new(
                    Look::Warn,
                    &format!("not all was seen: {message}"),
                )],
            );
        }
        self.objects(check);
        let explain = format!("{} explain {}", self.view.program, check.check.id);
        self.page.flow(4, 6, &[Span::whole(Look::Code, &explain)]);
    }

    fn objects(&mut self, check: &CheckResult) {
        let objects = standing(check);
        let limit = if self.view.details {
            within(&objects, self.report.max_findings)
        } else {
            SHOWN.min(self.most())
        };
        let shown = &objects[..limit.min(objects.len())];
        let hidden = objects.len() - shown.len();
        let alike = shown
            .first()
            .is_some_and(|first| shown.iter().all(|other| other.says_the_same(first)));
        if let (true, Some(first)) = (alike && shown.len() > 1, shown.first()) {
            self.evidence(4, first.worst());
            let mut spans = Vec::new();
            for object in shown {
                if !spans.is_empty() {
                    spans.push(Span::plain(", "));
                }
                spans.extend(object.title());
            }
            if hidden > 0 {
                spans.push(Span::plain(&format!(" and {hidden} more")));
            }
            self.page.flow(4, 6, &spans);
            return;
        }
        let wide = self.view.terminal.width >= WIDE
            && shown.iter().all(|object| {
                object.object.is_some() && (object.findings.len() == 1 || !self.view.details)
            });
        if !(wide && self.columns(shown)) {
            for object in shown {
                self.object(object);
            }
        }
        if hidden > 0 {
            self.page
                .flow(4, 4, &[Span::plain(&format!("and {hidden} more"))]);
        }
    }

    fn object(&mut self, object: &Standing<'_>) {
        let indent = if object.object.is_some() {
            self.page.flow(4, 6, &object.title());
            6
        } else {
            4
        };
        let limit = if self.view.details {
            object.findings.len().min(self.most())
        } else {
            1
        };
        for finding in object.findings.iter().take(limit) {
            self.evidence(indent, finding);
        }
        if self.view.details && object.findings.len() > limit {
            let more = format!("and {} more", object.findings.len() - limit);
            self.page.flow(indent, indent + 2, &[Span::plain(&more)]);
        }
    }

    /// How many findings of a check are listed at most.
    fn most(&self) -> usize {
        self.report.max_findings.unwrap_or(usize::MAX)
    }

    /// What was seen, and what is expected.
    fn evidence(&mut self, indent: usize, finding: &FindingResult) {
        let (seen, expected) = words(finding);
        let mut spans = Vec::new();
        if let (true, Some(container)) = (self.view.details, &finding.finding.fault.container) {
            spans.push(Span::plain(&format!("{container}: ")));
        }
        if !seen.is_empty() {
            spans.push(Span::new(Look::Faint, "seen "));
            spans.push(Span::plain(&seen));
        }
        if !expected.is_empty() {
            if !seen.is_empty() {
                spans.push(Span::plain("; "));
            }
            spans.push(Span::new(Look::Faint, "expected "));
            spans.push(Span::plain(&expected));
        }
        if !spans.is_empty() {
            self.page.flow(indent, indent + 2, &spans);
        }
    }

    /// Objects with what was seen beside them; false where they do not fit.
    fn columns(&mut self, objects: &[Standing<'_>]) -> bool {
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        let width = self.view.terminal.width - 4;
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        for object in objects {
            let (seen, expected) = words(object.worst());
            let title: String = object.title().iter().map(Span::text).collect();
            table.add_row([
                title,
                escape::text(&format!("seen {seen}")).into_owned(),
                escape::text(&format!("expected {expected}")).into_owned(),
            ]);
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let lines: Vec<String> = table.lines().collect();
        // Where characters combine, terminals count otherwise than the table does.
        let fits = lines.iter().all(|line| columns(line.trim_end()) <= width);
        if fits {
            for line in lines {
                self.page.line(&format!("    {line}"));
            }
        }
        fits
    }

    fn known(&mut self) {
        let known: Vec<(&str, usize)> = self
            .report
            .checks
            .iter()
            .map(|check| (check.check.id, in_state(check, State::Known)))
            .filter(|(_, count)| *count > 0)
            .collect();
        if known.is_empty() {
            return;
        }
        let total: usize = known.iter().map(|(_, count)| count).sum();
        self.section(
            "known from the baseline",
            &format!(
                "{}, counted in the score, not gating",
                counted(total, "finding")
            ),
        );
        let names: Vec<String> = known
            .iter()
            .map(|(id, count)| format!("{id} ({count})"))
            .collect();
        let text = self.names(names.iter().map(String::as_str), 2 * NAMES_SHOWN);
        self.page.flow(2, 2, &[Span::plain(&text)]);
    }

    fn unseen(&mut self) {
        let report = self.report;
        let mut others: BTreeMap<Unknown, Vec<&CheckResult>> = BTreeMap::new();
        for check in &report.checks {
            let why = match check.ending {
                Ending::Unknown(why) => Some(why),
                _ => check.partial,
            };
            let id = check.check.id;
            if let Some(why) = why
                && !report.gaps.iter().any(|gap| gap.checks.contains(&id))
            {
                others.entry(why).or_default().push(check);
            }
        }
        if report.gaps.is_empty() && others.is_empty() {
            return;
        }
        let waiting = report
            .checks
            .iter()
            .filter(|check| matches!(check.ending, Ending::Unknown(_)) || check.partial.is_some())
            .count();
        let beside = match waiting {
            0 => "no check waits for it".to_owned(),
            1 => "1 check waits for it".to_owned(),
            count => format!("{count} checks wait for it"),
        };
        self.section("not seen", &beside);
        // One sentence serves many only where it says the same of each.
        let mut alike: BTreeMap<_, Vec<&GapResult>> = BTreeMap::new();
        for gap in &report.gaps {
            let remedy = gap.remedy.replace(&gap.resource, "these");
            alike.entry((gap.reason, remedy)).or_default().push(gap);
        }
        for ((reason, remedy), gaps) in alike {
            if gaps.len() > GAPS_SHOWN && !self.view.details {
                self.gaps_in_short(reason, &remedy, &gaps);
            } else {
                for gap in gaps {
                    self.gap(gap);
                }
            }
        }
        for (why, checks) in others {
            self.undecided(why, &checks);
        }
    }

    fn gap(&mut self, gap: &GapResult) {
        self.page.blank();
        let mut spans = vec![
            Span::whole(Look::Strong, &gap.resource),
            Span::plain(": "),
            Span::new(Look::Warn, spaced(gap.reason.id()).as_str()),
        ];
        if !gap.namespaces.is_empty() {
            let names = self.names(gap.namespaces.iter().map(String::as_str), NAMES_SHOWN);
            spans.push(Span::plain(&format!(" in {names}")));
        }
        self.page.flow(2, 4, &spans);
        if !gap.message.is_empty() {
            self.page.flow(4, 4, &[Span::plain(&gap.message)]);
        }
        self.waiting(&gap.checks);
        self.mend(&gap.remedy);
    }

    /// Many gaps of one reason, which one remedy mends, as one.
    fn gaps_in_short(&mut self, reason: GapReason, remedy: &str, gaps: &[&GapResult]) {
        self.page.blank();
        let resources = self.names(gaps.iter().map(|gap| gap.resource.as_str()), NAMES_SHOWN);
        self.page.flow(
            2,
            4,
            &[
                Span::new(Look::Warn, spaced(reason.id()).as_str()),
                Span::plain(": "),
                Span::new(Look::Strong, &resources),
            ],
        );
        let mut checks: Vec<&str> = gaps
            .iter()
            .flat_map(|gap| gap.checks.iter().copied())
            .collect();
        checks.sort_unstable();
        checks.dedup();
        self.waiting(&checks);
        self.mend(remedy);
    }

    fn waiting(&mut self, checks: &[&str]) {
        if checks.is_empty() {
            return;
        }
        let verb = if checks.len() == 1 { "waits" } else { "wait" };
        let names = self.names(checks.iter().copied(), NAMES_SHOWN);
        self.page.flow(
            4,
            6,
            &[
                Span::new(Look::Faint, &format!("{verb} for it: ")),
                Span::plain(&names),
            ],
        );
    }

    fn mend(&mut self, remedy: &str) {
        if !remedy.is_empty() {
            self.page.flow(
                4,
                6,
                &[Span::new(Look::Faint, "mend: "), Span::plain(remedy)],
            );
        }
    }

    /// Checks that wait for no gap: what they ask is not shown, or not known.
    fn undecided(&mut self, why: Unknown, checks: &[&CheckResult]) {
        self.page.blank();
        let about = match why {
            Unknown::Forbidden => "the server refuses what they ask",
            Unknown::Unreadable => "what they ask could not be read",
            Unknown::Hidden => "the platform does not show it",
            Unknown::Stale => "the knowledge in this version of kready is too old",
            Unknown::Unrecognised => "the knowledge has no entry for it",
        };
        self.page.flow(
            2,
            4,
            &[
                Span::new(Look::Warn, why.id()),
                Span::plain(&format!(": {about}")),
            ],
        );
        let limit = if self.view.details {
            checks.len()
        } else {
            NAMES_SHOWN
        };
        for check in checks.iter().take(limit) {
            let message = check
                .message
                .as_ref()
                .map(|message| format!(": {message}"))
                .unwrap_or_default();
            self.page.flow(
                4,
                6,
                &[Span::plain(&format!("{}{message}", check.check.id))],
            );
        }
        if checks.len() > limit {
            let more = format!("and {} more", checks.len() - limit);
            self.page.flow(4, 6, &[Span::plain(&more)]);
        }
    }

    fn provider(&mut self) {
        let ids: Vec<&str> = self.not_applicable(NotApplicable::Managed);
        if ids.is_empty() {
            return;
        }
        self.section(
            "the provider's part",
            &format!(
                "{} about what the provider runs and does not show",
                counted(ids.len(), "check")
            ),
        );
        let names = self.names(ids.iter().copied(), 2 * NAMES_SHOWN);
        self.page.flow(2, 2, &[Span::plain(&names)]);
    }

    fn not_applicable(&self, reason: NotApplicable) -> Vec<&'static str> {
        let checks = self.report.checks.iter();
        checks
            .filter(|check| check.ending == Ending::NotApplicable(reason))
            .map(|check| check.check.id)
            .collect()
    }

    fn excused(&mut self) {
        let mut objects: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for check in &self.report.checks {
            for finding in &check.findings {
                if finding.state == State::System {
                    let name = object_name(finding.finding.object.as_deref());
                    let checks = objects.entry(name).or_default();
                    if checks.last() != Some(&check.check.id) {
                        checks.push(check.check.id);
                    }
                }
            }
        }
        if objects.is_empty() {
            return;
        }
        let total: usize = self.report.counts.system.values().sum();
        self.section(
            "excused",
            &format!(
                "{} on {} of the system and the platform; --include-system counts {}",
                counted(total, "finding"),
                counted(objects.len(), "component"),
                if total == 1 { "it" } else { "them" }
            ),
        );
        let limit = if self.view.details {
            objects.len()
        } else {
            NAMES_SHOWN
        };
        for (object, checks) in objects.iter().take(limit) {
            self.page.flow(
                2,
                4,
                &[
                    Span::whole(Look::Plain, object),
                    Span::plain(": "),
                    Span::new(
                        Look::Faint,
                        &self.names(checks.iter().copied(), NAMES_SHOWN),
                    ),
                ],
            );
        }
        if objects.len() > limit {
            let more = format!("and {} more", objects.len() - limit);
            self.page.flow(2, 2, &[Span::plain(&more)]);
        }
    }

    fn waivers(&mut self) {
        let waivers = &self.report.waivers;
        if waivers.is_empty() {
            return;
        }
        let mut beside = counted(waivers.len(), "waiver");
        for (state, words) in [
            (WaiverState::Expired, "expired"),
            (WaiverState::Expiring, "expiring"),
            (WaiverState::Unused, "unused"),
        ] {
            let count = waivers
                .iter()
                .filter(|waiver| waiver.state == state)
                .count();
            if count > 0 {
                // Writing to a string cannot fail.
                let _ = write!(beside, ", {count} {words}");
            }
        }
        self.section("waived", &beside);
        // What needs attention comes first, and is never cut.
        let mut sorted: Vec<_> = waivers.iter().collect();
        sorted.sort_by_key(|waiver| match waiver.state {
            WaiverState::Expired => 0,
            WaiverState::Expiring => 1,
            WaiverState::Unused => 2,
            WaiverState::Active => 3,
        });
        let mut sound = 0;
        for waiver in sorted {
            let (look, note) = match waiver.state {
                WaiverState::Active => (Look::Plain, format!("until {}", waiver.expires)),
                WaiverState::Expiring => (Look::Warn, format!("expires on {}", waiver.expires)),
                WaiverState::Expired => (
                    Look::Bad,
                    format!("expired on {}, no longer waives", waiver.expires),
                ),
                WaiverState::Unused => (
                    Look::Warn,
                    format!("matched nothing, until {}", waiver.expires),
                ),
            };
            if waiver.state == WaiverState::Active {
                sound += 1;
                if sound > NAMES_SHOWN && !self.view.details {
                    continue;
                }
            }
            let about = if waiver.objects.is_empty() {
                "the cluster".to_owned()
            } else {
                self.names(waiver.objects.iter().map(String::as_str), NAMES_SHOWN)
            };
            self.page.flow(
                2,
                4,
                &[
                    Span::whole(Look::Strong, &waiver.check),
                    Span::plain(&format!(
                        ": {about} ({}), ",
                        counted(waiver.matched, "finding")
                    )),
                    Span::new(look, &note),
                ],
            );
            self.page.flow(
                4,
                4,
                &[Span::new(
                    Look::Faint,
                    &format!("{}: {}", waiver.owner, waiver.reason),
                )],
            );
        }
        if sound > NAMES_SHOWN && !self.view.details {
            let more = format!("and {} more", sound - NAMES_SHOWN);
            self.page.flow(2, 2, &[Span::plain(&more)]);
        }
    }

    fn declarations(&mut self) {
        let declarations = &self.report.declarations;
        if declarations.is_empty() {
            return;
        }
        self.section(
            "declared",
            "solved outside the cluster, and not looked for in it",
        );
        for declaration in declarations {
            self.page.flow(
                2,
                4,
                &[
                    Span::whole(Look::Strong, &declaration.capability),
                    Span::plain(&format!(": until {}", declaration.expires)),
                ],
            );
            self.page.flow(
                4,
                4,
                &[Span::new(
                    Look::Faint,
                    &format!("{}: {}", declaration.owner, declaration.reason),
                )],
            );
        }
    }

    /// Questions that did not arise, in one sentence.
    fn not_asked(&mut self) {
        let mut parts = Vec::new();
        for (reason, words) in [
            (NotApplicable::Absent, "without an object to look at"),
            (
                NotApplicable::Topology,
                "that labels or the cluster's size make empty",
            ),
            (NotApplicable::Mode, "that only a live cluster can answer"),
            (
                NotApplicable::Scope,
                "about the cluster as a whole, which is more than was asked for",
            ),
            (
                NotApplicable::Unconfigured,
                "that need a parameter or a flag",
            ),
            (NotApplicable::Reported, "that another check answers"),
            (NotApplicable::Declared, "that are declared as solved"),
            (NotApplicable::System, "about excused components only"),
        ] {
            let count = self.not_applicable(reason).len();
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        let deselected = self.report.skipped.len();
        if deselected > 0 {
            parts.push(format!("{deselected} not selected"));
        }
        if !parts.is_empty() {
            self.page.blank();
            let text = format!("Checks not asked: {}.", parts.join(", "));
            self.page.flow(0, 2, &[Span::new(Look::Faint, &text)]);
        }
    }

    fn exit(&mut self) {
        let report = self.report;
        let (_, name) = verdict_name(report.verdict);
        let name = name.to_lowercase();
        let because = report
            .reasons
            .first()
            .map_or_else(|| self.why_ready(), |reason| reason.message.clone());
        let overruled = self.view.exit == Exit::Ready && report.verdict != Verdict::Ready;
        let text = if overruled {
            format!("--report-only; without it {name}, because {because}")
        } else {
            format!("{name}, because {because}")
        };
        self.page.blank();
        self.page.flow(
            0,
            2,
            &[
                Span::whole(
                    Look::Strong,
                    &format!("exit code {}", self.view.exit.code()),
                ),
                Span::plain(": "),
                Span::plain(&text),
            ],
        );
    }

    /// Names in a row; all of them with `--details`.
    fn names<'n>(&self, names: impl ExactSizeIterator<Item = &'n str>, limit: usize) -> String {
        listed(names, if self.view.details { usize::MAX } else { limit })
    }
}

/// What stands against one object.
struct Standing<'a> {
    object: Option<&'a ObjectRef>,
    /// The findings that are open, the worst first.
    findings: Vec<&'a FindingResult>,
}

impl<'a> Standing<'a> {
    fn worst(&self) -> &'a FindingResult {
        // There is no entry without a finding.
        self.findings[0]
    }

    fn is_new(&self) -> bool {
        self.findings.iter().any(|finding| finding.new)
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.findings.len() == 1
            && other.findings.len() == 1
            && self.object.is_some()
            && words(self.worst()) == words(other.worst())
    }

    /// `Deployment shop/cart, container app (manifests/cart.yaml:12)`.
    fn title(&self) -> [Span; 2] {
        let mut more = String::new();
        let mut containers: Vec<&str> = self
            .findings
            .iter()
            .filter_map(|finding| finding.finding.fault.container.as_deref())
            .collect();
        containers.dedup();
        // Writing to a string cannot fail.
        let _ = match containers[..] {
            [] if self.findings.len() == 1 => Ok(()),
            [] => write!(more, ", {}", counted(self.findings.len(), "finding")),
            [container] => write!(more, ", container {container}"),
            _ => write!(more, ", containers {}", containers.join(", ")),
        };
        if let Some(source) = &self.worst().finding.source {
            let _ = write!(more, " ({}:{})", source.file, source.line);
        }
        if self.is_new() {
            more.push_str(", new");
        }
        [
            Span::whole(Look::Plain, &object_name(self.object)),
            Span::plain(&more),
        ]
    }
}

/// The objects with open findings: new ones first, then those with the most.
fn standing(check: &CheckResult) -> Vec<Standing<'_>> {
    let mut objects: Vec<Standing<'_>> = Vec::new();
    let mut places: BTreeMap<Option<&ObjectRef>, usize> = BTreeMap::new();
    for finding in check.open() {
        let object = finding.finding.object.as_deref();
        let place = *places.entry(object).or_insert_with(|| {
            objects.push(Standing {
                object,
                findings: Vec::new(),
            });
            objects.len() - 1
        });
        objects[place].findings.push(finding);
    }
    for object in &mut objects {
        object.findings.sort_by_key(|finding| !finding.new);
    }
    objects.sort_by_key(|object| (!object.is_new(), Reverse(object.findings.len())));
    objects
}

/// How many of the objects hold so many findings at most; the first one is always among them.
fn within(objects: &[Standing<'_>], most: Option<usize>) -> usize {
    let Some(most) = most else {
        return objects.len();
    };
    let mut sum = 0;
    let fit = objects
        .iter()
        .take_while(|object| {
            sum += object.findings.len();
            sum <= most
        })
        .count();
    fit.max(1)
}

/// What was seen, with the field where it helps, and what is expected.
fn words(finding: &FindingResult) -> (String, String) {
    let finding = &finding.finding;
    // The way to the container is said by its name.
    let field = finding.fault.path.as_deref().map(|path| {
        finding
            .fault
            .container
            .as_deref()
            .and_then(|container| path.split_once(&format!("[name={container}]")))
            .map_or(path, |(_, field)| field.trim_start_matches('.'))
    });
    let field = field.filter(|field| !field.is_empty());
    let seen = match field {
        Some(field) if !finding.seen.is_empty() => format!("{field}: {}", finding.seen),
        Some(field) => field.to_owned(),
        None => finding.seen.to_string(),
    };
    (seen, finding.fault.expected.to_string())
}

fn object_name(object: Option<&ObjectRef>) -> String {
    object.map_or_else(|| "the cluster".to_owned(), ToString::to_string)
}

fn in_state(check: &CheckResult, state: State) -> usize {
    let findings = check.findings.iter();
    findings.filter(|finding| finding.state == state).count()
}

/// The share of its subjects that a check finds fault with.
fn affected(check: &CheckResult) -> f64 {
    check.failing as f64 / check.examined.max(1) as f64
}

const fn verdict_name(verdict: Verdict) -> (Look, &'static str) {
    match verdict {
        Verdict::Ready => (Look::GoodBadge, "READY"),
        Verdict::NotReady => (Look::BadBadge, "NOT READY"),
        Verdict::Inconclusive => (Look::WarnBadge, "INCONCLUSIVE"),
    }
}

const fn heading(impact: Impact) -> &'static str {
    match impact {
        Impact::Broken => "broken now",
        Impact::Fragile => "breaks at the next drain, deploy or lost machine",
        Impact::Exposed => "exposed",
    }
}

fn score_look(score: f64) -> Look {
    if score >= 90.0 {
        Look::Good
    } else if score >= 60.0 {
        Look::Warn
    } else {
        Look::Bad
    }
}

/// A bar that is full only at 100.
fn drawn_bar(score: Option<f64>, width: usize, terminal: Terminal) -> String {
    let Some(score) = score else {
        return " ".repeat(width);
    };
    let (full, empty) = if terminal.unicode {
        ('█', '░')
    } else {
        ('#', '.')
    };
    let filled = (1..=width)
        .take_while(|step| *step as f64 / width as f64 * 100.0 <= score + 1e-9)
        .count();
    (0..width)
        .map(|step| if step < filled { full } else { empty })
        .collect()
}

/// `2 critical and 1 high`; none for nothing.
fn in_words(by_severity: &BySeverity) -> Option<String> {
    let parts: Vec<String> = by_severity
        .iter()
        .rev()
        .filter(|(_, count)| **count > 0)
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    match parts.split_last() {
        None => None,
        Some((last, [])) => Some(last.clone()),
        Some((last, others)) => Some(format!("{} and {last}", others.join(", "))),
    }
}

fn spaced(id: &str) -> String {
    id.replace('-', " ")
}

#[cfg(test)]
mod tests;
