//! What formats for pipelines have in common: where a finding is shown, and which findings come first.

use std::{
    cmp::Reverse,
    path::{Component, Path, PathBuf},
};

use kready_checks::model::{Finding, Severity};

use super::evidence::{object_name, sentence};
use crate::{
    escape,
    report::{CheckResult, FindingResult, Report, State},
};

/// The folders from which paths are counted, and the file that takes what is in no file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// The root of the repository, or the working directory outside of one.
    root: PathBuf,
    /// The working directory, below the root.
    here: Vec<String>,
    /// Where findings without a file are shown.
    anchor: Option<String>,
}

/// A line of a file of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Its path from the root, with slashes.
    pub(crate) path: String,
    /// Counted from one.
    pub(crate) line: u32,
}

impl Places {
    /// Paths are counted from the root, which the working directory is below.
    pub(crate) fn of(root: &Path, working_directory: &Path, anchor: Option<String>) -> Self {
        let here = working_directory
            .strip_prefix(root)
            .unwrap_or(Path::new(""));
        Self {
            root: root.to_owned(),
            here: here
                .components()
                .map(|part| part.as_os_str().to_string_lossy().into_owned())
                .collect(),
            anchor,
        }
    }

    /// Whether a file is named for findings without one.
    pub(crate) const fn has_anchor(&self) -> bool {
        self.anchor.is_some()
    }

    /// A path from the root; of what lies outside, the name alone: no path of a machine is told.
    pub(crate) fn path(&self, file: &str) -> String {
        let given = Path::new(file);
        let within = given.strip_prefix(&self.root);
        let mut parts: Vec<String> = match (given.is_absolute(), &within) {
            (false, _) => self.here.clone(),
            (true, _) => Vec::new(),
        };
        let mut inside = !given.is_absolute() || within.is_ok();
        for part in within.unwrap_or(given).components() {
            match part {
                Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
                Component::ParentDir => inside &= parts.pop().is_some(),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        if parts.is_empty() {
            return ".".to_owned();
        }
        if inside {
            parts.join("/")
        } else {
            parts.pop().unwrap_or_default()
        }
    }

    /// The place of a finding in a file; none for one that is in no file.
    pub(crate) fn of_finding(&self, finding: &Finding) -> Option<Spot> {
        let source = finding.source.as_deref()?;
        if source.rendered {
            // The line is one of what was rendered, and lies in no file.
            let file = source.template.as_ref().unwrap_or(&source.file);
            return Some(Spot {
                path: self.path(file),
                line: 1,
            });
        }
        (source.file != *"-").then(|| Spot {
            path: self.path(&source.file),
            line: source.best_line(),
        })
    }

    /// Where findings are shown that are in no file.
    pub(crate) fn anchor(&self, report: &Report) -> Spot {
        let path = self
            .anchor
            .as_deref()
            .map(|file| self.path(file))
            .or_else(|| {
                let findings = report.checks.iter().flat_map(|check| &check.findings);
                let files = findings.filter_map(|found| self.of_finding(&found.finding));
                files.map(|spot| spot.path).min()
            });
        let first = || {
            let files = report.audited.files.iter();
            files
                .map(|file| self.path(file))
                .find(|file| file != "-")
                .unwrap_or_else(|| ".".to_owned())
        };
        Spot {
            path: path.unwrap_or_else(first),
            line: 1,
        }
    }
}

/// A finding of a check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ranked<'r> {
    /// Which of the report's checks has it.
    pub(super) rule: usize,
    pub(super) check: &'r CheckResult,
    pub(super) found: &'r FindingResult,
}

/// The findings in these states: first those that gate, then by severity and by when they are felt.
///
/// No check has more than the report lists of it.
pub(super) fn ranked<'r>(report: &'r Report, states: &[State]) -> Vec<Ranked<'r>> {
    let mut ranked: Vec<Ranked<'r>> = Vec::new();
    for (rule, check) in report.checks.iter().enumerate() {
        let listed = check.listed(report.max_findings);
        let counting = listed.filter(|found| states.contains(&found.state));
        ranked.extend(counting.map(|found| Ranked { rule, check, found }));
    }
    let place = |state: State| states.iter().position(|other| *other == state);
    ranked.sort_by_key(|ranked| {
        (
            place(ranked.found.state),
            !ranked.check.gates,
            Reverse(ranked.check.severity),
            ranked.check.impact(),
            ranked.rule,
        )
    });
    ranked
}

/// `Deployment shop/cart, container app`.
pub(super) fn subject(finding: &Finding) -> String {
    let object = object_name(finding.object.as_deref());
    let subject = match &finding.fault.container {
        Some(container) => format!("{object}, container {container}"),
        None => object,
    };
    escape::text(&subject).into_owned()
}

/// What is wrong with what: `Deployment shop/cart, container app: seen …; expected …`.
pub(super) fn told(ranked: Ranked<'_>) -> String {
    let subject = subject(&ranked.found.finding);
    let sentence = sentence(ranked.found);
    let sentence = if sentence.is_empty() {
        ranked.check.check.title.to_owned()
    } else {
        escape::text(&sentence).into_owned()
    };
    format!("{subject}: {sentence}")
}

/// A title as a sentence begins.
pub(super) fn capital(title: &str) -> String {
    let mut chars = title.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Three levels, which most pipelines know.
pub(super) const fn level(severity: Severity, levels: [&'static str; 3]) -> &'static str {
    let [error, warning, note] = levels;
    match severity {
        Severity::Critical | Severity::High => error,
        Severity::Medium => warning,
        Severity::Low | Severity::Info => note,
    }
}

#[cfg(test)]
mod tests {
    use kready_checks::model::Source;

    use super::*;
    use crate::report::testing::deployment;

    #[test]
    fn paths_are_those_of_the_repository_and_none_is_of_the_machine() {
        let root = std::env::temp_dir().join("repository");
        let places = Places::of(&root, &root.join("apps/shop"), None);
        let absolute = root.join("charts/a.yaml").display().to_string();
        for (given, path) in [
            ("a.yaml", "apps/shop/a.yaml"),
            ("./m//a.yaml", "apps/shop/m/a.yaml"),
            ("../../b.yaml", "b.yaml"),
            ("../x/../c.yaml", "apps/c.yaml"),
            ("../../../../out/d.yaml", "d.yaml"),
            ("/etc/somewhere/e.yaml", "e.yaml"),
            (absolute.as_str(), "charts/a.yaml"),
            ("../..", "."),
        ] {
            assert_eq!(places.path(given), path, "{given}");
        }
    }

    #[test]
    fn what_was_rendered_is_shown_in_its_template_and_standard_input_nowhere() {
        let places = Places::default();
        let spot = |source: Source| {
            let mut finding = deployment("cart");
            finding.source = Some(Box::new(source));
            places.of_finding(&finding)
        };
        let own = Source {
            template: Some("shop/templates/a.yaml".into()),
            field_line: std::num::NonZero::new(9),
            ..Source::at("all.yaml", 7)
        };
        let place = |path: &str, line| {
            let path = path.to_owned();
            Some(Spot { path, line })
        };
        assert_eq!(spot(own.clone()), place("all.yaml", 9));
        let rendered = Source {
            rendered: true,
            ..own
        };
        assert_eq!(spot(rendered), place("shop/templates/a.yaml", 1));
        assert_eq!(spot(Source::at("-", 3)), None);
        assert_eq!(places.of_finding(&deployment("cart")), None);
    }
}
