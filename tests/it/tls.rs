//! Certificate authorities and server certificates for the fake API server.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SignatureAlgorithm, date_time_ymd,
};
use rustls::{
    DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature_with_raw_key},
    pki_types::{
        CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, UnixTime,
        alg_id,
    },
    server::danger::{ClientCertVerified, ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use x509_parser::{
    asn1_rs::Any, certificate::X509Certificate, prelude::FromDer, public_key::PublicKey,
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

/// A certificate with its key.
#[derive(Clone)]
pub(crate) struct Identity {
    /// The certificate, then those of the authorities above it.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// PKCS #8.
    pub(crate) key: Vec<u8>,
}

/// A certificate authority.
pub(crate) struct Authority {
    /// Its certificate, as a kubeconfig holds it.
    pub(crate) pem: String,
    pub(crate) identity: Identity,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate for `https://127.0.0.1`, valid for decades.
pub(crate) fn usual() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "kube-apiserver");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    params
}

/// What an authority's certificate says.
pub(crate) fn authoritative(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        Self::of(authoritative(name), &PKCS_ECDSA_P256_SHA256)
    }

    /// One that signed itself.
    pub(crate) fn of(params: CertificateParams, algorithm: &'static SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self::with(params, certificate.der().clone(), key)
    }

    /// One that this one signed.
    pub(crate) fn below(&self, params: CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self::with(params, certificate.der().clone(), key)
    }

    fn with(params: CertificateParams, der: CertificateDer<'static>, key: KeyPair) -> Self {
        Self {
            pem: pem("CERTIFICATE", &der),
            identity: Identity {
                chain: vec![der],
                key: key.serialize_der(),
            },
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for its own key that it signed anew.
    pub(crate) fn renewed(&self, params: &CertificateParams) -> Identity {
        let certificate = params.self_signed(self.issuer.key()).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key: self.identity.key.clone(),
        }
    }

    /// A certificate that this authority signed.
    pub(crate) fn issue(
        &self,
        params: &CertificateParams,
        algorithm: &'static SignatureAlgorithm,
    ) -> Identity {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key: key.serialize_der(),
        }
    }

    /// What a server that shows `certificate` is configured with.
    pub(crate) fn serve(&self, certificate: Certificate) -> ServerConfig {
        let mut params = usual();
        match certificate {
            Certificate::Expired => params.not_after = date_time_ymd(2021, 3, 4),
            Certificate::Until(year, month, day) => {
                params.not_after = date_time_ymd(year, month, day);
            }
            Certificate::Foreign => {
                let name = "api.elsewhere.example".try_into().unwrap();
                params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
            }
            Certificate::Good | Certificate::Unknown => {}
        }
        let stranger;
        let issuer = if certificate == Certificate::Unknown {
            stranger = Self::new("stranger");
            &stranger
        } else {
            self
        };
        issuer.issue(&params, &PKCS_ECDSA_P256_SHA256).serve()
    }
}

/// How a certificate is changed after it was made; it is signed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The first version of X.509, which knows no extensions.
    FirstVersion,
    /// Signed by RSASSA-PSS with SHA-256.
    Pss,
    /// Says that it is signed with SHA-1.
    Sha1,
}

impl Identity {
    /// The same certificate, changed and signed again by `authority`.
    pub(crate) fn changed(mut self, change: Change, authority: &Self) -> Self {
        let leaf = self.chain.remove(0);
        let (tbs, algorithm) = {
            let (_, whole) = Any::from_der(&leaf).unwrap();
            let parts = values(whole.data);
            (parts[0].to_vec(), parts[1].to_vec())
        };
        let algorithm = match change {
            Change::FirstVersion => algorithm,
            Change::Pss => value(0x30, &[alg_id::RSA_PSS_SHA256.as_ref()]),
            // ecdsa-with-SHA1
            Change::Sha1 => value(0x30, &[&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]]),
        };
        let (_, body) = Any::from_der(&tbs).unwrap();
        let mut parts: Vec<&[u8]> = values(body.data);
        parts[2] = &algorithm;
        if change == Change::FirstVersion {
            // Without its version and its extensions.
            parts.retain(|part| !matches!(part[0], 0xa0 | 0xa3));
        }
        let tbs = value(0x30, &parts);
        let key = signing_key(&authority.key);
        let scheme = match change {
            Change::Pss => SignatureScheme::RSA_PSS_SHA256,
            _ => SignatureScheme::ECDSA_NISTP256_SHA256,
        };
        let signature = key.choose_scheme(&[scheme]).unwrap().sign(&tbs).unwrap();
        let signature = value(3, &[&[0], &signature]);
        let der = value(0x30, &[&tbs, &algorithm, &signature]);
        self.chain.insert(0, CertificateDer::from(der));
        self
    }

    /// A server that shows it, and takes every client certificate.
    pub(crate) fn serve(&self) -> ServerConfig {
        self.serve_with(&[&TLS12, &TLS13])
    }

    /// The same with these versions of TLS.
    pub(crate) fn serve_with(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ServerConfig {
        let key = CertifiedKey::new(self.chain.clone(), signing_key(&self.key));
        ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_client_cert_verifier(Arc::new(AnyClient))
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(key)))
    }

    /// The certificates.
    pub(crate) fn pem(&self) -> String {
        self.chain
            .iter()
            .map(|der| pem("CERTIFICATE", der))
            .collect()
    }

    /// The key in PKCS #8.
    pub(crate) fn key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.key)
    }

    /// The key by itself: PKCS #1 of RSA.
    pub(crate) fn pkcs1(&self) -> Vec<u8> {
        let (_, whole) = Any::from_der(&self.key).unwrap();
        let parts = values(whole.data);
        Any::from_der(parts[2]).unwrap().1.data.to_vec()
    }

    /// The key of a curve in the form of SEC 1, which names its curve itself.
    pub(crate) fn sec1(&self) -> Vec<u8> {
        let (_, whole) = Any::from_der(&self.key).unwrap();
        let parts = values(whole.data);
        let curve = values(Any::from_der(parts[1]).unwrap().1.data)[1];
        let inner = self.pkcs1();
        let (_, inner) = Any::from_der(&inner).unwrap();
        let inner = values(inner.data);
        value(
            0x30,
            &[inner[0], inner[1], &value(0xa0, &[curve]), inner[2]],
        )
    }
}

pub(crate) fn provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

fn signing_key(pkcs8: &[u8]) -> Arc<dyn rustls::sign::SigningKey> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.to_vec()));
    provider().key_provider.load_private_key(key).unwrap()
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<String> = data
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// The values that stand one after the other, each whole.
fn values(mut der: &[u8]) -> Vec<&[u8]> {
    let mut values = Vec::new();
    while !der.is_empty() {
        let (rest, _) = Any::from_der(der).unwrap();
        values.push(&der[..der.len() - rest.len()]);
        der = rest;
    }
    values
}

/// One value in DER.
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let mut value = vec![tag];
    match u16::try_from(body.len()).unwrap() {
        short @ ..128 => value.push(u8::try_from(short).unwrap()),
        middling @ ..256 => value.extend([0x81, u8::try_from(middling).unwrap()]),
        long => {
            value.push(0x82);
            value.extend(long.to_be_bytes());
        }
    }
    value.extend(body);
    value
}

/// Takes every client certificate whose key the client has.
#[derive(Debug)]
struct AnyClient;

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let (_, certificate) = X509Certificate::from_der(certificate).unwrap();
        if matches!(certificate.public_key().parsed(), Ok(PublicKey::RSA(key)) if key.key_size() < 2048)
        {
            // The library doesn't look at such a key.
            return Ok(HandshakeSignatureValid::assertion());
        }
        let key = SubjectPublicKeyInfoDer::from(certificate.public_key().raw);
        let algorithms = provider().signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
