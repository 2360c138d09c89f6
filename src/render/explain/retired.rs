//! What has ended, in a table: the part of a page that the knowledge fills in.

use kready_checks::knowledge::{Component, Status, components};

use crate::render::flow::{Indent, Look, Page, Span};

/// How many columns the name of something retired takes.
const RETIRED_NAME: usize = 38;

/// What is said of something retired below its first line.
const BELOW: Indent = Indent::flush(6);

/// The components that the knowledge calls retired and that a check looks for, by name.
pub(super) fn retired(id: &str) -> Vec<&'static Component> {
    let registries = match id {
        "component-retired" => false,
        "image-registry-retired" => true,
        _ => return Vec::new(),
    };
    let mut retired: Vec<&Component> = components()
        .iter()
        .filter(|component| component.status == Status::Retired)
        .filter(|component| (component.category == "registry") == registries)
        .collect();
    retired.sort_by_key(|component| component.name.to_lowercase());
    retired
}

/// Each with its end and what takes its place.
pub(super) fn table(page: &mut Page, retired: &[&Component]) {
    page.flow(Indent::NONE, &[Span::whole(Look::Heading, "RETIRED")]);
    page.flow(
        Indent::NONE,
        &[Span::plain(
            "What has reached its end: since when, what to use instead, and the source.",
        )],
    );
    page.blank();
    for component in retired {
        let name = format!("{:<RETIRED_NAME$}  ", component.name);
        let end = component.eol.unwrap_or("unknown");
        page.flow(
            Indent::flush(2),
            &[
                Span::whole(Look::Strong, &name),
                Span::whole(Look::Warn, end),
            ],
        );
        if let Some(how) = component.ended {
            page.flow(BELOW, &[Span::plain(how)]);
        }
        page.flow(BELOW, &[Span::plain(&component.instead())]);
        if let Some(source) = component.source {
            page.flow(BELOW, &[Span::new(Look::Faint, source)]);
        }
    }
    page.blank();
}

/// What is dormant, and no finding.
pub(super) fn slumber(page: &mut Page) {
    page.flow(Indent::NONE, &[Span::whole(Look::Heading, "DORMANT")]);
    page.flow(
        Indent::NONE,
        &[Span::plain(
            "Components that had no release for 18 months but were not given up, with the day of their last change. They are no findings.",
        )],
    );
    page.blank();
    let mut dormant: Vec<&Component> = components().iter().collect();
    dormant.sort_by_key(|component| component.name.to_lowercase());
    for component in dormant {
        if let Some(since) = component.since {
            let name = format!("{:<RETIRED_NAME$}  ", component.name);
            page.flow(
                Indent::flush(2),
                &[Span::whole(Look::Strong, &name), Span::plain(since)],
            );
            if let Some(source) = component.source {
                page.flow(BELOW, &[Span::new(Look::Faint, source)]);
            }
        }
    }
    page.blank();
}
