//! The objects of a cluster, laid out as they go onto the wire: a page is one slice of memory.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader, Read},
    ops::Range,
    os::unix::fs::FileExt,
    path::Path,
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use kready_checks::inventory::{Kind, Resource, ServedBy};

use super::frame;

/// How one form of a resource's items lies in memory.
#[derive(Debug, Default)]
pub(crate) struct Items {
    bytes: Bytes,
    /// Where each item ends, what follows it in a list included.
    ends: Vec<usize>,
}

impl Items {
    /// These items as they stand in a list.
    pub(crate) fn slice(&self, items: Range<usize>) -> Bytes {
        self.bytes
            .slice(self.start(items.start)..self.start(items.end))
    }

    fn start(&self, item: usize) -> usize {
        item.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

/// The objects of one resource in the order of their keys in etcd.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) resource: Resource,
    /// `namespace/name`, or the name alone.
    keys: Vec<String>,
    /// Items with a comma after each.
    pub(crate) json: Items,
    /// Items as fields of a list.
    pub(crate) protobuf: Items,
}

impl Listing {
    /// The objects of a namespace, or all.
    pub(crate) fn within(&self, namespace: Option<&str>) -> Range<usize> {
        let Some(namespace) = namespace else {
            return 0..self.keys.len();
        };
        let prefix = format!("{namespace}/");
        let start = self.keys.partition_point(|key| *key < prefix);
        let inside = self.keys[start..].partition_point(|key| key.starts_with(&prefix));
        start..start + inside
    }

    /// The object with this key.
    pub(crate) fn find(&self, key: &str) -> Option<usize> {
        self.keys
            .binary_search_by(|known| known.as_str().cmp(key))
            .ok()
    }
}

/// All resources that are served.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) listings: Vec<Listing>,
}

/// Where an object lies in its file.
struct Record {
    file: usize,
    key: String,
    json: Range<u64>,
    protobuf: Range<u64>,
}

/// What every API server serves, and kready may ask for.
fn served(resource: &Resource) -> bool {
    resource.served_by == ServedBy::Builtin || resource.group == "admissionregistration.k8s.io"
}

impl Store {
    /// Reads what `cluster encode --objects` wrote.
    pub(crate) fn load(paths: &[impl AsRef<Path>]) -> Result<Self> {
        let mut records: BTreeMap<(String, String), Vec<Record>> = BTreeMap::new();
        let mut files = Vec::new();
        for (number, path) in paths.iter().enumerate() {
            let path = path.as_ref();
            let file =
                File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
            scan(number, &file, &mut records)
                .with_context(|| format!("cannot read {}", path.display()))?;
            files.push(file);
        }
        let mut listings = Vec::new();
        for resource in Kind::ALL.iter().map(|kind| kind.resource()).filter(served) {
            let id = (resource.api_version(), resource.kind.to_owned());
            let mut records = records.remove(&id).unwrap_or_default();
            records.sort_by(|a, b| a.key.cmp(&b.key));
            if records.windows(2).any(|pair| pair[0].key == pair[1].key) {
                bail!("two objects of kind {} have the same name", resource.kind);
            }
            let mut json = Vec::with_capacity(room(&records, |record| &record.json));
            let mut protobuf = Vec::with_capacity(room(&records, |record| &record.protobuf));
            let (mut json_ends, mut protobuf_ends) = (Vec::new(), Vec::new());
            for record in &records {
                let file = &files[record.file];
                append(file, &record.json, &mut json)?;
                json.push(b',');
                json_ends.push(json.len());
                let length = usize::try_from(record.protobuf.end - record.protobuf.start)?;
                frame::tag(&mut protobuf, 2, length);
                append(file, &record.protobuf, &mut protobuf)?;
                protobuf_ends.push(protobuf.len());
            }
            listings.push(Listing {
                resource,
                keys: records.into_iter().map(|record| record.key).collect(),
                json: Items {
                    bytes: json.into(),
                    ends: json_ends,
                },
                protobuf: Items {
                    bytes: protobuf.into(),
                    ends: protobuf_ends,
                },
            });
        }
        Ok(Self { listings })
    }

    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Listing> {
        self.listings.iter().find(|listing| {
            let resource = &listing.resource;
            (resource.group, resource.version, resource.plural) == (group, version, plural)
        })
    }
}

/// The bytes of all records, with some for what stands between them.
fn room(records: &[Record], part: impl Fn(&Record) -> &Range<u64>) -> usize {
    let bytes: u64 = records
        .iter()
        .map(|record| part(record).end - part(record).start + 6)
        .sum();
    usize::try_from(bytes).unwrap_or_default()
}

fn append(file: &File, range: &Range<u64>, into: &mut Vec<u8>) -> Result<()> {
    let start = into.len();
    into.resize(start + usize::try_from(range.end - range.start)?, 0);
    file.read_exact_at(&mut into[start..], range.start)?;
    Ok(())
}

/// Notes where the objects of a file lie.
fn scan(
    number: usize,
    file: &File,
    records: &mut BTreeMap<(String, String), Vec<Record>>,
) -> Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut at = 0;
    while !reader.fill_buf()?.is_empty() {
        let mut head = [0; 24];
        reader.read_exact(&mut head)?;
        let mut lengths = head
            .chunks_exact(4)
            .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        let mut length = || lengths.next().map_or(0, u64::from);
        let texts = [length(), length(), length(), length()];
        let (json, protobuf) = (length(), length());
        let mut word = |length: u64| -> Result<String> {
            let mut text = String::new();
            (&mut reader).take(length).read_to_string(&mut text)?;
            Ok(text)
        };
        let id = (word(texts[0])?, word(texts[1])?);
        let (namespace, name) = (word(texts[2])?, word(texts[3])?);
        let start = at + 24 + texts.iter().sum::<u64>();
        at = start + json + protobuf;
        records.entry(id).or_default().push(Record {
            file: number,
            key: if namespace.is_empty() {
                name
            } else {
                format!("{namespace}/{name}")
            },
            json: start..start + json,
            protobuf: start + json..at,
        });
        reader.seek_relative(i64::try_from(json + protobuf)?)?;
    }
    if file.metadata()?.len() != at {
        bail!("the last object is cut short");
    }
    Ok(())
}
