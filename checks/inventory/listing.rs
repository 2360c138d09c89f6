//! All objects of one kind, and how much of the kind was seen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::resource::Resource;
use crate::model::{Text, Unknown, Why};

/// How reading a kind, or a fact, ended short of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// The API server refuses it.
    Forbidden,
    /// The API server doesn't accept the credentials, or no longer.
    Unauthenticated,
    /// Some pages came, and the rest did not.
    PartlyRead,
    /// There is more of it than is taken.
    TooMuch,
    /// A built-in kind that this API server does not serve.
    NotServed,
    /// The API server, or the server behind an aggregated API, answered with an error.
    Unavailable,
    /// It did not answer in time.
    TimedOut,
    /// An object, or the whole answer, could not be understood.
    Undecodable,
    /// The snapshot was made without it.
    NotCollected,
}

impl GapReason {
    /// All reasons.
    pub const ALL: [Self; 9] = [
        Self::Forbidden,
        Self::Unauthenticated,
        Self::PartlyRead,
        Self::TooMuch,
        Self::NotServed,
        Self::Unavailable,
        Self::TimedOut,
        Self::Undecodable,
        Self::NotCollected,
    ];

    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Unauthenticated => "unauthenticated",
            Self::PartlyRead => "partly-read",
            Self::TooMuch => "too-much",
            Self::NotServed => "not-served",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed-out",
            Self::Undecodable => "undecodable",
            Self::NotCollected => "not-collected",
        }
    }

    /// What a check that misses it is.
    pub const fn unknown(self) -> Unknown {
        match self {
            Self::Forbidden => Unknown::Forbidden,
            _ => Unknown::Unreadable,
        }
    }
}

/// Something that was not seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// How it ended.
    pub reason: GapReason,
    /// In which namespaces; everywhere when empty.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub namespaces: BTreeSet<Text>,
    /// What happened, in words, without a resource's name.
    pub message: Text,
}

impl Gap {
    /// A gap everywhere.
    pub fn new(reason: GapReason, message: impl Into<Text>) -> Self {
        Self {
            reason,
            namespaces: BTreeSet::new(),
            message: message.into(),
        }
    }

    /// The same, in one namespace only.
    #[must_use]
    pub fn within(mut self, namespace: impl Into<Text>) -> Self {
        self.namespaces.insert(namespace.into());
        self
    }

    /// Why a check that needs `what` cannot be decided.
    pub fn why(&self, what: &str) -> Why {
        let place = match (self.namespaces.len(), self.namespaces.first()) {
            (1, Some(namespace)) => format!(" in namespace {namespace}"),
            (0, _) => String::new(),
            (count, _) => format!(" in {count} namespaces"),
        };
        let verb = match self.reason {
            GapReason::Forbidden => "could not be read",
            GapReason::Unauthenticated => "could not be read with these credentials",
            GapReason::PartlyRead => "could be read only in part",
            GapReason::TooMuch => "are too many to read",
            GapReason::NotServed => "are not served",
            GapReason::Unavailable => "are unavailable",
            GapReason::TimedOut => "could not be read in time",
            GapReason::Undecodable => "could not be parsed",
            GapReason::NotCollected => "were not collected",
        };
        Why::new(self.reason.unknown(), format!("{what} {verb}{place}"))
    }
}

/// How much of a kind was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Nobody asked for it.
    #[default]
    NotCollected,
    /// It was read; gaps, if any, are listed.
    Read,
    /// A custom kind that the API server does not serve: there is none of it.
    NotServed,
}

/// All objects of one kind, sorted by namespace and name, and what of the kind was not seen.
#[derive(Clone, Debug)]
pub struct Listing<K> {
    pub(crate) items: Vec<K>,
    /// Whether it was asked for.
    pub reading: Reading,
    /// What was not seen.
    pub gaps: Vec<Gap>,
}

impl<K> Default for Listing<K> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            reading: Reading::NotCollected,
            gaps: Vec::new(),
        }
    }
}

impl<K> Listing<K> {
    /// The objects that were seen.
    pub fn items(&self) -> &[K] {
        &self.items
    }

    /// The first thing that was not seen, of the whole kind.
    pub fn gap(&self) -> Option<&Gap> {
        self.gaps.iter().min()
    }

    /// Whether the kind was seen in full; else why not.
    pub fn seen(&self, resource: &Resource) -> Result<(), Why> {
        match (self.reading, self.gap()) {
            (Reading::NotCollected, None) => {
                Err(Gap::new(GapReason::NotCollected, "").why(&resource.group_resource()))
            }
            (_, Some(gap)) => Err(gap.why(&resource.group_resource())),
            _ => Ok(()),
        }
    }

    /// Whether the kind was seen in full in one namespace; else why not.
    pub fn seen_in(&self, namespace: &str, resource: &Resource) -> Result<(), Why> {
        if self.reading == Reading::NotCollected && self.gaps.is_empty() {
            return Err(Gap::new(GapReason::NotCollected, "").why(&resource.group_resource()));
        }
        self.gaps
            .iter()
            .filter(|gap| gap.namespaces.is_empty() || gap.namespaces.contains(namespace))
            .min()
            .map_or(Ok(()), |gap| Err(gap.why(&resource.group_resource())))
    }
}
