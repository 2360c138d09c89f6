//! An OCI image layout: blobs by their digest, an index of platforms, and an index that names it.

use std::collections::BTreeMap;

use anyhow::Context;
use flate2::{Compression, GzBuilder};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use super::{
    Architecture,
    files::{Entry, USER, WORKING_DIRECTORY},
};

/// Where the image is handed out.
const REPOSITORY: &str = "ghcr.io/kready/kready";
const VERSION: &str = env!("CARGO_PKG_VERSION");

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The layer of an architecture.
#[derive(Debug)]
pub(super) struct Platform {
    architecture: Architecture,
    layer: Vec<u8>,
    /// The digest of the layer before it was compressed.
    id: String,
}

impl Platform {
    pub(super) fn new(
        architecture: Architecture,
        entries: &[Entry],
        time: i64,
    ) -> anyhow::Result<Self> {
        let mut layer = Builder::new(Vec::new());
        for entry in entries {
            let (kind, bytes) = match &entry.content {
                Some(bytes) => (EntryType::Regular, bytes.as_slice()),
                None => (EntryType::Directory, &[][..]),
            };
            let path = match kind {
                EntryType::Directory => format!("{}/", entry.path),
                _ => entry.path.clone(),
            };
            add(
                &mut layer,
                &path,
                kind,
                entry.mode,
                entry.owner,
                time,
                bytes,
            )?;
        }
        let layer = layer.into_inner().context("packing the layer")?;
        Ok(Self {
            architecture,
            id: digest(&layer),
            layer: compressed(&layer)?,
        })
    }
}

/// Every file of the layout by its path.
pub(super) fn blobs(
    platforms: &[Platform],
    time: i64,
    revision: Option<&str>,
) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let created = Timestamp::from_second(time)
        .context("the time of the image is none")?
        .to_string();
    let labels = labels(&created, revision);
    let mut blobs = Blobs::default();
    let mut manifests = Vec::new();
    for platform in platforms {
        let config = json!({
            "created": created,
            "architecture": platform.architecture.name(),
            "os": "linux",
            "config": {
                "User": format!("{USER}:{USER}"),
                "Entrypoint": ["/kready"],
                "Cmd": ["audit"],
                "WorkingDir": format!("/{WORKING_DIRECTORY}"),
                "Labels": labels,
            },
            "rootfs": {"type": "layers", "diff_ids": [platform.id]},
            "history": [{"created": created, "created_by": "cargo xtask image", "comment": "kready, certificate authorities, licences"}],
        });
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": blobs.json(CONFIG, &config),
            "layers": [blobs.add(LAYER, platform.layer.clone())],
            "annotations": labels,
        });
        let mut descriptor = blobs.json(MANIFEST, &manifest);
        descriptor.insert(
            "platform".to_owned(),
            json!({"architecture": platform.architecture.name(), "os": "linux"}),
        );
        manifests.push(descriptor);
    }
    let index = json!({
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": manifests,
        "annotations": labels,
    });
    let mut descriptor = blobs.json(INDEX, &index);
    descriptor.insert(
        "annotations".to_owned(),
        json!({
            "org.opencontainers.image.ref.name": VERSION,
            // What containerd, and Docker with it, calls the image that it imports.
            "io.containerd.image.name": format!("{REPOSITORY}:{VERSION}"),
        }),
    );
    let mut files = blobs.0;
    files.insert(
        "index.json".to_owned(),
        text(&json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor]})),
    );
    files.insert(
        "oci-layout".to_owned(),
        text(&json!({"imageLayoutVersion": "1.0.0"})),
    );
    Ok(files)
}

/// What the image says of itself.
fn labels(created: &str, revision: Option<&str>) -> Map<String, Value> {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let about = kready::command()
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut labels: BTreeMap<&str, &str> = BTreeMap::from([
        ("created", created),
        ("description", about.as_str()),
        ("documentation", "https://kready.dev/"),
        ("licenses", env!("CARGO_PKG_LICENSE")),
        ("source", repository),
        ("title", "kready"),
        ("url", "https://kready.dev/"),
        ("vendor", "kready"),
        ("version", VERSION),
    ]);
    labels.extend(revision.map(|revision| ("revision", revision)));
    labels
        .into_iter()
        .map(|(name, value)| (format!("org.opencontainers.image.{name}"), value.into()))
        .collect()
}

/// The layout as one file.
pub(super) fn archive(files: &BTreeMap<String, Vec<u8>>, time: i64) -> anyhow::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for folder in ["blobs/", "blobs/sha256/"] {
        add(
            &mut archive,
            folder,
            EntryType::Directory,
            0o755,
            0,
            time,
            &[],
        )?;
    }
    for (path, bytes) in files {
        add(
            &mut archive,
            path,
            EntryType::Regular,
            0o644,
            0,
            time,
            bytes,
        )?;
    }
    archive.into_inner().context("packing the layout")
}

fn add(
    archive: &mut Builder<Vec<u8>>,
    path: &str,
    kind: EntryType,
    mode: u32,
    owner: u64,
    time: i64,
    bytes: &[u8],
) -> anyhow::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(owner);
    header.set_gid(owner);
    header.set_mtime(u64::try_from(time).context("the time of the image is before 1970")?);
    header.set_size(bytes.len() as u64);
    archive
        .append_data(&mut header, path, bytes)
        .with_context(|| format!("packing {path}"))
}

/// gzip, without time or name.
fn compressed(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new()
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut encoder, bytes)
        .and_then(|()| encoder.finish())
        .context("compressing the layer")
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{:x}", Sha256::digest(bytes))
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// What is found by its digest.
#[derive(Debug, Default)]
struct Blobs(BTreeMap<String, Vec<u8>>);

impl Blobs {
    fn json(&mut self, media_type: &str, value: &Value) -> Map<String, Value> {
        self.add(media_type, text(value))
    }

    /// Keeps a blob, and says how it is referred to.
    fn add(&mut self, media_type: &str, bytes: Vec<u8>) -> Map<String, Value> {
        let digest = digest(&bytes);
        let descriptor = Map::from_iter([
            ("mediaType".to_owned(), media_type.into()),
            ("digest".to_owned(), digest.as_str().into()),
            ("size".to_owned(), bytes.len().into()),
        ]);
        self.0
            .insert(format!("blobs/{}", digest.replace(':', "/")), bytes);
        descriptor
    }
}
