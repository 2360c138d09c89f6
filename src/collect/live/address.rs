//! The address of an API server, read as client-go reads it.

use std::net::Ipv6Addr;

use http::Uri;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What a path may not hold as it is.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Where a server is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// With a scheme, and without a user, a query or a fragment.
    pub(super) uri: Uri,
    /// `user` or `user:password`, decoded.
    pub(super) user: Option<String>,
}

/// Reads a cluster's `server`: without a scheme it is `http`, and then it has no path.
///
/// # Errors
/// Says in words why it is no address; a user or a password is not repeated.
pub(super) fn read(server: &str) -> Result<Address, String> {
    if server.chars().any(char::is_control) {
        return Err("it holds a control character".to_owned());
    }
    let (scheme, rest) = match server.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_ascii_lowercase(), rest),
        _ => ("http".to_owned(), server),
    };
    let named = rest.len() < server.len();
    let (authority, path) = match rest.find(['/', '?', '#']) {
        Some(end) => rest.split_at(end),
        None => (rest, ""),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if !named && !matches!(path, "" | "/") {
        return Err("it is neither https://HOST:PORT/PATH nor HOST:PORT".to_owned());
    }
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err("its scheme is neither http nor https".to_owned());
    }
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let (host, port) = match place.rfind(':') {
        Some(colon) if !place[colon..].contains(']') => (&place[..colon], &place[colon + 1..]),
        _ => (place, ""),
    };
    if host.is_empty() {
        return Err("it names no host".to_owned());
    }
    if !port.is_empty() && port.parse::<u16>().is_err() {
        return Err("its port is no number up to 65535".to_owned());
    }
    let colon = if port.is_empty() { "" } else { ":" };
    let path = utf8_percent_encode(path, ESCAPED);
    let uri = format!("{scheme}://{host}{colon}{port}{path}");
    let uri = uri
        .parse::<Uri>()
        .ok()
        .filter(|uri| uri.host().is_some_and(is_host))
        .ok_or("its host or its path holds a character that is not allowed there")?;
    Ok(Address {
        uri,
        user: user.map(|user| percent_decode_str(user).decode_utf8_lossy().into_owned()),
    })
}

/// Whether a name stands there, or an address; one of IPv6 stands in brackets.
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => !host.is_empty() && !host.contains(['[', ']']),
    }
}

fn is_scheme(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

#[cfg(test)]
mod tests {
    use super::read;

    /// What client-go 0.36 makes of each, as far as there is a server to ask: `rest.DefaultServerUrlFor` behind `clientcmd`.
    const READ: [(&str, &str); 38] = [
        ("https://h:6443", "https://h:6443/"),
        ("http://h:8080", "http://h:8080/"),
        ("h", "http://h/"),
        ("h:6443", "http://h:6443/"),
        ("127.0.0.1:6443", "http://127.0.0.1:6443/"),
        ("[::1]:6443", "http://[::1]:6443/"),
        ("h/", "http://h/"),
        ("h:6443/", "http://h:6443/"),
        ("HTTPS://h", "https://h/"),
        ("HtTp://h", "http://h/"),
        ("Https://H.Example:6443", "https://H.Example:6443/"),
        ("https://h:", "https://h/"),
        ("https://h/k8s/clusters/c-1", "https://h/k8s/clusters/c-1"),
        ("https://h/k8s/", "https://h/k8s/"),
        ("https://h//k8s", "https://h//k8s"),
        ("https://h?x=y", "https://h/"),
        ("https://h/?x=y", "https://h/"),
        ("https://h/p?x=y", "https://h/p"),
        ("https://h#f", "https://h/"),
        ("h?x=y", "http://h/"),
        ("h:1?x=y", "http://h:1/"),
        ("h:1#f", "http://h:1/"),
        ("https://u:p@h", "https://h/ u:p"),
        ("https://u@h", "https://h/ u"),
        ("https://u:p%40@h", "https://h/ u:p@"),
        ("u:p@h", "http://h/ u:p"),
        ("u:p@h:6443", "http://h:6443/ u:p"),
        ("http://u:p@h", "http://h/ u:p"),
        ("https://h/a b", "https://h/a%20b"),
        ("https://h/ä", "https://h/%C3%A4"),
        ("https://[::1]", "https://[::1]/"),
        ("localhost:8080", "http://localhost:8080/"),
        ("localhost", "http://localhost/"),
        ("api.example.com:443", "http://api.example.com:443/"),
        ("h:", "http://h/"),
        ("1.2.3.4", "http://1.2.3.4/"),
        ("https://h/p/?q", "https://h/p/"),
        ("https://h_h:1", "https://h_h:1/"),
    ];

    const REFUSED: [&str; 24] = [
        "",
        "::1",
        "h/path",
        "h:6443/path",
        "//h",
        "//h:6443",
        "https:/h",
        "https//h",
        "https:h",
        "ftp://h",
        "unix:///x",
        "https://",
        "https:///x",
        "https://h:abc",
        "https://h:99999",
        " https://h",
        "https://h ",
        "h h",
        "https://h\n",
        "\thttps://h",
        "https:\\\\h",
        "https://u:p@",
        "https://h\0",
        "https://hunter2:hunter2@h:x",
    ];

    #[test]
    fn servers_are_read_as_client_go_reads_them() {
        for (server, expected) in READ {
            let address = read(server).unwrap_or_else(|why| panic!("{server}: {why}"));
            let mut shown = address.uri.to_string();
            if let Some(user) = address.user {
                shown = format!("{shown} {user}");
            }
            assert_eq!(shown, expected, "{server}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_in_words_without_its_password() {
        for server in REFUSED {
            let why = read(server).unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
}
