//! What runs kready in other people's pipelines: its words are those of this version, and its scripts do as they say, whatever
//! their inputs are.

#![cfg(target_os = "linux")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize as _;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    action::{CURL, SECRET, executable, sha256},
    program::{Kready, MANIFEST, binary},
    world::text,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");

const FILES: [&str; 10] = [
    "action.yml",
    "deploy/action/audit.sh",
    "deploy/action/install.sh",
    ".pre-commit-hooks.yaml",
    "deploy/argocd/presync.yaml",
    "deploy/azure/pipeline.yml",
    "deploy/gitlab/template.yml",
    "deploy/jenkins/Jenkinsfile",
    "deploy/tekton/task.yaml",
    "deploy/README.md",
];

/// Options of other programs in those files.
const FOREIGN: [&str; 15] = [
    "help",
    "connect-timeout",
    "data-binary",
    "fail",
    "location",
    "max-time",
    "proto",
    "proto-redir",
    "prune",
    "repo",
    "retry",
    "show-error",
    "signer-workflow",
    "silent",
    "source-ref",
];

/// What the scripts use.
const TOOLS: [&str; 15] = [
    "sh",
    "bash",
    "awk",
    "cat",
    "cp",
    "cut",
    "env",
    "gzip",
    "head",
    "mktemp",
    "rm",
    "sed",
    "sha256sum",
    "tar",
    "uname",
];

/// What a caller may write into any input.
const HOSTILE: [&str; 6] = [
    "$(touch pwned)",
    "`touch pwned`",
    "\"; touch pwned; \"",
    "'; touch pwned; '",
    "x\n; touch pwned\n",
    "--version",
];

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).unwrap()
}

fn documents(name: &str) -> Vec<Value> {
    let text = read(name);
    serde_yaml::Deserializer::from_str(&text)
        .map(|it| Value::deserialize(it).unwrap())
        .collect()
}

/// The words that follow each of these, as far as they are names.
fn after<'a>(text: &'a str, mark: &str) -> BTreeSet<&'a str> {
    let name = |c: char| !(c.is_ascii_lowercase() || c == '-');
    text.split(mark)
        .skip(1)
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|rest| &rest[..rest.find(name).unwrap_or(rest.len())])
        .collect()
}

/// A place to run the script of a job in: with what it downloads from, and no programs but those that it needs.
struct Job {
    home: TempDir,
}

impl Job {
    fn new() -> Self {
        let job = Self {
            home: TempDir::new().unwrap(),
        };
        for folder in ["bin", "served", "work/manifests"] {
            fs::create_dir_all(job.path(folder)).unwrap();
        }
        let path = std::env::var_os("PATH").unwrap();
        for tool in TOOLS {
            let mut places = std::env::split_paths(&path).map(|folder| folder.join(tool));
            let place = places.find(|place| place.exists()).expect(tool);
            symlink(place, job.path("bin").join(tool)).unwrap();
        }
        executable(&job.path("bin/curl"), CURL);
        let manifest = MANIFEST.replace("portal:1", "portal:latest");
        job.write("work/manifests/portal.yaml", &manifest);
        let machine = std::env::consts::ARCH;
        let name = format!("kready-{VERSION}-{machine}-unknown-linux-musl");
        let folder = job.path("release").join(&name);
        fs::create_dir_all(&folder).unwrap();
        symlink(binary(), folder.join("kready")).unwrap();
        let archive = job.path("served").join(format!("{name}.tar.gz"));
        let mut tar = Command::new("tar");
        tar.arg("-czf").arg(&archive).arg("-C");
        tar.arg(job.path("release")).arg(&name);
        assert!(tar.status().unwrap().success());
        let sums = format!("{}  {name}.tar.gz\n", sha256(&archive));
        job.write("served/SHA256SUMS", &sums);
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }
}

/// A script in somebody's pipeline, with its inputs as variables.
struct Wrapper {
    shell: &'static str,
    script: String,
    variables: BTreeMap<String, String>,
}

impl Wrapper {
    /// The job of the component, as GitLab makes it of the defaults of its inputs.
    fn of_gitlab() -> Self {
        let [spec, job] = documents("deploy/gitlab/template.yml").try_into().unwrap();
        let mut job = job.to_string();
        for (name, input) in spec["spec"]["inputs"].as_object().unwrap() {
            let default = match &input["default"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            job = job.replace(&format!("$[[ inputs.{name} ]]"), &default);
        }
        assert!(!job.contains("$[["), "an input isn't declared: {job}");
        let job: Value = serde_json::from_str(&job).unwrap();
        let job = &job["kready"];
        let variables = job["variables"].as_object().unwrap().iter();
        Self {
            shell: "sh",
            script: text(job, "/script/0"),
            variables: variables
                .map(|(name, it)| {
                    assert_eq!(it["expand"], false, "{name} may name other variables");
                    (name.clone(), text(it, "/value"))
                })
                .collect(),
        }
    }

    fn of_azure() -> Self {
        let [template] = documents("deploy/azure/pipeline.yml").try_into().unwrap();
        let step = &template["steps"][0];
        let parameters = template["parameters"].as_array().unwrap();
        let variables = step["env"].as_object().unwrap().iter();
        Self {
            shell: "bash",
            script: text(step, "/bash"),
            variables: variables
                .map(|(name, value)| {
                    let is_it = |it: &&Value| {
                        *value == format!("${{{{ parameters.{} }}}}", text(it, "/name"))
                    };
                    let parameter = parameters.iter().find(is_it).unwrap();
                    (name.clone(), text(parameter, "/default"))
                })
                .collect(),
        }
    }

    fn of_jenkins() -> Self {
        let text = read("deploy/jenkins/Jenkinsfile");
        let (_, script) = text.split_once("sh '''").unwrap();
        let (script, _) = script.split_once("'''").unwrap();
        let mut variables = BTreeMap::new();
        for line in text.lines().filter(|line| line.contains("(name: '")) {
            let quoted: Vec<&str> = line.split('\'').collect();
            variables.insert(quoted[1].to_owned(), quoted[3].to_owned());
        }
        Self {
            shell: "bash",
            script: script.replace("\\\\", "\\"),
            variables,
        }
    }

    fn all() -> [Self; 3] {
        [Self::of_gitlab(), Self::of_azure(), Self::of_jenkins()]
    }

    #[track_caller]
    fn run(&self, job: &Job, changed: &[(&str, &str)]) -> (i32, String) {
        let mut variables = self.variables.clone();
        for (name, value) in changed {
            let name = format!("KREADY_{name}");
            variables.insert(name, (*value).to_owned());
        }
        let run = Command::new(self.shell)
            .args(["-c", &self.script])
            .current_dir(job.path("work"))
            .env_clear()
            .env("PATH", job.path("bin"))
            .env("HOME", job.home.path())
            .env("TMPDIR", job.home.path())
            .env("SERVED", job.path("served"))
            .env("CI_JOB_TOKEN", SECRET)
            .envs(variables)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let mut said = String::from_utf8(run.stdout).unwrap();
        said += &String::from_utf8(run.stderr).unwrap();
        assert!(!said.contains(SECRET), "it prints a token: {said}");
        assert!(!job.path("work/pwned").exists(), "an input was run: {said}");
        (run.status.code().unwrap(), said)
    }
}

#[test]
fn they_name_this_version_the_image_and_words_that_kready_has() {
    let command = kready::command();
    let mut known: BTreeSet<&str> = command
        .get_subcommands()
        .flat_map(clap::Command::get_arguments)
        .chain(command.get_arguments())
        .filter_map(|argument| argument.get_long())
        .collect();
    known.extend(FOREIGN);
    let formats: BTreeSet<&str> = kready::formats().chain(["template", "jsonpath"]).collect();
    for file in FILES {
        let mut text = read(file);
        // Its other sections show commands of other programs.
        if let Some((_, pipelines)) = text.split_once("\n## Pipelines\n") {
            text = pipelines.split("\n## ").next().unwrap().to_owned();
        }
        let options = after(&text, "--");
        // What the scripts have functions for.
        let lines = || text.lines().map(str::trim_start);
        let named =
            lines().filter_map(|it| it.strip_prefix("option ").or(it.strip_prefix("each ")));
        let named = named.filter_map(|rest| rest.split(' ').next());
        let named = named.filter(|name| !name.starts_with('"'));
        for option in options.into_iter().chain(named) {
            assert!(known.contains(option), "{file}: kready has no --{option}");
        }
        for format in after(&text, "output=").iter().chain(&after(&text, "-o ")) {
            assert!(formats.contains(format), "{file}: no format {format}");
        }
        for rest in text.split("ghcr.io/").skip(1) {
            let image = format!("kready/kready:{VERSION}");
            assert!(rest.starts_with(&image), "{file}: {image} is the image");
        }
        let mut versions = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
        assert!(
            file.contains("/action/") || versions.any(|it| it == VERSION),
            "{file} doesn't name {VERSION}"
        );
    }
    let [action] = documents("action.yml").try_into().unwrap();
    assert_eq!(action["inputs"]["version"]["default"], VERSION);
    assert_eq!(Wrapper::of_gitlab().variables["KREADY_VERSION"], VERSION);
    assert_eq!(Wrapper::of_azure().variables["KREADY_VERSION"], VERSION);
    assert_eq!(Wrapper::of_jenkins().variables["KREADY_VERSION"], VERSION);
}

#[test]
fn each_input_of_the_action_reaches_a_script_and_none_is_written_into_one() {
    let text = read("action.yml");
    let [action] = documents("action.yml").try_into().unwrap();
    let inputs = action["inputs"].as_object().unwrap().keys();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let scripts = read("deploy/action/install.sh") + &read("deploy/action/audit.sh");
    let mut passed = BTreeSet::new();
    for step in steps {
        let run = self::text(step, "/run");
        assert!(!run.contains("${{"), "an input would be run: {run}");
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            assert!(scripts.contains(name.as_str()), "no script reads {name}");
            passed.insert(name.as_str());
            let Some(input) = name.strip_prefix("INPUT_") else {
                continue;
            };
            let input = input.to_lowercase().replace('_', "-");
            assert_eq!(value, &format!("${{{{ inputs.{input} }}}}"));
        }
    }
    for input in inputs {
        let used = text.contains(&format!("${{{{ inputs.{input} "))
            || text.contains(&format!(" inputs.{input} "));
        assert!(used, "the input {input} does nothing");
    }
    for rest in scripts.split("INPUT_").skip(1) {
        let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()));
        let name = format!("INPUT_{}", &rest[..end.unwrap()]);
        assert!(
            name == "INPUT_" || passed.contains(name.as_str()),
            "{name} is never set"
        );
    }
}

#[test]
fn jobs_download_what_is_proven_audit_and_leave_reports() {
    for wrapper in Wrapper::all() {
        let job = Job::new();
        let (code, said) = wrapper.run(&job, &[("PATHS", "manifests")]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("NOT READY"), "{said}");
        let asked = job.read("served/asked");
        assert!(asked.starts_with("https://github.com/kready/kready/releases/download/v"));
        assert!(asked.contains("/SHA256SUMS"), "{asked}");
        for report in ["kready.json", "kready-junit.xml"] {
            assert!(
                job.read(&format!("work/{report}")).contains("portal"),
                "{report}"
            );
        }
        let gate = [("PATHS", "manifests"), ("FAIL_ON", "critical")];
        let (code, said) = wrapper.run(&job, &gate);
        assert_eq!(code, 0, "{said}");
        let score = [
            ("PATHS", "manifests"),
            ("FAIL_ON", "critical"),
            ("MIN_SCORE", "100"),
        ];
        assert_eq!(wrapper.run(&job, &score).0, 1);
        fs::rename(job.path("work/kready.json"), job.path("work/before.json")).unwrap();
        let baseline = [("PATHS", "manifests"), ("BASELINE", "before.json")];
        assert_eq!(wrapper.run(&job, &baseline).0, 0);
        job.write("work/waived.yaml", "gate: {failOn: never}\n");
        let config = [("PATHS", "manifests"), ("CONFIG", "waived.yaml")];
        assert_eq!(wrapper.run(&job, &config).0, 0);
        // What a pipeline doesn't say is what kready.yaml says.
        fs::rename(job.path("work/waived.yaml"), job.path("work/kready.yaml")).unwrap();
        assert_eq!(wrapper.run(&job, &[("PATHS", "manifests")]).0, 0);
    }
}

#[test]
fn jobs_refuse_what_is_not_proven() {
    for wrapper in Wrapper::all() {
        let job = Job::new();
        let says = |changed: &[(&str, &str)], said: &str| {
            let (code, output) = wrapper.run(&job, changed);
            assert_eq!(code, 2, "{output}");
            assert!(output.contains(said), "{said:?} isn't said: {output}");
            assert!(!job.path("work/kready.json").exists(), "{output}");
        };
        says(&[("VERSION", "9.9.9")], "could not be downloaded");
        says(&[("SHA256", &"0".repeat(64))], "instead of 0000");
        job.write("served/SHA256SUMS", "");
        says(&[], "instead of one that SHA256SUMS names");
        executable(&job.path("bin/uname"), "#!/bin/sh\necho riscv64\n");
        says(&[], "there is no ");
    }
}

#[test]
fn jobs_run_nothing_of_what_is_written_into_their_inputs() {
    for wrapper in Wrapper::all() {
        let job = Job::new();
        for (n, name) in wrapper.variables.keys().enumerate() {
            let name = name.strip_prefix("KREADY_").unwrap();
            // Each kind of value in some input of each script.
            for value in [HOSTILE[0], HOSTILE[1 + n % 5]] {
                let (code, said) = wrapper.run(&job, &[("PATHS", "manifests"), (name, value)]);
                let unread = ["RENDER", "ANCHOR", "DOWNLOAD_URL"].contains(&name);
                assert!(code == 2 || unread, "{name}={value}: {code} {said}");
            }
        }
    }
}

#[test]
fn a_job_of_gitlab_uses_what_its_image_holds_and_audits_a_cluster() {
    let wrapper = Wrapper::of_gitlab();
    let job = Job::new();
    symlink(binary(), job.path("bin/kready")).unwrap();
    job.write("work/manifests/a b.yaml", MANIFEST);
    let words = [
        ("PATHS", "manifests/a b.yaml\n"),
        ("ARGS", "--skip\nimage-tag-latest\n"),
        ("PROFILE", "dev"),
    ];
    let (code, said) = wrapper.run(&job, &words);
    assert_eq!(code, 0, "{said}");
    assert_eq!(job.read("served/asked"), "");
    assert!(
        job.read("work/kready-codequality.json")
            .contains("manifests/a b.yaml")
    );
    let (code, said) = wrapper.run(&job, &[("PATHS", "")]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains(".gitlab-ci.yml: there is no such file"),
        "{said}"
    );
    job.write("work/.gitlab-ci.yml", "");
    let (code, said) = wrapper.run(&job, &[("PATHS", ""), ("CONTEXT", "shop/agents:prod")]);
    assert!(said.contains("kubeconfig"), "{said}");
    assert!(matches!(code, 2 | 3), "{said}");
}

#[test]
fn options_of_gitlab_are_those_of_kready() {
    let [spec, _] = documents("deploy/gitlab/template.yml").try_into().unwrap();
    let kready = Kready::new();
    kready.write("m.yaml", MANIFEST);
    for name in ["fail-on", "profile"] {
        for value in spec["spec"]["inputs"][name]["options"].as_array().unwrap() {
            let value = value.as_str().unwrap();
            if !value.is_empty() {
                let run = kready.run(&["audit", "-f", "m.yaml", &format!("--{name}={value}")]);
                assert_ne!(run.code, Some(2), "{run:?}");
            }
        }
    }
}

#[test]
fn nothing_in_a_report_is_a_command_of_azure() {
    let wrapper = Wrapper::of_azure();
    let job = Job::new();
    let forged = MANIFEST.replace(
        "portal, namespace",
        "'##vso[task.prependpath]/x', namespace",
    );
    job.write("work/manifests/portal.yaml", &forged);
    job.write("work/manifests/##vso[task.setsecret]x.yaml", "kind: [\n");
    let (_, said) = wrapper.run(&job, &[("PATHS", "manifests")]);
    assert!(said.contains("# #vso[task"), "{said}");
    assert!(!said.contains("##vso[task"), "{said}");
}

#[test]
fn the_task_of_tekton_writes_results_without_a_shell() {
    let [task] = documents("deploy/tekton/task.yaml").try_into().unwrap();
    let kready = Kready::new();
    let manifest = MANIFEST.replace("portal:1", "portal:latest");
    kready.write("source/m/portal.yaml", &manifest);
    let notes = task["metadata"]["annotations"].as_object().unwrap();
    for item in task["spec"]["volumes"][0]["downwardAPI"]["items"]
        .as_array()
        .unwrap()
    {
        let field = text(item, "/fieldRef/fieldPath");
        let name = field.split('\'').nth(1).unwrap();
        let path = format!("templates/{}", text(item, "/path"));
        kready.write(&path, notes[name].as_str().unwrap());
    }
    kready.write("results/none", "");
    let step = &task["spec"]["steps"][0];
    assert_eq!(step["command"], serde_json::json!(["/kready"]));
    let run = |args: &[&str], paths: &[&str]| {
        let mut words = Vec::new();
        for word in step["args"].as_array().unwrap() {
            match word.as_str().unwrap() {
                "$(params.args[*])" => words.extend(args.iter().map(ToString::to_string)),
                "$(params.paths[*])" => words.extend(paths.iter().map(ToString::to_string)),
                word => {
                    let home = kready.home.path().display();
                    let word = word
                        .replace("$(workspaces.source.path)", &format!("{home}/source"))
                        .replace("/etc/kready-templates", &format!("{home}/templates"))
                        .replace(
                            "$(results.verdict.path)",
                            &format!("{home}/results/verdict"),
                        )
                        .replace("$(results.score.path)", &format!("{home}/results/score"));
                    assert!(!word.contains("$("), "{word}");
                    words.push(word);
                }
            }
        }
        kready.run(&words)
    };
    assert_eq!(run(&[], &["source"]).code, Some(1));
    assert_eq!(kready.read("results/verdict"), "NotReady");
    assert!(kready.read("results/score").parse::<f64>().is_ok());
    assert!(kready.read("source/kready-junit.xml").contains("portal"));
    assert_eq!(run(&["--fail-on=critical"], &["source"]).code, Some(0));
    assert_eq!(kready.read("results/verdict"), "Ready");
    kready.write("before.json", &kready.read("source/kready.json"));
    assert_eq!(run(&["--baseline=before.json"], &["source"]).code, Some(0));
    assert_eq!(run(&["--fail-on=hihg"], &["source"]).code, Some(2));
    assert_eq!(run(&[], &["--demo"]).code, Some(2), "a path is no option");
    // Where nothing is decided there is no score.
    run(&["--only=pvc-pending"], &["source"]);
    assert_eq!(kready.read("results/score"), "");
}

#[test]
fn the_hook_of_argo_is_ready_itself_and_its_words_are_known() {
    let [job] = documents("deploy/argocd/presync.yaml").try_into().unwrap();
    let kready = Kready::new();
    kready.write("presync.yaml", &read("deploy/argocd/presync.yaml"));
    let report = kready.audit(&["-f", "presync.yaml", "--fail-on", "low"]);
    assert_eq!(report.verdict(), "Ready", "{:?}", report.value["reasons"]);
    let words = job["spec"]["template"]["spec"]["containers"][0]["args"]
        .as_array()
        .unwrap();
    let mut words: Vec<&str> = words.iter().map(|it| it.as_str().unwrap()).collect();
    words.push("--demo");
    assert_eq!(kready.run(&words).code, Some(1));
}

#[test]
fn a_hook_whose_arguments_name_no_folder_audits_nothing() {
    let [hooks] = documents(".pre-commit-hooks.yaml").try_into().unwrap();
    for hook in hooks.as_array().unwrap() {
        let entry = text(hook, "/entry");
        let words: Vec<&str> = entry.split(' ').skip(1).collect();
        assert_eq!(words, ["audit", "--file"]);
        assert_eq!(hook["args"], serde_json::json!(["."]));
        assert_eq!(hook["pass_filenames"], false);
        let kready = Kready::new();
        kready
            .run(&["audit", "--file", "--fail-on=critical"])
            .refuses(2, &["a value is required for '--file <PATH>'"]);
    }
}
