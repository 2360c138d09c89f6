//! Controllers of which one at a time works while the others wait: they show it themselves (rule 3 of RULES.md).

use super::{services::selects, workloads::Workload};
use crate::{
    inventory::{Context, kinds::Service},
    model::Why,
};

/// What is known of a command line that switches the election of a leader on.
const ELECTS: &str = "leader-elect";

impl<'a> Context<'a> {
    /// Whether a workload shows that it is a leader-elected controller, and no admission of pods or workloads waits for
    /// it. Demands SERVED.
    ///
    /// # Errors
    /// It shows that it is one, and a webhook that was not seen may lead to it.
    #[track_caller]
    pub fn is_leader_elected(&self, workload: &Workload<'a>) -> Result<bool, Why> {
        let labels = [workload.labels, &workload.metadata.labels];
        let labelled = labels
            .iter()
            .any(|labels| labels.is("control-plane", "controller-manager"));
        let elects = || {
            let mut containers = workload.spec.containers.iter();
            containers.any(|it| it.command_facts.iter().any(|fact| fact == ELECTS))
        };
        if !labelled && !elects() {
            return Ok(false);
        }
        let asked = self.webhook_configurations().any(|(_, webhooks)| {
            webhooks.iter().any(|webhook| {
                let service = webhook.client_config.service.as_ref();
                webhook.fails_closed()
                    && webhook.asks_about_workloads()
                    && service.is_some_and(|service| {
                        service.namespace == *workload.namespace()
                            && self
                                .find::<Service>(&service.namespace, &service.name)
                                .is_some_and(|service| selects(service, workload))
                    })
            })
        });
        if asked {
            return Ok(false);
        }
        self.sees_webhooks()?;
        self.correlated_in::<Service>(workload.namespace())?;
        Ok(true)
    }
}
