//! Which namespaces there are, and which of them kready may look into.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use anyhow::anyhow;
use futures::{StreamExt, stream};
use kready_checks::{
    inventory::{Kind, kinds::Namespace},
    model::Text,
};
use tokio::sync::OnceCell;

use super::{
    answer::Answer,
    api::Api,
    errors::Trouble,
    list::{Accept, Allowance, ListRequest, ListType, Objects, list},
    scope::{AuditScope, Pattern},
};
use crate::{collect::ScopeRequest, failure::Failure};

/// The namespaces of the audit, and those of the cluster, which are listed when they are first needed.
#[derive(Debug)]
pub(super) struct Namespaces {
    pub(super) scope: Arc<AuditScope>,
    /// The kubeconfig's: where to look when the namespaces cannot be listed.
    default: Text,
    /// None when they cannot be listed.
    all: OnceCell<Option<BTreeSet<Text>>>,
}

impl Namespaces {
    /// Finds out what was asked for.
    pub(super) async fn resolve(
        api: &Arc<Api>,
        request: &ScopeRequest,
        default: &str,
    ) -> Result<Self, Failure> {
        let parse = |texts: &[String], flag| -> Result<Vec<Pattern>, Failure> {
            texts
                .iter()
                .map(|text| Pattern::parse(text, flag))
                .collect()
        };
        let wanted = parse(&request.namespaces, "--namespace")?;
        let mut scope = AuditScope {
            named: None,
            excluded: parse(&request.excluded, "--exclude-namespace")?,
        };
        let all = OnceCell::new();
        if !wanted.is_empty() {
            let named = match names(api).await {
                Ok(known) => {
                    let chosen = choose(&wanted, &known)?;
                    let _ = all.set(Some(known));
                    chosen
                }
                Err(trouble) => {
                    if let Some(pattern) = wanted.iter().find(|pattern| pattern.is_glob()) {
                        return Err(Failure::usage(anyhow!(
                            "--namespace {:?} is a pattern, and the namespaces cannot be listed: {}",
                            pattern.text,
                            trouble.describe()
                        ))
                        .hint("name the namespaces in full, each with its own -n"));
                    }
                    let _ = all.set(None);
                    existing(api, &wanted).await?
                }
            };
            scope.named = Some(without_excluded(named, &scope)?);
        }
        Ok(Self {
            scope: Arc::new(scope),
            default: default.into(),
            all,
        })
    }

    /// The namespaces to try one by one, and whether there are no others.
    pub(super) async fn one_by_one(&self, api: &Arc<Api>) -> (Vec<Text>, bool) {
        if let Some(named) = &self.scope.named {
            return (named.iter().cloned().collect(), true);
        }
        let all = self
            .all
            .get_or_init(|| async { names(api).await.ok() })
            .await;
        match all {
            Some(all) => {
                let admitted = all.iter().filter(|name| self.scope.admits(name));
                (admitted.cloned().collect(), true)
            }
            None if self.scope.admits(&self.default) => (vec![self.default.clone()], false),
            None => (Vec::new(), false),
        }
    }
}

fn without_excluded(named: BTreeSet<Text>, scope: &AuditScope) -> Result<BTreeSet<Text>, Failure> {
    let left: BTreeSet<Text> = named
        .into_iter()
        .filter(|namespace| !scope.is_excluded(namespace))
        .collect();
    if left.is_empty() {
        return Err(Failure::usage(anyhow!(
            "no namespace is left: --exclude-namespace takes away all that --namespace names"
        ))
        .hint("leave one of them out"));
    }
    Ok(left)
}

/// The names of all namespaces.
async fn names(api: &Arc<Api>) -> Result<BTreeSet<Text>, Trouble> {
    let mut namespaces = Objects::<Namespace>::new(None);
    let request = ListRequest {
        api,
        path: "/api/v1/namespaces",
        accept: Accept::NAMES,
        of: ListType::of(&Kind::Namespace.resource(), "v1"),
        allowance: &Allowance::default(),
        interner: &Mutex::default(),
        gives_way: true,
        report: &|_, _| {},
    };
    if let Some(trouble) = list(request, &mut namespaces).await.trouble {
        return Err(trouble);
    }
    Ok(namespaces
        .items
        .into_iter()
        .map(|namespace| namespace.metadata.name)
        .collect())
}

fn choose(wanted: &[Pattern], all: &BTreeSet<Text>) -> Result<BTreeSet<Text>, Failure> {
    let mut chosen = BTreeSet::new();
    for pattern in wanted {
        let before = chosen.len();
        let matching: Vec<&Text> = all.iter().filter(|name| pattern.matches(name)).collect();
        chosen.extend(matching.iter().copied().cloned());
        if matching.is_empty() && chosen.len() == before {
            return Err(absent(pattern, all));
        }
    }
    Ok(chosen)
}

fn absent(pattern: &Pattern, all: &BTreeSet<Text>) -> Failure {
    let mut near: Vec<(f64, &Text)> = all
        .iter()
        .map(|name| (strsim::jaro_winkler(&pattern.text, name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let near: Vec<&str> = near.iter().take(3).map(|(_, name)| name.as_str()).collect();
    let what = if pattern.is_glob() {
        format!("no namespace matches {:?}", pattern.text)
    } else {
        format!("there is no namespace {}", pattern.text)
    };
    let hint = if near.is_empty() {
        "list them with kubectl get namespaces".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    Failure::usage(anyhow!("{what}")).hint(hint)
}

/// The named namespaces, asked for one by one: the right to do so comes with a role in a namespace.
async fn existing(api: &Arc<Api>, wanted: &[Pattern]) -> Result<BTreeSet<Text>, Failure> {
    let found: Vec<Result<Text, Failure>> = stream::iter(wanted)
        .map(|pattern| async move {
            let path = format!("/api/v1/namespaces/{}", pattern.text);
            match api.get(&path, "application/json").await {
                Err(trouble) if trouble.status() == Some(404) => {
                    Err(absent(pattern, &BTreeSet::new()))
                }
                // Whether it exists is unknown; its lists will tell what can be read.
                _ => Ok(Text::from(pattern.text.as_str())),
            }
        })
        .buffered(4)
        .collect()
        .await;
    found.into_iter().collect()
}

/// The named Namespaces, asked for one by one.
pub(super) async fn get_each(
    api: &Arc<Api>,
    names: &BTreeSet<Text>,
) -> Vec<(Text, Result<Answer, Trouble>)> {
    stream::iter(names.clone())
        .map(|name| async move {
            let path = format!("/api/v1/namespaces/{name}");
            let answer = api.get(&path, "application/json").await;
            (name, answer)
        })
        .buffered(4)
        .collect()
        .await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kready_checks::model::Text;

    use super::{super::scope::Pattern, choose};

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts
            .iter()
            .map(|text| Pattern::parse(text, "-n").unwrap())
            .collect()
    }

    #[test]
    fn names_and_globs_choose_namespaces() {
        let all: BTreeSet<Text> = ["shop", "shop-test", "team-a", "team-b"]
            .into_iter()
            .map(Text::from)
            .collect();
        let chosen = |texts: &[&str]| {
            choose(&patterns(texts), &all)
                .map(|set| set.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(chosen(&["shop"]).unwrap(), ["shop"]);
        assert_eq!(
            chosen(&["team-*", "shop"]).unwrap(),
            ["shop", "team-a", "team-b"]
        );
        assert_eq!(chosen(&["team-[ab]"]).unwrap(), ["team-a", "team-b"]);
        let failure = chosen(&["shpo"]).unwrap_err();
        assert!(
            failure.to_string().contains("did you mean shop"),
            "{failure}"
        );
        assert_eq!(failure.exit.code(), 2);
        assert!(chosen(&["x*"]).is_err());
        assert!(Pattern::parse("Shop!", "-n").is_err());
    }
}
