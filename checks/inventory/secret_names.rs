//! Which literal values of variables are the names of Secrets.
//!
//! A value does not survive decoding: a digest of what could be such a name stays until all that was read is together.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::{
    Inventory, Listed, Listings,
    digests::digest_of_name,
    kinds::{
        CloneSet, CronJob, DaemonSet, Deployment, Ingress, Job, Pod, ReplicaSet,
        ReplicationController, Rollout, Secret, ServiceAccount, StatefulSet,
    },
    types::{Container, HoldsTemplate, PodSpec},
};
use crate::{
    model::{Text, credentials::ValueClass},
    wire::{Interner, Shared},
};

impl Inventory {
    /// Recognises the values that are names of Secrets which were read, which something that was read names, or `made`.
    pub fn recognise_secret_names(&mut self, made: &BTreeSet<Text>) {
        let mut pending = false;
        each_template(&mut self.listings, &mut |spec| {
            pending |= containers(spec).any(|container| {
                container
                    .env
                    .iter()
                    .any(|variable| variable.digest.is_some())
            });
            None
        });
        if !pending {
            return;
        }
        let names: HashSet<u64> = self
            .names_of_secrets()
            .iter()
            .chain(made)
            .map(|name| digest_of_name(name))
            .collect();
        // What is equal stays stored once.
        let mut interner = Interner::new();
        interner.within(|| {
            each_template(&mut self.listings, &mut |spec| {
                let is_name =
                    |digest: Option<u64>| digest.is_some_and(|digest| names.contains(&digest));
                let any = containers(spec).any(|container| {
                    container
                        .env
                        .iter()
                        .any(|variable| is_name(variable.digest))
                });
                any.then(|| {
                    let mut own = spec.clone();
                    let lists = [
                        &mut own.init_containers,
                        &mut own.containers,
                        &mut own.ephemeral_containers,
                    ];
                    for container in lists.into_iter().flatten() {
                        if !container
                            .env
                            .iter()
                            .any(|variable| is_name(variable.digest))
                        {
                            continue;
                        }
                        for variable in container.env.to_mut() {
                            if is_name(variable.digest) {
                                variable.value = ValueClass::SecretName;
                                variable.digest = None;
                            }
                        }
                        container.env.share();
                    }
                    own
                })
            });
        });
    }

    fn names_of_secrets(&mut self) -> BTreeSet<Text> {
        let mut names = BTreeSet::new();
        names.extend(
            self.seen::<Secret>()
                .iter()
                .map(|secret| secret.metadata.name.clone()),
        );
        names.extend(
            self.seen::<Ingress>()
                .iter()
                .flat_map(|ingress| &ingress.spec.tls)
                .map(|tls| tls.secret_name.clone()),
        );
        names.extend(
            self.seen::<ServiceAccount>()
                .iter()
                .flat_map(|account| &account.image_pull_secrets)
                .map(|secret| secret.name.clone()),
        );
        each_template(&mut self.listings, &mut |spec| {
            named_by(spec, &mut |name| {
                names.insert(name.clone());
            });
            None
        });
        names.remove("");
        names
    }
}

/// The names of the Secrets that a custom resource makes: it mostly bears the name, or says it.
pub(super) fn made_by(kind: &str, document: &Value) -> Vec<Text> {
    let makes_secrets = kind.contains("Secret") || kind == "Certificate";
    let places: &[&str] = if makes_secrets {
        &[
            "/metadata/name",
            "/spec/target/name",
            "/spec/destination/name",
            "/spec/secretName",
        ]
    } else {
        &[]
    };
    let names = places
        .iter()
        .filter_map(|place| document.pointer(place)?.as_str());
    names.map(Text::from).collect()
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.init_containers
        .iter()
        .chain(&spec.containers)
        .chain(&spec.ephemeral_containers)
}

/// The Secrets that a template names.
fn named_by(spec: &PodSpec, found: &mut dyn FnMut(&Text)) {
    for secret in &spec.image_pull_secrets {
        found(&secret.name);
    }
    for volume in &spec.volumes {
        if let Some(source) = &volume.secret {
            found(&source.secret_name);
        }
        for source in volume.projected.iter().flat_map(|source| &source.sources) {
            if let Some(source) = &source.secret {
                found(&source.name);
            }
        }
    }
    for container in containers(spec) {
        for source in &container.env_from {
            if let Some(source) = &source.secret_ref {
                found(&source.name);
            }
        }
        for variable in &container.env {
            let from = variable.value_from.as_deref();
            if let Some(source) = from.and_then(|from| from.secret_key_ref.as_ref()) {
                found(&source.name);
            }
        }
    }
}

/// Hands `change` every template; what it returns takes the template's place.
fn each_template(listings: &mut Listings, change: &mut dyn FnMut(&PodSpec) -> Option<PodSpec>) {
    fn of<K: Listed>(
        listings: &mut Listings,
        spec_of: fn(&mut K) -> Option<&mut Shared<PodSpec>>,
        change: &mut dyn FnMut(&PodSpec) -> Option<PodSpec>,
    ) {
        for object in &mut K::place_mut(listings).items {
            let Some(spec) = spec_of(object) else {
                continue;
            };
            if let Some(changed) = change(spec) {
                *spec.to_mut() = changed;
                spec.share();
            }
        }
    }
    of::<Pod>(listings, Pod::pod_spec_mut, change);
    of::<ReplicationController>(listings, ReplicationController::pod_spec_mut, change);
    of::<CloneSet>(listings, |set| set.0.pod_spec_mut(), change);
    of::<DaemonSet>(listings, DaemonSet::pod_spec_mut, change);
    of::<Deployment>(listings, Deployment::pod_spec_mut, change);
    of::<ReplicaSet>(listings, ReplicaSet::pod_spec_mut, change);
    of::<StatefulSet>(listings, StatefulSet::pod_spec_mut, change);
    of::<Rollout>(listings, Rollout::pod_spec_mut, change);
    of::<CronJob>(listings, CronJob::pod_spec_mut, change);
    of::<Job>(listings, Job::pod_spec_mut, change);
}

#[cfg(test)]
mod tests {
    use crate::inventory::{kinds::Deployment, testing::load};
    use crate::model::credentials::ValueClass::{self, Other, SecretName};

    #[test]
    fn a_value_that_is_the_name_of_a_secret_is_recognised_as_one() {
        let inventory = load(
            r"
apiVersion: v1
kind: Secret
metadata: { name: billing }
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: { name: mail }
spec: { target: { name: mail-login } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: shop }
spec:
  template:
    spec:
      volumes: [{ name: tls, secret: { secretName: shop-tls } }]
      containers:
      - name: app
        env:
        - { name: DATABASE_SECRET, value: billing }
        - { name: TLS_SECRET, value: shop-tls }
        - { name: MAIL_SECRET, value: mail-login }
        - { name: OTHER_SECRET, value: hunter2 }
        - { name: LOG_LEVEL, value: billing }
",
        );
        let classes: Vec<ValueClass> = inventory.seen::<Deployment>()[0]
            .spec
            .template
            .spec
            .containers[0]
            .env
            .iter()
            .map(|variable| variable.value)
            .collect();
        assert_eq!(classes, [SecretName, SecretName, SecretName, Other, Other]);
    }
}
