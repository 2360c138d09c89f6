//! What JSON says of a check itself, whatever was audited: all that a dashboard or a rule in SARIF needs.

use std::collections::BTreeMap;

use kready_checks::{
    frame::{Check, Heading, Mode, Reach},
    inventory::{Param, Role},
};
use serde::Serialize;

use super::{explain::evidence_name, json::Control};

/// A check and what there is to know of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckEntry {
    id: &'static str,
    /// What it was called in earlier versions.
    aliases: &'static [&'static str],
    pillar: &'static str,
    severity: &'static str,
    impact: &'static str,
    title: &'static str,
    /// What is wrong where it fails: Markdown.
    summary: &'static str,
    /// What to do, in one line; `{object}` stands for the object as kubectl takes it.
    fix: &'static str,
    /// Why it matters: Markdown.
    why: &'static str,
    /// How to fix what it finds: Markdown.
    remediation: &'static str,
    /// The address of its page.
    docs: String,
    references: Vec<&'static str>,
    standards: Vec<Control>,
    /// What one of its subjects is called.
    unit: &'static str,
    /// What it weighs in its pillar's score.
    weight: u32,
    /// `live`, `files` or `both`.
    mode: &'static str,
    /// `objects` or `cluster`.
    reach: &'static str,
    needs: Vec<Need>,
    params: Vec<Parameter>,
    /// What a user may declare as solved outside the cluster.
    capability: Option<&'static str>,
    tier: u8,
    /// The version of kready that had it first.
    since: &'static str,
    /// Sections of its page with examples: Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    examples: Option<Examples>,
}

/// Something that it reads.
#[derive(Serialize)]
struct Need {
    resource: String,
    role: &'static str,
}

#[derive(Serialize)]
struct Parameter {
    name: &'static str,
    about: &'static str,
    default: ParamDefault,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ParamDefault {
    Int(i64),
    Texts(&'static [&'static str]),
}

#[derive(Serialize)]
struct Examples {
    fails: &'static str,
    passes: &'static str,
}

impl CheckEntry {
    /// Everything but the examples.
    pub(crate) fn of(check: &'static Check) -> Self {
        Self {
            id: check.id,
            aliases: check.aliases,
            pillar: check.pillar.id(),
            severity: check.severity.id(),
            impact: check.impact.id(),
            title: check.title,
            summary: check.summary(),
            fix: check.fix,
            why: check.section(Heading::Why).unwrap_or_default(),
            remediation: check.section(Heading::Remediation).unwrap_or_default(),
            docs: check.page_url(),
            references: check.references().collect(),
            standards: Control::all(check.standards),
            unit: check.unit(),
            weight: check.severity.weight(),
            mode: match check.mode {
                Mode::Live => "live",
                Mode::Both => "both",
                Mode::Files => "files",
            },
            reach: match check.reach {
                Reach::Objects => "objects",
                Reach::Cluster => "cluster",
            },
            needs: needs(check),
            params: check.params.iter().map(Parameter::of).collect(),
            capability: check.capability,
            tier: check.tier,
            since: check.since,
            examples: None,
        }
    }

    /// Everything.
    pub(crate) fn with_examples(check: &'static Check) -> Self {
        Self {
            examples: Some(Examples {
                fails: check.section(Heading::Fails).unwrap_or_default(),
                passes: check.section(Heading::Passes).unwrap_or_default(),
            }),
            ..Self::of(check)
        }
    }
}

/// What it reads, each once and in its strongest role.
fn needs(check: &Check) -> Vec<Need> {
    let mut strongest: BTreeMap<String, Role> = BTreeMap::new();
    for (role, evidence) in check.evidence() {
        let known = strongest.entry(evidence_name(evidence)).or_insert(role);
        *known = role.min(*known);
    }
    let mut needs: Vec<(Role, String)> = strongest
        .into_iter()
        .map(|(resource, role)| (role, resource))
        .collect();
    needs.sort();
    needs
        .into_iter()
        .map(|(role, resource)| Need {
            resource,
            role: match role {
                Role::Examined => "examined",
                Role::Correlated => "correlated",
                Role::Optional => "optional",
                Role::Quoted => "quoted",
            },
        })
        .collect()
}

impl Parameter {
    fn of(param: &'static Param) -> Self {
        Self {
            name: param.name(),
            about: param.about(),
            default: match param {
                Param::Int(param) => ParamDefault::Int(param.default),
                Param::Texts(param) => ParamDefault::Texts(param.default),
            },
        }
    }
}
