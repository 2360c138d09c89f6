//! `waivers.d`: files of waivers beside the configuration, each with owners of its own.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};

use super::contents::LARGEST;
use crate::{bounded, failure::Failure};

/// The folder's name.
pub(crate) const FOLDER: &str = "waivers.d";

/// How many files it may hold.
const MOST: usize = 1000;

/// The files of waivers beside a configuration, in the order of their names; none without the folder.
///
/// # Errors
/// The folder is there and can't be read, or holds too many files.
pub(crate) fn beside(config: &Path) -> Result<Vec<PathBuf>, Failure> {
    let folder = config.parent().unwrap_or(Path::new("")).join(FOLDER);
    files(&folder)
        .with_context(|| format!("cannot read the waivers in {}", folder.display()))
        .map_err(|error| {
            Failure::usage(error).hint("make it a folder of YAML files, or use --no-config")
        })
}

fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound => return Ok(Vec::new()),
            io::ErrorKind::NotADirectory => return Err(anyhow!("it is no folder")),
            _ => return Err(error.into()),
        },
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && !hidden {
            files.push(path);
        }
        if files.len() > MOST {
            return Err(anyhow!("it holds more than {MOST} files"));
        }
    }
    files.sort();
    Ok(files)
}

/// Reads a file of waivers.
///
/// # Errors
/// It cannot be read, or is no regular file.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    bounded::regular(path, LARGEST)
        .and_then(bounded::text)
        .with_context(|| format!("cannot read the waivers in {}", path.display()))
        .map_err(|error| {
            Failure::usage(error).hint("take it out of the folder, or let kready read it")
        })
}
