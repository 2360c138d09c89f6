//! A volume that does not get to its node keeps its pods from starting.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    inventory::{
        Listed,
        types::{Pod, Volume, VolumeError, condition},
    },
    kubernetes::is_live,
    model::{clause, share},
    prelude::*,
    wire::{HOUR, Time},
};

pub(super) static CHECK: Check = Check {
    id: "volume-attach-failing",
    pillar: Pillar::Storage,
    severity: Severity::High,
    impact: Impact::Broken,
    title: "a volume is stuck attaching or detaching",
    fix: "read the driver's error, then fix the driver, node or disk: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<VolumeAttachment>(),
        correlated::<PersistentVolume>(),
        correlated::<Node>(),
        correlated::<CsiDriver>(),
        optional::<Event>(),
        optional::<Pod>(),
        optional_all(OWNERS),
    ],
    docs: include_str!("volume_attach_failing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut sheet = cx.judge::<VolumeAttachment>(|attachment| {
        let mut order = Order {
            cx,
            attachment,
            faults: Faults::new(),
        };
        // A driver that restarts, or a volume that is on its way from one node to another, is late for a moment.
        let VolumeAttachment { metadata, .. } = attachment;
        let since = metadata.deletion_timestamp.or(metadata.creation_timestamp);
        if !cx.is_settled(since) {
            return Ok(Judgement::Sound);
        }
        order.errors();
        order.absences();
        order.faults.judgement()
    });
    for waiting in waiting_pods(cx) {
        sheet.judge(judge(cx, &waiting));
    }
    Ok(sheet)
}

/// An order to attach a volume, and what is known of it so far.
struct Order<'c, 'a> {
    cx: &'c Context<'a>,
    attachment: &'a VolumeAttachment,
    faults: Faults,
}

impl Order<'_, '_> {
    fn find(&mut self, path: &str, seen: String, expected: &str) {
        let finding = Finding::on(self.attachment).at(path);
        self.faults.add(finding.saw(seen, expected));
    }

    /// The volume and the node, in words.
    fn what(&self) -> String {
        let spec = &self.attachment.spec;
        let volume = match spec.source.persistent_volume_name.as_str() {
            "" => "a volume defined in a pod",
            name => name,
        };
        format!("{volume}, node {}", spec.node_name)
    }

    fn errors(&mut self) {
        let status = &self.attachment.status;
        let of = |error: &VolumeError| {
            let at = error
                .time
                .map(|time| format!(" at {time}"))
                .unwrap_or_default();
            let message = match clause(&error.message) {
                "" => "an error without a message",
                message => message,
            };
            format!("{message}{at} ({})", self.what())
        };
        // A success clears the error; one that was left over does not count.
        let attach = status.attach_error.as_ref().filter(|_| !status.attached);
        let attach = attach.map(of);
        let detach = status.detach_error.as_ref().map(of);
        if let Some(seen) = attach {
            self.find("status.attachError", seen, "the volume is attached");
        }
        if let Some(seen) = detach {
            self.find("status.detachError", seen, "the volume is detached");
        }
    }

    fn absences(&mut self) {
        let VolumeAttachment {
            metadata,
            spec,
            status,
        } = self.attachment;
        let volume = &spec.source.persistent_volume_name;
        if !volume.is_empty() && self.is_absent::<PersistentVolume>(volume) {
            self.find(
                "spec.source.persistentVolumeName",
                format!("no PersistentVolume {volume}"),
                "a volume that exists",
            );
        }
        if self.is_absent::<Node>(&spec.node_name) {
            self.find(
                "spec.nodeName",
                format!("no Node {}", spec.node_name),
                "a node that exists",
            );
        }
        // A driver works without a CSIDriver object; where nothing is attached or detached either, there is none.
        let at_work = status.attached && metadata.deletion_timestamp.is_none();
        if !at_work && self.is_absent::<CsiDriver>(&spec.attacher) {
            self.find(
                "spec.attacher",
                format!(
                    "no CSIDriver {}, so nothing attaches or detaches the volume",
                    spec.attacher
                ),
                "a driver that exists",
            );
        }
    }

    fn is_absent<K: Listed>(&mut self, name: &str) -> bool {
        match self.cx.named::<K>("", name) {
            Ok(found) => found.is_none(),
            Err(why) => {
                self.faults.miss(why);
                false
            }
        }
    }
}

/// What is known of the pods of one workload that wait for a volume.
struct Waiting<'a> {
    workload: Workload<'a>,
    pods: BTreeSet<&'a Text>,
    /// The newest Event, and whose it is.
    newest: (&'a Event, &'a Pod),
}

/// Pods that have a node and no volumes, as Events of the last hour say, by their workload.
fn waiting_pods<'a>(cx: &Context<'a>) -> impl Iterator<Item = Waiting<'a>> + use<'a> {
    let mut by_workload: BTreeMap<u32, Waiting<'a>> = BTreeMap::new();
    for event in cx.seen::<Event>() {
        if event.kind != "Warning"
            || !matches!(event.reason.as_str(), "FailedAttachVolume" | "FailedMount")
            || event.involved_object.kind != "Pod"
            || event
                .last_seen()
                .is_none_or(|seen| cx.now().since(seen) > HOUR)
        {
            continue;
        }
        let namespace = &event.metadata.namespace;
        let Ok(Some(pod)) = cx.named::<Pod>(namespace, &event.involved_object.name) else {
            continue;
        };
        if !waits(pod)
            || !cx.is_settled(placed(pod))
            || !is_of(event, pod)
            || is_about_configuration(event, pod)
        {
            continue;
        }
        let Ok(Some(workload)) = cx.workload_of(pod) else {
            continue;
        };
        let order = |(event, pod): (&Event, &Pod)| {
            let name = pod.metadata.name.clone();
            (event.last_seen(), name, event.message.clone())
        };
        let waiting = by_workload
            .entry(workload.subject())
            .or_insert_with(|| Waiting {
                workload,
                pods: BTreeSet::new(),
                newest: (event, pod),
            });
        waiting.pods.insert(&pod.metadata.name);
        if order((event, pod)) > order(waiting.newest) {
            waiting.newest = (event, pod);
        }
    }
    by_workload.into_values()
}

fn judge(cx: &Context<'_>, waiting: &Waiting<'_>) -> Result<Judgement, Why> {
    let Waiting {
        workload,
        pods,
        newest: (event, pod),
    } = waiting;
    // The frame would excuse attachments as well, and count the provider's workload as a sound subject.
    if cx.is_provider_managed(workload.metadata)? {
        return Ok(Judgement::NotASubject);
    }
    let all = workload.live_pods().count().max(pods.len());
    let seen = format_args!(
        "{} without a volume; {} on node {}: {}: {}",
        share(pods.len(), all),
        pod.metadata.name,
        pod.node_name,
        event.reason,
        clause(event.message.trim())
    );
    let finding = Finding::on(workload);
    Ok(finding
        .saw(seen, "the volumes of every pod are attached and mounted")
        .into())
}

/// Whether a pod has its node, and none of its containers runs yet.
fn waits(pod: &Pod) -> bool {
    is_live(pod) && pod.status.phase == "Pending" && !pod.node_name.is_empty()
}

/// When a pod came to its node.
fn placed(pod: &Pod) -> Option<Time> {
    condition(&pod.status.conditions, "PodScheduled")
        .and_then(|scheduled| scheduled.last_transition_time)
        .max(pod.metadata.creation_timestamp)
}

/// Whether an Event is about this pod, and not about one of the same name before it.
fn is_of(event: &Event, pod: &Pod) -> bool {
    let uid = event.involved_object.uid;
    uid.is_empty() || pod.metadata.uid.is_empty() || uid == pod.metadata.uid
}

/// Whether all volumes that an Event names hold configuration: that one is missing is another check's.
fn is_about_configuration(event: &Event, pod: &Pod) -> bool {
    let message = event.message.as_str();
    let between = |start: &str, end: char| {
        let (_, rest) = message.split_once(start)?;
        Some(rest.split_once(end)?.0)
    };
    let names: Vec<&str> = match between("for volume \"", '"') {
        Some(name) => vec![name],
        None => between("unmounted volumes=[", ']')
            .unwrap_or_default()
            .split([' ', ','])
            .filter(|name| !name.is_empty())
            .collect(),
    };
    let is_configuration = |volume: &Volume| {
        volume.secret.is_some() || volume.config_map.is_some() || volume.projected.is_some()
    };
    !names.is_empty()
        && names.iter().all(|name| {
            let mut volumes = pod.spec.volumes.iter();
            volumes.any(|volume| volume.name == *name && is_configuration(volume))
        })
}
