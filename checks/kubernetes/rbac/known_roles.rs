//! The roles that every API server makes by itself.

use std::sync::OnceLock;

use serde::Deserialize;

use crate::inventory::{
    decode_json,
    kinds::{ClusterRole, Role},
};

/// The roles that every API server makes by itself, as manifests do not repeat them.
#[derive(Debug, Default)]
pub(super) struct KnownRoles {
    pub(super) cluster: Vec<ClusterRole>,
    pub(super) namespaced: Vec<Role>,
}

/// What is read of a line before its kind is known.
#[derive(Deserialize)]
struct Line {
    kind: RoleKind,
}

#[derive(Deserialize)]
enum RoleKind {
    ClusterRole,
    Role,
}

impl KnownRoles {
    fn read(lines: &str) -> serde_json::Result<Self> {
        let mut known = Self::default();
        for line in lines.lines() {
            match serde_json::from_str::<Line>(line)?.kind {
                RoleKind::ClusterRole => known.cluster.push(decode_json(line)?),
                RoleKind::Role => known.namespaced.push(decode_json(line)?),
            }
        }
        Ok(known)
    }
}

/// As Kubernetes 1.36 makes them.
pub(super) fn known() -> &'static KnownRoles {
    static KNOWN: OnceLock<KnownRoles> = OnceLock::new();
    #[expect(
        clippy::expect_used,
        reason = "the lines are part of the program, and its tests read them"
    )]
    KNOWN.get_or_init(|| {
        KnownRoles::read(include_str!("known_roles.jsonl")).expect("every line is a role")
    })
}

/// Whether an API server makes a ClusterRole of this name by itself.
pub fn is_builtin(name: &str) -> bool {
    name.starts_with("system:")
        || known()
            .cluster
            .iter()
            .any(|role| role.metadata.name == name)
}

#[cfg(test)]
mod tests {
    use super::{KnownRoles, is_builtin, known};

    #[test]
    fn every_line_is_a_role() {
        let all = known().cluster.len() + known().namespaced.len();
        assert_eq!(all, include_str!("known_roles.jsonl").lines().count());
        assert!(!known().namespaced.is_empty());
        assert!(is_builtin("view") && is_builtin("system:anything") && !is_builtin("mine"));
    }

    #[test]
    fn a_line_that_is_no_role_is_an_error() {
        for line in [
            r#"{"kind":"ClusterRole","metadata":[]}"#,
            r#"{"kind":"RoleBinding","metadata":{"name":"a"}}"#,
            "no JSON",
        ] {
            assert!(KnownRoles::read(line).is_err(), "{line}");
        }
    }
}
