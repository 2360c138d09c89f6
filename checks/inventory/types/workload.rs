//! The kinds that create pods, and what scales and protects them.

use crate::inventory::{
    decode::schema,
    text::{SharedPodSpec, Text},
    types::{
        meta::{Condition, LabelSelector, ObjectMeta},
        storage::PersistentVolumeClaim,
    },
    values::{IntOrString, Time},
};

schema! {
    /// The pod that a controller creates.
    struct PodTemplateSpec {
        metadata: ObjectMeta = "metadata",
        spec: SharedPodSpec = "spec",
    }

    /// A Deployment.
    struct Deployment {
        metadata: ObjectMeta = "metadata",
        spec: DeploymentSpec = "spec",
        status: DeploymentStatus = "status",
    }

    /// What a Deployment should be.
    struct DeploymentSpec {
        replicas: Option<i32> = "replicas",
        selector: Option<LabelSelector> = "selector",
        template: PodTemplateSpec = "template",
        strategy: DeploymentStrategy = "strategy",
        paused: bool = "paused",
    }

    /// How a Deployment replaces its pods.
    struct DeploymentStrategy {
        kind: Text = "type",
        rolling_update: Option<RollingUpdate> = "rollingUpdate",
    }

    /// The bounds of a rolling update.
    struct RollingUpdate {
        max_unavailable: Option<IntOrString> = "maxUnavailable",
        max_surge: Option<IntOrString> = "maxSurge",
    }

    /// What a Deployment is.
    struct DeploymentStatus {
        observed_generation: i64 = "observedGeneration",
        replicas: i32 = "replicas",
        updated_replicas: i32 = "updatedReplicas",
        ready_replicas: i32 = "readyReplicas",
        available_replicas: i32 = "availableReplicas",
        conditions: Vec<Condition> = "conditions",
    }

    /// A StatefulSet.
    struct StatefulSet {
        metadata: ObjectMeta = "metadata",
        spec: StatefulSetSpec = "spec",
        status: StatefulSetStatus = "status",
    }

    /// What a StatefulSet should be.
    struct StatefulSetSpec {
        replicas: Option<i32> = "replicas",
        selector: Option<LabelSelector> = "selector",
        template: PodTemplateSpec = "template",
        volume_claim_templates: Vec<PersistentVolumeClaim> = "volumeClaimTemplates",
        service_name: Text = "serviceName",
        update_strategy: UpdateStrategy = "updateStrategy",
    }

    /// How a StatefulSet or DaemonSet replaces its pods.
    struct UpdateStrategy {
        kind: Text = "type",
        rolling_update: Option<RollingUpdate> = "rollingUpdate",
    }

    /// What a StatefulSet is.
    struct StatefulSetStatus {
        observed_generation: i64 = "observedGeneration",
        replicas: i32 = "replicas",
        ready_replicas: i32 = "readyReplicas",
        updated_replicas: i32 = "updatedReplicas",
        available_replicas: i32 = "availableReplicas",
        conditions: Vec<Condition> = "conditions",
    }

    /// A DaemonSet.
    struct DaemonSet {
        metadata: ObjectMeta = "metadata",
        spec: DaemonSetSpec = "spec",
        status: DaemonSetStatus = "status",
    }

    /// What a DaemonSet should be.
    struct DaemonSetSpec {
        selector: Option<LabelSelector> = "selector",
        template: PodTemplateSpec = "template",
        update_strategy: UpdateStrategy = "updateStrategy",
    }

    /// What a DaemonSet is.
    struct DaemonSetStatus {
        observed_generation: i64 = "observedGeneration",
        desired_number_scheduled: i32 = "desiredNumberScheduled",
        number_ready: i32 = "numberReady",
        updated_number_scheduled: i32 = "updatedNumberScheduled",
        number_available: i32 = "numberAvailable",
        conditions: Vec<Condition> = "conditions",
    }

    /// A ReplicaSet.
    struct ReplicaSet {
        metadata: ObjectMeta = "metadata",
        spec: ReplicaSetSpec = "spec",
        status: ReplicaSetStatus = "status",
    }

    /// What a ReplicaSet should be.
    struct ReplicaSetSpec {
        replicas: Option<i32> = "replicas",
        selector: Option<LabelSelector> = "selector",
        template: PodTemplateSpec = "template",
    }

    /// What a ReplicaSet or ReplicationController is.
    struct ReplicaSetStatus {
        observed_generation: i64 = "observedGeneration",
        replicas: i32 = "replicas",
        ready_replicas: i32 = "readyReplicas",
        available_replicas: i32 = "availableReplicas",
        conditions: Vec<Condition> = "conditions",
    }

    /// A ReplicationController.
    struct ReplicationController {
        metadata: ObjectMeta = "metadata",
        spec: ReplicationControllerSpec = "spec",
        status: ReplicaSetStatus = "status",
    }

    /// What a ReplicationController should be.
    struct ReplicationControllerSpec {
        replicas: Option<i32> = "replicas",
        selector: crate::inventory::text::Labels = "selector",
        template: PodTemplateSpec = "template",
    }

    /// A Job.
    struct Job {
        metadata: ObjectMeta = "metadata",
        spec: JobSpec = "spec",
        status: JobStatus = "status",
    }

    /// What a Job should be.
    struct JobSpec {
        template: PodTemplateSpec = "template",
        suspend: bool = "suspend",
    }

    /// What a Job is.
    struct JobStatus {
        conditions: Vec<Condition> = "conditions",
        start_time: Option<Time> = "startTime",
        completion_time: Option<Time> = "completionTime",
    }

    /// A CronJob.
    struct CronJob {
        metadata: ObjectMeta = "metadata",
        spec: CronJobSpec = "spec",
        status: CronJobStatus = "status",
    }

    /// What a CronJob should be.
    struct CronJobSpec {
        schedule: Text = "schedule",
        time_zone: Text = "timeZone",
        suspend: bool = "suspend",
        job_template: JobTemplateSpec = "jobTemplate",
    }

    /// The Job that a CronJob creates.
    struct JobTemplateSpec {
        metadata: ObjectMeta = "metadata",
        spec: JobSpec = "spec",
    }

    /// What a CronJob is.
    struct CronJobStatus {
        last_schedule_time: Option<Time> = "lastScheduleTime",
        last_successful_time: Option<Time> = "lastSuccessfulTime",
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
    }

    /// What a Rollout is.
    struct RolloutStatus {
        available_replicas: i32 = "availableReplicas",
        ready_replicas: i32 = "readyReplicas",
    }

    /// A HorizontalPodAutoscaler.
    struct HorizontalPodAutoscaler {
        metadata: ObjectMeta = "metadata",
        spec: HorizontalPodAutoscalerSpec = "spec",
        status: HorizontalPodAutoscalerStatus = "status",
    }

    /// What a HorizontalPodAutoscaler scales, and how far.
    struct HorizontalPodAutoscalerSpec {
        scale_target_ref: CrossVersionObjectReference = "scaleTargetRef",
        min_replicas: Option<i32> = "minReplicas",
        max_replicas: i32 = "maxReplicas",
        metrics: Vec<MetricSpec> = "metrics",
    }

    /// One metric of a HorizontalPodAutoscaler.
    struct MetricSpec {
        kind: Text = "type",
        resource: Option<ResourceMetricSource> = "resource",
        container_resource: Option<ResourceMetricSource> = "containerResource",
    }

    /// A resource by whose use is scaled.
    struct ResourceMetricSource {
        name: Text = "name",
        container: Text = "container",
        target: MetricTarget = "target",
    }

    /// What a metric is held to.
    struct MetricTarget {
        kind: Text = "type",
    }

    /// What a HorizontalPodAutoscaler has done.
    struct HorizontalPodAutoscalerStatus {
        current_replicas: i32 = "currentReplicas",
        desired_replicas: i32 = "desiredReplicas",
        conditions: Vec<Condition> = "conditions",
    }

    /// An object of the same namespace, by kind and name.
    struct CrossVersionObjectReference {
        api_version: Text = "apiVersion",
        kind: Text = "kind",
        name: Text = "name",
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

    /// Whether a ScaledObject works.
    struct ScaledObjectStatus {
        conditions: Vec<Condition> = "conditions",
    }

    /// A PodDisruptionBudget.
    struct PodDisruptionBudget {
        metadata: ObjectMeta = "metadata",
        spec: PodDisruptionBudgetSpec = "spec",
        status: PodDisruptionBudgetStatus = "status",
    }

    /// What a PodDisruptionBudget allows.
    struct PodDisruptionBudgetSpec {
        min_available: Option<IntOrString> = "minAvailable",
        selector: Option<LabelSelector> = "selector",
        max_unavailable: Option<IntOrString> = "maxUnavailable",
        unhealthy_pod_eviction_policy: Text = "unhealthyPodEvictionPolicy",
    }

    /// What the disruption controller made of a PodDisruptionBudget.
    struct PodDisruptionBudgetStatus {
        observed_generation: i64 = "observedGeneration",
        disruptions_allowed: i32 = "disruptionsAllowed",
        current_healthy: i32 = "currentHealthy",
        desired_healthy: i32 = "desiredHealthy",
        expected_pods: i32 = "expectedPods",
        conditions: Vec<Condition> = "conditions",
    }

    /// A LimitRange: defaults for containers of a namespace.
    struct LimitRange {
        metadata: ObjectMeta = "metadata",
        spec: LimitRangeSpec = "spec",
    }

    /// The limits of a LimitRange.
    struct LimitRangeSpec {
        limits: Vec<LimitRangeItem> = "limits",
    }

    /// One limit of a LimitRange.
    struct LimitRangeItem {
        kind: Text = "type",
        default: crate::inventory::values::Quantities = "default",
        default_request: crate::inventory::values::Quantities = "defaultRequest",
        max: crate::inventory::values::Quantities = "max",
        min: crate::inventory::values::Quantities = "min",
    }

    /// A PriorityClass.
    struct PriorityClass {
        metadata: ObjectMeta = "metadata",
        value: i32 = "value",
        global_default: bool = "globalDefault",
    }

    /// A RuntimeClass.
    struct RuntimeClass {
        metadata: ObjectMeta = "metadata",
        handler: Text = "handler",
    }
}
