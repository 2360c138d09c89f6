//! The kinds that create pods, and what scales and protects them.

use super::{
    meta::{Condition, LabelSelector, OF_DEPLOYMENT, ObjectMeta, WITHOUT_PROBE_TIME},
    pod::PodSpec,
    storage::PersistentVolumeClaim,
};
use crate::{
    model::Text,
    wire::{IntOrString, Shared, Time, decode::schema, protobuf::Layout},
};

/// A StatefulSet's strategy, whose rolling update has a partition in front.
const OF_STATEFUL_SET: Layout = Layout::Renumbered(&[(1, 1), (2, 102)]);

/// A rolling update with a partition in front of its bounds.
const PARTITIONED: Layout = Layout::Renumbered(&[(1, 101), (2, 1)]);

schema! {
    /// The pod that a controller creates.
    struct PodTemplateSpec {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: Shared<PodSpec> = "spec" @ 2,
    }

    /// A Deployment.
    struct Deployment {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: DeploymentSpec = "spec" @ 2,
        status: DeploymentStatus = "status" @ 3,
    }

    /// What a Deployment should be.
    struct DeploymentSpec {
        replicas: Option<i32> = "replicas" @ 1,
        selector: Option<LabelSelector> = "selector" @ 2,
        template: PodTemplateSpec = "template" @ 3,
        strategy: DeploymentStrategy = "strategy" @ 4,
        min_ready_seconds: i32 = "minReadySeconds" @ 5,
        paused: bool = "paused" @ 7,
    }

    /// How a Deployment replaces its pods.
    struct DeploymentStrategy {
        kind: Text = "type" @ 1,
        rolling_update: Option<RollingUpdate> = "rollingUpdate" @ 2,
    }

    /// The bounds of a rolling update.
    struct RollingUpdate {
        max_unavailable: Option<IntOrString> = "maxUnavailable" @ 1,
        max_surge: Option<IntOrString> = "maxSurge" @ 2,
        /// Of a StatefulSet: below which ordinal pods stay as they are.
        partition: i32 = "partition" @ 101,
    }

    /// What a Deployment is.
    struct DeploymentStatus {
        observed_generation: i64 = "observedGeneration" @ 1,
        replicas: i32 = "replicas" @ 2,
        updated_replicas: i32 = "updatedReplicas" @ 3,
        ready_replicas: i32 = "readyReplicas" @ 7,
        available_replicas: i32 = "availableReplicas" @ 4,
        conditions: Vec<Condition> = "conditions" @ 6 as OF_DEPLOYMENT,
    }

    /// A StatefulSet.
    struct StatefulSet {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: StatefulSetSpec = "spec" @ 2,
        status: StatefulSetStatus = "status" @ 3,
    }

    /// What a StatefulSet should be.
    struct StatefulSetSpec {
        replicas: Option<i32> = "replicas" @ 1,
        selector: Option<LabelSelector> = "selector" @ 2,
        template: PodTemplateSpec = "template" @ 3,
        volume_claim_templates: Vec<PersistentVolumeClaim> = "volumeClaimTemplates" @ 4,
        service_name: Text = "serviceName" @ 5,
        update_strategy: UpdateStrategy = "updateStrategy" @ 7 as OF_STATEFUL_SET,
        min_ready_seconds: i32 = "minReadySeconds" @ 9,
    }

    /// How a StatefulSet or DaemonSet replaces its pods.
    struct UpdateStrategy {
        kind: Text = "type" @ 1,
        rolling_update: Option<RollingUpdate> = "rollingUpdate" @ 2 | 102 as PARTITIONED,
    }

    /// What a StatefulSet is.
    struct StatefulSetStatus {
        observed_generation: i64 = "observedGeneration" @ 1,
        replicas: i32 = "replicas" @ 2,
        ready_replicas: i32 = "readyReplicas" @ 3,
        updated_replicas: i32 = "updatedReplicas" @ 5,
        available_replicas: i32 = "availableReplicas" @ 11,
        conditions: Vec<Condition> = "conditions" @ 10 as WITHOUT_PROBE_TIME,
    }

    /// A DaemonSet.
    struct DaemonSet {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: DaemonSetSpec = "spec" @ 2,
        status: DaemonSetStatus = "status" @ 3,
    }

    /// What a DaemonSet should be.
    struct DaemonSetSpec {
        selector: Option<LabelSelector> = "selector" @ 1,
        template: PodTemplateSpec = "template" @ 2,
        update_strategy: UpdateStrategy = "updateStrategy" @ 3,
        min_ready_seconds: i32 = "minReadySeconds" @ 4,
    }

    /// What a DaemonSet is.
    struct DaemonSetStatus {
        observed_generation: i64 = "observedGeneration" @ 5,
        current_number_scheduled: i32 = "currentNumberScheduled" @ 1,
        desired_number_scheduled: i32 = "desiredNumberScheduled" @ 3,
        number_ready: i32 = "numberReady" @ 4,
        updated_number_scheduled: i32 = "updatedNumberScheduled" @ 6,
        number_available: i32 = "numberAvailable" @ 7,
        conditions: Vec<Condition> = "conditions" @ 10 as WITHOUT_PROBE_TIME,
    }

    /// A ReplicaSet.
    struct ReplicaSet {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: ReplicaSetSpec = "spec" @ 2,
        status: ReplicaSetStatus = "status" @ 3,
    }

    /// What a ReplicaSet should be.
    struct ReplicaSetSpec {
        replicas: Option<i32> = "replicas" @ 1,
        selector: Option<LabelSelector> = "selector" @ 2,
        template: PodTemplateSpec = "template" @ 3,
        min_ready_seconds: i32 = "minReadySeconds" @ 4,
    }

    /// What a ReplicaSet or ReplicationController is.
    struct ReplicaSetStatus {
        observed_generation: i64 = "observedGeneration" @ 3,
        replicas: i32 = "replicas" @ 1,
        ready_replicas: i32 = "readyReplicas" @ 4,
        available_replicas: i32 = "availableReplicas" @ 5,
        conditions: Vec<Condition> = "conditions" @ 6 as WITHOUT_PROBE_TIME,
    }

    /// A ReplicationController.
    struct ReplicationController {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: ReplicationControllerSpec = "spec" @ 2,
        status: ReplicaSetStatus = "status" @ 3,
    }

    /// What a ReplicationController should be.
    struct ReplicationControllerSpec {
        replicas: Option<i32> = "replicas" @ 1,
        selector: crate::wire::Labels = "selector" @ 2,
        template: PodTemplateSpec = "template" @ 3,
        min_ready_seconds: i32 = "minReadySeconds" @ 4,
    }

    /// A Job.
    struct Job {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: JobSpec = "spec" @ 2,
        status: JobStatus = "status" @ 3,
    }

    /// What a Job should be.
    struct JobSpec {
        template: PodTemplateSpec = "template" @ 6,
        suspend: bool = "suspend" @ 10,
    }

    /// What a Job is.
    struct JobStatus {
        conditions: Vec<Condition> = "conditions" @ 1,
        start_time: Option<Time> = "startTime" @ 2,
        completion_time: Option<Time> = "completionTime" @ 3,
    }

    /// A CronJob.
    struct CronJob {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: CronJobSpec = "spec" @ 2,
        status: CronJobStatus = "status" @ 3,
    }

    /// What a CronJob should be.
    struct CronJobSpec {
        schedule: Text = "schedule" @ 1,
        time_zone: Text = "timeZone" @ 8,
        suspend: bool = "suspend" @ 4,
        job_template: JobTemplateSpec = "jobTemplate" @ 5,
    }

    /// The Job that a CronJob creates.
    struct JobTemplateSpec {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: JobSpec = "spec" @ 2,
    }

    /// What a CronJob is.
    struct CronJobStatus {
        last_schedule_time: Option<Time> = "lastScheduleTime" @ 4,
        last_successful_time: Option<Time> = "lastSuccessfulTime" @ 5,
    }

    /// An Argo Rollout or OpenKruise CloneSet: a Deployment by another name.
    struct Rollout {
        metadata: ObjectMeta = "metadata",
        spec: RolloutSpec = "spec",
        status: RolloutStatus = "status",
    }

    /// What a Rollout should be.
    struct RolloutSpec {
        replicas: Option<i32> = "replicas",
        selector: Option<LabelSelector> = "selector",
        template: Option<PodTemplateSpec> = "template",
        workload_ref: Option<CrossVersionObjectReference> = "workloadRef",
        min_ready_seconds: i32 = "minReadySeconds",
    }

    /// What a Rollout is.
    struct RolloutStatus {
        replicas: i32 = "replicas",
        updated_replicas: i32 = "updatedReplicas",
        available_replicas: i32 = "availableReplicas",
        ready_replicas: i32 = "readyReplicas",
    }

    /// An OpenShift DeploymentConfig: a Deployment whose generations are ReplicationControllers.
    struct DeploymentConfig {
        metadata: ObjectMeta = "metadata",
        spec: DeploymentConfigSpec = "spec",
        status: DeploymentConfigStatus = "status",
    }

    /// What a DeploymentConfig should be.
    struct DeploymentConfigSpec {
        replicas: Option<i32> = "replicas",
        selector: crate::wire::Labels = "selector",
        template: Option<PodTemplateSpec> = "template",
        min_ready_seconds: i32 = "minReadySeconds",
        /// Whether it runs its pods only while it is being tested.
        test: bool = "test",
    }

    /// What a DeploymentConfig is.
    struct DeploymentConfigStatus {
        observed_generation: i64 = "observedGeneration",
        replicas: i32 = "replicas",
        updated_replicas: i32 = "updatedReplicas",
        available_replicas: i32 = "availableReplicas",
        ready_replicas: i32 = "readyReplicas",
        conditions: Vec<Condition> = "conditions",
    }

    /// A HorizontalPodAutoscaler.
    struct HorizontalPodAutoscaler {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: HorizontalPodAutoscalerSpec = "spec" @ 2,
        status: HorizontalPodAutoscalerStatus = "status" @ 3,
    }

    /// What a HorizontalPodAutoscaler scales, and how far.
    struct HorizontalPodAutoscalerSpec {
        scale_target_ref: CrossVersionObjectReference = "scaleTargetRef" @ 1,
        min_replicas: Option<i32> = "minReplicas" @ 2,
        max_replicas: i32 = "maxReplicas" @ 3,
        metrics: Vec<MetricSpec> = "metrics" @ 4,
    }

    /// One metric of a HorizontalPodAutoscaler.
    struct MetricSpec {
        kind: Text = "type" @ 1,
        resource: Option<ResourceMetricSource> = "resource" @ 4,
        container_resource: Option<ResourceMetricSource> = "containerResource" @ 7,
    }

    /// A resource by whose use is scaled.
    struct ResourceMetricSource {
        name: Text = "name" @ 1,
        container: Text = "container" @ 3,
        target: MetricTarget = "target" @ 2,
    }

    /// What a metric is held to.
    struct MetricTarget {
        kind: Text = "type" @ 1,
    }

    /// What a HorizontalPodAutoscaler has done.
    struct HorizontalPodAutoscalerStatus {
        current_replicas: i32 = "currentReplicas" @ 3,
        desired_replicas: i32 = "desiredReplicas" @ 4,
        conditions: Vec<Condition> = "conditions" @ 6 as WITHOUT_PROBE_TIME,
    }

    /// An object of the same namespace, by kind and name.
    struct CrossVersionObjectReference {
        api_version: Text = "apiVersion" @ 3,
        kind: Text = "kind" @ 1,
        name: Text = "name" @ 2,
    }

    /// A KEDA ScaledObject.
    struct ScaledObject {
        metadata: ObjectMeta = "metadata",
        spec: ScaledObjectSpec = "spec",
        status: ScaledObjectStatus = "status",
    }

    /// What a ScaledObject scales, and how far.
    struct ScaledObjectSpec {
        scale_target_ref: CrossVersionObjectReference = "scaleTargetRef",
        min_replica_count: Option<i32> = "minReplicaCount",
        max_replica_count: Option<i32> = "maxReplicaCount",
        idle_replica_count: Option<i32> = "idleReplicaCount",
    }

    /// A KEDA ScaledJob.
    struct ScaledJob {
        metadata: ObjectMeta = "metadata",
        status: ScaledObjectStatus = "status",
    }

    /// Whether a ScaledObject or ScaledJob works.
    struct ScaledObjectStatus {
        conditions: Vec<Condition> = "conditions",
    }

    /// A PodDisruptionBudget.
    struct PodDisruptionBudget {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: PodDisruptionBudgetSpec = "spec" @ 2,
        status: PodDisruptionBudgetStatus = "status" @ 3,
    }

    /// What a PodDisruptionBudget allows.
    struct PodDisruptionBudgetSpec {
        min_available: Option<IntOrString> = "minAvailable" @ 1,
        selector: Option<LabelSelector> = "selector" @ 2,
        max_unavailable: Option<IntOrString> = "maxUnavailable" @ 3,
        unhealthy_pod_eviction_policy: Text = "unhealthyPodEvictionPolicy" @ 4,
    }

    /// What the disruption controller made of a PodDisruptionBudget.
    struct PodDisruptionBudgetStatus {
        observed_generation: i64 = "observedGeneration" @ 1,
        disruptions_allowed: i32 = "disruptionsAllowed" @ 3,
        current_healthy: i32 = "currentHealthy" @ 4,
        desired_healthy: i32 = "desiredHealthy" @ 5,
        expected_pods: i32 = "expectedPods" @ 6,
        conditions: Vec<Condition> = "conditions" @ 7,
    }

    /// A LimitRange: defaults for containers of a namespace.
    struct LimitRange {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: LimitRangeSpec = "spec" @ 2,
    }

    /// The limits of a LimitRange.
    struct LimitRangeSpec {
        limits: Vec<LimitRangeItem> = "limits" @ 1,
    }

    /// One limit of a LimitRange.
    struct LimitRangeItem {
        kind: Text = "type" @ 1,
        default: crate::wire::Quantities = "default" @ 4,
        default_request: crate::wire::Quantities = "defaultRequest" @ 5,
        max: crate::wire::Quantities = "max" @ 2,
        min: crate::wire::Quantities = "min" @ 3,
    }

    /// A PriorityClass.
    struct PriorityClass {
        metadata: ObjectMeta = "metadata" @ 1,
        value: i32 = "value" @ 2,
        global_default: bool = "globalDefault" @ 3,
    }

    /// A RuntimeClass.
    struct RuntimeClass {
        metadata: ObjectMeta = "metadata" @ 1,
        handler: Text = "handler" @ 2,
    }
}
