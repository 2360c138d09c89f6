//! Selectors of policies, Kubernetes' and Calico's, held against a workload; the first byte chooses whose.
#![no_main]

use std::sync::LazyLock;

use kready_checks::{
    builtin,
    frame::Check,
    inventory::{Loader, Settings},
    model::Outcome,
    wire::Time,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static CHECK: LazyLock<&Check> = LazyLock::new(|| {
    let mut all = builtin();
    all.find(|check| check.id == "networkpolicy-missing").expect("the check")
});

fuzz_target!(|data: &[u8]| {
    let Some((whose, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let (api, kind, spec) = if whose % 2 == 0 {
        let spec = json!({ "selector": text, "types": ["Ingress", "Egress"] });
        ("crd.projectcalico.org/v1", "GlobalNetworkPolicy", spec)
    } else {
        let Ok(selector) = serde_json::from_str::<Value>(text) else {
            return;
        };
        let spec = json!({ "podSelector": selector, "policyTypes": ["Ingress", "Egress"] });
        ("networking.k8s.io/v1", "NetworkPolicy", spec)
    };
    let template = json!({
        "metadata": { "labels": { "app": "cart", "tier": "web" } },
        "spec": { "containers": [{ "name": "app", "image": "registry.example/cart:1" }] },
    });
    let mut loader = Loader::new("shop");
    for document in [
        json!({ "kind": "Snapshot", "time": "2026-11-25T03:00:00Z" }),
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } }),
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "cart", "namespace": "shop" },
            "spec": { "replicas": 1, "template": template } }),
        json!({ "apiVersion": api, "kind": kind, "metadata": { "name": "all", "namespace": "shop" }, "spec": spec }),
    ] {
        // A policy that can't be read is another target's.
        if loader.add(document, None).is_err() {
            return;
        }
    }
    let evaluation = CHECK.evaluate(&loader.finish(Time(0)), &Settings::default());
    // A selector that nobody understands isolates nobody.
    assert!(text.len() < 1 << 16 || evaluation.outcome != Outcome::Pass);
});
