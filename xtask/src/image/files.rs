//! What lies in the image.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context;
use base64::{Engine, prelude::BASE64_STANDARD};

/// Who runs the program: the user "nonroot" of most images without a shell.
pub(super) const USER: u64 = 65532;
pub(super) const WORKING_DIRECTORY: &str = "work";

const LICENSE: &str = include_str!("../../../LICENSE");
/// The terms of the list of certificate authorities, which have to go with it.
const TERMS: &str = include_str!("certificate-authorities.license.txt");

/// A file or, without content, a folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) mode: u32,
    pub(super) owner: u64,
    pub(super) content: Option<Vec<u8>>,
}

/// All files and folders, each folder before what is in it.
pub(super) fn entries(program: Vec<u8>, notices: Option<&Path>) -> anyhow::Result<Vec<Entry>> {
    let mut files = BTreeMap::from([
        ("etc/passwd".to_owned(), users().into_bytes()),
        ("etc/group".to_owned(), groups().into_bytes()),
        (
            "etc/ssl/certs/ca-certificates.crt".to_owned(),
            certificate_authorities().into_bytes(),
        ),
    ]);
    let documents = "usr/share/doc/kready";
    if let Some(folder) = notices {
        add(&mut files, documents, folder)?;
    }
    files.insert(format!("{documents}/LICENSE"), LICENSE.into());
    files.insert(
        format!("{documents}/certificate-authorities.license.txt"),
        TERMS.into(),
    );

    let mut all = BTreeMap::from([
        ("kready".to_owned(), (0o755, 0, Some(program))),
        ("home".to_owned(), (0o755, 0, None)),
        ("home/nonroot".to_owned(), (0o755, USER, None)),
        ("tmp".to_owned(), (0o1777, 0, None)),
        (WORKING_DIRECTORY.to_owned(), (0o755, USER, None)),
    ]);
    for (path, content) in files {
        for (end, _) in path.match_indices('/') {
            all.insert(path[..end].to_owned(), (0o755, 0, None));
        }
        all.insert(path, (0o644, 0, Some(content)));
    }
    Ok(all
        .into_iter()
        .map(|(path, (mode, owner, content))| Entry {
            path,
            mode,
            owner,
            content,
        })
        .collect())
}

/// The files of a folder and of those within.
fn add(files: &mut BTreeMap<String, Vec<u8>>, at: &str, folder: &Path) -> anyhow::Result<()> {
    let reading = || format!("reading {}", folder.display());
    for entry in fs::read_dir(folder).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name
            .to_str()
            .with_context(|| format!("{} has no name in UTF-8", path.display()))?;
        let at = format!("{at}/{name}");
        if entry.file_type().with_context(reading)?.is_dir() {
            add(files, &at, &path)?;
        } else {
            let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            files.insert(at, content);
        }
    }
    Ok(())
}

fn users() -> String {
    format!(
        "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:{USER}:{USER}:nonroot:/home/nonroot:/sbin/nologin\n"
    )
}

fn groups() -> String {
    format!("root:x:0:\nnonroot:x:{USER}:\n")
}

/// The authorities that Mozilla trusts for servers, for clusters whose certificates are from one of them.
fn certificate_authorities() -> String {
    let mut text = String::from(
        "# The certificate authorities that Mozilla trusts for servers, from the Common CA Database (https://www.ccadb.org),\n\
         # as the crate webpki-root-certs has them. Terms: /usr/share/doc/kready/certificate-authorities.license.txt\n",
    );
    for authority in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = BASE64_STANDARD.encode(authority);
        for line in encoded.as_bytes().chunks(64) {
            text.extend(line.iter().copied().map(char::from));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}
