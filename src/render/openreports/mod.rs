//! Objects of openreports.io: the report in the cluster itself, for `kubectl apply` by whoever may write, and for dashboards that
//! watch such objects.
//!
//! A namespace has its findings in a Report; what is about the cluster, and how every check ended, is in a ClusterReport.

mod objects;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
};

use self::objects::{
    Annotations, Kind, MOST_CHARACTERS, Object, Outcome, Reference, Results, Summary, Timestamp,
};
use super::{evidence, yaml};
use crate::{
    report::{CheckResult, Ending, FindingResult, Grade, Report, State, round_down},
    words::counted,
};

/// How large the results of an object are at most, as JSON. kubectl keeps a copy of what it applied in an annotation, and
/// annotations may have 256 KiB; etcd takes 1.5 MiB.
const MOST_BYTES: usize = 160 << 10;

/// The objects as documents of YAML: equal reports give equal bytes, and equal names.
///
/// # Errors
/// Writing failed.
pub(crate) fn render(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let mut pages = Pages::new(report);
    let mut of_namespaces: BTreeMap<&str, Vec<(&CheckResult, &FindingResult)>> = BTreeMap::new();
    for check in &report.checks {
        if let Some(result) = of_check(check) {
            pages.add(result, out)?;
        }
        for finding in check.listed(report.max_findings) {
            match namespace(finding) {
                Some(namespace) => of_namespaces
                    .entry(namespace)
                    .or_default()
                    .push((check, finding)),
                None => pages.add(of_finding(check, finding), out)?,
            }
        }
    }
    pages.turn(out)?;
    for (namespace, findings) in of_namespaces {
        pages.open(namespace);
        for (check, finding) in findings {
            pages.add(of_finding(check, finding), out)?;
        }
        pages.turn(out)?;
    }
    Ok(())
}

/// The object that is being filled, and how many there are of its kind and namespace.
struct Pages<'a> {
    report: &'a Report,
    time: Timestamp,
    namespace: Option<&'a str>,
    number: usize,
    results: Vec<Results<'a>>,
    bytes: usize,
}

impl<'a> Pages<'a> {
    fn new(report: &'a Report) -> Self {
        Self {
            report,
            time: Timestamp::of(report.audited.time),
            namespace: None,
            number: 1,
            results: Vec::new(),
            bytes: 0,
        }
    }

    fn open(&mut self, namespace: &'a str) {
        self.namespace = Some(namespace);
        self.number = 1;
    }

    fn add(&mut self, mut result: Results<'a>, out: &mut impl io::Write) -> io::Result<()> {
        result.timestamp = Some(self.time);
        let bytes = size(&result);
        if self.bytes + bytes > MOST_BYTES {
            self.turn(out)?;
        }
        self.bytes += bytes;
        self.results.push(result);
        Ok(())
    }

    /// Writes what there is as an object.
    fn turn(&mut self, out: &mut impl io::Write) -> io::Result<()> {
        let results = std::mem::take(&mut self.results);
        // The first object has the verdict, and is there whatever was found.
        let first = self.namespace.is_none() && self.number == 1;
        if results.is_empty() && !first {
            return Ok(());
        }
        let object = Object {
            name: match self.number {
                1 => "kready".to_owned(),
                number => format!("kready-{number}"),
            },
            kind: self.namespace.map_or(Kind::ClusterReport, Kind::Report),
            time: self.report.audited.time,
            annotations: self.namespace.is_none().then(|| annotations(self.report)),
            summary: Summary::of(&results),
            results,
        };
        self.number += 1;
        self.bytes = 0;
        out.write_all(b"---\n")?;
        yaml::write(&object, out)
    }
}

/// How long a result is where it is longest: kubectl writes these three signs as six.
fn size(result: &Results<'_>) -> usize {
    struct Counted(usize);
    impl io::Write for Counted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let signs = bytes
                .iter()
                .filter(|byte| matches!(byte, b'<' | b'>' | b'&'));
            self.0 += bytes.len() + 5 * signs.count();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut counted = Counted(1);
    // Counting can't fail.
    let _ = serde_json::to_writer(&mut counted, result);
    let _ = counted.flush();
    counted.0
}

/// The verdict and its numbers, on the ClusterReport.
fn annotations(report: &Report) -> Annotations {
    let number = |value: Option<f64>| value.map(|value| round_down(value).to_string());
    Annotations {
        verdict: report.verdict.id(),
        grade: report.grade.map(Grade::id),
        score: number(report.score),
        coverage: number(report.coverage),
    }
}

/// The namespace of a finding's object. In manifests a namespace may be anything: what can be none of a cluster has no Report.
fn namespace(finding: &FindingResult) -> Option<&str> {
    let object = finding.finding.object.as_deref()?;
    Some(object.namespace.as_str()).filter(|name| is_label(name))
}

/// Whether a text is a label of DNS, as names of namespaces are.
fn is_label(name: &str) -> bool {
    let inner = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| inner(&byte))
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// What is said of a check as a whole; nothing when its findings say it.
fn of_check(check: &CheckResult) -> Option<Results<'_>> {
    let unit = || counted(check.examined, check.unit());
    let (result, message) = match (&check.ending, check.partial) {
        (Ending::Pass { waived: true }, _) => {
            (Outcome::Pass, "all of its findings are waived".to_owned())
        }
        (Ending::Pass { .. }, _) => (Outcome::Pass, format!("{} examined", unit())),
        (Ending::Fail, None) => return None,
        (Ending::Fail, Some(reason)) => (
            Outcome::Error,
            format!("not everything could be seen: {}", reason.id()),
        ),
        (Ending::NotApplicable(reason), _) => {
            (Outcome::Skip, format!("does not apply: {}", reason.id()))
        }
        (Ending::Unknown(reason), _) => (
            Outcome::Error,
            format!("could not be decided: {}", reason.id()),
        ),
    };
    let message = match &check.message {
        Some(more) => format!("{message}; {more}"),
        None => message,
    };
    Some(Results::of(check, result, shortened(message)))
}

fn of_finding<'a>(check: &'a CheckResult, finding: &'a FindingResult) -> Results<'a> {
    let result = match finding.state {
        State::Waived | State::System => Outcome::Skip,
        // What weighs nothing is told, and not scored.
        State::Open | State::Known if check.severity.weight() == 0 => Outcome::Warn,
        State::Open | State::Known => Outcome::Fail,
    };
    let sentence = evidence::sentence(finding);
    let message = if sentence.is_empty() {
        check.check.title.to_owned()
    } else {
        format!("{}: {sentence}", check.check.title)
    };
    let mut results = Results::of(check, result, shortened(message));
    let object = finding.finding.object.as_deref();
    results.resources = object.map(|object| [Reference::to(object)]);
    let fault = &finding.finding.fault;
    let text = |text: Option<&str>| text.map(|text| shortened(text.to_owned()));
    results.properties.state = Some(finding.state.id());
    results.properties.container = text(fault.container.as_deref());
    results.properties.path = text(fault.path.as_deref());
    results.properties.fix = Some(shortened(check.check.fix_of(object)));
    results.properties.fingerprint = Some(finding.fingerprint);
    results.properties.caused_by = finding.caused_by.as_ref().map(|cause| cause.check);
    results
}

fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
    text
}
