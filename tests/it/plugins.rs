//! Credential plugins by client-go's rules: what they are told, what they may answer, and how they end.
#![cfg(unix)]

use std::{
    os::unix::fs::PermissionsExt,
    process::Command,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    program::Kready,
    wire::{Listener, Signer, api_server, refusal},
};

const AUDIT: &[&str] = &["audit", "-o", "json", "--only=node-not-ready"];
const V1: &str = "client.authentication.k8s.io/v1";
const BETA: &str = "client.authentication.k8s.io/v1beta1";
const TOKEN: &str = "plugin-token-7Qx";

/// A program with a kubeconfig whose user has this plugin.
struct Setting {
    kready: Kready,
    config: Value,
    signer: Signer,
}

impl Setting {
    /// Audits, and is let in.
    #[track_caller]
    fn passes(&self) {
        let report = self.kready.run(AUDIT).report();
        report.check("node-not-ready").is("Pass");
    }

    fn new(server: impl FnOnce(&Signer) -> Listener, script: &str) -> (Self, Listener) {
        let kready = Kready::new();
        let signer = Signer::new();
        let server = server(&signer);
        let path = kready.write("plugin", &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "c", "cluster": {"server": server.url(), "certificate-authority-data": STANDARD.encode(&signer.pem)}}],
            "users": [{"name": "u", "user": {"exec": {"apiVersion": V1, "command": path, "interactiveMode": "Never"}}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        });
        let this = Self {
            kready,
            config,
            signer,
        };
        this.save();
        (this, server)
    }

    fn save(&self) {
        self.kready.write_kubeconfig(&self.config);
    }

    fn exec(&mut self) -> &mut Value {
        &mut self.config["users"][0]["user"]["exec"]
    }

    fn cluster(&mut self) -> &mut Value {
        &mut self.config["clusters"][0]["cluster"]
    }
}

fn open(signer: &Signer) -> Listener {
    Listener::serve(Some(signer), api_server)
}

fn credential(version: &str, status: &Value) -> String {
    json!({"apiVersion": version, "kind": "ExecCredential", "status": status}).to_string()
}

fn says(text: &str) -> String {
    format!("echo ran >> \"$HOME/ran\"\ncat <<'END'\n{text}\nEND")
}

#[test]
fn every_version_that_there_is() {
    let answers = |version: &str| says(&credential(version, &json!({"token": TOKEN})));
    for (asked, mode, answered) in [
        (V1, Some("IfAvailable"), V1),
        (BETA, None, BETA),
        (BETA, Some("Never"), BETA),
    ] {
        let (mut setting, server) = Setting::new(open, &answers(answered));
        *setting.exec() = json!({"apiVersion": asked, "command": setting.kready.path("plugin")});
        if let Some(mode) = mode {
            setting.exec()["interactiveMode"] = json!(mode);
        }
        setting.save();
        setting.passes();
        let header = format!("Bearer {TOKEN}");
        assert!(
            server
                .seen()
                .iter()
                .all(|request| request.all("authorization") == [header.as_str()])
        );
    }
    // In YAML, with fields that nobody knows.
    let text = format!(
        "apiVersion: {V1}\nkind: ExecCredential\nmore: [1]\nstatus:\n  token: {TOKEN}\n  other: {{}}"
    );
    let (setting, _server) = Setting::new(open, &says(&text));
    setting.kready.run(AUDIT).report();
}

#[test]
fn answers_of_another_kind_are_refused_and_not_quoted() {
    let token = json!({"token": TOKEN});
    for (text, why) in [
        (
            credential(BETA, &token),
            "it answered in client.authentication.k8s.io/v1beta1",
        ),
        (
            json!({"kind": "ExecCredential", "status": token}).to_string(),
            "it answered in another version",
        ),
        (
            json!({"apiVersion": V1, "status": token}).to_string(),
            "names no kind",
        ),
        (
            json!({"apiVersion": V1, "kind": "Pod", "status": token}).to_string(),
            "is a Pod",
        ),
        (
            json!({"apiVersion": V1, "kind": TOKEN, "status": token}).to_string(),
            "of another kind",
        ),
        (
            credential(V1, &json!({"token": ""})),
            "neither a token nor a certificate",
        ),
        (
            credential(V1, &json!({})),
            "neither a token nor a certificate",
        ),
        (credential(V1, &Value::Null), "there is no status"),
        (
            credential(V1, &json!({"token": TOKEN, "clientKeyData": "k"})),
            "a key without its certificate",
        ),
        (
            credential(V1, &json!({"token": 7})),
            "not an ExecCredential",
        ),
        (format!("{TOKEN}: ["), "not an ExecCredential"),
        (TOKEN.to_owned(), "not an ExecCredential"),
        (String::new(), "names no kind"),
    ] {
        let (setting, server) = Setting::new(open, &says(&text));
        let run = setting.kready.run(AUDIT);
        run.refuses(3, &[why]);
        assert!(!run.stderr.contains(TOKEN), "{run:#?}");
        assert_eq!(server.seen().len(), 0);
    }
    let (setting, server) = Setting::new(
        open,
        &says(&credential(V1, &json!({"token": "a\nX-Evil: b"}))),
    );
    setting.kready.run(AUDIT).refuses(2, &["line break"]);
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn a_plugin_is_told_what_it_may_know() {
    let answer = credential(V1, &json!({"token": TOKEN}));
    let script = format!(
        "printf '%s' \"$KUBERNETES_EXEC_INFO\" > \"$HOME/info\"\nprintf '%s' \"$GIVEN$EMPTY\" > \"$HOME/given\"\n{}",
        says(&answer)
    );
    let (mut setting, _server) = Setting::new(open, &script);
    setting.exec()["env"] = json!([{"name": "GIVEN", "value": "yes"}, {"name": "EMPTY"}, {"name": "KUBERNETES_EXEC_INFO", "value": "forged"}]);
    setting.save();
    setting.kready.run(AUDIT).report();
    let info = |setting: &Setting| -> Value {
        serde_json::from_str(&setting.kready.read("info")).unwrap()
    };
    let expected =
        json!({"apiVersion": V1, "kind": "ExecCredential", "spec": {"interactive": false}});
    assert_eq!(info(&setting), expected);
    assert_eq!(setting.kready.read("given"), "yes");
    // With what it may know of the cluster, from files as well.
    let file = setting.kready.write("ca.pem", &setting.signer.pem);
    let server = setting.cluster()["server"].clone();
    setting.exec()["provideClusterInfo"] = json!(true);
    *setting.cluster() = json!({"server": server, "certificate-authority": file, "tls-server-name": "127.0.0.1", "disable-compression": true,
        "extensions": [{"name": "other", "extension": 1}, {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}]});
    setting.save();
    setting.kready.run(AUDIT).report();
    assert_eq!(
        info(&setting)["spec"],
        json!({"interactive": false, "cluster": {"server": server, "tls-server-name": "127.0.0.1", "disable-compression": true,
            "certificate-authority-data": STANDARD.encode(&setting.signer.pem), "config": {"audience": "a"}}})
    );
}

#[test]
fn a_plugin_that_wants_a_terminal_needs_one() {
    let (mut setting, server) =
        Setting::new(open, &says(&credential(V1, &json!({"token": TOKEN}))));
    setting.exec()["interactiveMode"] = json!("Always");
    setting.save();
    setting.kready.run(AUDIT).refuses(2, &["needs a terminal"]);
    assert_eq!(server.seen().len(), 0);
    assert!(!setting.kready.path("ran").exists());
}

#[test]
fn what_stands_in_the_kubeconfig_wins_over_a_plugin() {
    let (mut setting, _server) =
        Setting::new(open, &says(&credential(V1, &json!({"token": TOKEN}))));
    let exec = setting.exec().clone();
    let (certificate, key) = setting.signer.client("it");
    for user in [
        json!({"token": "t"}),
        json!({"tokenFile": setting.kready.write("token", "t")}),
        json!({"username": "it"}),
        json!({"client-certificate-data": STANDARD.encode(certificate), "client-key-data": STANDARD.encode(key)}),
    ] {
        let mut user = user;
        user["exec"] = exec.clone();
        setting.config["users"][0]["user"] = user;
        setting.save();
        setting.kready.run(AUDIT).report();
    }
    assert!(!setting.kready.path("ran").exists());
}

fn ran(setting: &Setting) -> usize {
    std::fs::read_to_string(setting.kready.path("ran")).map_or(0, |text| text.lines().count())
}

#[test]
fn a_refused_credential_is_asked_for_again_and_one_that_stays_refused_once() {
    // The plugin gives another token each time that it is asked.
    let script = format!(
        "echo ran >> \"$HOME/ran\"\necho '{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"t'$(wc -l < \"$HOME/ran\" | tr -d ' ')'\"}}}}'"
    );
    let count = std::sync::atomic::AtomicUsize::new(0);
    let (setting, _server) = Setting::new(
        |signer| {
            Listener::serve(Some(signer), move |request| {
                let asked = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let token = if asked < 3 { "Bearer t1" } else { "Bearer t2" };
                if request.all("authorization") == [token] {
                    api_server(request)
                } else {
                    refusal("401 Unauthorized", 401)
                }
            })
        },
        &script,
    );
    setting.passes();
    assert_eq!(ran(&setting), 2);
    // One that gives the same again is not asked for every list, nor one whose credential is over when it comes.
    for status in [
        json!({"token": TOKEN}),
        json!({"token": TOKEN, "expirationTimestamp": "2020-01-01T00:00:00Z"}),
        json!({"token": TOKEN, "expirationTimestamp": "2090-01-01T00:00:00Z"}),
    ] {
        let (setting, server) = Setting::new(
            |signer| {
                Listener::serve(Some(signer), |request| match request.path() {
                    "/api/v1/nodes" | "/api/v1/pods" => refusal("401 Unauthorized", 401),
                    _ => api_server(request),
                })
            },
            &says(&credential(V1, &status)),
        );
        let run = setting
            .kready
            .run(&["audit", "--only=node-not-ready,pod-not-ready"]);
        assert!(run.code.is_some_and(|code| code > 1), "{run:#?}");
        assert!(server.seen().len() > 5);
        assert_eq!(ran(&setting), 2, "{status}");
    }
}

#[test]
fn a_certificate_that_changes_is_shown() {
    let signer = Signer::new();
    let (one, two) = (signer.client("one"), signer.client("two"));
    let pair = |pair: &(String, String)| {
        credential(
            V1,
            &json!({"clientCertificateData": pair.0, "clientKeyData": pair.1}),
        )
    };
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Listener::serve(Some(&signer), move |request| {
        if count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 2 {
            return refusal("401 Unauthorized", 401);
        }
        api_server(request)
    });
    let listener = server.clone();
    let (mut setting, _) = Setting::new(
        |_| listener,
        "test -e \"$HOME/ran\" && cat \"$HOME/two\" || cat \"$HOME/one\"\necho ran >> \"$HOME/ran\"",
    );
    setting.cluster()["certificate-authority-data"] = json!(STANDARD.encode(&signer.pem));
    setting.save();
    setting.kready.write("one", &pair(&one));
    setting.kready.write("two", &pair(&two));
    setting.passes();
    assert_eq!(ran(&setting), 2);
    assert!(server.seen().iter().all(|request| request.certified));
}

#[test]
fn output_without_end_is_cut_off() {
    for script in ["yes", "cat /dev/zero", "while true; do echo '{'; done"] {
        let (setting, server) = Setting::new(open, script);
        setting
            .kready
            .run(AUDIT)
            .refuses(3, &["wrote more than 1 MiB"]);
        assert_eq!(server.seen().len(), 0);
    }
    // Words on standard error are no output.
    let script = format!(
        "head -c 3000000 /dev/zero | tr '\\0' x >&2\n{}",
        says(&credential(V1, &json!({"token": TOKEN})))
    );
    let (setting, _server) = Setting::new(open, &script);
    setting.kready.run(AUDIT).report();
}

/// What a plugin noted as the number of a process that it began.
fn began(setting: &Setting) -> String {
    let path = setting.kready.path("pid");
    let late = Instant::now() + Duration::from_secs(60);
    loop {
        if let Ok(pid) = std::fs::read_to_string(&path)
            && pid.ends_with('\n')
        {
            return pid.trim().to_owned();
        }
        assert!(Instant::now() < late, "the plugin does not run");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[track_caller]
fn is_gone(pid: &str) {
    let late = Instant::now() + Duration::from_secs(60);
    let runs = || {
        let state = Command::new("ps")
            .args(["-o", "stat=", "-p", pid])
            .output()
            .unwrap()
            .stdout;
        let state = String::from_utf8(state).unwrap();
        !state.trim().is_empty() && !state.trim().starts_with('Z')
    };
    while runs() {
        assert!(Instant::now() < late, "{pid} still runs");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A plugin that never ends, nor does what it begins.
const ENDLESS: &str = "sleep 1000 & echo $! > \"$HOME/pid\"; wait";

#[test]
fn a_plugin_ends_with_the_time_for_the_whole() {
    let (setting, server) = Setting::new(open, ENDLESS);
    setting.kready.run(&["audit", "--timeout=2s"]).refuses(
        3,
        &["did not end before the time for the whole audit was over (--timeout)"],
    );
    is_gone(&began(&setting));
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn a_plugin_ends_with_signals() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (setting, _server) = Setting::new(open, ENDLESS);
        let mut running = setting.kready.command(AUDIT).spawn().unwrap();
        let pid = began(&setting);
        Command::new("kill")
            .args(["-s", signal, &running.id().to_string()])
            .status()
            .unwrap();
        assert_eq!(running.wait().unwrap().code(), Some(code));
        is_gone(&pid);
    }
}

#[test]
fn what_a_plugin_leaves_behind_is_not_waited_for() {
    let script = format!(
        "sleep 1000 > /dev/null & echo $! > \"$HOME/pid\"\n{}",
        says(&credential(V1, &json!({"token": TOKEN})))
    );
    let (setting, _server) = Setting::new(open, &script);
    setting.passes();
    // It holds standard error open, and goes on.
    Command::new("kill").arg(began(&setting)).status().unwrap();
}

#[test]
fn a_plugin_that_fails_tells_nothing_that_it_wrote() {
    let script = format!(
        "echo '{{\"status\":{{\"token\":\"{TOKEN}\"}}}}'\necho 'cannot use {TOKEN}; log in again' >&2\nexit 7"
    );
    let (setting, _server) = Setting::new(open, &script);
    let run = setting.kready.run(AUDIT);
    run.refuses(3, &["log in again"]);
    assert!(!run.stderr.contains(TOKEN), "{run:#?}");
}
