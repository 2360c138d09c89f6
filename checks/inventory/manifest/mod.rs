//! Documents become an inventory: manifests, lists, and snapshots with their header.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    CustomObject, Inventory, Origin, Removal, Scope,
    builtin_apis::{Misnomer, recognise},
    document::{BadDocument, Document},
    kinds::{Kind, Listed, Listings, Visit},
    listing::{Gap, GapReason, Reading},
    made::{Asked, MadeWorkload},
    named::{Misnamed, NotJudged, Unjudged},
    older, removal,
    resource::ServedBy,
    secret_names::made_by,
    snapshot::{self, ListingHeader, SnapshotHeader},
};
use crate::{
    model::{ObjectRef, Source, Text},
    wire::{Interner, Step, Time, explain_json, field_of, opened},
};

/// Builds an inventory from documents.
#[derive(Debug)]
pub struct Loader {
    default_namespace: Text,
    header: Option<SnapshotHeader>,
    listings: Listings,
    gaps: BTreeMap<Kind, Vec<Gap>>,
    counts: BTreeMap<Kind, usize>,
    sources: BTreeMap<ObjectRef, Source>,
    unlisted: Vec<(ObjectRef, &'static Removal)>,
    custom: BTreeSet<CustomObject>,
    made: BTreeSet<MadeWorkload>,
    /// The names of the Secrets that custom objects make.
    secrets: BTreeSet<Text>,
    misnamed: Vec<Misnamed>,
    unjudged: BTreeMap<Unjudged, usize>,
    /// Where each object of manifests stands, and how often.
    places: BTreeMap<ObjectRef, Vec<Option<Source>>>,
    interner: Interner,
}

impl Loader {
    /// A loader that puts objects without a namespace into this one.
    pub fn new(default_namespace: &str) -> Self {
        Self {
            default_namespace: default_namespace.into(),
            header: None,
            listings: Listings::default(),
            gaps: BTreeMap::new(),
            counts: BTreeMap::new(),
            sources: BTreeMap::new(),
            unlisted: Vec::new(),
            custom: BTreeSet::new(),
            made: BTreeSet::new(),
            secrets: BTreeSet::new(),
            misnamed: Vec::new(),
            unjudged: BTreeMap::new(),
            places: BTreeMap::new(),
            interner: Interner::new(),
        }
    }

    /// The snapshot's header, when there was one.
    pub const fn header(&self) -> Option<&SnapshotHeader> {
        self.header.as_ref()
    }

    /// Takes one document: an object, a list of objects, or a snapshot's header.
    ///
    /// An object that cannot be understood is a gap of its kind.
    ///
    /// # Errors
    /// A snapshot's header that is not understood.
    pub fn add(
        &mut self,
        document: Value,
        source: Option<&Source>,
    ) -> Result<Document, BadDocument> {
        if !self.is_of_manifests()
            && !text(&document, "kind")
                .unwrap_or_default()
                .ends_with("List")
        {
            return self.add_one(document, source, None);
        }
        let (mut taken, mut others) = (0, 0);
        let mut objects = opened(document);
        if let [(path, _)] = &*objects
            && path.is_empty()
            && let Some((_, object)) = objects.pop()
        {
            return self.add_one(object, source, None);
        }
        for (_, object) in objects {
            if let Document::Objects {
                taken: t,
                others: o,
            } = self.add_one(object, source, None)?
            {
                taken += t;
                others += o;
            }
        }
        Ok(Document::Objects { taken, others })
    }

    /// Takes one object of a document whose lists are opened; `place` tells where a field of it stands.
    ///
    /// # Errors
    /// A snapshot's header that is not understood.
    pub fn add_at(
        &mut self,
        object: Value,
        source: Option<&Source>,
        place: &dyn Fn(&[Step]) -> Source,
    ) -> Result<Document, BadDocument> {
        self.add_one(object, source, Some(place))
    }

    fn add_one(
        &mut self,
        document: Value,
        source: Option<&Source>,
        place: Option<Place<'_>>,
    ) -> Result<Document, BadDocument> {
        let kind = text(&document, "kind").unwrap_or_default();
        let api_version = text(&document, "apiVersion").unwrap_or_default();
        // A header's apiVersion may be left out in an example.
        if kind == snapshot::KIND && matches!(api_version, "" | snapshot::API_VERSION) {
            return self.add_header(document);
        }
        let recognised = recognise(api_version, kind);
        let absent = kind.is_empty() || api_version.is_empty();
        if absent && (recognised.kind.is_none() || named(&document, "name").is_empty()) {
            return Ok(Document::Nothing);
        }
        let known = recognised.kind;
        let is_custom = match known {
            Some(kind) => kind.resource().served_by == ServedBy::Custom,
            None => api_version
                .split_once('/')
                .is_some_and(|(group, _)| group.contains('.')),
        };
        if is_custom && self.are_files() {
            let custom = CustomObject::of(&document, &self.default_namespace);
            self.custom.insert(custom);
        }
        let misnomer = recognised.misnomer.filter(|_| self.is_of_manifests());
        let Some(kind) = known else {
            let (api_version, kind) = (api_version.to_owned(), kind.to_owned());
            self.secrets.extend(made_by(&kind, &document));
            self.take_other(&document, &api_version, &kind, misnomer, source);
            return Ok(Document::Objects {
                taken: 0,
                others: 1,
            });
        };
        let written = misnomer.map(|misnomer| {
            let seen = match misnomer.field {
                "kind" => kind_of(&document),
                _ => text(&document, "apiVersion").unwrap_or_default(),
            };
            (misnomer, seen.to_owned())
        });
        kind.visit(Add {
            loader: self,
            document,
            source,
            place,
            written,
        });
        Ok(Document::Objects {
            taken: 1,
            others: 0,
        })
    }

    /// Takes one line of a snapshot, as [`snapshot::write_objects`] wrote it.
    ///
    /// # Errors
    /// It is no JSON, or a header that is not understood.
    pub fn add_line(&mut self, line: &str) -> Result<Document, BadDocument> {
        let bad = |error: serde_json::Error| BadDocument::BadLine(error.to_string());
        let meta: TypeMeta<'_> = serde_json::from_str(line).map_err(bad)?;
        let group = meta
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        let known = Kind::of(group, &meta.kind);
        // Of manifests more is taken than the object itself.
        let is_more =
            |kind: Kind| kind.resource().served_by == ServedBy::Custom && self.are_files();
        match known {
            Some(kind) if !meta.api_version.is_empty() && !is_more(kind) => {
                kind.visit(AddLine {
                    loader: self,
                    line,
                    source: meta.source,
                });
                Ok(Document::Objects {
                    taken: 1,
                    others: 0,
                })
            }
            _ => {
                let source = meta.source;
                self.add(serde_json::from_str(line).map_err(bad)?, source.as_ref())
            }
        }
    }

    /// Makes sure that a snapshot holds as many objects as its header says.
    ///
    /// # Errors
    /// It doesn't.
    pub fn complete(&self) -> Result<(), BadDocument> {
        let Some(header) = &self.header else {
            return Ok(());
        };
        for kind in Kind::ALL {
            let found = self.counts.get(kind).copied().unwrap_or_default();
            if let Some(said) = header.listing(*kind).objects
                && said != found
            {
                return Err(BadDocument::Incomplete {
                    resource: kind.resource().group_resource(),
                    found,
                    said,
                });
            }
        }
        Ok(())
    }

    /// Whether what is loaded are manifests, which are numbered and named by where they stand.
    const fn is_of_manifests(&self) -> bool {
        self.header.is_none()
    }

    /// Which of the documents of its name an object is, counted from zero.
    fn copy(&mut self, mut object: ObjectRef, source: Option<&Source>) -> i32 {
        object.copy = 0;
        let places = self.places.entry(object).or_default();
        places.push(source.cloned());
        i32::try_from(places.len() - 1).unwrap_or(i32::MAX)
    }

    /// The objects that several documents name, and where those stand.
    pub fn duplicates(&self) -> impl Iterator<Item = (&ObjectRef, &[Option<Source>])> {
        let several =
            |(object, places): &(&ObjectRef, &Vec<_>)| places.len() > 1 && !object.name.is_empty();
        self.places
            .iter()
            .filter(several)
            .map(|(object, places)| (object, places.as_slice()))
    }

    /// Counts an object that no check is asked of.
    pub fn leave_out(&mut self, document: &Value, why: NotJudged) {
        let unjudged = Unjudged {
            api_version: text(document, "apiVersion").unwrap_or_default().into(),
            kind: kind_of(document).into(),
            why,
        };
        *self.unjudged.entry(unjudged).or_default() += 1;
    }

    fn take<K: Listed>(
        &mut self,
        decoded: Result<K, Undecodable>,
        name: &str,
        namespace: &str,
        source: Option<Source>,
        written: Option<(Misnomer, String)>,
    ) {
        *self.counts.entry(K::KIND).or_default() += 1;
        match decoded {
            Ok(mut object) => {
                let metadata = object.metadata_mut();
                if !K::KIND.resource().namespaced {
                    metadata.namespace = Text::default();
                } else if metadata.namespace.is_empty() {
                    metadata.namespace = self.default_namespace.clone();
                }
                if self.is_of_manifests() {
                    let reference = super::kinds::object_ref(&object);
                    object.metadata_mut().copy = self.copy(reference, source.as_ref());
                }
                let reference = super::kinds::object_ref(&object);
                if let Some((misnomer, seen)) = written {
                    self.misnamed.push(Misnamed {
                        object: reference.clone(),
                        field: misnomer.field.into(),
                        seen: seen.as_str().into(),
                        expected: misnomer.expected.into(),
                    });
                }
                if let Some(source) = source {
                    self.sources.insert(reference, source);
                }
                K::place_mut(&mut self.listings).items.push(object);
            }
            Err(Undecodable { why, place }) => {
                let kind = K::KIND.resource().kind;
                let place = place.or(source);
                let at = place.map_or(String::new(), |place| {
                    format!(" ({}:{})", place.file, place.line)
                });
                let name = if name.is_empty() {
                    String::new()
                } else {
                    format!(" {name}")
                };
                let message = format!("{kind}{name}{at}: {why}");
                let mut gap = Gap::new(GapReason::Undecodable, message);
                if K::KIND.resource().namespaced {
                    gap = gap.within(if namespace.is_empty() {
                        self.default_namespace.clone()
                    } else {
                        namespace.into()
                    });
                }
                self.gaps.entry(K::KIND).or_default().push(gap);
            }
        }
    }

    /// Keeps an object of manifests whose version is not served any more.
    fn take_unlisted(
        &mut self,
        document: &Value,
        removal: &'static Removal,
        source: Option<&Source>,
    ) {
        let mut object = ObjectRef {
            api_version: removal.api_version.into(),
            kind: removal.kind.into(),
            namespace: named(document, "namespace").into(),
            name: named(document, "name").into(),
            copy: 0,
        };
        if self.is_of_manifests() {
            object.copy = self.copy(object.clone(), source);
        }
        if let Some(source) = source {
            self.sources.insert(object.clone(), source.clone());
        }
        self.unlisted.push((object, removal));
    }

    /// Takes an object of a kind that no check reads.
    fn take_other(
        &mut self,
        document: &Value,
        api_version: &str,
        kind: &str,
        misnomer: Option<Misnomer>,
        source: Option<&Source>,
    ) {
        let copy = document
            .pointer("/metadata/kready.dev~1copy")
            .and_then(Value::as_i64);
        let mut object = ObjectRef {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: named(document, "namespace").into(),
            name: named(document, "name").into(),
            copy: copy.and_then(|copy| i32::try_from(copy).ok()).unwrap_or(0),
        };
        let group = object.group().to_owned();
        let removal = removal(api_version, kind);
        // A kind of another program may well look like one that Kubernetes lacks.
        let misnomer = misnomer.filter(|_| !object.name.is_empty());
        if removal.is_some() || misnomer.is_some() {
            if self.is_of_manifests() {
                object.copy = self.copy(object.clone(), source);
            }
            if let Some(source) = source {
                self.sources.insert(object.clone(), source.clone());
            }
        }
        if let Some(removal) = removal {
            self.unlisted.push((object, removal));
            return;
        }
        if let Some(misnomer) = misnomer {
            let seen = if misnomer.field == "kind" {
                kind
            } else {
                api_version
            };
            self.misnamed.push(Misnamed {
                object,
                field: misnomer.field.into(),
                seen: seen.into(),
                expected: misnomer.expected.into(),
            });
            return;
        }
        if let Some(asked) = Asked::of(&group, kind, document) {
            self.take_made(api_version, kind, document, asked, source);
            return;
        }
        self.leave_out(document, NotJudged::UnknownKind);
    }

    /// Whether the objects are manifests that no API server has seen, as far as is known.
    fn are_files(&self) -> bool {
        let header = self.header.as_ref();
        header.is_none_or(|header| header.origin == Origin::Files)
    }

    fn take_made(
        &mut self,
        api_version: &str,
        kind: &str,
        document: &Value,
        asked: Asked,
        source: Option<&Source>,
    ) {
        let mut namespace: Text = named(document, "namespace").into();
        if namespace.is_empty() {
            namespace = self.default_namespace.clone();
        }
        let object = ObjectRef {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace,
            name: named(document, "name").into(),
            copy: 0,
        };
        if let Some(source) = source {
            self.sources.insert(object.clone(), source.clone());
        }
        self.made.insert(MadeWorkload { object, asked });
    }

    fn add_header(&mut self, document: Value) -> Result<Document, BadDocument> {
        if self.header.is_some() {
            return Err(BadDocument::SecondHeader);
        }
        let schema = document.get("schema").and_then(Value::as_u64);
        if let Some(schema) = schema.and_then(|schema| u32::try_from(schema).ok())
            && schema > snapshot::SCHEMA
        {
            return Err(BadDocument::NewerSchema(schema));
        }
        let has_scope = document.get("scope").is_some();
        let mut header = SnapshotHeader::deserialize(document)
            .map_err(|error| BadDocument::BadHeader(error.to_string()))?;
        // Nobody knows then of which namespaces the lists are.
        if !has_scope && !header.tool.is_empty() {
            header.listings = None;
        }
        self.header = Some(header);
        Ok(Document::Header)
    }

    /// The inventory; `now` counts when no snapshot has a time of its own.
    pub fn finish(self, now: Time) -> Inventory {
        let Self {
            header,
            mut listings,
            mut gaps,
            sources,
            mut unlisted,
            custom,
            made,
            secrets,
            mut misnamed,
            mut unjudged,
            ..
        } = self;
        let mut inventory = match &header {
            Some(header) => {
                let mut inventory = Inventory::new(header.origin, header.time);
                inventory.facts = header.facts();
                inventory.read = header.read;
                inventory.scope = Scope {
                    namespaces: header.scope.namespaces.clone(),
                    excluded: header.scope.excluded.clone(),
                };
                inventory
            }
            None => Inventory::new(Origin::Files, now),
        };
        inventory.sources = sources;
        if inventory.origin == Origin::Files {
            unlisted.sort_by(|(a, _), (b, _)| a.cmp(b));
            unlisted.dedup();
            inventory.unlisted = unlisted;
            inventory.custom = custom;
            inventory.made = made;
            if let Some(header) = &header {
                misnamed.extend(header.misnamed.iter().map(Misnamed::from));
                for (header, misnamed) in header.misnamed.iter().zip(&misnamed) {
                    if let Some(source) = &header.source {
                        let object = misnamed.object.clone();
                        inventory.sources.insert(object, source.clone());
                    }
                }
                unjudged = header.unjudged();
            }
            misnamed.sort();
            inventory.misnamed = misnamed;
            inventory.unjudged = unjudged;
        }
        for kind in Kind::ALL {
            let listing = header
                .as_ref()
                .map_or_else(ListingHeader::whole, |header| header.listing(*kind));
            kind.visit(Fill {
                inventory: &mut inventory,
                listings: &mut listings,
                listing,
                gaps: gaps.remove(kind).unwrap_or_default(),
            });
        }
        inventory.recognise_secret_names(&secrets);
        inventory
    }
}

fn text<'a>(document: &'a Value, key: &str) -> Option<&'a str> {
    document.get(key).and_then(Value::as_str)
}

fn kind_of(document: &Value) -> &str {
    text(document, "kind").unwrap_or_default()
}

/// What is read of a line before the kind is known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeMeta<'a> {
    #[serde(borrow, default)]
    api_version: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(rename = "kready.dev/source", default)]
    source: Option<Source>,
}

/// Which object it is must be known of one that is not understood, too.
fn named(document: &Value, field: &str) -> String {
    document
        .get("metadata")
        .and_then(|metadata| text(metadata, field))
        .unwrap_or_default()
        .to_owned()
}

/// Tells where a field of an object stands.
type Place<'a> = &'a dyn Fn(&[Step]) -> Source;

/// Why an object is not understood, and where what is wrong with it stands.
struct Undecodable {
    why: String,
    place: Option<Source>,
}

struct AddLine<'a> {
    loader: &'a mut Loader,
    line: &'a str,
    source: Option<Source>,
}

impl Visit for AddLine<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        let Self {
            loader,
            line,
            source,
        } = self;
        match loader.interner.within(|| super::decode_json::<K>(line)) {
            Ok(object) => loader.take::<K>(Ok(object), "", "", source, None),
            Err(error) => {
                let document = serde_json::from_str(line).unwrap_or_default();
                let (name, namespace) = (named(&document, "name"), named(&document, "namespace"));
                let why = explain_json(line, &error);
                let place = None;
                let error = Undecodable { why, place };
                loader.take::<K>(Err(error), &name, &namespace, source, None);
            }
        }
    }
}

struct Add<'a> {
    loader: &'a mut Loader,
    document: Value,
    source: Option<&'a Source>,
    place: Option<Place<'a>>,
    /// What is wrong with the words that say what it is, and what stands there.
    written: Option<(Misnomer, String)>,
}

impl Visit for Add<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        let Self {
            loader,
            mut document,
            source,
            place,
            written: misnomer,
        } = self;
        if K::KIND == Kind::Secret
            && let Value::Object(fields) = &mut document
        {
            fields.retain(|key, _| key == "metadata");
        }
        if loader.is_of_manifests() {
            older::read(K::KIND, &mut document);
        }
        // One decoder serves all forms: compiled twice for every kind it would double the program.
        let text = document.to_string();
        let mut decoded = loader
            .interner
            .within(|| super::decode_json::<K>(&text))
            .map_err(|error| Undecodable {
                why: explain_json(&text, &error),
                place: place.map(|place| place(&field_of(&text, &error))),
            });
        // Whoever applies a manifest asks for the version in which it is written.
        if loader.header.is_none()
            && let Ok(object) = &mut decoded
        {
            let written = self::text(&document, "apiVersion");
            let removed =
                written.filter(|version| removal(version, K::KIND.resource().kind).is_some());
            let annotations = &mut object.metadata_mut().annotations;
            annotations.set_applied_version(removed);
        }
        // What a manifest asks for counts even if the rest of it isn't understood.
        let written = self::text(&document, "apiVersion");
        let removed = written.and_then(|version| removal(version, K::KIND.resource().kind));
        if let (Err(_), Some(removed)) = (&decoded, removed) {
            loader.take_unlisted(&document, removed, source);
        }
        let (name, namespace) = (named(&document, "name"), named(&document, "namespace"));
        loader.take::<K>(decoded, &name, &namespace, source.cloned(), misnomer);
    }
}

struct Fill<'a> {
    inventory: &'a mut Inventory,
    listings: &'a mut Listings,
    listing: ListingHeader,
    gaps: Vec<Gap>,
}

impl Visit for Fill<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        let items = std::mem::take(&mut K::place_mut(self.listings).items);
        let mut gaps = self.listing.gaps;
        gaps.extend(self.gaps);
        let reading = match self.listing.reading {
            Reading::NotCollected if !items.is_empty() => {
                // Nobody says that these are all.
                gaps.push(Gap::new(
                    GapReason::NotCollected,
                    "the header of the snapshot does not say how much of it was read",
                ));
                Reading::Read
            }
            reading => reading,
        };
        self.inventory.fill::<K>(items, reading, gaps);
    }
}

#[cfg(test)]
mod tests;
