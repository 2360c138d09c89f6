//! Whoever holds cluster-admin is the cluster.

use crate::{
    inventory::{Origin, types::PolicyRule},
    kubernetes::rbac::{Binding, CLUSTER_ADMIN, is_builtin, is_group},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "cluster-admin-granted",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a binding grants all rights on the whole cluster",
    fix: "bind a narrower role, with only the needed rights, in the namespaces that need them",
    tier: 1,
    since: "0.1.0",
    reach: Reach::Cluster,
    needs: &[
        examined::<ClusterRoleBinding>(),
        correlated::<ClusterRole>(),
        // In manifests: which ClusterRoles nobody binds.
        correlated::<RoleBinding>(),
        correlated_all(COMPONENTS),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Cis("5.1.1"),
        Standard::Cis("5.1.7"),
        Standard::Nsa("Auth"),
        Standard::Eks("4.1.1"),
        Standard::Gke("4.1.1"),
        Standard::Gke("4.1.6"),
        Standard::Owasp("K02"),
        Standard::Kubescape("C-0035"),
        Standard::Kubescape("C-0185"),
        Standard::Kubescape("C-0246"),
        Standard::Trivy("KSV-0044"),
        Standard::Trivy("KSV-0111"),
        Standard::Trivy("KSV-0123"),
    ],
    docs: include_str!("cluster_admin_granted.md"),
    run,
    ..Check::BASE
};

/// The group whose members the API server asks no authorizer about.
const MASTERS: &str = "system:masters";

const EXPECTED: &str = "a role with only the needed rights";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = Sheet::new();
    for binding in cx.seen::<ClusterRoleBinding>() {
        sheet.judge(judge(cx, binding.into()));
    }
    if cx.origin() == Origin::Files {
        judge_unbound(cx, &mut sheet);
    }
    Ok(sheet.note("cloud IAM and authenticating proxies may grant more than the API shows"))
}

/// A binding that Kubernetes or the installer makes by itself is no subject.
fn judge(cx: &Context<'_>, binding: Binding<'_>) -> Result<Judgement, Why> {
    let by_default = if binding.metadata.name == CLUSTER_ADMIN {
        is_for_masters_alone(&binding)
    } else {
        binding.is_bootstrapped()
    };
    if by_default {
        return Ok(Judgement::NotASubject);
    }
    let masters = binding
        .subjects
        .iter()
        .any(|subject| is_group(subject, MASTERS));
    let unlimited = if binding.subjects.is_empty() {
        false
    } else if binding.role.name == CLUSTER_ADMIN && binding.role.kind == "ClusterRole" {
        true
    } else {
        // Whether the role is one too many matters only when its subjects are not.
        !masters && is_unlimited(&cx.rules_of(&binding)?.unwrap_or_default())
    };
    if !unlimited && !masters {
        return Ok(Judgement::Sound);
    }
    if cx.is_installers_binding(&binding)? {
        return Ok(Judgement::NotASubject);
    }
    let mut holders = Vec::new();
    // Each holder is asked for itself, and nothing excuses the masters.
    for subject in binding.subjects {
        let excused = !is_group(subject, MASTERS)
            && cx.excuses_holder(binding.metadata, subject, &[Expectation::ClusterAdmin])?;
        holders.push((subject, excused));
    }
    let excused = holders.iter().all(|(_, excused)| *excused);
    let names: Vec<String> = holders
        .iter()
        .filter(|(subject, own)| {
            // In the binding that Kubernetes makes, its own group is no news.
            let counts = unlimited && binding.metadata.name != CLUSTER_ADMIN;
            *own == excused && (counts || unlimited != is_group(subject, MASTERS))
        })
        .map(|(subject, _)| binding.describe(subject))
        .collect();
    let names = names.join(", ");
    let role = match binding.role.name.as_str() {
        CLUSTER_ADMIN => CLUSTER_ADMIN.to_owned(),
        name => format!("{name}, which allows everything,"),
    };
    let finding = if unlimited {
        Finding::on(&binding)
            .at("roleRef")
            .saw(format_args!("{role} for {names}"), EXPECTED)
    } else {
        Finding::on(&binding).at("subjects").saw(
            format_args!("{names}, whose members bypass authorization"),
            "a group of your own",
        )
    };
    Ok(finding.excused(excused).into())
}

fn is_unlimited(rules: &[&PolicyRule]) -> bool {
    rules.iter().any(|rule| rule.is_unlimited())
}

fn is_for_masters_alone(binding: &Binding<'_>) -> bool {
    matches!(binding.subjects, [only] if is_group(only, MASTERS))
}

/// A ClusterRole of the input may be bound by what is applied from elsewhere.
fn judge_unbound(cx: &Context<'_>, sheet: &mut Sheet) {
    // A binding that was not understood may be theirs.
    let bindings = cx
        .correlated::<RoleBinding>()
        .and(cx.correlated::<ClusterRoleBinding>());
    let roles = match bindings.and(cx.correlated::<ClusterRole>()) {
        Ok(roles) => roles,
        Err(why) => return sheet.undecided(why),
    };
    for role in roles {
        let name = &role.metadata.name;
        if is_builtin(name) || !cx.is_unbound(role) {
            continue;
        }
        sheet.judge(cx.understands_cluster_role(name).map(|()| {
            let granted = cx.rules_of_cluster_role(name).unwrap_or_default();
            if !is_unlimited(&granted) {
                return Judgement::Sound;
            }
            // What it adds to a role that somebody holds is told of that one's binding.
            if cx.is_part_of_a_bound(role) {
                return Judgement::NotASubject;
            }
            let finding = Finding::on(role).at("rules");
            finding.saw("every verb on every resource", EXPECTED).into()
        }));
    }
}
