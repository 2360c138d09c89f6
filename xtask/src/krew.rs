//! The manifest by which krew, the package manager of kubectl's plugins, installs a release: a template and its checksums.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;

use crate::sums;

/// In the form that krew-release-bot fills in, too: it proposes new versions to krew's index.
const TEMPLATE: &str = include_str!("../../deploy/krew/template.yaml");

/// The manifest of this version; `sums` is what `sha256sum` wrote of its archives.
pub(crate) fn manifest(sums: &Path) -> anyhow::Result<String> {
    let file = sums.display();
    let text = fs::read_to_string(sums).with_context(|| format!("cannot read {file}"))?;
    filled(
        env!("CARGO_PKG_VERSION"),
        &sums::read(&text).with_context(|| format!("cannot read {file}"))?,
    )
}

fn filled(version: &str, digests: &BTreeMap<&str, &str>) -> anyhow::Result<String> {
    let tag = format!("v{version}");
    let mut manifest = String::new();
    for line in TEMPLATE.lines() {
        let line = line
            .replace("{{ .TagName }}", &tag)
            .replace("{{ .Version }}", version);
        let Some((indent, rest)) = line.split_once("{{ addURIAndSha \"") else {
            manifest.push_str(&line);
            manifest.push('\n');
            continue;
        };
        let (uri, _) = rest
            .split_once('"')
            .context("the template has an address without an end")?;
        let name = uri.rsplit('/').next().unwrap_or_default();
        let digest = digests.get(name).with_context(|| {
            format!("there is no checksum of {name}: build all archives of {tag} first")
        })?;
        let lines = format!("{indent}uri: {uri}\n{indent}sha256: {digest}\n");
        manifest.push_str(&lines);
    }
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIPLES: [&str; 5] = [
        "x86_64-unknown-linux-musl.tar.gz",
        "aarch64-unknown-linux-musl.tar.gz",
        "x86_64-apple-darwin.tar.gz",
        "aarch64-apple-darwin.tar.gz",
        "x86_64-pc-windows-msvc.zip",
    ];

    fn sums(marker: &str) -> String {
        let line = |(number, triple): (usize, &&str)| {
            format!("{number:064x} {marker}kready-1.2.3-{triple}\n")
        };
        let other = format!("{:064x}  kready-1.2.3.cdx.json\n", 77);
        TRIPLES
            .iter()
            .enumerate()
            .map(line)
            .chain([other])
            .collect()
    }

    #[test]
    fn every_archive_has_its_address_and_its_digest() {
        for marker in [" ", "*", " ./"] {
            let sums = sums(marker);
            let manifest = filled("1.2.3", &sums::read(&sums).unwrap()).unwrap();
            assert!(!manifest.contains("{{"), "{manifest}");
            assert!(manifest.contains("  version: \"v1.2.3\"\n"), "{manifest}");
            for (number, triple) in TRIPLES.iter().enumerate() {
                let lines = format!(
                    "    uri: https://github.com/kready/kready/releases/download/v1.2.3/kready-1.2.3-{triple}\n    sha256: {number:064x}\n"
                );
                assert!(manifest.contains(&lines), "{lines}{manifest}");
            }
        }
    }

    #[test]
    fn what_is_no_sum_or_missing_is_named() {
        let whole = sums(" ");
        for (sums, says) in [
            (
                whole.replace("x86_64-pc-windows-msvc", "sparc"),
                "kready-1.2.3-x86_64-pc-windows-msvc.zip",
            ),
            (whole.replace("000000000001 ", "00000000000g "), "line 2"),
            (format!("{whole}nothing\n"), "line 7 is no line"),
            (whole.clone() + &whole, "is there twice"),
        ] {
            let result = sums::read(&sums).and_then(|digests| filled("1.2.3", &digests));
            let error = format!("{:#}", result.unwrap_err());
            assert!(error.contains(says), "{says}: {error}");
        }
    }

    #[test]
    fn its_lines_are_as_short_as_krew_asks_for() {
        let told = TEMPLATE.split("  platforms:").next().unwrap();
        for line in told.lines() {
            assert!(line.len() <= 84, "{line}");
        }
        let short = told
            .lines()
            .find_map(|line| line.strip_prefix("  shortDescription: "));
        assert!(short.unwrap().len() <= 50, "{short:?}");
    }
}
