//! Files that could not be read, and objects that no check is asked of.

use kready_checks::inventory::NotJudged;

use super::{
    super::flow::{Look, Span},
    writer::{BODY, DETAIL, ENTRY, LIST, Writer},
};
use crate::{
    report::Unread,
    words::{counted, one_or_many},
};

/// How many files are explained one by one.
const FILES_SHOWN: usize = 10;

/// How many kinds a list holds before it is cut.
const KINDS_SHOWN: usize = 12;

impl Writer<'_> {
    pub(super) fn unread(&mut self) {
        let unread = &self.report.unread;
        if unread.is_empty() {
            return;
        }
        let to_be_rendered = unread.iter().any(Unread::is_to_be_rendered);
        let beside = if to_be_rendered {
            "name in .kreadyignore what is no manifest; --render renders charts and kustomizations"
        } else {
            "name in .kreadyignore what is no manifest"
        };
        self.section("not read", beside);
        let limit = self.limit(FILES_SHOWN);
        for file in unread.iter().take(limit) {
            self.page.flow(
                ENTRY,
                &[
                    Span::whole(Look::Strong, &file.place()),
                    Span::plain(": "),
                    Span::new(Look::Warn, &file.message),
                ],
            );
            self.page.flow(
                DETAIL,
                &[Span::new(Look::Faint, "next: "), Span::plain(&file.remedy)],
            );
        }
        self.more(BODY, unread.len().saturating_sub(limit));
    }

    pub(super) fn unjudged(&mut self) {
        let unjudged = &self.report.unjudged;
        if unjudged.is_empty() {
            return;
        }
        let total: usize = unjudged.iter().map(|kind| kind.count).sum();
        self.section(
            "read and not judged",
            &format!(
                "{} of {} that no check is asked of",
                counted(total, "object"),
                one_or_many(unjudged.len(), "a kind", "kinds")
            ),
        );
        let names: Vec<String> = unjudged
            .iter()
            .map(|kind| {
                let group = kind.api_version.rsplit_once('/').map(|(group, _)| group);
                let group = group.map(|group| format!(".{group}")).unwrap_or_default();
                let why = match kind.why {
                    NotJudged::UnknownKind => "",
                    NotJudged::HelmTest => ", of helm test",
                };
                format!("{}{group} ({}{why})", kind.kind, kind.count)
            })
            .collect();
        let text = self.names(names.iter().map(String::as_str), KINDS_SHOWN);
        self.page.flow(LIST, &[Span::plain(&text)]);
    }
}
