//! The client for one API server: its address, and the proxy on the way.

use anyhow::anyhow;
use base64::Engine;
use http::{HeaderValue, Uri, header::PROXY_AUTHORIZATION};
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
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, ConfigExt},
};
use percent_encoding::percent_decode_str;
use rustls::{ClientConfig, pki_types::ServerName};

use super::{certificates::Chain, errors::tidy, forward::Forward, tls};
use crate::failure::Failure;

/// An address as it may be shown.
pub(super) fn without_userinfo(uri: &Uri) -> String {
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

/// Builds the client: the way through a proxy, TLS with the client certificate, and whom to act as.
pub(super) fn client(
    config: &Config,
    proxy: Option<&Uri>,
    chain: &Chain,
) -> Result<Client, Failure> {
    let tls = tls::configuration(config, chain)?;
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_nodelay(true);
    let Some(proxy) = proxy else {
        return finish(config, tls, direct);
    };
    let user = user_of(proxy);
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
            let outer = HttpsConnectorBuilder::new()
                .with_tls_config(tls::to_proxy(config)?)
                .https_or_http()
                .enable_http1()
                .wrap_connector(direct);
            through(config, tls, outer, proxy, basic)
        }
        _ => through(config, tls, direct, proxy, basic),
    }
}

/// What connects to an address.
trait Connect:
    tower::Service<
        Uri,
        Response: legacy::connect::Connection
                      + hyper::rt::Read
                      + hyper::rt::Write
                      + Send
                      + Unpin
                      + 'static,
        Future: Send + 'static,
        Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

impl<C> Connect for C
where
    C: tower::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response:
        legacy::connect::Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
}

/// The way through an HTTP proxy, which wants credentials of its own: it reads what is asked over http, and passes on what is asked
/// over TLS.
fn through(
    config: &Config,
    tls: ClientConfig,
    inner: impl Connect,
    proxy: &Uri,
    basic: Option<HeaderValue>,
) -> Result<Client, Failure> {
    let proxy = proxy.clone();
    if config.cluster_url.scheme_str() == Some("http") {
        let mut config = config.clone();
        config
            .headers
            .extend(basic.map(|basic| (PROXY_AUTHORIZATION, basic)));
        return finish(&config, tls, Forward { inner, proxy });
    }
    let mut tunnel = Tunnel::new(proxy, inner);
    if let Some(basic) = basic {
        tunnel = tunnel.with_auth(basic);
    }
    finish(config, tls, tunnel)
}

/// `name:password` of an address, decoded.
fn user_of(proxy: &Uri) -> Option<String> {
    let (user, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    Some(percent_decode_str(user).decode_utf8_lossy().into_owned())
}

fn finish(config: &Config, tls: ClientConfig, connector: impl Connect) -> Result<Client, Failure> {
    let mut builder = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http();
    if let Some(name) = config
        .tls_server_name
        .as_ref()
        .filter(|name| !name.is_empty())
    {
        let name = ServerName::try_from(name.clone()).map_err(|_| {
            Failure::usage(anyhow!("tls-server-name {} is not a host name", tidy(name)))
                .hint("fix it in the kubeconfig's cluster")
        })?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    let connector = builder.enable_http1().wrap_connector(connector);
    let http: legacy::Client<_, Body> =
        legacy::Client::builder(TokioExecutor::new()).build(connector);
    let headers = config.extra_headers_layer().map_err(|error| {
        Failure::usage(anyhow!("this context's user: {}", tidy(&error.to_string())))
            .hint("check the context: kubectl config view --minify")
    })?;
    let base = config.base_uri_layer();
    let namespace = config.default_namespace.clone();
    let service = tower::ServiceBuilder::new()
        .layer(base)
        .layer(headers)
        .service(http);
    Ok(ClientBuilder::new(service, namespace).build())
}

#[cfg(test)]
mod tests {
    use super::{user_of, without_userinfo};

    #[test]
    fn addresses_are_shown_without_credentials() {
        let shown = |text: &str| without_userinfo(&text.parse().unwrap());
        assert_eq!(shown("https://u:p@api:6443"), "https://api:6443");
        assert_eq!(
            shown("https://api/k8s/clusters/c-1/"),
            "https://api/k8s/clusters/c-1"
        );
    }

    #[test]
    fn a_proxys_user_is_decoded_as_far_as_it_is_encoded() {
        assert_eq!(
            user_of(&"http://u:p%40ss%zz@proxy".parse().unwrap()).as_deref(),
            Some("u:p@ss%zz")
        );
        assert_eq!(user_of(&"http://proxy".parse().unwrap()), None);
    }
}
