//! Credentials leave over TLS only, for the API server alone, in every way that a kubeconfig has to authenticate.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{
    program::Kready,
    wire::{Listener, Reply, Request, Signer, api_server, refusal},
};

const AUDIT: &[&str] = &["audit", "-o", "json", "--only=node-not-ready,pod-not-ready"];

/// What stands in every credential of these tests, and nowhere else.
const SECRET: &str = "S3CR3T-plankton";

fn basic(user: &str) -> String {
    format!("Basic {}", STANDARD.encode(user))
}

/// An ID token that is valid for decades.
pub(crate) fn id_token(ends: u64) -> String {
    let part =
        |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(&json!({"alg": "none"}));
    format!("{head}.{}.{SECRET}", part(&json!({"exp": ends})))
}

const DECADES: u64 = 3_900_000_000;

/// A kubeconfig for one server.
fn kubeconfig(server: &str, signer: &Signer, user: &Value) -> Value {
    let mut cluster = json!({"server": server});
    if server.starts_with("https") {
        cluster["certificate-authority-data"] = json!(STANDARD.encode(&signer.pem));
    }
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "x",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    })
}

/// A script that notes that it ran, and writes this.
#[cfg(unix)]
fn script(kready: &Kready, says: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let answer = kready.write("answer", says);
    let text = format!(
        "#!/bin/sh\necho ran >> {}\ncat {}\n",
        kready.path("ran").display(),
        answer.display()
    );
    let path = kready.write("plugin", &text);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn runs(kready: &Kready) -> usize {
    std::fs::read_to_string(kready.path("ran")).map_or(0, |text| text.lines().count())
}

#[cfg(unix)]
fn credential(status: &Value) -> String {
    json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status})
        .to_string()
}

#[cfg(unix)]
fn exec(kready: &Kready, status: &Value) -> Value {
    let path = script(kready, &credential(status));
    json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": path, "interactiveMode": "Never"}})
}

#[cfg(unix)]
const WAYS: [&str; 11] = [
    "nobody",
    "token",
    "token file",
    "basic",
    "certificate",
    "exec token",
    "exec certificate",
    "exec both",
    "oidc",
    "url user",
    "impersonation",
];

/// A user who authenticates in this way.
#[cfg(unix)]
fn user(way: &str, kready: &Kready, signer: &Signer) -> Value {
    let (certificate, key) = signer.client(SECRET);
    let pair = json!({"clientCertificateData": certificate, "clientKeyData": key});
    match way {
        "token" => json!({"token": SECRET}),
        "token file" => json!({"tokenFile": kready.write("token", &format!("{SECRET}\n"))}),
        "basic" => json!({"username": "it", "password": SECRET}),
        "certificate" => json!({
            "client-certificate-data": STANDARD.encode(certificate),
            "client-key-data": STANDARD.encode(key),
        }),
        "exec token" => exec(kready, &json!({"token": SECRET})),
        "exec certificate" => exec(kready, &pair),
        "exec both" => {
            let mut pair = pair;
            pair["token"] = json!(SECRET);
            exec(kready, &pair)
        }
        "oidc" => json!({"auth-provider": {"name": "oidc", "config": {
            "idp-issuer-url": "https://idp.kready.invalid", "client-id": "it", "id-token": id_token(DECADES)}}}),
        "impersonation" => {
            json!({"token": SECRET, "as": "jane", "as-groups": ["a", "b"], "as-uid": "7",
            "as-user-extra": {"Scope/s": ["v"]}})
        }
        _ => json!({}),
    }
}

/// Answers, but for two lists, which it says are elsewhere.
fn with_redirects(elsewhere: &str) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    let elsewhere = elsewhere.to_owned();
    move |request| {
        let status = match request.path() {
            "/api/v1/pods" => "302 Found",
            "/apis" => "307 Temporary Redirect",
            _ => return api_server(request),
        };
        let location = format!("Location: {elsewhere}{}\r\n", request.path());
        (status, location, String::new())
    }
}

/// What all of a listener's requests carried of a header: one value, or what differs.
#[cfg(unix)]
fn carried(seen: &[Request], name: &str) -> String {
    let mut all: Vec<String> = seen
        .iter()
        .map(|request| request.all(name).join("+"))
        .collect();
    all.sort();
    all.dedup();
    let named: Vec<String> = all
        .into_iter()
        .map(|value| match value.as_str() {
            "" => "-".to_owned(),
            value if value == format!("Bearer {SECRET}") => "Bearer".to_owned(),
            value if value == format!("Bearer {}", id_token(DECADES)) => "ID".to_owned(),
            value if value == basic(&format!("it:{SECRET}")) => "Basic".to_owned(),
            value => value.to_owned(),
        })
        .collect();
    named.join(" | ")
}

/// One cell: a way to authenticate, a scheme, and a proxy, with two redirects on the way.
#[cfg(unix)]
fn cell(way: &str, scheme: &str, proxy: &str, signer: &Signer) -> String {
    let kready = Kready::new();
    let signs = (scheme == "https").then_some(signer);
    let elsewhere = Listener::serve(signs, api_server);
    let server = Listener::serve(signs, with_redirects(&elsewhere.url()));
    let url = match way {
        "url user" => server.url().replacen("://", &format!("://it:{SECRET}@"), 1),
        _ => server.url(),
    };
    let mut config = kubeconfig(&url, signer, &user(way, &kready, signer));
    let between = match proxy {
        "http proxy" => Some(Listener::http_proxy()),
        "socks" => Some(Listener::socks_proxy()),
        _ => None,
    };
    if let Some(between) = &between {
        config["clusters"][0]["cluster"]["proxy-url"] = json!(between.url());
    }
    kready.write_kubeconfig(&config);
    let run = kready.run(AUDIT);
    let report = run.report();
    report.check("node-not-ready").is("Pass");
    let encoded = STANDARD.encode(format!("it:{SECRET}"));
    for said in [&run.stdout, &run.stderr] {
        assert!(
            !said.contains(SECRET) && !said.contains(&encoded),
            "{run:#?}"
        );
    }
    let seen = server.seen();
    let passed = between.map(|between| between.seen()).unwrap_or_default();
    for redirected in ["/api/v1/pods", "/apis"] {
        assert!(seen.iter().any(|request| request.path() == redirected));
    }
    let on_the_way = passed.iter().map(Request::method);
    let mut on_the_way: Vec<&str> = on_the_way.collect();
    on_the_way.dedup();
    // What a proxy reads is what the server reads, or nothing but where to go.
    let told = match on_the_way.first() {
        Some(&("CONNECT" | "SOCKS")) => {
            let told = format!("{passed:?}");
            assert!(
                !told.contains(SECRET)
                    && !told.contains(&encoded)
                    && !told.contains("uthorization"),
                "{told}"
            );
            on_the_way.join(" ")
        }
        Some(_) => format!("reads {}", carried(&passed, "authorization")),
        None => "-".to_owned(),
    };
    if scheme == "http" {
        let wire = format!("{seen:?}{passed:?}");
        assert!(!wire.contains(SECRET) && !wire.contains(&encoded), "{wire}");
    }
    let certified = match seen.iter().filter(|request| request.certified).count() {
        0 => "no",
        all if all == seen.len() => "certificate",
        _ => "some",
    };
    let acts: Vec<String> = [
        "impersonate-user",
        "impersonate-group",
        "impersonate-uid",
        "impersonate-extra-scope%2fs",
    ]
    .map(|name| carried(&seen, name))
    .to_vec();
    let warned = if report.warnings().contains("credentials-withheld") {
        "withheld"
    } else {
        "sent"
    };
    format!(
        "{way}, {scheme}, {proxy}: {} {certified}, as {}, plugin {}, proxy {told}, elsewhere {}, {warned}",
        carried(&seen, "authorization"),
        acts.join(" "),
        runs(&kready),
        elsewhere.seen().len(),
    )
}

#[cfg(unix)]
#[test]
fn every_way_by_every_road() {
    let signer = Signer::new();
    let mut table = String::new();
    for way in WAYS {
        for scheme in ["https", "http"] {
            for proxy in ["direct", "http proxy", "socks"] {
                writeln!(table, "{}", cell(way, scheme, proxy, &signer)).unwrap();
            }
        }
    }
    let expected = include_str!("roads.txt");
    for (row, wanted) in table.lines().zip(expected.lines()) {
        assert_eq!(row, wanted, "\n{table}");
    }
    assert_eq!(table.lines().count(), expected.lines().count(), "{table}");
}

#[test]
fn a_server_that_points_elsewhere_from_the_start_gets_no_further() {
    let signer = Signer::new();
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let elsewhere = Listener::serve(Some(&signer), api_server);
        let location = format!("Location: {}/version\r\n", elsewhere.url());
        let server = Listener::serve(Some(&signer), move |_| {
            (status, location.clone(), String::new())
        });
        let kready = Kready::new();
        kready.write_kubeconfig(&kubeconfig(
            &server.url(),
            &signer,
            &json!({"token": SECRET}),
        ));
        kready.run(AUDIT).refuses(3, &["redirects elsewhere"]);
        assert_eq!(elsewhere.seen().len(), 0);
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_server_that_lets_nobody_in_without_credentials_says_why_none_came() {
    let signer = Signer::new();
    for (status, code) in [("401 Unauthorized", 401), ("403 Forbidden", 403)] {
        let server = Listener::serve(None, move |request| match request.path() {
            "/version" if code == 403 => api_server(request),
            _ => refusal(status, code),
        });
        let kready = Kready::new();
        kready.write_kubeconfig(&kubeconfig(
            &server.url(),
            &signer,
            &json!({"token": SECRET}),
        ));
        kready
            .run(AUDIT)
            .refuses(3, &["over https only", "--server=https://HOST:PORT"]);
    }
}

#[test]
fn an_address_without_a_scheme_is_one_over_http() {
    let signer = Signer::new();
    let server = Listener::serve(None, api_server);
    let place = server.address;
    for address in [
        format!("{place}"),
        format!("{place}/"),
        format!("{place}?x=y"),
        format!("localhost:{}", place.port()),
        format!("HTTP://{place}"),
        format!("it:{SECRET}@{place}"),
    ] {
        let kready = Kready::new();
        kready.write_kubeconfig(&kubeconfig(&address, &signer, &json!({"token": SECRET})));
        let report = kready.run(AUDIT).report();
        report.check("node-not-ready").is("Pass");
        assert!(
            report.warnings().contains("credentials-withheld"),
            "{address}"
        );
        let shown = report.value["cluster"]["server"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(
            shown.starts_with("http://") && !shown.contains(SECRET),
            "{shown}"
        );
    }
    assert!(!format!("{:?}", server.seen()).contains(SECRET));
    // Nobody is asked over TLS, so no authority is needed: there may be none on this machine.
    let kready = Kready::new()
        .variable("SSL_CERT_FILE", "/dev/null")
        .variable("SSL_CERT_DIR", "/dev/null");
    kready.write_kubeconfig(&kubeconfig(&place.to_string(), &signer, &json!({})));
    kready
        .run(AUDIT)
        .report()
        .check("node-not-ready")
        .is("Pass");
    // Who has nothing to send is not warned.
    let kready = Kready::new();
    kready.write_kubeconfig(&kubeconfig(&place.to_string(), &signer, &json!({})));
    assert!(
        !kready
            .run(AUDIT)
            .report()
            .warnings()
            .contains("credentials-withheld")
    );
}

#[test]
fn what_is_no_address_is_refused_and_not_quoted() {
    let signer = Signer::new();
    for address in [
        "",
        "127.0.0.1:1/api",
        "//127.0.0.1:1",
        "https:/127.0.0.1",
        "https//127.0.0.1",
        "https:127.0.0.1",
        "ftp://127.0.0.1",
        "unix:///var/run/x",
        "https://",
        "https://S3CR3T-plankton@",
        "https://it:S3CR3T-plankton@127.0.0.1:x",
        "https://127.0.0.1:99999",
        " https://127.0.0.1",
        "https://127.0.0.1\n",
        "\u{0}",
        "::1",
        "https://[::1",
        "https://127.0.0.1:6443:6443",
        "https://%41",
        "[]",
        "@",
        ":",
        "https://\u{202e}",
        "https://a b",
        "http:// ",
    ] {
        let kready = Kready::new();
        kready.write_kubeconfig(&kubeconfig(address, &signer, &json!({"token": SECRET})));
        let run = kready.run(AUDIT);
        run.refuses(2, &["server"]);
        assert!(!run.stderr.contains(SECRET), "{run:#?}");
    }
}

#[test]
fn tokens_that_cannot_be_sent_are_refused_and_not_quoted() {
    let signer = Signer::new();
    let server = Listener::serve(Some(&signer), api_server);
    for token in [
        format!("{SECRET}\n{SECRET}"),
        format!("{SECRET}\u{1}"),
        format!("a\u{1b}{SECRET}"),
        format!("a\r\nX-Evil: {SECRET}"),
        " \n".to_owned(),
    ] {
        let kready = Kready::new();
        let file = kready.write("token", &token);
        for user in [json!({"token": token}), json!({"tokenFile": file})] {
            kready.write_kubeconfig(&kubeconfig(&server.url(), &signer, &user));
            let run = kready.run(AUDIT);
            run.refuses(2, &["token"]);
            assert!(!run.stderr.contains(SECRET), "{run:#?}");
        }
    }
    assert_eq!(server.seen().len(), 0);
    // A block of YAML ends in a newline.
    let kready = Kready::new();
    kready.write_kubeconfig(&kubeconfig(
        &server.url(),
        &signer,
        &json!({"token": format!(" {SECRET}\n")}),
    ));
    kready.run(AUDIT).report();
    assert!(
        server
            .seen()
            .iter()
            .all(|request| request.all("authorization") == [format!("Bearer {SECRET}")])
    );
}

#[test]
fn contradictions_are_refused_as_kubectl_refuses_them() {
    let signer = Signer::new();
    let server = Listener::serve(Some(&signer), api_server);
    for (user, says) in [
        (
            json!({"token": SECRET, "username": "it", "password": SECRET}),
            "token and a username",
        ),
        (
            json!({"tokenFile": "/dev/null", "username": "it"}),
            "tokenFile and a username",
        ),
        (
            json!({"client-certificate-data": "YQ=="}),
            "without its key",
        ),
        (
            json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "true"}}),
            "interactiveMode",
        ),
        (
            json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "true"}}),
            "v1alpha1",
        ),
        (json!({"exec": {"command": "true"}}), "apiVersion"),
        (
            json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1"}}),
            "without a command",
        ),
        (json!({"auth-provider": {"name": "gcp"}}), "has removed"),
        (
            json!({"auth-provider": {"name": "oidc"}}),
            "idp-issuer-url is missing",
        ),
        (json!({"as-groups": ["a"]}), "no user to act as"),
    ] {
        let kready = Kready::new();
        kready.write_kubeconfig(&kubeconfig(&server.url(), &signer, &user));
        let run = kready.run(AUDIT);
        run.refuses(2, &[says]);
        assert!(!run.stderr.contains(SECRET), "{run:#?}");
    }
    assert_eq!(server.seen().len(), 0);
}

/// A server that takes another token from its `after`th request on, when somebody has put it into the file.
fn rotating(signer: &Signer, after: usize, file: std::path::PathBuf) -> Listener {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Listener::serve(Some(signer), move |request| {
        let asked = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if asked == after {
            std::fs::write(&file, "second\n").unwrap();
        }
        let token = if asked >= after {
            "Bearer second"
        } else {
            "Bearer first"
        };
        if request.all("authorization") == [token] {
            api_server(request)
        } else {
            refusal("401 Unauthorized", 401)
        }
    })
}

#[test]
fn a_token_file_wins_over_a_token_and_rotates_while_it_is_read() {
    for after in [0, 1, 3, 5] {
        let signer = Signer::new();
        let kready = Kready::new();
        let file = kready.write("token", "first\n");
        let server = rotating(&signer, after, file.clone());
        let user = json!({"token": "stale", "tokenFile": file});
        kready.write_kubeconfig(&kubeconfig(&server.url(), &signer, &user));
        let report = kready.run(AUDIT).report();
        report.check("node-not-ready").is("Pass");
        assert_eq!(report.value["scope"]["identity"], "it-user");
        assert_eq!(
            report
                .gaps()
                .filter(|gap| gap["reason"] == "forbidden")
                .count(),
            0
        );
    }
}

#[test]
fn a_token_stands_in_for_a_token_file_that_cannot_be_read() {
    let signer = Signer::new();
    let server = Listener::serve(Some(&signer), api_server);
    let kready = Kready::new();
    for file in [
        json!("/nowhere/token"),
        json!(kready.write("empty", "")),
        json!(kready.home.path()),
    ] {
        let user = json!({"token": SECRET, "tokenFile": file});
        kready.write_kubeconfig(&kubeconfig(&server.url(), &signer, &user));
        kready.run(AUDIT).report();
        kready.write_kubeconfig(&kubeconfig(
            &server.url(),
            &signer,
            &json!({"tokenFile": file}),
        ));
        kready.run(AUDIT).refuses(2, &[file.as_str().unwrap()]);
    }
    assert!(
        server
            .seen()
            .iter()
            .all(|request| request.all("authorization") == [format!("Bearer {SECRET}")])
    );
}

/// The provider of logins: what it answers at its token endpoint, and whether it describes itself.
fn provider(
    signer: &Signer,
    token: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> Listener {
    let address = std::sync::Arc::new(std::sync::OnceLock::<String>::new());
    let known = std::sync::Arc::clone(&address);
    let provider = Listener::serve(Some(signer), move |request| match request.path() {
        "/realm/.well-known/openid-configuration" => {
            let body = json!({"token_endpoint": format!("{}/token", known.get().unwrap())});
            ("200 OK", String::new(), body.to_string())
        }
        "/token" => token(request),
        _ => ("404 Not Found", String::new(), String::new()),
    });
    address.set(provider.url()).unwrap();
    provider
}

fn oidc(issuer: &str, signer: &Signer, more: &Value) -> Value {
    let mut config = json!({"idp-issuer-url": issuer, "client-id": "it",
        "idp-certificate-authority-data": STANDARD.encode(&signer.pem)});
    let settings = config.as_object_mut().unwrap();
    settings.extend(more.as_object().unwrap().clone());
    json!({"auth-provider": {"name": "oidc", "config": config}})
}

#[test]
fn a_login_is_renewed_at_its_provider() {
    let signer = Signer::new();
    let server = Listener::serve(Some(&signer), api_server);
    for (secret, in_form, more) in [
        (None, true, json!({})),
        (Some("pass word"), false, json!({"id-token": id_token(1)})),
        (Some("pass word"), true, json!({"id-token": ""})),
    ] {
        let provider = provider(&signer, move |request| {
            let password = basic("it:pass%20word");
            let known = if in_form {
                request.all("authorization").is_empty() && request.body.contains("client_id=it")
            } else {
                request.all("authorization") == [password.as_str()]
            };
            if known && request.body.contains("refresh_token=old") {
                let body = json!({"id_token": id_token(DECADES), "refresh_token": "new", "access_token": "a"});
                ("200 OK", String::new(), body.to_string())
            } else {
                (
                    "401 Unauthorized",
                    String::new(),
                    json!({"error": "invalid_client"}).to_string(),
                )
            }
        });
        let kready = Kready::new();
        let mut more = more;
        more["refresh-token"] = json!("old");
        if let Some(secret) = secret {
            more["client-secret"] = json!(secret);
        }
        let issuer = format!("{}/realm/", provider.url());
        kready.write_kubeconfig(&kubeconfig(
            &server.url(),
            &signer,
            &oidc(&issuer, &signer, &more),
        ));
        let report = kready.run(AUDIT).report();
        report.check("node-not-ready").is("Pass");
        assert!(report.warnings().contains("login-replaced"));
    }
    let header = format!("Bearer {}", id_token(DECADES));
    assert!(
        server
            .seen()
            .iter()
            .all(|request| request.all("authorization") == [header.as_str()])
    );
}

#[test]
fn a_login_that_cannot_be_renewed_says_why() {
    let signer = Signer::new();
    let server = Listener::serve(Some(&signer), api_server);
    let refuses = provider(&signer, |_| {
        let body = json!({"error": "invalid_grant", "error_description": SECRET}).to_string();
        ("400 Bad Request", String::new(), body)
    });
    let silent = provider(&signer, |_| ("200 OK", String::new(), "{}".to_owned()));
    let odd = provider(&signer, |_| ("200 OK", String::new(), SECRET.to_owned()));
    let plain = Listener::serve(None, |_| ("200 OK", String::new(), "{}".to_owned()));
    let refresh = json!({"refresh-token": SECRET});
    let expired = json!({"refresh-token": SECRET, "id-token": id_token(1)});
    for (issuer, more, says) in [
        (
            "https://idp.kready.invalid/realm".to_owned(),
            &expired,
            "https://idp.kready.invalid/realm: its host name is unknown",
        ),
        (
            "https://127.0.0.1:1".to_owned(),
            &expired,
            "the connection was refused",
        ),
        (
            refuses.url(),
            &refresh,
            "does not describe itself (HTTP 404)",
        ),
        (
            format!("{}/realm", refuses.url()),
            &refresh,
            "it refuses (HTTP 400: invalid_grant)",
        ),
        (format!("{}/realm", silent.url()), &refresh, "no ID token"),
        (
            format!("{}/realm", odd.url()),
            &refresh,
            "cannot be understood",
        ),
        (plain.url(), &refresh, "over https only"),
        ("no address".to_owned(), &refresh, "is not an address"),
        (
            format!("https://it:{SECRET}@[::1"),
            &refresh,
            "is not an address",
        ),
        (
            "https://127.0.0.1:1".to_owned(),
            &json!({"id-token": id_token(1)}),
            "no refresh-token",
        ),
    ] {
        let kready = Kready::new();
        kready.write_kubeconfig(&kubeconfig(
            &server.url(),
            &signer,
            &oidc(&issuer, &signer, more),
        ));
        let run = kready.run(AUDIT);
        run.refuses(3, &[says, "next: log in again"]);
        assert!(!run.stderr.contains(SECRET), "{run:#?}");
    }
    let kready = Kready::new();
    let user = oidc("https://127.0.0.1:1", &signer, &json!({"id-token": SECRET}));
    kready.write_kubeconfig(&kubeconfig(&server.url(), &signer, &user));
    let run = kready.run(AUDIT);
    run.refuses(2, &["not a JSON Web Token"]);
    assert!(!run.stderr.contains(SECRET), "{run:#?}");
    assert_eq!((server.seen().len(), plain.seen().len()), (0, 0));
}
