//! The site as mdBook built it: what a page says of itself, where it is edited, and whether every link leads somewhere.

mod links;

use std::{ffi::OsStr, fmt::Write as _, fs, path::Path};

use anyhow::{Context, ensure};

use crate::docs::{files, name_in, repository, source_of_check};

/// The address of the site.
const SITE: &str = "https://kready.dev/";
/// Where a file of the repository is edited.
const EDIT: &str = "https://github.com/kready/kready/edit/main/";

/// Finishes the pages and checks their links.
pub(crate) fn finish(folder: &Path) -> anyhow::Result<()> {
    let mut pages = 0;
    let mut addresses = String::new();
    for path in files(folder)? {
        if path.extension() != Some(OsStr::new("html")) {
            continue;
        }
        let name = name_in(&path, folder)?;
        let html = fs::read_to_string(&path).with_context(|| format!("reading {name}"))?;
        // The report of the demo, redirects and the table of contents aren't pages of the book.
        if !html.contains("<!-- Book generated using mdBook -->") {
            continue;
        }
        pages += 1;
        let finished = finished(&html, &name);
        if finished != html {
            fs::write(&path, finished).with_context(|| format!("writing {name}"))?;
        }
        if !matches!(name.as_str(), "404.html" | "toc.html") {
            let address = name.strip_suffix("index.html").unwrap_or(&name);
            let _ = writeln!(addresses, "<url><loc>{SITE}{address}</loc></url>");
        }
    }
    ensure!(
        pages > 0,
        "{} holds no page: mdbook builds it first",
        folder.display()
    );
    let sitemap = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{addresses}</urlset>\n"
    );
    fs::write(folder.join("sitemap.xml"), sitemap).context("writing sitemap.xml")?;
    let robots = format!("User-agent: *\nAllow: /\nSitemap: {SITE}sitemap.xml\n");
    fs::write(folder.join("robots.txt"), robots).context("writing robots.txt")?;
    let inside = links::check(folder)?;
    let outside = links::check_repository(&repository())?;
    #[expect(clippy::print_stdout, reason = "it says what was checked")]
    {
        println!(
            "{pages} pages; no dead link among {inside} of the site and {outside} of the repository"
        );
    }
    Ok(())
}

/// A page with a title and a description of its own, and a link to where it is edited.
fn finished(html: &str, name: &str) -> String {
    let (_, main) = html.split_once("<main>").unwrap_or_default();
    let mut page = html.to_owned();
    if let Some((_, title)) = between(main, "<h1", "</h1>").and_then(|it| it.split_once('>')) {
        let title = match name {
            "index.html" => "kready: is this Kubernetes cluster ready for production?".to_owned(),
            _ => format!("{} - kready", plain(title)),
        };
        page = replaced(&page, "<title>", "</title>", &title);
    }
    let mut paragraphs = main
        .split("<p>")
        .skip(1)
        .filter_map(|part| part.split_once("</p>"))
        .map(|(paragraph, _)| plain(paragraph));
    if let Some(first) = paragraphs.find(|paragraph| paragraph.len() > 20) {
        let before = "<meta name=\"description\" content=\"";
        page = replaced(&page, before, "\">", &short(&first, 200));
    }
    let markdown = name.replace(".html", ".md");
    match source_of(&markdown) {
        Some(source) => page.replace(
            &format!("{EDIT}docs/src/{markdown}"),
            &format!("{EDIT}{source}"),
        ),
        None => without_edit(&page),
    }
}

/// Where a page is written by hand; none of what is generated as a whole.
fn source_of(markdown: &str) -> Option<String> {
    let by_hand = format!("docs/src/{markdown}");
    if repository().join(&by_hand).is_file() {
        return Some(by_hand);
    }
    let check = markdown.strip_prefix("checks/")?.strip_suffix(".md")?;
    source_of_check(check)
}

fn without_edit(html: &str) -> String {
    let Some(at) = html.find(&format!("<a href=\"{EDIT}")) else {
        return html.to_owned();
    };
    let end = html[at..]
        .find("</a>")
        .map_or(at, |end| at + end + "</a>".len());
    format!("{}{}", &html[..at], &html[end..])
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn replaced(text: &str, before: &str, after: &str, by: &str) -> String {
    let Some((head, rest)) = text.split_once(before) else {
        return text.to_owned();
    };
    match rest.split_once(after) {
        Some((_, tail)) => format!("{head}{before}{by}{after}{tail}"),
        None => text.to_owned(),
    }
}

/// A piece of HTML without its tags, in one line. Entities stay as they are.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            letter if !in_tag => text.push(letter),
            _ => {}
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace('"', "&quot;")
}

/// A text cut at a word.
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(cut, _)| cut);
    format!("{} …", cut.trim_end_matches([',', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gets_its_own_title_description_and_source() {
        let html = format!(
            "<title>pdb-missing - kready</title><meta name=\"description\" content=\"All.\"><a href=\"{EDIT}docs/src/checks/pdb-missing.md\" title=\"Suggest an edit\"><i></i></a>\
             <main><h1 id=\"x\"><a class=\"header\" href=\"#x\">pdb-missing: a workload</a></h1><p>A <code>workload</code> runs several replicas.</p></main>"
        );
        let page = finished(&html, "checks/pdb-missing.html");
        for part in [
            "<title>pdb-missing: a workload - kready</title>",
            "content=\"A workload runs several replicas.\"",
            "/edit/main/checks/high_availability/pdb_missing.md\"",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let html = html.replace("checks/pdb-missing.md", "standards/cis.md");
        let page = finished(&html, "standards/cis.html");
        assert!(!page.contains("Suggest an edit"), "{page}");
    }

    #[test]
    fn what_is_long_is_cut_at_a_word() {
        assert_eq!(short("one two, three", 9), "one two …");
        assert_eq!(short("one", 9), "one");
    }
}
