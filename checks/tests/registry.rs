//! `checks/registry.lock` holds the checks as the last release had them. What users write down (ids, parameters, capabilities)
//! goes on working, and what a gate may feel (severities, new checks) comes with a minor version and a word in CHANGELOG.md.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "this test compares files, and a test that cannot go on fails"
)]

use std::{collections::BTreeMap, fs, path::Path};

use kready_checks::{
    builtin,
    frame::{Check, Mode},
    inventory::Param,
};
use serde::{Deserialize, Serialize};

/// What is written of the last release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Lock {
    about: String,
    /// None before the first one: nothing is promised by then.
    release: Option<String>,
    checks: Vec<Entry>,
}

/// What users may rely on of a check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    aliases: Vec<String>,
    since: String,
    pillar: String,
    severity: String,
    impact: String,
    mode: String,
    tier: u8,
    /// The defaults by the names.
    params: BTreeMap<String, serde_json::Value>,
    capability: Option<String>,
}

impl Entry {
    fn of(check: &Check) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let default = |param: &Param| match param {
            Param::Int(param) => param.default.into(),
            Param::Texts(param) => param.default.into(),
        };
        let mode = match check.mode {
            Mode::Live => "clusters",
            Mode::Both => "clusters and manifests",
            Mode::Files => "manifests",
        };
        Self {
            id: check.id.to_owned(),
            aliases: owned(check.aliases),
            since: check.since.to_owned(),
            pillar: check.pillar.id().to_owned(),
            severity: check.severity.id().to_owned(),
            impact: check.impact.to_string(),
            mode: mode.to_owned(),
            tier: check.tier,
            params: check
                .params
                .iter()
                .map(|it| (it.name().to_owned(), default(it)))
                .collect(),
            capability: check.capability.map(str::to_owned),
        }
    }

    fn names(&self) -> impl Iterator<Item = &String> {
        [&self.id].into_iter().chain(&self.aliases)
    }

    /// What may change in a minor version when the changelog names the check.
    fn told(&self) -> [(&'static str, String); 6] {
        [
            ("pillar", self.pillar.clone()),
            ("severity", self.severity.clone()),
            ("impact", self.impact.clone()),
            ("mode", self.mode.clone()),
            ("tier", self.tier.to_string()),
            ("defaults", format!("{:?}", self.params)),
        ]
    }
}

/// The changelog, as far as it is about a version.
#[derive(Clone, Copy, Debug)]
struct Section<'t> {
    version: &'t str,
    /// Whether it has a day; `unreleased` is none.
    is_released: bool,
    text: &'t str,
}

impl<'t> Section<'t> {
    /// The first section that begins with a version.
    fn newest(changelog: &'t str) -> Option<Self> {
        let mut sections = changelog.split("\n## ").skip(1);
        let (heading, text) = sections.find_map(|section| {
            let (heading, text) = section.split_once('\n')?;
            heading
                .starts_with(|c: char| c.is_ascii_digit())
                .then_some((heading, text))
        })?;
        let (version, day) = heading.split_once(" - ")?;
        Some(Self {
            version,
            is_released: day != "unreleased",
            text,
        })
    }

    fn names(&self, id: &str) -> bool {
        self.text.contains(&format!("`{id}`"))
    }
}

/// `(1, 4, 2)` of `1.4.2`.
fn numbers(version: &str) -> (u32, u32, u32) {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap());
    let mut next = || numbers.next().unwrap();
    (next(), next(), next())
}

/// What breaks the policy of versions between the last release and the registry.
fn broken(lock: &Lock, now: &[Entry], section: Section<'_>) -> Vec<String> {
    let mut broken = Vec::new();
    let mut owners = BTreeMap::new();
    for entry in now {
        for name in entry.names() {
            let owner = *owners.entry(name).or_insert(entry);
            if owner.id != entry.id {
                broken.push(format!(
                    "{name} is a name of {} and of {}",
                    owner.id, entry.id
                ));
            }
        }
    }
    let current = numbers(section.version);
    let released = lock.release.as_deref().map(numbers);
    let is_patch =
        released.is_some_and(|(major, minor, _)| (major, minor) == (current.0, current.1));
    let is_major = released.is_some_and(|(major, _, _)| major != current.0);
    let mut successors = Vec::new();
    for old in &lock.checks {
        let Some(new) = owners.get(&old.id) else {
            broken.push(format!(
                "{} is gone: add it to the aliases of what takes its place",
                old.id
            ));
            continue;
        };
        successors.push(&new.id);
        for alias in &old.aliases {
            if owners.get(alias).is_none_or(|owner| owner.id != new.id) {
                broken.push(format!(
                    "{alias} was a name of {}, and is none any more",
                    old.id
                ));
            }
        }
        if new.since != old.since {
            broken.push(format!(
                "{} is there since {}, not {}",
                new.id, old.since, new.since
            ));
        }
        // A configuration that names them is refused by no version but a major one.
        let may_go = is_major && section.names(&new.id);
        if old.capability.is_some() && new.capability != old.capability && !may_go {
            broken.push(format!(
                "{} answers to no declaration of {:?} any more",
                new.id, old.capability
            ));
        }
        for name in old.params.keys() {
            if !new.params.contains_key(name) && !may_go {
                broken.push(format!("{} has lost its parameter {name}", new.id));
            }
        }
        for ((what, before), (_, after)) in old.told().into_iter().zip(new.told()) {
            if before == after {
                continue;
            }
            if is_patch {
                broken.push(format!(
                    "the {what} of {} changes in a patch version",
                    new.id
                ));
            }
            if !section.names(&new.id) {
                broken.push(format!(
                    "the {what} of {} changes from {before} to {after}: name `{}` in CHANGELOG.md",
                    new.id, new.id
                ));
            }
        }
    }
    for new in now.iter().filter(|new| !successors.contains(&&new.id)) {
        if new.since != section.version || section.is_released {
            broken.push(format!(
                "{} is new, and is there since the version that is not released yet, not {}",
                new.id, new.since
            ));
        }
        if is_patch {
            broken.push(format!("{} is new in a patch version", new.id));
        }
    }
    broken
}

/// The lock that a release leaves behind; why there is none.
fn locked(now: &[Entry], section: Section<'_>) -> Result<Lock, String> {
    if !section.is_released {
        return Err(format!(
            "checks/registry.lock is written by a release, and CHANGELOG.md calls {} unreleased: give it its day first",
            section.version
        ));
    }
    Ok(Lock {
        about: ABOUT.to_owned(),
        release: Some(section.version.to_owned()),
        checks: now.to_vec(),
    })
}

const ABOUT: &str = "The checks as the last release had them; none before the first. A release writes it: UPDATE=1 cargo test -p kready-checks --test registry";

/// A line for each check.
fn written(lock: &Lock) -> String {
    let checks = lock.checks.iter();
    let checks: Vec<String> = checks
        .map(|entry| format!("\n    {}", json(entry)))
        .collect();
    let end = if checks.is_empty() { "" } else { "\n  " };
    format!(
        "{{\n  \"about\": {},\n  \"release\": {},\n  \"checks\": [{}{end}]\n}}\n",
        json(&lock.about),
        json(&lock.release),
        checks.join(",")
    )
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

fn registry() -> Vec<Entry> {
    builtin().map(Entry::of).collect()
}

fn none(broken: &[String]) {
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn what_was_released_goes_on_working() {
    let checks = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = checks.join("registry.lock");
    let changelog = fs::read_to_string(checks.join("../CHANGELOG.md")).unwrap();
    let section = Section::newest(&changelog).unwrap();
    assert_eq!(
        section.version,
        env!("CARGO_PKG_VERSION"),
        "the newest section of CHANGELOG.md is about the version of Cargo.toml"
    );
    let read = || serde_json::from_str::<Lock>(&fs::read_to_string(&path).unwrap()).unwrap();
    // A release is held against the one before, and only then takes its place.
    let before = read();
    if before.release.as_deref() != Some(section.version) {
        let open = Section {
            is_released: false,
            ..section
        };
        none(&broken(&before, &registry(), open));
        if std::env::var_os("UPDATE").is_some() {
            let lock = locked(&registry(), section).unwrap_or_else(|why| panic!("{why}"));
            fs::write(&path, written(&lock)).unwrap();
        }
    }
    let lock = read();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        written(&lock),
        "checks/registry.lock is written by a release alone"
    );
    if section.is_released {
        assert_eq!(
            lock.release.as_deref(),
            Some(section.version),
            "CHANGELOG.md says that {} is released: UPDATE=1 cargo test -p kready-checks --test registry",
            section.version
        );
        none(&broken(&lock, &registry(), section));
    }
}

/// A check of the release 0.1.0, in the lock or in the registry.
fn entry(id: &str) -> Entry {
    Entry {
        id: id.to_owned(),
        since: "0.1.0".to_owned(),
        severity: "high".to_owned(),
        mode: "clusters".to_owned(),
        tier: 1,
        ..Entry::default()
    }
}

fn called(id: &str, aliases: &[&str]) -> Entry {
    let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
    Entry {
        aliases,
        ..entry(id)
    }
}

fn of_release(checks: &[Entry]) -> Lock {
    Lock {
        release: Some("0.1.0".to_owned()),
        checks: checks.to_vec(),
        ..Lock::default()
    }
}

/// What is said of these changes since 0.1.0, in a version whose section has this text.
#[track_caller]
fn says(before: &[Entry], now: &[Entry], version: &str, text: &str, said: &[&str]) {
    let section = Section {
        version,
        is_released: false,
        text,
    };
    let found = broken(&of_release(before), now, section);
    assert_eq!(found.len(), said.len(), "{found:#?}");
    for (found, said) in found.iter().zip(said) {
        assert!(found.contains(said), "{said}: {found}");
    }
}

#[test]
fn an_id_vanishes_only_into_an_alias() {
    let gone = [entry("a"), entry("b")];
    says(&gone, &[entry("a")], "0.2.0", "", &["b is gone"]);
    says(&gone, &[entry("a"), called("c", &["b"])], "0.2.0", "", &[]);
    // Two become one.
    says(&gone, &[called("a", &["b"])], "0.2.0", "", &[]);
    says(
        &[called("b", &["a"])],
        &[entry("b")],
        "0.2.0",
        "",
        &["a was a name of b"],
    );
    let younger = Entry {
        since: "0.2.0".into(),
        ..called("c", &["a"])
    };
    says(
        &[entry("a")],
        &[younger],
        "0.2.0",
        "",
        &["c is there since 0.1.0"],
    );
}

#[test]
fn no_name_is_used_again() {
    let before = [called("b", &["a"])];
    let new = Entry {
        since: "0.2.0".into(),
        ..entry("a")
    };
    says(
        &before,
        &[called("b", &["a"]), new.clone()],
        "0.2.0",
        "",
        &["a is a name of b and of a"],
    );
    says(
        &before,
        &[entry("b"), new],
        "0.2.0",
        "",
        &["a was a name of b"],
    );
}

#[test]
fn what_a_gate_feels_is_told_and_no_patch_changes_it() {
    let before = [entry("a")];
    let low = Entry {
        severity: "low".into(),
        ..entry("a")
    };
    let moved = Entry {
        pillar: "storage".into(),
        ..entry("a")
    };
    let optional = Entry {
        tier: 3,
        ..entry("a")
    };
    let wider = Entry {
        mode: "clusters and manifests".into(),
        ..entry("a")
    };
    let sooner = Entry {
        impact: "broken".into(),
        ..entry("a")
    };
    for (now, what) in [
        (low, "severity"),
        (moved, "pillar"),
        (optional, "tier"),
        (wider, "mode"),
        (sooner, "impact"),
    ] {
        let now = [now];
        let told = format!("the {what} of a changes from");
        says(
            &before,
            &now,
            "0.2.0",
            "- `ab` and a are as they were",
            &[&told],
        );
        says(&before, &now, "0.2.0", "- `a` is something else", &[]);
        let patched = format!("the {what} of a changes in a patch");
        says(
            &before,
            &now,
            "0.1.1",
            "- `a` is something else",
            &[&patched],
        );
    }
    // By its new name.
    let renamed = [Entry {
        severity: "low".into(),
        ..called("c", &["a"])
    }];
    says(&before, &renamed, "0.2.0", "- `c` is low", &[]);
}

#[test]
fn what_a_configuration_names_stays() {
    let mut with = entry("a");
    with.params.insert("minimum".into(), 2.into());
    with.capability = Some("backup".into());
    let before = [with.clone()];
    let mut without = with.clone();
    without.params.clear();
    says(
        &before,
        &[without.clone()],
        "0.2.0",
        "`a`",
        &["a has lost its parameter minimum"],
    );
    says(&before, &[without], "1.0.0", "`a`", &[]);
    let mut other = with.clone();
    other.params.insert("minimum".into(), 3.into());
    says(
        &before,
        &[other.clone()],
        "0.2.0",
        "",
        &["the defaults of a"],
    );
    says(&before, &[other], "0.2.0", "`a` wants 3", &[]);
    with.capability = None;
    says(&before, &[with], "0.2.0", "", &["no declaration of"]);
}

#[test]
fn a_new_check_is_there_since_what_is_unreleased() {
    let before = [entry("a")];
    let since = |version: &str| {
        [
            entry("a"),
            Entry {
                since: version.into(),
                ..entry("n")
            },
        ]
    };
    says(&before, &since("0.2.0"), "0.2.0", "", &[]);
    says(&before, &since("0.1.0"), "0.2.0", "", &["n is new"]);
    says(
        &before,
        &since("0.1.1"),
        "0.1.1",
        "",
        &["n is new in a patch"],
    );
    // Before the first release nothing is promised, and everything is of that version.
    let section = Section {
        version: "0.1.0",
        is_released: false,
        text: "",
    };
    assert_eq!(broken(&Lock::default(), &before, section), [""; 0]);
    assert_eq!(broken(&Lock::default(), &since("0.2.0"), section).len(), 1);
}

#[test]
fn a_release_alone_writes_the_lock() {
    let changelog = |day: &str| {
        format!(
            "# Changelog\n\n## Versions\n\nText.\n\n## 0.2.0 - {day}\n\n- `a`\n\n## 0.1.0 - 2026-12-15\n\n- `b`\n"
        )
    };
    let open = changelog("unreleased");
    let section = Section::newest(&open).unwrap();
    assert_eq!((section.version, section.is_released), ("0.2.0", false));
    assert!(section.names("a") && !section.names("b"));
    let why = locked(&[entry("a")], section).unwrap_err();
    assert!(why.contains("give it its day first"), "{why}");
    let dated = changelog("2027-01-31");
    let section = Section::newest(&dated).unwrap();
    let lock = locked(&[entry("a"), entry("b")], section).unwrap();
    assert_eq!(lock.release.as_deref(), Some("0.2.0"));
    assert_eq!(serde_json::from_str::<Lock>(&written(&lock)).unwrap(), lock);
    assert_eq!(written(&lock).lines().count(), 8, "a check in a line");
}
