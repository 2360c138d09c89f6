//! A list in Kubernetes' protobuf, step by step.

use super::parts::{LARGEST, ListError, MAGIC, Part, Step, TypeMeta};
use crate::wire::protobuf::{Layout, Reader, WireType, decode as decode_protobuf};

/// Where in a protobuf answer the next bytes stand: `runtime.Unknown` around a list.
#[derive(Debug)]
pub(super) enum ProtobufList {
    /// Before everything.
    Magic,
    /// In `runtime.Unknown {1 typeMeta, 2 raw, …}`; `raw` was seen or not. The next field needs so many bytes.
    Outside { seen: bool, need: usize },
    /// In the list `{1 ListMeta, 2 items}`, so many bytes before its end. The next field needs so many bytes.
    Inside { left: usize, need: usize },
}

/// The longest key and length in front of a value.
const LONGEST_HEAD: usize = 20;

/// What stands at the beginning of some bytes of a message.
enum Head {
    /// A value: its field, its type, how many bytes its key and length have, and how many the value has.
    Value(u32, WireType, usize, usize),
    /// Too few bytes to tell.
    More,
}

fn head(bytes: &[u8]) -> Result<Head, ListError> {
    let mut reader = Reader::new(bytes);
    // What cannot be read may be cut off, unless there are more bytes than it can have.
    let short = || {
        if bytes.len() < LONGEST_HEAD {
            Ok(Head::More)
        } else {
            Err(ListError::NotAList)
        }
    };
    let (field, wire) = match reader.field() {
        Ok(Some(field)) => field,
        Ok(None) => return Ok(Head::More),
        Err(_) => return short(),
    };
    let size = match wire {
        WireType::Fixed64 => 8,
        WireType::Fixed32 => 4,
        WireType::Varint => match reader.varint() {
            Ok(_) => 0,
            Err(_) => return short(),
        },
        WireType::Bytes => match reader.varint() {
            Ok(length) => usize::try_from(length).map_err(|_| ListError::TooLarge)?,
            Err(_) => return short(),
        },
    };
    Ok(Head::Value(field, wire, bytes.len() - reader.left(), size))
}

impl ProtobufList {
    pub(super) const fn is_complete(&self) -> bool {
        matches!(self, Self::Outside { seen: true, .. })
    }

    pub(super) fn wanted(&self, held: usize) -> usize {
        let need = match self {
            Self::Magic => MAGIC.len(),
            Self::Outside { need, .. } | Self::Inside { need, .. } => *need,
        };
        need.saturating_sub(held).max(1)
    }

    pub(super) fn step<'a>(&mut self, bytes: &'a [u8]) -> Result<Step<'a>, ListError> {
        match self {
            Self::Magic => {
                let known = bytes.len().min(MAGIC.len());
                if bytes[..known] != MAGIC[..known] {
                    return Err(ListError::NotAList);
                }
                if known < MAGIC.len() {
                    return Ok(Step::More);
                }
                *self = Self::Outside {
                    seen: false,
                    need: 1,
                };
                Ok(Step::On(known))
            }
            Self::Outside { seen, need } => {
                let Head::Value(field, wire, start, size) = head(bytes)? else {
                    *need = bytes.len() + 1;
                    return Ok(Step::More);
                };
                if field == 2 {
                    if *seen || wire != WireType::Bytes {
                        return Err(ListError::NotAList);
                    }
                    *self = Self::Inside {
                        left: size,
                        need: 1,
                    };
                    return Ok(Step::On(start));
                }
                let end = end(start, size)?;
                let Some(value) = bytes.get(start..end) else {
                    *need = end;
                    return Ok(Step::More);
                };
                if field == 1 && wire == WireType::Bytes {
                    let meta: TypeMeta =
                        decode_protobuf(Layout::Own, value).map_err(|_| ListError::NotAList)?;
                    return if meta.kind.ends_with("List") {
                        Ok(Step::Type(end, meta))
                    } else {
                        Err(ListError::NotAList)
                    };
                }
                Ok(Step::On(end))
            }
            Self::Inside { left: 0, .. } => {
                *self = Self::Outside {
                    seen: true,
                    need: 1,
                };
                Ok(Step::On(0))
            }
            Self::Inside { left, need } => {
                let bytes = &bytes[..bytes.len().min(*left)];
                let Head::Value(field, wire, start, size) = head(bytes)? else {
                    if bytes.len() == *left {
                        return Err(ListError::NotAList);
                    }
                    *need = bytes.len() + 1;
                    return Ok(Step::More);
                };
                let end = end(start, size)?;
                if end > *left {
                    return Err(ListError::NotAList);
                }
                let Some(value) = bytes.get(start..end) else {
                    *need = end;
                    return Ok(Step::More);
                };
                *left -= end;
                *need = 1;
                match (field, wire) {
                    (1, WireType::Bytes) => {
                        let meta =
                            decode_protobuf(Layout::Own, value).map_err(|_| ListError::NotAList)?;
                        Ok(Step::Found(end, Part::Meta(meta)))
                    }
                    (2, WireType::Bytes) => Ok(Step::Found(end, Part::Object(value))),
                    (1 | 2, _) => Err(ListError::NotAList),
                    _ => Ok(Step::On(end)),
                }
            }
        }
    }
}

fn end(start: usize, size: usize) -> Result<usize, ListError> {
    match start.checked_add(size) {
        Some(end) if end <= LARGEST => Ok(end),
        _ => Err(ListError::TooLarge),
    }
}
