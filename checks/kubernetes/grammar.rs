//! How names, labels, ports and addresses are written: the API server refuses all else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The first minor that refuses addresses of which programs make different things: 36 of 1.36.
pub(crate) const STRICT_ADDRESSES: u32 = 36;

/// Whether a text is a label's key, or another qualified name: `app`, `example.com/app`.
pub fn is_label_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_label_name(name),
        None => is_label_name(key),
    }
}

/// Whether a text is a label's value.
pub(crate) fn is_label_value(value: &str) -> bool {
    value.is_empty() || is_label_name(value)
}

fn is_label_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.len() <= 63
        && name.bytes().all(inner)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether a text is a subdomain of DNS, as names of most objects are.
pub(crate) fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_dns_part)
}

/// Whether a text is a label of DNS, as names of Service ports are.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.len() <= 63 && is_dns_part(text)
}

fn is_dns_part(part: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let outer = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.bytes().all(inner) && part.starts_with(outer) && part.ends_with(outer)
}

/// Whether a text is a port's name, as containers declare them.
pub(crate) fn is_port_name(name: &str) -> bool {
    name.len() <= 15
        && is_dns_part(name)
        && !name.contains("--")
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// Whether a number is one of a port.
pub(crate) const fn is_port(number: i32) -> bool {
    number >= 1 && number <= 65535
}

/// What is wrong with an address for every reader of it to see the same one in it; none when nothing is.
pub(crate) fn address_fault(text: &str) -> Option<&'static str> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            Some("an IPv4 address written as IPv6")
        }
        Ok(_) => None,
        Err(_) if has_leading_zeros(text) => Some("leading zeros"),
        Err(_) => Some("not an IP address"),
    }
}

/// The same of a range of addresses.
pub(crate) fn range_fault(text: &str) -> Option<&'static str> {
    let Some((address, length)) = text.split_once('/') else {
        return Some("not a CIDR");
    };
    if let Some(fault) = address_fault(address) {
        return Some(match fault {
            "not an IP address" => "not a CIDR",
            fault => fault,
        });
    }
    if length.len() > 1 && length.starts_with('0') {
        return Some("leading zeros");
    }
    let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u32>()) else {
        return Some("not a CIDR");
    };
    let (bits, beyond) = match address {
        IpAddr::V4(address) => (32, length < 32 && beyond_v4(address, length)),
        IpAddr::V6(address) => (128, length < 128 && beyond_v6(address, length)),
    };
    if length > bits {
        return Some("not a CIDR");
    }
    beyond.then_some("bits beyond the prefix")
}

fn beyond_v4(address: Ipv4Addr, length: u32) -> bool {
    u32::from(address) << length != 0
}

fn beyond_v6(address: Ipv6Addr, length: u32) -> bool {
    u128::from(address) << length != 0
}

fn has_leading_zeros(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 4
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        && parts
            .iter()
            .any(|part| part.len() > 1 && part.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_names_are_what_the_api_server_takes() {
        for key in ["app", "example.com/app", "a.b_c-d", "A1"] {
            assert!(is_label_key(key), "{key}");
        }
        for key in [
            "",
            "-a",
            "a-",
            "a b",
            "/a",
            "Example.com/a",
            "a/b/c",
            "ä",
            "example.com/",
        ] {
            assert!(!is_label_key(key), "{key}");
        }
        assert!(is_label_value("") && is_label_value("1.4_b") && !is_label_value("1.4+b"));
        assert!(!is_label_value(&"a".repeat(64)) && is_label_value(&"a".repeat(63)));
        assert!(is_port_name("http-2") && !is_port_name("8080") && !is_port_name("metrics_port"));
        assert!(!is_port_name("a-name-that-is-long") && !is_port_name("HTTP"));
        assert!(is_dns_label("a-name-that-is-long") && !is_dns_label("a.b"));
        assert!(is_port(1) && is_port(65535) && !is_port(0) && !is_port(65536));
    }

    #[test]
    fn addresses_are_read_alike_by_everybody() {
        assert_eq!(address_fault("10.0.0.1"), None);
        assert_eq!(address_fault("2001:db8::1"), None);
        assert_eq!(address_fault("010.0.0.1"), Some("leading zeros"));
        assert_eq!(
            address_fault("::ffff:10.0.0.1"),
            Some("an IPv4 address written as IPv6")
        );
        assert_eq!(address_fault("10.0.0"), Some("not an IP address"));
        assert_eq!(range_fault("10.0.0.0/8"), None);
        assert_eq!(range_fault("0.0.0.0/0"), None);
        assert_eq!(range_fault("::/0"), None);
        assert_eq!(range_fault("10.0.0.1/32"), None);
        assert_eq!(range_fault("10.0.0.1/8"), Some("bits beyond the prefix"));
        assert_eq!(
            range_fault("2001:db8::1/64"),
            Some("bits beyond the prefix")
        );
        assert_eq!(range_fault("010.0.0.0/8"), Some("leading zeros"));
        assert_eq!(range_fault("10.0.0.0/08"), Some("leading zeros"));
        assert_eq!(range_fault("10.0.0.0/33"), Some("not a CIDR"));
        assert_eq!(range_fault("10.0.0.0"), Some("not a CIDR"));
    }
}
