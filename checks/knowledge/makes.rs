//! What operators make of custom resources, and what they put on pods while these run (rule 15 of RULES.md).

use crate::{
    inventory::{Context, CustomObject, Kind, WorkloadKind},
    model::ObjectRef,
};

/// What may be made, as far as manifests name or select it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// Pods, and what keeps them.
    Workloads,
    /// Services.
    Services,
    /// ServiceAccounts.
    ServiceAccounts,
    /// ConfigMaps.
    ConfigMaps,
    /// PersistentVolumeClaims.
    Claims,
    /// Objects of the whole cluster that others name: classes, drivers, volumes.
    Classes,
    /// What an installer brings: all of these.
    Everything,
}

include!(concat!(env!("OUT_DIR"), "/makes.rs"));

/// What is known of a kind of custom resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Maker {
    /// Such things are made of it: whether in every namespace, and what.
    Of(bool, &'static [Made]),
    /// Nothing is made of it.
    OfNothing,
    /// Nobody knows.
    Unknown,
}

impl Maker {
    fn of(group: &str, kind: &str) -> Self {
        let is_listed = |listed: &str| {
            listed == group
                || listed.strip_prefix('*').is_some_and(|end| {
                    // `*.k8s.io` stands for every group below it.
                    group.ends_with(end)
                })
        };
        let mut of_group = MAKES.iter().filter(|row| is_listed(row.0)).peekable();
        let is_known = of_group.peek().is_some();
        if let Some((_, _, everywhere, made)) = of_group.find(|row| row.1 == kind || row.1 == "*") {
            return Self::Of(*everywhere, made);
        }
        if is_known || NOTHING.iter().any(|listed| is_listed(listed)) {
            return Self::OfNothing;
        }
        Self::Unknown
    }
}

/// Whether one name stands within another as whole words: `db` in `db-rw`, and not in `dbs`.
fn is_named_after(name: &str, origin: &str) -> bool {
    let bounds = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    !origin.is_empty()
        && name.match_indices(origin).any(|(start, found)| {
            let bytes = name.as_bytes();
            let before = start.checked_sub(1).and_then(|at| bytes.get(at));
            bounds(before) && bounds(bytes.get(start + found.len()))
        })
}

/// Whether a custom object may be where something comes from, for all that its kind and its name tell.
fn may_make(custom: &CustomObject, what: Made, namespace: &str, names: &[&str]) -> bool {
    let ObjectRef { kind, name, .. } = &custom.object;
    let group = custom.object.group();
    // Workloads that are read have no secrets.
    let is_workload = Kind::of(group, kind).is_some_and(|kind| {
        WorkloadKind::ALL
            .iter()
            .any(|workload| workload.kind() == kind)
    });
    if is_workload {
        return false;
    }
    let acts = namespace.is_empty() || custom.acts_in(namespace);
    match Maker::of(group, kind) {
        Maker::Of(everywhere, made) => {
            (everywhere || acts)
                && made
                    .iter()
                    .any(|made| *made == what || *made == Made::Everything)
        }
        Maker::OfNothing => false,
        Maker::Unknown => acts && names.iter().any(|wanted| is_named_after(wanted, name)),
    }
}

impl<'a> Context<'a> {
    /// A custom resource of manifests of which an operator may make something that isn't among them: an object of one of
    /// these names, or pods with one of these values of labels. Demands nothing.
    pub fn maker_of(&self, what: Made, namespace: &str, names: &[&str]) -> Option<&'a ObjectRef> {
        self.custom_objects()
            .find(|custom| may_make(custom, what, namespace, names))
            .map(|custom| &custom.object)
    }
}

/// Whether a controller or a platform brings an object of this name of itself.
pub fn is_brought_at_run_time(what: Made, name: &str) -> bool {
    AT_RUN_TIME.contains(&(what, name))
}

/// Whether pods with this label are made by a controller for no object of Kubernetes.
pub fn is_label_of_controller(key: &str) -> bool {
    LABELS_OF_CONTROLLERS.contains(&key)
}

/// Whether a label is known to be put on pods while they run, whatever templates say of others.
pub fn is_set_at_run_time(key: &str, value: &str) -> bool {
    let ends_in_role = key
        .rsplit(['/', '-', '.', '_'])
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("role"));
    LABELS_AT_RUN_TIME.contains(&key) || (ends_in_role && ROLES.contains(&value))
}

#[cfg(test)]
mod tests {
    use super::{Made, Maker, is_named_after, is_set_at_run_time};

    #[test]
    fn what_is_made_is_known_by_kind() {
        let makes = |group, kind, what| match Maker::of(group, kind) {
            Maker::Of(_, made) => made.contains(&what),
            _ => false,
        };
        for (group, kind, what) in [
            ("postgresql.cnpg.io", "Cluster", Made::Services),
            ("kafka.strimzi.io", "Kafka", Made::Workloads),
            ("gateway.networking.k8s.io", "Gateway", Made::Services),
            ("sparkoperator.k8s.io", "SparkApplication", Made::Workloads),
            ("kubedb.com", "Postgres", Made::Services),
            ("helm.toolkit.fluxcd.io", "HelmRelease", Made::Everything),
            ("s3.services.k8s.aws", "FieldExport", Made::ConfigMaps),
        ] {
            assert!(makes(group, kind, what), "{group} {kind}");
        }
        for (group, kind) in [
            ("cloud.google.com", "BackendConfig"),
            ("networking.gke.io", "ManagedCertificate"),
            ("kafka.strimzi.io", "KafkaTopic"),
            ("gateway.networking.k8s.io", "HTTPRoute"),
            ("cert-manager.io", "Certificate"),
            ("monitoring.coreos.com", "ServiceMonitor"),
            ("networking.istio.io", "VirtualService"),
            ("s3.services.k8s.aws", "Bucket"),
        ] {
            assert_eq!(Maker::of(group, kind), Maker::OfNothing, "{group} {kind}");
        }
        assert_eq!(Maker::of("db.example", "Database"), Maker::Unknown);
    }

    #[test]
    fn names_are_made_of_whole_words() {
        for (name, origin, expected) in [
            ("orders-db-rw", "orders-db", true),
            ("orders-db", "orders-db", true),
            ("kafka.orders.svc", "orders", true),
            ("webb", "web", false),
            ("my-web", "web", true),
            ("web2", "web", false),
            ("web", "", false),
        ] {
            assert_eq!(is_named_after(name, origin), expected, "{name} {origin}");
        }
    }

    #[test]
    fn roles_are_told_while_pods_run() {
        for (key, value, expected) in [
            ("role", "primary", true),
            ("spilo-role", "master", true),
            ("cnpg.io/instanceRole", "primary", true),
            ("vault-active", "true", true),
            ("role", "frontend", false),
            ("app", "primary", false),
        ] {
            assert_eq!(is_set_at_run_time(key, value), expected, "{key}={value}");
        }
    }
}
