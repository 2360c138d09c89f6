//! Lists of the API server in both of its forms, and its errors.

mod json;
mod parts;
mod protobuf;
mod reader;
#[cfg(test)]
mod tests;

pub use parts::{Form, ListError, ListMeta, Part, Status, TypeMeta};
pub use reader::ListReader;
