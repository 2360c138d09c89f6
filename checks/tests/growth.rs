//! What an audit costs grows no faster than what it is about: nobody who may create objects can make it run for ever.
//!
//! The objects of each check's examples are copied n, 2n and 4n times into one inventory, and the check's work on each is counted. Where work
//! grows linearly, the second step costs twice the first; where each object is held against each, four times. All kinds
//! of an example are copied together, so every pair of kinds that a check brings together is tried, and a new check with
//! its first example. So are objects of every built-in kind with every field that is read, for all checks at once and for
//! what is computed before them; and what somebody could write so that nothing equals anything and all selects all.
//!
//! Work is counted in instructions, which are the same in every run, by callgrind (a part of valgrind). Time isn't, least
//! of all on shared machines; the processor's own counters are hidden from most virtual machines and containers; counting
//! allocations or comparisons misses the loops in between. These tests take minutes and need valgrind, so they run when they are
//! asked for: `cargo test -p kready-checks --test growth -- --ignored`; `.ci/run` does where there is valgrind.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "it runs itself under another program, and says so where there is none"
)]

mod common;

use std::{
    collections::BTreeMap,
    env, fs,
    hint::black_box,
    path::Path,
    process::{Command, ExitCode},
};

use common::{examples, load};
use kready_checks::{
    builtin,
    frame::{Check, PREPARATIONS},
    inventory::{Inventory, Kind, Listed, Picture, Settings, Visit},
    model::Pillar,
};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

/// Tells the program that it is to work, under callgrind, and on which pillar's checks.
const WORK: &str = "KREADY_GROWTH";

/// How many objects there are about at first.
const OBJECTS: usize = 40;

/// By how much more the second step may cost than the first: 2 is linear, 4 is quadratic.
const MOST: f64 = 2.75;

/// Work that is no more than this is not looked at, in instructions: a table that grew once more weighs as much.
const LITTLE: f64 = 100_000.0;

/// What is known to grow faster, by its check and why that is borne: `--timeout` bounds it. What no longer does is to be
/// struck out.
const KNOWN: &[(&str, &str)] = &[];

/// What is measured beside the checks of each pillar.
const TOGETHER: &str = "together";

/// Adds copies of all objects of one kind, under names of their own and in the same namespaces: selectors select the pods
/// of every copy.
struct Copies<'a> {
    from: &'a [Inventory],
    to: &'a mut Inventory,
    count: usize,
}

impl Visit for Copies<'_> {
    type Output = ();
    fn visit<K: Listed>(self) {
        let mut all = Vec::new();
        for copy in 0..self.count {
            for (example, from) in self.from.iter().enumerate() {
                for item in from.listing::<K>().items() {
                    let mut item = item.clone();
                    if copy > 0 || example > 0 {
                        let name = &mut item.metadata_mut().name;
                        *name = format!("{name}-{example}-{copy}").into();
                    }
                    all.push(item);
                }
            }
        }
        let first = self.from[0].listing::<K>();
        self.to.fill(all, first.reading, first.gaps.clone());
    }
}

/// One inventory with every object of several so many times.
fn copied(from: &[Inventory], copies: usize) -> Inventory {
    let mut to = common::part(&from[0], |_| false);
    to.facts = from[0].facts.clone();
    for kind in Kind::ALL {
        let to = &mut to;
        kind.visit(Copies {
            from,
            to,
            count: copies,
        });
    }
    to
}

/// What is worked on: the examples of a check that fail, and the others; of clusters and of files apart. What many do not
/// look at is looked at together, since each run costs what it costs to begin with.
fn worlds(check: &'static Check) -> Vec<(String, Vec<Inventory>)> {
    let mut worlds: BTreeMap<String, Vec<Inventory>> = BTreeMap::new();
    for (heading, kind) in [
        ("Fails", "fails"),
        ("Passes", "others"),
        ("Unknown", "others"),
    ] {
        for example in examples(check, heading) {
            if let Some(world) = example.documents().ok().and_then(|it| load(it).ok()) {
                let name = format!("{} {kind} {:?}", check.id, world.origin);
                worlds.entry(name).or_default().push(world);
            }
        }
    }
    worlds.into_iter().collect()
}

fn objects(inventory: &Inventory) -> usize {
    struct Count<'a>(&'a Inventory);
    impl Visit for Count<'_> {
        type Output = usize;
        fn visit<K: Listed>(self) -> usize {
            self.0.listing::<K>().items().len()
        }
    }
    Kind::ALL
        .iter()
        .map(|kind| kind.visit(Count(inventory)))
        .sum()
}

fn checks(pillar: &str) -> impl Iterator<Item = &'static Check> {
    builtin().filter(move |check| check.pillar.id() == pillar)
}

/// Measures something once, twice and four times.
type Measure<'m> = &'m mut dyn FnMut(&str, &dyn Fn());

/// All that is measured of a pillar, or of everything together, in order: its name, and the work.
fn each(part: &str, measure: Measure<'_>) {
    if part == TOGETHER {
        together(measure);
        return;
    }
    let only = env::var(format!("{WORK}_ONLY")).unwrap_or_default();
    for check in checks(part).filter(|check| check.id.contains(&only)) {
        for (name, world) in worlds(check) {
            let all: usize = world.iter().map(objects).sum();
            let copies = OBJECTS.div_ceil(all.max(1));
            // What is made once for the whole program is made now, and not counted.
            judge(&[check], &copied(&world, 1));
            for times in [1, 2, 4] {
                let inventory = copied(&world, copies * times);
                measure(&name, &|| judge(&[check], &inventory));
            }
        }
    }
}

fn judge(checks: &[&'static Check], inventory: &Inventory) {
    let picture = Picture::of(inventory);
    for check in checks {
        black_box(check.evaluate_in(&picture, &Settings::default()));
    }
}

/// Objects of every built-in kind with all that is read of them, in one namespace of a cluster.
fn of_every_kind() -> Inventory {
    let packed = include_bytes!("oracles/wire.jsonl.gz");
    let mut documents = vec![json!({ "kind": "Snapshot", "time": "2026-11-25T03:00:00Z" })];
    for (number, mut row) in common::rows(packed).into_iter().enumerate() {
        let mut object = row["json"].take();
        object["apiVersion"] = row["apiVersion"].take();
        object["kind"] = row["kind"].take();
        object["metadata"]["name"] = format!("o{number}").into();
        object["metadata"]["namespace"] = "shop".into();
        documents.push(object);
    }
    // What is no object of a kind that is read is left out.
    let is_object = |document: &Value| load(vec![document.clone()]).is_ok();
    documents.retain(is_object);
    load(documents).unwrap_or_default()
}

/// What is measured for all checks at once, and what is computed before them.
fn together(measure: Measure<'_>) {
    let world = [of_every_kind()];
    let all: Vec<_> = builtin().collect();
    judge(&all, &world[0]);
    for times in [1, 2, 4] {
        let inventory = copied(&world, times);
        measure("every kind", &|| judge(&all, &inventory));
    }
    for (name, prepare) in PREPARATIONS {
        for times in [1, 2, 4] {
            let inventory = copied(&world, times);
            measure(name, &|| prepare(&Picture::of(&inventory)));
        }
    }
    for (name, ids, of) in CRAFTED {
        let checks: Vec<_> = ids.iter().map(|id| common::check(id)).collect();
        judge(&checks, &load(of(1)).unwrap_or_default());
        for times in [1, 2, 4] {
            let inventory = load(of(times)).unwrap_or_default();
            measure(name, &|| judge(&checks, &inventory));
        }
    }
}

/// What is written so that it costs most, the checks that have to do with it, and how much of it there is.
type Crafted = (
    &'static str,
    &'static [&'static str],
    fn(usize) -> Vec<Value>,
);

const CRAFTED: &[Crafted] = &[
    (
        "budgets and pods that all differ",
        &["pdb-blocking", "pdb-missing"],
        |times| {
            let of_one = |number| {
                let name = json!({ "name": format!("o{number}"), "namespace": "shop" });
                let selector = json!({ "matchExpressions":
                    [{ "key": "app", "operator": "NotIn", "values": [format!("a{number}")] }] });
                let template = json!({
                    "metadata": { "labels": { "app": format!("o{number}") } },
                    "spec": { "containers": [{ "name": "app", "image": "registry.example.com/app:1" }] }
                });
                [
                    json!({ "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": name,
                        "spec": { "maxUnavailable": 1, "selector": selector } }),
                    json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": name,
                        "spec": { "replicas": 2, "template": template } }),
                ]
            };
            (0..150 * times).flat_map(of_one).collect()
        },
    ),
    (
        "roles that gather one another in a circle",
        &["cluster-secret-read-granted"],
        |times| {
            let count = 100 * times;
            let of_one = |number: usize| {
                let next = ((number + 1) % count).to_string();
                [
                    json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
                        "metadata": { "name": format!("r{number}"), "labels": { "at": number.to_string() } },
                        "aggregationRule": { "clusterRoleSelectors": [{ "matchLabels": { "at": next } }] } }),
                    json!({ "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
                        "metadata": { "name": format!("b{number}") },
                        "subjects": [{ "kind": "User", "name": format!("u{number}") }],
                        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                            "name": format!("r{number}") } }),
                ]
            };
            (0..count).flat_map(of_one).collect()
        },
    ),
];

/// The work that is counted; callgrind knows it by its name.
#[inline(never)]
fn counted_work(work: &dyn Fn()) {
    work();
}

/// Counts the instructions of everything that is measured of a pillar, in order.
fn counts(pillar: &str) -> Result<Vec<f64>, Failed> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("growth-{pillar}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let out = folder.join("out");
    let run = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--toggle-collect=growth::counted_work",
            "--dump-after=growth::counted_work",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe()?)
        .env(WORK, pillar)
        .output()
        .map_err(|error| format!("valgrind cannot be run (apt-get install valgrind): {error}"))?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned().into());
    }
    let mut counts = Vec::new();
    // The last one is what was counted after the last work.
    while let Ok(dump) = fs::read_to_string(format!("{}.{}", out.display(), counts.len() + 1)) {
        let mut totals = dump.lines().filter_map(|line| {
            line.strip_prefix("summary: ")
                .or_else(|| line.strip_prefix("totals: "))
        });
        let total = totals.next().ok_or("callgrind tells no totals")?;
        counts.push(total.trim().parse()?);
    }
    fs::remove_dir_all(&folder)?;
    Ok(counts)
}

fn grows_no_faster(pillar: &str) -> Result<(), Failed> {
    let mut names = Vec::new();
    each(pillar, &mut |name, _| names.push(name.to_owned()));
    names.dedup();
    let counts = counts(pillar)?;
    if counts.len() < names.len() * 3 {
        let told = format!("{} counts of {} worlds", counts.len(), names.len());
        return Err(told.into());
    }
    let mut fast: BTreeMap<&str, String> = BTreeMap::new();
    for (name, counts) in names.iter().zip(counts.chunks(3)) {
        let [first, second, third] = counts else {
            break;
        };
        let steps = [second - first, third - second];
        let ratio = steps[1] / steps[0].max(1.0);
        if env::var_os(format!("{WORK}_TELL")).is_some() {
            eprintln!("{ratio:7.2} {third:12} {name}");
        }
        if ratio > MOST && steps[1] > LITTLE {
            let told = format!("{name}: {first}, {second}, {third} instructions, {ratio:.2} times");
            fast.insert(name, told);
        }
    }
    let is_of = |name: &str, id: &str| name.split(' ').next() == Some(id);
    let is_known = |name: &str| KNOWN.iter().any(|(id, _)| is_of(name, id));
    let is_fast = |id: &str| fast.keys().any(|name| is_of(name, id));
    let is_measured = |id: &str| names.iter().any(|name| is_of(name, id));
    let mut complaints: Vec<String> = fast
        .iter()
        .filter(|(name, _)| !is_known(name))
        .map(|(_, told)| told.clone())
        .collect();
    let linear = KNOWN
        .iter()
        .filter(|(id, _)| is_measured(id) && !is_fast(id));
    complaints
        .extend(linear.map(|(id, _)| format!("{id} has become linear: strike it out of KNOWN")));
    common::none(&complaints)
}

fn main() -> ExitCode {
    if let Ok(pillar) = env::var(WORK) {
        each(&pillar, &mut |_, work| counted_work(work));
        return ExitCode::SUCCESS;
    }
    let pillars = Pillar::ALL.into_iter().map(Pillar::id);
    let trials = pillars.chain([TOGETHER]).map(|pillar| {
        let measure = move || grows_no_faster(pillar);
        Trial::test(format!("{pillar}::growth"), measure).with_ignored_flag(true)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
