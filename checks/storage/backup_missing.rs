//! Volumes of which there is no second copy: one mistake, and the data is gone.

use std::collections::BTreeSet;

use crate::{
    knowledge::Capability,
    model::{counted, listed},
    prelude::*,
};

pub(super) static CHECK: Check = Check {
    id: "backup-missing",
    pillar: Pillar::Storage,
    severity: Severity::High,
    impact: Impact::Exposed,
    title: "volumes hold data and nothing backs them up",
    fix: "install a backup tool such as Velero, or declare what backs them up",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<PersistentVolumeClaim>(),
        correlated_all(COMPONENTS),
        correlated::<LonghornRecurringJob>(),
        correlated::<CnpgScheduledBackup>(),
    ],
    standards: &[Standard::Aks("02.01.01"), Standard::Eks("cluster-upgrades")],
    capability: Some(CAPABILITY),
    docs: include_str!("backup_missing.md"),
    run,
    ..Check::BASE
};

const CAPABILITY: &str = "backup";

/// Backs up only what a recurring job of its own tells it to.
const LONGHORN: &str = "longhorn";

/// Names the database on each of its claims.
const CNPG_CLUSTER: &str = "cnpg.io/cluster";

/// How many namespaces a finding names.
const NAMED: usize = 5;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut unseen = Doubt::default();
    let mut count = 0;
    let mut covered = 0;
    let mut namespaces = BTreeSet::new();
    let claims = cx.seen::<PersistentVolumeClaim>();
    for claims in claims.chunk_by(|a, b| a.metadata.namespace == b.metadata.namespace) {
        let namespace = &claims[0].metadata.namespace;
        match cx.is_system_namespace(namespace) {
            Ok(true) => continue,
            Ok(false) => {}
            Err(why) => {
                unseen.add(why);
                continue;
            }
        }
        for claim in claims.iter().filter(|claim| claim.status.phase == "Bound") {
            match is_backed_up_by_its_database(cx, claim) {
                Ok(true) => covered += 1,
                Ok(false) => {
                    count += 1;
                    namespaces.insert(namespace.as_str());
                }
                Err(why) => unseen.add(why),
            }
        }
    }
    if count == 0 && unseen == Doubt::default() {
        return if covered == 0 {
            Err(NotApplicable::Absent.into())
        } else {
            Ok(Sheet::cluster(None).note("backed up by CloudNativePG"))
        };
    }
    let mut idle = Vec::new();
    match cx.providers(|known| known.provides.contains(&CAPABILITY) && known.id != LONGHORN) {
        Ok(Capability::Present(components)) => {
            return Ok(Sheet::cluster(None).note(format!("backed up by {}", components.join(", "))));
        }
        Ok(Capability::Absent(known)) => idle = known,
        Err(why) => unseen.add(why),
    }
    match by_longhorn(cx) {
        Ok(Some(true)) => return Ok(Sheet::cluster(None).note("backed up by Longhorn")),
        Ok(Some(false)) => idle.push("Longhorn has no recurring job for backups"),
        Ok(None) => {}
        Err(why) => unseen.add(why),
    }
    unseen.or(())?;
    let backup = if idle.is_empty() {
        "no known backup".to_owned()
    } else {
        format!("no backup that works: {}", idle.join(", "))
    };
    Ok(Sheet::cluster(Some(Finding::cluster().saw(
        format_args!(
            "{} ({}), and {backup}",
            counted(count, "bound claim"),
            listed(namespaces, NAMED, ", ")
        ),
        "a backup tool with a Ready pod; if a cloud service backs them up, declare it under declarations in kready.yaml",
    ))))
}

/// CloudNativePG backs up the claims of a database for which there is a schedule.
fn is_backed_up_by_its_database(
    cx: &Context<'_>,
    claim: &PersistentVolumeClaim,
) -> Result<bool, Why> {
    let metadata = &claim.metadata;
    let Some(cluster) = metadata.labels.get(CNPG_CLUSTER) else {
        return Ok(false);
    };
    let schedules = cx.correlated_in::<CnpgScheduledBackup>(&metadata.namespace)?;
    Ok(schedules
        .iter()
        .any(|schedule| !schedule.spec.suspend && schedule.spec.cluster.name == *cluster))
}

/// Whether Longhorn runs, and makes backups again and again.
fn by_longhorn(cx: &Context<'_>) -> Result<Option<bool>, Why> {
    let Capability::Present(_) = cx.providers(|known| known.id == LONGHORN)? else {
        return Ok(None);
    };
    let makes_backups = |job: &LonghornRecurringJob| job.spec.task.starts_with("backup");
    if cx.seen::<LonghornRecurringJob>().iter().any(makes_backups) {
        return Ok(Some(true));
    }
    cx.correlated::<LonghornRecurringJob>()?;
    Ok(Some(false))
}
