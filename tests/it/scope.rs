//! Namespaces: those asked for, those excluded, and those that someone may see.

use serde_json::{Value, json};

use crate::{
    program::{Kready, Report},
    server::{Misbehaviour, Plan},
    world::World,
};

const CHECKS: &str =
    "--only=pdb-missing,workload-single-replica,node-not-ready,networkpolicy-missing";

/// The broken cluster with a second, sound tenant.
fn two_tenants() -> Plan {
    Plan::of(World::of(concat!(
        include_str!("clusters/broken.yaml"),
        "\n---\n",
        include_str!("clusters/healthy.yaml")
    )))
}

/// May list what is in the namespace shop, and nothing else: the role view, bound in one namespace.
fn viewer_of_shop() -> Plan {
    two_tenants().allowing(|_, plural, namespace| namespace == Some("shop") && plural != "secrets")
}

fn namespaces_of(report: &Report) -> &Value {
    &report.value["scope"]["namespaces"]
}

#[test]
fn a_namespace_is_judged_by_itself() {
    let server = two_tenants().start();
    let report = Kready::on(&server).audit(&[CHECKS, "-n", "shop"]);
    report.check("workload-single-replica").is("Pass");
    report.check("pdb-missing").is("Pass");
    report.check("node-not-ready").is("NotApplicable scope");
    assert_eq!(namespaces_of(&report), &json!(["shop"]));
    let report = Kready::on(&server).audit(&[CHECKS, "-n", "legacy"]);
    report
        .check("workload-single-replica")
        .finds(&["Deployment legacy/portal spec.replicas"]);
    for asked in server.asked() {
        if let Some((_, "deployments" | "services", namespace)) = asked.list() {
            assert!(
                namespace.is_some(),
                "namespaced kinds are listed there: {asked:?}"
            );
        }
    }
}

#[test]
fn globs_and_exclusions() {
    let server = two_tenants().start();
    let report = Kready::on(&server).audit(&[CHECKS, "-n", "sho*", "-n", "leg*"]);
    assert_eq!(namespaces_of(&report), &json!(["legacy", "shop"]));
    report
        .check("workload-single-replica")
        .finds(&["Deployment legacy/portal spec.replicas"]);
    let report = Kready::on(&server).audit(&[CHECKS, "--exclude-namespace", "legacy"]);
    report.check("workload-single-replica").is("Pass");
    report.check("pdb-missing").is("Pass");
    assert_eq!(report.value["scope"]["excluded"], json!(["legacy"]));
}

#[test]
fn someone_with_view_on_one_namespace_who_names_it() {
    let server = viewer_of_shop().start();
    let report = Kready::on(&server).audit(&[CHECKS, "-n", "shop"]);
    report.check("workload-single-replica").is("Pass");
    report.check("pdb-missing").is("Pass");
    report.check("node-not-ready").is("NotApplicable scope");
    assert_eq!(report.verdict(), "Ready", "{:#}", report.value["reasons"]);
    assert_eq!(report.code, Some(0));
    // Cluster-wide kinds stay unseen, and no check waits for them.
    for gap in report.gaps() {
        assert_eq!(gap["checks"], json!([]), "{gap:#}");
    }
}

#[test]
fn someone_with_view_on_one_namespace_who_names_none() {
    let server = viewer_of_shop().start();
    let kready = Kready::new();
    let mut config = crate::program::kubeconfig(&server);
    config["contexts"][0]["context"]["namespace"] = json!("shop");
    kready.write_kubeconfig(&config);
    let report = kready.audit(&[CHECKS]);
    // What may be elsewhere was not seen.
    assert_ne!(report.verdict(), "Ready");
    assert_eq!(report.check("pdb-missing").outcome(), "Unknown");
    assert_eq!(report.check("node-not-ready").ending(), "Unknown forbidden");
    let remedies: Vec<&Value> = report.gaps().map(|gap| &gap["remedy"]).collect();
    assert!(
        remedies
            .iter()
            .any(|remedy| remedy.as_str().unwrap().contains("-n shop")),
        "{remedies:#?}"
    );
}

#[test]
fn a_namespace_that_may_not_be_read_is_a_gap() {
    // May list namespaces, but not what is in legacy, nor anything over all namespaces at once.
    let server = two_tenants()
        .allowing(|_, plural, namespace| {
            plural == "namespaces"
                || plural == "nodes"
                || namespace.is_some_and(|namespace| namespace != "legacy")
        })
        .start();
    let report = Kready::on(&server).audit(&[CHECKS]);
    let gap = report.gap("deployments.apps");
    assert_eq!(
        (&gap["reason"], &gap["namespaces"]),
        (&json!("forbidden"), &json!(["legacy"])),
        "{gap:#}"
    );
    let remedy = gap["remedy"].as_str().unwrap();
    assert!(
        remedy.contains("-n shop") && !remedy.contains("legacy"),
        "{remedy}"
    );
    assert_eq!(report.check("pdb-missing").ending(), "Unknown forbidden");
    report.check("node-not-ready").is("Pass");
}

#[test]
fn one_namespace_fails_in_the_middle() {
    let server = two_tenants()
        .at(
            "/apis/apps/v1/namespaces/legacy/deployments",
            Misbehaviour::Status(500),
        )
        .start();
    let report = Kready::on(&server).audit(&[CHECKS, "-n", "shop", "-n", "legacy"]);
    let gap = report.gap("deployments.apps");
    assert_eq!(gap["namespaces"], json!(["legacy"]), "{gap:#}");
    assert_eq!(report.check("pdb-missing").ending(), "Unknown unreadable");
}

#[test]
fn a_namespace_that_does_not_exist() {
    let server = two_tenants().start();
    let run = Kready::on(&server).run(&["audit", "-o", "json", CHECKS, "-n", "shpo"]);
    // Nothing was examined: that is not readiness.
    assert_ne!(run.code, Some(0), "{run:#?}");
    assert!(
        run.stderr.contains("shpo") || run.stdout.contains("shpo"),
        "{run:#?}"
    );
}
