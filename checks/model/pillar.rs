//! The nine parts of readiness under which checks are grouped and scored.

use std::fmt;

/// A part of readiness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Pillar {
    HighAvailability,
    Health,
    Autoscaling,
    Storage,
    Observability,
    ImageTrust,
    Hardening,
    Delivery,
    Networking,
}

impl Pillar {
    /// All pillars, in the order in which reports show them.
    pub const ALL: [Self; 9] = [
        Self::HighAvailability,
        Self::Health,
        Self::Autoscaling,
        Self::Storage,
        Self::Observability,
        Self::ImageTrust,
        Self::Hardening,
        Self::Delivery,
        Self::Networking,
    ];

    /// The identifier used on the command line and in output: `high-availability`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::HighAvailability => "high-availability",
            Self::Health => "health",
            Self::Autoscaling => "autoscaling",
            Self::Storage => "storage",
            Self::Observability => "observability",
            Self::ImageTrust => "image-trust",
            Self::Hardening => "hardening",
            Self::Delivery => "delivery",
            Self::Networking => "networking",
        }
    }

    /// The question that the pillar asks.
    pub const fn question(self) -> &'static str {
        match self {
            Self::HighAvailability => {
                "does the cluster, and each workload, survive the loss of one machine, zone or drain?"
            }
            Self::Health => "do probes tell the truth, and is everything up now?",
            Self::Autoscaling => "is capacity declared, bounded and able to follow load?",
            Self::Storage => "does data survive, and can it be brought back?",
            Self::Observability => "would anyone notice, and could they find out why?",
            Self::ImageTrust => "is what runs what was meant to run?",
            Self::Hardening => "how far does one compromised pod or token get?",
            Self::Delivery => "can the cluster and its workloads be changed safely?",
            Self::Networking => "is traffic isolated, routed, named and encrypted?",
        }
    }

    /// The pillar with this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pillar| pillar.id() == id)
    }
}

impl fmt::Display for Pillar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}
