//! What to do: the checks with open findings, by when a failure is felt, the most urgent first.

use std::cmp::Reverse;

use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use kready_checks::model::{Impact, Severity};

use super::{
    super::{
        evidence::words,
        explain::severity_look,
        flow::{Indent, Look, SEVERITY, Span, columns},
    },
    objects::{ObjectFindings, by_object, within},
    writer::{BODY, DETAIL, ENTRY, Writer, in_words},
};
use crate::{
    render::escape,
    report::{BySeverity, CheckResult, FindingResult, round_down},
    words::{and_more, counted, one_or_many},
};

/// What was seen stands beside its object in terminals of this width or more.
const WIDE: usize = 110;

/// How many objects of a check are named.
const OBJECTS_SHOWN: usize = 3;

impl Writer<'_> {
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
    pub(super) fn what_to_do(&mut self) {
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
                    one_or_many(rest.len(), "check", "checks"),
                    one_or_many(rest.len(), "it", "them"),
                );
                self.page.flow(ENTRY, &[Span::new(Look::Faint, &text)]);
            }
        }
    }

    /// One check of the list of what to do.
    fn check(&mut self, check: &CheckResult) {
        let mut left = vec![
            Span::whole(
                severity_look(check.severity),
                &format!("{:<SEVERITY$}", check.severity.id().to_uppercase()),
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
                gain if gain > 0.0 => format!("fixing adds {gain:.1}"),
                _ => "fixing adds < 0.1".to_owned(),
            };
            right.push(Span::whole(Look::Good, &gain));
        }
        self.page.sides(ENTRY.first, &left, &right);
        let mut what = vec![Span::plain(check.check.title)];
        if check.findings.iter().any(|it| it.finding.object.is_some()) {
            what.push(Span::new(
                Look::Strong,
                &format!(": {} of {}", check.failing, check.examined),
            ));
        }
        self.page.flow(BODY, &what);
        if let (Some(_), Some(message)) = (check.partial, &check.message) {
            self.page.flow(
                DETAIL,
                &[Span::new(
                    Look::Warn,
                    &format!("not all was seen: {message}"),
                )],
            );
        }
        self.objects(check);
        let explain = format!("{} explain {}", self.view.program, check.check.id);
        self.page.flow(DETAIL, &[Span::whole(Look::Code, &explain)]);
    }

    fn objects(&mut self, check: &CheckResult) {
        let objects = by_object(check);
        let limit = if self.view.details {
            within(&objects, self.report.max_findings)
        } else {
            OBJECTS_SHOWN.min(self.most())
        };
        let shown = &objects[..limit.min(objects.len())];
        let hidden = objects.len() - shown.len();
        let alike = shown
            .first()
            .is_some_and(|first| shown.iter().all(|other| other.says_the_same(first)));
        if let (true, Some(first)) = (alike && shown.len() > 1, shown.first()) {
            self.evidence(DETAIL.first, first.worst());
            let mut spans = Vec::new();
            for object in shown {
                if !spans.is_empty() {
                    spans.push(Span::plain(", "));
                }
                spans.extend(object.title());
            }
            if hidden > 0 {
                spans.push(Span::plain(&format!(" {}", and_more(hidden))));
            }
            self.page.flow(DETAIL, &spans);
            return;
        }
        let wide = self.view.terminal.width >= WIDE
            && shown.iter().all(|object| {
                object.object.is_some() && (object.findings.len() == 1 || !self.view.details)
            });
        if !(wide && self.side_by_side(shown)) {
            for object in shown {
                self.object(object);
            }
        }
        self.more(BODY, hidden);
    }

    fn object(&mut self, object: &ObjectFindings<'_>) {
        let indent = if object.object.is_some() {
            self.page.flow(DETAIL, &object.title());
            DETAIL.rest
        } else {
            DETAIL.first
        };
        let limit = if self.view.details {
            object.findings.len().min(self.most())
        } else {
            1
        };
        for finding in object.findings.iter().take(limit) {
            self.evidence(indent, finding);
        }
        if self.view.details {
            self.more(Indent::hanging(indent), object.findings.len() - limit);
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
            self.page.flow(Indent::hanging(indent), &spans);
        }
    }

    /// Objects with what was seen beside them; false if they do not fit.
    fn side_by_side(&mut self, objects: &[ObjectFindings<'_>]) -> bool {
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        let width = self.view.terminal.width - BODY.first;
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
        // Terminals and the table count combining characters differently.
        let fits = lines.iter().all(|line| columns(line.trim_end()) <= width);
        if fits {
            for line in lines {
                self.page.line(&format!("{:1$}{line}", "", BODY.first));
            }
        }
        fits
    }
}

/// The share of the subjects of a check that fail it.
fn affected(check: &CheckResult) -> f64 {
    check.failing as f64 / check.examined.max(1) as f64
}

const fn heading(impact: Impact) -> &'static str {
    match impact {
        Impact::Broken => "broken now",
        Impact::Fragile => "breaks at the next drain, deploy or lost machine",
        Impact::Exposed => "exposed",
    }
}
