//! Whoever kubectl reaches, kready reaches, and it refuses what kubectl refuses: a table of servers and kubeconfigs, which both
//! are held against. The control plane's binary serves as kubectl.

use std::{
    any::Any,
    path::Path,
    process::{Command, Stdio},
    sync::Mutex,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    NameConstraints, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512,
    PKCS_ED25519, PKCS_RSA_SHA256, SanType, SignatureAlgorithm, date_time_ymd,
};
use rustls::{ServerConfig, version::TLS12};
use serde_json::{Value, json};

use crate::{
    control_plane::binary,
    program::Kready,
    proxies::{Proxy, Way},
    server::{Misbehaviour, Plan, Server, TOKEN},
    tls::{Authority, Change, Identity, authoritative, pem, usual},
    world::World,
};

use Ending::{
    AskedForPassword, Authority as UnknownAuthority, Config, Connection, Date, Name, NoTls,
    NotPermitted, Plugin, Purpose, Reached, Tls, Unauthorized,
};

/// How an attempt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The server answers.
    Reached,
    /// The certificate is made for another name.
    Name,
    /// A certificate isn't valid now.
    Date,
    /// Nobody knows who signed the certificate.
    Authority,
    /// The certificate is not made for a server.
    Purpose,
    /// The authority may not sign for this name.
    NotPermitted,
    /// The kubeconfig can't be used: nothing is sent.
    Config,
    /// The server doesn't accept the credentials.
    Unauthorized,
    /// There is no connection.
    Connection,
    /// The proxy asks for a password.
    AskedForPassword,
    /// The credential plugin gives no credential.
    Plugin,
    /// The server doesn't speak TLS.
    NoTls,
    /// The server speaks TLS only.
    Tls,
}

impl Ending {
    /// What kubectl says of it.
    fn of_kubectl(said: &str) -> Option<Self> {
        let words = [
            ("x509: certificate is valid for", Name),
            ("cannot validate certificate for", Name),
            ("relies on legacy Common Name", Name),
            ("is not valid for any names", Name),
            ("has expired or is not yet valid", Date),
            ("signed by unknown authority", Self::Authority),
            ("incompatible key usage", Purpose),
            ("not permitted by any constraint", NotPermitted),
            ("unable to read certificate-authority", Config),
            ("are both specified", Config),
            ("must be specified", Config),
            ("only one is allowed", Config),
            ("invalid 'proxy-url'", Config),
            ("tls: found a certificate rather than a key", Config),
            ("invalid configuration", Config),
            ("unable to load root certificates", Config),
            ("with the insecure flag is not allowed", Config),
            ("illegal base64", Config),
            ("tls: failed to", Config),
            ("tls: private key", Config),
            ("getting credentials", Plugin),
            ("server gave HTTP response to HTTPS client", NoTls),
            ("malformed HTTP response", Tls),
            ("exec plugin", Config),
            // Without credentials kubectl asks for a user's name.
            ("error: EOF", Unauthorized),
            ("must be logged in", Unauthorized),
            ("Unauthorized", Unauthorized),
            ("Proxy Authentication Required", AskedForPassword),
            ("no such host", Connection),
            ("connection refused", Connection),
            ("was refused - did you specify", Connection),
            ("Temporary failure in name resolution", Connection),
            ("server misbehaving", Connection),
        ];
        words
            .iter()
            .find(|(word, _)| said.contains(word))
            .map(|(_, ending)| *ending)
    }

    /// What kready says of it: one of these exit codes, and one of these words.
    fn of_kready(self) -> (&'static [i32], &'static [&'static str]) {
        match self {
            Reached => (&[0], &[]),
            Name => (&[3], &["made for another name", "it names no host"]),
            Date => (
                &[3],
                &["certificate expired", "not valid yet", "is valid from"],
            ),
            Self::Authority => (
                &[3],
                &[
                    "authority that the kubeconfig does not know",
                    "not signed by the authority",
                    "an algorithm that is not safe or not known",
                ],
            ),
            Purpose => (&[3], &["is not made for a server"]),
            NotPermitted => (&[3], &["its certificate is not acceptable"]),
            Config => (&[2], &["context", "plugin", "the proxy's address"]),
            Unauthorized => (&[3], &["(HTTP 401)"]),
            Connection => (
                &[3],
                &["its host name is unknown", "the connection was refused"],
            ),
            Plugin => (&[2, 3], &["the credential plugin"]),
            NoTls => (&[3], &["it does not speak TLS"]),
            Tls => (&[3], &["it does not speak HTTP without TLS"]),
            AskedForPassword => (&[3], &["the proxy asks for a user and a password"]),
        }
    }
}

/// What both are to do.
#[derive(Clone, Copy, Debug)]
enum Expected {
    Same(Ending),
    /// kready keeps away from what kubectl takes.
    Stricter {
        kubectl: Ending,
        kready: Ending,
    },
}

impl Expected {
    fn of_kubectl(self) -> Ending {
        match self {
            Self::Same(ending)
            | Self::Stricter {
                kubectl: ending, ..
            } => ending,
        }
    }

    fn of_kready(self) -> Ending {
        match self {
            Self::Same(ending) | Self::Stricter { kready: ending, .. } => ending,
        }
    }
}

/// What is there, and how it is asked for.
struct Setup {
    cluster: Value,
    user: Value,
    variables: Vec<(&'static str, String)>,
    files: Vec<(&'static str, String)>,
    /// Servers and proxies, which run as long as this.
    running: Vec<Box<dyn Any>>,
}

impl Setup {
    /// A kubeconfig with a token for a server of this kind.
    fn of(plan: Plan) -> Self {
        let server = plan.start();
        let mut cluster = json!({ "server": server.url() });
        if !server.authority().is_empty() {
            cluster["certificate-authority-data"] = base64(server.authority());
        }
        Self {
            cluster,
            user: json!({ "token": TOKEN }),
            variables: Vec::new(),
            files: Vec::new(),
            running: vec![Box::new(server)],
        }
    }

    /// A server that shows this certificate, to a client that trusts these.
    fn tls(identity: &Identity, trusted: &str) -> Self {
        Self::of(ground().over(identity.serve(), trusted))
    }

    fn server(&self) -> &Server {
        self.running[0].downcast_ref().unwrap()
    }

    fn port(&self) -> u16 {
        self.server().port()
    }

    /// With this in the kubeconfig's cluster; null takes it out.
    fn cluster(mut self, key: &str, value: impl Into<Value>) -> Self {
        set(&mut self.cluster, key, value.into());
        self
    }

    /// With this in the kubeconfig's user.
    fn user(mut self, key: &str, value: impl Into<Value>) -> Self {
        set(&mut self.user, key, value.into());
        self
    }

    /// With this user.
    fn with_user(mut self, user: Value) -> Self {
        self.user = user;
        self
    }

    /// At this address, with the server's port.
    fn at(self, scheme: &str, host: &str) -> Self {
        let address = format!("{scheme}{host}:{}", self.port());
        self.cluster("server", address)
    }

    fn variable(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    fn file(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.files.push((name, text.into()));
        self
    }

    fn running(mut self, other: impl Any) -> Self {
        self.running.push(Box::new(other));
        self
    }

    /// On a machine that trusts these authorities, and no others.
    fn machine_trusts(mut self, authorities: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("authorities.pem");
        std::fs::write(&file, authorities).unwrap();
        let nothing = folder.path().join("nothing");
        std::fs::create_dir(&nothing).unwrap();
        self.running.push(Box::new(folder));
        self.variable("SSL_CERT_FILE", file.display().to_string())
            .variable("SSL_CERT_DIR", nothing.display().to_string())
    }

    /// Behind a proxy that the kubeconfig names.
    fn behind(self, way: Way) -> Self {
        let proxy = Proxy::start(way);
        let url = proxy.url();
        self.cluster("proxy-url", url).running(proxy)
    }

    /// With a credential plugin that writes this.
    fn plugin(self, exec: Value, writes: &Value) -> Self {
        let mut exec = exec;
        exec["command"] = json!("sh");
        exec["args"] = json!(["-c", format!("printf %s '{writes}'")]);
        self.with_user(json!({ "exec": exec }))
    }

    fn kubeconfig(&self) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "it",
            "clusters": [{"name": "it", "cluster": self.cluster}],
            "users": [{"name": "it", "user": self.user}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
        })
    }
}

fn set(object: &mut Value, key: &str, value: Value) {
    if value.is_null() {
        object.as_object_mut().unwrap().remove(key);
    } else {
        object[key] = value;
    }
}

fn base64(text: impl AsRef<[u8]>) -> Value {
    STANDARD.encode(text).into()
}

fn ground() -> Plan {
    Plan::of(World::named("ground"))
}

/// Certificates that several rows use.
struct Pki {
    authority: Authority,
    usual: Identity,
    client: Identity,
}

impl Pki {
    fn new() -> Self {
        let authority = Authority::new("kubernetes");
        let usual = authority.issue(&usual(), &PKCS_ECDSA_P256_SHA256);
        let client = authority.issue(&client(), &PKCS_ECDSA_P256_SHA256);
        Self {
            authority,
            usual,
            client,
        }
    }

    /// A server with the usual certificate.
    fn setup(&self) -> Setup {
        Setup::tls(&self.usual, &self.authority.pem)
    }

    /// A server with a certificate that the usual authority signed.
    fn signed(&self, params: &CertificateParams) -> Setup {
        let identity = self.authority.issue(params, &PKCS_ECDSA_P256_SHA256);
        Setup::tls(&identity, &self.authority.pem)
    }

    /// With a client certificate and nothing else to log in with.
    fn certified(&self, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Setup {
        self.setup().with_user(json!({
            "client-certificate-data": base64(certificate),
            "client-key-data": base64(key),
        }))
    }

    fn certified_as(&self, identity: &Identity) -> Setup {
        self.certified(identity.pem(), identity.key_pem())
    }

    /// A client certificate with a key of this algorithm.
    fn client(&self, algorithm: &'static SignatureAlgorithm) -> Identity {
        self.authority.issue(&client(), algorithm)
    }
}

fn client() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "it");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2090, 1, 1);
    params
}

fn named(names: &[&str]) -> CertificateParams {
    let mut params = usual();
    params.subject_alt_names = names
        .iter()
        .map(|name| match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName((*name).try_into().unwrap()),
        })
        .collect();
    params
}

fn edited(edit: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = usual();
    edit(&mut params);
    params
}

/// What `openssl req -x509` makes: an authority's certificate, which signs itself.
fn own_authority() -> CertificateParams {
    edited(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))
}

fn alone(params: CertificateParams, algorithm: &'static SignatureAlgorithm) -> Setup {
    let authority = Authority::of(params, algorithm);
    Setup::tls(&authority.identity, &authority.pem)
}

/// A server whose key and authority are of one algorithm.
fn all_of(algorithm: &'static SignatureAlgorithm) -> (Authority, Identity) {
    let authority = Authority::of(authoritative("all"), algorithm);
    let identity = authority.issue(&usual(), algorithm);
    (authority, identity)
}

fn credential(version: &str, status: &Value) -> Value {
    json!({"apiVersion": format!("client.authentication.k8s.io/{version}"), "kind": "ExecCredential", "status": status})
}

fn exec(version: &str) -> Value {
    json!({"apiVersion": format!("client.authentication.k8s.io/{version}")})
}

/// A port on which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

type Row = (&'static str, Expected, Box<dyn Fn(&Pki) -> Setup>);

#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
    fn row(&mut self, name: &'static str, ending: Ending, setup: impl Fn(&Pki) -> Setup + 'static) {
        self.0.push((name, Expected::Same(ending), Box::new(setup)));
    }

    /// A row in which kready refuses, with this ending, what kubectl takes.
    fn stricter(
        &mut self,
        name: &'static str,
        (kubectl, kready): (Ending, Ending),
        setup: impl Fn(&Pki) -> Setup + 'static,
    ) {
        let expected = Expected::Stricter { kubectl, kready };
        self.0.push((name, expected, Box::new(setup)));
    }
}

fn table() -> Vec<Row> {
    let mut table = Table::default();
    keys(&mut table);
    own_authorities(&mut table);
    authorities_that_serve(&mut table);
    chains(&mut table);
    names_and_dates(&mut table);
    bundles(&mut table);
    client_certificates(&mut table);
    credentials(&mut table);
    proxies(&mut table);
    table.0
}

fn keys(table: &mut Table) {
    table.row(
        "an authority, an address among the names",
        Reached,
        Pki::setup,
    );
    table.row("TLS 1.2 only", Reached, |pki| {
        let config: ServerConfig = pki.usual.serve_with(&[&TLS12]);
        Setup::of(ground().over(config, &pki.authority.pem))
    });
    for (name, algorithm) in [
        ("P-384 throughout", &PKCS_ECDSA_P384_SHA384),
        ("P-521 throughout", &PKCS_ECDSA_P521_SHA512),
        ("Ed25519 throughout", &PKCS_ED25519),
        ("RSA throughout", &PKCS_RSA_SHA256),
    ] {
        table.row(name, Reached, move |_| {
            let (authority, identity) = all_of(algorithm);
            Setup::tls(&identity, &authority.pem)
        });
    }
    table.row("P-521 throughout, TLS 1.2", Reached, |_| {
        let (authority, identity) = all_of(&PKCS_ECDSA_P521_SHA512);
        Setup::of(ground().over(identity.serve_with(&[&TLS12]), &authority.pem))
    });
    table.row("P-521 under a P-256 authority", Reached, |pki| {
        let identity = pki.authority.issue(&usual(), &PKCS_ECDSA_P521_SHA512);
        Setup::tls(&identity, &pki.authority.pem)
    });
    table.row("P-521, not verified", Reached, |pki| {
        let identity = pki.authority.issue(&usual(), &PKCS_ECDSA_P521_SHA512);
        Setup::tls(&identity, "").cluster("insecure-skip-tls-verify", true)
    });
    table.row("signed with RSASSA-PSS", Reached, |_| {
        let (authority, identity) = all_of(&PKCS_RSA_SHA256);
        let identity = identity.changed(Change::Pss, &authority.identity);
        Setup::tls(&identity, &authority.pem)
    });
    table.row("signed with SHA-1", UnknownAuthority, |pki| {
        let identity = pki
            .usual
            .clone()
            .changed(Change::Sha1, &pki.authority.identity);
        Setup::tls(&identity, &pki.authority.pem)
    });
}

fn own_authorities(table: &mut Table) {
    for (name, algorithm) in [
        ("its own authority", &PKCS_ECDSA_P256_SHA256),
        ("its own authority, P-521", &PKCS_ECDSA_P521_SHA512),
        ("its own authority, RSA", &PKCS_RSA_SHA256),
    ] {
        table.row(name, Reached, |_| alone(own_authority(), algorithm));
    }
    table.row("its own authority, TLS 1.2", Reached, |_| {
        let authority = Authority::of(own_authority(), &PKCS_ECDSA_P256_SHA256);
        let config = authority.identity.serve_with(&[&TLS12]);
        Setup::of(ground().over(config, &authority.pem))
    });
    table.row("self-signed without being an authority", Reached, |_| {
        alone(usual(), &PKCS_ECDSA_P256_SHA256)
    });
    table.row("its own authority, for another name", Name, |_| {
        let mut params = named(&["api.elsewhere.example"]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        alone(params, &PKCS_ECDSA_P256_SHA256)
    });
    table.row("its own authority, expired", Date, |_| {
        let mut params = own_authority();
        params.not_after = date_time_ymd(2021, 3, 4);
        alone(params, &PKCS_ECDSA_P256_SHA256)
    });
    table.row("its own authority, not valid yet", Date, |_| {
        let mut params = own_authority();
        params.not_before = date_time_ymd(2085, 3, 4);
        alone(params, &PKCS_ECDSA_P256_SHA256)
    });
    table.row("its own authority, for clients only", Purpose, |_| {
        let mut params = own_authority();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        alone(params, &PKCS_ECDSA_P256_SHA256)
    });
    table.row(
        "its own authority, and another one is trusted",
        UnknownAuthority,
        |pki| {
            let own = Authority::of(own_authority(), &PKCS_ECDSA_P256_SHA256);
            Setup::tls(&own.identity, &pki.authority.pem)
        },
    );
    table.row(
        "its own authority of the same name as the trusted one",
        UnknownAuthority,
        |_| {
            let own = Authority::of(own_authority(), &PKCS_ECDSA_P256_SHA256);
            let other = Authority::of(own_authority(), &PKCS_ECDSA_P256_SHA256);
            Setup::tls(&own.identity, &other.pem)
        },
    );
    table.row(
        "its own authority, renewed with its old key",
        UnknownAuthority,
        |_| {
            let old = Authority::of(own_authority(), &PKCS_ECDSA_P256_SHA256);
            let mut params = own_authority();
            params.not_after = date_time_ymd(2089, 1, 1);
            let renewed = old.renewed(&params);
            Setup::tls(&renewed, &old.pem)
        },
    );
    table.row(
        "its own authority, renewed with its old key for more names",
        Reached,
        |_| {
            let old = Authority::of(own_authority(), &PKCS_ECDSA_P256_SHA256);
            let mut params = named(&["127.0.0.1", "localhost"]);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            Setup::tls(&old.renewed(&params), &old.pem)
        },
    );
}

/// Certificates of authorities that are shown by a server, and authorities without extensions.
fn authorities_that_serve(table: &mut Table) {
    table.row(
        "an authority's certificate under an authority",
        Reached,
        |pki| pki.signed(&own_authority()),
    );
    table.row(
        "an authority's certificate under a stranger",
        UnknownAuthority,
        |pki| {
            let identity =
                Authority::new("stranger").issue(&own_authority(), &PKCS_ECDSA_P256_SHA256);
            Setup::tls(&identity, &pki.authority.pem)
        },
    );
    table.row(
        "an authority's certificate under one of the same name",
        UnknownAuthority,
        |pki| {
            let identity =
                Authority::new("kubernetes").issue(&own_authority(), &PKCS_ECDSA_P256_SHA256);
            Setup::tls(&identity, &pki.authority.pem)
        },
    );
    table.row(
        "an authority's certificate under one in between",
        Reached,
        |pki| {
            let between = pki.authority.below(authoritative("between"));
            let mut identity = between.issue(&own_authority(), &PKCS_ECDSA_P256_SHA256);
            identity.chain.extend(between.identity.chain.clone());
            Setup::tls(&identity, &pki.authority.pem)
        },
    );
    table.row(
        "an authority's certificate under one that may not sign",
        UnknownAuthority,
        |pki| {
            let between = pki.authority.below(usual());
            let mut identity = between.issue(&own_authority(), &PKCS_ECDSA_P256_SHA256);
            identity.chain.extend(between.identity.chain.clone());
            Setup::tls(&identity, &pki.authority.pem)
        },
    );
    table.row(
        "an authority's certificate, for another name",
        Name,
        |pki| {
            let mut params = named(&["api.elsewhere.example"]);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            pki.signed(&params)
        },
    );
    table.row("an authority's certificate, expired", Date, |pki| {
        let mut params = own_authority();
        params.not_after = date_time_ymd(2021, 3, 4);
        pki.signed(&params)
    });
    table.row(
        "an authority of the first version of X.509",
        Reached,
        |_| {
            let authority = Authority::new("old");
            let identity = authority.issue(&usual(), &PKCS_ECDSA_P256_SHA256);
            let old = authority
                .identity
                .clone()
                .changed(Change::FirstVersion, &authority.identity);
            Setup::tls(&identity, &old.pem())
        },
    );
    table.row("a serving certificate of the first version", Name, |pki| {
        let old = pki
            .usual
            .clone()
            .changed(Change::FirstVersion, &pki.authority.identity);
        Setup::tls(&old, &pki.authority.pem)
    });
    table.row("the first version, its own authority", Name, |_| {
        let own = Authority::of(own_authority(), &PKCS_ECDSA_P256_SHA256);
        let old = own
            .identity
            .clone()
            .changed(Change::FirstVersion, &own.identity);
        Setup::tls(&old, &old.pem())
    });
}

fn chains(table: &mut Table) {
    table.row("an authority in between, shown", Reached, |pki| {
        let between = pki.authority.below(authoritative("between"));
        let mut identity = between.issue(&usual(), &PKCS_ECDSA_P256_SHA256);
        identity.chain.extend(between.identity.chain.clone());
        Setup::tls(&identity, &pki.authority.pem)
    });
    table.row(
        "an authority in between, not shown",
        UnknownAuthority,
        |pki| {
            let between = pki.authority.below(authoritative("between"));
            let identity = between.issue(&usual(), &PKCS_ECDSA_P256_SHA256);
            Setup::tls(&identity, &pki.authority.pem)
        },
    );
    table.row(
        "the authority in between is the trusted one",
        Reached,
        |pki| {
            let between = pki.authority.below(authoritative("between"));
            let identity = between.issue(&usual(), &PKCS_ECDSA_P256_SHA256);
            Setup::tls(&identity, &between.pem)
        },
    );
    table.row(
        "the trusted certificate is no authority's",
        UnknownAuthority,
        |_| {
            let own = Authority::of(usual(), &PKCS_ECDSA_P256_SHA256);
            let identity = own.issue(
                &edited(|params| {
                    params.distinguished_name.push(DnType::CommonName, "other");
                }),
                &PKCS_ECDSA_P256_SHA256,
            );
            Setup::tls(&identity, &own.pem)
        },
    );
    table.row("an expired authority", Date, |_| {
        let mut params = authoritative("expired");
        params.not_after = date_time_ymd(2021, 3, 4);
        let authority = Authority::of(params, &PKCS_ECDSA_P256_SHA256);
        let identity = authority.issue(&usual(), &PKCS_ECDSA_P256_SHA256);
        Setup::tls(&identity, &authority.pem)
    });
    table.row("a stranger", UnknownAuthority, |pki| {
        let identity = Authority::new("stranger").issue(&usual(), &PKCS_ECDSA_P256_SHA256);
        Setup::tls(&identity, &pki.authority.pem)
    });
    for (name, ending, host) in [
        ("an authority for these names", Reached, "api.it.example"),
        (
            "an authority for other names",
            NotPermitted,
            "api.elsewhere.example",
        ),
    ] {
        table.row(name, ending, move |_| {
            let mut params = authoritative("narrow");
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: vec![GeneralSubtree::DnsName("it.example".into())],
                excluded_subtrees: Vec::new(),
            });
            let authority = Authority::of(params, &PKCS_ECDSA_P256_SHA256);
            let identity = authority.issue(&named(&[host]), &PKCS_ECDSA_P256_SHA256);
            Setup::tls(&identity, &authority.pem).cluster("tls-server-name", host)
        });
    }
    table.row("for clients only", Purpose, |pki| {
        pki.signed(&edited(|params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }))
    });
    table.row("for any purpose", Reached, |pki| {
        pki.signed(&edited(|params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
        }))
    });
    table.row("for no purpose in particular", Reached, |pki| {
        pki.signed(&edited(|params| params.extended_key_usages = Vec::new()))
    });
}

fn names_and_dates(table: &mut Table) {
    table.row("a name in the common name only", Name, |pki| {
        pki.signed(&edited(|params| {
            params.subject_alt_names = Vec::new();
            params
                .distinguished_name
                .push(DnType::CommonName, "127.0.0.1");
        }))
    });
    table.row("another name", Name, |pki| {
        pki.signed(&named(&["api.elsewhere.example"]))
    });
    table.row("another address", Name, |pki| {
        pki.signed(&named(&["10.96.0.1"]))
    });
    table.row("localhost by its name", Reached, |pki| {
        pki.signed(&named(&["localhost"]))
            .at("https://", "localhost")
    });
    table.row("a server name that the certificate has", Reached, |pki| {
        pki.signed(&named(&["kubernetes.default"]))
            .cluster("tls-server-name", "kubernetes.default")
    });
    table.row("a server name under a wildcard", Reached, |pki| {
        pki.signed(&named(&["*.it.example"]))
            .cluster("tls-server-name", "api.it.example")
    });
    table.row("a server name two levels under a wildcard", Name, |pki| {
        pki.signed(&named(&["*.it.example"]))
            .cluster("tls-server-name", "a.api.it.example")
    });
    table.row("a server name that is an address", Reached, |pki| {
        pki.signed(&named(&["10.96.0.1"]))
            .cluster("tls-server-name", "10.96.0.1")
    });
    table.row("a server name that the certificate lacks", Name, |pki| {
        pki.setup().cluster("tls-server-name", "kubernetes.default")
    });
    table.row("an empty server name", Reached, |pki| {
        pki.setup().cluster("tls-server-name", "")
    });
    table.row("expired", Date, |pki| {
        pki.signed(&edited(|params| {
            params.not_after = date_time_ymd(2021, 3, 4);
        }))
    });
    table.row("not valid yet", Date, |pki| {
        pki.signed(&edited(|params| {
            params.not_before = date_time_ymd(2085, 3, 4);
        }))
    });
    table.row("not verified", Reached, |pki| {
        Setup::tls(&pki.usual, "").cluster("insecure-skip-tls-verify", true)
    });
    table.row("the first version, not verified", Reached, |pki| {
        let old = pki
            .usual
            .clone()
            .changed(Change::FirstVersion, &pki.authority.identity);
        Setup::tls(&old, "").cluster("insecure-skip-tls-verify", true)
    });
    table.row("not verified, beside an authority", Config, |pki| {
        pki.setup().cluster("insecure-skip-tls-verify", true)
    });
}

fn bundles(table: &mut Table) {
    const KEY: &str = "certificate-authority-data";
    const FILE: &str = "certificate-authority";
    table.row(
        "no authority: those of this machine",
        UnknownAuthority,
        |pki| Setup::tls(&pki.usual, "").machine_trusts(&Authority::new("other").pem),
    );
    table.row(
        "an empty authority: those of this machine",
        UnknownAuthority,
        |pki| {
            Setup::tls(&pki.usual, "")
                .cluster(KEY, "")
                .cluster(FILE, "")
                .machine_trusts(&Authority::new("other").pem)
        },
    );
    table.row("an authority of this machine", Reached, |pki| {
        Setup::tls(&pki.usual, "").machine_trusts(&pki.authority.pem)
    });
    table.row("its own authority, and this machine's", Reached, |_| {
        let own = Authority::of(own_authority(), &PKCS_ECDSA_P256_SHA256);
        Setup::tls(&own.identity, "").machine_trusts(&own.pem)
    });
    table.row(
        "an authority of this machine, and the kubeconfig names another",
        UnknownAuthority,
        |pki| {
            Setup::tls(&pki.usual, &Authority::new("other").pem).machine_trusts(&pki.authority.pem)
        },
    );
    table.row("several authorities", Reached, |pki| {
        let others = [Authority::new("a"), Authority::new("b")];
        let bundle = format!("{}{}{}", others[0].pem, pki.authority.pem, others[1].pem);
        pki.setup().cluster(KEY, base64(bundle))
    });
    table.row("several authorities of one name", Reached, |pki| {
        let bundle = format!("{}{}", Authority::new("kubernetes").pem, pki.authority.pem);
        pki.setup().cluster(KEY, base64(bundle))
    });
    table.row("junk around authorities", Reached, |pki| {
        let broken = "-----BEGIN CERTIFICATE-----\nnonsense!\n-----END CERTIFICATE-----\n";
        let torn = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        let other = pem("CERTIFICATE", b"no certificate");
        let key = pki.client.key_pem();
        let authority = pki.authority.pem.replace('\n', "\r\n");
        let bundle = format!("# authorities\n{broken}{other}{key}{torn}{authority}\nthe end");
        pki.setup().cluster(KEY, base64(bundle))
    });
    table.row("nothing but junk", Config, |pki| {
        pki.setup().cluster(KEY, base64("junk"))
    });
    table.row("an authority that is a key", Config, |pki| {
        pki.setup().cluster(KEY, base64(pki.client.key_pem()))
    });
    table.row("an authority in no base64", Config, |pki| {
        pki.setup().cluster(KEY, "%%%")
    });
    table.row("base64 in lines", Reached, |pki| {
        let text = STANDARD.encode(&pki.authority.pem);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(76)
            .map(|line| str::from_utf8(line).unwrap())
            .collect();
        pki.setup().cluster(KEY, lines.join("\n"))
    });
    table.row("an authority in a file", Reached, |pki| {
        pki.setup()
            .cluster(KEY, Value::Null)
            .cluster(FILE, "pki/ca.crt")
            .file(".kube/pki/ca.crt", &pki.authority.pem)
    });
    table.row("an authority in a file and beside it", Config, |pki| {
        pki.setup()
            .cluster(FILE, "ca.crt")
            .file(".kube/ca.crt", &pki.authority.pem)
    });
    table.row("an authority in a file that is missing", Config, |pki| {
        pki.setup()
            .cluster(KEY, Value::Null)
            .cluster(FILE, "ca.crt")
    });
}

fn client_certificates(table: &mut Table) {
    for (name, algorithm) in [
        ("a client certificate", &PKCS_ECDSA_P256_SHA256),
        ("a client certificate, P-384", &PKCS_ECDSA_P384_SHA384),
        ("a client certificate, P-521", &PKCS_ECDSA_P521_SHA512),
        ("a client certificate, Ed25519", &PKCS_ED25519),
        ("a client certificate, RSA", &PKCS_RSA_SHA256),
    ] {
        table.row(name, Reached, move |pki| {
            pki.certified_as(&pki.client(algorithm))
        });
    }
    for (name, algorithm) in [
        (
            "a client certificate of the first version",
            &PKCS_ECDSA_P256_SHA256,
        ),
        (
            "a client certificate of the first version, RSA",
            &PKCS_RSA_SHA256,
        ),
    ] {
        table.row(name, Reached, move |pki| {
            let old = pki
                .client(algorithm)
                .changed(Change::FirstVersion, &pki.authority.identity);
            pki.certified_as(&old)
        });
    }
    table.row("a client certificate, TLS 1.2", Reached, |pki| {
        let config = pki.usual.serve_with(&[&TLS12]);
        Setup::of(ground().over(config, &pki.authority.pem)).with_user(json!({
            "client-certificate-data": base64(pki.client.pem()),
            "client-key-data": base64(pki.client.key_pem()),
        }))
    });
    table.row("a client certificate, unverified server", Reached, |pki| {
        pki.certified_as(&pki.client)
            .cluster("certificate-authority-data", Value::Null)
            .cluster("insecure-skip-tls-verify", true)
    });
    table.row("a client certificate and those above it", Reached, |pki| {
        let between = pki.authority.below(authoritative("between"));
        let mut identity = between.issue(&client(), &PKCS_ECDSA_P256_SHA256);
        identity.chain.extend(between.identity.chain.clone());
        pki.certified_as(&identity)
    });
    table.row(
        "an expired client certificate: the server judges",
        Reached,
        |pki| {
            let mut params = client();
            params.not_after = date_time_ymd(2021, 3, 4);
            pki.certified_as(&pki.authority.issue(&params, &PKCS_ECDSA_P256_SHA256))
        },
    );
    table.row("a key in PKCS #1", Reached, |pki| {
        let client = pki.client(&PKCS_RSA_SHA256);
        pki.certified(client.pem(), pem("RSA PRIVATE KEY", &client.pkcs1()))
    });
    table.row("a key in PKCS #1 that says PKCS #8", Reached, |pki| {
        let client = pki.client(&PKCS_RSA_SHA256);
        pki.certified(client.pem(), pem("PRIVATE KEY", &client.pkcs1()))
    });
    for (name, algorithm) in [
        ("a key in SEC 1", &PKCS_ECDSA_P256_SHA256),
        ("a key in SEC 1, P-521", &PKCS_ECDSA_P521_SHA512),
    ] {
        table.row(name, Reached, move |pki| {
            let client = pki.client(algorithm);
            pki.certified(client.pem(), pem("EC PRIVATE KEY", &client.sec1()))
        });
    }
    table.row("a key after the parameters of its curve", Reached, |pki| {
        let parameters = pem(
            "EC PARAMETERS",
            &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        );
        let key = pem("EC PRIVATE KEY", &pki.client.sec1());
        pki.certified(pki.client.pem(), format!("{parameters}{key}"))
    });
    table.row("a key and its certificate in one file", Reached, |pki| {
        let both = format!("{}{}", pki.client.key_pem(), pki.client.pem());
        pki.certified(&both, &both)
    });
    table.row("a client certificate in files", Reached, |pki| {
        pki.setup()
            .with_user(json!({"client-certificate": "me.crt", "client-key": "me.key"}))
            .file(".kube/me.crt", pki.client.pem())
            .file(".kube/me.key", pki.client.key_pem())
    });
    table.row(
        "a client certificate in a file and beside it",
        Config,
        |pki| {
            pki.certified_as(&pki.client)
                .user("client-certificate", "me.crt")
                .file(".kube/me.crt", pki.client.pem())
        },
    );
    table.row("an encrypted key", Config, |pki| {
        let key = pem("ENCRYPTED PRIVATE KEY", &pki.client.key[1..]);
        pki.certified(pki.client.pem(), key)
    });
    table.row("an encrypted key in the old form", Config, |pki| {
        let key = pem("EC PRIVATE KEY", &pki.client.key[1..]);
        let key = key.replacen(
            '\n',
            "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n",
            1,
        );
        pki.certified(pki.client.pem(), key)
    });
    table.row("the key of another certificate", Config, |pki| {
        pki.certified(pki.client.pem(), pki.usual.key_pem())
    });
    table.row("a certificate where the key belongs", Config, |pki| {
        pki.certified(pki.client.pem(), pki.client.pem())
    });
    table.row("a client certificate that is none", Config, |pki| {
        pki.certified("junk", pki.client.key_pem())
    });
    table.row("a client certificate without a key", Config, |pki| {
        pki.certified_as(&pki.client)
            .user("client-key-data", Value::Null)
    });
    table.row("a key without a client certificate", Unauthorized, |pki| {
        pki.certified_as(&pki.client)
            .user("client-certificate-data", Value::Null)
    });
    // It is not safe, and the library for TLS takes none below 2048.
    table.stricter("an RSA key of 1024 bits", (Reached, Config), |pki| {
        pki.certified(SHORT_CERTIFICATE, SHORT_KEY)
    });
    table.row("a client certificate and a token", Reached, |pki| {
        pki.certified_as(&pki.client).user("token", TOKEN)
    });
}

fn credentials(table: &mut Table) {
    table.row("no credentials", Unauthorized, |pki| {
        pki.setup().with_user(json!({}))
    });
    table.row("a wrong token", Unauthorized, |pki| {
        pki.setup().user("token", "wrong")
    });
    table.row("a token in a file", Reached, |pki| {
        pki.setup()
            .with_user(json!({"tokenFile": "token"}))
            .file(".kube/token", format!("{TOKEN}\n"))
    });
    table.row("a name and a password", Reached, |pki| {
        pki.setup()
            .with_user(json!({"username": "it", "password": TOKEN}))
    });
    table.row("a plugin with a token, v1", Reached, |pki| {
        let mut exec = exec("v1");
        exec["interactiveMode"] = json!("Never");
        pki.setup()
            .plugin(exec, &credential("v1", &json!({"token": TOKEN})))
    });
    table.row("a plugin with a token, v1beta1", Reached, |pki| {
        let writes = credential("v1beta1", &json!({"token": TOKEN}));
        pki.setup().plugin(exec("v1beta1"), &writes)
    });
    table.row(
        "a plugin with a client certificate of the first version",
        Reached,
        |pki| {
            let old = pki
                .client
                .clone()
                .changed(Change::FirstVersion, &pki.authority.identity);
            let status =
                json!({"clientCertificateData": old.pem(), "clientKeyData": old.key_pem()});
            let mut exec = exec("v1");
            exec["interactiveMode"] = json!("Never");
            pki.setup().plugin(exec, &credential("v1", &status))
        },
    );
    for (name, version, mode) in [
        ("a plugin of v1 without its interactive mode", "v1", None),
        ("a plugin of an unknown version", "v1alpha1", Some("Never")),
    ] {
        table.row(name, Config, move |pki| {
            let mut exec = exec(version);
            exec["interactiveMode"] = json!(mode);
            pki.setup()
                .plugin(exec, &credential(version, &json!({"token": TOKEN})))
        });
    }
    table.row("a plugin without a version", Config, |pki| {
        let writes = credential("v1", &json!({"token": TOKEN}));
        pki.setup()
            .plugin(json!({"interactiveMode": "Never"}), &writes)
    });
    for (name, writes) in [
        (
            "a plugin that writes another version",
            credential("v1", &json!({"token": TOKEN})),
        ),
        (
            "a plugin that writes another kind",
            json!({
                "apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "Pod", "status": {"token": TOKEN}
            }),
        ),
        (
            "a plugin that writes no credential",
            credential("v1beta1", &json!({})),
        ),
        (
            "a plugin that writes a key alone",
            credential("v1beta1", &json!({"clientKeyData": "k"})),
        ),
        ("a plugin that writes no JSON", json!("token")),
    ] {
        table.row(name, Plugin, move |pki| {
            pki.setup().plugin(exec("v1beta1"), &writes)
        });
    }
    table.row("a plugin that is missing", Plugin, |pki| {
        let mut exec = exec("v1beta1");
        exec["command"] = json!("kready-it-no-such-plugin");
        pki.setup().with_user(json!({ "exec": exec }))
    });
    table.row("a plugin that fails", Plugin, |pki| {
        let mut exec = exec("v1beta1");
        exec["command"] = json!("false");
        pki.setup().with_user(json!({ "exec": exec }))
    });
    table.row("a token file wins over a token", Reached, |pki| {
        pki.setup()
            .with_user(json!({"tokenFile": "token", "token": "wrong"}))
            .file(".kube/token", TOKEN)
    });
    table.row(
        "a token file with a wrong token wins too",
        Unauthorized,
        |pki| {
            pki.setup()
                .user("tokenFile", "token")
                .file(".kube/token", "wrong")
        },
    );
    table.row("a token beside a password", Config, |pki| {
        pki.setup().user("username", "it").user("password", TOKEN)
    });
    // kubectl looks at no authority before it knows that there is TLS.
    table.row("an address without a scheme is http", Tls, |pki| {
        pki.setup().at("", "127.0.0.1")
    });
    table.row("a host without a scheme is http", Tls, |pki| {
        pki.signed(&named(&["localhost"])).at("", "localhost")
    });
    table.row(
        "an address without a scheme, and a server without TLS",
        Reached,
        |_| Setup::of(ground().plain()).at("", "127.0.0.1"),
    );
    table.row("a scheme in capitals", Reached, |pki| {
        pki.setup().at("HTTPS://", "127.0.0.1")
    });
    // A server without TLS lets in whoever sends no credentials.
    table.row("a token is not sent without TLS", Reached, |_| {
        Setup::of(ground().plain())
    });
    table.row(
        "a token from a file is not sent without TLS",
        Reached,
        |_| {
            Setup::of(ground().plain())
                .with_user(json!({"tokenFile": "token"}))
                .file(".kube/token", TOKEN)
        },
    );
    table.row("a password is not sent without TLS", Reached, |_| {
        Setup::of(ground().plain()).with_user(json!({"username": "it", "password": TOKEN}))
    });
    table.row("a plugin is not run without TLS", Reached, |_| {
        let writes = credential("v1beta1", &json!({"token": TOKEN}));
        Setup::of(ground().plain()).plugin(exec("v1beta1"), &writes)
    });
    table.row("TLS where there is none", NoTls, |pki| {
        Setup::of(ground().plain())
            .at("https://", "127.0.0.1")
            .cluster("certificate-authority-data", base64(&pki.authority.pem))
    });
}

fn proxies(table: &mut Table) {
    let far = |pki: &Pki| {
        pki.signed(&named(&["api.it.example"]))
            .at("https://", "api.it.example")
    };
    table.row("a proxy", Reached, move |pki| {
        far(pki).behind(Way::Http(None))
    });
    table.row(
        "a proxy over TLS under the cluster's authority",
        Reached,
        move |pki| far(pki).behind(Way::Https(Box::new(pki.usual.serve()))),
    );
    table.row(
        "a proxy over TLS under a stranger",
        UnknownAuthority,
        move |pki| {
            let stranger = Authority::new("stranger").issue(&usual(), &PKCS_ECDSA_P256_SHA256);
            far(pki).behind(Way::Https(Box::new(stranger.serve())))
        },
    );
    table.row("a SOCKS proxy", Reached, move |pki| {
        far(pki).behind(Way::Socks)
    });
    table.row(
        "a proxy before a certificate for another name",
        Name,
        |pki| {
            pki.setup()
                .at("https://", "api.it.example")
                .behind(Way::Http(None))
        },
    );
    table.row("a proxy with a user and a password", Reached, move |pki| {
        let proxy = Proxy::start(Way::Http(Some("Basic aXQ6cEBzcw==")));
        let url = proxy.url_as("it:p%40ss");
        far(pki).cluster("proxy-url", url).running(proxy)
    });
    table.row(
        "a proxy that asks for a password",
        AskedForPassword,
        move |pki| far(pki).behind(Way::Http(Some("Basic aXQ6cEBzcw=="))),
    );
    table.row("a proxy where nobody listens", Connection, move |pki| {
        far(pki).cluster("proxy-url", format!("http://{}", nobody()))
    });
    table.row("a proxy of no known kind", Config, move |pki| {
        far(pki).cluster("proxy-url", "ftp://127.0.0.1:21")
    });
    table.row("a proxy of the environment's kind", Config, move |pki| {
        let proxy = Proxy::start(Way::Socks);
        let url = proxy.url().replace("socks5", "socks5h");
        far(pki).cluster("proxy-url", url).running(proxy)
    });
    table.row(
        "a proxy in the kubeconfig without a scheme",
        Config,
        move |pki| far(pki).cluster("proxy-url", nobody()),
    );
    for (name, variable) in [
        ("a proxy from HTTPS_PROXY", "HTTPS_PROXY"),
        ("a proxy from https_proxy", "https_proxy"),
    ] {
        table.row(name, Reached, move |pki| {
            let proxy = Proxy::start(Way::Http(None));
            far(pki).variable(variable, proxy.url()).running(proxy)
        });
    }
    table.row("a proxy without a scheme", Reached, move |pki| {
        let proxy = Proxy::start(Way::Http(None));
        let address = proxy.url().replace("http://", "");
        far(pki).variable("HTTPS_PROXY", address).running(proxy)
    });
    table.row("a SOCKS proxy from HTTPS_PROXY", Reached, move |pki| {
        let proxy = Proxy::start(Way::Socks);
        far(pki).variable("HTTPS_PROXY", proxy.url()).running(proxy)
    });
    for (name, variable) in [
        ("HTTP_PROXY is for http", "HTTP_PROXY"),
        ("ALL_PROXY is nobody's", "ALL_PROXY"),
    ] {
        table.row(name, Connection, move |pki| {
            let proxy = Proxy::start(Way::Http(None));
            far(pki).variable(variable, proxy.url()).running(proxy)
        });
    }
    for (name, ending, exceptions) in [
        ("an exception by name", Connection, "it.example"),
        ("an exception with a dot", Connection, ".it.example"),
        ("an exception with a star", Connection, "*.it.example"),
        ("everything is an exception", Connection, "*"),
        (
            "an exception for another name",
            Reached,
            "example.it, t.example",
        ),
        (
            "an exception for what is below the name",
            Reached,
            ".api.it.example,*.api.it.example",
        ),
        ("an exception for another port", Reached, "api.it.example:1"),
    ] {
        table.row(name, ending, move |pki| {
            let proxy = Proxy::start(Way::Http(None));
            far(pki)
                .variable("HTTPS_PROXY", proxy.url())
                .variable("NO_PROXY", exceptions)
                .running(proxy)
        });
    }
    table.row("no proxy for this machine", Reached, |pki| {
        pki.setup()
            .variable("HTTPS_PROXY", format!("http://{}", nobody()))
    });
}

/// What both run in: the kubeconfig, the files beside it, and the environment.
fn lay_out(setup: &Setup) -> Kready {
    let mut kready = Kready::new();
    kready.write_kubeconfig(&setup.kubeconfig());
    for (name, text) in &setup.files {
        kready.write(name, text);
    }
    for (name, value) in &setup.variables {
        kready = kready.variable(name, value);
    }
    kready
}

/// How kready ends, if that is not as expected.
fn wrong_of_kready(kready: &Kready, expected: Ending) -> Option<String> {
    let mut run = kready.run(&["audit", "-o", "json", "--only=node-not-ready"]);
    let (codes, words) = expected.of_kready();
    let right = if expected == Reached {
        run.stdout.contains("\"identity\":\"it-user\"")
            || run.stdout.contains("\"identity\": \"it-user\"")
    } else {
        run.code.is_some_and(|code| codes.contains(&code))
            && run.stdout.is_empty()
            && run.stderr.contains("next: ")
            && words.iter().any(|word| run.stderr.contains(word))
    };
    run.stdout.truncate(200);
    (!right).then(|| format!("kready: {run:?}"))
}

/// How kubectl ends, if that is not as expected.
fn wrong_of_kubectl(
    kubectl: &Path,
    kready: &Kready,
    setup: &Setup,
    expected: Ending,
) -> Option<String> {
    let output = Command::new(kubectl)
        .args(["kubectl", "get", "--raw", "/version"])
        .current_dir(kready.home.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", kready.home.path())
        .envs(setup.variables.iter().map(|(name, value)| (*name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let ending = if output.status.success() {
        Some(Reached)
    } else {
        Ending::of_kubectl(&said)
    };
    (ending != Some(expected)).then(|| format!("kubectl: {ending:?}, {said}"))
}

/// Holds every row, several at a time.
fn hold(judge: impl Fn(&Setup, &Kready, Expected) -> Option<String> + Sync) {
    let pki = Pki::new();
    let wrong = Mutex::new(Vec::new());
    let count = table().len();
    std::thread::scope(|scope| {
        for part in 0..4 {
            let (pki, wrong, judge) = (&pki, &wrong, &judge);
            scope.spawn(move || {
                let rows = table();
                for (name, expected, make) in rows.into_iter().skip(part).step_by(4) {
                    let setup = make(pki);
                    let kready = lay_out(&setup);
                    if let Some(why) = judge(&setup, &kready, expected) {
                        let line = format!("{name}, {expected:?}: {why}");
                        wrong.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn kready_reaches_whom_the_table_says() {
    hold(|_, kready, expected| wrong_of_kready(kready, expected.of_kready()));
}

#[test]
fn an_old_certificate_says_until_when_it_is_valid() {
    for (year, ending) in [(2090, "Pass"), (2026, "Fail")] {
        let pki = Pki::new();
        let params = edited(|params| params.not_after = date_time_ymd(year, 12, 12));
        let old = pki
            .authority
            .issue(&params, &PKCS_ECDSA_P256_SHA256)
            .changed(Change::FirstVersion, &pki.authority.identity);
        let setup = Setup::tls(&old, "").cluster("insecure-skip-tls-verify", true);
        lay_out(&setup)
            .audit(&["--only=api-certificate-expiring"])
            .check("api-certificate-expiring")
            .is(ending);
    }
}

#[test]
fn a_client_certificate_that_expired_is_named_where_nobody_is_let_in() {
    let pki = Pki::new();
    for (year, says) in [
        (2021, "client certificate, which expired on 2021-03-04"),
        (2090, "log in again"),
    ] {
        let mut params = client();
        params.not_after = date_time_ymd(year, 3, 4);
        let old = pki
            .authority
            .issue(&params, &PKCS_ECDSA_P256_SHA256)
            .changed(Change::FirstVersion, &pki.authority.identity);
        let plan = ground().at("/version", Misbehaviour::Status(401));
        let setup = Setup::of(plan.over(pki.usual.serve(), &pki.authority.pem)).with_user(json!({
            "client-certificate-data": base64(old.pem()),
            "client-key-data": base64(old.key_pem()),
        }));
        lay_out(&setup).run(&["audit"]).refuses(3, &["401", says]);
    }
}

#[test]
#[ignore = "builds kubectl"]
fn kubectl_reaches_whom_the_table_says() {
    let kubectl = binary();
    hold(|setup, kready, expected| {
        wrong_of_kubectl(&kubectl, kready, setup, expected.of_kubectl())
    });
}

const SHORT_KEY: &str = "\
-----BEGIN RSA PRIVATE KEY-----
MIICXAIBAAKBgQCxcSpMhxL1FcI56lvskOyTBbsB6OrM9RtOnRDeN7YyqEcMk3Ex
BBXllFF3tmJc27bRQ5CNGMxlPDv7TWoUgZLp8WKfDVdzCrdJm8GnEYeSFVlZxYbX
9Ib4RLUFywx/s1cd5T9DQ5nzd+xMdV76SZUHmuHUWSESJoHVTh7pIWEcNwIDAQAB
AoGAAjhcQyDdh9uB1p+sDsWxcBV+RYPYjD/024LzlxQzX2bjnLCrleVrMLguXMUX
bfoBy5SA1oMc65dZWMebMC5+3BEjUdFmTCFraIloiMD8JcGsbekqKUbR4CYEn+T3
gNjFDu+lIJZHXf+2lx80xKmj3IMKkXj7VDnkvLhh0tn0HKECQQDm/tDw07MXy69H
02lyOhSkJpQw7FvAi/bdYnJE8ZecSewxoSLE+GfXK6E1ycLeeRnk8qVG8UA/GFbJ
jjHp0eQ1AkEAxKZRAkEWNAA4qwLLgkyiVkqg3kJO8M+eyHxwD6izjlb2yhNwmh5W
N6vNp0QWMsAYgwWAYdvGSIQmwPYbMGP0OwJAWbPWm876G2GDvdbBehRH877viVgg
AVPZF/uk+FUBVTX3vQYgJHF6kbplriedvxs0DQ6VVElXc6kV+st3Yp+ZiQJAEROM
N1Dll7BpO1hrya3T7wBeBc7mQf0Vgb1kkceJiBO/LH8RqSB3RjBSFHNSJigOONpy
coz+I+/t2ZXFeKdFXwJBAJCjM7XPCxZ1z33WhCbPCSdWZNbiYS+/poeRjqO8WV+q
xAScsHSlcwa0jnMVd5dgCGFMcf7P78rQqIJpAmS5e88=
-----END RSA PRIVATE KEY-----
";

const SHORT_CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBkDCB+gIBATANBgkqhkiG9w0BAQsFADAQMQ4wDAYDVQQDDAVzaG9ydDAgFw0y
NjExMzAxNjUyMjRaGA8yMDgxMDkwMjE2NTIyNFowEDEOMAwGA1UEAwwFc2hvcnQw
gZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBALFxKkyHEvUVwjnqW+yQ7JMFuwHo
6sz1G06dEN43tjKoRwyTcTEEFeWUUXe2YlzbttFDkI0YzGU8O/tNahSBkunxYp8N
V3MKt0mbwacRh5IVWVnFhtf0hvhEtQXLDH+zVx3lP0NDmfN37Ex1XvpJlQea4dRZ
IRImgdVOHukhYRw3AgMBAAEwDQYJKoZIhvcNAQELBQADgYEAruGj34hs+yv/pxn9
OMIkU5oB+JoUKQA2nBcR4cewWjJ0xQIgqzxJ2g1w3U9vywMoVEdaFc76b3AzN7jK
PvDG7jpyH4Y8ftIzzLE5X9zLdSUAHVlFB87czEfobP163LVdA3gyNnfS+5jjGA8S
1k26pu9h6GrbHY3q9NxYDeW08fM=
-----END CERTIFICATE-----
";
