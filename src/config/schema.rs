//! The JSON schema of `kready.yaml`, for editors: it knows every check, parameter and capability.

use std::collections::BTreeSet;

use kready_checks::{
    frame::{Check, Default as ParamDefault},
    model::{Pillar, Severity},
};
use serde_json::{Map, Value, json};

use super::{FailOn, PLACEHOLDER};
use crate::report::Profile;

/// The schema for these checks.
pub(crate) fn schema(registry: &[&'static Check]) -> Value {
    let ids: Vec<&str> = registry.iter().map(|check| check.id).collect();
    let severities: Vec<&str> = Severity::ALL.into_iter().map(Severity::id).collect();
    let terms: Vec<&str> = Pillar::ALL
        .into_iter()
        .map(Pillar::id)
        .chain(severities.iter().copied())
        .chain(ids.iter().copied())
        .collect();
    let capabilities: BTreeSet<&str> = registry
        .iter()
        .filter_map(|check| check.capability)
        .collect();
    let set: Map<String, Value> = registry
        .iter()
        .map(|check| {
            let severity = json!({
                "description": check.title,
                "enum": severities,
                "default": check.severity.id(),
            });
            (check.id.to_owned(), severity)
        })
        .collect();
    let params: Map<String, Value> = registry
        .iter()
        .filter(|check| !check.params.is_empty())
        .map(|check| (check.id.to_owned(), parameters(check)))
        .collect();
    let texts = |description: &str| {
        json!({
            "description": description,
            "type": ["array", "null"],
            "items": {"type": "string"},
        })
    };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://kready.dev/schemas/config-v1.json",
        "title": "The configuration of kready",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "profile": {
                "description": "What the cluster is for. With dev, checks of high availability and observability are of severity info, unless severities say otherwise.",
                "enum": Profile::NAMES,
                "default": Profile::default().id(),
            },
            "severities": mapping("Severities of checks, where the built-in one does not fit.", &set),
            "parameters": mapping("Parameters of checks.", &params),
            "selection": {
                "description": "Which checks run.",
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "only": list_of("Checks, pillars and severities to run; pillars and severities narrow each other.", &terms),
                    "skip": list_of("Checks, pillars and severities to leave out.", &terms),
                },
            },
            "scope": {
                "description": "Which namespaces are audited.",
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": {
                    "namespaces": texts("Namespaces to audit, globs; all when there is none."),
                    "exclude": texts("Namespaces to leave out, globs."),
                    "includeSystem": {
                        "description": "Whether system and platform components count like anyone else's.",
                        "type": "boolean",
                        "default": false,
                    },
                },
            },
            "gate": gate(),
            "report": report(),
            "declarations": {
                "description": "Capabilities that are solved outside the cluster.",
                "type": ["array", "null"],
                "items": granted(
                    &["capability"],
                    json!({"capability": {"enum": capabilities}}),
                ),
            },
            "waivers": {
                "description": "Findings that somebody accepts for a time.",
                "type": ["array", "null"],
                "items": granted(
                    &["check"],
                    json!({
                        "check": {"enum": ids},
                        "objects": {
                            "description": "namespace/kind/name, or kind/name for cluster-scoped objects; each part a glob. None for a finding about the cluster.",
                            "type": ["array", "null"],
                            "items": {"type": "string", "pattern": "^([^/]*/)?[^/]+/[^/]+$"},
                        },
                    }),
                ),
            },
        },
    })
}

fn report() -> Value {
    json!({
        "description": "What a report lists.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "maxFindings": {
                "description": "How many findings of a check are listed at most; 0 lists all. Numbers, score and verdict count all of them.",
                "type": "integer",
                "minimum": 0,
                "default": 0,
            },
        },
    })
}

fn gate() -> Value {
    json!({
        "description": "What the verdict is held against.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "failOn": {
                "description": "The least severity of a check that decides about the verdict.",
                "enum": FailOn::NAMES,
                "default": "high",
            },
            "minScore": share("The least score.", 0),
            "minCoverage": share("The least coverage.", 80),
            "gateNewChecks": {
                "description": "Whether checks that the baseline does not know decide as well.",
                "type": "boolean",
                "default": false,
            },
        },
    })
}

fn mapping(description: &str, properties: &Map<String, Value>) -> Value {
    json!({
        "description": description,
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties,
    })
}

fn list_of(description: &str, words: &[&str]) -> Value {
    json!({
        "description": description,
        "type": ["array", "null"],
        "items": {"enum": words},
    })
}

fn share(description: &str, default: u32) -> Value {
    json!({
        "description": description,
        "type": "number",
        "minimum": 0,
        "maximum": 100,
        "default": default,
    })
}

fn parameters(check: &Check) -> Value {
    let properties: Map<String, Value> = check
        .params
        .iter()
        .map(|param| {
            let schema = match param.default {
                ParamDefault::Int(default) => json!({
                    "description": param.about,
                    "type": "integer",
                    "default": default,
                }),
                ParamDefault::Texts(default) => json!({
                    "description": param.about,
                    "type": ["array", "null"],
                    "items": {"type": "string"},
                    "default": default,
                }),
            };
            (param.name.to_owned(), schema)
        })
        .collect();
    mapping(check.title, &properties)
}

/// A waiver or a declaration: what it is about, and the reason, owner and expiry.
fn granted(required: &[&str], about: Value) -> Value {
    let filled_in = |description: &str| {
        json!({
            "description": description,
            "type": "string",
            "pattern": "\\S",
            "not": {"pattern": format!("^\\s*{PLACEHOLDER}")},
        })
    };
    let mut properties = Map::new();
    if let Value::Object(about) = about {
        properties.extend(about);
    }
    properties.extend([
        ("reason".to_owned(), filled_in("Why it is acceptable.")),
        ("owner".to_owned(), filled_in("Who answers for it.")),
        (
            "expires".to_owned(),
            json!({
                "description": "The last day on which it holds, at most 365 days away.",
                "type": "string",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            }),
        ),
    ]);
    let required: Vec<&str> = required
        .iter()
        .copied()
        .chain(["reason", "owner", "expires"])
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}
