//! Whether what a pod writes outlives it.

use crate::inventory::types::{PodSpec, Volume};

/// Whether any volume of the pod outlives it: the claim of an ephemeral volume is deleted with its pod.
pub fn outlives_the_pod(spec: &PodSpec) -> bool {
    spec.volumes.iter().any(|volume| !is_ephemeral(volume))
}

/// Whether a volume is made of configuration, or goes with the pod.
fn is_ephemeral(volume: &Volume) -> bool {
    let derived = volume.secret.is_some()
        || volume.config_map.is_some()
        || volume.projected.is_some()
        || volume.downward_api.0
        || volume.image.is_some()
        || volume.git_repo.0;
    derived || volume.empty_dir.is_some() || volume.ephemeral.is_some() || has_no_source(volume)
}

/// A volume without any source is an empty directory.
fn has_no_source(volume: &Volume) -> bool {
    *volume
        == Volume {
            name: volume.name.clone(),
            ..Volume::default()
        }
}

/// The volumes that a pod writes to and that go with it, as the end of a sentence.
pub fn what_goes_with_the_pod(spec: &PodSpec) -> String {
    let list = |kind: &str, kinds: &str, is_one: fn(&Volume) -> bool| {
        let names: Vec<&str> = spec
            .volumes
            .iter()
            .filter(|volume| is_one(volume))
            .map(|volume| volume.name.as_str())
            .collect();
        match names.as_slice() {
            [] => None,
            [only] => Some((format!("{kind} {only}"), false)),
            [..] => Some((format!("{kinds} {}", names.join(", ")), true)),
        }
    };
    let directories = list("emptyDir", "emptyDirs", |volume| {
        volume.empty_dir.is_some() || has_no_source(volume)
    });
    let claims = list("ephemeral volume", "ephemeral volumes", |volume| {
        volume.ephemeral.is_some()
    });
    match (directories, claims) {
        (None, None) => "without a volume".to_owned(),
        (Some((names, several)), None) | (None, Some((names, several))) => {
            let goes = if several { "are" } else { "is" };
            format!("with only {names}, which {goes} deleted with the pod")
        }
        (Some((a, _)), Some((b, _))) => {
            format!("with only {a} and {b}, which are deleted with the pod")
        }
    }
}
