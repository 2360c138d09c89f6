//! A manifest that the API server refuses: it is never applied, and what it should replace goes on running.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::{
        Listed, Misnamed,
        kinds::object_ref,
        types::{Container, HoldsTemplate, IngressBackend, LabelSelector, PodTemplate, Probe},
    },
    knowledge::releases,
    kubernetes::grammar::{
        STRICT_ADDRESSES, address_fault, is_dns_label, is_label_key, is_label_value, is_port,
        is_port_name, is_subdomain, range_fault,
    },
    model::ObjectRef,
    prelude::*,
    wire::{IntOrString, Labels, Quantity},
};

pub(super) static CHECK: Check = Check {
    id: "manifest-invalid",
    pillar: Pillar::Delivery,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "the API server refuses a manifest",
    fix: "correct the named field: kubectl apply --dry-run=server -f FILE",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Files,
    needs: &[
        examined_all(WORKLOADS),
        examined::<Service>(),
        examined::<Ingress>(),
        examined::<HorizontalPodAutoscaler>(),
        examined::<PodDisruptionBudget>(),
    ],
    standards: &[Standard::Kubescape("C-0296")],
    docs: include_str!("manifest_invalid.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut audit = Audit {
        misnamed: BTreeMap::new(),
        strict: cx.target_minor().unwrap_or_else(releases::newest) >= STRICT_ADDRESSES,
        sheet: Sheet::new(),
    };
    for misnamed in cx.misnamed() {
        let of_object = audit.misnamed.entry(&misnamed.object).or_default();
        of_object.push(misnamed);
    }
    for deployment in cx.seen::<Deployment>() {
        let selector = deployment.spec.selector.as_ref();
        audit.controller(deployment, selector, ALWAYS);
    }
    for set in cx.seen::<StatefulSet>() {
        audit.controller(set, set.spec.selector.as_ref(), ALWAYS);
    }
    for set in cx.seen::<DaemonSet>() {
        audit.controller(set, set.spec.selector.as_ref(), ALWAYS);
    }
    for set in cx.seen::<ReplicaSet>() {
        audit.controller(set, set.spec.selector.as_ref(), ALWAYS);
    }
    for controller in cx.seen::<ReplicationController>() {
        let mut rules = Rules::default();
        if let Some(template) = controller.template() {
            let labels = &template.metadata.labels;
            plain_selector(&mut rules, &controller.spec.selector, labels);
        }
        audit.template(controller, ALWAYS, rules);
    }
    for job in cx.seen::<Job>() {
        audit.template(job, ENDS, Rules::default());
    }
    for job in cx.seen::<CronJob>() {
        let mut rules = Rules::default();
        if job.spec.schedule.is_empty() {
            rules.add(REQUIRED, "spec.schedule", "none", "a schedule");
        }
        audit.template(job, ENDS, rules);
    }
    for pod in cx.seen::<Pod>() {
        audit.template(pod, ANY, Rules::default());
    }
    for service in cx.seen::<Service>() {
        audit.service(service);
    }
    for ingress in cx.seen::<Ingress>() {
        audit.ingress(ingress);
    }
    for autoscaler in cx.seen::<HorizontalPodAutoscaler>() {
        audit.autoscaler(autoscaler);
    }
    for budget in cx.seen::<PodDisruptionBudget>() {
        audit.budget(budget);
    }
    Ok(audit.finish())
}

/// The restart policies that a kind takes; an absent one is `Always`.
type Policies = &'static [&'static str];
const ALWAYS: Policies = &["", "Always"];
const ENDS: Policies = &["OnFailure", "Never"];
const ANY: Policies = &["", "Always", "OnFailure", "Never"];

// One finding for each of them and object.
const SELECTOR: &str = "selector";
const RESTART: &str = "restart";
const LABELS: &str = "labels";
const PORTS: &str = "ports";
const ADDRESSES: &str = "addresses";
const REQUIRED: &str = "required";
const NAMES: &str = "names";
const AMOUNTS: &str = "amounts";
const SPREAD: &str = "spread";

/// What is wrong with an object, by rule: of several things of one rule the first says where, and all what.
#[derive(Debug, Default)]
struct Rules(Vec<(&'static str, String, Vec<String>, &'static str)>);

impl Rules {
    fn add(
        &mut self,
        rule: &'static str,
        path: impl Into<String>,
        seen: impl Into<String>,
        expected: &'static str,
    ) {
        let (path, seen) = (path.into(), seen.into());
        if let Some((_, _, all, _)) = self.0.iter_mut().find(|(known, ..)| *known == rule) {
            let more = format!("{path}: {seen}");
            if !all.contains(&more) {
                all.push(more);
            }
            return;
        }
        self.0.push((rule, path, vec![seen], expected));
    }
}

struct Audit<'a> {
    misnamed: BTreeMap<&'a ObjectRef, Vec<&'a Misnamed>>,
    strict: bool,
    sheet: Sheet,
}

impl Audit<'_> {
    fn examine<K: Listed>(&mut self, object: &K, mut rules: Rules) {
        let metadata = object.metadata();
        labels(&mut rules, "metadata.labels", &metadata.labels);
        for (field, name, sound) in [
            ("name", &metadata.name, is_subdomain(&metadata.name)),
            (
                "namespace",
                &metadata.namespace,
                is_dns_label(&metadata.namespace),
            ),
        ] {
            if !name.is_empty() && !sound && !is_filled_in_later(name) {
                let seen = format!("{:?}", name.as_str());
                rules.add(NAMES, format!("metadata.{field}"), seen, A_NAME);
            }
        }
        let reference = object_ref(object);
        let misnamed = self.misnamed.remove(&reference).unwrap_or_default();
        let words = misnamed.into_iter().map(misnomer);
        let faults = rules.0.into_iter().map(|(_, path, seen, expected)| {
            Finding::on(&reference)
                .at(path)
                .saw(seen.join("; "), expected)
        });
        self.sheet.examine(Ok(words.chain(faults)));
    }

    /// What is misnamed and of no kind that is examined here.
    fn finish(mut self) -> Sheet {
        for misnamed in std::mem::take(&mut self.misnamed).into_values() {
            self.sheet.examine(Ok(misnamed.into_iter().map(misnomer)));
        }
        self.sheet
    }

    fn controller<K: Listed + HoldsTemplate>(
        &mut self,
        object: &K,
        selector: Option<&LabelSelector>,
        policies: Policies,
    ) {
        let mut rules = Rules::default();
        if let Some(template) = HoldsTemplate::template(object) {
            label_selector(&mut rules, selector, &template.metadata.labels);
        }
        self.template(object, policies, rules);
    }

    fn template<K: Listed + HoldsTemplate>(
        &mut self,
        object: &K,
        policies: Policies,
        mut rules: Rules,
    ) {
        if let Some(replicas) = object.declared_replicas().filter(|replicas| *replicas < 0) {
            rules.add(AMOUNTS, "spec.replicas", replicas.to_string(), AN_AMOUNT);
        }
        if let Some(template) = HoldsTemplate::template(object) {
            let path = match object.template_path() {
                "" => String::new(),
                path => format!("{path}."),
            };
            of_template(&mut rules, &template, &path, policies);
        }
        self.examine(object, rules);
    }

    fn service(&mut self, service: &Service) {
        let mut rules = Rules::default();
        let spec = &service.spec;
        let headless = spec.cluster_ip == "None";
        if spec.ports.is_empty() && !headless && spec.kind != "ExternalName" {
            rules.add(REQUIRED, "spec.ports", "none", "at least one port");
        }
        let mut names = BTreeSet::new();
        for (number, port) in spec.ports.iter().enumerate() {
            let at = |field: &str| match port.name.as_str() {
                "" => format!("spec.ports[{number}].{field}"),
                name => format!("spec.ports[name={name}].{field}"),
            };
            if !is_port(port.port) {
                rules.add(PORTS, at("port"), port.port.to_string(), A_PORT);
            }
            if !port.name.is_empty() && !is_dns_label(&port.name) {
                rules.add(PORTS, at("name"), format!("{:?}", port.name), A_PORT);
            }
            if spec.ports.len() > 1 && port.name.is_empty() {
                rules.add(
                    REQUIRED,
                    at("name"),
                    "none",
                    "a name for each port, if there are several",
                );
            } else if !port.name.is_empty() && !names.insert(&port.name) {
                rules.add(PORTS, at("name"), format!("{:?} twice", port.name), A_PORT);
            }
            if let Some(target) = &port.target_port {
                number_or_name(&mut rules, &at("targetPort"), target);
            }
            if port.node_port != 0 && !is_port(port.node_port) {
                rules.add(PORTS, at("nodePort"), port.node_port.to_string(), A_PORT);
            }
        }
        labels(&mut rules, "spec.selector", &spec.selector);
        if self.strict {
            let mut address = |path: &str, text: &str, fault: Option<&str>| {
                if let Some(fault) = fault {
                    rules.add(ADDRESSES, path, format!("{text}: {fault}"), AN_ADDRESS);
                }
            };
            if !matches!(spec.cluster_ip.as_str(), "" | "None") {
                let fault = address_fault(&spec.cluster_ip);
                address("spec.clusterIP", &spec.cluster_ip, fault);
            }
            for ip in &spec.external_ips {
                address("spec.externalIPs", ip, address_fault(ip));
            }
            for range in &spec.load_balancer_source_ranges {
                // Blanks around it were always taken.
                let range = range.trim();
                address("spec.loadBalancerSourceRanges", range, range_fault(range));
            }
        }
        self.examine(service, rules);
    }

    fn ingress(&mut self, ingress: &Ingress) {
        let mut rules = Rules::default();
        let spec = &ingress.spec;
        if spec.rules.is_empty() && spec.default_backend.is_none() {
            rules.add(REQUIRED, "spec.rules", "none", "rules or a default backend");
        }
        if let Some(backend) = &spec.default_backend {
            of_backend(&mut rules, "spec.defaultBackend", backend);
        }
        for rule in &spec.rules {
            let paths = rule.http.iter().flat_map(|http| &http.paths);
            for path in paths {
                let at = format!(
                    "spec.rules[host={}].http.paths[path={}]",
                    rule.host, path.path
                );
                if path.path_type.is_empty() {
                    rules.add(REQUIRED, format!("{at}.pathType"), "none", "a path type");
                }
                of_backend(&mut rules, &format!("{at}.backend"), &path.backend);
            }
        }
        self.examine(ingress, rules);
    }

    fn autoscaler(&mut self, autoscaler: &HorizontalPodAutoscaler) {
        let mut rules = Rules::default();
        let spec = &autoscaler.spec;
        if spec.max_replicas < 1 {
            let seen = spec.max_replicas.to_string();
            rules.add(REQUIRED, "spec.maxReplicas", seen, "at least 1");
        } else if let Some(least) = spec.min_replicas.filter(|least| *least > spec.max_replicas) {
            let seen = format!("{}, below minReplicas, {least}", spec.max_replicas);
            rules.add(REQUIRED, "spec.maxReplicas", seen, "at least minReplicas");
        }
        for (field, value) in [
            ("kind", &spec.scale_target_ref.kind),
            ("name", &spec.scale_target_ref.name),
        ] {
            if value.is_empty() {
                let path = format!("spec.scaleTargetRef.{field}");
                rules.add(
                    REQUIRED,
                    path,
                    "none",
                    "the kind and name of the scaled object",
                );
            }
        }
        self.examine(autoscaler, rules);
    }

    fn budget(&mut self, budget: &PodDisruptionBudget) {
        let mut rules = Rules::default();
        let spec = &budget.spec;
        if spec.min_available.is_some() && spec.max_unavailable.is_some() {
            rules.add(
                REQUIRED,
                "spec",
                "minAvailable and maxUnavailable",
                "one of the two",
            );
        }
        if let Some(selector) = &spec.selector {
            labels(
                &mut rules,
                "spec.selector.matchLabels",
                &selector.match_labels,
            );
        }
        self.examine(budget, rules);
    }
}

/// Whether a name waits for what fills it in: `${NAME}`, or the release's name that Helm once wrote for none.
fn is_filled_in_later(name: &str) -> bool {
    name.contains(['$', '{', '<', '%']) || name.contains("RELEASE-NAME")
}

const A_PORT: &str =
    "a number from 1 to 65535, or a name of at most 15 lower-case letters, digits and hyphens";
const A_NAME: &str = "lower-case letters, digits and hyphens, with a letter or digit at both ends";
const AN_AMOUNT: &str = "amounts of at least 0, and no request above its limit";
const A_SPREAD: &str =
    "a topologyKey, a maxSkew of at least 1, and DoNotSchedule or ScheduleAnyway";
const A_LABEL: &str = "at most 63 letters, digits, hyphens, dots and underscores, with a letter or digit at both ends";
const AN_ADDRESS: &str = "an address in canonical form";
const OF_TEMPLATE: &str = "a selector that matches the template's labels";

fn misnomer(misnamed: &Misnamed) -> Finding {
    let seen = match (misnamed.seen.as_str(), misnamed.field.as_str()) {
        ("", _) => "none".to_owned(),
        (version, "apiVersion") => format!("{version}, which never had {}", misnamed.object.kind),
        (kind, _) => format!("{kind}, which no API server knows"),
    };
    Finding::on(&misnamed.object)
        .at(misnamed.field.clone())
        .saw(seen, &misnamed.expected)
}

fn label_selector(rules: &mut Rules, selector: Option<&LabelSelector>, of: &Labels) {
    let path = "spec.selector";
    match selector {
        None => rules.add(SELECTOR, path, "none", OF_TEMPLATE),
        Some(selector) if selector.is_empty() => {
            rules.add(SELECTOR, path, "empty", OF_TEMPLATE);
        }
        Some(selector) => {
            labels(rules, "spec.selector.matchLabels", &selector.match_labels);
            match selector.selects(of) {
                Ok(true) => {}
                Ok(false) => rules.add(
                    SELECTOR,
                    path,
                    mismatch(&selector.match_labels, of),
                    OF_TEMPLATE,
                ),
                Err(bad) => rules.add(SELECTOR, path, bad.to_string(), OF_TEMPLATE),
            }
        }
    }
}

/// The first pair that a template lacks.
fn mismatch(selector: &Labels, of: &Labels) -> String {
    let missing = selector
        .iter()
        .find(|(key, value)| of.get(key) != Some(value));
    missing.map_or_else(
        || "does not match the template's labels".to_owned(),
        |(key, value)| format!("{key}={value}, which is not among the template's labels"),
    )
}

fn plain_selector(rules: &mut Rules, selector: &Labels, of: &Labels) {
    let path = "spec.selector";
    if selector.is_empty() {
        rules.add(SELECTOR, path, "none", OF_TEMPLATE);
    } else if !crate::kubernetes::selects_all(selector, of) {
        rules.add(SELECTOR, path, mismatch(selector, of), OF_TEMPLATE);
    }
}

fn labels(rules: &mut Rules, path: &str, labels: &Labels) {
    for (key, value) in labels.iter() {
        if !is_label_key(key) {
            rules.add(LABELS, path, format!("the key {key:?}"), A_LABEL);
        } else if !is_label_value(value) {
            rules.add(
                LABELS,
                path,
                format!("{key}: {:?}", value.as_str()),
                A_LABEL,
            );
        }
    }
}

fn of_template(rules: &mut Rules, template: &PodTemplate<'_>, path: &str, policies: Policies) {
    let spec = template.spec;
    // Those of a bare pod are its own.
    if !path.is_empty() {
        labels(
            rules,
            &format!("{path}metadata.labels"),
            &template.metadata.labels,
        );
    }
    if !policies.contains(&spec.restart_policy.as_str()) {
        let seen = match spec.restart_policy.as_str() {
            "" => "unset, which means Always".to_owned(),
            policy => policy.to_owned(),
        };
        let expected = match policies {
            ENDS => "OnFailure or Never",
            ALWAYS => "Always",
            _ => "Always, OnFailure or Never",
        };
        rules.add(RESTART, format!("{path}spec.restartPolicy"), seen, expected);
    }
    if spec.containers.is_empty() {
        rules.add(
            REQUIRED,
            format!("{path}spec.containers"),
            "none",
            "at least one container",
        );
    }
    for constraint in &*spec.topology_spread_constraints {
        let at = format!("{path}spec.topologySpreadConstraints");
        if constraint.topology_key.is_empty() {
            rules.add(SPREAD, &at, "no topologyKey", A_SPREAD);
        }
        if constraint.max_skew < 1 {
            let seen = format!("maxSkew {}", constraint.max_skew);
            rules.add(SPREAD, &at, seen, A_SPREAD);
        }
        let otherwise = constraint.when_unsatisfiable.as_str();
        if !matches!(otherwise, "DoNotSchedule" | "ScheduleAnyway") {
            let seen = format!("whenUnsatisfiable {otherwise:?}");
            rules.add(SPREAD, &at, seen, A_SPREAD);
        }
    }
    let several = [
        ("containers", &spec.containers),
        ("initContainers", &spec.init_containers),
    ];
    for (field, containers) in several {
        for (number, container) in containers.iter().enumerate() {
            let at = match container.name.as_str() {
                "" => format!("{path}spec.{field}[{number}]"),
                name => format!("{path}spec.{field}[name={name}]"),
            };
            of_container(rules, &at, container);
        }
    }
}

fn of_container(rules: &mut Rules, at: &str, container: &Container) {
    for (field, value) in [("name", &container.name), ("image", &container.image)] {
        if value.is_empty() {
            rules.add(
                REQUIRED,
                format!("{at}.{field}"),
                "none",
                "a name and an image",
            );
        }
    }
    if !container.name.is_empty() && !is_dns_label(&container.name) {
        let seen = format!("{:?}", container.name.as_str());
        rules.add(NAMES, format!("{at}.name"), seen, A_NAME);
    }
    for (resource, request) in container.resources.requests.iter() {
        let limit = container.resources.limits.get(resource);
        let values = request.value().zip(limit.and_then(Quantity::value));
        if let (Some((asked, most)), Some(limit)) = (values, limit)
            && asked > most * (1.0 + 1e-9)
        {
            let seen = format!("{request} of {resource}, above its limit, {limit}");
            rules.add(AMOUNTS, format!("{at}.resources.requests"), seen, AN_AMOUNT);
        }
    }
    for port in &*container.ports {
        let number = port.container_port;
        if !is_port(number) {
            rules.add(
                PORTS,
                format!("{at}.ports.containerPort"),
                number.to_string(),
                A_PORT,
            );
        }
        if port.host_port != 0 && !is_port(port.host_port) {
            let seen = port.host_port.to_string();
            rules.add(PORTS, format!("{at}.ports.hostPort"), seen, A_PORT);
        }
        if !port.name.is_empty() && !is_port_name(&port.name) {
            let seen = format!("{:?}", port.name.as_str());
            rules.add(PORTS, format!("{at}.ports.name"), seen, A_PORT);
        }
    }
    for (field, probe) in [
        ("livenessProbe", &container.liveness_probe),
        ("readinessProbe", &container.readiness_probe),
        ("startupProbe", &container.startup_probe),
    ] {
        if let Some(probe) = probe {
            of_probe(rules, &format!("{at}.{field}"), probe);
        }
    }
}

fn of_probe(rules: &mut Rules, at: &str, probe: &Probe) {
    if let Some(http) = &probe.http_get {
        number_or_name(rules, &format!("{at}.httpGet.port"), &http.port);
    }
    if let Some(tcp) = &probe.tcp_socket {
        number_or_name(rules, &format!("{at}.tcpSocket.port"), &tcp.port);
    }
    if let Some(grpc) = probe.grpc.as_ref().filter(|grpc| !is_port(grpc.port)) {
        rules.add(
            PORTS,
            format!("{at}.grpc.port"),
            grpc.port.to_string(),
            A_PORT,
        );
    }
}

fn number_or_name(rules: &mut Rules, path: &str, port: &IntOrString) {
    let sound = match port {
        IntOrString::Int(number) => is_port(*number),
        IntOrString::String(name) => is_port_name(name),
    };
    if !sound {
        let seen = match port {
            IntOrString::Int(number) => number.to_string(),
            IntOrString::String(name) => format!("{:?}", name.as_str()),
        };
        rules.add(PORTS, path, seen, A_PORT);
    }
}

fn of_backend(rules: &mut Rules, path: &str, backend: &IngressBackend) {
    let Some(service) = &backend.service else {
        if !backend.resource.0 {
            rules.add(
                REQUIRED,
                path,
                "neither a Service nor a resource",
                "a backend",
            );
        }
        return;
    };
    if service.name.is_empty() {
        rules.add(
            REQUIRED,
            format!("{path}.service.name"),
            "none",
            "a backend",
        );
    }
    let port = &service.port;
    if port.name.is_empty() && port.number == 0 {
        rules.add(
            REQUIRED,
            format!("{path}.service.port"),
            "none",
            "a backend",
        );
    } else if port.number != 0 && !is_port(port.number) {
        let seen = port.number.to_string();
        rules.add(PORTS, format!("{path}.service.port.number"), seen, A_PORT);
    } else if !port.name.is_empty() && !is_port_name(&port.name) {
        let seen = format!("{:?}", port.name.as_str());
        rules.add(PORTS, format!("{path}.service.port.name"), seen, A_PORT);
    }
}
