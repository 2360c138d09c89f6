//! From the object of a consequence to the objects on which its cause may stand.

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
};

use crate::{
    inventory::{
        Context, Kind, Need, Picture, Settings,
        kinds::{
            ApiService, HorizontalPodAutoscaler, MutatingWebhookConfiguration, Pod, Service,
            ValidatingWebhookConfiguration,
        },
        needs::{OWNERS, WORKLOADS, optional, optional_all},
        types::Webhook,
    },
    kubernetes::{
        Workload,
        autoscalers::Autoscaler,
        endpoints::{BySelector, selector_of, workloads_by_selector},
        has_ended, selects,
    },
    model::{Excuse, Finding, Impact, ObjectRef, Subject},
};

/// Where the object of a cause stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// It is the same.
    Object,
    /// The nodes of the pods that are not ready: each of them.
    NodesOfPods,
    /// The claims that pods use which have no node yet.
    ClaimsOfPods,
    /// The volume that a claim names.
    VolumeWaitedFor,
    /// The workloads that a Service selects.
    WorkloadsBehind,
    /// The Service that is asked where a webhook or an aggregated API is.
    ServiceThatAnswers,
    /// The workload that an autoscaler scales.
    TargetOfAutoscaler,
    /// The configuration of the webhook that the API server could not ask when it should have created a pod.
    WebhookThatFailed,
    /// Anywhere.
    Cluster,
}

/// The objects on which a cause may stand.
pub(super) enum Reached {
    /// That of the consequence.
    Same,
    /// One of these.
    Any(Vec<ObjectRef>),
    /// All of these; none when there are none.
    All(Vec<ObjectRef>),
    /// Any, and the cluster.
    Cluster,
}

/// What the edges read, where it was read at all.
const NEEDS: &[Need] = &[
    optional_all(WORKLOADS),
    optional_all(OWNERS),
    optional::<ApiService>(),
    optional::<HorizontalPodAutoscaler>(),
    optional::<MutatingWebhookConfiguration>(),
    optional::<ValidatingWebhookConfiguration>(),
    optional::<Service>(),
];

/// What edges follow, each computed when it is first asked for.
pub(super) struct Edges<'a> {
    cx: Context<'a>,
    by_selector: OnceCell<BySelector<'a>>,
    /// The webhooks by their names, and by that of their configuration before.
    webhooks: OnceCell<HashMap<&'a str, Vec<ObjectRef>>>,
    called: OnceCell<HashMap<ObjectRef, &'a [Webhook]>>,
}

impl<'a> Edges<'a> {
    pub(super) fn of(picture: &'a Picture<'a>, settings: &'a Settings) -> Self {
        let reader = ("causes", NEEDS, &[][..]);
        Self {
            cx: Context::new(picture, reader, (Excuse::Nobody, Impact::Broken), settings),
            by_selector: OnceCell::new(),
            webhooks: OnceCell::new(),
            called: OnceCell::new(),
        }
    }

    /// The objects on which the cause of a finding may stand.
    pub(super) fn reached(&self, edge: Edge, finding: &Finding) -> Reached {
        let Some(object) = finding.object.as_deref() else {
            return match edge {
                Edge::Object => Reached::Same,
                Edge::Cluster => Reached::Cluster,
                _ => Reached::Any(Vec::new()),
            };
        };
        match edge {
            Edge::Object => Reached::Same,
            Edge::Cluster => Reached::Cluster,
            Edge::NodesOfPods => Reached::All(self.nodes(object)),
            Edge::ClaimsOfPods => Reached::Any(self.claims(object)),
            Edge::VolumeWaitedFor => Reached::Any(volume(finding).into_iter().collect()),
            Edge::WorkloadsBehind => Reached::Any(self.behind(object)),
            Edge::ServiceThatAnswers => {
                Reached::Any(self.service(object, finding).into_iter().collect())
            }
            Edge::TargetOfAutoscaler => Reached::Any(self.target(object).into_iter().collect()),
            Edge::WebhookThatFailed => Reached::Any(self.webhook(finding)),
        }
    }

    /// The workloads that a person edits as this object.
    fn workloads(&self, object: &ObjectRef) -> impl Iterator<Item = Workload<'a>> {
        self.cx
            .workloads_named(&object.namespace, &object.name)
            .filter(move |workload| workload.reference() == object)
    }

    /// The pods that belong to an object and are not ready.
    fn held_up(&self, object: &ObjectRef) -> impl Iterator<Item = &'a Pod> {
        self.workloads(object)
            .flat_map(|workload| workload.pods())
            .chain(self.mirror(object))
            .filter(|pod| !has_ended(pod))
            .filter(|pod| !pod.is_ready() || pod.metadata.deletion_timestamp.is_some())
    }

    /// A pod that the kubelet runs by itself is no workload.
    fn mirror(&self, object: &ObjectRef) -> Option<&'a Pod> {
        if object.kind != "Pod" || self.workloads(object).next().is_some() {
            return None;
        }
        self.cx.find::<Pod>(&object.namespace, &object.name)
    }

    fn nodes(&self, object: &ObjectRef) -> Vec<ObjectRef> {
        let names: BTreeSet<_> = self.held_up(object).map(|pod| &pod.node_name).collect();
        names
            .into_iter()
            .map(|name| named(Kind::Node, "", name))
            .collect()
    }

    fn claims(&self, object: &ObjectRef) -> Vec<ObjectRef> {
        let mut names = BTreeSet::new();
        for pod in self.held_up(object).filter(|pod| pod.node_name.is_empty()) {
            for volume in &pod.spec.volumes {
                if let Some(claim) = &volume.persistent_volume_claim {
                    names.insert(claim.claim_name.to_string());
                } else if volume.ephemeral.is_some() {
                    names.insert(format!("{}-{}", pod.metadata.name, volume.name));
                }
            }
        }
        names
            .iter()
            .map(|name| named(Kind::PersistentVolumeClaim, &object.namespace, name))
            .collect()
    }

    fn behind(&self, object: &ObjectRef) -> Vec<ObjectRef> {
        let Some(service) = self.cx.find::<Service>(&object.namespace, &object.name) else {
            return Vec::new();
        };
        if service.spec.selector.is_empty() {
            return Vec::new();
        }
        let workloads = self
            .by_selector
            .get_or_init(|| workloads_by_selector(&self.cx))
            .get(&selector_of(service));
        workloads
            .into_iter()
            .flatten()
            .filter(|workload| selects(service, workload))
            .map(|workload| workload.reference().clone())
            .collect()
    }

    fn service(&self, object: &ObjectRef, finding: &Finding) -> Option<ObjectRef> {
        if object.kind == "APIService" {
            let service = self.cx.find::<ApiService>("", &object.name)?;
            let answers = service.spec.service.as_ref()?;
            return Some(named(Kind::Service, &answers.namespace, &answers.name));
        }
        let name = finding
            .fault
            .path
            .as_deref()?
            .strip_prefix("webhooks[name=")?
            .strip_suffix("].clientConfig.service")?;
        let called = self
            .called
            .get_or_init(|| self.cx.webhook_configurations().collect());
        let webhook = called.get(object)?.iter().find(|it| it.name == name)?;
        let answers = webhook.client_config.service.as_ref()?;
        Some(named(Kind::Service, &answers.namespace, &answers.name))
    }

    fn target(&self, object: &ObjectRef) -> Option<ObjectRef> {
        if object.kind != "HorizontalPodAutoscaler" {
            return None;
        }
        let autoscaler = self
            .cx
            .find::<HorizontalPodAutoscaler>(&object.namespace, &object.name)?;
        let target = self.cx.target_of(&Autoscaler::Horizontal(autoscaler));
        Some(target.ok()??.object())
    }

    /// `Internal error occurred: failed calling webhook "mutate.example.com": …`.
    fn webhook(&self, finding: &Finding) -> Vec<ObjectRef> {
        let name = finding
            .seen
            .split_once("failed calling webhook \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(name, _)| name);
        let Some(name) = name else {
            return Vec::new();
        };
        let webhooks = self.webhooks.get_or_init(|| {
            let mut webhooks: HashMap<&str, Vec<ObjectRef>> = HashMap::new();
            for (config, of_config) in self.cx.webhook_configurations() {
                for webhook in of_config {
                    webhooks
                        .entry(&webhook.name)
                        .or_default()
                        .push(config.clone());
                }
            }
            webhooks
        });
        webhooks.get(name).cloned().unwrap_or_default()
    }
}

/// `…: it waits for PersistentVolume pv-1`.
fn volume(finding: &Finding) -> Option<ObjectRef> {
    let (_, name) = finding
        .seen
        .split_once(": it waits for PersistentVolume ")?;
    Some(named(Kind::PersistentVolume, "", name))
}

fn named(kind: Kind, namespace: &str, name: &str) -> ObjectRef {
    let resource = kind.resource();
    ObjectRef {
        api_version: resource.api_version().into(),
        kind: resource.kind.into(),
        namespace: namespace.into(),
        name: name.into(),
        copy: 0,
    }
}
