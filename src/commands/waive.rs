//! `kready waive`: drafts waivers for the open findings of a report, and puts them where they belong.

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use kready_checks::{frame::Check, model::Impact, wire::Time};

use super::invocation::registry;
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
    report::{Grant, ObjectPattern, OldCheck, OldObject, OldReport, PLACEHOLDER, Policy},
    words::{counted, first, one_or_many},
};

/// How many names or lines a message has room for.
const SHOWN: usize = 5;

pub(super) fn run(options: &cli::Waive) -> Result<Exit, Failure> {
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
    let report = options
        .report
        .as_deref()
        .map(|path| Ok::<_, Failure>((OldReport::read(path)?, path)));
    let report = report.transpose()?;
    match (&options.into, report) {
        (Some(into), report) => merge(into, &draft, report, &registry)?,
        (None, Some((report, path))) => {
            let drafted = draft.entries(&report, &mut |_, _| false);
            output::print(&draft.text(&drafted, &report, &path.display().to_string()))?;
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
    report: Option<(OldReport, &Path)>,
    registry: &[&'static Check],
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
    let mut claims = Claims::default();
    if let Some((_, path)) = &report {
        claims.input("the report", path);
    }
    claims.output(into)?;
    let before = read(into)?;
    let text = before.clone().unwrap_or_default();
    let document = Draftable::read(&text, is_of_folder(into))
        .map_err(|problem| anyhow!("{problem}"))
        .with_context(|| format!("cannot put waivers into {file}"))
        .map_err(|error| Failure::usage(error).hint("make it a YAML document first"))?;
    let own = Existing::of(&document.waivers(), &file.to_string(), registry);
    let mut existing = own.clone();
    for path in neighbours(into)? {
        if let Ok(Some(text)) = read(&path)
            && let Ok(other) = Draftable::read(&text, is_of_folder(&path))
        {
            let shown = path.display().to_string();
            existing.extend(Existing::of(&other.waivers(), &shown, registry));
        }
    }
    let now = report.as_ref().and_then(|(report, _)| report.made());
    let mut expired = BTreeSet::new();
    let mut used = BTreeSet::new();
    let drafted = report
        .as_ref()
        .map_or_else(Drafted::default, |(report, _)| {
            draft.entries(report, &mut |check, object| {
                let mut covered = false;
                for waiver in existing.iter().filter(|it| it.covers(check, object)) {
                    covered = true;
                    used.insert(waiver.place.clone());
                    if waiver.has_expired(now) {
                        expired.insert(waiver.place.clone());
                    }
                }
                covered
            })
        });
    let is_drafted = |written: &Written| {
        let place = format!("{file}:{}", written.line);
        let chosen = |check: &str| {
            let id = registry
                .iter()
                .find(|it| it.is_called(check))
                .map_or(check, |it| it.id);
            draft.checks.as_ref().is_none_or(|ids| ids.contains(id))
        };
        // With a report its findings are meant, and nobody else's drafts.
        chosen(&written.check) && (report.is_none() || used.contains(&place))
    };
    let filled = document
        .waivers()
        .iter()
        .filter(|written| is_drafted(written))
        .filter(|it| {
            it.lacks_reason && filling.reason.is_some() || it.lacks_owner && filling.owner.is_some()
        })
        .count();
    let after = document
        .with(&drafted.entries, filling, &is_drafted)
        .map_err(|problem| anyhow!("{problem}"))
        .with_context(|| format!("cannot put waivers into {file}"))
        .map_err(|error| {
            Failure::usage(error).hint("kready waive REPORT.json prints them, to be put in by hand")
        })?;
    if let Some(after) = after {
        write(into, before.as_deref(), &after)?;
    }
    let mut said = Vec::new();
    if report.is_some() {
        said.push(format!(
            "{} added",
            counted(drafted.entries.len(), "waiver")
        ));
    }
    if filled > 0 || report.is_none() {
        said.push(format!("{} filled in", counted(filled, "draft")));
    }
    if drafted.covered > 0 {
        said.push(format!(
            "{} already covered",
            counted(drafted.covered, "finding")
        ));
    }
    output::complain(&format!("{file}: {}", said.join(", ")));
    if !expired.is_empty() {
        let places = expired.iter().map(String::as_str);
        output::complain(&format!(
            "expired, so renew or remove them by hand: {}",
            first(places, SHOWN)
        ));
    }
    tell_of_broken(&drafted);
    let lacking = drafted.entries.len();
    if lacking > 0 && (filling.reason.is_none() || filling.owner.is_none()) {
        let what = match (filling.reason, filling.owner) {
            (None, Some(_)) => "a reason",
            (Some(_), None) => "an owner",
            _ => "a reason and an owner",
        };
        output::complain(&format!(
            "next: keep what you accept, and give each {what}; until then kready refuses {file}"
        ));
    }
    Ok(())
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
            let known = registry
                .iter()
                .find(|check| check.is_called(&written.check));
            let patterns = written.objects.iter();
            Self {
                place: format!("{file}:{}", written.line),
                check: known.map_or_else(|| written.check.clone(), |check| check.id.to_owned()),
                objects: patterns
                    .filter_map(|text| ObjectPattern::parse(text).ok())
                    .collect(),
                about_cluster: written.objects.is_empty() && !written.selects,
                written: written.clone(),
            }
        };
        written.iter().map(of).collect()
    }

    /// Whether it covers a finding on an object; what labels decide can't be told from a report.
    fn covers(&self, check: &OldCheck, object: Option<&OldObject>) -> bool {
        self.check == check.id
            && match object {
                None => self.about_cluster,
                Some(object) => {
                    let namespace = object.namespace.as_deref().unwrap_or_default();
                    !self.written.selects
                        && self.objects.iter().any(|pattern| {
                            pattern.matches_parts(namespace, &object.kind, &object.name)
                        })
                }
            }
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
