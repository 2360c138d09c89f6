//! What the server answers: discovery, health, who one is, lists in pages; everything else is not found.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{
    frame::{self, Around, ListMeta},
    store::{Listing, Store},
};

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The version of the snapshot that all lists are read from.
const RESOURCE_VERSION: &str = "1000000";

/// A recorded answer, given instead of the server's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recorded {
    status: u16,
    content_type: String,
    body: String,
}

/// An answer, its body in parts.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) parts: Vec<Bytes>,
    /// How many pods it holds.
    pub(crate) pods: usize,
}

impl Answer {
    fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            content_type: content_type.to_owned(),
            parts: vec![body.into()],
            pods: 0,
        }
    }

    fn json(status: u16, value: &Value) -> Self {
        Self::new(status, JSON, value.to_string())
    }

    fn around(protobuf: bool, (head, tail): Around, items: Bytes) -> Self {
        Self {
            status: 200,
            content_type: if protobuf { PROTOBUF } else { JSON }.to_owned(),
            parts: vec![head.into(), items, tail.into()],
            pods: 0,
        }
    }

    fn refusal(form: Option<Form>, status: u16, reason: &str, message: &str) -> Self {
        if form.is_some_and(|form| form.protobuf) {
            let wire = frame::status(message, reason, status);
            let around = frame::unknown("v1", "Status", &wire, 0);
            return Self {
                status,
                ..Self::around(true, around, Bytes::new())
            };
        }
        Self::json(
            status,
            &json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": message, "reason": reason, "code": status}),
        )
    }

    fn not_found(form: Option<Form>) -> Self {
        let message = "the server could not find the requested resource";
        Self::refusal(form, 404, "NotFound", message)
    }
}

/// How objects are to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    protobuf: bool,
    metadata_only: bool,
}

/// The first form of an Accept header that is known.
fn form(accept: &str) -> Option<Form> {
    let accept = if accept.trim().is_empty() {
        "*/*"
    } else {
        accept
    };
    accept.split(',').find_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let protobuf = match parts.next()? {
            PROTOBUF => true,
            JSON | "application/*" | "*/*" => false,
            _ => return None,
        };
        let metadata_only = match parts.find_map(|part| part.strip_prefix("as=")) {
            None => false,
            Some("PartialObjectMetadataList" | "PartialObjectMetadata") => true,
            Some(_) => return None,
        };
        Some(Form {
            protobuf,
            metadata_only,
        })
    })
}

/// What is asked of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) accept: &'a str,
}

impl Asked<'_> {
    fn param(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }
}

/// Answers a request.
pub(crate) fn answer(
    store: &Store,
    recorded: &BTreeMap<String, Recorded>,
    asked: Asked<'_>,
) -> Answer {
    if let Some(recorded) = recorded.get(asked.path) {
        let body = recorded.body.clone();
        return Answer::new(recorded.status, &recorded.content_type, body);
    }
    let form = form(asked.accept);
    let parts: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
    if *asked.method == Method::POST {
        return match parts.as_slice() {
            ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] => Answer::json(
                201,
                &json!({"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {},
                    "status": {"userInfo": {"username": "admin", "groups": ["system:masters", "system:authenticated"]}}}),
            ),
            _ => Answer::not_found(form),
        };
    }
    if *asked.method != Method::GET {
        return Answer::refusal(form, 405, "MethodNotAllowed", "a reader does not do this");
    }
    match parts.as_slice() {
        ["version"] => Answer::json(
            200,
            &json!({"major": "1", "minor": "36", "gitVersion": "v1.36.3", "platform": "linux/amd64"}),
        ),
        [probe @ ("livez" | "readyz")] => Answer::new(
            200,
            "text/plain; charset=utf-8",
            format!("[+]ping ok\n[+]log ok\n[+]etcd ok\n{probe} check passed\n"),
        ),
        [root @ ("api" | "apis")] => discovery(store, *root == "api", asked.accept),
        ["api", version] => resources(store, "", version),
        ["apis", group] => match groups(store, false).get(group) {
            Some(versions) => {
                let mut described = described(group, versions);
                described["kind"] = json!("APIGroup");
                described["apiVersion"] = json!("v1");
                Answer::json(200, &described)
            }
            None => Answer::not_found(form),
        },
        ["apis", group, version] => resources(store, group, version),
        ["api", version, rest @ ..] => objects(store, "", version, rest, form, asked),
        ["apis", group, version, rest @ ..] => objects(store, group, version, rest, form, asked),
        _ => Answer::not_found(form),
    }
}

/// Groups with their versions; the core group left out or alone.
fn groups(store: &Store, core: bool) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let resource = store.listings.iter().map(|listing| &listing.resource);
    for resource in resource.filter(|resource| resource.group.is_empty() == core) {
        groups
            .entry(resource.group)
            .or_default()
            .insert(resource.version);
    }
    groups
}

fn described(group: &str, versions: &BTreeSet<&str>) -> Value {
    let versions: Vec<Value> = versions
        .iter()
        .map(|version| json!({"groupVersion": format!("{group}/{version}"), "version": version}))
        .collect();
    json!({"name": group, "preferredVersion": versions[0], "versions": versions})
}

fn in_version<'a>(
    store: &'a Store,
    group: &'a str,
    version: &'a str,
) -> impl Iterator<Item = &'a Listing> {
    store.listings.iter().filter(move |listing| {
        listing.resource.group == group && listing.resource.version == version
    })
}

const VERBS: [&str; 8] = [
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

fn scales(listing: &Listing) -> bool {
    matches!(
        listing.resource.plural,
        "deployments" | "replicasets" | "statefulsets" | "replicationcontrollers"
    )
}

fn discovery(store: &Store, core: bool, accept: &str) -> Answer {
    let groups = groups(store, core);
    if accept.contains("as=APIGroupDiscoveryList") {
        let resource = |group: &str, version: &str, listing: &Listing| {
            let resource = &listing.resource;
            let mut resource = json!({
                "resource": resource.plural, "singularResource": resource.kind.to_lowercase(), "verbs": VERBS,
                "responseKind": {"group": group, "version": version, "kind": resource.kind},
                "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
            });
            if scales(listing) {
                resource["subresources"] = json!([{"subresource": "scale", "verbs": ["get", "patch", "update"],
                    "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"}}]);
            }
            resource
        };
        let items: Vec<Value> = groups
            .iter()
            .map(|(group, versions)| {
                let versions: Vec<Value> = versions
                    .iter()
                    .map(|version| {
                        let resources: Vec<Value> = in_version(store, group, version)
                            .map(|listing| resource(group, version, listing))
                            .collect();
                        json!({"version": version, "freshness": "Current", "resources": resources})
                    })
                    .collect();
                json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions})
            })
            .collect();
        let list = json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items});
        return Answer::new(200, AGGREGATED, list.to_string());
    }
    if core {
        let versions: Vec<&&str> = groups.values().flatten().collect();
        return Answer::json(
            200,
            &json!({"kind": "APIVersions", "versions": versions, "serverAddressByClientCIDRs": []}),
        );
    }
    let groups: Vec<Value> = groups
        .iter()
        .map(|(group, versions)| described(group, versions))
        .collect();
    Answer::json(
        200,
        &json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}),
    )
}

fn resources(store: &Store, group: &str, version: &str) -> Answer {
    let mut resources = Vec::new();
    let mut group_version = String::new();
    for listing in in_version(store, group, version) {
        let resource = &listing.resource;
        group_version = resource.api_version();
        resources.push(
            json!({"name": resource.plural, "singularName": resource.kind.to_lowercase(),
            "namespaced": resource.namespaced, "kind": resource.kind, "verbs": VERBS}),
        );
        if scales(listing) {
            resources.push(json!({"name": format!("{}/scale", resource.plural), "singularName": "", "namespaced": true,
                "group": "autoscaling", "version": "v1", "kind": "Scale", "verbs": ["get", "patch", "update"]}));
        }
    }
    if resources.is_empty() {
        return Answer::not_found(None);
    }
    Answer::json(
        200,
        &json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}),
    )
}

/// A list, or one object.
fn objects(
    store: &Store,
    group: &str,
    version: &str,
    rest: &[&str],
    form: Option<Form>,
    asked: Asked<'_>,
) -> Answer {
    let (namespace, plural, name) = match rest {
        [plural] => (None, *plural, None),
        ["namespaces", namespace, plural] => (Some(*namespace), *plural, None),
        ["namespaces", namespace, plural, name] => (Some(*namespace), *plural, Some(*name)),
        [plural, name] => (None, *plural, Some(*name)),
        _ => return Answer::not_found(form),
    };
    let listing = store
        .find(group, version, plural)
        .filter(|listing| namespace.is_none() || listing.resource.namespaced);
    let Some(listing) = listing else {
        return Answer::not_found(form);
    };
    let Some(form) = form else {
        let message = "only the following media types are accepted: application/json, application/vnd.kubernetes.protobuf";
        return Answer::refusal(None, 406, "NotAcceptable", message);
    };
    if asked.query.contains("Selector=") {
        let message = "this server knows no selectors";
        return Answer::refusal(Some(form), 400, "BadRequest", message);
    }
    let answer = if let Some(name) = name {
        let key = namespace.map_or_else(|| name.to_owned(), |place| format!("{place}/{name}"));
        listing.find(&key).and_then(|at| object(listing, at, form))
    } else if let Some((items, meta)) = page(&listing.within(namespace), asked) {
        list(listing, items, &meta, form)
    } else {
        let message = "continue key is not valid";
        return Answer::refusal(Some(form), 400, "BadRequest", message);
    };
    answer.unwrap_or_else(|| Answer::not_found(Some(form)))
}

/// The objects of a page; none when the token is no token.
fn page(all: &Range<usize>, asked: Asked<'_>) -> Option<(Range<usize>, ListMeta)> {
    let start = match asked.param("continue").filter(|token| !token.is_empty()) {
        Some(token) => {
            let (version, position) = token.split_once('.')?;
            let position: usize = position.parse().ok()?;
            (version == RESOURCE_VERSION && all.contains(&position)).then_some(position)?
        }
        None => all.start,
    };
    let limit = asked
        .param("limit")
        .and_then(|limit| limit.parse().ok())
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    let end = start.saturating_add(limit).min(all.end);
    let more = end < all.end;
    Some((
        start..end,
        ListMeta {
            resource_version: RESOURCE_VERSION.to_owned(),
            continue_token: more.then(|| format!("{RESOURCE_VERSION}.{end}")),
            remaining: more.then(|| all.end - end),
        },
    ))
}

fn list(listing: &Listing, items: Range<usize>, meta: &ListMeta, form: Form) -> Option<Answer> {
    let (api_version, kind) = if form.metadata_only {
        (
            "meta.k8s.io/v1".to_owned(),
            "PartialObjectMetadataList".to_owned(),
        )
    } else {
        (
            listing.resource.api_version(),
            format!("{}List", listing.resource.kind),
        )
    };
    let pods = if listing.resource.plural == "pods" {
        items.len()
    } else {
        0
    };
    let mut bytes = match (form.protobuf, form.metadata_only) {
        (true, false) => listing.protobuf.slice(items),
        (false, false) => listing.json.slice(items),
        (true, true) => {
            let mut reduced = Vec::new();
            for at in items {
                let item = listing.protobuf.slice(at..at + 1);
                let metadata = frame::metadata(frame::message(&item)?)?;
                frame::tag(&mut reduced, 2, metadata.len());
                reduced.extend_from_slice(metadata);
            }
            reduced.into()
        }
        (false, true) => {
            let mut reduced = Vec::new();
            for at in items {
                reduced.extend_from_slice(partial(&listing.json.slice(at..at + 1))?.as_bytes());
                reduced.push(b',');
            }
            reduced.into()
        }
    };
    let around = if form.protobuf {
        frame::protobuf(&api_version, &kind, meta, bytes.len())
    } else {
        // No comma after the last item.
        bytes.truncate(bytes.len().saturating_sub(1));
        // Upstream reduces an empty list to none at all.
        let none = form.metadata_only && bytes.is_empty();
        frame::json(&api_version, &kind, meta, none).ok()?
    };
    Some(Answer {
        pods,
        ..Answer::around(form.protobuf, around, bytes)
    })
}

fn object(listing: &Listing, at: usize, form: Form) -> Option<Answer> {
    let (api_version, kind) = if form.metadata_only {
        ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadata")
    } else {
        (listing.resource.api_version(), listing.resource.kind)
    };
    if form.protobuf {
        let item = listing.protobuf.slice(at..at + 1);
        let mut message = frame::message(&item)?;
        if form.metadata_only {
            message = frame::metadata(message)?;
        }
        let around = frame::unknown(&api_version, kind, &[], message.len());
        return Some(Answer::around(true, around, item.slice_ref(message)));
    }
    let item = listing.json.slice(at..at + 1);
    if form.metadata_only {
        return Some(Answer::new(200, JSON, partial(&item)?));
    }
    let head = format!("{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",");
    let fields = item.slice(1..item.len() - 1);
    Some(Answer::around(
        false,
        (head.into_bytes(), b"\n".to_vec()),
        fields,
    ))
}

/// An object's metadata, of an item with the comma after it.
fn partial(item: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Object<'a> {
        #[serde(borrow)]
        metadata: &'a RawValue,
    }
    let object: Object<'_> = serde_json::from_slice(item.strip_suffix(b",")?).ok()?;
    Some(format!(
        "{{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{}}}",
        object.metadata
    ))
}
