//! Reads the kubeconfig and the files that it names, none of them without a bound.

use std::path::{MAIN_SEPARATOR, Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kube::config::{AuthInfo, Cluster, Kubeconfig, KubeconfigError, LoadDataError};
use rustls::pki_types::{CertificateDer, pem::PemObject};

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

/// Puts what the files of a context hold in place of their names, so that nothing else reads them.
pub(super) fn inline(
    cluster: &mut Cluster,
    user: Option<&mut AuthInfo>,
) -> Result<(), KubeconfigError> {
    let authority = data(
        cluster.certificate_authority_data.as_deref(),
        cluster.certificate_authority.as_deref(),
    )
    .map_err(KubeconfigError::LoadCertificateAuthority)?;
    if authority.is_some() {
        cluster.certificate_authority_data = authority;
    }
    let Some(user) = user else {
        return Ok(());
    };
    let certificate = data(
        user.client_certificate_data.as_deref(),
        user.client_certificate.as_deref(),
    )
    .map_err(KubeconfigError::LoadClientCertificate)?;
    if certificate.is_some() {
        user.client_certificate_data = certificate;
    }
    // A key that stands in the kubeconfig is not looked at here.
    let given = user.client_key_data.as_ref().map(|_| "given");
    let key = data(given, user.client_key.as_deref()).map_err(KubeconfigError::LoadClientKey)?;
    if let Some(key) = key {
        user.client_key_data = Some(key.into());
    }
    Ok(())
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
pub(super) fn authorities(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all: Vec<Vec<u8>> = all.ok()?.iter().map(|der| der.to_vec()).collect();
    (!all.is_empty()).then_some(all)
}

/// What a file holds, where nothing stands in its place.
fn data(given: Option<&str>, file: Option<&str>) -> Result<Option<String>, LoadDataError> {
    let file = file.filter(|file| !file.is_empty());
    let (None, Some(file)) = (given.filter(|given| !given.is_empty()), file) else {
        return Ok(None);
    };
    let bytes = certificates(Path::new(file))
        .map_err(|error| LoadDataError::ReadFile(error, file.into()))?;
    Ok(Some(STANDARD.encode(bytes)))
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
            std::io::Error::new(std::io::ErrorKind::InvalidData, "it is no UTF-16 text")
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
    fn paths_are_relative_to_the_kubeconfig_and_its_files_are_put_in_place() {
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
        let missing = inline(cluster, Some(user)).unwrap_err();
        assert!(
            matches!(
                &missing,
                KubeconfigError::LoadClientKey(LoadDataError::ReadFile(_, file)) if file.ends_with("k.pem")
            ),
            "{missing:?}"
        );
        fs::write(folder.path().join("k.pem"), "key").unwrap();
        inline(cluster, Some(user)).unwrap();
        let expected = Some(STANDARD.encode("authority"));
        assert_eq!(cluster.certificate_authority_data, expected);
        let expected = Some(STANDARD.encode("certificate"));
        assert_eq!(user.client_certificate_data, expected);
        assert!(user.client_key_data.is_some());
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
