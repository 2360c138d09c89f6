//! Manifests as kubectl reads them, and what is too much of them.

use std::process::Command;

use crate::program::{Kready, Run};

fn pod(name: &str, security: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: shop}}, spec: {{containers: [{{name: a, image: \"registry.example.com/a:1\", securityContext: {security}}}]}}}}"
    )
}

const ALIAS: &str = "\
x: &x {privileged: true}
apiVersion: v1
kind: Pod
metadata: {name: hidden}
spec: {containers: [{name: a, image: a:1, securityContext: *x}]}
";

#[test]
fn nothing_is_hidden_from_it_that_kubectl_would_apply() {
    let privileged = "{privileged: true}";
    for (name, text) in [
        (
            "merge",
            pod("hidden", "{privileged: false, <<: {privileged: true}}"),
        ),
        ("word", pod("hidden", "{privileged: yes}")),
        ("alias", ALIAS.to_owned()),
        (
            "list",
            format!(
                "apiVersion: v1\nkind: list\nitems:\n- {}\n",
                pod("hidden", privileged)
            ),
        ),
        (
            "within",
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: outer}}\nspec: {{containers: []}}\nitems:\n- {}\n",
                pod("hidden", privileged)
            ),
        ),
        (
            "lists",
            format!(
                "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Things\n  items:\n  - {}\n",
                pod("hidden", privileged)
            ),
        ),
    ] {
        let kready = Kready::new();
        kready.write("pod.yaml", &text);
        let report = kready.audit(&["-f", "pod.yaml", "--only", "privileged-container"]);
        let finding = &report.check("privileged-container").value["findings"][0];
        assert_eq!(
            finding["object"]["name"], "hidden",
            "{name}: {}",
            report.value
        );
    }
    let kready = Kready::new();
    kready.write(
        "pod.yaml",
        &pod("shown", "{<<: {privileged: true}, privileged: false}"),
    );
    let report = kready.audit(&["-f", "pod.yaml", "--only", "privileged-container"]);
    assert_ne!(report.check("privileged-container").outcome(), "Fail");
}

#[test]
fn an_object_that_is_not_understood_is_a_gap_with_its_line() {
    let deployment = |name: &str, replicas: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: {replicas}\n---\n"
        )
    };
    for replicas in ["99999999999999999999", "\"2\"", "1.5", "[1]", "2147483648"] {
        let kready = Kready::new();
        let text = deployment("bad", replicas)
            + &deployment("good", "1e0")
            + &pod("a", "{privileged: true}");
        kready.write("all.yaml", &text);
        let report = kready.audit(&["-f", "all.yaml"]);
        let gaps = report.value["gaps"].to_string();
        assert!(
            gaps.contains("Deployment bad (all.yaml:6): spec.replicas"),
            "{replicas}: {gaps}"
        );
        assert!(gaps.contains("fix the object at that line"), "{gaps}");
        assert_eq!(report.check("privileged-container").outcome(), "Fail");
    }
    // In a list in JSON, by the line of the field as well.
    let kready = Kready::new();
    kready.write("list.json", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\",\n\"metadata\": {\"name\": \"bad\"},\n\"spec\": {\n\"replicas\": \"2\"}}]}");
    let report = kready.audit(&["-f", "list.json"]);
    let gaps = report.value["gaps"].to_string();
    assert!(
        gaps.contains("Deployment bad (list.json:5): spec.replicas"),
        "{gaps}"
    );
}

/// Runs it where it may have 1 GiB of memory.
fn bounded(kready: &Kready, file: &str) -> Run {
    let direct = kready.command(&["audit", "-f", file]);
    let mut command = Command::new("sh");
    let program = direct.get_program().to_str().unwrap().to_owned();
    command
        .args([
            "-c",
            "ulimit -v 1048576; exec \"$0\" audit -f \"$1\"",
            &program,
            file,
        ])
        .current_dir(kready.home.path())
        .env("HOME", kready.home.path());
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_too_much_is_refused_by_its_line_and_bound() {
    let kready = Kready::new();
    let laughs = (1..12)
        .map(|number| {
            format!(
                "a{number}: &a{number} [{}]\n",
                format!("*a{},", number - 1).repeat(10)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    for (name, text, line, bound) in [
        (
            "alias",
            format!(
                "a: &a {}\nb: [{}]\n",
                "x".repeat(1_000_000),
                "*a,".repeat(3000)
            ),
            1,
            "MiB of memory",
        ),
        (
            "laughs",
            format!("a0: &a0 [x]\n{laughs}"),
            1,
            "more than kubectl accepts",
        ),
        ("brackets", "[".repeat(1_000_000), 1, "127 deep"),
        (
            "braces",
            format!("---\n{}", "{a: ".repeat(80_000)),
            2,
            "127 deep",
        ),
        (
            "lists",
            "apiVersion: v1\nkind: List\nitems:\n".to_owned() + &"- ".repeat(100_000),
            4,
            "127 deep",
        ),
        (
            "json",
            format!("{}1{}", "{\"items\":[".repeat(50_000), "]}".repeat(50_000)),
            1,
            "127 deep",
        ),
        (
            "key",
            format!(
                "{}a: 1\na: 2\n",
                (0..20_000)
                    .map(|at| format!("k{at}: v\n"))
                    .collect::<Vec<_>>()
                    .concat()
            ),
            20_002,
            "on lines 20001 and 20002",
        ),
    ] {
        let file = format!("{name}.yaml");
        kready.write(&file, &text);
        let run = bounded(&kready, &file);
        assert_eq!(run.code, Some(2), "{name}: {run:?}");
        let place = format!("{file}:{line}");
        assert!(
            run.stderr.contains(&place) && run.stderr.contains(bound),
            "{name}: {run:?}"
        );
    }
    // In a folder the others are judged.
    kready.write("all/bad.yaml", &"[".repeat(100_000));
    kready.write("all/good.yaml", &pod("a", "{privileged: true}"));
    let report = kready.audit(&["-f", "all"]);
    assert_eq!(report.check("privileged-container").outcome(), "Fail");
    let unread = report.value["unread"].to_string();
    assert!(
        unread.contains("bad.yaml") && unread.contains("127 deep"),
        "{unread}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_only_large_is_read() {
    let kready = Kready::new();
    let object = pod("a", "{privileged: true}");
    for (name, text) in [
        ("separators", "---\n".repeat(100_000) + &object),
        ("comments", "# a comment\n".repeat(100_000) + &object),
        ("line", format!("# {}\n{object}", "x".repeat(1_000_000))),
        (
            "keys",
            (0..30_000)
                .map(|at| format!("k{at}: v\n"))
                .collect::<Vec<_>>()
                .concat()
                + "---\n"
                + &object,
        ),
        ("crlf", format!("---\r\n{object}\r\n---\r\n")),
    ] {
        let file = format!("{name}.yaml");
        kready.write(&file, &text);
        let report = kready.audit(&["-f", &file, "--only", "privileged-container"]);
        assert_eq!(
            report.check("privileged-container").outcome(),
            "Fail",
            "{name}"
        );
    }
}
