//! Where the fields of objects stand in a text that was read before: asked of few objects, so that no reading keeps it.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::{
    compose::{Composed, Content},
    read::{Lines, RawList, offset},
    split::chunks,
};
use crate::model::Text;

/// A field whose line is asked for.
#[derive(Clone, Copy, Debug)]
pub struct FieldAt<'a> {
    /// The line on which its object begins, counted from one.
    pub line: u32,
    /// The object's name.
    pub name: &'a str,
    /// The way to it, as findings write it: `spec.template.spec.containers[name=app].image`.
    pub path: &'a str,
}

/// A part of a text that can be understood by itself: a document, or an item of a list in JSON.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'t> {
    text: &'t str,
    /// The line on which it begins, counted from one.
    pub first: u32,
    /// The line on which it ends.
    pub last: u32,
}

impl<'t> Piece<'t> {
    fn of(text: &'t str, first: u32) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        let last = first.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        Self { text, first, last }
    }

    /// The lines of fields, or of as much of the way to each as there is; none where its object isn't found.
    pub fn lines_of(&self, asked: &[FieldAt<'_>]) -> Vec<Option<u32>> {
        let Ok(composed) = Composed::of(self.text) else {
            return vec![None; asked.len()];
        };
        // Of a name that several objects bear, the line tells which it is.
        let mut on_line: HashMap<(Text, u32), usize> = HashMap::new();
        let mut by_name: HashMap<Text, Option<usize>> = HashMap::new();
        for object in composed.objects() {
            let name = Text::from(composed.name_of(object));
            let line = self.first - 1 + composed.nodes[object].line;
            on_line.entry((name.clone(), line)).or_insert(object);
            by_name
                .entry(name)
                .and_modify(|only| *only = None)
                .or_insert(Some(object));
        }
        let lines = asked.iter().map(|asked| {
            let name = Text::from(asked.name);
            let only = by_name.get(&name).copied().flatten();
            let object = on_line.get(&(name, asked.line)).copied().or(only)?;
            Some(self.first - 1 + composed.line_within(object, asked.path))
        });
        lines.collect()
    }
}

/// The parts of a text, as [`super::read`] reads it, in the order of their lines.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    if text.trim_start().starts_with(['{', '['])
        && let Some(pieces) = pieces_of_json(text)
    {
        return pieces;
    }
    chunks(text)
        .map(|chunk| Piece::of(chunk.text, u32::try_from(chunk.first).unwrap_or(u32::MAX)))
        .collect()
}

/// Those of JSON values in a row; none when it is something else.
fn pieces_of_json(text: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut lines = Lines::new(text);
    for raw in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        let raw = raw.ok()?.get();
        let items = if raw.starts_with('[') {
            serde_json::from_str(raw).unwrap_or_default()
        } else {
            serde_json::from_str::<RawList<'_>>(raw).map_or_else(|_| Vec::new(), |list| list.items)
        };
        if items.is_empty() {
            pieces.push(Piece::of(raw, lines.at(offset(text, raw))));
        }
        for item in items {
            pieces.push(Piece::of(item.get(), lines.at(offset(text, item.get()))));
        }
    }
    Some(pieces)
}

impl Composed {
    /// What an object's metadata calls it.
    fn name_of(&self, object: usize) -> &str {
        let within = |node: usize, key: &str| match &self.nodes[self.target(node)].content {
            Content::Mapping(pairs) => self.entry(pairs, key).map(|(_, value)| value),
            _ => None,
        };
        within(object, "metadata")
            .and_then(|metadata| within(metadata, "name"))
            .and_then(|name| self.scalar(name))
            .unwrap_or_default()
    }

    fn scalar(&self, node: usize) -> Option<&str> {
        match &self.nodes[self.target(node)].content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The line of what a path within a node leads to, or of as much of the way as there is.
    ///
    /// Keys may hold dots and brackets: what is written next in the path is looked for among what is there.
    fn line_within(&self, node: usize, path: &str) -> u32 {
        let (mut at, mut line, mut rest) = (node, self.nodes[node].line, path);
        while !rest.is_empty() {
            let next = match &self.nodes[self.target(at)].content {
                Content::Mapping(pairs) => self.next_key(pairs, rest),
                Content::Sequence(items) => self.next_item(items, rest),
                _ => None,
            };
            let Some((place, value, left)) = next else {
                break;
            };
            line = self.nodes[place].line;
            (at, rest) = (value, left.strip_prefix('.').unwrap_or(left));
        }
        line
    }

    /// The longest key with which a path goes on, its value, and the rest of the path.
    fn next_key<'p>(&self, pairs: &[usize], path: &'p str) -> Option<(usize, usize, &'p str)> {
        let mut longest: Option<(usize, usize, &str)> = None;
        for pair in pairs.chunks_exact(2) {
            let Some(key) = self.scalar(pair[0]).filter(|key| !key.is_empty()) else {
                continue;
            };
            let bracketed = path.strip_prefix('[').and_then(|path| {
                let rest = path.strip_prefix(key)?;
                rest.strip_prefix(']')
            });
            let plain = path
                .strip_prefix(key)
                .filter(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
            let Some(rest) = bracketed.or(plain) else {
                continue;
            };
            if longest.is_none_or(|(_, _, other)| rest.len() <= other.len()) {
                longest = Some((pair[0], pair[1], rest));
            }
        }
        longest
    }

    /// The item that a path names by its number, its value or one of its fields, and the rest of the path.
    fn next_item<'p>(&self, items: &[usize], path: &'p str) -> Option<(usize, usize, &'p str)> {
        let chosen = path.strip_prefix('[')?;
        let until = |value: &str| chosen.strip_prefix(value)?.strip_prefix(']');
        let by_field = chosen.split_once('=');
        items.iter().enumerate().find_map(|(number, item)| {
            let rest = match &self.nodes[self.target(*item)].content {
                Content::Scalar { text, .. } => until(text),
                _ => by_field.and_then(|(field, wanted)| {
                    let value = self.value_of(*item, field).unwrap_or_default();
                    wanted.strip_prefix(value)?.strip_prefix(']')
                }),
            };
            let rest = rest.or_else(|| until(&number.to_string()))?;
            Some((*item, *item, rest))
        })
    }

    /// What a field of an item says: `name`, `resource.name`, or the name of what it refers to.
    fn value_of(&self, item: usize, field: &str) -> Option<&str> {
        let mut at = item;
        for key in field.split('.') {
            let Content::Mapping(pairs) = &self.nodes[self.target(at)].content else {
                return None;
            };
            (_, at) = self.entry(pairs, key)?;
        }
        match &self.nodes[self.target(at)].content {
            Content::Mapping(pairs) => {
                let (_, name) = self.entry(pairs, "name")?;
                self.scalar(name)
            }
            _ => self.scalar(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FieldAt, pieces};

    fn line(text: &str, line: u32, name: &str, path: &str) -> Option<u32> {
        let asked = [FieldAt { line, name, path }];
        let pieces = pieces(text);
        let mut within = pieces
            .iter()
            .filter(|piece| (piece.first..=piece.last).contains(&line));
        within.find_map(|piece| piece.lines_of(&asked)[0])
    }

    const MANIFEST: &str = "# a comment
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  labels:
    app.kubernetes.io/name: cart
    app: cart
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: log
        image: log:1
      - image: cart:1
        name: app
        ports:
        - containerPort: 8080
          hostPort: 8080
        envFrom:
        - secretRef:
            name: keys
        securityContext: &none
          capabilities: {add: [
            NET_ADMIN,
            SYS_TIME]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: 'cart'}
spec:
  rules:
  - http: {paths: []}
  - host: shop.example
    http:
      paths:
      - path: /
        backend: a
      - path: /x]y
        backend: b
";

    #[test]
    fn a_field_has_its_own_line_and_a_missing_one_that_of_the_nearest_above() {
        for (path, expected) in [
            ("spec.replicas", 11),
            ("spec.template.spec.containers[name=app].image", 17),
            ("spec.template.spec.containers[name=log]", 15),
            (
                "spec.template.spec.containers[name=app].ports[containerPort=8080].hostPort",
                21,
            ),
            (
                "spec.template.spec.containers[name=app].envFrom[secretRef=keys]",
                23,
            ),
            ("spec.template.spec.containers[1].name", 18),
            (
                "spec.template.spec.containers[name=app].securityContext.capabilities.add[SYS_TIME]",
                28,
            ),
            ("metadata.labels[app.kubernetes.io/name]", 8),
            ("metadata.labels.app.kubernetes.io/name", 8),
            ("metadata.labels[app]", 9),
            ("metadata.annotations[a.b/c]", 5),
            (
                "spec.template.spec.containers[name=app].resources.requests.cpu",
                17,
            ),
            ("spec.template.spec.containers[name=none].image", 14),
            ("spec.strategy", 10),
            ("status.conditions[type=Ready]", 3),
            ("", 3),
        ] {
            assert_eq!(line(MANIFEST, 3, "cart", path), Some(expected), "{path}");
        }
        for (path, expected) in [
            (
                "spec.rules[host=shop.example].http.paths[path=/].backend",
                40,
            ),
            (
                "spec.rules[host=shop.example].http.paths[path=/x]y].backend",
                42,
            ),
            ("spec.rules[host=].http.paths", 35),
        ] {
            assert_eq!(line(MANIFEST, 30, "cart", path), Some(expected), "{path}");
        }
        assert_eq!(line(MANIFEST, 3, "basket", "spec.replicas"), None);
        assert_eq!(line("a:\n  [", 1, "cart", "a"), None);
    }

    #[test]
    fn objects_of_lists_are_told_apart() {
        let yaml = "apiVersion: v1\nkind: List\nitems:\n- kind: A\n  metadata: {name: a}\n  spec:\n    x: 1\n- kind: B\n  metadata: {name: a}\n  spec:\n    x: 1\n";
        assert_eq!(line(yaml, 4, "a", "spec.x"), Some(7));
        assert_eq!(line(yaml, 8, "a", "spec.x"), Some(11));
        let json = "{\"kind\": \"List\", \"apiVersion\": \"v1\",\n\"items\": [\n{\"kind\": \"A\", \"metadata\": {\"name\": \"a\"},\n\"spec\": {\n\"x\": 1}}, {\"kind\": \"B\", \"metadata\": {\"name\": \"b\"},\n\"spec\": {\n\"x\": 1}}]}\n{\"kind\": \"C\",\n\"metadata\": {\"name\": \"c\"}}\n";
        assert_eq!(line(json, 3, "a", "spec.x"), Some(5));
        assert_eq!(line(json, 5, "b", "spec.x"), Some(7));
        assert_eq!(line(json, 8, "c", "metadata.name"), Some(9));
        let flow = "{kind: A,\n metadata: {name: a},\n spec: {x: 1}}\n";
        assert_eq!(line(flow, 1, "a", "spec.x"), Some(3));
        let aliases = "kind: A\nmetadata: &m\n  name: a\n  labels: {x: y}\nspec: *m\n";
        assert_eq!(line(aliases, 1, "a", "spec.labels"), Some(4));
    }

    proptest! {
        #[test]
        fn any_text_and_path_is_borne(text in "[ -~\\n]{0,60}", path in "\\PC{0,30}", at in 0_u32..4) {
            let _ = line(&text, at, "", &path);
            let named = format!("metadata:\n  name: a\n{text}");
            let _ = line(&named, at, "a", &path);
        }
    }
}
