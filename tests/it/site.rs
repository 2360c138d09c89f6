//! The documentation site: what it tells people to type is understood, and the errors that it quotes are real.

use std::{fs, net::TcpListener, path::PathBuf};

use serde_json::json;

use crate::{
    program::{Kready, Run, kubeconfig},
    server::{Plan, Server},
    tls::Certificate,
    world::World,
};

fn pages() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut left = vec![root.join("docs/src"), root.join("deploy")];
    found.push((
        root.join("README.md"),
        fs::read_to_string(root.join("README.md")).unwrap(),
    ));
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                found.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The commands in a page's blocks for a shell, with what continues them.
fn commands(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for block in page.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        let joined = block.replace("\\\n", " ");
        for part in joined.lines().flat_map(|line| line.split(['|', ';'])) {
            let part = part.split(" #").next().unwrap_or_default().trim();
            let part = part.strip_prefix("kubectl ").unwrap_or(part);
            if part.starts_with("kready ") {
                found.push(part.to_owned());
            }
        }
    }
    found
}

/// The words of a command, as a shell splits them: quotes group, and what is redirected is none.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in command.chars() {
        match letter {
            '\'' | '"' if quote == Some(letter) => quote = None,
            '\'' | '"' if quote.is_none() => quote = Some(letter),
            ' ' if quote.is_none() => words.push(String::new()),
            letter => words.last_mut().unwrap().push(letter),
        }
    }
    let words = words.into_iter().filter(|word| !word.is_empty());
    words
        .take_while(|word| !word.starts_with(['>', '<']))
        .collect()
}

#[test]
fn every_command_on_the_site_is_one() {
    let mut number = 0;
    for (path, page) in pages() {
        for command in commands(&page) {
            number += 1;
            let parsed = kready::command().try_get_matches_from(words(&command));
            assert!(
                parsed.is_ok(),
                "{}: {command}: {}",
                path.display(),
                parsed.unwrap_err()
            );
        }
    }
    assert!(number > 40, "{number} commands");
}

#[test]
fn every_format_and_exit_code_is_described() {
    let read = |name: &str| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/src/reference");
        fs::read_to_string(path.join(name)).unwrap()
    };
    let page = read("formats.md");
    for format in kready::formats() {
        assert!(page.contains(&format!("\n| `{format}` |")), "{format}");
    }
    let help = kready::command().get_after_help().unwrap().to_string();
    let (_, codes) = help.split_once("Exit codes of audit:").unwrap();
    let told: Vec<&str> = codes
        .split(|it: char| !it.is_ascii_digit())
        .filter(|it| !it.is_empty())
        .collect();
    let page = read("exit-codes.md");
    assert!(told.len() > 8, "{told:?}");
    for code in told {
        assert!(page.contains(&format!("\n| {code} |")), "{code}");
    }
}

const AUDIT: &[&str] = &["audit", "--only=workload-single-replica,node-not-ready"];

fn ground() -> Plan {
    Plan::of(World::named("ground"))
}

/// Runs against a server that only the kubeconfig's cluster differs from.
fn with_server(server: &Server, address: &str) -> Run {
    let kready = Kready::new();
    let mut config = kubeconfig(server);
    config["clusters"][0]["cluster"]["server"] = json!(address);
    kready.write_kubeconfig(&config);
    kready.run(AUDIT)
}

fn with_user(server: &Server, user: serde_json::Value) -> Run {
    let kready = Kready::new();
    let mut config = kubeconfig(server);
    config["users"][0]["user"] = user;
    kready.write_kubeconfig(&config);
    kready.run(AUDIT)
}

fn with_file(name: &str, text: &str, arguments: &[&str]) -> Run {
    let kready = Kready::new();
    kready.write(name, text);
    kready.run(arguments)
}

#[test]
fn every_error_that_is_quoted_is_one() {
    let page = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/src/troubleshooting.md");
    let page = fs::read_to_string(page).unwrap();
    let server = ground().start();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("https://{}", free.local_addr().unwrap());
    drop(free);
    let unknown = ground().certificate(Certificate::Unknown).start();
    let expired = ground().certificate(Certificate::Expired).start();
    let foreign = ground().certificate(Certificate::Foreign).start();
    let closed = ground().allowing(|_, _, _| false).start();
    let plugin = |command: &str| json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": command, "interactiveMode": "Never"}});
    let year = "waivers:\n- {check: pdb-missing, objects: [shop/Deployment/a], reason: x, owner: a, expires: 2029-01-01}\n";
    let runs = [
        Kready::new().run(AUDIT),
        Kready::on(&server).run(&["audit", "--context=staging"]),
        with_server(&server, &nobody),
        with_server(&server, "https://api.kready.invalid:6443"),
        Kready::on(&unknown).run(AUDIT),
        Kready::on(&expired).run(AUDIT),
        Kready::on(&foreign).run(AUDIT),
        with_user(&server, json!({"token": "stale"})),
        Kready::on(&closed).run(&["audit"]),
        with_user(&server, plugin("no-such-plugin")),
        with_user(&server, plugin("false")),
        Kready::new().run(&["audit", "-f", "nowhere"]),
        with_file("app/README.md", "", &["audit", "app"]),
        with_file(
            "app/Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 1.0.0\n",
            &["audit", "app"],
        ),
        with_file(
            "app.yaml",
            "metadata: {name: {{ .Values.name }}}\n",
            &["audit", "app.yaml"],
        ),
        with_file("app.yaml", "metadata: {name: a\n", &["audit", "app.yaml"]),
        with_file(
            "kready.yaml",
            "gate: {failon: high}\n",
            &["audit", "--demo"],
        ),
        with_file("kready.yaml", year, &["audit", "--demo"]),
        Kready::new().run(&["audit", "--demo", "-o", "table", "-o", "json"]),
        Kready::new().run(&["audit", "--demo", "-o", "json=no/report.json"]),
        Kready::new().run(&["audit", "--demo", "--baseline=yesterday.json"]),
        Kready::new().run(&["explain", "pdb-mising"]),
    ];
    let mut missing = Vec::new();
    for run in &runs {
        assert!(run.code.is_some_and(|code| code > 1), "{run:#?}");
        for line in run.stderr.lines().take_while(|line| !line.is_empty()) {
            let line = told(line);
            if !page.contains(&line) {
                missing.push(line);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "docs/src/troubleshooting.md doesn't quote:\n{}",
        missing.join("\n")
    );
    let said: Vec<String> = runs.iter().map(|run| told(&run.stderr)).collect();
    for quoted in page.lines().filter(|line| line.starts_with("error: ")) {
        let found = said.iter().any(|said| said.contains(quoted));
        assert!(found, "no run says: {quoted}");
    }
}

/// What is printed, without what differs from run to run.
fn told(text: &str) -> String {
    let mut told = text.replace("it-user", "jane");
    for (before, after, by) in [
        ("https://127.0.0.1:", ": ", "https://HOST:PORT: "),
        (
            "the kubeconfig /",
            ".kube/config",
            "the kubeconfig ~/.kube/config",
        ),
        (" of the ", " kinds", " of the … kinds"),
    ] {
        let Some(start) = told.find(before) else {
            continue;
        };
        let rest = start + before.len();
        if let Some(end) = told[rest..].find(after) {
            told.replace_range(start..rest + end + after.len(), by);
        }
    }
    told
}
