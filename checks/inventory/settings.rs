//! What a user may set for the checks.

use std::collections::{BTreeMap, BTreeSet};

/// A value that a user set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// A list of texts.
    Texts(Vec<String>),
}

/// A parameter that is a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntParam {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its value when nobody set it.
    pub default: i64,
    /// What it does, as a clause.
    pub about: &'static str,
}

impl IntParam {
    /// The least and the greatest value that a user may set: numbers with which every check can reckon.
    pub const RANGE: std::ops::RangeInclusive<i64> = 0..=1_000_000;
}

/// A parameter that is a list of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextsParam {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its value when nobody set it.
    pub default: &'static [&'static str],
    /// What it does, as a clause.
    pub about: &'static str,
}

/// What a user may configure of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// A whole number.
    Int(IntParam),
    /// A list of texts.
    Texts(TextsParam),
}

impl Param {
    /// Its name in the configuration.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Int(param) => param.name,
            Self::Texts(param) => param.name,
        }
    }

    /// What it does, as a clause.
    pub const fn about(&self) -> &'static str {
        match self {
            Self::Int(param) => param.about,
            Self::Texts(param) => param.about,
        }
    }
}

/// What a user set for the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Parameters by check and name.
    pub params: BTreeMap<(String, String), Value>,
    /// Capabilities declared as solved outside the cluster.
    pub declared: BTreeSet<String>,
    /// Whether system and platform components count like anyone else's.
    pub include_system: bool,
    /// The Kubernetes minor that manifests are meant for: `36` of `1.36`.
    pub target_minor: Option<u32>,
}
