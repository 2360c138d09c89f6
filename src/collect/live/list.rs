//! One list of one resource, page by page; what came stays, and how it ended is told.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex},
    time::Duration,
};

use kready_checks::inventory::{Gap, Interner, Listed};
use tokio::task::JoinHandle;

use super::{
    api::{Answer, Api},
    errors::Trouble,
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
                url.push_str(&format!("%{byte:02X}"));
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

/// Reads all pages of the list at `path`.
pub(super) async fn list<K: Listed>(
    api: &Arc<Api>,
    path: &str,
    accept: &'static str,
    interner: &Mutex<Interner>,
    keep: &(dyn Fn(&K) -> bool + Sync),
    report: &(dyn Fn(usize, Option<u64>) + Sync),
) -> Pages<K> {
    let mut pages = Pages {
        items: Vec::new(),
        gaps: Vec::new(),
        trouble: None,
        answered: false,
    };
    let mut limit = FIRST_PAGE;
    let mut token: Option<String> = None;
    let mut ahead: Option<Ahead> = None;
    let mut sized = false;
    let mut started_again = false;
    let mut cut_short = 0;
    let mut resumptions = 0;
    let mut empty = 0;
    let hasher = RandomState::new();
    let mut beginnings = HashSet::new();
    loop {
        let result = match ahead.take() {
            Some(mut asked) => match (&mut asked.0).await {
                Ok(result) => result,
                Err(_) => Err(Trouble::TimedOut("the request was given up".to_owned())),
            },
            None => api.get(&url(path, limit, token.as_deref()), accept).await,
        };
        let answer = match result {
            Ok(answer) => answer,
            Err(Trouble::Refused(refusal)) if refusal.status == 410 && token.is_some() => {
                // The snapshot that the list was read from is gone. The server may offer to go on with what is there
                // now; else the list is read once more from its beginning.
                if let Some(next) = refusal.continue_token.clone()
                    && resumptions < RESUMPTIONS
                {
                    resumptions += 1;
                    token = Some(next);
                } else if started_again {
                    pages.trouble = Some(Trouble::Refused(refusal));
                    break;
                } else {
                    started_again = true;
                    token = None;
                    beginnings.clear();
                    pages.items.clear();
                    pages.gaps.clear();
                }
                continue;
            }
            Err(trouble) => {
                pages.trouble = Some(trouble);
                break;
            }
        };
        let page = match Page::read(&answer.body) {
            Ok(page) => page,
            Err(Trouble::CutShort(_)) if cut_short < 2 => {
                cut_short += 1;
                continue;
            }
            Err(trouble) => {
                pages.trouble = Some(trouble);
                break;
            }
        };
        if accept == METADATA && !page.is_metadata_only() {
            pages.trouble = Some(Trouble::NotUnderstood(
                "the server does not offer the names alone".to_owned(),
            ));
            break;
        }
        if token.is_none()
            && !sized
            && let Some(remaining) = page.remaining()
        {
            sized = true;
            let size = page_size(
                page.len(),
                answer.body.len(),
                answer.took,
                remaining,
                api.page_time(),
            );
            if let Some(size) = size {
                // A list keeps its page size: it is begun again rather than changed on the way.
                limit = size;
                continue;
            }
        }
        pages.answered = true;
        empty = if page.len() == 0 { empty + 1 } else { 0 };
        let next = page.next().map(str::to_owned);
        let known = page
            .first()
            .is_some_and(|first| !beginnings.insert(hasher.hash_one(first)));
        let goes_round = next.is_some() && (next == token || known || empty >= EMPTY_PAGES);
        if goes_round && resumptions == 0 {
            pages.trouble = Some(Trouble::NotUnderstood(
                "the server hands out the same pages again and again".to_owned(),
            ));
            if known {
                break;
            }
        }
        if let (Some(next), None) = (&next, &pages.trouble) {
            ahead = Some(Ahead::ask(api, url(path, limit, Some(next)), accept));
        }
        let gaps = page.decode(interner, |object: K| {
            if keep(&object) {
                pages.items.push(object);
            }
        });
        pages.gaps.extend(gaps);
        report(pages.items.len(), page.remaining());
        if next.is_none() || pages.trouble.is_some() {
            break;
        }
        token = next;
    }
    if resumptions > 0 {
        let mut known = HashSet::new();
        pages.items.retain(|item| {
            let uid = item.metadata().uid;
            uid.is_empty() || known.insert(uid)
        });
    }
    pages
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
