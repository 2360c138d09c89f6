//! The layout by the schemas of the OCI image specification, and what is refused.

use std::{collections::BTreeMap, io::Read};

use flate2::read::GzDecoder;
use jsonschema::Registry;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;

/// A program of no code: the headers that tell what it is.
fn program(machine: u16, segment: u32) -> Vec<u8> {
    let mut bytes = vec![0; 64 + 56 + 32];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[16..18].copy_from_slice(&2u16.to_le_bytes());
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes[32..40].copy_from_slice(&64u64.to_le_bytes());
    bytes[54..56].copy_from_slice(&56u16.to_le_bytes());
    bytes[56..58].copy_from_slice(&1u16.to_le_bytes());
    bytes[64..68].copy_from_slice(&segment.to_le_bytes());
    // Where the dynamic section is, if this is its header: after it, with a library that is needed.
    bytes[72..80].copy_from_slice(&120u64.to_le_bytes());
    bytes[96..104].copy_from_slice(&32u64.to_le_bytes());
    bytes[120..128].copy_from_slice(&1u64.to_le_bytes());
    bytes
}

const TIME: i64 = 1_796_083_200;

struct Made {
    folder: tempfile::TempDir,
    layout: BTreeMap<String, Vec<u8>>,
    archive: Vec<u8>,
}

fn image(folder: &Path, programs: &[(&str, &[u8])]) -> Image {
    let programs = programs
        .iter()
        .map(|(architecture, bytes)| {
            let path = folder.join(format!("kready-{architecture}"));
            fs::write(&path, bytes).unwrap();
            format!("{architecture}={}", path.display())
                .parse()
                .unwrap()
        })
        .collect();
    Image {
        programs,
        notices: Vec::new(),
        created: TIME,
        revision: Some("c0ffee".to_owned()),
        layout: folder.join("layout"),
        archive: Some(folder.join("image.tar")),
        roots: Some(folder.join("roots")),
    }
}

fn made() -> Made {
    let folder = tempfile::tempdir().unwrap();
    // The order of the architectures changes nothing.
    let image = image(
        folder.path(),
        &[("arm64", &program(183, 1)), ("amd64", &program(62, 1))],
    );
    make(&image).unwrap();
    let mut layout = BTreeMap::new();
    let blobs = image.layout.join("blobs/sha256");
    for entry in fs::read_dir(&blobs).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        layout.insert(
            format!("sha256:{name}"),
            fs::read(blobs.join(name)).unwrap(),
        );
    }
    for name in ["index.json", "oci-layout"] {
        layout.insert(name.to_owned(), fs::read(image.layout.join(name)).unwrap());
    }
    Made {
        archive: fs::read(image.archive.unwrap()).unwrap(),
        folder,
        layout,
    }
}

impl Made {
    fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.layout[name]).unwrap()
    }

    /// What a descriptor refers to, which is as it says.
    fn referred(&self, descriptor: &Value) -> &[u8] {
        let digest = descriptor["digest"].as_str().unwrap();
        let bytes = &self.layout[digest];
        assert_eq!(format!("sha256:{:x}", Sha256::digest(bytes)), digest);
        assert_eq!(descriptor["size"], bytes.len());
        bytes
    }

    fn index(&self) -> Value {
        serde_json::from_slice(self.referred(&self.json("index.json")["manifests"][0])).unwrap()
    }

    fn platforms(&self) -> Vec<(Value, Value)> {
        let index = self.index();
        let manifests = index["manifests"].as_array().unwrap().iter();
        manifests
            .map(|descriptor| {
                let manifest: Value = serde_json::from_slice(self.referred(descriptor)).unwrap();
                let config = serde_json::from_slice(self.referred(&manifest["config"])).unwrap();
                (manifest, config)
            })
            .collect()
    }
}

fn holds(schema: &str, value: &Value) {
    let read = |name: &str| -> Value {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/oci/");
        serde_json::from_str(&fs::read_to_string(format!("{folder}{name}")).unwrap()).unwrap()
    };
    // They refer to each other by file, and name themselves otherwise.
    let named = |name: &str| {
        let mut schema = read(name);
        schema["id"] = format!("https://schemas.example/{name}").into();
        schema
    };
    let others = [
        "defs.json",
        "defs-descriptor.json",
        "content-descriptor.json",
    ];
    let registry = Registry::new()
        .extend(others.map(|name| (format!("https://schemas.example/{name}"), named(name))))
        .unwrap()
        .prepare()
        .unwrap();
    let validator = jsonschema::options()
        .with_registry(&registry)
        .build(&without_ids(named(schema)))
        .unwrap();
    if let Err(error) = validator.validate(value) {
        panic!("{schema}: {error} at {}", error.instance_path());
    }
}

/// An `id` below the top moves what relative references are relative to.
fn without_ids(mut schema: Value) -> Value {
    fn strip(value: &mut Value, top: bool) {
        match value {
            Value::Object(fields) => {
                if !top && fields.get("id").is_some_and(Value::is_string) {
                    fields.remove("id");
                }
                fields.values_mut().for_each(|value| strip(value, false));
            }
            Value::Array(values) => values.iter_mut().for_each(|value| strip(value, false)),
            _ => {}
        }
    }
    strip(&mut schema, true);
    schema
}

#[test]
fn the_layout_is_one_by_the_specification() {
    let made = made();
    holds("image-layout-schema.json", &made.json("oci-layout"));
    holds("image-index-schema.json", &made.json("index.json"));
    holds("image-index-schema.json", &made.index());
    let platforms = made.platforms();
    let architectures: Vec<&Value> = platforms
        .iter()
        .map(|(_, config)| &config["architecture"])
        .collect();
    assert_eq!(architectures, ["amd64", "arm64"]);
    for (manifest, config) in &platforms {
        holds("image-manifest-schema.json", manifest);
        holds("config-schema.json", config);
        assert_eq!(config["config"]["User"], "65532:65532");
        assert_eq!(config["config"]["Entrypoint"][0], "/kready");
        let labels = &config["config"]["Labels"];
        assert_eq!(labels, &manifest["annotations"]);
        assert_eq!(
            labels["org.opencontainers.image.version"],
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(labels["org.opencontainers.image.revision"], "c0ffee");
    }
}

#[test]
fn a_layer_holds_the_program_and_nothing_that_runs_beside_it() {
    let made = made();
    for ((manifest, config), machine) in made.platforms().into_iter().zip([62, 183]) {
        let mut layer = Vec::new();
        GzDecoder::new(made.referred(&manifest["layers"][0]))
            .read_to_end(&mut layer)
            .unwrap();
        assert_eq!(
            config["rootfs"]["diff_ids"][0],
            format!("sha256:{:x}", Sha256::digest(&layer))
        );
        let mut listed = String::new();
        for entry in tar::Archive::new(layer.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let header = entry.header();
            let line = format!(
                "{:04o} {} {}\n",
                header.mode().unwrap(),
                header.uid().unwrap(),
                entry.path().unwrap().display()
            );
            assert_eq!(header.mtime().unwrap(), u64::try_from(TIME).unwrap());
            if line.ends_with(" kready\n") {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes, program(machine, 1));
            }
            listed += &line;
        }
        assert_eq!(
            listed,
            "0755 0 etc/\n\
             0644 0 etc/group\n\
             0644 0 etc/passwd\n\
             0755 0 etc/ssl/\n\
             0755 0 etc/ssl/certs/\n\
             0644 0 etc/ssl/certs/ca-certificates.crt\n\
             0755 0 home/\n\
             0755 65532 home/nonroot/\n\
             0755 0 kready\n\
             1777 0 tmp/\n\
             0755 0 usr/\n\
             0755 0 usr/share/\n\
             0755 0 usr/share/doc/\n\
             0755 0 usr/share/doc/kready/\n\
             0644 0 usr/share/doc/kready/LICENSE\n\
             0644 0 usr/share/doc/kready/certificate-authorities.license.txt\n\
             0755 65532 work/\n"
        );
    }
}

#[test]
fn the_same_inputs_make_the_same_bytes() {
    let (one, other) = (made(), made());
    assert_ne!(one.folder.path(), other.folder.path());
    assert_eq!(one.layout, other.layout);
    assert!(one.archive == other.archive);
}

#[test]
fn what_cannot_run_in_the_image_is_refused() {
    let refused = |name: &str, bytes: &[u8], why: &str| {
        let folder = tempfile::tempdir().unwrap();
        let image = image(folder.path(), &[(name, bytes)]);
        let error = format!("{:#}", make(&image).unwrap_err());
        assert!(error.contains(why), "{error}");
        assert!(!image.layout.exists(), "nothing is written");
    };
    refused("amd64", b"#!/bin/sh\n", "not a Linux program");
    refused("amd64", &program(183, 1), "built for arm64, not for amd64");
    refused("arm64", &program(62, 1), "built for amd64, not for arm64");
    refused("amd64", &program(62, 3), "dynamically linked");
    refused("amd64", &program(62, 2), "dynamically linked");
    for length in [8, 70, 151] {
        refused("amd64", &program(62, 1)[..length], "cut off or broken");
    }

    let folder = tempfile::tempdir().unwrap();
    let mut image = image(folder.path(), &[("amd64", &program(62, 1))]);
    image.programs = vec!["amd64=missing".parse().unwrap()];
    let error = format!("{:#}", make(&image).unwrap_err());
    assert!(error.starts_with("reading missing: "), "{error}");
    for text in ["riscv64=kready", "amd64", "amd64="] {
        text.parse::<Placed>().unwrap_err();
    }
}

/// kready reads no other: what rustls-native-certs looks for first on Linux.
#[test]
fn the_certificate_authorities_can_be_read() {
    let made = made();
    let text = fs::read_to_string(
        made.folder
            .path()
            .join("roots/amd64/etc/ssl/certs/ca-certificates.crt"),
    )
    .unwrap();
    let count = text.matches("-----BEGIN CERTIFICATE-----\n").count();
    assert_eq!(count, webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
    assert!(
        text.lines()
            .all(|line| line.len() <= 64 || line.starts_with('#'))
    );
}

/// A build of the Containerfile says the same of itself.
#[test]
fn the_containerfile_says_what_the_image_says() {
    let text =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Containerfile")).unwrap();
    let made = made();
    let (_, config) = &made.platforms()[0];
    let config = &config["config"];
    for wanted in [
        format!("USER {}", config["User"].as_str().unwrap()),
        format!("ENTRYPOINT {}", config["Entrypoint"]),
        format!("CMD {}", config["Cmd"]),
        format!("WORKDIR {}", config["WorkingDir"].as_str().unwrap()),
    ] {
        assert!(text.lines().any(|line| line == wanted), "{wanted}");
    }
    for (name, value) in config["Labels"].as_object().unwrap() {
        let line = match name.rsplit_once('.').unwrap().1 {
            // What differs from build to build is handed in.
            "created" => "=\"$CREATED\"".to_owned(),
            "revision" => "=\"$REVISION\"".to_owned(),
            _ => format!("={value}"),
        };
        assert!(text.contains(&format!("{name}{line}")), "{name}{line}");
    }
}
