//! To which Gateways, and to which of their listeners, routes attach.

use crate::{
    inventory::{
        Context, Listed, Origin,
        kinds::{Gateway, HttpRoute, Namespace},
        types::{GatewayListener, RouteParent},
    },
    model::{Text, Unknown, Why},
    wire::Labels,
};

/// The label that every namespace bears, with its own name.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// The namespace and name of the Gateway that a route wants to attach to; none for a Service of a mesh, or a set of
/// listeners.
pub fn wanted_gateway<'a>(
    route: &'a HttpRoute,
    parent: &'a RouteParent,
) -> Option<(&'a Text, &'a Text)> {
    matches!(parent.kind.as_str(), "" | "Gateway")
        .then(|| (of(route, &parent.namespace), &parent.name))
}

/// The namespace that is named, or else the route's own.
pub fn of<'a>(route: &'a HttpRoute, namespace: &'a Text) -> &'a Text {
    if namespace.is_empty() {
        &route.metadata().namespace
    } else {
        namespace
    }
}

impl Context<'_> {
    /// Whether a route attaches to a listener of a Gateway: it asks for it, their hosts meet, and its namespace is
    /// allowed. Demands Namespace.
    ///
    /// # Errors
    /// The namespace's labels would tell, and were not seen.
    #[track_caller]
    pub fn attaches(
        &self,
        route: &HttpRoute,
        gateway: &Gateway,
        listener: &GatewayListener,
    ) -> Result<bool, Why> {
        let metadata = gateway.metadata();
        let asks = route.spec.parent_refs.iter().any(|parent| {
            wanted_gateway(route, parent) == Some((&metadata.namespace, &metadata.name))
                && (parent.section_name.is_empty() || parent.section_name == listener.name)
                && parent.port.is_none_or(|port| port == listener.port)
        });
        let hostnames = &route.spec.hostnames;
        let meet = listener.hostname.is_empty()
            || hostnames.is_empty()
            || hostnames
                .iter()
                .any(|host| do_meet(host, &listener.hostname));
        Ok(asks && meet && self.allows(gateway, listener, &route.metadata().namespace)?)
    }

    fn allows(
        &self,
        gateway: &Gateway,
        listener: &GatewayListener,
        namespace: &Text,
    ) -> Result<bool, Why> {
        let allowed = &listener.allowed_routes.namespaces;
        match allowed.from.as_str() {
            "All" => Ok(true),
            "None" => Ok(false),
            "" | "Same" => Ok(*namespace == gateway.metadata().namespace),
            "Selector" => {
                let Some(selector) = &allowed.selector else {
                    return Ok(false);
                };
                let labels = match self.named::<Namespace>("", namespace)? {
                    Some(found) => found.metadata().labels.clone(),
                    None if self.origin() == Origin::Live => return Ok(false),
                    None => Labels::from_iter([(NAMESPACE_NAME.into(), namespace.clone())]),
                };
                selector
                    .selects(&labels)
                    .map_err(|bad| Why::new(Unknown::Unrecognised, bad.to_string()))
            }
            other => Err(Why::new(
                Unknown::Unrecognised,
                format!(
                    "kready does not know the value {other:?} of allowedRoutes.namespaces.from"
                ),
            )),
        }
    }
}

/// Whether two names of hosts have a host in common; either may begin with a wildcard.
fn do_meet(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let within = |wildcard: &str, host: &str| {
        wildcard
            .strip_prefix('*')
            .is_some_and(|rest| host.trim_start_matches('*').ends_with(rest))
    };
    a == b || within(&a, &b) || within(&b, &a)
}

/// Whether a host of an entry, whose wildcard stands for one label, covers a host.
pub fn covers(entry: &str, host: &str) -> bool {
    let (entry, host) = (entry.to_lowercase(), host.to_lowercase());
    entry == host
        || entry.strip_prefix("*.").is_some_and(|rest| {
            host.split_once('.')
                .is_some_and(|(label, parent)| !label.is_empty() && label != "*" && parent == rest)
        })
}

#[cfg(test)]
mod tests {
    use super::{covers, do_meet};

    #[test]
    fn a_wildcard_of_an_entry_stands_for_one_label() {
        for (entry, host, expected) in [
            ("shop.example", "shop.example", true),
            ("Shop.example", "shop.EXAMPLE", true),
            ("*.shop.example", "api.shop.example", true),
            ("*.shop.example", "a.b.shop.example", false),
            ("*.shop.example", "shop.example", false),
            ("*.shop.example", "*.shop.example", true),
            ("*.example", "*.shop.example", false),
            ("api.shop.example", "*.shop.example", false),
        ] {
            assert_eq!(covers(entry, host), expected, "{entry} {host}");
        }
    }

    #[test]
    fn hosts_of_routes_and_listeners_meet() {
        for (a, b, expected) in [
            ("shop.example", "shop.example", true),
            ("*.example", "a.shop.example", true),
            ("*.shop.example", "*.example", true),
            ("*.shop.example", "shop.example", false),
            ("a.example", "b.example", false),
        ] {
            assert_eq!(do_meet(a, b), expected, "{a} {b}");
            assert_eq!(do_meet(b, a), expected, "{b} {a}");
        }
    }
}
