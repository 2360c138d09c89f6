//! The head of the table: what was audited, the verdict and its reasons; and the last line, the exit code.

use std::fmt::Write as _;

use kready_checks::model::Severity;

use super::{
    super::{
        audited::{fact, facts},
        flow::{Indent, Look, Span},
    },
    writer::{TITLE, Writer, in_words},
};
use crate::{
    failure::Exit,
    report::{Grade, Profile, Verdict, Warning, round_down},
    words::{counted, one_or_many},
};

/// How many warnings of one code are told before the rest is counted.
const WARNINGS_SHOWN: usize = 3;

impl Writer<'_> {
    pub(super) fn head(&mut self) {
        let report = self.report;
        let time = report.audited.time.to_string();
        // People need no seconds.
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
            fact(&mut self.page, name, &[Span::plain(&value)]);
        }
        if let Some(baseline) = &report.baseline {
            let mut text = format!(
                "{}: {} new, {} fixed since",
                baseline.file, baseline.new, baseline.mended
            );
            if !baseline.unknown_checks.is_empty() && !report.gate.gate_new_checks {
                // Writing to a string cannot fail.
                let _ = write!(
                    text,
                    "; {} it did not know, and {} not gate",
                    counted(baseline.unknown_checks.len(), "check"),
                    one_or_many(baseline.unknown_checks.len(), "it does", "they do")
                );
            }
            fact(&mut self.page, "baseline", &[Span::plain(&text)]);
        }
        for warning in self.shown_warnings() {
            fact(
                &mut self.page,
                "warning",
                &[Span::new(Look::Warn, &warning)],
            );
        }
        for notice in &report.notices {
            fact(&mut self.page, "notice", &[Span::plain(&notice.message)]);
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

    /// What was audited, as names and values.
    fn audited(&self) -> Vec<(&'static str, String)> {
        let mut facts = facts(&self.report.audited, self.view.details);
        if let Some(config) = &self.report.config {
            facts.push(("config", config.clone()));
        }
        if self.report.profile == Profile::Dev {
            let text = "dev: high availability and observability weigh nothing";
            facts.push(("profile", text.to_owned()));
        }
        facts
    }

    pub(super) fn verdict(&mut self) {
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
            Indent {
                first: 0,
                rest: indent,
            },
            &[
                Span::whole(badge, &name),
                Span::whole(Look::Plain, "  "),
                Span::new(Look::Strong, &first),
            ],
        );
        for reason in others {
            self.page
                .flow(Indent::flush(indent), &[Span::plain(&reason.message)]);
        }
        let mut weighed = Vec::new();
        match report.score {
            Some(score) => {
                if let Some(grade) = report.grade {
                    weighed.push(Span::whole(
                        grade_look(grade),
                        &format!("grade {}", grade.id()),
                    ));
                    weighed.push(Span::plain(", "));
                }
                weighed.push(Span::plain(&format!(
                    "score {:.1} of 100",
                    round_down(score)
                )));
                if let Some(least) = report.score_at_least
                    && round_down(least) < round_down(score)
                {
                    weighed.push(Span::plain(&format!(
                        ", at least {:.1} with what was not seen",
                        round_down(least)
                    )));
                }
            }
            None if report.coverage.is_some_and(|coverage| coverage > 0.0) => {
                weighed.push(Span::plain("no score: too little was decided"));
            }
            None => weighed.push(Span::plain("no score: nothing was decided")),
        }
        if let Some(coverage) = report.coverage {
            let need_cluster = match report.need_cluster() {
                0 => String::new(),
                count => format!(
                    " of what manifests can tell; {} {} a cluster",
                    counted(count, "check"),
                    one_or_many(count, "needs", "need")
                ),
            };
            weighed.push(Span::plain(&format!(
                "; coverage {:.1} %{need_cluster}",
                round_down(coverage)
            )));
        }
        self.page.flow(Indent::flush(indent), &weighed);
        let findings = self.findings_in_words();
        self.page
            .flow(Indent::flush(indent), &[Span::plain(&findings)]);
        let cluster = &report.audited.cluster;
        if let (Some(0), Some(all)) = (cluster.workloads, cluster.all_workloads) {
            let none = match all {
                0 => "there are no workloads yet",
                _ => "there are no workloads outside system namespaces yet",
            };
            let text = format!("{none}: what is asked of workloads does not apply");
            self.page
                .flow(Indent::flush(indent), &[Span::new(Look::Warn, &text)]);
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
            Some(_) if let Some(known) = report.known_in_words() => {
                format!("nothing new; {known}{coverage}")
            }
            Some(Severity::Critical) => format!("no critical check fails{coverage}"),
            Some(least) => format!("no check of severity {least} or above fails{coverage}"),
        }
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

    pub(super) fn exit(&mut self) {
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
            TITLE,
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
}

const fn grade_look(grade: Grade) -> Look {
    match grade {
        Grade::A => Look::Good,
        Grade::B | Grade::C => Look::Warn,
        Grade::D | Grade::F => Look::Bad,
    }
}

const fn verdict_name(verdict: Verdict) -> (Look, &'static str) {
    match verdict {
        Verdict::Ready => (Look::GoodBadge, "READY"),
        Verdict::NotReady => (Look::BadBadge, "NOT READY"),
        Verdict::Inconclusive => (Look::WarnBadge, "INCONCLUSIVE"),
    }
}
