//! What was not seen: which checks need it, and what to do so that it is seen.

use std::collections::BTreeMap;

use kready_checks::{inventory::GapReason, model::Unknown};

use super::{
    super::flow::{Indent, Look, Span},
    writer::{BODY, DETAIL, ENTRY, NAMES_SHOWN, Writer},
};
use crate::{
    report::{CheckResult, Ending, GapResult, SourceKind},
    words::{counted, one_or_many},
};

impl Writer<'_> {
    pub(super) fn unseen(&mut self) {
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
        let undecided = report
            .checks
            .iter()
            .filter(|check| matches!(check.ending, Ending::Unknown(_)) || check.partial.is_some())
            .count();
        let beside = match undecided {
            0 => "no check needs it".to_owned(),
            count => format!("{} could not be decided in full", counted(count, "check")),
        };
        self.section("not seen", &beside);
        // Gaps are told in one only if the same remedy helps with each.
        let mut alike: BTreeMap<_, Vec<&GapResult>> = BTreeMap::new();
        for gap in &report.gaps {
            let remedy = gap.remedy.replace(&gap.resource, THESE);
            alike.entry((gap.reason, remedy)).or_default().push(gap);
        }
        for ((reason, remedy), gaps) in alike {
            let (remedy, many) = match &gaps[..] {
                [only] => (only.remedy.clone(), false),
                _ => (remedy, true),
            };
            self.gaps(reason, &gaps);
            if many && self.view.details {
                for gap in &gaps {
                    let text = format!("{}: {}", gap.resource, gap.message);
                    self.page.flow(DETAIL, &[Span::plain(&text)]);
                }
            }
            self.next(&remedy);
        }
        for (why, checks) in others {
            self.undecided(why, &checks);
        }
    }

    /// Gaps of one reason that one remedy closes.
    fn gaps(&mut self, reason: GapReason, gaps: &[&GapResult]) {
        let resources = self.names(gaps.iter().map(|gap| gap.resource.as_str()), NAMES_SHOWN);
        let mut spans = vec![
            Span::new(Look::Warn, spaced(reason.id()).as_str()),
            Span::plain(": "),
            Span::new(Look::Strong, &resources),
        ];
        let mut namespaces: Vec<&str> = gaps
            .iter()
            .flat_map(|gap| gap.namespaces.iter().map(String::as_str))
            .collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        if !namespaces.is_empty() {
            let names = self.names(namespaces.iter().copied(), NAMES_SHOWN);
            spans.push(Span::plain(&format!(" in {names}")));
        }
        self.page.flow(ENTRY, &spans);
        if let [gap] = gaps
            && !gap.message.is_empty()
        {
            self.page.flow(BODY, &[Span::plain(&gap.message)]);
        }
        let mut checks: Vec<&str> = gaps
            .iter()
            .flat_map(|gap| gap.checks.iter().copied())
            .collect();
        checks.sort_unstable();
        checks.dedup();
        if checks.is_empty() {
            return;
        }
        let names = self.names(checks.iter().copied(), NAMES_SHOWN);
        self.page.flow(
            DETAIL,
            &[Span::new(Look::Faint, "needed by: "), Span::plain(&names)],
        );
    }

    /// What to do next.
    fn next(&mut self, remedy: &str) {
        if !remedy.is_empty() {
            let mut spans = vec![Span::new(Look::Faint, "next: ")];
            spans.extend(Span::to_do(Look::Plain, remedy));
            self.page.flow(DETAIL, &spans);
        }
    }

    /// Checks that no gap explains: what they look at is not shown, or not known.
    fn undecided(&mut self, why: Unknown, checks: &[&CheckResult]) {
        let about = match why {
            Unknown::Forbidden => "the server refuses to show what they look at",
            Unknown::Unreadable => "what they look at could not be read",
            Unknown::TimedOut => "the time for the whole audit ran out before they were done",
            Unknown::Hidden if self.report.audited.source == SourceKind::Files => {
                "it is not among the files"
            }
            Unknown::Hidden => "the platform does not show it",
            Unknown::Stale => "the knowledge in this version of kready is too old",
            Unknown::Unrecognised => "kready does not know it",
        };
        self.page.flow(
            ENTRY,
            &[
                Span::new(Look::Warn, &spaced(why.id())),
                Span::plain(&format!(": {about}")),
            ],
        );
        // That they were not done in time says it of all.
        let messages: Vec<Option<&str>> = checks
            .iter()
            .map(|check| {
                check
                    .message
                    .as_deref()
                    .filter(|_| why != Unknown::TimedOut)
            })
            .collect();
        let limit = self.limit(NAMES_SHOWN);
        if messages.iter().all(|message| *message == messages[0]) {
            if let Some(Some(message)) = messages.first() {
                self.page.flow(DETAIL, &[Span::plain(message)]);
            }
            let names = self.names(checks.iter().map(|check| check.check.id), NAMES_SHOWN);
            let label = one_or_many(checks.len(), "check: ", "checks: ");
            self.page.flow(
                DETAIL,
                &[Span::new(Look::Faint, label), Span::plain(&names)],
            );
        } else {
            for (check, message) in checks.iter().zip(&messages).take(limit) {
                let message = message.map(|message| format!(": {message}"));
                let text = format!("{}{}", check.check.id, message.unwrap_or_default());
                self.page.flow(DETAIL, &[Span::plain(&text)]);
            }
            self.more(
                Indent::flush(DETAIL.first),
                checks.len().saturating_sub(limit),
            );
        }
        match why {
            Unknown::TimedOut => {
                self.next("give it longer (--timeout), or select fewer checks (--only)");
            }
            Unknown::Stale => self.next("use a newer version of kready"),
            _ => {}
        }
    }
}

/// What stands for the resources in a remedy that is told once for several.
const THESE: &str = "these";

fn spaced(id: &str) -> String {
    id.replace('-', " ")
}
