//! What kready knows of components, and of releases of Kubernetes, with the day of that knowledge.

use std::{collections::BTreeMap, fmt::Write as _};

use kready_checks::knowledge::{
    Component, DATE, components,
    releases::{self, Release},
};

use super::{Pages, markdown::cell};

const CALENDARS: [(&str, &str); 5] = [
    ("upstream", "Kubernetes"),
    ("eks", "Amazon EKS"),
    ("gke", "Google GKE"),
    ("aks", "Azure AKS"),
    ("openshift", "OpenShift"),
];

/// Adds both pages.
pub(super) fn add(pages: &mut Pages) {
    pages.insert("reference/components.md".into(), of_components());
    pages.insert("reference/releases.md".into(), of_releases());
}

fn of_components() -> String {
    let mut categories: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
    for component in components() {
        let members = categories.entry(component.category).or_default();
        members.push(component);
    }
    let mut page = format!(
        "# Components and platforms\n\nThe {} components and platforms that kready recognises, as known on {DATE}. [`kready components`](commands/components.md) lists\n\
         those of a cluster, with versions and how certain that is. What is retired is reported by\n[`component-retired`](../checks/component-retired.md).\n",
        components().len()
    );
    for (category, mut members) in categories {
        members.sort_by_key(|component| component.name.to_lowercase());
        let _ = write!(
            page,
            "\n## {category}\n\n| component | id | vendor | state | successor |\n|---|---|---|---|---|\n"
        );
        for component in members {
            let status = component.status.id();
            let state = match (component.eol, component.since) {
                (Some(day), _) => format!("{status}, end {day}"),
                (None, Some(day)) => format!("{status} since {day}"),
                (None, None) => status.to_owned(),
            };
            let _ = writeln!(
                page,
                "| {} | `{}` | {} | {state} | {} |",
                cell(component.name),
                component.id,
                cell(component.vendor),
                cell(&component.successors.join(", "))
            );
        }
    }
    page
}

fn of_releases() -> String {
    let mut page = format!(
        "# Kubernetes releases\n\nUntil when each minor version is supported, as known on {DATE}: the last day of standard support, and of extended support where there\n\
         is one. [`kubernetes-version-unsupported`](../checks/kubernetes-version-unsupported.md) judges by the calendar of the platform. The knowledge is good until\n\
         {}; after that such questions are unknown, and never pass.\n",
        releases::good_until().unwrap_or_default()
    );
    for (calendar, name) in CALENDARS {
        let _ = write!(
            page,
            "\n## {name}\n\n| version | standard support until | extended support until |\n|---|---|---|\n"
        );
        for minor in (0..=releases::newest()).rev() {
            if let Release::Known(support) = releases::release(calendar, minor) {
                let extended = support.extended.unwrap_or_default();
                let _ = writeln!(page, "| 1.{minor} | {} | {extended} |", support.standard);
            }
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_is_on_the_page() {
        let page = of_components();
        for component in components() {
            let id = format!("| `{}` |", component.id);
            assert!(page.contains(&id), "{id}");
        }
    }

    #[test]
    fn every_calendar_has_releases() {
        for part in of_releases().split("\n## ").skip(1) {
            assert!(part.contains("| 1."), "{part}");
        }
    }
}
