//! An answer of the server, decompressed while it arrives.

use std::{io::Write, mem, time::Duration, time::Instant};

use bytes::Bytes;
use flate2::write::GzDecoder;
use http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, RETRY_AFTER},
};
use http_body_util::BodyExt;
use kready_checks::wire::Time;
use kube::client::Body;

use super::{
    budget::Lane,
    errors::{Refusal, Trouble},
};

/// The largest answer that is read as a whole.
const LARGEST_WHOLE: usize = 64 << 20;

/// How much is decompressed at a time: it may become a thousand times as large.
const UNPACKED_AT_A_TIME: usize = 16 << 10;

/// How long to wait for an answer; the time in which it is processed does not count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// For one answer, its body included; none means no limit of its own.
    request: Option<Duration>,
    /// The end of the run.
    deadline: Instant,
    waited: Duration,
}

impl Patience {
    pub(super) const fn new(request: Option<Duration>, deadline: Instant) -> Self {
        Self {
            request,
            deadline,
            waited: Duration::ZERO,
        }
    }

    /// How long the waiting has taken so far.
    pub(super) const fn waited(&self) -> Duration {
        self.waited
    }

    /// Waits for `future` as long as patience lasts.
    pub(super) async fn wait<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Trouble> {
        let began = Instant::now();
        let left = self.deadline.saturating_duration_since(began);
        if left.is_zero() {
            return Err(Trouble::TimedOut(
                "the time for the whole audit was over (--timeout)".to_owned(),
            ));
        }
        let own = self
            .request
            .map_or(left, |request| request.saturating_sub(self.waited));
        let result = tokio::time::timeout(own.min(left), future).await;
        self.waited += began.elapsed();
        result.map_err(|_| match self.request {
            Some(request) if own < left => Trouble::TimedOut(format!(
                "no full answer within {} s (--request-timeout)",
                request.as_secs_f64()
            )),
            _ => Trouble::TimedOut("the time for the whole audit ran out (--timeout)".to_owned()),
        })
    }
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    body: Body,
    gzip: Option<GzDecoder<Vec<u8>>>,
    received: u64,
    patience: Patience,
    /// Held until the answer is complete.
    lane: Option<Lane>,
}

impl Incoming {
    pub(super) fn new(response: http::Response<Body>, patience: Patience) -> Self {
        let (head, body) = response.into_parts();
        let packed = head
            .headers
            .get(CONTENT_ENCODING)
            .is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"));
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            gzip: packed.then(|| GzDecoder::new(Vec::new())),
            received: 0,
            patience,
            lane: None,
        }
    }

    /// The same, in a lane of the budget.
    pub(super) fn in_lane(mut self, lane: Lane) -> Self {
        self.lane = Some(lane);
        self
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The Content-Type.
    pub(super) fn content_type(&self) -> &str {
        self.headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// How many bytes came so far.
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// How long the server has taken so far.
    pub(super) const fn waited(&self) -> Duration {
        self.patience.waited()
    }

    /// The next bytes, unpacked; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        loop {
            let Some(frame) = self.patience.wait(self.body.frame()).await? else {
                self.lane = None;
                return self.end();
            };
            let frame = frame.map_err(|_| self.broke_off())?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            self.received += data.len() as u64;
            if self.gzip.is_none() {
                return Ok(Some(data));
            }
            let plain = self.unpack(&data)?;
            if !plain.is_empty() {
                return Ok(Some(plain));
            }
        }
    }

    fn unpack(&mut self, packed: &[u8]) -> Result<Bytes, Trouble> {
        let broke_off = self.broke_off();
        let Some(gzip) = &mut self.gzip else {
            return Ok(Bytes::copy_from_slice(packed));
        };
        for part in packed.chunks(UNPACKED_AT_A_TIME) {
            gzip.write_all(part).map_err(|_| broke_off.clone())?;
            if gzip.get_ref().len() > LARGEST_WHOLE {
                return Err(Trouble::NotUnderstood("the answer is too large".to_owned()));
            }
        }
        Ok(mem::take(gzip.get_mut()).into())
    }

    /// What the decoder still holds back at the end of a compressed answer.
    fn end(&mut self) -> Result<Option<Bytes>, Trouble> {
        let Some(gzip) = self.gzip.take() else {
            return Ok(None);
        };
        let rest = gzip.finish().map_err(|_| self.broke_off())?;
        Ok((!rest.is_empty()).then(|| rest.into()))
    }

    /// The answer ended before its end.
    pub(super) fn broke_off(&self) -> Trouble {
        Trouble::CutShort(format!(
            "the answer broke off after {} bytes",
            self.received
        ))
    }

    /// The whole answer.
    pub(super) async fn whole(mut self) -> Result<Answer, Trouble> {
        let mut body = Vec::new();
        while let Some(bytes) = self.next().await? {
            if body.len() + bytes.len() > LARGEST_WHOLE {
                return Err(Trouble::NotUnderstood("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&bytes);
        }
        Ok(Answer {
            status: self.status,
            headers: self.headers,
            body,
        })
    }
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The Content-Type, lower case.
    pub(super) fn content_type(&self) -> String {
        self.headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase()
    }

    /// The server's clock.
    pub(super) fn date(&self) -> Option<Time> {
        http_date(self.headers.get(DATE)?.to_str().ok()?)
    }

    /// The error that it tells.
    pub(super) fn refusal(&self, now: Time) -> Trouble {
        let retry_after = self
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| retry_after(value, self.date().unwrap_or(now)));
        Trouble::Refused(Refusal::read(self.status, &self.body, retry_after))
    }
}

/// `120`, or an HTTP date.
pub(super) fn retry_after(value: &str, now: Time) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?.since(now);
    Some(Duration::from_secs(u64::try_from(until).unwrap_or(0)))
}

/// `Wed, 25 Nov 2026 03:00:00 GMT`.
pub(super) fn http_date(text: &str) -> Option<Time> {
    let text = text.trim().strip_suffix("GMT")?.trim();
    jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S", text)
        .and_then(|parsed| parsed.to_datetime())
        .and_then(|civil| civil.to_zoned(jiff::tz::TimeZone::UTC))
        .ok()
        .map(|zoned| Time(zoned.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Time(1_795_575_600);
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        let date = "Wed, 25 Nov 2026 03:00:05 GMT";
        assert_eq!(http_date(date).unwrap().to_string(), "2026-11-25T03:00:05Z");
        assert_eq!(retry_after(date, now), Some(Duration::from_secs(5)));
        assert_eq!(retry_after("soon", now), None);
    }

    #[tokio::test]
    async fn patience_ends_with_the_time_that_was_waited() {
        let never = std::future::pending::<()>;
        let far = Instant::now() + Duration::from_secs(3600);
        let mut patience = Patience::new(Some(Duration::from_millis(5)), far);
        assert_eq!(patience.wait(async { 7 }).await.unwrap(), 7);
        let Err(Trouble::TimedOut(message)) = patience.wait(never()).await else {
            panic!("nothing came, and nothing happened");
        };
        assert!(message.contains("--request-timeout"), "{message}");
        let mut patience = Patience::new(None, Instant::now());
        let Err(Trouble::TimedOut(message)) = patience.wait(never()).await else {
            panic!("the run is over, and nothing happened");
        };
        assert!(message.contains("--timeout"), "{message}");
    }

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }

    fn incoming(body: Vec<u8>) -> Incoming {
        let response = http::Response::builder()
            .header(CONTENT_ENCODING, "gzip")
            .body(Body::from(body))
            .unwrap();
        let far = Instant::now() + Duration::from_secs(3600);
        Incoming::new(response, Patience::new(None, far))
    }

    #[tokio::test]
    async fn packed_answers_are_unpacked_and_a_short_one_is_an_error() {
        let text = b"pods ".repeat(100_000);
        let body = packed(&text);
        assert_eq!(incoming(body.clone()).whole().await.unwrap().body, text);
        let short = body[..body.len() - 3].to_vec();
        assert!(matches!(
            incoming(short).whole().await,
            Err(Trouble::CutShort(_))
        ));
    }
}
