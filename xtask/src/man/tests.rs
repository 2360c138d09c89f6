//! What holds for every page.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command as Process, Output},
};

use clap::Command;
use clap_mangen::roff::bold;

use super::{page::Page, *};

/// What may follow a backslash, and what it stands for.
const ESCAPES: [(&str, &str); 7] = [
    ("fB", ""),
    ("fI", ""),
    ("fR", ""),
    ("&", ""),
    ("-", "-"),
    ("*(Aq", "'"),
    ("\\", "\\"),
];

/// The words of a page, without what troff does with them.
fn plain(page: &str) -> String {
    let mut text = String::new();
    for line in page.lines().filter(|line| !line.starts_with(['.', '\''])) {
        let mut line = line;
        while let Some((before, rest)) = line.split_once('\\') {
            let known = ESCAPES.iter().find(|(escape, _)| rest.starts_with(escape));
            let (escape, letters) = known.unwrap_or_else(|| panic!("an escape: {line}"));
            text += before;
            text += letters;
            line = &rest[escape.len()..];
        }
        text += line;
        text += " ";
    }
    compared(&text)
}

/// A text without its marks, which help and manual set differently.
fn compared(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|letter| !"`<>[]:".contains(*letter))
        .collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

#[test]
fn a_page_says_all_that_help_does() {
    let program = program();
    let pages = pages("");
    for command in commands(&program).chain([&program]) {
        let name = match command.get_name() {
            "kready" => "kready.1".to_owned(),
            name => format!("kready-{name}.1"),
        };
        let (_, page) = pages.iter().find(|(known, _)| *known == name).unwrap();
        let page = plain(page);
        let mut command = command.clone().term_width(10_000).max_term_width(10_000);
        let help = command.render_long_help().to_string();
        let help = help.replace(" (see a summary with '-h')", "");
        let mut said = 0;
        for line in help.lines() {
            let is_title = !line.starts_with(' ') && line.ends_with(':');
            if is_title || line.starts_with("Usage:") || line.starts_with("  help  ") {
                continue;
            }
            for part in line.split("  ").flat_map(|part| part.split(" · ")) {
                let part = part
                    .trim()
                    .trim_start_matches("- ")
                    .trim_end_matches([':', '.']);
                assert!(
                    page.contains(&compared(part)),
                    "{name} lacks {part:?}:\n{page}"
                );
                said += usize::from(!part.is_empty());
            }
        }
        assert!(said > 5, "{help}");
    }
}

#[test]
fn every_page_has_its_sections() {
    let all = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "EXIT STATUS",
        "ENVIRONMENT",
        "SEE ALSO",
    ];
    for (name, page) in pages("") {
        let has = |title: &str| {
            let quoted = format!(".SH \"{title}\"\n");
            page.contains(&format!(".SH {title}\n")) || page.contains(&quoted)
        };
        let sections: &[&str] = if name.ends_with(".1") {
            &all
        } else {
            &["NAME", "KEYS", "EXAMPLES"]
        };
        for title in sections {
            assert!(has(title), "{name} lacks {title}:\n{page}");
        }
        let (stem, _) = name.rsplit_once('.').unwrap();
        let line = format!(".SH NAME\n{} \\- ", stem.replace('-', "\\-"));
        assert!(page.contains(&line), "{name}:\n{page}");
    }
}

#[test]
fn a_page_has_the_date_that_it_is_given_and_no_other() {
    for (date, shown) in [("2026-11-01", "2026-11-01"), ("", "\"\"")] {
        for (name, page) in pages(date) {
            let title = page.lines().find(|line| line.starts_with(".TH ")).unwrap();
            let version = env!("CARGO_PKG_VERSION");
            assert!(
                title.contains(&format!(" {shown} \"kready {version}\" ")),
                "{name}: {title}"
            );
        }
    }
}

#[test]
fn every_variable_that_kready_reads_is_told() {
    /// What tools that kready starts are given, and what isn't a variable.
    const OTHERS: [&str; 9] = [
        "HOME",
        "TMPDIR",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "GIT_TERMINAL_PROMPT",
        "GIT_ALLOW_PROTOCOL",
        "ALL_PROXY",
        "KUBERNETES_EXEC_INFO",
    ];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
    let mut read = BTreeSet::new();
    for file in files(&source) {
        let text = fs::read_to_string(&file).unwrap();
        if !text.contains("env::var") {
            continue;
        }
        let words = text.split('"').skip(1).step_by(2);
        let is_letter = |letter: char| letter.is_ascii_uppercase() || letter == '_';
        read.extend(
            words
                .filter(|word| word.len() > 3 && word.chars().all(is_letter))
                .map(str::to_owned),
        );
    }
    let told: BTreeSet<String> = surroundings::VARIABLES
        .iter()
        .flat_map(|one| one.names)
        .map(|name| (*name).to_owned())
        .collect();
    read.retain(|name| !OTHERS.contains(&name.as_str()));
    let missing: Vec<&String> = read.difference(&told).collect();
    assert!(
        missing.is_empty(),
        "xtask/src/man/surroundings.rs lacks {missing:?}"
    );
    // rustls-native-certs reads these.
    let elsewhere = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
    let gone: Vec<&String> = told
        .difference(&read)
        .filter(|name| !elsewhere.contains(&name.as_str()))
        .collect();
    assert!(gone.is_empty(), "kready doesn't read {gone:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn the_example_of_the_configuration_is_one() {
    let schema = kready::config_schema();
    let example: serde_json::Value = serde_yaml::from_str(config::EXAMPLE).unwrap();
    if let Err(error) = jsonschema::validate(&schema, &example) {
        panic!("{}: {error}", error.instance_path());
    }
    for section in schema["properties"].as_object().unwrap().keys() {
        let is_shown = example.get(section).is_some();
        assert!(
            is_shown || section == "profile",
            "the example lacks {section}"
        );
    }
}

/// Texts that troff would take for something else.
const STRANGE: [&str; 6] = [
    ".TH leads a line",
    "'br leads another",
    "a \\fBbackslash\\fR and C:\\new",
    "\"quoted\" and 'quoted'",
    "--long-flag -x a-b",
    "kready completion zsh > \"${fpath[1]}/_kready\"",
];

fn strange() -> String {
    let mut page = Page::new("strange", "1", "2026-11-01");
    page.name("strange", "texts");
    page.section("TEXTS");
    for text in STRANGE {
        page.paragraph(text);
        page.entry(vec![vec![bold(text)]], text);
    }
    page.verbatim(STRANGE.into_iter());
    page.render()
}

#[test]
fn a_text_is_shown_as_it_is() {
    let text = plain(&strange());
    for strange in STRANGE {
        assert_eq!(
            text.matches(&compared(strange)).count(),
            4,
            "{strange}: {text}"
        );
    }
    let Some(output) = format(&["groff", "-man", "-Tascii", "-P-cbou"], &strange()) else {
        return;
    };
    let shown = compared(&String::from_utf8_lossy(&output.stdout));
    for strange in STRANGE {
        assert_eq!(
            shown.matches(&compared(strange)).count(),
            4,
            "{strange}: {shown}"
        );
    }
}

#[test]
fn no_formatter_has_anything_against_a_page() {
    let mut pages = pages("2026-11-01");
    pages.push(("strange.1".to_owned(), strange()));
    for (name, page) in &pages {
        for formatter in [
            &["groff", "-man", "-ww", "-Tutf8", "-K", "utf8", "-z"][..],
            &["mandoc", "-T", "lint", "-W", "warning"],
        ] {
            let Some(output) = format(formatter, page) else {
                continue;
            };
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(
                said.is_empty() && output.status.success(),
                "{name}: {}: {said}",
                formatter[0]
            );
        }
    }
}

#[test]
fn a_page_fits_a_terminal() {
    for (name, page) in pages("2026-11-01") {
        for width in [80, 40] {
            let columns = format!("-rLL={width}n");
            let Some(output) = format(
                &[
                    "groff", "-man", "-Tascii", "-K", "utf8", "-P-cbou", &columns,
                ],
                &page,
            ) else {
                return;
            };
            let text = String::from_utf8_lossy(&output.stdout);
            // Addresses and the lines of a file aren't broken.
            let end = match width {
                80 => "REPORTING BUGS",
                _ => "\nEXAMPLES",
            };
            let text = text.split(end).next().unwrap_or_default();
            for line in text.lines() {
                let is_one_word = line.split_whitespace().count() < 2;
                assert!(
                    line.len() <= width || is_one_word,
                    "{name} at {width}: {line}"
                );
            }
        }
    }
}

/// What a formatter makes of a page; nothing if it isn't installed.
fn format(words: &[&str], page: &str) -> Option<Output> {
    let (tool, options) = words.split_first()?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page");
    fs::write(&file, page).unwrap();
    let output = Process::new(tool)
        .args(options)
        .arg(&file)
        .env("LC_ALL", "C.UTF-8")
        .output();
    if output.is_err() {
        eprintln!("skipped: {tool} isn't installed (apt-get install groff mandoc)");
    }
    output.ok()
}

#[test]
fn help_is_no_page_of_its_own() {
    let program: Command = program();
    let names: Vec<String> = pages("").into_iter().map(|(name, _)| name).collect();
    assert!(program.find_subcommand("help").is_some());
    assert!(!names.contains(&"kready-help.1".to_owned()), "{names:?}");
    assert!(names.contains(&"kready-audit.1".to_owned()), "{names:?}");
}
