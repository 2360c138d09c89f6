//! One member of etcd: its disk is the cluster's memory.

use std::collections::BTreeSet;

use crate::{
    inventory::{
        Origin,
        control_plane::{ControlPlaneComponent, component_of},
    },
    knowledge::node_args,
    kubernetes::{availability::was_ready_lately, is_live, topology::is_control_plane},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "etcd-single-member",
    pillar: Pillar::HighAvailability,
    severity: Severity::Critical,
    impact: Impact::Fragile,
    title: "etcd has a single member",
    fix: "run three etcd members on different machines",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Both,
    reach: Reach::Cluster,
    needs: &[
        correlated::<Pod>(),
        correlated::<Node>(),
        correlated_all(FLAGS),
        correlated_all(PLATFORM),
    ],
    docs: include_str!("etcd_single_member.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    if cx.origin() == Origin::Files {
        // The pods of one node say nothing about the others; a list of servers does.
        return match external_servers(cx) {
            Ok(hosts) if !hosts.is_empty() => Ok(judge(hosts.len(), "host in --etcd-servers")),
            Err(Undecided::Unknown(why)) => Err(why.into()),
            _ => Err(NotApplicable::Mode.into()),
        };
    }
    if cx.is_control_plane_managed()? {
        return Err(NotApplicable::Managed.into());
    }
    let platform = cx.platform()?;
    if platform.id == "talos" {
        let nodes = cx.correlated::<Node>()?;
        let members = nodes.iter().filter(|node| is_control_plane(node)).count();
        if members > 0 {
            return Ok(judge(members, "control-plane node of Talos"));
        }
    }
    let pods = members_by_pods(cx)?;
    if pods > 0 {
        return Ok(judge(pods, "etcd pod"));
    }
    let nodes = cx.correlated::<Node>()?;
    let labelled = nodes
        .iter()
        .filter(|node| node.metadata.labels.has("node-role.kubernetes.io/etcd"))
        .count();
    if labelled > 0 {
        return Ok(judge(labelled, "node with the etcd role"));
    }
    let servers: Vec<_> = nodes
        .iter()
        .filter_map(node_args)
        .filter(|args| args.is_server)
        .collect();
    if platform.id == "k3s" && !servers.is_empty() {
        if servers
            .iter()
            .any(|args| args.get("datastore-endpoint").is_some())
        {
            return Err(NotApplicable::Absent.into());
        }
        return Ok(Sheet::cluster(Some(Finding::cluster().saw(
            "SQLite on a single k3s server",
            "3 servers with embedded etcd, or an external datastore",
        ))));
    }
    let hosts = external_servers(cx)?;
    if hosts.is_empty() {
        return Err(Why::new(
            Unknown::Hidden,
            "neither pods nor nodes nor the API server's flags show the members of etcd",
        )
        .into());
    }
    Ok(judge(hosts.len(), "host in --etcd-servers"))
}

fn judge(members: usize, what: &str) -> Sheet {
    Sheet::cluster(
        (members == 1).then(|| Finding::cluster().saw(format_args!("1 {what}"), "3 or 5 members")),
    )
}

fn members_by_pods(cx: &Context<'_>) -> Result<usize, Why> {
    let in_kube_system = cx
        .correlated_in::<Pod>("kube-system")?
        .iter()
        .filter(|pod| component_of(pod) == Some(ControlPlaneComponent::Etcd) && is_there(cx, pod))
        .count();
    if in_kube_system > 0 {
        return Ok(in_kube_system);
    }
    // OpenShift starts it from a shell, beside guards that bear another label.
    Ok(cx
        .correlated_in::<Pod>("openshift-etcd")?
        .iter()
        .filter(|pod| {
            let of_etcd = component_of(pod) == Some(ControlPlaneComponent::Etcd);
            (of_etcd || pod.metadata.labels.is("app", "etcd")) && is_there(cx, pod)
        })
        .count())
}

/// Whether a pod runs, or was asked to end only now: one that restarts is no member less.
fn is_there(cx: &Context<'_>, pod: &Pod) -> bool {
    is_live(pod) || was_ready_lately(pod, cx.now())
}

/// The hosts that all API servers name in `--etcd-servers`; none when each has its own beside it.
fn external_servers(cx: &Context<'_>) -> Result<BTreeSet<String>, Undecided> {
    let hosts: BTreeSet<String> = cx
        .flags(ControlPlaneComponent::ApiServer)?
        .iter()
        .filter_map(|set| set.get("etcd-servers"))
        .flat_map(|servers| servers.trim_matches(['[', ']']).split([',', ' ']))
        .filter(|server| !server.is_empty())
        .map(host)
        .collect();
    let local = |host: &String| {
        host == "localhost" || host.starts_with("127.") || host == "::1" || host.is_empty()
    };
    if hosts.iter().any(local) {
        return Ok(BTreeSet::new());
    }
    Ok(hosts)
}

/// The host of `https://10.0.0.1:2379` or `https://[fd00::1]:2379`.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => authority.split(':').next().unwrap_or(authority),
    };
    host.to_owned()
}
