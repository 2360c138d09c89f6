//! Lists of the API server, taken apart as their bytes arrive: no more than one object is held at a time.

use super::{
    json::JsonList,
    parts::{Form, LARGEST, ListError, Part, Step, TypeMeta},
    protobuf::ProtobufList,
};

/// Takes a list apart.
#[derive(Debug)]
pub struct ListReader {
    /// What has arrived of the part that isn't complete yet.
    held: Vec<u8>,
    told: TypeMeta,
    progress: Progress,
}

/// How far the list was read.
#[derive(Debug)]
enum Progress {
    Json(JsonList),
    Protobuf(ProtobufList),
}

impl ListReader {
    /// At the beginning of a list.
    pub fn new(form: Form) -> Self {
        Self {
            held: Vec::new(),
            told: TypeMeta::default(),
            progress: match form {
                Form::Json => Progress::Json(JsonList::default()),
                Form::Protobuf => Progress::Protobuf(ProtobufList::Magic),
            },
        }
    }

    /// The list's kind, once it was told: `PodList`.
    pub fn kind(&self) -> &str {
        &self.told.kind
    }

    /// Its group and version, once they were told: `v1`, `apps/v1`.
    pub fn api_version(&self) -> &str {
        &self.told.api_version
    }

    /// The list's form.
    pub fn form(&self) -> Form {
        match self.progress {
            Progress::Json(_) => Form::Json,
            Progress::Protobuf(_) => Form::Protobuf,
        }
    }

    /// Takes the next bytes; hands out each part that is complete.
    ///
    /// # Errors
    /// They belong to no list.
    pub fn feed(
        &mut self,
        mut bytes: &[u8],
        mut part: impl FnMut(Part<'_>),
    ) -> Result<(), ListError> {
        // A part that is held is completed first, so that the others can be read where they are.
        while !self.held.is_empty() && !bytes.is_empty() {
            let wanted = self.progress.wanted(self.held.len());
            let (more, rest) = bytes.split_at(wanted.min(bytes.len()));
            self.held.extend_from_slice(more);
            bytes = rest;
            let mut held = std::mem::take(&mut self.held);
            let done = self.run(&held, &mut part)?;
            held.drain(..done);
            self.held = held;
            self.fits()?;
        }
        let done = self.run(bytes, &mut part)?;
        self.held.extend_from_slice(&bytes[done..]);
        self.fits()
    }

    fn fits(&self) -> Result<(), ListError> {
        if self.held.len() > LARGEST {
            return Err(ListError::TooLarge);
        }
        Ok(())
    }

    /// Goes through `bytes` as far as their parts are complete, and tells how far that is.
    fn run(&mut self, bytes: &[u8], part: &mut impl FnMut(Part<'_>)) -> Result<usize, ListError> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            let step = match &mut self.progress {
                Progress::Json(json) => json.step(rest)?,
                Progress::Protobuf(protobuf) => protobuf.step(rest)?,
            };
            match step {
                Step::On(size) => at += size,
                Step::Found(size, found) => {
                    part(found);
                    at += size;
                }
                Step::ApiVersion(size, api_version) => {
                    self.told.api_version = api_version;
                    at += size;
                }
                Step::Kind(size, kind) => {
                    self.told.kind = kind;
                    at += size;
                }
                Step::Type(size, told) => {
                    self.told = told;
                    at += size;
                }
                Step::More => return Ok(at),
            }
        }
    }

    /// Whether the list is complete.
    ///
    /// # Errors
    /// It ends early.
    pub fn finish(&self) -> Result<(), ListError> {
        let complete = self.held.iter().all(u8::is_ascii_whitespace)
            && match &self.progress {
                Progress::Json(json) => json.is_complete()?,
                Progress::Protobuf(protobuf) => self.held.is_empty() && protobuf.is_complete(),
            };
        if complete {
            Ok(())
        } else {
            Err(ListError::EndsEarly)
        }
    }
}

impl Progress {
    /// How many bytes are to be added to those that are held, so that they are a whole part, or may be.
    fn wanted(&self, held: usize) -> usize {
        match self {
            // What follows the part is copied with it: enough to get ahead, and no more than little.
            Self::Json(_) => (held / 2).clamp(4 << 10, 1 << 20),
            Self::Protobuf(protobuf) => protobuf.wanted(held),
        }
    }
}
