//! One list of one resource, page by page, object by object as they arrive; what came stays, and how it ended is told.

use std::{
    any::Any,
    collections::HashSet,
    fmt::Write,
    hash::{BuildHasher, RandomState},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use kready_checks::{
    inventory::{Gap, Inventory, Kind, Listed, Reading, decode_json, decode_protobuf},
    wire::{
        Interner,
        lists::{Form, ListError, ListMeta, ListReader, Part},
    },
};
use tokio::task::JoinHandle;

use super::{
    answer::Incoming,
    api::Api,
    errors::{Refusal, Trouble},
    object::{undecodable, undecodable_message},
    scope::Scope,
};

/// In which forms a list is asked for, the better one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Accept {
    protobuf: Option<&'static str>,
    json: &'static str,
    /// Whether anything but metadata is refused.
    metadata_only: bool,
}

impl Accept {
    /// Whole objects; custom resources have no protobuf.
    pub(super) const fn objects(protobuf: bool) -> Self {
        Self {
            protobuf: if protobuf {
                Some("application/vnd.kubernetes.protobuf,application/json")
            } else {
                None
            },
            json: "application/json",
            metadata_only: false,
        }
    }

    /// Metadata only: of Secrets nothing else may leave the server.
    pub(super) const METADATA: Self = Self {
        protobuf: Some(
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
             application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        ),
        json: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
        metadata_only: true,
    };

    /// The same where whole objects do no harm: a server that cannot reduce them sends those.
    pub(super) const NAMES: Self = Self {
        protobuf: Some(
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
             application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,\
             application/vnd.kubernetes.protobuf,application/json",
        ),
        json: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
        metadata_only: false,
    };

    /// What the header says.
    fn header(self) -> &'static str {
        self.protobuf.unwrap_or(self.json)
    }

    /// The same without protobuf, when it was with it.
    fn without_protobuf(self) -> Option<Self> {
        self.protobuf.map(|_| Self {
            protobuf: None,
            ..self
        })
    }
}

/// The first page: it shows how large objects are and how fast they come.
const FIRST_PAGE: usize = 500;

/// The largest page: beyond it the server's memory grows, and no time is won.
const LARGEST_PAGE: usize = 10_000;

/// How many bytes a page may have.
const PAGE_BYTES: u64 = 64 << 20;

/// How many objects must be left for a larger page to pay for the first one, which is read again.
const WORTH_STARTING_AGAIN: u64 = 2_000;

/// How many bytes a list that gives way reads before it does: a tenth of a millisecond's work.
const WORK_AT_A_TIME: usize = 16 << 10;

/// How often a list may go on after its snapshot expired.
const RESUMPTIONS: u32 = 100;

/// How often a page is asked for again that broke off without the connection's noticing.
const CUT_SHORT: u32 = 2;

/// How many empty pages in a row are believed.
const EMPTY_PAGES: u32 = 3;

/// How many pages are believed: five million objects, more than an API server can hold.
const MOST_PAGES: u32 = 10_000;

/// How large the pages of a list should be, after its first one; none when they are fine as they are.
fn page_size(
    objects: usize,
    bytes: u64,
    took: Duration,
    remaining: u64,
    page_time: Duration,
) -> Option<usize> {
    if objects == 0 || remaining < WORTH_STARTING_AGAIN {
        return None;
    }
    let by_bytes = PAGE_BYTES / (bytes / objects as u64).max(1);
    let by_bytes = usize::try_from(by_bytes).unwrap_or(usize::MAX);
    let speed = page_time.as_secs_f64() / took.as_secs_f64().max(0.001);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is positive and clamped"
    )]
    let by_time = (objects as f64 * speed.min(1_000.0)) as usize;
    let size = by_bytes.min(by_time).min(LARGEST_PAGE) / FIRST_PAGE * FIRST_PAGE;
    (size >= 2 * FIRST_PAGE).then_some(size)
}

fn url(path: &str, limit: usize, token: Option<&str>) -> String {
    let mut url = format!("{path}?limit={limit}");
    if let Some(token) = token {
        url.push_str("&continue=");
        for byte in token.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                url.push(byte as char);
            } else {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url
}

/// The next page, asked for while this one is being read.
struct Ahead(JoinHandle<Result<Incoming, Trouble>>);

impl Ahead {
    fn ask(api: &Arc<Api>, url: String, accept: Accept) -> Self {
        let api = Arc::clone(api);
        Self(tokio::spawn(async move {
            api.open(&url, accept.header()).await
        }))
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What one page has brought so far.
#[derive(Debug, Default)]
struct Page {
    meta: Option<ListMeta>,
    objects: usize,
    /// A digest of the first object as it came.
    first: Option<u64>,
}

/// How far a sink was filled when a page began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    objects: usize,
    gaps: usize,
}

/// Where the objects of a list go. The way through a list is the same for all kinds, and compiled once.
pub(super) trait Sink: Send + Sync + Any {
    /// An empty one for the same kind.
    fn another(&self) -> Box<dyn Sink>;
    /// Takes what another one of the same kind has.
    fn absorb(&mut self, other: Box<dyn Sink>);
    /// Takes one object.
    fn object(&mut self, form: Form, object: &[u8]);
    /// How many objects it has.
    fn len(&self) -> usize;
    fn gaps(&mut self) -> &mut Vec<Gap>;
    fn mark(&self) -> Mark;
    /// Forgets what came after the mark.
    fn back_to(&mut self, mark: Mark);
    fn drop_duplicates(&mut self);
    /// Puts everything in its place.
    fn fill(self: Box<Self>, inventory: &mut Inventory, reading: Reading, gaps: Vec<Gap>);
}

/// The objects of one kind that belong to the audit, and what could not be understood.
pub(super) struct Objects<K> {
    /// Which objects belong to the audit; all of them without a scope.
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) items: Vec<K>,
    gaps: Vec<Gap>,
}

impl<K: Listed> Objects<K> {
    pub(super) const fn new(scope: Option<Arc<Scope>>) -> Self {
        Self {
            scope,
            items: Vec::new(),
            gaps: Vec::new(),
        }
    }

    fn keeps(&self, object: &K) -> bool {
        let Some(scope) = &self.scope else {
            return true;
        };
        let metadata = object.metadata();
        if K::ITS.facts().namespaced {
            metadata.namespace.is_empty() || scope.admits(&metadata.namespace)
        } else if K::ITS == Kind::Namespace {
            scope.admits(&metadata.name)
        } else {
            true
        }
    }
}

impl<K: Listed> Sink for Objects<K> {
    fn another(&self) -> Box<dyn Sink> {
        Box::new(Self::new(self.scope.clone()))
    }

    fn absorb(&mut self, other: Box<dyn Sink>) {
        let other: Box<dyn Any> = other;
        let Ok(mut other) = other.downcast::<Self>() else {
            return;
        };
        if self.items.is_empty() {
            self.items = other.items;
        } else {
            self.items.append(&mut other.items);
        }
        self.gaps.append(&mut other.gaps);
    }

    fn object(&mut self, form: Form, object: &[u8]) {
        let decoded = match form {
            Form::Protobuf => decode_protobuf::<K>(object)
                .map_err(|error| undecodable_message(&K::ITS.facts(), object, &error)),
            Form::Json => {
                let json = String::from_utf8_lossy(object);
                decode_json::<K>(&json).map_err(|error| undecodable(&K::ITS.facts(), &json, &error))
            }
        };
        match decoded {
            Ok(object) if self.keeps(&object) => self.items.push(object),
            Ok(_) => {}
            Err(gap) => self.gaps.push(gap),
        }
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn gaps(&mut self) -> &mut Vec<Gap> {
        &mut self.gaps
    }

    fn mark(&self) -> Mark {
        Mark {
            objects: self.items.len(),
            gaps: self.gaps.len(),
        }
    }

    fn back_to(&mut self, mark: Mark) {
        self.items.truncate(mark.objects);
        self.gaps.truncate(mark.gaps);
    }

    fn drop_duplicates(&mut self) {
        let mut known = HashSet::new();
        self.items.retain(|item| {
            let uid = item.metadata().uid;
            uid.is_empty() || known.insert(uid)
        });
    }

    fn fill(self: Box<Self>, inventory: &mut Inventory, reading: Reading, gaps: Vec<Gap>) {
        inventory.fill::<K>(self.items, reading, gaps);
    }
}

/// Takes the next bytes of a page.
fn feed(
    sink: &mut dyn Sink,
    interner: &Mutex<Interner>,
    reader: &mut ListReader,
    bytes: &[u8],
    page: &mut Page,
    hasher: &RandomState,
) -> Result<(), ListError> {
    let form = reader.form();
    let mut interner = interner.lock().unwrap_or_else(PoisonError::into_inner);
    interner.within(|| {
        reader.feed(bytes, |part| match part {
            Part::Meta(meta) => page.meta = Some(meta),
            Part::Object(object) => {
                page.objects += 1;
                page.first.get_or_insert_with(|| hasher.hash_one(object));
                sink.object(form, object);
            }
        })
    })
}

/// Where a list is to be read, and what is wanted of it.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) api: &'a Arc<Api>,
    pub(super) path: &'a str,
    pub(super) accept: Accept,
    pub(super) interner: &'a Mutex<Interner>,
    /// Whether other lists go first when all have something to read.
    pub(super) gives_way: bool,
    /// Hears now and then: the objects so far, and how many are to come.
    pub(super) report: &'a (dyn Fn(usize, Option<u64>) + Sync),
}

/// Reads all pages of a list into a sink.
pub(super) async fn list(request: Request<'_>, sink: &mut dyn Sink) -> End {
    Course::new(request).run(sink).await
}

/// How the reading of a list ended.
#[derive(Debug, Default)]
pub(super) struct End {
    /// What ended it early.
    pub(super) trouble: Option<Trouble>,
    /// Whether at least one page came.
    pub(super) answered: bool,
    /// Whether the list went on after the moment that it shows had passed.
    pub(super) resumed: bool,
}

impl End {
    /// What was not seen because the list ended early; `objects` came.
    pub(super) fn gap(&self, objects: usize) -> Option<Gap> {
        let before = self.answered.then_some(objects);
        self.trouble.as_ref().map(|trouble| trouble.gap(before))
    }

    /// Whether the list may not be read at all.
    pub(super) fn is_forbidden(&self) -> bool {
        !self.answered && self.trouble.as_ref().and_then(Trouble::status) == Some(403)
    }
}

/// What to do when the snapshot that a list was read from is gone.
enum Afterwards {
    /// Go on with what is there now, where the server offers that.
    Resume,
    /// Read the list once more from its beginning.
    StartAgain,
    GiveUp,
}

/// What comes after a page.
enum Next {
    Page,
    End,
    Trouble(Trouble),
}

/// Where in a list the reading stands.
struct Course<'a> {
    request: Request<'a>,
    limit: usize,
    token: Option<String>,
    ahead: Option<Ahead>,
    sized: bool,
    started_again: bool,
    cut_short: u32,
    resumptions: u32,
    pages: u32,
    empty: u32,
    hasher: RandomState,
    /// Digests of the tokens and of the first object of each page.
    known: HashSet<u64>,
}

impl<'a> Course<'a> {
    fn new(request: Request<'a>) -> Self {
        Self {
            request,
            limit: FIRST_PAGE,
            token: None,
            ahead: None,
            sized: false,
            started_again: false,
            cut_short: 0,
            resumptions: 0,
            pages: 0,
            empty: 0,
            hasher: RandomState::new(),
            known: HashSet::new(),
        }
    }

    /// Reads page after page; tells what ended it early, and whether at least one page came.
    async fn run(mut self, sink: &mut dyn Sink) -> End {
        let mut answered = false;
        let start = sink.mark();
        let trouble = loop {
            match self.page(sink, &mut answered).await {
                Next::Page => {}
                Next::End => break None,
                Next::Trouble(Trouble::Refused(refusal))
                    if refusal.status == 410 && self.token.is_some() =>
                {
                    match self.after_expiry(&refusal) {
                        Afterwards::Resume => {}
                        Afterwards::StartAgain => sink.back_to(start),
                        Afterwards::GiveUp => break Some(Trouble::Refused(refusal)),
                    }
                }
                Next::Trouble(trouble) => break Some(trouble),
            }
        };
        if self.resumptions > 0 {
            sink.drop_duplicates();
        }
        End {
            trouble,
            answered,
            resumed: self.resumptions > 0,
        }
    }

    /// Reads one page.
    async fn page(&mut self, sink: &mut dyn Sink, answered: &mut bool) -> Next {
        let asked = Instant::now();
        let mut incoming = match self.ask().await {
            Ok(incoming) => incoming,
            Err(trouble) => {
                let json = self.request.accept.without_protobuf();
                return match json.filter(|_| trouble.status() == Some(406)) {
                    Some(json) => {
                        self.request.accept = json;
                        Next::Page
                    }
                    None => Next::Trouble(trouble),
                };
            }
        };
        let form = Form::of(incoming.content_type()).unwrap_or(Form::Json);
        let mut reader = ListReader::new(form);
        let mut page = Page::default();
        let mark = sink.mark();
        if let Err(trouble) = self
            .receive(&mut incoming, &mut reader, &mut page, sink)
            .await
        {
            sink.back_to(mark);
            return match trouble {
                Trouble::CutShort(_) if self.cut_short < CUT_SHORT => {
                    self.cut_short += 1;
                    self.ahead = None;
                    Next::Page
                }
                trouble => Next::Trouble(trouble),
            };
        }
        if self.request.accept.metadata_only && reader.kind() != "PartialObjectMetadataList" {
            sink.back_to(mark);
            return not_understood("the server does not offer the names alone");
        }
        let remaining = page.meta.as_ref().and_then(remaining);
        if let Some(limit) = self.larger_page(&page, &incoming, remaining, asked.elapsed()) {
            self.limit = limit;
            sink.back_to(mark);
            return Next::Page;
        }
        *answered = true;
        self.pages += 1;
        self.empty = if page.objects == 0 { self.empty + 1 } else { 0 };
        let next = page.meta.as_ref().and_then(next);
        if let Some(token) = &next
            && self.resumptions == 0
        {
            // What begins like a page before it is that page.
            let again = page.first.is_some_and(|first| !self.known.insert(first));
            let circle = !self.known.insert(self.hasher.hash_one(token));
            if again {
                sink.back_to(mark);
            }
            if again || circle || self.empty >= EMPTY_PAGES {
                return not_understood("the server hands out the same pages again and again");
            }
        }
        if self.pages >= MOST_PAGES && next.is_some() {
            return not_understood("the list does not end");
        }
        (self.request.report)(sink.len(), remaining);
        match next {
            Some(_) => {
                self.token = next;
                Next::Page
            }
            None => Next::End,
        }
    }

    /// Reads a page to its end, and asks for the next one as soon as it is known where that begins.
    async fn receive(
        &mut self,
        incoming: &mut Incoming,
        reader: &mut ListReader,
        page: &mut Page,
        sink: &mut dyn Sink,
    ) -> Result<(), Trouble> {
        let before = sink.len();
        let mut reported = before;
        while let Some(bytes) = incoming.next().await? {
            let told = page.meta.is_some();
            // A list that gives way does so after every bit of work, so that no other one waits for long.
            let bit = if self.request.gives_way {
                WORK_AT_A_TIME
            } else {
                bytes.len().max(1)
            };
            for bytes in bytes.chunks(bit) {
                feed(
                    sink,
                    self.request.interner,
                    reader,
                    bytes,
                    page,
                    &self.hasher,
                )
                .map_err(|error| trouble(error, incoming))?;
                if self.request.gives_way {
                    tokio::task::yield_now().await;
                }
            }
            let Some(meta) = &page.meta else { continue };
            if !told && !self.may_start_again(meta) {
                self.ask_ahead(meta);
            }
            if sink.len() < reported + FIRST_PAGE {
                continue;
            }
            reported = sink.len();
            // Of this page some are still to come as well.
            let read = reported - before;
            let left = self.limit.saturating_sub(read) as u64;
            (self.request.report)(
                reported,
                remaining(meta).map(|remaining| remaining.saturating_add(left)),
            );
        }
        reader.finish().map_err(|error| trouble(error, incoming))
    }

    async fn ask(&mut self) -> Result<Incoming, Trouble> {
        if let Some(mut asked) = self.ahead.take() {
            return (&mut asked.0)
                .await
                .unwrap_or_else(|_| Err(Trouble::TimedOut("the request was given up".to_owned())));
        }
        let url = url(self.request.path, self.limit, self.token.as_deref());
        self.request
            .api
            .open(&url, self.request.accept.header())
            .await
    }

    fn ask_ahead(&mut self, meta: &ListMeta) {
        let Some(token) = next(meta) else { return };
        if self.known.contains(&self.hasher.hash_one(&token)) {
            return;
        }
        let url = url(self.request.path, self.limit, Some(&token));
        self.ahead = Some(Ahead::ask(self.request.api, url, self.request.accept));
    }

    fn after_expiry(&mut self, refusal: &Refusal) -> Afterwards {
        if let Some(next) = refusal.continue_token.clone()
            && self.resumptions < RESUMPTIONS
        {
            self.resumptions += 1;
            self.token = Some(next);
            Afterwards::Resume
        } else if self.started_again {
            Afterwards::GiveUp
        } else {
            self.started_again = true;
            self.token = None;
            self.known.clear();
            Afterwards::StartAgain
        }
    }

    /// Whether the list may be begun again with larger pages.
    fn may_start_again(&self, meta: &ListMeta) -> bool {
        !self.sized
            && self.token.is_none()
            && remaining(meta).is_some_and(|remaining| remaining >= WORTH_STARTING_AGAIN)
    }

    /// A list keeps its page size: it is begun again rather than changed on the way.
    fn larger_page(
        &mut self,
        page: &Page,
        incoming: &Incoming,
        remaining: Option<u64>,
        took: Duration,
    ) -> Option<usize> {
        let first = !mem::replace(&mut self.sized, true) && self.token.is_none();
        page_size(
            page.objects,
            incoming.received(),
            took,
            remaining.filter(|_| first)?,
            self.request.api.page_time(),
        )
    }
}

fn not_understood(message: &str) -> Next {
    Next::Trouble(Trouble::NotUnderstood(message.to_owned()))
}

fn trouble(error: ListError, incoming: &Incoming) -> Trouble {
    match error {
        ListError::EndsEarly => incoming.broke_off(),
        ListError::NotAList => {
            Trouble::NotUnderstood("the answer is no list of objects".to_owned())
        }
        ListError::TooLarge => Trouble::NotUnderstood("an object is too large".to_owned()),
    }
}

/// Where the next page begins.
fn next(meta: &ListMeta) -> Option<String> {
    Some(meta.continue_token.to_string()).filter(|token| !token.is_empty())
}

/// How many objects come after this page, when the server says so.
fn remaining(meta: &ListMeta) -> Option<u64> {
    meta.remaining_item_count
        .and_then(|count| u64::try_from(count).ok())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{page_size, url};

    #[test]
    fn pages_are_sized_by_bytes_and_by_time() {
        let five = Duration::from_secs(5);
        let size = |objects, bytes, millis, remaining| {
            page_size(
                objects,
                bytes,
                Duration::from_millis(millis),
                remaining,
                five,
            )
        };
        assert_eq!(size(500, 500 * 7_300, 100, 1_000), None, "little is left");
        assert_eq!(size(500, 500 * 8_000, 100, 14_500), Some(8_000), "by bytes");
        assert_eq!(size(500, 500 * 100, 1_000, 90_000), Some(2_500), "by time");
        assert_eq!(size(500, 500 * 100, 1, 90_000), Some(10_000), "the largest");
        assert_eq!(size(500, 500 * 8_000, 4_000, 90_000), None, "a slow line");
        assert_eq!(size(0, 0, 1, 90_000), None);
    }

    #[test]
    fn tokens_are_escaped() {
        assert_eq!(
            url("/api/v1/pods", 500, Some("a+/=")),
            "/api/v1/pods?limit=500&continue=a%2B%2F%3D"
        );
    }
}
