//! A kubelet and an API server that were never tested together.

use crate::{
    kubernetes::{
        topology::{is_virtual, why_none},
        versions::minor_of,
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "kubelet-version-skew",
    pillar: Pillar::Delivery,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a kubelet is too old or too new for the API server",
    fix: "upgrade the node's kubelet to the API server's minor version, or replace the node",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[examined::<Node>(), correlated_all(PLATFORM)],
    standards: &[Standard::Eks("cluster-upgrades"), Standard::Aks("07.02.04")],
    docs: include_str!("kubelet_version_skew.md"),
    run,
    ..Check::BASE
};

/// The label of nodes that are no machines, and yet run a kubelet of their own.
const FARGATE: (&str, &str) = ("eks.amazonaws.com/compute-type", "fargate");

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let (_, server) = cx.server_version()?;
    let managed = cx.are_nodes_managed();
    if managed == Ok(true) {
        return Err(NotApplicable::Managed.into());
    }
    // Not `judge_nodes`: the kubelets of Fargate count, and those of nodes that are about to go.
    let sheet = cx.judge::<Node>(|node| {
        if is_virtual(node) && !node.metadata.labels.is(FARGATE.0, FARGATE.1) {
            return Ok(Judgement::NotASubject);
        }
        let stated = &node.status.node_info.kubelet_version;
        let Some(kubelet) = minor_of(stated) else {
            return Err(Why::new(
                Unknown::Unreadable,
                format!(
                    "the kubelet of node {} reports the version {stated:?}",
                    node.metadata.name
                ),
            ));
        };
        let oldest = if kubelet < (1, 25) { 2 } else { 3 };
        let expected = if kubelet > server {
            format!("at most 1.{}, the API server's minor version", server.1)
        } else if kubelet.0 < server.0 || server.1 - kubelet.1 > oldest {
            format!(
                "at most {oldest} minor versions behind the API server's 1.{}",
                server.1
            )
        } else {
            return Ok(Judgement::Sound);
        };
        managed.clone()?;
        Ok(Finding::on(node)
            .at("status.nodeInfo.kubeletVersion")
            .saw(stated, expected)
            .into())
    });
    Ok(sheet.when_empty(why_none(cx.seen::<Node>())))
}
