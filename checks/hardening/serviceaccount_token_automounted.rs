//! A credential in a pod that has no use for it.

use std::collections::BTreeMap;

use crate::{inventory::types::Volume, kubernetes::rbac::Binding, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "serviceaccount-token-automounted",
    pillar: Pillar::Hardening,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "a pod that doesn't use the API still gets an API token",
    fix: "set automountServiceAccountToken: false in the pod or its ServiceAccount",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        correlated::<ServiceAccount>(),
        correlated::<RoleBinding>(),
        correlated::<ClusterRoleBinding>(),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Cis("5.1.6"),
        Standard::Eks("4.1.6"),
        Standard::Gke("4.1.5"),
        Standard::Nsa("Pod 1.11"),
        Standard::Owasp("K08"),
        Standard::Kubescape("C-0034"),
        Standard::Kubescape("C-0190"),
        Standard::Trivy("KSV-0036"),
    ],
    docs: include_str!("serviceaccount_token_automounted.md"),
    run,
    ..Check::BASE
};

/// What Kubernetes lets every account see: which APIs there are, and who it is itself.
const DISCOVERY: &[&str] = &[
    "system:basic-user",
    "system:cluster-trust-bundle-discovery",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
];

/// Where containers find the token.
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

const AUTHENTICATED: &str = "system:authenticated";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut reached: BTreeMap<(&Text, &str), Result<bool, Why>> = BTreeMap::new();
    Ok(cx.judge_workloads(|workload| {
        if workload.spec.containers.is_empty()
            || workload.has_ended()
            // No fault of the platform's is listed: whether it needs its token is for others to know.
            || !cx.includes_system() && cx.is_of_platform(workload)?
        {
            return Ok(Judgement::NotASubject);
        }
        let account = match workload.spec.service_account_name.as_str() {
            "" => "default",
            name => name,
        };
        let namespace = workload.namespace();
        let Some(because) = is_mounted(cx, workload, account)? else {
            return Ok(Judgement::Sound);
        };
        let needs_api = reached
            .entry((namespace, account))
            .or_insert_with(|| reaches_api(cx, namespace, account))
            .clone()?;
        if needs_api {
            return Ok(Judgement::Sound);
        }
        let seen =
            format_args!("{because}, but no binding gives ServiceAccount {account} any rights");
        let finding = Finding::on(workload).at(workload.at("automountServiceAccountToken"));
        Ok(finding.saw(seen, "false").into())
    }))
}

/// Why a container gets the token; none when none does.
fn is_mounted(
    cx: &Context<'_>,
    workload: &Workload<'_>,
    account: &str,
) -> Result<Option<&'static str>, Why> {
    let because = match workload.spec.automount_service_account_token {
        Some(false) => return Ok(None),
        // Somebody decided it, for an account made for the purpose: discovery needs no binding, and some programs do not
        // start without a token. What an account says of itself is what charts write everywhere.
        Some(true) if account != "default" => return Ok(None),
        Some(true) => "true",
        None => {
            let account = if account == "default" {
                cx.named::<ServiceAccount>(workload.namespace(), account)?
            } else {
                cx.referred::<ServiceAccount>(workload.namespace(), account)?
            };
            match account.and_then(|account| account.automount_service_account_token) {
                Some(false) => return Ok(None),
                Some(true) => "unset, and true in the ServiceAccount",
                None => "unset, which means true",
            }
        }
    };
    // Whoever mounts something else there does not get it.
    let spec = workload.spec;
    let gets_it = spec
        .init_containers
        .iter()
        .chain(&spec.containers)
        .any(|container| {
            let mount = container.volume_mounts.iter();
            mount
                .filter(|mount| mount.mount_path == MOUNT_PATH)
                .all(|mount| {
                    let volume = spec.volumes.iter().find(|volume| volume.name == mount.name);
                    volume.is_none_or(|volume| holds_token(volume))
                })
        });
    Ok(gets_it.then_some(because))
}

/// Whether a volume holds a token for the API, rather than one for somebody else.
fn holds_token(volume: &Volume) -> bool {
    volume.projected.as_ref().is_some_and(|projected| {
        projected.sources.iter().any(|source| {
            source
                .service_account_token
                .as_ref()
                .is_some_and(|token| token.audience.is_empty())
        })
    })
}

/// Whether a binding gives the account, or a group of which it is, more than discovery.
fn reaches_api(cx: &Context<'_>, namespace: &str, account: &str) -> Result<bool, Why> {
    let user = format!("system:serviceaccount:{namespace}:{account}");
    let accounts = format!("system:serviceaccounts:{namespace}");
    let grants = |groups: &[&str]| {
        cx.bindings_of(&user, groups)
            .any(|binding| is_more_than_discovery(&binding))
    };
    if grants(&["system:serviceaccounts", &accounts]) {
        return Ok(true);
    }
    // OpenShift lets everyone who is known see projects, templates and the like.
    if grants(&[AUTHENTICATED]) && !matches!(cx.platform()?.id, "openshift" | "microshift") {
        return Ok(true);
    }
    cx.correlated::<ClusterRoleBinding>()?;
    cx.correlated::<RoleBinding>()?;
    if cx.is_scoped() {
        return Err(Why::new(
            Unknown::Hidden,
            "RoleBindings in namespaces that are not audited may grant rights too",
        ));
    }
    Ok(false)
}

fn is_more_than_discovery(binding: &Binding<'_>) -> bool {
    !(binding.role.kind == "ClusterRole" && DISCOVERY.contains(&binding.role.name.as_str()))
}
