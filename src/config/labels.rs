//! Label selectors of the configuration: a text as kubectl takes it, or Kubernetes' own mapping.

use serde_json::{Value as Schema, json};

use super::{
    located::{Node, Value},
    read::ConfigReader,
};
use crate::{
    escape,
    report::{Operator, Requirement, Selector},
};

/// What may stand behind a selector.
pub(super) fn schema(description: &str) -> Schema {
    json!({
        "description": description,
        "anyOf": [
            {"type": "string", "pattern": "\\S"},
            {
                "type": "object",
                "additionalProperties": false,
                "minProperties": 1,
                "properties": {
                    "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "matchExpressions": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": ["key", "operator"],
                            "properties": {
                                "key": {"type": "string"},
                                "operator": {"enum": Operator::NAMES},
                                "values": {"type": "array", "items": {"type": "string"}},
                            },
                        },
                    },
                },
            },
        ],
    })
}

/// Reads a selector; none when it is wrong, which is told.
pub(super) fn read(reader: &mut ConfigReader<'_>, name: &str, node: &Node) -> Option<Selector> {
    let read = match &node.value {
        Value::Text(text) => Selector::parse(text),
        Value::Map(_) => Selector::of(&requirements(reader, name, node)?)
            .map_err(|problem| format!("`{name}` is not a label selector: {problem}")),
        _ => {
            let expected = "a text such as app=cart,tier in (web), or a mapping with matchLabels";
            reader.wrong(node, name, expected);
            return None;
        }
    };
    read.map_err(|problem| reader.problem(node.position, escape::text(&problem)))
        .ok()
}

fn requirements(
    reader: &mut ConfigReader<'_>,
    name: &str,
    node: &Node,
) -> Option<Vec<Requirement>> {
    const KEYS: [&str; 2] = ["matchLabels", "matchExpressions"];
    let mut all = Some(Vec::new());
    let mut add = |requirement: Option<Requirement>| match (&mut all, requirement) {
        (Some(all), Some(requirement)) => all.push(requirement),
        (all, _) => *all = None,
    };
    for (key, node) in reader.entries(node, name) {
        match key.name.as_str() {
            "matchLabels" => {
                for (label, value) in reader.entries(node, &key.name) {
                    let value = reader.text(value, &label.name);
                    add(value.map(|value| Requirement {
                        key: label.name.clone(),
                        operator: Operator::In,
                        values: vec![value.to_owned()],
                    }));
                }
            }
            "matchExpressions" => {
                for item in reader.items(node, &key.name) {
                    add(expression(reader, item));
                }
            }
            _ => {
                reader.unknown_key(key, "key of a selector", KEYS);
                add(None);
            }
        }
    }
    all
}

fn expression(reader: &mut ConfigReader<'_>, item: &Node) -> Option<Requirement> {
    const KEYS: [&str; 3] = ["key", "operator", "values"];
    let (mut key, mut operator, mut values) = (None, None, Some(Vec::new()));
    let mut said = 0;
    for (name, node) in reader.entries(item, "an entry of matchExpressions") {
        match name.name.as_str() {
            "key" => {
                said += 1;
                key = reader.text(node, "key").map(str::to_owned);
            }
            "operator" => {
                said += 1;
                operator = reader.word("operator", node, Operator::parse, &Operator::NAMES);
            }
            "values" => {
                let count = reader.items(node, "values").len();
                let texts = reader.texts(node, "values");
                let texts: Vec<String> =
                    texts.into_iter().map(|(_, text)| text.to_owned()).collect();
                values = Some(texts).filter(|texts| texts.len() == count);
            }
            _ => {
                reader.unknown_key(name, "key of a requirement", KEYS);
                return None;
            }
        }
    }
    if said < 2 {
        let problem = "a requirement needs a key and an operator";
        reader.problem(item.position, problem);
    }
    Some(Requirement {
        key: key?,
        operator: operator?,
        values: values?,
    })
}
