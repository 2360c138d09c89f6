//! The bytes of a file become text, within bounds.

use std::{
    borrow::Cow,
    io::{self, Read},
};

use crate::bounded::{self, MIB};

/// How large a file may be: all that a large cluster holds, as `kubectl get -o json` writes it.
const LARGEST: u64 = 2048 * MIB;

/// What a file holds; of one that is no text, as its beginning tells, no more than that.
pub(super) fn contents(mut from: impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    from.by_ref().take(64 << 10).read_to_end(&mut start)?;
    if !start.starts_with(GZIP) && start.contains(&0) {
        return Ok(start);
    }
    bounded::stream(start.as_slice().chain(from), LARGEST)
}

/// How a compressed file begins.
pub(super) const GZIP: &[u8] = &[0x1f, 0x8b];

/// What is no text.
pub(super) struct Binary;

pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Binary> {
    let text = std::str::from_utf8(bytes).map_err(|_| Binary)?;
    if text.contains('\0') {
        return Err(Binary);
    }
    Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)))
}
