//! Reads the values of a document, and goes on after a mistake so that all of them are named at once.

use std::collections::{BTreeMap, BTreeSet};

use kready_checks::frame::Check;

use super::located::{MapKey, Node, Position, Value};
use crate::{
    escape,
    nearest::unknown,
    report::{PLACEHOLDER, Renamed},
    words::{and_more, first, one_or_many},
};

/// How many mistakes are named.
const MOST: usize = 100;

/// Of how many drafts the lines are named.
const LINES: usize = 10;

/// What a draft of a waiver or a declaration lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lacking {
    /// `waiver`, or `declaration`.
    pub(super) what: &'static str,
    pub(super) reason: bool,
    pub(super) owner: bool,
}

/// Knows the checks, and remembers every mistake and where it stands.
pub(super) struct ConfigReader<'a> {
    pub(super) registry: &'a [&'static Check],
    /// The file that is read, as it is shown.
    pub(super) file: &'a str,
    problems: Vec<(Position, String)>,
    /// The drafts that nobody filled in.
    drafts: BTreeMap<Lacking, Vec<Position>>,
    /// How many mistakes are not named.
    more: usize,
    /// The checks that the document names as they were called before.
    pub(super) renamed: BTreeSet<Renamed>,
}

impl<'a> ConfigReader<'a> {
    pub(super) const fn new(registry: &'a [&'static Check], file: &'a str) -> Self {
        Self {
            registry,
            file,
            problems: Vec::new(),
            drafts: BTreeMap::new(),
            more: 0,
            renamed: BTreeSet::new(),
        }
    }

    pub(super) fn problem(&mut self, position: Position, problem: impl Into<String>) {
        if self.problems.len() < MOST {
            self.problems.push((position, problem.into()));
        } else {
            self.more += 1;
        }
    }

    /// A name is unknown; which one was meant is no longer looked for when too much is wrong already.
    pub(super) fn unknown<'n>(
        &mut self,
        position: Position,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'n str> + Clone,
    ) {
        let problem = if self.problems.len() < MOST {
            unknown(what, name, known)
        } else {
            String::new()
        };
        self.problem(position, problem);
    }

    pub(super) fn wrong(&mut self, node: &Node, name: &str, expected: &str) {
        self.problem(
            node.position,
            format!("`{name}` must be {expected}, not {}", node.value.what()),
        );
    }

    /// The entries of a mapping; null counts as an empty one.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, name: &str) -> &'n [(MapKey, Node)] {
        match &node.value {
            Value::Map(entries) => entries,
            Value::Null => &[],
            _ => {
                self.wrong(node, name, "a mapping");
                &[]
            }
        }
    }

    /// Says which keys are known in place of an unknown one.
    pub(super) fn unknown_key(
        &mut self,
        key: &MapKey,
        what: &str,
        known: impl IntoIterator<Item = &'static str> + Clone,
    ) {
        self.unknown(key.position, what, &key.name, known);
    }

    pub(super) fn items<'n>(&mut self, node: &'n Node, name: &str) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Null => &[],
            Value::Text(only) if !only.contains(['\n', ',', '[', ']', '{', '}', ':', '#']) => {
                let only = escape::text(only);
                self.problem(
                    node.position,
                    format!("`{name}` must be a list, e.g. [{only}]"),
                );
                &[]
            }
            _ => {
                self.wrong(node, name, "a list");
                &[]
            }
        }
    }

    pub(super) fn text<'n>(&mut self, node: &'n Node, name: &str) -> Option<&'n str> {
        if let Value::Text(text) = &node.value {
            return Some(text);
        }
        // `y`, `no` and `007` are text where text is meant.
        if node.written.is_some() {
            return node.written.as_deref();
        }
        self.wrong(node, name, "text");
        None
    }

    pub(super) fn texts<'n>(&mut self, node: &'n Node, name: &str) -> Vec<(Position, &'n str)> {
        self.items(node, name)
            .iter()
            .filter_map(|item| {
                Some((
                    item.position,
                    self.text(item, &format!("an entry of {name}"))?,
                ))
            })
            .collect()
    }

    pub(super) fn boolean(&mut self, node: &Node, name: &str) -> Option<bool> {
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        self.wrong(node, name, "true or false");
        None
    }

    pub(super) fn share(&mut self, node: &Node, name: &str) -> Option<f64> {
        let value = match node.value {
            #[expect(clippy::cast_precision_loss, reason = "held against 100 at once")]
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        };
        let Some(number) = value else {
            self.wrong(node, name, "a number from 0 to 100");
            return None;
        };
        if !(0.0..=100.0).contains(&number) {
            let written = node.written.as_deref().unwrap_or_default();
            self.problem(
                node.position,
                format!("`{name}`: {} is outside 0–100", escape::text(written)),
            );
            return None;
        }
        value
    }

    /// One of these names.
    pub(super) fn word<T>(
        &mut self,
        name: &str,
        node: &Node,
        parse: impl Fn(&str) -> Option<T>,
        known: &[&'static str],
    ) -> Option<T> {
        let text = self.text(node, name)?;
        let value = parse(text);
        if value.is_none() {
            self.unknown(node.position, name, text, known.iter().copied());
        }
        value
    }

    pub(super) fn check(&mut self, position: Position, id: &str) -> Option<&'static Check> {
        let found = self
            .registry
            .iter()
            .copied()
            .find(|check| check.is_called(id));
        if found.is_none() {
            let known = self.registry.iter().map(|check| check.id);
            self.unknown(position, "check", id, known);
        }
        self.renamed.extend(Renamed::of(found, id));
        found
    }

    /// A draft that somebody still has to fill in.
    pub(super) fn lacks(&mut self, position: Position, lacking: Lacking) {
        self.drafts.entry(lacking).or_default().push(position);
    }

    /// Whether waivers were drafted that nobody filled in, and nothing else is wrong.
    pub(super) fn has_drafts_only(&self) -> bool {
        self.problems.is_empty()
            && !self.drafts.is_empty()
            && self.drafts.keys().all(|lacking| lacking.what == "waiver")
    }

    /// What was wrong, in the order of the document.
    pub(super) fn into_problems(mut self) -> Vec<(Position, String)> {
        self.problems
            .sort_by_key(|(position, _)| (position.line, position.column));
        if let Some((position, _)) = self.problems.last()
            && self.more > 0
        {
            let problem = format!("{} are wrong", and_more(self.more));
            self.problems.push((*position, problem));
        }
        for (lacking, places) in self.drafts {
            if let [first, ..] = places[..] {
                self.problems.push((first, unfilled(lacking, &places)));
            }
        }
        self.problems
            .sort_by_key(|(position, _)| (position.line, position.column));
        self.problems
    }

    /// A text that a person wrote; none when it is blank or the placeholder of a draft.
    pub(super) fn filled_in(&mut self, node: &Node, name: &str) -> Option<String> {
        if node.value == Value::Null {
            return None;
        }
        let text = self.text(node, name)?;
        is_filled_in(text).then(|| text.trim().to_owned())
    }
}

/// Whether a person wrote a text: it is neither blank nor the placeholder of a draft.
pub(super) fn is_filled_in(text: &str) -> bool {
    let text = text.trim();
    let head = text.get(..PLACEHOLDER.len()).unwrap_or_default();
    !text.is_empty() && !head.eq_ignore_ascii_case(PLACEHOLDER)
}

/// `41 waivers still lack a reason and an owner: lines 12, 19, … and 31 more`.
pub(super) fn unfilled(lacking: Lacking, places: &[Position]) -> String {
    let Lacking {
        what,
        reason,
        owner,
    } = lacking;
    let missing = match (reason, owner) {
        (true, false) => "a reason",
        (false, true) => "an owner",
        _ => "a reason and an owner",
    };
    let count = places.len();
    let who = match count {
        1 => format!("this {what}"),
        count => format!("{count} {what}s"),
    };
    let lack = one_or_many(count, "lacks", "lack");
    if count == 1 {
        return format!("{who} still {lack} {missing}");
    }
    let lines: Vec<String> = places
        .iter()
        .map(|position| position.line.to_string())
        .collect();
    format!(
        "{who} still {lack} {missing}: lines {}",
        first(lines.iter().map(String::as_str), LINES)
    )
}
