//! Every link leads somewhere: within the site to a page and an anchor, in the repository to a file and a heading, and
//! elsewhere by https. Nothing is asked of the network.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::docs::{files, links_of, name_in};

/// Folders that hold no texts of the repository.
const PASSED_OVER: [&str; 4] = [".git", "target", "node_modules", "corpus"];

/// Checks a site and says how many links it has.
pub(super) fn check(site: &Path) -> anyhow::Result<usize> {
    let mut pages = BTreeMap::new();
    let mut there = BTreeSet::new();
    for path in files(site)? {
        let name = name_in(&path, site)?;
        if path.extension() == Some(OsStr::new("html")) {
            let html = fs::read_to_string(&path).with_context(|| format!("reading {name}"))?;
            pages.insert(name.clone(), html);
        }
        there.insert(name);
    }
    let anchors: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|(name, html)| (name.as_str(), values(html, "id").into_iter().collect()))
        .collect();
    let mut wrong = BTreeSet::new();
    let mut reached = BTreeSet::new();
    let mut number = 0;
    for (name, html) in &pages {
        // The frame that shows the table of contents without JavaScript is a part of each page.
        let from = if name == "toc.html" {
            "index.html"
        } else {
            name
        };
        for link in [values(html, "href"), values(html, "src")].concat() {
            number += 1;
            match target(from, link) {
                Target::Elsewhere => {}
                Target::Wrong(why) => {
                    wrong.insert(format!("{name}: {link}: {why}"));
                }
                Target::Here(path, anchor) => {
                    let known = anchors.get(path.as_str());
                    if !there.contains(&path) {
                        wrong.insert(format!("{name}: {link}: there is no {path}"));
                    } else if !anchor.is_empty() && known.is_some_and(|it| !it.contains(anchor)) {
                        wrong.insert(format!("{name}: {link}: {path} has no #{anchor}"));
                    }
                    reached.insert(path);
                }
            }
        }
    }
    for (name, html) in &pages {
        let is_entry = matches!(name.as_str(), "index.html" | "404.html" | "toc.html");
        let is_redirect = html.contains("http-equiv=\"refresh\"");
        if !is_entry && !is_redirect && !reached.contains(name) {
            wrong.insert(format!("{name}: no page leads to it"));
        }
    }
    told(wrong)?;
    Ok(number)
}

/// Checks the Markdown files of the repository and says how many links they have.
pub(super) fn check_repository(root: &Path) -> anyhow::Result<usize> {
    let mut texts = BTreeMap::new();
    for path in texts_of(root)? {
        let text =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        texts.insert(name_in(&path, root)?, text);
    }
    let mut wrong = BTreeSet::new();
    let mut number = 0;
    for (name, text) in &texts {
        // Those of the site lead to pages that are generated, too: they are checked once it is built.
        if name.starts_with("docs/src/") {
            continue;
        }
        for link in links_of(text) {
            number += 1;
            match target(name, &link) {
                Target::Elsewhere => {}
                Target::Wrong(why) => {
                    wrong.insert(format!("{name}: {link}: {why}"));
                }
                Target::Here(path, anchor) => {
                    let path = path.trim_end_matches("/index.html");
                    if !root.join(path).exists() {
                        wrong.insert(format!("{name}: {link}: there is no {path}"));
                    } else if let Some(text) = texts.get(path)
                        && !anchor.is_empty()
                        && !headings(text).contains(anchor)
                    {
                        wrong.insert(format!("{name}: {link}: {path} has no #{anchor}"));
                    }
                }
            }
        }
    }
    told(wrong)?;
    Ok(number)
}

fn told(wrong: BTreeSet<String>) -> anyhow::Result<()> {
    if wrong.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = wrong.into_iter().collect();
    bail!("{} links are dead:\n  {}", list.len(), list.join("\n  "))
}

fn texts_of(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if PASSED_OVER.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if path.is_dir() {
            found.extend(texts_of(&path)?);
        } else if path.extension() == Some(OsStr::new("md")) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
enum Target<'a> {
    Elsewhere,
    /// A file, and an anchor of it.
    Here(String, &'a str),
    Wrong(&'static str),
}

fn target<'a>(page: &str, link: &'a str) -> Target<'a> {
    if let Some((scheme, rest)) = link.split_once(':')
        && !scheme.contains(['/', '#', '.'])
    {
        let is_address = rest.len() > 2 && rest.starts_with("//") && !rest.contains([' ', '<']);
        return match scheme {
            "https" if !is_address => Target::Wrong("it is no address"),
            "https" | "data" => Target::Elsewhere,
            _ => Target::Wrong("only https leads out of here"),
        };
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() {
        return Target::Here(page.to_owned(), anchor);
    }
    let mut parts: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        parts.extend(page.split('/'));
        parts.pop();
    }
    for part in path.split('/') {
        match part {
            ".." if parts.pop().is_none() => return Target::Wrong("it leads out of the folder"),
            "" | "." | ".." => {}
            part => parts.push(part),
        }
    }
    if path.ends_with('/') || parts.is_empty() {
        parts.push("index.html");
    }
    Target::Here(parts.join("/"), anchor)
}

/// The values of an attribute, in every tag; scripts build tags of their own, which don't count.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let pattern = format!(" {attribute}=\"");
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        let (tag, after) = rest.split_at(end);
        if let Some((_, value)) = tag.split_once(pattern.as_str()) {
            found.extend(value.split_once('"').map(|(value, _)| value));
        }
        rest = after;
        if tag.starts_with("<script") {
            let end = rest.find("</script>").unwrap_or(rest.len());
            rest = &rest[end..];
        }
    }
    found
}

/// The anchors of a Markdown file's headings, as GitHub makes them.
fn headings(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut times = BTreeMap::new();
    let mut in_code = false;
    for line in text.lines() {
        in_code ^= line.trim_start().starts_with("```");
        let title = line.trim_start_matches('#');
        if in_code || title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor: String = title
            .trim()
            .to_lowercase()
            .chars()
            .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
            .map(|letter| if letter == ' ' { '-' } else { letter })
            .collect();
        let twins = times.entry(anchor.clone()).or_insert(0_usize);
        found.insert(match *twins {
            0 => anchor,
            number => format!("{anchor}-{number}"),
        });
        *twins += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_files_and_anchors() {
        let here = |path: &str, anchor| Target::Here(path.to_owned(), anchor);
        for (page, link, expected) in [
            (
                "checks/a.html",
                "../standards/cis.html#c-1",
                here("standards/cis.html", "c-1"),
            ),
            ("checks/a.html", "#b", here("checks/a.html", "b")),
            ("a.html", "/schemas/x.json", here("schemas/x.json", "")),
            ("checks/a.html", "../", here("index.html", "")),
            ("a.html", "https://kready.dev/", Target::Elsewhere),
            (
                "a.html",
                "../b.html",
                Target::Wrong("it leads out of the folder"),
            ),
        ] {
            assert_eq!(target(page, link), expected, "{link}");
        }
        for link in ["http://kready.dev/", "https:kready", "javascript:void"] {
            assert!(matches!(target("a.html", link), Target::Wrong(_)), "{link}");
        }
    }

    #[test]
    fn what_scripts_write_is_no_link() {
        let html = "<a href=\"a.html\"><script src=\"b.js\"></script><script>x = '<a href=\"c.html\">'</script><a id=\"i\" href=\"d.html\">";
        assert_eq!(values(html, "href"), ["a.html", "d.html"]);
        assert_eq!(values(html, "src"), ["b.js"]);
    }

    #[test]
    fn headings_have_the_anchors_of_github() {
        let found =
            headings("# The `kready` file\n\n## A: b, c\n\n```sh\n# none\n```\n\n## A: b, c\n");
        let found: Vec<String> = found.into_iter().collect();
        assert_eq!(found, ["a-b-c", "a-b-c-1", "the-kready-file"]);
    }

    #[test]
    fn the_texts_of_the_repository_have_no_dead_link() {
        let links = check_repository(&crate::docs::repository()).unwrap();
        assert!(links > 30, "{links}");
    }
}
