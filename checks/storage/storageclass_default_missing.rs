//! Claims that name no class have nobody to serve them.

use crate::prelude::*;

pub(super) static CHECK: Check = Check {
    id: "storageclass-default-missing",
    pillar: Pillar::Storage,
    severity: Severity::Medium,
    impact: Impact::Fragile,
    title: "no StorageClass is the default",
    fix: "annotate one class with storageclass.kubernetes.io/is-default-class=true",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined::<StorageClass>(),
        correlated::<PersistentVolumeClaim>(),
    ],
    docs: include_str!("storageclass_default_missing.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    // A class that was not seen may be the default.
    let classes = cx.correlated::<StorageClass>()?;
    let mut defaults: Vec<&StorageClass> =
        classes.iter().filter(|class| class.is_default()).collect();
    if defaults.len() > 1 {
        defaults.sort_by_key(|class| std::cmp::Reverse(class.metadata.creation_timestamp));
        let newest = defaults.first().map_or("", |class| &class.metadata.name);
        return Ok(Sheet::cluster(None).note(format!(
            "{} StorageClasses are the default ({}); the newest, {newest}, is used",
            defaults.len(),
            names(&defaults),
        )));
    }
    if !defaults.is_empty() {
        return Ok(Sheet::cluster(None));
    }
    if !classes.is_empty() {
        let all: Vec<&StorageClass> = classes.iter().collect();
        return Ok(Sheet::cluster(Some(Finding::cluster().saw(
            format_args!("no default among {}", names(&all)),
            "one StorageClass with the annotation storageclass.kubernetes.io/is-default-class: \"true\"",
        ))));
    }
    let waiting = |claim: &&PersistentVolumeClaim| {
        // One that is bound was meant for a volume without a class, and got it.
        names_no_class(claim) && claim.status.phase != "Bound"
    };
    let known = cx.seen::<PersistentVolumeClaim>();
    if let Some(claim) = known.iter().find(waiting) {
        let count = known.iter().filter(waiting).count();
        let claims = if count == 1 {
            "1 claim names".to_owned()
        } else {
            format!("{count} claims name")
        };
        return Ok(Sheet::cluster(Some(Finding::cluster().saw(
            format_args!(
                "no StorageClass exists, and {claims} none, such as {}/{}",
                claim.metadata.namespace, claim.metadata.name
            ),
            "a default StorageClass",
        ))));
    }
    if cx.correlated::<PersistentVolumeClaim>()?.is_empty() {
        return Err(NotApplicable::Absent.into());
    }
    Ok(Sheet::cluster(None))
}

fn names(classes: &[&StorageClass]) -> String {
    let names: Vec<&str> = classes
        .iter()
        .map(|class| class.metadata.name.as_str())
        .collect();
    names.join(", ")
}

/// The annotation by which claims named their class before there was a field.
const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

fn names_no_class(claim: &PersistentVolumeClaim) -> bool {
    claim.spec.storage_class_name.is_none() && !claim.metadata.annotations.has(BETA_CLASS)
}
