//! The messages about files that cannot be read or understood.

use std::io::{self, ErrorKind};

use anyhow::anyhow;
use kready_checks::inventory::{BadDocument, BadYaml};

use super::roots::{Root, RootKind};
use crate::{collect::Unread, failure::Failure, words::counted};

/// How many things are named before a list is cut.
const NAMED: usize = 5;

pub(super) fn unreadable(name: &str, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::usage(anyhow!("{name}: there is no such file or folder"))
            .hint("check the path"),
        ErrorKind::PermissionDenied => Failure::usage(anyhow!("{name}: permission denied"))
            .hint(format!("check its permissions: ls -l {name}")),
        ErrorKind::FileTooLarge => Failure::usage(anyhow!("{name}: {error}"))
            .hint("split it, and name the parts: -f ONE -f TWO"),
        ErrorKind::InvalidInput => Failure::usage(anyhow!("{name}: {error}"))
            .hint("name a file, a folder, or - for standard input"),
        _ => Failure::usage(anyhow!("{name}: it cannot be read: {error}"))
            .hint(format!("see what it is: ls -l {name}")),
    }
}

/// What is packed becomes too much.
pub(super) fn swells(name: &str, most: &str) -> Failure {
    Failure::usage(anyhow!(
        "{name}: the compressed file unpacks to more than {most}"
    ))
    .hint(format!(
        "if you trust it, unpack it first: gunzip -c {name} | kready audit -f -"
    ))
}

/// A line of a snapshot is too long.
pub(super) fn long_line(name: &str, number: usize, most: u64) -> Failure {
    Failure::usage(anyhow!(
        "{name}:{number}: the line is longer than {} MiB",
        most >> 20
    ))
    .hint("save the snapshot again: kready snapshot -o FILE.json.gz")
}

pub(super) fn bad_gzip(name: &str, error: &io::Error) -> Failure {
    let cause = match error.kind() {
        ErrorKind::UnexpectedEof => anyhow!("{name}: the compressed file ends early"),
        _ => anyhow!("{name}: the compressed file is damaged: {error}"),
    };
    Failure::usage(cause).hint("save or copy it again")
}

pub(super) fn bad_document(error: &BadDocument, name: &str, line: usize) -> Failure {
    let failure = match error {
        BadDocument::BadLine(message) => {
            Failure::usage(anyhow!("{name}:{line}: the line is {message}"))
        }
        _ => Failure::usage(anyhow!("{name}: {error}")),
    };
    match error {
        BadDocument::NewerSchema(_) => {
            failure.hint("upgrade kready to the version that saved it, or a newer one")
        }
        BadDocument::SecondHeader => failure.hint("audit one snapshot at a time"),
        BadDocument::BadHeader(_) | BadDocument::BadLine(_) | BadDocument::Incomplete { .. } => {
            failure.hint("save the snapshot again: kready snapshot -o FILE.json.gz")
        }
    }
}

/// Why the system refuses a file, in words.
pub(super) fn refused(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "it is a link that leads nowhere".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::FileTooLarge | ErrorKind::InvalidInput => error.to_string(),
        _ => format!("it cannot be read: {error}"),
    }
}

pub(super) fn binary(name: &str) -> Failure {
    Failure::usage(anyhow!("{name}: it is binary, neither YAML nor JSON"))
        .hint("name manifests, or a snapshot that kready saved (.json.gz)")
}

/// What is wrong with the text of a file that was named.
pub(super) fn unreadable_text(bad: &BadYaml, name: &str, template: bool) -> Failure {
    let failure = match &bad.twice {
        Some(_) => Failure::usage(anyhow!("{name}:{}: {}", bad.line, bad.message)),
        None => Failure::usage(anyhow!(
            "{name}:{}:{}: {}",
            bad.line,
            bad.column,
            bad.message
        )),
    };
    match &bad.twice {
        _ if template && bad.twice.is_none() => failure.hint(
            "it looks like a template; audit what it renders to: helm template . | kready audit -f -",
        ),
        Some(twice) if twice.is_outermost => failure.hint(
            "put a line with --- between the documents, or keep one of the two",
        ),
        Some(_) => failure.hint("keep one of the two lines"),
        None if bad.is_beyond() => {
            failure.hint("leave it out and audit the other files: kready reads no document beyond that bound")
        }
        None => failure
            .hint(format!("fix the file, or audit the others without it; kubectl reads it by the same rules: kubectl create --dry-run=client -o name -f {name}")),
    }
}

/// A folder without anything to audit.
pub(super) fn nothing_in(name: &str, unread: &[Unread], without_objects: usize) -> Failure {
    if let Some(first) = unread.first() {
        let cause = anyhow!(
            "{name}: nothing in the folder could be read: {}",
            listed(unread)
        );
        return Failure::usage(cause).hint(format!("{}: {}", first.place(), first.remedy));
    }
    let cause = match without_objects {
        0 => anyhow!(
            "{name}: the folder holds no .yaml, .yml or .json files other than hidden ones and those listed in .kreadyignore"
        ),
        _ => anyhow!("{name}: no file in the folder holds a Kubernetes object"),
    };
    Failure::usage(cause).hint("name a folder with manifests, or a snapshot that kready saved")
}

/// A folder of which everything is to be rendered first.
pub(super) fn nothing_but(name: &str, roots: &[Root], unread: &[Unread]) -> Failure {
    let kinds = [
        (RootKind::Chart, "chart"),
        (RootKind::Kustomization, "kustomization"),
    ];
    let counts: Vec<String> = kinds
        .into_iter()
        .filter_map(|(kind, word)| {
            let count = roots.iter().filter(|root| root.kind == kind).count();
            (count > 0).then(|| counted(count, word))
        })
        .collect();
    let also = if unread.is_empty() {
        String::new()
    } else {
        format!("; nor could these be read: {}", listed(unread))
    };
    let cause = format!(
        "{name}: the folder holds only {}, which must be rendered first{also}",
        counts.join(" and ")
    );
    let mut commands: Vec<String> = roots.iter().take(NAMED).map(Root::audit).collect();
    if roots.len() > NAMED {
        commands.push(format!("and {} more", roots.len() - NAMED));
    }
    commands.push(format!(
        "or let kready do it: kready audit -f {name} --render"
    ));
    Failure::usage(anyhow!(cause)).hint(commands.join("\n        "))
}

fn listed(unread: &[Unread]) -> String {
    let mut names: Vec<String> = unread
        .iter()
        .take(NAMED)
        .map(|unread| format!("{}: {}", unread.place(), unread.message))
        .collect();
    if unread.len() > NAMED {
        names.push(format!("and {} more", unread.len() - NAMED));
    }
    names.join("; ")
}
