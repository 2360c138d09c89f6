//! What standard output can show: its width, colour, and characters beyond ASCII.

use std::{
    env,
    io::{self, IsTerminal},
};

use clap::ValueEnum;

/// The width of output that is no terminal.
const PIPED: usize = 80;

/// Nobody looks at a wider line, whatever `COLUMNS` says.
const WIDEST: usize = 1000;

/// Where standard output leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// To a terminal, of this width if it knows one.
    Terminal(Option<usize>),
    Pipe,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    #[default]
    Auto,
    Always,
    Never,
}

/// What output can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// In columns.
    pub(crate) width: usize,
    pub(crate) color: bool,
    pub(crate) unicode: bool,
    /// Whether a text may be a link (OSC 8).
    pub(crate) links: bool,
}

impl Terminal {
    /// What a file shows.
    pub(crate) const FILE: Self = Self {
        width: PIPED,
        color: false,
        unicode: false,
        links: false,
    };

    /// What standard output can show.
    pub(crate) fn of_stdout(choice: ColorChoice) -> Self {
        let kind = if io::stdout().is_terminal() {
            let size = terminal_size::terminal_size_of(io::stdout());
            Kind::Terminal(size.map(|(width, _)| usize::from(width.0)))
        } else {
            Kind::Pipe
        };
        let links = supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
        Self::detect(choice, kind, links, |name| env::var(name).ok())
    }

    /// `links` is whether the terminal is one that knows links.
    fn detect(
        choice: ColorChoice,
        kind: Kind,
        links: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let capable = kind != Kind::Pipe && !dumb;
        let known = match kind {
            Kind::Terminal(width) => width,
            Kind::Pipe => None,
        };
        let plain = choice == ColorChoice::Never || set("NO_COLOR").is_some();
        let columns = set("COLUMNS").and_then(|columns| columns.parse().ok());
        Self {
            width: known
                .or(columns)
                .filter(|width| *width > 0)
                .map_or(PIPED, |width| width.min(WIDEST)),
            color: match choice {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => capable && set("NO_COLOR").is_none(),
            },
            links: links && capable && !plain,
            unicode: capable
                && ["LC_ALL", "LC_CTYPE", "LANG"]
                    .into_iter()
                    .find_map(set)
                    .is_some_and(|locale| {
                        let locale = locale.to_lowercase();
                        locale.contains("utf-8") || locale.contains("utf8")
                    }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(choice: ColorChoice, kind: Kind, variables: &[(&str, &str)]) -> Terminal {
        Terminal::detect(choice, kind, true, |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_pipe_is_plain_whatever_the_locale() {
        let piped = detect(ColorChoice::Auto, Kind::Pipe, &[("LANG", "en_US.UTF-8")]);
        assert_eq!(piped, Terminal::FILE);
        let wide = detect(ColorChoice::Auto, Kind::Pipe, &[("COLUMNS", "132")]);
        assert_eq!(wide.width, 132);
        let endless = detect(ColorChoice::Auto, Kind::Pipe, &[("COLUMNS", "999999999")]);
        assert_eq!(endless.width, WIDEST);
        let coloured = detect(ColorChoice::Always, Kind::Pipe, &[]);
        assert!(coloured.color && !coloured.links);
    }

    #[test]
    fn a_terminal_is_used_as_far_as_it_goes() {
        let modern = [("LANG", "de_DE.UTF-8"), ("TERM", "xterm-256color")];
        let full = detect(ColorChoice::Auto, Kind::Terminal(Some(120)), &modern);
        assert_eq!((full.width, full.color, full.unicode), (120, true, true));
        assert!(full.links);
        let never = detect(ColorChoice::Never, Kind::Terminal(Some(120)), &modern);
        assert!(!never.color && !never.links);
        let dumb = detect(
            ColorChoice::Auto,
            Kind::Terminal(None),
            &[("LANG", "C.UTF-8"), ("TERM", "dumb")],
        );
        assert_eq!(dumb, Terminal::FILE);
        let gray = detect(
            ColorChoice::Auto,
            Kind::Terminal(Some(80)),
            &[("NO_COLOR", "1"), ("LC_ALL", "C"), ("LANG", "C.UTF-8")],
        );
        assert_eq!(
            (gray.color, gray.unicode, gray.links),
            (false, false, false)
        );
        let empty = detect(
            ColorChoice::Auto,
            Kind::Terminal(Some(80)),
            &[("NO_COLOR", "")],
        );
        assert!(empty.color);
    }
}
