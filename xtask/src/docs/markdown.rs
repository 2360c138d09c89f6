//! Markdown as text: its code, its links, and what of it may stand in a page.

use std::fmt::Write as _;

/// The repository, for what isn't a page of the site.
const BLOB: &str = "https://github.com/kready/kready/blob/main/";

/// Files of the repository that are pages of the site as they are.
pub(super) const FILES: [(&str, &str); 6] = [
    ("CHANGELOG.md", "project/changelog.md"),
    ("SECURITY.md", "project/security.md"),
    ("checks/RULES.md", "checks/rules.md"),
    ("deploy/README.md", "reference/metrics.md"),
    ("benches/README.md", "project/benches.md"),
    ("examples/templates/README.md", "reference/templates.md"),
];

/// Files of the repository that have a counterpart in the site.
const COUNTERPARTS: [(&str, &str); 2] = [
    ("checks/README.md", "checks/index.md"),
    ("README.md", "index.md"),
];

/// A text that may stand in HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A text with its code as HTML: it may stand in a table that is written in HTML.
pub(super) fn inline(text: &str) -> String {
    let mut html = String::new();
    for (number, part) in text.split('`').enumerate() {
        if number % 2 == 1 {
            let _ = write!(html, "<code>{}</code>", escaped(part));
        } else {
            html.push_str(&escaped(part));
        }
    }
    html
}

/// A cell of a Markdown table.
pub(super) fn cell(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

/// A text with its first letter in upper case.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The lines of a text, and whether each is outside of blocks of code.
fn lines(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut in_code = false;
    text.split_inclusive('\n').map(move |line| {
        let fence = line.trim_start().starts_with("```");
        let prose = !in_code && !fence;
        in_code ^= fence;
        (prose, line)
    })
}

/// Makes links of the names of things in backticks: `target` says where one leads.
pub(super) fn linked(text: &str, target: impl Fn(&str) -> Option<String>) -> String {
    let mut changed = String::new();
    for (prose, line) in lines(text) {
        if !prose || line.starts_with('#') {
            changed.push_str(line);
            continue;
        }
        let parts: Vec<&str> = line.split('`').collect();
        for (number, part) in parts.iter().enumerate() {
            let closed = number + 1 < parts.len();
            let is_code = number % 2 == 1;
            match target(part).filter(|_| is_code && closed) {
                Some(target) if !changed.ends_with('[') => {
                    let _ = write!(changed, "[`{part}`]({target})");
                }
                _ if is_code && closed => {
                    let _ = write!(changed, "`{part}`");
                }
                _ if is_code => {
                    let _ = write!(changed, "`{part}");
                }
                _ => changed.push_str(part),
            }
        }
    }
    changed
}

/// The targets of all links outside of code.
pub(crate) fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (_, line) in lines(text).filter(|(prose, _)| *prose) {
        for (at, _) in line.match_indices("](") {
            let is_code = line[..at].matches('`').count() % 2 == 1;
            if let Some((target, _)) = line[at + 2..].split_once(')').filter(|_| !is_code) {
                found.push(target.split(' ').next().unwrap_or_default().to_owned());
            }
        }
    }
    found
}

/// A file of the repository as a page of the site: its links lead to pages where there are such, and else to the
/// repository.
pub(super) fn of_repository(text: &str, file: &str, page: &str) -> String {
    let mut changed = String::new();
    for (prose, line) in lines(text) {
        if !prose {
            changed.push_str(line);
            continue;
        }
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("](") {
            let Some((target, after)) = after.split_once(')') else {
                break;
            };
            let _ = write!(changed, "{before}]({})", moved(target, file, page));
            rest = after;
        }
        changed.push_str(rest);
    }
    changed
}

/// A link of a file of the repository, as it stands in a page.
fn moved(target: &str, file: &str, page: &str) -> String {
    if target.contains("://") || target.starts_with('#') {
        return target.to_owned();
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, format!("#{anchor}")),
        None => (target, String::new()),
    };
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = resolved(folder, path);
    let mut pages = FILES.iter().chain(&COUNTERPARTS);
    match pages.find(|(known, _)| *known == path) {
        Some((_, there)) => {
            let up = "../".repeat(page.matches('/').count());
            format!("{up}{there}{anchor}")
        }
        None => format!("{BLOB}{path}{anchor}"),
    }
}

/// A path without `.` and `..`.
fn resolved(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_backticks_become_links_outside_of_code() {
        let target = |name: &str| (name == "bare-pod").then(|| "bare-pod.md".to_owned());
        let text = "# `bare-pod`\n\nSee `bare-pod`, `other` and [`bare-pod`](x).\n\n```sh\n`bare-pod`\n```\n";
        assert_eq!(
            linked(text, target),
            "# `bare-pod`\n\nSee [`bare-pod`](bare-pod.md), `other` and [`bare-pod`](x).\n\n```sh\n`bare-pod`\n```\n"
        );
    }

    #[test]
    fn links_of_the_repository_lead_to_pages_or_to_it() {
        let moved = |link| moved(link, "deploy/README.md", "reference/metrics.md");
        assert_eq!(moved("../SECURITY.md#a"), "../project/security.md#a");
        assert_eq!(
            moved("grafana/kready.json"),
            format!("{BLOB}deploy/grafana/kready.json")
        );
        assert_eq!(moved("#metrics"), "#metrics");
        assert_eq!(moved("https://kready.dev/"), "https://kready.dev/");
    }

    #[test]
    fn the_links_of_a_text_are_those_outside_of_code() {
        assert_eq!(
            links("[a](b.md) `[c](d)` [e](f \"g\") [`i`](j)\n```\n[h](i)\n```\n"),
            ["b.md", "f", "j"]
        );
    }
}
