//! The sections after what to do: what is known, was not seen, is excused, waived or declared, and what was not asked.

use std::{collections::BTreeMap, fmt::Write as _};

use kready_checks::{
    inventory::GapReason,
    model::{NotApplicable, Unknown},
};

use super::{
    super::{
        evidence::object_name,
        flow::{Look, Span},
    },
    writer::{BODY, DETAIL, ENTRY, LIST, NAMES_SHOWN, TITLE, Writer},
};
use crate::{
    report::{CheckResult, Ending, GapResult, SourceKind, State, WaiverState},
    words::{counted, one_or_many},
};

/// How many gaps of one reason are explained one by one.
const GAPS_SHOWN: usize = 3;

/// How many ids of checks a list holds before it is cut.
const CHECKS_SHOWN: usize = 12;

impl Writer<'_> {
    pub(super) fn known(&mut self) {
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
        let text = self.names(names.iter().map(String::as_str), CHECKS_SHOWN);
        self.page.flow(LIST, &[Span::plain(&text)]);
    }

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
        // Gaps are told in one only if the same remedy fixes each.
        let mut alike: BTreeMap<_, Vec<&GapResult>> = BTreeMap::new();
        for gap in &report.gaps {
            let remedy = gap.remedy.replace(&gap.resource, "these");
            alike.entry((gap.reason, remedy)).or_default().push(gap);
        }
        for ((reason, remedy), gaps) in alike {
            if gaps.len() > self.limit(GAPS_SHOWN) {
                self.gaps_in_short(reason, &remedy, &gaps);
            } else {
                let mut gaps = gaps.into_iter().peekable();
                while let Some(gap) = gaps.next() {
                    self.gap(gap);
                    // What several gaps have in common is told after the last of them.
                    if gaps.peek().is_none_or(|next| next.remedy != gap.remedy) {
                        self.remedy(&gap.remedy);
                    }
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
        self.page.flow(ENTRY, &spans);
        if !gap.message.is_empty() {
            self.page.flow(BODY, &[Span::plain(&gap.message)]);
        }
        self.waiting(&gap.checks);
    }

    /// Many gaps of one reason that one remedy fixes, as one.
    fn gaps_in_short(&mut self, reason: GapReason, remedy: &str, gaps: &[&GapResult]) {
        self.page.blank();
        let resources = self.names(gaps.iter().map(|gap| gap.resource.as_str()), NAMES_SHOWN);
        self.page.flow(
            ENTRY,
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
        self.remedy(remedy);
    }

    fn waiting(&mut self, checks: &[&str]) {
        if checks.is_empty() {
            return;
        }
        let verb = one_or_many(checks.len(), "waits", "wait");
        let names = self.names(checks.iter().copied(), NAMES_SHOWN);
        self.page.flow(
            DETAIL,
            &[
                Span::new(Look::Faint, &format!("{verb} for it: ")),
                Span::plain(&names),
            ],
        );
    }

    fn remedy(&mut self, remedy: &str) {
        if !remedy.is_empty() {
            self.page.flow(
                DETAIL,
                &[Span::new(Look::Faint, "fix: "), Span::plain(remedy)],
            );
        }
    }

    /// Checks that wait for no gap: what they ask is not shown, or not known.
    fn undecided(&mut self, why: Unknown, checks: &[&CheckResult]) {
        self.page.blank();
        let about = match why {
            Unknown::Forbidden => "the server refuses what they ask",
            Unknown::Unreadable => "what they ask could not be read",
            Unknown::TimedOut => {
                "the time for the whole audit was over before they were done; allow more time with --timeout, or ask fewer with --only"
            }
            Unknown::Hidden if self.report.audited.source == SourceKind::Files => {
                "it is not among the files"
            }
            Unknown::Hidden => "the platform does not show it",
            Unknown::Stale => "the knowledge in this version of kready is too old",
            Unknown::Unrecognised => "the knowledge has no entry for it",
        };
        self.page.flow(
            ENTRY,
            &[
                Span::new(Look::Warn, why.id()),
                Span::plain(&format!(": {about}")),
            ],
        );
        let limit = self.limit(NAMES_SHOWN);
        for check in checks.iter().take(limit) {
            // That they were not done in time says it of all.
            let message = check
                .message
                .as_ref()
                .filter(|_| why != Unknown::TimedOut)
                .map(|message| format!(": {message}"))
                .unwrap_or_default();
            self.page.flow(
                DETAIL,
                &[Span::plain(&format!("{}{message}", check.check.id))],
            );
        }
        self.more(DETAIL, checks.len().saturating_sub(limit));
    }

    pub(super) fn provider(&mut self) {
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
        let names = self.names(ids.iter().copied(), CHECKS_SHOWN);
        self.page.flow(LIST, &[Span::plain(&names)]);
    }

    fn not_applicable(&self, reason: NotApplicable) -> Vec<&'static str> {
        let checks = self.report.checks.iter();
        checks
            .filter(|check| check.ending == Ending::NotApplicable(reason))
            .map(|check| check.check.id)
            .collect()
    }

    pub(super) fn excused(&mut self) {
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
                one_or_many(total, "it", "them")
            ),
        );
        let limit = self.limit(NAMES_SHOWN);
        for (object, checks) in objects.iter().take(limit) {
            self.page.flow(
                ENTRY,
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
        self.more(LIST, objects.len().saturating_sub(limit));
    }

    pub(super) fn waivers(&mut self) {
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
        let limit = self.limit(NAMES_SHOWN);
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
                if sound > limit {
                    continue;
                }
            }
            let targets = waiver.targets();
            let about = if targets.is_empty() {
                "the cluster".to_owned()
            } else {
                self.names(targets.iter().map(String::as_str), NAMES_SHOWN)
            };
            self.page.flow(
                ENTRY,
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
                BODY,
                &[Span::new(
                    Look::Faint,
                    &format!("{}: {}", waiver.owner, waiver.reason),
                )],
            );
        }
        self.more(LIST, sound.saturating_sub(limit));
    }

    pub(super) fn declarations(&mut self) {
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
                ENTRY,
                &[
                    Span::whole(Look::Strong, &declaration.capability),
                    Span::plain(&format!(": until {}", declaration.expires)),
                ],
            );
            self.page.flow(
                BODY,
                &[Span::new(
                    Look::Faint,
                    &format!("{}: {}", declaration.owner, declaration.reason),
                )],
            );
        }
    }

    /// Questions that did not arise, in one sentence.
    pub(super) fn not_asked(&mut self) {
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
            let count = match reason {
                NotApplicable::Mode => self.report.need_cluster(),
                _ => self.not_applicable(reason).len(),
            };
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        let need_manifests = self.report.need_manifests();
        if need_manifests > 0 {
            parts.push(format!("{need_manifests} that only manifests can answer"));
        }
        let deselected = self.report.skipped.len();
        if deselected > 0 {
            parts.push(format!("{deselected} not selected"));
        }
        if !parts.is_empty() {
            self.page.blank();
            let text = format!("Checks not asked: {}.", parts.join(", "));
            self.page.flow(TITLE, &[Span::new(Look::Faint, &text)]);
        }
    }
}

fn in_state(check: &CheckResult, state: State) -> usize {
    let findings = check.findings.iter();
    findings.filter(|finding| finding.state == state).count()
}

fn spaced(id: &str) -> String {
    id.replace('-', " ")
}
