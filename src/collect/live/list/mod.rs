//! Reads one list of one resource, page by page and object by object; tells how it ended, and keeps what came before.

mod accept;
mod bounds;
mod sink;
mod size;

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use kready_checks::{
    inventory::Gap,
    wire::{
        Interner,
        lists::{Form, ListError, ListMeta, ListReader, Part},
    },
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::task::JoinHandle;

pub(super) use accept::Accept;
pub(super) use bounds::{Allowance, ListType};
pub(super) use sink::{Objects, Sink};
use size::{FIRST_PAGE, WORTH_STARTING_AGAIN, page_size};

use super::{
    answer::Incoming,
    api::Api,
    errors::{Refusal, Trouble, tidy},
};

/// How many bytes a list that gives way reads before it does: a tenth of a millisecond's work.
const WORK_AT_A_TIME: usize = 16 << 10;

/// How often a list may go on after its snapshot expired.
const RESUMPTIONS: u32 = 100;

/// How often a page is asked for again after it broke off unnoticed by the connection.
const CUT_SHORT: u32 = 2;

/// How many empty pages in a row are believed.
const EMPTY_PAGES: u32 = 3;

/// How many pages are believed: five million objects, more than an API server can hold.
const MOST_PAGES: u32 = 10_000;

/// What a list of metadata calls itself.
const METADATA_ONLY: (&str, &str) = ("meta.k8s.io/v1", "PartialObjectMetadataList");

/// What is escaped in a query: all but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

fn url(path: &str, limit: usize, token: Option<&str>) -> String {
    let next = token.map(|token| format!("&continue={}", utf8_percent_encode(token, RESERVED)));
    format!("{path}?limit={limit}{}", next.unwrap_or_default())
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
#[derive(Clone)]
pub(super) struct ListRequest<'a> {
    pub(super) api: &'a Arc<Api>,
    pub(super) path: &'a str,
    pub(super) accept: Accept,
    pub(super) of: ListType,
    /// What all lists of the run share.
    pub(super) allowance: &'a Allowance,
    pub(super) interner: &'a Mutex<Interner>,
    /// Whether other lists go first when all have something to read.
    pub(super) gives_way: bool,
    /// Hears now and then: the objects so far, and how many are to come.
    pub(super) report: &'a (dyn Fn(usize, Option<u64>) + Sync),
}

/// Reads all pages of a list into a sink.
pub(super) async fn list(request: ListRequest<'_>, sink: &mut dyn Sink) -> End {
    Paging::new(request).run(sink).await
}

/// How the reading of a list ended.
#[derive(Debug, Default)]
pub(super) struct End {
    /// What ended it early.
    pub(super) trouble: Option<Trouble>,
    /// Whether at least one page came.
    pub(super) answered: bool,
    /// Whether the list expired on the way and went on with newer objects.
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

/// How far the reading of a list has come.
struct Paging<'a> {
    request: ListRequest<'a>,
    limit: usize,
    token: Option<String>,
    ahead: Option<Ahead>,
    /// Whether at least one page came.
    answered: bool,
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

impl<'a> Paging<'a> {
    fn new(request: ListRequest<'a>) -> Self {
        Self {
            request,
            limit: FIRST_PAGE,
            token: None,
            ahead: None,
            answered: false,
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

    /// Reads page after page.
    async fn run(mut self, sink: &mut dyn Sink) -> End {
        let start = sink.mark();
        let trouble = loop {
            match self.page(sink).await {
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
            answered: self.answered,
            resumed: self.resumptions > 0,
        }
    }

    /// Reads one page.
    async fn page(&mut self, sink: &mut dyn Sink) -> Next {
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
        let accept = self.request.accept;
        let names = (reader.api_version(), reader.kind()) == METADATA_ONLY;
        if accept.metadata_only && !names {
            sink.back_to(mark);
            return not_understood("the server does not offer the names alone");
        }
        let wanted = if names {
            accept.takes_names()
        } else {
            self.request.of.is(reader.api_version(), reader.kind())
        };
        if !wanted {
            sink.back_to(mark);
            return Next::Trouble(Trouble::NotUnderstood(format!(
                "the answer is not a list of them but {}",
                match reader.kind() {
                    "" => "one that does not say what it lists".to_owned(),
                    kind => format!("a {} of {}", tidy(kind), tidy(reader.api_version())),
                }
            )));
        }
        let remaining = page.meta.as_ref().and_then(remaining);
        if let Some(limit) = self.larger_page(&page, &incoming, remaining, asked.elapsed()) {
            self.limit = limit;
            sink.back_to(mark);
            return Next::Page;
        }
        self.answered = true;
        self.pages += 1;
        self.empty = if page.objects == 0 { self.empty + 1 } else { 0 };
        let next = page.meta.as_ref().and_then(next);
        if let Some(token) = &next
            && self.resumptions == 0
        {
            // A page that begins like an earlier one is that page.
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

    /// Reads a page to its end, and asks for the next one as soon as its start is known.
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
                self.request.allowance.take(bytes.len(), sink.came())?;
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
            // Some of this page are still to come, too.
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

    /// The size of larger pages, if they pay: then the list is begun again, because it keeps its page size.
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
            Trouble::NotUnderstood("the answer is not a list of objects".to_owned())
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
    use super::url;

    #[test]
    fn tokens_are_escaped() {
        assert_eq!(
            url("/api/v1/pods", 500, Some("a+/=")),
            "/api/v1/pods?limit=500&continue=a%2B%2F%3D"
        );
    }
}
