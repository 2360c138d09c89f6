//! Which namespaces the audit is about, and which of them kready may look into.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use anyhow::anyhow;
use futures::{StreamExt, stream};
use globset::{GlobBuilder, GlobMatcher};
use kready_checks::{inventory::kinds::Namespace, model::Text};
use tokio::sync::OnceCell;

use super::{
    answer::Answer,
    api::Api,
    errors::Trouble,
    list::{Accept, Objects, Request, list},
};
use crate::{collect::ScopeRequest, failure::Failure};

/// A namespace's name, or a pattern of names.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    glob: Option<GlobMatcher>,
}

impl Pattern {
    fn parse(text: &str, flag: &str) -> Result<Self, Failure> {
        let text = text.trim();
        let is_name = !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_name {
            return Ok(Self {
                text: text.to_owned(),
                glob: None,
            });
        }
        let is_pattern = text.bytes().any(|byte| b"*?[{".contains(&byte));
        let glob = GlobBuilder::new(text).literal_separator(false).build();
        match glob {
            Ok(glob) if is_pattern => Ok(Self {
                text: text.to_owned(),
                glob: Some(glob.compile_matcher()),
            }),
            _ => Err(Failure::usage(anyhow!(
                "{flag} {text:?} is neither a namespace's name nor a pattern of names"
            ))
            .hint(format!("write {flag} shop, or {flag} 'team-*'"))),
        }
    }

    fn matches(&self, namespace: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(namespace),
            None => self.text == namespace,
        }
    }
}

/// The namespaces in question.
#[derive(Debug)]
pub(super) struct Scope {
    /// Those that were asked for; none means all.
    pub(super) named: Option<BTreeSet<Text>>,
    excluded: Vec<Pattern>,
    default: Text,
    all: OnceCell<Option<BTreeSet<Text>>>,
}

impl Scope {
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
        let excluded = parse(&request.excluded, "--exclude-namespace")?;
        let mut scope = Self {
            named: None,
            excluded,
            default: default.into(),
            all: OnceCell::new(),
        };
        if wanted.is_empty() {
            return Ok(scope);
        }
        let named = match names(api).await {
            Ok(all) => {
                let chosen = choose(&wanted, &all)?;
                let _ = scope.all.set(Some(all));
                chosen
            }
            Err(trouble) => {
                if let Some(pattern) = wanted.iter().find(|pattern| pattern.glob.is_some()) {
                    return Err(Failure::usage(anyhow!(
                        "--namespace {:?} is a pattern, and the namespaces cannot be listed: {}",
                        pattern.text,
                        trouble.describe()
                    ))
                    .hint("name the namespaces in full, each with its own -n"));
                }
                let _ = scope.all.set(None);
                existing(api, &wanted).await?
            }
        };
        let named: BTreeSet<Text> = named
            .into_iter()
            .filter(|namespace| !scope.is_excluded(namespace))
            .collect();
        if named.is_empty() {
            return Err(Failure::usage(anyhow!(
                "no namespace is left: --exclude-namespace takes away all that --namespace names"
            ))
            .hint("leave one of them out"));
        }
        scope.named = Some(named);
        Ok(scope)
    }

    fn is_excluded(&self, namespace: &str) -> bool {
        self.excluded
            .iter()
            .any(|pattern| pattern.matches(namespace))
    }

    /// Whether objects of a namespace belong to the audit.
    pub(super) fn admits(&self, namespace: &str) -> bool {
        let named = self
            .named
            .as_ref()
            .is_none_or(|named| named.contains(namespace));
        named && !self.is_excluded(namespace)
    }

    /// The namespaces to try one by one, and whether there are no others.
    pub(super) async fn one_by_one(&self, api: &Arc<Api>) -> (Vec<Text>, bool) {
        if let Some(named) = &self.named {
            return (named.iter().cloned().collect(), true);
        }
        let all = self
            .all
            .get_or_init(|| async { names(api).await.ok() })
            .await;
        match all {
            Some(all) => {
                let admitted = all.iter().filter(|name| self.admits(name));
                (admitted.cloned().collect(), true)
            }
            None if self.admits(&self.default) => (vec![self.default.clone()], false),
            None => (Vec::new(), false),
        }
    }
}

/// The names of all namespaces.
async fn names(api: &Arc<Api>) -> Result<BTreeSet<Text>, Trouble> {
    let mut namespaces = Objects::<Namespace>::new(None);
    let request = Request {
        api,
        path: "/api/v1/namespaces",
        accept: Accept::NAMES,
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
    let what = if pattern.glob.is_some() {
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

    use super::{Pattern, choose};

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
