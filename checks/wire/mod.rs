//! Bytes become values: JSON, YAML and protobuf, the scalars of Kubernetes, and what is equal stored once.

pub(crate) mod decode;
mod labels;
pub mod lists;
mod path;
pub(crate) mod protobuf;
pub(crate) mod shared;
pub(crate) mod values;

pub use decode::{Decode, Present};
pub use labels::Labels;
pub use path::explain_json;
pub use protobuf::WireError;
pub use shared::{Interner, Shared};
pub use values::{IntOrString, Quantities, Quantity, Rounding, Time, Uid};
