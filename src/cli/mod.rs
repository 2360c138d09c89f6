//! The command line: clap's types and the texts of `--help`.

mod parse;
pub(crate) mod program;

use std::{path::PathBuf, time::Duration};

use clap::{
    Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{PossibleValuesParser, Styles},
};
use kready_checks::model::Standard;

pub(crate) use parse::{ListFormat, Minor};

use crate::{
    config::FailOn,
    output::{ComponentsFormat, Format, Target},
    render::terminal::ColorChoice,
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
            "  0 ready · 1 not ready · 2 wrong usage or configuration · 3 no audit could be made\n",
            "  4 inconclusive: too little was seen · 5 the output could not be written · 70 a fault of kready\n",
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
  kready rbac | kubectl apply -f -    grant the least rights that an audit needs
  kready components                   name what the cluster has, and what of it has ended

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
      Ask the critical ones of the hardening checks, but for one.
  kready audit -f manifests/ --kubernetes-version 1.36
      Judge manifests for the version that they are meant for.
  kready audit --context kind-try --profile dev
      Judge a cluster that nobody depends on: a single replica or a missing alert is no fault there.
  kready audit -o table -o json=report.json --baseline last.json
      Print the table, keep the report, and gate on what is new since the last one.
  kready audit -o html=report.html -o csv=findings.csv
      Write a page for the browser, to be filtered and printed, and a table for a spreadsheet.
  kready audit -o template=message.json.j2=message.json
      Fill a Jinja template of your own with what -o json writes: examples/templates has some.
  kready audit --save cluster.json.gz; kready audit -f cluster.json.gz
      Save what was read, and judge it again later, elsewhere.

Exit codes:"
);

/// Tells whether a Kubernetes cluster is ready for production, and proves it.
///
/// kready reads a cluster (it never writes), runs its checks in nine pillars of readiness, and ends
/// with a verdict on which a pipeline can rely.
#[derive(Debug, Parser)]
#[command(
    name = "kready",
    version,
    about,
    after_help = EXAMPLES,
    styles = Styles::plain(),
    max_term_width = 100,
    disable_help_subcommand = true,
    propagate_version = false
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Whether to colour: `auto` colours a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false, help_heading = HEADING_OUTPUT)]
    pub(crate) color: ColorChoice,

    /// Show no progress
    #[arg(short, long, global = true, help_heading = HEADING_OUTPUT)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Audit a cluster, manifests or a snapshot, and say whether it is ready
    Audit(Box<Audit>),
    /// List the checks, and which controls of standards they decide
    Checks(Checks),
    /// Explain a check: why it matters, what it needs, how to fix what it finds
    Explain(Explain),
    /// Print the least ClusterRole and binding that an audit needs
    Rbac(Rbac),
    /// Save what an audit would read, without judging it
    Snapshot(Box<Snapshot>),
    /// List what a cluster has: platform, network, storage, monitoring and more
    Components(Box<Components>),
    /// Draft waivers for the findings of a JSON report
    Waive(Waive),
    /// Print a JSON schema
    Schema(Schema),
    /// Print the completion script of a shell
    Completion(Completion),
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

    /// The Kubernetes version that manifests are meant for: `1.36`
    #[arg(long, value_name = "VERSION", value_parser = parse::kubernetes_minor, help_heading = HEADING_SOURCE)]
    pub(crate) kubernetes_version: Option<Minor>,

    /// Render the charts and kustomizations of the folders, each judged by itself: with helm, and kustomize or kubectl, and without a network
    #[arg(long, requires = "files", conflicts_with = "save", help_heading = HEADING_SOURCE)]
    pub(crate) render: bool,

    /// Save what was read to FILE (`*.json.gz`, readable by its owner alone), for `kready audit -f FILE`
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

    /// What the cluster is for; with `dev`, checks of high availability and observability are of severity info [default: production]
    #[arg(long, value_name = "PROFILE", value_parser = parse::profile(), help_heading = HEADING_SELECTION)]
    pub(crate) profile: Option<Profile>,

    /// Count system and platform components like anyone else's
    #[arg(long, help_heading = HEADING_SELECTION)]
    pub(crate) include_system: bool,

    /// Not ready while a check of this severity or above fails [default: high]
    #[arg(long, value_name = "SEVERITY", value_parser = parse::fail_on, help_heading = HEADING_GATE)]
    pub(crate) fail_on: Option<FailOn>,

    /// Not ready below this score, even if all that was not seen were bad [default: 0]
    #[arg(long, value_name = "0..100", value_parser = parse::percent, help_heading = HEADING_GATE)]
    pub(crate) min_score: Option<f64>,

    /// Inconclusive below this share of decided weight [default: 80]
    #[arg(long, value_name = "0..100", value_parser = parse::percent, help_heading = HEADING_GATE)]
    pub(crate) min_coverage: Option<f64>,

    /// Gate only on findings that this older JSON report does not have
    #[arg(long, value_name = "REPORT.json", value_hint = ValueHint::FilePath, help_heading = HEADING_GATE)]
    pub(crate) baseline: Option<PathBuf>,

    /// Let checks gate that the baseline did not know
    #[arg(long, requires = "baseline", help_heading = HEADING_GATE)]
    pub(crate) gate_new_checks: bool,

    /// Accept an audit in which there was no workload to judge and nothing of the cluster itself
    #[arg(long, help_heading = HEADING_GATE)]
    pub(crate) allow_empty: bool,

    /// Exit with 0 whatever the verdict; the report keeps it
    #[arg(long, help_heading = HEADING_GATE)]
    pub(crate) report_only: bool,

    /// `table`, `json`, `csv` or `html`, or FORMAT=FILE to write a file; template=TEMPLATE[=FILE] for any other text; repeatable [default: table]
    #[arg(short, long, value_name = "FORMAT[=FILE]", value_parser = Target::<Format>::parse, help_heading = HEADING_OUTPUT)]
    pub(crate) output: Vec<Target<Format>>,

    /// List so many findings of a check at most, and say how many there are; 0 lists all [default: 0]
    #[arg(long, value_name = "N", help_heading = HEADING_OUTPUT)]
    pub(crate) max_findings: Option<usize>,

    /// The label that names the team of an object, on it or on its namespace; the first one found counts; repeatable
    /// [default: app.kubernetes.io/part-of, team]
    #[arg(long = "team-label", value_name = "KEY", value_parser = parse::label_key, help_heading = HEADING_OUTPUT)]
    pub(crate) team_labels: Vec<String>,

    /// Name every object in the table, and explain the smaller findings too
    #[arg(long, help_heading = HEADING_OUTPUT)]
    pub(crate) details: bool,
}

/// What to read instead of a cluster.
#[derive(Debug, Args)]
pub(crate) struct InputOptions {
    /// Read a file or folder instead of a cluster: YAML, JSON, a snapshot, `-` for standard input; repeatable
    #[arg(short, long = "file", value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = HEADING_SOURCE, conflicts_with_all = ["demo", "kubeconfig", "context", "as_user", "as_groups"])]
    pub(crate) files: Vec<PathBuf>,

    /// Take the cluster inside this program, to see a report
    #[arg(long, help_heading = HEADING_SOURCE, conflicts_with_all = ["kubeconfig", "context", "as_user", "as_groups"])]
    pub(crate) demo: bool,

    /// The namespace of objects in files that name none
    #[arg(long, value_name = "NAME", default_value = "default", requires = "files", help_heading = HEADING_SOURCE)]
    pub(crate) default_namespace: String,
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

    /// How long it may take as a whole: what was not read by then is a gap, and a check that was not done is unknown; 0 for no limit
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse::duration, help_heading = HEADING_CLUSTER)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct ScopeOptions {
    /// Audit these namespaces only: names or globs; repeatable
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
    /// Ask these checks only: ids, pillars, severities (pillars and severities narrow each other)
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = HEADING_SELECTION)]
    pub(crate) only: Vec<String>,

    /// Leave these checks out: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = HEADING_SELECTION)]
    pub(crate) skip: Vec<String>,

    /// List Secrets as well, names and labels only; RBAC cannot grant less than reading them
    #[arg(long, help_heading = HEADING_SELECTION)]
    pub(crate) secret_names: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigOptions {
    /// The configuration file [default: kready.yaml in the working directory]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = HEADING_SELECTION)]
    pub(crate) config: Option<PathBuf>,

    /// Use no configuration file
    #[arg(long, conflicts_with = "config", help_heading = HEADING_SELECTION)]
    pub(crate) no_config: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready checks
  kready checks --only storage
  kready checks --standard cis
      Those that decide controls of the CIS Kubernetes Benchmark, and which controls they are.
  kready checks --controls --standard nsa,owasp -o json
  kready checks -o json | jq -r '.[] | select(.severity == \"critical\") | .id'")]
pub(crate) struct Checks {
    /// List these only: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Leave these out: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    /// List those only that decide a control of these standards, and which controls; repeatable
    #[arg(long = "standard", value_name = "STANDARD", value_delimiter = ',', value_parser = PossibleValuesParser::new(Standard::ALL.map(|(name, _)| name)))]
    pub(crate) standards: Vec<String>,

    /// List by standard the controls, and the checks that decide them, instead of the checks
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
  kready explain privileged-container | less")]
pub(crate) struct Explain {
    /// The check's id, as reports and `kready checks` show it
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready rbac | kubectl apply -f -
      Rights for the ServiceAccount kready/kready.
  kready rbac --user jane@example.com --only hardening
      Rights for a person who asks the hardening checks only.
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
        default_value = "kready",
        help_heading = "Subject"
    )]
    pub(crate) name: String,

    /// Bind to this ServiceAccount
    #[arg(long, value_name = "NAMESPACE:NAME", default_value = "kready:kready", value_parser = parse::service_account, help_heading = "Subject")]
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

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready snapshot -o cluster.json.gz
  kready audit -f cluster.json.gz
      A snapshot holds no value of a Secret, a ConfigMap or an environment variable, and no command
      line: of those it keeps the facts that checks read. Names, labels, images, messages, RBAC and
      what depends on what stay in it. Credentials that kready recognises in them are masked; it
      doesn't recognise all: read a snapshot over before you share it.")]
pub(crate) struct Snapshot {
    /// Where to save it, readable by its owner alone: `FILE.json.gz`
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
      Name what the cluster has, how surely, in which version, and what of it has ended.
  kready components -f cluster.json.gz --details
      The same of a snapshot, with every signal, image and namespace.
  kready components -o table -o cyclonedx=bom.json
      Print the table, and keep a CycloneDX document.

It reads no Secret, and less than an audit: kready rbac prints rights that are enough.
Manifests show components by their images alone.")]
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

    /// Name every signal, image and namespace in the table
    #[arg(long, help_heading = HEADING_OUTPUT)]
    pub(crate) details: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kready audit -o json=report.json; kready waive report.json >> kready.yaml
      Draft a waiver for every finding that is open; fill in why it may stand, and who answers for it.
  kready waive report.json --only pdb-missing --owner team-shop --reason 'budgets come with chart 4' --days 30")]
pub(crate) struct Waive {
    /// A report written by `kready audit -o json=REPORT.json`, `-` for standard input
    #[arg(value_name = "REPORT.json", value_hint = ValueHint::FilePath)]
    pub(crate) report: PathBuf,

    /// Draft for these checks only: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Leave these out: ids, pillars, severities
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    /// Why the findings may stand
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,

    /// Who answers for them
    #[arg(long, value_name = "NAME")]
    pub(crate) owner: Option<String>,

    /// How many days the waivers hold from the report's time on: at most 365
    #[arg(long, value_name = "DAYS", default_value = "90", value_parser = clap::value_parser!(u16).range(1..=365))]
    pub(crate) days: u16,
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
    /// Of `kready components -o json`
    Components,
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
  kready completion fish > ~/.config/fish/completions/kready.fish")]
pub(crate) struct Completion {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
