//! Names that promise a credential.

use std::{cell::RefCell, collections::HashMap};

use crate::inventory::patterns::matches;

/// What makes a name a credential's, unless a user says otherwise: words, or patterns of whole names.
pub const NAMES: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "secret",
    "token",
    "bearer",
    "jwt",
    "credential",
    "api key",
    "private key",
    "access key",
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
];

/// It holds a path; the key itself, inline, is told by its shape.
const A_PATH: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// Which names promise a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Lower-case letters that stand before the end of a word.
    words: Vec<String>,
    /// Whole names in capitals.
    patterns: Vec<String>,
    endings: Vec<String>,
    /// What was asked before: thousands of containers have the same variables.
    known: RefCell<HashMap<String, bool>>,
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

    /// Whether a name promises a credential: `DB_PASSWORD`, `dbPassword`, `PGPASSWORD`, but not `PASSWORD_FILE`.
    pub fn mean_a_credential(&self, name: &str) -> bool {
        if let Some(known) = self.known.borrow().get(name) {
            return *known;
        }
        let answer = self.judge(name);
        self.known.borrow_mut().insert(name.to_owned(), answer);
        answer
    }

    fn judge(&self, name: &str) -> bool {
        let words = words(name);
        if name == A_PATH || words.last().is_some_and(|last| self.endings.contains(last)) {
            return false;
        }
        let mut so_far = String::new();
        let worded = words.iter().any(|word| {
            so_far.push_str(word);
            // `TOKENS` promises tokens; `TOKENIZER` does not.
            let singular = so_far.strip_suffix('s').unwrap_or(&so_far);
            self.words
                .iter()
                .any(|wanted| so_far.ends_with(wanted) || singular.ends_with(wanted))
        });
        worded || {
            let name = name.to_ascii_uppercase();
            self.patterns.iter().any(|pattern| matches(pattern, &name))
        }
    }
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}

/// The words of a name, in lower case: they end at whatever is no letter and before a capital that follows a small one.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut small_before = false;
    for letter in name.chars() {
        let ends = !letter.is_ascii_alphabetic() || (letter.is_ascii_uppercase() && small_before);
        if ends && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_ascii_alphabetic() {
            word.push(letter.to_ascii_lowercase());
        }
        small_before = letter.is_ascii_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{ENDINGS, NAMES, Names};

    fn names() -> Names {
        let own = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        Names::new(&own(NAMES), &own(ENDINGS))
    }

    #[test]
    fn credentials_are_told_by_their_names() {
        let names = names();
        for name in [
            "PASSWORD",
            "DB_PASSWORD",
            "PGPASSWORD",
            "dbPassword",
            "spring.datasource.password",
            "MYSQL_PWD",
            "SECRET_KEY_BASE",
            "CLIENT_SECRETS",
            "API_KEY",
            "APIKEY",
            "apiKey",
            "STRIPE-API-KEY",
            "AWS_SECRET_ACCESS_KEY",
            "SSH_PRIVATE_KEY",
            "GITHUB_TOKEN",
            "JWT_SIGNING",
            "PASSWORD2",
            "AZURE_STORAGE_KEY",
            "OCI_CLI_KEY_CONTENT",
            "REGISTRY_CREDENTIALS",
        ] {
            assert!(names.mean_a_credential(name), "{name}");
        }
    }

    #[test]
    fn names_that_only_speak_about_credentials_are_left_alone() {
        let names = names();
        for name in [
            "PASSWORD_FILE",
            "SECRET_NAME",
            "AWS_ACCESS_KEY_ID",
            "TOKEN_URL",
            "JWT_ISSUER",
            "tokenPath",
            "TOKENIZER",
            "SECRETARY",
            "PASSWORDLESS_LOGIN",
            "MONKEY",
            "CACHE_KEY",
            "AZURE_REGION",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "",
        ] {
            assert!(!names.mean_a_credential(name), "{name}");
        }
    }

    #[test]
    fn a_users_own_words_replace_the_built_in_ones() {
        let names = Names::new(&["passphrase".to_owned(), "APP_*_SALT".to_owned()], &[]);
        assert!(names.mean_a_credential("GPG_PASSPHRASE"));
        assert!(names.mean_a_credential("APP_SESSION_SALT"));
        assert!(!names.mean_a_credential("DB_PASSWORD"));
        assert!(!names.mean_a_credential("APP_SALT"));
    }
}
