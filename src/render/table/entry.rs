//! One check of the list of findings: what is wrong, with which objects, and what follows from it.

use kready_checks::model::{Impact, ObjectRef, Severity, many};

use super::{
    super::{
        evidence::{object_name, words},
        explain::severity_look,
        flow::{Indent, Look, SEVERITY, Span, columns},
    },
    folded::{Consequence, Folded},
    objects::{Alike, ObjectFindings, alike, by_object, within},
    writer::{BODY, DETAIL, ENTRY, Writer, check_id, grouped},
};
use crate::{
    report::{CheckResult, FindingResult, round_down},
    words::{counted, listed_or_all},
};

/// How many objects of a check are named.
const OBJECTS_SHOWN: usize = 3;

/// How many more may be named where there is nothing to be said of each.
const NAMES_ALIKE: usize = 4;

/// How many columns two lines lose at their ends, about.
const LOST: usize = 16;

/// What of a check is told.
pub(super) struct Entry<'a> {
    pub(super) check: &'a CheckResult,
    /// The open findings that are told here.
    pub(super) findings: Vec<&'a FindingResult>,
}

/// What the heading above an entry says already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Above {
    /// Nothing of its objects.
    Section,
    /// Some of them only are told here.
    Group,
    /// Which object it is.
    Object,
}

impl<'a> Writer<'a> {
    pub(super) fn entry(&mut self, entry: &Entry<'a>, folded: &Folded<'a>, above: Above) {
        let check = entry.check;
        let objects = by_object(entry.findings.iter().copied());
        let mut title = vec![
            Span::whole(
                severity_look(check.severity),
                &format!("{:<SEVERITY$}", check.severity.id().to_uppercase()),
            ),
            check_id(check.check, Look::Strong),
        ];
        if entry.findings.iter().any(|finding| finding.new) {
            title.push(Span::plain(" "));
            title.push(Span::whole(Look::WarnBadge, "new"));
        }
        title.push(Span::plain(": "));
        title.push(Span::plain(check.check.title));
        self.page.flow(
            Indent {
                first: ENTRY.first,
                rest: ENTRY.first + SEVERITY,
            },
            &title,
        );
        let count = match above {
            Above::Section => share(check),
            Above::Group if objects.len() > 1 => counted(objects.len(), "object"),
            Above::Group | Above::Object => String::new(),
        };
        if self.view.details {
            if !count.is_empty() {
                self.page.flow(BODY, &[Span::plain(&count)]);
            }
            self.in_full(&objects, above);
        } else {
            // What is broken is told with what was seen of it; of what may break, the name of the check says it.
            let broken = folded.felt(check) == Impact::Broken;
            self.in_short(&count, &objects, above, broken);
        }
        if let (Some(_), Some(message)) = (check.partial, &check.message) {
            let text = format!("not all was seen: {message}");
            self.page.flow(DETAIL, &[Span::new(Look::Warn, &text)]);
        }
        self.consequences(entry, folded);
        if self.view.details {
            self.advice(entry);
        }
    }

    /// The first objects with what was seen of each, or once what was seen of all.
    fn in_short(
        &mut self,
        count: &str,
        objects: &[ObjectFindings<'a>],
        above: Above,
        broken: bool,
    ) {
        let Some(first) = objects.first() else { return };
        if above == Above::Object || first.object.is_none() && objects.len() == 1 {
            self.seen(first, DETAIL.first);
            self.more(Indent::flush(DETAIL.first), first.findings.len() - 1);
            return;
        }
        let most = OBJECTS_SHOWN + NAMES_ALIKE;
        let the_same = objects[..objects.len().min(most)]
            .iter()
            .all(|other| other.says_the_same(first));
        let in_a_row = the_same || !broken;
        let most = if in_a_row { most } else { OBJECTS_SHOWN };
        let most = most.min(self.most());
        // A single one that would be hidden is told as well: to count it is no shorter. Of a long list three say enough.
        let shown = if objects.len() <= most + 1 {
            objects.len()
        } else {
            OBJECTS_SHOWN.min(most)
        };
        let (shown, hidden) = objects.split_at(shown);
        let mut spans = vec![Span::plain(count)];
        if !in_a_row {
            if !count.is_empty() {
                self.page.flow(BODY, &spans);
            }
            for object in shown {
                self.object(object);
            }
            self.more(Indent::flush(DETAIL.rest), hidden.len());
            return;
        }
        if !count.is_empty() {
            spans.push(Span::plain(": "));
        }
        let counted_as = count.split(',').next().unwrap_or_default();
        let counted_as = counted_as.rsplit(' ').next().unwrap_or_default();
        let titles = shown.iter().map(|object| {
            let [name, more] = object.title();
            // `1 of 2 Ingresses: tools/tools`.
            let known = object
                .object
                .filter(|it| it.kind == counted_as || many(&it.kind) == counted_as);
            let name = known.map_or(name, |it| Span::whole(Look::Plain, &short_name(it)));
            [name, more]
        });
        spans.extend(listed(titles));
        if !hidden.is_empty() {
            let more = format!(" {}", self.and_more(hidden.len()));
            spans.push(Span::new(Look::Faint, &more));
        }
        let (seen, _) = words(first.worst());
        let width: usize = spans.iter().map(Span::width).sum();
        let fits = DETAIL.first + width + 2 + columns(&seen) <= self.view.terminal.width;
        if fits && the_same && !seen.is_empty() {
            spans.push(Span::plain("  "));
            spans.push(Span::new(Look::Faint, &seen));
        }
        self.page.flow(DETAIL, &spans);
        if broken && !fits {
            self.seen(first, DETAIL.rest);
        }
    }

    /// One of several objects, with as much of what was seen as its line holds.
    fn object(&mut self, object: &ObjectFindings<'a>) {
        let mut spans: Vec<Span> = object.title().into();
        let (seen, _) = words(object.worst());
        if !seen.is_empty() {
            let title: usize = spans.iter().map(Span::width).sum();
            let room = self.room(DETAIL.rest + title + 2);
            spans.push(Span::plain(": "));
            spans.push(Span::new(Look::Faint, &self.cut(&seen, room)));
        }
        let indent = Indent {
            first: DETAIL.rest,
            rest: DETAIL.rest + 2,
        };
        self.page.flow(indent, &spans);
    }

    /// What was seen of an object: as much as two lines hold.
    fn seen(&mut self, object: &ObjectFindings<'a>, indent: usize) {
        let (seen, _) = words(object.worst());
        if !seen.is_empty() {
            // Lines end before the next word.
            let room = (2 * self.room(indent)).saturating_sub(LOST);
            let seen = self.cut(&seen, room);
            self.page
                .flow(Indent::flush(indent), &[Span::new(Look::Faint, &seen)]);
        }
    }

    /// How wide a line is after so many columns.
    fn room(&self, used: usize) -> usize {
        self.view.terminal.width.saturating_sub(used)
    }

    /// As many clauses of a sentence as there is room for, one at least; dots stand for the rest.
    pub(super) fn cut(&self, text: &str, room: usize) -> String {
        if columns(text) <= room {
            return text.to_owned();
        }
        let dots = if self.view.terminal.unicode {
            " …"
        } else {
            " ..."
        };
        let ends = text.match_indices([',', ';']);
        let ends = ends
            .map(|(end, _)| end)
            .filter(|end| text[end + 1..].starts_with(' '));
        let mut cut = None;
        let mut width = 0;
        let mut from = 0;
        for end in ends {
            width += columns(&text[from..end]);
            from = end;
            if cut.is_some() && width + columns(dots) > room {
                break;
            }
            cut = Some(end);
        }
        cut.map_or_else(|| text.to_owned(), |cut| format!("{}{dots}", &text[..cut]))
    }

    /// Every object, with what was seen and what is expected; what is said of several is said once.
    fn in_full(&mut self, objects: &[ObjectFindings<'a>], above: Above) {
        let shown = within(objects, self.report.max_findings).min(objects.len());
        for alike in alike(&objects[..shown]) {
            self.alike(&alike, above);
        }
        self.more(BODY, objects.len() - shown);
    }

    fn alike(&mut self, alike: &Alike<'a>, above: Above) {
        let say = |writer: &mut Self, indent: usize| {
            let most = writer.most();
            for sentence in alike.sentences.iter().take(most) {
                if !sentence.is_empty() {
                    let span = Span::new(Look::Faint, sentence);
                    writer.page.flow(Indent::hanging(indent), &[span]);
                }
            }
            writer.more(
                Indent::flush(indent),
                alike.sentences.len().saturating_sub(most),
            );
        };
        if above == Above::Object || alike.first.is_none() {
            say(self, DETAIL.first);
            return;
        }
        match &alike.titles[..] {
            [title] => {
                self.page.flow(DETAIL, title);
                say(self, DETAIL.rest);
            }
            titles => {
                say(self, DETAIL.first);
                let names: Vec<Span> = listed(titles.iter().cloned()).collect();
                self.page.flow(DETAIL, &names);
            }
        }
    }

    /// What follows from the findings, and goes with them.
    fn consequences(&mut self, entry: &Entry<'a>, folded: &Folded<'a>) {
        let mut told: Vec<(&CheckResult, Vec<String>)> = Vec::new();
        for result in &entry.findings {
            let own = result.finding.object.as_deref();
            for Consequence { check, object } in folded.below(entry.check, result.fingerprint) {
                let place = told
                    .iter()
                    .position(|(other, _)| other.check.id == check.check.id);
                let place = place.unwrap_or_else(|| {
                    told.push((check, Vec::new()));
                    told.len() - 1
                });
                if *object != own {
                    told[place].1.push(object_name(*object));
                }
            }
        }
        if told.is_empty() {
            return;
        }
        told.sort_by_key(|(check, _)| (std::cmp::Reverse(check.severity), check.check.id));
        let mut spans = vec![Span::new(Look::Faint, "also: ")];
        for (place, (check, objects)) in told.iter_mut().enumerate() {
            if place > 0 {
                spans.push(Span::plain(", "));
            }
            spans.push(check_id(check.check, Look::Plain));
            let mut about = Vec::new();
            if check.severity > entry.check.severity && check.severity >= Severity::High {
                about.push(check.severity.id().to_owned());
            }
            objects.dedup();
            if !objects.is_empty() {
                let names = objects.iter().map(String::as_str);
                about.push(format!(
                    "of {}",
                    listed_or_all(names, self.limit(OBJECTS_SHOWN))
                ));
            }
            if !about.is_empty() {
                spans.push(Span::plain(&format!(" ({})", about.join(", "))));
            }
        }
        self.page.flow(DETAIL, &spans);
    }

    /// What to do, what it brings, and where to read on.
    fn advice(&mut self, entry: &Entry<'a>) {
        let check = entry.check;
        let object = entry.findings.first();
        let object = object.and_then(|result| result.finding.object.as_deref());
        let mut spans = vec![Span::new(Look::Faint, "fix: ")];
        spans.extend(Span::to_do(Look::Plain, &check.check.fix_of(object)));
        self.page.flow(DETAIL, &spans);
        let explain = format!("kready explain {}", check.check.id);
        let mut spans = vec![
            Span::new(Look::Faint, "more: "),
            Span::whole(Look::Code, &explain),
        ];
        if let Some(gain) = check.gain.filter(|gain| *gain > 0.0) {
            let gain = match round_down(gain) {
                gain if gain > 0.0 => format!("{gain:.1}"),
                _ => "less than 0.1".to_owned(),
            };
            let text = format!("; fixing it adds {gain} to the score");
            spans.push(Span::new(Look::Faint, &text));
        }
        self.page.flow(DETAIL, &spans);
    }

    /// How many findings of a check are listed at most.
    fn most(&self) -> usize {
        self.report.max_findings.unwrap_or(usize::MAX)
    }
}

/// `shop/cart`: for where the kind is said already.
fn short_name(object: &ObjectRef) -> String {
    match object.namespace.as_str() {
        "" => object.name.to_string(),
        namespace => format!("{namespace}/{}", object.name),
    }
}

/// Titles in a row.
fn listed(titles: impl Iterator<Item = [Span; 2]>) -> impl Iterator<Item = Span> {
    titles.enumerate().flat_map(|(place, title)| {
        let comma = (place > 0).then(|| Span::plain(", "));
        comma.into_iter().chain(title)
    })
}

/// `7 of 40 workloads, 9 containers`; nothing for what is about the cluster.
fn share(check: &CheckResult) -> String {
    let about_objects = check.findings.iter().any(|it| it.finding.object.is_some());
    if !about_objects || check.examined == 0 {
        return String::new();
    }
    let unit = check.unit();
    let unit = if check.examined == 1 {
        unit.to_owned()
    } else {
        many(unit)
    };
    let containers = check
        .containers
        .filter(|containers| *containers > check.failing);
    let containers = containers.map(|count| format!(", {} containers", grouped(count)));
    format!(
        "{} of {} {unit}{}",
        grouped(check.failing),
        grouped(check.examined),
        containers.unwrap_or_default()
    )
}
