//! An older report, and which of its findings are still there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::ErrorKind,
    path::Path,
};

use anyhow::{Context as _, anyhow};
use kready_checks::{frame::Check, wire::Time};
use serde::Deserialize;

use super::fingerprint::Fingerprint;
use crate::{
    bounded::{self, MIB},
    failure::Failure,
};

/// The report of the largest cluster has tens of MiB.
const LARGEST: u64 = 512 * MIB;

/// The version of the report that this program writes and reads.
pub(crate) const API_VERSION: &str = "kready.dev/v1";

/// The parts that are read of a report that an earlier run wrote.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OldReport {
    api_version: String,
    kind: String,
    #[serde(default)]
    pub(crate) time: String,
    #[serde(default)]
    pub(crate) cluster: OldCluster,
    pub(crate) checks: Vec<OldCheck>,
    #[serde(default)]
    pub(crate) skipped: Vec<OldSkipped>,
    #[serde(default)]
    pub(super) scope: OldScope,
    #[serde(default)]
    pub(super) source: OldSource,
    #[serde(default)]
    pub(super) verdict: Option<String>,
    #[serde(default)]
    pub(super) grade: Option<String>,
    #[serde(default)]
    pub(super) score: Option<f64>,
    /// The way in which the score was made; reports before the second one don't tell.
    #[serde(default)]
    pub(super) scoring: Option<u32>,
}

/// Which namespaces an older report is about.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct OldScope {
    /// All without a list.
    #[serde(default)]
    pub(super) namespaces: Option<BTreeSet<String>>,
    #[serde(default)]
    pub(super) excluded: Vec<String>,
}

/// What an older report was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct OldSource {
    #[serde(default, rename = "type")]
    pub(super) kind: String,
}

/// Which cluster an older report is about.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct OldCluster {
    pub(crate) uid: Option<String>,
}

/// A check of an older report.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OldCheck {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) severity: String,
    #[serde(default)]
    pub(crate) title: String,
    /// How many findings there were: more than are listed when the list was cut.
    #[serde(default)]
    findings_total: usize,
    #[serde(default)]
    pub(crate) findings: Vec<OldFinding>,
    #[serde(default)]
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) partial: bool,
}

impl OldCheck {
    /// How many findings are not listed.
    pub(crate) fn omitted(&self) -> usize {
        self.findings_total.saturating_sub(self.findings.len())
    }
}

/// A check that an older report did not run.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OldSkipped {
    pub(crate) id: String,
}

/// A finding of an older report.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct OldFinding {
    pub(crate) object: Option<OldObject>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) container: Option<String>,
    #[serde(default)]
    pub(crate) path: Option<String>,
    #[serde(default)]
    pub(crate) seen: Option<String>,
}

/// The object of a finding of an older report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OldObject {
    #[serde(default)]
    pub(crate) api_version: String,
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
    #[serde(default)]
    pub(crate) name: String,
}

/// `Deployment shop/cart`.
impl fmt::Display for OldObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl OldReport {
    /// Reads a report from a file, or from standard input for `-`.
    ///
    /// # Errors
    /// The file cannot be read, or is no report of a version that this program knows.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display();
        let text = if path == Path::new("-") {
            bounded::stream(std::io::stdin().lock(), LARGEST)
        } else {
            bounded::named(path, LARGEST)
        };
        let write_one = || match path.to_str() {
            Some(path) if path != "-" => format!("write one with kready audit -o json={path}"),
            _ => "write one with kready audit -o json".to_owned(),
        };
        let text = text
            .and_then(bounded::text)
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => anyhow!("there is no such file"),
                ErrorKind::PermissionDenied => anyhow!("you may not read it"),
                _ => error.into(),
            })
            .with_context(|| format!("cannot read the report {name}"))
            .map_err(|error| Failure::usage(error).hint(write_one()))?;
        Self::parse(&text)
            .with_context(|| format!("{name} is not a report that kready can read"))
            .map_err(|error| Failure::usage(error).hint(write_one()))
    }

    /// Reads a report that lists all of its findings.
    ///
    /// # Errors
    /// As for [`OldReport::read`], or it leaves some out: those would count as new, or as fixed.
    pub(crate) fn read_whole(path: &Path) -> Result<Self, Failure> {
        let old = Self::read(path)?;
        let omitted = old.omitted();
        if omitted > 0 {
            return Err(Failure::usage(anyhow!(
                "{} leaves out {omitted} of its findings, which would count as new or as fixed",
                path.display()
            ))
            .hint("write the report with --max-findings 0"));
        }
        Ok(old)
    }

    /// How many findings it leaves out.
    pub(crate) fn omitted(&self) -> usize {
        let each = self.checks.iter().map(OldCheck::omitted);
        // A number in a file may be any.
        each.fold(0, usize::saturating_add)
    }

    /// When it was made, if that can be read.
    pub(crate) fn made(&self) -> Option<Time> {
        self.time.parse().ok()
    }

    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            #[serde(default)]
            api_version: String,
            #[serde(default)]
            kind: String,
        }
        let head: Head = serde_json::from_str(text)?;
        if head.kind != "Report" {
            return Err(anyhow!("its kind is `{}`, not `Report`", head.kind));
        }
        if head.api_version != API_VERSION {
            return Err(anyhow!(
                "its apiVersion is `{}`, and this program knows `{API_VERSION}`",
                head.api_version
            ));
        }
        let old: Self = serde_json::from_str(text)?;
        debug_assert!(old.kind == head.kind && old.api_version == head.api_version);
        Ok(old)
    }
}

/// An older report that a new one is compared with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Baseline {
    /// The file, as it was given.
    pub(crate) file: String,
    /// When it was made.
    pub(super) time: Option<Time>,
    /// The UID of the cluster that it is about.
    pub(super) cluster: Option<String>,
    /// The checks that it ran or skipped.
    known_checks: BTreeSet<String>,
    /// The fingerprints of open and known findings, by check, with the namespaces of their objects.
    standing: BTreeMap<String, BTreeMap<Fingerprint, Option<String>>>,
    /// The fingerprints of all other findings.
    settled: BTreeSet<Fingerprint>,
}

impl Baseline {
    /// Reads the older report.
    ///
    /// # Errors
    /// As for [`OldReport::read_whole`].
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let old = OldReport::read_whole(path)?;
        Ok(Self::of(name, old))
    }

    pub(crate) fn of(file: String, old: OldReport) -> Self {
        let mut baseline = Self {
            file,
            time: old.made(),
            cluster: old.cluster.uid,
            ..Self::default()
        };
        baseline
            .known_checks
            .extend(old.skipped.into_iter().map(|skipped| skipped.id));
        for check in old.checks {
            for finding in check.findings {
                if matches!(finding.state.as_str(), "open" | "known") {
                    let namespace = finding.object.and_then(|object| object.namespace);
                    baseline
                        .standing
                        .entry(check.id.clone())
                        .or_default()
                        .insert(finding.fingerprint, namespace);
                } else {
                    baseline.settled.insert(finding.fingerprint);
                }
            }
            baseline.known_checks.insert(check.id);
        }
        baseline
    }

    /// Whether the older report ran or skipped a check.
    pub(super) fn knows_check(&self, check: &Check) -> bool {
        self.known_checks.iter().any(|known| check.is_called(known))
    }

    /// Whether the older report has a finding as open or known.
    pub(super) fn knows(&self, check: &str, fingerprint: Fingerprint) -> bool {
        self.standing
            .get(check)
            .is_some_and(|known| known.contains_key(&fingerprint))
    }

    /// Whether the older report has a finding, whatever its state.
    pub(super) fn has(&self, check: &str, fingerprint: Fingerprint) -> bool {
        self.knows(check, fingerprint) || self.settled.contains(&fingerprint)
    }

    /// The open and known findings of a check, also under its earlier names: fingerprints with the namespaces of their
    /// objects.
    pub(super) fn standing(
        &self,
        check: &Check,
    ) -> impl Iterator<Item = (Fingerprint, Option<&str>)> {
        std::iter::once(&check.id)
            .chain(check.aliases)
            .filter_map(|name| self.standing.get(*name))
            .flatten()
            .map(|(fingerprint, namespace)| (*fingerprint, namespace.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_report_is_refused_with_its_cause() {
        for (text, cause) in [
            ("{}", "kind is ``"),
            (
                r#"{"kind":"Report","apiVersion":"kready.dev/v9","checks":3}"#,
                "kready.dev/v9",
            ),
            (
                r#"{"kind":"Report","apiVersion":"kready.dev/v1"}"#,
                "checks",
            ),
            ("nonsense", "expected"),
        ] {
            let error = format!("{:#}", OldReport::parse(text).unwrap_err());
            assert!(error.contains(cause), "{text}: {error}");
        }
    }

    #[test]
    fn a_missing_report_is_a_usage_error() {
        let failure = OldReport::read(Path::new("no/such/report.json")).unwrap_err();
        assert_eq!(failure.exit, crate::failure::Exit::Usage);
        assert!(failure.to_string().contains("no/such/report.json"));
    }

    #[test]
    fn open_and_known_findings_are_known_and_waived_ones_only_remembered() {
        let old = OldReport::parse(
            r#"{"kind":"Report","apiVersion":"kready.dev/v1","skipped":[{"id":"c","why":"tier"}],
            "checks":[{"id":"a","findings":[
                {"object":null,"fingerprint":"1","state":"open"},
                {"object":{"apiVersion":"v1","kind":"Pod","namespace":"shop","name":"x"},"fingerprint":"2","state":"known"},
                {"object":null,"fingerprint":"3","state":"waived"}]}]}"#,
        )
        .unwrap();
        let print = Fingerprint::read;
        let baseline = Baseline::of("old.json".into(), old);
        assert!(baseline.knows("a", print("1")) && baseline.knows("a", print("2")));
        assert!(!baseline.knows("a", print("3")) && baseline.has("a", print("3")));
        assert!(!baseline.has("b", print("1")), "another check");
        let named = |id, aliases| Check {
            id,
            aliases,
            ..Check::BASE
        };
        assert!(baseline.knows_check(&named("a", &[])) && baseline.knows_check(&named("c", &[])));
        assert!(!baseline.knows_check(&named("b", &[])));
        assert!(baseline.knows_check(&named("b", &["c"])));
        for check in [named("a", &[]), named("b", &["a"])] {
            assert_eq!(
                baseline.standing(&check).collect::<BTreeSet<_>>(),
                [(print("1"), None), (print("2"), Some("shop"))].into()
            );
        }
    }
}
