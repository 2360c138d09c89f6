//! Which checks a command is about: `--only` and `--skip` by id, pillar or severity.

use anyhow::anyhow;
use kready_checks::{
    check::Check,
    model::{Pillar, Severity},
};

use crate::{failure::Failure, nearest};

/// A name that `--only` and `--skip` take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Selector {
    Id(&'static str),
    Pillar(Pillar),
    Severity(Severity),
}

impl Selector {
    fn parse(name: &str, registry: &[&'static Check]) -> Result<Self, String> {
        let check = registry.iter().find(|check| check.id == name);
        check
            .map(|check| Self::Id(check.id))
            .or_else(|| Pillar::from_id(name).map(Self::Pillar))
            .or_else(|| Severity::from_id(name).map(Self::Severity))
            .ok_or_else(|| {
                let known = registry.iter().map(|check| check.id).chain(group_names());
                nearest_or(name, "check, pillar or severity", known)
            })
    }

    fn matches(self, check: &Check) -> bool {
        match self {
            Self::Id(id) => check.id == id,
            Self::Pillar(pillar) => check.pillar == pillar,
            Self::Severity(severity) => check.severity == severity,
        }
    }
}

fn group_names() -> impl Iterator<Item = &'static str> {
    let pillars = Pillar::ALL.into_iter().map(Pillar::id);
    pillars.chain(Severity::ALL.into_iter().map(Severity::id))
}

/// Says that a name is unknown, and which one is near.
fn nearest_or<'a>(name: &str, what: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let shown = name.escape_debug();
    match nearest::nearest(name, known) {
        Some(near) => format!("unknown {what} \"{shown}\": did you mean {near}?"),
        None => format!("unknown {what} \"{shown}\""),
    }
}

/// The checks among `registry` that the user asks for.
pub(super) fn select(
    registry: Vec<&'static Check>,
    only: &[String],
    skip: &[String],
) -> Result<Vec<&'static Check>, Failure> {
    let parse = |flag: &str, names: &[String]| {
        names
            .iter()
            .map(|name| Selector::parse(name, &registry))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|message| {
                Failure::usage(anyhow!("{flag}: {message}"))
                    .hint("kready checks lists the checks, their pillars and severities")
            })
    };
    let only = parse("--only", only)?;
    let skip = parse("--skip", skip)?;
    let selected: Vec<_> = registry
        .into_iter()
        .filter(|check| only.is_empty() || only.iter().any(|selector| selector.matches(check)))
        .filter(|check| !skip.iter().any(|selector| selector.matches(check)))
        .collect();
    Ok(selected)
}

/// The check with this id.
pub(super) fn find(id: &str, registry: &[&'static Check]) -> Result<&'static Check, Failure> {
    let found = registry.iter().find(|check| check.id == id);
    found.copied().ok_or_else(|| {
        let message = nearest_or(id, "check", registry.iter().map(|check| check.id));
        Failure::usage(anyhow!(message)).hint("kready checks lists the checks")
    })
}
