//! Small clusters in which one thing is wrong: what explains what, and that nothing unrelated does.

mod common;

use std::collections::BTreeSet;

use common::{clusters, evaluate, inventory, load};
use kready_checks::{
    builtin,
    frame::causes::{self, Found},
    inventory::{Inventory, Picture, Settings},
    model::Finding,
};

/// What the checks find that explain, or are explained.
fn found(inventory: &Inventory) -> Vec<(&'static str, Finding)> {
    let picture = Picture::of(inventory);
    let settings = Settings::default();
    builtin()
        .filter(|check| causes::is_concerned(check.id))
        .flat_map(|check| {
            let findings = check.evaluate_in(&picture, &settings).findings;
            findings.into_iter().map(move |finding| (check.id, finding))
        })
        .filter(|(_, finding)| !finding.excused)
        .collect()
}

/// `workload-unavailable Deployment shop/cart <- image-pull-failing Deployment shop/cart`, and `+` where more than that holds it
/// up; what stands for itself without an arrow.
fn told(inventory: &Inventory) -> Vec<String> {
    let all = found(inventory);
    let found: Vec<Found<'_>> = all
        .iter()
        .map(|(check, finding)| Found { check, finding })
        .collect();
    let explained = causes::explain(&Picture::of(inventory), &found, |_, _| true);
    let name = |at: usize| {
        let object = found[at].finding.object.as_deref();
        let object = object.map_or_else(|| "cluster".to_owned(), ToString::to_string);
        format!("{} {object}", found[at].check)
    };
    let mut told: Vec<String> = explained
        .iter()
        .enumerate()
        .map(|(at, explained)| match explained {
            Some(it) => format!(
                "{} <- {}{}",
                name(at),
                name(it.by),
                if it.alone { "" } else { " +" }
            ),
            None => name(at),
        })
        .collect();
    told.sort();
    told
}

fn of(documents: &[String]) -> Vec<String> {
    let mut all = vec!["kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n".to_owned()];
    all.extend_from_slice(documents);
    let mut told = told(&inventory(&all.join("---\n")));
    // None of these clusters has that API.
    told.retain(|it| it != "resource-metrics-api-unavailable cluster");
    told
}

/// A `StatefulSet` of one pod, whose container is `app`: what the pod's specification and its status say besides.
fn stateful(name: &str, spec: &str, status: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: StatefulSet
metadata: {{ name: {name}, namespace: shop, uid: 7d1a8a52-6c09-44ff-8f0a-{name:0>12}, creationTimestamp: 2026-09-01T00:00:00Z }}
spec:
  serviceName: {name}
  replicas: 1
  selector: {{ matchLabels: {{ app: {name} }} }}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec: {{ containers: [{{ name: app, image: registry.example/app:1 }}]{spec} }}
status: {{ replicas: 1, readyReplicas: 0, availableReplicas: 0, updatedReplicas: 1, currentRevision: a, updateRevision: a }}
---
apiVersion: v1
kind: Pod
metadata:
  name: {name}-0
  namespace: shop
  labels: {{ app: {name} }}
  creationTimestamp: 2026-11-24T00:00:00Z
  ownerReferences: [{{ apiVersion: apps/v1, kind: StatefulSet, name: {name}, uid: 7d1a8a52-6c09-44ff-8f0a-{name:0>12}, controller: true }}]
spec: {{ containers: [{{ name: app, image: registry.example/app:1 }}]{spec} }}
status: {status}
"
    )
}

/// The status of a pod whose container waits.
fn waiting(reason: &str, more: &str) -> String {
    format!(
        "{{ phase: Pending, conditions: [{{ type: Ready, status: \"False\", lastTransitionTime: 2026-11-24T01:00:00Z }}], containerStatuses: [{{ name: app, state: {{ waiting: {{ reason: {reason} }} }}{more} }}] }}"
    )
}

const LOOPING: &str =
    ", restartCount: 9, lastState: { terminated: { exitCode: 1, reason: Error } }";
const KILLED: &str =
    ", restartCount: 9, lastState: { terminated: { exitCode: 137, reason: OOMKilled } }";

fn unscheduled(message: &str) -> String {
    format!(
        "{{ phase: Pending, conditions: [{{ type: PodScheduled, status: \"False\", reason: Unschedulable, message: '{message}', lastTransitionTime: 2026-11-24T01:00:00Z }}] }}"
    )
}

const READY_CONDITION: &str =
    "{ type: Ready, status: \"False\", lastTransitionTime: 2026-11-24T01:00:00Z }";

fn service(name: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: shop, creationTimestamp: 2026-09-01T00:00:00Z }}
spec: {{ selector: {{ app: {name} }}, clusterIP: 10.0.0.1, ports: [{{ port: 443 }}] }}
"
    )
}

fn webhook(name: &str, service: &str) -> String {
    format!(
        "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{ name: {name}, creationTimestamp: 2026-09-01T00:00:00Z }}
webhooks:
  - name: {name}.example.com
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: {{ service: {{ namespace: shop, name: {service} }} }}
    rules: [{{ apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [pods], scope: Namespaced }}]
"
    )
}

/// A Deployment that gets no pod.
fn refused(name: &str, message: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{ name: {name}, namespace: shop, generation: 1, creationTimestamp: 2026-09-01T00:00:00Z }}
spec:
  replicas: 1
  selector: {{ matchLabels: {{ app: {name} }} }}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec: {{ serviceAccountName: {name}, containers: [{{ name: app, image: registry.example/app:1 }}] }}
status:
  observedGeneration: 1
  conditions:
    - {{ type: Available, status: \"False\", lastTransitionTime: 2026-11-24T01:00:00Z }}
    - {{ type: ReplicaFailure, status: \"True\", reason: FailedCreate, lastTransitionTime: 2026-11-24T01:00:00Z, message: '{message}' }}
"
    )
}

const ACCOUNT: &str = "apiVersion: v1
kind: ServiceAccount
metadata: { name: cart, namespace: shop }
";

#[test]
fn an_outage_is_explained_by_what_holds_its_pods_up() {
    let down = "workload-unavailable StatefulSet shop/cart";
    let on = |cause: &str| {
        vec![
            format!("{cause} StatefulSet shop/cart"),
            format!("{down} <- {cause} StatefulSet shop/cart"),
        ]
    };
    let sorted = |mut told: Vec<String>| {
        told.sort();
        told
    };
    let looping = of(&[stateful("cart", "", &waiting("CrashLoopBackOff", LOOPING))]);
    assert_eq!(looping, sorted(on("container-crash-looping")));
    let pulling = of(&[stateful("cart", "", &waiting("ImagePullBackOff", ""))]);
    assert_eq!(pulling, sorted(on("image-pull-failing")));
    let unscheduled = of(&[stateful(
        "cart",
        "",
        &unscheduled("0/3 nodes are available: 3 Insufficient cpu."),
    )]);
    assert_eq!(unscheduled, sorted(on("pod-unschedulable")));
    let unready = format!(
        "{{ phase: Running, conditions: [{READY_CONDITION}], containerStatuses: [{{ name: app, ready: false, state: {{ running: {{}} }} }}] }}"
    );
    assert_eq!(
        of(&[stateful("cart", "", &unready)]),
        sorted(on("pod-not-ready"))
    );
}

#[test]
fn a_cause_is_followed_to_its_own() {
    let killed = of(&[stateful("cart", "", &waiting("CrashLoopBackOff", KILLED))]);
    assert_eq!(
        killed,
        [
            "container-crash-looping StatefulSet shop/cart <- container-oom-killed StatefulSet shop/cart",
            "container-oom-killed StatefulSet shop/cart",
            "workload-unavailable StatefulSet shop/cart <- container-crash-looping StatefulSet shop/cart",
        ]
    );
    let claim = "apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop, creationTimestamp: 2026-11-24T00:00:00Z }
spec: { accessModes: [ReadWriteOnce] }
status: { phase: Pending }
";
    let volume = ", volumes: [{ name: data, persistentVolumeClaim: { claimName: data } }]";
    let status =
        unscheduled("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
    let unbound = of(&[stateful("cart", volume, &status), claim.to_owned()]);
    assert_eq!(
        unbound,
        [
            "pod-unschedulable StatefulSet shop/cart <- pvc-pending PersistentVolumeClaim shop/data",
            "pvc-pending PersistentVolumeClaim shop/data <- storageclass-default-missing cluster",
            "storageclass-default-missing cluster",
            "workload-unavailable StatefulSet shop/cart <- pod-unschedulable StatefulSet shop/cart",
        ]
    );
}

#[test]
fn what_is_elsewhere_or_of_another_container_explains_nothing() {
    let loops = stateful("cart", "", &waiting("CrashLoopBackOff", LOOPING));
    let waits = stateful("card", "", &waiting("RunContainerError", ""));
    let told = of(&[loops, waits]);
    assert!(
        told.contains(&"workload-unavailable StatefulSet shop/card".to_owned()),
        "{told:#?}"
    );
    // A claim that this pod does not use, and one that has a node.
    let claim = "apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: other, namespace: shop, creationTimestamp: 2026-11-24T00:00:00Z }
spec: { accessModes: [ReadWriteOnce] }
status: { phase: Pending }
";
    let status =
        unscheduled("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
    let told = of(&[stateful("cart", "", &status), claim.to_owned()]);
    assert!(
        told.contains(&"pod-unschedulable StatefulSet shop/cart".to_owned()),
        "{told:#?}"
    );
    // Another message than that of a missing request.
    let missing = of(&[refused("cart", "exceeded quota: cart")]);
    assert!(
        missing.contains(&"workload-unavailable Deployment shop/cart".to_owned()),
        "{missing:#?}"
    );
}

#[test]
fn what_the_api_server_says_names_the_cause() {
    let message = "error looking up service account shop/cart: serviceaccount \"cart\" not found";
    assert_eq!(
        of(&[
            refused("cart", message),
            ACCOUNT.replace("name: cart", "name: other")
        ]),
        [
            "reference-missing Deployment shop/cart",
            "workload-unavailable Deployment shop/cart <- reference-missing Deployment shop/cart",
        ]
    );
    let message = "Internal error occurred: failed calling webhook \"guard.example.com\": failed to call webhook: no endpoints available for service \"guard\"";
    let told = of(&[
        refused("cart", message),
        ACCOUNT.to_owned(),
        webhook("guard", "guard"),
        service("guard"),
        stateful("guard", "", &waiting("ImagePullBackOff", "")),
    ]);
    assert_eq!(
        told,
        [
            "fail-closed-webhook-unavailable ValidatingWebhookConfiguration guard <- service-without-ready-endpoints Service shop/guard",
            "image-pull-failing StatefulSet shop/guard",
            "service-without-ready-endpoints Service shop/guard <- workload-unavailable StatefulSet shop/guard",
            "workload-unavailable Deployment shop/cart <- fail-closed-webhook-unavailable ValidatingWebhookConfiguration guard",
            "workload-unavailable StatefulSet shop/guard <- image-pull-failing StatefulSet shop/guard",
        ]
    );
}

#[test]
fn of_a_webhook_that_blocks_its_own_pods_the_webhook_comes_first() {
    let message = "Internal error occurred: failed calling webhook \"cart.example.com\": failed to call webhook: no endpoints available for service \"cart\"";
    let told = of(&[
        refused("cart", message),
        ACCOUNT.to_owned(),
        webhook("cart", "cart"),
        service("cart"),
    ]);
    assert_eq!(
        told,
        [
            "fail-closed-webhook-unavailable ValidatingWebhookConfiguration cart",
            "service-without-ready-endpoints Service shop/cart <- workload-unavailable Deployment shop/cart",
            "workload-unavailable Deployment shop/cart <- fail-closed-webhook-unavailable ValidatingWebhookConfiguration cart",
        ]
    );
}

#[test]
fn a_node_explains_its_pods_where_all_of_them_are_on_such_a_node() {
    let node = |ready: &str| {
        format!("apiVersion: v1
kind: Node
metadata: {{ name: a, creationTimestamp: 2026-09-01T00:00:00Z }}
status: {{ conditions: [{{ type: Ready, status: \"{ready}\", reason: KubeletNotReady, lastTransitionTime: 2026-11-24T01:00:00Z }}] }}
")
    };
    let status = format!(
        "{{ phase: Running, conditions: [{READY_CONDITION}], containerStatuses: [{{ name: app, ready: true, state: {{ running: {{}} }} }}] }}"
    );
    let on = |node: &str| stateful("cart", &format!(", nodeName: {node}"), &status);
    let told = of(&[on("a"), node("False")]);
    assert!(
        told.contains(
            &"workload-unavailable StatefulSet shop/cart <- node-not-ready Node a".to_owned()
        ),
        "{told:#?}"
    );
    assert!(
        told.contains(&"pod-not-ready StatefulSet shop/cart <- node-not-ready Node a".to_owned()),
        "{told:#?}"
    );
    for told in [of(&[on("a"), node("True")]), of(&[on("b"), node("False")])] {
        assert!(
            told.iter()
                .all(|it| !it.ends_with("Node a") || it.starts_with("node-not-ready")),
            "{told:#?}"
        );
    }
}

#[test]
fn an_autoscaler_is_explained_by_what_its_conditions_say() {
    let hpa = |kind: &str, reason: &str, message: &str| {
        format!("apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{ name: cart, namespace: shop, creationTimestamp: 2026-09-01T00:00:00Z }}
spec:
  minReplicas: 2
  maxReplicas: 4
  scaleTargetRef: {{ apiVersion: apps/v1, kind: Deployment, name: cart }}
  metrics: [{{ type: Resource, resource: {{ name: cpu, target: {{ type: Utilization, averageUtilization: 80 }} }} }}]
status:
  conditions: [{{ type: {kind}, status: \"False\", reason: {reason}, message: '{message}', lastTransitionTime: 2026-11-24T01:00:00Z }}]
")
    };
    let inactive = "hpa-inactive HorizontalPodAutoscaler shop/cart";
    let has = |told: &[String], what: &str| {
        assert!(told.iter().any(|it| it == what), "{what}: {told:#?}");
    };
    let told = of(&[hpa("AbleToScale", "FailedGetScale", "not found")]);
    has(
        &told,
        &format!("{inactive} <- hpa-target-missing HorizontalPodAutoscaler shop/cart"),
    );
    let down = refused("cart", "exceeded quota");
    let told = of(&[
        down.clone(),
        ACCOUNT.to_owned(),
        hpa(
            "ScalingActive",
            "FailedGetResourceMetric",
            "missing request for cpu in container app",
        ),
    ]);
    has(
        &told,
        &format!("{inactive} <- hpa-request-missing HorizontalPodAutoscaler shop/cart"),
    );
    // Without an APIService the metrics API is not there.
    let told = of(&[
        down,
        ACCOUNT.to_owned(),
        hpa(
            "ScalingActive",
            "FailedGetResourceMetric",
            "unable to fetch metrics from resource metrics API",
        ),
    ]);
    has(
        &told,
        &format!("{inactive} <- resource-metrics-api-unavailable cluster"),
    );
    let told = of(&[hpa("ScalingActive", "InvalidSelector", "missing selector")]);
    has(&told, inactive);
}

#[test]
fn where_pods_are_held_up_by_several_things_one_is_not_enough() {
    let one = stateful("cart", "", &waiting("CrashLoopBackOff", LOOPING))
        .replace("replicas: 1", "replicas: 2");
    let another = one
        .split("---\n")
        .nth(1)
        .unwrap_or_default()
        .replace("name: cart-0", "name: cart-1")
        .replace(
            &waiting("CrashLoopBackOff", LOOPING),
            &waiting("ImagePullBackOff", ""),
        );
    let told = of(&[one, another]);
    assert!(
        told.iter()
            .any(|it| it.starts_with("workload-unavailable") && it.ends_with(" +")),
        "{told:#?}"
    );
}

#[test]
fn nothing_explains_itself_and_every_check_of_the_table_exists() {
    let ids: BTreeSet<&str> = builtin().map(|check| check.id).collect();
    let webhook = "fail-closed-webhook-unavailable";
    let mut left: BTreeSet<(&str, &str)> = causes::pairs();
    for (cause, consequence) in &left {
        assert!(
            ids.contains(cause) && ids.contains(consequence),
            "{cause} {consequence}"
        );
        assert_ne!(cause, consequence);
    }
    // But for the webhook, which may keep its own pods away, the table has no circle: what nothing explains is taken away until
    // nothing is left.
    left.retain(|(cause, _)| *cause != webhook);
    while !left.is_empty() {
        let explained: BTreeSet<&str> = left.iter().map(|(_, consequence)| *consequence).collect();
        let before = left.len();
        left.retain(|(cause, _)| explained.contains(cause));
        assert!(left.len() < before, "a circle: {left:?}");
    }
}

#[test]
fn in_every_cluster_of_the_tests_the_way_to_a_root_ends_there() {
    for (name, documents) in clusters() {
        let inventory = load(documents).unwrap_or_else(|error| panic!("{name}: {error}"));
        let all = found(&inventory);
        let found: Vec<Found<'_>> = all
            .iter()
            .map(|(check, finding)| Found { check, finding })
            .collect();
        let explained = causes::explain(&Picture::of(&inventory), &found, |_, _| true);
        for start in 0..found.len() {
            let mut at = start;
            let mut steps = 0;
            while let Some(next) = explained[at] {
                at = next.by;
                steps += 1;
                assert!(steps <= found.len(), "{name}: no end");
            }
        }
        let none = causes::explain(&Picture::of(&inventory), &found, |_, _| false);
        assert!(none.iter().all(Option::is_none), "{name}");
    }
}

#[test]
fn a_sound_cluster_has_nothing_to_explain() {
    for check in builtin().filter(|check| causes::is_concerned(check.id)) {
        assert!(
            evaluate(check, "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n")
                .findings
                .iter()
                .all(|it| it.object.is_none())
        );
    }
}
