//! Owners in every shape, and what their walk makes of them.

use super::Workload;
use crate::{
    inventory::{
        Evidence, Gap, GapReason, Inventory, Kind, Loader, Picture, WorkloadKind, kinds::Pod,
        yaml_documents,
    },
    model::Subject as _,
    wire::{Time, Uid},
};
use std::collections::BTreeMap;

use proptest::prelude::*;

fn load(yaml: &str) -> Inventory {
    let mut loader = Loader::new("default");
    for document in yaml_documents(&format!(
        "kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n---\n{yaml}"
    ))
    .unwrap()
    {
        loader.add(document, None).unwrap();
    }
    loader.finish(Time(0))
}

/// A Deployment that was rolled out twice.
fn rolled_out() -> String {
    [
        owned("Deployment", "web", "d1", None),
        owned(
            "ReplicaSet",
            "web-1",
            "r1",
            Some(("apps/v1", "Deployment", "web", "d1")),
        ),
        owned(
            "ReplicaSet",
            "web-2",
            "r2",
            Some(("apps/v1", "Deployment", "web", "d1")),
        ),
    ]
    .concat()
}

fn owned(kind: &str, name: &str, uid: &str, owner: Option<(&str, &str, &str, &str)>) -> String {
    let api_version = match kind {
        "Pod" => "v1",
        "Job" | "CronJob" => "batch/v1",
        _ => "apps/v1",
    };
    let owner = owner.map_or(String::new(), |(api_version, kind, name, uid)| {
        format!(", ownerReferences: [{{apiVersion: {api_version}, kind: {kind}, name: {name}, uid: {uid}, controller: true}}]")
    });
    let spec = match kind {
        "Pod" => "{containers: [{name: app, image: a}]}",
        _ => "{template: {spec: {containers: [{name: app, image: a}]}}}",
    };
    format!(
        "---\napiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop, uid: {uid}{owner}}}\nspec: {spec}\nstatus: {{phase: Running}}\n"
    )
}

fn tops(inventory: &Inventory) -> Vec<(String, usize)> {
    let picture = Picture::of(inventory);
    let mut tops: Vec<_> = picture
        .workloads()
        .flatten()
        .map(|workload: Workload<'_>| (workload.object().to_string(), workload.pods().count()))
        .collect();
    tops.sort();
    tops
}

#[test]
fn pods_roll_up_to_their_top_controller() {
    let inventory = load(
        &[
            rolled_out(),
            owned(
                "Pod",
                "web-2-a",
                "p1",
                Some(("apps/v1", "ReplicaSet", "web-2", "r2")),
            ),
            owned(
                "Pod",
                "web-2-b",
                "p2",
                Some(("apps/v1", "ReplicaSet", "web-2", "r2")),
            ),
            owned("CronJob", "tidy", "c1", None),
            owned(
                "Job",
                "tidy-1",
                "j1",
                Some(("batch/v1", "CronJob", "tidy", "c1")),
            ),
            owned(
                "Pod",
                "tidy-1-a",
                "p3",
                Some(("batch/v1", "Job", "tidy-1", "j1")),
            ),
            owned("Pod", "alone", "p4", None),
        ]
        .concat(),
    );
    let tops = tops(&inventory);
    let tops: Vec<_> = tops
        .iter()
        .map(|(name, pods)| (name.as_str(), *pods))
        .collect();
    assert_eq!(
        tops,
        [
            ("CronJob shop/tidy", 1),
            ("Deployment shop/web", 2),
            ("Pod shop/alone", 1)
        ]
    );
}

#[test]
fn an_object_that_kready_does_not_have_gathers_its_children() {
    let inventory = load(
        &[
            owned(
                "StatefulSet",
                "db-a",
                "s1",
                Some(("db.example/v1", "Database", "db", "x1")),
            ),
            owned(
                "StatefulSet",
                "db-b",
                "s2",
                Some(("db.example/v1", "Database", "db", "x1")),
            ),
            owned(
                "Pod",
                "cache-0",
                "p1",
                Some(("cache.example/v1", "Cache", "cache", "x2")),
            ),
            owned(
                "Pod",
                "cache-1",
                "p2",
                Some(("cache.example/v1", "Cache", "cache", "x2")),
            ),
        ]
        .concat(),
    );
    let tops = tops(&inventory);
    let tops: Vec<_> = tops
        .iter()
        .map(|(name, pods)| (name.as_str(), *pods))
        .collect();
    assert_eq!(
        tops,
        [
            ("Cache shop/cache", 2),
            ("Database shop/db", 0),
            ("Database shop/db", 0)
        ]
    );
    let picture = Picture::of(&inventory);
    let database = picture
        .workloads()
        .flatten()
        .find(|workload| workload.kind == WorkloadKind::StatefulSet)
        .unwrap();
    assert!(database.is_operated());
    assert_eq!(
        database.at("containers"),
        "StatefulSet/db-a: spec.template.spec.containers"
    );
}

#[test]
fn of_the_generations_of_one_owner_the_newest_that_runs_has_the_template() {
    let generation = |number: u8, replicas: u8| {
        format!(
            "apiVersion: v1\nkind: ReplicationController\nmetadata: {{name: web-{number}, namespace: shop, uid: r{number}, creationTimestamp: 2026-09-0{number}T00:00:00Z, ownerReferences: [{{apiVersion: apps.openshift.io/v1, kind: DeploymentConfig, name: web, uid: d, controller: true}}]}}\nspec: {{replicas: {replicas}, template: {{spec: {{containers: [{{name: app, image: \"a:{number}\"}}]}}}}}}\n---\n"
        )
    };
    for (replicas, image) in [([0, 0, 2], "a:3"), ([0, 2, 0], "a:2"), ([0, 0, 0], "a:3")] {
        let yaml: String = (1..).zip(replicas).map(|(a, b)| generation(a, b)).collect();
        let inventory = load(&yaml);
        let picture = Picture::of(&inventory);
        let found: Vec<_> = picture.workloads().flatten().collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].reference().kind, "DeploymentConfig");
        assert_eq!(found[0].spec.containers[0].image, image);
    }
}

#[test]
fn the_node_of_a_mirror_pod_is_no_controller_and_the_pod_no_workload() {
    let inventory = load(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: etcd-a, namespace: kube-system, annotations: {kubernetes.io/config.mirror: x}, ownerReferences: [{apiVersion: v1, kind: Node, name: a, uid: n1, controller: true}]}\nspec: {containers: [{name: etcd, image: etcd}]}\n",
    );
    assert_eq!(Picture::of(&inventory).workloads().count(), 0);
    let pod = &inventory.seen::<Pod>()[0];
    assert_eq!(
        Picture::of(&inventory)
            .workload_of(pod)
            .unwrap()
            .unwrap()
            .kind,
        WorkloadKind::Pod
    );
}

#[test]
fn children_of_an_unseen_owner_are_undecided() {
    let yaml = [
        owned(
            "ReplicaSet",
            "web-1",
            "r1",
            Some(("apps/v1", "Deployment", "web", "d1")),
        ),
        owned(
            "Pod",
            "web-1-a",
            "p1",
            Some(("apps/v1", "ReplicaSet", "web-1", "r1")),
        ),
    ]
    .concat();
    let mut inventory = load(&yaml);
    // Everything was seen, and the owner is gone: its children gather under its name.
    assert_eq!(tops(&inventory), [("Deployment shop/web".to_owned(), 1)]);
    inventory.withhold(
        Evidence::Objects(Kind::Deployment),
        &Gap::new(GapReason::Forbidden, "denied"),
    );
    assert_eq!(
        Picture::of(&inventory)
            .workloads()
            .filter(Result::is_err)
            .count(),
        1
    );
    assert_eq!(Picture::of(&inventory).workloads().flatten().count(), 0);
    assert!(
        Picture::of(&inventory)
            .workload_of(&inventory.seen::<Pod>()[0])
            .is_err()
    );
}

/// Controllers of every sort, and pods that each name one of them.
fn with_pods(owners: &[usize], name: impl Fn(usize) -> String) -> Inventory {
    let choices = [
        Some(("apps/v1", "ReplicaSet", "web-1", "r1")),
        Some(("apps/v1", "ReplicaSet", "web-2", "r2")),
        Some(("apps/v1", "ReplicaSet", "gone", "r9")),
        Some(("apps/v1", "StatefulSet", "db-a", "s1")),
        Some(("apps/v1", "StatefulSet", "db-b", "s2")),
        Some(("cache.example/v1", "Cache", "cache", "x2")),
        Some(("v1", "Node", "a", "n1")),
        None,
    ];
    let mut yaml = vec![
        rolled_out(),
        owned(
            "StatefulSet",
            "db-a",
            "s1",
            Some(("db.example/v1", "Database", "db", "x1")),
        ),
        owned(
            "StatefulSet",
            "db-b",
            "s2",
            Some(("db.example/v1", "Database", "db", "x1")),
        ),
    ];
    for (number, owner) in owners.iter().enumerate() {
        let uid = format!("p{number}");
        yaml.push(owned(
            "Pod",
            &name(number),
            &uid,
            choices[owner % choices.len()],
        ));
    }
    load(&yaml.concat())
}

fn homes(inventory: &Inventory) -> BTreeMap<Uid, String> {
    inventory
        .seen::<Pod>()
        .iter()
        .map(|pod| {
            let picture = Picture::of(inventory);
            let workload = picture.workload_of(pod).unwrap().unwrap();
            let object = workload.object();
            let home = if object.kind == "Pod" {
                "itself".to_owned()
            } else {
                object.to_string()
            };
            (pod.metadata.uid, home)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn what_pods_belong_to_does_not_depend_on_their_neighbours(
        owners in prop::collection::vec(0..8_usize, 1..10),
    ) {
        let forwards = with_pods(&owners, |number| format!("pod-{number:02}"));
        let apart = with_pods(&owners, |number| format!("pod-{}{number:02}", owners[number]));
        prop_assert_eq!(homes(&forwards), homes(&apart));
    }

    #[test]
    fn live_pods_are_gathered_as_one_by_one(
        owners in prop::collection::vec(0..8_usize, 0..10),
    ) {
        let inventory = with_pods(&owners, |number| format!("pod-{number:02}"));
        let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pod in inventory.seen::<Pod>() {
            let picture = Picture::of(&inventory);
            let object = picture.workload_of(pod).unwrap().unwrap().object();
            expected
                .entry(super::gathered::key(&object).join("/"))
                .or_default()
                .push(pod.metadata.name.to_string());
        }
        let picture = Picture::of(&inventory);
        let (groups, unknown) = picture.live_pods_by_workload();
        let gathered: Vec<(String, Vec<String>)> = groups
            .map(|(workload, pods)| {
                let names = pods.iter().map(|pod| pod.metadata.name.to_string()).collect();
                (super::gathered::key(&workload.object()).join("/"), names)
            })
            .collect();
        prop_assert_eq!(gathered, expected.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(unknown.count(), 0);
        for namespace in ["shop", "other"] {
            let picture = Picture::of(&inventory);
            let here = picture.workloads_in(namespace).map(|it| it.object());
            let all = picture.workloads().flatten().map(|it| it.object());
            let filtered: Vec<_> = all.filter(|it| it.namespace == namespace).collect();
            prop_assert_eq!(here.collect::<Vec<_>>(), filtered);
        }
    }
}

#[test]
fn owners_in_a_circle_end_the_walk() {
    let inventory = load(
        &[
            owned(
                "ReplicaSet",
                "a",
                "r1",
                Some(("apps/v1", "ReplicaSet", "b", "r2")),
            ),
            owned(
                "ReplicaSet",
                "b",
                "r2",
                Some(("apps/v1", "ReplicaSet", "a", "r1")),
            ),
        ]
        .concat(),
    );
    assert_eq!(tops(&inventory).len(), 2);
}

#[test]
fn equal_pods_share_one_specification_and_an_unequal_one_does_not_hide() {
    let pod = |name: &str, privileged: bool| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{nodeName: {name}, containers: [{{name: app, image: a, securityContext: {{privileged: {privileged}}}}}]}}\n"
        )
    };
    let inventory = load(&[pod("a", false), pod("b", false), pod("c", true)].concat());
    let pods = inventory.seen::<Pod>();
    assert!(pods[0].spec.same(&pods[1].spec) && !pods[0].spec.same(&pods[2].spec));
    assert_eq!(pods[1].node_name, "b");
}
