//! The keys of waivers and declarations, which accept something for a time.

use std::collections::{BTreeSet, btree_map::Entry};

use jiff::civil::Date;
use kready_checks::frame::Check;
use serde_json::{Value as Schema, json};

use super::{
    contents::{Config, Expiry},
    labels,
    located::{Node, Position, Value},
    read::{ConfigReader, Lacking},
    schema::{Vocabulary, filled_in, list, mapping},
    table::{Key, properties, read_by},
};
use crate::{
    escape,
    report::{Declared, Grant, ObjectPattern, Selector, Waiver, WaiverOrigin},
};

/// A waiver or a declaration while it is read.
#[derive(Default)]
pub(super) struct Draft {
    check: Option<&'static Check>,
    objects: Vec<ObjectPattern>,
    /// Whether something about its objects could not be read.
    unclear: bool,
    selector: Option<Selector>,
    namespace_selector: Option<Selector>,
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
            "description": "namespace/kind/name, or kind/name for cluster-scoped objects; each part a glob. With a selector all whose labels fit, unless named here; with neither the waiver is about the cluster as a whole.",
            "type": ["array", "null"],
            "items": {"type": "string", "pattern": "^([^/]*/)?[^/]+/[^/]+$"},
        })
    },
    read: |reader, name, node, draft| {
        for (position, text) in reader.texts(node, name) {
            match ObjectPattern::parse(text) {
                Ok(pattern) => draft.objects.push(pattern),
                Err(problem) => {
                    draft.unclear = true;
                    reader.problem(position, escape::text(&problem).into_owned());
                }
            }
        }
    },
};
const SELECTOR: Key<Draft> = Key {
    name: "selector",
    schema: |_| {
        labels::schema(
            "The labels of the objects: as `kubectl get -l` takes them, or as matchLabels and matchExpressions.",
        )
    },
    read: |reader, name, node, draft| {
        draft.selector = labels::read(reader, name, node);
        draft.unclear |= draft.selector.is_none();
    },
};
const NAMESPACE_SELECTOR: Key<Draft> = Key {
    name: "namespaceSelector",
    schema: |_| labels::schema("The labels of the objects' namespaces."),
    read: |reader, name, node, draft| {
        draft.namespace_selector = labels::read(reader, name, node);
        draft.unclear |= draft.namespace_selector.is_none();
    },
};

pub(super) const DECLARATION: [Key<Draft>; 4] = [EXPIRES, OWNER, REASON, CAPABILITY];
const WAIVER: [Key<Draft>; 7] = [
    EXPIRES,
    OWNER,
    REASON,
    CHECK,
    OBJECTS,
    SELECTOR,
    NAMESPACE_SELECTOR,
];

/// The keys of a waiver that need not be there.
const OPTIONAL: [&str; 3] = [OBJECTS.name, SELECTOR.name, NAMESPACE_SELECTOR.name];

/// The keys of `waivers`, where it is a mapping.
const WAIVERS: [Key<Config>; 2] = [
    Key {
        name: "annotations",
        schema: |_| {
            json!({
                "description": "Whether `kready.dev/waive-CHECK: \"reason; owner; until 2027-03-31\"` on an object waives what CHECK finds there. Whoever may edit an object may then waive.",
                "enum": ANNOTATIONS,
                "default": "ignored",
            })
        },
        read: |reader, name, node, config| {
            let parse = |text: &str| match text {
                "allowed" => Some(true),
                "ignored" => Some(false),
                _ => None,
            };
            config.annotations = reader.word(name, node, parse, &ANNOTATIONS);
        },
    },
    Key {
        name: "list",
        schema: |vocabulary| list("The waivers themselves.", &granted(vocabulary, &WAIVER)),
        read: |reader, name, node, config| waiver_list(reader, name, node, config),
    },
];

const ANNOTATIONS: [&str; 2] = ["allowed", "ignored"];

/// What may stand behind `waivers`: a list, or a mapping that says more.
pub(super) fn waivers_schema(vocabulary: &Vocabulary) -> Schema {
    let description = "Findings that somebody accepts for a time.";
    json!({
        "description": description,
        "anyOf": [
            list("The waivers.", &granted(vocabulary, &WAIVER)),
            mapping(
                "The waivers, and whether those of annotations count.",
                &properties(vocabulary, &WAIVERS),
            ),
        ],
    })
}

/// The keys that have to be there: what it is about, then the reason, owner and expiry.
fn required(keys: &[Key<Draft>]) -> impl Iterator<Item = &'static str> {
    keys.iter()
        .rev()
        .map(|key| key.name)
        .filter(|name| !OPTIONAL.contains(name))
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
                file: reader.file.to_owned(),
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
    match &node.value {
        Value::Map(_) => read_by(&WAIVERS, reader, (name, "key of waivers"), node, config),
        Value::List(_) | Value::Null => waiver_list(reader, name, node, config),
        _ => reader.wrong(node, name, "a list, or a mapping with a list"),
    }
}

/// The waivers of a file of `waivers.d`: a list, or a mapping with one under `waivers`.
pub(super) fn waivers_of_file(reader: &mut ConfigReader<'_>, root: &Node, config: &mut Config) {
    const NAME: &str = "waivers";
    let Value::Map(entries) = &root.value else {
        return waiver_list(reader, NAME, root, config);
    };
    for (key, node) in entries {
        if key.name == NAME {
            waiver_list(reader, NAME, node, config);
        } else {
            let problem = format!(
                "a file of waivers holds `{NAME}` alone: `{}` belongs in the configuration",
                escape::text(&key.name)
            );
            reader.problem(key.position, problem);
        }
    }
}

fn waiver_list(
    reader: &mut ConfigReader<'_>,
    name: &'static str,
    node: &Node,
    config: &mut Config,
) {
    for item in reader.items(node, name) {
        let Some(draft) = draft(reader, item, "waiver", &WAIVER) else {
            continue;
        };
        let Some(check) = draft.check.filter(|_| !draft.unclear) else {
            continue;
        };
        if let Some((position, grant)) = grant(draft.reason, draft.owner, draft.expires) {
            config.expiries.push(Expiry {
                file: reader.file.to_owned(),
                position,
                what: format!("the waiver of {}", check.id),
                grant: grant.clone(),
            });
            let waiver = Waiver {
                check: check.id.to_owned(),
                objects: draft.objects,
                selector: draft.selector,
                namespace_selector: draft.namespace_selector,
                grant,
                origin: WaiverOrigin::File {
                    file: reader.file.to_owned(),
                    line: item.position.line,
                },
            };
            match config.written.entry(waiver.subject()) {
                Entry::Occupied(other) => {
                    let problem = format!(
                        "this waiver of {} is written twice: {} has it as well",
                        check.id,
                        other.get()
                    );
                    reader.problem(item.position, problem);
                }
                Entry::Vacant(new) => {
                    new.insert(waiver.origin.place());
                    config.waivers.push(waiver);
                }
            }
        }
    }
}

/// Reads a waiver or a declaration.
fn draft(
    reader: &mut ConfigReader<'_>,
    item: &Node,
    what: &'static str,
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
    let is_there = |name: &str| entries.iter().any(|(key, _)| key.name == name);
    // What is of another type is told by itself.
    let lacks = |name: &str, read: &Option<String>| {
        let value = entries.iter().find(|(key, _)| key.name == name);
        let is_text =
            value.is_none_or(|(_, node)| matches!(node.value, Value::Text(_) | Value::Null));
        read.is_none() && is_text
    };
    let lacking = Lacking {
        what,
        reason: lacks(REASON.name, &draft.reason),
        owner: lacks(OWNER.name, &draft.owner),
    };
    if lacking.reason || lacking.owner {
        reader.lacks(item.position, lacking);
    }
    let missing: BTreeSet<&str> = required(keys)
        .filter(|name| ![REASON.name, OWNER.name].contains(name) && !is_there(name))
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
