//! What follows the options in `--help`: examples, exit codes, and what else is said there.

use clap::Command;

/// The parts of such a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remarks {
    pub(super) examples: Vec<Example>,
    pub(super) exits: Vec<ExitCodes>,
    pub(super) paragraphs: Vec<Paragraph>,
}

/// A text, and the commands that it ends by announcing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Paragraph {
    pub(super) text: String,
    pub(super) commands: Vec<String>,
}

/// Commands, and what they do together; nothing where they say it themselves.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Example {
    pub(super) commands: Vec<String>,
    pub(super) meaning: String,
}

/// Exit codes with one meaning: `143, 129 and 131`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExitCodes {
    pub(super) codes: String,
    pub(super) meaning: String,
}

impl ExitCodes {
    /// The first of the codes.
    pub(super) fn first(&self) -> u8 {
        let mut digits = self.codes.split(|letter: char| !letter.is_ascii_digit());
        digits.find_map(|number| number.parse().ok()).unwrap_or(0)
    }
}

/// The parts of what a command says after its options.
pub(super) fn remarks(command: &Command) -> Remarks {
    let text = command
        .get_after_long_help()
        .or_else(|| command.get_after_help())
        .map(ToString::to_string)
        .unwrap_or_default();
    read(&text)
}

fn read(text: &str) -> Remarks {
    let mut remarks = Remarks::default();
    for block in text.split("\n\n") {
        let lines: Vec<&str> = block.lines().filter(|line| !line.is_empty()).collect();
        match lines.split_first() {
            Some((title, lines)) if title.starts_with("Examples") => {
                remarks.examples.extend(examples(lines));
            }
            Some((title, lines)) if title.starts_with("Exit codes") => {
                remarks.exits.extend(exits(lines));
            }
            Some((title, commands)) if title.ends_with(':') => remarks.paragraphs.push(Paragraph {
                text: joined(&[title]),
                commands: commands.iter().map(|line| line.trim().to_owned()).collect(),
            }),
            Some(_) => remarks.paragraphs.push(Paragraph {
                text: joined(&lines),
                commands: Vec::new(),
            }),
            None => {}
        }
    }
    remarks
}

/// Commands are indented by two spaces; their meaning follows on lines that are indented further, or in a second column.
fn examples(lines: &[&str]) -> Vec<Example> {
    let column = lines.iter().find_map(|line| second_column(line));
    let mut examples: Vec<Example> = Vec::new();
    for line in lines {
        let indent = line.len() - line.trim_start().len();
        let (command, meaning) = match column {
            Some(column) if line.is_char_boundary(column) => line.split_at(column),
            _ if indent > 2 => ("", *line),
            _ => (*line, ""),
        };
        let (command, meaning) = (command.trim(), meaning.trim());
        let is_open = examples
            .last()
            .is_some_and(|last| last.meaning.is_empty() || command.is_empty());
        if !is_open {
            examples.push(Example::default());
        }
        if let Some(last) = examples.last_mut() {
            if !command.is_empty() {
                last.commands.push(command.to_owned());
            }
            if !meaning.is_empty() {
                last.meaning = joined(&[&last.meaning, meaning]);
            }
        }
    }
    examples
}

/// Where what follows two spaces or more begins, behind a command.
fn second_column(line: &str) -> Option<usize> {
    let text = line.trim_start();
    let gap = text.find("  ")?;
    let rest = &text[gap..];
    Some(line.len() - rest.trim_start().len())
}

/// `0 ready · 1 not ready`, on one line or more.
fn exits(lines: &[&str]) -> Vec<ExitCodes> {
    lines
        .iter()
        .flat_map(|line| line.split(" · "))
        .filter_map(|item| {
            let item = item.trim();
            let end = item.find(|letter: char| letter.is_alphabetic())?;
            // `143, 129 and 131 ended by`: the word between the numbers is one of theirs.
            let end = match item[end..].strip_prefix("and ") {
                Some(rest) => {
                    item.len() - rest.trim_start_matches(|l: char| !l.is_alphabetic()).len()
                }
                None => end,
            };
            let (codes, meaning) = item.split_at(end);
            Some(ExitCodes {
                codes: codes.trim().to_owned(),
                meaning: meaning.to_owned(),
            })
        })
        .collect()
}

fn joined(parts: &[&str]) -> String {
    let words: Vec<&str> = parts
        .iter()
        .flat_map(|part| part.split_whitespace())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(commands: &[&str], meaning: &str) -> Example {
        Example {
            commands: commands.iter().map(|&command| command.to_owned()).collect(),
            meaning: meaning.to_owned(),
        }
    }

    #[test]
    fn examples_stand_above_their_meaning_or_beside_it() {
        let text = "\
Examples:
  kready snapshot -o a.gz
  kready audit -f a.gz
      Save it,
      and judge it.
  kready rbac
      Print it.

It reads less.
Much less.

Link it:
  ln -s a b
  ln -s a c";
        let read = read(text);
        assert_eq!(
            read.examples,
            [
                example(
                    &["kready snapshot -o a.gz", "kready audit -f a.gz"],
                    "Save it, and judge it."
                ),
                example(&["kready rbac"], "Print it."),
            ]
        );
        let paragraph = |text: &str, commands: &[&str]| Paragraph {
            text: text.to_owned(),
            commands: commands.iter().map(|&line| line.to_owned()).collect(),
        };
        assert_eq!(
            read.paragraphs,
            [
                paragraph("It reads less. Much less.", &[]),
                paragraph("Link it:", &["ln -s a b", "ln -s a c"]),
            ]
        );
        let beside = [
            "  kready audit     judge it",
            "  helm . | kready  judge a chart",
        ];
        assert_eq!(
            examples(&beside),
            [
                example(&["kready audit"], "judge it"),
                example(&["helm . | kready"], "judge a chart"),
            ]
        );
        let alone = ["  kready completion fish > kready.fish", "  kready checks"];
        assert_eq!(
            examples(&alone),
            [example(
                &["kready completion fish > kready.fish", "kready checks"],
                ""
            )]
        );
    }

    #[test]
    fn exit_codes_are_told_from_their_meaning() {
        let codes = exits(&[
            "  0 ready · 3 no: not seen",
            "  143, 129 and 131 ended by SIGTERM and others",
        ]);
        let codes: Vec<(&str, &str, u8)> = codes
            .iter()
            .map(|exit| (exit.codes.as_str(), exit.meaning.as_str(), exit.first()))
            .collect();
        assert_eq!(
            codes,
            [
                ("0", "ready", 0),
                ("3", "no: not seen", 3),
                ("143, 129 and 131", "ended by SIGTERM and others", 143),
            ]
        );
    }
}
