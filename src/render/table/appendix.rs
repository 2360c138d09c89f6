//! The sections after the findings: what is known, is expected of the system, is waived or declared, and what does not apply.

use std::{collections::BTreeMap, fmt::Write as _};

use kready_checks::model::{Impact, NotApplicable, Severity};

use super::{
    super::{
        evidence::object_name,
        explain::severity_look,
        flow::{Look, SEVERITY, Span},
    },
    writer::{BODY, ENTRY, LIST, NAMES_SHOWN, TITLE, Writer, check_id},
};
use crate::{
    report::{CheckResult, Ending, State, WaiverState},
    words::{counted, listed_or_all, one_or_many},
};

/// How many ids of checks a list holds before it is cut.
const CHECKS_SHOWN: usize = 12;

impl Writer<'_> {
    /// What the baseline has already: what is broken or critical by name, all else by the number of its findings.
    pub(super) fn known(&mut self) {
        let known: Vec<(&CheckResult, usize)> = self
            .report
            .checks
            .iter()
            .map(|check| (check, in_state(check, State::Known)))
            .filter(|(_, count)| *count > 0)
            .collect();
        if known.is_empty() {
            return;
        }
        let total: usize = known.iter().map(|(_, count)| count).sum();
        self.section(
            "known from the baseline",
            &format!(
                "{} that do not gate, and count in the score",
                counted(total, "finding")
            ),
        );
        let (mut urgent, others): (Vec<_>, Vec<_>) = known.into_iter().partition(|(check, _)| {
            let broken = check.impact() == Impact::Broken && check.severity >= Severity::High;
            broken || check.severity == Severity::Critical
        });
        urgent.sort_by_key(|(check, _)| (std::cmp::Reverse(check.severity), check.check.id));
        for (check, _) in urgent {
            let mut objects: Vec<String> = check
                .findings
                .iter()
                .filter(|finding| finding.state == State::Known)
                .map(|finding| object_name(finding.finding.object.as_deref()))
                .collect();
            objects.dedup();
            let limit = self.limit(NAMES_SHOWN);
            let names = listed_or_all(objects.iter().map(String::as_str), limit);
            self.page.flow(
                ENTRY,
                &[
                    Span::whole(
                        severity_look(check.severity),
                        &format!("{:<SEVERITY$}", check.severity.id().to_uppercase()),
                    ),
                    check_id(check.check, Look::Strong),
                    Span::plain(": "),
                    Span::plain(&names),
                ],
            );
        }
        let names: Vec<String> = others
            .iter()
            .map(|(check, count)| format!("{} ({count})", check.check.id))
            .collect();
        if !names.is_empty() {
            let text = self.names(names.iter().map(String::as_str), CHECKS_SHOWN);
            self.page.flow(LIST, &[Span::plain(&text)]);
        }
    }

    pub(super) fn provider(&mut self) {
        let ids: Vec<&str> = self.with_reason(NotApplicable::Managed);
        if ids.is_empty() {
            return;
        }
        self.section(
            "the provider's part",
            &format!(
                "{} {} about what the provider runs and does not show",
                counted(ids.len(), "check"),
                one_or_many(ids.len(), "is", "are")
            ),
        );
        let names = self.names(ids.iter().copied(), CHECKS_SHOWN);
        self.page.flow(LIST, &[Span::plain(&names)]);
    }

    fn with_reason(&self, reason: NotApplicable) -> Vec<&'static str> {
        let checks = self.report.checks.iter();
        checks
            .filter(|check| check.ending == Ending::NotApplicable(reason))
            .map(|check| check.check.id)
            .collect()
    }

    /// What is expected of components of the system: a number, and with `--details` a list.
    pub(super) fn excused(&mut self) {
        let total: usize = self.report.counts.system.values().sum();
        if total == 0 {
            return;
        }
        let findings = counted(total, "finding");
        if !self.view.details {
            self.page.blank();
            let text = format!(
                "{findings} normal for system components {} count (--include-system).",
                one_or_many(total, "doesn't", "don't")
            );
            self.page.flow(TITLE, &[Span::new(Look::Faint, &text)]);
            return;
        }
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
        let text = format!("{findings}, not counted without --include-system");
        self.section("normal for system components", &text);
        for (object, checks) in &objects {
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
            "solved outside the cluster, so not looked for in it",
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

    /// The checks that do not apply, in one sentence.
    pub(super) fn not_applicable(&mut self) {
        let mut parts = Vec::new();
        for (reason, one, many) in [
            (
                NotApplicable::Absent,
                "finds no object of its kind",
                "find no object of their kind",
            ),
            (
                NotApplicable::Topology,
                "is for clusters of another size or layout",
                "are for clusters of another size or layout",
            ),
            (
                NotApplicable::Mode,
                "needs a live cluster",
                "need a live cluster",
            ),
            (
                NotApplicable::Scope,
                "is about the whole cluster, not some namespaces",
                "are about the whole cluster, not some namespaces",
            ),
            (
                NotApplicable::Unconfigured,
                "needs a parameter or a flag",
                "need a parameter or a flag",
            ),
            (
                NotApplicable::Reported,
                "is covered by another check",
                "are covered by other checks",
            ),
            (
                NotApplicable::Declared,
                "is declared as solved elsewhere",
                "are declared as solved elsewhere",
            ),
            (
                NotApplicable::System,
                "is about system components alone",
                "are about system components alone",
            ),
        ] {
            let count = match reason {
                NotApplicable::Mode => self.report.need_cluster(),
                _ => self.with_reason(reason).len(),
            };
            if count > 0 {
                parts.push(format!("{count} {}", one_or_many(count, one, many)));
            }
        }
        let need_manifests = self.report.need_manifests();
        if need_manifests > 0 {
            let verb = one_or_many(need_manifests, "needs", "need");
            parts.push(format!("{need_manifests} {verb} manifests"));
        }
        let mut text = if parts.is_empty() {
            String::new()
        } else {
            format!("Checks that don't apply: {}.", parts.join(", "))
        };
        let deselected = self.report.skipped.len();
        if deselected > 0 {
            if !text.is_empty() {
                text.push(' ');
            }
            // Writing to a string cannot fail.
            let _ = write!(text, "Not selected: {}.", counted(deselected, "check"));
        }
        if !text.is_empty() {
            if self.view.details || self.report.counts.system.values().sum::<usize>() == 0 {
                self.page.blank();
            }
            self.page.flow(TITLE, &[Span::new(Look::Faint, &text)]);
        }
    }
}

fn in_state(check: &CheckResult, state: State) -> usize {
    let findings = check.findings.iter();
    findings.filter(|finding| finding.state == state).count()
}
