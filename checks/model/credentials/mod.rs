//! The one vocabulary of credentials: by which names and shapes they are recognised, and how a text loses them.

mod mask;
mod names;
mod placeholders;
mod shapes;
mod values;

pub use mask::{MASK, without_credentials, without_opaque_words};
pub use names::{ENDINGS, NAMES, Names};
pub use values::{ValueClass, classify};
