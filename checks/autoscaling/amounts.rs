//! Which long-running containers ask for nothing of a resource, or are held to nothing.

use crate::{
    inventory::{Origin, types::Container},
    kubernetes::{ImageRef, requests::Template},
    prelude::*,
    wire::Quantity,
};

/// What a container should have of a resource.
#[derive(Clone, Copy)]
pub(super) enum Amount {
    /// What the scheduler sets aside for it.
    Request,
    /// What it is held to.
    Limit,
}

impl Amount {
    const fn field(self) -> &'static str {
        match self {
            Self::Request => "requests",
            Self::Limit => "limits",
        }
    }

    fn of<'a>(
        self,
        cx: &Context<'a>,
        template: &Template<'a>,
        container: &'a Container,
        resource: &str,
    ) -> Result<Option<&'a Quantity>, Why> {
        match self {
            Self::Request => cx.request_of(template, container, resource),
            Self::Limit => cx.limit_of(template, container, resource),
        }
    }

    /// What stands where the amount should be.
    fn seen(
        self,
        cx: &Context<'_>,
        template: &Template<'_>,
        container: &Container,
        resource: &str,
    ) -> String {
        let resources = &container.resources;
        let written = match self {
            Self::Request => resources.requests.get(resource),
            Self::Limit => resources.limits.get(resource),
        };
        // What is no quantity, wherever it stands, is what has to be fixed.
        let unread = template
            .pod_request(resource)
            .into_iter()
            .chain(template.pod_limit(resource));
        let unread = unread
            .chain(resources.limits.get(resource))
            .chain(written)
            .find(|quantity| quantity.nanos().is_none());
        if let Some(unread) = unread.or(written) {
            return text(unread);
        }
        let sources = match (self, cx.origin() == Origin::Live && template.is_admitted) {
            (Self::Request, true) => "none, and no limit that would set it",
            (Self::Request, false) => {
                "none, and neither a limit nor a LimitRange that would set it"
            }
            (Self::Limit, true) => "none",
            (Self::Limit, false) => "none, and no LimitRange that would set it",
        };
        sources.to_owned()
    }
}

fn text(quantity: &Quantity) -> String {
    if quantity.nanos().is_none() {
        format!(
            "{:?}, which is not a valid quantity",
            quantity.text().as_str()
        )
    } else {
        quantity.to_string()
    }
}

/// Judges every long-running container of every workload.
pub(super) fn judge(cx: &Context<'_>, amount: Amount, resource: &str, expected: &str) -> Sheet {
    cx.judge_workloads(|workload| {
        if workload.spec.containers.is_empty() || workload.is_hook() {
            return Ok(Judgement::NotASubject);
        }
        let template = cx.template_of(workload);
        let mut faults = Faults::new();
        for view in workload.long_running_containers() {
            let container = view.container;
            let is_pause = ImageRef::parse(&container.image).is_some_and(|image| image.is_pause());
            if is_pause {
                continue;
            }
            if amount.of(cx, &template, container, resource)?.is_none() {
                faults.add(
                    Finding::on(workload)
                        .container(&container.name)
                        .at(view.at(&format!("resources.{}.{resource}", amount.field())))
                        .saw(amount.seen(cx, &template, container, resource), expected),
                );
            }
        }
        faults.judgement()
    })
}
