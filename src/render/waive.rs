//! Drafts waivers for the open findings of a report, as YAML to be completed and pasted into `kready.yaml`.

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
    /// Why what stands is acceptable; to be filled in unless given.
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

impl Draft {
    /// The draft for a report; `file` is what the user calls it.
    pub(crate) fn of(&self, report: &OldReport, file: &str) -> String {
        let standing: Vec<(&OldCheck, BTreeSet<Option<String>>)> = report
            .checks
            .iter()
            .filter(|check| {
                self.checks
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&check.id))
            })
            .map(|check| (check, objects(check)))
            .filter(|(_, objects)| !objects.is_empty())
            .collect();
        let file = escape::text(file);
        let time = escape::text(&report.time);
        if standing.is_empty() {
            return format!("# Nothing stands in {file} ({time}): there is nothing to waive.\n");
        }
        let mut out = format!(
            "# Waivers for what stands in {file} ({time}).\n\
         # Keep what you accept, say why and who answers for it, and put it under `waivers` of {}:\n\
         # kready refuses a reason or an owner that begins with {}. A waiver holds for {LONGEST_DAYS} days at most.\n\
         waivers:\n",
            self.config, self.placeholder
        );
        let expires = self.expiry(&report.time);
        for (check, objects) in standing {
            // A finding about the cluster needs a waiver of its own.
            let (cluster, objects): (Vec<_>, Vec<_>) =
                objects.into_iter().partition(Option::is_none);
            for objects in [cluster, objects] {
                if !objects.is_empty() {
                    let objects: Vec<String> = objects.into_iter().flatten().collect();
                    self.waiver(&mut out, check, &objects, expires.as_deref());
                }
            }
        }
        out
    }

    fn waiver(
        &self,
        out: &mut String,
        check: &OldCheck,
        objects: &[String],
        expires: Option<&str>,
    ) {
        let about = format!("{}: {}", check.severity, check.title);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  # {}", escape::text(&about));
        if check.omitted() > 0 {
            let _ = writeln!(
                out,
                "  # {} more findings are not listed in the report; --max-findings 0 lists them all.",
                check.omitted()
            );
        }
        let _ = writeln!(out, "  - check: {}", scalar(&check.id));
        if !objects.is_empty() {
            let _ = writeln!(out, "    objects:");
            for object in objects {
                let _ = writeln!(out, "      - {}", scalar(object));
            }
        }
        for (key, given, asked) in [
            ("reason", &self.reason, "why this is acceptable"),
            ("owner", &self.owner, "who answers for it"),
        ] {
            let value = given.as_ref().map_or_else(
                || quoted(&format!("{}: {asked}", self.placeholder)),
                |given| quoted(given),
            );
            let _ = writeln!(out, "    {key}: {value}");
        }
        let _ = writeln!(
            out,
            "    expires: {}",
            expires.unwrap_or("\"TODO: a day such as 2026-12-31\"")
        );
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

/// The objects of the open findings; none for a finding about the cluster.
fn objects(check: &OldCheck) -> BTreeSet<Option<String>> {
    check
        .findings
        .iter()
        .filter(|finding| finding.state == "open")
        .map(|finding| finding.object.as_ref().map(pattern))
        .collect()
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
fn quoted(text: &str) -> String {
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
            placeholder: config::PLACEHOLDER,
            ..Draft::default()
        }
    }

    fn draft_of(report: &Report) -> String {
        let mut out = Vec::new();
        json::render(report, &mut out).unwrap();
        draft().of(
            &OldReport::parse(std::str::from_utf8(&out).unwrap()).unwrap(),
            "report.json",
        )
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
        assert_eq!(
            failure.matches("still to be filled in").count(),
            8,
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
        assert!(draft_of(&second).starts_with("# Nothing stands in report.json"));
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
        let text = given.of(&old, "report.json");
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
