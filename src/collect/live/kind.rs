//! Reads one kind: where it is served, in which namespaces, and what was not seen of it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{StreamExt, stream};
use kready_checks::{
    inventory::{Gap, GapReason, Kind, Listed, Reading, Resource, ServedBy, Visit},
    model::Text,
    wire::{Interner, lists::Form},
};

use super::{
    api::Api,
    discovery::{Found, Lookup, Served},
    errors::Trouble,
    list::{Accept, Allowance, End, ListRequest, ListType, Objects, Sink, list},
    namespaces::{Namespaces, get_each},
    options::Progress,
    scope::AuditScope,
};

/// How many namespaces are listed one by one at most; more are picked from a list of all, if that is permitted.
const ONE_BY_ONE: usize = 10;

/// What all kinds share.
pub(super) struct Session<'a> {
    pub(super) api: &'a Arc<Api>,
    pub(super) served: &'a Result<Served, Trouble>,
    pub(super) namespaces: &'a Namespaces,
    pub(super) progress: &'a dyn Progress,
    /// Stores once what is equal in objects of several kinds: the template of a Deployment and its ReplicaSet.
    pub(super) interner: Mutex<Interner>,
    pub(super) allowance: Allowance,
}

/// What became of a kind.
pub(super) struct KindRead {
    pub(super) kind: Kind,
    pub(super) objects: Box<dyn Sink>,
    pub(super) reading: Reading,
    pub(super) gaps: Vec<Gap>,
    /// Whether a list was asked for.
    pub(super) attempted: bool,
    /// Whether the server answered one.
    pub(super) answered: bool,
    /// Whether a list expired on the way and went on: it is not one consistent view.
    pub(super) resumed: bool,
    /// What went wrong first.
    pub(super) trouble: Option<Trouble>,
    /// If not all namespaces could be read at once, those in which it could be read.
    pub(super) readable: Option<BTreeSet<Text>>,
}

/// What came of one list, and how it ended.
type Pages = (Box<dyn Sink>, End);

/// What reading a kind needs to know about its type.
struct Typed {
    objects: Box<dyn Sink>,
    has_protobuf: bool,
}

struct Start<'a>(&'a Arc<AuditScope>);

impl Visit for Start<'_> {
    type Output = Typed;
    fn visit<K: Listed>(self) -> Typed {
        Typed {
            objects: Box::new(Objects::<K>::new(Some(Arc::clone(self.0)))),
            has_protobuf: K::HAS_PROTOBUF,
        }
    }
}

/// Reads a kind.
pub(super) async fn read_kind(session: &Session<'_>, kind: Kind) -> KindRead {
    let Typed {
        objects,
        has_protobuf,
    } = kind.visit(Start(&session.namespaces.scope));
    let reader = KindReader {
        session,
        resource: kind.resource(),
        has_protobuf,
        seen: AtomicUsize::new(0),
        outcome: KindRead {
            kind,
            objects,
            reading: Reading::Read,
            gaps: Vec::new(),
            attempted: false,
            answered: false,
            resumed: false,
            trouble: None,
            readable: None,
        },
    };
    let read = reader.run().await;
    session.progress.done(kind);
    read
}

struct KindReader<'a> {
    session: &'a Session<'a>,
    resource: Resource,
    has_protobuf: bool,
    seen: AtomicUsize,
    outcome: KindRead,
}

impl KindReader<'_> {
    async fn run(mut self) -> KindRead {
        let resource = self.resource;
        let found = match self.session.served {
            Ok(served) => match served.look_up(resource.group, resource.version, resource.plural) {
                Lookup::Found(found) => found,
                Lookup::Stale => {
                    self.outcome.gaps.push(Gap::new(
                        GapReason::Unavailable,
                        "the server behind this API does not answer",
                    ));
                    Vec::new()
                }
                Lookup::Absent => {
                    match resource.served_by {
                        ServedBy::Custom => self.outcome.reading = Reading::NotServed,
                        ServedBy::Builtin => self.outcome.gaps.push(Gap::new(
                            GapReason::NotServed,
                            format!("this API server does not serve {}", resource.api_version()),
                        )),
                    }
                    Vec::new()
                }
            },
            Err(trouble) if resource.plural == "*" => {
                self.outcome.gaps.push(trouble.gap(None));
                Vec::new()
            }
            // It is unknown what is served, but a list may be answered all the same.
            Err(_) => vec![Found {
                version: resource.version.to_owned(),
                name: resource.plural.to_owned(),
                namespaced: resource.namespaced,
            }],
        };
        for place in found {
            self.outcome.attempted = true;
            if resource.namespaced && place.namespaced {
                self.namespaced(&place).await;
            } else {
                self.whole(&place).await;
            }
        }
        self.outcome
    }

    fn path(&self, found: &Found, namespace: Option<&str>) -> String {
        let root = match self.resource.group {
            "" => format!("/api/{}", found.version),
            group => format!("/apis/{group}/{}", found.version),
        };
        match namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", found.name),
            None => format!("{root}/{}", found.name),
        }
    }

    /// Reads one list into a sink of its own.
    async fn pages(&self, found: &Found, namespace: Option<&str>) -> Pages {
        let kind = self.outcome.kind;
        let accept = match kind {
            Kind::Secret => Accept::METADATA,
            // Their schemas are large, and nobody reads them.
            Kind::CustomResourceDefinition => Accept::NAMES,
            _ => Accept::objects(self.has_protobuf),
        };
        let last = AtomicUsize::new(0);
        let report = |objects: usize, remaining: Option<u64>| {
            // A list that is begun again has fewer objects than before.
            let before = last.swap(objects, Ordering::Relaxed);
            self.seen.fetch_add(objects, Ordering::Relaxed);
            let total = self.seen.fetch_sub(before, Ordering::Relaxed) - before;
            self.session.progress.reading(kind, total, remaining);
        };
        let path = self.path(found, namespace);
        let mut objects = self.outcome.objects.another();
        let request = ListRequest {
            api: self.session.api,
            path: &path,
            accept,
            of: ListType::of(&self.resource, &found.version),
            allowance: &self.session.allowance,
            interner: &self.session.interner,
            // Most clusters have more pods than anything else, so the whole is quick only if their list never waits.
            gives_way: kind != Kind::Pod,
            report: &report,
        };
        let end = list(request, &mut *objects).await;
        (objects, end)
    }

    fn take(&mut self, (mut objects, end): Pages) {
        let read = &mut self.outcome;
        read.gaps.extend(end.gap(objects.len()));
        read.gaps.append(&mut objects.take_gaps());
        read.objects.absorb(objects);
        read.answered |= end.answered;
        read.resumed |= end.resumed;
        if read.trouble.is_none() {
            read.trouble = end.trouble;
        }
    }

    async fn whole(&mut self, found: &Found) {
        let pages = self.pages(found, None).await;
        match (&self.session.namespaces.scope.named, self.outcome.kind) {
            (Some(named), Kind::Namespace) if pages.1.is_forbidden() => {
                for (name, answer) in get_each(self.session.api, named).await {
                    match answer {
                        Ok(answer) => {
                            self.outcome.answered = true;
                            self.outcome.objects.object(Form::Json, &answer.body);
                        }
                        Err(trouble) if trouble.status() == Some(404) => {}
                        Err(trouble) => {
                            let mut gap = trouble.gap(None);
                            gap.message = format!("{name}: {}", gap.message).into();
                            self.outcome.gaps.push(gap);
                            self.outcome.trouble.get_or_insert(trouble);
                        }
                    }
                }
                let mut gaps = self.outcome.objects.take_gaps();
                self.outcome.gaps.append(&mut gaps);
            }
            _ => self.take(pages),
        }
    }

    async fn namespaced(&mut self, found: &Found) {
        let named = self.session.namespaces.scope.named.as_ref();
        if named.is_none_or(|named| named.len() > ONE_BY_ONE) {
            let pages = self.pages(found, None).await;
            if !pages.1.is_forbidden() {
                return self.take(pages);
            }
            self.outcome.trouble.clone_from(&pages.1.trouble);
        }
        let (namespaces, complete) = self.session.namespaces.one_by_one(self.session.api).await;
        let none = namespaces.is_empty();
        let parts: Vec<(Text, Pages)> = stream::iter(namespaces)
            .map(|namespace| {
                let this = &*self;
                async move {
                    let pages = this.pages(found, Some(&namespace)).await;
                    (namespace, pages)
                }
            })
            .buffered(4)
            .collect()
            .await;
        let mut forbidden: Option<Gap> = None;
        let mut readable = BTreeSet::new();
        for (namespace, mut pages) in parts {
            if let Some(mut gap) = pages.1.gap(pages.0.len()) {
                gap.namespaces.insert(namespace.clone());
                let is_forbidden = pages.1.is_forbidden();
                match &mut forbidden {
                    Some(known) if is_forbidden => {
                        known.namespaces.insert(namespace.clone());
                    }
                    None if is_forbidden => forbidden = Some(gap),
                    _ => self.outcome.gaps.push(gap),
                }
                let trouble = pages.1.trouble.take();
                self.outcome.trouble = self.outcome.trouble.take().or(trouble);
            } else {
                readable.insert(namespace.clone());
            }
            self.take(pages);
        }
        let nowhere = readable.is_empty() && self.outcome.gaps.is_empty();
        match (forbidden, &self.outcome.trouble) {
            // If it is forbidden in every namespace, the gap need not name them.
            (Some(gap), _) if nowhere => self.outcome.gaps.push(Gap::new(gap.reason, gap.message)),
            (Some(gap), _) => self.outcome.gaps.push(gap),
            (None, Some(trouble)) if none => self.outcome.gaps.push(trouble.gap(None)),
            (None, _) => {}
        }
        if !complete && !nowhere {
            let seen: Vec<&str> = readable.iter().map(Text::as_str).collect();
            self.outcome.gaps.push(Gap::new(
                GapReason::Forbidden,
                format!("it can be read only in {}", seen.join(", ")),
            ));
        }
        if named.is_none() {
            self.outcome.readable = Some(readable);
        }
    }
}
