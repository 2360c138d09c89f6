//! Pages taken apart, and their examples evaluated.
#![expect(dead_code, reason = "each test binary uses its part")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::{
    fmt, fs,
    io::Read as _,
    panic::{UnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    process::ExitCode,
};

use flate2::read::GzDecoder;
use kready_checks::{
    builtin,
    frame::Check,
    inventory::{
        BadDocument, Evidence, Fact, Inventory, Kind, Listed, Loader, Settings, Visit,
        yaml_documents,
    },
    model::{Evaluation, Finding, ObjectRef, Source, Text},
    wire::Time,
};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// Runs the trials that the command line asks for: a check's id may be written with hyphens or with underscores.
pub(crate) fn run(trials: Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    for name in arguments.filter.iter_mut().chain(&mut arguments.skip) {
        *name = name.replace('_', "-");
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A trial of one check: `pdb-missing::passes::2`.
pub(crate) fn trial(
    check: &Check,
    name: impl fmt::Display,
    run: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    Trial::test(format!("{}::{name}", check.id), run)
}

/// Fails with these complaints, if there are any.
pub(crate) fn none(complaints: &[String]) -> Result<(), Failed> {
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("\n").into())
    }
}

/// Holds what a snapshot says, and names the command that writes it anew.
pub(crate) fn recorded(snapshot: impl FnOnce() + UnwindSafe) -> Result<(), Failed> {
    catch_unwind(snapshot).map_err(|_| "the record above is stale: .ci/update writes it".into())
}

/// The check with this id.
pub(crate) fn check(id: &str) -> &'static Check {
    builtin().find(|check| check.id == id).expect(id)
}

/// A file below `checks/tests`.
pub(crate) fn fixture(path: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    #[expect(clippy::disallowed_methods, reason = "a test reads its files")]
    fs::read_to_string(tests.join(path)).expect(path)
}

/// The one time of examples that have none of their own.
pub(crate) fn now() -> Time {
    "2026-11-25T03:00:00Z".parse().unwrap()
}

/// The text under one heading of a page.
pub(crate) fn section<'a>(docs: &'a str, heading: &str) -> Option<&'a str> {
    let (_, section) = docs.split_once(&format!("\n## {heading}\n"))?;
    Some(section.split("\n## ").next().unwrap_or(section))
}

/// Where a check's page lies in the repository.
pub(crate) fn page(check: &Check) -> String {
    let [pillar, id] = [check.pillar.id(), check.id].map(|id| id.replace('-', "_"));
    format!("checks/{pillar}/{id}.md")
}

/// One YAML block of a page.
#[derive(Clone, Copy)]
pub(crate) struct Example {
    /// Whose page it stands on.
    pub(crate) check: &'static Check,
    pub(crate) heading: &'static str,
    /// Counted from one under its heading.
    pub(crate) number: usize,
    /// Its first line in the page, counted from one.
    pub(crate) line: usize,
    pub(crate) yaml: &'static str,
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            heading,
            number,
            line,
            ..
        } = self;
        let page = page(self.check);
        write!(f, "{page}:{line}: {heading}, example {number}")
    }
}

impl Example {
    /// The documents of which it consists.
    pub(crate) fn documents(&self) -> Result<Vec<Value>, Failed> {
        yaml_documents(self.yaml).map_err(|error| format!("{self}: {error}").into())
    }

    /// The inventory that it describes.
    pub(crate) fn inventory(&self) -> Result<Inventory, Failed> {
        load(self.documents()?).map_err(|error| format!("{self}: {error}").into())
    }

    /// What its own check says of it.
    pub(crate) fn evaluate(&self) -> Result<Evaluation, Failed> {
        let inventory = self.inventory()?;
        Ok(self.check.evaluate(&inventory, &Settings::default()))
    }
}

/// The YAML examples under one heading of a check's page.
pub(crate) fn examples(check: &'static Check, heading: &'static str) -> Vec<Example> {
    const START: &str = "```yaml\n";
    let Some(section) = section(check.docs, heading) else {
        return Vec::new();
    };
    let offset = |part: &str| part.as_ptr().addr() - check.docs.as_ptr().addr();
    section
        .split(START)
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .zip(1..)
        .map(|(yaml, number)| Example {
            check,
            heading,
            number,
            line: check.docs[..offset(yaml)].lines().count() + 1,
            yaml,
        })
        .collect()
}

/// All examples of a check that are judged.
pub(crate) fn all_examples(check: &'static Check) -> Vec<Example> {
    ["Fails", "Passes", "Unknown"]
        .iter()
        .flat_map(|heading| examples(check, heading))
        .collect()
}

/// The inventory of these documents.
pub(crate) fn load(documents: Vec<Value>) -> Result<Inventory, BadDocument> {
    let mut loader = Loader::new("default");
    let source = Source::at("example.yaml", 1);
    for document in documents {
        loader.add(document, Some(&source))?;
    }
    Ok(loader.finish(now()))
}

/// The inventory that a YAML text describes.
pub(crate) fn inventory(yaml: &str) -> Inventory {
    load(yaml_documents(yaml).expect("it is YAML")).expect("it is made of objects")
}

/// A live cluster in which everything was seen and nothing is there.
pub(crate) fn empty_cluster() -> Inventory {
    inventory("kind: Snapshot\ntime: 2026-11-25T03:00:00Z\n")
}

/// What a check says of a YAML text.
pub(crate) fn evaluate(check: &Check, yaml: &str) -> Evaluation {
    check.evaluate(&inventory(yaml), &Settings::default())
}

/// What a finding sits on: `Deployment shop/cart [app]`, or `cluster`.
pub(crate) fn place(finding: &Finding) -> String {
    let object = finding
        .object
        .as_ref()
        .map_or_else(|| "cluster".to_owned(), ToString::to_string);
    match &finding.fault.container {
        Some(container) => format!("{object} [{container}]"),
        None => object,
    }
}

/// What makes a finding the same one in two runs.
pub(crate) fn identity(finding: &Finding) -> (Option<ObjectRef>, Option<Text>, Option<Text>) {
    (
        finding.object.as_deref().cloned(),
        finding.fault.container.clone(),
        finding.fault.path.clone(),
    )
}

/// All clusters that tests keep below `checks/tests`, and the demo: by name, their documents.
pub(crate) fn clusters() -> Vec<(String, Vec<Value>)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut folders: Vec<PathBuf> = ["defaults", "platforms"]
        .map(|name| tests.join(name))
        .into();
    folders.extend(entries(&tests.join("systems")));
    let mut clusters = vec![("demo/cluster.json.gz".to_owned(), demo())];
    for path in folders.iter().flat_map(|folder| entries(folder)) {
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let name = path.strip_prefix(&tests).unwrap().display().to_string();
            let documents = yaml_documents(&fixture(&name)).expect(&name);
            clusters.push((name, documents));
        }
    }
    clusters
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test reads its files")]
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    entries
}

/// The documents of the cluster inside the program.
fn demo() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/cluster.json.gz");
    #[expect(clippy::disallowed_methods, reason = "a test reads its files")]
    let packed = fs::read(path).unwrap();
    rows(&packed)
}

/// Documents that lie packed, one a line.
pub(crate) fn rows(packed: &[u8]) -> Vec<Value> {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The part of an inventory that `keep` names; of the rest, but for version and discovery, nothing was collected.
pub(crate) fn part(whole: &Inventory, keep: impl Fn(Evidence) -> bool) -> Inventory {
    struct Fill<'a> {
        whole: &'a Inventory,
        part: &'a mut Inventory,
    }
    impl Visit for Fill<'_> {
        type Output = ();
        fn visit<K: Listed>(self) {
            let listing = self.whole.listing::<K>();
            let items = listing.items().to_vec();
            self.part.fill(items, listing.reading, listing.gaps.clone());
        }
    }
    fn forget<T>(keep: bool, fact: &mut Fact<T>) {
        if !keep {
            *fact = Fact::NotCollected;
        }
    }
    let mut part = Inventory::new(whole.origin, whole.now);
    part.scope = whole.scope.clone();
    part.read = whole.read;
    part.sources = whole.sources.clone();
    part.unlisted.clone_from(&whole.unlisted);
    part.custom.clone_from(&whole.custom);
    part.made.clone_from(&whole.made);
    part.misnamed.clone_from(&whole.misnamed);
    part.facts = whole.facts.clone();
    forget(keep(Evidence::Livez), &mut part.facts.livez);
    forget(keep(Evidence::Readyz), &mut part.facts.readyz);
    forget(keep(Evidence::Flagz), &mut part.facts.flagz);
    let certificates = &mut part.facts.api_certificates;
    forget(keep(Evidence::ApiCertificates), certificates);
    for kind in Kind::ALL {
        if keep(Evidence::Objects(*kind)) {
            let part = &mut part;
            kind.visit(Fill { whole, part });
        }
    }
    part
}

/// Numbers that look random, the same in every run (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Puts the items in another order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let at = self.next() % (end as u64 + 1);
            items.swap(end, usize::try_from(at).unwrap());
        }
    }
}
