//! Runs credential plugins: their messages are shown, their credentials never.

use std::{
    io::{self, IsTerminal},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::anyhow;
use kready_checks::model::credentials::without_opaque_words;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;

use super::errors::tidy;
use crate::failure::Failure;

/// What a plugin hands over.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Credential {
    pub(super) token: Option<String>,
    pub(super) client_certificate_data: Option<String>,
    pub(super) client_key_data: Option<String>,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential")
    }
}

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Credential>,
}

/// Runs the plugin for at most `limit`.
pub(super) async fn run(exec: &ExecConfig, limit: Duration) -> Result<Credential, Failure> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let plugin = exec.clone();
    // On its own thread, because a plugin that hangs must not keep the program from ending.
    std::thread::spawn(move || {
        let _ = tell.send(call(&plugin));
    });
    match tokio::time::timeout(limit, told).await {
        Ok(Ok(result)) => result,
        _ => Err(Failure::no_audit(anyhow!(
            "the credential plugin {} did not end within {} s",
            name(exec),
            limit.as_secs()
        ))
        .hint("run its login command, then try again")),
    }
}

fn name(exec: &ExecConfig) -> String {
    tidy(exec.command.as_deref().unwrap_or_default())
}

fn call(exec: &ExecConfig) -> Result<Credential, Failure> {
    let Some(command) = exec
        .command
        .as_deref()
        .filter(|command| !command.is_empty())
    else {
        return Err(Failure::usage(anyhow!(
            "the kubeconfig's user has an exec plugin without a command"
        ))
        .hint("fix the user in the kubeconfig"));
    };
    let terminal = io::stdin().is_terminal();
    let interactive = match exec.interactive_mode {
        Some(ExecInteractiveMode::Never) => false,
        Some(ExecInteractiveMode::Always) if !terminal => {
            return Err(Failure::usage(anyhow!(
                "the credential plugin {} needs a terminal, and standard input is none",
                name(exec)
            ))
            .hint("run kready in a terminal, or use another context with --context"));
        }
        _ => terminal,
    };
    let mut spec = serde_json::json!({ "interactive": interactive });
    if exec.provide_cluster_info
        && let (Some(cluster), Some(spec)) = (&exec.cluster, spec.as_object_mut())
    {
        let cluster = serde_json::to_value(cluster).unwrap_or_default();
        spec.insert("cluster".to_owned(), cluster);
    }
    let version = exec
        .api_version
        .as_deref()
        .unwrap_or("client.authentication.k8s.io/v1");
    let info = serde_json::json!({ "apiVersion": version, "kind": "ExecCredential", "spec": spec });
    let mut process = Command::new(command);
    process
        .args(exec.args.iter().flatten())
        .env("KUBERNETES_EXEC_INFO", info.to_string())
        .stdout(Stdio::piped());
    if interactive {
        // The plugin asks its questions there.
        process.stdin(Stdio::inherit()).stderr(Stdio::inherit());
    } else {
        process.stdin(Stdio::null()).stderr(Stdio::piped());
    }
    for pair in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) {
            process.env(name, value);
        }
    }
    let output = process.output().map_err(|error| missing(exec, &error))?;
    if !output.status.success() {
        let said = tidy(&without_opaque_words(&String::from_utf8_lossy(
            &output.stderr,
        )));
        let said = if said.is_empty() {
            output.status.to_string()
        } else {
            said
        };
        return Err(Failure::no_audit(anyhow!(
            "the credential plugin {} failed: {said}",
            name(exec)
        ))
        .hint("run its login command, then try again"));
    }
    // Some plugins write YAML, which includes JSON.
    let credential = serde_yaml::from_slice::<ExecCredential>(&output.stdout)
        .ok()
        .and_then(|answer| answer.status)
        .filter(|status| {
            status.token.is_some()
                || (status.client_certificate_data.is_some() && status.client_key_data.is_some())
        });
    credential.ok_or_else(|| {
        Failure::no_audit(anyhow!(
            "the credential plugin {} ended well, but wrote no credential",
            name(exec)
        ))
        .hint("run its login command, or update the plugin")
    })
}

fn missing(exec: &ExecConfig, error: &io::Error) -> Failure {
    let name = name(exec);
    let why = match error.kind() {
        io::ErrorKind::NotFound => "it is not installed, or not in PATH".to_owned(),
        io::ErrorKind::PermissionDenied => "it may not be executed".to_owned(),
        _ => tidy(&error.to_string()),
    };
    let hint = match exec.install_hint.as_deref().map(str::trim) {
        Some(hint) if !hint.is_empty() => hint.to_owned(),
        _ => format!("install {name}, or use another context with --context"),
    };
    Failure::usage(anyhow!("cannot run the credential plugin {name}: {why}")).hint(hint)
}
