//! What a failure costs, and when it is felt.

use std::fmt;

/// What a failure costs; ordered from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Inventory and advice; never lowers a score.
    Info,
    /// Hygiene with a real operational cost.
    Low,
    /// Recovery or defence is weakened; a second fault is needed.
    Medium,
    /// An ordinary event takes down or exposes an application or its data.
    High,
    /// Outage, data loss or takeover is happening, or one ordinary event away.
    Critical,
}

impl Severity {
    /// All severities, the worst first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Info,
    ];

    /// The identifier used on the command line and in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }

    /// What a check of this severity weighs in its pillar's score.
    pub const fn weight(self) -> u32 {
        match self {
            Self::Critical => 10,
            Self::High => 5,
            Self::Medium => 2,
            Self::Low => 1,
            Self::Info => 0,
        }
    }

    /// The severity with this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.id() == id)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// When a failure is felt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Impact {
    /// It is failing already.
    Broken,
    /// An ordinary event, such as a drain, a deploy or a lost node, breaks it.
    Fragile,
    /// It is open to misuse.
    Exposed,
}

impl Impact {
    /// All impacts, in the order in which reports show them.
    pub const ALL: [Self; 3] = [Self::Broken, Self::Fragile, Self::Exposed];

    /// The identifier used in output.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Broken => "broken",
            Self::Fragile => "fragile",
            Self::Exposed => "exposed",
        }
    }
}

impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}
