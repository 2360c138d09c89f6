//! What many checks need alike.

use crate::inventory::{
    Evidence, Kind, Need,
    needs::{COMPONENTS, PLATFORM, WORKLOADS, correlated_all, examined_all},
};

/// The template of every workload, and what tells whom nobody here could ask to fix it.
pub const TEMPLATES: &[Need] = &[
    examined_all(WORKLOADS),
    correlated_all(COMPONENTS),
    correlated_all(PLATFORM),
];

/// The controllers that keep a number of replicas, or one on each node, for good.
pub const CONTROLLERS: &[Evidence] = &[
    Evidence::Objects(Kind::Deployment),
    Evidence::Objects(Kind::StatefulSet),
    Evidence::Objects(Kind::DaemonSet),
    Evidence::Objects(Kind::ReplicaSet),
    Evidence::Objects(Kind::ReplicationController),
    Evidence::Objects(Kind::Rollout),
    Evidence::Objects(Kind::CloneSet),
    Evidence::Objects(Kind::DeploymentConfig),
];

/// The controllers that keep a number of replicas for good.
pub const REPLICATED: &[Evidence] = &[
    Evidence::Objects(Kind::Deployment),
    Evidence::Objects(Kind::StatefulSet),
    Evidence::Objects(Kind::ReplicaSet),
    Evidence::Objects(Kind::ReplicationController),
    Evidence::Objects(Kind::Rollout),
    Evidence::Objects(Kind::CloneSet),
    Evidence::Objects(Kind::DeploymentConfig),
];
