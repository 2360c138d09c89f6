//! What a Debian package has to say of itself: its copyright and its changelog.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use anyhow::{Context, ensure};

use crate::date;

/// The manifest, which names the maintainer.
const MANIFEST: &str = include_str!("../../Cargo.toml");

/// Writes `copyright` and `changelog.Debian`, by the notices that `cargo xtask notices` has written.
///
/// # Errors
/// The notices are missing, `SOURCE_DATE_EPOCH` isn't set, or the folder can't be written.
pub(crate) fn write(notices: &Path, folder: &Path) -> anyhow::Result<()> {
    let crates = notices.join("crates.txt");
    let crates =
        fs::read_to_string(&crates).with_context(|| format!("reading {}", crates.display()))?;
    let time =
        date::of_source()?.context("SOURCE_DATE_EPOCH isn't set, which dates the package")?;
    let date = time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    for (name, text) in [
        (
            "copyright",
            copyright(&crates, &time.strftime("%Y").to_string())?,
        ),
        ("changelog.Debian", changelog(&date)?),
    ] {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

fn changelog(date: &str) -> anyhow::Result<String> {
    let maintainer = MANIFEST
        .lines()
        .find_map(|line| line.strip_prefix("maintainer = \"")?.strip_suffix('"'))
        .context("Cargo.toml names no maintainer")?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(format!(
        "kready ({version}-1) unstable; urgency=medium\n\n  * Release {version}: what is new stands in changelog.gz.\n\n \
         -- {maintainer}  {date}\n"
    ))
}

/// The copyright in Debian's format, version 1.0.
///
/// The crates are grouped by licence. Their texts aren't repeated: the notices beside the file hold all of them.
fn copyright(notices: &str, year: &str) -> anyhow::Result<String> {
    let mut crates: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut licenses: BTreeSet<String> = ["Apache-2.0", "Apache-2.0 with LLVM exception", "MIT"]
        .map(str::to_owned)
        .into();
    let list = notices.lines().take_while(|line| !line.starts_with("===="));
    for line in list.filter(|line| !line.starts_with(' ')) {
        let Some((name, rest)) = line.split_once(": ") else {
            continue;
        };
        // The address behind the licence.
        let Some((license, _)) = rest.rsplit_once(", ") else {
            continue;
        };
        licenses.extend(names(license));
        let name = name.replace(' ', "-");
        crates.entry(expression(license)).or_default().push(name);
    }
    ensure!(!crates.is_empty(), "the notices name no crate");

    let mut text = format!(
        "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: kready
Source: https://github.com/kready/kready
Comment: The program is linked statically: it contains the crates that are
 listed here, the standard library of Rust, and libraries of C. The texts of
 their licences, in their authors' words, are in /usr/share/doc/kready.

Files: *
Copyright: {year} the authors of kready
License: Apache-2.0

Files: musl/*
Copyright: 2005-2020 Rich Felker and others
License: MIT

Files: libunwind/*
Copyright: 2003-2019 the contributors of libunwind
License: Apache-2.0 with LLVM exception

Files: rust/*
Copyright: the Rust Project Developers
License: MIT or Apache-2.0
"
    );
    for (license, crates) in crates {
        text += "\nFiles:";
        for name in crates {
            writeln!(text, " crates/{name}/*")?;
        }
        writeln!(
            text,
            "Copyright: the authors that crates.txt.gz names\nLicense: {license}"
        )?;
    }
    for license in licenses {
        let body = match license.as_str() {
            "Apache-2.0" => {
                " On Debian systems its text is in /usr/share/common-licenses/Apache-2.0.\n"
            }
            "MIT" => MIT,
            OWN => " The text is that of the crate, in /usr/share/doc/kready/crates.txt.gz.\n",
            _ => " Its texts are in /usr/share/doc/kready.\n",
        };
        write!(text, "\nLicense: {license}\n{body}")?;
    }
    Ok(text)
}

/// The licence of a crate that names none, but brings its text.
const OWN: &str = "own-text";

const MIT: &str = "\
\x20Permission is hereby granted, free of charge, to any person obtaining a copy
 of this software and associated documentation files (the \"Software\"), to deal
 in the Software without restriction, including without limitation the rights
 to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 copies of the Software, and to permit persons to whom the Software is
 furnished to do so, subject to the following conditions:
 .
 The above copyright notice and this permission notice shall be included in
 all copies or substantial portions of the Software.
 .
 THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
 SOFTWARE.
";

/// An SPDX expression as Debian writes it: `(A OR B) AND C` is `A or B, and C`.
fn expression(spdx: &str) -> String {
    if spdx.is_empty() {
        return OWN.to_owned();
    }
    let spdx = spdx.replace('/', " OR ");
    let parts: Vec<String> = at_top(&spdx, " AND ")
        .into_iter()
        .map(|part| {
            let part = part
                .strip_prefix('(')
                .and_then(|part| part.strip_suffix(')'))
                .unwrap_or(part);
            part.replace(" OR ", " or ")
                .replace(" AND ", " and ")
                .replace(" WITH LLVM-exception", " with LLVM exception")
        })
        .collect();
    let mut seen = BTreeSet::new();
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|part| seen.insert(part.clone()))
        .collect();
    let is_choice = parts.iter().any(|part| part.contains(" or "));
    parts.join(if is_choice { ", and " } else { " and " })
}

/// The parts between which a word stands outside of parentheses.
fn at_top<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(word) {
        let before = &text[..at];
        if before.matches('(').count() == before.matches(')').count() {
            parts.push(&text[start..at]);
            start = at + word.len();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// The licences that an expression names.
fn names(spdx: &str) -> Vec<String> {
    expression(spdx)
        .replace(", and ", " and ")
        .replace(" and ", " or ")
        .split(" or ")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_those_of_debian() {
        for (spdx, debian) in [
            ("MIT", "MIT"),
            ("", "own-text"),
            ("Unlicense/MIT", "Unlicense or MIT"),
            ("MIT OR Apache-2.0", "MIT or Apache-2.0"),
            (
                "(MIT OR Apache-2.0) AND Unicode-3.0",
                "MIT or Apache-2.0, and Unicode-3.0",
            ),
            (
                "ISC AND (Apache-2.0 OR ISC) AND ISC",
                "ISC, and Apache-2.0 or ISC",
            ),
            (
                "Apache-2.0 WITH LLVM-exception OR MIT",
                "Apache-2.0 with LLVM exception or MIT",
            ),
        ] {
            assert_eq!(expression(spdx), debian);
        }
        assert_eq!(names("(MIT OR Zlib) AND ISC"), ["MIT", "Zlib", "ISC"]);
    }

    #[test]
    fn crates_are_grouped_by_licence() {
        let notices = "\
kready contains code of these crates. Each line names a crate.

anyhow 1.0.1: MIT OR Apache-2.0, https://example.com/anyhow
    comes without a text; the Apache License 2.0 is in LICENSE
bytes 1.2.3: MIT, https://example.com/bytes
serde 1.0.2: MIT OR Apache-2.0, https://example.com/serde

====
bytes 1.2.3: LICENSE
";
        let text = copyright(notices, "2026").unwrap();
        for part in [
            "Files: *\nCopyright: 2026 ",
            "Files: crates/bytes-1.2.3/*\nCopyright",
            "Files: crates/anyhow-1.0.1/*\n crates/serde-1.0.2/*\nCopyright: the authors that crates.txt.gz names\nLicense: MIT or Apache-2.0\n",
            "\n\nLicense: MIT\n Permission is",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(copyright("", "2026").is_err());
    }

    #[test]
    fn the_changelog_names_the_version_and_the_maintainer() {
        let text = changelog("Tue, 01 Dec 2026 00:00:00 +0000").unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert!(
            text.starts_with(&format!("kready ({version}-1) unstable;")),
            "{text}"
        );
        let end = text.lines().last().unwrap();
        assert!(
            end.starts_with(" -- ") && end.ends_with(">  Tue, 01 Dec 2026 00:00:00 +0000"),
            "{text}"
        );
    }
}
