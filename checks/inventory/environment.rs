//! What the literal value of an environment variable looks like.

use serde::{Deserialize, Serialize};

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
    /// `true`, `false`, `yes`, `no`, `on`, `off`.
    Boolean,
    /// A number.
    Number,
    /// A file path.
    Path,
    /// A URL without a password.
    Url,
    /// A URL with a password.
    UrlWithPassword,
    /// A private key, a token, an access key: recognised by its shape.
    Credential,
    /// Anything else.
    Other,
}

/// The class of a literal value.
pub fn classify(value: &str) -> ValueClass {
    let value = value.trim();
    if value.is_empty() {
        ValueClass::Empty
    } else if has_credential_shape(value) {
        ValueClass::Credential
    } else if let Some(class) = url(value) {
        class
    } else if is_reference(value) {
        ValueClass::Reference
    } else if ["true", "false", "yes", "no", "on", "off"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
    {
        ValueClass::Boolean
    } else if value.parse::<f64>().is_ok() {
        ValueClass::Number
    } else if is_path(value) {
        ValueClass::Path
    } else {
        ValueClass::Other
    }
}

fn is_reference(value: &str) -> bool {
    let mut rest = value;
    while let Some(tail) = rest.strip_prefix("$(") {
        let Some((_, after)) = tail.split_once(')') else {
            return false;
        };
        rest = after.trim_start_matches(['/', ':', '-', '_', '.', '@', ',']);
    }
    rest.is_empty()
}

fn is_path(value: &str) -> bool {
    let rooted = ["/", "./", "../", "~/"]
        .iter()
        .any(|root| value.starts_with(root));
    let drive = value.len() > 2
        && value.as_bytes()[0].is_ascii_alphabetic()
        && matches!(&value.as_bytes()[1..3], b":\\" | b":/");
    // Base64 may begin with a slash as well; a path is made of words.
    (rooted || drive)
        && !value.contains(char::is_whitespace)
        && !value.contains(['=', '+'])
        && value.split(['/', '\\']).all(|part| part.len() <= 64)
}

fn url(value: &str) -> Option<ValueClass> {
    let (scheme, rest) = value.split_once("://")?;
    let scheme = scheme.strip_prefix("jdbc:").unwrap_or(scheme);
    let valid = !scheme.is_empty()
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    if !valid {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A password may hold any character that a careless hand left unescaped, a slash included.
    let user_info = authority
        .rsplit_once('@')
        .or_else(|| rest.rsplit_once('@'))
        .map_or("", |(user_info, _)| user_info);
    let password = user_info
        .split_once(':')
        .map_or("", |(_, password)| password);
    let in_query = rest
        .split_once('?')
        .is_some_and(|(_, query)| query.split(['&', ';']).any(has_password));
    let written = !password.is_empty() && !is_reference(password);
    Some(if written || in_query {
        ValueClass::UrlWithPassword
    } else {
        ValueClass::Url
    })
}

fn has_password(pair: &str) -> bool {
    pair.split_once('=').is_some_and(|(key, value)| {
        ["password", "pwd", "passwd"]
            .iter()
            .any(|name| key.eq_ignore_ascii_case(name))
            && !value.is_empty()
            && !is_reference(value)
    })
}

/// Whether a value is recognised as a credential by its shape alone.
fn has_credential_shape(value: &str) -> bool {
    if value.contains("PRIVATE KEY-----") {
        return true;
    }
    // A service account key of a cloud provider as inline JSON.
    if value.starts_with('{') && value.contains("\"private_key\"") {
        return true;
    }
    if value.contains("AccountKey=") || value.contains("SharedAccessKey=") {
        return true;
    }
    value.split([' ', ',', ';', '"', '\'', '\n']).any(is_token)
        || value
            .get(..7)
            .is_some_and(|start| start.eq_ignore_ascii_case("bearer "))
            && value[7..].trim().len() >= 8
            && !is_reference(value[7..].trim())
}

fn is_token(word: &str) -> bool {
    let tail = |prefix: &str, length: usize, allowed: fn(u8) -> bool| {
        word.strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= length && rest.bytes().all(allowed))
    };
    let word_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    // AWS access keys have exactly twenty characters.
    (word.len() == 20 && (tail("AKIA", 16, upper) || tail("ASIA", 16, upper)))
        || ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]
            .iter()
            .any(|prefix| tail(prefix, 30, word_byte))
        || tail("github_pat_", 30, word_byte)
        || tail("glpat-", 20, word_byte)
        || (word.len() == 39 && tail("AIza", 35, word_byte))
        || ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"]
            .iter()
            .any(|prefix| tail(prefix, 10, word_byte))
        || is_jwt(word)
}

fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    let base64url = |part: &str| {
        part.len() >= 8
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    word.starts_with("eyJ")
        && parts.next().is_some_and(base64url)
        && parts.next().is_some_and(base64url)
        && parts.next().is_some()
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::{ValueClass, classify};

    #[test]
    fn values_are_classified_by_their_shape() {
        use ValueClass::{
            Boolean, Credential, Empty, Number, Other, Path, Reference, Url, UrlWithPassword,
        };
        for (value, class) in [
            ("", Empty),
            ("  ", Empty),
            ("$(DB_PASSWORD)", Reference),
            ("$(A)-$(B)", Reference),
            ("true", Boolean),
            ("Off", Boolean),
            ("42", Number),
            ("-1.5e3", Number),
            ("/etc/secrets/token", Path),
            ("C:\\keys\\id", Path),
            ("https://vault.example:8200/v1", Url),
            ("postgres://shop@db/shop", Url),
            ("postgres://shop:$(PW)@db/shop", Url),
            ("postgres://shop:hunter2@db/shop", UrlWithPassword),
            (
                "jdbc:mysql://db/shop?user=shop&password=x1y2",
                UrlWithPassword,
            ),
            ("amqp://u:a/b@mq:5672", UrlWithPassword),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII", Credential),
            ("AKIAIOSFODNN7EXAMPLE", Credential),
            ("ghp_0123456789abcdefghijABCDEFGHIJ012345", Credential),
            ("xoxb-123456789012-abcdefghijkl", Credential),
            ("Bearer abcdefgh12345678", Credential),
            (
                "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
                Credential,
            ),
            ("hunter2", Other),
            ("bearer", Other),
            ("/QzFbase64+like==", Other),
        ] {
            assert_eq!(classify(value), class, "{value}");
        }
    }
}
