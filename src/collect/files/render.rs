//! Renders charts and kustomizations with the tools that are there: bounded in time and output, and without a network.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::roots::{Root, RootKind, remote};
use crate::{
    children::{self, Limits, Stopped},
    collect::{Unread, UnreadReason},
};

/// How much one root may become.
const LARGEST: u64 = 64 << 20;

/// How much of what a tool says about its failure is kept.
const WORDS: u64 = 16 << 10;

/// Nobody listens there: whoever asks for the network gets none.
const NOWHERE: &str = "http://127.0.0.1:1";

/// The manifests that a root becomes within `limit`.
pub(super) fn render(root: &Root, limit: Duration) -> Result<String, Unread> {
    let failed = |message: String, remedy: String| {
        Unread::new(UnreadReason::Render, root.shown(), message, remedy)
    };
    if root.kind == RootKind::Kustomization
        && let Some(elsewhere) = remote(&root.folder)
    {
        return Err(failed(
            format!("it refers to {elsewhere}, which is not here, and nothing is fetched"),
            root.audit(),
        ));
    }
    let Some((tool, arguments)) = tool(root) else {
        let wanted = match root.kind {
            RootKind::Chart => "helm is not",
            RootKind::Kustomization => "neither kustomize nor kubectl is",
        };
        return Err(failed(
            format!("{wanted} on the PATH"),
            "install it, or audit what it renders to elsewhere".to_owned(),
        ));
    };
    let name = tool
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let home = tempfile::tempdir().map_err(|error| {
        failed(
            format!("no folder for {name} could be made: {error}"),
            "look at the space and the permissions of the temporary folder".to_owned(),
        )
    })?;
    match run(&tool, &arguments, home.path(), limit) {
        Ok(text) => Ok(text),
        Err(message) => Err(failed(format!("{name} {message}"), root.command())),
    }
}

/// The tool that renders a root, and its arguments; none when it isn't there.
fn tool(root: &Root) -> Option<(PathBuf, Vec<String>)> {
    let folder = root.folder.display().to_string();
    // A relative path must not look like a flag or the name of a chart elsewhere.
    let folder = if root.folder.is_absolute() || folder.starts_with('.') {
        folder
    } else {
        format!("./{folder}")
    };
    match root.kind {
        RootKind::Chart => Some((
            on_path("helm")?,
            vec!["template".to_owned(), root.name.clone(), folder],
        )),
        RootKind::Kustomization => on_path("kustomize")
            .map(|tool| (tool, vec!["build".to_owned(), folder.clone()]))
            .or_else(|| Some((on_path("kubectl")?, vec!["kustomize".to_owned(), folder]))),
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
}

/// Runs a tool without the environment's credentials, and keeps what it writes.
fn run(tool: &Path, arguments: &[String], home: &Path, limit: Duration) -> Result<String, String> {
    let mut command = Command::new(tool);
    command
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in [
        ("PATH", env::var_os("PATH").unwrap_or_default()),
        ("HOME", home.into()),
        ("TMPDIR", home.into()),
        ("XDG_CACHE_HOME", home.into()),
        ("XDG_CONFIG_HOME", home.into()),
        ("XDG_DATA_HOME", home.into()),
        ("KUBECONFIG", OsStr::new("/dev/null").to_owned()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("GIT_ALLOW_PROTOCOL", "none".into()),
        ("HTTP_PROXY", NOWHERE.into()),
        ("HTTPS_PROXY", NOWHERE.into()),
        ("ALL_PROXY", NOWHERE.into()),
    ] {
        command.env(name, value);
    }
    let seconds = limit.as_secs();
    let limits = Limits {
        output: LARGEST,
        words: WORDS,
        until: Instant::now().checked_add(limit),
        interactive: false,
    };
    let ended = children::run(&mut command, limits).map_err(|stopped| match stopped {
        Stopped::NotRun(error) => format!("could not be run: {error}"),
        Stopped::TooMuch => format!("wrote more than {} MiB", LARGEST >> 20),
        Stopped::Late => format!("did not end within {seconds} s"),
        Stopped::Lost(error) => format!("was lost: {error}"),
    })?;
    if !ended.status.success() {
        let words = String::from_utf8_lossy(&ended.words).into_owned();
        let said = words
            .lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty())
            .unwrap_or("without a word");
        return Err(format!("failed ({}): {said}", ended.status));
    }
    String::from_utf8(ended.output).map_err(|_| "wrote no text".to_owned())
}
