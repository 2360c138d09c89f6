//! Whom kready takes for the API server: as Go's crypto/x509 judges certificates, which kubectl relies on.
//!
//! webpki judges what it can. It takes no certificate of an authority for that of a server, and none that stands among the
//! authorities itself, which is what `openssl req -x509` makes; Go does, and so does this.

use std::fmt;

use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use x509_parser::{
    asn1_rs::Any, certificate::X509Certificate, oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME,
    prelude::FromDer, public_key::PublicKey, x509::X509Version,
};

use super::certificates::bits;

/// The shortest RSA key that is safe.
const SHORTEST: usize = 2048;

/// How many certificates of authorities may stand between a server's and one that is trusted.
const LONGEST_CHAIN: usize = 8;

/// Why a certificate is refused, where rustls has no word for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// An RSA key of so many bits.
    ShortKey(usize),
    /// The authority that signed it has an RSA key of so many bits.
    ShortAuthorityKey(usize),
    /// The authority that signed it is trusted, and its own certificate is not valid now.
    AuthorityOutOfDate {
        /// From when it is valid.
        from: i64,
        /// Until when.
        until: i64,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = |seconds: i64| {
            jiff::Timestamp::from_second(seconds)
                .map_or_else(|_| seconds.to_string(), |time| time.to_string())
        };
        match self {
            Self::ShortKey(bits) => write!(
                f,
                "its certificate has an RSA key of {bits} bits, and fewer than {SHORTEST} are not safe"
            ),
            Self::ShortAuthorityKey(bits) => write!(
                f,
                "the authority that signed its certificate has an RSA key of {bits} bits, and fewer than {SHORTEST} are not safe"
            ),
            Self::AuthorityOutOfDate { from, until } => write!(
                f,
                "the authority that signed its certificate is valid from {} to {} only",
                date(*from),
                date(*until)
            ),
        }
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        CertificateError::Other(OtherError(std::sync::Arc::new(refused))).into()
    }
}

/// Trusts the certificates that a kubeconfig names.
#[derive(Debug)]
pub(super) struct Verifier {
    /// All of them; a server may show one of them as its own.
    trusted: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(
        trusted: Vec<CertificateDer<'static>>,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Self {
        Self {
            trusted,
            algorithms,
        }
    }

    /// The trusted certificates that may sign others, parsed.
    fn authorities(&self) -> impl Iterator<Item = (&CertificateDer<'static>, X509Certificate<'_>)> {
        self.trusted
            .iter()
            .filter_map(|der| Some((der, parse(der).ok()?)))
            .filter(|(_, certificate)| may_sign(certificate))
    }

    /// Judges the chain by webpki, with the authorities that are valid now.
    fn by_webpki(
        &self,
        leaf: &ParsedCertificate<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let verify = |roots: &RootCertStore| {
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(leaf, roots, others, now, algorithms)
        };
        let mut roots = RootCertStore::empty();
        let mut outdated = Vec::new();
        for (der, certificate) in self.authorities() {
            if is_current(&certificate, now).is_ok() {
                // One that webpki can't read signs nothing.
                let _ = roots.add(der.clone());
            } else {
                outdated.push((der, certificate));
            }
        }
        let verdict = verify(&roots);
        if let Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) = verdict {
            for (der, certificate) in outdated {
                let mut roots = RootCertStore::empty();
                if roots.add(der.clone()).is_ok() && verify(&roots).is_ok() {
                    return Err(out_of_date(&certificate).into());
                }
            }
        }
        verdict
    }

    /// Judges a chain whose first certificate is an authority's, or made for any purpose.
    fn by_climbing(
        &self,
        leaf: &X509Certificate<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        is_current(leaf, now)?;
        serves(leaf)?;
        let others: Vec<X509Certificate<'_>> =
            others.iter().filter_map(|der| parse(der).ok()).collect();
        let mut current = leaf;
        for below in 0..LONGEST_CHAIN {
            let mut found = CertificateError::UnknownIssuer;
            for (_, authority) in self.authorities() {
                if is_the_same(&authority, current) {
                    continue;
                }
                match self.signed(current, &authority, below) {
                    Ok(()) if is_current(&authority, now).is_ok() => return Ok(()),
                    Ok(()) => return Err(out_of_date(&authority).into()),
                    Err(CertificateError::UnknownIssuer) => {}
                    Err(error) => found = error,
                }
            }
            let next = others.iter().find(|other| {
                is_authority(other)
                    && !is_the_same(other, current)
                    && is_current(other, now).is_ok()
                    && serves(other).is_ok()
                    && self.signed(current, other, below).is_ok()
            });
            match next {
                Some(next) => current = next,
                None => return Err(found.into()),
            }
        }
        Err(CertificateError::UnknownIssuer.into())
    }

    /// A signature that can't be confirmed, because the key is too short, says so.
    fn reworded(&self, error: Error, others: &[CertificateDer<'_>]) -> Error {
        if error != Error::InvalidCertificate(CertificateError::BadSignature) {
            return error;
        }
        self.trusted
            .iter()
            .chain(others)
            .filter_map(|der| rsa_bits(&parse(der).ok()?))
            .find(|bits| *bits < SHORTEST)
            .map_or(error, |bits| Refused::ShortAuthorityKey(bits).into())
    }

    /// Whether `authority` signed `certificate`, below which so many authorities stand.
    fn signed(
        &self,
        certificate: &X509Certificate<'_>,
        authority: &X509Certificate<'_>,
        below: usize,
    ) -> Result<(), CertificateError> {
        if certificate.issuer.as_raw() != authority.subject.as_raw() {
            return Err(CertificateError::UnknownIssuer);
        }
        // Constraints on names are webpki's business: whoever needs them has certificates that it takes.
        let constrained = !matches!(authority.name_constraints(), Ok(None));
        let allowed = match authority.basic_constraints() {
            Ok(Some(basic)) => basic
                .value
                .path_len_constraint
                .is_none_or(|most| below <= most as usize),
            Ok(None) => true,
            Err(_) => false,
        };
        if constrained || !allowed || has_unknown_extension(authority.as_raw()) {
            return Err(CertificateError::UnknownIssuer);
        }
        let signature_algorithm =
            signature_algorithm(certificate).ok_or(CertificateError::BadEncoding)?;
        let key = &authority.subject_pki;
        let key_algorithm = first_of_sequence(key.raw).ok_or(CertificateError::BadEncoding)?;
        let right = self.algorithms.all.iter().any(|algorithm| {
            algorithm.signature_alg_id().as_ref() == signature_algorithm
                && algorithm.public_key_alg_id().as_ref() == key_algorithm
                && algorithm
                    .verify_signature(
                        &key.subject_public_key.data,
                        certificate.tbs_certificate.as_ref(),
                        &certificate.signature_value.data,
                    )
                    .is_ok()
        });
        if right {
            Ok(())
        } else {
            Err(CertificateError::BadSignature)
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let leaf = parse(end_entity)?;
        if leaf.version != X509Version::V3 {
            // It can name no host: that takes an extension.
            return Err(CertificateError::NotValidForNameContext {
                expected: server_name.to_owned(),
                presented: Vec::new(),
            }
            .into());
        }
        // An extension that must be understood, and is not, ends it here.
        let parsed = ParsedCertificate::try_from(end_entity)?;
        let trusted = self
            .trusted
            .iter()
            .any(|trusted| trusted.as_ref() == end_entity.as_ref());
        if trusted {
            is_current(&leaf, now)?;
            serves(&leaf)?;
        } else {
            let judged = if is_authority(&leaf) || serves_anything(&leaf) {
                self.by_climbing(&leaf, intermediates, now)
            } else {
                self.by_webpki(&parsed, intermediates, now)
            };
            judged.map_err(|error| self.reworded(error, intermediates))?;
        }
        verify_server_name(&parsed, server_name)?;
        if let Some(bits) = rsa_bits(&leaf).filter(|bits| *bits < SHORTEST) {
            return Err(Refused::ShortKey(bits).into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, Error> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(CertificateError::BadEncoding.into()),
    }
}

/// Whether two certificates are for the same key and the same names, so that none of them confirms the other.
fn is_the_same(one: &X509Certificate<'_>, other: &X509Certificate<'_>) -> bool {
    let names = |certificate: &X509Certificate<'_>| {
        let found = certificate
            .iter_extensions()
            .find(|extension| extension.oid == OID_X509_EXT_SUBJECT_ALT_NAME);
        found.map(|extension| extension.value.to_vec())
    };
    one.subject.as_raw() == other.subject.as_raw()
        && one.subject_pki.raw == other.subject_pki.raw
        && names(one) == names(other)
}

fn is_authority(certificate: &X509Certificate<'_>) -> bool {
    matches!(certificate.basic_constraints(), Ok(Some(basic)) if basic.value.ca)
}

/// Whether a trusted certificate may sign others. One that is older than the third version can't say that it is an authority.
fn may_sign(certificate: &X509Certificate<'_>) -> bool {
    let authority = certificate.version != X509Version::V3 || is_authority(certificate);
    let usage = match certificate.key_usage() {
        Ok(Some(usage)) => usage.value.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    authority && usage && serves(certificate).is_ok()
}

/// Whether it may be that of a server, or of an authority over one.
fn serves(certificate: &X509Certificate<'_>) -> Result<(), Error> {
    match certificate.extended_key_usage() {
        Ok(None) => Ok(()),
        Ok(Some(usage)) if usage.value.any || usage.value.server_auth => Ok(()),
        _ => Err(CertificateError::InvalidPurpose.into()),
    }
}

/// Whether it is made for any purpose, and doesn't name that of a server.
fn serves_anything(certificate: &X509Certificate<'_>) -> bool {
    matches!(certificate.extended_key_usage(), Ok(Some(usage)) if usage.value.any && !usage.value.server_auth)
}

fn is_current(certificate: &X509Certificate<'_>, now: UnixTime) -> Result<(), Error> {
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let time = |seconds: i64| {
        let since = std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        UnixTime::since_unix_epoch(since)
    };
    let validity = certificate.validity();
    let (from, until) = (
        validity.not_before.timestamp(),
        validity.not_after.timestamp(),
    );
    if seconds < from {
        let not_before = time(from);
        return Err(CertificateError::NotValidYetContext {
            time: now,
            not_before,
        }
        .into());
    }
    if seconds > until {
        let not_after = time(until);
        return Err(CertificateError::ExpiredContext {
            time: now,
            not_after,
        }
        .into());
    }
    Ok(())
}

fn out_of_date(authority: &X509Certificate<'_>) -> Refused {
    let validity = authority.validity();
    Refused::AuthorityOutOfDate {
        from: validity.not_before.timestamp(),
        until: validity.not_after.timestamp(),
    }
}

/// Whether it has an extension that must be understood, and is not.
fn has_unknown_extension(der: &[u8]) -> bool {
    let der = CertificateDer::from(der);
    ParsedCertificate::try_from(&der).is_err()
        && RootCertStore::empty().add(der.into_owned()).is_err()
}

/// The bits of an RSA key.
pub(super) fn rsa_bits(certificate: &X509Certificate<'_>) -> Option<usize> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(bits(key.modulus)),
        _ => None,
    }
}

/// The algorithm of a certificate's signature, as the pair of its identifier and parameters.
fn signature_algorithm<'a>(certificate: &X509Certificate<'a>) -> Option<&'a [u8]> {
    let (_, whole) = Any::from_der(certificate.as_raw()).ok()?;
    let (rest, _) = Any::from_der(whole.data).ok()?;
    first_of(rest)
}

/// What the first value of a sequence holds.
fn first_of_sequence(der: &[u8]) -> Option<&[u8]> {
    let (_, whole) = Any::from_der(der).ok()?;
    first_of(whole.data)
}

fn first_of(der: &[u8]) -> Option<&[u8]> {
    Some(Any::from_der(der).ok()?.1.data)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::{
        CertificateError, Error, OtherError,
        client::danger::ServerCertVerifier,
        pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    };

    use super::{Refused, Verifier};

    /// An authority with an RSA key of 1024 bits, for 127.0.0.1.
    const SHORT: &str = "\
-----BEGIN CERTIFICATE-----
MIICDzCCAXigAwIBAgIUO7M5C3+7sIKDW15q4+OLDfrPe6swDQYJKoZIhvcNAQEL
BQAwEDEOMAwGA1UEAwwFc2hvcnQwIBcNMjYxMTMwMTcyNjU0WhgPMjA4MTA5MDIx
NzI2NTRaMBAxDjAMBgNVBAMMBXNob3J0MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB
iQKBgQDGGTKLd82grELXdWhepoMObtvjkh1VnvsaoTECde6IefChKueCE3k2a/ZZ
xENMVOBw/ov+Y8lSvuXB5InPT525qH16K4oJC/8baoEMjkdDipN1fwrQSPo4ANnY
LnvyunNq+eplkwZ3aIKF+/l6QbPms2pdaGDwpt5C2mtia+TQiQIDAQABo2QwYjAd
BgNVHQ4EFgQUVac1lEBbkUax5vs+ihnWlZhQwdAwHwYDVR0jBBgwFoAUVac1lEBb
kUax5vs+ihnWlZhQwdAwDwYDVR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAAB
MA0GCSqGSIb3DQEBCwUAA4GBAFuqdI65Hylu5v8fsAv22SGjSNxW+DULNeaGmjOe
Ct6KA6J7ZdXHtRGgYpXRFI/rY1AKQvCCM1zFhZMubD+3xFqV5WJ8wVHUykmSjpUx
67YP6rs6ah/27eb9RwD5+hTJxj2HgnAkW6hQ971g+hPfikKpK86L0Q+8LcoX0fO4
X4SY
-----END CERTIFICATE-----
";

    /// For 127.0.0.1, with an ECDSA key; the authority above signed it.
    const BELOW: &str = "\
-----BEGIN CERTIFICATE-----
MIIBozCCAQygAwIBAgIBBzANBgkqhkiG9w0BAQsFADAQMQ4wDAYDVQQDDAVzaG9y
dDAgFw0yNjExMzAxNzI2NTRaGA8yMDgxMDkwMjE3MjY1NFowDzENMAsGA1UEAwwE
bGVhZjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGOrtl7SXPBRW77/YHIHwuJU
EqI4uW3u7JcftEFGp8JMWe5QW5TCwo5AnGADEEUgTD4S3EGCqAtQwHaMVnwHbHOj
UzBRMA8GA1UdEQQIMAaHBH8AAAEwHQYDVR0OBBYEFBeMy0LZfm89j0CrXIfEyky+
zLuGMB8GA1UdIwQYMBaAFFWnNZRAW5FGseb7PooZ1pWYUMHQMA0GCSqGSIb3DQEB
CwUAA4GBAGljz/+H3W2exYQPsEdeO/dS0XYy8vUuB2HjT3PjVAEkLqa8iTlwL16l
C7Q4NK90yFpDzR4USpCgertL90ubrm9DnpSCLQrC2l07XjlktwgIm/V2vMzboP/W
UwioUUj5LG3IoWSBJFQtv5p6qZ9wTJmDI6G6Jl03WK5FmU0w3DeY
-----END CERTIFICATE-----
";

    fn der(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    #[test]
    fn short_keys_are_refused_in_words() {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        let verifier = Verifier::new(vec![der(SHORT)], algorithms);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        let name = ServerName::try_from("127.0.0.1").unwrap();
        for (leaf, expected) in [
            (SHORT, Refused::ShortKey(1024)),
            (BELOW, Refused::ShortAuthorityKey(1024)),
        ] {
            let refused = verifier
                .verify_server_cert(&der(leaf), &[], &name, &[], now)
                .unwrap_err();
            let Error::InvalidCertificate(CertificateError::Other(OtherError(refused))) = refused
            else {
                panic!("{refused:?}")
            };
            assert_eq!(refused.downcast_ref(), Some(&expected));
            assert!(refused.to_string().contains("1024 bits"), "{refused}");
        }
    }
}
