//! What a cluster has: its components, by what they are for.

use kready_checks::{
    inventory::{Inventory, Origin, needs::COMPONENTS},
    knowledge::{self, Installed, Signal, Status, Verdict, VersionSource},
    wire::Time,
};

use super::{Cluster, GapResult, Tool, build, gaps};
use crate::collect::{Collected, SourceKind, Warning};

/// What a component is for, in the order in which that is listed, with a name for people. What is not named here comes
/// after these, by its own name.
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
    /// What shows it, with the pattern of the knowledge that matched.
    pub(crate) signals: Vec<(Signal, &'static str)>,
    /// Whether one of its pods is ready; none where it has none to show.
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
    /// Whether it has ended by the input's time.
    pub(crate) ended: bool,
    /// What takes its place, by name.
    pub(crate) successors: Vec<&'static str>,
    /// In whose place it is, by name.
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
            // Manifests say what shall run.
            ready: installed
                .is_ready()
                .filter(|_| inventory.origin == Origin::Live),
            versions: installed.versions.clone(),
            version_source: installed.source,
            images: installed.images.iter().map(ToString::to_string).collect(),
            namespaces: sight.namespaces.iter().map(ToString::to_string).collect(),
            status: component.status,
            eol: component.eol,
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

/// Every component of which something was seen, by what it is for and by name.
pub(crate) fn components(inventory: &Inventory) -> Vec<ComponentResult> {
    let mut components: Vec<ComponentResult> = knowledge::installed(inventory)
        .iter()
        .map(|installed| ComponentResult::of(installed, inventory))
        .collect();
    components.sort_by_cached_key(|component| {
        let name = component.name.to_lowercase();
        (component.rank(), component.role, name, component.id)
    });
    components
}

/// The same, if the selected checks made kready read everything in which components show themselves.
pub(super) fn if_read(collected: &Collected) -> Option<Vec<ComponentResult>> {
    COMPONENTS
        .iter()
        .all(|evidence| collected.evidence.contains(evidence))
        .then(|| components(&collected.inventory))
}

/// What `kready components` tells.
#[derive(Clone, Debug)]
pub(crate) struct Census {
    /// What made it.
    pub(crate) tool: Tool,
    /// The input's time.
    pub(crate) time: Time,
    /// Where the input came from.
    pub(crate) source: SourceKind,
    /// The files that were read.
    pub(crate) files: Vec<String>,
    /// Which cluster it is.
    pub(crate) cluster: Cluster,
    /// The namespaces that were asked for, resolved; none means all.
    pub(crate) namespaces: Option<Vec<String>>,
    /// The namespaces, or their patterns, that were excluded.
    pub(crate) excluded: Vec<String>,
    /// What a reader should know.
    pub(crate) warnings: Vec<Warning>,
    /// What the cluster has.
    pub(crate) components: Vec<ComponentResult>,
    /// What could not be seen.
    pub(crate) gaps: Vec<GapResult>,
}

impl Census {
    /// What was collected of a cluster.
    pub(crate) fn of(collected: &Collected, tool: Tool, platform: Option<String>) -> Self {
        let inventory = &collected.inventory;
        let mut warnings = collected.warnings.clone();
        warnings.sort();
        warnings.dedup();
        Self {
            tool,
            time: inventory.now,
            source: collected.source,
            files: collected.files.clone(),
            cluster: build::cluster(collected, platform),
            namespaces: build::namespaces(inventory),
            excluded: build::excluded(inventory),
            warnings,
            components: components(inventory),
            gaps: gaps::all(collected, &[]),
        }
    }
}
