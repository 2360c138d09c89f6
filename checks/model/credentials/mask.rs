//! A text without the credentials in it.
//!
//! What is looked for: logins in addresses, values behind names and flags that promise a credential, what a scheme of
//! authorization precedes, private keys, and words in the shape of a vendor's keys. A text that could be the name of an object
//! is none of these: it is left alone, or objects could not be told apart.

use std::{borrow::Cow, ops::Range};

use memchr::{memchr_iter, memmem};

use super::{
    ENDINGS, NAMES, Names, ValueClass, classify,
    placeholders::is_written,
    shapes::{is_login, is_opaque, is_token, secret_of_webhook},
};

/// What stands in place of a credential.
pub const MASK: &str = "********";

/// How often a text is looked at again after something in it was masked; one that still changes then is masked as a whole.
const MOST_PASSES: usize = 4;

/// The longest login, and the longest host, of an address without a scheme.
const LONGEST_LOGIN: usize = 512;

/// The longest name that is looked at.
const LONGEST_NAME: usize = 128;

/// Names beside those of variables: parts of connection strings and of signed addresses.
const KEYS: &[&str] = &[
    "accountkey",
    "sharedaccesskey",
    "sharedaccesssignature",
    "sig",
    "signature",
    "x-amz-credential",
    "x-amz-signature",
    "x-goog-credential",
    "x-goog-signature",
];

thread_local! {
    static PROMISES: Names = {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Names::new(&own(NAMES), &own(ENDINGS))
    };
}

/// The text with every credential that is recognised masked, and without the logins of its addresses.
///
/// It costs next to nothing for a text that holds no sign of one, and changes nothing the second time.
pub fn without_credentials(text: &str) -> Cow<'_, str> {
    let mut clean = match masked_once(text) {
        Cow::Borrowed(same) => return Cow::Borrowed(same),
        Cow::Owned(masked) => masked,
    };
    // What one mask covered may have ended what another one looks for.
    for _ in 0..MOST_PASSES {
        let again = masked_once(&clean).into_owned();
        if again == clean {
            return Cow::Owned(clean);
        }
        clean = again;
    }
    Cow::Borrowed(MASK)
}

fn masked_once(text: &str) -> Cow<'_, str> {
    let signs = signs_in(text);
    let may_hold_key = text.len() > 14 && signs & OF_KEYS != 0;
    let may_hold_pair = text.len() > 5 && signs & BETWEEN != 0;
    if !may_hold_key && !may_hold_pair {
        return Cow::Borrowed(text);
    }
    let mut found = Found {
        text,
        edits: Vec::new(),
        steps: 64 * text.len() + 65_536,
    };
    found.addresses();
    if may_hold_pair {
        found.bare_logins();
        found.pairs();
        found.flags();
        found.schemes();
        found.private_keys();
    }
    if may_hold_key {
        found.tokens();
    }
    found.apply()
}

/// The same for what another program says of its own: long words that look like nothing else are masked as well, and whatever
/// follows a name that promises a credential. It is one line then.
pub fn without_opaque_words(text: &str) -> String {
    let text = without_credentials(text);
    let mut secret_follows = false;
    let words: Vec<Cow<'_, str>> = text
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .map(|word| {
            if secret_follows {
                secret_follows = ["bearer", "basic"]
                    .iter()
                    .any(|scheme| word.eq_ignore_ascii_case(scheme));
                return MASK.into();
            }
            if let Some(at) = word.find(['=', ':'])
                && speaks_of_one(&word[..at])
            {
                let (name, value) = word.split_at(at + 1);
                if value.trim_matches(['"', '\'']).is_empty() {
                    secret_follows = true;
                    return name.to_owned().into();
                }
                return format!("{name}{MASK}").into();
            }
            secret_follows = word.eq_ignore_ascii_case("bearer");
            if is_long_and_opaque(word) {
                MASK.into()
            } else {
                word.into()
            }
        })
        .collect();
    words.join(" ")
}

fn speaks_of_one(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "password", "secret", "bearer", "authorization"]
        .iter()
        .any(|word| name.contains(word))
}

fn is_long_and_opaque(word: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "+/=_-.".contains(letter);
    word.len() >= 32
        && !word.starts_with('/')
        && word.chars().all(is_plain)
        && word.chars().any(|letter| letter.is_ascii_digit())
        || word.len() > 20 && word.to_ascii_lowercase().contains("eyj")
}

/// A byte without which no pair, login or sentence is written.
const BETWEEN: u8 = 1;

/// A byte that keys have, and names of objects don't.
const OF_KEYS: u8 = 2;

/// What each byte is a sign of.
const SIGNS: [u8; 256] = {
    let mut signs = [0; 256];
    let mut byte = b'A';
    while byte <= b'Z' {
        signs[byte as usize] = OF_KEYS;
        byte += 1;
    }
    signs[b'_' as usize] = OF_KEYS;
    signs[b'=' as usize] = BETWEEN;
    signs[b'@' as usize] = BETWEEN;
    signs[b'"' as usize] = BETWEEN;
    signs[b' ' as usize] = BETWEEN;
    signs
};

fn signs_in(text: &str) -> u8 {
    text.bytes()
        .fold(0, |signs, byte| signs | SIGNS[usize::from(byte)])
}

/// Where in a text credentials stand, and what is put there.
struct Found<'t> {
    text: &'t str,
    edits: Vec<(Range<usize>, &'static str)>,
    /// How many bytes may yet be looked at more than once: a text that is made to cost more is masked as a whole.
    steps: usize,
}

impl<'t> Found<'t> {
    /// Whether so many bytes may be looked at.
    fn may_read(&mut self, bytes: usize) -> bool {
        let left = self.steps.checked_sub(bytes);
        self.steps = left.unwrap_or(0);
        left.is_some() && self.steps > 0
    }

    fn mask(&mut self, range: Range<usize>) {
        if is_written(&self.text[range.clone()]) {
            self.edits.push((range, MASK));
        }
    }

    /// `https://user:password@host/path`: the login goes.
    fn addresses(&mut self) {
        let text = self.text;
        for at in memmem::find_iter(text.as_bytes(), b"://") {
            let start = at + 3;
            let rest = &text[start..];
            let rest = &rest[..word_end(rest)];
            if !self.may_read(rest.len()) {
                return;
            }
            let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
            let login = match authority.rfind('@') {
                Some(end) => (!is_digest(&authority[end + 1..])).then_some(end),
                None => unescaped(authority, rest),
            };
            if let Some(end) = login {
                self.edits.push((start..start + end + 1, ""));
            }
            if let Some(secret) = secret_of_webhook(&text[at..start + rest.len()]) {
                self.mask(at + secret.start..at + secret.end);
            }
        }
    }

    /// `user:password@host/path`, as an image may be written; `user:password@tcp(host)`, as drivers of databases take it.
    fn bare_logins(&mut self) {
        let text = self.text;
        for at in memchr_iter(b'@', text.as_bytes()) {
            let before = &text[..at];
            let near = &before[boundary(before, at.saturating_sub(LONGEST_LOGIN))..];
            let Some(colon) = near.rfind(':') else {
                continue;
            };
            if near[colon..].contains(['/', '"', '\'', '=']) || !self.may_read(near.len()) {
                continue;
            }
            let offset = at - near.len();
            let from = near
                .rfind(|letter: char| {
                    letter.is_whitespace() || matches!(letter, '"' | '\'' | '=' | '/' | '(' | ',')
                })
                .map_or(0, |end| {
                    end + near[end..].chars().next().map_or(1, char::len_utf8)
                });
            let from = offset + from;
            let Some((user, password)) = before[from..].split_once(':') else {
                continue;
            };
            let rest = &text[at + 1..];
            let rest = &rest[..boundary(rest, LONGEST_LOGIN)];
            let rest = &rest[..word_end(rest)];
            let host = &rest[..rest.find(['/', '(', ':']).unwrap_or(rest.len())];
            let behind = &rest[host.len()..];
            let is_host = behind.starts_with(['/', '('])
                || behind
                    .strip_prefix(':')
                    .is_some_and(|port| port.starts_with(|digit: char| digit.is_ascii_digit()));
            let is_login = !user.contains('@') && is_written(password);
            if is_login && !host.is_empty() && is_host && !is_digest(rest) {
                self.edits.push((from..at + 1, ""));
            }
        }
    }

    /// `password=…`, `--db-password=…`, `?access_token=…`, `"password": "…"`.
    fn pairs(&mut self) {
        let text = self.text;
        let bytes = text.as_bytes();
        let mut done = 0;
        for at in memchr::memchr2_iter(b'=', b':', bytes) {
            if at < done {
                continue;
            }
            let is_colon = bytes[at] == b':';
            let is_operator = matches!(bytes.get(at + 1), Some(b'=' | b'~'))
                || at > 0 && matches!(bytes[at - 1], b'=' | b'!' | b'<' | b'>');
            let (name, is_quoted) = name_before(&text[..at]);
            if is_operator || !may_promise(name) {
                continue;
            }
            let value = text[at + 1..].trim_start_matches([' ', '\t']);
            let start = text.len() - value.len();
            let is_apart = start > at + 1;
            // A sentence goes on behind a blank; `name: value` is told from `system:name` by it.
            if is_colon && !is_apart && !is_quoted || !is_colon && is_apart {
                continue;
            }
            let flag = text[..at].len() - name.len();
            let is_flag = text[..flag].ends_with('-') || name.starts_with('-');
            let value = value_in(value, is_flag);
            let Range { start, end } = start + value.start..start + value.end;
            let value = &text[start..end];
            if !self.may_read(8 * value.len()) {
                return;
            }
            let before = text[..flag].trim_end_matches(['"', '\'']);
            if before.ends_with('[') && before.trim_end_matches('[').ends_with(is_part) {
                // A part of a path that is told by its name: `sources[secret=tls]`.
            } else if name.eq_ignore_ascii_case("authorization") && !is_sentence(&text[start..]) {
                let line = text[start..].find(['"', '\'', '\n', ',']);
                done = line.map_or(text.len(), |line| start + line);
                self.mask(start..done);
            } else if promises(name, value)
                && (!is_colon || is_quoted || is_opaque(value) || promises(name, "1"))
            {
                self.mask(start..end);
                done = end;
            }
        }
    }

    /// `--password …`, where the value does not read like the next word of a sentence.
    fn flags(&mut self) {
        let text = self.text;
        let mut flag: Option<&str> = None;
        for word in text.split(' ') {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let bare = word.trim_matches(['"', '\'', ',', '[', ']']);
            if let Some(name) = flag.take()
                && !bare.starts_with('-')
                && !bare.bytes().all(|byte| byte.is_ascii_lowercase())
                && promises(name, bare)
            {
                let offset = start + word.find(bare).unwrap_or(0);
                self.mask(offset..offset + bare.len());
            }
            flag = bare
                .starts_with('-')
                .then(|| bare.trim_start_matches('-'))
                .filter(|name| {
                    !name.is_empty() && !name.contains('=') && name.len() <= LONGEST_NAME
                });
        }
    }

    /// `Bearer …`, `Basic …`.
    fn schemes(&mut self) {
        let text = self.text;
        let bytes = text.as_bytes();
        for at in memchr_iter(b' ', bytes) {
            let scheme = |scheme: &str| {
                at.checked_sub(scheme.len())
                    .and_then(|start| text.get(start..at))
                    .is_some_and(|word| word.eq_ignore_ascii_case(scheme))
            };
            let (bearer, basic) = (scheme("bearer"), scheme("basic"));
            if !bearer && !basic {
                continue;
            }
            let rest = &text[at + 1..];
            let word = &rest[..word_end(rest)];
            if bearer && is_opaque(word) || basic && is_login(word) {
                self.mask(at + 1..at + 1 + word.len());
            }
        }
    }

    fn private_keys(&mut self) {
        const HEAD: &[u8] = b"PRIVATE KEY-----";
        let text = self.text;
        let mut done = 0;
        for at in memmem::find_iter(text.as_bytes(), HEAD) {
            let start = at + HEAD.len();
            if start < done {
                continue;
            }
            let key = &text[start..];
            let end = key.find("-----").map_or(text.len(), |end| start + end);
            if text[..at]
                .rfind("-----BEGIN ")
                .is_some_and(|begin| at - begin < 40)
            {
                self.mask(start..end);
                done = end;
            }
        }
    }

    /// Keys in the shapes that vendors give them.
    fn tokens(&mut self) {
        let text = self.text;
        for word in text.split(|letter: char| !is_part(letter)) {
            let word = word.trim_end_matches('.');
            if word.len() > 14 && !may_be_a_name(word) && is_token(word) {
                let start = word.as_ptr() as usize - text.as_ptr() as usize;
                self.mask(start..start + word.len());
            }
        }
    }

    fn apply(mut self) -> Cow<'t, str> {
        if self.steps == 0 {
            return Cow::Borrowed(MASK);
        }
        if self.edits.is_empty() {
            return Cow::Borrowed(self.text);
        }
        self.edits
            .sort_by_key(|(range, _)| (range.start, range.end));
        let mut clean = String::with_capacity(self.text.len());
        let mut done = 0;
        let mut edits = self.edits.into_iter().peekable();
        while let Some((mut range, mut what)) = edits.next() {
            while let Some((next, other)) = edits.next_if(|(next, _)| next.start < range.end) {
                range.end = range.end.max(next.end);
                if what.is_empty() {
                    what = other;
                }
            }
            clean.push_str(&self.text[done..range.start]);
            clean.push_str(what);
            done = range.end;
        }
        clean.push_str(&self.text[done..]);
        Cow::Owned(clean)
    }
}

/// The letters without which no name promises a credential.
const STEMS: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "bearer",
    "jwt",
    "credential",
    "key",
    "sig",
    "authorization",
];

/// Whether a name has to be looked at more closely.
fn may_promise(name: &str) -> bool {
    let has = |stem: &&str| {
        name.len() >= stem.len()
            && name
                .as_bytes()
                .windows(stem.len())
                .any(|part| part.eq_ignore_ascii_case(stem.as_bytes()))
    };
    // The stems end in few letters: most names have none of them.
    !name.is_empty() && STEMS.iter().any(has)
        || name.contains(['-', '_', '.']) && has_split_stem(name)
}

/// Whether a stem stands in a name with a hyphen or a dot in between: `pass-word`.
fn has_split_stem(name: &str) -> bool {
    let letters: String = name
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    STEMS.iter().any(|stem| letters.contains(stem))
}

/// The nearest place at or before `at` where a character begins.
fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Whether a value behind this name is a credential.
fn promises(name: &str, value: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if KEYS.contains(&lower.as_str()) {
        return is_written(value);
    }
    let class = match classify(value) {
        // A login went, and what is left of a connection string is none.
        ValueClass::Credential | ValueClass::TextWithPassword => ValueClass::Other,
        class => class,
    };
    PROMISES.with(|names| names.make_a_credential_of(name, class))
}

/// Whether what follows `Authorization:` begins with a word that is neither a scheme nor a credential.
fn is_sentence(text: &str) -> bool {
    const SCHEMES: &[&str] = &["basic", "bearer", "digest", "negotiate", "token"];
    let word = text.split(char::is_whitespace).next().unwrap_or_default();
    let is_scheme = SCHEMES
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme));
    !is_scheme && !is_opaque(word)
}

fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

/// The name that ends here, without its quotes, and whether it had any.
fn name_before(text: &str) -> (&str, bool) {
    let unquoted = text.trim_end_matches(['"', '\'', '\\']);
    let is_quoted = unquoted.len() < text.len();
    let bytes = unquoted.as_bytes();
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = bytes
        .iter()
        .rev()
        .take(LONGEST_NAME)
        .take_while(part)
        .count();
    (&unquoted[unquoted.len() - length..], is_quoted)
}

/// Where a value stands at the beginning of a text: in its quotes, or up to what separates it from the next; of a flag up to
/// the word's end.
fn value_in(text: &str, of_flag: bool) -> Range<usize> {
    let start = text.len() - text.trim_start_matches('\\').len();
    if let Some(quote @ ('"' | '\'')) = text[start..].chars().next() {
        let inner = &text[start + 1..];
        let end = inner.find(quote).unwrap_or(inner.len());
        let end = inner[..end].trim_end_matches('\\').len();
        return start + 1..start + 1 + end;
    }
    let ends = |letter: char| {
        letter.is_whitespace()
            || matches!(letter, '"' | '\'')
            || !of_flag && matches!(letter, '&' | ';')
    };
    0..text.find(ends).unwrap_or(text.len())
}

/// Where a word ends.
fn word_end(text: &str) -> usize {
    text.find(|letter: char| {
        letter.is_whitespace() || matches!(letter, '"' | '\'' | '<' | '>' | '`')
    })
    .unwrap_or(text.len())
}

/// The end of a login whose password holds a slash that should have been escaped: what follows the colon is no port.
fn unescaped(authority: &str, rest: &str) -> Option<usize> {
    let (_, tail) = authority.split_once(':')?;
    let is_port = tail
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b',');
    if is_port || authority.starts_with('[') {
        return None;
    }
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    let end = rest.find("://").map_or(end, |next| end.min(next));
    rest[..end].rfind('@')
}

/// Whether a text begins with the digest of an image: `sha256:…`.
fn is_digest(text: &str) -> bool {
    text.starts_with("sha256:") || text.starts_with("sha512:")
}

/// Whether a word could be the name of an object.
fn may_be_a_name(word: &str) -> bool {
    word.bytes().all(|byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MASK, without_credentials, without_opaque_words};

    #[test]
    fn what_is_a_credential_goes_and_the_rest_stays() {
        for (text, clean) in [
            (
                "https://root:hunter2@10.0.0.1:2379",
                "https://10.0.0.1:2379",
            ),
            (
                "https://a:2379,https://root:hunter2@b:2379",
                "https://a:2379,https://b:2379",
            ),
            ("https://hunter2@auth.example/x", "https://auth.example/x"),
            (
                "amqp://u:a/hunter2@mq:5672 is down",
                "amqp://mq:5672 is down",
            ),
            ("redis://:hunter2@cache", "redis://cache"),
            (
                "shop:hunter2@registry.example/app:1",
                "registry.example/app:1",
            ),
            ("shop:hunter2@tcp(db:3306)/shop", "tcp(db:3306)/shop"),
            ("--etcd-password=hunter2", "--etcd-password=********"),
            ("--db-password=a,hunter2;x", "--db-password=********"),
            ("run --token Hunter2 now", "run --token ******** now"),
            (
                r#"["server","--token","Hunter2"]"#,
                r#"["server","--token","Hunter2"]"#,
            ),
            (
                "GET /hook?access_token=hunter2&x=1",
                "GET /hook?access_token=********&x=1",
            ),
            ("/login?password=hunter2", "/login?password=********"),
            (
                "Server=db;User Id=shop;Password=hunter2;",
                "Server=db;User Id=shop;Password=********;",
            ),
            (
                "got {\"password\": \"hunter2\"} from it",
                "got {\"password\": \"********\"} from it",
            ),
            ("{\"password\":\"hunter2\"}", "{\"password\":\"********\"}"),
            ("password: hunter2", "password: ********"),
            ("Authorization: Bearer hunter2", "Authorization: ********"),
            ("sent Bearer hunter2hunter2", "sent Bearer ********"),
            ("key AKIAIOSFODNN7EXAMPLE is old", "key ******** is old"),
            ("AKIAIOSFODNN7EXAMPLE", MASK),
            (
                "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
                "-----BEGIN PRIVATE KEY-----********-----END PRIVATE KEY-----",
            ),
        ] {
            assert_eq!(without_credentials(text), clean);
            assert_eq!(without_credentials(clean), clean, "twice");
        }
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        for text in [
            "",
            "xapp-manager-7d9f8b6c5d-abcde",
            "docker-pullable://nginx@sha256:8f3c0a6b",
            "registry.example/app:1.0@sha256:8f3c0a6b/x",
            "https://host.example:8080/@scope/package",
            "https://host.example/search?of=a:b@c",
            "mongodb://a:27017,b:27017/shop",
            "https://[fd00::1]:2379",
            "user:jane@example.com",
            "system:serviceaccount:shop:default-token",
            "secret \"tls\" not found",
            "secret: not found",
            "the token: expired",
            "--token is required",
            "--token-auth-file=/etc/tokens.csv",
            "--service-account-private-key-file=/k.pem",
            "--authentication-token-webhook=true",
            "token == 'x'",
            "has(token) && token != \"x\"",
            "CN=jane,O=system:masters",
            "password=$(PASSWORD)",
            "secretName=tls",
            "a bearer token is missing",
            "MountVolume.SetUp failed for volume \"tls\" : secret \"tls\" not found",
            "Back-off pulling image \"registry.example/app:1\"",
            "git@github.com:shop/app.git",
            "spec.volumes[name=all].projected.sources[secret=tls]",
            "AUTHORIZATION: looks like a key or token",
        ] {
            assert_eq!(without_credentials(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_twice_as_once(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
            let text = pieces.concat();
            let once = without_credentials(&text).into_owned();
            prop_assert_eq!(without_credentials(&once), once.as_str());
            let _ = without_opaque_words(&text);
        }
    }

    #[test]
    fn a_mask_that_uncovers_another_credential_is_followed_by_a_second_one() {
        let key = "-----BEGIN PRIVATE KEY-----";
        let text = format!("{key}Bearer={key}");
        let once = without_credentials(&text);
        assert_eq!(once, format!("{key}{MASK}-----"));
        assert_eq!(without_credentials(&once), once);
    }

    const PIECES: &[&str] = &[
        "://",
        "@",
        ":",
        "/",
        "=",
        "password",
        "token",
        "--",
        "-",
        " ",
        "\"",
        "'",
        "https",
        "a",
        "b1",
        "AKIAIOSFODNN7EXAMPLE",
        "Bearer",
        "Authorization",
        "é",
        "\\",
        "{",
        "}",
        "[",
        "]",
        "?",
        "&",
        ";",
        ",",
        "sha256:",
        "hunter2",
        "********",
        "-----BEGIN PRIVATE KEY-----",
        "hooks.slack.com/services/",
        "$(X)",
        "\n",
    ];

    #[test]
    fn a_text_that_is_made_to_cost_much_is_read_in_proportion_to_its_length() {
        for piece in [
            "@",
            "a:b@c",
            "x@y:",
            "a=",
            "token=",
            "password={{",
            "https://a:b@",
            "authorization: bearer ",
            "password=\"",
            "://@",
            "a:@/",
        ] {
            let text = format!("{}}}}}", piece.repeat(400_000 / piece.len()));
            let clean = without_credentials(&text);
            assert!(clean.len() <= 3 * text.len(), "{piece}");
        }
    }

    #[test]
    fn names_that_leak_lose_their_value_in_any_text() {
        let missed: Vec<&str> = include_str!("leaked.txt")
            .lines()
            .filter(|line| !line.is_empty())
            .filter(|line| {
                without_credentials(&format!("it has {line}")) == format!("it has {line}")
            })
            .collect();
        assert_eq!(missed, Vec::<&str>::new());
    }

    #[test]
    fn texts_of_other_programs_lose_all_that_is_opaque() {
        for leaky in [
            "refresh failed: token=hunter2",
            "{\"token\": \"hunter2\"}",
            "Authorization: Bearer hunter2",
            "token:\nhunter2",
            "got eyJhbGciOiJSUzI1NiIsImtpZCI6hunter2",
            "0123456789abcdefABCDEF0123456789hunter2",
        ] {
            let told = without_opaque_words(leaky);
            assert!(!told.contains("hunter2"), "{told}");
        }
        let harmless = "the session expired, run aws sso login";
        assert_eq!(without_opaque_words(harmless), harmless);
    }
}
