//! CycloneDX: what a cluster has, for tools that read bills of materials.

use std::{borrow::Cow, io};

use kready_checks::knowledge::Signal;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::json;
use crate::report::{Census, ComponentResult};

/// Vendors that name nobody.
const NOBODY: [&str; 2] = ["community", "various"];

/// The document, ending in a line break. Equal input gives equal bytes.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(census: &Census, out: &mut impl io::Write) -> io::Result<()> {
    let mut document = BomDocument::of(census);
    let mut content = Vec::new();
    json::write(&document, &mut content)?;
    document.serial_number = Some(serial_number(&content));
    json::write(&document, out)
}

/// A UUID (version 8, RFC 9562) of the document's content.
fn serial_number(content: &[u8]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(content)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    format!(
        "urn:uuid:{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    )
}

/// A document of CycloneDX 1.6, with the fields that kready fills.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BomDocument<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<BomComponent<'a>>,
    /// Registries that are run elsewhere.
    services: Vec<Service<'a>>,
    dependencies: Vec<Dependency>,
    compositions: [Composition; 1],
}

#[derive(Serialize)]
struct Metadata<'a> {
    timestamp: String,
    lifecycles: [Lifecycle; 1],
    tools: Tools<'a>,
    component: BomComponent<'a>,
}

#[derive(Serialize)]
struct Lifecycle {
    phase: &'static str,
}

#[derive(Serialize)]
struct Tools<'a> {
    components: [Tool<'a>; 1],
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct BomComponent<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    publisher: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
struct Service<'a> {
    #[serde(rename = "bom-ref")]
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<Provider<'a>>,
    name: &'a str,
    properties: Vec<Property<'a>>,
}

#[derive(Serialize)]
struct Provider<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Property<'a> {
    name: Cow<'static, str>,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    reference: &'static str,
    depends_on: Vec<String>,
}

#[derive(Serialize)]
struct Composition {
    /// Whether there may be more than is listed.
    aggregate: &'static str,
    assemblies: [&'static str; 1],
}

/// The cluster itself in the document.
const CLUSTER: &str = "cluster";

impl<'a> BomDocument<'a> {
    fn of(census: &'a Census) -> Self {
        let (services, components): (Vec<&ComponentResult>, Vec<&ComponentResult>) = census
            .components
            .iter()
            .partition(|component| is_elsewhere(component));
        let components: Vec<BomComponent<'a>> =
            components.into_iter().flat_map(BomComponent::of).collect();
        let services: Vec<Service<'a>> = services.into_iter().map(Service::of).collect();
        let cluster = &census.audited.cluster;
        let mut properties = vec![Property {
            name: "kready:knowledge".into(),
            value: &census.tool.knowledge,
        }];
        for (name, value) in [
            ("kready:uid", &cluster.uid),
            ("kready:server", &cluster.identity.server),
            ("kready:platform", &cluster.platform),
        ] {
            properties.extend(value.as_deref().map(|value| Property {
                name: name.into(),
                value,
            }));
        }
        Self {
            schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
            bom_format: "CycloneDX",
            spec_version: "1.6",
            serial_number: None,
            version: 1,
            metadata: Metadata {
                timestamp: census.audited.time.to_string(),
                lifecycles: [Lifecycle {
                    phase: "operations",
                }],
                tools: Tools {
                    components: [Tool {
                        kind: "application",
                        name: "kready",
                        version: &census.tool.version,
                    }],
                },
                component: BomComponent {
                    kind: "platform",
                    reference: CLUSTER.to_owned(),
                    publisher: None,
                    name: cluster
                        .identity
                        .context
                        .as_deref()
                        .unwrap_or("Kubernetes cluster"),
                    version: cluster.version.as_deref(),
                    properties,
                },
            },
            dependencies: vec![Dependency {
                reference: CLUSTER,
                depends_on: components
                    .iter()
                    .map(|component| component.reference.clone())
                    .chain(services.iter().map(|service| service.reference.clone()))
                    .collect(),
            }],
            components,
            services,
            compositions: [Composition {
                aggregate: if census.gaps.is_empty() {
                    "unknown"
                } else {
                    "incomplete"
                },
                assemblies: [CLUSTER],
            }],
        }
    }
}

/// Whether it is a registry outside the cluster, seen only by the images that come from it.
fn is_elsewhere(component: &ComponentResult) -> bool {
    let only_pulled = |(signal, _): &(Signal, &str)| *signal == Signal::Registry;
    component.role == "registry" && component.signals.iter().all(only_pulled)
}

fn somebody(vendor: &str) -> Option<&str> {
    Some(vendor).filter(|vendor| !NOBODY.contains(vendor))
}

impl<'a> BomComponent<'a> {
    /// One for each version, or one without a version if none is visible.
    fn of(component: &'a ComponentResult) -> impl Iterator<Item = Self> {
        let versions: Vec<Option<&str>> = if component.versions.is_empty() {
            vec![None]
        } else {
            component.versions.iter().map(|it| Some(&**it)).collect()
        };
        versions.into_iter().map(|version| Self {
            kind: match component.role {
                "platform" => "platform",
                "node-os" => "operating-system",
                _ => "application",
            },
            reference: match version {
                Some(version) => format!("component:{}@{version}", component.id),
                None => format!("component:{}", component.id),
            },
            publisher: somebody(component.vendor),
            name: component.name,
            version,
            properties: properties(component),
        })
    }
}

impl<'a> Service<'a> {
    fn of(component: &'a ComponentResult) -> Self {
        Self {
            reference: format!("service:{}", component.id),
            provider: somebody(component.vendor).map(|name| Provider { name }),
            name: component.name,
            properties: properties(component),
        }
    }
}

/// What CycloneDX has no word for.
fn properties(component: &ComponentResult) -> Vec<Property<'_>> {
    let mut properties = Vec::new();
    let mut add = |name: Cow<'static, str>, value| properties.push(Property { name, value });
    add("kready:id".into(), component.id);
    add("kready:role".into(), component.role);
    add("kready:verdict".into(), component.verdict.id());
    add("kready:status".into(), component.status.id());
    if let Some(eol) = component.eol {
        add("kready:endOfLife".into(), eol);
    }
    if let Some(since) = component.since {
        add("kready:dormantSince".into(), since);
    }
    for successor in &component.successors {
        add("kready:successor".into(), successor);
    }
    for (signal, pattern) in &component.signals {
        add(format!("kready:signal:{}", signal.id()).into(), pattern);
    }
    for image in &component.images {
        add("kready:image".into(), image);
    }
    for namespace in &component.namespaces {
        add("kready:namespace".into(), namespace);
    }
    properties
}
