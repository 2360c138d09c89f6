//! The messages about files that cannot be read or understood.

use std::io::{self, ErrorKind};

use anyhow::anyhow;
use kready_checks::inventory::BadDocument;

use crate::failure::Failure;

pub(super) fn unreadable(name: &str, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::usage(anyhow!("{name}: there is no such file or folder"))
            .hint("look at the path after -f"),
        ErrorKind::PermissionDenied => {
            Failure::usage(anyhow!("{name}: it may not be read: permission denied"))
                .hint(format!("look at its permissions: ls -l {name}"))
        }
        _ => Failure::usage(anyhow!("{name}: it cannot be read: {error}")),
    }
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
