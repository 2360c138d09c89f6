//! The command of a lifecycle hook: whether there is one, and how long it sleeps.

use serde::{Deserialize, Deserializer};

use super::shell::sleep_of;
use crate::wire::{
    Decode, WireError,
    protobuf::{Layout, Reader, Wire, WireType},
};

/// The command of a hook, of which only survives that it is there, and how long it sleeps whatever else it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HookCommand {
    is_there: bool,
    /// In thousandths of a second.
    sleeps: Option<i64>,
}

impl HookCommand {
    /// For how many thousandths of a second the command sleeps at least; none when nothing says that it does.
    pub const fn sleeps(&self) -> Option<i64> {
        self.sleeps
    }

    fn of<T: AsRef<str>>(command: &[T]) -> Self {
        let words: Vec<&str> = command.iter().map(AsRef::as_ref).collect();
        Self {
            is_there: true,
            sleeps: Some(sleep_of(&words)).filter(|sleeps| *sleeps > 0),
        }
    }
}

impl serde::Serialize for HookCommand {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let command = self.sleeps.map(|sleeps| {
            let seconds = match sleeps % 1000 {
                0 => (sleeps / 1000).to_string(),
                rest => format!("{}.{rest:03}", sleeps / 1000),
            };
            ("command", ["sleep".to_owned(), seconds])
        });
        serializer.collect_map(command)
    }
}

impl Decode for HookCommand {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Exec {
            #[serde(default)]
            command: Option<Vec<String>>,
        }
        let exec = Exec::deserialize(deserializer)?;
        Ok(Self::of(&exec.command.unwrap_or_default()))
    }
}

impl Wire for HookCommand {
    fn merge(
        &mut self,
        _: Layout,
        wire: WireType,
        reader: &mut Reader<'_>,
    ) -> Result<(), WireError> {
        let mut fields = Reader::new(reader.bytes(wire)?);
        let mut command: Vec<String> = Vec::new();
        while let Some((field, wire)) = fields.field()? {
            match field {
                1 => command.push(fields.text(wire)?.into_owned()),
                _ => fields.skip(wire)?,
            }
        }
        *self = Self::of(&command);
        Ok(())
    }
}
