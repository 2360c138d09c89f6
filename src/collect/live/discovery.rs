//! What the API server serves: aggregated discovery in two requests, else group by group.

use std::collections::BTreeSet;

use futures::{StreamExt, future, stream};
use kready_checks::{
    inventory::{ApiResource, Discovery},
    model::Text,
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    answer::Answer,
    api::{Api, Call},
    errors::Trouble,
};

const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// What is served, and the versions of aggregated APIs whose server did not answer.
#[derive(Debug, Default)]
pub(super) struct Served {
    pub(super) discovery: Discovery,
    stale: BTreeSet<(Text, Text)>,
}

/// A resource to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) version: String,
    pub(super) name: String,
    pub(super) namespaced: bool,
}

/// Whether a resource can be listed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    Found(Vec<Found>),
    Absent,
    Stale,
}

impl Served {
    /// Where a resource is served: in the wanted version, else in the one that the server prefers; `*` is every resource
    /// of the group.
    pub(super) fn look_up(&self, group: &str, wanted: &str, name: &str) -> Lookup {
        let versions = self.discovery.groups.get(group);
        let fresh: Vec<_> = versions
            .into_iter()
            .flatten()
            .filter(|(version, _)| !self.stale.contains(&(group.into(), version.clone())))
            .collect();
        let any_stale = self.discovery.stale.contains(group);
        let found = |version: &Text, resource: &ApiResource| Found {
            version: version.to_string(),
            name: resource.name.to_string(),
            namespaced: resource.namespaced,
        };
        if name == "*" {
            if any_stale {
                return Lookup::Stale;
            }
            let mut all: Vec<Found> = Vec::new();
            for (version, resources) in fresh {
                for resource in resources {
                    let listable = resource.listable && !resource.name.contains('/');
                    if listable && !all.iter().any(|known| resource.name == known.name.as_str()) {
                        all.push(found(version, resource));
                    }
                }
            }
            return if all.is_empty() {
                Lookup::Absent
            } else {
                Lookup::Found(all)
            };
        }
        let in_version = |(version, resources): &&(Text, Vec<ApiResource>)| {
            resources
                .iter()
                .find(|resource| resource.name == name && resource.listable)
                .map(|resource| found(version, resource))
        };
        let best = fresh
            .iter()
            .filter(|(version, _)| version == wanted)
            .find_map(in_version)
            .or_else(|| fresh.iter().find_map(in_version));
        match best {
            Some(found) => Lookup::Found(vec![found]),
            None if any_stale => Lookup::Stale,
            None => Lookup::Absent,
        }
    }

    fn add(&mut self, group: &Text, version: &Text, resources: Vec<ApiResource>, stale: bool) {
        if stale {
            self.discovery.stale.insert(group.clone());
            self.stale.insert((group.clone(), version.clone()));
        }
        self.discovery
            .groups
            .entry(group.clone())
            .or_default()
            .push((version.clone(), resources));
    }
}

#[derive(Deserialize)]
struct Aggregated {
    #[serde(default)]
    items: Vec<AggregatedGroup>,
}

#[derive(Deserialize)]
struct AggregatedGroup {
    #[serde(default)]
    metadata: Named,
    #[serde(default)]
    versions: Vec<AggregatedVersion>,
}

#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: Text,
}

#[derive(Deserialize)]
struct AggregatedVersion {
    version: Text,
    #[serde(default)]
    resources: Vec<AggregatedResource>,
    #[serde(default)]
    freshness: String,
}

#[derive(Deserialize)]
struct AggregatedResource {
    resource: Text,
    #[serde(rename = "responseKind")]
    kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    subresources: Vec<AggregatedSubresource>,
}

#[derive(Deserialize)]
struct AggregatedSubresource {
    subresource: Text,
    #[serde(rename = "responseKind")]
    kind: Option<ResponseKind>,
}

#[derive(Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: Text,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    versions: Vec<Text>,
}

#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: Text,
    #[serde(default)]
    versions: Vec<GroupVersion>,
    #[serde(rename = "preferredVersion")]
    preferred: Option<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: Text,
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    name: Text,
    #[serde(default)]
    kind: Text,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
}

/// Asks what is served.
pub(super) async fn discover(api: &Api) -> Result<Served, Trouble> {
    let (core, named) = future::join(api.get("/api", ACCEPT), api.get("/apis", ACCEPT)).await;
    let mut served = Served::default();
    let core = core?;
    if is_aggregated(&core) {
        add_aggregated(&mut served, &core)?;
    } else {
        let versions: Versions = read(&core)?;
        add_versions(api, &mut served, &Text::default(), versions.versions).await?;
    }
    let named = named?;
    if is_aggregated(&named) {
        add_aggregated(&mut served, &named)?;
    } else {
        let groups: Groups = read(&named)?;
        for group in groups.groups {
            let preferred = group.preferred.map(|preferred| preferred.version);
            let mut versions: Vec<Text> = preferred.into_iter().collect();
            for version in group.versions {
                if !versions.contains(&version.version) {
                    versions.push(version.version);
                }
            }
            add_versions(api, &mut served, &group.name, versions).await?;
        }
    }
    Ok(served)
}

fn is_aggregated(answer: &Answer) -> bool {
    answer.content_type().contains("as=apigroupdiscoverylist")
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    serde_json::from_slice(&answer.body).map_err(|_| {
        Trouble::NotUnderstood("its answer is not that of a Kubernetes API server".to_owned())
    })
}

fn add_aggregated(served: &mut Served, answer: &Answer) -> Result<(), Trouble> {
    let list: Aggregated = read(answer)?;
    for group in list.items {
        for version in group.versions {
            let mut resources = Vec::new();
            for resource in version.resources {
                let namespaced = resource.scope == "Namespaced";
                for sub in resource.subresources {
                    resources.push(ApiResource {
                        name: format!("{}/{}", resource.resource, sub.subresource).into(),
                        kind: sub.kind.map(|kind| kind.kind).unwrap_or_default(),
                        namespaced,
                        listable: false,
                    });
                }
                resources.push(ApiResource {
                    name: resource.resource,
                    kind: resource.kind.map(|kind| kind.kind).unwrap_or_default(),
                    namespaced,
                    listable: resource.verbs.iter().any(|verb| verb == "list"),
                });
            }
            resources.sort_by(|a, b| a.name.cmp(&b.name));
            let stale = version.freshness == "Stale";
            served.add(&group.metadata.name, &version.version, resources, stale);
        }
    }
    Ok(())
}

async fn add_versions(
    api: &Api,
    served: &mut Served,
    group: &Text,
    versions: Vec<Text>,
) -> Result<(), Trouble> {
    let mut answers: Vec<(usize, Text, Result<Answer, Trouble>)> =
        stream::iter(versions.into_iter().enumerate())
            .map(|(place, version)| async move {
                let path = if group.is_empty() {
                    format!("/api/{version}")
                } else {
                    format!("/apis/{group}/{version}")
                };
                // No retries: a dead aggregated API is an answer too, and there may be many.
                let answer = api.once(Call::get(&path, "application/json")).await;
                (place, version, answer)
            })
            .buffer_unordered(4)
            .collect()
            .await;
    answers.sort_by_key(|(place, ..)| *place);
    for (_, version, answer) in answers {
        let answer = answer?;
        let resources = match answer.status {
            200 => read::<Resources>(&answer).ok(),
            _ => None,
        };
        let stale = resources.is_none();
        let resources = resources
            .into_iter()
            .flat_map(|list| list.resources)
            .map(|resource| ApiResource {
                listable: resource.verbs.iter().any(|verb| verb == "list"),
                name: resource.name,
                kind: resource.kind,
                namespaced: resource.namespaced,
            })
            .collect();
        served.add(group, &version, resources, stale);
    }
    Ok(())
}

#[cfg(test)]
type Version<'a> = (&'a str, bool, &'a [&'a str]);

#[cfg(test)]
fn served(groups: &[(&str, &[Version])]) -> Served {
    let mut served = Served::default();
    for (group, versions) in groups {
        for (version, stale, resources) in *versions {
            let resources = resources
                .iter()
                .map(|name| ApiResource {
                    name: (*name).into(),
                    listable: true,
                    ..ApiResource::default()
                })
                .collect();
            served.add(&(*group).into(), &(*version).into(), resources, *stale);
        }
    }
    served
}

#[cfg(test)]
mod tests {
    use super::{Found, Lookup};

    #[test]
    fn the_wanted_version_is_taken_else_the_preferred_one_and_stale_is_not_absent() {
        let served = super::served(&[
            (
                "keda.sh",
                &[
                    ("v2", false, &["scaledobjects"]),
                    ("v1alpha1", false, &["scaledobjects"]),
                ],
            ),
            ("metrics.k8s.io", &[("v1beta1", true, &[])]),
            (
                "constraints.gatekeeper.sh",
                &[("v1beta1", false, &["a", "a/status", "b"])],
            ),
        ]);
        let version = |wanted| match served.look_up("keda.sh", wanted, "scaledobjects") {
            Lookup::Found(found) => found[0].version.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(version("v1alpha1"), "v1alpha1");
        assert_eq!(version("v9"), "v2");
        assert_eq!(
            served.look_up("metrics.k8s.io", "v1beta1", "nodes"),
            Lookup::Stale
        );
        assert_eq!(served.look_up("keda.sh", "v2", "x"), Lookup::Absent);
        assert_eq!(served.look_up("gone", "v1", "x"), Lookup::Absent);
        let names = match served.look_up("constraints.gatekeeper.sh", "v1beta1", "*") {
            Lookup::Found(found) => found.into_iter().map(|Found { name, .. }| name).collect(),
            _ => Vec::new(),
        };
        assert_eq!(names, ["a", "b"]);
    }
}
