//! The notices of third parties: under which licences the parts of the program were given, in their authors' words.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use serde_json::Value;

/// Writes `crates.txt`, of what is linked from crates, and `rust-standard-library.html`, which the toolchain brings along.
pub(crate) fn write(target: &str, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let crates = linked(target)?;
    let path = folder.join("crates.txt");
    fs::write(&path, text(&crates)?).with_context(|| format!("writing {}", path.display()))?;

    let sysroot = said(Command::new("rustc").args(["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("share/doc/rust/COPYRIGHT-library.html");
    let path = folder.join("rust-standard-library.html");
    fs::copy(&library, &path).with_context(|| format!("copying {}", library.display()))?;
    Ok(())
}

/// A crate of which code is in the program.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Linked {
    name: String,
    version: String,
    license: String,
    repository: String,
    folder: PathBuf,
}

fn linked(target: &str) -> anyhow::Result<BTreeSet<Linked>> {
    // What only a build script or a test uses isn't in the program.
    let tree = said(cargo().args([
        "tree",
        "--locked",
        "--package=kready",
        "--edges=normal",
        "--prefix=none",
        "--format={p}",
        "--target",
        target,
    ]))?;
    let names: BTreeSet<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?.strip_prefix('v')?))
        })
        .collect();

    let metadata = said(cargo().args(["metadata", "--locked", "--format-version=1"]))?;
    let metadata: Value = serde_json::from_str(&metadata).context("reading cargo's metadata")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let found: BTreeSet<Linked> = packages
        .filter_map(|package| {
            let word = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
            let manifest = PathBuf::from(word("manifest_path"));
            // The project's own have no source.
            let is_theirs = !package["source"].is_null();
            let linked = Linked {
                name: word("name"),
                version: word("version"),
                license: word("license"),
                repository: word("repository"),
                folder: manifest.parent()?.to_owned(),
            };
            (is_theirs && names.contains(&(&linked.name, &linked.version))).then_some(linked)
        })
        .collect();
    ensure!(!found.is_empty(), "cargo tree names no crate of kready");
    Ok(found)
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn text(crates: &BTreeSet<Linked>) -> anyhow::Result<String> {
    let mut text = String::from(
        "kready contains code of these crates. Each line names a crate, its version, its licence and where its source is;\n\
         below are the texts that the crates come with, each once.\n\n",
    );
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in crates {
        let name = format!("{} {}", one.name, one.version);
        writeln!(text, "{name}: {}, {}", one.license, one.repository)?;
        let files = notices(&one.folder)?;
        if files.is_empty() {
            ensure!(
                one.license.contains("Apache-2.0"),
                "{name} ({}) comes without its licence's text: add the text to xtask/src/notices.rs",
                one.license
            );
            writeln!(
                text,
                "    comes without a text; the Apache License 2.0 is in LICENSE"
            )?;
        }
        for file in files {
            let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let notice = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
            let at = file.strip_prefix(&one.folder).unwrap_or(&file);
            let at = at.to_string_lossy().replace('\\', "/");
            let sources = texts.entry(notice.trim().to_owned()).or_default();
            sources.insert(format!("{name}: {at}"));
        }
    }
    let mut texts: Vec<_> = texts.into_iter().collect();
    texts.sort_by(|(_, one), (_, other)| one.cmp(other));
    for (notice, sources) in texts {
        writeln!(text, "\n{}", "=".repeat(80))?;
        for source in sources {
            writeln!(text, "{source}")?;
        }
        writeln!(text, "{}\n\n{notice}", "=".repeat(80))?;
    }
    Ok(text)
}

/// The licences and notices in a crate's folder, and in those of the C libraries that it holds.
fn notices(folder: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() && is_notice(&name) {
                found.insert(entry.path());
            }
        }
    }
    Ok(found)
}

fn is_notice(name: &str) -> bool {
    const BEGINNINGS: [&str; 6] = [
        "license",
        "licence",
        "copying",
        "copyright",
        "notice",
        "unlicense",
    ];
    let is_code = Path::new(name).extension().is_some_and(|extension| {
        ["rs", "c", "h", "go", "py", "json", "toml"]
            .iter()
            .any(|code| extension == *code)
    });
    !is_code
        && BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning))
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command
        .output()
        .with_context(|| format!("running {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).with_context(|| format!("reading what {command:?} says"))
}
