//! TLS with the API server: whom kready takes for it, and the client certificate that it shows.

use std::{path::Path, sync::Arc};

use anyhow::anyhow;
use base64::{Engine, engine::general_purpose::STANDARD};
use kready_checks::wire::Time;
use kube::{
    Config,
    config::{AuthInfo, Cluster},
};
use rustls::{
    ClientConfig,
    client::danger::ServerCertVerifier,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
};
use secrecy::ExposeSecret;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use super::{
    certificates::{Chain, Witness, read},
    errors::tidy,
    local, pem,
    verifier::{Verifier, rsa_bits},
};
use crate::failure::Failure;

/// What computes for TLS. P-521 is why it isn't ring.
pub(super) fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

/// TLS with the API server. What it shows of itself is kept in `chain`.
pub(super) fn configuration(config: &Config, chain: &Chain) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(provider());
    let judge = if config.cluster_url.scheme_str() == Some("http") {
        // Nobody is asked over TLS: that takes no authority, not even this machine's, and whoever speaks it all the same is refused.
        let algorithms = provider.signature_verification_algorithms;
        Some(Arc::new(Verifier::new(Vec::new(), algorithms)) as Arc<dyn ServerCertVerifier>)
    } else {
        judge(config, &provider)?
    };
    let witness = witness(judge, &provider, chain.clone());
    let identity = identity(&config.auth_info, &provider)?;
    let builder = builder(provider)?
        .dangerous()
        .with_custom_certificate_verifier(witness);
    Ok(match identity {
        // Whether the server trusts who signed it is for the server to say.
        Some(identity) => {
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity)))
        }
        None => builder.with_no_client_auth(),
    })
}

/// TLS with a proxy: it is judged like the API server, as Go does, and shown no client certificate.
pub(super) fn to_proxy(config: &Config) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(provider());
    let witness = witness(judge(config, &provider)?, &provider, Chain::default());
    Ok(builder(provider)?
        .dangerous()
        .with_custom_certificate_verifier(witness)
        .with_no_client_auth())
}

/// Who looks at what a server shows of itself, and has it judged.
fn witness(
    judge: Option<Arc<dyn ServerCertVerifier>>,
    provider: &CryptoProvider,
    chain: Chain,
) -> Arc<Witness> {
    Arc::new(Witness {
        chain,
        judge,
        schemes: provider
            .signature_verification_algorithms
            .supported_schemes(),
    })
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, Failure> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::no_audit(anyhow!("TLS cannot be used: {error}")))
}

/// Who judges the server's certificate; nobody, if it isn't to be verified.
fn judge(
    config: &Config,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ServerCertVerifier>>, Failure> {
    if config.accept_invalid_certs {
        return Ok(None);
    }
    let Some(trusted) = &config.root_cert else {
        return of_this_machine(provider).map(Some);
    };
    // Whoever put them there left out what is no certificate.
    let trusted = trusted.iter().cloned().map(CertificateDer::from).collect();
    let algorithms = provider.signature_verification_algorithms;
    Ok(Some(Arc::new(Verifier::new(trusted, algorithms))))
}

/// The authorities that this machine trusts, judged by the same rules: Go does so wherever the system doesn't judge itself.
#[cfg(all(unix, not(target_vendor = "apple"), not(target_os = "android")))]
fn of_this_machine(provider: &CryptoProvider) -> Result<Arc<dyn ServerCertVerifier>, Failure> {
    let loaded = rustls_native_certs::load_native_certs();
    if loaded.certs.is_empty() {
        let why = loaded.errors.first().map(|error| tidy(&error.to_string()));
        return Err(no_machine(&why.unwrap_or_else(|| "it has none".to_owned())));
    }
    let algorithms = provider.signature_verification_algorithms;
    Ok(Arc::new(Verifier::new(loaded.certs, algorithms)))
}

/// The system judges.
#[cfg(not(all(unix, not(target_vendor = "apple"), not(target_os = "android"))))]
fn of_this_machine(provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Failure> {
    match rustls_platform_verifier::Verifier::new(Arc::clone(provider)) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) => Err(no_machine(&tidy(&error.to_string()))),
    }
}

fn no_machine(why: &str) -> Failure {
    Failure::usage(anyhow!(
        "cannot use this machine's certificate authorities: {why}"
    ))
    .hint("put certificate-authority into the kubeconfig's cluster")
}

/// Reads the certificate authorities of a cluster by client-go's rules, and leaves what they come to in `cluster`.
pub(super) fn settle_authorities(context: &str, cluster: &mut Cluster) -> Result<(), Failure> {
    let place = Place {
        context,
        what: "certificate authority",
        key: "certificate-authority",
        of: "cluster",
    };
    let data = cluster.certificate_authority_data.take();
    let file = cluster.certificate_authority.take();
    let Some(text) = place.read(data.as_deref(), file.as_deref())? else {
        return Ok(());
    };
    if cluster.insecure_skip_tls_verify == Some(true) {
        return Err(Failure::usage(anyhow!(
            "{context}: insecure-skip-tls-verify is set beside a certificate authority"
        ))
        .hint("leave one of the two out of the kubeconfig's cluster"));
    }
    let authorities = local::authorities(&text).ok_or_else(|| {
        Failure::usage(anyhow!(
            "{context}: the certificate authority holds no certificate that can be used"
        ))
        .hint("fix certificate-authority in the kubeconfig's cluster")
    })?;
    let bundle: String = authorities
        .iter()
        .map(|der| pem::text("CERTIFICATE", der))
        .collect();
    cluster.certificate_authority_data = Some(STANDARD.encode(bundle));
    Ok(())
}

const CONTEXT: &str = "this context's user";

/// The client certificate of a user.
fn client_certificate(user: &AuthInfo) -> Result<Option<Vec<u8>>, Failure> {
    let place = Place {
        context: CONTEXT,
        what: "client certificate",
        key: "client-certificate",
        of: "user",
    };
    place.read(
        user.client_certificate_data.as_deref(),
        user.client_certificate.as_deref(),
    )
}

/// The client certificate of a user and its key.
fn identity(user: &AuthInfo, provider: &CryptoProvider) -> Result<Option<CertifiedKey>, Failure> {
    let Some(certificate) = client_certificate(user)? else {
        // A key without a certificate is no way to log in.
        return Ok(None);
    };
    let place = Place {
        context: CONTEXT,
        what: "client key",
        key: "client-key",
        of: "user",
    };
    let key = place.read(
        user.client_key_data
            .as_ref()
            .map(ExposeSecret::expose_secret),
        user.client_key.as_deref(),
    )?;
    let refuse = |why: &str| {
        Failure::usage(anyhow!("{CONTEXT}: {why}")).hint(
            "fix client-certificate and client-key in the kubeconfig, or fetch a new kubeconfig",
        )
    };
    let Some(key) = key else {
        return Err(refuse("the client key is missing"));
    };
    let chain: Vec<CertificateDer<'static>> = pem::blocks(&certificate)
        .into_iter()
        .filter(|block| block.label == "CERTIFICATE")
        .map(|block| CertificateDer::from(block.der))
        .collect();
    let Some(leaf) = chain.first() else {
        return Err(refuse("the client certificate is not a PEM certificate"));
    };
    let Ok((_, leaf)) = X509Certificate::from_der(leaf) else {
        return Err(refuse("the client certificate is not an X.509 certificate"));
    };
    let block = pem::blocks(&key)
        .into_iter()
        .find(|block| block.label == "PRIVATE KEY" || block.label.ends_with(" PRIVATE KEY"));
    let Some(block) = block else {
        return Err(refuse("the client key is not a PEM private key"));
    };
    if block.has_headers || block.label == "ENCRYPTED PRIVATE KEY" {
        return Err(
            Failure::usage(anyhow!("{CONTEXT}: the client key is encrypted")).hint(
                "decrypt it (openssl pkey -in KEY -out FILE), and name that file as client-key",
            ),
        );
    }
    let Some(key) = load(block.der, provider) else {
        return Err(match rsa_bits(&leaf) {
            Some(bits @ ..2048) => refuse(&format!(
                "the client certificate has an RSA key of {bits} bits, and fewer than 2048 are not safe"
            )),
            _ => refuse("the client key is not an RSA, ECDSA or Ed25519 key that can be used"),
        });
    };
    let fits = key.public_key().is_none_or(|public| {
        x509_parser::x509::SubjectPublicKeyInfo::from_der(&public).is_ok_and(|(_, public)| {
            public.subject_public_key.data == leaf.public_key().subject_public_key.data
        })
    });
    if !fits {
        return Err(refuse(
            "the client key does not belong to the client certificate",
        ));
    }
    Ok(Some(CertifiedKey::new(chain, key)))
}

/// Until when the client certificate that stands in a kubeconfig is valid.
pub(super) fn client_until(user: &AuthInfo) -> Option<Time> {
    let text = client_certificate(user).ok()??;
    let mut blocks = pem::blocks(&text).into_iter();
    let leaf = blocks.find(|block| block.label == "CERTIFICATE")?;
    read(&leaf.der).not_after
}

/// Takes a key for what it is, whatever its label says.
fn load(der: Vec<u8>, provider: &CryptoProvider) -> Option<Arc<dyn SigningKey>> {
    let forms = [
        PrivateKeyDer::Pkcs8(der.clone().into()),
        PrivateKeyDer::Pkcs1(der.clone().into()),
        PrivateKeyDer::Sec1(der.into()),
    ];
    forms
        .into_iter()
        .find_map(|key| provider.key_provider.load_private_key(key).ok())
}

/// Where something stands in a kubeconfig.
struct Place<'a> {
    context: &'a str,
    what: &'a str,
    key: &'a str,
    of: &'a str,
}

impl Place<'_> {
    /// What the kubeconfig holds itself, else what is in the file that it names; that both are there was refused before.
    fn read(&self, data: Option<&str>, file: Option<&str>) -> Result<Option<Vec<u8>>, Failure> {
        let data = data.filter(|data| !data.is_empty());
        let file = file.filter(|file| !file.is_empty());
        let what = self.what;
        if let Some(data) = data {
            let data: String = data.split(['\r', '\n']).collect();
            let decoded = STANDARD.decode(data);
            return decoded
                .map(Some)
                .map_err(|_| self.failure(&format!("the {what} is not base64")));
        }
        let Some(file) = file else { return Ok(None) };
        local::certificates(Path::new(file))
            .map(Some)
            .map_err(|error| {
                let why = tidy(&error.to_string());
                self.failure(&format!("the {what} {} cannot be read: {why}", tidy(file)))
            })
    }

    fn failure(&self, why: &str) -> Failure {
        let Self {
            context, key, of, ..
        } = self;
        Failure::usage(anyhow!("{context}: {why}")).hint(format!(
            "fix {key} in the kubeconfig's {of}, or fetch a new kubeconfig"
        ))
    }
}
