//! How numbers, names and messages are put into words.

/// `1 node`, `2 nodes`, `2 Ingresses`.
pub fn counted(count: usize, name: &str) -> String {
    if count == 1 {
        format!("{count} {name}")
    } else {
        format!("{count} {}", many(name))
    }
}

/// `4,711`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A text as one word of a shell.
pub fn shell_word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._:@/+=-".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('-') {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The plural: `nodes`, `Ingresses`, `NetworkPolicies`.
pub fn many(name: &str) -> String {
    let sibilant = ["s", "x", "ch", "sh"];
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if sibilant.iter().any(|end| name.ends_with(end)) => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// The first names, at most `limit`, and how many more there are, after `joint`: `a, b and 3 more`.
pub fn listed<'n>(
    names: impl IntoIterator<Item = &'n str>,
    limit: usize,
    joint: &'static str,
) -> String {
    let mut names = names.into_iter();
    let shown: Vec<&str> = names.by_ref().take(limit).collect();
    match names.count() {
        0 => shown.join(", "),
        hidden => format!("{}{joint}{hidden} more", shown.join(", ")),
    }
}

/// `2 of 3 pods`, or `its only pod`.
pub fn share(some: usize, all: usize) -> String {
    if all == 1 {
        "its only pod".to_owned()
    } else {
        format!("{some} of {all} pods")
    }
}

/// A message as a clause of ours: without its full stop.
pub fn clause(message: &str) -> &str {
    message.trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::{clause, counted, listed, share, shell_word};

    #[test]
    fn what_is_one_is_not_many() {
        assert_eq!(counted(0, "node"), "0 nodes");
        assert_eq!(counted(1, "node"), "1 node");
        assert_eq!(counted(2, "node"), "2 nodes");
        assert_eq!(counted(2, "Ingress"), "2 Ingresses");
        assert_eq!(counted(2, "NetworkPolicy"), "2 NetworkPolicies");
        assert_eq!(counted(2, "Gateway"), "2 Gateways");
    }

    #[test]
    fn long_lists_are_cut_and_say_so() {
        let names = ["a", "b", "c"];
        assert_eq!(listed(names, 3, " and "), "a, b, c");
        assert_eq!(listed(names, 2, " and "), "a, b and 1 more");
        assert_eq!(listed(names, 1, ", "), "a, 2 more");
        assert_eq!(listed([], 1, ", "), "");
    }

    #[test]
    fn what_is_no_name_stays_one_word_of_a_shell() {
        assert_eq!(shell_word("node/worker-1"), "node/worker-1");
        assert_eq!(shell_word("a; rm -rf $HOME"), "'a; rm -rf $HOME'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word("-x"), "'-x'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn a_single_pod_is_not_counted() {
        assert_eq!(share(1, 1), "its only pod");
        assert_eq!(share(2, 3), "2 of 3 pods");
    }

    #[test]
    fn a_clause_has_no_full_stop() {
        assert_eq!(clause("no room..."), "no room");
        assert_eq!(clause("1.5 of 2"), "1.5 of 2");
    }
}
