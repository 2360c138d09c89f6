//! Interfaces for administrators: whoever reaches one reads, changes or runs what only they should.

use std::{collections::HashMap, sync::LazyLock};

use super::components::ends_with;
use crate::kubernetes::ImageRef;

/// One interface, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: &'static str,
    /// The ends of its images' repositories, by whole path components.
    images: &'static [&'static str],
    /// The names that its workloads, or their app labels, bear.
    names: &'static [&'static str],
    /// The container ports at which it listens, by number or name, where its image serves other things as well.
    ports: &'static [i32],
    port_names: &'static [&'static str],
}

const fn interface(
    name: &'static str,
    images: &'static [&'static str],
    names: &'static [&'static str],
) -> Interface {
    Interface {
        name,
        images,
        names,
        ports: &[],
        port_names: &[],
    }
}

const fn only_at(
    interface: Interface,
    ports: &'static [i32],
    port_names: &'static [&'static str],
) -> Interface {
    Interface {
        ports,
        port_names,
        ..interface
    }
}

static INTERFACES: &[Interface] = &[
    interface("Adminer", &["library/adminer"], &["adminer"]),
    interface("AKHQ", &["tchiotludo/akhq"], &["akhq"]),
    interface(
        "Airflow",
        &["apache/airflow", "bitnami/airflow"],
        &["airflow-webserver", "airflow-api-server"],
    ),
    interface(
        "Alertmanager",
        &[
            "prometheus/alertmanager",
            "prom/alertmanager",
            "bitnami/alertmanager",
            "mirrored-prometheus-alertmanager",
        ],
        &["alertmanager"],
    ),
    interface("Argo CD", &["argoproj/argocd"], &["argocd-server"]),
    interface(
        "Argo Rollouts dashboard",
        &["argoproj/kubectl-argo-rollouts"],
        &["argo-rollouts-dashboard"],
    ),
    interface("Argo Workflows", &["argoproj/argocli"], &["argo-server"]),
    only_at(
        interface("Ceph dashboard", &["ceph/ceph"], &[]),
        &[7000, 8443],
        &["dashboard", "http-dashboard", "https-dashboard"],
    ),
    interface(
        "code-server",
        &["codercom/code-server", "linuxserver/code-server"],
        &["code-server"],
    ),
    only_at(
        interface("Consul UI", &["hashicorp/consul", "library/consul"], &[]),
        &[8500, 8501],
        &["ui"],
    ),
    only_at(
        interface(
            "etcd",
            &[
                "registry.k8s.io/etcd",
                "coreos/etcd",
                "etcd-development/etcd",
                "bitnami/etcd",
            ],
            &["etcd"],
        ),
        &[2379, 2380],
        &["client", "peer"],
    ),
    interface("Flower", &["mher/flower"], &["flower"]),
    interface(
        "Grafana",
        &[
            "grafana/grafana",
            "grafana/grafana-oss",
            "grafana/grafana-enterprise",
            "bitnami/grafana",
        ],
        &["grafana"],
    ),
    interface("Headlamp", &["headlamp-k8s/headlamp"], &["headlamp"]),
    interface("Hubble UI", &["cilium/hubble-ui"], &["hubble-ui"]),
    only_at(
        interface(
            "Jaeger",
            &[
                "jaegertracing/all-in-one",
                "jaegertracing/jaeger-query",
                "jaegertracing/jaeger",
            ],
            &["jaeger-query"],
        ),
        &[16685, 16686],
        &["query", "http-query"],
    ),
    interface(
        "Jenkins",
        &["jenkins/jenkins", "library/jenkins", "bitnami/jenkins"],
        &["jenkins", "jenkins-controller"],
    ),
    interface(
        "Jupyter",
        &["jupyter/*-notebook"],
        &["jupyter", "jupyterlab", "jupyter-notebook"],
    ),
    interface(
        "Kafka UI",
        &["provectuslabs/kafka-ui", "kafbat/kafka-ui"],
        &["kafka-ui"],
    ),
    interface("Kiali", &["kiali/kiali"], &["kiali"]),
    interface(
        "Kibana",
        &["kibana/kibana", "library/kibana", "bitnami/kibana"],
        &["kibana"],
    ),
    interface(
        "Kubecost",
        &[
            "kubecost1/frontend",
            "kubecost/frontend",
            "opencost/opencost-ui",
        ],
        &["cost-analyzer", "kubecost", "kubecost-cost-analyzer"],
    ),
    interface(
        "Kubeflow",
        &[
            "centraldashboard",
            "ml-pipeline/frontend",
            "kubeflow/kfp-frontend",
        ],
        &["centraldashboard", "ml-pipeline-ui"],
    ),
    interface(
        "kube-ops-view",
        &["hjacobs/kube-ops-view"],
        &["kube-ops-view"],
    ),
    interface(
        "Kubernetes Dashboard",
        &[
            "kubernetesui/dashboard",
            "kubernetesui/dashboard-api",
            "kubernetesui/dashboard-web",
            "kubernetes-dashboard-amd64",
        ],
        &[
            "kubernetes-dashboard",
            "kubernetes-dashboard-kong",
            "kubernetes-dashboard-web",
        ],
    ),
    interface(
        "Langflow",
        &["langflowai/langflow", "langflowai/langflow-backend"],
        &["langflow"],
    ),
    interface("Longhorn UI", &["longhornio/longhorn-ui"], &["longhorn-ui"]),
    only_at(
        interface("MinIO console", &["minio/minio", "bitnami/minio"], &[]),
        &[9001, 9090],
        &["console", "minio-console"],
    ),
    interface(
        "MLflow",
        &["mlflow/mlflow", "bitnami/mlflow", "burakince/mlflow"],
        &["mlflow"],
    ),
    interface(
        "mongo-express",
        &["library/mongo-express"],
        &["mongo-express"],
    ),
    interface("n8n", &["n8nio/n8n"], &["n8n"]),
    interface("NiFi", &["apache/nifi"], &["nifi"]),
    interface("Ollama", &["ollama/ollama"], &["ollama"]),
    interface("Open WebUI", &["open-webui/open-webui"], &["open-webui"]),
    interface(
        "OpenSearch Dashboards",
        &["opensearchproject/opensearch-dashboards"],
        &["opensearch-dashboards"],
    ),
    interface("pgAdmin", &["dpage/pgadmin4"], &["pgadmin", "pgadmin4"]),
    interface(
        "phpMyAdmin",
        &[
            "phpmyadmin/phpmyadmin",
            "library/phpmyadmin",
            "bitnami/phpmyadmin",
        ],
        &["phpmyadmin"],
    ),
    interface(
        "Portainer",
        &[
            "portainer/portainer",
            "portainer/portainer-ce",
            "portainer/portainer-ee",
        ],
        &["portainer"],
    ),
    interface(
        "Prometheus",
        &[
            "prometheus/prometheus",
            "prom/prometheus",
            "bitnami/prometheus",
            "mirrored-prometheus-prometheus",
        ],
        &["prometheus", "prometheus-server"],
    ),
    only_at(
        interface(
            "RabbitMQ management",
            &["library/rabbitmq", "bitnami/rabbitmq"],
            &[],
        ),
        &[15671, 15672],
        &["management", "http-stats"],
    ),
    interface("Rancher", &["rancher/rancher"], &["rancher"]),
    only_at(
        interface("Ray", &["rayproject/ray", "rayproject/ray-ml"], &[]),
        &[6379, 8265, 10001],
        &["client", "dashboard", "gcs", "gcs-server"],
    ),
    interface(
        "Redis administration",
        &["rediscommander/redis-commander", "redis/redisinsight"],
        &["redis-commander", "redisinsight"],
    ),
    interface(
        "Selenium Grid",
        &[
            "selenium/hub",
            "selenium/router",
            "selenium/standalone-chrome",
            "selenium/standalone-chromium",
            "selenium/standalone-edge",
            "selenium/standalone-firefox",
        ],
        &["selenium-grid", "selenium-hub", "selenium-router"],
    ),
    interface(
        "Solr",
        &["library/solr", "apache/solr", "bitnami/solr"],
        &["solr"],
    ),
    only_at(
        interface(
            "Spark UI",
            &["apache/spark", "bitnami/spark", "library/spark"],
            &[],
        ),
        &[4040, 6066, 7077, 8080, 8081, 18080],
        &["spark-driver-ui-port", "web-ui"],
    ),
    interface(
        "Tekton Dashboard",
        &["dashboard/cmd/dashboard"],
        &["tekton-dashboard"],
    ),
    interface("Temporal UI", &["temporalio/ui"], &["temporal-ui"]),
    only_at(
        interface(
            "Traefik dashboard",
            &["library/traefik", "traefik/traefik"],
            &[],
        ),
        &[],
        &["traefik"],
    ),
    interface(
        "Triton",
        &["nvidia/tritonserver"],
        &["triton", "triton-inference-server", "tritonserver"],
    ),
    interface(
        "VictoriaMetrics",
        &[
            "victoriametrics/victoria-metrics",
            "victoriametrics/vmselect",
        ],
        &[],
    ),
    interface("vLLM", &["vllm/vllm-openai"], &["vllm"]),
    only_at(
        interface(
            "Vault",
            &["hashicorp/vault", "library/vault", "openbao/openbao"],
            &["openbao", "vault"],
        ),
        &[8200],
        &[],
    ),
    interface(
        "Weave Scope",
        &["weaveworks/scope"],
        &["weave-scope", "weave-scope-app"],
    ),
    interface("Zeppelin", &["apache/zeppelin"], &["zeppelin"]),
];

impl Interface {
    /// Whether it is what listens at a container port, which may bear several names on the way to it.
    pub fn listens_at<'n>(
        &self,
        port: Option<i32>,
        names: impl IntoIterator<Item = &'n str>,
    ) -> bool {
        (self.ports.is_empty() && self.port_names.is_empty())
            || port.is_some_and(|port| self.ports.contains(&port))
            || names
                .into_iter()
                .any(|name| self.port_names.contains(&name))
    }
}

/// The interface whose image this is.
pub fn interface_of_image(image: &ImageRef) -> Option<&'static Interface> {
    // By the last component of the repository; under nothing those that a pattern gives.
    type Images = HashMap<&'static str, Vec<(&'static str, &'static Interface)>>;
    static BY_LAST: LazyLock<Images> = LazyLock::new(|| {
        let mut images = Images::new();
        for interface in INTERFACES {
            for pattern in interface.images {
                let last = pattern.rsplit('/').next().unwrap_or(pattern);
                let last = if last.contains(['*', '?']) { "" } else { last };
                images.entry(last).or_default().push((pattern, interface));
            }
        }
        images
    });
    let candidates = [image.base_name(), ""].map(|last| BY_LAST.get(last));
    let host = image.host.to_lowercase();
    candidates
        .into_iter()
        .flatten()
        .flatten()
        .find(|(pattern, _)| ends_with(&host, &image.repository, pattern))
        .map(|(_, interface)| *interface)
}

/// The interface whose workloads, or their app labels, bear this name.
pub fn interface_of_name(name: &str) -> Option<&'static Interface> {
    static BY_NAME: LazyLock<HashMap<&str, &Interface>> = LazyLock::new(|| {
        let named = |interface: &'static Interface| {
            let names = interface.names.iter();
            names.map(move |name| (*name, interface))
        };
        INTERFACES.iter().flat_map(named).collect()
    });
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{INTERFACES, interface_of_image, interface_of_name};
    use crate::kubernetes::ImageRef;

    #[test]
    fn an_interface_is_known_by_its_image_and_by_its_name() {
        let of = |image: &str| {
            interface_of_image(&ImageRef::parse(image).unwrap()).map(|interface| interface.name)
        };
        for (image, name) in [
            ("grafana/grafana:12", Some("Grafana")),
            (
                "mirror.example/docker.io/grafana/grafana:12",
                Some("Grafana"),
            ),
            ("quay.io/jupyter/scipy-notebook", Some("Jupyter")),
            ("registry.k8s.io/etcd:3.6.4-0", Some("etcd")),
            ("grafana/loki:3", None),
            ("registry.example/team/dashboard", None),
        ] {
            assert_eq!(of(image), name, "{image}");
        }
        let named = |name: &str| interface_of_name(name).map(|interface| interface.name);
        assert_eq!(named("argo-server"), Some("Argo Workflows"));
        assert_eq!(named("prometheus-node-exporter"), None);
    }

    #[test]
    fn an_image_with_other_uses_is_one_at_its_ports_only() {
        let minio = interface_of_image(&ImageRef::parse("minio/minio").unwrap()).unwrap();
        assert!(minio.listens_at(Some(9001), []));
        assert!(minio.listens_at(None, ["console"]));
        assert!(!minio.listens_at(Some(9000), ["api"]));
        let grafana = interface_of_name("grafana").unwrap();
        assert!(grafana.listens_at(Some(3000), []));
    }

    #[test]
    fn no_image_and_no_name_stands_twice() {
        let mut known = BTreeSet::new();
        for interface in INTERFACES {
            let images = interface.images.iter().map(|image| ("image", image));
            let names = interface.names.iter().map(|name| ("name", name));
            for text in images.chain(names) {
                assert!(known.insert(text), "{text:?}");
            }
        }
    }
}
