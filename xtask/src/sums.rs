//! SHA256SUMS, as `sha256sum` writes it.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};

/// The digests by the names of files.
pub(crate) fn read(sums: &str) -> anyhow::Result<BTreeMap<&str, &str>> {
    let mut digests = BTreeMap::new();
    for (number, line) in (1..).zip(sums.lines()) {
        let (digest, name) = line
            .split_once([' '])
            .with_context(|| format!("line {number} is no line of sha256sum"))?;
        ensure!(
            digest.len() == 64
                && digest
                    .bytes()
                    .all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')),
            "line {number} begins with no SHA-256 digest"
        );
        // A space or a star tells text from binary; a path is that of the folder it was made in.
        let name = name.trim_start_matches([' ', '*']).trim_start_matches("./");
        if digests.insert(name, digest).is_some() {
            bail!("{name} is there twice");
        }
    }
    Ok(digests)
}
