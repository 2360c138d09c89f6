//! The way to the API server: connection, credentials, one request at a time with its time limit and its retries.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::anyhow;
use base64::Engine;
use http::{
    HeaderValue, Method, Request, Uri,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        self,
        connect::{
            HttpConnector,
            proxy::{SocksV5, Tunnel},
        },
    },
    rt::TokioExecutor,
};
use kready_checks::wire::Time;
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, ConfigExt},
    config::ExecConfig,
};
use rustls::{
    ClientConfig, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    pki_types::{CertificateDer, ServerName},
};
use tokio::sync::RwLock;

use super::{
    answer::{Answer, Incoming, Patience},
    budget::Budget,
    certificates::{Chain, Witness},
    errors::{self, Trouble, tidy},
    kubeconfig::{Target, unusable},
    plugin, proxy,
};
use crate::failure::Failure;

/// How long one request may take, its body included, unless `--request-timeout` says otherwise: pages are sized to take a
/// sixth of it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How many retries one run may make, over all requests.
const RETRIES: i64 = 40;

/// How often one request is tried.
const ATTEMPTS: u32 = 4;

/// An answer that begins later than this part of the time limit shows that the server has a lot to do.
const SLOW: u32 = 6;

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
        // Only fails when a provider is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
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
    pub(super) async fn once(
        &self,
        method: &Method,
        path: &str,
        accept: &str,
        body: Option<&str>,
    ) -> Result<Answer, Trouble> {
        self.send(method, path, accept, body).await?.whole().await
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
            let trouble = match self.send(&Method::GET, path, accept, None).await {
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
    /// The trouble itself, when trying again would not help or there is no time for it.
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
    async fn send(
        &self,
        method: &Method,
        path: &str,
        accept: &str,
        body: Option<&str>,
    ) -> Result<Incoming, Trouble> {
        let incoming = self.exchange(method, path, accept, body).await?;
        if incoming.status == 401 && self.renew().await? {
            return self.exchange(method, path, accept, body).await;
        }
        Ok(incoming)
    }

    async fn exchange(
        &self,
        method: &Method,
        path: &str,
        accept: &str,
        body: Option<&str>,
    ) -> Result<Incoming, Trouble> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(ACCEPT, accept)
            .header(USER_AGENT, concat!("kready/", env!("CARGO_PKG_VERSION")));
        if self.compress {
            request = request.header(ACCEPT_ENCODING, "gzip");
        }
        if let Some(plugin) = &self.plugin
            && let Some(bearer) = &*plugin.bearer.read().await
        {
            request = request.header(AUTHORIZATION, bearer);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.as_bytes().to_vec()));
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

/// Longer from attempt to attempt, never twice the same, and never shorter than the server asks for.
fn pause(attempt: u32, asked: Option<Duration>) -> Duration {
    let base = Duration::from_millis(100) * 2_u32.saturating_pow(attempt);
    let random = RandomState::new().hash_one(attempt);
    let jitter = base * (random % 1000) as u32 / 1000;
    let own = base / 2 + jitter;
    asked.map_or(own, |asked| asked.max(own))
}

/// This machine's clock, for want of a better one.
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

/// kubectl prefers a token of the kubeconfig to a plugin.
fn has_other_credential(config: &Config) -> bool {
    let user = &config.auth_info;
    user.token.is_some() || user.token_file.is_some() || user.username.is_some()
}

fn without_userinfo(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or("https");
    let authority = uri
        .authority()
        .map(http::uri::Authority::as_str)
        .unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let path = uri.path().trim_end_matches('/');
    format!("{scheme}://{host}{path}")
}

fn client(config: &Config, proxy: Option<&Uri>, chain: &Chain) -> Result<Client, Failure> {
    let tls = tls(config, chain)?;
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_nodelay(true);
    let Some(proxy) = proxy else {
        return finish(config, tls, direct);
    };
    let user = proxy
        .authority()
        .and_then(|authority| authority.as_str().rsplit_once('@'))
        .map(|(user, _)| percent_decode(user));
    let basic = user.as_deref().and_then(|user| {
        let encoded = base64::engine::general_purpose::STANDARD.encode(user);
        HeaderValue::try_from(format!("Basic {encoded}")).ok()
    });
    match proxy.scheme_str() {
        Some("socks5" | "socks5h") => {
            let mut socks = SocksV5::new(proxy.clone(), direct);
            if let Some(user) = &user {
                let (name, password) = user.split_once(':').unwrap_or((user, ""));
                socks = socks.with_auth(name.to_owned(), password.to_owned());
            }
            finish(config, tls, socks)
        }
        Some("https") => {
            let roots = ClientConfig::builder();
            let provider = Arc::clone(roots.crypto_provider());
            let judge = system_roots(provider)?;
            let outer = roots
                .dangerous()
                .with_custom_certificate_verifier(judge)
                .with_no_client_auth();
            let outer = HttpsConnectorBuilder::new()
                .with_tls_config(outer)
                .https_or_http()
                .enable_http1()
                .wrap_connector(direct);
            let mut tunnel = Tunnel::new(proxy.clone(), outer);
            if let Some(basic) = basic {
                tunnel = tunnel.with_auth(basic);
            }
            finish(config, tls, tunnel)
        }
        _ => {
            let mut tunnel = Tunnel::new(proxy.clone(), direct);
            if let Some(basic) = basic {
                tunnel = tunnel.with_auth(basic);
            }
            finish(config, tls, tunnel)
        }
    }
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .filter(|digits| !digits.starts_with('+'))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn finish<C>(config: &Config, tls: ClientConfig, connector: C) -> Result<Client, Failure>
where
    C: tower::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response:
        legacy::connect::Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: std::error::Error + Send + Sync + 'static,
{
    let mut builder = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = ServerName::try_from(name.clone()).map_err(|_| {
            Failure::usage(anyhow!("tls-server-name {} is no host name", tidy(name)))
                .hint("mend it in the kubeconfig's cluster")
        })?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    let connector = builder.enable_http1().wrap_connector(connector);
    let http: legacy::Client<_, Body> =
        legacy::Client::builder(TokioExecutor::new()).build(connector);
    let auth = config.auth_layer().map_err(|error| local(&error))?;
    let headers = config
        .extra_headers_layer()
        .map_err(|error| local(&error))?;
    let base = config.base_uri_layer();
    let namespace = config.default_namespace.clone();
    let service = tower::ServiceBuilder::new()
        .layer(base)
        .option_layer(auth)
        .layer(headers)
        .map_err(tower::BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service, namespace).build())
}

fn local(error: &kube::Error) -> Failure {
    const USER: &str = "this context's user";
    match error {
        kube::Error::InferKubeconfig(error) => unusable(USER, error),
        kube::Error::Auth(error) => Failure::usage(anyhow!("{USER}: {}", tidy(&error.to_string())))
            .hint("mend the user in the kubeconfig, or use another context with --context"),
        kube::Error::RustlsTls(error) => {
            Failure::usage(anyhow!("{USER} or cluster: {}", tidy(&error.to_string())))
                .hint("mend the certificates in the kubeconfig, or fetch a new kubeconfig")
        }
        other => Failure::usage(anyhow!("{USER}: {}", tidy(&other.to_string())))
            .hint("have a look at the context: kubectl config view --minify"),
    }
}

fn system_roots(
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
fn tls(config: &Config, chain: &Chain) -> Result<ClientConfig, Failure> {
    let mut tls = config
        .rustls_client_config()
        .map_err(|error| local(&error))?;
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
    .hint("mend certificate-authority in the kubeconfig's cluster")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{pause, percent_decode, without_userinfo};

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

    #[test]
    fn addresses_are_shown_without_credentials() {
        let shown = |text: &str| without_userinfo(&text.parse().unwrap());
        assert_eq!(shown("https://u:p@api:6443"), "https://api:6443");
        assert_eq!(
            shown("https://api/k8s/clusters/c-1/"),
            "https://api/k8s/clusters/c-1"
        );
        assert_eq!(percent_decode("u:p%40ss%zz"), "u:p@ss%zz");
    }
}
