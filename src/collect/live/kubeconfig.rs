//! Finds the cluster, user and context by kubectl's rules.

use std::{
    collections::BTreeMap,
    env, io,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use kube::config::{
    AuthInfo, Cluster, Config, Context, KubeConfigOptions, Kubeconfig, KubeconfigError,
    NamedAuthInfo, NamedCluster, NamedContext,
};

use super::{
    address,
    errors::tidy,
    local,
    options::Options,
    plugin::Plugin,
    pod::{self, Pod},
    tls, usable,
};
use crate::failure::Failure;

/// What is known about a cluster before the first request.
#[derive(Debug)]
pub(super) struct Target {
    /// How to reach it and as whom.
    pub(super) config: Config,
    /// The context's name; none in a pod.
    pub(super) context: Option<String>,
    /// The proxy that the kubeconfig names.
    pub(super) proxy: Option<String>,
    /// The user in the server's address: `user` or `user:password`.
    pub(super) url_user: Option<String>,
    /// The credential plugin; the configuration has none.
    pub(super) plugin: Option<Plugin>,
    /// What is neither read nor sent, because the server is not asked over TLS.
    pub(super) withheld: Vec<&'static str>,
    /// Whether the kubeconfig names no scheme.
    pub(super) assumed_http: bool,
}

const WHERE: &str = "name a kubeconfig with --kubeconfig, or set KUBECONFIG";

/// Follows kubectl's rules.
pub(super) async fn load(options: &Options) -> Result<Target, Failure> {
    let kubeconfig = match &options.kubeconfig {
        Some(path) => Some(read(path)?.ok_or_else(|| {
            Failure::usage(anyhow!("there is no kubeconfig {}", path.display())).hint(WHERE)
        })?),
        None => find()?,
    };
    let mut target = match kubeconfig {
        Some((paths, kubeconfig)) => choose(&paths, kubeconfig, options.context.as_deref()).await?,
        None => in_cluster()?,
    };
    let config = &mut target.config;
    config.default_retry = false;
    if let Some(user) = options.as_user.as_ref().filter(|user| !user.is_empty()) {
        config.auth_info.impersonate = Some(user.clone());
    }
    if !options.as_groups.is_empty() {
        if config.auth_info.impersonate.is_none() {
            return Err(
                Failure::usage(anyhow!("--as-group needs a user to act as")).hint("add --as USER")
            );
        }
        config.auth_info.impersonate_groups = Some(options.as_groups.clone());
    }
    Ok(target)
}

type Found = (String, Kubeconfig);

/// The files in which a kubeconfig is looked for, whether they are there or not.
pub(crate) fn kubeconfigs(named: Option<&Path>) -> Vec<PathBuf> {
    if let Some(named) = named {
        return vec![named.to_owned()];
    }
    let list = listed();
    if !list.is_empty() {
        return list;
    }
    at_home().into_iter().collect()
}

fn listed() -> Vec<PathBuf> {
    let list: Vec<PathBuf> = env::var_os("KUBECONFIG")
        .map(|list| env::split_paths(&list).collect())
        .unwrap_or_default();
    list.into_iter()
        .filter(|path| !path.as_os_str().is_empty())
        .collect()
}

fn at_home() -> Option<PathBuf> {
    Some(env::home_dir()?.join(".kube").join("config"))
}

/// The files of `$KUBECONFIG`, else the one in the home directory.
fn find() -> Result<Option<Found>, Failure> {
    let list = listed();
    if !list.is_empty() {
        let found = merge(&list)?;
        if found.is_none() && !pod::is_here() {
            return Err(Failure::usage(anyhow!(
                "none of the files in KUBECONFIG exists: {}",
                display(&list)
            ))
            .hint("fix KUBECONFIG, or name a kubeconfig with --kubeconfig"));
        }
        return Ok(found);
    }
    match at_home() {
        Some(path) => read(&path),
        None => Ok(None),
    }
}

/// Merges a list of files: the first one that sets something wins, and missing ones are skipped.
fn merge(list: &[PathBuf]) -> Result<Option<Found>, Failure> {
    let mut merged: Option<Kubeconfig> = None;
    for path in list {
        let Some((_, next)) = read(path)? else {
            continue;
        };
        merged = Some(match merged {
            None => next,
            Some(before) => before
                .merge(next)
                .map_err(|error| unreadable(&display(list), &error))?,
        });
    }
    Ok(merged.map(|kubeconfig| (display(list), kubeconfig)))
}

fn read(path: &Path) -> Result<Option<Found>, Failure> {
    let shown = path.display().to_string();
    match local::kubeconfig(path) {
        Ok(kubeconfig) => Ok(Some((shown, kubeconfig))),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(unreadable(&shown, &error)),
    }
}

/// The parser's message is not repeated in full, because it may quote a token.
fn unreadable(paths: &str, error: &KubeconfigError) -> Failure {
    let why = match error {
        KubeconfigError::ReadConfig(error, _) => tidy(&error.to_string()),
        KubeconfigError::Parse(error) => match error.location() {
            Some(place) => format!(
                "it is not a valid kubeconfig, line {} column {}",
                place.line(),
                place.column()
            ),
            None => "it is not a valid kubeconfig".to_owned(),
        },
        other => tidy(&other.to_string()),
    };
    Failure::usage(anyhow!("cannot read the kubeconfig {paths}: {why}"))
        .hint("fix the file, or name another one with --kubeconfig")
}

fn display(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

fn in_cluster() -> Result<Target, Failure> {
    let Some(pod) = Pod::here() else {
        return Err(
            Failure::usage(anyhow!("there is no kubeconfig: KUBECONFIG is not set, ~/.kube/config does not exist, and this is not a pod"))
                .hint(format!("{WHERE}; to try kready without a cluster: kready audit --demo")),
        );
    };
    Ok(Target {
        config: pod.config()?,
        context: None,
        proxy: None,
        url_user: None,
        plugin: None,
        withheld: Vec::new(),
        assumed_http: false,
    })
}

async fn choose(
    paths: &str,
    kubeconfig: Kubeconfig,
    wanted: Option<&str>,
) -> Result<Target, Failure> {
    let names: Vec<&str> = kubeconfig
        .contexts
        .iter()
        .map(|context| context.name.as_str())
        .collect();
    if kubeconfig.contexts.is_empty() && kubeconfig.clusters.is_empty() {
        if pod::is_here() && wanted.is_none() {
            return in_cluster();
        }
        return Err(Failure::usage(anyhow!(
            "the kubeconfig {paths} is empty: it names no cluster and no context"
        ))
        .hint(WHERE));
    }
    let there_are = if names.is_empty() {
        "it names no context".to_owned()
    } else {
        format!("it has: {}", names.join(", "))
    };
    let current = kubeconfig
        .current_context
        .as_deref()
        .filter(|name| !name.is_empty());
    let Some(context) = wanted.or(current).map(str::to_owned) else {
        return Err(Failure::usage(anyhow!(
            "the kubeconfig {paths} has no current context; {there_are}"
        ))
        .hint("choose one with --context"));
    };
    let Some(chosen) = kubeconfig
        .contexts
        .iter()
        .find(|named| named.name == context)
        .and_then(|named| named.context.as_ref())
    else {
        return Err(Failure::usage(anyhow!(
            "the kubeconfig {paths} has no context {context}; {there_are}"
        ))
        .hint("choose one of them with --context"));
    };
    let in_context = || format!("context {context} of the kubeconfig {paths}");
    let Some(cluster) = kubeconfig
        .clusters
        .iter()
        .find(|named| named.name == chosen.cluster)
        .and_then(|named| named.cluster.as_ref())
    else {
        return Err(Failure::usage(anyhow!(
            "{} names the cluster {}, which it does not define",
            in_context(),
            chosen.cluster
        ))
        .hint("fix it with kubectl config set-context, or choose another one with --context"));
    };
    if let Some(user) = chosen.user.as_deref().filter(|user| !user.is_empty())
        && !kubeconfig.auth_infos.iter().any(|named| named.name == user)
    {
        return Err(Failure::usage(anyhow!(
            "{} names the user {user}, which it does not define",
            in_context()
        ))
        .hint("fix it with kubectl config set-context, or choose another one with --context"));
    }
    let in_context = in_context();
    let user = chosen.user.as_deref().unwrap_or_default();
    let user = kubeconfig
        .auth_infos
        .iter()
        .find(|named| named.name == user)
        .and_then(|named| named.auth_info.clone())
        .unwrap_or_default();
    let reached = reach(cluster.clone(), user, &in_context)?;
    let proxy = reached.cluster.proxy_url.clone();
    let proxy = proxy.filter(|proxy| !proxy.is_empty());
    let mut config = built(reached.cluster, reached.user, chosen.namespace.clone())
        .await
        .map_err(|error| unusable(&in_context, &error))?;
    if proxy.is_none() {
        config.proxy_url = None;
    }
    Ok(Target {
        config,
        context: Some(context),
        proxy,
        url_user: reached.url_user,
        plugin: reached.plugin,
        withheld: reached.withheld,
        assumed_http: reached.assumed_http,
    })
}

/// A cluster with its authorities, and a user without what is not to be sent.
struct Reached {
    cluster: Cluster,
    user: AuthInfo,
    url_user: Option<String>,
    plugin: Option<Plugin>,
    withheld: Vec<&'static str>,
    assumed_http: bool,
}

fn reach(mut cluster: Cluster, mut user: AuthInfo, context: &str) -> Result<Reached, Failure> {
    const FIX: &str = "fix it with kubectl config edit, or use another context with --context";
    let refused = |why: String| Failure::usage(anyhow!("{context}: {why}"));
    usable::check(&cluster, &user).map_err(|why| refused(why).hint(FIX))?;
    let server = cluster.server.take().unwrap_or_default();
    let address = address::read(&server).map_err(|why| {
        let why = if server.is_empty() {
            "its cluster has no server".to_owned()
        } else {
            format!("its cluster's server is not an address: {why}")
        };
        refused(why).hint("set it with kubectl config set-cluster NAME --server=https://HOST:PORT")
    })?;
    cluster.server = Some(address.uri.to_string());
    let mut url_user = address.user;
    if address.uri.scheme_str() != Some("https") {
        let withheld = usable::withhold(&mut user, &mut url_user);
        cluster.certificate_authority = None;
        cluster.certificate_authority_data = None;
        return Ok(Reached {
            cluster,
            user,
            url_user,
            plugin: None,
            withheld,
            assumed_http: !server.contains("://"),
        });
    }
    usable::check_sent(&user).map_err(|why| refused(why).hint(FIX))?;
    tls::settle_authorities(context, &mut cluster)?;
    let plugin = user.exec.take().map(|exec| {
        let cluster = exec.provide_cluster_info.then(|| told(&cluster, &server));
        Plugin { exec, cluster }
    });
    Ok(Reached {
        cluster,
        user,
        url_user,
        plugin,
        withheld: Vec::new(),
        assumed_http: false,
    })
}

/// What a plugin is told of a cluster whose authorities are settled, if it wants to know.
fn told(cluster: &Cluster, server: &str) -> serde_json::Value {
    // client-go keeps the query of an address without a path.
    let (place, _) = server.split_once(['?', '#']).unwrap_or((server, ""));
    let has_path = place
        .splitn(4, '/')
        .nth(3)
        .is_some_and(|path| !path.is_empty());
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let config = cluster.extensions.iter().flatten();
    let config = config
        .filter(|extension| extension.name == "client.authentication.k8s.io/exec")
        .map(|extension| extension.extension.clone())
        .next_back();
    let mut told = serde_json::json!({
        "server": if has_path { place } else { server },
        "config": config,
    });
    for (key, value) in [
        (
            "tls-server-name",
            given(&cluster.tls_server_name).map(Into::into),
        ),
        (
            "insecure-skip-tls-verify",
            cluster
                .insecure_skip_tls_verify
                .filter(|skip| *skip)
                .map(Into::into),
        ),
        (
            "certificate-authority-data",
            given(&cluster.certificate_authority_data).map(Into::into),
        ),
        ("proxy-url", given(&cluster.proxy_url).map(Into::into)),
        (
            "disable-compression",
            cluster
                .disable_compression
                .filter(|disable| *disable)
                .map(Into::into),
        ),
    ] {
        let value: Option<serde_json::Value> = value;
        if let Some(value) = value {
            told[key] = value;
        }
    }
    told
}

/// What kube makes of a cluster and a user.
async fn built(
    cluster: Cluster,
    user: AuthInfo,
    namespace: Option<String>,
) -> Result<Config, KubeconfigError> {
    const NAME: &str = "chosen";
    let kubeconfig = Kubeconfig {
        clusters: vec![NamedCluster {
            name: NAME.to_owned(),
            cluster: Some(cluster),
            ..NamedCluster::default()
        }],
        auth_infos: vec![NamedAuthInfo {
            name: NAME.to_owned(),
            auth_info: Some(user),
            ..NamedAuthInfo::default()
        }],
        contexts: vec![NamedContext {
            name: NAME.to_owned(),
            context: Some(Context {
                cluster: NAME.to_owned(),
                user: Some(NAME.to_owned()),
                namespace: namespace.filter(|namespace| !namespace.is_empty()),
                extensions: None,
                other: BTreeMap::new(),
            }),
            ..NamedContext::default()
        }],
        current_context: Some(NAME.to_owned()),
        ..Kubeconfig::default()
    };
    Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await
}

/// Rewords what is wrong with a context, of which the address, the authorities and the user were looked at before.
fn unusable(context: &str, error: &KubeconfigError) -> Failure {
    if let KubeconfigError::ParseProxyUrl(_) = error {
        return Failure::usage(anyhow!("{context}: the proxy's address is malformed"))
            .hint("fix proxy-url in the kubeconfig, or HTTPS_PROXY");
    }
    Failure::usage(anyhow!("{context}: {}", tidy(&error.to_string())))
        .hint("fix it with kubectl config edit, or use another context with --context")
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::{choose, merge, read};

    const ONE: &str = "
apiVersion: v1
kind: Config
current-context: a
clusters: [{name: c, cluster: {server: 'https://one:1'}}]
users: [{name: u, user: {token: t}}]
contexts:
- {name: a, context: {cluster: c, user: u, namespace: shop}}
- {name: lost, context: {cluster: nowhere, user: u}}
- {name: nobody, context: {cluster: c, user: ghost}}
";
    const TWO: &str = "
current-context: b
clusters: [{name: c, cluster: {server: 'https://two:2'}}]
users: []
contexts: [{name: b, context: {cluster: c, user: u}}]
";

    fn files() -> (tempfile::TempDir, Vec<PathBuf>) {
        let dir = tempfile::tempdir().unwrap();
        let paths = ["one", "missing", "two"].map(|name| dir.path().join(name));
        fs::write(&paths[0], ONE).unwrap();
        fs::write(&paths[2], TWO).unwrap();
        (dir, paths.to_vec())
    }

    #[tokio::test]
    async fn files_are_merged_the_first_wins_and_missing_ones_are_skipped() {
        let (_dir, paths) = files();
        let (shown, merged) = merge(&paths).unwrap().unwrap();
        let target = choose(&shown, merged.clone(), None).await.unwrap();
        assert_eq!(target.context.as_deref(), Some("a"));
        assert_eq!(target.config.cluster_url.to_string(), "https://one:1/");
        assert_eq!(target.config.default_namespace, "shop");
        let target = choose(&shown, merged, Some("b")).await.unwrap();
        assert_eq!(target.config.cluster_url.to_string(), "https://one:1/");
        assert!(merge(&paths[1..2]).unwrap().is_none());
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let (_dir, paths) = files();
        let (shown, merged) = merge(&paths).unwrap().unwrap();
        for (context, word) in [
            ("x", "it has: a, lost, nobody, b"),
            ("lost", "the cluster nowhere"),
            ("nobody", "the user ghost"),
        ] {
            let failure = choose(&shown, merged.clone(), Some(context))
                .await
                .unwrap_err();
            assert!(failure.to_string().contains(word), "{failure}");
            assert_eq!(failure.exit.code(), 2);
        }
    }

    #[test]
    fn a_file_that_is_no_yaml_is_not_quoted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        fs::write(&path, "users: [{name: u, user: {token: hunter2}}\nx: ]:").unwrap();
        let failure = read(&path).unwrap_err().to_string();
        assert!(failure.contains("line"), "{failure}");
        assert!(!failure.contains("hunter2"), "{failure}");
    }
}
