//! Whose home a namespace is.

use super::components::{COMPONENTS as KNOWN, of_labels};
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
        let labels = [workload.labels, &workload.metadata.labels];
        self.recognised()
            .components_of(workload.spec)
            .into_iter()
            .any(|id| {
                let component = &KNOWN[usize::from(id)];
                let at_home = component
                    .signals
                    .namespaces
                    .contains(&workload.namespace().as_str());
                let labelled = labels
                    .iter()
                    .any(|labels| of_labels(labels).any(|(labelled, _)| labelled == id));
                let mut expects = component.expects.iter();
                (at_home || labelled) && expects.any(|expected| expectations.contains(expected))
            })
    }
}
