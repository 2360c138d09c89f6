//! The findings: by when they are felt, or by object, namespace or team; the most urgent first.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
    fmt::Write as _,
};

use kready_checks::model::{Impact, Severity, Text};

use super::{
    super::{
        evidence::object_name,
        flow::{Look, Span},
    },
    by::By,
    entry::{Above, Entry},
    folded::{Folded, Group},
    writer::{ENTRY, Writer, grouped, in_words, parts},
};
use crate::{
    report::{BySeverity, CheckResult, Place, SourceKind, round_down},
    words::{counted, one_or_many},
};

/// How many objects, namespaces or teams are told.
const GROUPS_SHOWN: usize = 20;

impl<'a> Writer<'a> {
    pub(super) fn findings(&mut self) {
        let least = self.shown_from();
        let folded = Folded::of(self.report, least, self.view.by);
        match self.view.by {
            By::Check => self.by_impact(least, &folded),
            by => self.by_group(by, least, &folded),
        }
    }

    /// What is told of a check by itself; none when all of it is told below its causes.
    fn own(check: &'a CheckResult, folded: &Folded<'a>) -> Option<Entry<'a>> {
        let findings: Vec<_> = check
            .open()
            .filter(|result| !folded.is_told(check, result.fingerprint))
            .collect();
        (!findings.is_empty()).then_some(Entry { check, findings })
    }

    fn by_impact(&mut self, least: Severity, folded: &Folded<'a>) {
        let entries = self.report.checks.iter();
        let mut entries: Vec<Entry<'a>> = entries
            .filter_map(|check| Self::own(check, folded))
            .collect();
        entries.sort_by(|a, b| {
            let urgency = |entry: &Entry<'a>| {
                (
                    Reverse(entry.findings.iter().any(|finding| finding.new)),
                    Reverse(folded.gravest(entry.check)),
                    Reverse(entry.check.severity),
                )
            };
            urgency(a)
                .cmp(&urgency(b))
                .then_with(|| affected(b.check).total_cmp(&affected(a.check)))
                .then_with(|| a.check.check.id.cmp(b.check.check.id))
        });
        let whole: BTreeSet<&str> = entries.iter().map(|entry| entry.check.check.id).collect();
        for impact in Impact::ALL {
            let (shown, rest): (Vec<&Entry<'a>>, Vec<&Entry<'a>>) = entries
                .iter()
                .filter(|entry| folded.felt(entry.check) == impact)
                .partition(|entry| entry.check.severity >= least);
            if shown.is_empty() && rest.is_empty() {
                continue;
            }
            let following: BTreeSet<&str> = shown
                .iter()
                .flat_map(|entry| folded.following(entry.check))
                .filter(|id| !whole.contains(id))
                .collect();
            let mut beside = counted(shown.len() + rest.len(), "check");
            if !following.is_empty() {
                // Writing to a string cannot fail.
                let _ = write!(
                    beside,
                    ", and {} caused by {}",
                    following.len(),
                    one_or_many(shown.len() + rest.len(), "it", "them")
                );
            }
            self.section(self.heading(impact), &beside);
            for entry in shown {
                if self.view.details {
                    self.page.blank();
                }
                self.entry(entry, folded, Above::Section);
            }
            self.rest(&rest.iter().map(|entry| entry.check).collect::<Vec<_>>());
        }
    }

    fn heading(&self, impact: Impact) -> &'static str {
        let written = self.report.audited.source == SourceKind::Files;
        match (impact, written) {
            (Impact::Broken, false) => "broken now",
            (Impact::Broken, true) => "broken as written",
            (Impact::Fragile, false) => "breaks at the next drain, deploy or lost machine",
            (Impact::Fragile, true) => "will break at a drain, deploy or lost machine",
            (Impact::Exposed, false) => "exposed",
            (Impact::Exposed, true) => "exposed once applied",
        }
    }

    /// What is only counted.
    fn rest(&mut self, rest: &[&CheckResult]) {
        if rest.is_empty() {
            return;
        }
        let mut by_severity = BySeverity::new();
        for check in rest {
            *by_severity.entry(check.severity).or_default() += 1;
        }
        let text = format!(
            "and {} {}: --details",
            in_words(&by_severity).unwrap_or_default(),
            one_or_many(rest.len(), "check", "checks"),
        );
        if self.view.details {
            self.page.blank();
        }
        self.page.flow(ENTRY, &[Span::new(Look::Faint, &text)]);
    }

    fn by_group(&mut self, by: By, least: Severity, folded: &Folded<'a>) {
        struct Grouped<'a> {
            group: Group<'a>,
            entries: Vec<Entry<'a>>,
            /// Its checks by severity, with those that are told below others.
            checks: BySeverity,
        }
        let mut order: Vec<&CheckResult> = self.report.checks.iter().collect();
        order.sort_by_key(|check| (Reverse(check.severity), check.impact(), check.check.id));
        let mut groups: Vec<Grouped<'a>> = Vec::new();
        let mut places: HashMap<Group<'a>, usize> = HashMap::new();
        for check in order {
            for result in check.open() {
                let group = by.group(result);
                let place = *places.entry(group).or_insert_with(|| {
                    groups.push(Grouped {
                        group,
                        entries: Vec::new(),
                        checks: BySeverity::new(),
                    });
                    groups.len() - 1
                });
                let entries = &mut groups[place].entries;
                match entries.last_mut() {
                    Some(entry) if entry.check.check.id == check.check.id => {
                        entry.findings.push(result);
                    }
                    _ => {
                        entries.push(Entry {
                            check,
                            findings: vec![result],
                        });
                        *groups[place].checks.entry(check.severity).or_default() += 1;
                    }
                }
            }
        }
        groups.sort_by_key(|grouped| {
            let count = |severity| grouped.checks.get(&severity).copied().unwrap_or_default();
            (Reverse(Severity::ALL.map(count)), grouped.group)
        });
        let all = groups.len();
        groups.retain(|grouped| grouped.entries.iter().any(|it| it.check.severity >= least));
        let smaller = all - groups.len();
        let limit = self.limit(GROUPS_SHOWN);
        let hidden = groups.len().saturating_sub(limit);
        let known: HashMap<&str, &Place> = self
            .report
            .places_of(by)
            .iter()
            .map(|place| (place.name.as_str(), place))
            .collect();
        for grouped in groups.into_iter().take(limit) {
            let place = match grouped.group {
                Group::Namespace(Some(name)) | Group::Team(Some(name)) => known.get(name).copied(),
                _ => None,
            };
            self.group_title(grouped.group, &grouped.checks, place);
            let above = match by {
                By::Object => Above::Object,
                _ => Above::Group,
            };
            let mut rest = Vec::new();
            for mut entry in grouped.entries {
                let check = entry.check;
                entry
                    .findings
                    .retain(|result| !folded.is_told(check, result.fingerprint));
                if entry.findings.is_empty() {
                    continue;
                }
                if check.severity >= least {
                    if self.view.details {
                        self.page.blank();
                    }
                    self.entry(&entry, folded, above);
                } else {
                    rest.push(check);
                }
            }
            self.rest(&rest);
        }
        let things = match by {
            By::Check | By::Object => "object",
            By::Namespace => "namespace",
            By::Team => "team",
        };
        for (count, text) in [(hidden, "more"), (smaller, "with smaller findings only")] {
            if count > 0 {
                self.page.blank();
                let words = counted(count, things);
                let name = words.split_once(' ').map_or("", |(_, name)| name);
                let text = match text {
                    "more" => format!("and {} more {name}: --details", grouped(count)),
                    _ => format!("and {} {name} {text}: --details", grouped(count)),
                };
                self.page.flow(ENTRY, &[Span::new(Look::Faint, &text)]);
            }
        }
    }

    fn group_title(&mut self, group: Group<'a>, checks: &BySeverity, place: Option<&Place>) {
        let title = match group {
            Group::All => String::new(),
            Group::Object(None) => "The cluster".to_owned(),
            Group::Object(object) => object_name(object),
            Group::Namespace(Some(name)) => format!("Namespace {name}"),
            Group::Namespace(None) => "No namespace: the cluster, its nodes and roles".to_owned(),
            Group::Team(Some(name)) => format!("Team {name}"),
            Group::Team(None) => "No team".to_owned(),
        };
        let count = checks.values().sum::<usize>();
        let mut beside = format!(
            "{} {}",
            parts(checks).join(", "),
            one_or_many(count, "check", "checks")
        );
        if let Some(place) = place {
            if let Some(score) = place.score {
                let _ = write!(beside, "   score {}", round_down(score).floor());
            }
            if let Some(team) = place.team.as_ref().map(Text::as_str) {
                let _ = write!(beside, "   team {team}");
            }
        }
        self.page.blank();
        self.page.sides(
            0,
            &[Span::whole(Look::Strong, &title)],
            &[Span::new(Look::Faint, &beside)],
        );
    }
}

/// The share of the subjects of a check that fail it.
fn affected(check: &CheckResult) -> f64 {
    check.failing as f64 / check.examined.max(1) as f64
}
