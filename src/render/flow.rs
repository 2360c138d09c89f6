//! Text set into lines: wrapped between words and never inside one, styled if the terminal allows it, and safe whatever it holds.
//!
//! A path, an image, an address or a command that is wider than the line runs over it: broken, nobody could copy it.

use std::borrow::Cow;

use anstyle::{AnsiColor, Color, Effects, Style};
use unicode_width::UnicodeWidthChar;

use super::{escape, terminal::Terminal};
use crate::words::as_called;

/// Wider lines than this are hard to follow.
pub(crate) const WIDEST: usize = 160;

/// How many columns a severity takes, with the space after it.
pub(crate) const SEVERITY: usize = 9;

/// How much further lines are indented than what they belong to.
const STEP: usize = 2;

/// How far the lines of a paragraph are indented: the first one, and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Indent {
    pub(crate) first: usize,
    pub(crate) rest: usize,
}

impl Indent {
    /// No line is indented.
    pub(crate) const NONE: Self = Self::flush(0);

    /// All lines are indented alike.
    pub(crate) const fn flush(first: usize) -> Self {
        Self { first, rest: first }
    }

    /// The rest is indented a step further than the first line.
    pub(crate) const fn hanging(first: usize) -> Self {
        Self {
            first,
            rest: first + STEP,
        }
    }
}

/// What text is, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Plain,
    Strong,
    Faint,
    Heading,
    Code,
    Good,
    Bad,
    Warn,
    /// White on the colour of bad news.
    BadBadge,
    GoodBadge,
    WarnBadge,
}

impl Look {
    fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().fg_color(Some(Color::Ansi(color)));
        let badge = |back: AnsiColor| {
            color(AnsiColor::BrightWhite)
                .bg_color(Some(Color::Ansi(back)))
                .effects(Effects::BOLD)
        };
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().effects(Effects::BOLD),
            Self::Faint => Style::new().effects(Effects::DIMMED),
            Self::Heading => Style::new().effects(Effects::BOLD | Effects::UNDERLINE),
            Self::Code => color(AnsiColor::Cyan),
            Self::Good => color(AnsiColor::Green),
            Self::Bad => color(AnsiColor::Red).effects(Effects::BOLD),
            Self::Warn => color(AnsiColor::Yellow),
            Self::BadBadge => badge(AnsiColor::Red),
            Self::GoodBadge => badge(AnsiColor::Green),
            Self::WarnBadge => color(AnsiColor::Black)
                .bg_color(Some(Color::Ansi(AnsiColor::Yellow)))
                .effects(Effects::BOLD),
        }
    }
}

/// A piece of text with its look. Everything in it that a terminal would obey is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    text: String,
    look: Look,
    /// Whether it may be broken at its spaces.
    breaks: bool,
    /// Where a click on it leads.
    link: Option<String>,
}

impl Span {
    /// Text that may be broken at its spaces.
    pub(crate) fn new(look: Look, text: &str) -> Self {
        Self {
            text: escape::text(text).into_owned(),
            look,
            breaks: true,
            link: None,
        }
    }

    /// Text that stays on one line, even if the line becomes too wide.
    pub(crate) fn whole(look: Look, text: &str) -> Self {
        Self {
            breaks: false,
            ..Self::new(look, text)
        }
    }

    /// Text without a look of its own.
    pub(crate) fn plain(text: &str) -> Self {
        Self::new(Look::Plain, text)
    }

    /// A click on it leads to an address, where the terminal knows such links.
    pub(crate) fn linked(self, address: &str) -> Self {
        Self {
            link: is_address(address).then(|| address.to_owned()),
            ..self
        }
    }

    /// A sentence that may end in commands: each stays on one line.
    pub(crate) fn advice(look: Look, text: &str) -> Vec<Self> {
        Self::with_commands(look, text, false)
    }

    /// What to do: a sentence of that kind, or a command by itself.
    pub(crate) fn to_do(look: Look, text: &str) -> Vec<Self> {
        Self::with_commands(look, text, true)
    }

    fn with_commands(look: Look, text: &str, at_start: bool) -> Vec<Self> {
        let mut spans = Vec::new();
        let mut rest = text;
        let mut at_start = at_start;
        while let Some((start, end)) = command(rest, at_start) {
            spans.push(Self::new(look, &rest[..start]));
            spans.push(Self::whole(Look::Code, &rest[start..end]));
            rest = &rest[end..];
            at_start = false;
        }
        spans.push(Self::new(look, rest));
        spans.retain(|span| !span.text.is_empty());
        spans
    }

    /// The text, escaped.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is a command, or another thing to be typed.
    pub(crate) fn is_command(&self) -> bool {
        self.look == Look::Code
    }

    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        columns(&self.text)
    }
}

/// The programs whose command lines are kept whole.
const PROGRAMS: [&str; 4] = ["kready", "kubectl", "helm", "kustomize"];

/// Where the first command of a text begins and ends: after a colon, or at its start, up to the end of the clause.
fn command(text: &str, at_start: bool) -> Option<(usize, usize)> {
    let begins = |rest: &str, program: &str| {
        let rest = rest.strip_prefix(program);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let colons = text.match_indices(": ").map(|(colon, _)| colon + 2);
    let mut starts = at_start.then_some(0).into_iter().chain(colons);
    let start = starts.find(|start| {
        let mut programs = PROGRAMS.into_iter();
        programs.any(|program| begins(&text[*start..], program))
    })?;
    let end = text[start..]
        .find("; ")
        .map_or(text.len(), |end| start + end);
    Some((start, end))
}

/// Whether a text is an address that can stand inside the sequence of a link: no character of it ends or steers that.
fn is_address(text: &str) -> bool {
    text.starts_with("https://") && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A page of lines. None is wider than the terminal, unless something on it must not be broken.
#[derive(Debug)]
pub(crate) struct Page {
    terminal: Terminal,
    /// How the program was called: so it is named in what is to be typed.
    program: &'static str,
    out: String,
}

impl Page {
    pub(crate) fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            program: "kready",
            out: String::new(),
        }
    }

    /// For a program that was called so.
    #[must_use]
    pub(crate) fn called(self, program: &'static str) -> Self {
        Self { program, ..self }
    }

    /// The whole text.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// How many lines there are.
    pub(crate) fn lines(&self) -> usize {
        self.out.lines().count()
    }

    /// Lines of another page.
    pub(crate) fn append(&mut self, lines: &str) {
        self.out.push_str(lines);
    }

    /// An empty line, unless there is one already.
    pub(crate) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// One line that is not wrapped, whatever its width.
    pub(crate) fn verbatim(&mut self, indent: usize, look: Look, text: &str) {
        let text = escape::text(text);
        if !text.is_empty() {
            self.out.push_str(&" ".repeat(indent));
            self.out.push_str(&painted(self.terminal, look, &text));
        }
        self.out.push('\n');
    }

    /// A line as it is: the caller vouches for its width and its content.
    pub(crate) fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// Sets spans into lines.
    pub(crate) fn flow(&mut self, indent: Indent, spans: &[Span]) {
        let width = self.terminal.width;
        let lines = wrap(width, indent, &self.as_called(spans));
        for (number, line) in lines.iter().enumerate() {
            let wanted = if number == 0 {
                indent.first
            } else {
                indent.rest
            };
            self.out.push_str(&" ".repeat(bounded(width, wanted)));
            for piece in line {
                self.piece(piece);
            }
            self.out.push('\n');
        }
    }

    /// The spans with the commands among them as this program was called. All else may be what a cluster holds, and stays.
    fn as_called<'s>(&self, spans: &'s [Span]) -> Cow<'s, [Span]> {
        if self.program == "kready" || !spans.iter().any(Span::is_command) {
            return Cow::Borrowed(spans);
        }
        let called = |span: &Span| {
            let mut span = span.clone();
            if span.is_command() {
                span.text = as_called(&span.text, self.program);
            }
            span
        };
        Cow::Owned(spans.iter().map(called).collect())
    }

    fn piece(&mut self, piece: &Piece) {
        let text = painted(self.terminal, piece.look, &piece.text);
        match piece.link.as_deref().filter(|_| self.terminal.links) {
            Some(address) => {
                self.out.push_str("\u{1b}]8;;");
                self.out.push_str(address);
                self.out.push_str("\u{1b}\\");
                self.out.push_str(&text);
                self.out.push_str("\u{1b}]8;;\u{1b}\\");
            }
            None => self.out.push_str(&text),
        }
    }

    /// One line with something at its end; two lines if one is too narrow.
    pub(crate) fn sides(&mut self, indent: usize, left: &[Span], right: &[Span]) {
        let (left, right) = (&*self.as_called(left), &*self.as_called(right));
        let width = |spans: &[Span]| spans.iter().map(Span::width).sum::<usize>();
        let (left_width, right_width) = (width(left), width(right));
        let room = self.terminal.width;
        if right_width == 0 || indent + left_width + 2 + right_width > room {
            let indent = Indent::hanging(indent);
            self.flow(indent, left);
            if right_width > 0 {
                self.flow(Indent::flush(indent.rest), right);
            }
            return;
        }
        let gap = Span {
            text: " ".repeat(room - indent - left_width - right_width),
            look: Look::Plain,
            breaks: false,
            link: None,
        };
        let spans: Vec<Span> = left
            .iter()
            .cloned()
            .chain([gap])
            .chain(right.iter().cloned())
            .map(|span| Span {
                breaks: false,
                ..span
            })
            .collect();
        self.flow(Indent::flush(indent), &spans);
    }
}

/// How many columns text takes: character by character, as terminals count.
pub(crate) fn columns(text: &str) -> usize {
    text.chars()
        .map(|character| character.width().unwrap_or(0))
        .sum()
}

/// An indentation that leaves room for text.
fn bounded(width: usize, wanted: usize) -> usize {
    wanted.min(width / 3)
}

/// Text in its look, if the terminal shows looks.
pub(crate) fn painted(terminal: Terminal, look: Look, text: &str) -> String {
    let style = look.style();
    if !terminal.color || style.is_plain() || text.trim().is_empty() {
        return text.to_owned();
    }
    // Spaces around it keep the background plain.
    let start = text.len() - text.trim_start().len();
    let end = text.trim_end().len();
    format!(
        "{}{style}{}{style:#}{}",
        &text[..start],
        &text[start..end],
        &text[end..]
    )
}

/// A piece of a line.
#[derive(Clone, Debug)]
struct Piece {
    text: String,
    look: Look,
    link: Option<String>,
}

/// Breaks spans into lines, between words only.
fn wrap(width: usize, indent: Indent, spans: &[Span]) -> Vec<Vec<Piece>> {
    let width = width.max(8);
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut used = bounded(width, indent.first);
    for word in words(spans) {
        let word_width: usize = word.pieces.iter().map(|piece| columns(&piece.text)).sum();
        let fresh = lines.last().is_none_or(Vec::is_empty);
        let space = if fresh { 0 } else { word.space };
        if !fresh && used + space + word_width > width {
            lines.push(word.pieces);
            used = bounded(width, indent.rest) + word_width;
            continue;
        }
        used += space + word_width;
        if let Some(line) = lines.last_mut() {
            if space > 0 {
                line.push(Piece {
                    text: " ".repeat(space),
                    look: Look::Plain,
                    link: None,
                });
            }
            line.extend(word.pieces);
        }
    }
    lines
}

/// What must stay on one line, and the space before it.
#[derive(Debug)]
struct Word {
    space: usize,
    pieces: Vec<Piece>,
}

/// The words of spans; spans that touch without a space share a word.
fn words(spans: &[Span]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut space = 0;
    let mut open = false;
    for span in spans {
        let parts: Vec<Cow<'_, str>> = if span.breaks {
            span.text.split(' ').map(Cow::Borrowed).collect()
        } else {
            vec![Cow::Borrowed(&span.text)]
        };
        for (number, part) in parts.into_iter().enumerate() {
            if number > 0 {
                space += 1;
                open = false;
            }
            if part.is_empty() {
                continue;
            }
            let piece = Piece {
                text: part.into_owned(),
                look: span.look,
                link: span.link.clone(),
            };
            match words.last_mut() {
                Some(word) if open => word.pieces.push(piece),
                _ => words.push(Word {
                    space,
                    pieces: vec![piece],
                }),
            }
            space = 0;
            open = true;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(width: usize) -> Terminal {
        Terminal {
            width,
            ..Terminal::FILE
        }
    }

    fn set(width: usize, first: usize, rest: usize, spans: &[Span]) -> String {
        let mut page = Page::new(plain(width));
        page.flow(Indent { first, rest }, spans);
        page.finish()
    }

    #[test]
    fn words_wrap_with_a_hanging_indent() {
        let text = set(
            24,
            2,
            4,
            &[
                Span::plain("seen "),
                Span::whole(Look::Code, "1 of 3 ready"),
                Span::plain(", expected: all of them"),
            ],
        );
        assert_eq!(
            text,
            "  seen 1 of 3 ready,\n    expected: all of\n    them\n"
        );
    }

    #[test]
    fn what_fits_no_line_runs_over_it() {
        let text = set(12, 0, 2, &[Span::plain("a registry.example.com/app b")]);
        assert_eq!(text, "a\n  registry.example.com/app\n  b\n");
        let text = set(
            12,
            0,
            2,
            &[
                Span::plain("run "),
                Span::whole(Look::Code, "kubectl get pods -A"),
            ],
        );
        assert_eq!(text, "run\n  kubectl get pods -A\n");
    }

    #[test]
    fn a_command_in_a_sentence_stays_whole() {
        let text = |advice: &str| set(30, 0, 2, &Span::advice(Look::Plain, advice));
        assert_eq!(
            text("read why: kubectl describe deployment/cart -n shop; then run it again"),
            "read why:\n  kubectl describe deployment/cart -n shop;\n  then run it again\n"
        );
        assert_eq!(
            text("grant list: kready rbac | kubectl apply -f -"),
            "grant list:\n  kready rbac | kubectl apply -f -\n"
        );
        let to_do = Span::to_do(Look::Plain, "kubectl get pods -A --show-labels; then wait");
        assert_eq!(
            set(30, 0, 2, &to_do),
            "kubectl get pods -A --show-labels;\n  then wait\n"
        );
        assert_eq!(
            text("kready is no command at the start of a sentence"),
            "kready is no command at the\n  start of a sentence\n"
        );
        assert_eq!(
            text("note: kubectls are no kubectl"),
            "note: kubectls are no kubectl\n"
        );
        assert_eq!(text("label it: a=b: c"), "label it: a=b: c\n");
    }

    #[test]
    fn a_link_is_shown_where_links_are_known_and_holds_an_address_only() {
        let linking = Terminal {
            links: true,
            ..plain(40)
        };
        let set = |terminal: Terminal, address: &str| {
            let mut page = Page::new(terminal);
            page.flow(
                Indent::NONE,
                &[Span::whole(Look::Plain, "here").linked(address)],
            );
            page.finish()
        };
        let address = "https://kready.dev/checks/pdb-missing.html";
        assert_eq!(
            set(linking, address),
            format!("\u{1b}]8;;{address}\u{1b}\\here\u{1b}]8;;\u{1b}\\\n")
        );
        assert_eq!(set(plain(40), address), "here\n");
        for hostile in [
            "https://a\u{1b}\\b",
            "https://a\u{7}b",
            "https://a b",
            "https://a\nb",
            "https://\u{9c}",
            "javascript:alert(1)",
        ] {
            assert_eq!(set(linking, hostile), "here\n", "{hostile:?}");
        }
    }

    #[test]
    fn looks_are_shown_only_in_colour() {
        let mut page = Page::new(Terminal {
            color: true,
            ..plain(40)
        });
        page.flow(Indent::NONE, &[Span::new(Look::Good, "fine day")]);
        let text = page.finish();
        assert_eq!(text, "\u{1b}[32mfine\u{1b}[0m \u{1b}[32mday\u{1b}[0m\n");
    }

    #[test]
    fn two_sides_share_a_line_where_it_is_wide_enough() {
        let (left, right) = ([Span::plain("left")], [Span::plain("right")]);
        let mut page = Page::new(plain(20));
        page.sides(2, &left, &right);
        assert_eq!(page.finish(), "  left         right\n");
        let mut page = Page::new(plain(12));
        page.sides(2, &left, &right);
        assert_eq!(page.finish(), "  left\n    right\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn lines_break_between_words_alone_and_hold_nothing_that_a_terminal_obeys(
            texts in prop::collection::vec(any::<String>(), 0..6),
            whole in any::<bool>(),
            width in 10_usize..200,
            first in 0_usize..30,
            rest in 0_usize..30,
        ) {
            let spans: Vec<Span> = texts
                .iter()
                .map(|text| if whole { Span::whole(Look::Code, text) } else { Span::plain(text) })
                .collect();
            let text = set(width, first, rest, &spans);
            let said: String = spans.iter().map(Span::text).collect();
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(words(&said), words(&text));
            for line in text.lines() {
                let line = line.trim_start_matches(' ');
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
                prop_assert!(
                    columns(line) <= width || whole || !line.contains(' '),
                    "{line:?} is wider than {width}"
                );
            }
        }
    }
}
