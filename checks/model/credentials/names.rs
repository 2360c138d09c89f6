//! Names that promise a credential.

use std::{cell::RefCell, collections::HashMap};

use super::ValueClass;
use crate::model::patterns::matches;

/// What makes a name a credential's, unless a user says otherwise: words, or patterns of whole names.
pub const NAMES: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "secret",
    "token",
    "bearer",
    "jwt",
    "credential",
    "api key",
    "private key",
    "access key",
    "encryption key",
    "signing key",
    "session key",
    "master key",
    "auth key",
    "fernet key",
    "AZURE_*KEY",
    "OCI_CLI_KEY_CONTENT",
];

/// The last words of names that speak about a credential and are none.
pub const ENDINGS: &[&str] = &[
    "FILE",
    "PATH",
    "DIR",
    "NAME",
    "ID",
    "URL",
    "URI",
    "HOST",
    "PORT",
    "ENDPOINT",
    "ISSUER",
    "AUDIENCE",
    "ALGORITHM",
    "LENGTH",
    "TTL",
    "EXPIRY",
    "INTERVAL",
    "ENABLED",
    "POLICY",
    "TYPE",
    "HEADER",
    "FORMAT",
    "REALM",
    "BACKEND",
    "STORE",
    "PROVIDER",
    "ENGINE",
    "MOUNT",
    "MODE",
    "VERSION",
    "CLASS",
    "LOCATION",
    "SCOPE",
    "PREFIX",
    "COUNT",
    "MIN",
    "MAX",
    "SERVICE",
    "ROTATION",
    // Beside these: who somebody is, how long something lasts, how it is made and checked, and where it is looked for.
    "USERNAME",
    "USER",
    "EMAIL",
    "ADDR",
    "ADDRESS",
    "DOMAIN",
    "NAMESPACE",
    "REGION",
    "SUFFIX",
    "ALG",
    "METHOD",
    "STRATEGY",
    "HASHER",
    "HASHING",
    "ENCRYPTION",
    "ENCODING",
    "TIMEOUT",
    "LIFETIME",
    "DURATION",
    "EXPIRATION",
    "PERIOD",
    "LEEWAY",
    "LIMIT",
    "SIZE",
    "STRENGTH",
    "REGEX",
    "PATTERN",
    "TEMPLATE",
    "CLAIM",
    "FIELD",
    "PARAM",
    "PARAMETER",
    "COOKIE",
    "LOOKUP",
    "GROUP",
    "ROLE",
    "LABEL",
    "ANNOTATION",
    "HELPER",
    "MANAGER",
    "SOURCE",
    "SUBJECT",
    "ALGO",
    "REF",
    "REFERENCE",
    "ROTATE",
];

/// Words that make something else of the credential before them: a manager of secrets, a bucket of tokens.
const PARTNERS: &[&str] = &[
    "manager", "store", "backend", "provider", "engine", "bucket", "helper", "server", "service",
    "exchange", "through", "thru",
];

/// The last words of names whose value is a credential even when it is a number.
const PASSWORDS: &[&str] = &["password", "passwd", "pwd", "pass", "passphrase"];

/// What may stand before `_SECRET_KEY` or `_SECRET_REF` as the credential that such a key of a Secret holds; `JWT_SECRET_KEY`
/// is the key itself.
const HELD: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "pass",
    "passphrase",
    "secret",
    "token",
    "credential",
    "apikey",
    "privatekey",
    "accesskey",
    "encryptionkey",
    "signingkey",
    "sessionkey",
    "masterkey",
    "authkey",
];

/// How names begin whose values are built into what every browser gets.
const PUBLISHED: &[&str] = &[
    "EXPO_PUBLIC_",
    "GATSBY_",
    "NEXT_PUBLIC_",
    "NUXT_PUBLIC_",
    "PUBLIC_",
    "REACT_APP_",
    "VITE_",
    "VUE_APP_",
];

/// What may stand before a last word `SECRET` that says which Secret: `TLS_SECRET`, `DB_PASSWORD_SECRET`.
const KEPT_IN: &[&str] = &[
    "certificate",
    "cert",
    "passphrase",
    "passwd",
    "password",
    "pull",
    "pullimage",
    "tls",
];

/// They hold the credential itself only as inline JSON, and else a path.
const INLINE: &[&str] = &["GOOGLE_APPLICATION_CREDENTIALS", "DOCKER_AUTH_CONFIG"];

/// Which names promise a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Lower-case letters that stand before the end of a word.
    words: Vec<String>,
    /// Whole names in capitals.
    patterns: Vec<String>,
    endings: Vec<String>,
    /// What was asked before: thousands of containers have the same variables.
    known: RefCell<HashMap<String, Promise>>,
}

/// What a variable's name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promise {
    /// Nothing.
    Nothing,
    /// A credential, if its value is inline JSON.
    Inline,
    /// A credential.
    Credential,
    /// A credential that may be a number.
    Password,
}

impl Names {
    /// From words and patterns; one with `*` or `_` stands for a whole name.
    pub fn new(names: &[String], endings: &[String]) -> Self {
        let (patterns, words): (Vec<_>, Vec<_>) =
            names.iter().partition(|name| name.contains(['*', '_']));
        Self {
            words: words
                .into_iter()
                .map(|word| letters(word))
                .filter(|word| !word.is_empty())
                .collect(),
            patterns: patterns
                .into_iter()
                .map(|pattern| pattern.to_ascii_uppercase())
                .collect(),
            endings: endings.iter().map(|ending| letters(ending)).collect(),
            known: RefCell::default(),
        }
    }

    /// Whether a literal value of this class, under this name, is a credential by the name: `DB_PASSWORD`, `dbPassword`,
    /// `PGPASSWORD`, but not `PASSWORD_FILE`, nor `MAX_TOKENS` with a number.
    pub fn make_a_credential_of(&self, name: &str, value: ValueClass) -> bool {
        match value {
            ValueClass::Other => matches!(
                self.promise_of(name),
                Promise::Credential | Promise::Password
            ),
            ValueClass::Document => self.promise_of(name) != Promise::Nothing,
            ValueClass::Number | ValueClass::RelativePath => {
                self.promise_of(name) == Promise::Password
            }
            _ => false,
        }
    }

    fn promise_of(&self, name: &str) -> Promise {
        if let Some(known) = self.known.borrow().get(name) {
            return *known;
        }
        let answer = self.judge(name);
        self.known.borrow_mut().insert(name.to_owned(), answer);
        answer
    }

    fn judge(&self, name: &str) -> Promise {
        if INLINE.contains(&name) {
            return Promise::Inline;
        }
        let words = words(name);
        let Some(last) = words.last() else {
            return Promise::Nothing;
        };
        let ends = |ending: &String| {
            last == ending || last.strip_suffix('s').is_some_and(|one| one == ending)
        };
        if self.endings.iter().any(ends)
            || is_public_key(&words)
            || is_published(name)
            || names_a_secret(&words)
            || self.names_a_key(&words)
        {
            return Promise::Nothing;
        }
        let promised = (0..words.len()).any(|at| {
            let partner = words.get(at + 1);
            let partner = partner.is_some_and(|next| PARTNERS.contains(&next.as_str()));
            !partner && self.is_credential(&words[..=at], &words[at + 1..])
        });
        let name = name.to_ascii_uppercase();
        if !promised && !self.patterns.iter().any(|pattern| matches(pattern, &name)) {
            return Promise::Nothing;
        }
        if PASSWORDS.iter().any(|password| match *password {
            "pass" => last == "pass",
            password => last.ends_with(password),
        }) {
            return Promise::Password;
        }
        Promise::Credential
    }

    /// Whether a credential's word ends with the last of these words: `TOKENS` promises tokens, `TOKENIZER` does not.
    fn is_credential(&self, words: &[String], after: &[String]) -> bool {
        let so_far = words.concat();
        let singular = so_far.strip_suffix('s').unwrap_or(&so_far);
        self.words.iter().any(|wanted| match wanted.as_str() {
            // A word by itself, lest COMPASS be one; before others it is what is done with them: PASS_HEADERS.
            "pass" => {
                words.last().is_some_and(|last| last == "pass")
                    && (words.len() > 1 || after.is_empty())
            }
            wanted => so_far.ends_with(wanted) || singular.ends_with(wanted),
        })
    }

    /// Whether a name is that of a key of a Secret which holds the credential: `DB_PASSWORD_SECRET_KEY`; but
    /// `DJANGO_SECRET_KEY` is one.
    fn names_a_key(&self, words: &[String]) -> bool {
        let [before @ .., secret, key] = words else {
            return false;
        };
        let before: String = before.concat();
        secret == "secret"
            && matches!(key.as_str(), "key" | "ref")
            && HELD
                .iter()
                .any(|held| before.ends_with(held) && self.words.iter().any(|word| word == held))
    }
}

fn is_published(name: &str) -> bool {
    PUBLISHED.iter().any(|start| name.starts_with(start))
}

fn names_a_secret(words: &[String]) -> bool {
    let [.., before, secret] = words else {
        return false;
    };
    secret == "secret" && KEPT_IN.contains(&before.as_str())
}

fn is_public_key(words: &[String]) -> bool {
    matches!(words, [.., public, key] if key == "key" && matches!(public.as_str(), "public" | "pub" | "publishable"))
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// The words of a name, in lower case: they end at whatever is no letter, before a capital that follows a small letter, and
/// before the last of several capitals that a small letter follows (`DBPass`).
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let small_before = before.is_some_and(|before| before.is_ascii_lowercase());
        let capital_before = before.is_some_and(|before| before.is_ascii_uppercase());
        let small_after = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let begins =
            letter.is_ascii_uppercase() && (small_before || (capital_before && small_after));
        if (!letter.is_ascii_alphabetic() || begins) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphabetic() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{ENDINGS, NAMES, Names};
    use crate::model::credentials::classify;

    fn names() -> Names {
        let own = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        Names::new(&own(NAMES), &own(ENDINGS))
    }

    /// Variables as charts and operators set them, `=` and the value behind the name.
    #[test]
    fn credentials_are_told_from_what_only_speaks_about_them() {
        const LEAKS: &str = include_str!("leaked.txt");
        const HARMLESS: &str = include_str!("harmless.txt");
        let names = names();
        let judge = |line: &str| {
            let (name, value) = line.split_once('=').unwrap();
            names.make_a_credential_of(name, classify(value))
        };
        let lines = |text: &'static str| text.lines().filter(|line| !line.is_empty());
        let missed: Vec<&str> = lines(LEAKS).filter(|line| !judge(line)).collect();
        let alarms: Vec<&str> = lines(HARMLESS).filter(|line| judge(line)).collect();
        assert_eq!((missed, alarms), (Vec::new(), Vec::new()));
        assert!(lines(LEAKS).chain(lines(HARMLESS)).count() > 250);
    }

    #[test]
    fn a_users_own_words_replace_the_built_in_ones() {
        let names = Names::new(&["passphrase".to_owned(), "APP_*_SALT".to_owned()], &[]);
        let asks = |name| names.make_a_credential_of(name, classify("hunter2"));
        assert!(asks("GPG_PASSPHRASE"));
        assert!(asks("APP_SESSION_SALT"));
        assert!(!asks("DB_PASSWORD"));
        assert!(!asks("APP_SALT"));
    }
}
