//! The way to the API server: connection, credentials, one request at a time with its time limit and its retries.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::anyhow;
use base64::Engine;
use http::{
    HeaderMap, HeaderValue, Method, Request, Uri,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, DATE, RETRY_AFTER,
        USER_AGENT,
    },
};
use http_body_util::BodyExt;
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
use kready_checks::inventory::Time;
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
use tokio::sync::{RwLock, Semaphore};

use super::{
    certificates::{Chain, Witness},
    errors::{self, Refusal, Trouble, tidy},
    kubeconfig::{Target, unusable},
    plugin, proxy,
};
use crate::failure::Failure;

/// How long one request may take, its body included, unless `--request-timeout` says otherwise: pages are sized to take a
/// sixth of it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// How many requests are under way at a time.
const LANES: usize = 4;

/// How many retries one run may make, over all requests.
const RETRIES: i64 = 40;

/// How often one request is tried.
const ATTEMPTS: u32 = 4;

/// The longest pause before a retry, whatever Retry-After says.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The largest answer that is read.
const LARGEST_BODY: usize = 512 << 20;

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) took: Duration,
}

impl Answer {
    /// The Content-Type, lower case.
    pub(super) fn content_type(&self) -> String {
        self.headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase()
    }

    /// The server's clock.
    pub(super) fn date(&self) -> Option<Time> {
        http_date(self.headers.get(DATE)?.to_str().ok()?)
    }

    fn refusal(&self, now: Time) -> Trouble {
        let retry_after = self
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry_after(value, self.date().unwrap_or(now)));
        Trouble::Refused(Refusal::read(self.status, &self.body, retry_after))
    }
}

/// `120`, or an HTTP date.
fn retry_after(value: &str, now: Time) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?.since(now);
    Some(Duration::from_secs(u64::try_from(until).unwrap_or(0)))
}

/// `Wed, 25 Nov 2026 03:00:00 GMT`.
fn http_date(text: &str) -> Option<Time> {
    let text = text.trim().strip_suffix("GMT")?.trim();
    jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S", text)
        .and_then(|parsed| parsed.to_datetime())
        .and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC))
        .ok()
        .map(|zoned| Time(zoned.timestamp().as_second()))
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
    lanes: Semaphore,
    open_lanes: AtomicUsize,
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
            lanes: Semaphore::new(LANES),
            open_lanes: AtomicUsize::new(LANES),
        })
    }

    /// How long a page should take to arrive.
    pub(super) fn page_time(&self) -> Duration {
        self.request_timeout.unwrap_or(REQUEST_TIMEOUT) / 6
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
        let answer = self.attempt(method, path, accept, body).await?;
        if answer.status == 401 && self.renew().await? {
            return self.attempt(method, path, accept, body).await;
        }
        Ok(answer)
    }

    /// A request that is tried again while that may help; only a success is an answer.
    pub(super) async fn get(&self, path: &str, accept: &str) -> Result<Answer, Trouble> {
        let Ok(_lane) = self.lanes.acquire().await else {
            return Err(Trouble::TimedOut("the run is over".to_owned()));
        };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let result = match self.once(&Method::GET, path, accept, None).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) => answer.refusal(local_time()),
                Err(trouble) => trouble,
            };
            if result.status() == Some(429) {
                self.close_a_lane();
            }
            if !result.is_passing()
                || attempt >= ATTEMPTS
                || self.retries.fetch_sub(1, Ordering::Relaxed) <= 0
            {
                return Err(result);
            }
            let asked = match &result {
                Trouble::Refused(refusal) => refusal.retry_after,
                _ => None,
            };
            let pause = pause(attempt, asked);
            if Instant::now() + pause >= self.deadline {
                return Err(result);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// A server that asks for fewer requests gets fewer at a time, for the rest of the run.
    fn close_a_lane(&self) {
        let closed = self
            .open_lanes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |open| {
                (open > 1).then(|| open - 1)
            })
            .is_ok();
        if closed && self.lanes.forget_permits(1) == 0 {
            self.open_lanes.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        path: &str,
        accept: &str,
        body: Option<&str>,
    ) -> Result<Answer, Trouble> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Trouble::TimedOut(
                "the time for the whole audit was over (--timeout)".to_owned(),
            ));
        }
        let limit = self.request_timeout.map_or(left, |limit| limit.min(left));
        let started = Instant::now();
        match tokio::time::timeout(limit, self.exchange(method, path, accept, body)).await {
            Ok(result) => result.map(|(status, headers, body)| Answer {
                status,
                headers,
                body,
                took: started.elapsed(),
            }),
            Err(_) if limit < left => Err(Trouble::TimedOut(format!(
                "no full answer within {} (--request-timeout)",
                seconds(limit)
            ))),
            Err(_) => Err(Trouble::TimedOut(
                "the time for the whole audit ran out (--timeout)".to_owned(),
            )),
        }
    }

    async fn exchange(
        &self,
        method: &Method,
        path: &str,
        accept: &str,
        body: Option<&str>,
    ) -> Result<(u16, HeaderMap, Vec<u8>), Trouble> {
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
        let response = self
            .client
            .send(request)
            .await
            .map_err(|error| errors::connection(&error, self.proxy.as_deref()))?;
        let (head, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| {
                Trouble::CutShort(format!("the answer broke off after {} bytes", bytes.len()))
            })?;
            if let Some(data) = frame.data_ref() {
                if bytes.len() + data.len() > LARGEST_BODY {
                    return Err(Trouble::NotUnderstood("the answer is too large".to_owned()));
                }
                bytes.extend_from_slice(data);
            }
        }
        let packed = head
            .headers
            .get(CONTENT_ENCODING)
            .is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"));
        if packed {
            bytes = unpack(&bytes)?;
        }
        Ok((head.status.as_u16(), head.headers, bytes))
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

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// Longer from attempt to attempt, never twice the same, and never shorter than the server asks for.
fn pause(attempt: u32, asked: Option<Duration>) -> Duration {
    let base = Duration::from_millis(100) * 2_u32.saturating_pow(attempt);
    let random = RandomState::new().hash_one(attempt);
    let jitter = base * (random % 1000) as u32 / 1000;
    let own = base / 2 + jitter;
    asked.map_or(own, |asked| asked.max(own)).min(LONGEST_PAUSE)
}

/// This machine's clock, for want of a better one.
pub(super) fn local_time() -> Time {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Time(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
    let mut plain = Vec::with_capacity(bytes.len() * 8);
    flate2::read::GzDecoder::new(bytes)
        .take(LARGEST_BODY as u64)
        .read_to_end(&mut plain)
        .map_err(|_| Trouble::CutShort("the compressed answer broke off".to_owned()))?;
    Ok(plain)
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

    use kready_checks::inventory::Time;

    use super::{LONGEST_PAUSE, http_date, pause, percent_decode, retry_after, without_userinfo};

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Time(1_795_575_600);
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        let date = "Wed, 25 Nov 2026 03:00:05 GMT";
        assert_eq!(http_date(date).unwrap().to_string(), "2026-11-25T03:00:05Z");
        assert_eq!(retry_after(date, now), Some(Duration::from_secs(5)));
        assert_eq!(retry_after("soon", now), None);
    }

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
        assert_eq!(pause(1, Some(Duration::from_secs(900))), LONGEST_PAUSE);
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
