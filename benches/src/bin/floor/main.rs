//! The floor of the transport: the requests that kready made, made again over the same client, received and discarded.

mod head;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::{Write, stdout},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::Parser;
use futures::{TryStreamExt, stream};
use http::{
    Request,
    header::{ACCEPT, CONTENT_TYPE, USER_AGENT},
};
use http_body_util::BodyExt;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::TokioExecutor,
};
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, ConfigExt},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::json;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

use self::head::Head;

/// Receive and discard what kready asked for: the least that reading a cluster takes.
#[derive(Parser)]
struct Options {
    /// The cluster; the kubeconfig's current context is used
    #[arg(long)]
    kubeconfig: PathBuf,
    /// The requests to make: method, path and Accept a line, parted by tabs, as `list-server --log` writes them
    #[arg(long)]
    requests: PathBuf,
    /// Lists read at a time
    #[arg(long, default_value_t = 4)]
    lists: usize,
    /// Requests under way at a time
    #[arg(long, default_value_t = 4)]
    lanes: usize,
    /// Print requests, bytes and seconds
    #[arg(long)]
    figures: bool,
}

/// One request of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    method: String,
    /// Path and query without the token.
    target: String,
    accept: String,
    /// Whether it carries the token of the page before.
    continued: bool,
}

/// What kready asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    singles: Vec<Step>,
    /// The pages of each list, in the order in which the lists were begun.
    lists: Vec<Vec<Step>>,
}

fn plan(log: &str) -> Result<Plan> {
    let mut plan = Plan::default();
    let mut places = BTreeMap::new();
    for line in log.lines() {
        let [method, uri, accept] = line.split('\t').collect::<Vec<_>>()[..] else {
            bail!("not a request: {line}");
        };
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let (token, rest): (Vec<&str>, Vec<&str>) = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .partition(|pair| pair.starts_with("continue="));
        let mut target = path.to_owned();
        for (at, pair) in rest.iter().enumerate() {
            target.push(if at == 0 { '?' } else { '&' });
            target.push_str(pair);
        }
        let step = Step {
            method: method.to_owned(),
            target,
            accept: accept.to_owned(),
            continued: !token.is_empty(),
        };
        if rest.iter().any(|pair| pair.starts_with("limit=")) {
            let place = *places.entry(path).or_insert(plan.lists.len());
            if place == plan.lists.len() {
                plan.lists.push(Vec::new());
            }
            plan.lists[place].push(step);
        } else {
            plan.singles.push(step);
        }
    }
    Ok(plan)
}

/// What all requests share.
struct Floor {
    client: Client,
    lanes: Arc<Semaphore>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// An answer whose body is still to come.
struct Answer {
    body: Body,
    ok: bool,
    protobuf: bool,
    _lane: OwnedSemaphorePermit,
}

impl Floor {
    async fn ask(self: Arc<Self>, step: Step, token: Option<String>) -> Result<Answer> {
        const REVIEW: &str =
            r#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#;
        let lane = Arc::clone(&self.lanes).acquire_owned().await?;
        let mut target = step.target.clone();
        if let Some(token) = &token {
            target.push_str("&continue=");
            escape(&mut target, token);
        }
        let request = Request::builder()
            .method(step.method.as_str())
            .uri(target)
            .header(ACCEPT, &step.accept)
            .header(USER_AGENT, "kready-floor");
        let request = if step.method == "GET" {
            request.body(Body::empty())?
        } else {
            request
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(REVIEW.as_bytes().to_vec()))?
        };
        self.requests.fetch_add(1, Ordering::Relaxed);
        let (head, body) = self.client.send(request).await?.into_parts();
        let protobuf = head
            .headers
            .get(CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().ends_with(b".protobuf"));
        Ok(Answer {
            body,
            ok: head.status.is_success(),
            protobuf,
            _lane: lane,
        })
    }

    async fn single(self: Arc<Self>, step: Step) -> Result<()> {
        let mut answer = Arc::clone(&self).ask(step, None).await?;
        while let Some(frame) = answer.body.frame().await {
            let length = frame?.data_ref().map_or(0, Bytes::len);
            self.bytes.fetch_add(length as u64, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Reads a list; the next page is asked for as soon as its token has come, and read when this one has ended.
    async fn list(self: Arc<Self>, steps: Vec<Step>) -> Result<()> {
        let mut ahead: Option<JoinHandle<Result<Answer>>> = None;
        let mut at = 0;
        loop {
            // More pages than in the log are read like the last one there.
            let step = &steps[at.min(steps.len() - 1)];
            let mut answer = match ahead.take() {
                Some(asked) => asked.await??,
                None => Arc::clone(&self).ask(step.clone(), None).await?,
            };
            at += 1;
            let mut begun = answer.ok.then(Vec::new);
            while let Some(frame) = answer.body.frame().await {
                let frame = frame?;
                let Some(data) = frame.data_ref() else {
                    continue;
                };
                self.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
                let Some(bytes) = &mut begun else {
                    continue;
                };
                bytes.extend_from_slice(data);
                let Head::Whole(token) = head::read(bytes, answer.protobuf)
                    .with_context(|| format!("GET {}", step.target))?
                else {
                    continue;
                };
                begun = None;
                let next = steps.get(at);
                if let Some(token) = token
                    && next.is_none_or(|next| next.continued)
                {
                    let mut next = next.unwrap_or(step).clone();
                    next.continued = true;
                    ahead = Some(tokio::spawn(Arc::clone(&self).ask(next, Some(token))));
                }
            }
            if answer.ok && begun.is_some() {
                bail!("GET {}: the list ended within its head", step.target);
            }
            let starts_again = steps.get(at).is_some_and(|next| !next.continued);
            if ahead.is_none() && !starts_again {
                return Ok(());
            }
        }
    }
}

fn escape(target: &mut String, token: &str) {
    for byte in token.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            target.push(byte as char);
        } else {
            let _ = write!(target, "%{byte:02X}");
        }
    }
}

/// kready's own client: HTTP/1.1 over rustls with ring, and kube's credentials.
fn client(config: &Config) -> Result<Client> {
    let mut direct = HttpConnector::new();
    direct.enforce_http(false);
    direct.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(config.rustls_client_config()?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(direct);
    let http: legacy::Client<_, Body> =
        legacy::Client::builder(TokioExecutor::new()).build(connector);
    let service = tower::ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .map_err(tower::BoxError::from)
        .service(http);
    Ok(ClientBuilder::new(service, config.default_namespace.clone()).build())
}

async fn run(options: &Options) -> Result<()> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let log = fs::read_to_string(&options.requests)
        .with_context(|| format!("cannot read {}", options.requests.display()))?;
    let plan = plan(&log)?;
    let kubeconfig = Kubeconfig::read_from(&options.kubeconfig)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    let floor = Arc::new(Floor {
        client: client(&config)?,
        lanes: Arc::new(Semaphore::new(options.lanes)),
        requests: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
    });
    let began = Instant::now();
    let mut singles = plan.singles.into_iter();
    // The first one shows whether the server is there.
    if let Some(first) = singles.next() {
        Arc::clone(&floor).single(first).await?;
    }
    stream::iter(singles.map(|step| Ok(Arc::clone(&floor).single(step))))
        .try_for_each_concurrent(options.lanes, |single| single)
        .await?;
    // Each on the threads where the connections are: waking another one for every frame costs more than receiving it.
    let lists = plan.lists.into_iter();
    stream::iter(lists.map(|steps| Ok(Arc::clone(&floor).list(steps))))
        .try_for_each_concurrent(options.lists, |list| async { tokio::spawn(list).await? })
        .await?;
    if options.figures {
        let figures = json!({
            "requests": floor.requests.load(Ordering::Relaxed),
            "bytes": floor.bytes.load(Ordering::Relaxed),
            "seconds": began.elapsed().as_secs_f64(),
        });
        writeln!(stdout(), "{figures}")?;
    }
    Ok(())
}

fn main() -> Result<()> {
    let options = Options::parse();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(&options))
}

#[cfg(test)]
mod tests {
    use super::{Step, plan};

    #[test]
    fn the_pages_of_a_list_are_found_again_in_the_log() {
        let log = "GET\t/version\tapplication/json\n\
            GET\t/api/v1/pods?limit=500\tP\n\
            GET\t/api/v1/nodes?limit=500\tP\n\
            GET\t/api/v1/pods?limit=2000\tP\n\
            GET\t/api/v1/pods?limit=2000&continue=a%2Fb\tP\n";
        let plan = plan(log).unwrap();
        let step = |target: &str, continued| Step {
            method: "GET".to_owned(),
            target: target.to_owned(),
            accept: "P".to_owned(),
            continued,
        };
        assert_eq!(plan.singles.len(), 1);
        assert_eq!(
            plan.lists,
            [
                vec![
                    step("/api/v1/pods?limit=500", false),
                    step("/api/v1/pods?limit=2000", false),
                    step("/api/v1/pods?limit=2000", true),
                ],
                vec![step("/api/v1/nodes?limit=500", false)],
            ]
        );
        assert!(super::plan("GET /version").is_err());
    }
}
