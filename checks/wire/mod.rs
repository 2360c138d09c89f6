//! Bytes become values: JSON, YAML and protobuf, the scalars of Kubernetes, and what is equal stored once.

pub(crate) mod decode;
mod int_or_string;
mod labels;
pub mod lists;
mod path;
pub(crate) mod protobuf;
mod quantity;
pub(crate) mod shared;
mod time;
mod uid;
mod yaml;

pub use decode::{Decode, Present};
pub use int_or_string::{IntOrString, Rounding};
pub use labels::Labels;
pub use path::explain_json;
pub(crate) use path::field_of;
pub use protobuf::WireError;
pub use quantity::{Quantities, Quantity};
pub use shared::{Interner, Shared};
pub use time::{DAY, HOUR, MINUTE, Time};
pub use uid::Uid;
pub use yaml::{
    BadYaml, Composed, FieldAt, Piece, Read, Step, Twice, json_document, opened, pieces, read,
    yaml_documents,
};
