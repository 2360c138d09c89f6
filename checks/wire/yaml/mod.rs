//! YAML and JSON become values, the way kubectl reads them: by go-yaml's rules, and within bounds.
//!
//! kubectl splits a file at lines that begin with `---`, has each document composed by go-yaml (a port of libyaml), resolves
//! scalars by YAML 1.1 and a few rules of go-yaml's own, and makes JSON of the result. What it refuses is refused here;
//! so is what only some readers understand: a key that occurs twice in one mapping, and a second document after `...`.

mod bad;
mod compose;
mod events;
mod json;
mod read;
mod resolve;
mod split;
mod strange;
mod value;

pub use bad::{BadYaml, Twice};
pub use compose::{Composed, Step};
pub use json::json_document;
pub use read::{Read, opened, read, yaml_documents};

#[cfg(test)]
mod tests;
