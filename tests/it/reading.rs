//! What kready asks of a server: reads only, nothing that no check needs, and nothing that it may not see.

use std::collections::BTreeSet;

use http::Method;

use crate::{
    program::Kready,
    server::{Asked, Plan},
    world::World,
};

/// The lists that were asked for: group and plural.
fn lists(asked: &[Asked]) -> BTreeSet<(String, String)> {
    asked
        .iter()
        .filter_map(Asked::list)
        .map(|(group, plural, _)| (group.to_owned(), plural.to_owned()))
        .collect()
}

#[test]
fn only_reads_and_says_who_asks() {
    let server = Plan::of(World::named("broken")).start();
    let run = Kready::on(&server).run(&["audit"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    let asked = server.asked();
    assert!(asked.len() > 10);
    for asked in &asked {
        let review = asked.path.ends_with("/selfsubjectreviews")
            || asked.path.ends_with("/selfsubjectaccessreviews");
        assert!(
            asked.method == Method::GET || (asked.method == Method::POST && review),
            "{asked:?}"
        );
        assert!(asked.user_agent.starts_with("kready/"), "{asked:?}");
        assert!(!asked.query.contains_key("watch"), "{asked:?}");
        if asked.list().is_some() && !review {
            let limit: usize = asked
                .query
                .get("limit")
                .and_then(|limit| limit.parse().ok())
                .unwrap_or(0);
            assert!(
                (1..=10_000).contains(&limit),
                "every list is paged: {asked:?}"
            );
        }
    }
    assert!(
        !lists(&asked).contains(&(String::new(), "secrets".into())),
        "Secrets are not listed"
    );
}

#[test]
fn asks_for_what_the_selected_checks_need() {
    let server = Plan::of(World::named("ground")).start();
    Kready::on(&server).audit(&["--only=pvc-lost"]);
    let lists = lists(&server.asked());
    assert!(
        lists.contains(&(String::new(), "persistentvolumeclaims".into())),
        "{lists:?}"
    );
    for plural in [
        "pods",
        "services",
        "events",
        "configmaps",
        "deployments",
        "secrets",
    ] {
        assert!(
            !lists.iter().any(|(_, asked)| asked == plural),
            "{plural} isn't needed: {lists:?}"
        );
    }
    let report = Kready::on(&server).audit(&["--only=pvc-lost"]);
    assert_eq!(
        report.value["cluster"]["pods"],
        serde_json::Value::Null,
        "unread is not zero"
    );
}

#[test]
fn secrets_are_listed_as_metadata_and_on_request_only() {
    let world = World::named("broken").with(
        r#"
apiVersion: v1
kind: Secret
metadata:
  namespace: legacy
  name: database
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"apiVersion":"v1","kind":"Secret","data":{"password":"aHVudGVyMi1wbGFua3Rvbg=="}}'
data: {password: aHVudGVyMi1wbGFua3Rvbg==}
"#,
    );
    let server = Plan::of(world).start();
    let kready = Kready::on(&server);
    let run = kready.run(&[
        "audit",
        "--secret-names",
        "-o",
        "json",
        "--save",
        "saved.json.gz",
    ]);
    let secrets: Vec<Asked> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path.ends_with("/secrets"))
        .collect();
    assert!(!secrets.is_empty());
    for asked in secrets {
        assert!(
            asked.accept.contains("as=PartialObjectMetadataList"),
            "{asked:?}"
        );
    }
    let saved = crate::snapshot::unzip(&kready.path("saved.json.gz"));
    assert!(saved.contains("database"), "the name is there: {saved}");
    for secret in [
        "aHVudGVyMi1wbGFua3Rvbg",
        "hunter2-plankton",
        "last-applied-configuration",
    ] {
        for text in [&run.stdout, &run.stderr, &saved] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}

#[test]
fn secret_names_that_are_refused_cost_nothing_else() {
    let server = Plan::of(World::named("broken"))
        .forbidding("", "secrets")
        .start();
    let report =
        Kready::on(&server).audit(&["--secret-names", "--only=reference-missing,node-not-ready"]);
    report.check("node-not-ready").is("Pass");
    // The missing ConfigMap is a finding without any Secret.
    assert_eq!(
        report.check("reference-missing").open().len(),
        1,
        "{:#}",
        report.value
    );
}
