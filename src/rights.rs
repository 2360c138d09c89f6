//! The command that prints the rights that an audit lacks, for whoever lacks them.

use crate::escape;

/// Who asks without credentials.
const ANONYMOUS: &str = "system:anonymous";

/// How `kready rbac` is to be called to print what this run needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RightsCommand {
    /// The flags that choose checks, as they are typed.
    flags: Vec<String>,
}

impl RightsCommand {
    /// With the flags that chose the checks.
    pub(crate) const fn new(flags: Vec<String>) -> Self {
        Self { flags }
    }

    /// What lets an administrator grant everything to a user: a clause.
    pub(crate) fn remedy(&self, identity: Option<&str>) -> String {
        if identity == Some(ANONYMOUS) {
            return "log in: the server sees kready as an anonymous user (system:anonymous)"
                .to_owned();
        }
        format!(
            "an administrator can grant all of it with: {} | kubectl apply -f -",
            self.of(identity)
        )
    }

    /// `kready rbac --user jane@example.com --only hardening`.
    fn of(&self, identity: Option<&str>) -> String {
        let account = identity
            .and_then(|identity| identity.strip_prefix("system:serviceaccount:"))
            .filter(|account| account.split(':').filter(|part| !part.is_empty()).count() == 2);
        let subject = match (account, identity) {
            (Some(account), _) => ["--serviceaccount".to_owned(), typed(account)],
            (None, Some(identity)) => ["--user".to_owned(), typed(identity)],
            (None, None) => ["--user".to_owned(), "NAME".to_owned()],
        };
        let words = ["kready".to_owned(), "rbac".to_owned()];
        let words = words.into_iter().chain(subject);
        let words: Vec<String> = words.chain(self.flags.iter().cloned()).collect();
        words.join(" ")
    }
}

/// A word as it is typed into a shell: in quotes where it needs them.
pub(crate) fn typed(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let word = escape::text(word);
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_for_whoever_lacks_them() {
        let command = RightsCommand::new(vec!["--only".into(), "hardening".into()]);
        for (identity, words) in [
            (Some("jane@example.com"), "--user jane@example.com"),
            (
                Some("system:serviceaccount:ops:auditor"),
                "--serviceaccount ops:auditor",
            ),
            (Some("system:node:a b"), "--user 'system:node:a b'"),
            (Some("o'neill; rm -rf /"), r"--user 'o'\''neill; rm -rf /'"),
            (None, "--user NAME"),
        ] {
            assert_eq!(
                command.remedy(identity),
                format!(
                    "an administrator can grant all of it with: kready rbac {words} --only hardening | kubectl apply -f -"
                )
            );
        }
        assert!(command.remedy(Some(ANONYMOUS)).starts_with("log in"));
        let hostile = typed("a\nb\u{1b}[31m");
        assert!(!hostile.contains(['\n', '\u{1b}']), "{hostile}");
    }
}
