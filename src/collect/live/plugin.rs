//! Runs credential plugins by client-go's rules: their messages are shown, their credentials never.

use std::{
    io::{self, IsTerminal},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::anyhow;
use kready_checks::model::credentials::without_opaque_words;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;

use super::errors::tidy;
use crate::{
    children::{self, Ended, Limits, Stopped},
    failure::Failure,
};

/// The versions of its interface that Kubernetes still has.
pub(super) const VERSIONS: [&str; 2] = [
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
];

/// More than a credential needs.
const LARGEST: u64 = 1 << 20;

/// How much of what it says on standard error is kept.
const WORDS: u64 = 16 << 10;

/// A plugin of a kubeconfig.
#[derive(Clone, Debug)]
pub(super) struct Plugin {
    pub(super) exec: ExecConfig,
    /// What it may know of the cluster, if it wants to.
    pub(super) cluster: Option<serde_json::Value>,
}

/// What a plugin hands over.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Credential {
    pub(super) token: Option<String>,
    /// PEM, as the key is.
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key_data: Option<String>,
    /// When it is to be asked again.
    pub(super) expiration_timestamp: Option<jiff::Timestamp>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    status: Option<Credential>,
}

const LOGIN: &str = "run its login command, then try again";
const UPDATE: &str = "run its login command, or update the plugin";

impl Plugin {
    /// The command as it may be shown.
    pub(super) fn name(&self) -> String {
        tidy(self.exec.command.as_deref().unwrap_or_default())
    }

    /// Runs it until the deadline at most; it ends with that, and with the program.
    pub(super) async fn run(&self, deadline: Instant) -> Result<Credential, Failure> {
        let interactive = self.is_interactive()?;
        let mut command = self.command(interactive);
        let limits = Limits {
            output: LARGEST,
            words: WORDS,
            until: Some(deadline),
            interactive,
        };
        let (tell, told) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || tell.send(children::run(&mut command, limits)));
        let name = self.name();
        match told.await {
            Ok(Ok(ended)) => self.read(&ended),
            Ok(Err(Stopped::NotRun(error))) => Err(self.missing(&error)),
            Ok(Err(Stopped::TooMuch)) => Err(Failure::no_audit(anyhow!(
                "the credential plugin {name} wrote more than {} MiB",
                LARGEST >> 20
            ))
            .hint(UPDATE)),
            Ok(Err(Stopped::Late)) => Err(Failure::no_audit(anyhow!(
                "the credential plugin {name} did not end before the time for the whole audit was over (--timeout)"
            ))
            .hint("run its login command, then try again, or allow more time with --timeout")),
            Ok(Err(Stopped::Lost(error))) => Err(Failure::no_audit(anyhow!(
                "the credential plugin {name} cannot be waited for: {}",
                tidy(&error.to_string())
            ))
            .hint(LOGIN)),
            Err(_) => Err(Failure::no_audit(anyhow!(
                "the credential plugin {name} cannot be waited for"
            ))
            .hint(LOGIN)),
        }
    }

    /// Whether it may ask questions.
    fn is_interactive(&self) -> Result<bool, Failure> {
        let terminal = io::stdin().is_terminal();
        match self.exec.interactive_mode {
            Some(ExecInteractiveMode::Never) => Ok(false),
            Some(ExecInteractiveMode::Always) if !terminal => Err(Failure::usage(anyhow!(
                "the credential plugin {} needs a terminal, but standard input is not one",
                self.name()
            ))
            .hint("run kready in a terminal, or use another context with --context")),
            _ => Ok(terminal),
        }
    }

    fn command(&self, interactive: bool) -> Command {
        let exec = &self.exec;
        let mut spec = serde_json::json!({ "interactive": interactive });
        if let Some(cluster) = &self.cluster {
            spec["cluster"] = cluster.clone();
        }
        let info = serde_json::json!({
            "apiVersion": exec.api_version,
            "kind": "ExecCredential",
            "spec": spec,
        });
        let mut command = Command::new(exec.command.as_deref().unwrap_or_default());
        command
            .args(exec.args.iter().flatten())
            .stdout(Stdio::piped());
        if interactive {
            // The plugin asks its questions there.
            command.stdin(Stdio::inherit()).stderr(Stdio::inherit());
        } else {
            command.stdin(Stdio::null()).stderr(Stdio::piped());
        }
        for pair in exec.env.iter().flatten() {
            if let Some(name) = pair.get("name") {
                command.env(name, pair.get("value").map_or("", String::as_str));
            }
        }
        command.env("KUBERNETES_EXEC_INFO", info.to_string());
        command
    }

    /// Reads what it wrote.
    fn read(&self, ended: &Ended) -> Result<Credential, Failure> {
        let name = self.name();
        if !ended.status.success() {
            let said = told(&ended.words, &ended.output);
            let said = if said.is_empty() {
                ended.status.to_string()
            } else {
                said
            };
            let failed = anyhow!("the credential plugin {name} failed: {said}");
            return Err(Failure::no_audit(failed).hint(LOGIN));
        }
        credential(
            &ended.output,
            self.exec.api_version.as_deref().unwrap_or_default(),
        )
        .map_err(|why| {
            Failure::no_audit(anyhow!("the credential plugin {name} succeeded, but {why}"))
                .hint(UPDATE)
        })
    }

    fn missing(&self, error: &io::Error) -> Failure {
        let name = self.name();
        let why = match error.kind() {
            io::ErrorKind::NotFound => "it is not installed, or not in PATH".to_owned(),
            io::ErrorKind::PermissionDenied => "it is not executable".to_owned(),
            _ => tidy(&error.to_string()),
        };
        let hint = match self.exec.install_hint.as_deref().map(tidy) {
            Some(hint) if !hint.is_empty() => hint,
            _ => format!("install {name}, or use another context with --context"),
        };
        Failure::usage(anyhow!("cannot run the credential plugin {name}: {why}")).hint(hint)
    }
}

/// What it said on standard error, without what may be a credential: by its looks, or because it stands on standard output.
fn told(stderr: &[u8], stdout: &[u8]) -> String {
    let stdout = String::from_utf8_lossy(stdout);
    let stderr = String::from_utf8_lossy(stderr);
    let edges = |c: char| c.is_ascii_punctuation() && !"-_.=+/".contains(c);
    let words: Vec<String> = stderr
        .split_whitespace()
        .map(|word| {
            let bare = word.trim_matches(edges);
            let odd = bare.chars().any(|c| !c.is_ascii_lowercase());
            if odd && bare.len() >= 8 && stdout.contains(bare) {
                word.replace(bare, "********")
            } else {
                word.to_owned()
            }
        })
        .collect();
    tidy(&without_opaque_words(&words.join(" ")))
}

/// Reads an ExecCredential of the version that the kubeconfig names.
fn credential(stdout: &[u8], version: &str) -> Result<Credential, String> {
    let answer = match serde_json::from_slice::<serde_json::Value>(stdout) {
        Ok(value) => serde_json::from_value(value).ok(),
        // Some plugins write YAML.
        Err(_) => serde_saphyr::from_slice::<ExecCredential>(stdout).ok(),
    };
    let answer = answer.ok_or("its output is not an ExecCredential")?;
    if answer.kind != "ExecCredential" {
        // What stands there may be anything.
        let is_kind = |text: &str| text.len() < 64 && text.bytes().all(|c| c.is_ascii_alphabetic());
        return Err(match answer.kind.as_str() {
            "" => "its output names no kind, and ExecCredential is needed".to_owned(),
            kind if is_kind(kind) => format!("its output is a {kind}, not an ExecCredential"),
            _ => "its output is of another kind than ExecCredential".to_owned(),
        });
    }
    if answer.api_version != version {
        let answered = VERSIONS
            .iter()
            .find(|known| **known == answer.api_version)
            .unwrap_or(&"another version");
        return Err(format!(
            "it answered in {answered}, and the kubeconfig asks for {version}"
        ));
    }
    let mut status = answer
        .status
        .ok_or("wrote no credential: there is no status")?;
    let given = |text: &mut Option<String>| text.take().filter(|text| !text.trim().is_empty());
    status.token = given(&mut status.token);
    status.client_certificate_data = given(&mut status.client_certificate_data);
    status.client_key_data = given(&mut status.client_key_data);
    match (&status.client_certificate_data, &status.client_key_data) {
        (None, None) if status.token.is_none() => {
            Err("wrote no credential: neither a token nor a certificate with its key".to_owned())
        }
        (Some(_), None) => Err("wrote a certificate without its key".to_owned()),
        (None, Some(_)) => Err("wrote a key without its certificate".to_owned()),
        _ => Ok(status),
    }
}

#[cfg(test)]
mod tests {
    use super::{VERSIONS, credential, told};

    fn written(status: &str) -> Result<super::Credential, String> {
        let text = format!(
            r#"{{"apiVersion":"{}","kind":"ExecCredential"{status}}}"#,
            VERSIONS[0]
        );
        credential(text.as_bytes(), VERSIONS[0])
    }

    #[test]
    fn a_credential_is_whole_or_refused() {
        let told =
            written(r#","status":{"token":"a","expirationTimestamp":"2030-01-01T00:00:00Z"}"#)
                .unwrap();
        assert_eq!(told.token.as_deref(), Some("a"));
        assert!(told.expiration_timestamp.is_some());
        let told = written(
            r#","status":{"token":"","clientCertificateData":"c","clientKeyData":"k","expirationTimestamp":null}"#,
        )
        .unwrap();
        assert_eq!(told.token, None);
        for (status, says) in [
            ("", "no status"),
            (r#","status":null"#, "no status"),
            (r#","status":{}"#, "neither"),
            (r#","status":{"token":""}"#, "neither"),
            (r#","status":{"token":" \n"}"#, "neither"),
            (
                r#","status":{"clientCertificateData":"c"}"#,
                "without its key",
            ),
            (
                r#","status":{"clientKeyData":"c","token":"t"}"#,
                "without its certificate",
            ),
            (r#","status":{"token":7}"#, "not an ExecCredential"),
            (
                r#","status":{"token":"t","expirationTimestamp":"soon"}"#,
                "not an ExecCredential",
            ),
        ] {
            let why = written(status).unwrap_err();
            assert!(why.contains(says), "{status}: {why}");
        }
    }

    #[test]
    fn kind_and_version_are_those_that_were_asked_for() {
        let answer = |version: &str, kind: &str| {
            let text = format!("apiVersion: {version}\nkind: {kind}\nstatus: {{token: hunter2}}\n");
            credential(text.as_bytes(), VERSIONS[1])
        };
        assert!(answer(VERSIONS[1], "ExecCredential").is_ok());
        for (version, kind, says) in [
            (VERSIONS[0], "ExecCredential", "the kubeconfig asks for"),
            ("''", "ExecCredential", "the kubeconfig asks for"),
            (VERSIONS[1], "Pod", "is a Pod"),
            (VERSIONS[1], "execcredential", "is a execcredential"),
            (VERSIONS[1], "hunter2", "of another kind"),
            (VERSIONS[1], "''", "names no kind"),
        ] {
            let why = answer(version, kind).unwrap_err();
            assert!(why.contains(says) && !why.contains("hunter2"), "{why}");
        }
        assert!(credential(b"", VERSIONS[0]).is_err());
        assert!(credential(b"\x00\xff{", VERSIONS[0]).is_err());
    }

    #[test]
    fn what_stands_on_standard_output_is_not_told() {
        let token = "h7-short";
        assert_eq!(
            told(b"cannot renew <h7-short>, log in again", token.as_bytes()),
            "cannot renew <********>, log in again"
        );
    }
}
