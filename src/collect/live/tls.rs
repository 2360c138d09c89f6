//! TLS with the API server: whom kready takes for it, and the client certificate that it shows.

use std::sync::Arc;

use anyhow::anyhow;
use kube::{Config, client::ConfigExt};
use rustls::{
    ClientConfig, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    pki_types::CertificateDer,
};

use super::{
    certificates::{Chain, Witness},
    errors::tidy,
    kubeconfig::unusable,
};
use crate::failure::Failure;

pub(super) fn system_roots(
    provider: Arc<rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Failure> {
    match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) => Err(Failure::usage(anyhow!(
            "cannot use this machine's certificate authorities: {}",
            tidy(&error.to_string())
        ))
        .hint("put certificate-authority into the kubeconfig's cluster")),
    }
}

/// What kube would build, with a witness that keeps the server's certificates.
pub(super) fn configuration(config: &Config, chain: &Chain) -> Result<ClientConfig, Failure> {
    let mut tls = config
        .rustls_client_config()
        .map_err(|error| unfit(&error))?;
    let provider = Arc::clone(tls.crypto_provider());
    let schemes = provider
        .signature_verification_algorithms
        .supported_schemes();
    let judge: Option<Arc<dyn ServerCertVerifier>> = if config.accept_invalid_certs {
        None
    } else if let Some(authorities) = &config.root_cert {
        let mut roots = RootCertStore::empty();
        for der in authorities {
            roots
                .add(CertificateDer::from(der.clone()))
                .map_err(|_| no_authority())?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|_| no_authority())?;
        Some(verifier)
    } else {
        Some(system_roots(provider)?)
    };
    tls.dangerous().set_certificate_verifier(Arc::new(Witness {
        chain: chain.clone(),
        judge,
        schemes,
    }));
    Ok(tls)
}

fn no_authority() -> Failure {
    Failure::usage(anyhow!(
        "the kubeconfig's certificate authority holds no certificate that can be used"
    ))
    .hint("fix certificate-authority in the kubeconfig's cluster")
}

fn unfit(error: &kube::Error) -> Failure {
    match error {
        kube::Error::InferKubeconfig(error) => unusable("this context's user", error),
        other => Failure::usage(anyhow!(
            "this context's user or cluster: {}",
            tidy(&other.to_string())
        ))
        .hint("fix the certificates in the kubeconfig, or fetch a new kubeconfig"),
    }
}
