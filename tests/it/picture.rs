//! The picture in the README: the first screen of the demo, as a terminal shows it.
//!
//! It is made from what the program prints: `UPDATE=1 cargo test --test it picture` makes it anew.

use std::{fmt::Write as _, fs, path::Path};

use crate::program::Kready;

const PICTURE: &str = "docs/images/first-screen.svg";

/// How many lines a screen has, and how large a character is.
const LINES: usize = 24;
const WIDTH: f64 = 8.4;
const HEIGHT: usize = 20;

/// Where the first line begins.
const LEFT: f64 = 20.0;
const TOP: usize = 64;

/// How a piece of text looks.
#[derive(Clone, Copy, Default, PartialEq)]
struct Style {
    bold: bool,
    faint: bool,
    foreground: Option<u8>,
    background: Option<u8>,
}

impl Style {
    /// What a sequence of SGR parameters makes of it.
    fn then(self, parameters: &str) -> Self {
        let codes = parameters.split(';').map(|code| code.parse().unwrap_or(0));
        codes.fold(self, |style, code: u8| match code {
            0 => Self::default(),
            1 => Self {
                bold: true,
                ..style
            },
            2 => Self {
                faint: true,
                ..style
            },
            30..=37 | 90..=97 => Self {
                foreground: Some(code),
                ..style
            },
            40..=47 => Self {
                background: Some(code),
                ..style
            },
            _ => style,
        })
    }

    fn color(code: u8) -> &'static str {
        match code {
            30 => "#1d2129",
            31 | 41 => "#f0686f",
            32 | 42 => "#7fc77f",
            33 | 43 => "#e5b567",
            36 => "#6fc3d0",
            97 => "#ffffff",
            _ => "#d5d9e0",
        }
    }

    fn fill(self) -> &'static str {
        match self.foreground {
            Some(code) => Self::color(code),
            None if self.faint => "#8b93a1",
            None => "#d5d9e0",
        }
    }
}

/// A line's pieces: where each begins, how it looks and what it says. No piece has two spaces in a row, which would be drawn as one.
fn pieces(line: &str) -> Vec<(usize, Style, &str)> {
    let mut pieces = Vec::new();
    let mut style = Style::default();
    let mut column = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let (text, after) = rest.split_once("\u{1b}[").unwrap_or((rest, ""));
        for part in text.split("  ") {
            let word = part.trim();
            if !word.is_empty() {
                let indent = part.chars().count() - part.trim_start().chars().count();
                pieces.push((column + indent, style, word));
            }
            column += part.chars().count() + 2;
        }
        // Two spaces stood between parts, and none after the last one.
        column -= 2;
        let (parameters, after) = after.split_once('m').unwrap_or(("", after));
        style = style.then(parameters);
        rest = after;
    }
    pieces
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn picture(command: &str, output: &str) -> String {
    let width = LEFT.mul_add(2.0, 80.0 * WIDTH);
    let height = TOP + (LINES + 1) * HEIGHT + 12;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>The first screen of {command}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"10\" fill=\"#1d2129\"/>\n"
    );
    for (place, color) in ["#f0686f", "#e5b567", "#7fc77f"].iter().enumerate() {
        let x = 24 + place * 20;
        writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"24\" r=\"6\" fill=\"{color}\"/>"
        )
        .unwrap();
    }
    svg.push_str("<g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n");
    let prompt = format!("\u{1b}[32m$\u{1b}[0m \u{1b}[1m{command}\u{1b}[0m");
    for (number, line) in [prompt.as_str()]
        .into_iter()
        .chain(output.lines().take(LINES))
        .enumerate()
    {
        let y = TOP + number * HEIGHT;
        for (column, style, text) in pieces(line) {
            // Its length holds the columns together in whatever font there is.
            let (start, length) = (
                WIDTH.mul_add(column as f64, LEFT),
                WIDTH * text.chars().count() as f64,
            );
            if let Some(background) = style.background {
                writeln!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{HEIGHT}\" rx=\"3\" fill=\"{}\"/>",
                    start - 4.0,
                    y - 15,
                    length + 8.0,
                    if background == 41 { "#b3373f" } else { Style::color(background) }
                )
                .unwrap();
            }
            let weight = if style.bold {
                " font-weight=\"bold\""
            } else {
                ""
            };
            writeln!(
                svg,
                "<text x=\"{start:.1}\" y=\"{y}\" textLength=\"{length:.1}\" fill=\"{}\"{weight}>{}</text>",
                style.fill(),
                escaped(text)
            )
            .unwrap();
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

#[test]
fn the_picture_shows_the_first_screen_of_the_demo() {
    let output = Kready::new().run(&["audit", "--demo", "--color", "always"]);
    let made = picture("kready audit --demo", &output.stdout);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PICTURE);
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{PICTURE} is out of date: .ci/update makes it anew"
    );
}
