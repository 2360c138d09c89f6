//! Policies that nothing enforces: the API takes them, and every packet passes.

use std::collections::BTreeSet;

use crate::{
    inventory::types::{PodSpec, condition},
    knowledge::{Component, node_args},
    kubernetes::ImageRef,
    model::unknown,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "cni-policy-unenforced",
    pillar: Pillar::Networking,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "the network plugin does not enforce network policies",
    fix: "use a network plugin that enforces NetworkPolicy, or switch on the platform's engine",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[correlated_all(COMPONENTS), quoted::<NetworkPolicy>()],
    standards: &[
        Standard::Cis("5.3.1"),
        Standard::Kubescape("C-0205"),
        Standard::Kubescape("C-0230"),
        Standard::Kubescape("C-0240"),
        Standard::Eks("4.3.1"),
        Standard::Eks("5.4.4"),
        Standard::Gke("4.3.1"),
        Standard::Aks("06.07.05"),
        Standard::Nsa("Net 3.0"),
        Standard::Owasp("K05"),
    ],
    docs: include_str!("cni_policy_unenforced.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut enforcing = BTreeSet::new();
    let mut idle = BTreeSet::new();
    let mut others = BTreeSet::new();
    let mut unseen = Doubt::default();
    for set in cx.seen::<DaemonSet>() {
        let spec = &set.spec.template.spec;
        // Whatever plugs pods into the network of a node lives in that network itself.
        if !spec.host_network {
            continue;
        }
        match cx.components_of(set) {
            Ok(components) => {
                for component in components {
                    if component.provides.contains(&"network-policy") {
                        if let Some(why_not) = does_not_enforce(component, spec) {
                            others.insert(format!("{} {why_not}", component.name));
                        } else if set.status.number_ready > 0 {
                            enforcing.insert(component.name);
                        } else {
                            idle.insert(component.name);
                        }
                    } else if component.provides.contains(&"cni") {
                        others.insert(component.name.to_owned());
                    }
                }
            }
            Err(why) => unseen.add(why),
        }
    }
    if !enforcing.is_empty() {
        return Ok(enforced_by(&enforcing));
    }
    unseen.or(())?;
    cx.correlated::<DaemonSet>()?;
    if !idle.is_empty() {
        let names: Vec<&str> = idle.into_iter().collect();
        return Ok(unenforced(
            cx,
            &format!("{} without a Ready agent", names.join(", ")),
        ));
    }
    match embedded(cx)? {
        Some(Embedded::Enforces(name)) => return Ok(enforced_by(&BTreeSet::from([name]))),
        Some(Embedded::Not(name)) => {
            others.insert(name.to_owned());
        }
        None => {}
    }
    if others.is_empty() {
        return Err(unknown(
            Unknown::Unrecognised,
            "no network plugin was recognised",
        ));
    }
    let names: Vec<String> = others.into_iter().collect();
    Ok(unenforced(cx, &format!("only {}", names.join(" and "))))
}

fn enforced_by(names: &BTreeSet<&str>) -> Sheet {
    let names: Vec<&str> = names.iter().copied().collect();
    Sheet::cluster(None).note(format!("enforced by {}", names.join(", ")))
}

fn unenforced(cx: &Context<'_>, seen: &str) -> Sheet {
    let effect = match cx.seen::<NetworkPolicy>().len() {
        0 => String::new(),
        1 => "; the only NetworkPolicy has no effect".to_owned(),
        count => format!("; all {count} NetworkPolicies have no effect"),
    };
    Sheet::cluster(Some(Finding::cluster().saw(
        format_args!("{seen}{effect}"),
        "a network plugin that enforces NetworkPolicy, with a Ready agent",
    )))
}

/// The image's day from which kindnet enforces policies.
const KINDNET_SINCE: &str = "v20240813";

/// Why a component that can enforce policies does not.
fn does_not_enforce(component: &Component, spec: &PodSpec) -> Option<&'static str> {
    let mut containers = spec.containers.iter();
    match component.id {
        // It accompanies the Amazon VPC CNI even where it is switched off.
        "aws-network-policy-agent" => {
            let is_on = containers.any(|container| {
                let mut facts = container.command_facts.iter();
                facts.any(|fact| fact == "network-policy")
            });
            (!is_on).then_some("switched off (--enable-network-policy)")
        }
        "kindnet" => {
            let is_old = containers.any(|container| {
                let tag = ImageRef::parse(&container.image).and_then(|image| image.tag);
                tag.is_some_and(|tag| {
                    let is_dated = tag.starts_with("v20") && tag.len() >= KINDNET_SINCE.len();
                    is_dated && *tag < *KINDNET_SINCE
                })
            });
            is_old.then_some("in a version that does not enforce policies yet")
        }
        _ => None,
    }
}

/// A network that is no DaemonSet.
enum Embedded {
    Enforces(&'static str),
    Not(&'static str),
}

fn embedded(cx: &Context<'_>) -> Result<Option<Embedded>, Undecided> {
    let platform = cx.platform()?;
    let nodes = cx.correlated::<Node>()?;
    if platform.id == "k3s" {
        let servers: Vec<_> = nodes
            .iter()
            .filter_map(node_args)
            .filter(|args| args.is_server)
            .collect();
        if servers.is_empty() {
            return Err(unknown(
                Unknown::Hidden,
                "no k3s server shows its arguments",
            ));
        }
        if !servers
            .iter()
            .any(|args| args.has("disable-network-policy"))
        {
            return Ok(Some(Embedded::Enforces("the policy controller of k3s")));
        }
        let brings_own = servers
            .iter()
            .any(|args| args.get("flannel-backend") == Some("none"));
        return Ok((!brings_own).then_some(Embedded::Not(
            "k3s with Flannel and without its policy controller (--disable-network-policy)",
        )));
    }
    // The cloud's routes carry the pods' traffic, and no agent stands between them.
    let routed = nodes.iter().any(|node| {
        condition(&node.status.conditions, "NetworkUnavailable")
            .is_some_and(|network| network.status == "False" && network.reason == "RouteCreated")
    });
    Ok(routed.then_some(match platform.id {
        "gke" => Embedded::Not("GKE's own network without Dataplane V2 or Calico"),
        _ => Embedded::Not("kubenet, which uses the cloud's routes"),
    }))
}
