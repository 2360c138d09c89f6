//! What a real Kubernetes control plane answered, question by question: kready answers the same.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its oracle has failed"
)]

use kready_checks::inventory::Picture;
use std::{collections::BTreeSet, io::Read as _};

use base64::Engine as _;
use kready_checks::{
    builtin,
    inventory::{
        Inventory, Kind, Listed, Loader, Settings, Visit, decode_json, decode_protobuf,
        kinds::Pod,
        types::{Node, PodSpec},
    },
    kubernetes::{
        capacity::effective_request,
        pod_security::{Level, NEWEST, PodView, violated},
        rbac::Request,
        scheduling::{accepts, is_selected},
    },
    model::{Standard, Text},
    wire::{Interner, Quantity, Time},
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn rows(compressed: &[u8]) -> Vec<Value> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed)
        .read_to_string(&mut text)
        .unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn inventory<'v>(documents: impl IntoIterator<Item = &'v Value>) -> Inventory {
    let mut loader = Loader::new("default");
    for document in documents {
        loader.add(document.clone(), None).unwrap();
    }
    loader.finish(Time(0))
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

fn request(question: &Value) -> Request<'_> {
    let text = |field: &str| question[field].as_str().unwrap_or_default();
    let verb = text("verb");
    match question["path"].as_str() {
        Some(path) => Request::Path { verb, path },
        None => Request::Resource {
            verb,
            group: text("group"),
            resource: text("resource"),
            subresource: text("subresource"),
            name: text("name"),
            namespace: text("namespace"),
        },
    }
}

#[test]
fn access_is_granted_exactly_where_the_api_server_grants_it() {
    let rows = rows(include_bytes!("oracles/rbac.jsonl.gz"));
    let header = json!({ "kind": "Snapshot", "time": "2026-11-25T03:00:00Z" });
    let builtin = list(&rows[0], "builtin");
    let mut questions = 0;
    for row in &rows[1..] {
        let objects = list(row, "objects");
        // A live cluster shows its built-in roles; of manifests they are known.
        let live = inventory([&header].into_iter().chain(builtin).chain(objects));
        let files = inventory(objects);
        for question in list(row, "questions") {
            let groups: Vec<&str> = list(question, "groups")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let user = question["user"].as_str().unwrap();
            let expected = Ok(question["allowed"].as_bool().unwrap());
            let request = request(question);
            assert_eq!(
                Picture::of(&live).authorizes(user, &groups, &request),
                expected,
                "{question}"
            );
            assert_eq!(
                Picture::of(&files).authorizes(user, &groups, &request),
                expected,
                "{question}"
            );
            questions += 1;
        }
    }
    assert_eq!(questions, 2400);
}

#[test]
fn a_node_takes_exactly_the_pods_that_kubernetes_puts_there() {
    let rows = rows(include_bytes!("oracles/scheduling.jsonl.gz"));
    assert_eq!(rows.len(), 3000);
    let (mut taken, mut strange) = (0, 0);
    for row in &rows {
        let node: Node = serde_json::from_value(row["node"].clone()).unwrap();
        let spec: PodSpec = serde_json::from_value(row["spec"].clone()).unwrap();
        let (selected, tolerated) = (row["selected"].as_bool(), row["tolerated"].as_bool());
        assert_eq!(is_selected(&node, &spec).ok(), selected, "{row}");
        if let Some(selected) = selected {
            let expected = selected && tolerated.unwrap() && row["named"].as_bool().unwrap();
            assert_eq!(accepts(&node, &spec), Ok(expected), "{row}");
            taken += usize::from(expected);
        } else {
            // What nobody understands is never a yes.
            assert_ne!(accepts(&node, &spec), Ok(true), "{row}");
            strange += 1;
        }
    }
    assert!(taken > 300 && strange > 300, "{taken} {strange}");
}

#[test]
fn pods_are_refused_for_exactly_the_controls_for_which_admission_refuses_them() {
    let rows = rows(include_bytes!("oracles/pod_security.jsonl.gz"));
    assert_eq!(rows.len(), 1500);
    let mut refused = 0;
    for row in &rows {
        let inventory = inventory([&row["pod"]]);
        let pod = &inventory.seen::<Pod>()[0];
        let view = PodView {
            metadata: &pod.metadata,
            spec: &pod.spec,
        };
        for (name, level) in [
            ("baseline", Level::Baseline),
            ("restricted", Level::Restricted),
        ] {
            // The server that answered was one of 1.36, asked for its latest policies.
            let mut judged: Vec<&str> = violated(level, 36, &view)
                .map(|control| control.reason(&view))
                .collect();
            judged.sort_unstable();
            let expected: Vec<&str> = list(row, name).iter().filter_map(Value::as_str).collect();
            assert_eq!(judged, expected, "{name}: {row}");
            refused += judged.len();
        }
    }
    assert!(refused > 2000, "{refused}");
}

#[test]
fn pods_ask_for_what_the_scheduler_adds_up() {
    let rows = rows(include_bytes!("oracles/requests.jsonl.gz"));
    assert_eq!(rows.len(), 600);
    for row in &rows {
        let spec: PodSpec = serde_json::from_value(row["spec"].clone()).unwrap();
        for resource in ["cpu", "memory"] {
            let expected = Quantity::from(row[resource].as_str().unwrap()).nanos();
            let asked = effective_request(&spec, resource).unwrap();
            assert_eq!(Some(asked), expected, "{resource}: {row}");
        }
    }
}

/// What upstream's encoders wrote of one object, in both forms.
struct BothForms<'a> {
    json: &'a str,
    protobuf: &'a [u8],
    interner: &'a mut Interner,
}

impl Visit for BothForms<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        if K::KIND != Kind::ConfigMap {
            // Values of ConfigMaps are base64 in one form and not in the other; the reduced ones are compared below.
            let json = K::from_json(self.json).unwrap();
            same(&json, &K::from_protobuf(self.protobuf).unwrap());
        }
        let json: K = decode_json(self.json).unwrap();
        same(&json, &decode_protobuf(self.protobuf).unwrap());
        // Again where equals are shared: what is known by its bytes is still itself.
        for _ in 0..2 {
            let shared = self.interner.within(|| decode_protobuf(self.protobuf));
            same(&json, &shared.unwrap());
        }
    }
}

/// Equal in every field; what a snapshot would show is compared first, for a message that can be read.
fn same<K: Listed>(json: &K, protobuf: &K) {
    let shown = |object: &K| serde_json::to_string_pretty(object).unwrap();
    let (left, right) = (shown(json), shown(protobuf));
    let differing = left.lines().zip(right.lines()).find(|(a, b)| a != b);
    assert_eq!(differing, None, "{}", K::KIND);
    assert!(json == protobuf, "{}:\n{json:?}\n{protobuf:?}", K::KIND);
}

struct HasProtobuf;

impl Visit for HasProtobuf {
    type Output = bool;
    fn visit<K: Listed>(self) -> bool {
        K::HAS_PROTOBUF
    }
}

#[test]
fn both_wire_forms_of_an_object_are_the_same_object() {
    let mut kinds = BTreeSet::new();
    let mut interner = Interner::new();
    for row in rows(include_bytes!("oracles/wire.jsonl.gz")) {
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let (group, _) = text("apiVersion").split_once('/').unwrap_or_default();
        // What is read of a Secret is its metadata alone, in a form of its own.
        let kind = match text("kind") {
            "PartialObjectMetadata" => Kind::Secret,
            name => match Kind::of(group, name) {
                Some(kind) => kind,
                None => continue,
            },
        };
        kinds.insert(kind);
        let protobuf = base64::engine::general_purpose::STANDARD
            .decode(text("protobuf"))
            .unwrap();
        kind.visit(BothForms {
            json: &row["json"].to_string(),
            protobuf: &protobuf,
            interner: &mut interner,
        });
    }
    let untested: Vec<&Kind> = Kind::ALL
        .iter()
        .filter(|kind| kind.visit(HasProtobuf) && !kinds.contains(kind))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}

/// The names of the pods on which checks that decide these levels of the standards find something, in the policies of a
/// minor.
fn found_by_checks(pods: &Inventory, levels: &[&str], minor: u32) -> BTreeSet<Text> {
    let settings = Settings {
        target_minor: Some(minor),
        include_system: true,
        ..Settings::default()
    };
    builtin()
        .filter(|check| {
            let mut standards = check.standards.iter();
            standards.any(|it| matches!(it, Standard::Pss(level) if levels.contains(level)))
        })
        .flat_map(|check| check.evaluate(pods, &settings).findings)
        .filter_map(|finding| Some(finding.object?.name.clone()))
        .collect()
}

/// Whether the checks find something on exactly those pods that the standards refuse.
fn agree_with_the_standards(pods: &Inventory, minor: u32) -> Result<(), String> {
    let refused = |levels: &[Level]| -> BTreeSet<Text> {
        let refuse = |pod: &&Pod| {
            let view = PodView {
                metadata: &pod.metadata,
                spec: &pod.spec,
            };
            // In a user namespace the check passes an unmasked /proc, although Restricted does not.
            let lenient = |id: &str| id == "procMount_restricted" && view.has_user_namespace();
            levels
                .iter()
                .any(|level| violated(*level, minor, &view).any(|control| !lenient(control.id)))
        };
        let pods = pods.seen::<Pod>().iter().filter(refuse);
        pods.map(|pod| pod.metadata.name.clone()).collect()
    };
    for (levels, names) in [
        (&[Level::Baseline][..], &["baseline"][..]),
        (
            &[Level::Baseline, Level::Restricted],
            &["baseline", "restricted"],
        ),
    ] {
        let (refused, found) = (refused(levels), found_by_checks(pods, names, minor));
        let differing: Vec<_> = refused.symmetric_difference(&found).collect();
        if !differing.is_empty() {
            let refused = refused.contains(differing[0]);
            return Err(format!(
                "1.{minor} {names:?}: {differing:?}, refused: {refused}"
            ));
        }
    }
    Ok(())
}

/// Pods under names of their own.
fn named(pods: impl IntoIterator<Item = Value>) -> Inventory {
    let pods: Vec<Value> = pods
        .into_iter()
        .enumerate()
        .map(|(number, mut pod)| {
            pod["metadata"]["name"] = format!("p{number}").into();
            pod
        })
        .collect();
    inventory(&pods)
}

#[test]
fn checks_find_something_on_exactly_the_pods_that_admission_refuses() {
    let rows = rows(include_bytes!("oracles/pod_security.jsonl.gz"));
    let pods = named(rows.iter().map(|row| row["pod"].clone()));
    for minor in [18, 21, 22, 24, 33, 34, 36, NEWEST] {
        agree_with_the_standards(&pods, minor).unwrap();
    }
}

/// One of these values for a field, or none.
fn field(name: &'static str, values: Vec<Value>) -> BoxedStrategy<Option<(&'static str, Value)>> {
    // Most fields are left out of most pods: else every pod is refused for several reasons.
    proptest::option::weighted(0.3, proptest::sample::select(values))
        .prop_map(move |value| value.map(|value| (name, value)))
        .boxed()
}

fn object(
    required: Vec<(&'static str, Value)>,
    fields: Vec<BoxedStrategy<Option<(&'static str, Value)>>>,
) -> BoxedStrategy<Value> {
    fields
        .prop_map(move |fields| {
            let fields = required.iter().cloned().chain(fields.into_iter().flatten());
            fields
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
        .boxed()
}

fn types(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| json!({ "type": name })).collect()
}

/// What a pod and a container may both say of themselves.
fn common_fields() -> Vec<BoxedStrategy<Option<(&'static str, Value)>>> {
    vec![
        field("runAsNonRoot", vec![json!(true), json!(true), json!(false)]),
        field("runAsUser", vec![json!(0), json!(1000)]),
        field(
            "seccompProfile",
            types(&["RuntimeDefault", "Localhost", "Unconfined", ""]),
        ),
        field(
            "appArmorProfile",
            types(&["RuntimeDefault", "Localhost", "Unconfined", ""]),
        ),
        field(
            "seLinuxOptions",
            vec![
                json!({ "type": "container_engine_t" }),
                json!({ "type": "spc_t" }),
                json!({ "user": "u", "level": "s0" }),
                json!({ "type": "", "role": "" }),
            ],
        ),
        field(
            "windowsOptions",
            vec![
                json!({ "hostProcess": true }),
                json!({ "hostProcess": false }),
                json!({ "runAsUserName": "ContainerUser" }),
            ],
        ),
    ]
}

fn container(name: &'static str) -> BoxedStrategy<Value> {
    let mut of_containers = common_fields();
    of_containers.extend([
        field("privileged", vec![json!(true), json!(false)]),
        field(
            "allowPrivilegeEscalation",
            vec![json!(true), json!(false), Value::Null],
        ),
        field("procMount", vec![json!("Default"), json!("Unmasked")]),
        field(
            "capabilities",
            [
                json!({}),
                json!({ "drop": ["all"] }),
                json!({ "drop": ["ALL"], "add": ["NET_BIND_SERVICE"] }),
                json!({ "drop": ["ALL"], "add": ["CHOWN"] }),
                json!({ "add": ["NET_BIND_SERVICE", "SYS_TIME"] }),
                json!({ "drop": ["ALL"], "add": ["CAP_CHOWN"] }),
            ]
            .into(),
        ),
    ]);
    // What meets Restricted is the ground on which one thing may be wrong.
    let hardened = vec![
        ("allowPrivilegeEscalation", json!(false)),
        ("capabilities", json!({ "drop": ["ALL"] })),
        ("runAsNonRoot", json!(true)),
        ("seccompProfile", json!({ "type": "RuntimeDefault" })),
    ];
    let contexts = prop_oneof![
        object(hardened, of_containers.clone()),
        object(Vec::new(), of_containers),
    ];
    let ports = proptest::option::weighted(
        0.2,
        proptest::sample::select(vec![
            json!([{ "containerPort": 80 }]),
            json!([{ "containerPort": 80, "hostPort": 80 }]),
        ]),
    );
    let probes = proptest::option::weighted(
        0.2,
        proptest::sample::select(vec![
            json!({ "httpGet": { "host": "127.0.0.1", "port": 80 } }),
            json!({ "tcpSocket": { "host": "", "port": 80 } }),
        ]),
    );
    let mounts = proptest::option::of(any::<bool>());
    (contexts, ports, probes, mounts)
        .prop_map(move |(context, ports, probe, mount)| {
            json!({
                "name": name,
                "securityContext": context,
                "ports": ports,
                "startupProbe": probe,
                "volumeMounts": mount.map(|read_only| json!([{ "name": "v", "mountPath": "/v", "readOnly": read_only }])),
            })
        })
        .boxed()
}

fn generated_pod() -> BoxedStrategy<Value> {
    let mut of_pods = common_fields();
    of_pods.push(field(
        "sysctls",
        [
            "net.ipv4.tcp_rmem",
            "net.ipv4.tcp_syncookies",
            "kernel.msgmax",
        ]
        .map(|name| json!([{ "name": name }]))
        .into(),
    ));
    let spec = object(
        Vec::new(),
        vec![
            field("hostNetwork", vec![json!(true), json!(false)]),
            field("hostIPC", vec![json!(true), json!(false)]),
            field("hostUsers", vec![json!(false), json!(true)]),
            field(
                "os",
                vec![json!({ "name": "windows" }), json!({ "name": "linux" })],
            ),
            field(
                "volumes",
                [
                    json!({ "hostPath": { "path": "/run/containerd" } }),
                    json!({ "hostPath": { "path": "/etc" } }),
                    json!({ "hostPath": { "path": "/data" } }),
                    json!({ "nfs": {} }),
                    json!({ "image": {} }),
                    json!({}),
                ]
                .map(|mut volume| {
                    volume["name"] = "v".into();
                    json!([volume])
                })
                .into(),
            ),
        ],
    );
    let annotations = proptest::option::weighted(
        0.1,
        proptest::sample::select(vec![
            json!({ "container.apparmor.security.beta.kubernetes.io/a": "unconfined" }),
            json!({ "container.apparmor.security.beta.kubernetes.io/b": "localhost/x" }),
            json!({ "seccomp.security.alpha.kubernetes.io/pod": "unconfined" }),
        ]),
    );
    (
        spec,
        object(Vec::new(), of_pods),
        container("a"),
        proptest::option::weighted(0.3, container("b")),
        annotations,
    )
        .prop_map(|(mut spec, context, first, second, annotations)| {
            spec["securityContext"] = context;
            spec["containers"] = json!([first]);
            spec["initContainers"] = second.map(|container| json!([container])).into();
            json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "annotations": annotations }, "spec": spec })
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn checks_find_something_on_exactly_the_pods_that_the_standards_refuse(
        pods in proptest::collection::vec(generated_pod(), 1..24),
        minor in 17..=NEWEST,
    ) {
        let pods = named(pods);
        prop_assert_eq!(agree_with_the_standards(&pods, minor), Ok(()));
    }
}
