//! Markdown for the comment of a pull request and the summary of a workflow: no longer than a comment may be.

use std::{fmt::Write as _, io};

use kready_checks::model::Severity;

use super::{
    evidence::{label, words},
    pipeline::{capital, subject},
};
use crate::{
    escape,
    failure::Exit,
    report::{About, Action, BySeverity, CheckResult, Report, State, Verdict, round_down},
    words::{counted, joined, one_or_many},
};

/// How many bytes the whole has at most; GitHub takes 65,536 characters.
const LONGEST: usize = 65_000;

/// What is kept free for what says how much is not shown.
const REST: usize = 400;

/// How many gaps are told: the findings have room as well.
const GAPS: usize = 30;

/// How long a value is shown.
const VALUE: usize = 300;

/// The report as Markdown.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, exit: Exit, out: &mut impl io::Write) -> io::Result<()> {
    let mut page = Page {
        text: String::new(),
    };
    page.head(report, exit);
    page.do_first(report);
    page.pillars(report);
    page.not_seen(report);
    page.findings(report);
    out.write_all(page.text.as_bytes())
}

struct Page {
    text: String,
}

impl Page {
    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds an entry as a whole, or not at all.
    fn fits(&mut self, entry: &str, end: &str) -> bool {
        let fits = self.text.len() + entry.len() + end.len() + REST <= LONGEST;
        if fits {
            self.text.push_str(entry);
        }
        fits
    }

    fn head(&mut self, report: &Report, exit: Exit) {
        let verdict = match report.verdict {
            Verdict::Ready => "READY",
            Verdict::NotReady => "NOT READY",
            Verdict::Inconclusive => "INCONCLUSIVE",
        };
        self.add(&format!("## kready: {verdict}\n\n"));
        let mut facts = Vec::new();
        if let Some(grade) = report.grade {
            facts.push(format!("grade **{}**", grade.id()));
        }
        if let Some(score) = report.score {
            facts.push(format!("score {} of 100", round_down(score)));
        }
        facts.push(failing(report));
        if let Some(coverage) = report.coverage {
            facts.push(format!("coverage {} %", round_down(coverage)));
        }
        self.add(&format!("{}\n", facts.join(", ")));
        for reason in &report.reasons {
            self.fits(&format!("- {}\n", plain(&reason.message)), "");
        }
        let audited = &report.audited;
        let mut names: Vec<String> = Vec::new();
        names.extend(audited.cluster.identity.context.as_deref().map(code));
        names.extend(audited.cluster.version.as_deref().map(code));
        names.extend(audited.files.iter().take(5).map(|file| code(file)));
        if audited.files.len() > 5 {
            names.push(format!("and {} more", audited.files.len() - 5));
        }
        names.push(audited.time.to_string());
        let audited = format!(
            "\nAudited: {}; kready {}; exit code {}{}\n",
            names.join(", "),
            report.tool.version,
            exit.code(),
            if exit == Exit::Ready && report.verdict != Verdict::Ready {
                " (--report-only)"
            } else {
                ""
            }
        );
        self.fits(&audited, "");
        if let Some(baseline) = &report.baseline {
            self.add(&format!(
                "\nSince {}: {} new, {} fixed; known: {}\n",
                code(&baseline.file),
                baseline.new,
                baseline.mended,
                by_severity(&report.counts.known)
            ));
        }
    }

    fn do_first(&mut self, report: &Report) {
        const SHOWN: usize = 5;
        if report.do_first.is_empty() {
            return;
        }
        self.add("\n### Do first\n\n");
        for (action, number) in report.do_first.iter().take(SHOWN).zip(1..) {
            let checks: Vec<String> = action.checks.iter().take(6).map(|id| code(id)).collect();
            let more = match action.checks.len() - checks.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let entry = format!(
                "{number}. {}: {}  \n   {}  \n   {}: {}{more}\n",
                about(action),
                plain(&action.wrong),
                advice(&action.fix),
                action.brings_in_full(),
                checks.join(", "),
            );
            self.fits(&entry, "");
        }
    }

    fn pillars(&mut self, report: &Report) {
        self.add("\n| Pillar | Open checks | Score | Pass | Fail | Unknown |\n| --- | --- | ---: | ---: | ---: | ---: |\n");
        for pillar in &report.pillars {
            let mut open = BySeverity::new();
            for check in &report.checks {
                if check.check.pillar == pillar.pillar && check.open().next().is_some() {
                    *open.entry(check.severity).or_default() += 1;
                }
            }
            let score = pillar
                .score
                .map_or_else(|| "–".to_owned(), |it| round_down(it).to_string());
            self.add(&format!(
                "| {} | {} | {score} | {} | {} | {} |\n",
                pillar.pillar,
                if open.is_empty() {
                    String::new()
                } else {
                    by_severity(&open)
                },
                pillar.pass,
                pillar.fail,
                pillar.unknown
            ));
        }
    }

    fn not_seen(&mut self, report: &Report) {
        let mut entries: Vec<String> = Vec::new();
        for file in &report.unread {
            let place = match file.line {
                Some(line) => format!("{}:{line}", file.file),
                None => file.file.clone(),
            };
            entries.push(entry(&place, &[&file.message, &file.remedy]));
        }
        for gap in &report.gaps {
            entries.push(entry(&gap.resource, &[&gap.message, &gap.remedy]));
        }
        if entries.is_empty() {
            return;
        }
        self.add("\n### Not seen\n\n");
        let shown = entries.iter().take(GAPS);
        let shown = shown.take_while(|entry| self.fits(entry, "")).count();
        if entries.len() > shown {
            self.add(&format!("- and {} more\n", entries.len() - shown));
        }
    }

    fn findings(&mut self, report: &Report) {
        let open = |check: &&CheckResult| check.open().next().is_some();
        let mut checks: Vec<&CheckResult> = report.checks.iter().filter(open).collect();
        if checks.is_empty() {
            return;
        }
        checks.sort_by_key(|check| {
            (
                !check.gates,
                std::cmp::Reverse(check.severity),
                check.impact(),
            )
        });
        self.add("\n### Findings\n\n");
        let mut hidden = 0;
        for (number, check) in checks.iter().enumerate() {
            // Each check has its share, so that one with thousands hides no other one.
            let left = LONGEST.saturating_sub(self.text.len() + REST);
            let share = left / (checks.len() - number);
            if !self.check(report, check, share) {
                hidden += 1;
            }
        }
        if hidden > 0 {
            self.add(&format!(
                "\nand {} with open findings: the report in another format has them\n",
                counted(hidden, "more check")
            ));
        }
    }

    /// A check and as many of its findings as its share holds; whether there was room for it.
    fn check(&mut self, report: &Report, check: &CheckResult, share: usize) -> bool {
        const END: &str = "\n</details>\n";
        let count = check.open().count();
        let first = check
            .open()
            .find_map(|found| found.finding.object.as_deref());
        let head = format!(
            "<details><summary>{}: {} ({})</summary>\n\n{}\n\n{} ([{}]({}))\n\n",
            check.severity,
            html(&capital(check.check.title)),
            counted(count, "finding"),
            check.check.summary(),
            advice(&check.check.fix_of(first)),
            check.check.id,
            check.check.page_url()
        );
        if !self.fits(&head, END) {
            return false;
        }
        let until = self.text.len() + share.saturating_sub(head.len());
        let listed = check.listed(report.max_findings);
        let mut shown = 0;
        for found in listed.filter(|found| found.state == State::Open) {
            let mut line = format!("- {}", code(&subject(&found.finding)));
            let (seen, expected) = words(found);
            for (name, value) in [("seen", seen), ("expected", expected)] {
                if !value.is_empty() {
                    // Writing to a string cannot fail.
                    let _ = write!(
                        line,
                        "{} {name} {}",
                        if line.contains(" seen ") { ";" } else { ":" },
                        code(&value)
                    );
                }
            }
            if let Some(source) = &found.finding.source {
                let _ = write!(
                    line,
                    " ({})",
                    code(&format!("{}:{}", source.file, source.best_line()))
                );
            }
            line.push('\n');
            if (shown > 0 && self.text.len() + line.len() > until) || !self.fits(&line, END) {
                break;
            }
            shown += 1;
        }
        if count > shown {
            self.add(&format!("- and {} more\n", count - shown));
        }
        self.add(END);
        true
    }
}

/// `23 of 103 checks fail on 20 objects: 2 critical and 21 high; 40 with those of lower severity, on 34 objects`.
fn failing(report: &Report) -> String {
    let decided = counted(report.decided(), "check");
    let on = |objects: usize| match objects {
        0 => String::new(),
        objects => format!(" on {}", counted(objects, "object")),
    };
    let (gating, open) = (&report.gating, &report.open);
    let told = if gating.failing() > 0 { gating } else { open };
    let failing = told.failing();
    if failing == 0 {
        return format!("no open finding in {decided}");
    }
    let mut text = format!(
        "{failing} of {decided} {}{}: {}",
        one_or_many(failing, "fails", "fail"),
        on(told.objects),
        by_severity(&told.checks)
    );
    if open.failing() > failing {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "; {} with those of lower severity{}",
            open.failing(),
            on(open.objects).replace(" on ", ", on ")
        );
    }
    text
}

fn entry(name: &str, parts: &[&str]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| plain(part))
        .collect();
    format!("- {}: {}\n", code(name), parts.join("; "))
}

/// What to do, called by what it is.
fn advice(fix: &str) -> String {
    format!("{}: {}", label(fix), plain(fix))
}

fn about(action: &Action) -> String {
    match &action.about {
        About::Cluster => "**The cluster**".to_owned(),
        About::Object(object) => code(&object.to_string()),
        About::Objects {
            count,
            kinds,
            example,
        } => format!(
            "**{count} {}**, such as {}",
            plain(kinds),
            code(&example.to_string())
        ),
    }
}

/// `2 critical, 23 high`.
fn by_severity(counts: &BySeverity) -> String {
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .filter_map(|severity| {
            let count = counts.get(&severity).copied().filter(|count| *count > 0)?;
            Some(format!("{count} {severity}"))
        })
        .collect();
    joined(&parts).unwrap_or_else(|| "none".to_owned())
}

fn cut(text: &str) -> String {
    let text = escape::text(text);
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// A value in which nothing is read: neither markup nor a mention nor a link.
fn code(text: &str) -> String {
    let text = cut(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if text.trim().is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// Words in which nothing is markup, and no one is mentioned.
fn plain(text: &str) -> String {
    let text = cut(text);
    let mut safe = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // A comment parts the sign from the name.
            '@' | '#' => {
                safe.push(c);
                safe.push_str("<!-- -->");
            }
            // Of an address, or of a picture that has a name.
            ':' if rest.peek().is_some_and(|next| *next != ' ') => safe.push_str("\\:"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    // Addresses without a scheme are links as well.
    safe.replace("www.", "www<!-- -->.")
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_neither_markup_nor_mentions_nor_links() {
        for (text, safe) in [
            ("raise requests.memory: 1Gi", "raise requests.memory: 1Gi"),
            ("a|b `c` *d* _e_", "a\\|b \\`c\\` \\*d\\* \\_e\\_"),
            ("[x](javascript:1)", "\\[x\\]\\(javascript\\:1\\)"),
            ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
            ("@octocat #1", "@<!-- -->octocat #<!-- -->1"),
            ("https://evil.example", "https\\://evil.example"),
            ("www.evil.example", "www<!-- -->.evil.example"),
            ("line\n# head", "line\\\\n#<!-- --> head"),
        ] {
            assert_eq!(plain(text), safe, "{text}");
        }
    }

    #[test]
    fn values_end_where_they_are_meant_to() {
        for (text, safe) in [
            ("cart", "`cart`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("a\nb", "`a\\nb`"),
            ("", "`  `"),
        ] {
            assert_eq!(code(text), safe, "{text}");
        }
        let long = "x".repeat(2 * VALUE);
        assert_eq!(code(&long).chars().count(), VALUE + 3);
    }
}
