//! Fields of older API versions, and of old times, become those of the version that is read.
//!
//! The API server converts what it is given, and fills in the defaults of the version in which it is given; manifests
//! get the same here. By kind, after `conversion.go` and `defaults.go` of every version in `k8s.io/kubernetes/pkg/apis`
//! v1.36, and for versions that are gone after those of the release that last had them:
//!
//! | kind | versions | what differs |
//! |---|---|---|
//! | all with a pod template | all | `serviceAccount` is `serviceAccountName` where that is empty |
//! | PersistentVolume, PersistentVolumeClaim | v1 | the annotation `volume.beta.kubernetes.io/storage-class` goes before `storageClassName` (read where classes are looked up) |
//! | StorageClass | all | `storageclass.beta.kubernetes.io/is-default-class` (read with the newer annotation) |
//! | ReplicationController | v1 | without a selector, that of the template's labels |
//! | Deployment | extensions/v1beta1, apps/v1beta1 | the same; in extensions a rolling update may miss 1 and add 1, elsewhere 25 % |
//! | ReplicaSet | extensions/v1beta1 | the same selector |
//! | DaemonSet | extensions/v1beta1 | the same selector; without a strategy `OnDelete` |
//! | StatefulSet | apps/v1beta1 | the same selector; without a strategy `OnDelete` |
//! | all of apps | apps/v1beta2 | as apps/v1: the selector is required |
//! | Ingress | extensions/v1beta1, networking.k8s.io/v1beta1 | `backend` is `defaultBackend`; `serviceName` and `servicePort` are `service.name` and `service.port`; without a path type `ImplementationSpecific` |
//! | NetworkPolicy, IngressClass, Lease, Event, PriorityClass, StorageClass, VolumeAttachment, CSIDriver, APIService, CronJob | all | nothing that is read |
//! | HorizontalPodAutoscaler | autoscaling/v1 | `targetCPUUtilizationPercentage` is a metric; more metrics stand in the annotation `autoscaling.alpha.kubernetes.io/metrics` |
//! | HorizontalPodAutoscaler | autoscaling/v2alpha1, v2beta1 | targets of a metric stand beside its name: `targetAverageUtilization`, `targetAverageValue` |
//! | HorizontalPodAutoscaler | extensions/v1beta1 | `scaleRef` is `scaleTargetRef`; `cpuUtilization.targetPercentage` is a metric |
//! | HorizontalPodAutoscaler | autoscaling/v2beta2 | nothing |
//! | PodDisruptionBudget | policy/v1beta1, v1alpha1 | an empty selector selects nothing |
//! | MutatingWebhookConfiguration, ValidatingWebhookConfiguration | admissionregistration.k8s.io/v1beta1 | without a failure policy `Ignore`; without a time-out 30 s; without a match policy `Exact` |
//! | ValidatingAdmissionPolicy and its binding | v1alpha1, v1beta1 | nothing that is read |
//! | EndpointSlice | discovery.k8s.io/v1beta1, v1alpha1 | the node's name may stand in `topology` alone |
//! | RuntimeClass | node.k8s.io/v1alpha1 | `spec.runtimeHandler` is `handler` |
//! | Role, ClusterRole and their bindings | v1alpha1, v1beta1 | in v1alpha1 a subject's `apiVersion` is its `apiGroup`, and the user `*` is the group `system:authenticated` |
//!
//! CustomResourceDefinition, CertificateSigningRequest, FlowSchema, PriorityLevelConfiguration, PodSecurityPolicy,
//! CSINode and CSIStorageCapacity are of no kind whose fields are read.

use serde_json::{Map, Value, json};

use super::kinds::Kind;

/// Brings a document to the version in which its kind is read.
pub(super) fn read(kind: Kind, document: &mut Value) {
    let version = document
        .get("apiVersion")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let version = version.as_str();
    if let Some(template) = pod_spec(kind, document) {
        service_account(template);
    }
    match kind {
        Kind::ReplicationController => selector_of_template(document, false),
        Kind::Deployment if matches!(version, "extensions/v1beta1" | "apps/v1beta1") => {
            selector_of_template(document, true);
            if version == "extensions/v1beta1" {
                rolling_by_one(document);
            }
        }
        Kind::ReplicaSet if version == "extensions/v1beta1" => selector_of_template(document, true),
        Kind::DaemonSet if version == "extensions/v1beta1" => {
            selector_of_template(document, true);
            on_delete(document);
        }
        Kind::StatefulSet if version == "apps/v1beta1" => {
            selector_of_template(document, true);
            on_delete(document);
        }
        Kind::Ingress if matches!(version, "extensions/v1beta1" | "networking.k8s.io/v1beta1") => {
            ingress(document);
        }
        Kind::HorizontalPodAutoscaler => autoscaler(document),
        Kind::PodDisruptionBudget if matches!(version, "policy/v1beta1" | "policy/v1alpha1") => {
            budget(document);
        }
        Kind::MutatingWebhookConfiguration | Kind::ValidatingWebhookConfiguration
            if version == "admissionregistration.k8s.io/v1beta1" =>
        {
            webhooks(document);
        }
        Kind::EndpointSlice if version != "discovery.k8s.io/v1" => endpoints(document),
        Kind::RuntimeClass if version == "node.k8s.io/v1alpha1" => {
            let handler = document.pointer("/spec/runtimeHandler").cloned();
            if let (Value::Object(fields), Some(handler)) = (document, handler) {
                fields.entry("handler").or_insert(handler);
            }
        }
        Kind::RoleBinding | Kind::ClusterRoleBinding
            if version == "rbac.authorization.k8s.io/v1alpha1" =>
        {
            subjects(document);
        }
        _ => {}
    }
}

/// The pod specification that an object holds.
fn pod_spec(kind: Kind, document: &mut Value) -> Option<&mut Value> {
    let path = match kind {
        Kind::Pod => "/spec",
        Kind::CronJob => "/spec/jobTemplate/spec/template/spec",
        Kind::CloneSet
        | Kind::DaemonSet
        | Kind::Deployment
        | Kind::DeploymentConfig
        | Kind::Job
        | Kind::ReplicaSet
        | Kind::ReplicationController
        | Kind::Rollout
        | Kind::StatefulSet => "/spec/template/spec",
        _ => return None,
    };
    document.pointer_mut(path)
}

fn is_unset(fields: &Map<String, Value>, key: &str) -> bool {
    match fields.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

fn service_account(spec: &mut Value) {
    if let Value::Object(fields) = spec
        && is_unset(fields, "serviceAccountName")
        && let Some(name) = fields.get("serviceAccount").cloned()
    {
        fields.insert("serviceAccountName".into(), name);
    }
}

/// Takes the template's labels for a selector where there is none.
fn selector_of_template(document: &mut Value, as_labels: bool) {
    let labels = document.pointer("/spec/template/metadata/labels").cloned();
    let Some(labels @ Value::Object(_)) = labels else {
        return;
    };
    if let Some(Value::Object(spec)) = document.get_mut("spec") {
        let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
        // A plain selector that is empty is none.
        if is_unset(spec, "selector") || (!as_labels && spec.get("selector").is_some_and(empty)) {
            let selector = if as_labels {
                json!({ "matchLabels": labels })
            } else {
                labels
            };
            spec.insert("selector".into(), selector);
        }
    }
}

fn rolling_by_one(document: &mut Value) {
    let Some(Value::Object(spec)) = document.get_mut("spec") else {
        return;
    };
    let Some(strategy) = object_in(spec, "strategy") else {
        return;
    };
    if !is_unset(strategy, "type") && strategy["type"] != "RollingUpdate" {
        return;
    }
    if let Some(bounds) = object_in(strategy, "rollingUpdate") {
        for bound in ["maxUnavailable", "maxSurge"] {
            if is_unset(bounds, bound) {
                bounds.insert(bound.into(), 1.into());
            }
        }
    }
}

fn on_delete(document: &mut Value) {
    if let Some(Value::Object(spec)) = document.get_mut("spec")
        && let Some(strategy) = object_in(spec, "updateStrategy")
        && is_unset(strategy, "type")
    {
        strategy.insert("type".into(), "OnDelete".into());
    }
}

/// The mapping under a key, which is made where there is none.
fn object_in<'a>(
    fields: &'a mut Map<String, Value>,
    key: &str,
) -> Option<&'a mut Map<String, Value>> {
    if is_unset(fields, key) {
        fields.insert(key.into(), Value::Object(Map::new()));
    }
    fields.get_mut(key)?.as_object_mut()
}

fn ingress(document: &mut Value) {
    let Some(Value::Object(spec)) = document.get_mut("spec") else {
        return;
    };
    if let (Some(backend), true) = (spec.remove("backend"), is_unset(spec, "defaultBackend")) {
        spec.insert("defaultBackend".into(), backend);
    }
    if let Some(backend) = spec.get_mut("defaultBackend") {
        ingress_backend(backend);
    }
    let rules = spec.get_mut("rules").and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten() {
        let paths = rule
            .pointer_mut("/http/paths")
            .and_then(Value::as_array_mut);
        for path in paths.into_iter().flatten() {
            if let Value::Object(fields) = path
                && is_unset(fields, "pathType")
            {
                fields.insert("pathType".into(), "ImplementationSpecific".into());
            }
            if let Some(backend) = path.get_mut("backend") {
                ingress_backend(backend);
            }
        }
    }
}

fn ingress_backend(backend: &mut Value) {
    let Value::Object(fields) = backend else {
        return;
    };
    let (name, port) = (fields.remove("serviceName"), fields.remove("servicePort"));
    if (name.is_none() && port.is_none()) || fields.contains_key("service") {
        return;
    }
    let port = match port {
        Some(number @ Value::Number(_)) => json!({ "number": number }),
        Some(Value::String(name)) => json!({ "name": name }),
        Some(other) => json!({ "number": other }),
        None => json!({}),
    };
    fields.insert("service".into(), json!({ "name": name, "port": port }));
}

fn autoscaler(document: &mut Value) {
    let noted = document
        .pointer("/metadata/annotations/autoscaling.alpha.kubernetes.io~1metrics")
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
    let Some(Value::Object(spec)) = document.get_mut("spec") else {
        return;
    };
    if let (Some(target), true) = (spec.remove("scaleRef"), is_unset(spec, "scaleTargetRef")) {
        spec.insert("scaleTargetRef".into(), target);
    }
    let share = spec.remove("targetCPUUtilizationPercentage").or_else(|| {
        Some(
            spec.remove("cpuUtilization")?
                .get_mut("targetPercentage")?
                .take(),
        )
    });
    let mut older: Vec<Value> = share
        .filter(|share| !share.is_null())
        .map(|share| {
            json!({ "type": "Resource", "resource": {
                "name": "cpu", "target": { "type": "Utilization", "averageUtilization": share },
            } })
        })
        .into_iter()
        .collect();
    older.extend(noted.into_iter().flatten());
    if is_unset(spec, "metrics") && !older.is_empty() {
        spec.insert("metrics".into(), Value::Array(older));
    }
    let metrics = spec.get_mut("metrics").and_then(Value::as_array_mut);
    for metric in metrics.into_iter().flatten() {
        for source in ["resource", "containerResource"] {
            if let Some(Value::Object(fields)) = metric.get_mut(source) {
                metric_target(fields);
            }
        }
    }
}

fn metric_target(fields: &mut Map<String, Value>) {
    if fields.contains_key("target") {
        return;
    }
    let target = if let Some(share) = fields.remove("targetAverageUtilization") {
        json!({ "type": "Utilization", "averageUtilization": share })
    } else if let Some(value) = fields.remove("targetAverageValue") {
        json!({ "type": "AverageValue", "averageValue": value })
    } else {
        return;
    };
    fields.insert("target".into(), target);
}

fn budget(document: &mut Value) {
    let Some(Value::Object(spec)) = document.get_mut("spec") else {
        return;
    };
    let is_empty = |selector: &Value| {
        selector.as_object().is_some_and(|selector| {
            selector.values().all(|part| {
                part.is_null()
                    || part.as_array().is_some_and(Vec::is_empty)
                    || part.as_object().is_some_and(Map::is_empty)
            })
        })
    };
    if spec.get("selector").is_some_and(is_empty) {
        spec.remove("selector");
    }
}

fn webhooks(document: &mut Value) {
    let webhooks = document.get_mut("webhooks").and_then(Value::as_array_mut);
    for webhook in webhooks
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        for (field, value) in [
            ("failurePolicy", json!("Ignore")),
            ("matchPolicy", json!("Exact")),
            ("timeoutSeconds", json!(30)),
        ] {
            if is_unset(webhook, field) {
                webhook.insert(field.into(), value);
            }
        }
    }
}

fn endpoints(document: &mut Value) {
    let endpoints = document.get_mut("endpoints").and_then(Value::as_array_mut);
    for endpoint in endpoints.into_iter().flatten() {
        let node = endpoint
            .pointer("/topology/kubernetes.io~1hostname")
            .cloned();
        if let (Value::Object(fields), Some(node)) = (endpoint, node)
            && is_unset(fields, "nodeName")
        {
            fields.insert("nodeName".into(), node);
        }
    }
}

fn subjects(document: &mut Value) {
    let subjects = document.get_mut("subjects").and_then(Value::as_array_mut);
    for subject in subjects
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        if let Some(Value::String(version)) = subject.remove("apiVersion") {
            let group = version.split_once('/').map_or("", |(group, _)| group);
            subject.entry("apiGroup").or_insert_with(|| group.into());
        }
        if subject.get("kind").is_some_and(|kind| kind == "User")
            && subject.get("name").is_some_and(|name| name == "*")
        {
            subject.insert("kind".into(), "Group".into());
            subject.insert("name".into(), "system:authenticated".into());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::inventory::{
        kinds::{
            ClusterRoleBinding, CronJob, DaemonSet, Deployment, EndpointSlice,
            HorizontalPodAutoscaler, Ingress, Pod, PodDisruptionBudget, ReplicationController,
            RuntimeClass, StatefulSet, ValidatingWebhookConfiguration,
        },
        testing::load,
    };

    #[test]
    fn the_old_name_of_a_service_account_counts_where_the_new_one_is_empty() {
        let inventory = load(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {serviceAccount: old}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec: {serviceAccount: old, serviceAccountName: new}\n---\napiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: c}\nspec: {jobTemplate: {spec: {template: {spec: {serviceAccount: old}}}}}\n",
        );
        let names: Vec<&str> = inventory
            .seen::<Pod>()
            .iter()
            .map(|pod| pod.spec.service_account_name.as_str())
            .collect();
        assert_eq!(names, ["old", "new"]);
        let job = &inventory.seen::<CronJob>()[0].spec.job_template.spec;
        assert_eq!(job.template.spec.service_account_name, "old");
    }

    #[test]
    fn selectors_and_strategies_are_those_of_the_version() {
        let template = "template: {metadata: {labels: {app: a}}}";
        let object = |version: &str, kind: &str, name: &str| {
            format!(
                "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{template}}}\n---\n"
            )
        };
        let inventory = load(
            &[
                object("extensions/v1beta1", "Deployment", "a"),
                object("apps/v1beta1", "Deployment", "b"),
                object("apps/v1", "Deployment", "c"),
                object("extensions/v1beta1", "DaemonSet", "a"),
                object("apps/v1beta2", "DaemonSet", "b"),
                object("apps/v1beta1", "StatefulSet", "a"),
                object("v1", "ReplicationController", "a"),
            ]
            .concat(),
        );
        let deployments = inventory.seen::<Deployment>();
        let selectors: Vec<bool> = deployments
            .iter()
            .map(|deployment| deployment.spec.selector.is_some())
            .collect();
        assert_eq!(selectors, [true, true, false]);
        assert!(deployments[0].spec.strategy.rolling_update.is_some());
        assert!(deployments[1].spec.strategy.rolling_update.is_none());
        let strategies: Vec<&str> = inventory
            .seen::<DaemonSet>()
            .iter()
            .map(|set| set.spec.update_strategy.kind.as_str())
            .collect();
        assert_eq!(strategies, ["OnDelete", ""]);
        assert_eq!(
            inventory.seen::<StatefulSet>()[0].spec.update_strategy.kind,
            "OnDelete"
        );
        let controller = &inventory.seen::<ReplicationController>()[0];
        assert_eq!(
            controller
                .spec
                .selector
                .get("app")
                .map(crate::model::Text::as_str),
            Some("a")
        );
    }

    #[test]
    fn backends_of_older_ingresses_are_services() {
        let spec = "backend: {serviceName: all, servicePort: web}\n  rules: [{http: {paths: [{path: /, backend: {serviceName: cart, servicePort: 80}}]}}]";
        let inventory = load(&format!(
            "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {{name: a}}\nspec:\n  {spec}\n---\napiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {{name: b}}\nspec:\n  {spec}\n"
        ));
        for ingress in inventory.seen::<Ingress>() {
            let default = ingress.spec.default_backend.as_ref().unwrap();
            let default = default.service.as_ref().unwrap();
            assert_eq!(
                (default.name.as_str(), default.port.name.as_str()),
                ("all", "web")
            );
            let path = &ingress.spec.rules[0].http.as_ref().unwrap().paths[0];
            let service = path.backend.service.as_ref().unwrap();
            assert_eq!((service.name.as_str(), service.port.number), ("cart", 80));
        }
    }

    #[test]
    fn metrics_of_older_autoscalers_are_metrics() {
        let inventory = load(
            "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {maxReplicas: 3, targetCPUUtilizationPercentage: 60}\n---\napiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler\nmetadata: {name: b}\nspec: {metrics: [{type: Resource, resource: {name: memory, targetAverageUtilization: 60}}, {type: Resource, resource: {name: cpu, targetAverageValue: 1}}]}\n---\napiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: c, annotations: {autoscaling.alpha.kubernetes.io/metrics: '[{\"type\":\"Resource\",\"resource\":{\"name\":\"memory\",\"targetAverageUtilization\":70}}]'}}\nspec: {maxReplicas: 3}\n",
        );
        let metrics: Vec<Vec<(String, String)>> = inventory
            .seen::<HorizontalPodAutoscaler>()
            .iter()
            .map(|autoscaler| {
                let metrics = autoscaler.spec.metrics.iter();
                metrics
                    .filter_map(|metric| metric.resource.as_ref())
                    .map(|resource| (resource.name.to_string(), resource.target.kind.to_string()))
                    .collect()
            })
            .collect();
        let of = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
        assert_eq!(
            metrics,
            [
                vec![of("cpu", "Utilization")],
                vec![of("memory", "Utilization"), of("cpu", "AverageValue")],
                vec![of("memory", "Utilization")],
            ]
        );
    }

    #[test]
    fn an_empty_selector_of_an_older_budget_selects_nothing() {
        let inventory = load(
            "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {selector: {}}\n---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {selector: {}}\n---\napiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: c}\nspec: {selector: {matchLabels: {a: b}}}\n",
        );
        let selectors: Vec<bool> = inventory
            .seen::<PodDisruptionBudget>()
            .iter()
            .map(|budget| budget.spec.selector.is_some())
            .collect();
        assert_eq!(selectors, [false, true, true]);
    }

    #[test]
    fn what_else_older_versions_leave_out_is_filled_in() {
        let inventory = load(
            "apiVersion: admissionregistration.k8s.io/v1beta1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: a}\nwebhooks: [{name: a}, {name: b, failurePolicy: Fail, timeoutSeconds: 5}]\n---\napiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\nmetadata: {name: a}\nendpoints: [{addresses: [10.0.0.1], topology: {kubernetes.io/hostname: worker}}]\n---\napiVersion: node.k8s.io/v1alpha1\nkind: RuntimeClass\nmetadata: {name: a}\nspec: {runtimeHandler: runsc}\n---\napiVersion: rbac.authorization.k8s.io/v1alpha1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nsubjects: [{kind: User, name: '*', apiVersion: rbac.authorization.k8s.io/v1alpha1}]\nroleRef: {kind: ClusterRole, name: view}\n",
        );
        let webhooks = &inventory.seen::<ValidatingWebhookConfiguration>()[0].webhooks;
        assert_eq!(
            (
                webhooks[0].failure_policy.as_str(),
                webhooks[0].timeout_seconds
            ),
            ("Ignore", Some(30))
        );
        assert_eq!(
            (
                webhooks[1].failure_policy.as_str(),
                webhooks[1].timeout_seconds
            ),
            ("Fail", Some(5))
        );
        assert_eq!(
            inventory.seen::<EndpointSlice>()[0].endpoints[0].node_name,
            "worker"
        );
        assert_eq!(inventory.seen::<RuntimeClass>()[0].handler, "runsc");
        let subject = &inventory.seen::<ClusterRoleBinding>()[0].subjects[0];
        assert_eq!(
            (subject.kind.as_str(), subject.name.as_str()),
            ("Group", "system:authenticated")
        );
    }
}
