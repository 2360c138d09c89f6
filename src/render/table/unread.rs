//! Files that could not be read, and objects to which no check applies.

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
            "list in .kreadyignore what is not a manifest; --render renders charts and kustomizations"
        } else {
            "list in .kreadyignore what is not a manifest"
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
            let mut spans = vec![Span::new(Look::Faint, "next: ")];
            spans.extend(Span::to_do(Look::Plain, &file.remedy));
            self.page.flow(DETAIL, &spans);
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
            "read, not judged",
            &format!(
                "{} of {} that no check is about",
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
                    NotJudged::HelmTest => ", a Helm test",
                };
                format!("{}{group} ({}{why})", kind.kind, kind.count)
            })
            .collect();
        let text = self.names(names.iter().map(String::as_str), KINDS_SHOWN);
        self.page.flow(LIST, &[Span::plain(&text)]);
    }
}
