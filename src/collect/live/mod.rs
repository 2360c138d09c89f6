//! Makes an inventory of a running cluster: reads only what the selected checks need, and writes nothing.

mod address;
mod answer;
mod api;
mod budget;
mod certificates;
mod clock;
mod connect;
mod credentials;
mod discovery;
mod errors;
mod facts;
mod forward;
mod kind;
mod kubeconfig;
mod list;
mod local;
mod namespaces;
mod object;
mod oidc;
mod options;
mod pem;
mod plugin;
mod pod;
mod proxy;
mod scope;
mod tls;
mod usable;
mod verifier;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::anyhow;
use futures::{StreamExt, future, stream};
use kready_checks::{
    inventory::{
        self, Certificate, Evidence, Fact, Gap, GapReason, Inventory, Kind, Origin, ReadingTime,
        Role,
    },
    model::Text,
};
use kube::config::AuthInfo;

use self::{
    answer::Answer,
    api::{Api, Call},
    discovery::Served,
    errors::{Refusal, Trouble},
    kind::{KindRead, Session, read_kind},
    list::Allowance,
    namespaces::Namespaces,
};
pub(crate) use kubeconfig::kubeconfigs;
pub(crate) use options::{Options, Progress};

use super::{ClusterIdentity, Collected, SourceKind, Warning, WarningCode};
use crate::failure::Failure;

/// What to do where the kubeconfig leaves the scheme to be guessed.
const ASSUMED: &str = "the kubeconfig's server names no scheme, so http:// is assumed, as kubectl does; write https:// before it: kubectl config set-cluster NAME --server=https://HOST:PORT";

/// How many kinds are read at a time.
const KINDS_AT_A_TIME: usize = 4;

/// The kinds whose states carry no time, or not all of them: it is taken from their pods, which are read after them. A pod
/// that was replaced in between then shows by its own times that the state is over, or new.
const TIMELESS: [Kind; 4] = [
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::EndpointSlice,
];

/// The kinds with the most objects: they are begun first, so that none of them is waited for at the end.
const LARGEST: [Kind; 7] = [
    Kind::Pod,
    Kind::ReplicaSet,
    Kind::Event,
    Kind::Job,
    Kind::EndpointSlice,
    Kind::ConfigMap,
    Kind::Secret,
];

/// Reads what `evidence` names.
///
/// # Errors
/// The server cannot be reached, it refuses to talk, or no list could be read.
pub(crate) async fn collect(
    options: &Options,
    evidence: &BTreeSet<(Role, Evidence)>,
    progress: &dyn Progress,
) -> Result<Collected, Failure> {
    let deadline = Instant::now() + options.timeout;
    let target = kubeconfig::load(options).await?;
    let api = Api::connect(&target, options, deadline).await?;
    let api = Arc::new(api);
    let mut warnings = Vec::new();
    if target.config.accept_invalid_certs {
        warnings.push(Warning::new(
            WarningCode::TlsUnverified,
            "the API server's certificate was not verified (insecure-skip-tls-verify)",
        ));
    }
    if !target.withheld.is_empty() {
        let over = if target.assumed_http {
            "http, which is assumed where the kubeconfig's server names no scheme"
        } else {
            "http"
        };
        let message = format!(
            "the API server is read over {over}, so nothing of this context's user was sent ({}): kready sends credentials over https only; if the server speaks TLS, write https:// into its address",
            target.withheld.join(", ")
        );
        warnings.push(Warning::new(WarningCode::CredentialsWithheld, message));
    }
    let began = Instant::now();
    let first = greet(&api, &target.config.auth_info)
        .await
        .map_err(|failure| {
            if target.assumed_http {
                failure.hint(ASSUMED)
            } else {
                failure
            }
        })?;
    let (start, doubt) = clock::server(first.date(), crate::clock::now()?);
    warnings.extend(doubt);
    let mut inventory = Inventory::new(Origin::Live, start);
    inventory.facts.version = facts::version(&first);

    let wanted: BTreeSet<Evidence> = evidence.iter().map(|(_, evidence)| *evidence).collect();
    let (served, identity) = Box::pin(ask_around(&api, &wanted, &mut inventory)).await?;

    let default_namespace = &target.config.default_namespace;
    let namespaces = Namespaces::resolve(&api, &options.scope, default_namespace).await?;
    inventory.scope = inventory::Scope {
        namespaces: namespaces.scope.named.clone(),
        excluded: options.scope.excluded.iter().map(Text::from).collect(),
    };

    let plan = plan(evidence, options.secret_names);
    let session = Session {
        api: &api,
        served: &served,
        namespaces: &namespaces,
        progress,
        interner: Mutex::default(),
        allowance: Allowance::default(),
    };
    let mut reads: Vec<KindRead> = Vec::new();
    for part in plan.chunk_by(|(a, _), (b, _)| TIMELESS.contains(a) == TIMELESS.contains(b)) {
        let part = stream::iter(part).map(|(kind, _)| read_kind(&session, *kind));
        let part: Vec<KindRead> = part.buffer_unordered(KINDS_AT_A_TIME).collect().await;
        reads.extend(part);
    }
    drop(session);
    inventory.read = Some(ReadingTime {
        from: start,
        until: start.plus(elapsed(began).saturating_add(CLOCK_DIFFERENCE)),
    });
    reads.sort_by_key(|read| read.kind);
    warnings.extend(reads.iter().filter(|read| read.resumed).map(|read| {
        let message = format!(
            "{} were not read as of one moment: the list expired on the way and went on with newer objects",
            read.kind.resource().group_resource()
        );
        Warning::new(WarningCode::ListResumed, message)
    }));
    check_that_any_answered(&api, identity.as_deref(), &reads)?;
    if api.has_a_new_refresh_token().await {
        warnings.push(Warning::new(
            WarningCode::LoginReplaced,
            "the OIDC provider replaced the refresh token, and kready writes no kubeconfig: if kubectl asks for a login, log in again",
        ));
    }
    let readable_namespaces = readable_namespaces(&reads);
    for read in reads {
        read.objects.fill(&mut inventory, read.reading, read.gaps);
    }
    inventory.recognise_secret_names(&BTreeSet::new());
    if wanted.contains(&Evidence::ApiCertificates) {
        inventory.facts.api_certificates = those_shown(&api);
    }
    Ok(Collected {
        cluster: ClusterIdentity::new(target.context, Some(api.server.clone()), identity),
        warnings,
        evidence: wanted,
        readable_namespaces,
        ..Collected::new(inventory, SourceKind::Live)
    })
}

/// How many seconds the clocks of several API servers may differ by.
const CLOCK_DIFFERENCE: i64 = 5;

fn elapsed(began: Instant) -> i64 {
    i64::try_from(began.elapsed().as_secs()).unwrap_or(i64::MAX - CLOCK_DIFFERENCE)
}

/// Reads what is served, who kready is to the server, and the facts that are not objects.
async fn ask_around(
    api: &Api,
    wanted: &BTreeSet<Evidence>,
    inventory: &mut Inventory,
) -> Result<(Result<Served, Trouble>, Option<String>), Failure> {
    let (served, identity, livez, readyz, flagz) = future::join5(
        Box::pin(discovery::discover(api)),
        Box::pin(facts::identity(api)),
        when(
            wanted.contains(&Evidence::Livez),
            Box::pin(facts::health(api, "/livez")),
        ),
        when(
            wanted.contains(&Evidence::Readyz),
            Box::pin(facts::health(api, "/readyz")),
        ),
        when(
            wanted.contains(&Evidence::Flagz),
            Box::pin(facts::flagz(api)),
        ),
    )
    .await;
    if let Err(trouble) = &served {
        let hopeless = match trouble {
            Trouble::Refused(refusal) => matches!(refusal.status, 401 | 404),
            Trouble::CutShort(_) => false,
            _ => true,
        };
        if hopeless {
            return Err(trouble.failure(&api.server, &api.rights));
        }
    }
    inventory.facts.livez = livez;
    inventory.facts.readyz = readyz;
    inventory.facts.flagz = flagz;
    inventory.facts.discovery = match &served {
        Ok(served) => Fact::Seen(served.discovery.clone()),
        Err(trouble) => Fact::Gap(trouble.gap(None)),
    };
    Ok((served, identity))
}

fn those_shown(api: &Api) -> Fact<Vec<Certificate>> {
    let certificates = api.chain.read();
    if !certificates.is_empty() {
        Fact::Seen(certificates)
    } else if api.server.starts_with("http:") {
        Fact::NotServed
    } else {
        Fact::Gap(Gap::new(
            GapReason::Unavailable,
            "the handshake showed no certificate",
        ))
    }
}

async fn when<T>(wanted: bool, fact: impl Future<Output = Fact<T>>) -> Fact<T> {
    if wanted {
        fact.await
    } else {
        Fact::NotCollected
    }
}

/// The first request: it shows whether the server is there and lets kready in.
async fn greet(api: &Api, user: &AuthInfo) -> Result<Answer, Failure> {
    const PATH: &str = "/version";
    let call = Call::get(PATH, "application/json");
    let answer = match api.once(call).await {
        Ok(answer) => answer,
        Err(trouble) if trouble.is_passing() => {
            tokio::time::sleep(Duration::from_millis(250)).await;
            api.once(call)
                .await
                .map_err(|trouble| trouble.failure(&api.server, &api.rights))?
        }
        Err(trouble) => return Err(trouble.failure(&api.server, &api.rights)),
    };
    match answer.status {
        200..=299 | 403 | 404 => Ok(answer),
        429 | 500..=599 => api
            .get(PATH, "application/json")
            .await
            .map_err(|trouble| trouble.failure(&api.server, &api.rights)),
        status => {
            let refusal = Refusal::read(status, &answer.body, None);
            let failure = Trouble::Refused(refusal).failure(&api.server, &api.rights);
            let now = answer.date().unwrap_or_else(crate::clock::of_this_machine);
            let over = tls::client_until(user).filter(|until| status == 401 && *until < now);
            Err(match over {
                Some(until) => failure.hint(format!(
                    "renew this context's client certificate, which expired on {until}"
                )),
                None => failure,
            })
        }
    }
}

/// The kinds to list with their strongest roles, in reading order: after those without times examined kinds come first, so that the kinds their
/// findings rest on are read after them, unless a kind has several roles.
fn plan(evidence: &BTreeSet<(Role, Evidence)>, secret_names: bool) -> Vec<(Kind, Role)> {
    let mut roles: BTreeMap<Kind, Role> = BTreeMap::new();
    for (role, evidence) in evidence {
        let kind = match evidence {
            Evidence::Objects(kind) => *kind,
            Evidence::SecretNames => Kind::Secret,
            _ => continue,
        };
        if kind == Kind::Secret && !secret_names {
            continue;
        }
        let strongest = roles.entry(kind).or_insert(*role);
        *strongest = (*strongest).min(*role);
    }
    let mut plan: Vec<(Kind, Role)> = roles.into_iter().collect();
    let size = |kind: &Kind| LARGEST.iter().position(|large| large == kind);
    plan.sort_by_key(|(kind, role)| {
        let timed = !TIMELESS.contains(kind);
        (timed, *role, size(kind).unwrap_or(LARGEST.len()), *kind)
    });
    plan
}

/// What is said of a user whom the server doesn't name.
const NAMELESS: &str = "this user";

fn check_that_any_answered(
    api: &Api,
    identity: Option<&str>,
    reads: &[KindRead],
) -> Result<(), Failure> {
    let attempted = reads.iter().filter(|read| read.attempted).count();
    if attempted == 0 || reads.iter().any(|read| read.answered) {
        return Ok(());
    }
    let troubles: Vec<&Trouble> = reads
        .iter()
        .filter_map(|read| read.trouble.as_ref())
        .collect();
    let is_nobody = identity.is_none_or(|identity| identity == errors::ANONYMOUS);
    if is_nobody
        && troubles.iter().all(|trouble| trouble.is_about_nobody())
        && let Some(failure) = errors::without_credentials_sent(&api.server)
    {
        return Err(failure);
    }
    if troubles.iter().all(|trouble| trouble.is_unauthenticated()) {
        return Err(Failure::no_audit(anyhow!(
            "cannot read the cluster at {}: the server stopped accepting the credentials (HTTP 401)",
            api.server
        ))
        .hint("log in again, then run the audit again: kubectl auth whoami"));
    }
    if troubles.iter().all(|trouble| trouble.is_forbidden()) {
        let told = troubles.iter().find_map(|trouble| trouble.user());
        let who = identity.or(told).unwrap_or(NAMELESS);
        if troubles.iter().any(|trouble| trouble.is_about_acting()) {
            return Err(Failure::no_audit(anyhow!(
                "cannot read the cluster at {}: {who} may not act as someone else",
                api.server
            ))
            .hint("leave out --as and --as-group, or let an administrator grant impersonate"));
        }
        let kinds = match attempted {
            1 => "the only kind that the checks need".to_owned(),
            several => format!("any of the {several} kinds that the checks need"),
        };
        return Err(Failure::no_audit(anyhow!(
            "cannot read the cluster at {}: {who} may not list {kinds}",
            api.server
        ))
        .hint(api.rights.remedy(Some(who).filter(|who| *who != NAMELESS))));
    }
    let trouble = troubles
        .iter()
        .find(|trouble| !trouble.is_forbidden())
        .map(|trouble| trouble.describe())
        .unwrap_or_default();
    let hint = if api.is_late() {
        "allow more time with --timeout"
    } else {
        "check the server: kubectl get --raw '/readyz?verbose'"
    };
    Err(Failure::no_audit(anyhow!(
        "cannot read the cluster at {}: none of {attempted} lists was answered: {trouble}",
        api.server
    ))
    .hint(hint))
}

/// If something could not be read everywhere: the namespaces in which all that could be read anywhere could be read.
fn readable_namespaces(reads: &[KindRead]) -> Option<BTreeSet<Text>> {
    let sets = reads
        .iter()
        .filter_map(|read| read.readable.as_ref())
        .filter(|set| !set.is_empty());
    sets.cloned()
        .reduce(|all, set| all.intersection(&set).cloned().collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use kready_checks::inventory::{Evidence, Kind, Role};

    use super::plan;

    #[test]
    fn what_has_no_times_comes_before_pods_then_examined_kinds_the_large_before_the_small() {
        let evidence = BTreeSet::from([
            (Role::Correlated, Evidence::Objects(Kind::Deployment)),
            (Role::Examined, Evidence::Objects(Kind::Deployment)),
            (Role::Examined, Evidence::Objects(Kind::Pod)),
            (
                Role::Correlated,
                Evidence::Objects(Kind::PodDisruptionBudget),
            ),
            (Role::Quoted, Evidence::Objects(Kind::Event)),
            (Role::Correlated, Evidence::Objects(Kind::EndpointSlice)),
            (Role::Correlated, Evidence::SecretNames),
            (Role::Examined, Evidence::Livez),
        ]);
        let kinds = |secrets| {
            plan(&evidence, secrets)
                .into_iter()
                .map(|(kind, _)| kind)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            kinds(false),
            [
                Kind::Deployment,
                Kind::EndpointSlice,
                Kind::Pod,
                Kind::PodDisruptionBudget,
                Kind::Event
            ]
        );
        assert_eq!(
            kinds(true)[3..],
            [Kind::Secret, Kind::PodDisruptionBudget, Kind::Event]
        );
    }
}
