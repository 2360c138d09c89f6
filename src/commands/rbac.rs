//! `kready rbac`: the least rights that an audit needs, ready to be applied.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use kready_checks::{
    frame::Check,
    inventory::{Evidence, Kind, Role, ServedBy, needs::COMPONENTS},
};

use super::{invocation::Invocation, plan};
use crate::{
    cli,
    failure::{Exit, Failure},
    output,
    rights::typed,
};

pub(super) fn run(options: &cli::Rbac, invocation: Invocation) -> Result<Exit, Failure> {
    let plan = plan::of_selection(&options.selection, &options.config)?;
    let rights = Rights::of(&plan.checks, options.selection.secret_names);
    output::print(&manifest(&rights, options, plan.checks.len(), invocation))?;
    Ok(Exit::Ready)
}

/// Resources by API group.
type Resources = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// The rights that a selection of checks needs.
#[derive(Debug, Default)]
struct Rights {
    required: Resources,
    urls: BTreeSet<&'static str>,
    /// Custom kinds, which checks look at where they are served.
    custom: Resources,
    /// Kinds that only enrich the wording.
    quoted: Resources,
    /// Whether Secret names are of use.
    secrets: bool,
    /// Whether the user asked for Secret names.
    secrets_asked: bool,
    /// Whether they are enough for `kready components`.
    components: bool,
}

impl Rights {
    fn of(checks: &[&'static Check], secrets_asked: bool) -> Self {
        let mut rights = Self {
            secrets_asked,
            ..Self::default()
        };
        for (role, evidence) in checks.iter().flat_map(|check| check.evidence()) {
            match evidence {
                Evidence::Objects(Kind::Secret) | Evidence::SecretNames => rights.secrets = true,
                Evidence::Objects(kind) => rights.kind(kind, role),
                Evidence::Livez => _ = rights.urls.insert("/livez"),
                Evidence::Readyz => _ = rights.urls.insert("/readyz"),
                Evidence::Flagz => _ = rights.urls.insert("/flagz"),
                // The handshake shows them; no right is needed.
                Evidence::ApiCertificates => {}
            }
        }
        let asked: BTreeSet<Evidence> = checks
            .iter()
            .flat_map(|check| check.evidence())
            .map(|(_, evidence)| evidence)
            .collect();
        rights.components = COMPONENTS.iter().all(|evidence| asked.contains(evidence));
        let required = rights.required.clone();
        let covered = |group: &&str, resource: &&str| {
            required
                .get(group)
                .is_some_and(|resources| resources.contains(resource))
        };
        for (group, resources) in &mut rights.quoted {
            resources.retain(|resource| !covered(group, resource));
        }
        rights.quoted.retain(|_, resources| !resources.is_empty());
        rights
    }

    fn kind(&mut self, kind: Kind, role: Role) {
        let resource = kind.resource();
        let place = if !is_served_everywhere(kind) {
            &mut self.custom
        } else if role >= Role::Optional {
            &mut self.quoted
        } else {
            &mut self.required
        };
        place
            .entry(resource.group)
            .or_default()
            .insert(resource.plural);
    }
}

/// Whether a group belongs to Kubernetes itself, including kinds that only newer servers have.
fn is_served_everywhere(kind: Kind) -> bool {
    let group = kind.resource().group;
    Kind::ALL
        .iter()
        .map(|other| other.resource())
        .any(|other| other.group == group && other.served_by == ServedBy::Builtin)
}

fn manifest(rights: &Rights, options: &cli::Rbac, checks: usize, invocation: Invocation) -> String {
    let name = quoted(&options.name);
    let mut text = format!(
        "# The least rights for {checks} check{} of kready {}, to read only: {}.\n\
         # Apply with: {} | kubectl apply -f -\n\
         {}apiVersion: rbac.authorization.k8s.io/v1\n\
         kind: ClusterRole\n\
         metadata:\n  name: {name}\n",
        if checks == 1 { "" } else { "s" },
        env!("CARGO_PKG_VERSION"),
        if rights.urls.is_empty() {
            "list"
        } else {
            "list for objects, get for paths"
        },
        command_line(options, invocation.program),
        if rights.components {
            format!(
                "# They are also enough for {} components.\n",
                invocation.program
            )
        } else {
            String::new()
        },
    );
    let mut rules = String::new();
    for (group, resources) in &rights.required {
        rule(&mut rules, "", group, resources, "list");
    }
    if rights.secrets && rights.secrets_asked {
        rule(&mut rules, "", "", &BTreeSet::from(["secrets"]), "list");
    }
    if !rights.urls.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(
            rules,
            "- nonResourceURLs: [{}]\n  verbs: [get]",
            list(&rights.urls)
        );
    }
    if rules.is_empty() {
        text.push_str("rules: []\n");
    } else {
        let _ = write!(text, "rules:\n{rules}");
    }
    if !rights.custom.is_empty() {
        text.push_str(
            "# Optional: kinds of add-ons. Uncomment those that the cluster has: if kready may not list a kind that\n\
             # the cluster serves, the checks that read it stay unknown.\n",
        );
        for (group, resources) in &rights.custom {
            rule(&mut text, "# ", group, resources, "list");
        }
    }
    if !rights.quoted.is_empty() {
        text.push_str("# Optional: these add detail to messages, and let some checks find more.\n");
        for (group, resources) in &rights.quoted {
            rule(&mut text, "# ", group, resources, "list");
        }
    }
    if rights.secrets && !rights.secrets_asked {
        text.push_str(
            "# Optional: the names of Secrets, for --secret-names. Whoever may list Secrets can read their values.\n",
        );
        rule(&mut text, "# ", "", &BTreeSet::from(["secrets"]), "list");
    }
    let _ = write!(
        text,
        "---\n\
         apiVersion: rbac.authorization.k8s.io/v1\n\
         kind: ClusterRoleBinding\n\
         metadata:\n  name: {name}\n\
         roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: {name}\n\
         subjects:\n",
    );
    for (kind, names) in [("User", &options.users), ("Group", &options.groups)] {
        for name in names {
            let _ = write!(
                text,
                "- apiGroup: rbac.authorization.k8s.io\n  kind: {kind}\n  name: {}\n",
                quoted(name)
            );
        }
    }
    if options.users.is_empty() && options.groups.is_empty() {
        let (namespace, name) = &options.serviceaccount;
        let _ = write!(
            text,
            "- kind: ServiceAccount\n  namespace: {}\n  name: {}\n",
            quoted(namespace),
            quoted(name)
        );
    }
    text
}

/// The command line that prints this, as it was typed.
fn command_line(options: &cli::Rbac, program: &str) -> String {
    let mut words = vec![program.to_owned(), "rbac".to_owned()];
    words.extend(plan::selection_flags(&options.selection));
    words.extend(plan::config_flags(&options.config));
    if options.name != cli::Rbac::NAME {
        words.extend(["--name".to_owned(), typed(&options.name)]);
    }
    for (flag, names) in [("--user", &options.users), ("--group", &options.groups)] {
        for name in names {
            words.extend([flag.to_owned(), typed(name)]);
        }
    }
    let (namespace, name) = &options.serviceaccount;
    let account = format!("{namespace}:{name}");
    if account != cli::Rbac::SERVICE_ACCOUNT {
        words.extend(["--serviceaccount".to_owned(), typed(&account)]);
    }
    words.join(" ")
}

fn rule(text: &mut String, comment: &str, group: &str, resources: &BTreeSet<&str>, verbs: &str) {
    let group = if group.is_empty() { "\"\"" } else { group };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{comment}- apiGroups: [{group}]");
    let _ = writeln!(text, "{comment}  resources: [{}]", list(resources));
    let _ = writeln!(text, "{comment}  verbs: [{verbs}]");
}

fn list(names: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = names
        .iter()
        .map(|name| if *name == "*" { "\"*\"" } else { name })
        .collect();
    names.join(", ")
}

/// A name as YAML, in quotes only where it needs them.
fn quoted(text: &str) -> String {
    let plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '@'))
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use kready_checks::inventory::{
        kinds::{Deployment, Event, NodeMetrics, Pod, ScaledObject, ValidatingAdmissionPolicy},
        needs::{Need, correlated, examined, quoted as only_quoted},
    };

    use super::*;
    use crate::render::terminal::ColorChoice;

    const NEEDS: &[Need] = &[
        examined::<Deployment>(),
        examined::<ValidatingAdmissionPolicy>(),
        correlated::<Pod>(),
        correlated::<ScaledObject>(),
        only_quoted::<Event>(),
        only_quoted::<NodeMetrics>(),
        only_quoted::<Pod>(),
        Need {
            role: Role::Correlated,
            sources: &[
                Evidence::Flagz,
                Evidence::SecretNames,
                Evidence::ApiCertificates,
            ],
        },
    ];
    static CHECK: Check = Check {
        needs: NEEDS,
        ..Check::BASE
    };

    fn options(users: &[&str]) -> cli::Rbac {
        cli::Rbac {
            selection: cli::SelectionOptions {
                only: Vec::new(),
                skip: Vec::new(),
                secret_names: false,
            },
            config: cli::ConfigOptions {
                config: None,
                no_config: true,
            },
            name: "kready".into(),
            serviceaccount: ("kready".into(), "kready".into()),
            users: users.iter().map(ToString::to_string).collect(),
            groups: Vec::new(),
        }
    }

    fn printed(secrets: bool, users: &[&str]) -> String {
        let invocation = Invocation {
            program: "kready",
            color: ColorChoice::Never,
            quiet: true,
        };
        let rights = Rights::of(&[&CHECK], secrets);
        manifest(&rights, &options(users), 1, invocation).replace(env!("CARGO_PKG_VERSION"), "X")
    }

    #[test]
    fn optional_rights_are_commented() {
        insta::assert_snapshot!("optional_rights", printed(false, &[]));
    }

    #[test]
    fn names_cannot_break_out_of_the_manifest() {
        let text = printed(true, &["jane@example.com", "a\nkind: Secret", "true"]);
        assert!(text.contains("  name: jane@example.com\n"), "{text}");
        assert!(text.contains("  name: \"a\\nkind: Secret\"\n"), "{text}");
        assert!(text.contains("  name: \"true\"\n"), "{text}");
        assert!(
            text.contains("\n- apiGroups: [\"\"]\n  resources: [secrets]\n  verbs: [list]\n"),
            "{text}"
        );
        let documents: Vec<serde_json::Value> = text
            .split("---\n")
            .map(|document| serde_yaml::from_str(document).unwrap())
            .collect();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents[1]["subjects"][1]["name"], "a\nkind: Secret");
    }
}
