//! The sources of the documentation site: what is written by hand in `docs/src`, and what the registry, the command line
//! and the files of the repository say.

mod checks;
mod known;
mod markdown;
mod reference;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};

pub(crate) use checks::source_of as source_of_check;
pub(crate) use markdown::links as links_of;

/// Pages and files by their path below `src`.
type Pages = BTreeMap<String, String>;

/// The folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Writes a book: its settings, its theme, and all pages.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        ensure!(
            folder.join("book.toml").exists() || fs::read_dir(folder)?.next().is_none(),
            "{} holds something else than a book: name a folder that is empty or missing",
            folder.display()
        );
        fs::remove_dir_all(folder).with_context(|| format!("clearing {}", folder.display()))?;
    }
    let by_hand = repository().join("docs");
    copy(&by_hand.join("theme"), &folder.join("theme"))?;
    copy(&by_hand.join("src"), &folder.join("src"))?;
    copy(&by_hand.join("images"), &folder.join("src/images"))?;
    let settings = text(&by_hand.join("book.toml"))?;
    let redirects = checks::redirects(kready_checks::builtin());
    put(&folder.join("book.toml"), &format!("{settings}{redirects}"))?;

    let mut pages = Pages::new();
    checks::add(&mut pages)?;
    reference::add(&mut pages)?;
    known::add(&mut pages);
    for (path, page) in &pages {
        let place = folder.join("src").join(path);
        ensure!(
            !place.exists(),
            "{path} is generated, and is written by hand in docs/src too"
        );
        put(&place, page)?;
    }
    fill_in(&folder.join("src"))?;
    summarise(&folder.join("src"), &pages)
}

/// Puts what is generated in place of `{{NAME}}` in pages that are written by hand.
fn fill_in(pages: &Path) -> anyhow::Result<()> {
    let parts = reference::parts()?;
    for path in files(pages)? {
        if path.extension() != Some(OsStr::new("md")) {
            continue;
        }
        let page = text(&path)?;
        let mut filled = page.clone();
        for (name, part) in &parts {
            filled = filled.replace(&format!("{{{{{name}}}}}"), part.trim_end());
        }
        if filled != page {
            put(&path, &filled)?;
        }
    }
    Ok(())
}

/// Writes the table of contents, and holds it against the pages.
fn summarise(pages: &Path, generated: &Pages) -> anyhow::Result<()> {
    let path = pages.join("SUMMARY.md");
    let mut summary = text(&path)?;
    for (name, list) in [
        ("checks", checks::contents()),
        ("standards", reference::standards_contents(generated)),
        ("commands", reference::commands_contents()),
    ] {
        let place = format!("<!-- {name} -->\n");
        ensure!(
            summary.contains(&place),
            "docs/src/SUMMARY.md lacks {place}"
        );
        summary = summary.replace(&place, &list);
    }
    put(&path, &summary)?;
    let listed: BTreeSet<String> = markdown::links(&summary).into_iter().collect();
    let mut there = BTreeSet::new();
    for path in files(pages)? {
        let name = name_in(&path, pages)?;
        if path.extension() == Some(OsStr::new("md")) && name != "SUMMARY.md" {
            there.insert(name);
        }
    }
    let odd: Vec<&String> = listed.symmetric_difference(&there).collect();
    if !odd.is_empty() {
        bail!("the table of contents and the pages differ: {odd:?}");
    }
    Ok(())
}

/// What kready prints.
fn kready(arguments: &[&str]) -> anyhow::Result<String> {
    let program = std::env::current_exe().context("finding this program")?;
    let output = Command::new(program)
        .arg("kready")
        .args(arguments)
        .env_remove("KUBECONFIG")
        .output()
        .context("running kready")?;
    // A demo that isn't ready is no failure.
    ensure!(
        matches!(output.status.code(), Some(0 | 1)),
        "kready {} ended with {}: {}",
        arguments.join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).context("reading what kready prints")
}

fn text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for path in files(from)? {
        let place = to.join(path.strip_prefix(from)?);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        fs::copy(&path, &place).with_context(|| format!("copying {}", path.display()))?;
    }
    Ok(())
}

/// The path of a file below a folder, with `/` everywhere.
pub(crate) fn name_in(path: &Path, folder: &Path) -> anyhow::Result<String> {
    let name = path.strip_prefix(folder)?.to_string_lossy();
    Ok(name.replace('\\', "/"))
}

/// All files below a folder, in order.
pub(crate) fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
