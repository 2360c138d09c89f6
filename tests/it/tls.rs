//! Certificate authorities and server certificates for the fake API server.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// What a server certificate looks like to a client of `https://127.0.0.1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// Signed by the authority that the kubeconfig names, for this address, valid for decades.
    #[default]
    Good,
    /// The same, seen from the tests' Now: ten days are left. (The machine's clock must not have passed them.)
    Until(i32, u8, u8),
    /// Expired for years.
    Expired,
    /// For another host.
    Foreign,
    /// Signed by an authority that nobody knows.
    Unknown,
}

/// A certificate authority.
pub(crate) struct Authority {
    /// Its certificate, as a kubeconfig holds it.
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2090, 1, 1);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            pem,
            issuer: Issuer::new(params, key),
        }
    }

    /// What a server that shows `certificate` is configured with.
    pub(crate) fn serve(&self, certificate: Certificate) -> ServerConfig {
        let host = if certificate == Certificate::Foreign {
            "api.elsewhere.example"
        } else {
            "127.0.0.1"
        };
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "kube-apiserver");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = match certificate {
            Certificate::Expired => date_time_ymd(2021, 3, 4),
            Certificate::Until(year, month, day) => date_time_ymd(year, month, day),
            _ => date_time_ymd(2090, 1, 1),
        };
        let key = KeyPair::generate().unwrap();
        let stranger;
        let issuer = if certificate == Certificate::Unknown {
            stranger = Self::new("stranger");
            &stranger.issuer
        } else {
            &self.issuer
        };
        let signed = params.signed_by(&key, issuer).unwrap();
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![signed.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap()
    }
}
