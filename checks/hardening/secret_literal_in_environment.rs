//! A password in a manifest is read by everyone who may read the manifest.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::{Param, TextsParam},
    model::credentials::{self, ValueClass},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "secret-literal-in-environment",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a credential is plain text in a container's environment",
    fix: "rotate the credential, store it in a Secret, and refer to it with secretKeyRef",
    tier: 1,
    since: "0.1.0",
    needs: TEMPLATES,
    standards: &[
        Standard::Cis("5.4.1"),
        Standard::Owasp("K03"),
        Standard::Kubescape("C-0012"),
        Standard::Kubescape("C-0259"),
    ],
    params: &[Param::Texts(NAMES), Param::Texts(ENDINGS)],
    excuse: Excuse::System,
    docs: include_str!("secret_literal_in_environment.md"),
    run,
    ..Check::BASE
};

const NAMES: TextsParam = TextsParam {
    name: "names",
    default: credentials::NAMES,
    about: "the words, or patterns of whole names, that mark a variable as a credential",
};

const ENDINGS: TextsParam = TextsParam {
    name: "endings",
    default: credentials::ENDINGS,
    about: "the last words of names that only refer to a credential",
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let names = credentials::Names::new(&cx.texts(NAMES), &cx.texts(ENDINGS));
    Ok(cx.judge_workloads(|workload| {
        let mut faults = Faults::new();
        for view in workload.every_container() {
            let mut found: BTreeMap<&str, BTreeSet<&Text>> = BTreeMap::new();
            for variable in &view.container.env {
                let seen = match variable.value {
                    ValueClass::Credential => "looks like a key or token",
                    ValueClass::UrlWithPassword => "a URL with a password",
                    ValueClass::TextWithPassword => "a text with a password",
                    class if names.make_a_credential_of(&variable.name, class) => {
                        "plain text, and the name says credential"
                    }
                    _ => continue,
                };
                found.entry(seen).or_default().insert(&variable.name);
            }
            if found.is_empty() {
                continue;
            }
            let seen: Vec<String> = found
                .into_iter()
                .map(|(seen, names)| {
                    let names: Vec<&str> = names.into_iter().map(Text::as_str).collect();
                    format!("{}: {seen}", names.join(", "))
                })
                .collect();
            faults.add(
                Finding::on(workload)
                    .container(&view.container.name)
                    .at(view.at("env"))
                    .saw(seen.join("; "), "a reference to a Secret, or a file"),
            );
        }
        faults.judgement()
    }))
}
