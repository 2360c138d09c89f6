//! What a release is made with: the tag that it may have, its archives, and the look at them afterwards.
#![cfg(unix)]

use std::{
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::tools::skipped;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn script(name: &str) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci").join(name));
    command.env("SOURCE_DATE_EPOCH", "1700000000");
    command
}

fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok();
    if !found {
        skipped("python3 is missing: it packs and checks the archives");
    }
    found
}

#[track_caller]
fn refused(output: &Output, says: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(says), "{says:?} isn't said: {said}");
}

#[test]
fn a_tag_of_another_version_is_refused() {
    if !has_python() {
        return;
    }
    for tag in [
        "v99.0.0",
        VERSION,
        "v",
        &format!("v{VERSION}-rc.1"),
        "v$(date)",
    ] {
        let output = script("release").args(["--tag", tag]).output().unwrap();
        refused(
            &output,
            &format!("the tag is {tag}, and Cargo.toml's version is {VERSION}"),
        );
    }
}

/// A heading with a day lets the tag through; one that says "unreleased", or none at all, doesn't.
#[test]
fn a_tag_without_its_chapter_is_refused() {
    if !has_python() {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join(".ci")).unwrap();
    for file in [".ci/release", ".ci/version", "Cargo.toml"] {
        std::fs::copy(root.join(file), folder.path().join(file)).unwrap();
    }
    let with = |changelog: &str, arguments: &[&str]| {
        std::fs::write(folder.path().join("CHANGELOG.md"), changelog).unwrap();
        let mut command = Command::new(folder.path().join(".ci/release"));
        command.args(arguments).output().unwrap()
    };
    let tag = format!("v{VERSION}");
    for changelog in [
        "# Changelog\n".to_owned(),
        format!("## {VERSION} - unreleased\n"),
        format!("## {}x0 - 2026-01-02\n", &VERSION[..1]),
    ] {
        refused(
            &with(&changelog, &["--tag", &tag]),
            "CHANGELOG.md has no heading",
        );
    }
    let changelog = format!(
        "# Changelog\n\n## {VERSION} - 2026-01-02\n\nThe first.\n\n## 0.0.1 - 2025-01-02\n\nOlder.\n"
    );
    let output = with(&changelog, &["--tag", &tag]);
    assert!(output.status.success(), "{output:?}");
    let notes = with(&changelog, &["--notes"]);
    assert_eq!(String::from_utf8_lossy(&notes.stdout).trim(), "The first.");
}

/// A folder as `.ci/release` packs it, of which the program is this one.
fn pack(program: &[u8], into: &Path) -> String {
    let name = format!("kready-{VERSION}-x86_64-unknown-linux-musl");
    let outer = TempDir::new().unwrap();
    let folder = outer.path().join(&name);
    let mut files = vec![
        ("kready".to_owned(), program),
        ("LICENSE".to_owned(), b"text"),
        ("README.md".to_owned(), b"text"),
        ("CHANGELOG.md".to_owned(), b"text"),
    ];
    for notice in ["crates.txt", "rust-standard-library.html", "musl.txt"] {
        files.push((format!("notices/{notice}"), b"text"));
    }
    for number in 0..5 {
        files.push((format!("man/kready-{number}.1"), b"text"));
        files.push((format!("completions/{number}"), b"text"));
    }
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let archive = format!("{name}.tar.gz");
    let output = script("archive")
        .arg(&folder)
        .arg(into.join(&archive))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    archive
}

#[test]
fn an_archive_depends_on_its_files_alone() {
    if !has_python() {
        return;
    }
    let [one, other] = [(); 2].map(|()| TempDir::new().unwrap());
    let packed = |into: &TempDir, program: &[u8]| {
        let name = pack(program, into.path());
        std::fs::read(into.path().join(name)).unwrap()
    };
    assert!(packed(&one, b"program") == packed(&other, b"program"));
    assert!(packed(&one, b"program") != packed(&other, b"another"));
}

#[test]
fn what_is_handed_out_is_looked_at() {
    if !has_python() {
        return;
    }
    let dist = TempDir::new().unwrap();
    let check = || {
        let mut command = script("check-dist");
        command.arg(dist.path()).arg(VERSION).output().unwrap()
    };
    refused(&check(), "SHA256SUMS is missing");
    let archive = pack(b"#!/bin/sh\n", dist.path());
    let sums = script("check-dist")
        .arg("--sums")
        .arg(dist.path())
        .output()
        .unwrap();
    assert!(sums.status.success(), "{sums:?}");
    let output = check();
    refused(&output, "kready is no ELF file");
    refused(&output, &format!("kready-{VERSION}.cdx.json is missing"));
    std::fs::write(dist.path().join(&archive), b"tampered").unwrap();
    std::fs::write(dist.path().join("more.tar.gz"), b"").unwrap();
    let output = check();
    refused(&output, &format!("{archive}: SHA256SUMS has another sum"));
    refused(&output, "more.tar.gz is not in SHA256SUMS");
}
