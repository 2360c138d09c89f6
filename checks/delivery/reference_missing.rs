//! A pod that names what does not exist never starts.

use std::collections::BTreeSet;

use crate::{
    frame::Asked,
    inventory::{Listed, Origin},
    kubernetes::ContainerView,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "reference-missing",
    pillar: Pillar::Delivery,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a pod template names an object that does not exist",
    fix: "create the object, correct the name, or mark the reference as optional",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated::<ServiceAccount>(),
        correlated::<ConfigMap>(),
        correlated::<PersistentVolumeClaim>(),
        correlated::<PriorityClass>(),
        correlated::<RuntimeClass>(),
        correlated_all(&[Evidence::SecretNames]),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Kubescape("C-0307")],
    excuse: Excuse::Provider,
    docs: include_str!("reference_missing.md"),
    run,
    ..Check::BASE
};

/// The ConfigMaps that a controller puts into every namespace.
const PUBLISHED: &[&str] = &["kube-root-ca.crt", "openshift-service-ca.crt"];

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge_workloads(|workload| {
        if workload.has_ended() {
            return Ok(Judgement::NotASubject);
        }
        let mut references = References {
            cx,
            workload,
            asked: Asked::new(),
            known: BTreeSet::new(),
        };
        references.of_pod();
        references.of_volumes();
        for view in workload.every_container() {
            references.of_container(&view);
        }
        references.asked.judgement()
    }))
}

/// What a template names, and what is known of it so far.
struct References<'c, 'a> {
    cx: &'c Context<'a>,
    workload: &'c Workload<'a>,
    asked: Asked,
    /// What was missed already, so that twenty variables of one ConfigMap are one finding.
    known: BTreeSet<(Text, String)>,
}

/// A place in the template from which an object is named.
struct Place<'p> {
    container: Option<&'p Text>,
    path: String,
}

/// Whether a platform fills a key in once the ConfigMap is there.
fn is_injected(map: &ConfigMap, key: &str) -> bool {
    let annotations = &map.metadata.annotations;
    match key {
        "service-ca.crt" => ["service.beta", "service.alpha"]
            .iter()
            .any(|prefix| annotations.has(&format!("{prefix}.openshift.io/inject-cabundle"))),
        "ca-bundle.crt" => map
            .metadata
            .labels
            .is("config.openshift.io/inject-trusted-cabundle", "true"),
        _ => false,
    }
}

impl<'a> References<'_, 'a> {
    fn namespace(&self) -> &'a Text {
        self.workload.namespace()
    }

    fn in_pod(&self, field: &str) -> Place<'a> {
        Place {
            container: None,
            path: self.workload.at(field),
        }
    }

    fn miss(&mut self, place: Place<'_>, what: String, seen: &str, expected: String) {
        let container = place.container.cloned().unwrap_or_default();
        if !self.known.insert((container, what)) {
            return;
        }
        let finding = Finding::on(self.workload)
            .at(place.path)
            .saw(seen, expected);
        self.asked.add(match place.container {
            Some(name) => finding.container(name),
            None => finding,
        });
    }

    /// Looks an object up, and reports it when it is known to be absent.
    fn find<K: Listed>(&mut self, namespace: &str, name: &str, place: Place<'_>) -> Option<&'a K> {
        let resource = K::KIND.resource();
        let found = self.cx.referred::<K>(namespace, name);
        let found = self.asked.about(found)?;
        if found.is_none() {
            let what = format!("{} {name}", resource.kind);
            let seen = format!("{what}, {}", self.cx.absent());
            let expected = if namespace.is_empty() {
                format!("a {} that exists", resource.kind)
            } else {
                format!("a {} that exists in namespace {namespace}", resource.kind)
            };
            self.miss(place, what, &seen, expected);
        }
        found
    }

    fn of_pod(&mut self) {
        let spec = self.workload.spec;
        let account = &spec.service_account_name;
        if !account.is_empty() && account != "default" {
            let place = self.in_pod("serviceAccountName");
            self.find::<ServiceAccount>(self.namespace(), account, place);
        }
        let class = &spec.priority_class_name;
        let builtin = matches!(
            class.as_str(),
            "" | "system-node-critical" | "system-cluster-critical"
        );
        if !builtin {
            let place = self.in_pod("priorityClassName");
            self.find::<PriorityClass>("", class, place);
        }
        let class = &spec.runtime_class_name;
        if !class.is_empty() {
            let place = self.in_pod("runtimeClassName");
            self.find::<RuntimeClass>("", class, place);
        }
    }

    fn of_volumes(&mut self) {
        let namespace = self.namespace();
        for volume in &self.workload.spec.volumes {
            // A StatefulSet puts each replica's own claim in the place of such a volume.
            let replaced = self
                .workload
                .volume_claim_templates()
                .iter()
                .any(|template| template.metadata.name == volume.name);
            if replaced {
                continue;
            }
            let field = format!("volumes[name={}]", volume.name);
            if let Some(claim) = &volume.persistent_volume_claim
                && !claim.claim_name.is_empty()
                && self.is_declared(namespace, &claim.claim_name)
            {
                let place = self.in_pod(&format!("{field}.persistentVolumeClaim"));
                self.find::<PersistentVolumeClaim>(namespace, &claim.claim_name, place);
            }
            if let Some(source) = &volume.config_map
                && !source.optional
            {
                let place = self.in_pod(&format!("{field}.configMap"));
                let keys = source.items.iter().map(|item| &item.key);
                self.config_map(&source.name, keys, true, place);
            }
            if let Some(source) = &volume.secret
                && !source.optional
            {
                let place = self.in_pod(&format!("{field}.secret"));
                self.secret(&source.secret_name, place);
            }
            for source in volume.projected.iter().flat_map(|source| &source.sources) {
                if let Some(source) = &source.config_map
                    && !source.optional
                {
                    let place = self.in_pod(&format!(
                        "{field}.projected.sources[configMap={}]",
                        source.name
                    ));
                    let keys = source.items.iter().map(|item| &item.key);
                    self.config_map(&source.name, keys, true, place);
                }
                if let Some(source) = &source.secret
                    && !source.optional
                {
                    let place = self.in_pod(&format!(
                        "{field}.projected.sources[secret={}]",
                        source.name
                    ));
                    self.secret(&source.name, place);
                }
            }
        }
    }

    /// Whether a claim has a declaration of its own: of manifests those of replicas have none.
    fn is_declared(&mut self, namespace: &str, claim: &str) -> bool {
        if self.cx.origin() == Origin::Live {
            return true;
        }
        match self.cx.is_claim_of_replica(namespace, claim) {
            Ok(made) => !made,
            Err(why) => {
                self.asked.about::<()>(Err(why));
                false
            }
        }
    }

    fn of_container(&mut self, view: &ContainerView<'a>) {
        let place = |field: &str| Place {
            container: Some(&view.container.name),
            path: view.at(field),
        };
        for variable in &view.container.env {
            let Some(from) = &variable.value_from else {
                continue;
            };
            let field = format!("env[name={}].valueFrom", variable.name);
            if let Some(source) = &from.config_map_key_ref
                && !source.optional
            {
                let place = place(&format!("{field}.configMapKeyRef"));
                self.config_map(&source.name, [&source.key], false, place);
            }
            if let Some(source) = &from.secret_key_ref
                && !source.optional
            {
                self.secret(&source.name, place(&format!("{field}.secretKeyRef")));
            }
        }
        for source in &view.container.env_from {
            if let Some(source) = &source.config_map_ref
                && !source.optional
            {
                let place = place(&format!("envFrom[configMapRef={}]", source.name));
                self.config_map(&source.name, [], false, place);
            }
            if let Some(source) = &source.secret_ref
                && !source.optional
            {
                self.secret(
                    &source.name,
                    place(&format!("envFrom[secretRef={}]", source.name)),
                );
            }
        }
    }

    /// The kubelet makes files of binary keys, but no variables.
    fn config_map<'k>(
        &mut self,
        name: &Text,
        keys: impl IntoIterator<Item = &'k Text>,
        as_files: bool,
        place: Place<'_>,
    ) {
        let namespace = self.namespace();
        let published = PUBLISHED.contains(&name.as_str());
        if name.is_empty() || published {
            return;
        }
        let Place { container, path } = place;
        let found = self.find::<ConfigMap>(
            namespace,
            name,
            Place {
                container,
                path: path.clone(),
            },
        );
        let Some(found) = found else {
            return;
        };
        for key in keys {
            let injected = self.cx.origin() == Origin::Files && is_injected(found, key);
            if injected || found.data.has(key) || (as_files && found.binary_data.has(key)) {
                continue;
            }
            let place = Place {
                container,
                path: path.clone(),
            };
            let seen = format!("key {key}, which ConfigMap {name} does not have");
            self.miss(place, seen.clone(), &seen, "one of its keys".to_owned());
        }
    }

    /// Secrets are looked up only where the user allowed their names to be read, and never among manifests.
    fn secret(&mut self, name: &Text, place: Place<'_>) {
        let namespace = self.namespace();
        if name.is_empty() || self.cx.origin() == Origin::Files {
            return;
        }
        match self.cx.has_secret(namespace, name) {
            None | Some(Ok(true)) => {}
            Some(Ok(false)) => {
                let what = format!("Secret {name}");
                let seen = format!("{what}, which does not exist");
                self.miss(
                    place,
                    what,
                    &seen,
                    format!("a Secret that exists in namespace {namespace}"),
                );
            }
            Some(Err(why)) => {
                self.asked.about::<()>(Err(why));
            }
        }
    }
}
