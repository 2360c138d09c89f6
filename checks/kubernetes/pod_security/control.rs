//! One control of the standards: the level that demands it, and its wordings over time.

use super::{pod_view::PodView, violation::Violation};

/// How much a namespace allows its pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything.
    #[default]
    Privileged,
    /// What prevents known privilege escalations.
    Baseline,
    /// What follows hardening practice.
    Restricted,
}

impl Level {
    /// The level of this name; a name is told by its exact spelling.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "privileged" => Some(Self::Privileged),
            "baseline" => Some(Self::Baseline),
            "restricted" => Some(Self::Restricted),
            _ => None,
        }
    }
}

/// One control of the standards.
#[derive(Debug)]
pub struct Control {
    /// The plugin's name for it.
    pub id: &'static str,
    /// The level that demands it.
    pub level: Level,
    /// The control of Baseline that need not be asked where Restricted asks this one.
    pub overrides: Option<&'static Control>,
    /// How the plugin names a violation in its messages; what it says of several may differ.
    pub(super) reason: for<'a> fn(&PodView<'a>) -> &'static str,
    /// Its wordings over time, the oldest first.
    pub(super) variants: &'static [Variant],
}

/// What a control demands from some policy version on.
#[derive(Debug)]
pub(super) struct Variant {
    /// The first minor that has it.
    pub(super) since: u32,
    pub(super) judge: JudgePod,
}

/// Names every violation to the second argument.
pub(super) type JudgePod = for<'a> fn(&PodView<'a>, &mut dyn FnMut(Violation<'a>));

impl Control {
    /// Whether the policies of a minor have it.
    pub fn exists_in(&self, minor: u32) -> bool {
        self.variants.iter().any(|variant| variant.since <= minor)
    }

    /// Names to `found` what a pod does that the control, in the wording of a policy version, forbids.
    pub fn visit<'a>(&self, minor: u32, pod: &PodView<'a>, found: &mut dyn FnMut(Violation<'a>)) {
        let mut variants = self.variants.iter().rev();
        if let Some(variant) = variants.find(|variant| variant.since <= minor) {
            (variant.judge)(pod, found);
        }
    }

    /// What a pod does that the control, in the wording of a policy version, forbids.
    pub fn violations<'a>(&self, minor: u32, pod: &PodView<'a>) -> Vec<Violation<'a>> {
        let mut all = Vec::new();
        self.visit(minor, pod, &mut |violation| all.push(violation));
        all
    }

    /// Whether a pod does anything that the control, in the wording of a policy version, forbids.
    pub fn is_violated(&self, minor: u32, pod: &PodView<'_>) -> bool {
        let mut violated = false;
        self.visit(minor, pod, &mut |_| violated = true);
        violated
    }

    /// How the plugin names the violation by a pod.
    pub fn reason(&self, pod: &PodView<'_>) -> &'static str {
        (self.reason)(pod)
    }
}
