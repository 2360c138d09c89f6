//! The table: what a person reads of a report, the most urgent first.
//!
//! The first screen answers what was audited, how it fares and what to do first; the findings follow, and what was left out comes last.

mod appendix;
mod by;
mod entry;
mod findings;
mod first;
mod folded;
mod head;
mod objects;
mod pillars;
mod places;
#[cfg(test)]
mod tests;
mod unread;
mod unseen;
mod verdict;
mod writer;

use crate::report::Report;

pub(crate) use by::By;
pub(crate) use writer::View;
use writer::Writer;

/// The report as text.
pub(crate) fn render(report: &Report, view: &View) -> String {
    let mut writer = Writer::new(report, view);
    writer.head();
    writer.verdict();
    writer.pillars();
    // What was not seen stands where it is needed: beside the verdict if it has a part in that.
    let early = writer.sight_decides();
    if early {
        writer.unread();
        writer.unseen();
    }
    writer.do_first();
    writer.findings();
    writer.places();
    writer.known();
    if !early {
        writer.unread();
        writer.unseen();
    }
    writer.unjudged();
    writer.provider();
    writer.waivers();
    writer.declarations();
    writer.excused();
    writer.not_applicable();
    writer.last_lines();
    writer.page.finish()
}
