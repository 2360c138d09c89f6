//! Images that tell what a container does: servers of data, proxies in front of an application.

use crate::{inventory::types::Container, kubernetes::ImageRef};

/// Last components of repositories whose image is a database or a broker, with the product. Caches are not in it.
const DATA_SERVERS: &[(&str, &str)] = &[
    ("activemq", "ActiveMQ"),
    ("activemq-artemis", "ActiveMQ Artemis"),
    ("activemq-classic", "ActiveMQ"),
    ("aerospike-server", "Aerospike"),
    ("aerospike-server-enterprise", "Aerospike"),
    ("aerospike-server-federal", "Aerospike"),
    ("allin1-ubuntu", "StarRocks"),
    ("arangodb", "ArangoDB"),
    ("arangodb-preview", "ArangoDB"),
    ("arcadedb", "ArcadeDB"),
    ("artemis", "ActiveMQ Artemis"),
    ("azure-sql-edge", "SQL Server"),
    ("bookkeeper", "BookKeeper"),
    ("cass-management-api", "Cassandra"),
    ("cassandra", "Cassandra"),
    ("chroma", "Chroma"),
    ("citus", "PostgreSQL"),
    ("clickhouse", "ClickHouse"),
    ("clickhouse-keeper", "ClickHouse Keeper"),
    ("clickhouse-server", "ClickHouse"),
    ("cockroach", "CockroachDB"),
    ("confluent-local", "Kafka"),
    ("consul", "Consul"),
    ("consul-enterprise", "Consul"),
    ("couchbase", "Couchbase"),
    ("couchdb", "CouchDB"),
    ("cp-kafka", "Kafka"),
    ("cp-server", "Kafka"),
    ("cp-zookeeper", "ZooKeeper"),
    ("crate", "CrateDB"),
    ("crunchy-postgres", "PostgreSQL"),
    ("crunchy-postgres-gis", "PostgreSQL"),
    ("cubrid", "CUBRID"),
    ("database-enterprise", "Oracle Database"),
    ("db2", "Db2"),
    ("dgraph", "Dgraph"),
    ("dolt-sql-server", "Dolt"),
    ("doris", "Doris"),
    ("doris.be", "Doris"),
    ("doris.fe", "Doris"),
    ("dse-server", "DataStax Enterprise"),
    ("elasticsearch", "Elasticsearch"),
    ("elasticsearch-oss", "Elasticsearch"),
    ("elasticsearch-wolfi", "Elasticsearch"),
    ("emqx", "EMQX"),
    ("emqx-ee", "EMQX"),
    ("emqx-enterprise", "EMQX"),
    ("etcd", "etcd"),
    ("etcd-amd64", "etcd"),
    ("eventstore", "EventStoreDB"),
    ("firebird", "Firebird"),
    ("foundationdb", "FoundationDB"),
    ("foundationdb-kubernetes", "FoundationDB"),
    ("graphdb", "GraphDB"),
    ("greenplum", "Greenplum"),
    ("griddb", "GridDB"),
    ("hadoop-datanode", "HDFS"),
    ("hadoop-namenode", "HDFS"),
    ("hanaexpress", "SAP HANA"),
    ("hivemq-ce", "HiveMQ"),
    ("hivemq4", "HiveMQ"),
    ("immudb", "immudb"),
    ("influxdb", "InfluxDB"),
    ("iotdb", "IoTDB"),
    ("janusgraph", "JanusGraph"),
    ("jena-fuseki", "Fuseki"),
    ("kafka", "Kafka"),
    ("kurrentdb", "KurrentDB"),
    ("kvrocks", "Kvrocks"),
    ("m3dbnode", "M3DB"),
    ("manticore", "Manticore Search"),
    ("mariadb", "MariaDB"),
    ("mariadb-columnstore", "MariaDB"),
    ("mariadb-galera", "MariaDB"),
    ("marklogic-db", "MarkLogic"),
    ("meilisearch", "Meilisearch"),
    ("memgraph", "Memgraph"),
    ("memgraph-mage", "Memgraph"),
    ("memgraph-platform", "Memgraph"),
    ("milvus", "Milvus"),
    ("minio", "MinIO"),
    ("monetdb", "MonetDB"),
    ("mongo", "MongoDB"),
    ("mongodb", "MongoDB"),
    ("mongodb-community-server", "MongoDB"),
    ("mongodb-enterprise-server", "MongoDB"),
    ("mongodb-sharded", "MongoDB"),
    ("mssql-server-linux", "SQL Server"),
    ("mysql", "MySQL"),
    ("mysql-server", "MySQL"),
    ("nacos-server", "Nacos"),
    ("nats", "NATS"),
    ("nebula-metad", "NebulaGraph"),
    ("nebula-storaged", "NebulaGraph"),
    ("neo4j", "Neo4j"),
    ("oceanbase-ce", "OceanBase"),
    ("oceanbase-cloud-native", "OceanBase"),
    ("openbao", "OpenBao"),
    ("opendistro-for-elasticsearch", "OpenSearch"),
    ("opengauss", "openGauss"),
    ("opensearch", "OpenSearch"),
    ("oracle-12c", "Oracle Database"),
    ("oracle-19c", "Oracle Database"),
    ("oracle-ee-11g", "Oracle Database"),
    ("oracle-free", "Oracle Database"),
    ("oracle-xe", "Oracle Database"),
    ("oracle-xe-11g", "Oracle Database"),
    ("oracle-xe-11g-r2", "Oracle Database"),
    ("orientdb", "OrientDB"),
    ("paradedb", "PostgreSQL"),
    ("percona", "Percona Server"),
    ("percona-distribution-postgresql", "PostgreSQL"),
    ("percona-server", "Percona Server"),
    ("percona-server-mongodb", "MongoDB"),
    ("percona-xtradb-cluster", "Percona XtraDB Cluster"),
    ("pgvecto-rs", "PostgreSQL"),
    ("pgvector", "PostgreSQL"),
    ("postgis", "PostgreSQL"),
    ("postgres", "PostgreSQL"),
    ("postgres-documentdb", "PostgreSQL"),
    ("postgresql", "PostgreSQL"),
    ("postgresql-ha", "PostgreSQL"),
    ("postgresql-repmgr", "PostgreSQL"),
    ("pulsar", "Pulsar"),
    ("pulsar-all", "Pulsar"),
    ("qdrant", "Qdrant"),
    ("questdb", "QuestDB"),
    ("rabbitmq", "RabbitMQ"),
    ("ravendb", "RavenDB"),
    ("redpanda", "Redpanda"),
    ("rethinkdb", "RethinkDB"),
    ("rocketmq", "RocketMQ"),
    ("rocketmq-broker", "RocketMQ"),
    ("rqlite", "rqlite"),
    ("rustfs", "RustFS"),
    ("scylla", "ScyllaDB"),
    ("scylla-enterprise", "ScyllaDB"),
    ("singlestoredb-dev", "SingleStore"),
    ("solace-pubsub-enterprise", "Solace PubSub+"),
    ("solace-pubsub-standard", "Solace PubSub+"),
    ("solr", "Solr"),
    ("surrealdb", "SurrealDB"),
    ("tarantool", "Tarantool"),
    ("tdengine", "TDengine"),
    ("tiflash", "TiFlash"),
    ("tikv", "TiKV"),
    ("timescaledb", "TimescaleDB"),
    ("timescaledb-ha", "TimescaleDB"),
    ("typesense", "Typesense"),
    ("vault", "Vault"),
    ("vault-enterprise", "Vault"),
    ("vchord-postgres", "PostgreSQL"),
    ("vernemq", "VerneMQ"),
    ("vertica-ce", "Vertica"),
    ("vertica-k8s", "Vertica"),
    ("vespa", "Vespa"),
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
    ("database", "express", Some("Oracle Database")),
    ("database", "standard", Some("Oracle Database")),
    ("database", "adb-free", Some("Oracle Database")),
    ("oracle", "database", Some("Oracle Database")),
    ("rhel", "server", Some("SQL Server")),
    ("mysql", "community-server", Some("MySQL")),
    ("mysql", "enterprise-server", Some("MySQL")),
    ("couchbase", "server", Some("Couchbase")),
    ("arangodb", "enterprise", Some("ArangoDB")),
    ("pingcap", "pd", Some("TiDB PD")),
    ("starrocks", "be-ubuntu", Some("StarRocks")),
    ("starrocks", "fe-ubuntu", Some("StarRocks")),
    ("ibm-messaging", "mq", Some("IBM MQ")),
    ("ibmcom", "mq", Some("IBM MQ")),
    ("exasol", "docker-db", Some("Exasol")),
    ("memsql", "cluster-in-a-box", Some("SingleStore")),
    ("dxflrs", "garage", Some("Garage")),
];

/// Names of images that end with the major version, as those of Red Hat and Zalando do: `postgresql-16-c9s`, `spilo-16`.
const VERSIONED: &[(&str, &str)] = &[
    ("mariadb-", "MariaDB"),
    ("mongodb-", "MongoDB"),
    ("mysql-", "MySQL"),
    ("postgres-", "PostgreSQL"),
    ("postgresql-", "PostgreSQL"),
    ("spilo-", "PostgreSQL"),
];

/// Variables by which a server is told to keep its data in another one.
const ELSEWHERE: &[(&str, &[&str])] = &[
    (
        "JanusGraph",
        &["JANUS_PROPS_TEMPLATE", "janusgraph.storage.backend"],
    ),
    (
        "Nacos",
        &["SPRING_DATASOURCE_PLATFORM", "MYSQL_SERVICE_HOST"],
    ),
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
    known(name).or_else(|| {
        let of_version = |(start, product): &(&str, &'static str)| {
            let version = name.strip_prefix(start)?;
            version
                .starts_with(|first: char| first.is_ascii_digit())
                .then_some(*product)
        };
        VERSIONED.iter().find_map(of_version)
    })
}

/// The database or broker that a container runs. Images that can be several things are one by what the command line asks
/// for: NATS keeps data with JetStream alone, of Consul the servers do, of Pulsar its bookies and ZooKeepers.
pub fn data_server_of(container: &Container) -> Option<&'static str> {
    let product = data_server(&ImageRef::parse(&container.image)?)?;
    let has = |fact: &str| container.command_facts.iter().any(|known| known == fact);
    let keeps = match product {
        "NATS" => has("jetstream"),
        "Consul" => has("server"),
        "Pulsar" => has("pulsar-store"),
        "RocketMQ" => !has("name-server"),
        "Vault" | "OpenBao" => !has("agent"),
        "JanusGraph" | "Nacos" => {
            container.env_from.is_empty() && !keeps_elsewhere(container, product)
        }
        _ => true,
    };
    (keeps && !has("idle")).then_some(product)
}

fn keeps_elsewhere(container: &Container, product: &str) -> bool {
    let of_product = |(known, _): &&(&str, &[&str])| *known == product;
    ELSEWHERE.iter().find(of_product).is_some_and(|(_, names)| {
        let mut variables = container.env.iter();
        variables.any(|variable| names.contains(&variable.name.as_str()))
    })
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
            ("quay.io/sclorg/mysql-80-c9s", Some("MySQL")),
            (
                "container-registry.oracle.com/database/free:23",
                Some("Oracle Database"),
            ),
            ("gvenzl/oracle-free:23-slim", Some("Oracle Database")),
            ("emqx/emqx-operator-controller:2.2", None),
            ("registry.example/postgres-backup:1", None),
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
