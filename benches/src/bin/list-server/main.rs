//! A server on loopback that lists a generated cluster at little cost: what kready is measured against.

mod answer;
mod frame;
mod pace;
mod store;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write, stderr},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use clap::Parser;
use futures::{Stream, stream};
use http::{Request, Response, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::{
    body::{Frame, Incoming},
    rt::{Read, Write as WriteHalf},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use self::{
    answer::{Answer, Asked, Recorded, answer},
    pace::Pace,
    store::Store,
};

/// Serve the lists of a generated cluster on loopback, in protobuf and JSON, until killed.
#[derive(Parser)]
struct Options {
    /// Objects as `cluster encode --objects` writes them
    #[arg(required = true)]
    objects: Vec<PathBuf>,
    /// Where to write the kubeconfig, once the server is ready
    #[arg(long)]
    kubeconfig: PathBuf,
    /// Milliseconds to wait before each answer
    #[arg(long, default_value_t = 0)]
    delay: u64,
    /// Pods a second, at most, over all requests
    #[arg(long)]
    pace: Option<f64>,
    /// HTTP without TLS
    #[arg(long)]
    plain: bool,
    /// Write each request's method, path and Accept to this file
    #[arg(long)]
    log: Option<PathBuf>,
    /// Answers to give instead of the server's own: a JSON object of path to status, contentType and body
    #[arg(long)]
    answers: Option<PathBuf>,
    /// The port; any free one by default
    #[arg(long, default_value_t = 0)]
    port: u16,
}

struct Server {
    store: Store,
    recorded: BTreeMap<String, Recorded>,
    delay: Duration,
    pace: Option<Arc<Pace>>,
    log: Option<Mutex<File>>,
}

/// How much of a body is handed over at a time; less when it is paced.
const CHUNK: usize = 256 << 10;
const PACED_CHUNK: usize = 32 << 10;

/// The body of an answer, chunk by chunk, without a copy of it.
fn body(
    answer: Answer,
    pace: Option<Arc<Pace>>,
) -> impl Stream<Item = io::Result<Frame<Bytes>>> + Send {
    let pace = pace.filter(|_| answer.pods > 0);
    let chunk = if pace.is_some() { PACED_CHUNK } else { CHUNK };
    let bytes: usize = answer.parts.iter().map(Bytes::len).sum();
    let pods_a_byte = answer.pods as f64 / bytes.max(1) as f64;
    let parts = answer.parts.into_iter();
    stream::unfold(
        (Bytes::new(), parts, pace),
        move |(mut part, mut parts, pace)| async move {
            while part.is_empty() {
                part = parts.next()?;
            }
            let data = part.split_to(chunk.min(part.len()));
            if let Some(pace) = &pace {
                pace.wait(data.len() as f64 * pods_a_byte).await;
            }
            Some((Ok(Frame::data(data)), (part, parts, pace)))
        },
    )
}

type Body = http_body_util::combinators::UnsyncBoxBody<Bytes, io::Error>;

async fn respond(server: Arc<Server>, request: Request<Incoming>) -> Result<Response<Body>> {
    let (parts, incoming) = request.into_parts();
    incoming.collect().await?;
    let accept = parts
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if let Some(log) = &server.log {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(log, "{}\t{}\t{accept}", parts.method, parts.uri)?;
    }
    if !server.delay.is_zero() {
        tokio::time::sleep(server.delay).await;
    }
    let asked = Asked {
        method: &parts.method,
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        accept,
    };
    let answer = answer(&server.store, &server.recorded, asked);
    let response = Response::builder()
        .status(answer.status)
        .header(header::CONTENT_TYPE, &answer.content_type);
    let body = StreamBody::new(body(answer, server.pace.clone()));
    Ok(response.body(BodyExt::boxed_unsync(body))?)
}

async fn converse(server: Arc<Server>, connection: impl Read + WriteHalf + Unpin) {
    let service = service_fn(move |request| {
        let server = Arc::clone(&server);
        async move {
            // The type that hyper wants of an error.
            respond(server, request).await.map_err(io::Error::other)
        }
    });
    // A client that has seen enough hangs up.
    drop(
        http1::Builder::new()
            .serve_connection(connection, service)
            .await,
    );
}

/// An authority of its own and a certificate for loopback: what the server shows, and what the kubeconfig names.
fn certificates() -> Result<(ServerConfig, String)> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, "list-server");
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.not_before = date_time_ymd(2020, 1, 1);
    authority.not_after = date_time_ymd(2090, 1, 1);
    let authority_key = KeyPair::generate()?;
    let pem = authority.self_signed(&authority_key)?.pem();
    let issuer = Issuer::new(authority, authority_key);
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()])?;
    params
        .distinguished_name
        .push(DnType::CommonName, "kube-apiserver");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok((config, pem))
}

/// Appears under its name when it is whole.
fn write_kubeconfig(path: &Path, address: SocketAddr, authority: Option<&str>) -> Result<()> {
    let mut cluster = json!({"server": format!("http://{address}")});
    if let Some(pem) = authority {
        cluster = json!({"server": format!("https://{address}"), "certificate-authority-data": STANDARD.encode(pem)});
    }
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "admin",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": "admin-token"}}],
        "contexts": [{"name": "admin", "context": {"cluster": "local", "user": "admin"}}],
    });
    let unfinished = path.with_extension("part");
    fs::write(&unfinished, kubeconfig.to_string())
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn load(options: &Options) -> Result<Server> {
    let recorded = match &options.answers {
        Some(path) => serde_json::from_slice(&fs::read(path)?)
            .with_context(|| format!("cannot understand {}", path.display()))?,
        None => BTreeMap::new(),
    };
    Ok(Server {
        store: Store::load(&options.objects)?,
        recorded,
        delay: Duration::from_millis(options.delay),
        pace: options.pace.map(|rate| Arc::new(Pace::new(rate))),
        log: match &options.log {
            Some(path) => Some(Mutex::new(File::create(path)?)),
            None => None,
        },
    })
}

async fn serve(options: Options) -> Result<()> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let server = Arc::new(load(&options)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let address = listener.local_addr()?;
    let tls = if options.plain {
        write_kubeconfig(&options.kubeconfig, address, None)?;
        None
    } else {
        let (config, authority) = certificates()?;
        write_kubeconfig(&options.kubeconfig, address, Some(&authority))?;
        Some(TlsAcceptor::from(Arc::new(config)))
    };
    writeln!(stderr(), "serving at {address}")?;
    loop {
        let (connection, _): (TcpStream, _) = listener.accept().await?;
        connection.set_nodelay(true)?;
        let (server, tls) = (Arc::clone(&server), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => converse(server, TokioIo::new(connection)).await,
                Some(tls) => {
                    if let Ok(connection) = tls.accept(connection).await {
                        converse(server, TokioIo::new(connection)).await;
                    }
                }
            }
        });
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve(options))
}
