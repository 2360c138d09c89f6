//! Every check's page is complete, and its examples do what it says: `cargo test -p kready-checks pdb-missing`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::{fmt::Write as _, fs, path::Path, process::ExitCode};

use common::{Example, empty_cluster, examples, none, page, place, recorded, run, section, trial};
use kready_checks::{
    builtin,
    frame::Check,
    inventory::{Settings, yaml_documents},
    model::{Evaluation, Outcome},
};
use libtest_mimic::{Failed, Trial};

const HEADINGS: &[&str] = &[
    "Why it matters",
    "Remediation",
    "Fails",
    "Passes",
    "Empty cluster",
    "References",
];

/// Words that a reader stumbles over, with what to write instead.
const ODD_WORDS: &[(&str, &str)] = &[
    ("anew", "again"),
    ("anybody", "anyone"),
    ("are to be", "an imperative"),
    ("asked of", "applies to"),
    ("bear", "have"),
    ("bears", "has"),
    ("belong into", "belong in"),
    ("belongs into", "belongs in"),
    ("everybody", "everyone"),
    ("hangs on", "depends on"),
    ("is to be", "an imperative"),
    ("lead to", "route to, or send requests to"),
    ("leads to", "routes to, or sends requests to"),
    ("mend", "fix"),
    ("mending", "fixing"),
    ("nobody", "no one, or what is missing"),
    ("own wish", "what is set"),
    ("somebody", "someone"),
    ("stands", "is"),
    ("whom", "who"),
];

/// How many examples of each kind a page has at least.
const FEWEST: usize = 2;

fn main() -> ExitCode {
    let mut trials: Vec<Trial> = builtin().flat_map(trials).collect();
    trials.push(Trial::test("registry::records", every_record_has_its_check));
    run(trials)
}

fn trials(check: &'static Check) -> Vec<Trial> {
    let mut trials: Vec<Trial> = [
        ("page", page_is_complete as fn(&'static Check) -> _),
        ("words", words_are_plain),
        ("files", page_lies_beside_its_check),
        ("findings", findings_are_on_record),
        ("passes", an_example_passes),
        ("empty-cluster", empty_cluster_is_declared),
    ]
    .map(|(name, hold)| trial(check, name, move || hold(check)))
    .into();
    for (heading, hold) in [
        ("Fails", fails as fn(&Example) -> Result<(), Failed>),
        ("Passes", finds_nothing),
        ("Unknown", is_unknown),
    ] {
        for example in examples(check, heading) {
            let name = format!("{}::{}", heading.to_lowercase(), example.number);
            trials.push(trial(check, name, move || hold(&example)));
        }
    }
    trials
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Pass => "Pass".to_owned(),
        Outcome::Fail { partial: None } => "Fail".to_owned(),
        Outcome::Fail { partial: Some(why) } => format!("Fail, partial: {why}"),
        Outcome::NotApplicable(reason) => format!("NotApplicable: {}", reason.id()),
        Outcome::Unknown(why) => format!("Unknown: {}: {why}", why.unknown.id()),
    }
}

fn render(evaluation: &Evaluation) -> String {
    let mut text = format!(
        "{} (examined {}, undecided {})\n",
        describe(&evaluation.outcome),
        evaluation.examined,
        evaluation.undecided
    );
    for finding in &evaluation.findings {
        let excused = if finding.excused { " (excused)" } else { "" };
        writeln!(
            text,
            "- {}{excused}\n  at {}\n  saw {}; expected {}",
            place(finding),
            finding.fault.path.as_deref().unwrap_or("-"),
            finding.seen,
            finding.fault.expected
        )
        .unwrap();
    }
    text
}

fn page_is_complete(check: &'static Check) -> Result<(), Failed> {
    let mut complaints = Vec::new();
    let docs = check.docs;
    let page = page(check);
    let mut complain = |text: String| complaints.push(format!("{page}: {text}"));
    let Some(title) = docs.lines().next().and_then(|line| line.strip_prefix("# ")) else {
        return Err(format!("{page}: the page has no title").into());
    };
    if !title.eq_ignore_ascii_case(check.title) {
        complain(format!(
            "the page's title {title:?} is not the check's {:?}",
            check.title
        ));
    }
    let found: Vec<&str> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .filter(|heading| *heading != "Unknown")
        .collect();
    if found != HEADINGS {
        complain(format!("the page's headings are {found:?}"));
    }
    if docs.lines().nth(2).is_none_or(str::is_empty) {
        complain("the page has no summary".to_owned());
    }
    let remediation = section(docs, "Remediation").unwrap_or_default();
    if !remediation.contains("\n```") {
        complain("the remediation shows nothing that can be applied".to_owned());
    }
    for example in examples(check, "Remediation") {
        if let Err(error) = yaml_documents(example.yaml) {
            complain(format!("the remediation's YAML: {error}"));
        }
    }
    for heading in ["Fails", "Passes"] {
        if examples(check, heading).len() < FEWEST {
            complain(format!("fewer than {FEWEST} examples under {heading:?}"));
        }
    }
    let mut references = section(docs, "References")
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.is_empty())
        .peekable();
    if references.peek().is_none() {
        complain("the page has no reference".to_owned());
    }
    for line in references {
        if !line.starts_with("- https://") || line.matches(' ').count() > 1 {
            complain(format!("{line:?} is no reference"));
        }
    }
    none(&complaints)
}

/// What lies outside the fences of a page.
fn prose(docs: &str) -> String {
    let parts = docs.split("\n```").step_by(2);
    let parts = parts.map(|part| {
        part.split_once("\n## References")
            .map_or(part, |(text, _)| text)
    });
    parts.collect::<Vec<_>>().join("\n\n")
}

fn words_are_plain(check: &'static Check) -> Result<(), Failed> {
    let mut texts = vec![
        ("the page", prose(check.docs)),
        ("the title", check.title.to_owned()),
        ("the fix", check.fix.to_owned()),
    ];
    let params = check.params.iter();
    texts.extend(params.map(|param| ("a parameter", param.about().to_owned())));
    for heading in ["Fails", "Passes", "Unknown"] {
        for example in examples(check, heading) {
            let evaluation = example.evaluate()?;
            texts.extend(evaluation.note.map(|note| ("a note", note)));
            if let Outcome::Unknown(why) | Outcome::Fail { partial: Some(why) } =
                &evaluation.outcome
            {
                texts.push(("a reason", why.to_string()));
            }
            for finding in &evaluation.findings {
                texts.push(("a finding", finding.seen.to_string()));
                texts.push(("a finding", finding.fault.expected.to_string()));
            }
        }
    }
    let mut complaints = Vec::new();
    for (what, text) in texts {
        let words = text.to_lowercase();
        let words: Vec<&str> = words
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let spaced = format!(" {} ", words.join(" "));
        for (odd, instead) in ODD_WORDS {
            if spaced.contains(&format!(" {odd} ")) {
                complaints.push(format!(
                    "{}: {what} says {odd:?}: write {instead}",
                    check.id
                ));
            }
        }
    }
    none(&complaints)
}

fn page_lies_beside_its_check(check: &'static Check) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = page(check);
    let rule = Path::new(&page).with_extension("rs");
    for path in [Path::new(&page), &rule] {
        if !root.join(path).is_file() {
            return Err(format!("{} is missing", path.display()).into());
        }
    }
    #[expect(clippy::disallowed_methods, reason = "a test reads its files")]
    let text = fs::read_to_string(root.join(&page))?;
    if text != check.docs {
        return Err(format!("{} does not include its own page {page}", rule.display()).into());
    }
    #[expect(clippy::disallowed_methods, reason = "a test reads its files")]
    let code = fs::read_to_string(root.join(&rule))?;
    // `Check::BASE` has something for every field, and for these it has nothing that anyone would mean.
    let unwritten: Vec<String> = ["severity", "impact", "tier", "since"]
        .into_iter()
        .filter(|field| !code.contains(&format!("\n    {field}: ")))
        .map(|field| format!("{} says no {field}", rule.display()))
        .collect();
    none(&unwritten)
}

/// An example that is judged otherwise than its heading says.
fn misjudged(example: &Example, evaluation: &Evaluation) -> Result<(), Failed> {
    Err(format!("{example}: {}", render(evaluation)).into())
}

fn is_open(evaluation: &Evaluation) -> bool {
    evaluation.findings.iter().any(|finding| !finding.excused)
}

fn fails(example: &Example) -> Result<(), Failed> {
    let evaluation = example.evaluate()?;
    if !is_open(&evaluation) || !matches!(evaluation.outcome, Outcome::Fail { partial: None }) {
        return misjudged(example, &evaluation);
    }
    for finding in &evaluation.findings {
        if finding.seen.is_empty() || finding.fault.expected.is_empty() {
            return Err(format!("{example}: a finding without evidence").into());
        }
    }
    Ok(())
}

fn findings_are_on_record(check: &'static Check) -> Result<(), Failed> {
    let failing = examples(check, "Fails");
    if failing.is_empty() {
        return Err(format!("{}: no failing example", page(check)).into());
    }
    let mut record = String::new();
    for example in &failing {
        let evaluation = example.evaluate()?;
        write!(
            record,
            "example {}: {}",
            example.number,
            render(&evaluation)
        )
        .unwrap();
    }
    recorded(move || {
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "findings", omit_expression => true }, {
            insta::assert_snapshot!(check.id, record);
        });
    })
}

fn every_record_has_its_check() -> Result<(), Failed> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings");
    #[expect(clippy::disallowed_methods, reason = "a test reads its files")]
    let entries = fs::read_dir(folder)?;
    for entry in entries {
        let path = entry?.path();
        let known = builtin().any(|check| path.file_stem().is_some_and(|stem| stem == check.id));
        if !known && path.extension().is_some_and(|ending| ending == "snap") {
            return Err(format!("{} is no check's", path.display()).into());
        }
    }
    Ok(())
}

fn finds_nothing(example: &Example) -> Result<(), Failed> {
    let evaluation = example.evaluate()?;
    match evaluation.outcome {
        Outcome::Pass | Outcome::NotApplicable(_) => Ok(()),
        // All that was found is excused: the report makes that not applicable.
        Outcome::Fail { partial: None } if !is_open(&evaluation) => Ok(()),
        _ => misjudged(example, &evaluation),
    }
}

fn an_example_passes(check: &'static Check) -> Result<(), Failed> {
    for example in examples(check, "Passes") {
        if example.evaluate()?.outcome == Outcome::Pass {
            return Ok(());
        }
    }
    Err(format!("{}: no passing example", page(check)).into())
}

fn is_unknown(example: &Example) -> Result<(), Failed> {
    let evaluation = example.evaluate()?;
    match evaluation.outcome {
        Outcome::Unknown(_) => Ok(()),
        _ => misjudged(example, &evaluation),
    }
}

fn empty_cluster_is_declared(check: &'static Check) -> Result<(), Failed> {
    let declared = section(check.docs, "Empty cluster")
        .unwrap_or_default()
        .trim();
    let evaluation = check.evaluate(&empty_cluster(), &Settings::default());
    let outcome = describe(&evaluation.outcome);
    if declared.is_empty() || !outcome.starts_with(declared) {
        return Err(format!(
            "{}: Empty cluster: declared {declared:?}, is {outcome:?}",
            page(check)
        )
        .into());
    }
    Ok(())
}
