//! Input that is no file, never ends, or swells: a clear error or a gap, soon and in little memory.
#![cfg(unix)]

use std::{
    io::Write,
    os::unix::fs::symlink,
    process::{Command, Output},
};

use flate2::{Compression, write::GzEncoder};

use crate::program::{Kready, MANIFEST, binary};

fn fifo(kready: &Kready, name: &str) {
    let made = Command::new("mkfifo").arg(kready.path(name)).status();
    assert!(made.unwrap().success());
}

/// Runs the program with a GiB of memory and a little for its code and stacks.
fn within_memory(kready: &Kready, arguments: &str) -> Output {
    let limit = if cfg!(target_os = "linux") {
        "ulimit -v 1400000; "
    } else {
        ""
    };
    Command::new("sh")
        .args(["-c", &format!("{limit}exec \"$0\" {arguments}")])
        .arg(binary())
        .current_dir(kready.home.path())
        .env("HOME", kready.home.path())
        .env_remove("KUBECONFIG")
        .output()
        .unwrap()
}

#[track_caller]
fn refused(output: &Output, says: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(says), "{says:?} isn't said: {said}");
    assert!(said.contains("next: "), "no next step: {said}");
    assert!(said.len() < 8_000, "a message is short: {}", said.len());
}

/// An archive of many equal parts, each of which becomes `part`.
fn archive(head: &[u8], part: &[u8], times: usize) -> Vec<u8> {
    let packed = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let mut archive = packed(head);
    archive.extend(packed(part).repeat(times));
    archive
}

const HEADER: &str = "{\"apiVersion\":\"kready.dev/v1\",\"kind\":\"Snapshot\",\"schema\":1,\"tool\":\"0.1.0\",\"time\":\"2026-11-25T03:00:00Z\"}\n";

#[test]
fn what_never_ends_is_refused_wherever_a_file_is_named() {
    let kready = Kready::new();
    kready.write("a.yaml", MANIFEST);
    symlink("/dev/zero", kready.path("zero")).unwrap();
    let kubeconfig = |cluster: &str, user: &str| {
        format!(
            "{{current-context: a, clusters: [{{name: c, cluster: {{server: 'https://localhost:1'{cluster}}}}}], \
             users: [{{name: u, user: {{{user}}}}}], contexts: [{{name: a, context: {{cluster: c, user: u}}}}]}}"
        )
    };
    kready.write("ca", &kubeconfig(", certificate-authority: zero", ""));
    kready.write(
        "key",
        &kubeconfig("", "client-certificate: a.yaml, client-key: zero"),
    );
    kready.write("token", &kubeconfig("", "tokenFile: zero"));
    for arguments in [
        "audit -f zero",
        "audit -f /dev/zero",
        "audit -f a.yaml --config zero",
        "audit -f a.yaml --baseline zero",
        "waive zero",
        "audit --kubeconfig zero",
        "audit --kubeconfig ca",
        "audit --kubeconfig key",
        "audit --kubeconfig token",
    ] {
        let output = within_memory(&kready, arguments);
        refused(&output, "it is a device, and a regular file is needed");
    }
    // A file with nothing but a hole in it takes no room on the disk.
    let hole = std::fs::File::create(kready.path("hole")).unwrap();
    hole.set_len(1 << 40).unwrap();
    for arguments in [
        "audit -f a.yaml --config hole",
        "audit -f a.yaml --baseline hole",
        "waive hole",
        "audit --kubeconfig hole",
    ] {
        refused(&within_memory(&kready, arguments), "it is larger than ");
    }
    refused(&within_memory(&kready, "audit -f hole"), "binary");
    refused(&within_memory(&kready, "audit -f - < /dev/zero"), "binary");
    // Nothing is a configuration, too.
    for arguments in ["-f a.yaml --config /dev/null", "-f - < a.yaml"] {
        let output = within_memory(&kready, &format!("audit --allow-empty {arguments}"));
        assert_ne!(output.status.code(), Some(2), "{output:?}");
    }
}

#[test]
fn a_folder_gives_its_regular_files() {
    let kready = Kready::new();
    kready.write("m/a.yaml", MANIFEST);
    let whole = kready.audit(&["-f", "m"]);
    fifo(&kready, "m/pipe.yaml");
    fifo(&kready, "m/pipe");
    symlink("/dev/zero", kready.path("m/zero.yaml")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(kready.path("m/socket.json")).unwrap();
    let report = kready.audit(&["-f", "m"]);
    report
        .check("workload-single-replica")
        .is(&whole.check("workload-single-replica").ending());
    let run = kready.run(&["audit", "-f", "m"]);
    for name in ["m/pipe.yaml", "m/zero.yaml", "m/socket.json"] {
        assert!(run.stdout.contains(name), "{name} isn't named: {run:#?}");
    }
    assert_eq!(run.code, Some(4), "{run:#?}");
    for (name, make) in [
        ("n", &(|path: &str| fifo(&kready, path)) as &dyn Fn(&str)),
        ("o", &|path| {
            symlink("/dev/zero", kready.path(path)).unwrap();
        }),
        ("p", &|path| {
            kready.write(path, &"a/b/*\n".repeat(100_000));
        }),
    ] {
        kready.write(&format!("{name}/a.yaml"), MANIFEST);
        make(&format!("{name}/.kreadyignore"));
        refused(
            &within_memory(&kready, &format!("audit -f {name}")),
            ".kreadyignore: it is ",
        );
    }
}

#[test]
fn a_pipe_may_be_named() {
    let kready = Kready::new();
    kready.write("a.yaml", MANIFEST);
    kready.write("c.yaml", "profile: dev\n");
    let named = kready.audit(&["-f", "a.yaml"]).outcomes();
    for line in [
        "cat a.yaml | \"$0\" audit -o json -f /dev/stdin",
        "cat a.yaml | \"$0\" audit -o json -f /dev/fd/0",
        "\"$0\" audit -o json -f /dev/stdin < a.yaml",
        "cat c.yaml | \"$0\" audit -o json -f a.yaml --config /dev/stdin",
        "mkfifo p; cat a.yaml > p & \"$0\" audit -o json -f p",
    ] {
        let output = Command::new("sh")
            .args(["-c", line])
            .arg(binary())
            .current_dir(kready.home.path())
            .output()
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{line}: {error}: {output:?}"));
        assert_eq!(report["checks"].as_array().unwrap().len(), named.len());
    }
    fifo(&kready, "lonely");
    kready
        .run(&["audit", "-f", "lonely"])
        .refuses(2, &["lonely", "nothing writes to it"]);
}

#[test]
fn an_archive_that_swells_is_refused() {
    let kready = Kready::new();
    let part = 16 << 20;
    for (name, head, part, times) in [
        // Ten GiB of nothing.
        ("zeros.gz", "", vec![0; part], 640),
        ("blanks.gz", "a: b\n", vec![b' '; part], 640),
        ("blank-lines.json.gz", HEADER, vec![b'\n'; part], 640),
        ("blank-line.json.gz", HEADER, b" \n".repeat(part / 2), 640),
        ("line.json.gz", HEADER, vec![b'x'; part], 640),
    ] {
        let bytes = archive(head.as_bytes(), &part, times);
        assert!(bytes.len() < 12 << 20, "{name} has {} bytes", bytes.len());
        std::fs::write(kready.path(name), bytes).unwrap();
        let output = within_memory(&kready, &format!("audit -f {name}"));
        refused(&output, name);
    }
    let line = format!("{HEADER}{}", "x".repeat(65 << 20));
    kready.write("line.json", &line);
    refused(
        &within_memory(&kready, "audit -f line.json"),
        "line.json:2: the line is longer than 64 MiB",
    );
}

#[test]
fn folders_that_lead_into_each_other_come_to_an_end() {
    let kready = Kready::new();
    // Two ways from each to the next are 2^40 ways to the last.
    for number in 0..40 {
        let folder = format!("maze/{number:02}");
        kready.write(&format!("{folder}/values.txt"), "");
        for way in ["a", "b"] {
            let next = format!("../{:02}", number + 1);
            symlink(next, kready.path(&format!("{folder}/{way}"))).unwrap();
        }
    }
    kready.write("maze/40/a.yaml", MANIFEST);
    let report = kready.audit(&["-f", "maze"]);
    report.check("workload-single-replica").is(&kready
        .audit(&["-f", "maze/40"])
        .check("workload-single-replica")
        .ending());

    let deep = "d/".repeat(300);
    kready.write(&format!("deep/{deep}a.yaml"), MANIFEST);
    kready.write("deep/a.yaml", MANIFEST);
    let run = kready.run(&["audit", "-f", "deep"]);
    assert_eq!(run.code, Some(4), "{run:#?}");
    assert!(run.stdout.contains("256 folders deep"), "{run:#?}");
}

#[test]
fn a_configuration_is_bounded_and_its_faults_have_a_place() {
    let kready = Kready::new();
    kready.write("a.yaml", MANIFEST);
    let waiver = |object: &str| {
        format!(
            "waivers:\n  - {{check: pdb-missing, reason: r, owner: o, expires: '2026-12-31', objects: ['{object}']}}\n"
        )
    };
    let long = "x".repeat(10 << 20);
    let nested = "{".repeat(1_000) + &"}".repeat(1_000);
    for (text, says) in [
        (
            format!("scope:\n  exclude:\n    - '{long}*'\n"),
            "big.yaml:3:7: ",
        ),
        (
            format!("scope:\n  namespaces:\n    - '{nested}'\n"),
            "big.yaml:3:7: ",
        ),
        (waiver(&format!("*/*/{long}*")), "big.yaml:2:"),
        (waiver(&long), "big.yaml:2:"),
        (format!("selection:\n  only: ['{long}']\n"), "big.yaml:2:"),
        (format!("profile: '{long}'\n"), "big.yaml:1:"),
        (format!("? '{long}'\n: 1\n"), "big.yaml:1:"),
        (
            "parameters: {api-certificate-expiring: {days: 9223372036854775807}}\n".into(),
            "big.yaml:1:",
        ),
        (
            "parameters: {hpa-min-replicas-low: {minimum: -1}}\n".into(),
            "big.yaml:1:",
        ),
        (
            format!("# {}\n", "x".repeat(17 << 20)),
            "it is larger than 16 MiB",
        ),
    ] {
        kready.write("big.yaml", &text);
        refused(
            &within_memory(&kready, "audit -f a.yaml --config big.yaml"),
            says,
        );
    }
    let many: Vec<String> = (0..2_000)
        .map(|number| format!("  check-{number}: high\n"))
        .collect();
    let many = many.concat();
    kready.write("big.yaml", &format!("severities:\n{many}"));
    let output = within_memory(&kready, "audit -f a.yaml --config big.yaml");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("and 1900 more are wrong"), "{said}");
    kready.write("kubeconfig", &format!("# {}\n", "x".repeat(17 << 20)));
    refused(
        &within_memory(&kready, "audit --kubeconfig kubeconfig"),
        "it is larger than 16 MiB",
    );
}

#[test]
fn odd_words_of_an_audit_break_nothing() {
    let kready = Kready::new();
    kready.write("a.yaml", MANIFEST);
    let long = "x".repeat(100_000);
    let nested = "{".repeat(1_000) + &"}".repeat(1_000);
    let wrong: &[&[&str]] = &[
        &["--timeout", "18446744073709551615"],
        &["--timeout", "18446744073709551615s"],
        &["--timeout", "9223372036854775807h"],
        &["--timeout", "99999999999999999999999"],
        &["--timeout", "-1"],
        &["--timeout", "1e400s"],
        &["--timeout", "NaN"],
        &["--timeout", "infs"],
        &["--timeout", ""],
        &["--timeout", "8761h"],
        &["--request-timeout", "18446744073709551615"],
        &["--request-timeout", "1..s"],
        &["--request-timeout", "ms"],
        &["--min-score", "NaN"],
        &["--min-score", "inf"],
        &["--min-score", "1e999"],
        &["--min-score", "-1"],
        &["--min-score", "100.0001"],
        &["--min-score", ""],
        &["--min-coverage", "NaN%"],
        &["--min-coverage", "-inf"],
        &["--max-findings", "-1"],
        &["--max-findings", "99999999999999999999999"],
        &["--max-findings", "1.5"],
        &["--kubernetes-version", "1.99999999999"],
        &["--kubernetes-version", "99999999999.1"],
        &["--kubernetes-version", "v1.4294967295"],
        &["--kubernetes-version", "1."],
        &["--kubernetes-version", ""],
        &["--fail-on", &long],
        &["--only", &long],
        &["--skip", &nested],
        &["-n", &long],
        &["-n", &nested],
        &["-n", "["],
        &["-n", "{a,{b}"],
        &["--exclude-namespace", &nested],
        &["--exclude-namespace", "[z-a]"],
        &["-o", &long],
        &["-o", "json="],
        &["--config", &long],
        &["--baseline", &long],
        &["--profile", ""],
        &["--color", &long],
        &["--jobs", "999999999999"],
        &["--unknown"],
        &["--default-namespace"],
    ];
    for args in wrong {
        let args: Vec<&str> = ["audit", "-f", "a.yaml"]
            .into_iter()
            .chain(args.iter().copied())
            .collect();
        let run = kready.run(&args);
        let shown = args[3].to_owned()
            + args
                .get(4)
                .map_or("", |value| &value[..value.len().min(40)]);
        assert_eq!(run.code, Some(2), "{shown}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{shown}");
        assert!(run.stderr.starts_with("error: "), "{shown}: {}", run.stderr);
    }
}

#[test]
fn odd_words_of_other_commands_and_of_the_environment_break_nothing() {
    let kready = Kready::new();
    kready.write("a.yaml", MANIFEST);
    let long = "x".repeat(100_000);
    for args in [
        &["waive", "a.yaml", "--days", "65535"][..],
        &["waive", "a.yaml", "--days", "4294967296"],
        &["waive", "a.yaml", "--days", "-1"],
        &["explain", &long],
        &["schema", &long],
        &["rbac", "--serviceaccount", ":"],
        &["checks", "--standard", &long],
        &["components", "-f", "a.yaml", "-o", "cyclonedx="],
        &["snapshot", "-o", ""],
        &[""],
    ] {
        let run = kready.run(args);
        assert_eq!(run.code, Some(2), "{:?}: {}", &args[0], run.stderr);
    }
    for args in [
        &["--timeout", "0"][..],
        &["--timeout", "8760h"],
        &["--min-score", "-0"],
        &["--min-coverage", "0%"],
        &["--max-findings", "18446744073709551615"],
        &["--kubernetes-version", "v1.0"],
        &["-n", "*"],
        &["-n", "{shop,{a,b}}"],
        &["--default-namespace", &long],
    ] {
        let args: Vec<&str> = ["audit", "-f", "a.yaml"]
            .into_iter()
            .chain(args.iter().copied())
            .collect();
        let run = kready.run(&args);
        assert!(
            run.code.is_some_and(|code| code < 5),
            "{:?}: {run:#?}",
            args[3]
        );
    }
    for (name, value) in [
        ("COLUMNS", "999999999"),
        ("COLUMNS", "18446744073709551615"),
        ("COLUMNS", "0"),
        ("COLUMNS", "1"),
        ("COLUMNS", "-5"),
        ("TERM", &long),
        ("LANG", &long),
        ("NO_COLOR", &long),
        ("HOME", ""),
        ("KUBECONFIG", ":::"),
        ("TMPDIR", "/nowhere"),
    ] {
        let kready = Kready::new().variable(name, value);
        kready.write("a.yaml", MANIFEST);
        for color in ["auto", "always"] {
            let run = kready.run(&["audit", "-f", "a.yaml", "--details", "--color", color]);
            assert!(run.code.is_some_and(|code| code < 5), "{name}: {run:#?}");
            assert!(run.stdout.len() < 1 << 20, "{name}: {}", run.stdout.len());
        }
    }
}
