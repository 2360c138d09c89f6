//! The keys of waivers and declarations, which accept something for a time.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kready_checks::frame::Check;
use serde_json::{Value as Schema, json};

use super::{
    contents::{Config, Expiry},
    located::{Node, Position, Value},
    read::ConfigReader,
    schema::{Vocabulary, filled_in},
    table::{Key, properties, read_by},
};
use crate::{
    escape,
    report::{Declared, Grant, ObjectPattern, Waiver},
};

/// A waiver or a declaration while it is read.
#[derive(Default)]
pub(super) struct Draft {
    check: Option<&'static Check>,
    objects: Vec<ObjectPattern>,
    capability: Option<String>,
    reason: Option<String>,
    owner: Option<String>,
    expires: Option<(Position, Date)>,
}

const EXPIRES: Key<Draft> = Key {
    name: "expires",
    schema: |_| {
        json!({
            "description": "The last day on which it holds, at most 365 days away.",
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        })
    },
    read: |reader, name, node, draft| {
        let Some(text) = reader.text(node, name) else {
            return;
        };
        match text.parse() {
            Ok(date) if text.len() == "2026-12-31".len() => {
                draft.expires = Some((node.position, date));
            }
            _ => reader.problem(
                node.position,
                format!("`{}` is not a day such as 2026-12-31", escape::text(text)),
            ),
        }
    },
};
const OWNER: Key<Draft> = Key {
    name: "owner",
    schema: |_| filled_in("Who answers for it."),
    read: |reader, name, node, draft| draft.owner = reader.filled_in(node, name),
};
const REASON: Key<Draft> = Key {
    name: "reason",
    schema: |_| filled_in("Why it is acceptable."),
    read: |reader, name, node, draft| draft.reason = reader.filled_in(node, name),
};
const CAPABILITY: Key<Draft> = Key {
    name: "capability",
    schema: |vocabulary| json!({"enum": vocabulary.capabilities}),
    read: |reader, name, node, draft| {
        let Some(name) = reader.text(node, name) else {
            return;
        };
        let known: BTreeSet<&str> = reader
            .registry
            .iter()
            .filter_map(|check| check.capability)
            .collect();
        if known.contains(name) {
            draft.capability = Some(name.to_owned());
        } else {
            reader.unknown(node.position, "capability", name, known);
        }
    },
};
const CHECK: Key<Draft> = Key {
    name: "check",
    schema: |vocabulary| json!({"enum": vocabulary.ids}),
    read: |reader, name, node, draft| {
        if let Some(id) = reader.text(node, name) {
            draft.check = reader.check(node.position, id);
        }
    },
};
const OBJECTS: Key<Draft> = Key {
    name: "objects",
    schema: |_| {
        json!({
            "description": "namespace/kind/name, or kind/name for cluster-scoped objects; each part a glob. None for a finding about the cluster.",
            "type": ["array", "null"],
            "items": {"type": "string", "pattern": "^([^/]*/)?[^/]+/[^/]+$"},
        })
    },
    read: |reader, name, node, draft| {
        for (position, text) in reader.texts(node, name) {
            match ObjectPattern::parse(text) {
                Ok(pattern) => draft.objects.push(pattern),
                Err(problem) => {
                    reader.problem(position, escape::text(&problem).into_owned());
                }
            }
        }
    },
};

pub(super) const DECLARATION: [Key<Draft>; 4] = [EXPIRES, OWNER, REASON, CAPABILITY];
pub(super) const WAIVER: [Key<Draft>; 5] = [EXPIRES, OWNER, REASON, CHECK, OBJECTS];

/// The keys that have to be there: what it is about, then the reason, owner and expiry.
fn required(keys: &[Key<Draft>]) -> impl Iterator<Item = &'static str> {
    keys.iter()
        .rev()
        .map(|key| key.name)
        .filter(|name| *name != OBJECTS.name)
}

/// The schema of a waiver or a declaration.
pub(super) fn granted(vocabulary: &Vocabulary, keys: &[Key<Draft>]) -> Schema {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required(keys).collect::<Vec<_>>(),
        "properties": properties(vocabulary, keys),
    })
}

pub(super) fn declarations(
    reader: &mut ConfigReader<'_>,
    name: &'static str,
    node: &Node,
    config: &mut Config,
) {
    for item in reader.items(node, name) {
        let Some(draft) = draft(reader, item, "declaration", &DECLARATION) else {
            continue;
        };
        if let (Some((position, grant)), Some(capability)) = (
            grant(draft.reason, draft.owner, draft.expires),
            draft.capability,
        ) {
            config.expiries.push(Expiry {
                position,
                what: format!("the declaration of {capability}"),
                grant: grant.clone(),
            });
            config.declarations.push(Declared { capability, grant });
        }
    }
}

pub(super) fn waivers(
    reader: &mut ConfigReader<'_>,
    name: &'static str,
    node: &Node,
    config: &mut Config,
) {
    for item in reader.items(node, name) {
        let Some(draft) = draft(reader, item, "waiver", &WAIVER) else {
            continue;
        };
        if let (Some((position, grant)), Some(check)) =
            (grant(draft.reason, draft.owner, draft.expires), draft.check)
        {
            config.expiries.push(Expiry {
                position,
                what: format!("the waiver of {}", check.id),
                grant: grant.clone(),
            });
            config.waivers.push(Waiver {
                check: check.id.to_owned(),
                objects: draft.objects,
                grant,
            });
        }
    }
}

/// Reads a waiver or a declaration.
fn draft(
    reader: &mut ConfigReader<'_>,
    item: &Node,
    what: &str,
    keys: &[Key<Draft>],
) -> Option<Draft> {
    let Value::Map(entries) = &item.value else {
        reader.wrong(item, &format!("a {what}"), "a mapping");
        return None;
    };
    let mut draft = Draft::default();
    let name = format!("a {what}");
    read_by(
        keys,
        reader,
        (&name, &format!("key of {name}")),
        item,
        &mut draft,
    );
    let missing: BTreeSet<&str> = required(keys)
        .filter(|name| entries.iter().all(|(key, _)| key.name != *name))
        .collect();
    if !missing.is_empty() {
        let missing: Vec<&str> = missing.into_iter().collect();
        reader.problem(
            item.position,
            format!("this {what} lacks {}", missing.join(", ")),
        );
    }
    Some(draft)
}

fn grant(
    reason: Option<String>,
    owner: Option<String>,
    expires: Option<(Position, Date)>,
) -> Option<(Position, Grant)> {
    let (position, expires) = expires?;
    let grant = Grant {
        reason: reason?,
        owner: owner?,
        expires,
    };
    Some((position, grant))
}
