//! Where formats of files show what is in no file: it is asked before anything is read.

use std::{env, path::Path};

use anyhow::anyhow;

use crate::{cli, failure::Failure, render::pipeline::Places};

/// The folders from which paths are counted, and the file for what is in no file.
///
/// # Errors
/// The file isn't there, or one is needed and none is named.
pub(super) fn places(options: &cli::Audit, config: Option<&str>) -> Result<Places, Failure> {
    let anchor = match &options.sarif_anchor {
        Some(file) if !file.is_file() => {
            return Err(Failure::usage(anyhow!(
                "--sarif-anchor {}: there is no such file",
                file.display()
            ))
            .hint("name a file of the repository that stands for the cluster, such as its kready.yaml"));
        }
        Some(file) => Some(file.display().to_string()),
        None => config.map(str::to_owned),
    };
    let here = env::current_dir().unwrap_or_default();
    let root = here
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(&here);
    let places = Places::of(root, &here, anchor);
    let input = &options.input;
    let of_files = |file: &std::path::PathBuf| file != Path::new("-");
    if input.inputs().next().is_none() || !input.inputs().all(of_files) {
        needed(options, &places)?;
    }
    Ok(places)
}

/// Makes sure that findings without a file have one where the format demands it.
///
/// # Errors
/// They don't.
pub(super) fn needed(options: &cli::Audit, places: &Places) -> Result<(), Failure> {
    let mut targets = options.output.iter();
    match targets.find(|target| target.format.needs_files()) {
        Some(target) if !places.has_anchor() => {
            let name = target.name();
            Err(Failure::usage(anyhow!(
                "{name} shows each finding in a file, and those of a cluster, a snapshot or standard input are in none"
            ))
            .hint("name a file of the repository that stands for it: --sarif-anchor FILE; a kready.yaml that is used stands for it as well"))
        }
        _ => Ok(()),
    }
}
