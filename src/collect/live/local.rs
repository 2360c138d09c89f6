//! Reads the kubeconfig and the files that it names, none of them without a bound.

use std::path::{MAIN_SEPARATOR, Path};

use kube::config::{Kubeconfig, KubeconfigError};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use super::pem;

use crate::bounded::{self, MIB};

/// Thousands of clusters have room in it.
const KUBECONFIG: u64 = 16 * MIB;

/// Every public authority together takes a quarter of one.
const CERTIFICATES: u64 = 4 * MIB;

const TOKEN: u64 = MIB;

/// Reads a kubeconfig; the paths in it are relative to its folder.
pub(super) fn kubeconfig(path: &Path) -> Result<Kubeconfig, KubeconfigError> {
    let text = bounded::named(path, KUBECONFIG)
        .and_then(decoded)
        .map_err(|error| KubeconfigError::ReadConfig(error, path.to_owned()))?;
    let mut kubeconfig = Kubeconfig::from_yaml(&text)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let clusters = kubeconfig.clusters.iter_mut();
    for cluster in clusters.filter_map(|named| named.cluster.as_mut()) {
        place(folder, &mut cluster.certificate_authority);
    }
    let users = kubeconfig.auth_infos.iter_mut();
    for user in users.filter_map(|named| named.auth_info.as_mut()) {
        place(folder, &mut user.client_certificate);
        place(folder, &mut user.client_key);
        place(folder, &mut user.token_file);
        // A bare name is looked for on the PATH.
        if let Some(exec) = &mut user.exec
            && let Some(command) = &exec.command
            && command.contains(MAIN_SEPARATOR)
        {
            place(folder, &mut exec.command);
        }
    }
    Ok(kubeconfig)
}

/// What a token file holds.
pub(super) fn token(file: &Path) -> std::io::Result<String> {
    bounded::regular(file, TOKEN).and_then(bounded::text)
}

/// What a file of certificates holds.
pub(super) fn certificates(file: &Path) -> std::io::Result<Vec<u8>> {
    bounded::regular(file, CERTIFICATES)
}

/// The certificates in a text; none if there is none that can be read.
pub(super) fn authorities(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let all: Vec<Vec<u8>> = pem::blocks(text)
        .into_iter()
        .filter(|block| block.label == "CERTIFICATE" && !block.has_headers)
        .map(|block| block.der)
        .filter(|der| X509Certificate::from_der(der).is_ok())
        .collect();
    (!all.is_empty()).then_some(all)
}

fn place(folder: &Path, path: &mut Option<String>) {
    let relative = path
        .as_deref()
        .filter(|path| !path.is_empty() && Path::new(path).is_relative());
    if let Some(whole) = relative.and_then(|path| folder.join(path).to_str().map(str::to_owned)) {
        *path = Some(whole);
    }
}

/// The text of a kubeconfig; some shells of Windows write UTF-16.
fn decoded(bytes: Vec<u8>) -> std::io::Result<String> {
    let wide = |read: fn([u8; 2]) -> u16| {
        let words: Vec<u16> = bytes[2..]
            .chunks_exact(2)
            .map(|pair| read([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&words).map_err(|_| {
            std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-16 text")
        })
    };
    match bytes.as_slice() {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => bounded::text(rest.to_vec()),
        _ => bounded::text(bytes),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn paths_are_relative_to_the_kubeconfig() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(
            &path,
            "clusters: [{name: c, cluster: {server: 'https://one:1', certificate-authority: ca.pem, certificate-authority-data: ''}}]\n\
             users: [{name: u, user: {client-certificate: c.pem, client-key: k.pem, tokenFile: t, exec: {command: bin/login}}}]\n",
        )
        .unwrap();
        fs::write(folder.path().join("ca.pem"), "authority").unwrap();
        fs::write(folder.path().join("c.pem"), "certificate").unwrap();
        let mut read = kubeconfig(&path).unwrap();
        let cluster = read.clusters[0].cluster.as_mut().unwrap();
        let user = read.auth_infos[0].auth_info.as_mut().unwrap();
        let within = |name: &str| Some(folder.path().join(name).display().to_string());
        assert_eq!(user.token_file, within("t"));
        assert_eq!(user.exec.as_ref().unwrap().command, within("bin/login"));
        assert_eq!(user.client_certificate, within("c.pem"));
        assert_eq!(user.client_key, within("k.pem"));
        assert_eq!(cluster.certificate_authority, within("ca.pem"));
    }

    #[test]
    fn a_kubeconfig_may_begin_with_a_mark_of_its_encoding() {
        let text = "current-context: a\n";
        let wide: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decoded(wide).unwrap(), text);
        assert_eq!(decoded(format!("\u{feff}{text}").into()).unwrap(), text);
        assert!(decoded(vec![0xff, 0xfe, 0x00, 0xd8]).is_err());
    }
}
