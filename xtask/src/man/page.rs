//! A manual page as troff reads it.

use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

/// A page that grows from the top.
#[derive(Debug)]
pub(super) struct Page {
    roff: Roff,
    /// Whether a section has begun that has no text yet.
    is_fresh: bool,
}

impl Page {
    /// A page of a section of the manual; without a date when that is empty.
    pub(super) fn new(name: &str, section: &str, date: &str) -> Self {
        let mut roff = Roff::new();
        let manual = match section {
            "5" => "File Formats",
            _ => "User Commands",
        };
        // troff takes no empty argument without quotes.
        let date = if date.is_empty() { "\"\"" } else { date };
        let source = concat!("kready ", env!("CARGO_PKG_VERSION"));
        roff.control("TH", [&name.to_uppercase(), section, date, source, manual]);
        // No word is hyphenated or pushed apart, so that what is copied is right; some macros set HY anew.
        roff.control("nr", ["HY", "0"]);
        roff.control("nh", []);
        roff.control("ad", ["l"]);
        Self {
            roff,
            is_fresh: false,
        }
    }

    pub(super) fn section(&mut self, title: &str) {
        self.roff.control("SH", [title]);
        self.is_fresh = true;
    }

    pub(super) fn subsection(&mut self, title: &str) {
        self.roff.control("SS", [title]);
        self.is_fresh = true;
    }

    /// What `apropos` finds a page by.
    pub(super) fn name(&mut self, name: &str, meaning: &str) {
        self.section("NAME");
        self.roff.text([roman(format!("{name} - {meaning}"))]);
    }

    /// A paragraph; the first one of a section needs nothing before it.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.inlines(marked(text));
    }

    /// A paragraph of inlines.
    pub(super) fn inlines(&mut self, inlines: Vec<Inline>) {
        if !self.is_fresh {
            self.roff.control("PP", []);
        }
        self.is_fresh = false;
        self.roff.text(inlines);
    }

    /// A term and what it means.
    pub(super) fn entry(&mut self, terms: Vec<Vec<Inline>>, meaning: &str) {
        for (index, term) in terms.into_iter().enumerate() {
            self.roff.control(if index == 0 { "TP" } else { "TQ" }, []);
            self.roff.text(term);
        }
        self.is_fresh = false;
        self.roff.text(marked(meaning));
    }

    /// A term within the meaning of another one.
    pub(super) fn nested(&mut self, term: Vec<Inline>, meaning: &str) {
        self.roff.control("RS", []);
        self.entry(vec![term], meaning);
        self.roff.control("RE", []);
    }

    /// Lines that stay as they are.
    pub(super) fn verbatim<'a>(&mut self, lines: impl Iterator<Item = &'a str>) {
        self.roff.control("EX", []);
        for line in lines {
            self.roff.text([roman(line)]);
        }
        self.roff.control("EE", []);
    }

    /// A text with an address behind it, which terminals that know links can follow.
    pub(super) fn address(&mut self, text: &str, address: &str) {
        if !self.is_fresh {
            self.roff.control("PP", []);
        }
        self.is_fresh = false;
        self.roff.control("UR", [address]);
        self.roff.text(marked(text));
        self.roff.control("UE", []);
    }

    pub(super) fn render(&self) -> String {
        self.roff.render()
    }
}

/// A text on one line, what stands between backticks in bold.
pub(super) fn marked(text: &str) -> Vec<Inline> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split('`')
        .enumerate()
        .filter(|(_, part)| !part.is_empty())
        .map(|(index, part)| {
            if index % 2 == 1 {
                bold(part)
            } else {
                roman(part)
            }
        })
        .collect()
}

/// A page that another one points at: `kready-audit(1)`.
pub(super) fn reference(name: &str, section: &str) -> Vec<Inline> {
    vec![bold(name), roman(format!("({section})"))]
}

/// References, with commas between them.
pub(super) fn references(pages: &[(String, &str)]) -> Vec<Inline> {
    let mut inlines = Vec::new();
    for (index, (name, section)) in pages.iter().enumerate() {
        if index > 0 {
            inlines.push(roman(", "));
        }
        inlines.extend(reference(name, section));
    }
    inlines
}

/// What somebody types: words in bold, what stands for a value in italics, brackets plain.
pub(super) fn usage(text: &str) -> Vec<Inline> {
    let mut inlines = Vec::new();
    let mut word = String::new();
    let end = |word: &mut String, inlines: &mut Vec<Inline>| {
        let text = std::mem::take(word);
        if text.is_empty() {
            return;
        }
        let is_value = text.starts_with(char::is_uppercase);
        inlines.push(if is_value { italic(text) } else { bold(text) });
    };
    for letter in text.chars() {
        match letter {
            '<' | '>' => end(&mut word, &mut inlines),
            '[' | ']' | ' ' | '|' => {
                end(&mut word, &mut inlines);
                inlines.push(roman(letter));
            }
            _ => word.push(letter),
        }
    }
    end(&mut word, &mut inlines);
    inlines
}
