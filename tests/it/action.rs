//! The action for GitHub, with the runner around it faked: its environment, its files, and what it downloads.

#![cfg(unix)]

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::program::{MANIFEST, binary};

/// What has to stay in the environment.
pub(crate) const SECRET: &str = "ghs_tokenThatNothingPrints0123456789";

const ARCHIVE: &str = "kready-0.1.0-x86_64-unknown-linux-musl.tar.gz";

/// `curl`: it has what lies in `$SERVED`, and answers `$ANSWERS` to everything if that is set.
pub(crate) const CURL: &str = r#"#!/usr/bin/env bash
set -eu
echo "$*" >>"$SERVED/sent"
while (($# > 1)); do
  case $1 in -o | --output) file=$2 ;; esac
  shift
done
echo "$1" >>"$SERVED/asked"
served=$SERVED/${1##*/}
if [[ -n ${ANSWERS:-} ]]; then echo "curl: (22) The requested URL returned error: $ANSWERS" >&2; exit 22; fi
[[ -f $served ]] || { echo "curl: (22) The requested URL returned error: 404" >&2; exit 22; }
cp "$served" "$file"
"#;

/// `gh`, of which `$GH` says what it thinks of the attestation.
const GH: &str = r#"#!/usr/bin/env bash
[[ $* != "attestation --help" ]] || exit "${GH_OLD:-0}"
echo "$*" >>"$SERVED/attested"
[[ $GH_TOKEN == ghs_* ]] || exit 9
[[ ${GH:-} != refuses ]] || { echo "Error: no attestations found" >&2; exit 1; }
"#;

struct Runner {
    home: TempDir,
    variables: BTreeMap<String, String>,
}

struct Step {
    code: i32,
    log: String,
    outputs: BTreeMap<String, String>,
}

impl Runner {
    fn new() -> Self {
        let home = TempDir::new().unwrap();
        for folder in ["workspace", "temp", "tools", "served", "bin"] {
            fs::create_dir(home.path().join(folder)).unwrap();
        }
        let runner = Self {
            home,
            variables: BTreeMap::new(),
        };
        runner.program("curl", CURL);
        runner.program("gh", GH);
        runner.serve("#!/bin/sh\necho kready 0.1.0\n");
        let manifest = MANIFEST.replace("portal:1", "portal:latest");
        runner.write("workspace/manifests/portal.yaml", &manifest);
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn program(&self, name: &str, text: &str) {
        executable(&self.path("bin").join(name), text);
    }

    /// Serves an archive with this program, and its digest.
    fn serve(&self, program: &str) -> String {
        let folder = self.path("release/kready-0.1.0-x86_64-unknown-linux-musl");
        fs::create_dir_all(&folder).unwrap();
        executable(&folder.join("kready"), program);
        self.pack()
    }

    fn pack(&self) -> String {
        let archive = self.path("served").join(ARCHIVE);
        let mut tar = Command::new("tar");
        tar.arg("-czf").arg(&archive).arg("-C");
        tar.arg(self.path("release"));
        tar.arg("kready-0.1.0-x86_64-unknown-linux-musl");
        assert!(tar.status().unwrap().success());
        let digest = sha256(&archive);
        self.write("served/SHA256SUMS", &format!("{digest}  {ARCHIVE}\n"));
        digest
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn run(&self, script: &str) -> Step {
        let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/action");
        let output = self.path("output");
        drop(fs::remove_file(&output));
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new("bash");
        command
            .arg(at.join(script))
            .current_dir(self.path("workspace"))
            .env_clear()
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("HOME", self.home.path())
            .env("SERVED", self.path("served"))
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .env("RUNNER_TEMP", self.path("temp"))
            .env("RUNNER_TOOL_CACHE", self.path("tools"))
            .env("GITHUB_WORKSPACE", self.path("workspace"))
            .env("GITHUB_OUTPUT", &output)
            .env("GITHUB_PATH", self.path("path"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_TOKEN", SECRET)
            .env("ACTIONS_RUNTIME_TOKEN", SECRET)
            .env("KREADY", binary())
            .env("INPUT_TOKEN", SECRET)
            .env("INPUT_VERSION", "0.1.0")
            .env("INPUT_DOWNLOAD_URL", "https://releases.example/kready/")
            .env("INPUT_ANNOTATIONS", "true")
            .env("INPUT_SUMMARY", "true")
            .envs(&self.variables)
            .stdin(Stdio::null());
        let run = command.output().unwrap();
        let mut log = String::from_utf8(run.stdout).unwrap();
        log += &String::from_utf8(run.stderr).unwrap();
        let written = self.read("output");
        for text in [&log, &written, &self.read("summary"), &self.read("path")] {
            assert!(!text.contains(SECRET), "it prints a token: {text}");
        }
        assert!(!self.path("pwned").exists(), "an input was run: {log}");
        let outputs = written.lines().map(|line| line.split_once('=').unwrap());
        Step {
            code: run.status.code().unwrap(),
            log,
            outputs: outputs.map(|(a, b)| (a.into(), b.into())).collect(),
        }
    }

    fn install(&self) -> Step {
        self.run("install.sh")
    }

    fn audit(&self) -> Step {
        self.run("audit.sh")
    }

    /// What `curl` was sent for.
    fn asked(&self) -> Vec<String> {
        let asked = self.read("served/asked");
        asked.lines().map(str::to_owned).collect()
    }
}

impl Step {
    /// One annotation says what is wrong, in one line.
    #[track_caller]
    fn refuses(&self, code: i32, says: &str) {
        let errors: Vec<&str> = self
            .log
            .lines()
            .filter(|it| it.contains("::error"))
            .collect();
        assert_eq!(self.code, code, "{}", self.log);
        assert_eq!(errors.len(), 1, "{}", self.log);
        assert!(
            errors[0].starts_with("::error title=kready::"),
            "{}",
            self.log
        );
        assert!(
            errors[0].contains(says),
            "{says:?} isn't said: {}",
            self.log
        );
    }
}

pub(crate) fn executable(path: &Path, text: &str) {
    // Not through a link to somebody else's program.
    drop(fs::remove_file(path));
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

pub(crate) fn sha256(path: &Path) -> String {
    let digest = Sha256::digest(fs::read(path).unwrap());
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

#[test]
fn installs_what_the_sums_and_the_attestation_prove_and_audits_with_it() {
    let mut runner = Runner::new();
    let folder = runner.path("release/kready-0.1.0-x86_64-unknown-linux-musl");
    fs::remove_file(folder.join("kready")).unwrap();
    symlink(binary(), folder.join("kready")).unwrap();
    runner.pack();
    let step = runner.install();
    assert_eq!(step.code, 0, "{}", step.log);
    assert!(step.log.contains("is verified"), "{}", step.log);
    assert!(runner.read("served/sent").contains(" --proto =https "));
    let attested = runner.read("served/attested");
    for words in [
        "--repo kready/kready",
        "--signer-workflow kready/kready/.github/workflows/release.yml",
        "--source-ref refs/tags/v0.1.0",
    ] {
        assert!(attested.contains(words), "{attested}");
    }
    assert_eq!(
        runner.asked(),
        [ARCHIVE, "SHA256SUMS"]
            .map(|name| format!("https://releases.example/kready/v0.1.0/{name}"))
    );
    let program = step.outputs["kready"].clone();
    assert_eq!(
        format!("{}\n", program.strip_suffix("/kready").unwrap()),
        runner.read("path")
    );
    runner = runner
        .with("KREADY", &program)
        .with("INPUT_PATHS", "manifests");
    let step = runner.audit();
    assert_eq!(step.code, 1, "{}", step.log);
    assert_eq!(step.outputs["verdict"], "NotReady");
}

#[test]
fn the_cache_saves_the_download_and_is_not_trusted_blindly() {
    let runner = Runner::new();
    assert_eq!(runner.install().code, 0);
    let step = runner.install();
    assert!(step.log.contains("is in the tool cache"), "{}", step.log);
    assert_eq!(runner.asked().len(), 2);

    let kept = runner.path("tools/kready/0.1.0").join(ARCHIVE);
    fs::write(&kept, "half of it").unwrap();
    let step = runner.install();
    assert_eq!(step.code, 0, "{}", step.log);
    assert_eq!(runner.asked().len(), 4);

    // What the caller doesn't name is not used, wherever it lies.
    let runner = runner.with("INPUT_SHA256", &"0".repeat(64));
    runner
        .install()
        .refuses(2, "which the input sha256 doesn't name");
}

#[test]
fn a_digest_of_the_caller_decides_alone() {
    let runner = Runner::new();
    let digest = sha256(&runner.path("served").join(ARCHIVE)).to_uppercase();
    let several = format!("{}\n {digest}\n", "1".repeat(64));
    let runner = runner.with("INPUT_SHA256", &several).with("GH", "refuses");
    let step = runner.install();
    assert_eq!(step.code, 0, "{}", step.log);
    assert_eq!(runner.asked().len(), 1);
    assert_eq!(runner.read("served/attested"), "");
}

#[test]
fn refuses_what_is_not_proven() {
    let runner = Runner::new();
    runner.write(
        "served/SHA256SUMS",
        &format!("{}  {ARCHIVE}\n", "2".repeat(64)),
    );
    runner
        .install()
        .refuses(2, "and SHA256SUMS of the release says 2222");
    runner.write("served/SHA256SUMS", "");
    runner.install().refuses(2, "says nothing of it");
    runner.pack();
    let runner = runner.with("GH", "refuses");
    runner
        .install()
        .refuses(2, "no attestations found%0Anext: ");
    let runner = runner.with("GH_OLD", "1");
    assert_eq!(runner.install().code, 0);
    fs::remove_dir_all(runner.path("tools")).unwrap();
    let runner = runner.with("INPUT_ATTESTATION", "require");
    runner.install().refuses(2, "gh is older than 2.49");
    assert!(!runner.path("tools").exists(), "nothing unproven is kept");
}

#[test]
fn says_which_input_of_the_download_is_wrong() {
    for (name, value, says) in [
        (
            "INPUT_VERSION",
            "9.9.9",
            "kready 9.9.9 could not be downloaded",
        ),
        (
            "INPUT_VERSION",
            "latest",
            "the input version is a version of kready",
        ),
        ("INPUT_VERSION", "0.1.0/../../evil", "the input version"),
        ("INPUT_VERSION", "0.1.0\n::set-env::x", "the input version"),
        ("INPUT_VERSION", "$(touch ../pwned)", "the input version"),
        ("INPUT_SHA256", "abc", "64 hexadecimal digits, and not abc"),
        (
            "INPUT_ATTESTATION",
            "yes",
            "auto, require or off, and not yes",
        ),
        (
            "INPUT_DOWNLOAD_URL",
            "releases",
            "the input download-url is an address",
        ),
        (
            "INPUT_DOWNLOAD_URL",
            "http://mirror.example",
            "proves nothing",
        ),
        ("RUNNER_OS", "Plan9", "there is no kready for Plan9 on X64"),
        ("RUNNER_ARCH", "ARM", "there is no kready for Linux on ARM"),
    ] {
        let runner = Runner::new().with(name, value);
        runner.install().refuses(2, says);
    }
    let runner = Runner::new().with("ANSWERS", "503");
    runner.install().refuses(3, "error: 503");
    let runner = Runner::new();
    runner.serve("#!/bin/sh\necho 'not for this machine' >&2\nexit 126\n");
    runner
        .install()
        .refuses(3, "doesn't run here: not for this machine");
}

#[test]
fn the_real_curl_says_the_same() {
    let runner = Runner::new();
    fs::remove_file(runner.path("bin/curl")).unwrap();
    let digest = sha256(&runner.path("served").join(ARCHIVE));
    let runner = runner.with("INPUT_SHA256", &digest);

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        drop(client.read(&mut [0; 4096]));
        client
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .unwrap();
    });
    let runner = runner.with("INPUT_DOWNLOAD_URL", &address);
    runner.install().refuses(2, "isn't there");
    server.join().unwrap();
    runner
        .install()
        .refuses(3, "could not be downloaded: curl: (7)");

    let files = format!("file://{}", runner.path("mirror").display());
    let runner = runner.with("INPUT_DOWNLOAD_URL", &files);
    runner.install().refuses(2, "isn't there");
    fs::create_dir_all(runner.path("mirror/v0.1.0")).unwrap();
    fs::rename(
        runner.path("served").join(ARCHIVE),
        runner.path("mirror/v0.1.0").join(ARCHIVE),
    )
    .unwrap();
    let step = runner.install();
    assert_eq!(step.code, 0, "{}", step.log);
}

#[test]
fn shows_annotations_a_summary_and_outputs() {
    let runner = Runner::new()
        .with("INPUT_PATHS", "\n  manifests  \n")
        .with("INPUT_SARIF", "true")
        .with("INPUT_REPORTS", "html=report.html\njunit=junit.xml");
    let step = runner.audit();
    assert_eq!(step.code, 1, "{}", step.log);
    let outputs = &step.outputs;
    assert_eq!(outputs["verdict"], "NotReady");
    assert_eq!(outputs["exit-code"], "1");
    assert!(outputs["score"].parse::<f64>().is_ok(), "{outputs:?}");
    assert!(outputs["grade"].len() == 1, "{outputs:?}");
    for file in [&outputs["json"], &outputs["sarif"]] {
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains("manifests/portal.yaml"), "{file}: {text}");
    }
    for file in ["workspace/report.html", "workspace/junit.xml"] {
        assert!(!runner.read(file).is_empty(), "{file}");
    }
    assert!(
        runner.read("summary").contains("NOT READY"),
        "{}",
        runner.read("summary")
    );
    let (before, after) = step.log.rsplit_once("::\n::").unwrap();
    assert!(before.starts_with("::stop-commands::"), "{}", step.log);
    assert!(before.contains("NOT READY"), "{}", step.log);
    assert!(after.contains("file=manifests/portal.yaml"), "{}", step.log);

    let runner = runner
        .with("INPUT_REPORT_ONLY", "true")
        .with("INPUT_ANNOTATIONS", "false")
        .with("INPUT_SUMMARY", "false");
    fs::remove_file(runner.path("summary")).unwrap();
    let step = runner.audit();
    assert_eq!(step.code, 0, "{}", step.log);
    assert_eq!(step.outputs["verdict"], "NotReady");
    assert!(!step.log.contains("file=manifests"), "{}", step.log);
    assert_eq!(runner.read("summary"), "");
}

#[test]
fn gate_baseline_and_waivers_reach_the_audit() {
    let runner = Runner::new().with("INPUT_PATHS", "manifests");
    let step = runner.audit();
    assert_eq!(step.code, 1, "{}", step.log);
    fs::copy(
        &step.outputs["json"],
        runner.path("workspace/baseline.json"),
    )
    .unwrap();
    let runner = runner.with("INPUT_BASELINE", "baseline.json");
    assert_eq!(runner.audit().code, 0);
    let runner = runner
        .with("INPUT_BASELINE", "")
        .with("INPUT_FAIL_ON", "critical");
    assert_eq!(runner.audit().code, 0);
    let runner = runner.with("INPUT_MIN_SCORE", "100");
    assert_eq!(runner.audit().code, 1);

    runner.write("workspace/ci/gate.yaml", "gate: {failOn: never}\n");
    let runner = Runner::new();
    runner.write("workspace/ci/gate.yaml", "gate: {failOn: never}\n");
    let runner = runner
        .with("INPUT_PATHS", "manifests")
        .with("INPUT_CONFIG", "ci/gate.yaml");
    assert_eq!(runner.audit().code, 0);
    let runner = runner
        .with("INPUT_CONFIG", "")
        .with("INPUT_ARGS", "--fail-on\nnever\n\n--details");
    assert_eq!(runner.audit().code, 0);
}

#[test]
fn wrong_inputs_get_the_words_of_kready_in_one_annotation() {
    for (name, value, code, says) in [
        ("INPUT_FAIL_ON", "hihg", 2, "high"),
        ("INPUT_FAIL_ON", "$(touch ../pwned)", 2, "$(touch ../pwned)"),
        ("INPUT_FAIL_ON", "high\n::error::forged", 2, "%0A"),
        (
            "INPUT_MIN_SCORE",
            "\"; touch ../pwned; \"",
            2,
            "--min-score",
        ),
        ("INPUT_MIN_SCORE", "101", 2, "101"),
        ("INPUT_PATHS", "absent", 2, "absent"),
        ("INPUT_PATHS", "--help", 2, "--help"),
        ("INPUT_BASELINE", "absent.json", 2, "absent.json"),
        ("INPUT_CONFIG", "absent.yaml", 2, "absent.yaml"),
        ("INPUT_ONLY", "pdb-misssing", 2, "pdb-missing"),
        ("INPUT_CONTEXT", "prod", 2, "the inputs paths and context"),
        (
            "INPUT_RENDER",
            "ja",
            2,
            "the input render is true or false, and not ja",
        ),
        ("INPUT_SARIF", "1", 2, "the input sarif is true or false"),
        (
            "INPUT_WORKING_DIRECTORY",
            "nowhere",
            2,
            "the input working-directory",
        ),
        (
            "INPUT_WORKING_DIRECTORY",
            "-",
            2,
            "the input working-directory",
        ),
        (
            "INPUT_KUBECONFIG",
            "kind: Config\nusers: []",
            2,
            "the path of a file",
        ),
        ("INPUT_REPORTS", "pdf=report.pdf", 2, "pdf"),
        ("INPUT_ARGS", "--no-such-option", 2, "--no-such-option"),
        ("INPUT_ARGS", "; touch ../pwned", 2, "touch ../pwned"),
    ] {
        let runner = Runner::new()
            .with("INPUT_PATHS", "manifests")
            .with(name, value);
        let step = runner.audit();
        step.refuses(code, says);
        assert!(!step.outputs.contains_key("verdict"), "{}", step.log);
    }
    // Without a path it is the cluster's turn, and there is no kubeconfig.
    let step = Runner::new().audit();
    assert!(matches!(step.code, 2 | 3), "{}", step.log);
    step.refuses(step.code, "next: ");
}

#[test]
fn names_in_manifests_are_no_commands_of_the_workflow() {
    let runner = Runner::new().with("INPUT_PATHS", "manifests");
    let forged = MANIFEST.replace("portal, namespace", "'::set-output name=x::y', namespace");
    assert_ne!(forged, MANIFEST);
    runner.write("workspace/manifests/portal.yaml", &forged);
    runner.write("workspace/manifests/::error::x.yaml", "kind: [\n");
    let step = runner.audit();
    let mute = step.log.lines().next().unwrap();
    let mute = mute.strip_prefix("::stop-commands::").unwrap();
    assert_eq!(mute.len(), 32);
    let (_, heard) = step.log.split_once(&format!("\n::{mute}::\n")).unwrap();
    for line in heard.lines() {
        let said = line.starts_with("::error ")
            || line.starts_with("::warning ")
            || line.starts_with("::notice ");
        assert!(said, "{line}");
    }
    assert_eq!(step.outputs.len(), 5, "{:?}", step.outputs);
}
