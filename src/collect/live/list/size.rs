//! How large the pages of a list are.

use std::time::Duration;

/// The first page: it shows how large objects are and how fast they come.
pub(super) const FIRST_PAGE: usize = 500;

/// The largest page: larger ones cost the server memory and save no time.
const LARGEST_PAGE: usize = 10_000;

/// How many bytes a page may have.
const PAGE_BYTES: u64 = 64 << 20;

/// How many objects must be left so that larger pages make up for reading the first one again.
pub(super) const WORTH_STARTING_AGAIN: u64 = 2_000;

/// How large the pages of a list should be, judging by its first one; none when they are fine as they are.
pub(super) fn page_size(
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::page_size;

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
}
