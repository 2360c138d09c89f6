//! A password in a manifest is read by everyone who may read the manifest.

use crate::{
    inventory::{Param, TextsParam, ValueClass},
    knowledge::credentials,
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "secret-literal-in-environment",
    pillar: Pillar::Hardening,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "a credential stands as plain text in a container's environment",
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
    about: "the words, or patterns of whole names, that make a variable's name a credential's",
};

const ENDINGS: TextsParam = TextsParam {
    name: "endings",
    default: credentials::ENDINGS,
    about: "the last words of names that speak about a credential and are none",
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let names = credentials::Names::new(&cx.texts(NAMES), &cx.texts(ENDINGS));
    Ok(cx.judge_workloads(|workload| {
        let mut faults = Faults::new();
        for view in workload.every_container() {
            for variable in &view.container.env {
                let seen = match variable.value {
                    ValueClass::Credential => "a value in the shape of a key or token",
                    ValueClass::UrlWithPassword => "a URL that holds a password",
                    ValueClass::Other if names.mean_a_credential(&variable.name) => {
                        "a literal value under a credential's name"
                    }
                    _ => continue,
                };
                faults.add(
                    Finding::on(workload)
                        .container(&view.container.name)
                        .at(view.at(&format!("env[name={}].value", variable.name)))
                        .saw(seen, "a reference to a Secret, or a file"),
                );
            }
        }
        faults.judgement()
    }))
}
