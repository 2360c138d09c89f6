//! `kready explain`: a check's page, as much of it as is asked for.

mod facts;
mod retired;
mod sections;

use std::{collections::BTreeSet, fmt::Write as _};

use kready_checks::{
    frame::{Check, Heading},
    inventory::{Evidence, needs::COMPONENTS},
    knowledge::releases,
    wire::Time,
};

pub(super) use facts::evidence_name;
pub(crate) use facts::severity_look;

use self::{
    facts::Fact,
    retired::{retired, slumber, table},
    sections::Example,
};
use super::{
    audited::fact,
    flow::{Indent, Look, Page, Span},
    markdown,
    terminal::Terminal,
};
use crate::words::counted;

/// Prose is hard to read in lines longer than this.
const PROSE: usize = 100;

/// How many lines a page has that fits a screen; one whose text alone is longer shows no more than the start of an example.
const SCREEN: usize = 45;

/// How many lines of an example are shown at least.
const LEAST: usize = 7;

/// How much of a page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The text, and an example of each sort.
    Brief,
    /// All examples.
    Examples,
    /// All examples, and everything that is known of the check.
    All,
}

/// The check's page as text; `now` tells the age of the knowledge that the check rests on.
pub(crate) fn explain(
    check: &Check,
    extent: Extent,
    now: Time,
    program: &'static str,
    terminal: Terminal,
) -> String {
    let terminal = Terminal {
        width: terminal.width.min(PROSE),
        ..terminal
    };
    let mut page = Page::new(terminal).called(program);
    page.flow(
        Indent::NONE,
        &[
            Span::whole(Look::Strong, check.id),
            Span::plain(": "),
            Span::plain(check.title),
        ],
    );
    let facts = if extent == Extent::All {
        page.blank();
        facts::all(check)
    } else {
        facts::brief(check)
    };
    for (name, value, look) in facts {
        fact(&mut page, name, &[Span::new(look, &value)]);
    }
    let stale = releases::is_stale(now);
    let dated = extent == Extent::All || stale || ASK_FOR_DAYS.contains(&check.id);
    if dated && rests_on_knowledge(check) {
        let look = if stale { Look::Warn } else { Look::Plain };
        fact(
            &mut page,
            "knowledge",
            &[Span::new(look, &releases::dated(now))],
        );
    }
    page.blank();
    markdown::render(&mut page, &sections::prose(check), true);
    let retired = retired(check.id);
    if extent == Extent::All && !retired.is_empty() {
        page.blank();
        table(&mut page, &retired);
        if check.id == "component-retired" {
            slumber(&mut page);
        }
    }
    page.blank();
    let end = ending(check, program, retired.len(), extent, terminal);
    let text = page.finish();
    let mut page = Page::new(terminal).called(program);
    if extent == Extent::Brief {
        let others = text.lines().count() + end.lines().count();
        examples_in(SCREEN.saturating_sub(others), check, &mut page);
    } else {
        for heading in [Heading::Fails, Heading::Passes, Heading::Unknown] {
            if let Some(section) = check.section(heading) {
                page.blank();
                let text = format!("## {}\n\n{section}\n", heading.text());
                markdown::render(&mut page, &text, true);
            }
        }
    }
    page.blank();
    format!("{text}{}{end}", page.finish())
}

/// The references, and what else there is to be read.
fn ending(
    check: &Check,
    program: &'static str,
    retired: usize,
    extent: Extent,
    terminal: Terminal,
) -> String {
    let mut page = Page::new(terminal).called(program);
    if let Some(references) = check.section(Heading::References) {
        let heading = Heading::References.text();
        markdown::render(&mut page, &format!("## {heading}\n\n{references}\n"), true);
    }
    let mut text = page.finish().trim_end().to_owned();
    text.push('\n');
    if extent == Extent::Brief {
        let mut page = Page::new(terminal).called(program);
        let ended = if retired > 0 {
            format!(", and {retired} names of what has ended")
        } else {
            String::new()
        };
        let more = format!(
            "more: {program} explain {} --examples ({}) or --all{ended}",
            check.id,
            sections::count(check),
        );
        page.flow(Indent::NONE, &[Span::new(Look::Faint, &more)]);
        text.push_str(&page.finish());
    }
    text
}

/// A failing example, as much of it as there is room for, and a passing one if there is room for all of it.
fn examples_in(room: usize, check: &Check, page: &mut Page) {
    // The heading and the empty line after the example.
    const AROUND: usize = 2;
    let mut room = room;
    for heading in [Heading::Fails, Heading::Passes] {
        let Some(Example { code, .. }) = sections::shortest(check, heading) else {
            continue;
        };
        let lines: Vec<&str> = code.lines().collect();
        let all = lines.len() + AROUND <= room;
        if !all && heading == Heading::Passes {
            continue;
        }
        let title = heading.text().to_uppercase();
        page.blank();
        page.flow(Indent::NONE, &[Span::whole(Look::Heading, &title)]);
        let shown = if all {
            lines.len()
        } else {
            room.saturating_sub(AROUND + 1).max(LEAST).min(lines.len())
        };
        for line in &lines[..shown] {
            page.verbatim(markdown::CODE_INDENT, Look::Code, line);
        }
        if shown < lines.len() {
            let more = format!("# and {}", counted(lines.len() - shown, "more line"));
            page.verbatim(markdown::CODE_INDENT, Look::Faint, &more);
        }
        room = room.saturating_sub(shown + AROUND);
    }
}

/// The check's page as Markdown.
pub(crate) fn markdown_page(check: &Check, extent: Extent) -> String {
    let facts: Vec<Fact> = if extent == Extent::All {
        facts::all(check)
    } else {
        facts::brief(check)
    };
    let mut text = format!("# {}\n\n", check.title);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "- id: `{}`", check.id);
    for (name, value, _) in facts {
        let _ = writeln!(text, "- {name}: {value}");
    }
    let _ = write!(text, "\n{}", sections::prose(check));
    for heading in [Heading::Fails, Heading::Passes, Heading::Unknown] {
        let section = match extent {
            Extent::Brief => sections::shortest(check, heading)
                .filter(|_| heading != Heading::Unknown)
                .map(|example| format!("```yaml\n{}```", example.code)),
            Extent::Examples | Extent::All => check.section(heading).map(ToOwned::to_owned),
        };
        if let Some(section) = section {
            let _ = write!(text, "\n## {}\n\n{section}\n", heading.text());
        }
    }
    if let Some(references) = check.section(Heading::References) {
        let _ = write!(
            text,
            "\n## {}\n\n{references}\n",
            Heading::References.text()
        );
    }
    text
}

/// Checks that ask when something ended, or until when it is supported.
const ASK_FOR_DAYS: [&str; 4] = [
    "api-version-removed",
    "component-retired",
    "image-registry-retired",
    "kubernetes-version-unsupported",
];

/// Whether what a check says depends on what is known of components, releases or APIs.
fn rests_on_knowledge(check: &Check) -> bool {
    let needs: BTreeSet<Evidence> = check.evidence().map(|(_, evidence)| evidence).collect();
    ASK_FOR_DAYS.contains(&check.id) || COMPONENTS.iter().all(|need| needs.contains(need))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(check: &Check, extent: Extent) -> String {
        let now = "2026-11-25T03:00:00Z".parse().unwrap();
        explain(check, extent, now, "kready", Terminal::FILE)
    }

    #[test]
    fn a_page_fits_a_screen() {
        let mut lengths: Vec<usize> = kready_checks::builtin()
            .map(|check| page(check, Extent::Brief).lines().count())
            .collect();
        lengths.sort_unstable();
        let median = lengths[lengths.len() / 2];
        assert!(median <= SCREEN, "{median}: {lengths:?}");
        // Only those are longer whose text alone nearly fills a screen.
        assert!(lengths[lengths.len() - 1] <= SCREEN * 3 / 2, "{lengths:?}");
    }

    #[test]
    fn a_page_says_why_what_to_do_and_how_it_looks() {
        for check in kready_checks::builtin() {
            let brief = page(check, Extent::Brief);
            for heading in ["WHY IT MATTERS", "REMEDIATION", "FAILS", "REFERENCES"] {
                let line = format!("\n{heading}\n");
                assert!(brief.contains(&line), "{}: {heading}\n{brief}", check.id);
            }
            let all = page(check, Extent::All);
            assert!(all.contains("\nPASSES\n"), "{all}");
            assert!(all.lines().count() > brief.lines().count(), "{}", check.id);
            // A name never runs into what stands behind it.
            for name in ["judges", "reads", "optional", "mentions", "applies to"] {
                for line in all
                    .lines()
                    .filter(|line| line.starts_with(&format!("  {name}")))
                {
                    assert!(line[2 + name.len()..].starts_with(' '), "{line}");
                }
            }
        }
    }
}
