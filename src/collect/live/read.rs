//! One kind is read: where it is served, in which namespaces, and what of it was not seen.

use std::{
    collections::BTreeSet,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures::{StreamExt, stream};
use kready_checks::inventory::{
    Gap, GapReason, Interner, Inventory, Kind, Listed, Reading, Text, Visit, kinds,
};

use super::{
    Progress,
    api::Api,
    discovery::{Found, Lookup, Served},
    errors::Trouble,
    list::{Accept, Pages, Request, list},
    scope::{self, Scope},
};

/// Up to so many namespaces are listed one by one; more of them are picked from a list of all, when that is permitted.
const ONE_BY_ONE: usize = 10;

/// What all kinds share.
pub(super) struct Session<'a> {
    pub(super) api: &'a Arc<Api>,
    pub(super) served: &'a Result<Served, Trouble>,
    pub(super) scope: &'a Scope,
    pub(super) progress: &'a dyn Progress,
    /// What is equal in objects of several kinds is stored once too: a Deployment's template and its ReplicaSet's.
    pub(super) interner: Mutex<Interner>,
}

/// What became of a kind.
pub(super) struct Read {
    /// Puts it into the inventory.
    pub(super) fill: Box<dyn FnOnce(&mut Inventory) + Send>,
    /// Whether a list was asked for.
    pub(super) attempted: bool,
    /// Whether the server answered one.
    pub(super) answered: bool,
    /// Whether a list went on after the moment that it shows had passed: it is not one consistent view.
    pub(super) resumed: bool,
    /// What went wrong first.
    pub(super) trouble: Option<Trouble>,
    /// The namespaces in which it could be read, when it could not be read in all at once.
    pub(super) readable: Option<BTreeSet<Text>>,
}

/// Reads a kind.
pub(super) struct ReadKind<'a>(pub(super) &'a Session<'a>);

impl<'a> Visit for ReadKind<'a> {
    type Output = Pin<Box<dyn Future<Output = Read> + Send + 'a>>;
    fn visit<K: Listed>(self) -> Self::Output {
        Box::pin(Reader::<K>::new(self.0).read())
    }
}

struct Reader<'a, K> {
    session: &'a Session<'a>,
    facts: kinds::Facts,
    seen: AtomicUsize,
    items: Vec<K>,
    gaps: Vec<Gap>,
    attempted: bool,
    answered: bool,
    resumed: bool,
    trouble: Option<Trouble>,
    readable: Option<BTreeSet<Text>>,
}

impl<'a, K: Listed> Reader<'a, K> {
    fn new(session: &'a Session<'a>) -> Self {
        Self {
            session,
            facts: K::ITS.facts(),
            seen: AtomicUsize::new(0),
            items: Vec::new(),
            gaps: Vec::new(),
            attempted: false,
            answered: false,
            resumed: false,
            trouble: None,
            readable: None,
        }
    }

    async fn read(mut self) -> Read {
        let facts = self.facts;
        let mut reading = Reading::Read;
        let found = match self.session.served {
            Ok(served) => match served.look_up(facts.group, facts.version, facts.plural) {
                Lookup::Found(found) => found,
                Lookup::Stale => {
                    self.gaps.push(Gap::new(
                        GapReason::Unavailable,
                        "the server behind this API does not answer",
                    ));
                    Vec::new()
                }
                Lookup::Absent => {
                    match facts.origin {
                        kinds::Origin::Custom => reading = Reading::NotServed,
                        kinds::Origin::Builtin => self.gaps.push(Gap::new(
                            GapReason::NotServed,
                            format!("this API server does not serve {}", facts.api_version()),
                        )),
                    }
                    Vec::new()
                }
            },
            Err(trouble) if facts.plural == "*" => {
                self.gaps.push(trouble.gap(None));
                Vec::new()
            }
            // Unknown what is served: a list that is answered is an answer all the same.
            Err(_) => vec![Found {
                version: facts.version.to_owned(),
                name: facts.plural.to_owned(),
                namespaced: facts.namespaced,
            }],
        };
        for resource in found {
            self.attempted = true;
            if facts.namespaced && resource.namespaced {
                self.namespaced(&resource).await;
            } else {
                self.whole(&resource).await;
            }
        }
        self.session.progress.done(K::ITS);
        let Self {
            items,
            gaps,
            attempted,
            answered,
            resumed,
            trouble,
            readable,
            ..
        } = self;
        Read {
            fill: Box::new(move |inventory| inventory.fill::<K>(items, reading, gaps)),
            attempted,
            answered,
            resumed,
            trouble,
            readable,
        }
    }

    fn path(&self, found: &Found, namespace: Option<&str>) -> String {
        let root = match self.facts.group {
            "" => format!("/api/{}", found.version),
            group => format!("/apis/{group}/{}", found.version),
        };
        match namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", found.name),
            None => format!("{root}/{}", found.name),
        }
    }

    /// Whether an object belongs to the audit.
    fn keeps(&self) -> impl Fn(&K) -> bool + Sync + use<'a, K> {
        let session = self.session;
        let namespaced = self.facts.namespaced;
        move |object: &K| {
            let metadata = object.metadata();
            if namespaced {
                metadata.namespace.is_empty() || session.scope.admits(&metadata.namespace)
            } else if K::ITS == Kind::Namespace {
                session.scope.admits(&metadata.name)
            } else {
                true
            }
        }
    }

    async fn pages(&self, found: &Found, namespace: Option<&str>) -> Pages<K> {
        let accept = if K::ITS == Kind::Secret {
            Accept::METADATA
        } else {
            Accept::objects(K::HAS_PROTOBUF)
        };
        let last = AtomicUsize::new(0);
        let report = |objects: usize, remaining: Option<u64>| {
            // A list that is begun again has fewer objects than before.
            let before = last.swap(objects, Ordering::Relaxed);
            self.seen.fetch_add(objects, Ordering::Relaxed);
            let total = self.seen.fetch_sub(before, Ordering::Relaxed) - before;
            self.session.progress.reading(K::ITS, total, remaining);
        };
        let keep = self.keeps();
        let path = self.path(found, namespace);
        list(Request {
            api: self.session.api,
            path: &path,
            accept,
            interner: &self.session.interner,
            keep: &keep,
            report: &report,
        })
        .await
    }

    fn take(&mut self, mut pages: Pages<K>) {
        self.gaps.extend(pages.gap());
        self.gaps.append(&mut pages.gaps);
        if self.items.is_empty() {
            self.items = pages.items;
        } else {
            self.items.append(&mut pages.items);
        }
        self.answered |= pages.answered;
        self.resumed |= pages.resumed;
        if self.trouble.is_none() {
            self.trouble = pages.trouble;
        }
    }

    async fn whole(&mut self, found: &Found) {
        let pages = self.pages(found, None).await;
        let refused = is_forbidden(&pages);
        match (&self.session.scope.named, K::ITS) {
            (Some(named), Kind::Namespace) if refused => {
                let (objects, troubles) = scope::get_each::<K>(self.session.api, named).await;
                self.answered |= !objects.is_empty();
                self.items.extend(objects);
                for (name, trouble) in troubles {
                    let mut gap = trouble.gap(None);
                    gap.message = format!("{name}: {}", gap.message);
                    self.gaps.push(gap);
                    self.trouble.get_or_insert(trouble);
                }
            }
            _ => self.take(pages),
        }
    }

    async fn namespaced(&mut self, found: &Found) {
        let named = self.session.scope.named.as_ref();
        if named.is_none_or(|named| named.len() > ONE_BY_ONE) {
            let pages = self.pages(found, None).await;
            if !is_forbidden(&pages) {
                return self.take(pages);
            }
            self.trouble.clone_from(&pages.trouble);
        }
        let (namespaces, complete) = self.session.scope.one_by_one(self.session.api).await;
        let none = namespaces.is_empty();
        let parts: Vec<(Text, Pages<K>)> = stream::iter(namespaces)
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
            if let Some(mut gap) = pages.gap() {
                gap.namespaces.insert(namespace.clone());
                match &mut forbidden {
                    Some(known) if is_forbidden(&pages) => {
                        known.namespaces.insert(namespace.clone());
                    }
                    None if is_forbidden(&pages) => forbidden = Some(gap),
                    _ => self.gaps.push(gap),
                }
                self.trouble = self.trouble.take().or(pages.trouble.take());
            } else {
                readable.insert(namespace.clone());
            }
            self.take(pages);
        }
        let nowhere = readable.is_empty() && self.gaps.is_empty();
        match (forbidden, &self.trouble) {
            // In no namespace: that is no matter of namespaces.
            (Some(gap), _) if nowhere => self.gaps.push(Gap::new(gap.reason, gap.message)),
            (Some(gap), _) => self.gaps.push(gap),
            (None, Some(trouble)) if none => self.gaps.push(trouble.gap(None)),
            (None, _) => {}
        }
        if !complete && !nowhere {
            let seen: Vec<&str> = readable.iter().map(Text::as_str).collect();
            self.gaps.push(Gap::new(
                GapReason::Forbidden,
                format!("it may be read in {} only", seen.join(", ")),
            ));
        }
        if named.is_none() {
            self.readable = Some(readable);
        }
    }
}

fn is_forbidden<K>(pages: &Pages<K>) -> bool {
    !pages.answered
        && pages
            .trouble
            .as_ref()
            .is_some_and(|trouble| trouble.status() == Some(403))
}
