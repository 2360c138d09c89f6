//! Runs the built program in a directory of its own, and reads what it says.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    server::{Server, TOKEN},
    world::{NOW, text},
};

/// Something to judge.
pub(crate) const MANIFEST: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: portal, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: portal}}
  template:
    metadata: {labels: {app: portal}}
    spec: {containers: [{name: app, image: 'registry.example/portal:1'}]}
";

/// The program that is looked at: the one that was just built, or that which `KREADY_BIN` names, such as a release's.
pub(crate) fn binary() -> PathBuf {
    let Some(named) = std::env::var_os("KREADY_BIN") else {
        return env!("CARGO_BIN_EXE_kready").into();
    };
    let path = std::fs::canonicalize(&named)
        .unwrap_or_else(|error| panic!("KREADY_BIN names {}: {error}", named.display()));
    assert!(
        path.file_stem().is_some_and(|stem| stem == "kready"),
        "KREADY_BIN names {}: call it kready, as usage lines do",
        path.display()
    );
    path
}

/// A directory to run in, with nothing of the machine's in the environment.
pub(crate) struct Kready {
    pub(crate) home: TempDir,
    binary: PathBuf,
    variables: BTreeMap<String, String>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Kready {
    pub(crate) fn new() -> Self {
        Self {
            home: TempDir::new().unwrap(),
            binary: binary(),
            variables: BTreeMap::from([("KREADY_NOW".into(), NOW.into())]),
        }
    }

    /// By the clock of this machine: that of a real cluster, too.
    pub(crate) fn by_the_clock(mut self) -> Self {
        self.variables.remove("KREADY_NOW");
        self
    }

    /// With a kubeconfig for this server.
    pub(crate) fn on(server: &Server) -> Self {
        let kready = Self::new();
        kready.write_kubeconfig(&kubeconfig(server));
        kready
    }

    /// With this as `~/.kube/config`.
    pub(crate) fn write_kubeconfig(&self, kubeconfig: &Value) {
        self.write(".kube/config", &kubeconfig.to_string());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Under another name, as kubectl finds its plugins.
    pub(crate) fn called(mut self, name: &str) -> Self {
        let link = self.path(name);
        std::fs::hard_link(&self.binary, &link)
            .or_else(|_| std::fs::copy(&self.binary, &link).map(drop))
            .unwrap();
        self.binary = link;
        self
    }

    /// The command, ready to be spawned.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        let began = Instant::now();
        let output = self.command(args).output().unwrap();
        let run = Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        };
        for said in [&run.stdout, &run.stderr] {
            assert!(!said.contains(TOKEN), "a token is in the output: {said}");
            assert!(!said.contains("panicked"), "it panicked: {said}");
        }
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "it took {:?}",
            began.elapsed()
        );
        run
    }

    /// Audits and reads the JSON report.
    pub(crate) fn audit(&self, args: &[&str]) -> Report {
        let mut all = vec!["audit", "-o", "json"];
        all.extend(args);
        self.run(&all).report()
    }
}

impl Run {
    /// The JSON report on standard output.
    #[track_caller]
    pub(crate) fn report(&self) -> Report {
        let value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no report ({error}): {self:#?}"));
        Report {
            value,
            code: self.code,
        }
    }

    /// It ended with this code, said all of these on standard error, and nothing on standard output.
    #[track_caller]
    pub(crate) fn refuses(&self, code: i32, says: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        for said in says {
            assert!(self.stderr.contains(said), "{said:?} isn't said: {self:#?}");
        }
        assert_eq!(self.stdout, "", "standard output stays empty: {self:#?}");
        assert!(
            self.stderr.contains("next: "),
            "no next step is named: {self:#?}"
        );
    }
}

/// A JSON report.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) value: Value,
    pub(crate) code: Option<i32>,
}

impl Report {
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        Self {
            value: serde_json::from_str(&text).unwrap(),
            code: None,
        }
    }

    pub(crate) fn verdict(&self) -> &str {
        self.value["verdict"].as_str().unwrap()
    }

    /// The check with this id.
    #[track_caller]
    pub(crate) fn check(&self, id: &str) -> Check<'_> {
        self.checks()
            .find(|check| check.id() == id)
            .unwrap_or_else(|| panic!("the report has no check {id}"))
    }

    pub(crate) fn checks(&self) -> impl Iterator<Item = Check<'_>> {
        self.value["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| Check { value })
    }

    /// The gap of a resource.
    #[track_caller]
    pub(crate) fn gap(&self, resource: &str) -> &Value {
        self.gaps()
            .find(|gap| gap["resource"] == resource)
            .unwrap_or_else(|| panic!("no gap {resource}: {:#}", self.value["gaps"]))
    }

    pub(crate) fn gaps(&self) -> impl Iterator<Item = &Value> {
        self.value["gaps"].as_array().unwrap().iter()
    }

    pub(crate) fn warnings(&self) -> BTreeSet<String> {
        self.value["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|warning| text(warning, "/code"))
            .collect()
    }

    /// Outcome and reason of every check: `Unknown forbidden`.
    pub(crate) fn outcomes(&self) -> BTreeMap<String, String> {
        self.checks()
            .map(|check| (check.id().to_owned(), check.ending()))
            .collect()
    }

    /// The same in two reports, but for what is allowed to differ.
    #[track_caller]
    pub(crate) fn same_but_for(&self, other: &Self, keys: &[&str]) {
        let (mut one, mut two) = (self.value.clone(), other.value.clone());
        for key in keys {
            one[*key] = json!(null);
            two[*key] = json!(null);
        }
        similar(&one, &two);
    }
}

#[track_caller]
fn similar(one: &Value, two: &Value) {
    let (one, two) = (format!("{one:#}"), format!("{two:#}"));
    if let Some((left, right)) = one
        .lines()
        .zip(two.lines())
        .find(|(left, right)| left != right)
    {
        panic!("the reports differ: {left} | {right}");
    }
    assert_eq!(one.lines().count(), two.lines().count());
}

/// One check of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check<'a> {
    pub(crate) value: &'a Value,
}

impl<'a> Check<'a> {
    pub(crate) fn id(self) -> &'a str {
        self.value["id"].as_str().unwrap()
    }

    pub(crate) fn outcome(self) -> &'a str {
        self.value["outcome"].as_str().unwrap()
    }

    pub(crate) fn partial(self) -> bool {
        self.value["partial"] == true
    }

    /// `Pass`, `Fail`, `Fail partial`, `Unknown forbidden`, `NotApplicable absent`.
    pub(crate) fn ending(self) -> String {
        match (self.outcome(), self.value["reason"].as_str()) {
            ("Fail", _) if self.partial() => "Fail partial".into(),
            (outcome @ ("Unknown" | "NotApplicable"), Some(reason)) => {
                format!("{outcome} {reason}")
            }
            (outcome, _) => outcome.into(),
        }
    }

    /// All findings in one state: `Deployment legacy/portal portal spec.replicas`.
    pub(crate) fn findings(self, state: &str) -> BTreeSet<String> {
        self.value["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["state"] == state)
            .map(|finding| {
                let object = &finding["object"];
                let place = match (text(object, "/namespace"), text(object, "/name")) {
                    (namespace, name) if namespace.is_empty() => name,
                    (namespace, name) => format!("{namespace}/{name}"),
                };
                [
                    text(object, "/kind"),
                    place,
                    text(finding, "/container"),
                    text(finding, "/path"),
                ]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" ")
            })
            .collect()
    }

    pub(crate) fn open(self) -> BTreeSet<String> {
        self.findings("open")
    }

    /// It ended so.
    #[track_caller]
    pub(crate) fn is(self, ending: &str) {
        assert_eq!(self.ending(), ending, "{:#}", self.value);
    }

    /// It failed with exactly these open findings.
    #[track_caller]
    pub(crate) fn finds(self, findings: &[&str]) {
        let expected: BTreeSet<String> = findings.iter().map(|&finding| finding.into()).collect();
        assert_eq!(self.open(), expected, "{:#}", self.value);
    }
}

/// A kubeconfig for a fake server, for the user who may do everything.
pub(crate) fn kubeconfig(server: &Server) -> Value {
    use base64::Engine as _;
    let authority = base64::engine::general_purpose::STANDARD.encode(server.authority());
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "fake",
        "clusters": [{"name": "fake", "cluster": {"server": server.url(), "certificate-authority-data": authority}}],
        "users": [{"name": "it", "user": {"token": TOKEN}}],
        "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "it"}}],
    })
}
