use super::{Document, Loader};
use crate::inventory::{
    Reading,
    kinds::{ConfigMap, Deployment, Pod, Service},
    testing::load,
};

#[test]
fn scalars_are_read_as_kubectl_reads_them() {
    let inventory = load(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostNetwork: yes\n  containers: [{name: a, image: b, ports: null}]\n  terminationGracePeriodSeconds: 010\n",
    );
    let pod = &inventory.seen::<Pod>()[0];
    assert!(pod.spec.host_network);
    assert_eq!(pod.spec.termination_grace_period_seconds, Some(8));
    assert_eq!(pod.metadata.namespace, "default");
}

#[test]
fn lists_are_opened_and_an_undecodable_object_is_a_gap() {
    let inventory = load(
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}}\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: bad, namespace: x}, spec: {replicas: many}}\n- {apiVersion: apps/v1, kind: Deployment, metadata: {name: good, namespace: x}}\n",
    );
    assert_eq!(inventory.seen::<Service>().len(), 1);
    assert_eq!(inventory.seen::<Deployment>().len(), 1);
    let gap = inventory.listing::<Deployment>().gap().unwrap();
    assert!(
        gap.message.contains("bad") && gap.message.contains("spec.replicas"),
        "{gap:?}"
    );
}

#[test]
fn a_header_makes_it_live_and_says_what_was_seen() {
    let inventory =
        load("kind: Snapshot\ntime: 2026-11-25T03:00:00Z\nlistings:\n  pods: {reading: read}\n");
    assert_eq!(inventory.now, "2026-11-25T03:00:00Z".parse().unwrap());
    assert_eq!(inventory.listing::<Pod>().reading, Reading::Read);
    assert_eq!(
        inventory.listing::<ConfigMap>().reading,
        Reading::NotCollected
    );
}

#[test]
fn what_is_no_object_is_said_to_be_none() {
    let mut loader = Loader::new("default");
    assert_eq!(
        loader.add(serde_json::json!({ "replicas": 1 }), None),
        Ok(Document::Nothing)
    );
}
