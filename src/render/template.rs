//! A user's template: any text, made of what the JSON report says.

use std::{fmt::Write as _, io};

use anyhow::anyhow;
use kready_checks::model::Severity;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
    escape_formatter, syntax::SyntaxConfig, value::Serde,
};

use super::{escape, json, markup};
use crate::{failure::Failure, report::Report};

/// What a template may take up.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// How many steps it may take.
    steps: u64,
    /// How many bytes it may write.
    bytes: usize,
}

/// A hundred steps for each finding of the largest cluster are a fraction of it.
const LIMITS: Limits = Limits {
    steps: 100_000_000,
    bytes: 128 << 20,
};

/// A template that was read and understood.
#[derive(Debug)]
pub(crate) struct Template {
    name: String,
    environment: Environment<'static>,
    most: usize,
}

/// What the JSON report says, for templates.
#[derive(Debug)]
pub(crate) struct Document(Value);

impl Document {
    pub(crate) fn of(report: &Report) -> Self {
        Self(Value::from(Serde(json::document(report))))
    }
}

impl Template {
    /// Understands a template; the end of its name says how values are escaped.
    ///
    /// # Errors
    /// It has a mistake.
    pub(crate) fn parse(name: &str, source: String) -> Result<Self, Failure> {
        Self::within(LIMITS, name, source)
    }

    fn within(limits: Limits, name: &str, source: String) -> Result<Self, Failure> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(true);
        environment.set_fuel(Some(limits.steps));
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()
            .map_err(|error| told(name, &error))?;
        environment.set_syntax(syntax);
        environment.set_formatter(formatted);
        environment.add_filter("json", |value: Value| {
            as_json(&value).map(Value::from_safe_string)
        });
        environment.add_filter("xml", |text: String| {
            Value::from_safe_string(markup::escaped(&escape::text(&text)).into_owned())
        });
        environment.add_filter("markdown", |text: String| {
            Value::from_safe_string(markdown(&text))
        });
        environment.add_filter("visible", |text: String| escape::text(&text).into_owned());
        environment.add_filter("truncated", |text: String, most: usize| {
            truncated(&text, most)
        });
        environment.add_filter("by_severity", |checks: Value| by_severity(&checks));
        environment.add_test("at_least", |severity: &str, least: &str| {
            Ok::<_, Error>(rank(severity)? >= rank(least)?)
        });
        environment
            .add_template_owned(name.to_owned(), source)
            .map_err(|error| told(name, &error))?;
        Ok(Self {
            name: name.to_owned(),
            environment,
            most: limits.bytes,
        })
    }

    /// What the template makes of a report.
    ///
    /// # Errors
    /// It asks for what isn't there, takes too long, or writes too much.
    pub(crate) fn render(&self, document: &Document) -> Result<Vec<u8>, Failure> {
        let template = self
            .environment
            .get_template(&self.name)
            .map_err(|error| told(&self.name, &error))?;
        let mut out = Bounded {
            text: Vec::new(),
            most: self.most,
        };
        template
            .render_captured_to(document.0.clone(), &mut out)
            .map_err(|error| told(&self.name, &error))?;
        Ok(out.text)
    }
}

/// Takes so much, and no more.
struct Bounded {
    text: Vec<u8>,
    most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Says where a template is wrong, and what to do.
fn told(name: &str, error: &Error) -> Failure {
    let line = error.line().unwrap_or(1);
    let detail = error.detail().unwrap_or_default();
    let (what, next) = match error.kind() {
        ErrorKind::UndefinedError => (
            "",
            "see what is with `kready schema report`, or write `| default(\"\")` after it",
        ),
        ErrorKind::OutOfFuel => (
            "the template takes too long",
            "let it loop over less: for instance over checks whose outcome is Fail only",
        ),
        ErrorKind::WriteFailure => (
            "the template writes more than 128 MiB",
            "let it write less, or take `-o jsonl` for large clusters",
        ),
        ErrorKind::SyntaxError if is_of_other_files(detail) => (
            "a template is one file, and reads no other one",
            "put what it includes into the file itself",
        ),
        ErrorKind::UnknownFilter => (
            "there is no such filter",
            "beside Jinja's own there are json, xml, markdown, visible, truncated and by_severity",
        ),
        _ => (
            "the template is wrong",
            "change it at the line that is named",
        ),
    };
    let what = match (what, detail) {
        ("", "") => "a value is undefined".to_owned(),
        ("", detail) => detail.to_owned(),
        (what, "") => what.to_owned(),
        (what, detail) => format!("{what}: {detail}"),
    };
    Failure::usage(anyhow!("{name}:{line}: {what}")).hint(next)
}

fn is_of_other_files(detail: &str) -> bool {
    ["include", "extends", "import", "from", "block"]
        .iter()
        .any(|statement| detail.contains(&format!("unknown statement {statement}")))
}

/// As much of a text as there is room for.
fn truncated(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text
            .chars()
            .take(most.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}

/// Writes a value as the end of the template's name demands.
fn formatted(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_safe() || value.is_undefined() {
        return escape_formatter(out, state, value);
    }
    match state.auto_escape() {
        AutoEscape::Json => out.write_str(&as_json(value)?).map_err(Error::from),
        // XML can't hold control characters, not even escaped.
        AutoEscape::Html if value.as_str().is_some() => {
            let shown = shown(value.as_str().unwrap_or_default());
            out.write_str(&markup::escaped(&shown)).map_err(Error::from)
        }
        _ => escape_formatter(out, state, value),
    }
}

/// Text in which nothing is hidden, of as many lines.
fn shown(text: &str) -> String {
    let lines = text.split_inclusive(['\n', '\t']);
    lines
        .map(|line| match line.strip_suffix(['\n', '\t']) {
            Some(rest) => format!("{}{}", escape::text(rest), &line[rest.len()..]),
            None => escape::text(line).into_owned(),
        })
        .collect()
}

/// A value as JSON on one line, in which nothing acts on a terminal or ends a script.
fn as_json(value: &Value) -> Result<String, Error> {
    let json = serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    if !json.contains(|c| c == '<' || escape::is_unsafe(c)) {
        return Ok(json);
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        // Outside of texts there is neither.
        if c == '<' || escape::is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Ok(safe)
}

/// Text for Markdown, on one line: none of its characters is markup.
fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for c in escape::text(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            // GitHub makes a mention of it even after a backslash.
            '@' => safe.push_str("&#64;"),
            '-' | '.' | '/' | ':' | ',' | ' ' => safe.push(c),
            c if c.is_ascii_punctuation() => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Checks, the gravest severity first; those of one severity stay in their order.
fn by_severity(checks: &Value) -> Result<Vec<Value>, Error> {
    let mut ranked = Vec::new();
    for check in checks.try_iter()? {
        let severity = check.get_attr("severity")?;
        let severity = severity
            .as_str()
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "by_severity sorts checks"))?;
        ranked.push((rank(severity)?, check));
    }
    ranked.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
    Ok(ranked.into_iter().map(|(_, check)| check).collect())
}

fn rank(severity: &str) -> Result<Severity, Error> {
    let mut known = Severity::ALL.into_iter();
    known.find(|known| known.id() == severity).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("{severity} is no severity"),
        )
    })
}

#[cfg(test)]
mod tests {
    use kready_checks::model::Pillar;

    use super::*;
    use crate::report::{
        Policy,
        testing::{self, check, deployment, failing},
    };

    const HOSTILE: &str = "a\n\u{1b}[2J\u{202e}\"\\</script>&'`|*_@[x](y)";

    fn report() -> Report {
        let results = [Severity::Low, Severity::Critical].map(|severity| {
            let found = deployment(HOSTILE).saw(HOSTILE, HOSTILE);
            (
                check(Pillar::Storage, severity),
                failing(1, vec![found], None),
            )
        });
        testing::report(results.into(), &Policy::default())
    }

    const FEW: Limits = Limits {
        steps: 10_000,
        bytes: 10_000,
    };

    fn filled(name: &str, source: &str) -> Result<String, String> {
        let told =
            |failure: Failure| format!("{}; {}", failure.error, failure.hint.unwrap_or_default());
        let template = Template::within(FEW, name, source.to_owned()).map_err(told)?;
        let bytes = template.render(&Document::of(&report())).map_err(told)?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    const NAME: &str = "{{ checks[1].findings[0].object.name }}";

    #[test]
    fn the_end_of_the_name_says_how_values_are_written() {
        let json = filled("a.json.j2", NAME).unwrap();
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), HOSTILE);
        assert!(
            !json.contains(|c| c == '<' || escape::is_unsafe(c)),
            "{json}"
        );
        let html = filled("a.html", NAME).unwrap();
        assert!(!html.contains(['<', '"', '\u{1b}', '\u{202e}']), "{html}");
        assert_eq!(filled("a.txt", NAME).unwrap(), HOSTILE);
        assert_eq!(
            filled(
                "a.json",
                "{{ config }} {{ checks[0].path | default(none) }}"
            )
            .unwrap(),
            "null null"
        );
    }

    #[test]
    fn filters_escape_for_their_grammar() {
        let of = |filter: &str| {
            filled(
                "a.txt",
                &format!("{{{{ checks[1].findings[0].seen | {filter} }}}}"),
            )
            .unwrap()
        };
        assert_eq!(
            serde_json::from_str::<String>(&of("json")).unwrap(),
            HOSTILE
        );
        let xml = format!("<a b=\"{0}\">{0}</a>", of("xml"));
        let xml = roxmltree::Document::parse(&xml).unwrap();
        assert_eq!(xml.root_element().text(), Some(&*escape::text(HOSTILE)));
        let markdown = of("markdown");
        assert_eq!(markdown.lines().count(), 1);
        let mut plain = String::new();
        for event in pulldown_cmark::Parser::new(&markdown) {
            match event {
                pulldown_cmark::Event::Text(text) => plain.push_str(&text),
                pulldown_cmark::Event::Start(pulldown_cmark::Tag::Paragraph)
                | pulldown_cmark::Event::End(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(plain, escape::text(HOSTILE));
        assert_eq!(of("visible"), escape::text(HOSTILE));
        assert_eq!(of("truncated(2)"), "a…");
    }

    #[test]
    fn checks_are_sorted_by_severity_and_told_apart_by_it() {
        let source = "{% for check in checks | by_severity if check.severity is at_least(\"low\") %}{{ check.id }} {% endfor %}";
        assert_eq!(
            filled("a.txt", source).unwrap(),
            "storage-critical storage-low "
        );
        let source = source.replace("low", "high");
        assert_eq!(filled("a.txt", &source).unwrap(), "storage-critical ");
    }

    #[test]
    fn mistakes_are_told_with_their_line_and_what_to_do() {
        for (source, line, told) in [
            ("\n{{ checks[0].sverity }}", 2, "kready schema report"),
            ("\n\n{{ nothing.at.all }}", 3, "kready schema report"),
            ("{% include 'x' %}", 1, "reads no other one"),
            ("{% extends 'x' %}", 1, "reads no other one"),
            ("{{ verdict | jsn }}", 1, "by_severity"),
            ("{% for %}", 1, "change it at the line"),
            (
                "{% for a in range(10000) %}{% for b in range(10000) %}{{ a }}{% endfor %}{% endfor %}",
                1,
                "takes too long",
            ),
            (
                "{% for a in range(3) %}{{ 'x' * 9000 }}{% endfor %}",
                1,
                "128 MiB",
            ),
            ("{{ checks[0] | by_severity }}", 1, "the template is wrong"),
        ] {
            let error = filled("a.j2", source).unwrap_err();
            assert!(
                error.starts_with(&format!("a.j2:{line}: ")),
                "{source}: {error}"
            );
            assert!(error.contains(told), "{source}: {error}");
        }
    }
}
