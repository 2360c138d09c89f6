//! The command line: clap's types and the texts of `--help`.

pub(crate) mod answer;
mod foreign;
mod parse;
pub(crate) mod program;

use std::{path::PathBuf, time::Duration};

use clap::{
    ArgGroup, Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{PossibleValuesParser, Styles},
};
use kready_checks::model::Standard;

pub(crate) use parse::{ExplainFormat, ListFormat, Minor};

use crate::{
    config::FailOn,
    output::{ComponentsFormat, DiffFormat, Format, Formats, Target},
    render::{table::By, terminal::ColorChoice},
    report::Profile,
};

const HEADING_SOURCE: &str = "Source";
const HEADING_CLUSTER: &str = "Cluster";
const HEADING_SCOPE: &str = "Scope";
const HEADING_SELECTION: &str = "Selection";
const HEADING_GATE: &str = "Gate";
const HEADING_OUTPUT: &str = "Output";

/// Adds what the exit codes mean to a text that ends by announcing them.
macro_rules! with_exit_codes {
    ($text:literal) => {
        concat!(
            $text,
            "\n",
            "  0 ready · 1 not ready · 2 wrong usage or configuration · 3 the cluster could not be audited\n",
            "  4 inconclusive: too little could be seen · 5 the output could not be written · 70 internal error\n",
            "  130 interrupted · 143, 129 and 131 ended by SIGTERM, SIGHUP and SIGQUIT",
        )
    };
}

const EXAMPLES: &str = with_exit_codes!(
    "\
Examples:
  kready audit                        judge the cluster of the current context
  kready audit --demo                 see a report without a cluster
  kready audit -n shop -n 'team-*'    judge some namespaces only
  helm template . | kready audit -f - judge manifests before they are applied
  kready explain pdb-missing          why a check matters and how to fix what it finds
  kready rbac | kubectl apply -f -    grant the minimal rights that an audit needs
  kready components                   list what the cluster runs, and what is retired

Exit codes of audit:"
);

const AUDIT_EXAMPLES: &str = with_exit_codes!(
    "\
Examples:
  kready audit
      Judge the cluster of the current context; exit with 1 when it is not ready.
  kready audit --context prod -n shop --details
      Judge one namespace, with every object that a check names.
  kready audit --only hardening,critical --skip privileged-container
      Run the critical hardening checks, except one.
  kready audit manifests/ --kubernetes-version 1.36
      Judge manifests for the Kubernetes version that they are meant for.
  kready audit --context kind-try --profile dev
      Judge a development cluster: a single replica or a missing alert doesn't count against it.
  kready audit -o table -o json=report.json --baseline last.json
      Print the table, save a JSON report, and fail only on what is new since the last one.
  kready audit -o html=report.html -o csv=findings.csv
      Write a page for the browser, to be filtered and printed, and a table for a spreadsheet.
  kready audit -o template=message.json.j2=message.json
      Fill a Jinja template of your own with what -o json writes: examples/templates has some.
  kready audit --save cluster.json.gz; kready audit -f cluster.json.gz
      Save what was read, and judge it again later or elsewhere.

Exit codes:"
);

/// Tells whether a Kubernetes cluster is ready for production, and proves it.
///
/// kready reads a cluster (it never writes), runs its checks in nine pillars of readiness, and ends
/// with a verdict that a pipeline can rely on.
#[derive(Debug, Parser)]
#[command(
    name = "kready",
    version,
    about,
    after_help = EXAMPLES,
    styles = Styles::plain(),
    max_term_width = 100,
    arg_required_else_help = true,
    propagate_version = false
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colour; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false, help_heading = HEADING_OUTPUT)]
    pub(crate) color: ColorChoice,

    /// Don't show progress
    #[arg(short, long, global = true, help_heading = HEADING_OUTPUT)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Audit a cluster, manifests or a snapshot, and say whether it is ready
    Audit(Box<Audit>),
    /// List the checks, and which controls of standards they decide
    Checks(Checks),
    /// Explain a check: why it matters and how to fix what it finds
    Explain(Explain),
    /// Print the minimal ClusterRole and binding that an audit needs
    Rbac(Rbac),
    /// Save what an audit would read, without judging it
    Snapshot(Box<Snapshot>),
    /// List what a cluster runs: platform, network, storage, monitoring and more
    Components(Box<Components>),
    /// Compare two JSON reports: what is new, fixed and still open
    Diff(Diff),
    /// Draft waivers for the findings of a JSON report
    Waive(Waive),
    /// Print a JSON schema
    Schema(Schema),
    /// Print a shell's completion script
    Completion(Completion),
    /// Print the version, and until when the built-in knowledge is good
    Version(Version),
}

#[derive(Debug, Args)]
#[command(after_help = AUDIT_EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) input: InputOptions,

    /// The Kubernetes version that manifests are judged for, such as 1.36 [default: the newest that kready knows]
    #[arg(long, value_name = "VERSION", value_parser = parse::kubernetes_minor, requires = "inputs", help_heading = HEADING_SOURCE)]
    pub(crate) kubernetes_version: Option<Minor>,

    /// Render the Helm charts and kustomizations in the folders, and judge each by itself; needs helm, and kustomize or kubectl; uses no network
    #[arg(long, requires = "inputs", conflicts_with = "save", help_heading = HEADING_SOURCE)]
    pub(crate) render: bool,

    /// Save what was read to FILE (`*.json.gz`, readable by its owner only), for `kready audit -f FILE`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING_SOURCE)]
    pub(crate) save: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) connection: ConnectionOptions,

    #[command(flatten)]
    pub(crate) scope: ScopeOptions,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,

    #[command(flatten)]
    pub(crate) config: ConfigOptions,

    /// What the cluster is for; with `dev`, high-availability and observability checks have severity info [default: production]
    #[arg(long, value_name = "PROFILE", value_parser = parse::profile(), help_heading = HEADING_SELECTION)]
    pub(crate) profile: Option<Profile>,

    /// Count findings on system and platform components like any others
    #[arg(long, help_heading = HEADING_SELECTION)]
    pub(crate) include_system: bool,

    /// Not ready while a check of this severity or above fails: critical, high, medium, low or never [default: high]
    #[arg(long, value_name = "SEVERITY", value_parser = parse::fail_on, help_heading = HEADING_GATE)]
    pub(crate) fail_on: Option<FailOn>,

    /// Not ready if the score may be below this, counting what could not be seen as failed [default: 0]
    #[arg(long, value_name = "0..100", value_parser = parse::percent, help_heading = HEADING_GATE)]
    pub(crate) min_score: Option<f64>,

    /// Inconclusive if less than this share of the checks (by weight) could be decided [default: 80]
    #[arg(long, value_name = "0..100", value_parser = parse::percent, help_heading = HEADING_GATE)]
    pub(crate) min_coverage: Option<f64>,

    /// Fail only on findings that this earlier JSON report doesn't have
    #[arg(long, value_name = "REPORT.json", value_hint = ValueHint::FilePath, help_heading = HEADING_GATE)]
    pub(crate) baseline: Option<PathBuf>,

    /// Fail also on checks that the baseline didn't run
    #[arg(long, requires = "baseline", help_heading = HEADING_GATE)]
    pub(crate) gate_new_checks: bool,

    /// Allow the verdict ready where nothing could be judged: no workload, and nothing of the cluster itself
    #[arg(long, help_heading = HEADING_GATE)]
    pub(crate) allow_empty: bool,

    /// Exit with 0 whatever the verdict; the report still shows it
    #[arg(long, help_heading = HEADING_GATE)]
    pub(crate) report_only: bool,

    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = Target::<Format>::parse, help_heading = HEADING_OUTPUT, help = formats::<Format>())]
    pub(crate) output: Vec<Target<Format>>,

    /// The file at which `sarif` and `gitlab` show what is in no file, such as the findings of a live cluster [default: the configuration file]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING_OUTPUT)]
    pub(crate) sarif_anchor: Option<PathBuf>,

    /// List at most N findings per check, and say how many there are; 0 lists all [default: 0]
    #[arg(long, value_name = "N", help_heading = HEADING_OUTPUT)]
    pub(crate) max_findings: Option<usize>,

    /// Group the findings of the table by check (and when it is felt), by object, namespace or team
    #[arg(long, value_name = "WHAT", default_value = "check", help_heading = HEADING_OUTPUT)]
    pub(crate) by: By,

    /// The label that names the team of an object, on it or on its namespace; the first one found counts; repeatable
    /// [default: app.kubernetes.io/part-of, team]
    #[arg(long = "team-label", value_name = "KEY", value_parser = parse::label_key, help_heading = HEADING_OUTPUT)]
    pub(crate) team_labels: Vec<String>,

    /// Name every object in the table, and explain the smaller findings too
    #[arg(long, help_heading = HEADING_OUTPUT)]
    pub(crate) details: bool,
}

/// What an output can be, for the help.
fn formats<F: Formats>() -> String {
    let names: Vec<&str> = F::ALL.iter().map(|(name, _)| *name).collect();
    format!(
        "Print a format, or write it to a file with FORMAT=FILE; repeatable: {}{} [default: {}]",
        names.join(", "),
        // It is the one that needs a file to tell what it is.
        if names.contains(&"template") {
            "; a template of one's own with template=TEMPLATE, or template=TEMPLATE=FILE"
        } else {
            ""
        },
        names.first().unwrap_or(&"")
    )
}

/// What to read instead of a cluster.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("inputs").multiple(true))]
pub(crate) struct InputOptions {
    /// Files or folders to read instead of a cluster, as with -f
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, group = "inputs", conflicts_with_all = ["kubeconfig", "context", "as_user", "as_groups"])]
    pub(crate) paths: Vec<PathBuf>,

    /// Read a file or folder instead of a cluster: YAML, JSON, a snapshot, `-` for standard input; repeatable
    #[arg(short, long = "file", value_name = "PATH", value_hint = ValueHint::AnyPath, group = "inputs", help_heading = HEADING_SOURCE, conflicts_with_all = ["kubeconfig", "context", "as_user", "as_groups"])]
    pub(crate) files: Vec<PathBuf>,

    /// Audit a sample cluster that comes with kready
    #[arg(long, help_heading = HEADING_SOURCE, conflicts_with_all = ["inputs", "kubeconfig", "context", "as_user", "as_groups"])]
    pub(crate) demo: bool,

    /// The namespace of objects in files that don't name one
    #[arg(long, value_name = "NAME", default_value = "default", requires = "inputs", help_heading = HEADING_SOURCE)]
    pub(crate) default_namespace: String,
}

impl InputOptions {
    /// Every file and folder that is named, with -f or without.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().chain(&self.paths)
    }

    /// Whether a cluster is read.
    pub(crate) fn is_live(&self) -> bool {
        !self.demo && self.inputs().next().is_none()
    }
}

/// How to reach a cluster: kubectl's flags.
#[derive(Debug, Args)]
pub(crate) struct ConnectionOptions {
    /// The kubeconfig file [default: $KUBECONFIG, else ~/.kube/config, else in-cluster]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING_CLUSTER)]
    pub(crate) kubeconfig: Option<PathBuf>,

    /// The context in the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME", help_heading = HEADING_CLUSTER)]
    pub(crate) context: Option<String>,

    /// The user to impersonate
    #[arg(long = "as", id = "as_user", value_name = "USER", help_heading = HEADING_CLUSTER)]
    pub(crate) as_user: Option<String>,

    /// A group to impersonate; repeatable
    #[arg(long = "as-group", id = "as_groups", value_name = "GROUP", requires = "as_user", help_heading = HEADING_CLUSTER)]
    pub(crate) as_groups: Vec<String>,

    /// How long one request may take: `30s`, `1m`; 0 for no limit
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse::duration, help_heading = HEADING_CLUSTER)]
    pub(crate) request_timeout: Duration,

    /// How long the whole run may take; what has not been read by then counts as not seen; 0 for no limit
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse::duration, help_heading = HEADING_CLUSTER)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct ScopeOptions {
    /// Audit only these namespaces: names or globs; repeatable
    #[arg(
        short,
        long = "namespace",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = HEADING_SCOPE
    )]
    pub(crate) namespaces: Vec<String>,

    /// Audit all namespaces, whatever the configuration says
    #[arg(short = 'A', long, conflicts_with_all = ["namespaces", "exclude_namespaces"], help_heading = HEADING_SCOPE)]
    pub(crate) all_namespaces: bool,

    /// Leave these namespaces out: names or globs; repeatable
    #[arg(
        long = "exclude-namespace",
        id = "exclude_namespaces",
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = HEADING_SCOPE
    )]
    pub(crate) excluded: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SelectionOptions {
    /// Run only these checks: ids, pillars, severities; `hardening,critical` means the critical hardening checks
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = HEADING_SELECTION)]
    pub(crate) only: Vec<String>,

    /// Leave these checks out: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = HEADING_SELECTION)]
    pub(crate) skip: Vec<String>,

    /// Read the names and labels of Secrets, too; RBAC can't grant that without their values
    #[arg(long, help_heading = HEADING_SELECTION)]
    pub(crate) secret_names: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigOptions {
    /// The configuration file [default: kready.yaml in the working directory]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING_SELECTION)]
    pub(crate) config: Option<PathBuf>,

    /// Ignore kready.yaml
    #[arg(long, conflicts_with = "config", help_heading = HEADING_SELECTION)]
    pub(crate) no_config: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready checks
  kready checks --only storage
  kready checks --standard cis
      The checks that decide controls of the CIS Kubernetes Benchmark, with the controls.
  kready checks --controls --standard nsa,owasp -o json
  kready checks -o json | jq -r '.[] | select(.severity == \"critical\") | .id'")]
pub(crate) struct Checks {
    /// List only these: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Leave these out: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    /// List only the checks that decide a control of these standards, with the controls; repeatable
    #[arg(long = "standard", value_name = "STANDARD", value_delimiter = ',', value_parser = PossibleValuesParser::new(Standard::ALL.map(|(name, _)| name)))]
    pub(crate) standards: Vec<String>,

    /// List the controls of each standard, with the checks that decide them
    #[arg(long)]
    pub(crate) controls: bool,

    /// `table` or `json`
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = ListFormat::parse)]
    pub(crate) output: ListFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready explain pdb-missing
  kready explain pdb-missing pdb-blocking --examples
  kready explain KSV-0017
      The check that decides a control of trivy, kubescape, CIS, NSA or OWASP: C-0057, cis 5.2.2, nsa Pod, K01.
  kready explain privileged-container -o markdown > privileged-container.md")]
pub(crate) struct Explain {
    /// A check's id, as reports and `kready checks` show it, or a control of a standard; repeatable
    #[arg(value_name = "ID", required = true)]
    pub(crate) ids: Vec<String>,

    /// Show all examples, failing and passing
    #[arg(long)]
    pub(crate) examples: bool,

    /// Show everything: all examples, what the check reads, its parameters
    #[arg(long)]
    pub(crate) all: bool,

    /// `text`, `json` or `markdown`
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = ExplainFormat::parse)]
    pub(crate) output: ExplainFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready rbac | kubectl apply -f -
      Rights for the ServiceAccount kready/kready.
  kready rbac --user jane@example.com --only hardening
      Rights for a person who runs only the hardening checks.
  kready rbac --group auditors > rbac.yaml
      Look at the commented, optional rules, and uncomment what you want to grant.")]
pub(crate) struct Rbac {
    #[command(flatten)]
    pub(crate) selection: SelectionOptions,

    #[command(flatten)]
    pub(crate) config: ConfigOptions,

    /// The name of the ClusterRole and its binding
    #[arg(
        long,
        value_name = "NAME",
        default_value = Self::NAME,
        help_heading = "Subject"
    )]
    pub(crate) name: String,

    /// Bind to this ServiceAccount
    #[arg(long, value_name = "NAMESPACE:NAME", default_value = Self::SERVICE_ACCOUNT, value_parser = parse::service_account, help_heading = "Subject")]
    pub(crate) serviceaccount: (String, String),

    /// Bind to a user; repeatable
    #[arg(
        long = "user",
        value_name = "NAME",
        conflicts_with = "serviceaccount",
        help_heading = "Subject"
    )]
    pub(crate) users: Vec<String>,

    /// Bind to a group; repeatable
    #[arg(
        long = "group",
        value_name = "NAME",
        conflicts_with = "serviceaccount",
        help_heading = "Subject"
    )]
    pub(crate) groups: Vec<String>,
}

impl Rbac {
    pub(crate) const NAME: &str = "kready";
    pub(crate) const SERVICE_ACCOUNT: &str = "kready:kready";
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready snapshot -o cluster.json.gz
  kready audit -f cluster.json.gz
      A snapshot holds no values of Secrets, ConfigMaps or environment variables, and no command
      lines: only the facts about them that checks read. Names, labels, images, messages, RBAC and
      the dependencies between objects stay in it. Credentials that kready recognises are masked, but
      it can't recognise all of them: read a snapshot before you share it.")]
pub(crate) struct Snapshot {
    /// Where to save it: `FILE.json.gz`, readable by its owner only; `-` for a pipe
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING_OUTPUT)]
    pub(crate) output: PathBuf,

    #[command(flatten)]
    pub(crate) connection: ConnectionOptions,

    #[command(flatten)]
    pub(crate) scope: ScopeOptions,

    #[command(flatten)]
    pub(crate) selection: SelectionOptions,

    #[command(flatten)]
    pub(crate) config: ConfigOptions,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready components
      List what the cluster runs, in which version, how certain that is, and what has reached its end of life.
  kready components -f cluster.json.gz --details
      The same for a snapshot, with every signal, image and namespace.
  kready components -o table -o cyclonedx=bom.json
      Print the table, and write a CycloneDX document.

It reads less than an audit, and no Secrets: the rights that kready rbac prints are enough.
In manifests, components are recognised by their images alone.")]
pub(crate) struct Components {
    #[command(flatten)]
    pub(crate) input: InputOptions,

    #[command(flatten)]
    pub(crate) connection: ConnectionOptions,

    #[command(flatten)]
    pub(crate) scope: ScopeOptions,

    #[command(flatten)]
    pub(crate) config: ConfigOptions,

    /// `table`, `json` or `cyclonedx`, or FORMAT=FILE to write a file; repeatable [default: table]
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = Target::<ComponentsFormat>::parse, help_heading = HEADING_OUTPUT)]
    pub(crate) output: Vec<Target<ComponentsFormat>>,

    /// Show every signal, image and namespace in the table
    #[arg(long, help_heading = HEADING_OUTPUT)]
    pub(crate) details: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready audit -o json=report.json; kready waive report.json --into kready.yaml
      Draft a waiver for every open finding, but for what is broken now, and keep the rest of the file as it is.
  kready waive --into kready.yaml --only pdb-missing --owner team-shop --reason 'budgets come with chart 4'
      Fill in the drafts of one check.
  kready waive report.json --only pdb-missing --days 30
      Print the drafts.")]
pub(crate) struct Waive {
    /// A report written by `kready audit -o json=REPORT.json`, `-` for standard input
    #[arg(value_name = "REPORT.json", value_hint = ValueHint::FilePath, required_unless_present = "into")]
    pub(crate) report: Option<PathBuf>,

    /// Put them into this configuration, or a file of `waivers.d` beside it, instead of printing them; comments and order stay
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) into: Option<PathBuf>,

    /// Draft waivers also for what is broken now
    #[arg(long)]
    pub(crate) include_broken: bool,

    /// Draft for these checks only: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Leave these out: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    /// Why the findings are acceptable; with --into also for drafts that lack a reason
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    /// Who answers for them; with --into also for drafts that lack an owner
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,

    /// How many days the waivers hold from the report's time on: at most 365
    #[arg(long, value_name = "DAYS", default_value = "90", value_parser = clap::value_parser!(u16).range(1..=365))]
    pub(crate) days: u16,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready diff yesterday.json today.json
      Say what is new, what is fixed and what is still open; exit with 1 when something new gates.
  kready diff main.json branch.json -o markdown
      The same for a pull request.

Exit codes:
  0 nothing new gates · 1 something new does · 2 a report can't be read")]
pub(crate) struct Diff {
    /// The older report, written by `kready audit -o json=OLD.json`
    #[arg(value_name = "OLD.json", value_hint = ValueHint::FilePath)]
    pub(crate) old: PathBuf,

    /// The newer report; `-` for standard input
    #[arg(value_name = "NEW.json", value_hint = ValueHint::FilePath)]
    pub(crate) new: PathBuf,

    /// Exit with 1 when a check of this severity or above has a new finding: critical, high, medium, low or never
    #[arg(long, value_name = "SEVERITY", default_value = "high", value_parser = parse::fail_on)]
    pub(crate) fail_on: FailOn,

    /// Let checks gate that the older report did not know
    #[arg(long)]
    pub(crate) gate_new_checks: bool,

    /// `table`, `json` or `markdown`, or FORMAT=FILE to write a file; repeatable [default: table]
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = Target::<DiffFormat>::parse)]
    pub(crate) output: Vec<Target<DiffFormat>>,

    /// Name every object in the table
    #[arg(long)]
    pub(crate) details: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which one
    #[arg(default_value = "report")]
    pub(crate) what: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// Of `kready audit -o json`
    Report,
    /// Of each line of `kready audit -o jsonl`
    Lines,
    /// Of `kready components -o json`
    Components,
    /// Of `kready diff -o json`
    Diff,
    /// Of kready.yaml
    Config,
    /// Of a snapshot's header
    Snapshot,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  source <(kready completion bash)
  kready completion zsh > \"${fpath[1]}/_kready\"
  kready completion fish > ~/.config/fish/completions/kready.fish

kubectl completes its plugin by a link on the PATH:
  ln -s \"$(command -v kubectl-kready)\" ~/.local/bin/kubectl_complete-kready")]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Nushell,
    #[value(name = "powershell")]
    Power,
    Zsh,
}

#[derive(Debug, Args)]
pub(crate) struct Version {
    /// `table` or `json`
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = ListFormat::parse)]
    pub(crate) output: ListFormat,
}
