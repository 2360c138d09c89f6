//! The page of a command: what its `--help` says, and what surrounds it.

use clap::{
    Arg, Command,
    builder::{PossibleValue, Str},
};
use clap_mangen::roff::{Inline, bold, italic, roman};

use super::{
    commands,
    help::{self, Example, ExitCodes, Paragraph},
    page::{Page, marked, reference, references, usage},
    surroundings::{FILES, Surrounding, VARIABLES},
};

/// Where faults are reported.
const ISSUES: &str = "https://github.com/kready/kready/issues";

/// Where the documentation is.
const SITE: &str = "https://kready.dev/";

/// The page of the program, or of one of its commands.
pub(super) fn page(program: &Command, command: Option<&Command>, date: &str) -> String {
    let about = command.unwrap_or(program);
    let name = match command {
        Some(command) => format!("kready-{}", command.get_name()),
        None => "kready".to_owned(),
    };
    let remarks = help::remarks(about);
    let mut page = Page::new(&name, "1", date);
    page.name(&name, &lower(&short(about)));
    page.section("SYNOPSIS");
    page.inlines(synopsis(about));
    page.section("DESCRIPTION");
    description(&mut page, about, &remarks.paragraphs);
    if command.is_none() {
        page.section("COMMANDS");
        for command in commands(program) {
            let term = reference(&format!("kready-{}", command.get_name()), "1");
            page.entry(vec![term], &sentence(&short(command)));
        }
        let term = vec![
            bold("kready help"),
            roman(" ["),
            italic("COMMAND"),
            roman("]"),
        ];
        page.entry(
            vec![term],
            "Print the help of a command; `kready COMMAND --help` does the same.",
        );
    }
    arguments(&mut page, about);
    page.section("EXIT STATUS");
    if command.is_none() {
        page.paragraph(
            "These are the exit codes of `kready audit`; the page of each command lists its own.",
        );
    }
    for exit in exits(about, remarks.exits, &help::remarks(program).exits) {
        page.entry(vec![vec![bold(exit.codes)]], &sentence(&exit.meaning));
    }
    surroundings(
        &mut page,
        "ENVIRONMENT",
        about,
        command.is_none(),
        &VARIABLES,
    );
    surroundings(&mut page, "FILES", about, command.is_none(), &FILES);
    examples(&mut page, &remarks.examples);
    page.section("REPORTING BUGS");
    page.paragraph("Report vulnerabilities privately, on the security page of the repository, and other bugs as issues.");
    page.address("Issues of kready", ISSUES);
    see_also(&mut page, program, command);
    page.render()
}

/// What a command is for, in one line.
fn short(command: &Command) -> String {
    command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

/// A text with a capital and a full stop; what isn't a word, such as `kind/name`, stays as it is.
pub(super) fn sentence(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let is_word = first
        .chars()
        .all(|letter| letter.is_alphabetic() || "-,:;".contains(letter));
    let mut letters = text.chars();
    let mut text = match letters.next() {
        Some(letter) if is_word => letter.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    };
    if !text.is_empty() && !text.ends_with(['.', '!', '?', ']', ')']) {
        text.push('.');
    }
    text
}

fn synopsis(command: &Command) -> Vec<Inline> {
    let text = command.clone().render_usage().to_string();
    usage(text.trim_start_matches("Usage:").trim())
}

fn description(page: &mut Page, command: &Command, more: &[Paragraph]) {
    let long = command
        .get_long_about()
        .map_or_else(|| sentence(&short(command)), ToString::to_string);
    for paragraph in long.split("\n\n") {
        page.paragraph(paragraph);
    }
    for Paragraph { text, commands } in more {
        page.paragraph(text);
        for command in commands {
            page.inlines(vec![bold(command)]);
        }
    }
}

/// Arguments and options, under the headings of `--help`.
fn arguments(page: &mut Page, command: &Command) {
    let shown: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .collect();
    let (positional, options): (Vec<&Arg>, Vec<&Arg>) =
        shown.into_iter().partition(|arg| arg.is_positional());
    if !positional.is_empty() {
        page.section("ARGUMENTS");
        for arg in positional {
            argument(page, arg);
        }
    }
    page.section("OPTIONS");
    for arg in options
        .iter()
        .filter(|arg| arg.get_help_heading().is_none())
    {
        argument(page, arg);
    }
    let mut headings: Vec<&str> = Vec::new();
    for heading in options.iter().filter_map(|arg| arg.get_help_heading()) {
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for heading in headings {
        page.subsection(heading);
        for arg in options
            .iter()
            .filter(|arg| arg.get_help_heading() == Some(heading))
        {
            argument(page, arg);
        }
    }
}

fn argument(page: &mut Page, arg: &Arg) {
    let help = arg.get_long_help().or_else(|| arg.get_help());
    // `--help` and `-h` refer to each other, which a manual needn't.
    let help = match arg.get_id().as_str() {
        "help" => Some("Print help".to_owned()),
        _ => help.map(ToString::to_string),
    };
    let help = help.map(|help| sentence(&help));
    let mut meaning = vec![help.unwrap_or_default()];
    let values: Vec<_> = arg
        .get_possible_values()
        .into_iter()
        .filter(|value| !value.is_hide_set())
        .collect();
    let are_explained = values.iter().any(|value| value.get_help().is_some());
    if takes_values(arg) {
        let defaults: Vec<_> = arg
            .get_default_values()
            .iter()
            .map(|value| value.to_string_lossy())
            .collect();
        if !defaults.is_empty() && !arg.is_hide_default_value_set() {
            meaning.push(format!("[default: {}]", defaults.join(", ")));
        }
        if !values.is_empty() && !are_explained && !arg.is_hide_possible_values_set() {
            let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
            meaning.push(format!("[possible values: {}]", names.join(", ")));
        }
    }
    page.entry(vec![term(arg)], &meaning.join(" "));
    if are_explained {
        for value in values {
            let help = value
                .get_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            page.nested(vec![bold(value.get_name())], &sentence(&help));
        }
    }
}

fn takes_values(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|range| range.takes_values())
}

/// `-f, --file PATH`.
fn term(arg: &Arg) -> Vec<Inline> {
    let names: Vec<&str> = match arg.get_value_names() {
        Some(names) if takes_values(arg) => names.iter().map(Str::as_str).collect(),
        _ => Vec::new(),
    };
    let value = names.join(" ");
    if arg.is_positional() {
        let many = arg
            .get_num_args()
            .is_some_and(|range| range.max_values() > 1);
        let dots = if many { "..." } else { "" };
        return vec![italic(value), roman(dots)];
    }
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let mut inlines = Vec::new();
    for name in [short, long].into_iter().flatten() {
        if !inlines.is_empty() {
            inlines.push(roman(", "));
        }
        inlines.push(bold(name));
    }
    if !value.is_empty() {
        inlines.push(roman(" "));
        inlines.push(italic(value));
    }
    inlines
}

/// The exit codes of a command: its own, and of those of an audit what can befall every command.
fn exits(command: &Command, own: Vec<ExitCodes>, of_audit: &[ExitCodes]) -> Vec<ExitCodes> {
    let mut exits = own;
    if exits.is_empty() {
        exits.push(ExitCodes {
            codes: "0".to_owned(),
            meaning: "done".to_owned(),
        });
        let reads_cluster = has(command, "kubeconfig");
        let general = |exit: &&ExitCodes| exit.first() == 2 || exit.first() == 3 && reads_cluster;
        exits.extend(of_audit.iter().filter(general).cloned());
    }
    for exit in of_audit.iter().filter(|exit| exit.first() >= 5) {
        if !exits.iter().any(|known| known.first() == exit.first()) {
            exits.push(exit.clone());
        }
    }
    exits
}

/// Whether a command has an option or argument of this id.
fn has(command: &Command, id: &str) -> bool {
    command.get_arguments().any(|arg| arg.get_id() == id)
}

/// What surrounds a command; for the program, whatever surrounds any of its commands.
fn surroundings(page: &mut Page, title: &str, command: &Command, all: bool, known: &[Surrounding]) {
    let mut fitting = known
        .iter()
        .filter(|one| all || one.option.is_empty() || has(command, one.option))
        .peekable();
    if fitting.peek().is_some() {
        page.section(title);
    }
    for one in fitting {
        let names: Vec<String> = one.names.iter().map(|name| format!("`{name}`")).collect();
        page.entry(vec![marked(&names.join(", "))], one.meaning);
    }
}

fn examples(page: &mut Page, examples: &[Example]) {
    if examples.is_empty() {
        return;
    }
    page.section("EXAMPLES");
    for example in examples {
        let terms = example.commands.iter().map(|command| vec![bold(command)]);
        if example.meaning.is_empty() {
            for command in &example.commands {
                page.inlines(vec![bold(command)]);
            }
        } else {
            page.entry(terms.collect(), &sentence(&example.meaning));
        }
    }
}

/// The other pages: those of the commands that this one's help names.
fn see_also(page: &mut Page, program: &Command, command: Option<&Command>) {
    page.section("SEE ALSO");
    let mut pages: Vec<(String, &str)> = Vec::new();
    if let Some(command) = command {
        let text = command.clone().render_long_help().to_string();
        pages.push(("kready".to_owned(), "1"));
        for other in commands(program) {
            let name = other.get_name();
            if name != command.get_name() && text.contains(&format!("kready {name}")) {
                pages.push((format!("kready-{name}"), "1"));
            }
        }
    } else {
        for other in commands(program) {
            pages.push((format!("kready-{}", other.get_name()), "1"));
        }
    }
    if command.is_none_or(|command| has(command, "config") || has(command, "into")) {
        pages.push(("kready.yaml".to_owned(), "5"));
    }
    if command.is_none_or(|command| has(command, "kubeconfig")) {
        pages.push(("kubectl".to_owned(), "1"));
    }
    page.inlines(references(&pages));
    page.address("Documentation, with a page for each check", SITE);
}
