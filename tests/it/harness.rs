//! The fake server itself: it answers what a real API server answers.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, pki_types::CertificateDer,
};
use serde_json::Value;

use crate::{
    server::{Misbehaviour, Plan, Server, TOKEN},
    tls::Certificate,
    world::{DATE, World, text},
};

/// One GET without any library that would hide what is on the wire.
fn get(server: &Server, path: &str, accept: &str) -> std::io::Result<(u16, String, String)> {
    use base64::Engine as _;
    let body: String = server
        .authority()
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(der)).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(roots)
    .with_no_client_auth();
    let connection =
        ClientConnection::new(Arc::new(config), "127.0.0.1".try_into().unwrap()).unwrap();
    let socket = TcpStream::connect(server.url().trim_start_matches("https://"))?;
    socket.set_read_timeout(Some(std::time::Duration::from_millis(500)))?;
    let mut stream = StreamOwned::new(connection, socket);
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: fake\r\nAccept: {accept}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The server does not say goodbye to a connection that it cuts.
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof || answer.is_empty() => {
            return Err(error);
        }
        _ => {}
    }
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok((status, head.to_owned(), body.to_owned()))
}

fn list(server: &Server, path: &str) -> Value {
    let (status, _, body) = get(server, path, "application/json").unwrap();
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn pages_in_order_with_a_fixed_date() {
    let server = Plan::of(World::named("healthy")).pages_of(2).start();
    let (_, head, _) = get(&server, "/version", "*/*").unwrap();
    assert!(head.contains(DATE), "{head}");
    let first = list(&server, "/api/v1/nodes?limit=500");
    assert_eq!(first["kind"], "NodeList");
    assert_eq!(first["metadata"]["continue"], "2");
    assert_eq!(first["metadata"]["remainingItemCount"], 4);
    assert_eq!(first["items"][0]["metadata"]["name"], "control-plane-0");
    assert!(first["items"][0].get("kind").is_none());
    let last = list(&server, "/api/v1/nodes?limit=500&continue=4");
    assert!(last["metadata"].get("continue").is_none());
    assert_eq!(last["items"][1]["metadata"]["name"], "worker-2");
    let leases = list(
        &server,
        "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?labelSelector=apiserver.kubernetes.io%2Fidentity%3Dkube-apiserver",
    );
    assert_eq!(leases["metadata"]["remainingItemCount"], 1);
    let (status, _, body) = get(&server, "/apis/example.com/v1/things", "*/*").unwrap();
    assert_eq!((status, body.contains("\"Status\"")), (404, true));
    assert_eq!(server.count("/api/v1/nodes"), 2);
}

#[test]
fn controllers_have_settled() {
    let world = World::named("healthy");
    let slice = world
        .objects("discovery.k8s.io", "endpointslices")
        .find(|slice| text(slice, "/metadata/name") == "web-abcde")
        .unwrap();
    assert_eq!(slice["endpoints"].as_array().unwrap().len(), 3);
    let pod = world
        .objects("", "pods")
        .find(|pod| text(pod, "/metadata/name") == "db-1")
        .unwrap();
    assert_eq!(
        pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"],
        "data-db-1"
    );
    assert_eq!(pod["metadata"]["ownerReferences"][0]["kind"], "StatefulSet");
    assert!(world.namespaces().contains("monitoring"));
}

#[test]
fn misbehaves_as_told() {
    let server = Plan::of(World::named("ground"))
        .at("/api/v1/pods", Misbehaviour::Truncate)
        .at("/api/v1/services", Misbehaviour::StallInBody)
        .at("/api/v1/secrets", Misbehaviour::HangUp)
        .at_first("/api/v1/nodes", 1, Misbehaviour::RetryAfter(429, 1))
        .pages_of(2)
        .at("/api/v1/namespaces", Misbehaviour::Gone { resume: true })
        .forbidding("", "configmaps")
        .start();
    let (_, head, body) = get(&server, "/api/v1/pods", "*/*").unwrap();
    let length: usize = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        })
        .unwrap();
    assert!(body.len() < length && !body.is_empty());
    assert_eq!(
        get(&server, "/api/v1/services", "*/*").unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
    assert!(get(&server, "/api/v1/secrets", "*/*").is_err());
    let (status, head, _) = get(&server, "/api/v1/nodes", "*/*").unwrap();
    assert_eq!(
        (status, head.to_lowercase().contains("retry-after: 1")),
        (429, true)
    );
    assert_eq!(get(&server, "/api/v1/nodes", "*/*").unwrap().0, 200);
    let (status, _, body) = get(&server, "/api/v1/namespaces?continue=2", "*/*").unwrap();
    assert_eq!((status, body.contains("resumed-2")), (410, true));
    assert_eq!(
        get(&server, "/api/v1/namespaces?continue=resumed-2", "*/*")
            .unwrap()
            .0,
        200
    );
    assert_eq!(get(&server, "/api/v1/configmaps", "*/*").unwrap().0, 403);
}

#[test]
fn shows_bad_certificates() {
    for certificate in [
        Certificate::Expired,
        Certificate::Foreign,
        Certificate::Unknown,
    ] {
        let server = Plan::of(World::named("ground"))
            .certificate(certificate)
            .start();
        let refused = get(&server, "/version", "*/*").unwrap_err();
        assert!(
            refused.to_string().contains("certificate"),
            "{certificate:?}: {refused}"
        );
    }
}
