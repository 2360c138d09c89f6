//! Whose home a namespace is.

use super::{candidate::Candidate, components::COMPONENTS as KNOWN};
use crate::{
    inventory::{Context, needs::COMPONENTS},
    kubernetes::Workload,
    model::Expectation,
};

impl<'a> Context<'a> {
    /// Whether a workload is a part of a component of which some part needs one of these: its image says so, and its labels
    /// or the component's own namespace do as well. Demands COMPONENTS.
    #[track_caller]
    pub fn is_of_component_that_expects(
        &self,
        workload: &Workload<'a>,
        expectations: &[Expectation],
    ) -> bool {
        self.reading(COMPONENTS);
        let candidate = Candidate::of(workload);
        let known = self.recognised().components_of(workload.spec);
        known.into_iter().any(|id| {
            let mut parts = KNOWN[usize::from(id)].parts.iter();
            parts.any(|part| part.expects_any(expectations)) && candidate.says_that_it_is(id)
        })
    }
}
