//! Which field of a JSON text a place in it belongs to, for messages about what is not understood.

use std::fmt::Write as _;

use super::yaml::Step;

/// Where and why an object is not understood: `spec.replicas: invalid type …`.
pub fn explain_json(json: &str, error: &serde_json::Error) -> String {
    let path = shown(&field_of(json, error));
    let mut message = without_place(error);
    if holds_values(&path) {
        message = without_text(&message);
    }
    format!("{path}: {message}")
}

/// Whether what stands at a path may be a secret.
fn holds_values(path: &str) -> bool {
    const VALUES: &[&str] = &[
        "env",
        "command",
        "args",
        "annotations",
        "data",
        "binaryData",
        "parameters",
        "stringData",
    ];
    path.split(['.', '['])
        .any(|segment| VALUES.contains(&segment))
}

/// What an error says, without the line and column that stand behind it.
pub(super) fn without_place(error: &serde_json::Error) -> String {
    let mut message = error.to_string();
    message.truncate(message.rfind(" at line ").unwrap_or(message.len()));
    message
}

/// serde quotes the text that it did not expect: `invalid type: string "hunter2", expected a map`.
fn without_text(message: &str) -> String {
    match (message.find(" \""), message.rfind("\", expected")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{}", &message[..start], &message[end + 1..])
        }
        _ => message.to_owned(),
    }
}

/// One level of nesting.
enum Level {
    Object { key: String, expects_key: bool },
    Array { index: usize },
}

/// The way to the field that an error is about.
pub(crate) fn field_of(json: &str, error: &serde_json::Error) -> Vec<Step> {
    at(json, error.line(), error.column())
}

/// A way as it is written in messages; `.` when it is the whole.
fn shown(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            Step::Item(number) => {
                // Writing to a text can't fail.
                let _ = write!(path, "[{number}]");
            }
        }
    }
    if path.is_empty() {
        path.push('.');
    }
    path
}

/// The way to the field at a line and column as `serde_json` counts them.
fn at(json: &str, line: usize, column: usize) -> Vec<Step> {
    let start: usize = json
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let end = start.saturating_add(column).min(json.len());
    let bytes = &json.as_bytes()[..end];
    let mut levels: Vec<Level> = Vec::new();
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        position += 1;
        match byte {
            b'{' => levels.push(Level::Object {
                key: String::new(),
                expects_key: true,
            }),
            // Nothing of what a last bracket opens was read.
            b'[' if position < end => levels.push(Level::Array { index: 0 }),
            // The value that just ended is still the one that the place belongs to.
            b'}' | b']' if position < end => {
                levels.pop();
            }
            b',' if position < end => match levels.last_mut() {
                Some(Level::Array { index }) => *index += 1,
                Some(Level::Object { expects_key, .. }) => *expects_key = true,
                None => {}
            },
            b':' => {
                if let Some(Level::Object { expects_key, .. }) = levels.last_mut() {
                    *expects_key = false;
                }
            }
            b'"' => {
                let text_start = position;
                while let Some(byte) = bytes.get(position) {
                    position += 1;
                    match byte {
                        b'\\' => position += 1,
                        b'"' => break,
                        _ => {}
                    }
                }
                if let Some(Level::Object {
                    key,
                    expects_key: true,
                }) = levels.last_mut()
                {
                    let text = bytes.get(text_start..position.saturating_sub(1));
                    *key = String::from_utf8_lossy(text.unwrap_or_default()).into_owned();
                }
            }
            _ => {}
        }
    }
    let steps = levels.into_iter().filter_map(|level| match level {
        Level::Object { key, .. } if key.is_empty() => None,
        Level::Object { key, .. } => Some(Step::Key(key)),
        Level::Array { index } => Some(Step::Item(index)),
    });
    steps.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::explain_json;
    use crate::inventory::{
        Listed,
        kinds::{Deployment, Pod},
    };

    fn why<K: Listed>(json: &str) -> String {
        explain_json(json, &K::from_json(json).unwrap_err())
    }

    #[test]
    fn the_field_that_is_not_understood_is_named() {
        for (json, path) in [
            (
                r#"{"metadata":{"name":"a"},"spec":{"replicas":"many"}}"#,
                "spec.replicas: ",
            ),
            (
                r#"{"spec":{"replicas":1,"template":7},"status":{}}"#,
                "spec.template: ",
            ),
            (r#"{"spec":{"paused":{"a":[1,{"b":2}]}}}"#, "spec.paused: "),
            (
                "{\n \"spec\": {\n  \"replicas\": [1]\n }\n}",
                "spec.replicas: ",
            ),
            ("7", ".: "),
        ] {
            let why = why::<Deployment>(json);
            assert!(why.starts_with(path), "{json}: {why}");
            assert!(!why.contains(" at line "), "{why}");
        }
        let json = r#"{"spec":{"containers":[{"name":"a"},{"name":"b","ports":[{"containerPort":80},{"containerPort":"x"}]}]}}"#;
        let why = why::<Pod>(json);
        assert!(
            why.starts_with("spec.containers[1].ports[1].containerPort: "),
            "{why}"
        );
    }

    #[test]
    fn what_may_be_a_secret_is_not_quoted() {
        let why = why::<Pod>(r#"{"spec":{"containers":[{"name":"a","env":["hunter2"]}]}}"#);
        assert!(
            why.starts_with("spec.containers[0].env") && !why.contains("hunter2"),
            "{why}"
        );
    }

    proptest! {
        #[test]
        fn any_text_and_place_is_borne(json in "\\PC{0,40}", line in 0_usize..4, column in 0_usize..60) {
            let _ = super::at(&json, line, column);
        }
    }
}
