//! Words of kubectl and of other auditors that people try here, and what says the same.

/// What to do instead: spellings, and the answer.
type Foreign = (&'static [&'static str], &'static str);

/// Commands.
pub(super) const COMMANDS: &[Foreign] = &[
    (
        &[
            "scan", "run", "analyze", "analyse", "score", "assess", "all", "cluster", "k8s",
        ],
        "kready audit judges the cluster of the current context, kready audit PATH manifests",
    ),
    (
        &["lint", "test", "validate", "verify", "file", "dir"],
        "kready audit PATH judges manifests, kready audit the cluster of the current context",
    ),
    (
        &[
            "list",
            "ls",
            "get",
            "rules",
            "controls",
            "frameworks",
            "standards",
            "templates",
            "sanitizers",
            "linters",
        ],
        "kready checks lists the checks; with --controls, the controls of standards that they decide",
    ),
    (
        &["describe", "show", "doc", "docs", "why", "info"],
        "kready explain ID explains a check",
    ),
    (
        &["sbom", "kbom", "bom", "inventory", "discover"],
        "kready components lists what the cluster has; -o cyclonedx=FILE writes it as a bill of materials",
    ),
    (
        &["ignore", "suppress", "exceptions", "exclude", "skip"],
        "kready waive drafts waivers for the findings of a report",
    ),
    (
        &["config", "init"],
        "kready schema config describes kready.yaml, and kready audit reads it from the working directory",
    ),
    (
        &["dump", "save", "collect", "backup", "export"],
        "kready snapshot -o FILE.json.gz saves what an audit reads",
    ),
    (
        &["role", "roles", "permissions", "auth", "grant"],
        "kready rbac prints the rights that an audit needs",
    ),
    (
        &["fix", "patch", "remediate"],
        "kready never writes; kready explain ID says how to fix what a check finds",
    ),
    (
        &[
            "server",
            "serve",
            "dashboard",
            "operator",
            "webhook",
            "install",
        ],
        "kready runs once and exits: run kready audit in a CronJob or a pipeline",
    ),
];

/// Flags.
pub(super) const FLAGS: &[Foreign] = &[
    (
        &[
            "--severity",
            "--severity-threshold",
            "--fail-threshold",
            "--min-severity",
            "--severities",
            "--level",
            "--lint",
        ],
        "--fail-on SEVERITY: not ready while a check of this severity or above fails; --only SEVERITY,… runs only the checks of these severities",
    ),
    (
        &[
            "--exit-code",
            "--set-exit-code-on-danger",
            "--exit-one-on-warning",
            "--exit-on-error",
            "--strict",
        ],
        "exit code 1 is the default when the verdict is not ready; --report-only turns it off",
    ),
    (
        &[
            "--force-exit-zero",
            "--no-fail",
            "--exit-zero",
            "--soft-fail",
        ],
        "--report-only exits with 0 whatever the verdict",
    ),
    (
        &[
            "--compliance-threshold",
            "--set-exit-code-below-score",
            "--min-compliance",
            "--score-threshold",
            "--threshold",
        ],
        "--min-score 0..100 makes it not ready below a score",
    ),
    (
        &[
            "--format",
            "--out",
            "--output-file",
            "--output-format",
            "--report",
            "--report-format",
            "--format-version",
        ],
        "-o FORMAT prints a format, -o FORMAT=FILE writes it to a file, and several -o do both",
    ),
    (&["--json"], "-o json"),
    (
        &["--junit", "--sarif", "--html", "--markdown", "--csv"],
        "-o FORMAT=FILE writes a format; kready audit --help lists them",
    ),
    (
        &[
            "-v",
            "--verbose",
            "--view",
            "--detailed",
            "--show-all",
            "--all-resources",
            "--wide",
        ],
        "--details names every object",
    ),
    (
        &["--debug", "--log-level", "--logger", "--trace", "--logs"],
        "there is no log: errors say what was being done and what to do next",
    ),
    (
        &["--no-color", "--disable-color", "--plain", "--no-colors"],
        "--color never",
    ),
    (&["--with-color"], "--color always"),
    (&["--no-progress", "--silent"], "-q shows no progress"),
    (
        &[
            "--include-namespaces",
            "--namespaces",
            "--include-namespace",
            "--ns",
        ],
        "-n NAME audits these namespaces only: names or globs, repeatable",
    ),
    (
        &[
            "--exclude-namespaces",
            "--excluded-namespaces",
            "--ignore-namespaces",
            "--exclude-ns",
        ],
        "--exclude-namespace NAME leaves these namespaces out: names or globs, repeatable",
    ),
    (
        &[
            "--audit-path",
            "--filename",
            "--files",
            "--path",
            "--manifests",
            "--input",
            "--dir",
            "--folder",
        ],
        "-f PATH reads files or a folder; a bare PATH does the same",
    ),
    (
        &["-R", "--recursive"],
        "folders are read with all that is below them: leave it out",
    ),
    (
        &[
            "--checks",
            "--include",
            "--include-checks",
            "--sections",
            "-s",
            "--enable",
            "--enable-optional-test",
            "--controls",
            "--framework",
        ],
        "--only NAME,… runs these checks only: ids, pillars, severities; kready checks --standard NAME shows what decides a standard",
    ),
    (
        &[
            "--exclude",
            "--exclude-checks",
            "--ignore",
            "--ignore-test",
            "--ignore-tests",
            "--disable",
            "--skip-checks",
            "--do-not-auto-add-defaults",
        ],
        "--skip NAME,… leaves checks out: ids, pillars, severities",
    ),
    (
        &[
            "--exceptions",
            "--ignorefile",
            "--ignore-file",
            "--spinach",
            "--controls-config",
            "--config-file",
            "--policy",
        ],
        "--config FILE names the configuration, with its waivers, severities and parameters",
    ),
    (
        &["--compliance", "--benchmark"],
        "kready checks --standard NAME lists the checks that decide a standard's controls",
    ),
    (
        &["--kube-context", "--kubecontext", "--cluster-name"],
        "--context NAME",
    ),
    (
        &["--save-snapshot", "--keep-local", "--use-from"],
        "--save FILE.json.gz keeps what was read, and kready audit -f FILE.json.gz judges it again",
    ),
    (
        &[
            "--server",
            "--token",
            "--cluster",
            "--user",
            "--username",
            "--password",
            "--certificate-authority",
            "--client-certificate",
            "--client-key",
            "--insecure-skip-tls-verify",
            "--tls-server-name",
        ],
        "set it in a kubeconfig, and name that with --kubeconfig and --context",
    ),
    (
        &[
            "--submit",
            "--account",
            "--push-gtwy-url",
            "--s3-bucket",
            "--upload",
        ],
        "kready sends nothing anywhere: write a file with -o FORMAT=FILE and push that",
    ),
    (
        &["--dry-run", "--apply", "--fix"],
        "kready reads and never writes",
    ),
    (
        &["-l", "--selector", "--label-selector", "--field-selector"],
        "-n NAME and --exclude-namespace NAME choose what is audited; labels do not",
    ),
    (
        &["-w", "--watch"],
        "kready runs once: --baseline REPORT.json shows what is new since an older report",
    ),
    (
        &[
            "--target-version",
            "--k8s-version",
            "--kube-version",
            "--target-versions",
        ],
        "--kubernetes-version 1.36 says for which version manifests are judged",
    ),
    (
        &["--ignore-annotations", "--allow-annotations"],
        "waivers are in kready.yaml: kready waive drafts them",
    ),
];

/// The answer to a word, if it is known elsewhere.
pub(super) fn answer(table: &[Foreign], word: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(words, _)| words.contains(&word))
        .map(|(_, answer)| *answer)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::cli::program::command;

    /// Every flag and command of the program.
    fn own() -> (BTreeSet<String>, BTreeSet<String>) {
        let mut command = command("kready");
        command.build();
        let mut flags = BTreeSet::new();
        let mut names = BTreeSet::new();
        for sub in command.get_subcommands() {
            names.insert(sub.get_name().to_owned());
            for arg in sub.get_arguments() {
                flags.extend(arg.get_long().map(|long| format!("--{long}")));
                flags.extend(arg.get_short().map(|short| format!("-{short}")));
            }
        }
        (flags, names)
    }

    #[test]
    fn each_word_is_answered_once() {
        for table in [COMMANDS, FLAGS] {
            let mut seen = BTreeSet::new();
            for word in table.iter().flat_map(|(words, _)| *words) {
                assert!(seen.insert(word), "{word} is answered twice");
            }
        }
        let (_, names) = own();
        for word in COMMANDS.iter().flat_map(|(words, _)| *words) {
            assert!(!names.contains(*word), "{word} is a command");
        }
    }

    #[test]
    fn answers_name_flags_and_commands_that_exist() {
        let (flags, names) = own();
        for (words, answer) in COMMANDS.iter().chain(FLAGS) {
            let mut previous = "";
            for word in answer.split_whitespace() {
                let word = word.trim_end_matches([',', ';', ':', '.']);
                if word.starts_with('-') && word.len() > 1 {
                    assert!(flags.contains(word), "{words:?}: {word}");
                }
                if previous == "kready" && !["never", "runs", "reads", "sends"].contains(&word) {
                    assert!(names.contains(word), "{words:?}: {word}");
                }
                previous = word;
            }
        }
    }
}
