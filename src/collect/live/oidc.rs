//! Logins through OpenID Connect, as client-go's `oidc` auth provider has them: an ID token, renewed with a refresh token.

use std::{
    collections::HashMap,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::anyhow;
use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use http::{
    Method, Request, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use kube::{Config, client::Body, config::AuthProviderConfig};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{
    answer::{Answer, Incoming, Patience},
    certificates::Chain,
    connect::{client, without_userinfo},
    errors::{self, tidy},
    local,
    plugin::Credential,
    proxy,
};
use crate::failure::Failure;

/// A token that ends within this time counts as ended.
const LEEWAY: u64 = 10;

/// How long the provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

const LOGIN: &str =
    "log in again with the program that made this user, or use another context with --context";

/// Where a user's ID tokens come from.
pub(super) struct Provider {
    issuer: String,
    client_id: String,
    client_secret: String,
    id_token: String,
    refresh_token: String,
    authority: Option<String>,
    /// Whether the provider gave another refresh token than that of the kubeconfig.
    pub(super) replaced: bool,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Provider")
    }
}

#[derive(Deserialize)]
struct Metadata {
    token_endpoint: String,
}

#[derive(Deserialize)]
struct Renewed {
    id_token: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
}

#[derive(Deserialize)]
struct Claims {
    exp: f64,
}

impl Provider {
    /// Reads the settings of an auth provider.
    pub(super) fn of(provider: &AuthProviderConfig) -> Result<Self, Failure> {
        let name = tidy(&provider.name);
        match name.as_str() {
            "oidc" => {}
            "gcp" | "azure" => {
                return Err(Failure::usage(anyhow!(
                    "this context's user logs in through the auth provider {name}, which Kubernetes has removed"
                ))
                .hint("fetch a new kubeconfig, which names a credential plugin in its place"));
            }
            _ => {
                return Err(Failure::usage(anyhow!(
                    "this context's user logs in through the auth provider {name}, which is not known"
                ))
                .hint("fix the user in the kubeconfig, or use another context with --context"));
            }
        }
        let settings = &provider.config;
        let issuer = required(settings, "idp-issuer-url")?;
        let client_id = required(settings, "client-id")?;
        Ok(Self {
            issuer,
            client_id,
            client_secret: optional(settings, "client-secret"),
            id_token: optional(settings, "id-token"),
            refresh_token: optional(settings, "refresh-token"),
            authority: authority(settings)?,
            replaced: false,
        })
    }

    /// An ID token that is valid for some time: that of the kubeconfig, or a new one.
    pub(super) async fn id_token(
        &mut self,
        now: SystemTime,
        deadline: Instant,
    ) -> Result<Credential, Failure> {
        if !self.id_token.is_empty() {
            let ends = ends(&self.id_token)?;
            let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            if ends > now.saturating_add(LEEWAY) {
                return Ok(self.credential(ends));
            }
        }
        if self.refresh_token.is_empty() {
            return Err(Failure::no_audit(anyhow!(
                "the login of this context's user has expired, and there is no refresh-token to renew it with"
            ))
            .hint(LOGIN));
        }
        let endpoint = self.token_endpoint(deadline).await?;
        let renewed = self.renew(&endpoint, deadline).await?;
        let id_token = renewed.id_token.filter(|token| !token.is_empty());
        self.id_token = id_token.ok_or_else(|| {
            self.failed("it gave no ID token (was the scope openid asked for at the login?)")
        })?;
        if let Some(token) = renewed.refresh_token.filter(|token| !token.is_empty())
            && token != self.refresh_token
        {
            self.refresh_token = token;
            self.replaced = true;
        }
        Ok(self.credential(ends(&self.id_token)?))
    }

    fn credential(&self, ends: u64) -> Credential {
        let until = i64::try_from(ends.saturating_sub(LEEWAY)).ok();
        Credential {
            token: Some(self.id_token.clone()),
            expiration_timestamp: until.and_then(|until| jiff::Timestamp::from_second(until).ok()),
            ..Credential::default()
        }
    }

    /// What could not be done at the provider, without any token.
    fn failed(&self, why: &str) -> Failure {
        Failure::no_audit(anyhow!(
            "the login of this context's user cannot be renewed at the OIDC provider {}: {why}",
            shown(&self.issuer)
        ))
        .hint(LOGIN)
    }

    async fn token_endpoint(&self, deadline: Instant) -> Result<String, Failure> {
        let whole = format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        );
        let answer = self.ask(Method::GET, &whole, None, None, deadline).await?;
        if !(200..300).contains(&answer.status) {
            return Err(self.failed(&format!(
                "it does not describe itself (HTTP {})",
                answer.status
            )));
        }
        serde_json::from_slice(&answer.body)
            .map(|metadata: Metadata| metadata.token_endpoint)
            .map_err(|_| self.failed("its description is not what OpenID Connect prescribes"))
    }

    /// Asks for new tokens: some providers want the client's password in a header, some in the form.
    async fn renew(&self, endpoint: &str, deadline: Instant) -> Result<Renewed, Failure> {
        let form = format!(
            "grant_type=refresh_token&refresh_token={}",
            escaped(&self.refresh_token)
        );
        let (id, secret) = (escaped(&self.client_id), escaped(&self.client_secret));
        let header = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let mut answer = self
            .ask(
                Method::POST,
                endpoint,
                Some(header),
                Some(form.clone()),
                deadline,
            )
            .await?;
        if !(200..300).contains(&answer.status) {
            let mut form = format!("{form}&client_id={id}");
            if !secret.is_empty() {
                form = format!("{form}&client_secret={secret}");
            }
            answer = self
                .ask(Method::POST, endpoint, None, Some(form), deadline)
                .await?;
        }
        if !(200..300).contains(&answer.status) {
            let refused: Refused = serde_json::from_slice(&answer.body).unwrap_or_default();
            let code = refused.error;
            let is_code = |code: &str| {
                code.len() < 60 && code.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
            };
            let code = if code.is_empty() || !is_code(&code) {
                String::new()
            } else {
                format!(": {code}")
            };
            return Err(self.failed(&format!("it refuses (HTTP {}{code})", answer.status)));
        }
        serde_json::from_slice(&answer.body)
            .map_err(|_| self.failed("its answer cannot be understood"))
    }

    /// One request to the provider, over TLS only.
    async fn ask(
        &self,
        method: Method,
        whole: &str,
        authorization: Option<String>,
        form: Option<String>,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let uri: Uri = whole
            .parse()
            .ok()
            .filter(|uri: &Uri| uri.host().is_some())
            .ok_or_else(|| self.failed(&format!("{} is not an address", shown(whole))))?;
        if uri.scheme_str() != Some("https") {
            return Err(self.failed(&format!(
                "{} is not https, and a refresh token is sent over https only",
                without_userinfo(&uri)
            )));
        }
        let proxy = proxy::of(&uri, None)?;
        let path = uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str)
            .to_owned();
        let mut parts = uri.into_parts();
        parts.path_and_query = Some(http::uri::PathAndQuery::from_static("/"));
        let base = Uri::from_parts(parts).map_err(|_| self.failed("its address is malformed"))?;
        let mut config = Config::new(base);
        if let Some(authority) = &self.authority {
            config.root_cert =
                Some(local::authorities(authority.as_bytes()).ok_or_else(|| self.no_authority())?);
        }
        let client = client(&config, proxy.as_ref(), &Chain::default())?;
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(ACCEPT, "application/json");
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = form.map_or_else(Body::empty, |form| Body::from(form.into_bytes()));
        let request = request
            .body(body)
            .map_err(|_| self.failed("the request cannot be made"))?;
        let mut patience = Patience::new(Some(PATIENCE), deadline);
        let through = proxy.as_ref().map(without_userinfo);
        let response = patience
            .wait(client.send(request))
            .await
            .and_then(|sent| sent.map_err(|error| errors::connection(&error, through.as_deref())));
        let answer = match response {
            Ok(response) => Incoming::new(response, patience).whole().await,
            Err(trouble) => Err(trouble),
        };
        answer.map_err(|trouble| self.failed(&trouble.describe()))
    }

    fn no_authority(&self) -> Failure {
        self.failed("idp-certificate-authority holds no certificate")
    }
}

/// An address of a kubeconfig, without a user or what may be a secret in a query.
fn shown(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    match address.parse::<Uri>() {
        Ok(uri) if uri.host().is_some() => tidy(&without_userinfo(&uri)),
        _ => match address.rsplit_once('@') {
            Some((_, rest)) => tidy(rest),
            None => tidy(address),
        },
    }
}

fn optional(settings: &HashMap<String, String>, key: &str) -> String {
    settings.get(key).cloned().unwrap_or_default()
}

fn required(settings: &HashMap<String, String>, key: &str) -> Result<String, Failure> {
    let value = optional(settings, key);
    if value.is_empty() {
        return Err(Failure::usage(anyhow!(
            "this context's user logs in through OIDC, and {key} is missing"
        ))
        .hint("add it to the user's auth-provider in the kubeconfig, or log in again"));
    }
    Ok(value)
}

/// The authorities to trust for the provider, as PEM.
fn authority(settings: &HashMap<String, String>) -> Result<Option<String>, Failure> {
    let unfit = |key: &str, why: &str| {
        Failure::usage(anyhow!("this context's user: {key} {why}"))
            .hint("fix it in the user's auth-provider in the kubeconfig")
    };
    let data = optional(settings, "idp-certificate-authority-data");
    if !data.is_empty() {
        let key = "idp-certificate-authority-data";
        let pem = STANDARD
            .decode(data)
            .map_err(|_| unfit(key, "is not base64"))?;
        return Ok(Some(String::from_utf8_lossy(&pem).into_owned()));
    }
    let file = optional(settings, "idp-certificate-authority");
    if file.is_empty() {
        return Ok(None);
    }
    let pem = local::certificates(Path::new(&file)).map_err(|error| {
        let why = format!(
            "{} cannot be read: {}",
            tidy(&file),
            tidy(&error.to_string())
        );
        unfit("idp-certificate-authority", &why)
    })?;
    Ok(Some(String::from_utf8_lossy(&pem).into_owned()))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// When an ID token ends, in seconds since 1970.
fn ends(token: &str) -> Result<u64, Failure> {
    const JWT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::URL_SAFE,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let parts: Vec<&str> = token.trim().split('.').collect();
    let [_, payload, _] = parts.as_slice() else {
        return Err(no_token());
    };
    let payload = JWT.decode(payload).map_err(|_| no_token())?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| no_token())?;
    let ends = Duration::try_from_secs_f64(claims.exp).map_err(|_| no_token())?;
    Ok(ends.as_secs())
}

fn no_token() -> Failure {
    Failure::usage(anyhow!(
        "the id-token of this context's user is not a JSON Web Token with an expiry"
    ))
    .hint(LOGIN)
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::{ends, shown};

    #[test]
    fn the_end_of_an_id_token_is_read() {
        let token = |claims: &str| {
            let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
            format!("e30.{claims}.hunter2")
        };
        assert_eq!(
            ends(&token(r#"{"exp": 1795575600}"#)).unwrap(),
            1_795_575_600
        );
        assert_eq!(
            ends(&token(r#"{"exp": 1.7955756e9}"#)).unwrap(),
            1_795_575_600
        );
        for claims in ["{}", "", "hunter2", r#"{"exp": "soon"}"#] {
            let failure = ends(&token(claims)).unwrap_err().to_string();
            assert!(!failure.contains("hunter2"), "{failure}");
        }
        assert!(ends("hunter2").is_err());
    }

    #[test]
    fn an_issuer_is_shown_without_its_user() {
        assert_eq!(
            shown("https://u:hunter2@idp.example/x?y=hunter2"),
            "https://idp.example/x"
        );
        assert_eq!(shown("u:hunter2@not an address"), "not an address");
    }
}
