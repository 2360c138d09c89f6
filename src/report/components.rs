//! What a cluster has: its components, by what they are for.

use kready_checks::{
    inventory::{Inventory, Origin, Picture, needs::COMPONENTS},
    knowledge::{self, Installed, Signal, Status, Verdict, VersionSource},
};

use crate::collect::Collected;

/// The roles of components in the order of the list, each with a name for people. A role that is missing here comes
/// after these, under its own name.
const ROLES: [(&str, &str); 48] = [
    ("platform", "platform"),
    ("cloud-provider", "cloud provider"),
    ("node-os", "operating systems of nodes"),
    ("container-runtime", "container runtimes"),
    ("sandbox-runtime", "sandboxed runtimes"),
    ("accelerator", "accelerators"),
    ("cni", "pod network (CNI)"),
    ("network-policy", "network policy"),
    ("dns", "DNS"),
    ("load-balancer", "load balancers"),
    ("ingress", "ingress"),
    ("gateway", "gateways"),
    ("service-mesh", "service mesh"),
    ("storage", "storage (CSI)"),
    ("object-storage", "object storage"),
    ("snapshot", "volume snapshots"),
    ("backup", "backup"),
    ("database", "databases"),
    ("messaging", "messaging"),
    ("autoscaling", "autoscaling"),
    ("resource-metrics", "resource metrics"),
    ("custom-metrics", "custom metrics"),
    ("scheduling", "scheduling"),
    ("node-health", "health of nodes"),
    ("node-reboot", "reboots of nodes"),
    ("node-upgrade", "upgrades of nodes"),
    ("monitoring", "monitoring"),
    ("alerting", "alerting"),
    ("dashboards", "dashboards"),
    ("apm", "application monitoring"),
    ("logging", "logging"),
    ("tracing", "tracing"),
    ("events", "events"),
    ("policy", "policy"),
    ("identity", "identity"),
    ("secrets", "secrets"),
    ("certificates", "certificates"),
    ("image-trust", "image trust"),
    ("vuln-scanner", "vulnerability scanning"),
    ("runtime-security", "runtime security"),
    ("compliance", "compliance"),
    ("gitops", "GitOps"),
    ("cd", "continuous delivery"),
    ("ci", "continuous integration"),
    ("progressive-delivery", "progressive delivery"),
    ("package", "packages"),
    ("registry", "registries"),
    ("registry-mirror", "mirrors of registries"),
];

/// A component of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ComponentResult {
    /// Its id in the knowledge.
    pub(crate) id: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is for: `cni`.
    pub(crate) role: &'static str,
    /// Who makes it.
    pub(crate) vendor: &'static str,
    /// How sure it is that it is there.
    pub(crate) verdict: Verdict,
    /// The signals that show it, each with the pattern of the knowledge that matched.
    pub(crate) signals: Vec<(Signal, &'static str)>,
    /// Whether one of its pods is ready; none when it has no pods, and in manifests.
    pub(crate) ready: Option<bool>,
    /// Its versions as they are written, in their order.
    pub(crate) versions: Vec<String>,
    /// Where they were read.
    pub(crate) version_source: Option<VersionSource>,
    /// Its images.
    pub(crate) images: Vec<String>,
    /// Where its images run.
    pub(crate) namespaces: Vec<String>,
    /// What became of it.
    pub(crate) status: Status,
    /// When it ended, or will end.
    pub(crate) eol: Option<&'static str>,
    /// Since when it is dormant.
    pub(crate) since: Option<&'static str>,
    /// Where either day is from.
    pub(crate) source: Option<&'static str>,
    /// What is said of one that is dormant.
    pub(crate) slumber: Option<String>,
    /// Whether it has ended by the input's time.
    pub(crate) ended: bool,
    /// The components that replace it, by name.
    pub(crate) successors: Vec<&'static str>,
    /// The components that it replaced, by name.
    pub(crate) replaces: Vec<&'static str>,
}

impl ComponentResult {
    fn of(installed: &Installed<'_>, inventory: &Inventory) -> Self {
        let component = installed.component;
        let sight = installed.sight;
        let name = |id: &&'static str| knowledge::component(id).map_or(*id, |known| known.name);
        Self {
            id: component.id,
            name: component.name,
            role: component.category,
            vendor: component.vendor,
            verdict: sight.verdict(),
            signals: sight.signals.iter().copied().collect(),
            // Manifests say what should run, not what does.
            ready: installed
                .is_ready()
                .filter(|_| inventory.origin == Origin::Live),
            versions: installed.versions.clone(),
            version_source: installed.source,
            images: installed.images.iter().map(ToString::to_string).collect(),
            namespaces: sight.namespaces.iter().map(ToString::to_string).collect(),
            status: component.status,
            eol: component.eol,
            since: component.since,
            source: component.source,
            slumber: component.slumber(),
            ended: component.has_ended(inventory.now),
            successors: component.successors.to_vec(),
            replaces: component.replaces.iter().map(name).collect(),
        }
    }

    /// What it is for, in words.
    pub(crate) fn role_name(&self) -> String {
        ROLES.iter().find(|(id, _)| *id == self.role).map_or_else(
            || self.role.replace('-', " "),
            |(_, name)| (*name).to_owned(),
        )
    }

    fn rank(&self) -> usize {
        ROLES
            .iter()
            .position(|(id, _)| *id == self.role)
            .unwrap_or(ROLES.len())
    }
}

/// Every component that shows itself, sorted by role and name.
pub(super) fn components(picture: &Picture<'_>) -> Vec<ComponentResult> {
    let mut components: Vec<ComponentResult> = knowledge::installed(picture)
        .iter()
        .map(|installed| ComponentResult::of(installed, picture))
        .collect();
    sort(&mut components);
    components
}

fn sort(components: &mut [ComponentResult]) {
    components.sort_by_cached_key(|component| {
        let name = component.name.to_lowercase();
        (component.rank(), component.role, name, component.id)
    });
}

/// The same; none unless everything in which components show themselves was collected.
pub(super) fn if_read(
    collected: &Collected,
    picture: &Picture<'_>,
) -> Option<Vec<ComponentResult>> {
    COMPONENTS
        .iter()
        .all(|evidence| collected.evidence.contains(evidence))
        .then(|| {
            let mut all = components(picture);
            for rendered in &collected.rendered {
                let more = components(&Picture::of(&rendered.inventory));
                let new = |it: &ComponentResult| !all.iter().any(|known| known.id == it.id);
                let more: Vec<ComponentResult> = more.into_iter().filter(new).collect();
                all.extend(more);
            }
            sort(&mut all);
            all
        })
}

/// The platform's name, if one was recognised.
pub(crate) fn platform(picture: &Picture<'_>) -> Option<String> {
    // `kubernetes` stands for an unrecognised platform.
    knowledge::platform(picture)
        .ok()
        .filter(|platform| platform.id != "kubernetes")
        .map(|platform| platform.name.to_owned())
}
