//! The two wire forms of a list: kready asks for protobuf, understands JSON, and sees the same in both.

use crate::{
    program::Kready,
    server::{Misbehaviour, Plan, Server},
    snapshot::unzip,
    world::World,
};

/// All that was read of the server's cluster.
fn seen(server: &Server) -> String {
    let kready = Kready::on(server);
    let run = kready.run(&["snapshot", "--output=all.json.gz"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    unzip(&kready.path("all.json.gz"))
}

fn both_forms() -> Plan {
    Plan::of(World::of_both_forms()).pages_of(3)
}

/// Without the header, which names the server's address.
fn objects(snapshot: &str) -> Vec<&str> {
    snapshot.lines().skip(1).collect()
}

#[test]
fn objects_are_asked_for_in_protobuf_and_are_the_same_in_json() {
    let server = both_forms().start();
    let protobuf = seen(&server);
    let asked: Vec<String> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path == "/api/v1/pods")
        .map(|asked| asked.accept)
        .collect();
    assert!(asked.len() > 1, "{asked:?}");
    assert!(
        asked
            .iter()
            .all(|accept| accept == "application/vnd.kubernetes.protobuf,application/json"),
        "{asked:?}"
    );

    let refusing = both_forms()
        .when(
            |asked| asked.query.contains_key("limit"),
            Misbehaviour::NoProtobuf,
        )
        .start();
    let json = seen(&refusing);
    let (protobuf, json) = (objects(&protobuf), objects(&json));
    assert!(protobuf.len() > 150, "{}", protobuf.len());
    for (one, other) in protobuf.iter().zip(&json) {
        assert_eq!(one, other);
    }
    assert_eq!(protobuf.len(), json.len());
}

#[test]
fn a_list_that_breaks_off_is_an_error_in_both_forms() {
    let json = || Plan::of(World::named("broken"));
    for plan in [both_forms(), json()] {
        let server = plan.at("/api/v1/nodes", Misbehaviour::Truncate).start();
        let report = Kready::on(&server).audit(&["--only=node-not-ready,privileged-container"]);
        let gap = report.gap("nodes");
        assert_eq!(gap["reason"], "unavailable", "{gap:#}");
        let message = gap["message"].as_str().unwrap_or_default();
        assert!(message.contains("broke off"), "{gap:#}");
        report.check("node-not-ready").is("Unknown unreadable");
    }
}
