//! A version for which nobody fixes security holes any more.

use crate::{
    knowledge::{
        DATE,
        releases::{Release, calendar, end_of, is_stale},
    },
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "kubernetes-version-unsupported",
    pillar: Pillar::Delivery,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "the Kubernetes version is out of support",
    fix: "upgrade the cluster, one minor version at a time",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[correlated_all(PLATFORM)],
    standards: &[
        Standard::Kubescape("C-0273"),
        Standard::Aks("07.02.04"),
        Standard::Gke("5.5.4"),
        Standard::Nsa("Upg"),
        Standard::Owasp("K07"),
        Standard::Eks("cluster-upgrades"),
    ],
    docs: include_str!("kubernetes_version_unsupported.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let (version, (_, minor)) = cx.server_version()?;
    if is_stale(cx.now()) {
        return Err(Why::new(
            Unknown::Stale,
            format!("what kready knows about releases dates from {DATE}"),
        )
        .into());
    }
    let ended = match cx.release(minor)? {
        Release::Newer => None,
        Release::Ended => Some("ended before the calendar begins".to_owned()),
        Release::Known(support) => {
            let last = support.last();
            end_of(last)
                .is_none_or(|end| cx.now() > end)
                .then(|| format!("ended on {last}"))
        }
    };
    Ok(Sheet::cluster(ended.map(|ended| {
        let whose = cx.platform().map(|platform| match calendar(platform.id) {
            "gke" => "GKE's ",
            "eks" => "EKS's ",
            "aks" => "AKS's ",
            "openshift" => "OpenShift's ",
            _ => "the project's ",
        });
        Finding::cluster().saw(
            format_args!(
                "{}, for which {}support {ended}",
                version,
                whose.unwrap_or_default()
            ),
            "a supported minor version",
        )
    })))
}
