//! What runs on every Node, and which components it belongs to.

use std::collections::BTreeMap;

use super::{
    components::{COMPONENTS, Component, Id, of_image, of_labels},
    sight::{Sight, Verdict},
};
use crate::{
    inventory::{Context, kinds::DaemonSet},
    kubernetes::ImageRef,
    model::Why,
};

impl Context<'_> {
    /// The confirmed components that a DaemonSet belongs to: by its images, or by labels where more than these speaks
    /// for one. Demands COMPONENTS.
    ///
    /// # Errors
    /// It bears the labels of one that may be confirmed, and what would tell was not seen.
    #[track_caller]
    pub fn components_of(&self, set: &DaemonSet) -> Result<Vec<&'static Component>, Why> {
        let recognised = self.recognised();
        let template = &set.spec.template;
        let mut found: BTreeMap<Id, &'static Component> = template
            .spec
            .containers
            .iter()
            .filter_map(|container| ImageRef::parse(&container.image))
            .flat_map(|image| of_image(&image))
            .map(|(id, _)| (id, &COMPONENTS[usize::from(id)]))
            .collect();
        let labels = [&set.metadata.labels, &template.metadata.labels];
        for (id, _) in labels.into_iter().flat_map(of_labels) {
            let component = &COMPONENTS[usize::from(id)];
            let verdict = recognised.sight(component.id).map(Sight::verdict);
            if verdict == Some(Verdict::Confirmed) {
                found.insert(id, component);
            } else if let Some(why) = recognised.first_gap()
                && !found.contains_key(&id)
            {
                return Err(why.clone());
            }
        }
        Ok(found.into_values().collect())
    }
}
