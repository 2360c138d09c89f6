//! By what shapes credentials are recognised, whatever the variable is called.

use std::ops::Range;

use super::placeholders::{is_masked, is_written};

/// Whether a value is recognised as a credential by its shape alone.
pub(super) fn has_credential_shape(value: &str) -> bool {
    if value.contains("PRIVATE KEY-----") {
        return true;
    }
    // A service account key of a cloud provider, or the logins of registries, as inline JSON.
    if value.starts_with('{') && (value.contains("\"private_key\"") || holds_registry_login(value))
    {
        return true;
    }
    let keyed = ["AccountKey=", "SharedAccessKey=", "SharedAccessSignature="];
    if keyed.iter().any(|key| {
        value
            .split_once(key)
            .is_some_and(|(_, rest)| is_written(rest.split([';', ' ']).next().unwrap_or_default()))
    }) {
        return true;
    }
    value
        .split([' ', ',', ';', '"', '\'', '\n', '=', '@'])
        .any(is_token)
        || is_webhook(value)
        || after_scheme(value, "bearer ").is_some_and(is_opaque)
        || after_scheme(value, "basic ").is_some_and(is_login)
}

fn holds_registry_login(value: &str) -> bool {
    let filled = |key: &str| {
        value.split(key).skip(1).any(|rest| {
            let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
            value
                .and_then(|value| value.strip_prefix('"'))
                .and_then(|value| value.split('"').next())
                .is_some_and(is_written)
        })
    };
    value.contains("\"auths\"")
        && (filled("\"auth\"") || filled("\"password\"") || filled("\"identitytoken\""))
}

fn after_scheme<'v>(value: &'v str, scheme: &str) -> Option<&'v str> {
    let start = value.get(..scheme.len())?;
    let rest = value[scheme.len()..].trim();
    (start.eq_ignore_ascii_case(scheme) && is_written(rest)).then_some(rest)
}

/// Whether a text is no word of a language: a token rather than the realm of a challenge.
pub(super) fn is_opaque(text: &str) -> bool {
    !text.contains(char::is_whitespace)
        && (text.len() >= 16 || (text.len() >= 6 && text.bytes().any(|byte| byte.is_ascii_digit())))
}

/// Whether a text is the base64 of `user:password`.
pub(super) fn is_login(text: &str) -> bool {
    decode_base64(text).is_some_and(|bytes| {
        let colon = bytes.iter().position(|byte| *byte == b':');
        colon.is_some_and(|colon| colon + 1 < bytes.len())
            && bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
    })
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

/// Whether a value is an address that lets whoever knows it write: chat services call it a webhook.
fn is_webhook(value: &str) -> bool {
    secret_of_webhook(value).is_some()
}

/// Where in such an address the last part stands, without which nobody may write there.
pub(super) fn secret_of_webhook(value: &str) -> Option<Range<usize>> {
    WEBHOOKS.iter().find_map(|(start, segments)| {
        let at = value.find(start)? + start.len();
        let rest = &value[at..];
        let path = rest.split(['?', '#', ' ', '"']).next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let last = parts.last().filter(|_| parts.len() >= *segments)?;
        let secret = at + path.rfind(last)?;
        (is_written(last) && !is_masked(last)).then(|| secret..secret + last.len())
    })
}

/// How the addresses of webhooks begin, and how many parts follow.
const WEBHOOKS: &[(&str, usize)] = &[
    ("://hooks.slack.com/services/", 3),
    ("://hooks.slack.com/workflows/", 3),
    ("://hooks.slack.com/triggers/", 3),
    ("://discord.com/api/webhooks/", 2),
    ("://discordapp.com/api/webhooks/", 2),
];

/// The prefixes by which vendors mark their keys, each with the fewest characters that follow.
const PREFIXES: &[(&str, usize)] = &[
    ("ghp_", 30),
    ("gho_", 30),
    ("ghu_", 30),
    ("ghs_", 30),
    ("ghr_", 30),
    ("github_pat_", 30),
    ("glpat-", 20),
    ("glrt-", 20),
    ("gldt-", 20),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("xapp-", 10),
    ("sk_live_", 10),
    ("rk_live_", 10),
    ("sk-proj-", 20),
    ("sk-svcacct-", 20),
    ("sk-ant-", 20),
    ("npm_", 20),
    ("pypi-AgE", 30),
    ("dckr_pat_", 20),
    ("hf_", 30),
    ("dop_v1_", 40),
    ("hvs.", 20),
    ("hvb.", 20),
    ("glsa_", 20),
    ("glc_", 20),
    ("shpat_", 24),
    ("AGE-SECRET-KEY-1", 40),
];

pub(super) fn is_token(word: &str) -> bool {
    let word_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let aws = word.len() == 20
        && ["AKIA", "ASIA"].iter().any(|prefix| {
            word.strip_prefix(prefix)
                .is_some_and(|rest| rest.bytes().all(upper) && !is_masked(rest))
        });
    let vendor = PREFIXES.iter().any(|(prefix, length)| {
        word.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() >= *length && rest.bytes().all(word_byte) && !is_masked(rest)
        })
    });
    let google = word.len() == 39
        && word
            .strip_prefix("AIza")
            .is_some_and(|rest| rest.bytes().all(word_byte) && !is_masked(rest));
    let sendgrid = word.strip_prefix("SG.").is_some_and(|rest| {
        rest.split_once('.').is_some_and(|(id, key)| {
            id.len() >= 10 && key.len() >= 20 && rest.bytes().all(word_byte) && !is_masked(key)
        })
    });
    aws || vendor || google || sendgrid || is_jwt(word)
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

/// Whether a text that is neither a URL nor a token holds a password: a connection string, options of a program.
pub(super) fn holds_password(value: &str) -> bool {
    let is_password = |key: &str| {
        ["password", "pwd", "passwd"]
            .iter()
            .any(|name| key.trim().eq_ignore_ascii_case(name))
    };
    let pair = |part: &str| {
        part.split_once('=').is_some_and(|(key, password)| {
            is_password(key) && is_written(password.trim().trim_matches(['\'', '"']))
        })
    };
    let option = |word: &str| {
        let word = word.trim_matches(['\'', '"']);
        word.strip_prefix("-D")
            .or(word.strip_prefix("--"))
            .and_then(|option| option.split_once('='))
            .is_some_and(|(key, password)| {
                key.to_ascii_lowercase().ends_with("password") && is_written(password)
            })
    };
    let parts: Vec<&str> = value.split(';').collect();
    let words: Vec<&str> = value.split_whitespace().collect();
    let pairs = words.iter().filter(|word| word.contains('=')).count();
    // `user:password@tcp(host)/name`, as drivers of Go write it; `jdbc:oracle:thin:user/password@host`.
    let before = |end: &str, between: char| {
        value.split_once(end).is_some_and(|(login, _)| {
            login
                .split_once(between)
                .is_some_and(|(user, password)| !user.contains(' ') && is_written(password))
        })
    };
    let oracle = value
        .strip_prefix("jdbc:oracle:thin:")
        .and_then(|rest| rest.split_once('@'))
        .and_then(|(login, _)| login.split_once('/'))
        .is_some_and(|(_, password)| is_written(password));
    (parts.len() > 1 && parts.iter().any(|part| pair(part)))
        || (pairs > 1 && words.iter().any(|word| pair(word)))
        || words.iter().any(|word| option(word))
        || before("@tcp(", ':')
        || before("@unix(", ':')
        || oracle
}

/// Whether a value may be shown to everyone, whatever it is called.
pub(super) fn is_public(value: &str) -> bool {
    const ALGORITHMS: &[&str] = &[
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256",
        "PS384", "PS512", "EdDSA",
    ];
    let key = ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "sk-ssh-ed25519@"];
    (value.starts_with("-----BEGIN ")
        && (value.contains("PUBLIC KEY-----") || value.contains("CERTIFICATE-----")))
        || key.iter().any(|start| value.starts_with(start))
        || ALGORITHMS.contains(&value)
        || (value.starts_with('{') && value.contains("\"external_account\""))
}

#[cfg(test)]
mod tests {
    use super::decode_base64;

    #[test]
    fn base64_is_read_with_and_without_padding() {
        for text in ["c2hvcDpodW50ZXIy", "YTpi", "YTo=", "YTo"] {
            assert!(
                decode_base64(text).is_some_and(|bytes| bytes.contains(&b':')),
                "{text}"
            );
        }
        assert_eq!(decode_base64("a b"), None);
    }
}
