//! What one rule of a role allows.

use crate::{inventory::types::PolicyRule, model::Text};

/// What somebody asks to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'r> {
    /// Something with an object.
    Resource {
        /// `get`, `create` …
        verb: &'r str,
        /// The API group, empty for the core group.
        group: &'r str,
        /// The plural name: `pods`.
        resource: &'r str,
        /// `log` of `pods/log`, or empty.
        subresource: &'r str,
        /// The object's name; empty when the request is about all, or about one without a name yet.
        name: &'r str,
        /// The namespace; empty for cluster-scoped objects and for all namespaces.
        namespace: &'r str,
    },
    /// Something with a path that is no object: `/metrics`.
    Path {
        /// `get`, `post` …
        verb: &'r str,
        /// The path.
        path: &'r str,
    },
}

impl<'r> Request<'r> {
    /// A verb on all objects of a resource, everywhere.
    pub const fn everywhere(verb: &'r str, group: &'r str, resource: &'r str) -> Self {
        Self::Resource {
            verb,
            group,
            resource,
            subresource: "",
            name: "",
            namespace: "",
        }
    }

    pub(super) const fn namespace(&self) -> &'r str {
        match self {
            Self::Resource { namespace, .. } => namespace,
            Self::Path { .. } => "",
        }
    }
}

const ANY: &str = "*";

fn lists(list: &[Text], wanted: &str) -> bool {
    list.iter().any(|entry| entry == ANY || entry == wanted)
}

impl PolicyRule {
    /// Whether the rule alone allows a request; where it applies is up to its binding.
    pub fn grants(&self, request: &Request<'_>) -> bool {
        match *request {
            Request::Resource {
                verb,
                group,
                resource,
                subresource,
                name,
                ..
            } => {
                lists(&self.verbs, verb)
                    && lists(&self.api_groups, group)
                    && self
                        .resources
                        .iter()
                        .any(|listed| names_resource(listed, resource, subresource))
                    && (self.resource_names.is_empty()
                        || self.resource_names.iter().any(|listed| listed == name))
            }
            Request::Path { verb, path } => {
                lists(&self.verbs, verb)
                    && self.non_resource_urls.iter().any(|listed| {
                        listed == path
                            || listed.strip_suffix(ANY).is_some_and(|prefix| {
                                path.starts_with(prefix.trim_end_matches('*'))
                            })
                    })
            }
        }
    }

    /// Whether the rule allows everything that can be done with any object.
    pub fn is_unlimited(&self) -> bool {
        const VERBS: [&str; 7] = [
            "get", "list", "watch", "create", "update", "patch", "delete",
        ];
        let any = |list: &[Text]| list.iter().any(|entry| entry == ANY);
        any(&self.api_groups)
            && any(&self.resources)
            && self.resource_names.is_empty()
            && VERBS.iter().all(|verb| lists(&self.verbs, verb))
    }
}

/// Whether an entry of a rule's resources names a resource: `pods/*` names none, `*/log` every log.
fn names_resource(listed: &str, resource: &str, subresource: &str) -> bool {
    if listed == ANY {
        return true;
    }
    if subresource.is_empty() {
        return listed == resource;
    }
    listed
        .split_once('/')
        .is_some_and(|(of, sub)| sub == subresource && (of == ANY || of == resource))
}

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::inventory::types::PolicyRule;

    fn rule(json: serde_json::Value) -> PolicyRule {
        serde_json::from_value(json).unwrap()
    }

    fn exec(name: &str) -> Request<'_> {
        Request::Resource {
            verb: "create",
            group: "",
            resource: "pods",
            subresource: "exec",
            name,
            namespace: "shop",
        }
    }

    #[test]
    fn subresources_are_named_in_full_or_by_a_star_before_the_slash() {
        for (resource, granted) in [
            ("pods/exec", true),
            ("*/exec", true),
            ("*", true),
            ("pods", false),
            ("pods/*", false),
            ("*/*", false),
            ("*/log", false),
        ] {
            let rule = rule(
                serde_json::json!({ "verbs": ["create"], "apiGroups": [""], "resources": [resource] }),
            );
            assert_eq!(rule.grants(&exec("")), granted, "{resource}");
        }
    }

    #[test]
    fn a_rule_for_names_grants_nothing_to_a_request_without_one() {
        let rule = rule(
            serde_json::json!({ "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["a"] }),
        );
        assert!(rule.grants(&exec("a")));
        assert!(!rule.grants(&exec("b")));
        assert!(!rule.grants(&exec("")));
        assert!(!rule.is_unlimited());
    }

    #[test]
    fn all_seven_verbs_are_as_good_as_a_star() {
        let unlimited = |verbs: &[&str]| {
            rule(serde_json::json!({ "verbs": verbs, "apiGroups": ["*"], "resources": ["*"] }))
                .is_unlimited()
        };
        assert!(unlimited(&["*"]));
        assert!(unlimited(&[
            "get", "list", "watch", "create", "update", "patch", "delete"
        ]));
        assert!(!unlimited(&["get", "list", "watch"]));
    }

    #[test]
    fn a_path_is_matched_by_its_prefix() {
        let rule = rule(
            serde_json::json!({ "verbs": ["get"], "nonResourceURLs": ["/healthz/*", "/metrics"] }),
        );
        let asks = |path| rule.grants(&Request::Path { verb: "get", path });
        assert!(asks("/healthz/etcd") && asks("/metrics"));
        assert!(!asks("/healthz") && !asks("/metrics/slis"));
    }
}
