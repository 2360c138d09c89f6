//! From a kubeconfig to an API server that talks: what goes wrong on the way is named, with the next step.

use std::net::TcpListener;

use serde_json::json;

use crate::{
    program::{Kready, kubeconfig},
    server::{Misbehaviour, Plan, TOKEN},
    tls::Certificate,
    world::World,
};

fn ground() -> Plan {
    Plan::of(World::named("ground"))
}

const AUDIT: &[&str] = &["audit", "--only=workload-single-replica,node-not-ready"];

#[test]
fn no_kubeconfig_anywhere() {
    Kready::new().run(AUDIT).refuses(2, &["kubeconfig"]);
}

#[test]
fn a_kubeconfig_that_is_named_and_missing() {
    Kready::new()
        .run(&["audit", "--kubeconfig=nowhere.yaml"])
        .refuses(2, &["nowhere.yaml"]);
}

#[test]
fn a_kubeconfig_that_is_no_yaml() {
    let kready = Kready::new();
    kready.write("config", "clusters: [\n  - {");
    kready
        .run(&["audit", "--kubeconfig=config"])
        .refuses(2, &["config"]);
}

#[test]
fn an_empty_kubeconfig() {
    let kready = Kready::new();
    kready.write("config", "");
    kready
        .run(&["audit", "--kubeconfig=config"])
        .refuses(2, &["config"]);
}

#[test]
fn a_missing_context_lists_those_there_are() {
    let server = ground().start();
    Kready::on(&server)
        .run(&["audit", "--context=prod"])
        .refuses(2, &["prod", "fake"]);
}

#[test]
fn a_missing_user_and_a_missing_cluster() {
    let server = ground().start();
    let kready = Kready::new();
    let mut config = kubeconfig(&server);
    config["contexts"][0]["context"]["user"] = json!("somebody");
    kready.write_kubeconfig(&config);
    kready.run(AUDIT).refuses(2, &["somebody"]);
    config["contexts"][0]["context"] = json!({"user": "it", "cluster": "elsewhere"});
    kready.write_kubeconfig(&config);
    kready.run(AUDIT).refuses(2, &["elsewhere"]);
}

#[test]
fn a_missing_certificate_file() {
    let server = ground().start();
    let kready = Kready::new();
    let mut config = kubeconfig(&server);
    config["clusters"][0]["cluster"] =
        json!({"server": server.url(), "certificate-authority": "/nowhere/ca.crt"});
    kready.write_kubeconfig(&config);
    kready.run(AUDIT).refuses(2, &["/nowhere/ca.crt"]);
    let mut config = kubeconfig(&server);
    config["users"][0]["user"] =
        json!({"client-certificate": "/nowhere/me.crt", "client-key": "/nowhere/me.key"});
    kready.write_kubeconfig(&config);
    kready.run(AUDIT).refuses(2, &["/nowhere/me.crt"]);
}

#[test]
fn a_list_of_kubeconfigs_is_merged_and_missing_members_are_skipped() {
    let server = ground().start();
    let kready = Kready::new();
    let mut first = kubeconfig(&server);
    let second = json!({"apiVersion": "v1", "kind": "Config", "users": first["users"]});
    first["users"] = json!([]);
    let one = kready.write("one.yaml", &first.to_string());
    let two = kready.write("two.yaml", &second.to_string());
    let list = format!("/nowhere/config:{}:{}", one.display(), two.display());
    let report = kready.variable("KUBECONFIG", &list).audit(&AUDIT[1..]);
    report.check("node-not-ready").is("Pass");
    assert_eq!(report.value["cluster"]["context"], "fake");
    assert_eq!(report.value["cluster"]["server"], server.url());
    assert_eq!(report.value["cluster"]["version"], "v1.36.3");
    assert_eq!(report.value["scope"]["identity"], "it-user");
    assert_eq!(report.value["time"], crate::world::NOW);
}

#[test]
fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = ground().start();
    let kready = Kready::new();
    let mut config = kubeconfig(&server);
    config["clusters"][0]["cluster"]["server"] = json!(format!("https://127.0.0.1:{port}"));
    kready.write_kubeconfig(&config);
    kready
        .run(AUDIT)
        .refuses(3, &["refused", &port.to_string()]);
}

#[test]
fn nobody_knows_the_host() {
    let server = ground().start();
    let kready = Kready::new();
    let mut config = kubeconfig(&server);
    config["clusters"][0]["cluster"]["server"] = json!("https://api.kready.invalid:6443");
    kready.write_kubeconfig(&config);
    kready.run(AUDIT).refuses(3, &["api.kready.invalid"]);
}

#[test]
fn certificates_that_do_not_fit() {
    for (certificate, says) in [
        (Certificate::Unknown, "certificate"),
        (Certificate::Expired, "expired"),
        (Certificate::Foreign, "api.elsewhere.example"),
    ] {
        let server = ground().certificate(certificate).start();
        Kready::on(&server)
            .run(AUDIT)
            .refuses(3, &[says, "certificate"]);
    }
}

#[test]
fn an_unverified_certificate_is_a_warning() {
    let server = ground().certificate(Certificate::Foreign).start();
    let kready = Kready::new();
    let mut config = kubeconfig(&server);
    config["clusters"][0]["cluster"] =
        json!({"server": server.url(), "insecure-skip-tls-verify": true});
    kready.write_kubeconfig(&config);
    let report = kready.audit(&AUDIT[1..]);
    assert!(
        report.warnings().contains("tls-unverified"),
        "{:?}",
        report.warnings()
    );
    report.check("node-not-ready").is("Pass");
    // The certificate is for this name.
    config["clusters"][0]["cluster"] = kubeconfig(&server)["clusters"][0]["cluster"].clone();
    config["clusters"][0]["cluster"]["tls-server-name"] = json!("api.elsewhere.example");
    kready.write_kubeconfig(&config);
    let report = kready.audit(&AUDIT[1..]);
    assert!(
        !report.warnings().contains("tls-unverified"),
        "{:?}",
        report.warnings()
    );
    report.check("node-not-ready").is("Pass");
}

#[test]
fn an_expiring_certificate_is_a_finding() {
    let only = ["--only=api-certificate-expiring"];
    let server = ground().start();
    Kready::on(&server)
        .audit(&only)
        .check("api-certificate-expiring")
        .is("Pass");
    let server = ground()
        .certificate(Certificate::Until(2026, 12, 12))
        .start();
    Kready::on(&server)
        .audit(&only)
        .check("api-certificate-expiring")
        .is("Fail");
}

#[test]
fn a_token_that_nobody_knows() {
    let server = ground().start();
    let kready = Kready::new();
    let mut config = kubeconfig(&server);
    config["users"][0]["user"] = json!({"token": "stale-token-91xQ"});
    kready.write_kubeconfig(&config);
    let run = kready.run(AUDIT);
    run.refuses(3, &["401"]);
    assert!(!run.stderr.contains("stale-token-91xQ"), "{run:#?}");
}

#[test]
fn a_token_file() {
    let server = ground().start();
    let kready = Kready::new();
    let file = kready.write("token", &format!("{TOKEN}\n"));
    let mut config = kubeconfig(&server);
    config["users"][0]["user"] = json!({"tokenFile": file});
    kready.write_kubeconfig(&config);
    kready.audit(&AUDIT[1..]).check("node-not-ready").is("Pass");
    kready.write("token", "");
    kready.run(AUDIT).refuses(2, &["token"]);
    config["users"][0]["user"] = json!({"tokenFile": "/nowhere/token"});
    kready.write_kubeconfig(&config);
    kready.run(AUDIT).refuses(2, &["/nowhere/token"]);
}

#[test]
fn every_list_is_forbidden() {
    let server = ground().allowing(|_, _, _| false).start();
    Kready::on(&server)
        .run(AUDIT)
        .refuses(3, &["may not list", "kready rbac"]);
}

#[test]
fn the_server_refuses_to_talk() {
    let server = ground().when(|_| true, Misbehaviour::Status(500)).start();
    Kready::on(&server).run(AUDIT).refuses(3, &["500"]);
    let server = ground().when(|_| true, Misbehaviour::Garbage).start();
    let run = Kready::on(&server).run(AUDIT);
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{run:#?}");
    let server = ground().when(|_| true, Misbehaviour::Stall).start();
    let run = Kready::on(&server).run(&["audit", "--request-timeout=1s", "--timeout=10s"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""), "{run:#?}");
}

#[cfg(unix)]
mod plugins {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn with_plugin(server: &crate::server::Server, script: &str) -> Kready {
        let kready = Kready::new();
        let path = kready.write("plugin", script);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut config = kubeconfig(server);
        config["users"][0]["user"] = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1",
            "command": path, "interactiveMode": "Never", "installHint": "get it from plugins.example.com"}});
        kready.write_kubeconfig(&config);
        kready
    }

    #[test]
    fn a_plugin_gives_the_token() {
        let server = ground().start();
        let script = format!(
            "#!/bin/sh\necho '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{TOKEN}\"}}}}'\n"
        );
        let report = with_plugin(&server, &script).audit(&AUDIT[1..]);
        report.check("node-not-ready").is("Pass");
    }

    #[test]
    fn a_missing_plugin_comes_with_its_install_hint() {
        let server = ground().start();
        let kready = Kready::new();
        let mut config = kubeconfig(&server);
        config["users"][0]["user"] = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1",
            "command": "kready-no-such-plugin", "interactiveMode": "Never", "installHint": "get it from plugins.example.com"}});
        kready.write_kubeconfig(&config);
        kready.run(AUDIT).refuses(
            2,
            &["kready-no-such-plugin", "get it from plugins.example.com"],
        );
    }

    #[test]
    fn a_plugin_that_fails_says_why_and_never_its_token() {
        let server = ground().start();
        let script = format!(
            "#!/bin/sh\necho '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{TOKEN}\"}}}}'\necho 'the session has ended, log in again' >&2\nexit 1\n"
        );
        let kready = with_plugin(&server, &script);
        kready
            .run(AUDIT)
            .refuses(3, &["the session has ended, log in again"]);
        // Not even one that it should not have printed there.
        let script = format!("#!/bin/sh\necho 'refused: {TOKEN}'\nexit 1\n");
        let run = with_plugin(&server, &script).run(AUDIT);
        assert_eq!(run.code, Some(3), "{run:#?}");
        let script = format!("#!/bin/sh\necho '{{\"kind\": \"{TOKEN}\", '\n");
        let run = with_plugin(&server, &script).run(AUDIT);
        assert_eq!(run.code, Some(3), "{run:#?}");
    }
}
