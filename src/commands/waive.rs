//! `kready waive`: drafts waivers for the open findings of a report, and puts them where they belong.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use kready_checks::{frame::Check, model::Impact, wire::Time};

use super::invocation::{Invocation, registry};
use crate::{
    bounded, cli,
    config::{
        self, DEFAULT_FILE, LARGEST, Selection,
        edit::{Draftable, Filling, Written, is_of_folder},
    },
    failure::{Exit, Failure},
    interrupt,
    output::{self, Claims, PendingFile, Readers},
    progress::Line,
    render::waive::{Draft, Drafted},
    report::{Grant, ObjectPattern, OldObject, OldReport, PLACEHOLDER, Policy},
    words::{as_called, counted, first, one_or_many},
};

/// How many names or lines a message has room for.
const SHOWN: usize = 5;

pub(super) fn run(options: &cli::Waive, invocation: Invocation) -> Result<Exit, Failure> {
    interrupt::listen(&Line::new(true));
    let registry = registry();
    let selection = Selection::parse(&options.only, &options.skip, &registry)?;
    let checks = (selection != Selection::default()).then(|| {
        let (chosen, _) = selection.apply(&registry, &Policy::default());
        chosen.iter().map(|check| check.id.to_owned()).collect()
    });
    let draft = Draft {
        checks,
        broken: broken(&registry, options.include_broken),
        reason: options.reason.clone(),
        owner: options.owner.clone(),
        days: options.days,
        config: DEFAULT_FILE,
        placeholder: PLACEHOLDER,
    };
    let report = options.report.as_deref().map(OldReport::read).transpose()?;
    match (&options.into, report) {
        (Some(into), report) => {
            let mut claims = Claims::default();
            if let Some(path) = &options.report {
                claims.input("the report", path);
            }
            claims.output(into)?;
            merge(into, &draft, report.as_ref(), &registry, invocation)?;
        }
        (None, Some(report)) => {
            let drafted = draft.entries(&report, &mut |_, _| false);
            let file = options.report.as_deref().unwrap_or(Path::new("-"));
            output::print(&draft.text(&drafted, &report, &file.display().to_string()))?;
            tell_of_broken(&drafted);
        }
        // clap wants one of them.
        (None, None) => {}
    }
    Ok(Exit::Ready)
}

/// The checks whose findings are broken now.
fn broken(registry: &[&'static Check], included: bool) -> BTreeSet<String> {
    registry
        .iter()
        .filter(|check| !included && check.impact == Impact::Broken)
        .flat_map(|check| std::iter::once(&check.id).chain(check.aliases))
        .map(|name| (*name).to_owned())
        .collect()
}

fn tell_of_broken(drafted: &Drafted) {
    if drafted.broken.is_empty() {
        return;
    }
    let count: usize = drafted.broken.iter().map(|(_, count)| count).sum();
    let ids = drafted.broken.iter().map(|(id, _)| id.as_str());
    output::complain(&format!(
        "left out: {} that {} broken now ({}); fix them first, or add --include-broken",
        counted(count, "finding"),
        one_or_many(count, "is", "are"),
        first(ids, SHOWN)
    ));
}

/// Puts drafts into a file, and fills in those that are there.
fn merge(
    into: &Path,
    draft: &Draft,
    report: Option<&OldReport>,
    registry: &[&'static Check],
    invocation: Invocation,
) -> Result<(), Failure> {
    let file = into.display();
    let filling = Filling {
        reason: draft.reason.as_deref(),
        owner: draft.owner.as_deref(),
    };
    if report.is_none() && filling.reason.is_none() && filling.owner.is_none() {
        return Err(Failure::usage(anyhow!(
            "there is nothing to put into {file}: neither a report, nor a reason or an owner"
        ))
        .hint("kready waive REPORT.json --into FILE drafts waivers; --reason and --owner without a report fill them in"));
    }
    let before = read(into)?;
    let text = before.clone().unwrap_or_default();
    let document = Draftable::read(&text, is_of_folder(into))
        .map_err(|problem| anyhow!("{problem}"))
        .with_context(|| format!("cannot put waivers into {file}"))
        .map_err(|error| Failure::usage(error).hint("make it a YAML document first"))?;
    let waivers = document.waivers();
    let mut existing = Existing::of(&waivers, &file.to_string(), registry);
    existing.extend(beside(into, registry)?);
    let found = Found::of(draft, report, &existing, registry);
    let is_meant = |written: &Written| {
        let id = id_of(&written.check, registry);
        let chosen = draft.checks.as_ref().is_none_or(|ids| ids.contains(id));
        // With a report its findings are meant, and no other drafts.
        chosen && (report.is_none() || found.used.contains(&place(into, written)))
    };
    let after = document
        .with(&found.drafted.entries, filling, &is_meant)
        .map_err(|problem| anyhow!("{problem}"))
        .with_context(|| format!("cannot put waivers into {file}"))
        .map_err(|error| {
            Failure::usage(error).hint("kready waive REPORT.json prints them, to be put in by hand")
        })?;
    if let Some(after) = &after {
        write(into, before.as_deref(), after)?;
    }
    let fills = |written: &&Written| {
        is_meant(written)
            && (written.lacks_reason && filling.reason.is_some()
                || written.lacks_owner && filling.owner.is_some())
    };
    let filled = waivers.iter().filter(fills).count();
    found.tell(into, report.is_some(), filled);
    let after = after.as_deref().unwrap_or(&text);
    let unfilled = Draftable::read(after, is_of_folder(into)).map(|it| it.unfilled());
    for sentence in unfilled.iter().flatten() {
        output::complain(&format!("{file}: {sentence}"));
    }
    if unfilled.is_ok_and(|sentences| !sentences.is_empty()) {
        output::complain(&format!(
            "  next: keep what you accept; {} fills it in",
            as_called(
                &config::filling_command(&file.to_string()),
                invocation.program
            )
        ));
    }
    Ok(())
}

/// The id of a check, whatever it was called.
fn id_of<'n>(name: &'n str, registry: &[&'static Check]) -> &'n str {
    let known = registry.iter().find(|check| check.is_called(name));
    known.map_or(name, |check| check.id)
}

/// `kready.yaml:12`.
fn place(file: &Path, written: &Written) -> String {
    format!("{}:{}", file.display(), written.line)
}

/// What is drafted for a report, beside the waivers that are there.
#[derive(Default)]
struct Found {
    drafted: Drafted,
    /// The waivers that cover a finding of the report.
    used: BTreeSet<String>,
    /// Those of them that have expired.
    expired: BTreeSet<String>,
}

impl Found {
    fn of(
        draft: &Draft,
        report: Option<&OldReport>,
        existing: &[Existing],
        registry: &[&'static Check],
    ) -> Self {
        let mut found = Self::default();
        let Some(report) = report else {
            return found;
        };
        let now = report.made();
        let mut by_check: BTreeMap<&str, Vec<&Existing>> = BTreeMap::new();
        for waiver in existing {
            by_check.entry(&waiver.check).or_default().push(waiver);
        }
        found.drafted = draft.entries(report, &mut |check, object| {
            let mut covered = false;
            for waiver in by_check
                .get(id_of(&check.id, registry))
                .into_iter()
                .flatten()
            {
                if waiver.covers(object) {
                    covered = true;
                    found.used.insert(waiver.place.clone());
                    if waiver.has_expired(now) {
                        found.expired.insert(waiver.place.clone());
                    }
                }
            }
            covered
        });
        found
    }

    fn tell(&self, into: &Path, reported: bool, filled: usize) {
        let file = into.display();
        let added = self.drafted.entries.len();
        let mut said = Vec::new();
        if reported {
            said.push(format!("{} added", counted(added, "waiver")));
        }
        if filled > 0 || !reported {
            said.push(format!("{} filled in", counted(filled, "draft")));
        }
        if self.drafted.covered > 0 {
            said.push(format!(
                "{} already covered",
                counted(self.drafted.covered, "finding")
            ));
        }
        output::complain(&format!("{file}: {}", said.join(", ")));
        if !self.expired.is_empty() {
            let places = self.expired.iter().map(String::as_str);
            output::complain(&format!(
                "expired, so renew or remove them by hand: {}",
                first(places, SHOWN)
            ));
        }
        tell_of_broken(&self.drafted);
    }
}

/// A waiver that is there already.
#[derive(Clone, Debug)]
struct Existing {
    place: String,
    check: String,
    objects: Vec<ObjectPattern>,
    about_cluster: bool,
    written: Written,
}

impl Existing {
    fn of(written: &[Written], file: &str, registry: &[&'static Check]) -> Vec<Self> {
        let of = |written: &Written| {
            let patterns = written.objects.iter();
            Self {
                place: format!("{file}:{}", written.line),
                check: id_of(&written.check, registry).to_owned(),
                objects: patterns
                    .filter_map(|text| ObjectPattern::parse(text).ok())
                    .collect(),
                about_cluster: written.objects.is_empty() && !written.selects,
                written: written.clone(),
            }
        };
        written.iter().map(of).collect()
    }

    /// Whether it covers a finding of its check on an object; what labels decide can't be told from a report.
    fn covers(&self, object: Option<&OldObject>) -> bool {
        let Some(object) = object else {
            return self.about_cluster;
        };
        let namespace = object.namespace.as_deref().unwrap_or_default();
        let mut patterns = self.objects.iter();
        !self.written.selects
            && patterns.any(|it| it.matches_parts(namespace, &object.kind, &object.name))
    }

    fn has_expired(&self, now: Option<Time>) -> bool {
        let Some((now, expires)) = now.zip(self.written.expires) else {
            return false;
        };
        let grant = Grant {
            reason: String::new(),
            owner: String::new(),
            expires,
        };
        grant.has_expired(now)
    }
}

/// The waivers of the other files that are read with one.
fn beside(into: &Path, registry: &[&'static Check]) -> Result<Vec<Existing>, Failure> {
    let mut all = Vec::new();
    for path in neighbours(into)? {
        // What is wrong with it is told by whoever needs it.
        if let Ok(Some(text)) = read(&path)
            && let Ok(other) = Draftable::read(&text, is_of_folder(&path))
        {
            let shown = path.display().to_string();
            all.extend(Existing::of(&other.waivers(), &shown, registry));
        }
    }
    Ok(all)
}

/// The other files in which waivers may be.
fn neighbours(into: &Path) -> Result<Vec<PathBuf>, Failure> {
    let config = if is_of_folder(into) {
        let folder = into
            .parent()
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        folder.join(DEFAULT_FILE)
    } else {
        into.to_owned()
    };
    let mut files = config::beside(&config)?;
    files.push(config);
    files.retain(|file| file != into);
    Ok(files)
}

/// A file's text; none when there is no such file.
fn read(path: &Path) -> Result<Option<String>, Failure> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    bounded::regular(path, LARGEST)
        .and_then(bounded::text)
        .map(Some)
        .with_context(|| format!("cannot read {}", path.display()))
        .map_err(|error| {
            Failure::usage(error).hint("name a configuration, or a file that is not there yet")
        })
}

/// Puts a text in the place of the one that was read.
fn write(path: &Path, before: Option<&str>, after: &str) -> Result<(), Failure> {
    let mut file = PendingFile::create(path, Readers::Mask)?;
    file.write_all(after.as_bytes())
        .map_err(|error| file.full(error))?;
    let now = fs::read(path).ok();
    if now.as_deref() != before.map(str::as_bytes) {
        return Err(Failure::usage(anyhow!(
            "{} has changed meanwhile, and was left as it is",
            path.display()
        ))
        .hint("run the command again"));
    }
    file.finish()
}
