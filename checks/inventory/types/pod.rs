//! Pods: their specification, as templates hold it too, and their state.

use super::{
    env::EnvVar,
    hook::HookCommand,
    meta::{Condition, LabelSelector, LabelSelectorRequirement, ObjectMeta, condition},
};
use crate::{
    model::Text,
    wire::{
        IntOrString, Labels, Present, Quantities, Shared, Time, decode::schema, protobuf::Layout,
    },
};

/// An ephemeral container has what it shares with others in its first field.
const EPHEMERAL: Layout = Layout::Inside(1);

schema! {
    /// A pod.
    struct Pod {
        metadata: ObjectMeta = "metadata" @ 1,
        spec: Shared<PodSpec> = "spec" @ 2,
        /// Where it runs; apart from the specification, which equal pods share.
        node_name: Text = "nodeName",
        status: PodStatus = "status" @ 3,
    }

    /// What a pod consists of.
    struct PodSpec {
        volumes: Vec<Shared<Volume>> = "volumes" @ 1,
        init_containers: Vec<Container> = "initContainers" @ 20,
        containers: Vec<Container> = "containers" @ 2,
        ephemeral_containers: Vec<Container> = "ephemeralContainers" @ 34 as EPHEMERAL,
        restart_policy: Text = "restartPolicy" @ 3,
        termination_grace_period_seconds: Option<i64> = "terminationGracePeriodSeconds" @ 4,
        node_selector: Labels = "nodeSelector" @ 7,
        service_account_name: Text = "serviceAccountName" @ 8,
        automount_service_account_token: Option<bool> = "automountServiceAccountToken" @ 21,
        node_name: Text = "nodeName" @ 10,
        host_network: bool = "hostNetwork" @ 11,
        host_pid: bool = "hostPID" @ 12,
        host_ipc: bool = "hostIPC" @ 13,
        host_users: Option<bool> = "hostUsers" @ 37,
        security_context: Option<Shared<PodSecurityContext>> = "securityContext" @ 14,
        image_pull_secrets: Vec<LocalObjectReference> = "imagePullSecrets" @ 15,
        affinity: Option<Shared<Affinity>> = "affinity" @ 18,
        tolerations: Shared<Vec<Toleration>> = "tolerations" @ 22,
        priority: Option<i32> = "priority" @ 25,
        priority_class_name: Text = "priorityClassName" @ 24,
        readiness_gates: Vec<PodReadinessGate> = "readinessGates" @ 28,
        runtime_class_name: Text = "runtimeClassName" @ 29,
        topology_spread_constraints: Shared<Vec<TopologySpreadConstraint>> = "topologySpreadConstraints" @ 33,
        os: Option<PodOs> = "os" @ 36,
        scheduling_gates: Vec<PodSchedulingGate> = "schedulingGates" @ 38,
        resources: Option<Box<ResourceRequirements>> = "resources" @ 40,
        overhead: Quantities = "overhead" @ 32,
    }

    /// One container of a pod.
    struct Container {
        name: Text = "name" @ 1,
        image: Text = "image" @ 2,
        /// Of control-plane pods alone, and no more than checks read; of others only `command_facts` survive.
        command: Vec<Text> = "command" @ 3,
        /// Of control-plane pods alone: the flags that checks read.
        args: Vec<Text> = "args" @ 4,
        /// What checks need to know of the command line, by the names of [`crate::inventory::facts_of_command`].
        command_facts: Vec<Text> = "commandFacts",
        ports: Shared<Vec<ContainerPort>> = "ports" @ 6,
        env_from: Vec<EnvFromSource> = "envFrom" @ 19,
        env: Shared<Vec<EnvVar>> = "env" @ 7,
        resources: ResourceRequirements = "resources" @ 8,
        restart_policy: Text = "restartPolicy" @ 24,
        volume_mounts: Shared<Vec<VolumeMount>> = "volumeMounts" @ 9,
        liveness_probe: Option<Shared<Probe>> = "livenessProbe" @ 10,
        readiness_probe: Option<Shared<Probe>> = "readinessProbe" @ 11,
        startup_probe: Option<Shared<Probe>> = "startupProbe" @ 22,
        lifecycle: Option<Shared<Lifecycle>> = "lifecycle" @ 12,
        image_pull_policy: Text = "imagePullPolicy" @ 14,
        security_context: Option<Shared<SecurityContext>> = "securityContext" @ 15,
    }

    /// A port that a container declares.
    struct ContainerPort {
        name: Text = "name" @ 1,
        host_port: i32 = "hostPort" @ 2,
        container_port: i32 = "containerPort" @ 3,
        protocol: Text = "protocol" @ 4,
    }

    /// A ConfigMap or Secret whose keys all become environment variables.
    struct EnvFromSource {
        config_map_ref: Option<OptionalReference> = "configMapRef" @ 2,
        secret_ref: Option<OptionalReference> = "secretRef" @ 3,
    }

    /// An object of the same namespace that may be allowed to be absent.
    struct OptionalReference {
        name: Text = "name" @ 1_001,
        optional: bool = "optional" @ 2,
    }

    /// An object of the same namespace.
    struct LocalObjectReference {
        name: Text = "name" @ 1,
    }

    /// What a container, or a pod, asks for and is held to.
    struct ResourceRequirements {
        limits: Quantities = "limits" @ 1,
        requests: Quantities = "requests" @ 2,
    }

    /// Where a volume appears in a container.
    struct VolumeMount {
        name: Text = "name" @ 1,
        mount_path: Text = "mountPath" @ 3,
        read_only: bool = "readOnly" @ 2,
        recursive_read_only: Text = "recursiveReadOnly" @ 7,
    }

    /// How a container is asked whether it works.
    struct Probe {
        http_get: Option<HttpGetAction> = "httpGet" @ 1_002,
        tcp_socket: Option<TcpSocketAction> = "tcpSocket" @ 1_003,
        grpc: Option<GrpcAction> = "grpc" @ 1_004,
        exec: Present = "exec" @ 1_001,
        initial_delay_seconds: i32 = "initialDelaySeconds" @ 2,
        timeout_seconds: i32 = "timeoutSeconds" @ 3,
        period_seconds: i32 = "periodSeconds" @ 4,
        failure_threshold: i32 = "failureThreshold" @ 6,
    }

    /// A probe over HTTP.
    struct HttpGetAction {
        path: Text = "path" @ 1,
        port: IntOrString = "port" @ 2,
        host: Text = "host" @ 3,
        scheme: Text = "scheme" @ 4,
    }

    /// A probe that opens a connection.
    struct TcpSocketAction {
        port: IntOrString = "port" @ 1,
        host: Text = "host" @ 2,
    }

    /// A probe over gRPC.
    struct GrpcAction {
        port: i32 = "port" @ 1,
        service: Text = "service" @ 2,
    }

    /// What runs around a container's life.
    struct Lifecycle {
        post_start: Option<LifecycleHandler> = "postStart" @ 1,
        pre_stop: Option<LifecycleHandler> = "preStop" @ 2,
    }

    /// One hook of a container's life.
    struct LifecycleHandler {
        http_get: Option<HttpGetAction> = "httpGet" @ 2,
        tcp_socket: Option<TcpSocketAction> = "tcpSocket" @ 3,
        exec: HookCommand = "exec" @ 1,
        sleep: Option<SleepAction> = "sleep" @ 4,
    }

    /// A pause before a container is stopped.
    struct SleepAction {
        seconds: i64 = "seconds" @ 1,
    }

    /// What a container may do.
    struct SecurityContext {
        capabilities: Option<Capabilities> = "capabilities" @ 1,
        privileged: Option<bool> = "privileged" @ 2,
        se_linux_options: Option<SeLinuxOptions> = "seLinuxOptions" @ 3,
        windows_options: Option<WindowsOptions> = "windowsOptions" @ 10,
        run_as_user: Option<i64> = "runAsUser" @ 4,
        run_as_group: Option<i64> = "runAsGroup" @ 8,
        run_as_non_root: Option<bool> = "runAsNonRoot" @ 5,
        read_only_root_filesystem: Option<bool> = "readOnlyRootFilesystem" @ 6,
        allow_privilege_escalation: Option<bool> = "allowPrivilegeEscalation" @ 7,
        proc_mount: Option<Text> = "procMount" @ 9,
        seccomp_profile: Option<Profile> = "seccompProfile" @ 11,
        app_armor_profile: Option<Profile> = "appArmorProfile" @ 12,
    }

    /// What the containers of a pod may do.
    struct PodSecurityContext {
        se_linux_options: Option<SeLinuxOptions> = "seLinuxOptions" @ 1,
        windows_options: Option<WindowsOptions> = "windowsOptions" @ 8,
        run_as_user: Option<i64> = "runAsUser" @ 2,
        run_as_group: Option<i64> = "runAsGroup" @ 6,
        run_as_non_root: Option<bool> = "runAsNonRoot" @ 3,
        supplemental_groups: Vec<i64> = "supplementalGroups" @ 4,
        fs_group: Option<i64> = "fsGroup" @ 5,
        sysctls: Vec<Sysctl> = "sysctls" @ 7,
        seccomp_profile: Option<Profile> = "seccompProfile" @ 10,
        app_armor_profile: Option<Profile> = "appArmorProfile" @ 11,
    }

    /// Linux capabilities that are added and dropped.
    struct Capabilities {
        add: Vec<Text> = "add" @ 1,
        drop: Vec<Text> = "drop" @ 2,
    }

    /// The SELinux context.
    struct SeLinuxOptions {
        user: Text = "user" @ 1,
        role: Text = "role" @ 2,
        kind: Text = "type" @ 3,
    }

    /// What is special to Windows.
    struct WindowsOptions {
        host_process: Option<bool> = "hostProcess" @ 4,
        run_as_user_name: Text = "runAsUserName" @ 3,
    }

    /// A seccomp or AppArmor profile.
    struct Profile {
        kind: Text = "type" @ 1,
    }

    /// A kernel parameter.
    struct Sysctl {
        name: Text = "name" @ 1,
    }

    /// The operating system that a pod declares.
    struct PodOs {
        name: Text = "name" @ 1,
    }

    /// A condition that must hold before a pod counts as ready.
    struct PodReadinessGate {
        condition_type: Text = "conditionType" @ 1,
    }

    /// A gate that keeps a pod from being scheduled.
    struct PodSchedulingGate {
        name: Text = "name" @ 1,
    }

    /// A taint that a pod bears.
    struct Toleration {
        key: Text = "key" @ 1,
        operator: Text = "operator" @ 2,
        value: Text = "value" @ 3,
        effect: Text = "effect" @ 4,
    }

    /// Where a pod wants to run.
    struct Affinity {
        node_affinity: Option<NodeAffinity> = "nodeAffinity" @ 1,
        pod_anti_affinity: Option<PodAntiAffinity> = "podAntiAffinity" @ 3,
        pod_affinity: Option<PodAffinity> = "podAffinity" @ 2,
    }

    /// Which nodes a pod wants.
    struct NodeAffinity {
        required: Option<NodeSelector> = "requiredDuringSchedulingIgnoredDuringExecution" @ 1,
    }

    /// Nodes by alternatives.
    struct NodeSelector {
        node_selector_terms: Vec<NodeSelectorTerm> = "nodeSelectorTerms" @ 1,
    }

    /// One alternative: all its requirements hold.
    struct NodeSelectorTerm {
        match_expressions: Vec<LabelSelectorRequirement> = "matchExpressions" @ 1,
        match_fields: Vec<LabelSelectorRequirement> = "matchFields" @ 2,
    }

    /// Which pods a pod wants to be near.
    struct PodAffinity {
        required: Vec<PodAffinityTerm> = "requiredDuringSchedulingIgnoredDuringExecution" @ 1,
    }

    /// Which pods a pod keeps away from.
    struct PodAntiAffinity {
        required: Vec<PodAffinityTerm> = "requiredDuringSchedulingIgnoredDuringExecution" @ 1,
        preferred: Vec<WeightedPodAffinityTerm> = "preferredDuringSchedulingIgnoredDuringExecution" @ 2,
    }

    /// A preferred distance.
    struct WeightedPodAffinityTerm {
        pod_affinity_term: PodAffinityTerm = "podAffinityTerm" @ 2,
    }

    /// A distance to pods, per topology.
    struct PodAffinityTerm {
        label_selector: Option<LabelSelector> = "labelSelector" @ 1,
        namespaces: Vec<Text> = "namespaces" @ 2,
        topology_key: Text = "topologyKey" @ 3,
        namespace_selector: Option<LabelSelector> = "namespaceSelector" @ 4,
        match_label_keys: Vec<Text> = "matchLabelKeys" @ 5,
        mismatch_label_keys: Vec<Text> = "mismatchLabelKeys" @ 6,
    }

    /// How evenly pods are spread.
    struct TopologySpreadConstraint {
        max_skew: i32 = "maxSkew" @ 1,
        topology_key: Text = "topologyKey" @ 2,
        when_unsatisfiable: Text = "whenUnsatisfiable" @ 3,
        label_selector: Option<LabelSelector> = "labelSelector" @ 4,
        match_label_keys: Vec<Text> = "matchLabelKeys" @ 8,
    }

    /// A volume; the source that is present is the one that is used.
    struct Volume {
        name: Text = "name" @ 1,
        host_path: Option<HostPathVolumeSource> = "hostPath" @ 2_001,
        empty_dir: Option<EmptyDirVolumeSource> = "emptyDir" @ 2_002,
        secret: Option<SecretVolumeSource> = "secret" @ 2_006,
        persistent_volume_claim: Option<ClaimVolumeSource> = "persistentVolumeClaim" @ 2_010,
        config_map: Option<ConfigMapVolumeSource> = "configMap" @ 2_019,
        projected: Option<ProjectedVolumeSource> = "projected" @ 2_026,
        csi: Option<CsiVolumeSource> = "csi" @ 2_028,
        ephemeral: Option<EphemeralVolumeSource> = "ephemeral" @ 2_029,
        downward_api: Present = "downwardAPI" @ 2_016,
        image: Option<ImageVolumeSource> = "image" @ 2_030,
        git_repo: Present = "gitRepo" @ 2_005,
        nfs: Present = "nfs" @ 2_007,
        iscsi: Present = "iscsi" @ 2_008,
        glusterfs: Present = "glusterfs" @ 2_009,
        rbd: Present = "rbd" @ 2_011,
        flex_volume: Present = "flexVolume" @ 2_012,
        cinder: Present = "cinder" @ 2_013,
        cephfs: Present = "cephfs" @ 2_014,
        flocker: Present = "flocker" @ 2_015,
        fc: Present = "fc" @ 2_017,
        azure_file: Present = "azureFile" @ 2_018,
        azure_disk: Present = "azureDisk" @ 2_022,
        vsphere_volume: Present = "vsphereVolume" @ 2_020,
        quobyte: Present = "quobyte" @ 2_021,
        portworx_volume: Present = "portworxVolume" @ 2_024,
        scale_io: Present = "scaleIO" @ 2_025,
        storageos: Present = "storageos" @ 2_027,
        gce_persistent_disk: Present = "gcePersistentDisk" @ 2_003,
        aws_elastic_block_store: Present = "awsElasticBlockStore" @ 2_004,
        photon_persistent_disk: Present = "photonPersistentDisk" @ 2_023,
    }

    /// The content of an image.
    struct ImageVolumeSource {
        reference: Text = "reference" @ 1,
    }

    /// A path of the node.
    struct HostPathVolumeSource {
        path: Text = "path" @ 1,
        kind: Text = "type" @ 2,
    }

    /// A directory that lives as long as the pod.
    struct EmptyDirVolumeSource {
        medium: Text = "medium" @ 1,
        size_limit: Option<crate::wire::Quantity> = "sizeLimit" @ 2,
    }

    /// The keys of a Secret as files.
    struct SecretVolumeSource {
        secret_name: Text = "secretName" @ 1,
        items: Vec<KeyToPath> = "items" @ 2,
        optional: bool = "optional" @ 4,
    }

    /// The keys of a ConfigMap as files.
    struct ConfigMapVolumeSource {
        name: Text = "name" @ 1_001,
        items: Vec<KeyToPath> = "items" @ 2,
        optional: bool = "optional" @ 4,
    }

    /// A key that becomes a file.
    struct KeyToPath {
        key: Text = "key" @ 1,
    }

    /// A claim of the same namespace.
    struct ClaimVolumeSource {
        claim_name: Text = "claimName" @ 1,
        read_only: bool = "readOnly" @ 2,
    }

    /// A claim that lives as long as the pod.
    struct EphemeralVolumeSource {
        volume_claim_template: Present = "volumeClaimTemplate" @ 1,
    }

    /// An inline CSI volume.
    struct CsiVolumeSource {
        driver: Text = "driver" @ 1,
    }

    /// Several sources in one volume.
    struct ProjectedVolumeSource {
        sources: Vec<VolumeProjection> = "sources" @ 1,
    }

    /// One source of a projected volume.
    struct VolumeProjection {
        secret: Option<ConfigMapVolumeSource> = "secret" @ 1,
        config_map: Option<ConfigMapVolumeSource> = "configMap" @ 3,
        service_account_token: Option<ServiceAccountTokenProjection> = "serviceAccountToken" @ 4,
    }

    /// A token in a projected volume.
    struct ServiceAccountTokenProjection {
        audience: Text = "audience" @ 1,
    }

    /// A pod's state.
    struct PodStatus {
        phase: Text = "phase" @ 1,
        conditions: Vec<Condition> = "conditions" @ 2,
        reason: Text = "reason" @ 4,
        start_time: Option<Time> = "startTime" @ 7,
        init_container_statuses: Vec<ContainerStatus> = "initContainerStatuses" @ 10,
        container_statuses: Vec<ContainerStatus> = "containerStatuses" @ 8,
        ephemeral_container_statuses: Vec<ContainerStatus> = "ephemeralContainerStatuses" @ 13,
    }

    /// A container's state.
    struct ContainerStatus {
        name: Text = "name" @ 1,
        state: ContainerState = "state" @ 2,
        last_state: ContainerState = "lastState" @ 3,
        ready: bool = "ready" @ 4,
        restart_count: i32 = "restartCount" @ 5,
        image: Text = "image" @ 6,
        image_id: Text = "imageID" @ 7,
        volume_mounts: Vec<VolumeMountStatus> = "volumeMounts" @ 12,
    }

    /// What is mounted into a container.
    struct VolumeMountStatus {
        name: Text = "name" @ 1,
        volume_status: Option<VolumeStatus> = "volumeStatus" @ 5,
    }

    /// What fills a mounted volume.
    struct VolumeStatus {
        image: Option<ImageVolumeStatus> = "image" @ 1,
    }

    /// The image that fills a mounted volume.
    struct ImageVolumeStatus {
        image_ref: Text = "imageRef" @ 1,
    }

    /// What a container is doing.
    struct ContainerState {
        waiting: Option<ContainerStateWaiting> = "waiting" @ 1,
        terminated: Option<ContainerStateTerminated> = "terminated" @ 3,
    }

    /// Why a container waits.
    struct ContainerStateWaiting {
        reason: Text = "reason" @ 1,
        message: Text = "message" @ 2,
    }

    /// How a container ended.
    struct ContainerStateTerminated {
        exit_code: i32 = "exitCode" @ 1,
        signal: i32 = "signal" @ 2,
        reason: Text = "reason" @ 3,
        finished_at: Option<Time> = "finishedAt" @ 6,
    }
}

impl Pod {
    /// Whether it takes traffic: its `Ready` condition holds.
    pub fn is_ready(&self) -> bool {
        condition(&self.status.conditions, "Ready").is_some_and(Condition::is_true)
    }
}

impl PodStatus {
    /// The state of every container, in the order in which they start.
    pub fn every_container(&self) -> impl Iterator<Item = &ContainerStatus> {
        self.init_container_statuses
            .iter()
            .chain(&self.container_statuses)
            .chain(&self.ephemeral_container_statuses)
    }
}
