//! `kready components`: what a cluster has, grouped by what it is for.

use std::fmt::Write as _;

use kready_checks::knowledge::{Status, Verdict, VersionSource, releases};

use super::{
    audited::{NAME, fact, facts},
    flow::{Indent, Look, Page, Span, WIDEST, columns},
    terminal::Terminal,
};
use crate::{
    report::{Census, ComponentResult, SourceKind},
    words::{counted, listed_or_all, one_or_many},
};

/// Longer names stand on a line of their own where lines are short, and longer versions leave their column.
const WIDEST_NAME: usize = 26;
const WIDEST_VERSION: usize = 20;

/// How many columns what is said after name and version takes, about.
const SAID: usize = 32;

/// A component; what is said of it below the first line stands further in.
const COMPONENT: Indent = Indent { first: 2, rest: 6 };

/// What is said of a component below its first line.
const BELOW: Indent = Indent::hanging(COMPONENT.rest);

/// The same with a name before it.
const DETAILS: Indent = Indent {
    first: BELOW.first,
    rest: BELOW.first + NAME,
};

/// How many namespaces of a gap are named.
const NAMESPACES_SHOWN: usize = 6;

/// How many versions of a component are named.
const VERSIONS_SHOWN: usize = 2;

/// What a cluster has, as text; `details` names every signal, image and namespace.
pub(crate) fn table(
    census: &Census,
    program: &'static str,
    terminal: Terminal,
    details: bool,
) -> String {
    let mut page = Page::new(Terminal {
        width: terminal.width.min(WIDEST),
        ..terminal
    })
    .called(program);
    for (name, value) in facts(&census.audited, details) {
        fact(&mut page, name, &[Span::plain(&value)]);
    }
    let now = census.audited.time;
    let look = if releases::is_stale(now) {
        Look::Warn
    } else {
        Look::Plain
    };
    fact(
        &mut page,
        "knowledge",
        &[Span::new(look, &releases::dated(now))],
    );
    for warning in &census.warnings {
        fact(
            &mut page,
            "warning",
            &[Span::new(Look::Warn, &warning.message)],
        );
    }
    let versions = widest(census, WIDEST_VERSION, |component| {
        columns(&version(component))
    });
    let names = widest(census, usize::MAX, |component| columns(component.name));
    let names = if names + versions + SAID <= terminal.width {
        names
    } else {
        names.min(WIDEST_NAME)
    };
    let mut role = None;
    for component in &census.components {
        if role != Some(component.role) {
            role = Some(component.role);
            page.blank();
            page.flow(
                Indent::hanging(0),
                &[Span::new(Look::Strong, &component.role_name())],
            );
        }
        row(&mut page, component, names, versions, details);
    }
    page.blank();
    page.flow(Indent::NONE, &[Span::plain(&summary(census))]);
    unseen(&mut page, census);
    page.finish()
}

fn widest(census: &Census, limit: usize, width: impl Fn(&ComponentResult) -> usize) -> usize {
    census
        .components
        .iter()
        .map(width)
        .max()
        .unwrap_or(0)
        .min(limit)
}

/// The versions in short; a dash when none can be seen.
fn version(component: &ComponentResult) -> String {
    if component.versions.is_empty() {
        return "-".to_owned();
    }
    let versions = component.versions.iter().map(String::as_str);
    let mut text = listed_or_all(versions, VERSIONS_SHOWN);
    if component.version_source == Some(VersionSource::ChartLabel) {
        text.insert_str(0, "chart ");
    }
    text
}

fn row(page: &mut Page, component: &ComponentResult, names: usize, versions: usize, details: bool) {
    let padded = |text: &str, width: usize| {
        let gap = width.saturating_sub(columns(text)) + 2;
        format!("{text}{}", " ".repeat(gap))
    };
    let mut name = component.name;
    if columns(name) > names {
        page.flow(COMPONENT, &[Span::whole(Look::Code, name)]);
        name = "";
    }
    let mut spans = vec![
        Span::whole(Look::Code, &padded(name, names)),
        Span::whole(Look::Plain, &padded(&version(component), versions)),
    ];
    spans.push(match component.verdict {
        Verdict::Confirmed => Span::new(Look::Good, "confirmed"),
        Verdict::Installed => Span::new(Look::Warn, "installed"),
        Verdict::Hint => Span::new(Look::Faint, "a hint"),
    });
    // The strongest come first.
    let mut signals: Vec<&str> = component
        .signals
        .iter()
        .map(|(signal, _)| signal.id())
        .collect();
    signals.dedup();
    spans.push(Span::new(
        Look::Faint,
        &format!(" by {}", signals.join(", ")),
    ));
    if component.ready == Some(false) && component.verdict != Verdict::Hint {
        spans.push(Span::new(Look::Warn, ", no pod ready"));
    }
    page.flow(COMPONENT, &spans);
    if let Some(end) = end(component) {
        let look = if component.ended {
            Look::Bad
        } else {
            Look::Warn
        };
        page.flow(BELOW, &[Span::new(look, &end)]);
    }
    if let Some(slumber) = &component.slumber {
        page.flow(BELOW, &[Span::new(Look::Warn, slumber)]);
    }
    if component.status == Status::Successor && !component.replaces.is_empty() {
        let text = format!("successor of {}", component.replaces.join(", "));
        page.flow(BELOW, &[Span::plain(&text)]);
    }
    if details {
        let signals: Vec<String> = component
            .signals
            .iter()
            .map(|(signal, pattern)| format!("{} {pattern}", signal.id()))
            .collect();
        for (name, values) in [
            ("signals", &signals),
            ("images", &component.images),
            ("namespaces", &component.namespaces),
        ] {
            if !values.is_empty() {
                let spans = [
                    Span::whole(Look::Faint, &format!("{name:<NAME$}")),
                    Span::plain(&values.join(", ")),
                ];
                page.flow(DETAILS, &spans);
            }
        }
    }
}

/// How a component ended, or will end.
fn end(component: &ComponentResult) -> Option<String> {
    if component.status != Status::Retired {
        return None;
    }
    let mut text = match (component.ended, component.eol) {
        (true, Some(eol)) => format!("ended {eol}"),
        (false, Some(eol)) => format!("ends {eol}"),
        (_, None) => "not maintained any more".to_owned(),
    };
    // Writing to a string cannot fail.
    let _ = match &component.successors[..] {
        [] => write!(text, ", without a successor"),
        [successor] => write!(text, ", successor {successor}"),
        successors => write!(text, ", successors {}", successors.join(", ")),
    };
    Some(text)
}

fn summary(census: &Census) -> String {
    let count = |verdict: Verdict| {
        let of_it = |component: &&ComponentResult| component.verdict == verdict;
        census.components.iter().filter(of_it).count()
    };
    let mut text = counted(census.components.len(), "component");
    let mut comma = ": ";
    for (verdict, name) in [
        (Verdict::Confirmed, "confirmed"),
        (Verdict::Installed, "installed, and perhaps left over"),
        (Verdict::Hint, "with no more than a name that hints at it"),
    ] {
        let count = count(verdict);
        if count > 0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{comma}{count} {name}");
            comma = ", ";
        }
    }
    let ended = census.components.iter().filter(|it| it.ended).count();
    if ended > 0 {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "; {ended} {} ended",
            one_or_many(ended, "has", "have")
        );
    }
    let dormant = census
        .components
        .iter()
        .filter(|it| it.slumber.is_some())
        .count();
    if dormant > 0 {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "; {dormant} {} dormant",
            one_or_many(dormant, "is", "are")
        );
    }
    if census.audited.source == SourceKind::Files {
        text.push_str("; manifests show components by their images alone");
    }
    text
}

fn unseen(page: &mut Page, census: &Census) {
    if census.gaps.is_empty() {
        return;
    }
    page.blank();
    page.flow(
        Indent::hanging(0),
        &[
            Span::new(Look::Heading, "not seen"),
            Span::plain(": there may be more components than are listed"),
        ],
    );
    let mut gaps = census.gaps.iter().peekable();
    while let Some(gap) = gaps.next() {
        let place = if gap.namespaces.is_empty() {
            String::new()
        } else {
            let namespaces = gap.namespaces.iter().map(String::as_str);
            format!(" in {}", listed_or_all(namespaces, NAMESPACES_SHOWN))
        };
        page.flow(
            Indent::hanging(2),
            &[
                Span::whole(Look::Strong, &gap.resource),
                Span::plain(&format!("{place}: {}", gap.message)),
            ],
        );
        // What several gaps have in common is told after the last of them.
        if gaps.peek().is_none_or(|next| next.remedy != gap.remedy) {
            let mut spans = vec![Span::plain("next: ")];
            spans.extend(Span::advice(Look::Plain, &gap.remedy));
            page.flow(Indent::hanging(4), &spans);
        }
    }
}
