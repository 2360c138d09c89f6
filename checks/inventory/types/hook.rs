//! The command of a lifecycle hook: whether there is one, and how long it sleeps.

use serde::{Deserialize, Deserializer};

use crate::wire::{
    Decode, WireError,
    protobuf::{Layout, Reader, Wire, WireType},
};

/// The command of a hook, of which only survives that it is there, and how long it sleeps when it does nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HookCommand {
    is_there: bool,
    sleeps: Option<i64>,
}

impl HookCommand {
    /// For how many seconds a command sleeps that does nothing else.
    pub const fn sleeps(&self) -> Option<i64> {
        self.sleeps
    }

    fn of<T: AsRef<str>>(command: &[T]) -> Self {
        let words: Vec<&str> = match command {
            [shell, flag, script]
                if base_name(shell.as_ref()).ends_with("sh") && flag.as_ref() == "-c" =>
            {
                script.as_ref().split_whitespace().collect()
            }
            words => words.iter().map(AsRef::as_ref).collect(),
        };
        let sleeps = match words[..] {
            [program, duration] if base_name(program) == "sleep" => seconds(duration),
            _ => None,
        };
        Self {
            is_there: true,
            sleeps,
        }
    }
}

/// A duration as `sleep` takes it: `15`, `15s`, `1m`.
fn seconds(duration: &str) -> Option<i64> {
    let (number, unit) = match duration.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, &duration[number.len()..]),
        None => (duration, "s"),
    };
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => 1,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

impl serde::Serialize for HookCommand {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let command = self
            .sleeps
            .map(|seconds| ("command", ["sleep".to_owned(), seconds.to_string()]));
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

/// The last component of a path.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
