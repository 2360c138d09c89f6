//! Image references: registry, repository, tag and digest (rule 10 of RULES.md).

use std::fmt;

/// A parsed image reference; the host and `library/` are filled in as the runtime does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef {
    /// `docker.io`, `quay.io`, `registry.example:5000`.
    pub host: String,
    /// `library/nginx`.
    pub repository: String,
    /// The tag, when one is written.
    pub tag: Option<String>,
    /// The digest, when one is written: `sha256:…`.
    pub digest: Option<String>,
}

impl ImageRef {
    /// Reads a reference; none when it is not a valid one.
    ///
    /// Grammar and normalisation: <https://github.com/distribution/reference>, which kubelets use.
    pub fn parse(image: &str) -> Option<Self> {
        if is_identifier(image) {
            return None;
        }
        let (rest, digest) = match image.split_once('@') {
            Some((rest, digest)) if is_digest(digest) => (rest, Some(digest.to_owned())),
            Some(_) => return None,
            None => (image, None),
        };
        // A colon before a slash belongs to a port.
        let name_start = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest[name_start..].split_once(':') {
            Some((name, tag)) => (&rest[..name_start + name.len()], Some(tag)),
            None => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return None;
        }
        let (host, repository) = match name.split_once('/') {
            Some((first, rest)) if may_be_host(first) => (first, rest),
            _ => ("docker.io", name),
        };
        let host = match host {
            "index.docker.io" | "registry-1.docker.io" => "docker.io",
            _ => host,
        };
        // What is no host may still be a component of a path: `a_b.io` is taken as it is.
        let is_host = is_host(host) || is_component(host);
        if !is_host || !repository.split('/').all(is_component) {
            return None;
        }
        let repository = if host == "docker.io" && !repository.contains('/') {
            format!("library/{repository}")
        } else {
            repository.to_owned()
        };
        (repository.len() <= LONGEST_REPOSITORY).then(|| Self {
            host: host.to_owned(),
            repository,
            tag: tag.map(str::to_owned),
            digest,
        })
    }

    /// Host and repository: `docker.io/library/nginx`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    /// The last component of the repository: `nginx`.
    pub fn base_name(&self) -> &str {
        self.repository
            .rsplit('/')
            .next()
            .unwrap_or(&self.repository)
    }

    /// Whether it is the image that holds a pod's namespaces, or room on a node, and does nothing.
    pub fn is_pause(&self) -> bool {
        let name = self.base_name();
        matches!(name, "pause" | "mirrored-pause") || name.starts_with("pause-")
    }

    /// Whether nothing but `latest` says which build is meant.
    pub fn is_latest(&self) -> bool {
        self.digest.is_none() && self.tag.as_deref().is_none_or(|tag| tag == "latest")
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// In characters.
const LONGEST_REPOSITORY: usize = 255;

/// The id of an image, which names none in a registry.
fn is_identifier(image: &str) -> bool {
    image.len() == 64 && image.bytes().all(is_lower_hex)
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Whether the first component of a name is a host rather than a part of a repository's path.
fn may_be_host(first: &str) -> bool {
    first.contains(['.', ':'])
        || first == "localhost"
        || first.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_host(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (is_name, rest) = if let Some((address, rest)) = bracketed {
        let is_part = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
        (!address.is_empty() && address.bytes().all(is_part), rest)
    } else {
        let (name, rest) = host.split_at(host.find(':').unwrap_or(host.len()));
        (name.split('.').all(is_label), rest)
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    is_name && (rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port))
}

/// One part of a host's name.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Words of small letters and digits, with one dot, one or two underscores or any number of dashes between them.
fn is_component(component: &str) -> bool {
    let is_word = |byte: char| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = component
        .split(is_word)
        .filter(|between| !between.is_empty());
    let is_separator =
        |text: &str| matches!(text, "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    component.starts_with(is_word)
        && component.ends_with(is_word)
        && separators.into_iter().all(is_separator)
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag
            .bytes()
            .all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

/// Of the algorithms that kubelets know.
fn is_digest(digest: &str) -> bool {
    let length = match digest.split_once(':') {
        Some(("sha256", _)) => 64,
        Some(("sha384", _)) => 96,
        Some(("sha512", _)) => 128,
        _ => return false,
    };
    let (_, hex) = digest.split_at("sha256:".len());
    hex.len() == length && hex.bytes().all(is_lower_hex)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ImageRef;

    #[test]
    fn references_are_read_as_the_runtime_reads_them() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (image, name, tag, pinned) in [
            ("nginx", "docker.io/library/nginx", None, false),
            ("nginx:1.27", "docker.io/library/nginx", Some("1.27"), false),
            (
                "bitnami/redis:7",
                "docker.io/bitnami/redis",
                Some("7"),
                false,
            ),
            ("localhost/app", "localhost/app", None, false),
            (
                "registry.example:5000/a/b",
                "registry.example:5000/a/b",
                None,
                false,
            ),
            (
                "registry.example:5000/a/b:v1",
                "registry.example:5000/a/b",
                Some("v1"),
                false,
            ),
            (
                "index.docker.io/nginx",
                "docker.io/library/nginx",
                None,
                false,
            ),
            (
                &format!("quay.io/a/b:v1@{digest}"),
                "quay.io/a/b",
                Some("v1"),
                true,
            ),
        ] {
            let parsed = ImageRef::parse(image).unwrap();
            assert_eq!(parsed.name(), name, "{image}");
            assert_eq!(parsed.tag.as_deref(), tag, "{image}");
            assert_eq!(parsed.digest.is_some(), pinned, "{image}");
        }
        for image in [
            "",
            "Nginx",
            "a//b",
            "a:",
            "a@sha256:12",
            "a b",
            "example.com/",
            ":latest",
        ] {
            assert_eq!(ImageRef::parse(image), None, "{image}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(image in "([a-z0-9]{1,8}\\.io(:[0-9]{2,4})?/)?[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}(:[a-z0-9]{1,8})?") {
            let parsed = ImageRef::parse(&image);
            prop_assert!(parsed.is_some());
            if let Some(parsed) = parsed {
                prop_assert_eq!(ImageRef::parse(&parsed.to_string()), Some(parsed));
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(image in "\\PC*") {
            let _ = ImageRef::parse(&image);
        }
    }
}
