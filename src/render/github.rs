//! Annotations of a GitHub workflow: lines that the runner takes from the log of a step.

use std::{fmt::Write as _, io};

use super::{
    evidence::label,
    pipeline::{Places, Ranked, capital, level, ranked, told},
};
use crate::{
    failure::Exit,
    report::{Report, State},
    words::counted,
};

/// How many annotations of a level GitHub keeps of one step.
const SHOWN: usize = 10;

const LEVELS: [&str; 3] = ["error", "warning", "notice"];

/// The most urgent findings of each level, and one line for the verdict and the rest.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(
    report: &Report,
    places: &Places,
    exit: Exit,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let open = ranked(report, &[State::Open]);
    let mut hidden = 0;
    let mut unread = report.unread.iter();
    for wanted in LEVELS {
        let of_level = |ranked: &&Ranked<'_>| level(ranked.check.severity, LEVELS) == wanted;
        let all = open.iter().filter(of_level).count();
        // The last notice is that of the verdict.
        let mut room = SHOWN - usize::from(wanted == "notice");
        if wanted == "error" {
            // What was not read may hide the worst.
            for file in unread.by_ref().take(SHOWN / 2) {
                room -= 1;
                let spot = (places.path(&file.file), file.line.unwrap_or(1));
                let message = format!("{}; {}", file.message, file.remedy);
                line(
                    out,
                    wanted,
                    Some((&spot.0, spot.1)),
                    "kready: a file was not read",
                    &message,
                )?;
            }
        }
        for each in open.iter().filter(of_level).take(room) {
            let spot = places.of_finding(&each.found.finding);
            let place = spot.as_ref().map(|spot| (&*spot.path, spot.line));
            let check = each.check.check;
            let title = format!("{} ({})", capital(check.title), check.id);
            let fix = check.fix_of(each.found.finding.object.as_deref());
            let message = format!(
                "{}\n{}: {fix}\n{}",
                told(*each),
                label(&fix),
                check.page_url()
            );
            line(out, wanted, place, &title, &message)?;
        }
        hidden += all.saturating_sub(room);
    }
    let reasons: Vec<&str> = report
        .reasons
        .iter()
        .map(|reason| &*reason.message)
        .collect();
    let mut message = match &reasons[..] {
        [] => "no open finding gates".to_owned(),
        reasons => reasons.join("; "),
    };
    // Writing to a string cannot fail.
    let _ = write!(message, "; exit code {}", exit.code());
    if hidden > 0 {
        let _ = write!(
            message,
            ". {} not shown here: the step's log and summary have them",
            counted_more(hidden)
        );
    }
    if unread.len() > 0 {
        let _ = write!(
            message,
            ". {} more could not be read",
            counted(unread.len(), "file")
        );
    }
    let title = format!("kready: {}", report.verdict.id());
    line(out, "notice", None, &title, &message)
}

fn counted_more(hidden: usize) -> String {
    let verb = if hidden == 1 { "is" } else { "are" };
    format!("{} {verb}", counted(hidden, "more finding"))
}

/// `::error file=a.yaml,line=7,title=…::message`.
fn line(
    out: &mut impl io::Write,
    level: &str,
    place: Option<(&str, u32)>,
    title: &str,
    message: &str,
) -> io::Result<()> {
    write!(out, "::{level} ")?;
    if let Some((path, line)) = place {
        write!(out, "file={},line={line},", property(path))?;
    }
    writeln!(out, "title={}::{}", property(title), data(message))
}

/// As the runner reads it back.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use kready_checks::model::{Pillar, Severity, Source};

    use super::*;
    use crate::report::{
        Policy,
        testing::{check, deployment, failing, passing, report},
    };

    fn lines(report: &Report) -> Vec<String> {
        let mut out = Vec::new();
        render(report, &Places::default(), Exit::NotReady, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_gravest_ten_of_a_level_are_shown_and_the_rest_is_counted() {
        let many = |count| {
            (0..count)
                .map(|number| deployment(&format!("d{number}")))
                .collect()
        };
        let lines = lines(&report(
            vec![
                (
                    check(Pillar::Health, Severity::High),
                    failing(20, many(20), None),
                ),
                (
                    check(Pillar::Storage, Severity::Critical),
                    failing(1, many(1), None),
                ),
                (
                    check(Pillar::Storage, Severity::Medium),
                    failing(3, many(3), None),
                ),
                (
                    check(Pillar::Storage, Severity::Low),
                    failing(12, many(12), None),
                ),
            ],
            &Policy::default(),
        ));
        let of = |level: &str| lines.iter().filter(|line| line.starts_with(level)).count();
        assert_eq!(
            [of("::error "), of("::warning "), of("::notice ")],
            [10, 3, 10]
        );
        assert!(lines[0].contains("(storage-critical)::"), "{}", lines[0]);
        let last = lines.last().unwrap();
        assert!(
            last.contains("exit code 1. 14 more findings are not shown"),
            "{last}"
        );
    }

    #[test]
    fn the_runner_reads_each_text_back_as_it_was() {
        let mut hostile = deployment("a\n::error::forged%0A");
        hostile.source = Some(Box::new(Source::at("a,b:c%\n.yaml", 7)));
        let high = check(Pillar::Health, Severity::High);
        let lines = lines(&report(
            vec![(high, failing(1, vec![hostile], None))],
            &Policy::default(),
        ));
        assert_eq!(lines.len(), 2, "{lines:#?}");
        let start = "::error file=a%2Cb%3Ac%25%0A.yaml,line=7,title=Something is wrong (health-high)::Deployment shop/a\\n::error::forged%250A: seen ";
        assert!(lines[0].starts_with(start), "{}", lines[0]);
    }

    #[test]
    fn a_clean_audit_is_one_notice() {
        let high = check(Pillar::Health, Severity::High);
        let lines = lines(&report(vec![(high, passing(1))], &Policy::default()));
        assert_eq!(lines.len(), 1, "{lines:#?}");
    }
}
