//! Images that keep metrics, logs or traces.

use super::components::ends_with;
use crate::{inventory::types::Container, kubernetes::ImageRef, model::Text, wire::Labels};

/// How an image says which part of a system a container is.
#[derive(Clone, Copy)]
enum Part {
    /// It is always one that keeps data.
    Whole,
    /// It is not one where it only passes on what it scrapes.
    NotAgent,
    /// It is one where its command line asks for rules to be evaluated.
    Ruler,
    /// Its `-target` says so; without one it is all parts at once.
    Target(&'static [&'static str]),
}

/// Ends of repositories, the product, and which of its containers keep data.
const STORES: &[(&str, &str, Part)] = &[
    ("bitnami/prometheus", "Prometheus", Part::NotAgent),
    (
        "mirrored-prometheus-prometheus",
        "Prometheus",
        Part::NotAgent,
    ),
    ("prom/prometheus", "Prometheus", Part::NotAgent),
    ("prometheus/prometheus", "Prometheus", Part::NotAgent),
    ("bitnami/alertmanager", "Alertmanager", Part::Whole),
    (
        "mirrored-prometheus-alertmanager",
        "Alertmanager",
        Part::Whole,
    ),
    ("prom/alertmanager", "Alertmanager", Part::Whole),
    ("prometheus/alertmanager", "Alertmanager", Part::Whole),
    ("bitnami/thanos", "Thanos Ruler", Part::Ruler),
    ("thanos/thanos", "Thanos Ruler", Part::Ruler),
    ("thanosio/thanos", "Thanos Ruler", Part::Ruler),
    ("victoriametrics/victoria-logs", "VictoriaLogs", Part::Whole),
    ("victoriametrics/vlstorage", "VictoriaLogs", Part::Whole),
    (
        "victoriametrics/victoria-metrics",
        "VictoriaMetrics",
        Part::Whole,
    ),
    (
        "victoriametrics/vmstorage",
        "VictoriaMetrics storage",
        Part::Whole,
    ),
    ("grafana/enterprise-logs", "Loki", Part::Target(&["write"])),
    ("grafana/loki", "Loki", Part::Target(&["write"])),
    ("grafana/mimir", "Mimir", Part::Target(&["write"])),
    ("cortexproject/cortex", "Cortex", Part::Target(&[])),
    (
        "grafana/tempo",
        "Tempo",
        Part::Target(&["scalable-single-binary"]),
    ),
    ("graylog/graylog", "Graylog", Part::Whole),
    ("graylog/graylog-enterprise", "Graylog", Part::Whole),
];

/// What every system of parts calls the ones that keep data.
const KEEPERS: &[&str] = &["all", "ingester", "single-binary", "singlebinary"];

/// The label by which charts tell the parts of a system.
const COMPONENT: &str = "app.kubernetes.io/component";

/// The start of the fact that names the part which a command line asks for.
const TARGET: &str = "target=";

/// The store of metrics, logs or traces that a container is; its pod's labels may say which part of a system it is.
pub fn telemetry_store_of(container: &Container, labels: &Labels) -> Option<&'static str> {
    let image = ImageRef::parse(&container.image)?;
    let host = image.host.to_lowercase();
    let (_, product, part) = STORES
        .iter()
        .find(|(pattern, ..)| ends_with(&host, &image.repository, pattern))?;
    let facts = &container.command_facts;
    let keeps = match part {
        Part::Whole => true,
        Part::NotAgent => !facts.iter().any(|fact| fact == "prometheus-agent"),
        Part::Ruler => facts.iter().any(|fact| fact == "rule"),
        Part::Target(keepers) => {
            let is_keeper = |part: &str| KEEPERS.contains(&part) || keepers.contains(&part);
            let target = facts.iter().find_map(|fact| fact.strip_prefix(TARGET));
            match target.or_else(|| labels.get(COMPONENT).map(Text::as_str)) {
                Some(parts) => parts.split(',').any(is_keeper),
                None => true,
            }
        }
    };
    keeps.then_some(product)
}

#[cfg(test)]
mod tests {
    use super::telemetry_store_of;
    use crate::{inventory::types::Container, wire::Labels};

    #[test]
    fn only_the_parts_that_keep_data_are_stores() {
        let of = |image: &str, fact: &str, component: &str| {
            let container = Container {
                image: image.into(),
                command_facts: [fact]
                    .iter()
                    .filter(|f| !f.is_empty())
                    .map(|f| (*f).into())
                    .collect(),
                ..Container::default()
            };
            let labels: Labels = [("app.kubernetes.io/component", component)]
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| ((*key).into(), (*value).into()))
                .collect();
            telemetry_store_of(&container, &labels)
        };
        for (image, fact, component, store) in [
            ("prom/prometheus:v3", "", "", Some("Prometheus")),
            ("prom/prometheus:v3", "prometheus-agent", "", None),
            ("prom/alertmanager:v0.28", "", "", Some("Alertmanager")),
            (
                "quay.io/thanos/thanos:v0.39",
                "rule",
                "",
                Some("Thanos Ruler"),
            ),
            ("quay.io/thanos/thanos:v0.39", "", "", None),
            ("grafana/loki:3", "", "", Some("Loki")),
            ("grafana/loki:3", "target=write", "", Some("Loki")),
            ("grafana/loki:3", "target=read", "", None),
            (
                "grafana/loki:3",
                "target=distributor,ingester",
                "",
                Some("Loki"),
            ),
            ("grafana/loki:3", "", "querier", None),
            ("grafana/mimir:2", "target=ingester", "x", Some("Mimir")),
            ("grafana/promtail:3", "", "", None),
            ("victoriametrics/vmagent:v1", "", "", None),
            ("grafana/tempo:2", "", "single-binary", Some("Tempo")),
        ] {
            assert_eq!(
                of(image, fact, component),
                store,
                "{image} {fact} {component}"
            );
        }
    }
}
