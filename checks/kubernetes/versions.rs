//! Versions of Kubernetes as servers and kubelets state them.

use crate::{
    inventory::Context,
    model::{Unknown, Why},
};

/// Major and minor of `v1.36.3`, `v1.36.3-eks-adc7111`, `1.36`.
pub fn minor_of(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?;
    let digits = minor
        .find(|letter: char| !letter.is_ascii_digit())
        .map_or(minor, |end| &minor[..end]);
    Some((major, digits.parse().ok()?))
}

impl<'a> Context<'a> {
    /// The server's version as it states it, and its major and minor. Demands nothing.
    ///
    /// # Errors
    /// It could not be asked, does not tell, or states none.
    pub fn server_version(&self) -> Result<(&'a str, (u32, u32)), Why> {
        let unreadable = |what: String| Why::new(Unknown::Unreadable, what);
        let version = self
            .version()
            .get("the server's version")?
            .ok_or_else(|| unreadable("the server does not report its version".to_owned()))?;
        let stated = version.git_version.as_str();
        let minor = minor_of(stated)
            .ok_or_else(|| unreadable(format!("{stated:?} is not a valid version")))?;
        Ok((stated, minor))
    }
}

#[cfg(test)]
mod tests {
    use super::minor_of;

    #[test]
    fn a_minor_is_found_among_the_marks_of_vendors() {
        for (version, minor) in [
            ("v1.36.3", Some((1, 36))),
            ("v1.36.3-gke.1001", Some((1, 36))),
            ("v1.36.3+k3s1", Some((1, 36))),
            ("1.36", Some((1, 36))),
            ("v1.36+", Some((1, 36))),
            ("v1", None),
            ("", None),
        ] {
            assert_eq!(minor_of(version), minor, "{version}");
        }
    }
}
