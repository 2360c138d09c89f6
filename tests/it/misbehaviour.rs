//! An API server that misbehaves costs outcomes, never truth: what was not seen is Unknown, with its gap.

use std::time::Duration;

use crate::{
    program::{Kready, Report},
    server::{Misbehaviour, Plan},
    world::{NOW, World},
};

const BUDGETS: &str = "/apis/policy/v1/poddisruptionbudgets";
const CHECKS: &str = "--only=pdb-missing,pdb-blocking,workload-single-replica";

fn broken() -> Plan {
    Plan::of(World::named("broken"))
}

fn audit(plan: Plan, args: &[&str]) -> Report {
    let server = plan.start();
    Kready::on(&server).audit(args)
}

/// What full sight shows of the broken cluster.
#[track_caller]
fn sees_everything(report: &Report) {
    report.check("pdb-missing").is("Fail");
    report
        .check("pdb-missing")
        .finds(&["Deployment legacy/worker spec.template.metadata.labels"]);
    report.check("pdb-blocking").is("Fail");
    report
        .check("pdb-blocking")
        .finds(&["PodDisruptionBudget legacy/api spec.minAvailable"]);
    report.check("workload-single-replica").is("Fail");
    report
        .check("workload-single-replica")
        .finds(&["Deployment legacy/portal spec.replicas"]);
    assert_eq!(report.gaps().count(), 0, "{:#}", report.value["gaps"]);
}

/// The budgets were not seen: nothing is said about them, and everything else stands.
#[track_caller]
fn misses_budgets(report: &Report, reason: &str, ending: &str) {
    report.check("pdb-missing").is(ending);
    report.check("pdb-blocking").is(ending);
    for id in ["pdb-missing", "pdb-blocking"] {
        report.check(id).finds(&[]);
    }
    report.check("workload-single-replica").is("Fail");
    report
        .check("workload-single-replica")
        .finds(&["Deployment legacy/portal spec.replicas"]);
    let gap = report.gap("poddisruptionbudgets.policy");
    assert_eq!(gap["reason"], reason, "{gap:#}");
    for text in ["message", "remedy"] {
        assert_ne!(gap[text].as_str().unwrap_or_default(), "", "{gap:#}");
    }
    let waiting = gap["checks"].as_array().unwrap();
    assert!(
        waiting.contains(&"pdb-missing".into()) && waiting.contains(&"pdb-blocking".into()),
        "{gap:#}"
    );
    assert_eq!(report.code, Some(1), "a failure stands");
}

#[test]
fn nothing_misbehaves() {
    sees_everything(&audit(broken(), &[CHECKS]));
}

#[test]
fn pages_make_one_list() {
    sees_everything(&audit(broken().pages_of(1), &[CHECKS]));
}

#[test]
fn discovery_is_plain() {
    sees_everything(&audit(broken().plain_discovery(), &[CHECKS]));
}

#[test]
fn one_kind_is_forbidden() {
    let report = audit(
        broken().forbidding("policy", "poddisruptionbudgets"),
        &[CHECKS],
    );
    misses_budgets(&report, "forbidden", "Unknown forbidden");
    let gap = report.gap("poddisruptionbudgets.policy");
    assert!(
        gap["remedy"].as_str().unwrap().contains("kready rbac"),
        "{gap:#}"
    );
}

#[test]
fn a_list_fails() {
    for code in [404, 500, 503] {
        let report = audit(broken().at(BUDGETS, Misbehaviour::Status(code)), &[CHECKS]);
        misses_budgets(&report, "unavailable", "Unknown unreadable");
        let message = report.gap("poddisruptionbudgets.policy")["message"].to_string();
        assert!(message.contains(&code.to_string()), "{code}: {message}");
    }
}

#[test]
fn nothing_is_acceptable() {
    let report = audit(broken().at(BUDGETS, Misbehaviour::Status(406)), &[CHECKS]);
    misses_budgets(&report, "unavailable", "Unknown unreadable");
}

#[test]
fn only_plain_json_is_acceptable() {
    let picky = broken().when(
        |asked| asked.path.matches('/').count() > 2,
        Misbehaviour::PlainJsonOnly,
    );
    sees_everything(&audit(picky, &[CHECKS]));
}

#[test]
fn too_many_requests_are_made_again_later() {
    for code in [429, 503] {
        let server = broken()
            .at_first(BUDGETS, 1, Misbehaviour::RetryAfter(code, 1))
            .start();
        let began = std::time::Instant::now();
        sees_everything(&Kready::on(&server).audit(&[CHECKS]));
        assert!(
            began.elapsed() >= Duration::from_secs(1),
            "Retry-After is honoured"
        );
        assert_eq!(server.count(BUDGETS), 2);
    }
}

#[test]
fn too_many_requests_for_ever() {
    let server = broken()
        .at(BUDGETS, Misbehaviour::RetryAfter(429, 1))
        .start();
    let report = Kready::on(&server).audit(&[CHECKS]);
    misses_budgets(&report, "unavailable", "Unknown unreadable");
    assert!(server.count(BUDGETS) < 20, "a budget bounds the retries");
}

#[test]
fn the_server_stalls() {
    for stall in [Misbehaviour::Stall, Misbehaviour::StallInBody] {
        let report = audit(
            broken().at(BUDGETS, stall),
            &[CHECKS, "--request-timeout=1s"],
        );
        misses_budgets(&report, "timed-out", "Unknown unreadable");
    }
}

#[test]
fn the_whole_takes_too_long() {
    let report = audit(
        broken().at(BUDGETS, Misbehaviour::Stall),
        &[CHECKS, "--timeout=3s"],
    );
    misses_budgets(&report, "timed-out", "Unknown unreadable");
}

#[test]
fn a_slow_server_is_waited_for() {
    let slow = broken().when(|_| true, Misbehaviour::Slow(Duration::from_millis(150)));
    sees_everything(&audit(slow, &[CHECKS]));
}

#[test]
fn a_truncated_list_is_never_a_short_list() {
    for cut in [Misbehaviour::Truncate, Misbehaviour::HangUp] {
        let report = audit(broken().at(BUDGETS, cut), &[CHECKS]);
        misses_budgets(&report, "unavailable", "Unknown unreadable");
    }
}

#[test]
fn the_answer_is_not_json() {
    let report = audit(broken().at(BUDGETS, Misbehaviour::Garbage), &[CHECKS]);
    misses_budgets(&report, "undecodable", "Unknown unreadable");
    let html = Misbehaviour::Text(200, "text/html", "<html>login</html>");
    let report = audit(broken().at(BUDGETS, html), &[CHECKS]);
    misses_budgets(&report, "undecodable", "Unknown unreadable");
    // Valid JSON of another shape.
    let other = Misbehaviour::Text(
        200,
        "application/json",
        r#"{"kind":"PodDisruptionBudgetList","items":"none"}"#,
    );
    let report = audit(broken().at(BUDGETS, other), &[CHECKS]);
    misses_budgets(&report, "undecodable", "Unknown unreadable");
    let empty = Misbehaviour::Text(200, "application/json", "{}");
    let report = audit(broken().at(BUDGETS, empty), &[CHECKS]);
    misses_budgets(&report, "undecodable", "Unknown unreadable");
}

#[test]
fn a_list_that_expires_is_resumed() {
    let resumed = broken().pages_of(1).when(
        |asked| asked.query.contains_key("limit"),
        Misbehaviour::Gone { resume: true },
    );
    let report = audit(resumed, &[CHECKS]);
    sees_everything(&report);
    assert!(
        report.warnings().contains("list-resumed"),
        "it is no view of one moment: {:?}",
        report.warnings()
    );
}

#[test]
fn a_list_that_expires_for_good_is_read_in_part() {
    let report = audit(
        broken().pages_of(2).at(
            "/apis/apps/v1/deployments",
            Misbehaviour::Gone { resume: false },
        ),
        &[CHECKS],
    );
    let gap = report.gap("deployments.apps");
    assert_eq!(gap["reason"], "partly-read", "{gap:#}");
    let single = report.check("workload-single-replica");
    assert!(
        ["Fail partial", "Unknown unreadable"].contains(&single.ending().as_str()),
        "{:#}",
        single.value
    );
}

#[test]
fn a_page_is_lost() {
    // The first page of Deployments has api and portal, the second one worker.
    let report = audit(
        broken().pages_of(2).when(
            |asked| {
                asked.path == "/apis/apps/v1/deployments" && asked.query.contains_key("continue")
            },
            Misbehaviour::Status(500),
        ),
        &[CHECKS],
    );
    assert_eq!(report.gap("deployments.apps")["reason"], "partly-read");
    report.check("workload-single-replica").is("Fail partial");
    report
        .check("workload-single-replica")
        .finds(&["Deployment legacy/portal spec.replicas"]);
    report.check("pdb-missing").is("Unknown unreadable");
}

#[test]
fn paging_that_never_ends_is_ended() {
    for paging in [Misbehaviour::RepeatToken, Misbehaviour::Endless] {
        let report = audit(broken().at(BUDGETS, paging), &[CHECKS, "--timeout=20s"]);
        let reason = &report.gap("poddisruptionbudgets.policy")["reason"];
        assert!(
            *reason == "partly-read" || *reason == "timed-out",
            "{reason}"
        );
        assert_eq!(report.check("pdb-missing").outcome(), "Unknown");
        // What was seen of the examined kind stands, and is partial.
        report.check("pdb-blocking").is("Fail partial");
    }
}

#[test]
fn one_undecodable_object_does_not_sink_its_list() {
    let odd = World::named("broken").with(
        "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {namespace: legacy, name: odd}, spec: {minAvailable: [1], selector: {}}}",
    );
    let report = audit(Plan::of(odd), &[CHECKS]);
    let gap = report.gap("poddisruptionbudgets.policy");
    assert_eq!(gap["reason"], "undecodable", "{gap:#}");
    let message = gap["message"].as_str().unwrap();
    assert!(
        message.contains("legacy/odd") && message.contains("minAvailable"),
        "{message}"
    );
    report.check("pdb-blocking").is("Fail partial");
    report
        .check("pdb-blocking")
        .finds(&["PodDisruptionBudget legacy/api spec.minAvailable"]);
    assert_eq!(report.check("pdb-missing").outcome(), "Unknown");
}

#[test]
fn a_list_of_another_kind_is_a_gap() {
    for (list, words) in [
        (
            r#"{"kind":"NodeList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a","namespace":"legacy"}}]}"#,
            "a NodeList of v1",
        ),
        (
            r#"{"kind":"PodDisruptionBudgetList","apiVersion":"policy/v1beta1","metadata":{},"items":[]}"#,
            "a PodDisruptionBudgetList of policy/v1beta1",
        ),
        (
            r#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{},"items":[]}"#,
            "a PartialObjectMetadataList of meta.k8s.io/v1",
        ),
        (
            r#"{"metadata":{},"items":[]}"#,
            "does not say what it lists",
        ),
    ] {
        let answer = Misbehaviour::Text(200, "application/json", list);
        let report = audit(broken().at(BUDGETS, answer), &[CHECKS]);
        misses_budgets(&report, "undecodable", "Unknown unreadable");
        let gap = report.gap("poddisruptionbudgets.policy");
        let message = gap["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn objects_that_cannot_be_told_from_others_are_gaps() {
    const LIST: &str = r#"{"kind":"PodDisruptionBudgetList","apiVersion":"policy/v1","metadata":{},"items":[
        {"metadata":{"namespace":"legacy"},"spec":{"minAvailable":1,"selector":{}}},
        {"metadata":{"name":"everywhere"},"spec":{"minAvailable":1,"selector":{}}}]}"#;
    let answer = Misbehaviour::Text(200, "application/json", LIST);
    let report = audit(broken().at(BUDGETS, answer), &[CHECKS]);
    report.check("pdb-missing").is("Unknown unreadable");
    let messages: Vec<&str> = report
        .gaps()
        .map(|gap| gap["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "an object without a readable name could not be understood at metadata.name: it is empty",
            "everywhere could not be understood at metadata.namespace: it is empty",
        ]
    );
}

#[test]
fn a_hundred_objects_that_cannot_be_understood_are_named_and_the_others_counted() {
    let odd = (0..150).fold(World::named("broken"), |world, number| {
        world.with(&format!(
            "{{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{namespace: legacy, name: odd-{number}}}, spec: {{minAvailable: [1]}}}}"
        ))
    });
    let report = audit(Plan::of(odd), &[CHECKS]);
    let messages: Vec<&str> = report
        .gaps()
        .map(|gap| gap["message"].as_str().unwrap())
        .collect();
    assert_eq!(messages.len(), 101);
    assert!(
        messages.contains(&"50 more objects could not be understood"),
        "{messages:?}"
    );
}

#[test]
fn a_list_without_end_is_ended() {
    const START: &str =
        r#"{"kind":"PodDisruptionBudgetList","apiVersion":"policy/v1","metadata":{},"items":["#;
    const OBJECT: &str = r#"{"metadata":{"name":"a","namespace":"legacy"}}"#;
    let plan = broken().at(BUDGETS, Misbehaviour::EndlessPage(START, OBJECT));
    let report = audit(plan, &[CHECKS]);
    misses_budgets(&report, "too-much", "Unknown unreadable");
    let gap = report.gap("poddisruptionbudgets.policy");
    let message = gap["message"].as_str().unwrap();
    assert!(message.contains("1000000 objects"), "{message}");
}

#[test]
fn credentials_that_are_refused_on_the_way_are_told_from_rights() {
    let report = audit(broken().at(BUDGETS, Misbehaviour::Status(401)), &[CHECKS]);
    misses_budgets(&report, "unauthenticated", "Unknown unreadable");
    let gap = report.gap("poddisruptionbudgets.policy");
    let remedy = gap["remedy"].as_str().unwrap();
    assert!(remedy.contains("log in again"), "{remedy}");

    let plan = broken().when(|asked| asked.list().is_some(), Misbehaviour::Status(401));
    let server = plan.start();
    let run = Kready::on(&server).run(&["audit", CHECKS]);
    run.refuses(3, &["stopped accepting the credentials", "log in again"]);
}

#[test]
fn a_clock_that_is_wrong_is_told_and_bounded() {
    for (date, time, words) in [
        ("Wed, 25 Nov 2026 03:04:00 GMT", "2026-11-25T03:04:00Z", ""),
        (
            "Wed, 25 Nov 2026 06:00:00 GMT",
            "2026-11-25T06:00:00Z",
            "3 hours ahead of this machine's; ages are told by the server's clock",
        ),
        (
            "Fri, 01 Jan 2100 00:00:00 GMT",
            NOW,
            "days ahead of this machine's; ages are told by this machine's clock",
        ),
        (
            "Thu, 01 Jan 1970 00:00:00 GMT",
            NOW,
            "days behind this machine's; ages are told by this machine's clock",
        ),
        ("yesterday", NOW, "does not tell the time"),
    ] {
        let report = audit(broken().date(date), &[CHECKS]);
        assert_eq!(report.value["time"], time, "{date}");
        let warnings = report.value["warnings"].to_string();
        assert!(warnings.contains(words), "{date}: {warnings}");
        assert_eq!(warnings == "[]", words.is_empty(), "{date}: {warnings}");
        sees_everything(&report);
    }
}

#[test]
fn a_stale_group_is_unavailable() {
    for plain in [false, true] {
        let mut plan = broken().stale("policy");
        if plain {
            plan = plan.plain_discovery();
        }
        let report = audit(plan, &[CHECKS]);
        misses_budgets(&report, "unavailable", "Unknown unreadable");
    }
}

#[test]
fn a_dead_metrics_api_costs_nothing_else() {
    let ids = "--only=resource-metrics-api-unavailable,workload-single-replica";
    let world = World::named("healthy").with(METRICS);
    let report = audit(Plan::of(world.clone()), &[ids]);
    report.check("resource-metrics-api-unavailable").is("Pass");
    let dead = world.change(
        "apiregistration.k8s.io",
        "apiservices",
        "",
        "v1beta1.metrics.k8s.io",
        |service| service["status"]["conditions"][0]["status"] = "False".into(),
    );
    let began = std::time::Instant::now();
    let report = audit(Plan::of(dead).stale("metrics.k8s.io"), &[ids]);
    assert!(began.elapsed() < Duration::from_secs(30));
    report.check("resource-metrics-api-unavailable").is("Fail");
    report.check("workload-single-replica").is("Pass");
}

/// A metrics API that works.
pub(crate) const METRICS: &str = r#"
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec: {group: metrics.k8s.io, version: v1beta1, service: {namespace: kube-system, name: metrics-server}, groupPriorityMinimum: 100, versionPriority: 100}
status: {conditions: [{type: Available, status: "True", reason: Passed, lastTransitionTime: "2026-11-20T08:00:00Z"}]}
---
{apiVersion: metrics.k8s.io/v1beta1, kind: NodeMetrics, metadata: {name: control-plane-0}, timestamp: "2026-11-25T02:59:30Z", window: 20s, usage: {cpu: 200m, memory: 2Gi}}
---
{apiVersion: metrics.k8s.io/v1beta1, kind: NodeMetrics, metadata: {name: control-plane-1}, timestamp: "2026-11-25T02:59:30Z", window: 20s, usage: {cpu: 200m, memory: 2Gi}}
---
{apiVersion: metrics.k8s.io/v1beta1, kind: NodeMetrics, metadata: {name: control-plane-2}, timestamp: "2026-11-25T02:59:30Z", window: 20s, usage: {cpu: 200m, memory: 2Gi}}
---
{apiVersion: metrics.k8s.io/v1beta1, kind: NodeMetrics, metadata: {name: worker-0}, timestamp: "2026-11-25T02:59:30Z", window: 20s, usage: {cpu: 200m, memory: 2Gi}}
---
{apiVersion: metrics.k8s.io/v1beta1, kind: NodeMetrics, metadata: {name: worker-1}, timestamp: "2026-11-25T02:59:30Z", window: 20s, usage: {cpu: 200m, memory: 2Gi}}
---
{apiVersion: metrics.k8s.io/v1beta1, kind: NodeMetrics, metadata: {name: worker-2}, timestamp: "2026-11-25T02:59:30Z", window: 20s, usage: {cpu: 200m, memory: 2Gi}}
"#;

#[test]
fn health_endpoints_tell_the_truth() {
    let ids = "--only=api-server-unhealthy";
    let report = audit(broken(), &[ids]);
    report.check("api-server-unhealthy").is("Pass");
    let sick = Misbehaviour::Text(
        500,
        "text/plain",
        "[+]ping ok\n[-]informer-sync failed: reason withheld\nreadyz check failed\n",
    );
    let report = audit(broken().at("/readyz", sick), &[ids]);
    report.check("api-server-unhealthy").is("Fail");
    let report = audit(broken().at("/readyz", Misbehaviour::Status(403)), &[ids]);
    report.check("api-server-unhealthy").is("Unknown forbidden");
    assert_eq!(report.gap("/readyz")["reason"], "forbidden");
    let report = audit(
        broken().at("/livez", Misbehaviour::Stall),
        &[ids, "--request-timeout=1s"],
    );
    report
        .check("api-server-unhealthy")
        .is("Unknown unreadable");
}

#[test]
fn flags_come_from_flagz() {
    let ids = "--only=audit-log-disabled";
    audit(broken(), &[ids])
        .check("audit-log-disabled")
        .is("Pass");
    let without = broken().flags(Some(vec![("authorization-mode", "[Node,RBAC]")]));
    audit(without, &[ids])
        .check("audit-log-disabled")
        .is("Fail");
    // Nothing shows the flags of this one.
    let hidden = broken().flags(None);
    audit(hidden, &[ids])
        .check("audit-log-disabled")
        .is("Unknown hidden");
    let refused = broken().at("/flagz", Misbehaviour::Status(403));
    audit(refused, &[ids])
        .check("audit-log-disabled")
        .is("Unknown forbidden");
}
