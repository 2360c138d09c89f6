//! The pieces of the configuration's JSON schema.

use std::collections::BTreeSet;

use kready_checks::{
    frame::Check,
    inventory::{IntParam, Param},
    model::{Pillar, Severity},
};
use serde_json::{Map, Value, json};

use crate::report::PLACEHOLDER;

/// The words that a configuration may use.
pub(super) struct Vocabulary {
    registry: Vec<&'static Check>,
    /// All checks.
    pub(super) ids: Vec<&'static str>,
    /// What a selection can name.
    pub(super) terms: Vec<&'static str>,
    /// What a declaration can name.
    pub(super) capabilities: BTreeSet<&'static str>,
}

impl Vocabulary {
    pub(super) fn of(registry: &[&'static Check]) -> Self {
        let ids: Vec<&str> = registry.iter().map(|check| check.id).collect();
        Self {
            terms: Pillar::ALL
                .into_iter()
                .map(Pillar::id)
                .chain(Severity::ALL.into_iter().map(Severity::id))
                .chain(ids.iter().copied())
                .collect(),
            capabilities: registry
                .iter()
                .filter_map(|check| check.capability)
                .collect(),
            registry: registry.to_vec(),
            ids,
        }
    }

    /// A severity for each check.
    pub(super) fn severities(&self) -> Map<String, Value> {
        let severities = Severity::ALL.map(Severity::id);
        self.registry
            .iter()
            .map(|check| {
                let severity = json!({
                    "description": check.title,
                    "enum": severities,
                    "default": check.severity.id(),
                });
                (check.id.to_owned(), severity)
            })
            .collect()
    }

    /// The parameters of each check that has some.
    pub(super) fn parameters(&self) -> Map<String, Value> {
        self.registry
            .iter()
            .filter(|check| !check.params.is_empty())
            .map(|check| (check.id.to_owned(), parameters(check)))
            .collect()
    }
}

pub(super) fn texts(description: &str) -> Value {
    json!({
        "description": description,
        "type": ["array", "null"],
        "items": {"type": "string"},
    })
}

/// A switch that is off by default.
pub(super) fn boolean(description: &str) -> Value {
    json!({
        "description": description,
        "type": "boolean",
        "default": false,
    })
}

pub(super) fn list(description: &str, items: &Value) -> Value {
    json!({
        "description": description,
        "type": ["array", "null"],
        "items": items,
    })
}

pub(super) fn mapping(description: &str, properties: &Map<String, Value>) -> Value {
    json!({
        "description": description,
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties,
    })
}

pub(super) fn list_of(description: &str, words: &[&str]) -> Value {
    json!({
        "description": description,
        "type": ["array", "null"],
        "items": {"enum": words},
    })
}

pub(super) fn share(description: &str, default: u32) -> Value {
    json!({
        "description": description,
        "type": "number",
        "minimum": 0,
        "maximum": 100,
        "default": default,
    })
}

/// A text that a person wrote.
pub(super) fn filled_in(description: &str) -> Value {
    json!({
        "description": description,
        "type": "string",
        "pattern": "\\S",
        "not": {"pattern": format!("^\\s*{PLACEHOLDER}")},
    })
}

fn parameters(check: &Check) -> Value {
    let properties: Map<String, Value> = check
        .params
        .iter()
        .map(|param| {
            let schema = match param {
                Param::Int(param) => json!({
                    "description": param.about,
                    "type": "integer",
                    "minimum": IntParam::RANGE.start(),
                    "maximum": IntParam::RANGE.end(),
                    "default": param.default,
                }),
                Param::Texts(param) => json!({
                    "description": param.about,
                    "type": ["array", "null"],
                    "items": {"type": "string"},
                    "default": param.default,
                }),
            };
            (param.name().to_owned(), schema)
        })
        .collect();
    mapping(check.title, &properties)
}
