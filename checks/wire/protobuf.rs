//! How the inventory's types are read from Kubernetes' protobuf: fields in place, unknown ones skipped untouched.

use std::{borrow::Cow, fmt};

use crate::model::Text;

/// Why bytes are no message of the expected kind, and at which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    problem: &'static str,
    /// From the innermost field outwards.
    path: Vec<&'static str>,
}

impl WireError {
    #[cold]
    pub(crate) fn new(problem: &'static str) -> Self {
        Self(Box::new(Inner {
            problem,
            path: Vec::new(),
        }))
    }

    /// The same, one field further out.
    #[cold]
    #[must_use]
    pub(crate) fn within(mut self, field: &'static str) -> Self {
        self.0.path.push(field);
        self
    }

    /// The field, by its JSON names: `spec.containers.image`; empty when the object itself is at fault.
    pub fn path(&self) -> String {
        let names: Vec<&str> = self.0.path.iter().rev().copied().collect();
        names.join(".")
    }

    /// What is wrong there.
    pub fn problem(&self) -> &'static str {
        self.0.problem
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.path.is_empty() {
            f.write_str(self.0.problem)
        } else {
            write!(f, "{}: {}", self.path(), self.0.problem)
        }
    }
}

impl std::error::Error for WireError {}

type Result<T, E = WireError> = std::result::Result<T, E>;

const EARLY: &str = "the message ends early";
const WRONG_TYPE: &str = "the value has the wrong wire type";

/// How a value stands on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WireType {
    Varint,
    Fixed64,
    Bytes,
    Fixed32,
}

/// Reads one message, field by field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// The key that was read last.
    key: u64,
}

impl<'a> Reader<'a> {
    /// At the beginning of a message.
    pub(crate) const fn new(message: &'a [u8]) -> Self {
        Self {
            rest: message,
            key: 0,
        }
    }

    /// How many bytes are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    fn byte(&mut self) -> Result<u8> {
        let (first, rest) = self
            .rest
            .split_first()
            .ok_or_else(|| WireError::new(EARLY))?;
        self.rest = rest;
        Ok(*first)
    }

    /// A varint of at most ten bytes; what exceeds 64 bits is cut off, as Go does.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut value = u64::from(first & 0x7f);
        for shift in (7..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(WireError::new("a number has too many bytes"))
    }

    /// The next field's number and type; none at the end of the message.
    #[inline]
    pub(crate) fn field(&mut self) -> Result<Option<(u32, WireType)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.key = self.varint()?;
        let wire = match self.key & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Bytes,
            5 => WireType::Fixed32,
            _ => return Err(WireError::new("a field has an unknown wire type")),
        };
        match u32::try_from(self.key >> 3) {
            Ok(number @ 1..) => Ok(Some((number, wire))),
            _ => Err(WireError::new("a field has an impossible number")),
        }
    }

    /// The bytes of a value that has a length.
    #[inline]
    pub(crate) fn bytes(&mut self, wire: WireType) -> Result<&'a [u8]> {
        if wire != WireType::Bytes {
            return Err(WireError::new(WRONG_TYPE));
        }
        let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        let (value, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| WireError::new(EARLY))?;
        self.rest = rest;
        Ok(value)
    }

    /// A text. Bytes that are no UTF-8 become U+FFFD, as in the JSON that the API server writes.
    #[inline]
    pub(crate) fn text(&mut self, wire: WireType) -> Result<Cow<'a, str>> {
        let bytes = self.bytes(wire)?;
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        })
    }

    /// A number.
    #[inline]
    pub(crate) fn number(&mut self, wire: WireType) -> Result<u64> {
        if wire == WireType::Varint {
            self.varint()
        } else {
            Err(WireError::new(WRONG_TYPE))
        }
    }

    /// Hands every field of the message in a value to `take`, which reads it or goes past it.
    #[inline]
    pub(crate) fn message(
        &mut self,
        wire: WireType,
        mut take: impl FnMut(u32, WireType, &mut Self) -> Result<()>,
    ) -> Result<()> {
        let mut fields = Self::new(self.bytes(wire)?);
        while let Some((field, wire)) = fields.field()? {
            take(field, wire, &mut fields)?;
        }
        Ok(())
    }

    /// Goes past a value.
    #[inline]
    pub(crate) fn skip(&mut self, wire: WireType) -> Result<()> {
        let size = match wire {
            WireType::Varint => return self.varint().map(drop),
            WireType::Bytes => return self.bytes(wire).map(drop),
            WireType::Fixed64 => 8,
            WireType::Fixed32 => 4,
        };
        self.rest = self.rest.get(size..).ok_or_else(|| WireError::new(EARLY))?;
        Ok(())
    }

    /// Goes on to the next value when it is one more of the same field.
    #[inline]
    pub(crate) fn repeats(&mut self) -> bool {
        let mut ahead = *self;
        let same = matches!(ahead.varint(), Ok(key) if key == self.key);
        if same {
            self.rest = ahead.rest;
        }
        same
    }

    /// Goes past a value, or past all values of the field that follow one another.
    pub(crate) fn pass(&mut self, wire: WireType, all: bool) -> Result<()> {
        self.skip(wire)?;
        while all && self.repeats() {
            self.skip(wire)?;
        }
        Ok(())
    }

    /// The bytes that were read since an earlier state of the same reader.
    pub(crate) fn since(&self, earlier: &Self) -> &'a [u8] {
        &earlier.rest[..earlier.rest.len() - self.rest.len()]
    }

    /// How many values of this field follow one another from here on.
    fn run(&self, wire: WireType) -> usize {
        let mut ahead = *self;
        let mut count = 0;
        while ahead.skip(wire).is_ok() {
            count += 1;
            if !ahead.repeats() {
                break;
            }
        }
        count
    }
}

/// How the fields of another message of the API stand in one type of the inventory.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Layout {
    /// As the type declares them.
    #[default]
    Own,
    /// Under other numbers: the message's on the left, the type's on the right. Others are skipped.
    Renumbered(&'static [(u32, u32)]),
    /// All of them in one field of the message.
    Inside(u32),
}

/// A value that a field of a message can hold.
pub(crate) trait Wire: Sized {
    /// Whether all values of the field that follow one another belong together: lists and maps.
    const REPEATED: bool = false;

    /// Takes one more value of the field: scalars take the last one, lists collect, messages merge, as in Go.
    fn merge(&mut self, layout: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()>;
}

/// A type of the inventory that is a message of the API.
pub(crate) trait Message: Default {
    /// The numbers of its fields, embedded ones as [`STEP`] says.
    const NUMBERS: &'static [u32];

    /// The fields that hold the fields of others, as bits; numbers that cannot stand for fields do not compile.
    const EMBEDDING: u64 = embedding(Self::NUMBERS);

    /// Takes one field.
    fn take(&mut self, number: u32, wire: WireType, reader: &mut Reader<'_>) -> Result<()>;
}

/// What one step into an embedded message multiplies a field's number with: `2_001` is field 1 of the message in
/// field 2, whose fields are the outer one's in JSON.
///
/// One number says what a list would, so that a field is taken by one `match` whether it is embedded or not.
const STEP: u32 = 1000;

/// Numbers stay below this: no message of the API embeds one within one within one.
const DEEPEST: u32 = STEP * STEP * STEP;

/// A field that embeds others is below this, so that a bit is enough to find it: the API knows none above 2.
const EMBEDDERS: u32 = u64::BITS;

const fn embedding(numbers: &[u32]) -> u64 {
    let mut bits = 0;
    let mut at = 0;
    while at < numbers.len() {
        let mut outer = numbers[at];
        assert!(outer < DEEPEST, "a field is embedded too deeply");
        assert!(!outer.is_multiple_of(STEP), "a field has no number");
        while outer >= STEP {
            outer /= STEP;
            let embedder = outer % STEP;
            assert!(
                0 < embedder && embedder < EMBEDDERS,
                "such a field cannot embed others"
            );
            bits |= 1 << embedder;
        }
        at += 1;
    }
    bits
}

/// A field that the type does not declare: unknown, or one that embeds declared ones.
#[inline]
pub(crate) fn take_other<M: Message>(
    message: &mut M,
    number: u32,
    wire: WireType,
    reader: &mut Reader<'_>,
) -> Result<()> {
    let last = number % STEP;
    if M::EMBEDDING == 0 || last >= EMBEDDERS || M::EMBEDDING & (1 << last) == 0 {
        return reader.skip(wire);
    }
    let embeds = |declared: &u32| {
        let mut outer = *declared;
        while outer > number {
            outer /= STEP;
        }
        outer == number && *declared != number
    };
    if !M::NUMBERS.iter().any(embeds) {
        return reader.skip(wire);
    }
    reader.message(wire, |field, wire, inner| {
        if field < STEP {
            message.take(number * STEP + field, wire, inner)
        } else {
            inner.skip(wire)
        }
    })
}

/// Takes all fields of a message.
pub(crate) fn merge<M: Message>(message: &mut M, layout: Layout, bytes: &[u8]) -> Result<()> {
    let mut reader = Reader::new(bytes);
    while let Some((field, wire)) = reader.field()? {
        let own = match layout {
            // Above, numbers stand for embedded fields; the API has none.
            Layout::Own => (field < STEP).then_some(field),
            Layout::Renumbered(numbers) => numbers
                .iter()
                .find(|(theirs, _)| *theirs == field)
                .map(|(_, own)| *own),
            Layout::Inside(outer) => {
                if field == outer {
                    merge(message, Layout::Own, reader.bytes(wire)?)?;
                } else {
                    reader.skip(wire)?;
                }
                continue;
            }
        };
        match own {
            Some(own) => message.take(own, wire, &mut reader)?,
            None => reader.skip(wire)?,
        }
    }
    Ok(())
}

/// Reads a message.
pub(crate) fn decode<M: Message>(layout: Layout, bytes: &[u8]) -> Result<M> {
    let mut message = M::default();
    merge(&mut message, layout, bytes)?;
    Ok(message)
}

/// An entry of a map.
impl<V: Wire + Default> Wire for (Text, V) {
    fn merge(&mut self, _: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
        reader.message(wire, |field, wire, entry| match field {
            1 => self.0.merge(Layout::Own, wire, entry),
            2 => self.1.merge(Layout::Own, wire, entry),
            _ => entry.skip(wire),
        })
    }
}

/// Hands key and value of every entry in a run of a map of texts to `each`; what an entry lacks is empty.
pub(crate) fn texts<'a>(
    wire: WireType,
    reader: &mut Reader<'a>,
    mut each: impl FnMut(Cow<'a, str>, Cow<'a, str>),
) -> Result<()> {
    loop {
        let (mut key, mut value) = (Cow::Borrowed(""), Cow::Borrowed(""));
        reader.message(wire, |field, wire, entry| {
            match field {
                1 => key = entry.text(wire)?,
                2 => value = entry.text(wire)?,
                _ => entry.skip(wire)?,
            }
            Ok(())
        })?;
        each(key, value);
        if !reader.repeats() {
            return Ok(());
        }
    }
}

impl Wire for Text {
    #[inline]
    fn merge(&mut self, _: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
        *self = (&*reader.text(wire)?).into();
        Ok(())
    }
}

impl Wire for bool {
    #[inline]
    fn merge(&mut self, _: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
        *self = reader.number(wire)? != 0;
        Ok(())
    }
}

impl Wire for i64 {
    #[inline]
    fn merge(&mut self, _: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
        *self = reader.number(wire)?.cast_signed();
        Ok(())
    }
}

impl Wire for i32 {
    #[inline]
    fn merge(&mut self, _: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a negative number has ten bytes on the wire, and Go takes the lower half as well"
        )]
        let value = reader.number(wire)?.cast_signed() as Self;
        *self = value;
        Ok(())
    }
}

impl<T: Wire + Default> Wire for Option<T> {
    #[inline]
    fn merge(&mut self, layout: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
        self.get_or_insert_default().merge(layout, wire, reader)
    }
}

impl<T: Wire> Wire for Box<T> {
    #[inline]
    fn merge(&mut self, layout: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
        (**self).merge(layout, wire, reader)
    }
}

/// The most values that are made room for at once; a list that is longer grows as its values come.
const ROOM: usize = 1024;

impl<T: Wire + Default> Wire for Vec<T> {
    const REPEATED: bool = true;

    fn merge(&mut self, layout: Layout, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
        self.reserve_exact(reader.run(wire).min(ROOM));
        loop {
            let mut value = T::default();
            value.merge(layout, wire, reader)?;
            self.push(value);
            if !reader.repeats() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Probe {
        path: Option<Cow<'static, str>>,
        period: i32,
    }

    impl Message for Probe {
        const NUMBERS: &'static [u32] = &[1_002_001, 4];
        fn take(&mut self, number: u32, wire: WireType, reader: &mut Reader<'_>) -> Result<()> {
            match number {
                1_002_001 => self.path = Some(reader.text(wire)?.into_owned().into()),
                4 => self.period.merge(Layout::Own, wire, reader)?,
                _ => take_other(self, number, wire, reader)?,
            }
            Ok(())
        }
    }

    #[test]
    fn embedded_fields_belong_to_the_outer_message() {
        let bytes = b"\x0a\x06\x12\x04\x0a\x02/z\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        let probe: Probe = decode(Layout::Own, bytes).unwrap();
        assert_eq!(probe.path.as_deref(), Some("/z"));
        assert_eq!(probe.period, -1);
    }

    #[test]
    fn fields_that_embed_others_are_told_by_bits() {
        assert_eq!(embedding(&[4, 63]), 0);
        assert_eq!(embedding(&[4, 2_001, 1_002_001]), 1 << 1 | 1 << 2);
        assert_eq!(embedding(&[63_999]), 1 << 63);
        for numbers in [
            &[0][..],
            &[4, 2_000],
            &[64_001],
            &[1_000_001],
            &[1_002_003_004],
        ] {
            let refused = std::panic::catch_unwind(|| embedding(numbers));
            assert!(refused.is_err(), "{numbers:?}");
        }
    }

    #[test]
    fn a_number_that_stands_for_an_embedded_field_is_unknown_on_the_wire() {
        let key = (1_002_001_u64 << 3) | 2;
        let mut bytes = Vec::new();
        let mut rest = key;
        while rest >= 0x80 {
            bytes.extend(u8::try_from(rest & 0x7f | 0x80));
            rest >>= 7;
        }
        bytes.extend(u8::try_from(rest));
        bytes.extend(*b"\x02/z");
        assert_eq!(
            decode::<Probe>(Layout::Own, &bytes).unwrap(),
            Probe::default()
        );
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        for (bytes, problem) in [
            (&b"\x20"[..], EARLY),
            (b"\x0a\x05ab", EARLY),
            (b"\x0a\xff\xff\xff\xff\x0f", EARLY),
            (b"\x22\x00", WRONG_TYPE),
            (b"\x0b", "a field has an unknown wire type"),
            (b"\x00\x00", "a field has an impossible number"),
            (
                b"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
                "a number has too many bytes",
            ),
            (b"\x29\x00", EARLY),
        ] {
            let error = decode::<Probe>(Layout::Own, bytes).unwrap_err();
            assert_eq!(error.problem(), problem, "{bytes:x?}");
        }
    }

    #[test]
    fn other_layouts_bring_the_fields_to_their_own_places() {
        let renumbered = Layout::Renumbered(&[(7, 4)]);
        assert_eq!(
            decode::<Probe>(renumbered, b"\x38\x05\x20\x09")
                .unwrap()
                .period,
            5
        );
        let inside = Layout::Inside(3);
        assert_eq!(
            decode::<Probe>(inside, b"\x1a\x02\x20\x05\x20\x09")
                .unwrap()
                .period,
            5
        );
    }
}
