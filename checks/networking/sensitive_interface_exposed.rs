//! A way from outside to an interface that is for administrators only.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use super::ingress_backend_missing::backends;
use crate::{
    frame::Asked,
    inventory::{Origin, types::ServicePort},
    knowledge::{
        Interface, behind, interface_of_image, interface_of_name, is_auth_proxy, is_injected,
        of_image,
    },
    kubernetes::{
        ContainerView, ImageRef,
        endpoints::selector_of,
        exposure::{has_node_ports, is_internal},
        routes::{of, wanted_gateway},
        selects_all,
    },
    model::ObjectRef,
    prelude::*,
    wire::{IntOrString, Labels},
};

pub(super) static CHECK: Check = Check {
    id: "sensitive-interface-exposed",
    pillar: Pillar::Networking,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "an administration interface can be reached from outside",
    fix: "make the Service internal, or put an authenticating proxy in front of it",
    tier: 1,
    since: "0.1.0",
    needs: &[
        examined::<Service>(),
        examined::<Ingress>(),
        examined::<HttpRoute>(),
        correlated::<Gateway>(),
        correlated_all(WORKLOADS),
        correlated_all(PLATFORM),
    ],
    standards: &[
        Standard::Kubescape("C-0021"),
        Standard::Kubescape("C-0256"),
        Standard::Kubescape("C-0266"),
        Standard::Kubescape("C-0274"),
        Standard::Owasp("K06"),
        Standard::Gke("5.10.1"),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("sensitive_interface_exposed.md"),
    run,
    ..Check::BASE
};

/// Labels that name what a pod runs.
const APP_LABELS: &[&str] = &[
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app",
    "k8s-app",
];

/// Annotations by which an Ingress lets nobody through who has not logged in.
const LOGIN: &[&str] = &[
    "alb.ingress.kubernetes.io/auth-type",
    "haproxy-ingress.github.io/auth-url",
    "haproxy.org/auth-type",
    "nginx.ingress.kubernetes.io/auth-tls-secret",
    "nginx.ingress.kubernetes.io/auth-type",
    "nginx.ingress.kubernetes.io/auth-url",
];

const EXPECTED: &str =
    "access only from inside the cluster, or an authenticating proxy in front of it";

/// A workload in which an interface listens.
struct Found<'a> {
    workload: Workload<'a>,
    /// The interface that its name or labels tell, where no image does.
    by_name: Option<&'static Interface>,
}

/// A Service's namespace and selector: many may have one.
type Selector<'a> = (&'a str, &'a Labels);

/// What of a Service's port tells where it leads and what listens there.
type PortKey<'a> = (&'a Text, &'a Text, i32, Option<&'a IntOrString>);

/// The interfaces behind a port, each with the first of its workloads.
type Interfaces<'a> = Rc<BTreeMap<&'static str, &'a ObjectRef>>;

/// The workloads with an interface.
#[derive(Default)]
struct Listening<'a> {
    /// Those that each selector selects.
    by_selector: HashMap<Selector<'a>, Vec<Found<'a>>>,
    /// What was said of a port before.
    told: RefCell<HashMap<(Selector<'a>, PortKey<'a>), Interfaces<'a>>>,
}

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let found = found(cx);
    let mut sheet = cx.judge::<Service>(|service| of_service(cx, service, &found));
    cx.judge_into::<Ingress>(&mut sheet, |ingress| of_ingress(cx, ingress, &found));
    cx.judge_into::<HttpRoute>(&mut sheet, |route| of_route(cx, route, &found));
    Ok(sheet)
}

fn found<'a>(cx: &Context<'a>) -> Listening<'a> {
    let mut images: HashMap<&'a Text, bool> = HashMap::new();
    let mut listening = Listening::default();
    for workload in cx.workloads().flatten() {
        // One that is scaled to zero is as exposed as ever once it runs.
        if !workload.is_long_running() {
            continue;
        }
        let by_image = workload.spec.containers.iter().any(|container| {
            *images.entry(&container.image).or_insert_with(|| {
                ImageRef::parse(&container.image)
                    .is_some_and(|image| interface_of_image(&image).is_some())
            })
        });
        let by_name = if by_image { None } else { by_name(&workload) };
        // What a known image is, no name tells better.
        let is_known = || {
            workload.spec.containers.iter().any(|container| {
                ImageRef::parse(&container.image).is_some_and(|image| !of_image(&image).is_empty())
            })
        };
        if !by_image && (by_name.is_none() || is_known()) {
            continue;
        }
        for service in cx.first_services_for(workload.namespace(), workload.labels) {
            if selects_all(&service.spec.selector, workload.labels) {
                let of_selector = listening.by_selector.entry(selector_of(service));
                of_selector.or_default().push(Found { workload, by_name });
            }
        }
    }
    listening
}

fn by_name(workload: &Workload<'_>) -> Option<&'static Interface> {
    let labels = [workload.labels, &workload.metadata.labels];
    labels
        .into_iter()
        .flat_map(|labels| APP_LABELS.iter().filter_map(|key| labels.get(key)))
        .chain([&workload.reference().name])
        .find_map(|name| interface_of_name(name))
}

impl<'a> Listening<'a> {
    /// The interfaces behind a Service's port, each with its workload.
    fn behind(&self, service: &'a Service, port: &'a ServicePort) -> Interfaces<'a> {
        if service.spec.kind == "ExternalName" {
            return Interfaces::default();
        }
        let selector = selector_of(service);
        let Some(found) = self.by_selector.get(&selector) else {
            return Interfaces::default();
        };
        let target = port.target_port.as_ref();
        let key = (&port.name, &port.protocol, port.port, target);
        let mut told = self.told.borrow_mut();
        let of_port = told.entry((selector, key));
        Rc::clone(of_port.or_insert_with(|| Rc::new(interfaces(port, found))))
    }
}

/// The interfaces among these that are behind a port.
fn interfaces<'a>(
    port: &ServicePort,
    found: &[Found<'a>],
) -> BTreeMap<&'static str, &'a ObjectRef> {
    let mut interfaces = BTreeMap::new();
    for found in found {
        let workload = &found.workload;
        for view in listeners(port, workload) {
            let image = ImageRef::parse(&view.container.image);
            if image.as_ref().is_some_and(is_auth_proxy) {
                continue;
            }
            let interface = image
                .as_ref()
                .and_then(interface_of_image)
                .or(found.by_name);
            if let Some(interface) = interface
                && listens(interface, port, &view)
            {
                interfaces
                    .entry(interface.name)
                    .or_insert_with(|| workload.reference());
            }
        }
    }
    interfaces
}

/// The containers to which a port may lead; where nothing tells which, and a proxy is among them, it is the proxy.
fn listeners<'a>(port: &ServicePort, workload: &Workload<'a>) -> Vec<ContainerView<'a>> {
    let known = behind(port, workload);
    let named = matches!(&port.target_port, Some(IntOrString::String(name)) if !name.is_empty());
    if !known.is_empty() || named {
        return known;
    }
    let all: Vec<_> = workload
        .long_running_containers()
        .filter(|view| !is_injected(view))
        .collect();
    let guarded = all.iter().any(|view| {
        ImageRef::parse(&view.container.image).is_some_and(|image| is_auth_proxy(&image))
    });
    if guarded { Vec::new() } else { all }
}

fn listens(interface: &Interface, port: &ServicePort, view: &ContainerView<'_>) -> bool {
    let ports = &view.container.ports;
    let (number, target) = match &port.target_port {
        Some(IntOrString::String(name)) if !name.is_empty() => (
            ports
                .iter()
                .find(|declared| declared.name == *name)
                .map(|declared| declared.container_port),
            Some(name.as_str()),
        ),
        Some(IntOrString::Int(number)) if *number != 0 => (Some(*number), None),
        _ => (Some(port.port), None),
    };
    let declared = ports
        .iter()
        .filter(|declared| Some(declared.container_port) == number)
        .map(|declared| declared.name.as_str());
    let names = [port.name.as_str()]
        .into_iter()
        .chain(target)
        .chain(declared);
    interface.listens_at(number, names)
}

/// The ways from outside that were found, to each interface the first.
struct Ways<'f, 'a> {
    found: &'f Listening<'a>,
    named: HashSet<&'static str>,
    findings: Vec<Finding>,
}

impl<'f, 'a> Ways<'f, 'a> {
    fn new(found: &'f Listening<'a>) -> Self {
        Self {
            found,
            named: HashSet::new(),
            findings: Vec::new(),
        }
    }

    /// Adds what is behind a Service's port; `place` is where the way begins.
    fn add(&mut self, service: &'a Service, port: &'a ServicePort, place: &Finding, way: &str) {
        for (interface, workload) in &*self.found.behind(service, port) {
            if self.named.insert(*interface) {
                let seen = format_args!("{interface} ({workload}) {way}");
                self.findings.push(place.clone().saw(seen, EXPECTED));
            }
        }
    }

    /// What was found; when nothing was, only if everything in the namespaces was seen.
    fn judgement<'n>(
        self,
        cx: &Context<'_>,
        mut asked: Asked,
        namespaces: impl IntoIterator<Item = &'n Text>,
    ) -> Result<Judgement, Why> {
        if self.findings.is_empty() {
            for namespace in namespaces {
                cx.sees_workloads_in(namespace)?;
                cx.holds_workloads(namespace, "the workload behind it")?;
            }
        }
        for finding in self.findings {
            asked.add(finding);
        }
        asked.judgement()
    }
}

fn of_service<'a>(
    cx: &Context<'a>,
    service: &'a Service,
    found: &Listening<'a>,
) -> Result<Judgement, Why> {
    let balanced = match service.spec.kind.as_str() {
        "LoadBalancer" => true,
        "NodePort" => false,
        _ => return Ok(Judgement::NotASubject),
    };
    let internal = balanced && is_internal(service);
    if service.spec.selector.is_empty() {
        // It leads to no workload, wherever that is.
        return Ok(Judgement::Sound);
    }
    let mut ways = Ways::new(found);
    for port in &service.spec.ports {
        let node_port = match port.node_port {
            0 => "a port of every node".to_owned(),
            number => format!("port {number} of every node"),
        };
        let way = match (balanced, internal) {
            (true, false) => "through a load balancer".to_owned(),
            (true, true) if has_node_ports(service) => {
                format!("through an internal load balancer and {node_port}")
            }
            (true, true) => continue,
            (false, _) => format!("through {node_port}"),
        };
        let place = Finding::on(service).at(format!("spec.ports[port={}]", port.port));
        ways.add(service, port, &place, &way);
    }
    ways.judgement(cx, Asked::new(), [&service.metadata.namespace])
}

fn of_ingress<'a>(
    cx: &Context<'a>,
    ingress: &Ingress,
    found: &Listening<'a>,
) -> Result<Judgement, Why> {
    let metadata = &ingress.metadata;
    if LOGIN.iter().any(|key| metadata.annotations.has(key)) {
        return Ok(Judgement::Sound);
    }
    let mut ways = Ways::new(found);
    let mut asked = Asked::new();
    for (path, backend) in backends(ingress) {
        let Some(wanted) = &backend.service else {
            continue;
        };
        let service = cx.referred::<Service>(&metadata.namespace, &wanted.name);
        let Some(Some(service)) = asked.about(service) else {
            continue;
        };
        let ports = service.spec.ports.iter().filter(|port| {
            if wanted.port.name.is_empty() {
                wanted.port.number == 0 || port.port == wanted.port.number
            } else {
                port.name == wanted.port.name
            }
        });
        let place = Finding::on(ingress).at(path);
        let way = format!("behind Service {}", service.metadata.name);
        for port in ports {
            ways.add(service, port, &place, &way);
        }
    }
    ways.judgement(cx, asked, [&metadata.namespace])
}

/// Whether a route attaches to a Gateway that takes traffic from outside, as far as its name tells.
fn is_attached(cx: &Context<'_>, route: &HttpRoute) -> Result<bool, Why> {
    for parent in &route.spec.parent_refs {
        let Some((namespace, name)) = wanted_gateway(route, parent) else {
            // A set of listeners belongs to a Gateway; a Service is one of a mesh.
            if parent.kind != "Service" {
                return Ok(true);
            }
            continue;
        };
        match cx.named::<Gateway>(namespace, name)? {
            Some(gateway) if gateway.spec.gateway_class_name.ends_with("-waypoint") => {}
            Some(_) => return Ok(true),
            // Files may leave out what others look after.
            None if cx.origin() == Origin::Files => return Ok(true),
            None => {}
        }
    }
    Ok(false)
}

fn of_route<'a>(
    cx: &Context<'a>,
    route: &HttpRoute,
    found: &Listening<'a>,
) -> Result<Judgement, Why> {
    if !is_attached(cx, route)? {
        return Ok(Judgement::NotASubject);
    }
    let mut ways = Ways::new(found);
    let mut asked = Asked::new();
    let mut namespaces = BTreeSet::new();
    for (number, rule) in route.spec.rules.iter().enumerate() {
        for backend in &rule.backend_refs {
            if !matches!(backend.kind.as_str(), "" | "Service") {
                continue;
            }
            let namespace = of(route, &backend.namespace);
            namespaces.insert(namespace);
            let service = cx.referred::<Service>(namespace, &backend.name);
            let Some(Some(service)) = asked.about(service) else {
                continue;
            };
            let place = Finding::on(route).at(format!(
                "spec.rules[{number}].backendRefs[name={}]",
                backend.name
            ));
            let way = format!("behind Service {namespace}/{}", backend.name);
            let ports = service.spec.ports.iter();
            for port in ports.filter(|port| backend.port.is_none_or(|asked| asked == port.port)) {
                ways.add(service, port, &place, &way);
            }
        }
    }
    ways.judgement(cx, asked, namespaces)
}
