//! What a reader should know of an input or an audit, and that is no gap.

use std::borrow::Cow;

use kready_checks::model::credentials::without_credentials;

/// What a warning or a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WarningCode {
    /// The baseline is the report of another cluster.
    BaselineOfAnotherCluster,
    /// The user named a check as it was called before.
    CheckRenamed,
    /// The server does not tell the time.
    ClockLocal,
    /// The server's clock and that of this machine differ.
    ClockSkew,
    /// The server was asked without credentials, because it is not asked over TLS.
    CredentialsWithheld,
    /// A declaration no longer counts.
    DeclarationExpired,
    /// Several documents name one object.
    DuplicateObject,
    /// A file could not be read.
    FilesUnread,
    /// A file holds nothing to audit.
    FilesWithoutObjects,
    /// A list went on with newer objects than it began with.
    ListResumed,
    /// The provider of a login has replaced what the kubeconfig holds.
    LoginReplaced,
    /// Nothing is in a namespace that was asked for.
    NamespaceAbsent,
    /// A profile may fit better.
    ProfileSuggested,
    /// A person wrote the header of the snapshot: what it does not mention counts as absent.
    SnapshotByHand,
    /// The server's certificate was not verified.
    TlsUnverified,
    /// An annotation asks for a waiver and is wrong, or no longer waives.
    WaiverAnnotation,
    /// Annotations ask for waivers, and don't count.
    WaiverAnnotationsIgnored,
}

impl WarningCode {
    /// All codes.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 17] = crate::every::every!(
        WarningCode: BaselineOfAnotherCluster, CheckRenamed, ClockLocal, ClockSkew, CredentialsWithheld, DeclarationExpired, DuplicateObject, FilesUnread, FilesWithoutObjects,
        ListResumed, LoginReplaced, NamespaceAbsent, ProfileSuggested, SnapshotByHand, TlsUnverified, WaiverAnnotation, WaiverAnnotationsIgnored
    );

    /// The identifier used in output.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::BaselineOfAnotherCluster => "baseline-of-another-cluster",
            Self::CheckRenamed => "check-renamed",
            Self::ClockLocal => "clock-local",
            Self::ClockSkew => "clock-skew",
            Self::CredentialsWithheld => "credentials-withheld",
            Self::DeclarationExpired => "declaration-expired",
            Self::DuplicateObject => "duplicate-object",
            Self::FilesUnread => "files-unread",
            Self::FilesWithoutObjects => "files-without-objects",
            Self::ListResumed => "list-resumed",
            Self::LoginReplaced => "login-replaced",
            Self::NamespaceAbsent => "namespace-absent",
            Self::ProfileSuggested => "profile-suggested",
            Self::SnapshotByHand => "snapshot-by-hand",
            Self::TlsUnverified => "tls-unverified",
            Self::WaiverAnnotation => "waiver-annotation",
            Self::WaiverAnnotationsIgnored => "waiver-annotations-ignored",
        }
    }
}

/// Something that a reader should know and that is no gap: an insecure connection, an ignored file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Warning {
    code: Cow<'static, str>,
    /// One sentence for a person.
    pub(crate) message: String,
}

impl Warning {
    pub(crate) fn new(code: WarningCode, message: impl Into<String>) -> Self {
        Self {
            code: code.id().into(),
            message: without_credentials(&message.into()).into_owned(),
        }
    }

    /// The warning of the run that saved a snapshot; another version may have codes of its own.
    pub(crate) fn saved(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned().into(),
            message: without_credentials(message).into_owned(),
        }
    }

    /// Kebab-case, stable: that of a [`WarningCode`], or what a snapshot holds.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_in_kebab_case_and_tell_warnings_apart() {
        let codes: BTreeSet<&str> = WarningCode::ALL.map(WarningCode::id).into();
        assert_eq!(codes.len(), WarningCode::ALL.len());
        for code in codes {
            let kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(code.chars().all(kebab), "{code}");
        }
    }
}
