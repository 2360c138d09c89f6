//! How identifiers and numbers are shown.

use kready_checks::model::Impact;

use crate::report;

/// An identifier for people: `High availability`.
pub(super) fn capitalised(id: &str) -> String {
    let words = id.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A number with one decimal, rounded down as everywhere in reports.
pub(super) fn decimal(number: f64) -> String {
    format!("{:.1}", report::round_down(number))
}

/// When a failure is felt, as a heading.
pub(super) const fn heading(impact: Impact) -> &'static str {
    match impact {
        Impact::Broken => "Broken now",
        Impact::Fragile => "Breaks at the next drain, deploy or lost machine",
        Impact::Exposed => "Exposed",
    }
}
