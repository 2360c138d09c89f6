//! The difference of two reports, for a person: as a table, and as Markdown for a pull request.

mod markdown;
mod said;
mod table;

pub(crate) use markdown::markdown;
pub(crate) use table::table;
