//! How numbers and lists are put into words.

pub(crate) use kready_checks::model::{counted, grouped};

/// One wording for a single thing, another one for none or several: `it`, `them`.
pub(crate) const fn one_or_many<'w>(count: usize, one: &'w str, many: &'w str) -> &'w str {
    if count == 1 { one } else { many }
}

/// The first names, at most `limit`, and how many more there are: `a, b and 3 more`.
pub(crate) fn first<'n>(names: impl ExactSizeIterator<Item = &'n str>, limit: usize) -> String {
    kready_checks::model::listed(names, limit, " and ")
}

/// The same, but a single name that would be hidden is named as well: `and 1 more` is no shorter.
pub(crate) fn listed_or_all<'n>(
    names: impl ExactSizeIterator<Item = &'n str>,
    limit: usize,
) -> String {
    let count = names.len();
    let all = count <= limit.saturating_add(1);
    first(names, if all { count } else { limit })
}

/// As much of a text as a message has room for.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `and 3 more`.
pub(crate) fn and_more(hidden: usize) -> String {
    format!("and {hidden} more")
}

/// `a, b and c`; none for nothing.
pub(crate) fn joined(parts: &[String]) -> Option<String> {
    match parts {
        [] => None,
        [only] => Some(only.clone()),
        [others @ .., last] => Some(format!("{} and {last}", others.join(", "))),
    }
}

/// The commands of the program.
pub(crate) const COMMANDS: [&str; 12] = [
    "audit",
    "checks",
    "explain",
    "rbac",
    "snapshot",
    "components",
    "waive",
    "diff",
    "schema",
    "completion",
    "version",
    "help",
];

/// A text of kready's own with the program named as it was called in every command: `kubectl kready audit`. What is in the
/// quotes of a shell is somebody's name for something, and stays.
pub(crate) fn as_called(text: &str, program: &str) -> String {
    const NAME: &str = "kready";
    if program == NAME {
        return text.to_owned();
    }
    let mut adapted = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_quoted = false;
    while let Some(at) = rest.find(NAME) {
        let (before, from) = rest.split_at(at);
        let after = &from[NAME.len()..];
        let earlier = adapted.chars().next_back();
        let last = before.chars().next_back().or(earlier);
        let begins = last.is_none_or(|last| !last.is_alphanumeric() && !"-_./".contains(last));
        let called = before.ends_with("kubectl ");
        is_quoted = ends_in_quotes(before, is_quoted, earlier.unwrap_or(' '));
        adapted.push_str(before);
        adapted.push_str(if begins && !called && !is_quoted && is_command(after) {
            program
        } else {
            NAME
        });
        rest = after;
    }
    adapted.push_str(rest);
    adapted
}

/// Whether what follows the program's name makes a command of it; a line may be broken there.
fn is_command(after: &str) -> bool {
    let words = after.trim_start();
    let word = words.split(|c: char| !c.is_ascii_lowercase()).next();
    let is_first = |word: &str| COMMANDS.contains(&word) || after.starts_with(" --");
    words.len() < after.len() && word.is_some_and(is_first)
}

/// Whether a text ends within quotes of a shell: one that follows a letter is an apostrophe.
fn ends_in_quotes(text: &str, mut is_quoted: bool, mut last: char) -> bool {
    for c in text.chars() {
        if c == '\'' {
            is_quoted = !is_quoted && !last.is_alphanumeric() && last != '\\';
        }
        last = c;
    }
    is_quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_named_as_the_program_was_called() {
        let text = "kready audit --demo; `kready rbac | kubectl apply`; kready.yaml, kubectl kready audit, kready 0.1 reads";
        assert_eq!(as_called(text, "kready"), text);
        assert_eq!(
            as_called(text, "kubectl kready"),
            "kubectl kready audit --demo; `kubectl kready rbac | kubectl apply`; kready.yaml, kubectl kready audit, kready 0.1 reads"
        );
        for (text, adapted) in [
            (
                "a page of kready\n  audit",
                "a page of kubectl kready\n  audit",
            ),
            ("kready, which kready reads", "kready, which kready reads"),
            ("judged by kready\n  --quiet", "judged by kready\n  --quiet"),
            ("it isn't kready audit's", "it isn't kubectl kready audit's"),
            (
                "kready audit -f 'kready audit.yaml'; kready audit -f 'my kready audit'",
                "kubectl kready audit -f 'kready audit.yaml'; kubectl kready audit -f 'my kready audit'",
            ),
            (
                r"kready rbac --user 'o'\''s kready audit' | kready rbac",
                r"kubectl kready rbac --user 'o'\''s kready audit' | kubectl kready rbac",
            ),
        ] {
            assert_eq!(as_called(text, "kubectl kready"), adapted);
        }
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let names = ["a", "b", "c", "d"];
        assert_eq!(first(names.into_iter(), 4), "a, b, c, d");
        assert_eq!(first(names.into_iter(), 3), "a, b, c and 1 more");
        assert_eq!(listed_or_all(names.into_iter(), 3), "a, b, c, d");
        assert_eq!(listed_or_all(names.into_iter(), 2), "a, b and 2 more");
        assert_eq!(listed_or_all(names.into_iter(), usize::MAX), "a, b, c, d");
    }

    #[test]
    fn thousands_are_set_apart() {
        let grouped = [0, 999, 1000, 4711, 150_000, 1_234_567].map(grouped);
        assert_eq!(
            grouped,
            ["0", "999", "1,000", "4,711", "150,000", "1,234,567"]
        );
    }

    #[test]
    fn the_last_of_several_follows_an_and() {
        let parts = |count: usize| -> Vec<String> {
            ["a", "b", "c"][..count]
                .iter()
                .map(|it| (*it).to_owned())
                .collect()
        };
        assert_eq!(joined(&parts(0)), None);
        assert_eq!(joined(&parts(1)).as_deref(), Some("a"));
        assert_eq!(joined(&parts(2)).as_deref(), Some("a and b"));
        assert_eq!(joined(&parts(3)).as_deref(), Some("a, b and c"));
    }
}
