//! The table: what a person reads of a report, the most urgent first.

mod appendix;
mod head;
mod objects;
mod pillars;
#[cfg(test)]
mod tests;
mod todo;
mod unread;
mod writer;

use crate::report::Report;

pub(crate) use writer::View;
use writer::Writer;

/// The report as text.
pub(crate) fn render(report: &Report, view: &View) -> String {
    let mut writer = Writer::new(report, view);
    writer.head();
    writer.verdict();
    writer.pillars();
    writer.what_to_do();
    writer.known();
    writer.unread();
    writer.unseen();
    writer.unjudged();
    writer.provider();
    writer.excused();
    writer.waivers();
    writer.declarations();
    writer.not_asked();
    writer.exit();
    writer.page.finish()
}
