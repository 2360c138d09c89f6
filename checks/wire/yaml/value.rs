//! A tree becomes a value, after `decode.go` of go-yaml v2: aliases are opened, merges applied in the order of the text.

use std::{collections::BTreeSet, mem};

use serde_json::{Map, Value};

use super::{
    bad::{BadYaml, DEEPEST, Twice, too_deep},
    compose::{Composed, Content, Node},
    resolve::{Scalar, as_sent, resolve},
};

/// What a mapping and each of its entries take beside the text in them.
pub(super) const MAPPING: usize = 400;
pub(super) const ENTRY: usize = 60;

impl Composed {
    /// The value of the document, as the JSON that kubectl sends.
    ///
    /// # Errors
    /// It has no such value, or is beyond a bound.
    pub fn into_value(self) -> Result<Value, BadYaml> {
        let Some(root) = self.root else {
            return Ok(Value::Null);
        };
        let mut opener = Opener {
            composed: self,
            within_aliases: 0,
            decoded: 0,
            aliased: 0,
        };
        opener.value(root, 0)
    }
}

struct Opener {
    composed: Composed,
    within_aliases: usize,
    /// How many nodes were opened, and how many of them through aliases.
    decoded: u32,
    aliased: u32,
}

impl Opener {
    fn node(&self, node: usize) -> &Node {
        &self.composed.nodes[node]
    }

    fn bad(&self, node: usize, message: impl Into<String>) -> BadYaml {
        let Node { line, column, .. } = self.node(node);
        BadYaml::new(*line as usize, *column as usize, message)
    }

    fn take(&mut self, node: usize, bytes: usize) -> Result<(), BadYaml> {
        let taken = self.composed.room.take(bytes);
        taken.map_err(|message| self.bad(node, message))
    }

    /// Counts a node, and refuses what go-yaml calls excessive aliasing.
    fn count(&mut self, node: usize) -> Result<(), BadYaml> {
        self.decoded = self.decoded.saturating_add(1);
        if self.within_aliases > 0 {
            self.aliased = self.aliased.saturating_add(1);
        }
        if self.aliased > 100
            && self.decoded > 1000
            && f64::from(self.aliased) / f64::from(self.decoded) > allowed(self.decoded)
        {
            return Err(self.bad(node, "its aliases expand to more than kubectl accepts"));
        }
        Ok(())
    }

    /// The value of a node that lies so deep in others.
    fn value(&mut self, node: usize, depth: usize) -> Result<Value, BadYaml> {
        self.count(node)?;
        if depth > DEEPEST {
            return Err(self.bad(node, too_deep()));
        }
        match &self.node(node).content {
            Content::Alias(target) => {
                let target = *target;
                self.through(node, target, |opener| opener.value(target, depth))
            }
            Content::Scalar { .. } => self.scalar(node),
            Content::Sequence(_) => self.sequence(node, depth),
            Content::Mapping(_) => {
                let mut fields = Map::new();
                self.take(node, MAPPING)?;
                self.mapping(node, &mut fields, depth)?;
                Ok(Value::Object(fields))
            }
            Content::Opening => Ok(Value::Null),
        }
    }

    /// Does something within an alias, unless it stands within its target.
    fn through<T>(
        &mut self,
        alias: usize,
        target: usize,
        within: impl FnOnce(&mut Self) -> Result<T, BadYaml>,
    ) -> Result<T, BadYaml> {
        if matches!(self.node(target).content, Content::Opening) {
            return Err(self.bad(alias, "an alias refers to a value that contains it"));
        }
        self.within_aliases += 1;
        let result = within(self)?;
        self.within_aliases -= 1;
        Ok(result)
    }

    /// The content of a collection, which is put back after it was opened.
    fn content(&mut self, node: usize) -> Content {
        mem::replace(&mut self.composed.nodes[node].content, Content::Opening)
    }

    fn sequence(&mut self, node: usize, depth: usize) -> Result<Value, BadYaml> {
        let content = self.content(node);
        let mut values = Vec::new();
        if let Content::Sequence(items) = &content {
            self.take(node, size_of::<Value>() * (items.len() + 1))?;
            values.reserve_exact(items.len());
            for item in items {
                values.push(self.value(*item, depth + 1)?);
            }
        }
        self.composed.nodes[node].content = content;
        Ok(Value::Array(values))
    }

    /// Puts the entries of a mapping among others.
    fn mapping(
        &mut self,
        node: usize,
        fields: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), BadYaml> {
        let content = self.content(node);
        if let Content::Mapping(pairs) = &content {
            self.entries(pairs, fields, depth)?;
        }
        self.composed.nodes[node].content = content;
        Ok(())
    }

    fn entries(
        &mut self,
        pairs: &[usize],
        fields: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), BadYaml> {
        // What stands twice is told from what a merge brings.
        let merges = !fields.is_empty() || pairs.iter().step_by(2).any(|key| self.is_merge(*key));
        let mut written = BTreeSet::new();
        for pair in pairs.chunks_exact(2) {
            let [key, value] = [pair[0], pair[1]];
            if self.is_merge(key) {
                self.merge(value, fields, depth + 1)?;
                continue;
            }
            let name = self.key(key)?;
            let is_twice = if merges {
                !written.insert(name.clone())
            } else {
                fields.contains_key(&name)
            };
            if is_twice {
                return Err(self.twice(pairs, key, name, depth));
            }
            self.take(key, ENTRY + name.len())?;
            let value = self.value(value, depth + 1)?;
            fields.insert(name, value);
        }
        Ok(())
    }

    fn twice(&mut self, pairs: &[usize], second: usize, key: String, depth: usize) -> BadYaml {
        let mut first = second;
        for pair in pairs.chunks_exact(2) {
            if !self.is_merge(pair[0]) && self.key(pair[0]).as_ref() == Ok(&key) {
                first = pair[0];
                break;
            }
        }
        let line = |node: usize| self.node(node).line as usize;
        let twice = Twice {
            key,
            lines: [line(first), line(second)],
            is_outermost: depth == 0,
        };
        BadYaml {
            line: line(second),
            column: 1,
            message: twice.to_string(),
            twice: Some(twice),
        }
    }

    /// Whether a key says that what follows is merged.
    fn is_merge(&self, key: usize) -> bool {
        match &self.node(key).content {
            Content::Scalar { text, tag, plain } => {
                text == "<<" && (*plain || tag.as_deref() == Some("tag:yaml.org,2002:merge"))
            }
            _ => false,
        }
    }

    fn merge(
        &mut self,
        node: usize,
        fields: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), BadYaml> {
        if let Content::Sequence(items) = &self.node(node).content {
            // Those in front go before those behind.
            for item in items.clone().into_iter().rev() {
                self.merge_one(item, fields, depth)?;
            }
            return Ok(());
        }
        self.merge_one(node, fields, depth)
    }

    fn merge_one(
        &mut self,
        node: usize,
        fields: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), BadYaml> {
        self.count(node)?;
        if depth > DEEPEST {
            return Err(self.bad(node, too_deep()));
        }
        // Even a merge that brings nothing new takes time.
        self.take(node, ENTRY)?;
        match self.node(node).content {
            Content::Mapping(_) => self.mapping(node, fields, depth),
            Content::Alias(target)
                if matches!(
                    self.node(target).content,
                    Content::Mapping(_) | Content::Opening
                ) =>
            {
                self.through(node, target, |opener| {
                    opener.count(target)?;
                    opener.mapping(target, fields, depth)
                })
            }
            _ => Err(self.bad(node, "<< can merge only a mapping, or a list of mappings")),
        }
    }

    /// The text of a key.
    fn key(&mut self, node: usize) -> Result<String, BadYaml> {
        self.count(node)?;
        let target = match self.node(node).content {
            Content::Alias(target) => {
                self.aliased = self.aliased.saturating_add(1);
                self.decoded = self.decoded.saturating_add(1);
                target
            }
            _ => node,
        };
        let Content::Scalar { text, tag, plain } = &self.node(target).content else {
            return Err(self.bad(node, "a key must be one value, and not a collection"));
        };
        let scalar = resolve(tag.as_deref(), text, *plain);
        match scalar.map_err(|message| self.bad(node, message))? {
            Scalar::Text(text) => Ok(text.into_owned()),
            Scalar::Bool(bool) => Ok(bool.to_string()),
            Scalar::Int(int) => Ok(int.to_string()),
            Scalar::Float(float) => Ok(short(float)),
            Scalar::Null => Err(self.bad(node, "a key must not be empty or null")),
            Scalar::Large(_) => {
                Err(self.bad(node, "a key is a number that is too large: quote it"))
            }
        }
    }

    fn scalar(&mut self, node: usize) -> Result<Value, BadYaml> {
        let moves = !self.composed.has_aliases;
        let Content::Scalar { text, tag, plain } = &mut self.composed.nodes[node].content else {
            return Ok(Value::Null);
        };
        if tag.is_none() && !*plain && moves {
            return Ok(Value::String(mem::take(text)));
        }
        let value = resolve(tag.as_deref(), text, *plain).and_then(|scalar| match scalar {
            Scalar::Null => Ok(Value::Null),
            Scalar::Bool(bool) => Ok(bool.into()),
            Scalar::Int(int) => Ok(int.into()),
            Scalar::Large(large) => Ok(large.into()),
            Scalar::Float(float) if float.is_finite() => Ok(as_sent(float)),
            Scalar::Float(_) => Err("JSON has no such number: it must be finite".to_owned()),
            Scalar::Text(text) => Ok(Value::String(text.into_owned())),
        });
        let value = value.map_err(|message| self.bad(node, message))?;
        if let Value::String(text) = &value {
            self.take(node, text.len())?;
        }
        Ok(value)
    }
}

/// How much of what is opened may come through aliases.
fn allowed(decoded: u32) -> f64 {
    const LOW: u32 = 400_000;
    const HIGH: u32 = 4_000_000;
    match decoded {
        ..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * f64::from(decoded - LOW) / f64::from(HIGH - LOW),
    }
}

/// A number as go-yaml writes it in a key: with the digits that a short float needs.
#[expect(
    clippy::cast_possible_truncation,
    reason = "go-yaml shortens it in the same way"
)]
fn short(float: f64) -> String {
    let float = float as f32;
    if float.is_nan() {
        return ".nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let written = format!("{float:e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        -4..=5 => float.to_string(),
        exponent => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
    }
}
