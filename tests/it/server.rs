//! A fake API server that speaks real HTTPS and can be told to misbehave.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fmt::Write as _,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::{Stream, stream};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

use crate::{
    tls::{Authority, Certificate},
    world::{DATE, NOW, Resource, World, text},
};

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) accept: String,
    pub(crate) user_agent: String,
    pub(crate) user: Option<String>,
    body: Bytes,
}

impl Asked {
    fn param(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The group, the plural and the namespace of a list over HTTP.
    pub(crate) fn list(&self) -> Option<(&str, &str, Option<&str>)> {
        let parts: Vec<&str> = self.path.trim_matches('/').split('/').collect();
        let (group, rest) = match parts.as_slice() {
            ["api", _, rest @ ..] => ("", rest),
            ["apis", group, _, rest @ ..] => (*group, rest),
            _ => return None,
        };
        match rest {
            [plural] => Some((group, plural, None)),
            ["namespaces", namespace, plural] => Some((group, plural, Some(namespace))),
            _ => None,
        }
    }
}

/// What the server does instead of answering well.
#[derive(Clone, Debug)]
pub(crate) enum Misbehaviour {
    /// A Status object with this code.
    Status(u16),
    /// 429 or 503 with Retry-After in seconds.
    RetryAfter(u16, u32),
    /// This text with this status and content type.
    Text(u16, &'static str, &'static str),
    /// Nothing, for ever.
    Stall,
    /// Headers and half the body, then nothing.
    StallInBody,
    /// Half the body, then the end of the connection.
    Truncate,
    /// Not JSON at all, with status 200.
    Garbage,
    /// The connection ends without an answer.
    HangUp,
    /// 410 Gone for a page after the first one; with a token to go on with, or without.
    Gone { resume: bool },
    /// Every page carries the token of the same next page.
    RepeatToken,
    /// Every page says that one more follows.
    Endless,
    /// A list that begins so, and then has this object again and again.
    EndlessPage(&'static str, &'static str),
    /// 406 unless plain JSON is acceptable.
    PlainJsonOnly,
    /// 406 where protobuf is acceptable, even beside JSON.
    NoProtobuf,
    /// Well, but only after this time.
    Slow(Duration),
}

struct Rule {
    applies: Box<dyn Fn(&Asked) -> bool + Send + Sync>,
    what: Misbehaviour,
    /// How many more times it applies; none for always.
    left: Option<usize>,
}

/// How a server speaks.
enum Transport {
    Usual(Certificate),
    Tls(Box<ServerConfig>, String),
    Plain,
}

/// Who may list what: the user, the group, the plural and the namespace.
type Policy = dyn Fn(&str, &str, &str, Option<&str>) -> bool + Send + Sync;

/// A server that is yet to be started.
pub(crate) struct Plan {
    world: World,
    rules: Vec<Rule>,
    allows: Box<Policy>,
    transport: Transport,
    page: usize,
    aggregated: bool,
    stale: BTreeSet<String>,
    version: &'static str,
    flags: Option<Vec<(&'static str, &'static str)>>,
    date: &'static str,
}

/// The token of the user for whom everything is allowed.
pub(crate) const TOKEN: &str = "it-token-Zx81qPlanktonVeryLong";

impl Plan {
    pub(crate) fn of(world: World) -> Self {
        Self {
            world,
            rules: Vec::new(),
            allows: Box::new(|_, _, _, _| true),
            transport: Transport::Usual(Certificate::Good),
            page: 5000,
            aggregated: true,
            stale: BTreeSet::new(),
            version: "v1.36.3",
            date: DATE,
            flags: Some(vec![
                ("audit-log-path", "/var/log/kubernetes/audit.log"),
                (
                    "encryption-provider-config",
                    "/etc/kubernetes/encryption.yaml",
                ),
                ("authorization-mode", "[Node,RBAC]"),
                (
                    "etcd-servers",
                    "[https://10.1.0.1:2379,https://10.1.0.2:2379,https://10.1.0.3:2379]",
                ),
            ]),
        }
    }

    /// Misbehaves for every request whose path is this one.
    pub(crate) fn at(self, path: &'static str, what: Misbehaviour) -> Self {
        self.when(move |asked| asked.path == path, what)
    }

    /// Misbehaves for the first `times` requests for this path.
    pub(crate) fn at_first(mut self, path: &'static str, times: usize, what: Misbehaviour) -> Self {
        self.rules.push(Rule {
            applies: Box::new(move |asked| asked.path == path),
            what,
            left: Some(times),
        });
        self
    }

    /// Misbehaves whenever this holds.
    pub(crate) fn when(
        mut self,
        applies: impl Fn(&Asked) -> bool + Send + Sync + 'static,
        what: Misbehaviour,
    ) -> Self {
        self.rules.push(Rule {
            applies: Box::new(applies),
            what,
            left: None,
        });
        self
    }

    /// Allows only these lists: of a group's plural, in a namespace or everywhere.
    pub(crate) fn allowing(
        mut self,
        allows: impl Fn(&str, &str, Option<&str>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.allows = Box::new(move |_, group, plural, namespace| allows(group, plural, namespace));
        self
    }

    /// Forbids one resource everywhere.
    pub(crate) fn forbidding(self, group: &'static str, plural: &'static str) -> Self {
        self.allowing(move |g, p, _| (g, p) != (group, plural))
    }

    pub(crate) fn certificate(mut self, certificate: Certificate) -> Self {
        self.transport = Transport::Usual(certificate);
        self
    }

    /// Speaks TLS so, to clients whose kubeconfig names this authority.
    pub(crate) fn over(mut self, config: ServerConfig, authority: &str) -> Self {
        self.transport = Transport::Tls(Box::new(config), authority.to_owned());
        self
    }

    /// Speaks no TLS, and lets in whoever sends no credentials.
    pub(crate) fn plain(mut self) -> Self {
        self.transport = Transport::Plain;
        self
    }

    /// Never more than so many objects a page.
    pub(crate) fn pages_of(mut self, page: usize) -> Self {
        self.page = page;
        self
    }

    /// Knows nothing of aggregated discovery, like a server before 1.27.
    pub(crate) fn plain_discovery(mut self) -> Self {
        self.aggregated = false;
        self
    }

    /// A group whose own server does not answer.
    pub(crate) fn stale(mut self, group: &str) -> Self {
        self.stale.insert(group.into());
        self
    }

    pub(crate) fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    /// What its clock says, as a Date header.
    pub(crate) fn date(mut self, date: &'static str) -> Self {
        self.date = date;
        self
    }

    /// What `/flagz` shows; nothing: it is not served.
    pub(crate) fn flags(mut self, flags: Option<Vec<(&'static str, &'static str)>>) -> Self {
        self.flags = flags;
        self
    }

    pub(crate) fn start(mut self) -> Server {
        let transport = std::mem::replace(&mut self.transport, Transport::Plain);
        let (config, authority) = match transport {
            Transport::Usual(certificate) => {
                let authority = Authority::new("fake-kubernetes");
                (Some(authority.serve(certificate)), authority.pem)
            }
            Transport::Tls(config, authority) => (Some(*config), authority),
            Transport::Plain => (None, String::new()),
        };
        let scheme = if config.is_some() { "https" } else { "http" };
        let acceptor = config.map(|config| TlsAcceptor::from(Arc::new(config)));
        let (runtime, listener, address) = listen();
        let shared = Arc::new(Shared {
            plan: Mutex::new(self),
            asked: Mutex::new(Vec::new()),
        });
        let served = Arc::clone(&shared);
        runtime.spawn(async move {
            loop {
                let Ok((connection, _)) = listener.accept().await else {
                    continue;
                };
                let (acceptor, served) = (acceptor.clone(), Arc::clone(&served));
                tokio::spawn(async move {
                    let Some(acceptor) = acceptor else {
                        serve(served, TokioIo::new(connection), Known::Silence).await;
                        return;
                    };
                    // A client that does not like the certificate ends the handshake.
                    let Ok(connection) = acceptor.accept(connection).await else {
                        return;
                    };
                    let known = match connection.get_ref().1.peer_certificates() {
                        Some(_) => Known::Certificate,
                        None => Known::Header,
                    };
                    serve(served, TokioIo::new(connection), known).await;
                });
            }
        });
        Server {
            runtime: Some(runtime),
            address,
            scheme,
            authority,
            shared,
        }
    }
}

/// A running fake API server.
pub(crate) struct Server {
    runtime: Option<tokio::runtime::Runtime>,
    address: SocketAddr,
    scheme: &'static str,
    authority: String,
    shared: Arc<Shared>,
}

struct Shared {
    plan: Mutex<Plan>,
    asked: Mutex<Vec<Asked>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate authority that a kubeconfig should name.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.path == path)
            .count()
    }
}

/// A port of this machine, and a thread that serves it.
pub(crate) fn listen() -> (tokio::runtime::Runtime, TcpListener, SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    (runtime, listener, address)
}

type Body = http_body_util::combinators::BoxBody<Bytes, std::io::Error>;
type Answer = Response<Body>;

/// How a client is known on one connection.
#[derive(Clone, Copy)]
enum Known {
    Header,
    Certificate,
    /// Without TLS: by sending no credentials.
    Silence,
}

async fn serve<C>(shared: Arc<Shared>, connection: C, known: Known)
where
    C: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    let service = service_fn(move |request| answer(Arc::clone(&shared), request, known));
    // Errors are the point of several tests; the client tells what it saw.
    drop(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(connection, service)
            .await,
    );
}

async fn answer(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    known: Known,
) -> Result<Answer, std::io::Error> {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes);
    let header = |name: header::HeaderName| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let asked = Asked {
        path: parts.uri.path().to_owned(),
        query: query(parts.uri.query().unwrap_or_default()),
        accept: header(header::ACCEPT),
        user_agent: header(header::USER_AGENT),
        user: {
            let authorization = header(header::AUTHORIZATION);
            let basic = || format!("Basic {}", STANDARD.encode(format!("it:{TOKEN}")));
            let is_known = match known {
                Known::Silence => authorization.is_empty(),
                Known::Certificate if authorization.is_empty() => true,
                _ => authorization == format!("Bearer {TOKEN}") || authorization == basic(),
            };
            is_known.then(|| "it-user".to_owned())
        },
        method: parts.method,
        body,
    };
    shared.asked.lock().unwrap().push(asked.clone());
    let (misbehaviour, good, date) = {
        let mut plan = shared.plan.lock().unwrap();
        let what = plan
            .rules
            .iter_mut()
            .find(|rule| rule.left != Some(0) && (rule.applies)(&asked))
            .map(|rule| {
                rule.left = rule.left.map(|left| left - 1);
                rule.what.clone()
            });
        let page = match what {
            Some(Misbehaviour::RepeatToken | Misbehaviour::Endless) => 2,
            _ => plan.page,
        };
        let good = plan.well(&asked, page);
        (what, good, plan.date)
    };
    let mut response = match misbehaviour {
        None => good.response(),
        Some(what) => misbehave(what, &asked, good).await?,
    };
    let date = header::HeaderValue::from_static(date);
    response.headers_mut().insert(header::DATE, date);
    Ok(response)
}

async fn misbehave(
    what: Misbehaviour,
    asked: &Asked,
    good: Good,
) -> Result<Answer, std::io::Error> {
    let half = Bytes::copy_from_slice(&good.body[..good.body.len() / 2]);
    Ok(match what {
        Misbehaviour::Status(code) => status(code, asked, "the test wants it so").response(),
        Misbehaviour::RetryAfter(code, seconds) => {
            let mut response = status(code, asked, "try again later").response();
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
            response
        }
        Misbehaviour::Text(code, content_type, body) => Good {
            status: code,
            content_type: content_type.into(),
            body: body.as_bytes().to_vec(),
        }
        .response(),
        Misbehaviour::Stall => std::future::pending::<Answer>().await,
        Misbehaviour::StallInBody => good
            .head(Some(good.body.len()))
            .body(streamed(half, false))
            .unwrap(),
        Misbehaviour::Truncate => good
            .head(Some(good.body.len()))
            .body(streamed(half, true))
            .unwrap(),
        Misbehaviour::Garbage => Good {
            status: 200,
            content_type: "application/json".into(),
            body: b"<html><body>Welcome to the hotel's WiFi</body></html>".to_vec(),
        }
        .response(),
        Misbehaviour::HangUp => return Err(std::io::Error::other("hang up")),
        Misbehaviour::Gone { resume } => match asked.param("continue") {
            // A resumed list is not one consistent view; its token says so here.
            Some(token) if !token.starts_with("resumed-") => {
                let mut gone = status(
                    410,
                    asked,
                    "The provided continue parameter is too old to display a consistent list result.",
                );
                let mut body: Value = serde_json::from_slice(&gone.body).unwrap();
                body["reason"] = json!("Expired");
                if resume {
                    body["metadata"] = json!({"continue": format!("resumed-{token}")});
                }
                gone.body = body.to_string().into_bytes();
                gone.response()
            }
            _ => good.response(),
        },
        Misbehaviour::RepeatToken => good.with_token("2").response(),
        Misbehaviour::Endless => {
            let next = asked
                .param("continue")
                .and_then(|token| token.strip_prefix("endless-")?.parse::<u64>().ok())
                .map_or(1, |n| n + 1);
            good.with_token(&format!("endless-{next}")).response()
        }
        Misbehaviour::EndlessPage(start, object) => {
            let object = Bytes::from(format!("{object},").repeat(1 << 10));
            let objects = stream::repeat_with(move || Ok(Frame::data(object.clone())));
            let start = stream::iter([Ok(Frame::data(Bytes::from_static(start.as_bytes())))]);
            let body = StreamBody::new(futures::StreamExt::chain(start, objects));
            good.head(None).body(BodyExt::boxed(body)).unwrap()
        }
        Misbehaviour::PlainJsonOnly => {
            let plain = asked
                .accept
                .split(',')
                .any(|range| matches!(range.trim(), "" | "*/*" | "application/json"));
            if plain {
                good.response()
            } else {
                status(406, asked, "only application/json is served").response()
            }
        }
        Misbehaviour::NoProtobuf if asked.accept.contains("protobuf") => {
            status(406, asked, "only application/json is served").response()
        }
        Misbehaviour::NoProtobuf => good.response(),
        Misbehaviour::Slow(time) => {
            tokio::time::sleep(time).await;
            good.response()
        }
    })
}

/// A half body, and then nothing, or the end of the connection.
fn streamed(half: Bytes, ends: bool) -> Body {
    let rest: Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Send + Sync>> =
        if ends {
            Box::pin(stream::once(async {
                // Lets the first half leave before the connection ends.
                tokio::time::sleep(Duration::from_millis(30)).await;
                Err(std::io::Error::other("cut"))
            }))
        } else {
            Box::pin(stream::poll_fn(|_| Poll::Pending))
        };
    let first = stream::iter([Ok(Frame::data(half))]);
    BodyExt::boxed(StreamBody::new(futures::StreamExt::chain(first, rest)))
}

/// A good answer.
struct Good {
    status: u16,
    content_type: String,
    body: Vec<u8>,
}

impl Good {
    fn json(value: &Value) -> Self {
        Self {
            status: 200,
            content_type: "application/json".into(),
            body: value.to_string().into_bytes(),
        }
    }

    fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8".into(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn head(&self, length: Option<usize>) -> http::response::Builder {
        let mut builder = Response::builder()
            .status(StatusCode::from_u16(self.status).unwrap())
            .header(header::CONTENT_TYPE, &self.content_type);
        if let Some(length) = length {
            builder = builder.header(header::CONTENT_LENGTH, length);
        }
        builder
    }

    fn response(self) -> Answer {
        let head = self.head(None);
        let body = http_body_util::Full::new(Bytes::from(self.body)).map_err(never);
        head.body(BodyExt::boxed(body)).unwrap()
    }

    fn with_token(mut self, token: &str) -> Self {
        let mut body: Value = serde_json::from_slice(&self.body).unwrap();
        body["metadata"]["continue"] = json!(token);
        self.body = body.to_string().into_bytes();
        self
    }
}

fn never(never: Infallible) -> std::io::Error {
    match never {}
}

fn status(code: u16, asked: &Asked, message: &str) -> Good {
    let reason = match code {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        406 => "NotAcceptable",
        410 => "Expired",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        _ => "InternalError",
    };
    let message = match code {
        401 => "Unauthorized".to_owned(),
        403 => format!("{} is forbidden: {message}", asked.path),
        _ => message.to_owned(),
    };
    Good {
        status: code,
        ..Good::json(
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "code": code}),
        )
    }
}

fn query(text: &str) -> BTreeMap<String, String> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), percent(value)))
        .collect()
}

fn percent(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

impl Plan {
    /// The right answer.
    fn well(&self, asked: &Asked, page: usize) -> Good {
        let Some(user) = &asked.user else {
            return status(401, asked, "");
        };
        let parts: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
        if asked.method == Method::POST {
            return self.review(user, asked);
        }
        if asked.method != Method::GET {
            return status(405, asked, "a reader does not do this");
        }
        match parts.as_slice() {
            ["version"] => Good::json(
                &json!({"major": "1", "minor": self.minor(), "gitVersion": self.version, "platform": "linux/amd64"}),
            ),
            [probe @ ("livez" | "readyz")] => Good::text(
                200,
                &format!("[+]ping ok\n[+]log ok\n[+]etcd ok\n{probe} check passed\n"),
            ),
            ["flagz"] => self.flagz(asked),
            ["api" | "apis"] => self.discovery(asked, parts[0] == "api"),
            ["api", version] => self.resources(asked, "", version),
            ["apis", group] => self.group(asked, group),
            ["apis", group, version] => self.resources(asked, group, version),
            ["api", version, rest @ ..] => self.read(user, asked, "", version, rest, page),
            ["apis", group, version, rest @ ..] => {
                self.read(user, asked, group, version, rest, page)
            }
            _ => status(
                404,
                asked,
                "the server could not find the requested resource",
            ),
        }
    }

    fn minor(&self) -> &str {
        self.version.split('.').nth(1).unwrap_or_default()
    }

    fn flagz(&self, asked: &Asked) -> Good {
        let Some(flags) = &self.flags else {
            return status(
                404,
                asked,
                "the server could not find the requested resource",
            );
        };
        if asked.accept.contains("as=Flagz") {
            let flags: BTreeMap<_, _> = flags.iter().copied().collect();
            return Good::json(
                &json!({"kind": "Flagz", "apiVersion": "config.k8s.io/v1beta1", "metadata": {"name": "kube-apiserver"}, "flags": flags}),
            );
        }
        if ["", "*/*", "text/"]
            .iter()
            .all(|range| !asked.accept.contains(range))
        {
            return status(406, asked, "only text/plain is served");
        }
        let mut body = "\nkube-apiserver flagz\nWarning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.\n\n".to_owned();
        for (name, value) in flags {
            writeln!(body, "{name}={value}").unwrap();
        }
        Good::text(200, &body)
    }

    fn review(&self, user: &str, asked: &Asked) -> Good {
        let review: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
        match asked.path.rsplit('/').next() {
            Some("selfsubjectreviews") => Good {
                status: 201,
                ..Good::json(
                    &json!({"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {"creationTimestamp": NOW},
                    "status": {"userInfo": {"username": user, "groups": ["system:authenticated"]}}}),
                )
            },
            Some("selfsubjectaccessreviews") => {
                let attributes = &review["spec"]["resourceAttributes"];
                let namespace = text(attributes, "/namespace");
                let allowed = (self.allows)(
                    user,
                    &text(attributes, "/group"),
                    &text(attributes, "/resource"),
                    (!namespace.is_empty()).then_some(namespace.as_str()),
                );
                Good {
                    status: 201,
                    ..Good::json(
                        &json!({"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {},
                        "spec": review["spec"], "status": {"allowed": allowed}}),
                    )
                }
            }
            _ => status(405, asked, "a reader does not do this"),
        }
    }

    /// Groups, each with its versions, in order; the core group left out or alone.
    fn groups(&self, core: bool) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for resource in &self.world.resources {
            if resource.group.is_empty() == core {
                groups
                    .entry(&resource.group)
                    .or_default()
                    .insert(&resource.version);
            }
        }
        groups
    }

    fn served<'a>(
        &'a self,
        group: &'a str,
        version: &'a str,
    ) -> impl Iterator<Item = &'a Resource> {
        self.world
            .resources
            .iter()
            .filter(move |resource| resource.group == group && resource.version == version)
    }

    fn discovery(&self, asked: &Asked, core: bool) -> Good {
        if self.aggregated && asked.accept.contains("as=APIGroupDiscoveryList") {
            let items: Vec<Value> = self.groups(core).into_iter().map(|(group, versions)| {
                let versions: Vec<Value> = versions.into_iter().map(|version| {
                    let stale = self.stale.contains(group);
                    let resources: Vec<Value> = self.served(group, version).filter(|_| !stale).map(|resource| json!({
                        "resource": resource.plural, "singularResource": resource.kind.to_lowercase(),
                        "responseKind": {"group": group, "version": version, "kind": resource.kind},
                        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
                        "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
                        "subresources": if scales(resource) {
                            json!([{"subresource": "scale", "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"}, "verbs": ["get", "patch", "update"]}])
                        } else { json!([]) },
                    })).collect();
                    json!({"version": version, "freshness": if stale { "Stale" } else { "Current" }, "resources": resources})
                }).collect();
                json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions})
            }).collect();
            return Good {
                content_type:
                    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList".into(),
                ..Good::json(
                    &json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}),
                )
            };
        }
        if core {
            return Good::json(
                &json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
            );
        }
        let groups: Vec<Value> = self
            .groups(false)
            .keys()
            .map(|group| self.described(group))
            .collect();
        Good::json(&json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
    }

    fn described(&self, group: &str) -> Value {
        let groups = self.groups(false);
        let versions: Vec<Value> = groups[group]
            .iter()
            .map(
                |version| json!({"groupVersion": format!("{group}/{version}"), "version": version}),
            )
            .collect();
        json!({"name": group, "preferredVersion": versions[0], "versions": versions})
    }

    fn group(&self, asked: &Asked, group: &str) -> Good {
        if !self.groups(false).contains_key(group) {
            return status(
                404,
                asked,
                "the server could not find the requested resource",
            );
        }
        let mut described = self.described(group);
        described["kind"] = json!("APIGroup");
        described["apiVersion"] = json!("v1");
        Good::json(&described)
    }

    fn resources(&self, asked: &Asked, group: &str, version: &str) -> Good {
        if self.stale.contains(group) {
            return status(503, asked, "service unavailable");
        }
        let mut resources = Vec::new();
        for resource in self.served(group, version) {
            resources.push(json!({"name": resource.plural, "singularName": resource.kind.to_lowercase(), "namespaced": resource.namespaced,
                "kind": resource.kind, "verbs": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]}));
            if scales(resource) {
                resources.push(json!({"name": format!("{}/scale", resource.plural), "singularName": "", "namespaced": true,
                    "group": "autoscaling", "version": "v1", "kind": "Scale", "verbs": ["get", "patch", "update"]}));
            }
        }
        if resources.is_empty() {
            return status(
                404,
                asked,
                "the server could not find the requested resource",
            );
        }
        let group_version = if group.is_empty() {
            version.to_owned()
        } else {
            format!("{group}/{version}")
        };
        Good::json(
            &json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}),
        )
    }

    fn read(
        &self,
        user: &str,
        asked: &Asked,
        group: &str,
        version: &str,
        rest: &[&str],
        page: usize,
    ) -> Good {
        let (namespace, plural, name) = match rest {
            [plural] => (None, *plural, None),
            ["namespaces", namespace, plural] => (Some(*namespace), *plural, None),
            ["namespaces", namespace, plural, name] => (Some(*namespace), *plural, Some(*name)),
            [plural, name] => (None, *plural, Some(*name)),
            _ => {
                return status(
                    404,
                    asked,
                    "the server could not find the requested resource",
                );
            }
        };
        // A namespace lies in itself: whoever may read it there may get it.
        let home = if plural == "namespaces" {
            namespace.or(name)
        } else {
            namespace
        };
        if !(self.allows)(user, group, plural, home) {
            let place = namespace.map_or_else(
                || "at the cluster scope".to_owned(),
                |namespace| format!("in the namespace \"{namespace}\""),
            );
            return status(
                403,
                asked,
                &format!(
                    "User \"{user}\" cannot list resource \"{plural}\" in API group \"{group}\" {place}"
                ),
            );
        }
        let Some(resource) = self
            .served(group, version)
            .find(|resource| resource.plural == plural)
        else {
            return status(
                404,
                asked,
                "the server could not find the requested resource",
            );
        };
        if self.stale.contains(group) {
            return status(503, asked, "service unavailable");
        }
        let selected: Vec<&Value> = self
            .world
            .objects(group, plural)
            .filter(|object| {
                namespace.is_none_or(|namespace| text(object, "/metadata/namespace") == namespace)
            })
            .filter(|object| name.is_none_or(|name| text(object, "/metadata/name") == name))
            .filter(|object| matches(object, asked))
            .collect();
        if name.is_some() {
            return match selected.first() {
                Some(object) => Good::json(object),
                None => status(404, asked, "not found"),
            };
        }
        let limit = asked
            .param("limit")
            .and_then(|limit| limit.parse().ok())
            .filter(|limit| *limit > 0)
            .unwrap_or(usize::MAX)
            .min(page);
        let from = asked.param("continue").map_or(0_usize, |token| {
            token.trim_start_matches("resumed-").parse().unwrap_or(0)
        });
        let metadata_only = asked.accept.contains("as=PartialObjectMetadataList");
        let next = selected.len().min(from.saturating_add(limit));
        let page = &selected[from.min(next)..next];
        let mut metadata = json!({"resourceVersion": "1000"});
        if next < selected.len() {
            metadata["continue"] = json!(next.to_string());
            metadata["remainingItemCount"] = json!(selected.len() - next);
        }
        let (kind, api_version) = if metadata_only {
            (
                "PartialObjectMetadataList".to_owned(),
                "meta.k8s.io/v1".to_owned(),
            )
        } else {
            (format!("{}List", resource.kind), resource.api_version())
        };
        if let Some(messages) = messages(page)
            && asked.accept.contains("application/vnd.kubernetes.protobuf")
            && !metadata_only
        {
            return Good {
                status: 200,
                content_type: "application/vnd.kubernetes.protobuf".into(),
                body: protobuf_list(&api_version, &kind, &metadata, &messages),
            };
        }
        let items = page
            .iter()
            .map(|object| wire(object, resource, metadata_only));
        Good::json(
            &json!({"kind": kind, "apiVersion": api_version, "metadata": metadata, "items": items.collect::<Value>()}),
        )
    }
}

/// The objects in protobuf, when all of them have that form.
fn messages(objects: &[&Value]) -> Option<Vec<Vec<u8>>> {
    objects
        .iter()
        .map(|object| STANDARD.decode(object.get("protobuf")?.as_str()?).ok())
        .collect()
}

/// A list as an API server frames it: `runtime.Unknown {1 typeMeta, 2 raw {1 ListMeta, 2 items}}`.
fn protobuf_list(api_version: &str, kind: &str, metadata: &Value, messages: &[Vec<u8>]) -> Vec<u8> {
    fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.extend(u8::try_from(value & 0x7f | 0x80));
            value >>= 7;
        }
        bytes.extend(u8::try_from(value));
        bytes
    }
    fn field(number: u64, value: &[u8]) -> Vec<u8> {
        [
            varint(number << 3 | 2),
            varint(value.len() as u64),
            value.to_vec(),
        ]
        .concat()
    }
    let mut meta = field(2, text(metadata, "/resourceVersion").as_bytes());
    meta.extend(field(3, text(metadata, "/continue").as_bytes()));
    if let Some(remaining) = metadata["remainingItemCount"].as_u64() {
        meta.extend([varint(4 << 3), varint(remaining)].concat());
    }
    let mut raw = field(1, &meta);
    for message in messages {
        raw.extend(field(2, message));
    }
    [
        b"k8s\0".to_vec(),
        field(
            1,
            &[field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat(),
        ),
        field(2, &raw),
        field(3, b""),
        field(4, b""),
    ]
    .concat()
}

fn scales(resource: &Resource) -> bool {
    matches!(
        resource.plural.as_str(),
        "deployments" | "replicasets" | "statefulsets" | "replicationcontrollers"
    )
}

/// An object as it stands in a list: those of built-in kinds don't repeat their kind.
fn wire(object: &Value, resource: &Resource, metadata_only: bool) -> Value {
    if metadata_only {
        return json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]});
    }
    let mut object = object.clone();
    if resource.group.ends_with(".k8s.io") || !resource.group.contains('.') {
        let fields = object.as_object_mut().unwrap();
        fields.remove("kind");
        fields.remove("apiVersion");
        fields.remove("protobuf");
    }
    object
}

/// Whether an object satisfies the selectors of a list.
fn matches(object: &Value, asked: &Asked) -> bool {
    let terms = |name: &str| -> Vec<(String, String, bool)> {
        asked
            .param(name)
            .unwrap_or_default()
            .split(',')
            .filter(|term| !term.is_empty())
            .map(|term| {
                if let Some((key, value)) = term.split_once("!=") {
                    return (key.to_owned(), value.to_owned(), false);
                }
                let (key, value) = term.split_once('=').expect("the fake knows only = and !=");
                (
                    key.to_owned(),
                    value.trim_start_matches('=').to_owned(),
                    true,
                )
            })
            .collect()
    };
    terms("labelSelector")
        .into_iter()
        .all(|(key, value, equal)| (object["metadata"]["labels"][&key] == value) == equal)
        && terms("fieldSelector")
            .into_iter()
            .all(|(key, value, equal)| {
                (text(object, &format!("/{}", key.replace('.', "/"))) == value) == equal
            })
}
