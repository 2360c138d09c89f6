//! The header of a snapshot: all of an inventory that is no object, and how much of each kind was seen.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Inventory, Origin,
    facts::{ClusterFacts, Discovery, Fact, ServerVersion},
    kept_flags::reduce_flags,
    kinds::{Kind, Listed, Visit},
    listing::{Gap, GapReason, Reading},
    named::{Misnamed, NotJudged, Unjudged},
};
use crate::{
    model::{ObjectRef, Source, Text},
    wire::Time,
};

/// The `apiVersion` of a snapshot's header.
pub const API_VERSION: &str = "kready.dev/v1";

/// The `kind` of a snapshot's header.
pub const KIND: &str = "Snapshot";

/// The newest schema that this program writes and understands.
pub const SCHEMA: u32 = 1;

/// The schema in which fields were last added to a kind; kinds that are not named have those of the first.
///
/// A field that an older file can't hold was not seen: the kind has a gap there.
pub const EXTENDED: &[(Kind, u32)] = &[];

/// The version of Kubernetes where a header written by hand names none.
pub const BY_HAND: &str = "v1.36.0";

/// How much of one kind a snapshot holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingHeader {
    /// Whether it was asked for.
    pub reading: Reading,
    /// What of it was not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
    /// How many objects follow; a file that holds fewer was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<usize>,
}

impl ListingHeader {
    /// All of a kind was seen.
    pub(crate) const fn whole() -> Self {
        Self {
            reading: Reading::Read,
            gaps: Vec::new(),
            objects: None,
        }
    }
}

/// A document whose `apiVersion` or `kind` no API server knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct MisnamedHeader {
    pub api_version: Text,
    pub kind: Text,
    #[serde(default)]
    pub namespace: Text,
    pub name: Text,
    #[serde(default)]
    pub copy: i32,
    /// `apiVersion`, or `kind`.
    pub field: Text,
    pub seen: Text,
    pub expected: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

impl From<&MisnamedHeader> for Misnamed {
    fn from(header: &MisnamedHeader) -> Self {
        Self {
            object: ObjectRef {
                api_version: header.api_version.clone(),
                kind: header.kind.clone(),
                namespace: header.namespace.clone(),
                name: header.name.clone(),
                copy: header.copy,
            },
            field: header.field.clone(),
            seen: header.seen.clone(),
            expected: header.expected.clone(),
        }
    }
}

/// How many objects of a kind no check is asked of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct UnjudgedHeader {
    pub api_version: Text,
    pub kind: Text,
    pub why: NotJudged,
    pub count: usize,
}

/// A file, or a part of one, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnreadHeader {
    /// Its path as it was given.
    pub file: String,
    /// The line at fault, counted from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Kebab-case, stable.
    pub reason: String,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// The namespaces that an audit was about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopeHeader {
    /// The namespaces that were asked for, resolved; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<BTreeSet<Text>>,
    /// The namespaces, or their patterns, that were excluded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Text>,
}

/// The first document of a snapshot.
///
/// One written by hand says what it is about and nothing else: what it does not mention was seen, and is not there. Of one
/// that the program wrote (it bears the program's version, or anything else that nobody writes by hand) what is not mentioned
/// was not seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SnapshotHeader {
    /// `kready.dev/v1`.
    #[serde(default)]
    pub api_version: String,
    /// `Snapshot`.
    pub kind: String,
    /// The schema: a field added later is a gap in an older file.
    #[serde(default = "schema")]
    pub schema: u32,
    /// The version of the program that wrote it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tool: String,
    /// The API server's time.
    pub time: Time,
    /// Whether it is of a cluster, or of manifests.
    #[serde(default, skip_serializing_if = "is_live")]
    pub origin: Origin,
    /// Which cluster it is: context, server, identity.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cluster: BTreeMap<String, String>,
    /// The namespaces that it is about.
    #[serde(default)]
    pub scope: ScopeHeader,
    /// When the lists were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<super::ReadingTime>,
    /// The namespaces that could be read, where those of the whole cluster could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readable_namespaces: Option<BTreeSet<Text>>,
    /// The checks that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Vec<String>>,
    /// What a reader should know, as code and message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<(String, String)>,
    /// What is no object.
    #[serde(default)]
    pub facts: Option<ClusterFacts>,
    /// By resource (`pods`, `deployments.apps`) how much was seen; without it, everything was if the header was written by
    /// hand, and else nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listings: Option<BTreeMap<String, ListingHeader>>,
    /// Of manifests: whose `apiVersion` or `kind` no API server knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misnamed: Vec<MisnamedHeader>,
    /// Of manifests: how many objects no check is asked of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<UnjudgedHeader>,
    /// Of manifests: what could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<UnreadHeader>,
}

const fn schema() -> u32 {
    SCHEMA
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
fn is_live(origin: &Origin) -> bool {
    *origin == Origin::Live
}

impl SnapshotHeader {
    /// Whether a person wrote it: it says nothing that every program does.
    pub fn is_by_hand(&self) -> bool {
        self.tool.is_empty()
            && self.cluster.is_empty()
            && self.selection.is_none()
            && self.listings.is_none()
    }

    /// The facts; of a header written by hand those that it does not mention are seen and not there, and the version is [`BY_HAND`].
    pub fn facts(&self) -> ClusterFacts {
        let mut facts = self.facts.clone().unwrap_or_default();
        if let Fact::Seen(flags) = &mut facts.flagz {
            *flags = reduce_flags(flags);
        }
        if self.is_by_hand() {
            fill(&mut facts.version, || {
                Fact::Seen(ServerVersion {
                    git_version: BY_HAND.into(),
                    major: "1".into(),
                    minor: "36".into(),
                })
            });
            fill(&mut facts.discovery, || Fact::Seen(Discovery::default()));
            fill(&mut facts.livez, || Fact::NotServed);
            fill(&mut facts.readyz, || Fact::NotServed);
            fill(&mut facts.flagz, || Fact::NotServed);
            fill(&mut facts.api_certificates, || Fact::NotServed);
        }
        facts
    }

    /// How many objects no check is asked of.
    pub(crate) fn unjudged(&self) -> BTreeMap<Unjudged, usize> {
        let each = self.unjudged.iter().map(|header| {
            let unjudged = Unjudged {
                api_version: header.api_version.clone(),
                kind: header.kind.clone(),
                why: header.why,
            };
            (unjudged, header.count)
        });
        each.collect()
    }

    /// How much of a kind was seen.
    pub fn listing(&self, kind: Kind) -> ListingHeader {
        self.listing_as_of(kind, EXTENDED)
    }

    fn listing_as_of(&self, kind: Kind, extended: &[(Kind, u32)]) -> ListingHeader {
        let mut listing = match &self.listings {
            None if self.is_by_hand() => ListingHeader::whole(),
            None => ListingHeader::default(),
            Some(listings) => listings
                .get(&kind.resource().group_resource())
                .cloned()
                .unwrap_or_default(),
        };
        let newer = extended
            .iter()
            .find(|(extended, schema)| *extended == kind && *schema > self.schema);
        if let (Some((_, schema)), Reading::Read) = (newer, listing.reading) {
            listing.gaps.push(Gap::new(
                GapReason::NotCollected,
                format!(
                    "the snapshot has schema {}, but needed fields were added in schema {schema}",
                    self.schema
                ),
            ));
        }
        listing
    }
}

/// What of each kind an inventory holds, by resource.
pub fn listings(inventory: &Inventory) -> BTreeMap<String, ListingHeader> {
    struct Of<'a>(&'a Inventory);
    impl Visit for Of<'_> {
        type Output = ListingHeader;
        fn visit<K: Listed>(self) -> ListingHeader {
            let listing = self.0.listing::<K>();
            ListingHeader {
                reading: listing.reading,
                gaps: listing.gaps.clone(),
                objects: Some(listing.items().len()),
            }
        }
    }
    Kind::ALL
        .iter()
        .map(|kind| (kind.resource().group_resource(), kind.visit(Of(inventory))))
        .filter(|(_, listing)| listing.reading != Reading::NotCollected || !listing.gaps.is_empty())
        .collect()
}

/// What an inventory holds of documents that name no object of a cluster.
pub fn misnamed(inventory: &Inventory) -> Vec<MisnamedHeader> {
    let each = inventory.misnamed.iter().map(|misnamed| {
        let object = &misnamed.object;
        MisnamedHeader {
            api_version: object.api_version.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            copy: object.copy,
            field: misnamed.field.clone(),
            seen: misnamed.seen.clone(),
            expected: misnamed.expected.clone(),
            source: inventory.sources.get(object).cloned(),
        }
    });
    each.collect()
}

/// What an inventory counts of objects that no check is asked of.
pub fn unjudged(inventory: &Inventory) -> Vec<UnjudgedHeader> {
    let each = inventory
        .unjudged
        .iter()
        .map(|(unjudged, count)| UnjudgedHeader {
            api_version: unjudged.api_version.clone(),
            kind: unjudged.kind.clone(),
            why: unjudged.why,
            count: *count,
        });
    each.collect()
}

/// Hands `line` the JSON text of each object, one object a line, in a fixed order.
///
/// # Errors
/// What `line` returns, or that an object cannot be written.
pub fn write_objects<E: From<serde_json::Error>>(
    inventory: &Inventory,
    mut line: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    struct Each<'a, F>(&'a Inventory, &'a mut Vec<u8>, &'a mut F);
    impl<E: From<serde_json::Error>, F: FnMut(&[u8]) -> Result<(), E>> Visit for Each<'_, F> {
        type Output = Result<(), E>;
        fn visit<K: Listed>(self) -> Result<(), E> {
            let Self(inventory, buffer, line) = self;
            let resource = K::KIND.resource();
            for object in inventory.seen::<K>() {
                buffer.clear();
                // A constraint bears a kind of its own.
                let named = K::KIND == Kind::Constraint
                    && serde_json::to_value(object)?.get("kind").is_some();
                serde_json::to_writer(
                    &mut *buffer,
                    &Line {
                        api_version: &resource.api_version(),
                        kind: (!named).then_some(resource.kind),
                        source: inventory.sources.get(&super::kinds::object_ref(object)),
                        object,
                    },
                )?;
                buffer.push(b'\n');
                line(buffer)?;
            }
            Ok(())
        }
    }
    let mut buffer = Vec::new();
    for kind in Kind::ALL {
        kind.visit(Each(inventory, &mut buffer, &mut line))?;
    }
    let nowhere = BTreeSet::new();
    let unlisted = inventory
        .unlisted
        .iter()
        .map(|(object, _)| (object, &nowhere));
    // Those of kinds that are read stand above.
    let custom = inventory
        .custom
        .iter()
        .filter(|custom| Kind::of(custom.object.group(), &custom.object.kind).is_none())
        .map(|custom| (&custom.object, &custom.targets));
    for (object, targets) in unlisted.chain(custom) {
        let asked = inventory
            .made
            .iter()
            .find(|made| made.object == *object)
            .map(|made| &made.asked);
        let mut document = serde_json::json!({
            "apiVersion": object.api_version,
            "kind": object.kind,
            "metadata": { "name": object.name, "namespace": object.namespace },
        });
        if !targets.is_empty() {
            document[super::custom::TARGETS_KEY] = serde_json::to_value(targets)?;
        }
        if object.copy > 0 {
            document["metadata"]["kready.dev/copy"] = object.copy.into();
        }
        if let Some(source) = inventory.sources.get(object) {
            document["kready.dev/source"] = serde_json::to_value(source)?;
        }
        if let Some(asked) = asked {
            document[super::made::KEY] = serde_json::to_value(asked)?;
        }
        buffer.clear();
        serde_json::to_writer(&mut buffer, &document)?;
        buffer.push(b'\n');
        line(&buffer)?;
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a, K> {
    api_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(rename = "kready.dev/source", skip_serializing_if = "Option::is_none")]
    source: Option<&'a Source>,
    #[serde(flatten)]
    object: &'a K,
}

fn fill<T>(fact: &mut Fact<T>, otherwise: impl FnOnce() -> Fact<T>) {
    if matches!(fact, Fact::NotCollected) {
        *fact = otherwise();
    }
}

#[cfg(test)]
mod tests {
    use super::SnapshotHeader;
    use crate::inventory::{ClusterFacts, Fact, GapReason, Reading, kinds::Kind};

    fn header(json: serde_json::Value) -> SnapshotHeader {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_field_added_later_is_a_gap_in_an_older_file_and_no_absence() {
        let older = header(serde_json::json!({
            "kind": "Snapshot", "schema": 1, "time": "2026-11-25T03:00:00Z",
            "listings": { "pods": { "reading": "read" }, "services": { "reading": "read" } },
        }));
        let extended = &[(Kind::Pod, 2), (Kind::Node, 2), (Kind::Service, 1)];
        let pods = older.listing_as_of(Kind::Pod, extended);
        assert_eq!(pods.gaps.len(), 1, "{pods:?}");
        assert_eq!(pods.gaps[0].reason, GapReason::NotCollected);
        assert!(pods.gaps[0].message.contains("schema 2"), "{pods:?}");
        assert!(older.listing_as_of(Kind::Service, extended).gaps.is_empty());
        let nodes = older.listing_as_of(Kind::Node, extended);
        assert_eq!(
            (nodes.reading, nodes.gaps.len()),
            (Reading::NotCollected, 0)
        );
        let newer = SnapshotHeader { schema: 2, ..older };
        assert!(newer.listing_as_of(Kind::Pod, extended).gaps.is_empty());
    }

    #[test]
    fn what_a_program_left_out_was_not_seen_and_what_a_person_left_out_is_not_there() {
        let saved = header(serde_json::json!({
            "kind": "Snapshot", "tool": "0.1.0", "time": "2026-11-25T03:00:00Z",
        }));
        assert!(!saved.is_by_hand());
        assert_eq!(saved.listing(Kind::Pod).reading, Reading::NotCollected);
        assert_eq!(saved.facts(), ClusterFacts::default());
        let by_hand = header(serde_json::json!({
            "apiVersion": "kready.dev/v1", "kind": "Snapshot", "time": "2026-11-25T03:00:00Z",
        }));
        assert!(by_hand.is_by_hand());
        assert_eq!(by_hand.listing(Kind::Pod).reading, Reading::Read);
        let facts = by_hand.facts();
        let version = facts
            .version
            .seen()
            .map(|version| version.git_version.as_str());
        assert_eq!(version, Some(super::BY_HAND));
        assert_eq!(facts.readyz, Fact::NotServed);
    }

    #[test]
    fn a_kind_added_later_was_not_collected() {
        let older = header(serde_json::json!({
            "kind": "Snapshot", "time": "2026-11-25T03:00:00Z", "listings": {},
        }));
        assert_eq!(older.listing(Kind::Pod).reading, Reading::NotCollected);
    }
}
