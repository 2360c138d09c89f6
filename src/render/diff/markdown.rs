//! The difference as Markdown. Whatever comes from a report stands in code spans, in which nothing is markup.

use std::fmt::Write as _;

use super::said::{by_object, heading, sides, summary, times};
use crate::{
    escape,
    report::{Change, Diff},
    words::{and_more, counted},
};

/// How long it may grow: a comment on GitHub has 65,536 characters.
const MOST: usize = 60_000;

/// The longest line.
const LONGEST: usize = 400;

/// The difference as Markdown.
pub(crate) fn markdown(diff: &Diff) -> String {
    let mut out = String::new();
    let (counts, gate) = summary(diff);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "### kready: {counts}\n");
    let _ = writeln!(
        out,
        "{gate}. {} compared with {}, {}.",
        code(&diff.new.file),
        code(&diff.old.file),
        times(diff)
    );
    if let Some(sides) = sides(diff) {
        let _ = writeln!(out, "\n{sides}.");
    }
    if !diff.incomparable.is_empty() {
        out.push_str("\n**Compare with care**\n\n");
        for it in &diff.incomparable {
            let _ = writeln!(out, "- {}", code(&it.message));
        }
    }
    let mut left_out = 0;
    for change in Change::ALL {
        let count = diff.count(change);
        if count == 0 {
            continue;
        }
        let _ = writeln!(
            out,
            "\n**{}**: {}\n",
            heading(change),
            counted(count, "finding")
        );
        for check in &diff.checks {
            let objects = by_object(check, change);
            if objects.is_empty() {
                continue;
            }
            let head = format!(
                "- {} {}: {}\n",
                check.severity,
                code(&check.id),
                code(&check.title)
            );
            if out.len() + head.len() > MOST {
                left_out += check.with(change).count();
                continue;
            }
            out.push_str(&head);
            let mut hidden = 0;
            for object in objects {
                let line = format!("  - {}\n", code(&object));
                if out.len() + line.len() > MOST {
                    hidden += 1;
                } else {
                    out.push_str(&line);
                }
            }
            if hidden > 0 {
                let _ = writeln!(out, "  - {}", and_more(hidden));
            }
        }
    }
    if left_out > 0 {
        let _ = writeln!(
            out,
            "\n{} more are not listed: `kready diff` lists all.",
            counted(left_out, "finding")
        );
    }
    out
}

/// A text in a code span that nothing in it can close.
fn code(text: &str) -> String {
    let text = escape::text(text);
    let text = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    };
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    if text.is_empty() {
        return String::new();
    }
    if longest > 0 {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}
