//! Servers that write down all that they are asked: an API server, where a redirect leads, proxies, and a provider of logins.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use serde_json::{Value, json};

/// Signs for servers on this machine and for clients.
pub(crate) struct Signer {
    pub(crate) pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Signer {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "signer");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2090, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            pem: certificate.pem(),
            der: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for this machine's address, and its key.
    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2090, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// A client certificate and its key, as PEM.
    pub(crate) fn client(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.sign(name);
        (certificate.pem(), key.serialize_pem())
    }

    /// A server that takes a client certificate where there is one.
    fn server(&self) -> Arc<ServerConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let clients = WebPkiClientVerifier::builder(Arc::new(roots))
            .allow_unauthenticated()
            .build()
            .unwrap();
        let (certificate, key) = self.sign("server");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder()
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}

/// One request, as it was on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The request line and all headers.
    pub(crate) head: String,
    pub(crate) body: String,
    /// Who the client certificate says it is.
    pub(crate) certified: bool,
}

impl Request {
    pub(crate) fn method(&self) -> &str {
        self.head.split(' ').next().unwrap_or_default()
    }

    /// The path, without its query.
    pub(crate) fn path(&self) -> &str {
        let target = self.head.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }

    /// All values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().skip(1);
        lines
            .filter_map(|line| line.split_once(": "))
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

/// What is answered: the status line, further header lines, and the body.
pub(crate) type Reply = (&'static str, String, String);

type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

/// Something that listens and writes down.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Listener {
    /// A server; with TLS if somebody signs for it.
    pub(crate) fn serve(
        signer: Option<&Signer>,
        answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let tls = signer.map(Signer::server);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let answer: Arc<Answer> = Arc::new(answer);
        Self::listen(scheme, move |connection, seen| match &tls {
            None => converse(BufReader::new(connection), false, seen, &*answer),
            Some(tls) => {
                let mut session = ServerConnection::new(Arc::clone(tls)).unwrap();
                let mut connection = connection;
                while session.is_handshaking() {
                    session.complete_io(&mut connection)?;
                }
                let certified = session.peer_certificates().is_some();
                let stream = StreamOwned::new(session, connection);
                converse(BufReader::new(stream), certified, seen, &*answer)
            }
        })
    }

    /// A proxy: it opens a way where it is asked to CONNECT, and passes other requests on.
    pub(crate) fn http_proxy() -> Self {
        Self::listen("http", |mut connection, seen| {
            let request = head(&mut BufReader::new(Bytewise(&connection)))?;
            let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let connects = request.starts_with("CONNECT ");
            let request = Request {
                head: request,
                body: String::new(),
                certified: false,
            };
            seen.lock().unwrap().push(request.clone());
            let place = target.trim_start_matches("http://");
            let place = place.split('/').next().unwrap_or_default();
            let mut onward = TcpStream::connect(place)?;
            if connects {
                connection.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            } else {
                let head = request.head.replacen(&format!("http://{place}"), "", 1);
                let lines = head.lines().filter(|line| {
                    !line.is_empty()
                        && !line.to_ascii_lowercase().starts_with("proxy-")
                        && !line.to_ascii_lowercase().starts_with("connection:")
                });
                let head: Vec<&str> = lines.collect();
                let head = format!("{}\r\nConnection: close\r\n\r\n", head.join("\r\n"));
                onward.write_all(head.as_bytes())?;
            }
            pipe(connection, onward)
        })
    }

    /// A SOCKS proxy without passwords.
    pub(crate) fn socks_proxy() -> Self {
        Self::listen("socks5", |mut connection, seen| {
            let mut start = [0; 2];
            connection.read_exact(&mut start)?;
            let mut methods = vec![0; usize::from(start[1])];
            connection.read_exact(&mut methods)?;
            connection.write_all(&[5, 0])?;
            let mut head = [0; 4];
            connection.read_exact(&mut head)?;
            let host = if head[3] == 1 {
                let mut octets = [0; 4];
                connection.read_exact(&mut octets)?;
                std::net::Ipv4Addr::from(octets).to_string()
            } else {
                let mut length = [0];
                connection.read_exact(&mut length)?;
                let mut name = vec![0; usize::from(length[0])];
                connection.read_exact(&mut name)?;
                String::from_utf8(name).unwrap()
            };
            let mut port = [0; 2];
            connection.read_exact(&mut port)?;
            let place = format!("{host}:{}", u16::from_be_bytes(port));
            seen.lock().unwrap().push(Request {
                head: format!("SOCKS {place}"),
                body: String::new(),
                certified: false,
            });
            let onward = TcpStream::connect(place)?;
            connection.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
            pipe(connection, onward)
        })
    }

    fn listen(
        scheme: &'static str,
        serve: impl Fn(TcpStream, &Mutex<Vec<Request>>) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let this = Self {
            address: listener.local_addr().unwrap(),
            scheme,
            seen: Arc::default(),
        };
        let seen = Arc::clone(&this.seen);
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                // Against hangs only.
                let _ = connection.set_read_timeout(Some(Duration::from_secs(60)));
                let (serve, seen) = (Arc::clone(&serve), Arc::clone(&seen));
                // Errors show in what the client says.
                thread::spawn(move || drop(serve(connection, &seen)));
            }
        });
        this
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// What was asked so far.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

/// Reads no more than is asked for, so that nothing is lost to a buffer.
struct Bytewise<'a>(&'a TcpStream);

impl Read for Bytewise<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = buffer.len().min(1);
        Read::read(&mut self.0, &mut buffer[..end])
    }
}

fn head(from: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if from.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

fn converse<S: Read + Write>(
    mut stream: BufReader<S>,
    certified: bool,
    seen: &Mutex<Vec<Request>>,
    answer: &Answer,
) -> io::Result<()> {
    loop {
        let head = head(&mut stream)?;
        let mut request = Request {
            head,
            body: String::new(),
            certified,
        };
        let length = request
            .all("content-length")
            .first()
            .map(|text| text.parse());
        if let Some(Ok(length)) = length {
            let mut body = vec![0; length];
            stream.read_exact(&mut body)?;
            request.body = String::from_utf8(body).unwrap();
        }
        seen.lock().unwrap().push(request.clone());
        let (status, headers, body) = answer(&request);
        let closes = request.all("connection") == ["close"];
        let closing = if closes { "Connection: close\r\n" } else { "" };
        let text = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{closing}{headers}\r\n{body}",
            body.len()
        );
        let stream = stream.get_mut();
        stream.write_all(text.as_bytes())?;
        stream.flush()?;
        if closes {
            return Ok(());
        }
    }
}

fn pipe(one: TcpStream, other: TcpStream) -> io::Result<()> {
    let (mut from, mut to) = (one.try_clone()?, other.try_clone()?);
    let there = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let (mut from, mut to) = (other, one);
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Both);
    there.join().map_err(|_| io::ErrorKind::Other.into())
}

/// What a small and healthy API server answers to whoever asks.
pub(crate) fn api_server(request: &Request) -> Reply {
    let body = match (request.method(), request.path()) {
        ("POST", path) if path.ends_with("/selfsubjectreviews") => {
            json!({"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
                "status": {"userInfo": {"username": "it-user"}}})
        }
        (_, "/version") => json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3"}),
        (_, "/api") => json!({"kind": "APIVersions", "versions": ["v1"]}),
        (_, "/apis") => json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
        (_, "/api/v1") => {
            let kinds = [
                ("nodes", "Node"),
                ("pods", "Pod"),
                ("namespaces", "Namespace"),
            ];
            let resources: Vec<Value> = kinds
                .iter()
                .map(|(name, kind)| json!({"name": name, "singularName": "", "kind": kind, "namespaced": *name == "pods", "verbs": ["list"]}))
                .collect();
            json!({"kind": "APIResourceList", "groupVersion": "v1", "resources": resources})
        }
        (_, "/api/v1/nodes") => {
            json!({"kind": "NodeList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [
                {"metadata": {"name": "one", "uid": "1"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]})
        }
        (_, "/api/v1/pods") => {
            json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []})
        }
        (_, "/api/v1/namespaces") => {
            json!({"kind": "NamespaceList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [
                {"metadata": {"name": "default", "uid": "2"}}]})
        }
        _ => return refusal("404 Not Found", 404),
    };
    ("200 OK", dated(), body.to_string())
}

fn dated() -> String {
    format!("Date: {}\r\n", crate::world::DATE)
}

/// A refusal in the form of an API server.
pub(crate) fn refusal(status: &'static str, code: u16) -> Reply {
    let message = match code {
        403 => "nodes is forbidden: User \"system:anonymous\" cannot list resource \"nodes\"",
        _ => status,
    };
    let body = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": "", "code": code});
    (status, dated(), body.to_string())
}
