//! Images that tell what a container does: servers of data, proxies in front of an application.

use crate::{inventory::types::Container, kubernetes::ImageRef};

/// Last components of repositories whose image is a database or a broker, with the product. Caches are not in it.
const DATA_SERVERS: &[(&str, &str)] = &[
    ("activemq", "ActiveMQ"),
    ("activemq-artemis", "ActiveMQ Artemis"),
    ("activemq-classic", "ActiveMQ"),
    ("arangodb", "ArangoDB"),
    ("artemis", "ActiveMQ Artemis"),
    ("cassandra", "Cassandra"),
    ("clickhouse", "ClickHouse"),
    ("clickhouse-keeper", "ClickHouse Keeper"),
    ("clickhouse-server", "ClickHouse"),
    ("cockroach", "CockroachDB"),
    ("consul", "Consul"),
    ("couchbase", "Couchbase"),
    ("couchdb", "CouchDB"),
    ("cp-kafka", "Kafka"),
    ("cp-server", "Kafka"),
    ("cp-zookeeper", "ZooKeeper"),
    ("crunchy-postgres", "PostgreSQL"),
    ("crunchy-postgres-gis", "PostgreSQL"),
    ("dgraph", "Dgraph"),
    ("elasticsearch", "Elasticsearch"),
    ("elasticsearch-oss", "Elasticsearch"),
    ("etcd", "etcd"),
    ("immudb", "immudb"),
    ("influxdb", "InfluxDB"),
    ("kafka", "Kafka"),
    ("mariadb", "MariaDB"),
    ("mariadb-galera", "MariaDB"),
    ("meilisearch", "Meilisearch"),
    ("milvus", "Milvus"),
    ("minio", "MinIO"),
    ("mongo", "MongoDB"),
    ("mongodb", "MongoDB"),
    ("mongodb-community-server", "MongoDB"),
    ("mongodb-enterprise-server", "MongoDB"),
    ("mysql", "MySQL"),
    ("mysql-server", "MySQL"),
    ("nats", "NATS"),
    ("neo4j", "Neo4j"),
    ("openbao", "OpenBao"),
    ("opensearch", "OpenSearch"),
    ("percona", "Percona Server"),
    ("percona-server", "Percona Server"),
    ("percona-server-mongodb", "MongoDB"),
    ("percona-xtradb-cluster", "Percona XtraDB Cluster"),
    ("pgvector", "PostgreSQL"),
    ("postgis", "PostgreSQL"),
    ("postgres", "PostgreSQL"),
    ("postgresql", "PostgreSQL"),
    ("postgresql-repmgr", "PostgreSQL"),
    ("qdrant", "Qdrant"),
    ("questdb", "QuestDB"),
    ("rabbitmq", "RabbitMQ"),
    ("redpanda", "Redpanda"),
    ("rethinkdb", "RethinkDB"),
    ("scylla", "ScyllaDB"),
    ("solr", "Solr"),
    ("surrealdb", "SurrealDB"),
    ("tikv", "TiKV"),
    ("timescaledb", "TimescaleDB"),
    ("timescaledb-ha", "TimescaleDB"),
    ("typesense", "Typesense"),
    ("vault", "Vault"),
    ("weaviate", "Weaviate"),
    ("yugabyte", "YugabyteDB"),
    ("zookeeper", "ZooKeeper"),
];

/// Repositories whose last component alone says too little, or too much.
const DATA_SERVER_PATHS: &[(&str, &str, Option<&str>)] = &[
    ("mssql", "server", Some("SQL Server")),
    // One image is broker, connector and operator's helper alike.
    ("strimzi", "kafka", None),
    ("acid", "spilo", Some("PostgreSQL")),
    ("zalando", "spilo", Some("PostgreSQL")),
    ("database", "enterprise", Some("Oracle Database")),
    ("database", "free", Some("Oracle Database")),
];

/// Last components of repositories whose image passes requests on to the application beside it.
const PROXIES: &[&str] = &[
    "aws-sigv4-proxy",
    "endpoints-runtime",
    "envoy",
    "envoy-distroless",
    "gatekeeper",
    "keycloak-gatekeeper",
    "keycloak-proxy",
    "kube-rbac-proxy",
    "louketo-proxy",
    "oathkeeper",
    "oauth-proxy",
    "oauth2-proxy",
    "ose-kube-rbac-proxy",
    "ose-oauth-proxy",
    "pomerium",
    "prom-label-proxy",
    "proxyv2",
];

/// The database or broker whose server an image is; caches are none.
pub fn data_server(image: &ImageRef) -> Option<&'static str> {
    let mut from_right = image.repository.rsplit('/');
    let name = from_right.next()?;
    let before = from_right.next().unwrap_or_default();
    if let Some((_, _, product)) = DATA_SERVER_PATHS
        .iter()
        .find(|(parent, last, _)| *parent == before && *last == name)
    {
        return *product;
    }
    let known = |name: &str| {
        DATA_SERVERS
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()
            .map(|at| DATA_SERVERS[at].1)
    };
    known(name)
        // Zalando tags its image by the major version: `spilo-16`.
        .or_else(|| name.starts_with("spilo-").then_some("PostgreSQL"))
}

/// The database or broker that a container runs; NATS keeps data only with JetStream, Consul and MinIO only as servers.
pub fn data_server_of(container: &Container) -> Option<&'static str> {
    let product = data_server(&ImageRef::parse(&container.image)?)?;
    let has = |fact: &str| container.command_facts.iter().any(|known| known == fact);
    match product {
        "NATS" if !has("jetstream") => None,
        "Consul" if !has("server") => None,
        _ => Some(product),
    }
}

/// Whether an image is a proxy that stands before the application of its pod: its readiness is the application's.
pub fn is_auth_proxy(image: &ImageRef) -> bool {
    PROXIES.contains(&image.base_name())
}

#[cfg(test)]
mod tests {
    use super::{DATA_SERVERS, PROXIES, data_server, is_auth_proxy};
    use crate::kubernetes::ImageRef;

    fn image(image: &str) -> ImageRef {
        ImageRef::parse(image).unwrap()
    }

    #[test]
    fn tables_are_sorted_so_that_they_can_be_searched() {
        assert!(DATA_SERVERS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(PROXIES.is_sorted());
    }

    #[test]
    fn servers_of_data_are_known_by_their_image_and_caches_are_none() {
        for (written, product) in [
            ("postgres:16", Some("PostgreSQL")),
            ("docker.io/bitnami/postgresql:16", Some("PostgreSQL")),
            ("ghcr.io/zalando/spilo-16:3.2", Some("PostgreSQL")),
            (
                "mcr.microsoft.com/mssql/server:2022-latest",
                Some("SQL Server"),
            ),
            (
                "docker.elastic.co/elasticsearch/elasticsearch:8.1.0",
                Some("Elasticsearch"),
            ),
            ("redis:7", None),
            ("valkey/valkey:8", None),
            ("memcached", None),
            ("quay.io/strimzi/kafka:0.45.0-kafka-3.9.0", None),
            ("quay.io/prometheuscommunity/postgres-exporter:v0.15", None),
            ("hashicorp/vault-k8s:1.4", None),
        ] {
            assert_eq!(data_server(&image(written)), product, "{written}");
        }
    }

    #[test]
    fn a_proxy_before_an_application_is_known_by_its_image() {
        assert!(is_auth_proxy(&image(
            "quay.io/oauth2-proxy/oauth2-proxy:v7"
        )));
        assert!(!is_auth_proxy(&image("nginx:1.27")));
    }
}
