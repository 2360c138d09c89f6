//! Requests to the API server: credentials, one request at a time with its time limit and its retries.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::anyhow;
use base64::Engine;
use http::{
    HeaderValue, Method, Request,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use kready_checks::wire::Time;
use kube::{Client, Config, client::Body, config::ExecConfig};
use tokio::sync::RwLock;

use super::{
    answer::{Answer, Incoming, Patience},
    budget::Budget,
    certificates::Chain,
    connect::{client, without_userinfo},
    errors::{self, Trouble, tidy},
    kubeconfig::Target,
    plugin, proxy, tls,
};
use crate::failure::Failure;

/// How long one request may take, its body included, unless `--request-timeout` says otherwise: pages are sized to take a
/// sixth of it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How many retries one run may make, over all requests.
const RETRIES: i64 = 40;

/// How often one request is tried.
const ATTEMPTS: u32 = 4;

/// The server is busy if its answer takes longer than this fraction (1/n) of the time limit to arrive.
const SLOW: u32 = 6;

/// What is asked of the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    method: &'a Method,
    /// With its query.
    path: &'a str,
    /// The forms of an answer, the better one first.
    accept: &'a str,
    /// JSON.
    body: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// A GET.
    pub(super) const fn get(path: &'a str, accept: &'a str) -> Self {
        Self {
            method: &Method::GET,
            path,
            accept,
            body: None,
        }
    }

    /// A review: it is asked for by a POST, and the server does not store it.
    pub(super) const fn review(path: &'a str, body: &'a str) -> Self {
        Self {
            method: &Method::POST,
            path,
            accept: "application/json",
            body: Some(body),
        }
    }
}

struct Plugin {
    exec: ExecConfig,
    bearer: RwLock<Option<HeaderValue>>,
}

/// A connection to one API server.
pub(super) struct Api {
    client: Client,
    /// The server's address without credentials.
    pub(super) server: String,
    /// The certificates that it showed.
    pub(super) chain: Chain,
    proxy: Option<String>,
    plugin: Option<Plugin>,
    compress: bool,
    request_timeout: Option<Duration>,
    deadline: Instant,
    retries: AtomicI64,
    budget: Budget,
}

impl Api {
    /// Builds the client; nothing is asked of the server yet.
    pub(super) async fn connect(
        target: &Target,
        request_timeout: Option<Duration>,
        deadline: Instant,
    ) -> Result<Self, Failure> {
        // This fails only if a provider is installed already.
        let _ = tls::provider().install_default();
        let mut config = target.config.clone();
        let server = without_userinfo(&config.cluster_url);
        let request_timeout = match request_timeout {
            None => Some(REQUEST_TIMEOUT),
            Some(Duration::ZERO) => None,
            some => some,
        };
        let plugin = match config.auth_info.exec.take() {
            Some(exec) if !has_other_credential(&config) => {
                let limit = deadline.saturating_duration_since(Instant::now());
                let credential = plugin::run(&exec, limit).await?;
                let bearer = match credential.token {
                    Some(token) => Some(bearer(&token)?),
                    None => None,
                };
                if bearer.is_none() {
                    let encode =
                        |pem: String| base64::engine::general_purpose::STANDARD.encode(pem);
                    config.auth_info.client_certificate_data =
                        credential.client_certificate_data.map(encode);
                    config.auth_info.client_key_data =
                        credential.client_key_data.map(|key| encode(key).into());
                }
                Some(Plugin {
                    exec,
                    bearer: RwLock::new(bearer),
                })
            }
            _ => None,
        };
        let proxy = proxy::of(&config.cluster_url, target.proxy.as_deref())?;
        let chain = Chain::default();
        let client = client(&config, proxy.as_ref(), &chain)?;
        // Compressing for a server on this machine costs more than sending.
        let host = config.cluster_url.host().unwrap_or_default();
        let near = host == "localhost" || host.starts_with("127.") || host == "[::1]";
        Ok(Self {
            client,
            server,
            chain,
            proxy: proxy.as_ref().map(without_userinfo),
            plugin,
            compress: !near && !config.disable_compression,
            request_timeout,
            deadline,
            retries: AtomicI64::new(RETRIES),
            budget: Budget::new(),
        })
    }

    /// How long a page should take to arrive.
    pub(super) fn page_time(&self) -> Duration {
        self.request_timeout.unwrap_or(REQUEST_TIMEOUT) / SLOW
    }

    /// Whether the time for the whole is over.
    pub(super) fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// One request without retries; the answer may have any status.
    pub(super) async fn once(&self, call: Call<'_>) -> Result<Answer, Trouble> {
        self.send(call).await?.whole().await
    }

    /// A request that is tried again while that may help; only a success is an answer.
    pub(super) async fn get(&self, path: &str, accept: &str) -> Result<Answer, Trouble> {
        let mut attempt = 0;
        loop {
            let incoming = self.open_from(path, accept, &mut attempt).await?;
            match incoming.whole().await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => self.pause(&trouble, attempt).await?,
            }
        }
    }

    /// The same, with a body that is yet to come.
    pub(super) async fn open(&self, path: &str, accept: &str) -> Result<Incoming, Trouble> {
        self.open_from(path, accept, &mut 0).await
    }

    async fn open_from(
        &self,
        path: &str,
        accept: &str,
        attempt: &mut u32,
    ) -> Result<Incoming, Trouble> {
        let lane = self.budget.lane().await;
        loop {
            *attempt += 1;
            let trouble = match self.send(Call::get(path, accept)).await {
                Ok(incoming) if incoming.is_success() => {
                    if incoming.waited() > self.page_time() {
                        self.budget.strained();
                    } else {
                        self.budget.well();
                    }
                    return Ok(incoming.in_lane(lane));
                }
                Ok(incoming) => match incoming.whole().await {
                    Ok(answer) => answer.refusal(local_time()),
                    Err(trouble) => trouble,
                },
                Err(trouble) => trouble,
            };
            if trouble.status() == Some(429) {
                self.budget.strained();
            }
            self.pause(&trouble, *attempt).await?;
        }
    }

    /// Waits before a request is tried again.
    ///
    /// # Errors
    /// The trouble itself, if trying again would not help or there is no time for it.
    async fn pause(&self, trouble: &Trouble, attempt: u32) -> Result<(), Trouble> {
        let hopeless = !trouble.is_passing()
            || attempt >= ATTEMPTS
            || self.retries.fetch_sub(1, Ordering::Relaxed) <= 0;
        let asked = match trouble {
            Trouble::Refused(refusal) => refusal.retry_after,
            _ => None,
        };
        let pause = pause(attempt, asked);
        let ends = Instant::now().checked_add(pause);
        if hopeless || ends.is_none_or(|ends| ends >= self.deadline) {
            return Err(trouble.clone());
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// One request, once more with a new token when the plugin's old one is refused.
    async fn send(&self, call: Call<'_>) -> Result<Incoming, Trouble> {
        let incoming = self.exchange(call).await?;
        if incoming.status == 401 && self.renew().await? {
            return self.exchange(call).await;
        }
        Ok(incoming)
    }

    async fn exchange(&self, call: Call<'_>) -> Result<Incoming, Trouble> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header(ACCEPT, call.accept)
            .header(USER_AGENT, concat!("kready/", env!("CARGO_PKG_VERSION")));
        if self.compress {
            request = request.header(ACCEPT_ENCODING, "gzip");
        }
        if let Some(plugin) = &self.plugin
            && let Some(bearer) = &*plugin.bearer.read().await
        {
            request = request.header(AUTHORIZATION, bearer);
        }
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = call
            .body
            .map_or_else(Body::empty, |body| Body::from(body.as_bytes().to_vec()));
        let request = request
            .body(body)
            .map_err(|error| Trouble::NotUnderstood(tidy(&error.to_string())))?;
        let mut patience = Patience::new(self.request_timeout, self.deadline);
        let response = patience
            .wait(self.client.send(request))
            .await?
            .map_err(|error| errors::connection(&error, self.proxy.as_deref()))?;
        Ok(Incoming::new(response, patience))
    }

    /// Asks the plugin for a new token, after the old one was refused.
    async fn renew(&self) -> Result<bool, Trouble> {
        let Some(plugin) = &self.plugin else {
            return Ok(false);
        };
        let before = plugin.bearer.read().await.clone();
        if before.is_none() {
            return Ok(false);
        }
        let mut bearer_now = plugin.bearer.write().await;
        if *bearer_now != before {
            return Ok(true);
        }
        let limit = self.deadline.saturating_duration_since(Instant::now());
        let renewed = plugin::run(&plugin.exec, limit)
            .await
            .and_then(|credential| credential.token.as_deref().map(bearer).transpose())
            .map_err(|failure| Trouble::Plugin {
                message: failure.error.to_string(),
            })?;
        let changed = renewed.is_some() && renewed != before;
        if changed {
            *bearer_now = renewed;
        }
        Ok(changed)
    }
}

/// The pause before the next attempt: it grows, varies at random, and is never shorter than the server asks for.
fn pause(attempt: u32, asked: Option<Duration>) -> Duration {
    let base = Duration::from_millis(100) * 2_u32.saturating_pow(attempt);
    let random = RandomState::new().hash_one(attempt);
    let jitter = base * (random % 1000) as u32 / 1000;
    let own = base / 2 + jitter;
    asked.map_or(own, |asked| asked.max(own))
}

/// This machine's clock, if the server's is not known.
pub(super) fn local_time() -> Time {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Time(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn bearer(token: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.trim())).map_err(|_| {
        Failure::no_audit(anyhow!(
            "the credential plugin wrote a token that cannot be sent"
        ))
        .hint("run its login command, then try again")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether the kubeconfig has a credential that kubectl prefers to a plugin.
fn has_other_credential(config: &Config) -> bool {
    let user = &config.auth_info;
    user.token.is_some() || user.token_file.is_some() || user.username.is_some()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::pause;

    #[test]
    fn pauses_grow_and_honour_what_the_server_asks_for() {
        for attempt in 1..4 {
            let base = Duration::from_millis(100 << attempt);
            let pause = pause(attempt, None);
            assert!(pause >= base / 2 && pause <= base * 3 / 2);
        }
        assert_eq!(
            pause(1, Some(Duration::from_secs(9))),
            Duration::from_secs(9)
        );
    }
}
