//! Renders charts and kustomizations with the tools that are there: bounded in time and output, and without a network.

use std::{
    env,
    ffi::OsStr,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::roots::{Root, RootKind, remote};
use crate::collect::{Unread, UnreadReason};

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
    let mut child = command
        .spawn()
        .map_err(|error| format!("could not be run: {error}"))?;
    let (tell, told) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        read(output, LARGEST, true, tell.clone());
    }
    if let Some(words) = child.stderr.take() {
        read(words, WORDS, false, tell);
    }
    let until = Instant::now() + limit;
    let (mut output, mut words) = (None, None);
    while output.is_none() || words.is_none() {
        let left = until.saturating_duration_since(Instant::now());
        match told.recv_timeout(left) {
            Ok((true, bytes)) if bytes.len() as u64 > LARGEST => {
                stop(&mut child);
                return Err(format!("wrote more than {} MiB", LARGEST >> 20));
            }
            Ok((true, bytes)) => output = Some(bytes),
            Ok((false, bytes)) => words = Some(bytes),
            Err(_) => {
                stop(&mut child);
                return Err(format!("did not end within {} s", limit.as_secs()));
            }
        }
    }
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                stop(&mut child);
                return Err(format!("did not end within {} s", limit.as_secs()));
            }
            Err(error) => return Err(format!("was lost: {error}")),
        }
    };
    if !status.success() {
        let words = String::from_utf8_lossy(words.as_deref().unwrap_or_default()).into_owned();
        let said = words
            .lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty())
            .unwrap_or("without a word");
        return Err(format!("failed ({status}): {said}"));
    }
    String::from_utf8(output.unwrap_or_default()).map_err(|_| "wrote no text".to_owned())
}

/// Reads on a thread of its own, since a tool may leave others behind that keep its output open.
fn read(
    from: impl Read + Send + 'static,
    most: u64,
    is_output: bool,
    tell: mpsc::Sender<(bool, Vec<u8>)>,
) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut from = from;
        let _ = from.by_ref().take(most + 1).read_to_end(&mut bytes);
        let full = bytes.len() as u64 > most;
        let _ = tell.send((is_output, bytes));
        if full && !is_output {
            // Further words are dropped, so that the tool can go on.
            let _ = std::io::copy(&mut from, &mut std::io::sink());
        }
    });
}

fn stop(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
