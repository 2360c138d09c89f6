//! `kready.yaml`: profile, selection, severities, parameters, scope, gate, report, waivers and declarations.

mod located;
mod schema;
mod selection;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow};
use kready_checks::{
    frame::{Check, Default as ParamDefault, Settings, Value as ParamValue},
    model::Severity,
    wire::Time,
};

use located::{Key, Node, Place, Value};
pub(crate) use schema::schema;
pub(crate) use selection::{Selection, Term};

use crate::{
    collect::ScopeRequest,
    failure::Failure,
    nearest::unknown,
    render::escape,
    report::{
        Baseline, Declared, Grant, LONGEST_DAYS, ObjectPattern, Policy, Profile, Skipped, Waiver,
    },
};

/// The file that is read from the working directory when none is named.
pub(crate) const DEFAULT_FILE: &str = "kready.yaml";

/// With what a reason or an owner begins that nobody has filled in yet.
pub(crate) const PLACEHOLDER: &str = "TODO";

/// Which configuration file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// None at all.
    Nothing,
    /// This one.
    File(PathBuf),
    /// `kready.yaml` of the working directory, if it is there.
    Discover,
}

/// A configuration that was read and understood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// The file, as the report names it.
    pub(crate) file: Option<String>,
    profile: Option<Profile>,
    severities: BTreeMap<String, Severity>,
    params: BTreeMap<(String, String), ParamValue>,
    selection: Selection,
    scope: ScopeRequest,
    include_system: Option<bool>,
    fail_on: Option<FailOn>,
    min_score: Option<f64>,
    min_coverage: Option<f64>,
    gate_new_checks: Option<bool>,
    max_findings: Option<usize>,
    declarations: Vec<Declared>,
    waivers: Vec<Waiver>,
    /// Where each grant's expiry stands, with what it is for.
    expiries: Vec<(Place, String, Grant)>,
}

/// The least severity that gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    /// This one and worse ones.
    Severity(Severity),
    /// No finding gates.
    Never,
}

impl FailOn {
    /// All values, as the command line and the configuration take them.
    pub(crate) const NAMES: [&'static str; 5] = ["critical", "high", "medium", "low", "never"];

    /// The value with this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "never" => Some(Self::Never),
            "info" => None,
            _ => Severity::from_id(name).map(Self::Severity),
        }
    }

    const fn least(self) -> Option<Severity> {
        match self {
            Self::Severity(severity) => Some(severity),
            Self::Never => None,
        }
    }
}

/// What the command line says about the same things; what it says wins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    /// `--only`: takes the place of the configuration's selection.
    pub(crate) only: Vec<String>,
    /// `--skip`: is added to what the configuration skips.
    pub(crate) skip: Vec<String>,
    /// `--namespace`: takes the place of the configuration's namespaces.
    pub(crate) namespaces: Vec<String>,
    /// `--all-namespaces`: sets the configuration's scope aside.
    pub(crate) all_namespaces: bool,
    /// `--exclude-namespace`: takes the place of the configuration's.
    pub(crate) excluded: Vec<String>,
    /// `--profile`.
    pub(crate) profile: Option<Profile>,
    /// `--include-system`.
    pub(crate) include_system: bool,
    /// `--fail-on`.
    pub(crate) fail_on: Option<FailOn>,
    /// `--min-score`.
    pub(crate) min_score: Option<f64>,
    /// `--min-coverage`.
    pub(crate) min_coverage: Option<f64>,
    /// `--baseline`.
    pub(crate) baseline: Option<PathBuf>,
    /// `--gate-new-checks`.
    pub(crate) gate_new_checks: bool,
    /// `--max-findings`.
    pub(crate) max_findings: Option<usize>,
    /// The minor of `--kubernetes-version`.
    pub(crate) target_minor: Option<u32>,
}

/// What to run, on what, and how to weigh it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The checks to run.
    pub(crate) checks: Vec<&'static Check>,
    /// The others, and why they don't run.
    pub(crate) skipped: Vec<Skipped>,
    /// Whether somebody selected checks; a snapshot's own selection counts only when nobody did.
    pub(crate) selected: bool,
    /// Which namespaces were asked for.
    pub(crate) scope: ScopeRequest,
    /// How to weigh.
    pub(crate) policy: Policy,
    settings: Settings,
    expiries: Vec<(Place, String, Grant)>,
}

/// Reads the configuration.
///
/// # Errors
/// It cannot be read, is no YAML, or says what nobody knows; every mistake is named with file and line.
pub(crate) fn load(choice: &Choice, registry: &[&'static Check]) -> Result<Config, Failure> {
    let path = match choice {
        Choice::Nothing => return Ok(Config::default()),
        Choice::File(path) => path.as_path(),
        Choice::Discover => {
            let path = Path::new(DEFAULT_FILE);
            // Whatever bears that name is meant; when it cannot be read, that is an error.
            if path.symlink_metadata().is_err() {
                return Ok(Config::default());
            }
            path
        }
    };
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration {file}"))
        .map_err(|error| {
            Failure::usage(error).hint("name another file with --config, or none with --no-config")
        })?;
    Config::parse(&text, &file, registry).map_err(|problems| {
        Failure::usage(anyhow!("{problems}")).hint(
            "`kready schema config` describes the configuration, `kready checks` lists the checks",
        )
    })
}

impl Config {
    fn parse(text: &str, file: &str, registry: &[&'static Check]) -> Result<Self, String> {
        let root = located::parse(text).map_err(|(place, message)| {
            let message = escape::text(&message).into_owned();
            match place {
                Some(place) => format!("{file}:{place}: {message}"),
                None => format!("{file}: {message}"),
            }
        })?;
        let mut reader = Reader {
            registry,
            problems: Vec::new(),
        };
        let mut config = reader.config(&root);
        config.file = Some(file.to_owned());
        reader
            .problems
            .sort_by_key(|(place, _)| (place.line, place.column));
        if reader.problems.is_empty() {
            return Ok(config);
        }
        let problems: Vec<String> = reader
            .problems
            .into_iter()
            .map(|(place, problem)| format!("{file}:{place}: {problem}"))
            .collect();
        Err(problems.join("\n"))
    }

    /// The scope, joined with what the command line says of it.
    pub(crate) fn scope(&self, overrides: &Overrides) -> ScopeRequest {
        let mut scope = if overrides.all_namespaces {
            ScopeRequest::default()
        } else {
            self.scope.clone()
        };
        if !overrides.namespaces.is_empty() {
            scope.namespaces.clone_from(&overrides.namespaces);
        }
        if !overrides.excluded.is_empty() {
            scope.excluded.clone_from(&overrides.excluded);
        }
        scope
    }

    /// Joins it with what the command line says.
    ///
    /// # Errors
    /// The command line selects what nobody knows, a bound is out of range, or the older report cannot be read.
    pub(crate) fn plan(
        self,
        overrides: &Overrides,
        registry: &[&'static Check],
    ) -> Result<Plan, Failure> {
        let mut selection = self.selection.clone();
        let asked = Selection::parse(&overrides.only, &overrides.skip, registry)?;
        if asked.only.is_empty() {
            selection.skip.extend(asked.skip);
        } else {
            selection = asked;
        }

        let scope = self.scope(overrides);
        let mut policy = Policy {
            config: self.file,
            profile: overrides.profile.or(self.profile),
            severities: self.severities,
            waivers: self.waivers,
            declarations: self.declarations,
            ..Policy::default()
        };
        if let Some(fail_on) = overrides.fail_on.or(self.fail_on) {
            policy.gate.fail_on = fail_on.least();
        }
        for (flag, value, bound) in [
            (
                "--min-score",
                overrides.min_score.or(self.min_score),
                &mut policy.gate.min_score,
            ),
            (
                "--min-coverage",
                overrides.min_coverage.or(self.min_coverage),
                &mut policy.gate.min_coverage,
            ),
        ] {
            if let Some(value) = value {
                if !(0.0..=100.0).contains(&value) {
                    return Err(Failure::usage(anyhow!(
                        "{flag} is {value}, and goes from 0 to 100"
                    )));
                }
                *bound = value;
            }
        }
        policy.gate.gate_new_checks =
            overrides.gate_new_checks || self.gate_new_checks.unwrap_or_default();
        policy.max_findings = overrides
            .max_findings
            .or(self.max_findings)
            .filter(|most| *most > 0);
        policy.baseline = overrides
            .baseline
            .as_deref()
            .map(Baseline::read)
            .transpose()?;

        let (checks, skipped) = selection.apply(registry, &policy);
        if checks.is_empty() {
            return Err(
                Failure::usage(anyhow!("the selection leaves no check to run"))
                    .hint("`kready checks` lists all checks; --only narrows, --skip leaves out"),
            );
        }
        Ok(Plan {
            checks,
            skipped,
            selected: selection != Selection::default(),
            scope,
            settings: Settings {
                params: self.params,
                declared: BTreeSet::new(),
                include_system: overrides.include_system || self.include_system.unwrap_or_default(),
                target_minor: overrides.target_minor,
            },
            expiries: self.expiries,
            policy,
        })
    }
}

impl Plan {
    /// What the checks are told, at the input's time: declarations that have expired no longer count.
    pub(crate) fn settings(&self, now: Time) -> Settings {
        let mut settings = self.settings.clone();
        settings.declared = self
            .policy
            .declarations
            .iter()
            .filter(|declared| !declared.grant.has_expired(now))
            .map(|declared| declared.capability.clone())
            .collect();
        settings
    }

    /// Holds every expiry against the input's time.
    ///
    /// # Errors
    /// One is further away than is allowed.
    pub(crate) fn check_expiries(&self, now: Time) -> Result<(), Failure> {
        let file = self.policy.config.as_deref().unwrap_or(DEFAULT_FILE);
        let problems: Vec<String> = self
            .expiries
            .iter()
            .filter(|(_, _, grant)| grant.is_too_long(now))
            .map(|(place, what, grant)| {
                format!(
                    "{file}:{place}: {what} expires on {}, more than {LONGEST_DAYS} days from now",
                    grant.expires
                )
            })
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(anyhow!("{}", problems.join("\n")))
            .hint("choose a nearer date: an exception is looked at once a year"))
    }

    /// Takes up the selection that a snapshot was made with, unless somebody selected otherwise.
    pub(crate) fn replay(&mut self, saved: &[String]) {
        if self.selected {
            return;
        }
        let (kept, left): (Vec<_>, Vec<_>) = std::mem::take(&mut self.checks)
            .into_iter()
            .partition(|check| saved.iter().any(|id| id == check.id));
        self.checks = kept;
        self.skipped.extend(left.into_iter().map(|check| Skipped {
            id: check.id,
            why: "deselected",
        }));
    }
}

/// Reads the document, and goes on after a mistake so that all of them are named at once.
struct Reader<'a> {
    registry: &'a [&'static Check],
    problems: Vec<(Place, String)>,
}

impl Reader<'_> {
    fn problem(&mut self, place: Place, problem: impl Into<String>) {
        self.problems.push((place, problem.into()));
    }

    fn wrong(&mut self, node: &Node, name: &str, expected: &str) {
        self.problem(
            node.place,
            format!(
                "`{name}` is {}, and should be {expected}",
                node.value.what()
            ),
        );
    }

    /// The entries of a mapping; nothing is an empty one.
    fn entries<'n>(&mut self, node: &'n Node, name: &str) -> &'n [(Key, Node)] {
        match &node.value {
            Value::Map(entries) => entries,
            Value::Null => &[],
            _ => {
                self.wrong(node, name, "a mapping");
                &[]
            }
        }
    }

    fn unknown_key(&mut self, key: &Key, what: &str, known: &[&str]) {
        self.problem(key.place, unknown(what, &key.name, known.iter().copied()));
    }

    fn items<'n>(&mut self, node: &'n Node, name: &str) -> &'n [Node] {
        match &node.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => {
                self.wrong(node, name, "a list");
                &[]
            }
        }
    }

    fn text<'n>(&mut self, node: &'n Node, name: &str) -> Option<&'n str> {
        if let Value::Text(text) = &node.value {
            return Some(text);
        }
        self.wrong(node, name, "a text");
        None
    }

    fn texts<'n>(&mut self, node: &'n Node, name: &str) -> Vec<(Place, &'n str)> {
        self.items(node, name)
            .iter()
            .filter_map(|item| Some((item.place, self.text(item, &format!("an entry of {name}"))?)))
            .collect()
    }

    fn boolean(&mut self, node: &Node, name: &str) -> Option<bool> {
        if let Value::Bool(value) = node.value {
            return Some(value);
        }
        self.wrong(node, name, "true or false");
        None
    }

    fn share(&mut self, node: &Node, name: &str) -> Option<f64> {
        let value = match node.value {
            #[expect(clippy::cast_precision_loss, reason = "held against 100 at once")]
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        };
        let value = value.filter(|value| (0.0..=100.0).contains(value));
        if value.is_none() {
            self.wrong(node, name, "a number from 0 to 100");
        }
        value
    }

    fn check(&mut self, place: Place, id: &str) -> Option<&'static Check> {
        let found = self.registry.iter().copied().find(|check| check.id == id);
        if found.is_none() {
            let known = self.registry.iter().map(|check| check.id);
            let problem = unknown("check", id, known);
            self.problem(place, problem);
        }
        found
    }

    fn config(&mut self, root: &Node) -> Config {
        const KEYS: [&str; 9] = [
            "declarations",
            "gate",
            "parameters",
            "profile",
            "report",
            "scope",
            "selection",
            "severities",
            "waivers",
        ];
        let mut config = Config::default();
        for (key, node) in self.entries(root, "the configuration") {
            match key.name.as_str() {
                "profile" => {
                    if let Some(name) = self.text(node, "profile") {
                        config.profile = Profile::parse(name);
                        if config.profile.is_none() {
                            self.problem(node.place, unknown("profile", name, Profile::NAMES));
                        }
                    }
                }
                "severities" => self.severities(node, &mut config),
                "parameters" => self.parameters(node, &mut config),
                "selection" => self.selection(node, &mut config),
                "scope" => self.scope(node, &mut config),
                "gate" => self.gate(node, &mut config),
                "report" => self.report(node, &mut config),
                "declarations" => self.declarations(node, &mut config),
                "waivers" => self.waivers(node, &mut config),
                _ => self.unknown_key(key, "key", &KEYS),
            }
        }
        config
    }

    fn severities(&mut self, node: &Node, config: &mut Config) {
        for (key, node) in self.entries(node, "severities") {
            let check = self.check(key.place, &key.name);
            let Some(name) = self.text(node, &key.name) else {
                continue;
            };
            match (check, Severity::from_id(name)) {
                (Some(check), Some(severity)) => {
                    config.severities.insert(check.id.to_owned(), severity);
                }
                (_, None) => {
                    let known = Severity::ALL.into_iter().map(Severity::id);
                    self.problem(node.place, unknown("severity", name, known));
                }
                (None, _) => {}
            }
        }
    }

    fn parameters(&mut self, node: &Node, config: &mut Config) {
        for (key, node) in self.entries(node, "parameters") {
            let Some(check) = self.check(key.place, &key.name) else {
                continue;
            };
            for (name, node) in self.entries(node, check.id) {
                let Some(param) = check.params.iter().find(|param| param.name == name.name) else {
                    let known = check.params.iter().map(|param| param.name);
                    let what = format!("parameter of {}", check.id);
                    self.problem(name.place, unknown(&what, &name.name, known));
                    continue;
                };
                let value = match (param.default, &node.value) {
                    (ParamDefault::Int(_), Value::Int(value)) => Some(ParamValue::Int(*value)),
                    (ParamDefault::Int(_), _) => {
                        self.wrong(node, param.name, "a whole number");
                        None
                    }
                    (ParamDefault::Texts(_), _) => Some(ParamValue::Texts(
                        self.texts(node, param.name)
                            .into_iter()
                            .map(|(_, text)| text.to_owned())
                            .collect(),
                    )),
                };
                if let Some(value) = value {
                    config
                        .params
                        .insert((check.id.to_owned(), param.name.to_owned()), value);
                }
            }
        }
    }

    fn selection(&mut self, node: &Node, config: &mut Config) {
        for (key, node) in self.entries(node, "selection") {
            let terms = match key.name.as_str() {
                "only" => &mut config.selection.only,
                "skip" => &mut config.selection.skip,
                _ => {
                    self.unknown_key(key, "key of selection", &["only", "skip"]);
                    continue;
                }
            };
            for (place, word) in self.texts(node, &key.name) {
                match Term::parse(word, self.registry) {
                    Ok(term) => terms.push(term),
                    Err(problem) => self.problem(place, problem),
                }
            }
        }
    }

    fn scope(&mut self, node: &Node, config: &mut Config) {
        for (key, node) in self.entries(node, "scope") {
            let globs = match key.name.as_str() {
                "namespaces" => &mut config.scope.namespaces,
                "exclude" => &mut config.scope.excluded,
                "includeSystem" => {
                    config.include_system = self.boolean(node, "includeSystem");
                    continue;
                }
                _ => {
                    let known = ["exclude", "includeSystem", "namespaces"];
                    self.unknown_key(key, "key of scope", &known);
                    continue;
                }
            };
            for (place, glob) in self.texts(node, &key.name) {
                match globset::Glob::new(glob) {
                    Ok(_) => globs.push(glob.to_owned()),
                    Err(error) => self.problem(
                        place,
                        format!(
                            "`{}` is not a pattern: {}",
                            escape::text(glob),
                            error.kind()
                        ),
                    ),
                }
            }
        }
    }

    fn report(&mut self, node: &Node, config: &mut Config) {
        for (key, node) in self.entries(node, "report") {
            match (key.name.as_str(), &node.value) {
                ("maxFindings", Value::Int(value)) if *value >= 0 => {
                    config.max_findings = usize::try_from(*value).ok();
                }
                ("maxFindings", _) => {
                    self.wrong(node, "maxFindings", "a whole number, 0 or more");
                }
                _ => self.unknown_key(key, "key of report", &["maxFindings"]),
            }
        }
    }

    fn gate(&mut self, node: &Node, config: &mut Config) {
        for (key, node) in self.entries(node, "gate") {
            match key.name.as_str() {
                "failOn" => {
                    if let Some(name) = self.text(node, "failOn") {
                        config.fail_on = FailOn::parse(name);
                        if config.fail_on.is_none() {
                            self.problem(node.place, unknown("failOn", name, FailOn::NAMES));
                        }
                    }
                }
                "minScore" => config.min_score = self.share(node, "minScore"),
                "minCoverage" => config.min_coverage = self.share(node, "minCoverage"),
                "gateNewChecks" => config.gate_new_checks = self.boolean(node, "gateNewChecks"),
                _ => self.unknown_key(
                    key,
                    "key of gate",
                    &["failOn", "gateNewChecks", "minCoverage", "minScore"],
                ),
            }
        }
    }

    fn declarations(&mut self, node: &Node, config: &mut Config) {
        for item in self.items(node, "declarations") {
            let mut capability = None;
            let grant = self.grant(item, "declaration", &["capability"], |reader, key, node| {
                debug_assert_eq!(key, "capability");
                let Some(name) = reader.text(node, key) else {
                    return;
                };
                let known: BTreeSet<&str> = reader
                    .registry
                    .iter()
                    .filter_map(|check| check.capability)
                    .collect();
                if known.contains(name) {
                    capability = Some(name.to_owned());
                } else {
                    reader.problem(node.place, unknown("capability", name, known));
                }
            });
            if let (Some((place, grant)), Some(capability)) = (grant, capability) {
                let what = format!("the declaration of {capability}");
                config.expiries.push((place, what, grant.clone()));
                config.declarations.push(Declared { capability, grant });
            }
        }
    }

    fn waivers(&mut self, node: &Node, config: &mut Config) {
        for item in self.items(node, "waivers") {
            let mut check = None;
            let mut objects = Vec::new();
            let grant = self.grant(
                item,
                "waiver",
                &["check", "objects"],
                |reader, key, node| {
                    if key == "check" {
                        if let Some(id) = reader.text(node, key) {
                            check = reader.check(node.place, id);
                        }
                        return;
                    }
                    for (place, text) in reader.texts(node, key) {
                        match ObjectPattern::parse(text) {
                            Ok(pattern) => objects.push(pattern),
                            Err(problem) => {
                                reader.problem(place, escape::text(&problem).into_owned());
                            }
                        }
                    }
                },
            );
            if let (Some((place, grant)), Some(check)) = (grant, check) {
                let what = format!("the waiver of {}", check.id);
                config.expiries.push((place, what, grant.clone()));
                config.waivers.push(Waiver {
                    check: check.id.to_owned(),
                    objects,
                    grant,
                });
            }
        }
    }

    /// The reason, owner and expiry of a waiver or a declaration, and where the expiry stands; `other` takes the
    /// values of the `others`, the first of which has to be there.
    fn grant(
        &mut self,
        item: &Node,
        what: &str,
        others: &[&str],
        mut other: impl FnMut(&mut Self, &str, &Node),
    ) -> Option<(Place, Grant)> {
        let (mut reason, mut owner, mut expires) = (None, None, None);
        let mut missing: BTreeSet<&str> = others.iter().take(1).copied().collect();
        missing.extend(["reason", "owner", "expires"]);
        let Value::Map(entries) = &item.value else {
            self.wrong(item, &format!("a {what}"), "a mapping");
            return None;
        };
        for (key, node) in entries {
            missing.remove(key.name.as_str());
            match key.name.as_str() {
                "reason" => reason = self.filled_in(node, "reason"),
                "owner" => owner = self.filled_in(node, "owner"),
                "expires" => {
                    if let Some(text) = self.text(node, "expires") {
                        match text.parse() {
                            Ok(date) if text.len() == "2026-12-31".len() => {
                                expires = Some((node.place, date));
                            }
                            _ => self.problem(
                                node.place,
                                format!("`{}` is not a day such as 2026-12-31", escape::text(text)),
                            ),
                        }
                    }
                }
                name if others.contains(&name) => other(self, name, node),
                _ => {
                    let mut known = vec!["expires", "owner", "reason"];
                    known.extend(others);
                    self.unknown_key(key, &format!("key of a {what}"), &known);
                }
            }
        }
        if !missing.is_empty() {
            let missing: Vec<&str> = missing.into_iter().collect();
            self.problem(
                item.place,
                format!("this {what} lacks {}", missing.join(", ")),
            );
        }
        let (place, expires) = expires?;
        Some((
            place,
            Grant {
                reason: reason?,
                owner: owner?,
                expires,
            },
        ))
    }

    /// A text that a person wrote, not a blank nor what a draft left to be filled in.
    fn filled_in(&mut self, node: &Node, name: &str) -> Option<String> {
        let text = self.text(node, name)?.trim();
        if text.is_empty() {
            self.problem(node.place, format!("`{name}` is empty"));
            return None;
        }
        let head = text.get(..PLACEHOLDER.len()).unwrap_or_default();
        if head.eq_ignore_ascii_case(PLACEHOLDER) {
            self.problem(
                node.place,
                format!(
                    "`{name}` is still to be filled in: `{}`",
                    escape::text(text)
                ),
            );
            return None;
        }
        Some(text.to_owned())
    }
}
