//! A check's page, set for a terminal.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::flow::{Indent, Look, Page, Span};

/// How far an example is indented.
pub(super) const CODE_INDENT: usize = 4;

/// Sets Markdown into a page; `skip_title` leaves the first-level heading to the caller.
pub(crate) fn render(page: &mut Page, markdown: &str, skip_title: bool) {
    let mut setter = Setter {
        page,
        spans: Vec::new(),
        lists: Vec::new(),
        marker: None,
        look: Vec::new(),
        link: None,
        code: None,
        skipping: false,
        omitting: false,
    };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        setter.event(event, skip_title);
    }
    setter.end_paragraph();
}

struct Setter<'a> {
    page: &'a mut Page,
    /// The paragraph so far.
    spans: Vec<Span>,
    /// The open lists: the next number, or none for bullets.
    lists: Vec<Option<u64>>,
    /// What the next paragraph begins with.
    marker: Option<String>,
    look: Vec<Look>,
    link: Option<String>,
    /// The text of the open example.
    code: Option<String>,
    skipping: bool,
    /// Whether the section is left out.
    omitting: bool,
}

impl Setter<'_> {
    fn event(&mut self, event: Event<'_>, skip_title: bool) {
        match event {
            Event::Start(tag) => self.start(tag, skip_title),
            Event::End(tag) => self.end(tag),
            _ if self.skipping => {}
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None if self.look.last() == Some(&Look::Heading) => self.heading(&text),
                None => self.text(&text),
            },
            Event::Code(text) => self.spans.push(Span::whole(Look::Code, &text)),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.end_lines(),
            Event::Rule => self.page.blank(),
            Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, skip_title: bool) {
        match tag {
            Tag::Heading { level, .. } => {
                self.end_paragraph();
                self.skipping = skip_title && level as usize == 1;
                self.look.push(Look::Heading);
            }
            Tag::CodeBlock(_) => {
                self.end_paragraph();
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.end_lines();
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_lines();
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}. ");
                        *number += 1;
                        marker
                    }
                    _ => "- ".to_owned(),
                };
                self.marker = Some(marker);
            }
            Tag::Strong | Tag::Emphasis => self.look.push(Look::Strong),
            Tag::Link { dest_url, .. } => self.link = Some(dest_url.into_string()),
            Tag::TableCell => self.text(" "),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.end_lines();
                self.look.pop();
                self.skipping = false;
            }
            TagEnd::Paragraph => self.end_paragraph(),
            TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead => self.end_lines(),
            TagEnd::List(_) => {
                self.end_lines();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.page.blank();
                }
            }
            TagEnd::CodeBlock => {
                // An example is there to be copied: its lines stay whole.
                for line in self.code.take().unwrap_or_default().lines() {
                    self.page.verbatim(CODE_INDENT, Look::Code, line);
                }
                self.page.blank();
            }
            TagEnd::Strong | TagEnd::Emphasis => {
                self.look.pop();
            }
            TagEnd::Link => {
                if let Some(link) = self.link.take() {
                    let said = self.spans.last().is_some_and(|span| span.text() == link);
                    if !said {
                        self.text(" (");
                        self.spans
                            .push(Span::whole(Look::Code, &link).linked(&link));
                        self.spans.push(Span::plain(")"));
                    }
                }
            }
            _ => {}
        }
    }

    /// A heading is upper case, so that it stands out without colour. The section on an empty cluster is for tests only.
    fn heading(&mut self, text: &str) {
        self.omitting = text == "Empty cluster";
        self.text(&text.to_uppercase());
    }

    fn text(&mut self, text: &str) {
        let look = self.look.last().copied().unwrap_or(Look::Plain);
        // An address by itself, as in a list of references.
        let span = Span::new(look, text);
        self.spans.push(if text.contains(' ') {
            span
        } else {
            span.linked(text)
        });
    }

    /// Writes the lines of the paragraph so far.
    fn end_lines(&mut self) {
        if self.omitting {
            self.spans.clear();
        }
        if self.spans.is_empty() {
            return;
        }
        let depth = self.lists.len().saturating_sub(1) * 2;
        let marker = self.marker.take();
        let hanging = match (&marker, self.lists.is_empty()) {
            (Some(marker), _) => depth + marker.len(),
            (None, true) => 0,
            (None, false) => depth + 2,
        };
        let first = if marker.is_some() { depth } else { hanging };
        let mut spans: Vec<Span> = marker
            .iter()
            .map(|marker| Span::whole(Look::Plain, marker))
            .collect();
        spans.append(&mut self.spans);
        self.page.flow(
            Indent {
                first,
                rest: hanging,
            },
            &spans,
        );
    }

    fn end_paragraph(&mut self) {
        let any = !self.spans.is_empty();
        self.end_lines();
        if any && self.lists.is_empty() {
            self.page.blank();
        }
    }
}
