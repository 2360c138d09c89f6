//! What goes wrong between kready and a cluster: rewords the errors of Kubernetes, TLS and the network.

use std::{error::Error as StdError, fmt::Write as _, io, time::Duration};

use anyhow::anyhow;
use kready_checks::{
    inventory::{Gap, GapReason},
    wire::lists::Status,
};
use rustls::{AlertDescription, CertificateError, OtherError};

use super::verifier::Refused;
use crate::{failure::Failure, rights::RightsCommand};

/// Who asks without credentials.
pub(super) const ANONYMOUS: &str = "system:anonymous";

/// Why a request brought no answer that can be used.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// The server answered with an error.
    Refused(Refusal),
    /// No connection, or one that broke before an answer came.
    Connection(Connection),
    /// No answer in time.
    TimedOut(String),
    /// The answer broke off.
    CutShort(String),
    /// The answer is not what was asked for.
    NotUnderstood(String),
    /// The answer is larger than anything that is taken.
    TooMuch(String),
    /// The credentials cannot be renewed.
    Plugin {
        /// Why.
        message: String,
        /// The next step.
        hint: String,
    },
}

/// A connection that failed.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// What happened.
    pub(super) message: String,
    /// The next step.
    pub(super) hint: Option<&'static str>,
    /// Whether trying again may help.
    pub(super) passing: bool,
}

/// An error that the server answered with.
#[derive(Clone, Debug, Default)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// What the server said of it.
    pub(super) message: String,
    /// How long the server asks clients to wait.
    pub(super) retry_after: Option<Duration>,
    /// With 410: where an inconsistent list may go on.
    pub(super) continue_token: Option<String>,
}

impl Refusal {
    /// Reads the error that came with a status.
    pub(super) fn read(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let Some(told) = Status::read(body) else {
            return Self {
                status,
                message: tidy(&String::from_utf8_lossy(body)),
                retry_after,
                continue_token: None,
            };
        };
        let token = told.metadata.continue_token;
        Self {
            status,
            message: tidy(&told.message),
            retry_after,
            continue_token: (!token.is_empty()).then(|| token.to_string()),
        }
    }

    fn describe(&self) -> String {
        let known = match self.status {
            400 if self.message.contains("HTTP request to an HTTPS server") => {
                return "the server expects https, and its address does not begin with https:"
                    .to_owned();
            }
            401 => "the server does not accept the credentials",
            403 => {
                let who = self.user().unwrap_or("this user");
                return format!("{who} may not read it");
            }
            404 => "there is nothing of the kind",
            406 => "the server cannot answer in a form that kready reads",
            410 => "the list expired while it was read",
            429 => "the server asks for fewer requests",
            500..=599 => "the server answered with an error",
            300..=399 => "the server redirects elsewhere",
            _ => "the server refused the request",
        };
        let status = self.status;
        if self.message.is_empty() || matches!(status, 401 | 404) {
            format!("{known} (HTTP {status})")
        } else {
            format!("{known} (HTTP {status}: {})", self.message)
        }
    }

    /// Who may not do it, when the server says so: `User "jane" cannot list …`.
    pub(super) fn user(&self) -> Option<&str> {
        let (_, rest) = self.message.split_once("User \"")?;
        rest.split_once('"').map(|(user, _)| user)
    }
}

impl Trouble {
    /// Credentials that cannot be renewed.
    pub(super) fn login(failure: &Failure) -> Self {
        Self::Plugin {
            message: failure.error.to_string(),
            hint: failure.hint.clone().unwrap_or_default(),
        }
    }

    /// Whether trying again may help.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(refusal) => matches!(refusal.status, 429 | 500 | 502 | 503 | 504),
            Self::Connection(connection) => connection.passing,
            Self::CutShort(_) => true,
            Self::TimedOut(_) | Self::NotUnderstood(_) | Self::TooMuch(_) | Self::Plugin { .. } => {
                false
            }
        }
    }

    /// The HTTP status, when the server answered.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// Who may not do it, when the server says so.
    pub(super) fn user(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => refusal.user(),
            _ => None,
        }
    }

    /// Whether the right is missing.
    pub(super) fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the server does not know who asks.
    pub(super) fn is_unauthenticated(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether the server refuses because it does not know who asks, or forbids it to nobody in particular.
    pub(super) fn is_about_nobody(&self) -> bool {
        self.is_unauthenticated() || self.is_forbidden() && self.user() == Some(ANONYMOUS)
    }

    /// Whether the right to act as someone else is missing.
    pub(super) fn is_about_acting(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == 403 && refusal.message.contains("cannot impersonate"))
    }

    /// What happened, in words.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.describe(),
            Self::Connection(connection) => connection.message.clone(),
            Self::TimedOut(message)
            | Self::CutShort(message)
            | Self::NotUnderstood(message)
            | Self::TooMuch(message)
            | Self::Plugin { message, .. } => message.clone(),
        }
    }

    /// How reading something ended.
    pub(super) fn reason(&self) -> GapReason {
        match self {
            Self::Refused(refusal) => match refusal.status {
                401 => GapReason::Unauthenticated,
                403 => GapReason::Forbidden,
                410 => GapReason::PartlyRead,
                _ => GapReason::Unavailable,
            },
            Self::Connection(_) | Self::CutShort(_) | Self::Plugin { .. } => GapReason::Unavailable,
            Self::TimedOut(_) => GapReason::TimedOut,
            Self::NotUnderstood(_) => GapReason::Undecodable,
            Self::TooMuch(_) => GapReason::TooMuch,
        }
    }

    /// The gap it causes; after some pages, that is the rest of the list.
    pub(super) fn gap(&self, objects_before: Option<usize>) -> Gap {
        match (self, objects_before) {
            (_, Some(objects)) => Gap::new(
                match self.reason() {
                    known @ (GapReason::Unauthenticated | GapReason::TooMuch) => known,
                    _ => GapReason::PartlyRead,
                },
                format!(
                    "the list broke off after {objects} objects: {}",
                    self.describe()
                ),
            ),
            _ => Gap::new(self.reason(), self.describe()),
        }
    }

    /// The failure that ends the program, because the server cannot be talked to.
    pub(super) fn failure(&self, server: &str, rights: &RightsCommand) -> Failure {
        if self.is_about_nobody()
            && let Some(failure) = without_credentials_sent(server)
        {
            return failure;
        }
        let failure = Failure::no_audit(anyhow!(
            "cannot read the cluster at {server}: {}",
            self.describe()
        ));
        let hint = match self {
            Self::Refused(refusal) => match refusal.status {
                401 => "log in again, or check this context's user: kubectl config view --minify",
                400 if refusal.message.contains("HTTP request to an HTTPS server") => {
                    "write https:// into the server's address: kubectl config set-cluster NAME --server=https://HOST:PORT"
                }
                403 => return failure.hint(rights.remedy(refusal.user())),
                404 => {
                    "check whether the address is that of an API server: kubectl config view --minify"
                }
                _ => "check the server: kubectl get --raw /version",
            },
            Self::Connection(connection) => match connection.hint {
                Some(NETWORK) if is_loopback(server) => LOCAL,
                Some(hint) => hint,
                None => "check the server's address: kubectl config view --minify",
            },
            Self::TimedOut(_) => {
                "check whether kubectl get --raw /version answers, or allow more time with --request-timeout"
            }
            Self::CutShort(_) | Self::NotUnderstood(_) | Self::TooMuch(_) => {
                "check whether the address is that of an API server: kubectl get --raw /version"
            }
            Self::Plugin { hint, .. } => hint,
        };
        failure.hint(hint)
    }
}

/// Why a server that is not asked over TLS refuses: nothing was sent that it could let in.
pub(super) fn without_credentials_sent(server: &str) -> Option<Failure> {
    server.starts_with("http:").then(|| {
        Failure::no_audit(anyhow!(
            "cannot read the cluster at {server}: it accepts no one without credentials, and kready sends credentials over https only"
        ))
        .hint("write https:// into the server's address: kubectl config set-cluster NAME --server=https://HOST:PORT")
    })
}

/// Rewords what stopped a request before an answer came.
pub(super) fn connection(error: &(dyn StdError + 'static), proxy: Option<&str>) -> Trouble {
    let mut words = Vec::new();
    let mut found = None;
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            found = Some(tls_trouble(tls));
            break;
        }
        let said = error.to_string();
        if said.contains("tls handshake eof") {
            found = Some(Connection {
                message: "it broke off the TLS handshake".to_owned(),
                hint: Some("check whether the address should begin with http: or has another port"),
                passing: true,
            });
            break;
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // `source` of an I/O error skips the error that it wraps.
            if let Some(inner) = io.get_ref() {
                next = Some(inner);
                continue;
            }
            if let Some(known) = io_trouble(io.kind()) {
                found = Some(known);
                break;
            }
        }
        if said.contains("invalid HTTP version parsed") {
            found = Some(Connection {
                message: "it does not speak HTTP without TLS".to_owned(),
                hint: Some(
                    "write https:// before the server's address: kubectl config set-cluster NAME --server=https://HOST:PORT",
                ),
                passing: false,
            });
            break;
        }
        if said.contains("dns error") || said.contains("failed to lookup address") {
            found = Some(Connection {
                message: "its host name is unknown".to_owned(),
                hint: Some(
                    "check the server's address (kubectl config view --minify), and the network or VPN",
                ),
                passing: false,
            });
            break;
        }
        if said.contains("proxy authorization required") {
            found = Some(Connection {
                message: "the proxy asks for a user and a password".to_owned(),
                hint: Some("put them into proxy-url in the kubeconfig, or into HTTPS_PROXY"),
                passing: false,
            });
            break;
        }
        if said.contains("tunnel error: unsuccessful") || said.contains("unsuccessful tunnel") {
            found = Some(Connection {
                message: "the proxy does not open a connection to it".to_owned(),
                hint: Some("check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY"),
                passing: true,
            });
            break;
        }
        words.push(tidy(&said));
        next = error.source();
    }
    let mut connection = found.unwrap_or_else(|| {
        words.dedup();
        Connection {
            message: words.pop().unwrap_or_default(),
            hint: None,
            passing: true,
        }
    });
    if let Some(proxy) = proxy {
        // Writing to a string cannot fail.
        let _ = write!(connection.message, " (through the proxy {proxy})");
        connection
            .hint
            .get_or_insert("check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY");
    }
    Trouble::Connection(connection)
}

/// What to look at where a server can't be reached.
const NETWORK: &str = "check whether the cluster is up and its address is right (kubectl config view --minify), and whether the network or VPN is on";

/// The same, of a server on this machine.
const LOCAL: &str = "check whether the cluster on this machine is running and its address is right: kubectl config view --minify";

/// Whether a server is on this machine.
fn is_loopback(server: &str) -> bool {
    let uri: Option<http::Uri> = server.parse().ok();
    uri.as_ref().and_then(http::Uri::host).is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost"
            || host
                .parse()
                .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    })
}

fn io_trouble(kind: io::ErrorKind) -> Option<Connection> {
    let (message, passing) = match kind {
        io::ErrorKind::ConnectionRefused => ("the connection was refused", true),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            ("the connection was broken off", true)
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => {
            ("the connection was closed early", true)
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            ("the host cannot be reached", false)
        }
        io::ErrorKind::TimedOut => ("the connection timed out", false),
        _ => return None,
    };
    Some(Connection {
        message: message.to_owned(),
        hint: Some(NETWORK),
        passing,
    })
}

fn tls_trouble(error: &rustls::Error) -> Connection {
    const CLIENT: &str = "renew this context's client certificate";
    let (message, hint): (String, &'static str) = match error {
        rustls::Error::InvalidCertificate(problem) => certificate_trouble(problem),
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRevoked,
        ) => (
            "the server does not accept the client certificate".into(),
            CLIENT,
        ),
        rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity,
        )
        | rustls::Error::PeerIncompatible(_) => (
            "it and kready have no TLS version and cipher suite in common".into(),
            "check whether the API server allows TLS 1.2 or 1.3 with suites that keep past traffic secret (ECDHE, AES-GCM or ChaCha20)",
        ),
        rustls::Error::InvalidMessage(_) => (
            "it does not speak TLS".into(),
            "check whether the address should begin with http: or has another port",
        ),
        other => (
            format!("TLS failed: {}", tidy(&other.to_string())),
            "check the server's address: kubectl config view --minify",
        ),
    };
    Connection {
        message,
        hint: Some(hint),
        passing: false,
    }
}

/// What is wrong with the server's certificate, and the next step.
fn certificate_trouble(problem: &CertificateError) -> (String, &'static str) {
    const AUTHORITY: &str =
        "put the authority that signed it into certificate-authority of the kubeconfig's cluster";
    const NAME: &str = "use a server address that the certificate names, or set tls-server-name in the kubeconfig's cluster";
    const RENEW: &str = "renew the API server's certificate, or fix this machine's clock";
    const RENAME: &str = "give the API server a certificate with subject alternative names";
    const AUTHORITY_RENEW: &str = "renew the certificate authority, and fetch a new kubeconfig";
    const KEY: &str = "give it a key of 2048 bits or more, or an ECDSA key";
    match problem {
            CertificateError::UnknownIssuer => (
                "its certificate is signed by an authority that the kubeconfig does not know"
                    .into(),
                AUTHORITY,
            ),
            CertificateError::BadSignature => (
                "its certificate is not signed by the authority that the kubeconfig names".into(),
                AUTHORITY,
            ),
            CertificateError::Expired => ("its certificate has expired".into(), RENEW),
            CertificateError::ExpiredContext { not_after, .. } => {
                let since = i64::try_from(not_after.as_secs())
                    .ok()
                    .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
                    .map(|time| format!(" on {time}"))
                    .unwrap_or_default();
                (format!("its certificate expired{since}"), RENEW)
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                ("its certificate is not valid yet".into(), RENEW)
            }
            CertificateError::NotValidForName => {
                ("its certificate is made for another name".into(), NAME)
            }
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => {
                let expected = expected.to_str();
                let names: Vec<String> = presented.iter().map(|name| plain_name(name)).collect();
                if names.is_empty() {
                    let message = format!(
                        "its certificate is not made for {expected}: it names no host (a common name does not count)"
                    );
                    (message, RENAME)
                } else {
                    let names = tidy(&names.join(", "));
                    let message = format!(
                        "its certificate is made for another name than {expected}: {names}"
                    );
                    (message, NAME)
                }
            }
            CertificateError::Other(OtherError(refused)) if refused.is::<Refused>() => {
                let hint = match refused.downcast_ref() {
                    Some(Refused::AuthorityOutOfDate { .. }) => AUTHORITY_RENEW,
                    _ => KEY,
                };
                (refused.to_string(), hint)
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => (
                "its certificate is not made for a server (extended key usage)".into(),
                "give the API server a certificate for serverAuth",
            ),
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
                "its certificate, or that of its authority, is signed by an algorithm that is not safe or not known"
                    .into(),
                "give the API server a certificate that is signed with SHA-256 or better",
            ),
            other => (
                format!(
                    "its certificate is not acceptable: {}",
                    tidy(&other.to_string())
                ),
                AUTHORITY,
            ),
            }
}

/// `DnsName("a.example")` as `a.example`.
fn plain_name(name: &str) -> String {
    name.split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'))
        .unwrap_or(name)
        .trim_matches('"')
        .to_owned()
}

/// Keeps only what serde expected: what it found may be a secret.
pub(super) fn expected(error: &str) -> String {
    let known = ["missing field", "duplicate field", "unknown variant"];
    let end = error.find(" at line ").unwrap_or(error.len());
    let error = &error[..end];
    if let Some((_, expected)) = error.rsplit_once(", expected ") {
        format!("expected {}", tidy(expected))
    } else if known.iter().any(|start| error.starts_with(start)) {
        tidy(error)
    } else {
        "it is malformed".to_owned()
    }
}

/// One line without control characters, at most 300 characters long.
pub(super) fn tidy(text: &str) -> String {
    const LONGEST: usize = 300;
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Trouble, expected, tidy};
    use kready_checks::inventory::GapReason;

    #[test]
    fn a_status_is_reworded_and_its_continue_token_kept() {
        let gone = Refusal::read(
            410,
            br#"{"kind":"Status","message":"The provided continue parameter is too old","metadata":{"continue":"abc"}}"#,
            None,
        );
        assert_eq!(gone.continue_token.as_deref(), Some("abc"));
        let refused = Refusal::read(
            403,
            br#"{"message":"pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" at the cluster scope"}"#,
            None,
        );
        let gap = Trouble::Refused(refused).gap(None);
        assert_eq!(gap.reason, GapReason::Forbidden);
        assert_eq!(gap.message, "jane may not read it");
    }

    #[test]
    fn what_was_found_in_place_of_what_was_expected_is_not_repeated() {
        assert_eq!(
            expected(r#"invalid type: string "hunter2", expected i64 at line 1 column 8"#),
            "expected i64"
        );
        assert_eq!(expected("hunter2 is odd"), "it is malformed");
    }

    #[test]
    fn texts_of_others_stay_on_one_line() {
        assert_eq!(tidy("a\n\u{1b}[31m b"), "a [31m b");
    }
}
