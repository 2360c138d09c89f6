//! What a configuration says.

use std::collections::{BTreeMap, BTreeSet};

use kready_checks::{inventory::Value as ParamValue, model::Severity};

use super::{located::Position, selection::Selection};
use crate::{
    bounded::MIB,
    collect::ScopeRequest,
    report::{Declared, Grant, Profile, Renamed, Waiver, WaiverSubject},
};

/// The file that is read from the working directory when none is named.
pub(crate) const DEFAULT_FILE: &str = "kready.yaml";

/// The largest file: ten thousands of waivers have room in it.
pub(crate) const LARGEST: u64 = 16 * MIB;

/// A configuration that was read and understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// The file, as the report names it.
    pub(crate) file: Option<String>,
    /// The checks that it names as they were called before.
    pub(super) renamed: BTreeSet<Renamed>,
    pub(super) profile: Option<Profile>,
    pub(super) severities: BTreeMap<String, Severity>,
    pub(super) params: BTreeMap<(String, String), ParamValue>,
    pub(super) selection: Selection,
    pub(super) scope: ScopeRequest,
    pub(super) include_system: Option<bool>,
    pub(super) fail_on: Option<FailOn>,
    pub(super) min_score: Option<f64>,
    pub(super) min_coverage: Option<f64>,
    pub(super) gate_new_checks: Option<bool>,
    pub(super) allow_empty: Option<bool>,
    pub(super) max_findings: Option<usize>,
    pub(super) team_labels: Vec<String>,
    pub(super) declarations: Vec<Declared>,
    pub(super) waivers: Vec<Waiver>,
    /// What each waiver is about, and where it is written.
    pub(super) written: BTreeMap<WaiverSubject, String>,
    pub(super) annotations: Option<bool>,
    pub(super) expiries: Vec<Expiry>,
}

/// When a waiver or a declaration expires.
#[derive(Clone, Debug)]
pub(super) struct Expiry {
    /// The file in which the day stands.
    pub(super) file: String,
    /// Where it stands there.
    pub(super) position: Position,
    /// `the waiver of pdb-missing`.
    pub(super) what: String,
    pub(super) grant: Grant,
}

/// The least severity that gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    /// This one and worse ones.
    Severity(Severity),
    /// No finding gates.
    Never,
}

impl FailOn {
    /// All values, as the command line and the configuration take them.
    pub(crate) const NAMES: [&'static str; 5] = ["critical", "high", "medium", "low", "never"];

    /// The value with this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "never" => Some(Self::Never),
            "info" => None,
            _ => Severity::from_id(name).map(Self::Severity),
        }
    }

    /// The least severity that gates, if any does.
    pub(crate) const fn least(self) -> Option<Severity> {
        match self {
            Self::Severity(severity) => Some(severity),
            Self::Never => None,
        }
    }
}
