//! Chooses the proxy to the API server by Go's rules: the kubeconfig's, else the environment's.

use std::{env, net::IpAddr};

use anyhow::anyhow;
use http::Uri;

use crate::failure::Failure;

/// The proxy for a server.
pub(super) fn of(server: &Uri, named: Option<&str>) -> Result<Option<Uri>, Failure> {
    if let Some(named) = named {
        let proxy = parse(named, "proxy-url in the kubeconfig")?;
        // client-go takes neither an address alone here, nor what Go takes from the environment only.
        if !named.contains("://") || proxy.scheme_str() == Some("socks5h") {
            return Err(malformed("proxy-url in the kubeconfig"));
        }
        return Ok(Some(proxy));
    }
    let (variables, usual_port) = match server.scheme_str() {
        Some("http") => (["HTTP_PROXY", "http_proxy"], 80),
        _ => (["HTTPS_PROXY", "https_proxy"], 443),
    };
    let port = server.port_u16().unwrap_or(usual_port);
    let host = server.host().unwrap_or_default();
    let exceptions = first(&["NO_PROXY", "no_proxy"]).unwrap_or_default();
    match first(&variables) {
        Some(proxy) if !is_direct(host, port, &exceptions) => parse(&proxy, variables[0]).map(Some),
        _ => Ok(None),
    }
}

fn first(variables: &[&str]) -> Option<String> {
    variables
        .iter()
        .filter_map(|variable| env::var(variable).ok())
        .find(|value| !value.is_empty())
}

fn parse(text: &str, place: &str) -> Result<Uri, Failure> {
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let uri = text.parse::<Uri>().ok().filter(|uri| {
        uri.host().is_some()
            && matches!(
                uri.scheme_str(),
                Some("http" | "https" | "socks5" | "socks5h")
            )
    });
    uri.ok_or_else(|| malformed(place))
}

fn malformed(place: &str) -> Failure {
    Failure::usage(anyhow!("the proxy's address is malformed")).hint(format!(
        "write http, https or socks5://HOST:PORT into {place}"
    ))
}

/// Whether a host is reached without the proxy of the environment.
fn is_direct(host: &str, port: u16, exceptions: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    exceptions
        .split(',')
        .map(|entry| entry.trim().to_ascii_lowercase())
        .any(|entry| {
            if entry == "*" {
                return true;
            }
            if let Some((network, length)) = entry.split_once('/') {
                return address.is_some_and(|address| in_network(address, network, length));
            }
            let (name, wanted) = match entry.rsplit_once(':') {
                Some((name, digits)) if !name.contains(':') || name.ends_with(']') => {
                    (name, Some(digits))
                }
                _ => (entry.as_str(), None),
            };
            let name = name.trim_matches(['[', ']']);
            if wanted.is_some_and(|wanted| wanted.parse() != Ok(port)) {
                return false;
            }
            if let Ok(exception) = name.parse::<IpAddr>() {
                return address == Some(exception);
            }
            // A leading dot or star leaves out the name itself.
            let below = name.strip_prefix('*').unwrap_or(name);
            match below.strip_prefix('.') {
                Some(_) => host.ends_with(below),
                None if below.is_empty() => false,
                None => host == below || host.ends_with(&format!(".{below}")),
            }
        })
}

fn in_network(address: IpAddr, network: &str, length: &str) -> bool {
    let (Ok(network), Ok(length)) = (network.parse::<IpAddr>(), length.parse::<u32>()) else {
        return false;
    };
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_direct;

    #[test]
    fn exceptions_follow_gos_rules() {
        for (host, exceptions, direct) in [
            ("localhost", "", true),
            ("127.0.0.2", "", true),
            ("api.example.com", "", false),
            ("api.example.com", "example.com", true),
            ("example.com", ".example.com", false),
            ("api.example.com", "a.com, .example.com", true),
            ("notexample.com", "example.com", false),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "0.0.0.0/0", true),
            ("api.example.com", "*", true),
            ("api.example.com", "api.example.com:6443", true),
            ("api.example.com", "api.example.com:443", false),
            ("api.example.com", "*.example.com", true),
            ("example.com", "*.example.com", false),
            ("example.com", "*example.com", true),
            ("api.example.com", ", ,:6443", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.3:6443", true),
            ("10.1.2.3", "10.1.2.3:443", false),
            ("[2001:db8::1]", "2001:db8::1", true),
            ("[2001:db8::1]", "[2001:db8::1]:6443", true),
            ("[2001:db8::1]", "[2001:db8::1]:443", false),
            ("[2001:db8::1]", "2001:db8::/32", true),
        ] {
            assert_eq!(
                is_direct(host, 6443, exceptions),
                direct,
                "{host} {exceptions}"
            );
        }
    }
}
