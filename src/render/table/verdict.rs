//! The verdict with its reasons and the next step; and the last lines, which repeat it.

use std::fmt::Write as _;

use kready_checks::model::Severity;

use super::{
    super::flow::{Indent, Look, Span},
    writer::{TITLE, Writer, grouped, in_words, parts},
};
use crate::{
    failure::Exit,
    report::{Grade, Verdict, round_down},
    words::{counted, one_or_many},
};

/// The code of the reason that open findings are.
const OPEN_FINDINGS: &str = "open-findings";

/// Fewer decided checks than this share are told beside the score.
const FEW_DECIDED: f64 = 1.0 / 3.0;

impl Writer<'_> {
    pub(super) fn verdict(&mut self) {
        self.page.blank();
        let (look, name) = self.badge();
        let badge = format!(" {name} ");
        let indent = badge.len() + 2;
        let mut spans = vec![Span::whole(look, &badge), Span::whole(Look::Plain, "  ")];
        spans.extend(self.weighed());
        spans.push(Span::plain("   "));
        spans.extend(self.headline());
        self.page.flow(
            Indent {
                first: 0,
                rest: indent,
            },
            &spans,
        );
        let below = Indent::flush(indent);
        for reason in &self.report.reasons {
            if reason.code != OPEN_FINDINGS && Some(&reason.message) != self.said().as_ref() {
                let spans = Span::advice(Look::Plain, &reason.message);
                self.page.flow(below, &spans);
            }
        }
        if let Some(coverage) = self.coverage() {
            self.page.flow(below, &[Span::plain(&coverage)]);
        }
        let cluster = &self.report.audited.cluster;
        if let (Some(0), Some(all)) = (cluster.workloads, cluster.all_workloads) {
            let none = match all {
                0 => "There are no workloads",
                _ => "There are no workloads outside system namespaces",
            };
            let text = format!("{none}: checks of workloads do not apply.");
            self.page.flow(below, &[Span::new(Look::Warn, &text)]);
        }
        if let Some(step) = self.next_step() {
            let mut spans = vec![Span::new(Look::Faint, "next: ")];
            spans.extend(Span::advice(Look::Plain, &step));
            self.page.flow(
                Indent {
                    first: indent,
                    rest: indent + 2,
                },
                &spans,
            );
        }
    }

    /// The verdict as it is shown.
    fn badge(&self) -> (Look, &'static str) {
        let report = self.report;
        match report.verdict {
            Verdict::NotReady => (Look::BadBadge, "NOT READY"),
            Verdict::Inconclusive => (Look::WarnBadge, "INCONCLUSIVE"),
            Verdict::Ready if self.is_not_gated() => (Look::WarnBadge, "NOT GATED"),
            Verdict::Ready if self.known_findings() > 0 => (Look::GoodBadge, "READY (nothing new)"),
            Verdict::Ready => (Look::GoodBadge, "READY"),
        }
    }

    /// Grade and score, and from how much.
    fn weighed(&self) -> Vec<Span> {
        let report = self.report;
        let all = report.checks.len();
        let decided = report.decided();
        let mut spans = Vec::new();
        if let Some(score) = report.score {
            if let Some(grade) = report.grade {
                spans.push(Span::whole(
                    grade_look(grade),
                    &format!("grade {}", grade.id()),
                ));
                spans.push(Span::plain("   "));
            }
            let score = round_down(score).floor();
            let least = report.score_at_least.map(|least| round_down(least).floor());
            let text = match least.filter(|least| *least < score) {
                Some(least) => {
                    format!("{score} of 100, or {least} if all that was not seen is bad")
                }
                None => format!("{score} of 100"),
            };
            spans.push(Span::plain(&text));
            if (decided as f64) < all as f64 * FEW_DECIDED {
                let text = format!(", from {decided} of {}", counted(all, "check"));
                spans.push(Span::plain(&text));
            }
        } else {
            let dash = if self.view.terminal.unicode {
                "–"
            } else {
                "-"
            };
            let text = format!(
                "score {dash}, {decided} of {} decided",
                counted(all, "check")
            );
            spans.push(Span::plain(&text));
        }
        spans
    }

    /// What fails, in one count; else why it is ready, or why not.
    fn headline(&self) -> Vec<Span> {
        let report = self.report;
        let gating = report.gating.failing();
        if gating == 0 {
            return vec![Span::new(Look::Strong, &self.other_headline())];
        }
        let mut spans = vec![Span::new(
            Look::Strong,
            &format!(
                "{gating} of {} {}{}: ",
                counted(report.decided(), "check"),
                one_or_many(gating, "fails", "fail"),
                self.on_what(),
            ),
        )];
        for (place, part) in parts(&report.gating.checks).iter().enumerate() {
            if place > 0 {
                spans.push(Span::new(Look::Strong, ", "));
            }
            spans.push(Span::whole(Look::Strong, part));
        }
        let smaller = report.open.failing() - gating;
        if smaller > 0 {
            spans.push(Span::plain(&format!("; {smaller} more of lower severity")));
        }
        spans
    }

    /// The reason that the headline says already.
    fn said(&self) -> Option<String> {
        let reason = self.report.reasons.first();
        let said = self.report.gating.failing() == 0 && !self.is_not_gated();
        reason.filter(|_| said).map(|reason| reason.message.clone())
    }

    fn is_not_gated(&self) -> bool {
        let open = self.report.counts.open.values().any(|count| *count > 0);
        self.report.gate.fail_on.is_none() && open
    }

    /// What is said where nothing that gates fails.
    fn other_headline(&self) -> String {
        let report = self.report;
        if self.is_not_gated() {
            let total: usize = report.counts.open.values().sum();
            return format!(
                "{} {} open (--fail-on never)",
                in_words(&report.counts.open).unwrap_or_default(),
                one_or_many(total, "finding", "findings")
            );
        }
        if let Some(reason) = report.reasons.first() {
            return reason.message.clone();
        }
        if let Some(known) = report.known_in_words() {
            return known;
        }
        let none = match report.gate.fail_on {
            None | Some(Severity::Info) => "no check fails".to_owned(),
            Some(Severity::Critical) => "no critical check fails".to_owned(),
            Some(least) => format!("no check of severity {least} or above fails"),
        };
        match report.open.failing() {
            0 => none,
            1 => format!("{none}; 1 of lower severity does"),
            smaller => format!("{none}; {smaller} of lower severity do"),
        }
    }

    /// ` on 21 objects`.
    fn on_what(&self) -> String {
        let gating = &self.report.gating;
        let objects = gating.objects;
        let number = grouped(objects);
        match (objects, gating.cluster) {
            (0, _) => String::new(),
            (1, false) => " on 1 object".to_owned(),
            (1, true) => " on 1 object and the cluster".to_owned(),
            (_, false) => format!(" on {number} objects"),
            (_, true) => format!(" on {number} objects and the cluster"),
        }
    }

    fn known_findings(&self) -> usize {
        self.report.counts.known.values().sum()
    }

    /// How much was decided, where that is less than all there is.
    fn coverage(&self) -> Option<String> {
        let report = self.report;
        let coverage = round_down(report.coverage?);
        let need_cluster = report.need_cluster();
        let told = report
            .reasons
            .iter()
            .any(|it| it.code == "coverage-too-low");
        let mut text = if coverage < 100.0 && !told {
            format!("{coverage:.1} % of the checks that apply could be decided, by weight")
        } else {
            String::new()
        };
        if need_cluster > 0 {
            if !text.is_empty() {
                text.push_str("; ");
            }
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "{} {} a cluster, not manifests",
                counted(need_cluster, "check"),
                one_or_many(need_cluster, "needs", "need")
            );
        }
        (!text.is_empty()).then_some(text)
    }

    /// Whether what was not seen, or not read, has a part in the verdict.
    pub(super) fn sight_decides(&self) -> bool {
        self.report.reasons.iter().any(|reason| {
            matches!(
                reason.code,
                "gate-unknown" | "coverage-too-low" | "unread-files" | "nothing-decided"
            )
        }) || self.score_lacks_sight()
    }

    /// Whether the score is too low only if what was not seen is bad.
    fn score_lacks_sight(&self) -> bool {
        let report = self.report;
        let low = report.reasons.iter().any(|it| it.code == "score-too-low");
        low && report
            .score
            .is_some_and(|score| score >= report.gate.min_score)
    }

    /// What to do about a verdict that no finding explains.
    fn next_step(&self) -> Option<String> {
        let report = self.report;
        if report.verdict == Verdict::Ready || report.gating.failing() > 0 {
            return None;
        }
        let reason = report.reasons.first()?;
        let blocks = |checks: &[&str]| {
            let waits = |gap: &&crate::report::GapResult| {
                gap.checks.iter().filter(|it| checks.contains(it)).count()
            };
            let gaps = report.gaps.iter().filter(|gap| !gap.remedy.is_empty());
            // The first of the most.
            gaps.rev()
                .max_by_key(waits)
                .filter(|gap| waits(gap) > 0)
                .map(|gap| gap.remedy.clone())
        };
        match reason.code {
            "gate-unknown" | "coverage-too-low" => {
                Some(blocks(&reason.checks).unwrap_or_else(|| "see NOT SEEN below".to_owned()))
            }
            "score-too-low" if self.score_lacks_sight() => {
                report.gaps.first().map(|gap| gap.remedy.clone())
            }
            "score-missing" => {
                Some("select more checks (--only, --skip), or leave out --min-score".to_owned())
            }
            "unread-files" => Some("see NOT READ below".to_owned()),
            "nothing-decided" | "nothing-judged" => Some(
                "audit something that has workloads, or accept an empty audit with --allow-empty"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// The verdict and the exit code once more, where a long output ends; and where to read on.
    pub(super) fn last_lines(&mut self) {
        let report = self.report;
        let (_, name) = self.badge();
        let name = name.to_lowercase();
        let because = match parts(&report.gating.checks) {
            gating if !gating.is_empty() => format!(
                "{} {}",
                in_words(&report.gating.checks).unwrap_or_default(),
                one_or_many(report.gating.failing(), "check fails", "checks fail")
            ),
            _ => self.other_headline(),
        };
        let overruled = self.view.exit == Exit::Ready && report.verdict != Verdict::Ready;
        let text = if overruled {
            format!("--report-only; without it {name}: {because}")
        } else {
            format!("{name}: {because}")
        };
        self.page.blank();
        self.read_on();
        let mut spans = vec![
            Span::whole(
                Look::Strong,
                &format!("exit code {}", self.view.exit.code()),
            ),
            Span::plain(", "),
        ];
        spans.extend(Span::advice(Look::Plain, &text));
        self.page.flow(TITLE, &spans);
    }
}

const fn grade_look(grade: Grade) -> Look {
    match grade {
        Grade::A => Look::Good,
        Grade::B | Grade::C => Look::Warn,
        Grade::D | Grade::F => Look::Bad,
    }
}
