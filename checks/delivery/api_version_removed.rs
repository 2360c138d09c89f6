//! A manifest that the next version of Kubernetes refuses.

use crate::{
    inventory::{
        IntParam, Listed, Origin, Param, Removal, Role as NeedRole, Visit,
        kinds::object_ref,
        removal,
        types::{LAST_APPLIED_API_VERSION, ObjectMeta, WRITTEN_API_VERSION},
    },
    knowledge::releases,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "api-version-removed",
    pillar: Pillar::Delivery,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "a manifest uses an API version that is no longer served",
    fix: "rewrite the manifest in the API version that replaced it",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined_all(WORKLOADS),
        examined::<Ingress>(),
        examined::<HorizontalPodAutoscaler>(),
        examined::<PodDisruptionBudget>(),
        // What else is applied by hand, as far as it may be read.
        optional::<IngressClass>(),
        optional::<NetworkPolicy>(),
        optional::<RuntimeClass>(),
        optional::<PriorityClass>(),
        optional::<StorageClass>(),
        optional::<CsiDriver>(),
        optional::<ApiService>(),
        optional::<Role>(),
        optional::<RoleBinding>(),
        optional::<ClusterRole>(),
        optional::<ClusterRoleBinding>(),
        optional::<MutatingWebhookConfiguration>(),
        optional::<ValidatingWebhookConfiguration>(),
        optional::<ValidatingAdmissionPolicy>(),
        optional::<ValidatingAdmissionPolicyBinding>(),
        optional::<CustomResourceDefinition>(),
        optional::<EndpointSlice>(),
        optional::<Lease>(),
        optional::<VolumeAttachment>(),
    ],
    standards: &[
        Standard::Aks("07.02.12"),
        Standard::Eks("cluster-upgrades"),
        Standard::Trivy("KSV-0107"),
    ],
    params: &[Param::Int(TARGET)],
    docs: include_str!("api_version_removed.md"),
    run,
    ..Check::BASE
};

const TARGET: IntParam = IntParam {
    name: "target",
    default: 0,
    about: "the Kubernetes minor version that must serve it (38 for 1.38); 0 is the one after the server's, for manifests the newest",
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let target = target(cx)?;
    let mut sheet = Sheet::new();
    for (role, evidence) in CHECK.evidence() {
        if let Evidence::Objects(kind) = evidence
            && matches!(role, NeedRole::Examined | NeedRole::Optional)
            && (kind.resource().namespaced || !cx.is_scoped())
        {
            kind.visit(Each {
                cx,
                target,
                sheet: &mut sheet,
            });
        }
    }
    for (object, removal) in cx.unlisted() {
        sheet.examine(Ok((removal.minor <= target).then(|| {
            Finding::on(object)
                .at("apiVersion")
                .saw(seen(removal), expected(removal))
        })));
    }
    Ok(sheet)
}

/// The minor that must serve what is applied.
fn target(cx: &Context<'_>) -> Result<u32, Why> {
    if let Ok(asked) = u32::try_from(cx.int(TARGET))
        && asked > 0
    {
        return Ok(asked);
    }
    if let Some(minor) = cx.target_minor() {
        return Ok(minor);
    }
    if cx.origin() == Origin::Files {
        return Ok(releases::newest());
    }
    let (_, (_, minor)) = cx.server_version()?;
    Ok(minor + 1)
}

struct Each<'c, 'a> {
    cx: &'c Context<'a>,
    target: u32,
    sheet: &'c mut Sheet,
}

impl Visit for Each<'_, '_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        let Self { cx, target, sheet } = self;
        // What a controller makes is applied by nobody.
        let applied = cx
            .seen::<K>()
            .iter()
            .filter(|object| object.metadata().controller().is_none());
        for object in applied {
            let gone = object
                .metadata()
                .annotations
                .get(LAST_APPLIED_API_VERSION)
                .and_then(|version| removal(version, K::KIND.resource().kind))
                .filter(|removal| removal.minor <= target)
                .filter(|removal| {
                    cx.origin() == Origin::Files
                        || !is_overtaken(object.metadata(), removal.kind, target)
                });
            sheet.examine(Ok(gone.map(|removal| {
                let finding = Finding::on(&object_ref(object));
                if cx.origin() == Origin::Files {
                    finding.at("apiVersion").saw(seen(removal), expected(removal))
                } else {
                    finding
                        .at("metadata.annotations[kubectl.kubernetes.io/last-applied-configuration].apiVersion")
                        .saw(seen(removal), expected(removal))
                }
            })));
        }
    }
}

/// Whether what `kubectl apply` remembers is no evidence any more: somebody else has written the object since in a version
/// that is served, or it is installed by a tool that reads its own manifest.
fn is_overtaken(metadata: &ObjectMeta, kind: &str, target: u32) -> bool {
    let ObjectMeta {
        annotations,
        labels,
        ..
    } = metadata;
    let written = annotations.get(WRITTEN_API_VERSION);
    let is_served = |version: &Text| removal(version, kind).is_none_or(|it| it.minor > target);
    written.is_some_and(is_served)
        || labels.is("app.kubernetes.io/managed-by", "Helm")
        || annotations.has("meta.helm.sh/release-name")
        || labels.has("argocd.argoproj.io/instance")
        || annotations.has("argocd.argoproj.io/tracking-id")
}

fn seen(removal: &Removal) -> String {
    format!(
        "{}, not served since Kubernetes 1.{}",
        removal.api_version, removal.minor
    )
}

fn expected(removal: &Removal) -> &'static str {
    removal
        .successor
        .unwrap_or("another API, because the kind was removed")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::CHECK;
    use crate::{
        inventory::{Settings, removals, testing::load},
        model::Finding,
    };

    fn found(document: &serde_json::Value) -> Vec<String> {
        let inventory = load(&document.to_string());
        let settings = Settings {
            target_minor: Some(99),
            ..Settings::default()
        };
        let name = |finding: &Finding| {
            let object = finding.object.as_deref();
            object.map(ToString::to_string).unwrap_or_default()
        };
        let evaluation = CHECK.evaluate(&inventory, &settings);
        evaluation.findings.iter().map(name).collect()
    }

    #[test]
    fn every_removed_version_is_found_in_manifests() {
        for removal in removals() {
            let (version, kind) = (removal.api_version, removal.kind);
            let object = json!({
                "apiVersion": version, "kind": kind, "metadata": { "name": "old", "namespace": "shop" },
            });
            let mut item = object.clone();
            item.as_object_mut().unwrap().remove("kind");
            item.as_object_mut().unwrap().remove("apiVersion");
            // Of another time: fields that are no longer understood.
            let mut strange = object.clone();
            strange["spec"] = json!("old");
            strange["rules"] = json!("old");
            strange["webhooks"] = json!("old");
            for document in [
                object.clone(),
                json!({ "apiVersion": "v1", "kind": "List", "items": [object] }),
                json!({ "apiVersion": version, "kind": format!("{kind}List"), "items": [item] }),
                strange,
            ] {
                let found = found(&document);
                assert_eq!(found.len(), 1, "{document}: {found:?}");
                assert!(found[0].starts_with(kind), "{document}: {found:?}");
            }
        }
    }
}
