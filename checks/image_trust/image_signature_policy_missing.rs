//! Nobody asks where an image comes from: whoever can push, or redirect a pull, can run code.

use crate::{knowledge::Capability, prelude::*};

pub(super) static CHECK: Check = Check {
    id: "image-signature-policy-missing",
    pillar: Pillar::ImageTrust,
    severity: Severity::Medium,
    impact: Impact::Exposed,
    title: "nothing verifies the signatures of images",
    fix: "verify signatures at admission, e.g. with Kyverno, or declare what verifies them",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        correlated_all(COMPONENTS),
        correlated::<KyvernoClusterPolicy>(),
        correlated::<KyvernoNamespacePolicy>(),
        correlated::<ImageValidatingPolicy>(),
        correlated::<KyvernoNamespacedImageValidatingPolicy>(),
        correlated::<OpenShiftClusterImagePolicy>(),
    ],
    standards: &[
        Standard::Cis("5.5.1"),
        Standard::Kubescape("C-0289"),
        Standard::Kubescape("C-0236"),
        Standard::Kubescape("C-0237"),
        Standard::Eks("security/image"),
        Standard::Gke("4.5.1"),
        Standard::Owasp("K04"),
    ],
    capability: Some(CAPABILITY),
    docs: include_str!("image_signature_policy_missing.md"),
    run,
    ..Check::BASE
};

const CAPABILITY: &str = "image-signature-admission";

/// Engines that verify signatures only when a policy tells them to.
const BY_POLICY: &[&str] = &["kyverno", "openshift-image-policy"];

/// The policy that OpenShift brings along covers its own images alone.
const OPENSHIFTS_OWN: &str = "openshift";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let verifier = cx.providers(|component| {
        component.provides.contains(&CAPABILITY) && !BY_POLICY.contains(&component.id)
    });
    // The first that answers yes decides; what was not seen counts only when none does.
    let mut unseen = Doubt::default();
    let mut idle = Vec::new();
    match verifier {
        Ok(Capability::Present(components)) => return Ok(verified(&components.join(", "))),
        Ok(Capability::Absent(known)) => idle = known,
        Err(why) => unseen.add(why),
    }
    for answer in [by_kyverno(cx), by_openshift(cx)] {
        match answer {
            Ok(Some(name)) => return Ok(verified(name)),
            Ok(None) => {}
            Err(why) => unseen.add(why),
        }
    }
    let marked = cx.seen::<Pod>().iter().any(|pod| {
        let mut keys = pod.metadata.annotations.iter().map(|(key, _)| key);
        keys.any(|key| key.starts_with("alpha.image-policy.k8s.io/"))
    });
    if marked {
        return Ok(verified("Binary Authorization"));
    }
    unseen.or(())?;
    let seen = if has_kyverno(cx)? {
        "Kyverno without a policy that verifies images".to_owned()
    } else if idle.is_empty() {
        "no known signature verifier".to_owned()
    } else {
        format!("{} without a Ready pod", idle.join(", "))
    };
    Ok(Sheet::cluster(Some(Finding::cluster().saw(
        seen,
        "an admission controller that verifies signatures; if yours runs outside the cluster, declare it under declarations in kready.yaml",
    ))))
}

fn verified(by: &str) -> Sheet {
    Sheet::cluster(None).note(format!("verified by {by}"))
}

fn has_kyverno(cx: &Context<'_>) -> Result<bool, Why> {
    let kyverno = cx.providers(|component| component.id == "kyverno")?;
    Ok(matches!(kyverno, Capability::Present(_)))
}

fn by_kyverno(cx: &Context<'_>) -> Result<Option<&'static str>, Why> {
    if !has_kyverno(cx)? {
        return Ok(None);
    }
    let verifies = |policy: &crate::inventory::types::KyvernoPolicy| {
        policy
            .spec
            .rules
            .iter()
            .any(|rule| !rule.verify_images.is_empty())
    };
    if cx
        .seen::<KyvernoClusterPolicy>()
        .iter()
        .any(|policy| verifies(policy))
        || cx
            .seen::<KyvernoNamespacePolicy>()
            .iter()
            .any(|policy| verifies(policy))
        || !cx.seen::<ImageValidatingPolicy>().is_empty()
        || !cx
            .seen::<KyvernoNamespacedImageValidatingPolicy>()
            .is_empty()
    {
        return Ok(Some("Kyverno"));
    }
    cx.correlated::<KyvernoClusterPolicy>()?;
    cx.correlated::<KyvernoNamespacePolicy>()?;
    cx.correlated::<ImageValidatingPolicy>()?;
    cx.correlated::<KyvernoNamespacedImageValidatingPolicy>()?;
    Ok(None)
}

fn by_openshift(cx: &Context<'_>) -> Result<Option<&'static str>, Why> {
    let its_own = |policy: &OpenShiftClusterImagePolicy| policy.metadata.name == OPENSHIFTS_OWN;
    if cx
        .seen::<OpenShiftClusterImagePolicy>()
        .iter()
        .any(|policy| !its_own(policy))
    {
        return Ok(Some("OpenShift"));
    }
    cx.correlated::<OpenShiftClusterImagePolicy>()?;
    Ok(None)
}
