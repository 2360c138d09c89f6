//! The API server keeps no record of who did what.

use crate::{inventory::control_plane::ControlPlaneComponent, knowledge::FlagSet, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "audit-log-disabled",
    pillar: Pillar::Observability,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "the API server writes no audit log",
    fix: "start the API server with --audit-policy-file and --audit-log-path",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Both,
    reach: Reach::Cluster,
    needs: &[correlated_all(FLAGS), correlated_all(PLATFORM)],
    standards: &[
        Standard::Cis("1.2.16"),
        Standard::Kubescape("C-0130"),
        Standard::Kubescape("C-0067"),
        Standard::Trivy("KCV-0019"),
        Standard::Nsa("Log 8.0"),
        Standard::Eks("2.1.1"),
        Standard::Owasp("K10"),
    ],
    capability: Some("audit-log"),
    docs: include_str!("audit_log_disabled.md"),
    run,
    ..Check::BASE
};

/// Either of them makes the API server keep a record.
const BACKENDS: [&str; 2] = ["audit-log-path", "audit-webhook-config-file"];

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    if cx.may_be_openshift()
        && let Some(server) = cx.named::<OpenShiftApiServer>("", "cluster")?
    {
        // The guest's object need not say anything about a hosted control plane.
        if cx.is_control_plane_managed()? {
            return Err(NotApplicable::Managed.into());
        }
        let off = server.spec.audit.profile == "None";
        return Ok(Sheet::cluster(off.then(|| {
            Finding::on(server)
                .at("spec.audit.profile")
                .saw("None", "Default, WriteRequestBodies or AllRequestBodies")
        })));
    }
    let sets = cx.flags(ControlPlaneComponent::ApiServer)?;
    Ok(Sheet::over(&sets, |set: &FlagSet| {
        let writes = BACKENDS.iter().any(|flag| set.get(flag).is_some());
        Ok((!writes).then(|| {
            set.finding().saw(
                "neither --audit-log-path nor --audit-webhook-config-file",
                "one of them, with --audit-policy-file",
            )
        }))
    }))
}
