//! Requests to the API server: credentials, one request at a time with its time limit and its retries.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use http::{
    Method, Request, Uri,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use kube::{Client, Config, client::Body};
use tokio::sync::RwLock;

use super::{
    Options,
    answer::{Answer, Incoming, Patience},
    budget::Budget,
    certificates::Chain,
    connect::{client, without_userinfo},
    credentials::{Credentials, Current, Identity},
    errors::{self, Trouble, tidy},
    kubeconfig::Target,
    proxy, tls,
};
use crate::{failure::Failure, rights::RightsCommand};

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

/// A connection to one API server.
pub(super) struct Api {
    /// With the client certificate of a plugin, if one gave it.
    client: RwLock<(Option<Arc<Identity>>, Client)>,
    config: Config,
    /// The server's address without credentials.
    pub(super) server: String,
    /// How to print the rights that are needed.
    pub(super) rights: RightsCommand,
    /// The certificates that it showed.
    pub(super) chain: Chain,
    proxy: Option<Uri>,
    credentials: Credentials,
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
        options: &Options,
        deadline: Instant,
    ) -> Result<Self, Failure> {
        // This fails only if a provider is installed already.
        let _ = tls::provider().install_default();
        let config = target.config.clone();
        let server = without_userinfo(&config.cluster_url);
        let request_timeout = match options.request_timeout {
            None => Some(REQUEST_TIMEOUT),
            Some(Duration::ZERO) => None,
            some => some,
        };
        let credentials = if config.cluster_url.scheme_str() == Some("https") {
            let plugin = target.plugin.clone();
            let url_user = target.url_user.as_deref();
            Credentials::open(&config.auth_info, plugin, url_user, deadline).await?
        } else {
            Credentials::none()
        };
        let proxy = proxy::of(&config.cluster_url, target.proxy.as_deref())?;
        let chain = Chain::default();
        let identity = credentials.current(deadline).await?.identity;
        let client = client(
            &as_whom(&config, identity.as_deref()),
            proxy.as_ref(),
            &chain,
        )?;
        // Compressing for a server on this machine costs more than sending.
        let host = config.cluster_url.host().unwrap_or_default();
        let near = host == "localhost" || host.starts_with("127.") || host == "[::1]";
        Ok(Self {
            client: RwLock::new((identity, client)),
            server,
            rights: options.rights.clone(),
            chain,
            proxy,
            credentials,
            compress: !near && !config.disable_compression,
            config,
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
                    Ok(answer) => answer.refusal(crate::clock::of_this_machine()),
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

    /// One request, once more with new credentials when the old ones are refused.
    async fn send(&self, call: Call<'_>) -> Result<Incoming, Trouble> {
        let current = self.credentials.current(self.deadline).await;
        let current = current.map_err(|failure| Trouble::login(&failure))?;
        let incoming = self.exchange(call, &current).await?;
        if incoming.status != 401 {
            return Ok(incoming);
        }
        let renewed = self.credentials.renew(&current, self.deadline).await;
        if !renewed.map_err(|failure| Trouble::login(&failure))? {
            return Ok(incoming);
        }
        let current = self.credentials.current(self.deadline).await;
        let current = current.map_err(|failure| Trouble::login(&failure))?;
        self.exchange(call, &current).await
    }

    async fn exchange(&self, call: Call<'_>, current: &Current) -> Result<Incoming, Trouble> {
        let mut request = Request::builder()
            .method(call.method)
            .uri(call.path)
            .header(ACCEPT, call.accept)
            .header(USER_AGENT, concat!("kready/", env!("CARGO_PKG_VERSION")));
        if self.compress {
            request = request.header(ACCEPT_ENCODING, "gzip");
        }
        if let Some(header) = &current.header {
            request = request.header(AUTHORIZATION, header);
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
        let client = self.client(current).await?;
        let mut patience = Patience::new(self.request_timeout, self.deadline);
        let response = patience.wait(client.send(request)).await?;
        let response = response.map_err(|error| {
            let proxy = self.proxy.as_ref().map(without_userinfo);
            errors::connection(&error, proxy.as_deref())
        })?;
        Ok(Incoming::new(response, patience))
    }

    /// The client; a new one when a plugin has given another certificate.
    async fn client(&self, current: &Current) -> Result<Client, Trouble> {
        let kept = self.client.read().await;
        if kept.0 == current.identity {
            return Ok(kept.1.clone());
        }
        drop(kept);
        let mut kept = self.client.write().await;
        if kept.0 != current.identity {
            let config = as_whom(&self.config, current.identity.as_deref());
            let client = client(&config, self.proxy.as_ref(), &self.chain)
                .map_err(|failure| Trouble::login(&failure))?;
            *kept = (current.identity.clone(), client);
        }
        Ok(kept.1.clone())
    }

    /// Whether the provider of this user's login has replaced the refresh token that stands in the kubeconfig.
    pub(super) async fn has_a_new_refresh_token(&self) -> bool {
        self.credentials.replaced_a_refresh_token().await
    }
}

/// The same, with the client certificate of a plugin.
fn as_whom(config: &Config, identity: Option<&Identity>) -> Config {
    let mut config = config.clone();
    if let Some(identity) = identity {
        let user = &mut config.auth_info;
        (user.client_certificate, user.client_key) = (None, None);
        user.client_certificate_data = Some(identity.certificate.clone());
        user.client_key_data = Some(identity.key.clone().into());
    }
    config
}

/// The pause before the next attempt: it grows, varies at random, and is never shorter than the server asks for.
fn pause(attempt: u32, asked: Option<Duration>) -> Duration {
    let base = Duration::from_millis(100) * 2_u32.saturating_pow(attempt);
    let random = RandomState::new().hash_one(attempt);
    let jitter = base * (random % 1000) as u32 / 1000;
    let own = base / 2 + jitter;
    asked.map_or(own, |asked| asked.max(own))
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
