//! JUnit's XML: a suite for each pillar and a case for each check, as Jenkins, GitLab and others read it.

use std::{fmt::Write as _, io};

use kready_checks::model::Pillar;
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

use super::{
    evidence::label,
    pipeline::{Ranked, capital, told},
};
use crate::{
    escape,
    report::{CheckResult, Ending, Report, Verdict},
    words::counted,
};

/// How many findings of a check are told.
const TOLD: usize = 1_000;

/// The report as XML.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let mut suites = vec![Suite {
        name: "verdict",
        cases: vec![verdict(report)],
    }];
    suites.extend(Pillar::ALL.into_iter().map(|pillar| {
        let of_pillar = |check: &(usize, &CheckResult)| check.1.check.pillar == pillar;
        let checks = report.checks.iter().enumerate().filter(of_pillar);
        Suite {
            name: pillar.id(),
            cases: checks
                .map(|(rule, check)| case(report, rule, check))
                .collect(),
        }
    }));
    suites.retain(|suite| !suite.cases.is_empty());
    write(&suites, &report.audited.time.to_string(), out)
}

struct Suite {
    name: &'static str,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    became: Became,
}

enum Became {
    Passed,
    Skipped(Said),
    Failed(Said),
    Broke(Said),
}

struct Said {
    kind: String,
    message: String,
    text: String,
}

fn verdict(report: &Report) -> Case {
    let mut reasons = report.reasons.iter().map(|reason| &*reason.message);
    let said = Said {
        kind: report.verdict.id().to_owned(),
        message: reasons.next().unwrap_or_default().to_owned(),
        text: reasons.collect::<Vec<_>>().join("\n"),
    };
    Case {
        name: "The verdict is Ready".to_owned(),
        became: match report.verdict {
            Verdict::Ready => Became::Passed,
            Verdict::NotReady => Became::Failed(said),
            Verdict::Inconclusive => Became::Broke(said),
        },
    }
}

fn case(report: &Report, rule: usize, check: &CheckResult) -> Case {
    let message = check.message.clone().unwrap_or_default();
    let became = match check.ending {
        Ending::Pass { waived: false } => Became::Passed,
        Ending::Pass { waived: true } => Became::Skipped(Said {
            kind: "waived".to_owned(),
            message: format!("{} waived", counted(check.findings.len(), "finding")),
            text: String::new(),
        }),
        Ending::NotApplicable(reason) => Became::Skipped(Said {
            kind: format!("not applicable: {}", reason.id()),
            message,
            text: String::new(),
        }),
        Ending::Unknown(reason) => {
            let said = Said {
                kind: format!("unknown: {}", reason.id()),
                message,
                text: String::new(),
            };
            let decides = |check: &str| {
                let mut reasons = report.reasons.iter();
                reasons
                    .any(|reason| reason.code == "gate-unknown" && reason.checks.contains(&check))
            };
            if decides(check.check.id) {
                Became::Broke(said)
            } else {
                Became::Skipped(said)
            }
        }
        Ending::Fail => failed(report, rule, check),
    };
    Case {
        name: format!("{}: {}", check.check.id, check.check.title),
        became,
    }
}

/// What fails, object by object; what an older report knew is no failure of this run.
fn failed(report: &Report, rule: usize, check: &CheckResult) -> Became {
    let open = check.open().count();
    if open == 0 {
        return Became::Skipped(Said {
            kind: "known".to_owned(),
            message: "all that fails is in the baseline".to_owned(),
            text: String::new(),
        });
    }
    let most = report.max_findings.unwrap_or(TOLD).min(TOLD);
    let mut text = String::new();
    let mut first = None;
    for found in check.open().take(most) {
        first = first.or(found.finding.object.as_deref());
        let told = told(Ranked { rule, check, found });
        // Writing to a string cannot fail.
        let _ = match &found.finding.source {
            Some(source) => writeln!(
                text,
                "{told} ({}:{})",
                escape::text(&source.file),
                source.best_line()
            ),
            None => writeln!(text, "{told}"),
        };
    }
    if open > most {
        let _ = writeln!(text, "and {} more", open - most);
    }
    if let (Some(_), Some(message)) = (check.partial, &check.message) {
        let _ = writeln!(text, "not seen in full: {message}");
    }
    let fix = check.check.fix_of(first);
    let _ = write!(
        text,
        "{}: {}\n{}",
        label(&fix),
        escape::text(&fix),
        check.check.page_url()
    );
    Became::Failed(Said {
        kind: check.severity.id().to_owned(),
        message: format!(
            "{}: {} of {}",
            capital(check.check.title),
            check.failing,
            counted(check.examined, check.unit())
        ),
        text,
    })
}

fn write(suites: &[Suite], time: &str, out: &mut impl io::Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = || suites.iter().flat_map(|suite| &suite.cases);
    let counts = |cases: &mut dyn Iterator<Item = &Case>| {
        let mut counts = [0; 4];
        for case in cases {
            counts[0] += 1;
            counts[1] += usize::from(matches!(case.became, Became::Failed(_)));
            counts[2] += usize::from(matches!(case.became, Became::Broke(_)));
            counts[3] += usize::from(matches!(case.became, Became::Skipped(_)));
        }
        counts.map(|count| count.to_string())
    };
    let [tests, failures, errors, _] = counts(&mut all());
    xml.write_event(Event::Start(element(
        "testsuites",
        &[
            ("name", "kready"),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", &errors),
        ],
    )))?;
    for suite in suites {
        let [tests, failures, errors, skipped] = counts(&mut suite.cases.iter());
        xml.write_event(Event::Start(element(
            "testsuite",
            &[
                ("name", suite.name),
                ("tests", &tests),
                ("failures", &failures),
                ("errors", &errors),
                ("skipped", &skipped),
                ("timestamp", time.trim_end_matches('Z')),
            ],
        )))?;
        for case in &suite.cases {
            written(&mut xml, suite.name, case)?;
        }
        xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    out.write_all(b"\n")
}

fn written(xml: &mut Writer<impl io::Write>, suite: &str, case: &Case) -> io::Result<()> {
    let class = format!("kready.{suite}");
    let start = element("testcase", &[("name", &case.name), ("classname", &class)]);
    let (tag, said) = match &case.became {
        Became::Passed => return xml.write_event(Event::Empty(start)),
        Became::Skipped(said) => ("skipped", said),
        Became::Failed(said) => ("failure", said),
        Became::Broke(said) => ("error", said),
    };
    xml.write_event(Event::Start(start))?;
    let attributes: Vec<(&str, &str)> = [("type", &*said.kind), ("message", &*said.message)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let start = element(tag, &attributes);
    if said.text.is_empty() {
        xml.write_event(Event::Empty(start))?;
    } else {
        xml.write_event(Event::Start(start))?;
        xml.write_event(Event::Text(BytesText::new(&legal(&said.text))))?;
        xml.write_event(Event::End(BytesEnd::new(tag)))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn element<'e>(name: &'e str, attributes: &[(&str, &str)]) -> BytesStart<'e> {
    let mut element = BytesStart::new(name);
    for (key, value) in attributes {
        let value = escape::text(value);
        element.push_attribute((*key, &*legal(&value)));
    }
    element
}

/// The text without what no document of XML may hold, however it is written.
fn legal(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => c,
            _ => '\u{fffd}',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use kready_checks::model::{NotApplicable, Outcome, Severity, Unknown};

    use super::*;
    use crate::report::{
        Policy,
        testing::{check, deployment, failing, passing, report, unknown},
    };

    fn xml(report: &Report) -> String {
        let mut out = Vec::new();
        render(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_ending_has_its_element() {
        let of = |pillar, severity| check(pillar, severity);
        let absent = Outcome::NotApplicable(NotApplicable::Absent);
        let xml = xml(&report(
            vec![
                (
                    of(Pillar::Health, Severity::High),
                    failing(2, vec![deployment("a")], None),
                ),
                (of(Pillar::Health, Severity::Low), passing(2)),
                (
                    of(Pillar::Storage, Severity::High),
                    unknown(Unknown::Forbidden),
                ),
                (
                    of(Pillar::Storage, Severity::Low),
                    unknown(Unknown::Forbidden),
                ),
                (
                    of(Pillar::Delivery, Severity::High),
                    kready_checks::model::Evaluation::without_subjects(absent),
                ),
            ],
            &Policy::default(),
        ));
        for expected in [
            "<testsuites name=\"kready\" tests=\"6\" failures=\"2\" errors=\"1\">",
            "<failure type=\"NotReady\" message=\"1 high check fails",
            "<failure type=\"high\" message=\"Something is wrong: 1 of 2 ",
            ">Deployment shop/a: seen spec.replicas: 1; expected at least 2\n",
            "<error type=\"unknown: forbidden\" message=\"pods cannot be listed\"/>",
            "<skipped type=\"unknown: forbidden\" message=\"pods cannot be listed\"/>",
            "<skipped type=\"not applicable: absent\"/>",
            "<testcase name=\"health-low: something is wrong\" classname=\"kready.health\"/>",
            "<testsuite name=\"health\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" timestamp=\"2026-11-25T03:00:00\">",
        ] {
            assert!(xml.contains(expected), "{expected} in {xml}");
        }
    }

    #[test]
    fn of_many_findings_the_first_are_told_and_the_rest_is_counted() {
        let many = (0..1_500)
            .map(|number| deployment(&format!("d{number}")))
            .collect();
        let high = check(Pillar::Health, Severity::High);
        let xml = xml(&report(
            vec![(high, failing(1_500, many, None))],
            &Policy::default(),
        ));
        assert_eq!(xml.matches("Deployment shop/").count(), TOLD);
        assert!(
            xml.contains("\nand 500 more\n"),
            "{}",
            &xml[xml.len() - 500..]
        );
    }

    #[test]
    fn no_text_ends_an_element_or_holds_what_xml_cannot() {
        let hostile = deployment("]]></failure>\u{0}\u{fffe}\u{1b}\"&<x a='");
        let high = check(Pillar::Health, Severity::High);
        let xml = xml(&report(
            vec![(high, failing(1, vec![hostile], None))],
            &Policy::default(),
        ));
        assert_eq!(xml.matches("</failure>").count(), 1, "{xml}");
        assert!(
            xml.contains("]]&gt;&lt;/failure&gt;\\u{0}\u{fffd}\\u{1b}&quot;&amp;&lt;x a=&apos;"),
            "{xml}"
        );
    }
}
