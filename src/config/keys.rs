//! Every key of the configuration: its name, what may stand behind it, and how that is read.

use kready_checks::{
    frame::Check,
    inventory::{IntParam, Param, Value as ParamValue},
    model::Severity,
};
use serde_json::{Value as Schema, json};

use super::{
    contents::{Config, FailOn},
    exceptions::{DECLARATION, declarations, granted, waivers, waivers_of_file, waivers_schema},
    located::{Node, Position, Value},
    read::ConfigReader,
    schema::{Vocabulary, boolean, list, list_of, mapping, share, texts},
    selection::Term,
    table::{Key, properties, read_by, section},
};
use crate::{
    escape,
    pattern::Pattern,
    report::{Profile, is_label_key},
};

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The configuration itself.
    Configuration,
    /// A file of waivers beside it.
    Waivers,
}

/// What is wrong with a document, and whether drafts that somebody has to fill in are all of it.
#[derive(Default)]
pub(super) struct Wrong {
    pub(super) problems: Vec<(Position, String)>,
    pub(super) drafts_only: bool,
}

/// Adds what a document says, and tells what is wrong with it.
pub(super) fn read(
    root: &Node,
    (file, purpose): (&str, Purpose),
    registry: &[&'static Check],
    config: &mut Config,
) -> Wrong {
    let mut reader = ConfigReader::new(registry, file);
    match purpose {
        Purpose::Configuration => read_by(
            &ROOT,
            &mut reader,
            ("the configuration", "key"),
            root,
            config,
        ),
        Purpose::Waivers => waivers_of_file(&mut reader, root, config),
    }
    config.renamed.append(&mut reader.renamed);
    Wrong {
        drafts_only: reader.has_drafts_only(),
        problems: reader.into_problems(),
    }
}

/// The JSON schema of `kready.yaml`, for editors: it knows every check, parameter and capability.
pub(crate) fn schema(registry: &[&'static Check]) -> Schema {
    let vocabulary = Vocabulary::of(registry);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://kready.dev/schemas/config-v1.json",
        "title": "The configuration of kready",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties(&vocabulary, &ROOT),
    })
}

const ROOT: [Key<Config>; 9] = [
    Key {
        name: "declarations",
        schema: |vocabulary| {
            list(
                "Capabilities that are provided outside the cluster.",
                &granted(vocabulary, &DECLARATION),
            )
        },
        read: declarations,
    },
    Key {
        name: "gate",
        schema: |vocabulary| section("What the verdict depends on.", vocabulary, &GATE),
        read: |reader, name, node, config| {
            read_by(&GATE, reader, (name, "key of gate"), node, config);
        },
    },
    Key {
        name: "parameters",
        schema: |vocabulary| mapping("Parameters of checks.", &vocabulary.parameters()),
        read: parameters,
    },
    Key {
        name: "profile",
        schema: |_| {
            json!({
                "description": "What the cluster is for. With dev, checks of high availability and observability are of severity info, unless severities say otherwise.",
                "enum": Profile::NAMES,
                "default": Profile::default().id(),
            })
        },
        read: |reader, name, node, config| {
            config.profile = reader.word(name, node, Profile::parse, &Profile::NAMES);
        },
    },
    Key {
        name: "report",
        schema: |vocabulary| section("What a report lists.", vocabulary, &REPORT),
        read: |reader, name, node, config| {
            read_by(&REPORT, reader, (name, "key of report"), node, config);
        },
    },
    Key {
        name: "scope",
        schema: |vocabulary| section("Which namespaces are audited.", vocabulary, &SCOPE),
        read: |reader, name, node, config| {
            read_by(&SCOPE, reader, (name, "key of scope"), node, config);
        },
    },
    Key {
        name: "selection",
        schema: |vocabulary| section("Which checks run.", vocabulary, &SELECTION),
        read: |reader, name, node, config| {
            read_by(&SELECTION, reader, (name, "key of selection"), node, config);
        },
    },
    Key {
        name: "severities",
        schema: |vocabulary| {
            mapping(
                "Severities of checks, where the built-in one does not fit.",
                &vocabulary.severities(),
            )
        },
        read: severities,
    },
    Key {
        name: "waivers",
        schema: waivers_schema,
        read: waivers,
    },
];

const GATE: [Key<Config>; 5] = [
    Key {
        name: "allowEmpty",
        schema: |_| {
            boolean(
                "Whether an audit may be ready in which no workload and nothing of the cluster itself was judged.",
            )
        },
        read: |reader, name, node, config| config.allow_empty = reader.boolean(node, name),
    },
    Key {
        name: "failOn",
        schema: |_| {
            json!({
                "description": "The verdict is not ready while a check of this severity or above fails.",
                "enum": FailOn::NAMES,
                "default": "high",
            })
        },
        read: |reader, name, node, config| {
            config.fail_on = reader.word(name, node, FailOn::parse, &FailOn::NAMES);
        },
    },
    Key {
        name: "gateNewChecks",
        schema: |_| boolean("Whether checks that the baseline does not know decide as well."),
        read: |reader, name, node, config| config.gate_new_checks = reader.boolean(node, name),
    },
    Key {
        name: "minCoverage",
        schema: |_| share("The least coverage.", 80),
        read: |reader, name, node, config| config.min_coverage = reader.share(node, name),
    },
    Key {
        name: "minScore",
        schema: |_| share("The least score.", 0),
        read: |reader, name, node, config| config.min_score = reader.share(node, name),
    },
];

const REPORT: [Key<Config>; 2] = [
    Key {
        name: "maxFindings",
        schema: |_| {
            json!({
                "description": "How many findings of a check are listed at most; 0 lists all. Numbers, score and verdict count all of them.",
                "type": "integer",
                "minimum": 0,
                "default": 0,
            })
        },
        read: |reader, name, node, config| match node.value {
            Value::Int(value) if value >= 0 => config.max_findings = usize::try_from(value).ok(),
            _ => reader.wrong(node, name, "a whole number, 0 or more"),
        },
    },
    Key {
        name: "teamLabels",
        schema: |_| {
            texts(
                "Labels that name the team of an object, on it or on its namespace: the first one found counts; app.kubernetes.io/part-of and team when there is none.",
            )
        },
        read: |reader, name, node, config| {
            for (position, key) in reader.texts(node, name) {
                if is_label_key(key) {
                    config.team_labels.push(key.to_owned());
                } else {
                    let key = escape::text(key);
                    let problem = format!("`{key}` is not the key of a label, such as team");
                    reader.problem(position, problem);
                }
            }
        },
    },
];

const SCOPE: [Key<Config>; 3] = [
    Key {
        name: "exclude",
        schema: |_| texts("Namespaces to leave out, globs."),
        read: |reader, name, node, config| {
            config.scope.excluded.extend(globs(reader, name, node));
        },
    },
    Key {
        name: "includeSystem",
        schema: |_| {
            boolean("Whether findings on system and platform components count like any others.")
        },
        read: |reader, name, node, config| config.include_system = reader.boolean(node, name),
    },
    Key {
        name: "namespaces",
        schema: |_| texts("Namespaces to audit, globs; all when there is none."),
        read: |reader, name, node, config| {
            config.scope.namespaces.extend(globs(reader, name, node));
        },
    },
];

const SELECTION: [Key<Config>; 2] = [
    Key {
        name: "only",
        schema: |vocabulary| {
            list_of(
                "Checks, pillars and severities to run; pillars and severities narrow each other.",
                &vocabulary.terms,
            )
        },
        read: |reader, name, node, config| {
            config.selection.only.extend(terms(reader, name, node));
        },
    },
    Key {
        name: "skip",
        schema: |vocabulary| {
            list_of(
                "Checks, pillars and severities to leave out.",
                &vocabulary.terms,
            )
        },
        read: |reader, name, node, config| {
            config.selection.skip.extend(terms(reader, name, node));
        },
    },
];

fn severities(reader: &mut ConfigReader<'_>, name: &'static str, node: &Node, config: &mut Config) {
    for (key, node) in reader.entries(node, name) {
        let check = reader.check(key.position, &key.name);
        let Some(name) = reader.text(node, &key.name) else {
            continue;
        };
        match (check, Severity::from_id(name)) {
            (Some(check), Some(severity)) => {
                config.severities.insert(check.id.to_owned(), severity);
            }
            (_, None) => {
                let known = Severity::ALL.into_iter().map(Severity::id);
                reader.unknown(node.position, "severity", name, known);
            }
            (None, _) => {}
        }
    }
}

fn parameters(reader: &mut ConfigReader<'_>, name: &'static str, node: &Node, config: &mut Config) {
    for (key, node) in reader.entries(node, name) {
        let Some(check) = reader.check(key.position, &key.name) else {
            continue;
        };
        for (name, node) in reader.entries(node, check.id) {
            let Some(param) = check.params.iter().find(|param| param.name() == name.name) else {
                let known = check.params.iter().map(Param::name);
                let what = format!("parameter of {}", check.id);
                reader.unknown(name.position, &what, &name.name, known);
                continue;
            };
            let value = match (param, &node.value) {
                (Param::Int(_), Value::Int(value)) if IntParam::RANGE.contains(value) => {
                    Some(ParamValue::Int(*value))
                }
                (Param::Int(_), _) => {
                    let expected = format!("a whole number from 0 to {}", IntParam::RANGE.end());
                    reader.wrong(node, param.name(), &expected);
                    None
                }
                (Param::Texts(_), _) => Some(ParamValue::Texts(
                    reader
                        .texts(node, param.name())
                        .into_iter()
                        .map(|(_, text)| text.to_owned())
                        .collect(),
                )),
            };
            if let Some(value) = value {
                config
                    .params
                    .insert((check.id.to_owned(), param.name().to_owned()), value);
            }
        }
    }
}

fn terms(reader: &mut ConfigReader<'_>, name: &'static str, node: &Node) -> Vec<Term> {
    let mut terms = Vec::new();
    for (position, word) in reader.texts(node, name) {
        match Term::parse(word, reader.registry) {
            Ok(term) => {
                reader.renamed.extend(term.renamed(word, reader.registry));
                terms.push(term);
            }
            Err(problem) => reader.problem(position, problem),
        }
    }
    terms
}

fn globs(reader: &mut ConfigReader<'_>, name: &'static str, node: &Node) -> Vec<String> {
    let mut globs = Vec::new();
    for (position, glob) in reader.texts(node, name) {
        match Pattern::parse(glob, false) {
            Ok(_) => globs.push(glob.to_owned()),
            Err(wrong) => reader.problem(position, escape::text(&wrong)),
        }
    }
    globs
}
