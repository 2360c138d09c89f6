//! What comments cite of `checks/RULES.md` stands there.

use std::{collections::BTreeSet, fs, path::Path};

use crate::code::sources_of;

/// What `RULES.md` can be cited by: `1` for a rule, `B1` for a row of the appendix, and the titles of sections.
fn citable(rules: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for line in rules.lines() {
        let rule = line.strip_prefix("### Rule ");
        found.extend(rule.and_then(|rule| rule.split_once(':')).map(|it| it.0));
        let row = line.strip_prefix("| ");
        found.extend(row.and_then(|row| row.split_once(" |")).map(|it| it.0));
        found.extend(line.strip_prefix("## "));
    }
    found
}

/// What a text cites, with the line: `rules 5 and 12 of RULES.md`, `RULES.md, "Outcomes"`; and, in a file that names the
/// appendix of RULES.md, `B5`.
fn cited(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let names_rows = text.contains("of RULES.md");
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if !line.starts_with("//") && !line.starts_with('#') {
            continue;
        }
        let mut add = |it: &str| found.push((number + 1, it.to_owned()));
        for (before, _) in line.match_indices(" of RULES.md") {
            let words = line[..before].rsplit([' ', ',', '(']);
            words
                .filter(|word| !word.is_empty() && *word != "and")
                .take_while(|word| word.parse::<u32>().is_ok())
                .for_each(&mut add);
        }
        for (_, after) in line
            .match_indices("RULES.md, \"")
            .map(|(at, it)| (at, &line[at + it.len()..]))
        {
            after
                .split_once('"')
                .into_iter()
                .for_each(|(title, _)| add(title));
        }
        let words = line.split(|it: char| !it.is_ascii_alphanumeric());
        words
            .filter(|word| names_rows && is_row(word))
            .for_each(&mut add);
    }
    found
}

fn is_row(word: &str) -> bool {
    let number = word.strip_prefix(['B', 'R']).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn what_is_cited_stands_in_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rules = fs::read_to_string(root.join("checks/RULES.md")).expect("the rules");
    let citable = citable(&rules);
    let mut wrong = Vec::new();
    let mut times = 0;
    for folder in ["checks", "src", "tests"] {
        for (path, text) in sources_of(root, folder) {
            if path.ends_with("citations.rs") {
                continue;
            }
            for (line, it) in cited(&text) {
                times += 1;
                if !citable.contains(it.as_str()) {
                    wrong.push(format!("{path}:{line}: {it}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "not in RULES.md:\n{}", wrong.join("\n"));
    assert!(times > 50, "{times} citations found");
}

#[test]
fn rules_are_numbered_without_a_gap() {
    let rules = "### Rule 1: A\n### Rule 2: B\n## Outcomes\n| B1 | x |";
    assert_eq!(citable(rules), BTreeSet::from(["1", "2", "B1", "Outcomes"]));
    let rules = include_str!("../../checks/RULES.md");
    let numbers: Vec<usize> = rules
        .lines()
        .filter_map(|line| {
            line.strip_prefix("### Rule ")?
                .split_once(':')?
                .0
                .parse()
                .ok()
        })
        .collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len()), "{numbers:?}");
}

#[test]
fn citations_are_found() {
    let text = "//! A (rule 5 of RULES.md).\n/// B (rules 5, 12 and 16 of RULES.md, RULES.md, \"Outcomes\")\nlet b6 = B6;\n/// B7: c";
    let found: Vec<_> = cited(text);
    let expected = [
        (1, "5"),
        (2, "16"),
        (2, "12"),
        (2, "5"),
        (2, "Outcomes"),
        (4, "B7"),
    ];
    assert_eq!(found, expected.map(|(line, it)| (line, it.to_owned())));
}
