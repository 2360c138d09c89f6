//! The events of a YAML document become a tree, within bounds and without recursion.

use std::collections::HashMap;

use libyaml_safer::{Event, EventData, MappingStyle, Mark, SequenceStyle};

use super::{
    bad::{BadYaml, DEEPEST, Room, too_deep},
    events::{events, number},
    strange,
};

/// A composed document: a tree of nodes with their places.
#[derive(Debug)]
pub struct Composed {
    pub(super) nodes: Vec<Node>,
    /// The outermost node; none of a document that holds nothing.
    pub(super) root: Option<usize>,
    pub(super) has_aliases: bool,
    pub(super) room: Room,
}

#[derive(Debug)]
pub(super) struct Node {
    /// Counted from one.
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Scalar {
        text: String,
        tag: Option<Box<str>>,
        /// Whether it is neither quoted nor a block, nor tagged.
        plain: bool,
    },
    Sequence(Vec<usize>),
    /// Keys and values in turn.
    Mapping(Vec<usize>),
    Alias(usize),
    /// A collection whose value is being made.
    Opening,
}

/// One step from a value to one within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item, counted from zero.
    Item(usize),
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room").finish_non_exhaustive()
    }
}

impl Composed {
    /// The tree of one document.
    pub(super) fn of(text: &str) -> Result<Self, BadYaml> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some(line) = directive(text) {
            let message = "kubectl does not accept directives (lines that begin with %)";
            return Err(BadYaml::new(line, 1, message));
        }
        let text = &*strange::without_tags_before_commas(text)?;
        let mut composer = Composer {
            text,
            composed: Self {
                nodes: Vec::new(),
                root: None,
                has_aliases: false,
                room: Room::of(text),
            },
            anchors: HashMap::new(),
            open: Vec::new(),
            in_flow: 0,
        };
        let end = events(text, |event| composer.take(event))?;
        alone(text, end)?;
        Ok(composer.composed)
    }

    /// The line of what a path leads to, or of as much of the way as there is.
    pub fn line_of(&self, path: &[Step]) -> Option<u32> {
        let mut at = self.root?;
        let mut line = self.nodes[at].line;
        for step in path {
            let next = match (&self.nodes[self.target(at)].content, step) {
                (Content::Sequence(items), Step::Item(number)) => {
                    items.get(*number).map(|item| (*item, *item))
                }
                (Content::Mapping(pairs), Step::Key(key)) => self.entry(pairs, key),
                _ => None,
            };
            let Some((key, value)) = next else { break };
            at = value;
            line = self.nodes[key].line;
        }
        Some(line)
    }

    /// The last pair of a key, which is the one that counts.
    pub(super) fn entry(&self, pairs: &[usize], wanted: &str) -> Option<(usize, usize)> {
        let pair = pairs.chunks_exact(2).rfind(|pair| {
            matches!(
                &self.nodes[self.target(pair[0])].content,
                Content::Scalar { text, .. } if text == wanted
            )
        })?;
        Some((pair[0], pair[1]))
    }

    /// What an alias stands for, or the node itself.
    pub(super) fn target(&self, node: usize) -> usize {
        match self.nodes[node].content {
            Content::Alias(target) => target,
            _ => node,
        }
    }
}

struct Composer<'t> {
    text: &'t str,
    composed: Composed,
    anchors: HashMap<String, usize>,
    /// The collections that are still open, outermost first.
    open: Vec<usize>,
    /// How many of them, the innermost, stand in brackets or braces.
    in_flow: usize,
}

impl Composer<'_> {
    fn take(&mut self, event: Event) -> Result<(), BadYaml> {
        let mark = event.start_mark;
        let bad = |message| BadYaml::new(number(mark.line) + 1, number(mark.column) + 1, message);
        let opens = matches!(
            event.data,
            EventData::SequenceStart { .. } | EventData::MappingStart { .. }
        );
        if let EventData::SequenceStart {
            style: SequenceStyle::Flow,
            ..
        }
        | EventData::MappingStart {
            style: MappingStyle::Flow,
            ..
        } = event.data
        {
            self.in_flow += 1;
        }
        let (content, anchor) = match event.data {
            EventData::Scalar {
                anchor,
                tag,
                value,
                plain_implicit,
                style,
                ..
            } => {
                let source = self
                    .text
                    .get(number(event.start_mark.index)..number(event.end_mark.index));
                let source = source.unwrap_or_default();
                if let Some(message) = strange::scalar(source, &value, style, self.in_flow > 0) {
                    return Err(bad(message.to_owned()));
                }
                let content = Content::Scalar {
                    text: value,
                    tag: tag.map(String::into_boxed_str),
                    plain: plain_implicit,
                };
                (content, anchor)
            }
            EventData::SequenceStart { anchor, .. } => (Content::Sequence(Vec::new()), anchor),
            EventData::MappingStart { anchor, .. } => (Content::Mapping(Vec::new()), anchor),
            EventData::Alias { anchor } => {
                let Some(target) = self.anchors.get(&anchor) else {
                    return Err(bad(format!(
                        "the alias *{anchor} has no anchor &{anchor} before it"
                    )));
                };
                self.composed.has_aliases = true;
                (Content::Alias(*target), None)
            }
            EventData::SequenceEnd | EventData::MappingEnd => {
                self.open.pop();
                self.in_flow = self.in_flow.saturating_sub(1);
                return Ok(());
            }
            _ => return Ok(()),
        };
        let text = match &content {
            Content::Scalar { text, tag, .. } => {
                text.len() + tag.as_ref().map_or(0, |tag| tag.len())
            }
            _ => 0,
        };
        let anchored = anchor.as_ref().map_or(0, |anchor| 2 * anchor.len() + 64);
        let cost = size_of::<Node>() + size_of::<usize>() + text + anchored;
        self.composed.room.take(cost).map_err(bad)?;
        let node = self.composed.nodes.len();
        self.composed.nodes.push(Node {
            line: u32::try_from(mark.line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(mark.column + 1).unwrap_or(u32::MAX),
            content,
        });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node);
        }
        match self.open.last() {
            Some(parent) => match &mut self.composed.nodes[*parent].content {
                Content::Sequence(children) | Content::Mapping(children) => children.push(node),
                _ => {}
            },
            None => self.composed.root = Some(node),
        }
        if opens {
            self.open.push(node);
            if self.open.len() > DEEPEST {
                return Err(bad(too_deep()));
            }
        }
        Ok(())
    }
}

/// Nothing but blanks and comments may follow the first document of a text: kubectl would not see it.
fn alone(text: &str, end: Mark) -> Result<(), BadYaml> {
    let rest = text.get(number(end.index)..).unwrap_or_default();
    for (at, line) in rest.split('\n').enumerate() {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') && line != "..." {
            let message = "kubectl does not read what follows the end of the document";
            return Err(BadYaml::new(number(end.line) + at + 1, 1, message));
        }
    }
    Ok(())
}

/// The line of a directive in front of the document.
fn directive(text: &str) -> Option<usize> {
    let mut lines = text.lines().enumerate();
    let (at, line) = lines.find(|(_, line)| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    })?;
    line.starts_with('%').then_some(at + 1)
}
