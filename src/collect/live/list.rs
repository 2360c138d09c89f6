//! One list of one resource, page by page; what came stays, and how it ended is told.

use std::{
    collections::HashSet,
    fmt::Write,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex},
    time::Duration,
};

use kready_checks::inventory::{Gap, Interner, Listed};
use tokio::task::JoinHandle;

use super::{
    api::{Answer, Api},
    errors::{Refusal, Trouble},
    page::Page,
};

/// Whole objects.
pub(super) const OBJECTS: &str = "application/json";

/// Metadata only: of Secrets nothing else may leave the server.
pub(super) const METADATA: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/// The same where whole objects do no harm: a server that cannot reduce them sends those.
pub(super) const NAMES: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// The first page: it shows how large objects are and how fast they come.
const FIRST_PAGE: usize = 500;

/// The largest page: beyond it, memory grows and no time is won.
const LARGEST_PAGE: usize = 10_000;

/// How many bytes a page may have; two are in memory at a time.
const PAGE_BYTES: usize = 16 << 20;

/// How many objects must be left for a larger page to pay for the first one, which is read again.
const WORTH_STARTING_AGAIN: u64 = 2_000;

/// How often a list may go on after its snapshot expired.
const RESUMPTIONS: u32 = 100;

/// How often a page is asked for again that broke off without the connection's noticing.
const CUT_SHORT: u32 = 2;

/// How many empty pages in a row are believed.
const EMPTY_PAGES: u32 = 3;

/// What came of a list.
#[derive(Debug)]
pub(super) struct Pages<K> {
    pub(super) items: Vec<K>,
    pub(super) gaps: Vec<Gap>,
    pub(super) trouble: Option<Trouble>,
    /// Whether at least one page came.
    pub(super) answered: bool,
}

impl<K> Pages<K> {
    /// What was not seen because the list ended early.
    pub(super) fn gap(&self) -> Option<Gap> {
        let before = self.answered.then_some(self.items.len());
        self.trouble.as_ref().map(|trouble| trouble.gap(before))
    }
}

/// How large the pages of a list should be, after its first one; none when they are fine as they are.
fn page_size(
    objects: usize,
    bytes: usize,
    took: Duration,
    remaining: u64,
    page_time: Duration,
) -> Option<usize> {
    if objects == 0 || remaining < WORTH_STARTING_AGAIN {
        return None;
    }
    let by_bytes = PAGE_BYTES / (bytes / objects).max(1);
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

/// The next page, asked for while this one is being decoded.
struct Ahead(JoinHandle<Result<Answer, Trouble>>);

impl Ahead {
    fn ask(api: &Arc<Api>, url: String, accept: &'static str) -> Self {
        let api = Arc::clone(api);
        Self(tokio::spawn(async move { api.get(&url, accept).await }))
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Where the objects of a list go. The way through a list is the same for all kinds, and compiled once.
trait Sink: Send {
    fn take(&mut self, page: &Page<'_>);
    fn len(&self) -> usize;
    fn clear(&mut self);
    fn drop_duplicates(&mut self);
}

struct Objects<'a, K> {
    interner: &'a Mutex<Interner>,
    keep: &'a (dyn Fn(&K) -> bool + Sync),
    items: Vec<K>,
    gaps: Vec<Gap>,
}

impl<K: Listed> Sink for Objects<'_, K> {
    fn take(&mut self, page: &Page<'_>) {
        let gaps = page.decode(self.interner, |object: K| {
            if (self.keep)(&object) {
                self.items.push(object);
            }
        });
        self.gaps.extend(gaps);
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn clear(&mut self) {
        self.items.clear();
        self.gaps.clear();
    }

    fn drop_duplicates(&mut self) {
        let mut known = HashSet::new();
        self.items.retain(|item| {
            let uid = item.metadata().uid;
            uid.is_empty() || known.insert(uid)
        });
    }
}

/// Where a list is to be read, and what is wanted of it.
pub(super) struct Request<'a, K> {
    pub(super) api: &'a Arc<Api>,
    pub(super) path: &'a str,
    pub(super) accept: &'static str,
    pub(super) interner: &'a Mutex<Interner>,
    /// Whether an object belongs to the audit.
    pub(super) keep: &'a (dyn Fn(&K) -> bool + Sync),
    /// Hears of every page: the objects so far, and how many are to come.
    pub(super) report: &'a (dyn Fn(usize, Option<u64>) + Sync),
}

/// Reads all pages of a list.
pub(super) async fn list<K: Listed>(request: Request<'_, K>) -> Pages<K> {
    let mut objects = Objects {
        interner: request.interner,
        keep: request.keep,
        items: Vec::new(),
        gaps: Vec::new(),
    };
    let course = Course::new(request.api, request.path, request.accept);
    let (trouble, answered) = course.run(&mut objects, request.report).await;
    Pages {
        items: objects.items,
        gaps: objects.gaps,
        trouble,
        answered,
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

/// Where in a list the reading stands.
struct Course<'a> {
    api: &'a Arc<Api>,
    path: &'a str,
    accept: &'static str,
    limit: usize,
    token: Option<String>,
    ahead: Option<Ahead>,
    sized: bool,
    started_again: bool,
    cut_short: u32,
    resumptions: u32,
    empty: u32,
    hasher: RandomState,
    beginnings: HashSet<u64>,
}

impl<'a> Course<'a> {
    fn new(api: &'a Arc<Api>, path: &'a str, accept: &'static str) -> Self {
        Self {
            api,
            path,
            accept,
            limit: FIRST_PAGE,
            token: None,
            ahead: None,
            sized: false,
            started_again: false,
            cut_short: 0,
            resumptions: 0,
            empty: 0,
            hasher: RandomState::new(),
            beginnings: HashSet::new(),
        }
    }

    /// Reads page after page; tells what ended it early, and whether at least one page came.
    async fn run(
        mut self,
        sink: &mut dyn Sink,
        report: &(dyn Fn(usize, Option<u64>) + Sync),
    ) -> (Option<Trouble>, bool) {
        let mut trouble = None;
        let mut answered = false;
        loop {
            let answer = match self.ask().await {
                Ok(answer) => answer,
                Err(Trouble::Refused(refusal)) if refusal.status == 410 && self.token.is_some() => {
                    match self.after_expiry(&refusal) {
                        Afterwards::Resume => {}
                        Afterwards::StartAgain => {
                            sink.clear();
                        }
                        Afterwards::GiveUp => {
                            trouble = Some(Trouble::Refused(refusal));
                            break;
                        }
                    }
                    continue;
                }
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
            };
            let page = match Page::read(&answer.body) {
                Ok(page) => page,
                Err(Trouble::CutShort(_)) if self.cut_short < CUT_SHORT => {
                    self.cut_short += 1;
                    continue;
                }
                Err(error) => {
                    trouble = Some(error);
                    break;
                }
            };
            if self.accept == METADATA && !page.is_metadata_only() {
                trouble = Some(Trouble::NotUnderstood(
                    "the server does not offer the names alone".to_owned(),
                ));
                break;
            }
            if self.starts_again_with_larger_pages(&page, &answer) {
                continue;
            }
            answered = true;
            let next = page.next().map(str::to_owned);
            let known = self.knows(&page);
            let goes_round = next.is_some()
                && (next == self.token || known || self.empty >= EMPTY_PAGES)
                && self.resumptions == 0;
            if goes_round {
                trouble = Some(Trouble::NotUnderstood(
                    "the server hands out the same pages again and again".to_owned(),
                ));
                if known {
                    break;
                }
            } else if let Some(next) = &next {
                self.ask_ahead(next);
            }
            sink.take(&page);
            report(sink.len(), page.remaining());
            if next.is_none() || goes_round {
                break;
            }
            self.token = next;
        }
        if self.resumptions > 0 {
            sink.drop_duplicates();
        }
        (trouble, answered)
    }

    async fn ask(&mut self) -> Result<Answer, Trouble> {
        if let Some(mut asked) = self.ahead.take() {
            return (&mut asked.0)
                .await
                .unwrap_or_else(|_| Err(Trouble::TimedOut("the request was given up".to_owned())));
        }
        let url = url(self.path, self.limit, self.token.as_deref());
        self.api.get(&url, self.accept).await
    }

    fn ask_ahead(&mut self, next: &str) {
        let url = url(self.path, self.limit, Some(next));
        self.ahead = Some(Ahead::ask(self.api, url, self.accept));
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
            self.beginnings.clear();
            Afterwards::StartAgain
        }
    }

    /// A list keeps its page size: it is begun again rather than changed on the way.
    fn starts_again_with_larger_pages(&mut self, page: &Page<'_>, answer: &Answer) -> bool {
        let Some(remaining) = page.remaining() else {
            return false;
        };
        if self.sized || self.token.is_some() {
            return false;
        }
        self.sized = true;
        let size = page_size(
            page.len(),
            answer.body.len(),
            answer.took,
            remaining,
            self.api.page_time(),
        );
        self.limit = size.unwrap_or(self.limit);
        size.is_some()
    }

    /// Whether the page began another one before; also counts empty pages.
    fn knows(&mut self, page: &Page<'_>) -> bool {
        self.empty = if page.len() == 0 { self.empty + 1 } else { 0 };
        page.first()
            .is_some_and(|first| !self.beginnings.insert(self.hasher.hash_one(first)))
    }
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
        assert_eq!(size(500, 500 * 8_000, 100, 14_500), Some(2_000), "by bytes");
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
