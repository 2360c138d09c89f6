//! Signals: whatever ends the program, no half-written file and nobody who runs for it stays behind.
#![cfg(unix)]

use std::{
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use crate::{
    program::{Kready, binary},
    server::{Misbehaviour, Plan},
    world::World,
};

/// The signals that ask a program to end, the exit code, and what is said.
const SIGNALS: [(&str, i32, &str); 4] = [
    ("INT", 130, "interrupted"),
    ("TERM", 143, "ended by SIGTERM"),
    ("HUP", 129, "ended by SIGHUP"),
    ("QUIT", 131, "ended by SIGQUIT"),
];

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn kill(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success(), "{signal} {process}");
}

fn ends(mut child: Child) -> (ExitStatus, String) {
    until("it ends", || child.try_wait().unwrap().is_some());
    let output = child.wait_with_output().unwrap();
    (
        output.status,
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn parts(folder: &Path) -> usize {
    std::fs::read_dir(folder)
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".part")
        })
        .count()
}

#[test]
fn every_signal_ends_it_while_a_cluster_is_read() {
    for (signal, code, words) in SIGNALS {
        let server = Plan::of(World::named("broken"))
            .at("/api/v1/pods", Misbehaviour::Stall)
            .start();
        let kready = Kready::on(&server);
        kready.write("report.json", "old");
        let child = kready
            .command(&["audit", "-o", "json=report.json", "--save", "new.json.gz"])
            .spawn()
            .unwrap();
        until("pods are asked for", || server.count("/api/v1/pods") > 0);
        assert_eq!(parts(kready.home.path()), 2);
        kill(signal, child.id());
        let (status, said) = ends(child);
        assert_eq!(status.code(), Some(code), "{signal}: {said}");
        assert!(said.contains(words), "{signal}: {said}");
        assert_eq!(kready.read("report.json"), "old");
        assert_eq!(parts(kready.home.path()), 0, "{signal}");
        assert!(!kready.path("new.json.gz").exists());
    }
}

#[test]
fn every_signal_ends_it_while_input_is_awaited_and_while_output_is_not_taken() {
    for (signal, code, _) in SIGNALS {
        let kready = Kready::new();
        let mut waits = kready.command(&["audit", "-f", "-", "-o", "json=r.json"]);
        let mut waits = waits.stdin(Stdio::piped()).spawn().unwrap();
        let input = waits.stdin.take();
        until("it has begun", || parts(kready.home.path()) == 1);
        kill(signal, waits.id());
        assert_eq!(ends(waits).0.code(), Some(code), "{signal} while reading");
        assert_eq!(parts(kready.home.path()), 0, "{signal}");
        drop(input);

        // The report is larger than what a pipe holds.
        let writes = kready
            .command(&["audit", "--demo", "-o", "json", "--save", "s.gz"])
            .spawn()
            .unwrap();
        until("it writes", || kready.path("s.gz").exists());
        kill(signal, writes.id());
        let (status, said) = ends(writes);
        // Whether it still judged or wrote already, it ended by the signal.
        assert_eq!(status.code(), Some(code), "{signal} while writing: {said}");
    }
}

#[test]
fn whoever_renders_ends_with_it() {
    for (signal, code, _) in SIGNALS {
        let kready = Kready::new();
        kready.write(
            "chart/Chart.yaml",
            "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        );
        let pid = kready.path("pid");
        let script = format!(
            "#!/bin/sh\nsleep 1000 &\necho $! > {0}.new && mv {0}.new {0}\nwait\n",
            pid.display()
        );
        let tool = kready.write("bin/helm", &script);
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = kready.command(&["audit", "-f", "chart", "--render"]);
        let path = format!(
            "{}:{}",
            kready.path("bin").display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let child = command.env("PATH", path).spawn().unwrap();
        until("helm runs", || pid.exists());
        kill(signal, child.id());
        assert_eq!(ends(child).0.code(), Some(code), "{signal}");
        let sleeper = kready.read("pid").trim().to_owned();
        until("what helm began is gone", || {
            let state = Command::new("ps")
                .args(["-o", "stat=", "-p", &sleeper])
                .output()
                .unwrap();
            let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
            state.is_empty() || state.starts_with('Z')
        });
    }
}

/// The first process of a container hears no signal to which it does not listen.
#[cfg(target_os = "linux")]
#[test]
fn the_first_process_hears_them() {
    let inside = |command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args([
            "--user",
            "--map-root-user",
            "--pid",
            "--fork",
            "--kill-child",
        ]);
        unshare.args(["sh", "-c", command]).arg(binary());
        unshare
    };
    if !inside("true").status().is_ok_and(|status| status.success()) {
        return;
    }
    for (signal, code, _) in SIGNALS {
        let kready = Kready::new();
        let child = inside("echo $$ > first; exec \"$0\" audit -f - -o json=r.json")
            .current_dir(kready.home.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        until("it has begun", || parts(kready.home.path()) == 1);
        assert_eq!(kready.read("first").trim(), "1");
        let found = Command::new("ps")
            .args(["-o", "pid=", "--ppid", &child.id().to_string()])
            .output()
            .unwrap();
        let first = String::from_utf8_lossy(&found.stdout)
            .trim()
            .parse()
            .unwrap();
        kill(signal, first);
        let (status, said) = ends(child);
        assert_eq!(status.code(), Some(code), "{signal}: {said}");
        assert_eq!(parts(kready.home.path()), 0);
    }
}

/// nohup makes a program ignore the signal, and it goes on.
#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_is_ignored_stays_so() {
    let kready = Kready::new();
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" audit -f - -o json=r.json"])
        .arg(binary())
        .current_dir(kready.home.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("it has begun", || parts(kready.home.path()) == 1);
    kill("HUP", child.id());
    // It goes on to the end of its input.
    let mut input = child.stdin.take().unwrap();
    input
        .write_all(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n")
        .unwrap();
    drop(input);
    let (status, said) = ends(child);
    assert!(
        status.code().is_some_and(|code| code < 5),
        "{status}: {said}"
    );
    assert!(kready.path("r.json").exists());
}
