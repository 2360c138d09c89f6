//! What the literal value of an environment variable looks like.

use serde::{Deserialize, Serialize};

use super::{
    placeholders::{is_placeholder, is_reference, is_written},
    shapes::{has_credential_shape, holds_password, is_public},
};

/// What the literal value of an environment variable looks like.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ValueClass {
    /// No value, or an empty one.
    #[default]
    Empty,
    /// Nothing but references to other variables: `$(NAME)`.
    Reference,
    /// What somebody or something else is to put a value in place of: `${NAME}`, `<password>`, `{{ .Values.x }}`,
    /// `vault:secret/data/shop#token`.
    Placeholder,
    /// `true`, `false`, `yes`, `no`, `on`, `off`, `0`, `1` and the like.
    Boolean,
    /// A number, with or without a unit.
    Number,
    /// A file path.
    Path,
    /// Small words between slashes, which a password may be as well: `secret/data/shop`.
    RelativePath,
    /// A URL without a password.
    Url,
    /// A URL with a password.
    UrlWithPassword,
    /// A connection string or options of a program that hold a password.
    TextWithPassword,
    /// A private key, a token, an access key: recognised by its shape.
    Credential,
    /// What may be shown to everyone: a public key, a certificate, the name of an algorithm.
    Public,
    /// The name of a Secret that was seen, or that something names.
    SecretName,
    /// A JSON object without a shape of its own.
    Document,
    /// Anything else.
    Other,
}

/// The class of a literal value.
pub fn classify(value: &str) -> ValueClass {
    let value = value.trim();
    if value.is_empty() {
        ValueClass::Empty
    } else if is_reference(value) {
        ValueClass::Reference
    } else if is_placeholder(value) {
        ValueClass::Placeholder
    } else if has_credential_shape(value) {
        ValueClass::Credential
    } else if is_public(value) {
        ValueClass::Public
    } else if let Some(class) = url(value) {
        class
    } else if holds_password(value) {
        ValueClass::TextWithPassword
    } else if is_boolean(value) {
        ValueClass::Boolean
    } else if is_number(value) {
        ValueClass::Number
    } else if is_path(value) {
        ValueClass::Path
    } else if is_relative_path(value) {
        ValueClass::RelativePath
    } else if value.starts_with('{') && value.ends_with('}') {
        ValueClass::Document
    } else {
        ValueClass::Other
    }
}

fn is_boolean(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "0", "1", "none", "null",
        "nil", "enabled", "disabled", "enable", "disable",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a value is a number, also one with a unit: `15m`, `1h30m`, `512Mi`, `PT15M`.
fn is_number(value: &str) -> bool {
    const UNITS: &[&str] = &[
        "ns", "us", "ms", "s", "sec", "secs", "m", "min", "mins", "h", "hr", "hrs", "hour",
        "hours", "d", "day", "days", "w", "y", "seconds", "minutes", "k", "M", "G", "T", "Ki",
        "Mi", "Gi", "Ti", "B", "KB", "MB", "GB", "%",
    ];
    if value.parse::<f64>().is_ok() {
        return true;
    }
    let mut rest = value
        .strip_prefix("PT")
        .or(value.strip_prefix('P'))
        .unwrap_or(value);
    let iso = rest.len() < value.len();
    while !rest.is_empty() {
        let number =
            rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        if number.len() == rest.len() {
            return false;
        }
        let after = number.trim_start();
        let unit = after
            .find(|letter: char| letter.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, tail) = after.split_at(unit);
        let known =
            UNITS.contains(&unit) || (iso && matches!(unit, "H" | "M" | "S" | "D" | "W" | "DT"));
        if !known {
            return false;
        }
        rest = tail;
    }
    true
}

fn is_path(value: &str) -> bool {
    let rooted = ["/", "./", "../", "~/"]
        .iter()
        .any(|root| value.starts_with(root));
    let drive = value.len() > 2
        && value.as_bytes()[0].is_ascii_alphabetic()
        && matches!(&value.as_bytes()[1..3], b":\\" | b":/");
    let behind_reference = ["$(", "${"].iter().any(|open| value.starts_with(open))
        && value
            .find([')', '}'])
            .is_some_and(|end| value[end + 1..].starts_with('/'));
    // Base64 may begin with a slash as well; a path is made of words.
    (rooted || drive || behind_reference)
        && !value.contains(char::is_whitespace)
        && !value.contains(['=', '+'])
        && value.split(['/', '\\']).all(|part| part.len() <= 64)
}

/// Base64 has capitals.
fn is_relative_path(value: &str) -> bool {
    let small = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
    };
    value.contains('/')
        && value.split('/').all(|part| {
            part.bytes().all(small) && part.bytes().any(|byte| byte.is_ascii_lowercase())
        })
}

fn url(value: &str) -> Option<ValueClass> {
    let (scheme, rest) = value.split_once("://")?;
    let scheme = scheme.strip_prefix("jdbc:").unwrap_or(scheme);
    let valid = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b':'));
    if !valid {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let password = authority
        .rsplit_once('@')
        .or_else(|| unescaped(authority, rest))
        .and_then(|(user_info, _)| user_info.split_once(':'))
        .map_or("", |(_, password)| password);
    let in_query = rest
        .split_once('?')
        .is_some_and(|(_, query)| query.split(['&', ';', '#']).any(is_password_of_query));
    Some(
        if is_written(password) || in_query || holds_password(value) {
            ValueClass::UrlWithPassword
        } else {
            ValueClass::Url
        },
    )
}

/// A password may hold any character that a careless hand left unescaped, a slash included; a port is none, and what
/// follows a question mark is not the authority's.
fn unescaped<'v>(authority: &str, rest: &'v str) -> Option<(&'v str, &'v str)> {
    let (_, tail) = authority.split_once(':')?;
    let is_port = !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit());
    if is_port || tail.is_empty() {
        return None;
    }
    rest.split(['?'])
        .next()
        .unwrap_or_default()
        .rsplit_once('@')
}

fn is_password_of_query(pair: &str) -> bool {
    const KEYS: &[&str] = &[
        "password",
        "pwd",
        "passwd",
        "passphrase",
        "access_token",
        "auth_token",
        "client_secret",
        "api_key",
        "apikey",
        "sig",
    ];
    pair.split_once('=').is_some_and(|(key, value)| {
        KEYS.iter().any(|name| key.eq_ignore_ascii_case(name)) && is_written(value)
    })
}

#[cfg(test)]
mod tests {
    use super::{ValueClass, classify};

    use ValueClass::{
        Boolean, Credential, Document, Empty, Number, Other, Path, Placeholder, Public, Reference,
        RelativePath, TextWithPassword, Url, UrlWithPassword,
    };

    const CLASSES: &[(&str, ValueClass)] = &[
        ("", Empty),
        ("  ", Empty),
        ("$(DB_PASSWORD)", Reference),
        ("$(A)-$(B)", Reference),
        ("true", Boolean),
        ("Off", Boolean),
        ("0", Boolean),
        ("none", Boolean),
        ("42", Number),
        ("-1.5e3", Number),
        ("15m", Number),
        ("1h30m", Number),
        ("512Mi", Number),
        ("PT15M", Number),
        ("12monkeys", Other),
        ("/etc/secrets/token", Path),
        ("C:\\keys\\id", Path),
        ("$(SECRETS)/token", Path),
        ("secret/data/shop", RelativePath),
        ("https://vault.example:8200/v1", Url),
        ("https://host.example:8080/@scope/package", Url),
        ("https://host.example/search?of=a:b@c", Url),
        ("postgres://shop@db/shop", Url),
        ("postgres://shop:$(PW)@db/shop", Url),
        ("postgres://shop:${PW}@db/shop", Url),
        ("postgres://shop:<password>@db/shop", Url),
        ("postgres://shop:hunter2@db/shop", UrlWithPassword),
        ("redis://:hunter2@cache:6379/0", UrlWithPassword),
        (
            "jdbc:mysql://db/shop?user=shop&password=x1y2",
            UrlWithPassword,
        ),
        (
            "jdbc:sqlserver://db;user=shop;password=x1y2",
            UrlWithPassword,
        ),
        ("amqp://u:a/b@mq:5672", UrlWithPassword),
        ("shop:hunter2@tcp(db:3306)/shop", TextWithPassword),
        ("shop:$(PW)@tcp(db:3306)/shop", Other),
        ("Server=db;User Id=shop;Password=hunter2;", TextWithPassword),
        ("Server=db;User Id=shop;Password=$(PW)", Other),
        ("host=db user=shop password=hunter2", TextWithPassword),
        (
            "-Xmx1g -Djavax.net.ssl.trustStorePassword=hunter2",
            TextWithPassword,
        ),
        ("-Xmx1g -Dpassword.file=/etc/x", Other),
        ("${DB_PASSWORD}", Placeholder),
        ("${DB_PASSWORD:?}", Placeholder),
        ("${DB_PASSWORD:-hunter2}", Other),
        ("$DB_PASSWORD", Placeholder),
        ("<password>", Placeholder),
        ("<path:secret/data/shop#token>", Placeholder),
        ("{{ .Values.password }}", Placeholder),
        ("vault:secret/data/shop#token", Placeholder),
        ("ref+awsssm://shop/token", Placeholder),
        ("op://shop/database/password", Placeholder),
        ("$__file{/etc/secrets/token}", Placeholder),
        (
            "arn:aws:secretsmanager:eu-central-1:1:secret:shop",
            Placeholder,
        ),
        (
            "@Microsoft.KeyVault(SecretUri=https://shop.example/x)",
            Placeholder,
        ),
        ("CHANGE_ME", Placeholder),
        ("REPLACE_ME", Placeholder),
        ("your-password-here", Placeholder),
        ("xxxxxxxx", Placeholder),
        ("********", Placeholder),
        ("changeme", Other),
        ("change-me", Other),
        ("password", Other),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII", Credential),
        ("-----BEGIN PUBLIC KEY-----\nMII", Public),
        ("ssh-ed25519 AAAAC3Nza shop", Public),
        ("RS256", Public),
        ("AKIAIOSFODNN7EXAMPLE", Credential),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", Credential),
        ("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", Placeholder),
        ("xoxb-123456789012-abcdefghijkl", Credential),
        (concat!("sk_", "live_0123456789abcdefABCDEF01"), Credential),
        (
            concat!("sk-", "proj-0123456789abcdefABCDEF0123456789"),
            Credential,
        ),
        (
            concat!(
                "SG.",
                "aB3dE5fG7hI9jK1lM3nO5p.qR7sT9uV1wX3yZ5aB7cD9eF1gH3iJ5kL7mN9oP1qR3"
            ),
            Credential,
        ),
        (
            concat!("npm", "_0123456789abcdefghijABCDEFGHIJ012345"),
            Credential,
        ),
        (
            concat!(
                "htt",
                "ps://hooks.slack.com/services/T0001/B0001/0123456789abcdefABCDEF01"
            ),
            Credential,
        ),
        ("https://hooks.slack.com", Url),
        ("Bearer abcdefgh12345678", Credential),
        ("Basic c2hvcDpodW50ZXIy", Credential),
        ("Basic realm", Other),
        (
            r#"{"auths":{"registry.example":{"auth":"c2hvcDpodW50ZXIy"}}}"#,
            Credential,
        ),
        (r#"{"auths":{}}"#, Document),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            Credential,
        ),
        ("hunter2", Other),
        ("bearer", Other),
        ("/QzFbase64+like==", Other),
    ];

    #[test]
    fn values_are_classified_by_their_shape() {
        for (value, class) in CLASSES {
            assert_eq!(classify(value), *class, "{value}");
        }
    }
}
