//! Metrics that nobody watches: without a rule nothing ever raises an alarm.

use std::collections::{BTreeSet, HashMap};

use crate::{
    inventory::{Kind, Listed, Visit},
    knowledge::{Capability, Component, component},
    kubernetes::ImageRef,
    model::{not_applicable, unknown},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "alerting-rules-missing",
    pillar: Pillar::Observability,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "metrics are collected, but no rule raises an alert",
    fix: "add alerting rules such as those of kube-prometheus-stack, or declare yours",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        correlated_all(COMPONENTS),
        correlated_all(WORKLOADS),
        correlated_all(RULES),
        correlated::<ConfigMap>(),
    ],
    standards: &[Standard::Aks("07.01.01")],
    capability: Some("alerting"),
    docs: include_str!("alerting_rules_missing.md"),
    run,
    ..Check::BASE
};

/// The kinds in which alerting rules are written.
const RULES: &[Evidence] = &[
    Evidence::Objects(Kind::PrometheusRule),
    Evidence::Objects(Kind::VmRule),
    Evidence::Objects(Kind::GmpRules),
    Evidence::Objects(Kind::GmpClusterRules),
    Evidence::Objects(Kind::GmpGlobalRules),
];

/// Components that evaluate the rules of this cluster themselves.
const EVALUATORS: &[&str] = &[
    "gmp",
    "openshift-monitoring",
    "prometheus",
    "prometheus-operator",
    "rancher-monitoring",
    "victoriametrics",
];

/// Evaluators that may do no more than pass on what they scrape.
const PASSERS: &[&str] = &["prometheus", "prometheus-operator", "victoriametrics"];

/// Last components of images that evaluate rules, or keep what rules are asked of.
const READERS: &[&str] = &[
    "prometheus",
    "thanos",
    "victoria-metrics",
    "vmalert",
    "vmstorage",
];

/// The last component of the image that copies labelled ConfigMaps into a volume.
const COPIER: &str = "k8s-sidecar";

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let collects = |component: &Component| component.provides.contains(&"metrics-collection");
    if let Capability::Absent(_) = cx.providers(collects)? {
        return Err(not_applicable(NotApplicable::Reported));
    }
    let evaluates =
        |component: &Component| collects(component) && EVALUATORS.contains(&component.id);
    if rules(cx) {
        return Ok(Sheet::cluster(None));
    }
    let readers = readers(cx);
    if let Some(config_map) = config_map_with_alerts(cx, &readers) {
        let metadata = &config_map.metadata;
        return Ok(Sheet::cluster(None).note(format!(
            "rules in ConfigMap {}/{}",
            metadata.namespace, metadata.name
        )));
    }
    let names = match cx.providers(evaluates)? {
        Capability::Present(names) if !only_agents(&names, &readers) => names,
        _ => {
            return Err(unknown(
                Unknown::Hidden,
                "metrics are sent to a service outside the cluster, whose rules kready cannot see",
            ));
        }
    };
    for evidence in RULES.iter().chain(WORKLOADS) {
        if let Evidence::Objects(kind) = evidence {
            kind.visit(Seen(cx))?;
        }
    }
    cx.correlated::<ConfigMap>()?;
    Ok(Sheet::cluster(Some(Finding::cluster().saw(
        format_args!(
            "{} without any alerting rule, neither in an object nor in a mounted ConfigMap",
            names.join(", ")
        ),
        "at least one alerting rule; if yours are outside the cluster, declare them under declarations in kready.yaml",
    ))))
}

/// Whether a kind was seen in full.
struct Seen<'c, 'a>(&'c Context<'a>);

impl Visit for Seen<'_, '_> {
    type Output = Result<(), Why>;
    fn visit<K: Listed>(self) -> Result<(), Why> {
        self.0.correlated::<K>().map(|_| ())
    }
}

/// Whether an object of any kind holds an alerting rule.
fn rules(cx: &Context<'_>) -> bool {
    let has_alert = PrometheusRule::has_alert;
    cx.seen::<PrometheusRule>().iter().any(has_alert)
        || cx.seen::<VmRule>().iter().any(|rules| has_alert(rules))
        || cx.seen::<GmpRules>().iter().any(|rules| has_alert(rules))
        || cx
            .seen::<GmpClusterRules>()
            .iter()
            .any(|rules| has_alert(rules))
        || cx
            .seen::<GmpGlobalRules>()
            .iter()
            .any(|rules| has_alert(rules))
}

/// The workloads that read rules from files.
fn readers<'a>(cx: &Context<'a>) -> Vec<Workload<'a>> {
    let mut known: HashMap<&Text, bool> = HashMap::new();
    cx.workloads()
        .flatten()
        .filter(|workload| {
            workload.spec.containers.iter().any(|container| {
                *known.entry(&container.image).or_insert_with(|| {
                    ImageRef::parse(&container.image)
                        .is_some_and(|image| READERS.contains(&image.base_name()))
                })
            })
        })
        .collect()
}

/// Whether what collects only passes on what it scrapes.
fn only_agents(names: &[&str], readers: &[Workload<'_>]) -> bool {
    let is_agent = |workload: &Workload<'_>| {
        workload.spec.containers.iter().any(|container| {
            let facts = &container.command_facts;
            facts.iter().any(|fact| fact == "prometheus-agent")
        })
    };
    let is = |name: &str, id: &str| component(id).is_some_and(|it| it.name == name);
    let may_pass_on = names
        .iter()
        .all(|name| PASSERS.iter().any(|id| is(name, id)));
    // A part of VictoriaMetrics that neither evaluates nor keeps anything is its agent.
    let has_agent = names.iter().any(|name| is(name, "victoriametrics"));
    may_pass_on && (!readers.is_empty() || has_agent) && readers.iter().all(is_agent)
}

/// A ConfigMap with alerting rules that one of the workloads mounts, or has copied into it.
fn config_map_with_alerts<'a>(cx: &Context<'a>, readers: &[Workload<'a>]) -> Option<&'a ConfigMap> {
    let mut mounted: BTreeSet<(&Text, &Text)> = BTreeSet::new();
    let mut copied: BTreeSet<&Text> = BTreeSet::new();
    for workload in readers {
        for volume in &workload.spec.volumes {
            let projected = volume.projected.iter().flat_map(|it| &it.sources);
            let sources = projected
                .filter_map(|source| source.config_map.as_ref())
                .chain(&volume.config_map);
            mounted.extend(sources.map(|source| (workload.namespace(), &source.name)));
        }
        let has_copier = workload
            .every_container()
            .filter_map(|view| ImageRef::parse(&view.container.image))
            .any(|image| image.base_name() == COPIER);
        if has_copier {
            copied.insert(workload.namespace());
        }
    }
    cx.seen::<ConfigMap>().iter().find(|config_map| {
        let metadata = &config_map.metadata;
        config_map.holds_alerts
            && (mounted.contains(&(&metadata.namespace, &metadata.name))
                || copied.contains(&metadata.namespace))
    })
}
