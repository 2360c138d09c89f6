//! Image references: registry, repository, tag and digest (catalogue rule 10).

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
    pub fn parse(image: &str) -> Option<Self> {
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
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
                (first.to_owned(), rest.to_owned())
            }
            Some(_) => ("docker.io".to_owned(), name.to_owned()),
            None => ("docker.io".to_owned(), format!("library/{name}")),
        };
        let host = match host.as_str() {
            "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
            _ => host,
        };
        if !is_host(&host) || !repository.split('/').all(is_component) {
            return None;
        }
        let repository = if host == "docker.io" && !repository.contains('/') {
            format!("library/{repository}")
        } else {
            repository
        };
        Some(Self {
            host,
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

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (address, rest.strip_prefix(':')),
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'_'))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_component(component: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends = bytes.first().copied().is_some_and(alphanumeric)
        && bytes.last().copied().is_some_and(alphanumeric);
    ends && bytes
        .iter()
        .all(|byte| alphanumeric(*byte) || matches!(byte, b'.' | b'_' | b'-'))
        && !component.contains("..")
        && !component.contains("___")
        && !component.contains("._")
        && !component.contains("_.")
}

fn is_tag(tag: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag
            .bytes()
            .all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return false;
    };
    let length = match algorithm {
        "sha256" | "blake3" => 64,
        "sha512" => 128,
        _ => 32,
    };
    let algorithm_is_word = algorithm
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-' | b'_'));
    algorithm_is_word
        && !algorithm.is_empty()
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        && if matches!(algorithm, "sha256" | "sha512" | "blake3") {
            hex.len() == length
        } else {
            hex.len() >= length
        }
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
