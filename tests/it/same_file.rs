//! Outputs that are closed, full, each other, or what is read.
#![cfg(unix)]

use std::{
    os::unix::fs::{PermissionsExt, symlink},
    process::{Command, Output},
};

use crate::{
    program::{Kready, MANIFEST, binary},
    server::Plan,
    world::World,
};

/// Runs a line of a shell in the directory, `$0` being the program.
fn shell(kready: &Kready, line: &str) -> Output {
    Command::new("sh")
        .args(["-c", line])
        .arg(binary())
        .current_dir(kready.home.path())
        .env("HOME", kready.home.path())
        .env_remove("KUBECONFIG")
        .output()
        .unwrap()
}

fn mode(kready: &Kready, name: &str) -> u32 {
    let metadata = std::fs::metadata(kready.path(name)).unwrap();
    metadata.permissions().mode() & 0o777
}

#[test]
fn a_closed_or_full_output_is_an_error_of_its_own() {
    let kready = Kready::new();
    kready.write("a.yaml", MANIFEST);
    let mut lines = vec![
        "\"$0\" audit --demo >&-".to_owned(),
        "\"$0\" audit --demo -o json >&-".into(),
        "\"$0\" checks >&-".into(),
        "\"$0\" --help >&-".into(),
    ];
    if std::path::Path::new("/dev/full").exists() {
        for arguments in [
            "audit --demo",
            "audit -f a.yaml -o json",
            "components --demo",
            "checks",
            "explain pdb-missing",
            "rbac",
            "schema",
            "completion bash",
            "--help",
            "--version",
        ] {
            lines.push(format!("\"$0\" {arguments} > /dev/full"));
        }
        lines.push("\"$0\" audit --demo -o json=/dev/full".into());
        lines.push("\"$0\" audit --demo --save /dev/full".into());
    }
    for line in lines {
        let run = shell(&kready, &line);
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(5), "{line}: {run:?}");
        assert!(
            said.starts_with("error: cannot write to ") && said.contains("next: "),
            "{line}: {said}"
        );
    }
    // Nothing goes there, so that it may be closed; and what is thrown away is meant to be.
    for line in [
        "\"$0\" audit --demo -o json=r.json >&-",
        "\"$0\" audit --demo > /dev/null",
        "\"$0\" audit --demo 1<>/dev/null",
        "\"$0\" audit --demo -o json=/dev/null -o table=/dev/null",
        "\"$0\" audit --demo -o json=/dev/stderr",
    ] {
        let run = shell(&kready, line);
        assert_eq!(run.status.code(), Some(1), "{line}: {run:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_grow_leaves_the_old_one() {
    let kready = Kready::new();
    kready.write("r.json", "old");
    let run = shell(&kready, "ulimit -f 8; \"$0\" audit --demo -o json=r.json");
    assert_eq!(run.status.code(), Some(5), "{run:?}");
    assert_eq!(kready.read("r.json"), "old");
    assert_eq!(std::fs::read_dir(kready.home.path()).unwrap().count(), 1);
}

#[test]
fn standard_output_by_its_name_keeps_what_is_there() {
    let kready = Kready::new();
    kready.write("log", "before\n");
    for name in ["/dev/stdout", "/dev/fd/1"] {
        kready.write("log", "before\n");
        let run = shell(
            &kready,
            &format!("\"$0\" audit --demo -o json={name} >> log"),
        );
        assert_eq!(run.status.code(), Some(1), "{run:?}");
        let log = kready.read("log");
        let report = log.strip_prefix("before\n").expect("what was there stays");
        serde_json::from_str::<serde_json::Value>(report).expect("and the report follows");
    }
}

#[test]
fn what_is_one_file_is_not_written_twice_nor_over_what_is_read() {
    let server = Plan::of(World::named("broken")).start();
    let kready = Kready::on(&server);
    kready.write("a.yaml", MANIFEST);
    kready.write("folder/b.yaml", MANIFEST);
    kready.write("kready.yaml", "profile: production\n");
    kready.write("old", "");
    symlink("old", kready.path("soft")).unwrap();
    symlink("new", kready.path("dangling")).unwrap();
    std::fs::hard_link(kready.path("old"), kready.path("hard")).unwrap();
    std::fs::hard_link(kready.path("a.yaml"), kready.path("a2.yaml")).unwrap();
    symlink(".", kready.path("here")).unwrap();
    let baseline = kready.run(&["audit", "-f", "a.yaml", "-o", "json=last.json"]);
    assert!(baseline.stdout.is_empty(), "{baseline:#?}");
    let asked = server.asked().len();
    let inputs = || {
        [
            "a.yaml",
            "folder/b.yaml",
            "kready.yaml",
            "last.json",
            ".kube/config",
        ]
        .map(|name| kready.read(name))
    };
    let before = inputs();
    let refused: &[&[&str]] = &[
        &["-o", "json=old", "-o", "table=./old"],
        &["-o", "json=old", "-o", "table=soft"],
        &["-o", "json=old", "-o", "table=hard"],
        &["-o", "json=old", "-o", "table=here/old"],
        &["-o", "json=new", "-o", "table=dangling"],
        &["-o", "json=new", "--save", "./new"],
        &["-o", "json=kready.yaml"],
        &["-o", "json=last.json", "--baseline", "here/last.json"],
        &["-o", "json=.kube/config"],
        &["--save", ".kube/config"],
        &["-f", "a.yaml", "-o", "json=a.yaml"],
        &["-f", "a.yaml", "-o", "json=a2.yaml"],
        &["-f", "a.yaml", "--save", "here/a.yaml"],
        &["-f", "folder", "-o", "json=folder/b.yaml"],
        &[
            "-f",
            "last.json",
            "--config",
            "kready.yaml",
            "-o",
            "json=here/kready.yaml",
        ],
    ];
    for args in refused {
        let args: Vec<&str> = ["audit"].into_iter().chain(args.iter().copied()).collect();
        let run = kready.run(&args);
        run.refuses(2, &["error: "]);
        assert!(
            run.stderr.contains("one file") || run.stderr.contains("would overwrite"),
            "{args:?}: {run:#?}"
        );
    }
    kready
        .run(&["snapshot", "-o", ".kube/config"])
        .refuses(2, &["the kubeconfig"]);
    kready
        .run(&["components", "-f", "a.yaml", "-o", "json=a.yaml"])
        .refuses(2, &["a.yaml"]);
    for line in [
        "\"$0\" audit -f - -o json=a.yaml < a.yaml",
        "\"$0\" audit -f a.yaml -o table -o json=out.txt > out.txt",
        "\"$0\" audit -f a.yaml -o table -o json=/dev/stdout > out.txt",
    ] {
        let run = shell(&kready, line);
        assert_eq!(run.status.code(), Some(2), "{line}: {run:?}");
    }
    assert_eq!(before, inputs());
    assert_eq!(server.asked().len(), asked, "nobody was asked");
    // A report beside the manifests is written again and again.
    for _ in 0..2 {
        let run = kready.run(&["audit", "-f", "folder", "-o", "json=folder/report.json"]);
        assert_ne!(run.code, Some(2), "{run:#?}");
    }
}

#[test]
fn a_pipe_that_nobody_reads_is_given_up() {
    let kready = Kready::new();
    assert!(
        Command::new("mkfifo")
            .arg(kready.path("pipe"))
            .status()
            .unwrap()
            .success()
    );
    kready
        .run(&["audit", "--demo", "-o", "json=pipe"])
        .refuses(2, &["pipe", "nothing reads it"]);
    let run = shell(
        &kready,
        "\"$0\" audit --demo -o json=pipe & cat pipe > r.json; wait $!",
    );
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    serde_json::from_str::<serde_json::Value>(&kready.read("r.json")).expect("the whole report");
    let run = shell(
        &kready,
        "\"$0\" audit --demo -o json=pipe & head -c 9 pipe; wait $!",
    );
    assert_eq!(
        (run.status.code(), run.stderr.len()),
        (Some(1), 0),
        "{run:?}"
    );
}

#[test]
fn a_snapshot_is_its_owners_alone() {
    let server = Plan::of(World::named("ground")).start();
    let kready = Kready::on(&server);
    let allow = |name: &str, mode: u32| {
        kready.write(name, "");
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(kready.path(name), permissions).unwrap();
    };
    allow("wide", 0o644);
    allow("chosen", 0o660);
    allow("narrow", 0o600);
    for (name, expected) in [
        ("new.json.gz", 0o600),
        ("wide", 0o600),
        ("chosen", 0o660),
        ("narrow", 0o600),
    ] {
        let run = kready.run(&["snapshot", "-o", name]);
        assert_eq!(run.code, Some(0), "{run:#?}");
        assert_eq!(mode(&kready, name), expected, "{name}");
        assert_ne!(std::fs::metadata(kready.path(name)).unwrap().len(), 0);
    }
    kready.run(&["audit", "--save", "saved", "-o", "json=report.json"]);
    assert_eq!(mode(&kready, "saved"), 0o600);
    let run = shell(
        &kready,
        "umask 022; \"$0\" snapshot -o /dev/stdout > open; \"$0\" audit --demo -o json=report",
    );
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    assert_eq!(mode(&kready, "open"), 0o644, "the shell made it");
    assert_eq!(mode(&kready, "report"), 0o644, "a report is any file");
}
