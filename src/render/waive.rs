//! Drafts waivers for the open findings of a report, as YAML for a person to complete.

use std::{collections::BTreeSet, fmt::Write as _};

use jiff::{ToSpan, civil::Date};
use kready_checks::wire::Time;

use super::escape;
use crate::report::{LONGEST_DAYS, OldCheck, OldObject, OldReport};

/// What a draft says beside the findings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    /// The ids of the checks to draft for; all when none are given.
    pub(crate) checks: Option<BTreeSet<String>>,
    /// The ids of the checks whose findings are broken now, for which nothing is drafted.
    pub(crate) broken: BTreeSet<String>,
    /// Why the findings are acceptable; to be filled in unless given.
    pub(crate) reason: Option<String>,
    /// Who answers for it; to be filled in unless given.
    pub(crate) owner: Option<String>,
    /// How many days it holds, from the report on.
    pub(crate) days: u16,
    /// The configuration that the draft is for.
    pub(crate) config: &'static str,
    /// What a reason or an owner begins with until somebody fills it in.
    pub(crate) placeholder: &'static str,
}

/// One waiver of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it is about, for the person who completes it.
    comments: Vec<String>,
    pub(crate) check: String,
    /// Patterns of objects; none for a finding about the cluster.
    pub(crate) objects: Vec<String>,
    /// Reason and owner, quoted.
    texts: [(&'static str, String); 2],
    /// The last day, quoted if it is to be filled in.
    expires: String,
}

impl Entry {
    /// As an item of a list, with its comments above.
    pub(crate) fn block(&self, out: &mut String, indent: usize) {
        let Self {
            comments,
            check,
            objects,
            texts,
            expires,
        } = self;
        // Writing to a string cannot fail.
        for comment in comments {
            let _ = writeln!(out, "{:indent$}# {comment}", "");
        }
        let _ = writeln!(out, "{:indent$}- check: {}", "", scalar(check));
        if !objects.is_empty() {
            let _ = writeln!(out, "{:indent$}  objects:", "");
            for object in objects {
                let _ = writeln!(out, "{:indent$}    - {}", "", scalar(object));
            }
        }
        for (key, value) in texts {
            let _ = writeln!(out, "{:indent$}  {key}: {value}", "");
        }
        let _ = writeln!(out, "{:indent$}  expires: {expires}", "");
    }

    /// In braces, on one line.
    pub(crate) fn flow(&self) -> String {
        let mut out = format!("{{check: {}", quoted(&self.check));
        if !self.objects.is_empty() {
            let objects: Vec<String> = self.objects.iter().map(|it| quoted(it)).collect();
            // Writing to a string cannot fail.
            let _ = write!(out, ", objects: [{}]", objects.join(", "));
        }
        for (key, value) in &self.texts {
            let _ = write!(out, ", {key}: {value}");
        }
        let _ = write!(out, ", expires: {}}}", self.expires);
        out
    }
}

/// What came of a report.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drafted {
    pub(crate) entries: Vec<Entry>,
    /// The checks that are broken now and were left out, with how many objects.
    pub(crate) broken: Vec<(String, usize)>,
    /// How many findings were left out because they are covered already.
    pub(crate) covered: usize,
}

impl Draft {
    /// The waivers for a report; `covers` says what needs none.
    pub(crate) fn entries(
        &self,
        report: &OldReport,
        covers: &mut dyn FnMut(&OldCheck, Option<&OldObject>) -> bool,
    ) -> Drafted {
        let mut drafted = Drafted::default();
        let expires = self.expiry(&report.time);
        let chosen = |check: &&OldCheck| {
            let checks = self.checks.as_ref();
            checks.is_none_or(|ids| ids.contains(&check.id))
        };
        for check in report.checks.iter().filter(chosen) {
            let mut objects = BTreeSet::new();
            for finding in check.findings.iter().filter(|it| it.state == "open") {
                if covers(check, finding.object.as_ref()) {
                    drafted.covered += 1;
                } else {
                    objects.insert(finding.object.as_ref().map(pattern));
                }
            }
            if objects.is_empty() {
                continue;
            }
            if self.broken.contains(&check.id) {
                drafted.broken.push((check.id.clone(), objects.len()));
                continue;
            }
            // A finding about the cluster needs a waiver of its own.
            let (cluster, objects): (Vec<_>, Vec<_>) =
                objects.into_iter().partition(Option::is_none);
            for objects in [cluster, objects] {
                if !objects.is_empty() {
                    let objects = objects.into_iter().flatten().collect();
                    drafted
                        .entries
                        .push(self.entry(check, objects, expires.as_deref()));
                }
            }
        }
        drafted
    }

    /// The draft for a report as a text of its own; `file` is what the user calls it.
    pub(crate) fn text(&self, drafted: &Drafted, report: &OldReport, file: &str) -> String {
        let file = escape::text(file);
        let time = escape::text(&report.time);
        if drafted.entries.is_empty() {
            let least = if drafted.broken.is_empty() {
                "No finding is open"
            } else {
                "No finding is left to waive"
            };
            return format!("# {least} in {file} ({time}).\n");
        }
        let mut out = format!(
            "# Waivers for the open findings of {file} ({time}).\n\
         # Keep what you accept, say why and who answers for it, and put it under `waivers` of {}:\n\
         # kready refuses a reason or an owner that begins with {}. A waiver holds for {LONGEST_DAYS} days at most.\n\
         waivers:\n",
            self.config, self.placeholder
        );
        for entry in &drafted.entries {
            entry.block(&mut out, 2);
        }
        out
    }

    fn entry(&self, check: &OldCheck, objects: Vec<String>, expires: Option<&str>) -> Entry {
        let about = format!("{}: {}", check.severity, check.title);
        let mut comments = vec![escape::text(&about).into_owned()];
        if check.omitted() > 0 {
            comments.push(format!(
                "{} more findings are not listed in the report; --max-findings 0 lists them all.",
                check.omitted()
            ));
        }
        let text = |given: &Option<String>, asked| {
            given.as_ref().map_or_else(
                || quoted(&format!("{}: {asked}", self.placeholder)),
                |given| quoted(given),
            )
        };
        Entry {
            comments,
            check: check.id.clone(),
            objects,
            texts: [
                ("reason", text(&self.reason, "why this is acceptable")),
                ("owner", text(&self.owner, "who answers for it")),
            ],
            expires: expires
                .unwrap_or("\"TODO: a day such as 2026-12-31\"")
                .to_owned(),
        }
    }

    /// The last day, counted from the report on.
    fn expiry(&self, time: &str) -> Option<String> {
        let time: Time = time.parse().ok()?;
        let day: Date = jiff::Timestamp::from_second(time.0)
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        Some(
            day.checked_add(i32::from(self.days).days())
                .ok()?
                .to_string(),
        )
    }
}

/// The pattern that matches one object and no other.
fn pattern(object: &OldObject) -> String {
    let parts: Vec<String> = [
        object.namespace.as_deref(),
        Some(&object.kind),
        Some(&object.name),
    ]
    .into_iter()
    .flatten()
    .map(globset::escape)
    .collect();
    parts.join("/")
}

/// A text as a YAML scalar on one line: plain if that is safe, else quoted as in JSON.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/' | '_'))
        && text.contains(['-', '/']);
    if plain {
        return text.to_owned();
    }
    quoted(text)
}

/// A text in double quotes, with every unsafe character escaped.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if escape::is_unsafe(c) => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use kready_checks::{
        frame::Check,
        model::{Finding, ObjectRef, Pillar, Severity},
    };

    use super::*;
    use crate::{
        config::{self, FileChoice, Overrides},
        render::json,
        report::{
            Ending, Policy, Report,
            testing::{CHECKS, check, deployment, failing, report},
        },
    };

    fn results() -> Vec<(&'static Check, kready_checks::model::Evaluation)> {
        let role = Finding::on(&ObjectRef {
            api_version: "rbac.authorization.k8s.io/v1".into(),
            kind: "ClusterRoleBinding".into(),
            namespace: "".into(),
            name: "team*:admin\u{202e}\n\"".into(),
            copy: 0,
        });
        vec![
            (
                check(Pillar::Storage, Severity::High),
                failing(
                    5,
                    vec![
                        deployment("a"),
                        deployment("a").at("spec.other"),
                        deployment("b"),
                        deployment("c").excused(true),
                    ],
                    None,
                ),
            ),
            (
                check(Pillar::Hardening, Severity::Low),
                failing(5, vec![role], None),
            ),
            (
                check(Pillar::Delivery, Severity::Critical),
                failing(1, vec![Finding::cluster(), deployment("a")], None),
            ),
        ]
    }

    fn draft() -> Draft {
        Draft {
            days: 90,
            config: config::DEFAULT_FILE,
            placeholder: crate::report::PLACEHOLDER,
            ..Draft::default()
        }
    }

    fn draft_of(report: &Report) -> String {
        let mut out = Vec::new();
        json::render(report, &mut out).unwrap();
        let old = OldReport::parse(std::str::from_utf8(&out).unwrap()).unwrap();
        text_of(&draft(), &old)
    }

    fn text_of(draft: &Draft, old: &OldReport) -> String {
        let drafted = draft.entries(old, &mut |_, _| false);
        draft.text(&drafted, old, "report.json")
    }

    #[test]
    fn a_draft_is_refused_until_somebody_fills_it_in_and_then_waives_what_stood() {
        let first = report(results(), &Policy::default());
        let draft = draft_of(&first);
        assert!(draft.is_ascii() && !draft.contains('\u{1b}'));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("kready.yaml");
        std::fs::write(&path, &draft).unwrap();
        let choice = FileChoice::File(path.clone());
        let failure = config::load(&choice, &CHECKS).unwrap_err().to_string();
        assert!(
            failure.contains("4 waivers still lack a reason and an owner: lines 6, 14, 21, 26"),
            "{failure}"
        );

        let filled_in = draft
            .replace("TODO: why this is acceptable", "agreed")
            .replace("TODO: who answers for it", "ops");
        std::fs::write(&path, filled_in).unwrap();
        let plan = config::load(&choice, &CHECKS)
            .unwrap()
            .plan(&Overrides::default(), &CHECKS)
            .unwrap();
        plan.check_expiries(first.audited.time).unwrap();
        let second = report(results(), &plan.policy);
        for result in &second.checks {
            assert_eq!(
                result.ending,
                Ending::Pass { waived: true },
                "{}",
                result.check.id
            );
        }
        assert!(second.waivers.iter().all(|waiver| waiver.matched > 0));
        assert!(draft_of(&second).starts_with("# No finding is open in report.json"));
    }

    #[test]
    fn what_is_given_is_filled_in() {
        let mut out = Vec::new();
        json::render(&report(results(), &Policy::default()), &mut out).unwrap();
        let old = OldReport::parse(std::str::from_utf8(&out).unwrap()).unwrap();
        let given = Draft {
            checks: Some(["storage-high".to_owned()].into()),
            reason: Some("\"agreed\": # yes".into()),
            owner: Some("ops".into()),
            days: 30,
            ..draft()
        };
        let text = text_of(&given, &old);
        let read: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let waivers = read["waivers"].as_array().unwrap();
        assert_eq!(waivers.len(), 1, "{text}");
        assert_eq!(waivers[0]["reason"], "\"agreed\": # yes");
        assert_eq!(waivers[0]["owner"], "ops");
        assert_eq!(waivers[0]["expires"], "2026-12-25");
    }

    #[test]
    fn a_draft_reads_like_this() {
        insta::assert_snapshot!(draft_of(&report(results(), &Policy::default())));
    }
}
