//! The certificates of the API endpoint, as seen in the handshake.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use kready_checks::{inventory::Certificate, wire::Time};
use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use x509_parser::{
    objects::{oid_registry, oid2sn},
    prelude::{FromDer, X509Certificate},
    public_key::PublicKey,
};

/// The chain of the last handshake, the leaf first.
#[derive(Clone, Default)]
pub(super) struct Chain(Arc<Mutex<Vec<Vec<u8>>>>);

impl Chain {
    fn keep(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) {
        let chain = std::iter::once(leaf)
            .chain(others)
            .map(|certificate| certificate.to_vec())
            .collect();
        if let Ok(mut kept) = self.0.lock() {
            *kept = chain;
        }
    }

    /// What the certificates say.
    pub(super) fn read(&self) -> Vec<Certificate> {
        self.0
            .lock()
            .map(|chain| chain.iter().map(|der| read(der)).collect())
            .unwrap_or_default()
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain")
    }
}

/// Keeps the chain that the server shows, and lets another verifier judge it; without one, everything is accepted.
#[derive(Debug)]
pub(super) struct Witness {
    pub(super) chain: Chain,
    pub(super) judge: Option<Arc<dyn ServerCertVerifier>>,
    pub(super) schemes: Vec<SignatureScheme>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.chain.keep(end_entity, intermediates);
        match &self.judge {
            Some(judge) => {
                judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.judge {
            Some(judge) => judge.verify_tls12_signature(message, cert, dss),
            None => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.judge {
            Some(judge) => judge.verify_tls13_signature(message, cert, dss),
            None => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        match &self.judge {
            Some(judge) => judge.supported_verify_schemes(),
            None => self.schemes.clone(),
        }
    }
}

/// Reads one certificate.
pub(super) fn read(der: &[u8]) -> Certificate {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return Certificate {
            error: Some("it is not an X.509 certificate".into()),
            ..Certificate::default()
        };
    };
    let algorithm = &certificate.signature_algorithm.algorithm;
    let rsa_bits = match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => u32::try_from(bits(key.modulus)).ok(),
        _ => None,
    };
    Certificate {
        subject: certificate.subject().to_string().into(),
        issuer: certificate.issuer().to_string().into(),
        not_before: Some(Time(certificate.validity().not_before.timestamp())),
        not_after: Some(Time(certificate.validity().not_after.timestamp())),
        signature: oid2sn(algorithm, oid_registry())
            .map_or_else(|_| algorithm.to_id_string(), ToOwned::to_owned)
            .into(),
        rsa_bits,
        error: None,
    }
}

/// The length of a big-endian number without its leading zeroes.
pub(super) fn bits(number: &[u8]) -> usize {
    let zeroes = number.iter().take_while(|byte| **byte == 0).count();
    match number.get(zeroes) {
        Some(first) => 8 * (number.len() - zeroes) - first.leading_zeros() as usize,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{bits, read};

    #[test]
    fn a_certificate_says_whose_it_is_and_until_when() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::new(vec!["api.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2027, 1, 2);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "kube-apiserver");
        let certificate = params.self_signed(&key).unwrap();
        let read = read(certificate.der());
        assert_eq!(read.subject, "CN=kube-apiserver");
        assert_eq!(read.issuer, "CN=kube-apiserver");
        assert_eq!(read.not_before.unwrap().to_string(), "2026-01-02T00:00:00Z");
        assert_eq!(read.not_after.unwrap().to_string(), "2027-01-02T00:00:00Z");
        assert_eq!(read.signature, "ecdsa-with-SHA256");
        assert_eq!(read.rsa_bits, None);
    }

    #[test]
    fn what_is_no_certificate_says_so_and_key_sizes_count_significant_bits() {
        assert!(read(b"x").error.is_some());
        assert_eq!(bits(&[0, 0x80, 0]), 16);
        assert_eq!(bits(&[1, 0]), 9);
        assert_eq!(bits(&[0]), 0);
    }
}
