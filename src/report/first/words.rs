//! What is wrong and what to do, in words: from what the checks saw.

use kready_checks::{
    inventory::{Picture, kinds::Pod},
    kubernetes::capacity::effective_request,
    model::{Finding, ObjectRef},
    wire::{DAY, HOUR, MINUTE, Time},
};

use super::candidate::{Candidate, Fault, Told};
use crate::words::{counted, grouped, joined, one_or_many};

/// What is wrong, and what to do about it.
pub(super) struct Words {
    pub(super) wrong: String,
    pub(super) fix: String,
}

/// About one object, or the cluster.
pub(super) fn of_one(candidate: &Candidate<'_>, picture: &Picture<'_>) -> Words {
    let now = picture.now;
    let main = candidate.fault.roots[0];
    let wrong = match (effect(&candidate.fault, now), cause(&candidate.fault, now)) {
        (Some(effect), Some(cause)) => format!("{effect}: {cause}"),
        (Some(effect), None) => effect,
        (None, Some(cause)) => cause,
        (None, None) => main.0.check.title.to_owned(),
    };
    let fix = fix(main, picture);
    match candidate
        .joined
        .as_ref()
        .and_then(|fault| fault.roots.first())
    {
        Some(binding) => Words {
            wrong: format!(
                "{wrong}, and its ServiceAccount {}",
                rights(&binding.1.finding)
            ),
            fix: format!(
                "{fix}; {}",
                binding.0.check.fix_of(binding.1.finding.object.as_deref())
            ),
        },
        None => Words { wrong, fix },
    }
}

/// `ci-runner is cluster-admin`.
fn rights(binding: &Finding) -> String {
    let (role, holder) = binding.seen.split_once(" for ").unwrap_or_default();
    let name = holder.rsplit_once('/').map_or("", |(_, name)| name);
    match role {
        "cluster-admin" => format!("{name} is {role}"),
        _ => format!("{name} may do everything in the cluster"),
    }
}

/// About several objects with the same fault.
pub(super) fn of_many(group: &[Candidate<'_>]) -> Words {
    let (check, result) = group[0].fault.roots[0];
    let down = |one: &Candidate<'_>| {
        let consequences = &one.fault.consequences;
        consequences
            .iter()
            .any(|(check, _)| check.check.id == "workload-unavailable")
    };
    let title = check.check.title;
    Words {
        wrong: if group.iter().all(down) {
            format!("down: {title}")
        } else {
            title.to_owned()
        },
        fix: check.check.fix_of(result.finding.object.as_deref()),
    }
}

/// What the fault does to its own object, and for how long: `down for 3 days`.
fn effect(fault: &Fault<'_>, now: Time) -> Option<String> {
    let object = fault.roots[0].1.finding.object.as_ref();
    let of = |id: &str| {
        let mut all = fault.all();
        all.find(|(check, result)| check.check.id == id && result.finding.object.as_ref() == object)
            .map(|(_, result)| &result.finding)
    };
    if let Some(down) = of("workload-unavailable") {
        return Some(format!("down{}", lasting(down, now)));
    }
    if let Some(degraded) = of("workload-degraded") {
        let (available, rest) = degraded.seen.split_once(" of ")?;
        let desired = rest.split([' ', ':']).next()?;
        let missing = desired.parse::<i64>().ok()? - available.parse::<i64>().ok()?;
        let lasting = lasting(degraded, now);
        return Some(format!("{missing} of {desired} replicas missing{lasting}"));
    }
    if let Some(stalled) = of("rollout-stalled") {
        return Some(format!("its rollout is stuck{}", lasting(stalled, now)));
    }
    of("hpa-inactive").map(|inactive| format!("not scaling{}", lasting(inactive, now)))
}

/// What is at the root of it; none where what it does says everything, or where the check's title says it best.
fn cause(fault: &Fault<'_>, now: Time) -> Option<String> {
    let (check, result) = fault.roots[0];
    let finding = &result.finding;
    let seen = finding.seen.as_str();
    let lasting = lasting(finding, now);
    let why = seen.split_once(": ").map(|(_, why)| why);
    match check.check.id {
        "pvc-lost" | "rollout-stalled" | "workload-degraded" | "workload-unavailable" => {
            why.map(str::to_owned)
        }
        "pod-unschedulable" => Some(unschedulable(seen)),
        "container-crash-looping" => Some(crash(seen)),
        "container-oom-killed" => Some(out_of_memory(finding)),
        "image-pull-failing" => {
            let (reason, rest) = seen.split_once(" for ")?;
            let (image, _) = rest.rsplit_once(" in ")?;
            Some(format!("image {image} can't be pulled ({reason})"))
        }
        "reference-missing" => Some(missing(seen)),
        "pod-not-ready" => seen.rsplit_once(": ").map(|(_, told)| told.to_owned()),
        "node-not-ready" => {
            let (_, reason) = seen.split_once(": ")?;
            Some(format!("not ready{lasting}: {reason}"))
        }
        "pvc-pending" => Some(format!("no volume{lasting}: {}", why?)),
        "service-without-ready-endpoints" => Some(format!("no ready endpoint{lasting}: {}", why?)),
        "hpa-target-missing" => Some(seen.to_owned()),
        "ingress-backend-missing" => Some(format!("routes to {seen}")),
        "cluster-admin-granted" if finding.fault.path.as_deref() == Some("roleRef") => {
            let (role, holders) = seen.split_once(" for ")?;
            Some(format!("grants {role} to {holders}"))
        }
        "privileged-container" => {
            let names: Vec<String> = fault
                .roots
                .iter()
                .filter_map(|(_, result)| result.finding.fault.container.as_deref())
                .map(str::to_owned)
                .collect();
            match &names[..] {
                [] => None,
                [name] => Some(format!("container {name} runs privileged")),
                names => Some(format!("containers {} run privileged", joined(names)?)),
            }
        }
        _ => None,
    }
}

/// What to do: more than the check knows, where the facts tell more.
fn fix((check, result): Told<'_>, picture: &Picture<'_>) -> String {
    let finding = &result.finding;
    let object = finding.object.as_deref();
    let better = match (check.check.id, object) {
        ("pod-unschedulable", Some(object)) => {
            let pod = waiting(&finding.seen)
                .and_then(|name| picture.find::<Pod>(&object.namespace, name));
            room(&finding.seen, |resource| asked(pod?, resource))
        }
        ("resource-metrics-api-unavailable", None) => {
            Some("install metrics-server, or another server for metrics.k8s.io".to_owned())
        }
        ("container-crash-looping", Some(object)) => logs(object, finding, picture),
        ("reference-missing", Some(object)) => {
            let what = finding.seen.split_once(", which ").map(|(what, _)| what);
            what.filter(|what| !what.starts_with("key ")).map(|what| {
                let place = if finding.fault.expected.contains(" in namespace ") {
                    format!(" in namespace {}", object.namespace)
                } else {
                    String::new()
                };
                format!("create {what}{place}, or correct the name")
            })
        }
        _ => None,
    };
    better.unwrap_or_else(|| check.check.fix_of(object))
}

/// ` for 3 days`, where the evidence says since when.
fn lasting(finding: &Finding, now: Time) -> String {
    let since = finding
        .seen
        .split_once(" since ")
        .and_then(|(_, rest)| rest.get(..20))
        .and_then(|time| time.parse::<Time>().ok());
    since.map_or_else(String::new, |since| {
        format!(" for {}", duration(now.since(since)))
    })
}

/// `3 days`, `5 hours`, `12 minutes`: seconds, cut to what a person would say.
fn duration(seconds: i64) -> String {
    let (count, unit) = if seconds >= 2 * DAY {
        (seconds / DAY, "day")
    } else if seconds >= 2 * HOUR {
        (seconds / HOUR, "hour")
    } else {
        (seconds.max(0) / MINUTE, "minute")
    };
    let count = usize::try_from(count).unwrap_or_default();
    counted(count, unit).replacen(&count.to_string(), &grouped(count), 1)
}

/// Why no node takes a pod, by what the scheduler says.
fn unschedulable(seen: &str) -> String {
    let said = said(seen);
    let lacks = lacking(said);
    let called = |resource: &&str| match *resource {
        "cpu" => "CPU".to_owned(),
        _ => (*resource).to_owned(),
    };
    if let Some(names) = joined(&lacks.iter().map(called).collect::<Vec<_>>()) {
        let lack = format!("the {names} it asks for");
        let all = number_after(said, "0/");
        return match (&lacks[..], all) {
            ([only], Some(all)) => match (nodes_with(said, &format!("Insufficient {only}")), all) {
                (few, all) if few > 0 && few < all => {
                    let rest = match nodes_with(said, "untolerated taint") {
                        0 => String::new(),
                        tainted => format!(
                            ", {tainted} {} it doesn't tolerate",
                            one_or_many(tainted, "has a taint", "have taints")
                        ),
                    };
                    let verb = one_or_many(few, "lacks", "lack");
                    format!("{few} of {all} nodes {verb} {lack}{rest}")
                }
                _ => format!("no node has {lack}"),
            },
            _ => format!("no node has {lack}"),
        };
    }
    let has = |text: &str| said.contains(text);
    let wrong = if has("PersistentVolumeClaim") || has("persistentvolumeclaim") {
        "a PersistentVolumeClaim of it has no volume"
    } else if has("node affinity") || has("node selector") {
        "no node matches its node selector or affinity"
    } else if has("anti-affinity") || has("topology spread") {
        "its spread or anti-affinity leaves no node"
    } else if has("untolerated taint") {
        "it tolerates the taints of no node"
    } else {
        "no node fits it"
    };
    wrong.to_owned()
}

/// What makes a node fit that lacks resources; `asked` says how much of one the pod asks for.
fn room(seen: &str, asked: impl Fn(&str) -> Option<String>) -> Option<String> {
    let lacks = lacking(said(seen));
    let fields: Vec<String> = lacks.iter().map(|it| format!("requests.{it}")).collect();
    let fields = joined(&fields)?;
    let amounts: Option<Vec<String>> = lacks.iter().map(|resource| asked(resource)).collect();
    let node = match amounts.as_deref().and_then(joined) {
        Some(amounts) => format!("a node with {amounts} free"),
        None => "a node that has as much free".to_owned(),
    };
    Some(format!("lower {fields} or add {node}"))
}

/// What the scheduler says, but for what preemption would not change.
fn said(seen: &str) -> &str {
    seen.split(" preemption: ").next().unwrap_or_default()
}

/// The resources of which nodes have too little.
fn lacking(said: &str) -> Vec<&str> {
    let mut lacks: Vec<&str> = said
        .split("Insufficient ")
        .skip(1)
        .map(|rest| {
            let name = rest.split([',', ' ']).next().unwrap_or_default();
            name.trim_end_matches('.')
        })
        .filter(|resource| !resource.is_empty())
        .collect();
    lacks.sort_unstable();
    lacks.dedup();
    lacks
}

/// How many nodes the scheduler turns down for a reason: `3 node(s) had untolerated taint(s)`.
fn nodes_with(said: &str, reason: &str) -> usize {
    let reasons = said.split_once(" available: ").map_or("", |(_, it)| it);
    let of = |told: &str| {
        let count = told.split(' ').next()?;
        count.parse::<usize>().ok()
    };
    let told = reasons.split(", ").filter(|told| told.contains(reason));
    told.filter_map(of).sum()
}

/// The pod of which the finding tells.
fn waiting(seen: &str) -> Option<&str> {
    let (before, _) = seen.split_once(" has been waiting")?;
    before.rsplit_once("; ").map(|(_, name)| name)
}

/// How much of a resource a pod asks for: `64Gi`, `2 CPUs`, `1 nvidia.com/gpu`.
fn asked(pod: &Pod, resource: &str) -> Option<String> {
    const NANOS: i128 = 1_000_000_000;
    let amount = effective_request(&pod.spec, resource).ok()?;
    if amount <= 0 {
        return None;
    }
    let whole = amount.checked_add(NANOS - 1)? / NANOS;
    match resource {
        "cpu" if amount % NANOS == 0 => counted_cpus(whole),
        "cpu" => Some(format!("{}m CPU", amount.checked_add(999_999)? / 1_000_000)),
        "memory" | "ephemeral-storage" => Some(bytes(whole)),
        _ => Some(format!("{whole} {resource}")),
    }
}

fn counted_cpus(count: i128) -> Option<String> {
    Some(counted(usize::try_from(count).ok()?, "CPU"))
}

/// The largest unit that tells an amount exactly: `64Gi`, `1536Mi`.
fn bytes(amount: i128) -> String {
    let units = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
    let unit = units
        .into_iter()
        .find(|(_, bits)| amount % (1 << bits) == 0);
    unit.map_or_else(
        || amount.to_string(),
        |(unit, bits)| format!("{}{unit}", amount >> bits),
    )
}

/// `crash-looping, 4,711 restarts, exit code 1`.
fn crash(seen: &str) -> String {
    let count = number_after(seen, " restarted ").map(restarts);
    let code = number_after(seen, "exit code ").map(|code| format!("exit code {code}"));
    let facts = count.into_iter().chain(code);
    let all: Vec<String> = std::iter::once("crash-looping".to_owned())
        .chain(facts)
        .collect();
    all.join(", ")
}

fn restarts(count: usize) -> String {
    let unit = if count == 1 { "restart" } else { "restarts" };
    format!("{} {unit}", grouped(count))
}

/// `container api runs out of memory: 23 restarts, memory limit 512Mi`.
fn out_of_memory(finding: &Finding) -> String {
    let seen = finding.seen.as_str();
    let count = match number_after(seen, "restarted ") {
        None if seen.contains("restarted once") => Some(1),
        count => count,
    };
    let limit = seen.rsplit_once(", ").map(|(_, limit)| limit.to_owned());
    let facts: Vec<String> = count.map(restarts).into_iter().chain(limit).collect();
    let name = finding.fault.container.as_deref().unwrap_or_default();
    format!("container {name} runs out of memory: {}", facts.join(", "))
}

/// `ConfigMap settings does not exist`, `ConfigMap settings has no key mode`.
fn missing(seen: &str) -> String {
    let Some((what, lacks)) = seen.split_once(", which ") else {
        return seen.to_owned();
    };
    match (
        what.strip_prefix("key "),
        lacks.strip_suffix(" does not have"),
    ) {
        (Some(key), Some(object)) => format!("{object} has no key {key}"),
        _ => format!("{what} {lacks}"),
    }
}

fn number_after(text: &str, before: &str) -> Option<usize> {
    let (_, rest) = text.split_once(before)?;
    let rest = rest.trim_start_matches(' ');
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != ',')
        .unwrap_or(rest.len());
    // A comma parts thousands, or clauses.
    rest[..end].replace(',', "").parse().ok()
}

/// How to read what a container said before it died; none where kubectl can't tell from whom.
fn logs(object: &ObjectRef, finding: &Finding, picture: &Picture<'_>) -> Option<String> {
    const KNOWN: [&str; 7] = [
        "DaemonSet",
        "Deployment",
        "Job",
        "Pod",
        "ReplicaSet",
        "ReplicationController",
        "StatefulSet",
    ];
    let (_, rest) = finding.seen.split_once("; ")?;
    let (name, _) = rest.split_once(" restarted ")?;
    let pod = picture.find::<Pod>(&object.namespace, name)?;
    let one_of_many = !finding.seen.contains(" in its only pod; ");
    let is_known = KNOWN.contains(&object.kind.as_str());
    let whose = if is_known && !one_of_many {
        object.in_kubectl()
    } else {
        format!("{name} -n {}", object.namespace)
    };
    let containers = pod.spec.init_containers.len() + pod.spec.containers.len();
    let container = finding
        .fault
        .container
        .as_deref()
        .filter(|_| containers > 1);
    let container = container
        .map(|name| format!(" -c {name}"))
        .unwrap_or_default();
    Some(format!(
        "find the cause: kubectl logs {whose}{container} --previous"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_node_lacks_is_said_with_what_would_change_it() {
        let of = |message: &str| {
            let seen = format!(
                "no node for its only pod; a-0 has been waiting since 2026-11-25T01:00:00Z: {message}"
            );
            assert_eq!(waiting(&seen), Some("a-0"));
            let asked = |resource: &str| match resource {
                "memory" => Some(bytes(64 << 30)),
                "cpu" => counted_cpus(4),
                _ => None,
            };
            (unschedulable(&seen), room(&seen, asked).unwrap_or_default())
        };
        let words = |wrong: &str, fix: &str| (wrong.to_owned(), fix.to_owned());
        // Not every node lacks it: some do not take the pod for another reason.
        assert_eq!(
            of(
                "0/9 nodes are available: 3 node(s) had untolerated taint(s), 6 Insufficient memory"
            ),
            words(
                "6 of 9 nodes lack the memory it asks for, 3 have taints it doesn't tolerate",
                "lower requests.memory or add a node with 64Gi free"
            )
        );
        assert_eq!(
            of(
                "0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory. preemption: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu"
            ),
            words(
                "no node has the CPU and memory it asks for",
                "lower requests.cpu and requests.memory or add a node with 4 CPUs and 64Gi free"
            )
        );
        assert_eq!(
            of("0/3 nodes are available: 3 Insufficient nvidia.com/gpu."),
            words(
                "no node has the nvidia.com/gpu it asks for",
                "lower requests.nvidia.com/gpu or add a node that has as much free"
            )
        );
        for (message, wrong) in [
            (
                "3 node(s) didn't match Pod's node affinity/selector",
                "no node matches its node selector or affinity",
            ),
            (
                "3 node(s) didn't match pod anti-affinity rules",
                "its spread or anti-affinity leaves no node",
            ),
            (
                "3 node(s) had untolerated taint {a: b}",
                "it tolerates the taints of no node",
            ),
            (
                "pod has unbound immediate PersistentVolumeClaims",
                "a PersistentVolumeClaim of it has no volume",
            ),
            ("something else", "no node fits it"),
        ] {
            assert_eq!(of(message), words(wrong, ""));
        }
    }

    #[test]
    fn facts_are_taken_from_what_was_seen() {
        let looping = "CrashLoopBackOff in its only pod; a-0 restarted 4,711 times, last with exit code 1 (Error) at 2026-11-24T09:27:00Z";
        assert_eq!(crash(looping), "crash-looping, 4,711 restarts, exit code 1");
        assert_eq!(crash("CrashLoopBackOff"), "crash-looping");
        assert_eq!(
            missing("ConfigMap a, which does not exist"),
            "ConfigMap a does not exist"
        );
        assert_eq!(
            missing("key k, which ConfigMap a does not have"),
            "ConfigMap a has no key k"
        );
        assert_eq!(missing("odd"), "odd");
        let killed = Finding::cluster().container(&"api".into());
        let killed = killed.saw("OOMKilled in 3 of 3 pods, last in a-0 at 2026-11-24T08:50:00Z, restarted once, memory limit 512Mi", "");
        assert_eq!(
            out_of_memory(&killed),
            "container api runs out of memory: 1 restart, memory limit 512Mi"
        );
    }

    #[test]
    fn a_time_is_told_as_a_person_would() {
        let now: Time = "2026-11-25T03:00:00Z".parse().unwrap();
        let since = |time: &str| {
            lasting(
                &Finding::cluster().saw(format_args!("0 of 1 since {time}: a"), ""),
                now,
            )
        };
        assert_eq!(since("2026-11-22T02:00:00Z"), " for 3 days");
        assert_eq!(since("2026-11-23T04:00:00Z"), " for 47 hours");
        assert_eq!(since("2026-11-25T01:30:00Z"), " for 90 minutes");
        assert_eq!(since("2026-11-25T02:59:00Z"), " for 1 minute");
        assert_eq!(since("2021-11-25T03:00:00Z"), " for 1,826 days");
        assert_eq!(since("yesterday, as far as anyone knows"), "");
        assert_eq!(since("2027-11-25T03:00:00Z"), " for 0 minutes");
    }
}
