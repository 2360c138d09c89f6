//! The vocabulary: what a check may say.

pub mod credentials;
mod excuse;
mod finding;
mod judgement;
mod natural;
mod object;
mod outcome;
pub mod patterns;
mod pillar;
mod severity;
mod sheet;
mod standard;
mod text;
mod words;

pub use excuse::{Excuse, Expectation};
pub use finding::{Fault, Finding, Source, Subject};
pub use judgement::{Faults, Judgement};
pub use natural::natural;
pub use object::ObjectRef;
pub use outcome::{Doubt, Evaluation, NotApplicable, Outcome, Unknown, Why, any_or_why};
pub use pillar::Pillar;
pub use severity::{Impact, Severity};
pub use sheet::{Sheet, Undecided, not_applicable, unknown};
pub use standard::Standard;
pub(crate) use text::with_pool;
pub use text::{Text, Texts};
pub use words::{clause, counted, grouped, listed, many, share, shell_word};
