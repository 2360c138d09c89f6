//! Which values only stand in place of one.

/// Whether nothing is left of a value once `open … close` and what joins them is gone.
fn is_made_of(value: &str, open: &str, close: &str, counts: impl Fn(&str) -> bool) -> bool {
    let mut rest = value;
    while let Some(tail) = rest.strip_prefix(open) {
        let Some((inner, after)) = tail.split_once(close) else {
            return false;
        };
        if !counts(inner) {
            return false;
        }
        rest = after.trim_start_matches(['/', ':', '-', '_', '.', '@', ',', ' ']);
    }
    rest.is_empty()
}

pub(super) fn is_reference(value: &str) -> bool {
    is_made_of(value, "$(", ")", |_| true)
}

/// Whether a value is one to be filled in: by a person, by a template, or by what fetches secrets when the program starts.
pub(super) fn is_placeholder(value: &str) -> bool {
    is_templated(value) || is_fetched(value) || is_to_be_filled_in(value)
}

fn is_templated(value: &str) -> bool {
    // A default is a value: `${NAME:-hunter2}`.
    let variable = |inner: &str| match inner.split_once(':') {
        Some((_, default)) => {
            let default = default.trim_start_matches('-');
            default.is_empty() || default.starts_with('?') || is_reference(default)
        }
        None => !inner.is_empty(),
    };
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    let is_capital = |name: &str| {
        is_name(name)
            && !name.bytes().any(|byte| byte.is_ascii_lowercase())
            && name.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    let between = |open: &str, close: &str| {
        value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
    };
    is_made_of(value, "${", "}", variable)
        || (value.contains("{{") && value.contains("}}"))
        || between("<", ">").is_some_and(|inner| !inner.is_empty() && !inner.contains(['<', '>']))
        || between("$__", "}").is_some_and(|inner| inner.contains('{'))
        || between("{", "}").is_some_and(is_name)
        || between("#{", "}#").is_some_and(is_name)
        || between("%", "%").is_some_and(is_capital)
        || between("__", "__").is_some_and(is_capital)
        || between("@", "@").is_some_and(is_capital)
        || value.strip_prefix('$').is_some_and(is_capital)
        || value == "%s"
}

/// Whether a value says where a tool finds the secret, rather than holds it; what is encrypted counts as well.
fn is_fetched(value: &str) -> bool {
    const PREFIXES: &[&str] = &[
        "@Microsoft.KeyVault(",
        "ENC[AES256_GCM,",
        ">>vault:",
        "vault:",
        "ref+",
        "secretref+",
        "op://",
        "akvs://",
        "awssm://",
        "awsssm://",
        "gcpsm://",
        "berglas://",
        "k8s:",
        "{cipher}",
    ];
    let rest = value.strip_prefix("arn:");
    let kept = rest.is_some_and(|arn| {
        [":secretsmanager:", ":ssm:", ":kms:"]
            .iter()
            .any(|it| arn.contains(it))
    });
    let google = value.starts_with("projects/") && value.contains("/secrets/");
    kept || google || PREFIXES.iter().any(|prefix| value.starts_with(prefix))
}

fn is_to_be_filled_in(value: &str) -> bool {
    // Nothing but one sign again and again: `xxxx`, `****`.
    if value.len() >= 3 && (is_masked(value) || value.trim_matches('.').is_empty()) {
        return true;
    }
    // A key of a vendor with its tail masked: `ghp_xxxxxxxx`.
    let tail = value.len() - value.trim_end_matches(['x', 'X', '*']).len();
    if tail >= 8 {
        return true;
    }
    let inner = value.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
    if inner.eq_ignore_ascii_case("redacted") || inner.eq_ignore_ascii_case("placeholder") {
        return true;
    }
    let words: Vec<&str> = inner
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let is = |at: usize, wanted: &str| {
        words
            .get(at)
            .is_some_and(|word| word.eq_ignore_ascii_case(wanted))
    };
    // `changeme` is a password that many have; `CHANGE_ME` shouts that it is none yet.
    let shouts = !value.bytes().any(|byte| byte.is_ascii_lowercase());
    let shouted = [
        "CHANGEME",
        "REPLACEME",
        "CHANGE",
        "REPLACE",
        "TODO",
        "FIXME",
        "TBD",
        "INSERT",
        "YOUR",
    ];
    (shouts && words.iter().any(|word| shouted.contains(word)))
        || (words.len() > 1 && (is(0, "your") || is(0, "insert")))
        || ((is(0, "replace") || is(0, "fill"))
            && (is(1, "me") || is(1, "with") || is(1, "this") || is(1, "in")))
        || (is(0, "replaceme") && words.len() == 1)
        || (is(0, "put") && is(1, "your"))
        || (is(0, "enter") && is(1, "your"))
}

/// Whether a text is a mask rather than a value: one letter or sign again and again.
pub(super) fn is_masked(text: &str) -> bool {
    let mut bytes = text.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
    match bytes.next() {
        Some(first) => {
            matches!(first, b'x' | b'X' | b'*' | b'.' | b'?' | b'#')
                && bytes.all(|byte| byte == first)
        }
        None => true,
    }
}

/// Whether a password stands there itself.
pub(super) fn is_written(password: &str) -> bool {
    !password.is_empty() && !is_reference(password) && !is_placeholder(password)
}
