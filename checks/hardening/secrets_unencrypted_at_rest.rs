//! Secrets that lie in etcd, and in its backups, as anyone can read them.

use crate::{inventory::control_plane::ControlPlaneComponent, knowledge::FlagSet, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "secrets-unencrypted-at-rest",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "Secrets are not encrypted in etcd",
    fix: "pass --encryption-provider-config to every API server, then rewrite all Secrets",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Both,
    reach: Reach::Cluster,
    needs: &[correlated_all(FLAGS), correlated_all(PLATFORM)],
    standards: &[
        Standard::Cis("1.2.27"),
        Standard::Aks("04.02.03"),
        Standard::Eks("5.3.1"),
        Standard::Gke("5.3.1"),
        Standard::Nsa("Net 6.1"),
        Standard::Owasp("K03"),
        Standard::Kubescape("C-0066"),
        Standard::Kubescape("C-0141"),
        Standard::Kubescape("C-0244"),
        Standard::Trivy("KCV-0030"),
    ],
    docs: include_str!("secrets_unencrypted_at_rest.md"),
    run,
    ..Check::BASE
};

const FLAG: &str = "encryption-provider-config";

/// What k3s and RKE2 write to a server node once they encrypt.
const ANNOTATIONS: [&str; 2] = [
    "k3s.io/encryption-config-hash",
    "rke2.io/encryption-config-hash",
];

/// What stands on every node of an OpenShift cluster whose control plane is hosted elsewhere.
const HOSTED: &str = "hypershift.openshift.io/managed";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    if cx.may_be_openshift()
        && let Some(server) = cx.named::<OpenShiftApiServer>("", "cluster")?
    {
        return openshift(cx, server);
    }
    let sets = match cx.flags(ControlPlaneComponent::ApiServer) {
        Ok(sets) => sets,
        Err(Undecided::Unknown(why)) if why.unknown == Unknown::Hidden => {
            return if cx.seen::<Node>().iter().any(is_annotated) {
                Ok(Sheet::cluster(None))
            } else if cx.platform()?.id == "talos" {
                Ok(Sheet::cluster(None).note("Talos encrypts Secrets by default"))
            } else {
                Err(why.into())
            };
        }
        Err(undecided) => return Err(undecided),
    };
    let unencrypted = |set: &FlagSet| set.get(FLAG).is_none() && !is_annotated_node(cx, set);
    // The provider may encrypt below etcd, which no flag tells.
    if sets.iter().any(unencrypted) && cx.is_control_plane_managed()? {
        return Err(NotApplicable::Managed.into());
    }
    Ok(Sheet::over(&sets, |set: &FlagSet| {
        Ok(unencrypted(set).then(|| {
            let of_k3s = set.object.as_ref().is_some_and(|it| it.kind == "Node");
            let seen = if of_k3s {
                "neither --secrets-encryption nor --encryption-provider-config"
            } else {
                "no --encryption-provider-config"
            };
            set.finding().saw(
                seen,
                "a configuration that encrypts Secrets before they are stored",
            )
        }))
    }))
}

fn openshift(cx: &Context<'_>, server: &OpenShiftApiServer) -> Result<Sheet, Undecided> {
    let kind = server.spec.encryption.kind.as_str();
    let off = matches!(kind, "" | "identity");
    if off {
        // The hosting cluster encrypts, and says so there.
        let hosted = cx
            .correlated::<Node>()?
            .iter()
            .any(|node| node.metadata.labels.has(HOSTED));
        if hosted || cx.is_control_plane_managed()? {
            return Err(NotApplicable::Managed.into());
        }
    }
    Ok(Sheet::cluster(off.then(|| {
        let seen = if kind.is_empty() { "nothing" } else { kind };
        Finding::on(server)
            .at("spec.encryption.type")
            .saw(seen, "aescbc, aesgcm or KMS")
    })))
}

fn is_annotated(node: &Node) -> bool {
    let annotations = &node.metadata.annotations;
    ANNOTATIONS.iter().any(|key| annotations.has(key))
}

fn is_annotated_node(cx: &Context<'_>, set: &FlagSet) -> bool {
    set.object
        .as_ref()
        .filter(|object| object.kind == "Node")
        .and_then(|object| cx.find::<Node>("", &object.name))
        .is_some_and(is_annotated)
}
