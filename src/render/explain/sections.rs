//! The sections of a check's page, and the examples in them.

use kready_checks::frame::{Check, Heading};

/// An example of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Example {
    /// The YAML, with its last line break.
    pub(super) code: &'static str,
}

/// The title, the summary, why it matters, and how to fix it: Markdown.
pub(super) fn prose(check: &Check) -> String {
    let mut text = format!("{}\n", check.summary());
    for heading in [Heading::Why, Heading::Remediation] {
        if let Some(section) = check.section(heading) {
            text.push_str("\n## ");
            text.push_str(heading.text());
            text.push_str("\n\n");
            text.push_str(section);
            text.push('\n');
        }
    }
    text
}

/// How many examples its page has.
pub(super) fn count(check: &Check) -> usize {
    [Heading::Fails, Heading::Passes, Heading::Unknown]
        .iter()
        .map(|heading| examples(check, *heading).count())
        .sum()
}

/// The example that says it in the fewest lines: manifests sooner than what a server tells.
pub(super) fn shortest(check: &Check, heading: Heading) -> Option<Example> {
    examples(check, heading).min_by_key(|example| {
        let facts = example.code.contains("kind: Snapshot\n");
        (facts, example.code.lines().count())
    })
}

fn examples(check: &Check, heading: Heading) -> impl Iterator<Item = Example> {
    const FENCE: &str = "```";
    let mut rest = check.section(heading).unwrap_or_default();
    std::iter::from_fn(move || {
        let (_, opened) = rest.split_once(FENCE)?;
        let (_, code) = opened.split_once('\n')?;
        let (code, after) = code.split_once(FENCE)?;
        rest = after;
        Some(Example { code })
    })
}
