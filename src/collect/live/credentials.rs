//! Who kready is to the API server: chosen from a kubeconfig's user by client-go's rules, and renewed while it is used.

use std::{
    fmt,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use anyhow::anyhow;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use kube::config::AuthInfo;
use secrecy::ExposeSecret;
use tokio::sync::{Mutex, RwLock};

use super::{
    errors::tidy,
    local,
    oidc::Provider,
    plugin::{Credential, Plugin},
};
use crate::failure::Failure;

/// How old a token file may be before it is read again: client-go takes it for valid for a minute, and reads it ten seconds before.
const TOKEN_FILE: Duration = Duration::from_secs(50);

/// A certificate with its key, each as base64 of its PEM.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) certificate: String,
    pub(super) key: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}

/// What goes along with requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Current {
    /// The Authorization header.
    pub(super) header: Option<HeaderValue>,
    /// What TLS shows, if a plugin gave it.
    pub(super) identity: Option<Arc<Identity>>,
}

#[derive(Debug)]
struct State {
    current: Current,
    /// When it is renewed without being refused.
    until: Option<SystemTime>,
    /// The source gave what the server had just refused: there is no use in asking it again.
    spent: bool,
}

/// Where credentials come from.
#[derive(Debug)]
enum Source {
    /// They stand in the kubeconfig, or there are none.
    Fixed,
    /// A file.
    File(String),
    Plugin(Box<Plugin>),
    Oidc(Box<Mutex<Provider>>),
}

/// The credentials of one run.
#[derive(Debug)]
pub(super) struct Credentials {
    source: Source,
    state: RwLock<State>,
}

impl Credentials {
    /// Chooses among what a user has, and gets the first: a plugin runs and a token file is read here. Only for servers that are
    /// asked over TLS.
    ///
    /// `url_user` is the user in the server's address, whom Go prefers to all others.
    pub(super) async fn open(
        user: &AuthInfo,
        plugin: Option<Plugin>,
        url_user: Option<&str>,
        deadline: Instant,
    ) -> Result<Self, Failure> {
        let token = user.token.as_ref().map(ExposeSecret::expose_secret);
        let token = token.filter(|token| !token.is_empty());
        let name = user.username.as_deref().filter(|name| !name.is_empty());
        if let Some(url_user) = url_user {
            return Ok(Self::fixed(basic(url_user)));
        }
        if let Some(file) = user.token_file.as_deref().filter(|file| !file.is_empty()) {
            let fallback = token.map(|token| bearer(token, USER)).transpose()?;
            return Self::file(file, fallback);
        }
        if let Some(token) = token {
            return Ok(Self::fixed(Some(bearer(token, USER)?)));
        }
        if let Some(name) = name {
            let password = user.password.as_ref().map(ExposeSecret::expose_secret);
            return Ok(Self::fixed(basic(&format!(
                "{name}:{}",
                password.unwrap_or_default()
            ))));
        }
        if let Some(plugin) = plugin.filter(|_| !has_certificate(user)) {
            let source = Source::Plugin(Box::new(plugin));
            return Self::fetched(source, deadline).await;
        }
        if let Some(provider) = &user.auth_provider {
            let provider = Provider::of(provider)?;
            return Self::fetched(Source::Oidc(Box::new(Mutex::new(provider))), deadline).await;
        }
        Ok(Self::fixed(None))
    }

    /// Nothing is sent.
    pub(super) fn none() -> Self {
        Self::fixed(None)
    }

    fn fixed(header: Option<HeaderValue>) -> Self {
        let current = Current {
            header,
            identity: None,
        };
        Self::with(Source::Fixed, current, None)
    }

    fn with(source: Source, current: Current, until: Option<SystemTime>) -> Self {
        Self {
            source,
            state: RwLock::new(State {
                current,
                until,
                spent: false,
            }),
        }
    }

    /// A token file wins over a token, which stands in for it where it cannot be read.
    fn file(file: &str, fallback: Option<HeaderValue>) -> Result<Self, Failure> {
        let header = match (read_token(file), fallback) {
            (Ok(header), _) => header,
            (Err(_), Some(fallback)) => fallback,
            (Err(failure), None) => return Err(failure),
        };
        let current = Current {
            header: Some(header),
            identity: None,
        };
        let source = Source::File(file.to_owned());
        Ok(Self::with(source, current, later(SystemTime::now())))
    }

    async fn fetched(source: Source, deadline: Instant) -> Result<Self, Failure> {
        let now = SystemTime::now();
        let (current, until) = Box::pin(source.fetch(now, deadline)).await?;
        Ok(Self::with(source, current, until))
    }

    /// What goes along with the next request: renewed if its time is over.
    pub(super) async fn current(&self, deadline: Instant) -> Result<Current, Failure> {
        self.current_at(SystemTime::now(), deadline).await
    }

    async fn current_at(&self, now: SystemTime, deadline: Instant) -> Result<Current, Failure> {
        let is_over = |state: &State| state.until.is_some_and(|until| until < now);
        let state = self.state.read().await;
        if !is_over(&state) {
            return Ok(state.current.clone());
        }
        drop(state);
        let mut state = self.state.write().await;
        if is_over(&state) {
            match Box::pin(self.source.fetch(now, deadline)).await {
                Ok((current, until)) => {
                    state.spent &= current == state.current;
                    (state.current, state.until) = (current, until);
                }
                // The file may have been taken away on purpose: what was in it last goes on.
                Err(_) if matches!(self.source, Source::File(_)) => state.until = later(now),
                Err(failure) => return Err(failure),
            }
        }
        Ok(state.current.clone())
    }

    /// After `refused` was refused: whether there is something else to try.
    pub(super) async fn renew(
        &self,
        refused: &Current,
        deadline: Instant,
    ) -> Result<bool, Failure> {
        if matches!(self.source, Source::Fixed | Source::Oidc(_)) {
            return Ok(false);
        }
        let mut state = self.state.write().await;
        if state.current != *refused {
            return Ok(true);
        }
        if state.spent {
            return Ok(false);
        }
        match Box::pin(self.source.fetch(SystemTime::now(), deadline)).await {
            Ok((current, until)) => {
                let changed = current != state.current;
                (state.current, state.until) = (current, until);
                // A file may change at any time, and costs nothing to read.
                state.spent = !changed && !matches!(self.source, Source::File(_));
                Ok(changed)
            }
            Err(_) if matches!(self.source, Source::File(_)) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Whether a provider has replaced the refresh token that stands in the kubeconfig.
    pub(super) async fn replaced_a_refresh_token(&self) -> bool {
        match &self.source {
            Source::Oidc(provider) => provider.lock().await.replaced,
            _ => false,
        }
    }
}

impl Source {
    /// The credentials as they are now, and when they are to be renewed.
    async fn fetch(
        &self,
        now: SystemTime,
        deadline: Instant,
    ) -> Result<(Current, Option<SystemTime>), Failure> {
        match self {
            Self::Fixed => Ok((Current::default(), None)),
            Self::File(file) => {
                let current = Current {
                    header: Some(read_token(file)?),
                    identity: None,
                };
                Ok((current, later(now)))
            }
            Self::Plugin(plugin) => {
                let credential = plugin.run(deadline).await?;
                let from = format!("of the credential plugin {}", plugin.name());
                sent(credential, &from, now)
            }
            Self::Oidc(provider) => {
                let credential = provider.lock().await.id_token(now, deadline).await?;
                sent(credential, "of the OIDC provider", now)
            }
        }
    }
}

/// What is sent of a credential, and until when. One that is over when it comes is not asked for again before every request: the
/// server has the last word on it.
fn sent(
    credential: Credential,
    from: &str,
    now: SystemTime,
) -> Result<(Current, Option<SystemTime>), Failure> {
    let token = credential.token.as_deref();
    let identity = credential
        .client_certificate_data
        .zip(credential.client_key_data)
        .map(|(certificate, key)| {
            Arc::new(Identity {
                certificate: STANDARD.encode(certificate),
                key: STANDARD.encode(key),
            })
        });
    let current = Current {
        header: token.map(|token| bearer(token, from)).transpose()?,
        identity,
    };
    let until = credential
        .expiration_timestamp
        .map(SystemTime::from)
        .filter(|until| *until > now);
    Ok((current, until))
}

fn later(now: SystemTime) -> Option<SystemTime> {
    now.checked_add(TOKEN_FILE)
}

/// Whether a user has a certificate with a key.
pub(super) fn has_certificate(user: &AuthInfo) -> bool {
    let given = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
    let key = user
        .client_key_data
        .as_ref()
        .map(ExposeSecret::expose_secret);
    (given(user.client_certificate.as_deref()) || given(user.client_certificate_data.as_deref()))
        && (given(user.client_key.as_deref()) || given(key))
}

const USER: &str = "of this context's user";

/// The Authorization header for a token, without the newline that an editor or `echo` leaves. No message holds the token.
fn bearer(token: &str, from: &str) -> Result<HeaderValue, Failure> {
    let token = token.trim();
    let cannot = |why: &str| {
        Failure::usage(anyhow!("the token {from} {why}, and cannot be sent"))
            .hint("log in again, or use another context with --context")
    };
    if token.is_empty() {
        return Err(cannot("is empty"));
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| cannot("holds a line break or another control character"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn basic(user: &str) -> Option<HeaderValue> {
    let user = if user.contains(':') {
        user.to_owned()
    } else {
        format!("{user}:")
    };
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(user))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The header for the token in a file.
fn read_token(file: &str) -> Result<HeaderValue, Failure> {
    let token = local::token(Path::new(file)).map_err(|error| {
        Failure::usage(anyhow!(
            "the token file {file} cannot be read: {}",
            tidy(&error.to_string())
        ))
        .hint("fix tokenFile in the kubeconfig, or log in again")
    })?;
    bearer(&token, &format!("in the file {file}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant, SystemTime};

    use kube::config::AuthInfo;

    use super::{Credentials, bearer};

    fn end() -> Instant {
        Instant::now() + Duration::from_secs(600)
    }

    async fn open(user: serde_json::Value) -> Result<Credentials, crate::failure::Failure> {
        let user: AuthInfo = serde_json::from_value(user).unwrap();
        Credentials::open(&user, None, None, end()).await
    }

    async fn sent_at(credentials: &Credentials, now: SystemTime) -> String {
        let current = credentials.current_at(now, end()).await.unwrap();
        let header = current.header.unwrap();
        assert!(header.is_sensitive());
        header.to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_token_file_wins_is_read_again_in_time_and_its_last_token_outlives_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "one\n").unwrap();
        let user = serde_json::json!({"token": "zero", "tokenFile": path});
        let now = SystemTime::now();
        let credentials = open(user.clone()).await.unwrap();
        assert_eq!(sent_at(&credentials, now).await, "Bearer one");
        std::fs::write(&path, "two\n").unwrap();
        let soon = now + Duration::from_secs(45);
        assert_eq!(sent_at(&credentials, soon).await, "Bearer one");
        let later = now + Duration::from_secs(55);
        assert_eq!(sent_at(&credentials, later).await, "Bearer two");
        std::fs::remove_file(&path).unwrap();
        let later = now + Duration::from_secs(500);
        assert_eq!(sent_at(&credentials, later).await, "Bearer two");
        // Where there is none, the token stands in for it.
        let credentials = open(user).await.unwrap();
        assert_eq!(sent_at(&credentials, now).await, "Bearer zero");
    }

    #[tokio::test]
    async fn a_refused_token_file_is_read_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "one").unwrap();
        let credentials = open(serde_json::json!({"tokenFile": path})).await.unwrap();
        let refused = credentials.current(end()).await.unwrap();
        assert!(!credentials.renew(&refused, end()).await.unwrap());
        let credentials = open(serde_json::json!({"tokenFile": path})).await.unwrap();
        std::fs::write(&path, "two").unwrap();
        assert!(credentials.renew(&refused, end()).await.unwrap());
        assert_eq!(sent_at(&credentials, SystemTime::now()).await, "Bearer two");
        // Another request was refused with the old one.
        assert!(credentials.renew(&refused, end()).await.unwrap());
    }

    #[test]
    fn a_token_that_cannot_be_sent_is_refused_and_not_quoted() {
        assert_eq!(bearer(" a.b-c\r\n", "x").unwrap(), "Bearer a.b-c");
        for token in ["", " \n", "hunter2\nhunter2", "hunter2\0", "hunter2\u{7f}x"] {
            let failure = bearer(token, "of this user").unwrap_err().to_string();
            assert!(!failure.contains("hunter2"), "{failure}");
        }
    }
}
