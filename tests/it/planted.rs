//! Marked secrets in every field of every kind that is read: none comes out again.
//!
//! The documents are made by the types themselves: each is decoded from something that answers whatever it is asked for, and
//! keeps what it answered. A field that is added is planted by itself.

use std::{collections::BTreeMap, fmt::Write as _};

use kready_checks::inventory::{Kind, Listed, Visit};
use serde::{
    Deserializer,
    de::{self, IntoDeserializer, Visitor, value::Error},
    forward_to_deserialize_any,
};
use serde_json::{Map, Value, json};

use crate::{
    program::{Kready, Run},
    server::{Misbehaviour, Plan},
    snapshot::unzip,
    world::{NOW, Resource, World},
};

/// What every mark begins with; a key of AWS has capitals.
const MARK: &str = "zq9";

/// How a secret may stand in a text, with the mark in place of `MARK`.
const SHAPES: &[&str] = &[
    "https://user:MARK@host.example/path",
    "https://MARK@host.example/path",
    "Get \"https://user:MARK@registry.example/v2/\": denied",
    "user:MARK@registry.example/app:1.0",
    "https://host.example/path?access_token=MARK&x=1",
    "postgres://shop:MARK@db:5432/shop",
    "password=MARK",
    "--x-password=MARK",
    "run --token MARK now",
    "Server=db;User Id=shop;Password=MARK;",
    "{\"password\": \"MARK\"}",
    "Authorization: Bearer MARK",
    "failed with Bearer MARKMARK",
    "AKIAMARK0000000",
    "ghp_MARKabcdefghijABCDEFGHIJ0123456789",
    "xoxb-123456789012-MARKA",
    "eyJhbGciOiJIUzI1NiJ9.eyJMARK.c2lnbmF0dXJl",
    "-----BEGIN PRIVATE KEY-----\nMARK\n-----END PRIVATE KEY-----",
    "https://hooks.slack.com/services/T0001/B0001/MARKabcdef",
];

/// What is printed as it stands, for without it objects could not be told apart; the API server takes no more than small
/// letters, digits, hyphens and dots there: the name and the namespace of an object itself.
const IDENTIFIERS: &[&str] = &["metadata.name", "metadata.namespace"];

/// Fields in which anything may be a secret, whatever it looks like.
const OPAQUE: &[&str] = &[
    ".data.",
    ".binaryData.",
    ".env.value.",
    ".parameters.",
    ".exec.",
];

/// How many objects of each kind are planted in shapes; one more holds what is opaque.
const ROUNDS: usize = 4;

#[derive(Default)]
struct Planted {
    /// Where each mark stands, by its number.
    places: Vec<String>,
    round: usize,
}

impl Planted {
    fn mark(&mut self, path: &str) -> String {
        self.places.push(path.to_owned());
        format!("{MARK}{:06}", self.places.len() - 1)
    }

    fn text(&mut self, path: &str) -> String {
        let own = path.split_once('.').map_or("", |(_, own)| own);
        match own {
            "metadata.name" => return format!("planted-{}", self.round),
            "metadata.namespace" => return "planted".to_owned(),
            // A constraint's own kind.
            "kind" => return "Planted".to_owned(),
            _ => assert!(!IDENTIFIERS.contains(&own)),
        }
        let is_opaque = path.strip_suffix(".KEY").is_none()
            && OPAQUE.iter().any(|part| format!("{path}.").contains(part));
        if self.round == ROUNDS {
            return if is_opaque {
                self.mark(path)
            } else {
                "planted".to_owned()
            };
        }
        // In each round another shape stands in a field.
        let shape = SHAPES[(self.places.len() + self.round * 5) % SHAPES.len()];
        let mark = self.mark(&format!("{path} as {shape:?}"));
        let mark = if shape.starts_with("AKIA") {
            mark.to_uppercase()
        } else {
            mark
        };
        shape.replace("MARK", &mark)
    }
}

/// Answers what a type asks for, and keeps the answers.
struct Asked<'p> {
    answer: &'p mut Value,
    path: String,
    planted: &'p mut Planted,
}

impl Asked<'_> {
    fn field<'a>(
        answer: &'a mut Value,
        path: &str,
        name: &str,
        planted: &'a mut Planted,
    ) -> Asked<'a> {
        Asked {
            answer: &mut answer[name],
            path: format!("{path}.{name}"),
            planted,
        }
    }

    fn say(&mut self) -> String {
        let text = self.planted.text(&self.path);
        *self.answer = text.clone().into();
        text
    }
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let expected = (&visitor as &dyn de::Expected).to_string();
        match expected.as_str() {
            "a boolean" => {
                *self.answer = true.into();
                visitor.visit_bool(true)
            }
            "an integer" => {
                *self.answer = 1.into();
                visitor.visit_i64(1)
            }
            "a string or a number" => {
                *self.answer = "1".into();
                visitor.visit_str("1")
            }
            "a string" | "a 32-bit integer or a string" => visitor.visit_str(&self.say()),
            other => panic!("{}: the test cannot make {other}", self.path),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let expected = (&visitor as &dyn de::Expected).to_string();
        if expected == "a time (RFC 3339)" {
            *self.answer = NOW.into();
            return visitor.visit_str(NOW);
        }
        visitor.visit_str(&self.say())
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        self.map(fields, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let expected = (&visitor as &dyn de::Expected).to_string();
        let keys = if expected == "an environment variable" {
            ["name", "value", "valueFrom"].map(str::to_owned).to_vec()
        } else {
            let key = self.planted.text(&format!("{}.KEY", self.path));
            let mut keys = vec![key, "planted".to_owned()];
            if self.path.ends_with(".annotations") {
                keys.extend(kready_checks::inventory::types::kept_annotations().map(str::to_owned));
            }
            if self.path.ends_with(".parameters") {
                keys.extend(["type", "skuName", "password"].map(str::to_owned));
            }
            keys
        };
        self.map(keys, visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.answer = json!([null]);
        visitor.visit_seq(Items { asked: self, at: 0 })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mark = self.planted.mark(&self.path);
        *self.answer = json!({ "planted": mark });
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple
        tuple_struct enum identifier
    }
}

impl Asked<'_> {
    fn map<'de, V: Visitor<'de>>(self, keys: Vec<String>, visitor: V) -> Result<V::Value, Error> {
        *self.answer = Value::Object(Map::new());
        visitor.visit_map(Fields {
            asked: self,
            keys,
            at: 0,
        })
    }
}

struct Items<'p> {
    asked: Asked<'p>,
    at: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Error;
    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(answer) = self.asked.answer.get_mut(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        seed.deserialize(Asked {
            answer,
            path: self.asked.path.clone(),
            planted: self.asked.planted,
        })
        .map(Some)
    }
}

struct Fields<'p> {
    asked: Asked<'p>,
    keys: Vec<String>,
    at: usize,
}

impl<'de> de::MapAccess<'de> for Fields<'_> {
    type Error = Error;
    fn next_key_seed<K: de::DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(key) = self.keys.get(self.at) else {
            return Ok(None);
        };
        seed.deserialize(key.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        let key = &self.keys[self.at];
        self.at += 1;
        let Asked {
            answer,
            path,
            planted,
        } = &mut self.asked;
        seed.deserialize(Asked::field(answer, path, key, planted))
    }
}

/// The resource of a kind, and an object of it.
struct Plant<'p>(&'p mut Planted);

impl Visit for Plant<'_> {
    type Output = (Resource, Value);
    fn visit<K: Listed>(self) -> (Resource, Value) {
        let known = K::KIND.resource();
        let mut resource = Resource {
            group: known.group.to_owned(),
            version: known.version.to_owned(),
            plural: known.plural.to_owned(),
            kind: known.kind.to_owned(),
            namespaced: known.namespaced,
        };
        if known.plural == "*" {
            "planted".clone_into(&mut resource.plural);
            "Planted".clone_into(&mut resource.kind);
        }
        let mut object = Value::Null;
        let asked = Asked {
            answer: &mut object,
            path: known.kind.to_owned(),
            planted: self.0,
        };
        K::decode(asked).unwrap_or_else(|error| panic!("{}: {error}", known.kind));
        object["apiVersion"] = resource.api_version().into();
        object["kind"] = resource.kind.clone().into();
        let metadata = object["metadata"].as_object_mut().unwrap();
        metadata.remove("deletionTimestamp");
        metadata.remove("kready.dev/copy");
        if !known.namespaced {
            metadata.remove("namespace");
        }
        (resource, object)
    }
}

/// Objects whose values are read as no others' are: configuration of the control plane, and its flags.
fn special(planted: &mut Planted) -> Vec<Value> {
    let mut objects = Vec::new();
    for (namespace, name, key, text) in [
        (
            "kube-system",
            "coredns",
            "Corefile",
            ".:53 {\n  etcd {\n    credentials root MARK\n  }\n}\n",
        ),
        (
            "kube-system",
            "kubeadm-config",
            "ClusterConfiguration",
            "apiServer:\n  extraArgs:\n    x: MARK\netcd:\n  external:\n    endpoints: [https://root:MARK@a:2379]\n",
        ),
        ("kube-system", "shoot-info", "extensions", "MARK"),
        (
            "kube-system",
            "cluster-autoscaler-status",
            "status",
            "time: 2026-11-25 02:59:50 +0000 UTC\nclusterWide:\n  health:\n    status: MARK\n  x: MARK\n",
        ),
        (
            "openshift-machine-api",
            "cluster-autoscaler-status",
            "status",
            "Health: Healthy MARK\nMARK\n",
        ),
        (
            "openshift-kube-apiserver",
            "config",
            "config.yaml",
            "apiServerArguments:\n  audit-log-path: [/MARK]\n  etcd-servers: ['https://root:MARK@a:2379/MARK']\n  x: [MARK]\ny: MARK\n",
        ),
    ] {
        let mark = planted.mark(&format!("ConfigMap {namespace}/{name}"));
        objects.push(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "namespace": namespace },
            "data": { key: text.replace("MARK", &mark), "other": mark },
        }));
    }
    for program in [
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "etcd",
    ] {
        let mark = planted.mark(&format!("Pod {program}"));
        let words: Vec<String> = [
            format!("/usr/bin/{program}"),
            format!("--etcd-servers=https://root:{mark}@a:2379/{mark}?x={mark}"),
            format!("--x-password={mark}"),
            "--token".to_owned(),
            mark.clone(),
            format!("--audit-log-path=/{mark}"),
            format!("--config-file={mark}"),
            mark.clone(),
        ]
        .to_vec();
        objects.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": format!("{program}-planted"), "namespace": "kube-system",
                "labels": { "component": program, "tier": "control-plane" },
                "annotations": { "kubernetes.io/config.mirror": mark },
            },
            "spec": {
                "containers": [
                    { "name": program, "image": "registry.k8s.io/x:v1", "command": words,
                      "env": [{ "name": "ETCD_CONFIG_FILE", "value": mark }, { "name": "ETCD_X", "value": mark }] },
                    { "name": "beside", "image": "registry.k8s.io/y:v1", "command": ["sh", "-c", format!("run {mark}")], "args": [mark] },
                ],
                "initContainers": [{ "name": "before", "image": "registry.k8s.io/z:v1", "args": [format!("--x={mark}")] }],
            },
            "status": { "phase": "Running" },
        }));
    }
    for (name, prefix) in [("of-k3s", "k3s"), ("of-rke2", "rke2")] {
        let mark = planted.mark(&format!("Node {name}"));
        let args = json!([
            "server",
            "--token",
            mark,
            format!("--datastore-endpoint=postgres://a:{mark}@b"),
            format!("--x={mark}"),
            "--kube-apiserver-arg",
            format!("audit-log-path=/{mark}"),
            format!("--kube-apiserver-arg=x={mark}"),
            format!("--flannel-backend=ipsec={mark}"),
            mark,
        ]);
        objects.push(json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": { "name": name, "annotations": {
                format!("{prefix}.io/node-args"): args.to_string(),
                format!("{prefix}.io/node-env"): json!({ "K3S_TOKEN": mark, "K3S_URL": mark, (mark.clone()): mark }).to_string(),
            } },
        }));
    }
    objects
}

/// A cluster, the same as documents, and what is planted in it.
fn planted() -> (World, Vec<Value>, Planted) {
    let mut planted = Planted::default();
    let mut world = World::of("");
    let mut documents = Vec::new();
    for kind in Kind::ALL {
        for round in 0..=ROUNDS {
            planted.round = round;
            let (resource, object) = kind.visit(Plant(&mut planted));
            world.resources.insert(resource);
            documents.push(object);
        }
    }
    planted.round = ROUNDS;
    documents.extend(special(&mut planted));
    for document in &documents {
        world.put(document.clone());
    }
    (world, documents, planted)
}

impl Planted {
    /// None of the marks is in a text.
    #[track_caller]
    fn none_in(&self, what: &str, text: &str) {
        let lower = text.to_lowercase();
        let mut found: BTreeMap<&str, &str> = BTreeMap::new();
        for (at, _) in lower.match_indices(MARK) {
            let number = lower.get(at + MARK.len()..at + MARK.len() + 6);
            let place = number.and_then(|number| self.places.get(number.parse::<usize>().ok()?));
            // Around it, as it came out.
            let from = (0..=at.saturating_sub(60))
                .rev()
                .find(|from| lower.is_char_boundary(*from));
            let to = (at + 30..lower.len()).find(|to| lower.is_char_boundary(*to));
            found.insert(
                place.map_or("?", String::as_str),
                &lower[from.unwrap_or(0)..to.unwrap_or(lower.len())],
            );
        }
        let mut told = String::new();
        for (place, around) in found.iter().take(40) {
            let _ = writeln!(told, "{place}: {around:?}");
        }
        assert!(found.is_empty(), "{} marks in {what}:\n{told}", found.len());
    }

    #[track_caller]
    fn none_said(&self, what: &str, run: &Run) {
        self.none_in(what, &run.stdout);
        self.none_in(&format!("the errors of {what}"), &run.stderr);
    }
}

#[test]
fn a_secret_that_was_read_comes_out_nowhere() {
    let (world, documents, planted) = planted();
    assert!(planted.places.len() > 5_000, "{}", planted.places.len());
    let server = Plan::of(world).start();
    let kready = Kready::on(&server);
    let audit = |what: &str, source: &[&str]| {
        let mut args = vec![
            "audit",
            "--details",
            "-o",
            "table",
            "-o",
            "json=report.json",
        ];
        args.extend(source);
        let run = kready.run(&args);
        assert!(matches!(run.code, Some(0 | 1 | 4)), "{what}: {run:#?}");
        planted.none_said(what, &run);
        let report = kready.read("report.json");
        planted.none_in(&format!("the report of {what}"), &report);
        serde_json::from_str::<Value>(&report).unwrap()
    };
    let mut live = audit("the live audit", &["--save", "saved.json.gz"]);
    let saved = unzip(&kready.path("saved.json.gz"));
    planted.none_in("the snapshot", &saved);
    assert!(
        saved.lines().count() > documents.len(),
        "objects are left out"
    );
    let waivers = kready.run(&["waive", "report.json"]);
    assert_eq!(waivers.code, Some(0), "{waivers:#?}");
    planted.none_said("kready waive", &waivers);
    // What is dropped makes no difference to a check.
    let mut replayed = audit("the replay", &["-f", "saved.json.gz"]);
    for report in [&mut live, &mut replayed] {
        report.as_object_mut().unwrap().remove("source");
    }
    assert!(live == replayed, "a snapshot is judged as the cluster is");

    for format in ["table", "json", "cyclonedx"] {
        let run = kready.run(&["components", "-f", "saved.json.gz", "-o", format]);
        assert_eq!(run.code, Some(0), "{run:#?}");
        planted.none_said(format, &run);
    }

    let text = documents.iter().fold(String::new(), |mut text, document| {
        let _ = writeln!(text, "---\n{document}");
        text
    });
    kready.write("manifests.yaml", &text);
    audit("the manifests", &["-f", "manifests.yaml"]);

    // A snapshot of an older version, or of somebody who means no good, holds all of it.
    let mut header: Value = serde_json::from_str(saved.lines().next().unwrap()).unwrap();
    for listing in header["listings"].as_object_mut().unwrap().values_mut() {
        listing.as_object_mut().unwrap().remove("objects");
    }
    let text = [header]
        .iter()
        .chain(&documents)
        .fold(String::new(), |mut text, document| {
            let _ = writeln!(text, "{document}");
            text
        });
    kready.write("raw.json", &text);
    audit("a snapshot with all of it", &["-f", "raw.json"]);
}

#[test]
fn what_a_server_says_of_its_own_comes_out_without_secrets() {
    const SAID: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","code":500,
        "message":"Get \"https://root:zq9000000@etcd.example:2379/\": password=zq9000000 rejected"}"#;
    let planted = Planted {
        places: vec!["the server's error".to_owned()],
        round: 0,
    };
    let server = Plan::of(World::of(""))
        .at("/api/v1/services", Misbehaviour::Text(500, "application/json", SAID))
        .at("/readyz", Misbehaviour::Text(500, "application/json", SAID))
        .at("/flagz", Misbehaviour::Text(200, "text/plain", "kube-apiserver flagz\netcd-servers=https://root:zq9000000@a:2379/zq9000000\nx-password=zq9000000\naudit-log-path=/zq9000000\n"))
        .start();
    let kready = Kready::on(&server);
    for args in [
        &["audit", "-o", "json", "--save", "saved.json.gz"][..],
        &["audit", "--details"],
    ] {
        let run = kready.run(args);
        planted.none_in(&args.join(" "), &run.stdout);
        planted.none_in("errors", &run.stderr);
    }
    let saved = unzip(&kready.path("saved.json.gz"));
    planted.none_in("the snapshot", &saved);
    let refused = Plan::of(World::of(""))
        .when(|_| true, Misbehaviour::Text(403, "application/json", SAID))
        .start();
    let run = Kready::on(&refused).run(&["audit"]);
    assert_eq!(run.code, Some(3), "{run:#?}");
    planted.none_said("a refusal", &run);
}
