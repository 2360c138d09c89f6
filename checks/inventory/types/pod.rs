//! Pods: their specification, as templates hold it too, and their state.

use crate::inventory::{
    decode::{Present, schema},
    environment::EnvVar,
    text::{Labels, SharedPodSpec, Text},
    types::meta::{Condition, LabelSelector, LabelSelectorRequirement, ObjectMeta},
    values::{IntOrString, Quantities, Time},
};

schema! {
    /// A pod.
    struct Pod {
        metadata: ObjectMeta = "metadata",
        spec: SharedPodSpec = "spec",
        /// Where it runs; apart from the specification, which equal pods share.
        node_name: Text = "nodeName",
        status: PodStatus = "status",
    }

    /// What a pod consists of.
    struct PodSpec {
        volumes: Vec<Volume> = "volumes",
        init_containers: Vec<Container> = "initContainers",
        containers: Vec<Container> = "containers",
        ephemeral_containers: Vec<Container> = "ephemeralContainers",
        restart_policy: Text = "restartPolicy",
        termination_grace_period_seconds: Option<i64> = "terminationGracePeriodSeconds",
        node_selector: Labels = "nodeSelector",
        service_account_name: Text = "serviceAccountName",
        automount_service_account_token: Option<bool> = "automountServiceAccountToken",
        node_name: Text = "nodeName",
        host_network: bool = "hostNetwork",
        host_pid: bool = "hostPID",
        host_ipc: bool = "hostIPC",
        host_users: Option<bool> = "hostUsers",
        security_context: Option<Box<PodSecurityContext>> = "securityContext",
        image_pull_secrets: Vec<LocalObjectReference> = "imagePullSecrets",
        affinity: Option<Box<Affinity>> = "affinity",
        tolerations: Vec<Toleration> = "tolerations",
        priority: Option<i32> = "priority",
        priority_class_name: Text = "priorityClassName",
        readiness_gates: Vec<PodReadinessGate> = "readinessGates",
        runtime_class_name: Text = "runtimeClassName",
        topology_spread_constraints: Vec<TopologySpreadConstraint> = "topologySpreadConstraints",
        os: Option<PodOs> = "os",
        scheduling_gates: Vec<PodSchedulingGate> = "schedulingGates",
        resources: Option<Box<ResourceRequirements>> = "resources",
    }

    /// One container of a pod.
    struct Container {
        name: Text = "name",
        image: Text = "image",
        /// Kept for control-plane pods alone; of others only `command_facts` survive.
        command: Vec<Text> = "command",
        /// Kept for control-plane pods alone; of others only `command_facts` survive.
        args: Vec<Text> = "args",
        /// What checks need to know of the command line, by the names of [`crate::inventory::facts_of_command`].
        command_facts: Vec<Text> = "commandFacts",
        ports: Vec<ContainerPort> = "ports",
        env_from: Vec<EnvFromSource> = "envFrom",
        env: Vec<EnvVar> = "env",
        resources: ResourceRequirements = "resources",
        restart_policy: Text = "restartPolicy",
        volume_mounts: Vec<VolumeMount> = "volumeMounts",
        liveness_probe: Option<Box<Probe>> = "livenessProbe",
        readiness_probe: Option<Box<Probe>> = "readinessProbe",
        startup_probe: Option<Box<Probe>> = "startupProbe",
        lifecycle: Option<Box<Lifecycle>> = "lifecycle",
        image_pull_policy: Text = "imagePullPolicy",
        security_context: Option<Box<SecurityContext>> = "securityContext",
    }

    /// A port that a container declares.
    struct ContainerPort {
        name: Text = "name",
        host_port: i32 = "hostPort",
        container_port: i32 = "containerPort",
        protocol: Text = "protocol",
    }

    /// Where the value of an environment variable comes from.
    struct EnvVarSource {
        config_map_key_ref: Option<KeySelector> = "configMapKeyRef",
        secret_key_ref: Option<KeySelector> = "secretKeyRef",
    }

    /// A key of a ConfigMap or Secret.
    struct KeySelector {
        name: Text = "name",
        key: Text = "key",
        optional: bool = "optional",
    }

    /// A ConfigMap or Secret whose keys all become environment variables.
    struct EnvFromSource {
        config_map_ref: Option<OptionalReference> = "configMapRef",
        secret_ref: Option<OptionalReference> = "secretRef",
    }

    /// An object of the same namespace that may be allowed to be absent.
    struct OptionalReference {
        name: Text = "name",
        optional: bool = "optional",
    }

    /// An object of the same namespace.
    struct LocalObjectReference {
        name: Text = "name",
    }

    /// What a container, or a pod, asks for and is held to.
    struct ResourceRequirements {
        limits: Quantities = "limits",
        requests: Quantities = "requests",
    }

    /// Where a volume appears in a container.
    struct VolumeMount {
        name: Text = "name",
        mount_path: Text = "mountPath",
        read_only: bool = "readOnly",
        recursive_read_only: Text = "recursiveReadOnly",
    }

    /// How a container is asked whether it works.
    struct Probe {
        http_get: Option<HttpGetAction> = "httpGet",
        tcp_socket: Option<TcpSocketAction> = "tcpSocket",
        grpc: Option<GrpcAction> = "grpc",
        exec: Present = "exec",
        initial_delay_seconds: Option<i32> = "initialDelaySeconds",
        timeout_seconds: Option<i32> = "timeoutSeconds",
        period_seconds: Option<i32> = "periodSeconds",
        failure_threshold: Option<i32> = "failureThreshold",
    }

    /// A probe over HTTP.
    struct HttpGetAction {
        path: Text = "path",
        port: IntOrString = "port",
        host: Text = "host",
        scheme: Text = "scheme",
    }

    /// A probe that opens a connection.
    struct TcpSocketAction {
        port: IntOrString = "port",
        host: Text = "host",
    }

    /// A probe over gRPC.
    struct GrpcAction {
        port: i32 = "port",
        service: Text = "service",
    }

    /// What runs around a container's life.
    struct Lifecycle {
        post_start: Option<LifecycleHandler> = "postStart",
        pre_stop: Option<LifecycleHandler> = "preStop",
    }

    /// One hook of a container's life.
    struct LifecycleHandler {
        http_get: Option<HttpGetAction> = "httpGet",
        tcp_socket: Option<TcpSocketAction> = "tcpSocket",
        exec: Present = "exec",
        sleep: Option<SleepAction> = "sleep",
    }

    /// A pause before a container is stopped.
    struct SleepAction {
        seconds: i64 = "seconds",
    }

    /// What a container may do.
    struct SecurityContext {
        capabilities: Option<Capabilities> = "capabilities",
        privileged: Option<bool> = "privileged",
        se_linux_options: Option<SeLinuxOptions> = "seLinuxOptions",
        windows_options: Option<WindowsOptions> = "windowsOptions",
        run_as_user: Option<i64> = "runAsUser",
        run_as_group: Option<i64> = "runAsGroup",
        run_as_non_root: Option<bool> = "runAsNonRoot",
        read_only_root_filesystem: Option<bool> = "readOnlyRootFilesystem",
        allow_privilege_escalation: Option<bool> = "allowPrivilegeEscalation",
        proc_mount: Option<Text> = "procMount",
        seccomp_profile: Option<Profile> = "seccompProfile",
        app_armor_profile: Option<Profile> = "appArmorProfile",
    }

    /// What the containers of a pod may do.
    struct PodSecurityContext {
        se_linux_options: Option<SeLinuxOptions> = "seLinuxOptions",
        windows_options: Option<WindowsOptions> = "windowsOptions",
        run_as_user: Option<i64> = "runAsUser",
        run_as_group: Option<i64> = "runAsGroup",
        run_as_non_root: Option<bool> = "runAsNonRoot",
        supplemental_groups: Vec<i64> = "supplementalGroups",
        fs_group: Option<i64> = "fsGroup",
        sysctls: Vec<Sysctl> = "sysctls",
        seccomp_profile: Option<Profile> = "seccompProfile",
        app_armor_profile: Option<Profile> = "appArmorProfile",
    }

    /// Linux capabilities that are added and dropped.
    struct Capabilities {
        add: Vec<Text> = "add",
        drop: Vec<Text> = "drop",
    }

    /// The SELinux context.
    struct SeLinuxOptions {
        user: Text = "user",
        role: Text = "role",
        kind: Text = "type",
    }

    /// What is special to Windows.
    struct WindowsOptions {
        host_process: Option<bool> = "hostProcess",
        run_as_user_name: Text = "runAsUserName",
    }

    /// A seccomp or AppArmor profile.
    struct Profile {
        kind: Text = "type",
    }

    /// A kernel parameter.
    struct Sysctl {
        name: Text = "name",
    }

    /// The operating system that a pod declares.
    struct PodOs {
        name: Text = "name",
    }

    /// A condition that must hold before a pod counts as ready.
    struct PodReadinessGate {
        condition_type: Text = "conditionType",
    }

    /// A gate that keeps a pod from being scheduled.
    struct PodSchedulingGate {
        name: Text = "name",
    }

    /// A taint that a pod bears.
    struct Toleration {
        key: Text = "key",
        operator: Text = "operator",
        value: Text = "value",
        effect: Text = "effect",
    }

    /// Where a pod wants to run.
    struct Affinity {
        node_affinity: Option<NodeAffinity> = "nodeAffinity",
        pod_anti_affinity: Option<PodAntiAffinity> = "podAntiAffinity",
    }

    /// Which nodes a pod wants.
    struct NodeAffinity {
        required: Option<NodeSelector> = "requiredDuringSchedulingIgnoredDuringExecution",
    }

    /// Nodes by alternatives.
    struct NodeSelector {
        node_selector_terms: Vec<NodeSelectorTerm> = "nodeSelectorTerms",
    }

    /// One alternative: all its requirements hold.
    struct NodeSelectorTerm {
        match_expressions: Vec<LabelSelectorRequirement> = "matchExpressions",
        match_fields: Vec<LabelSelectorRequirement> = "matchFields",
    }

    /// Which pods a pod keeps away from.
    struct PodAntiAffinity {
        required: Vec<PodAffinityTerm> = "requiredDuringSchedulingIgnoredDuringExecution",
        preferred: Vec<WeightedPodAffinityTerm> = "preferredDuringSchedulingIgnoredDuringExecution",
    }

    /// A preferred distance.
    struct WeightedPodAffinityTerm {
        pod_affinity_term: PodAffinityTerm = "podAffinityTerm",
    }

    /// A distance to pods, per topology.
    struct PodAffinityTerm {
        label_selector: Option<LabelSelector> = "labelSelector",
        namespaces: Vec<Text> = "namespaces",
        topology_key: Text = "topologyKey",
        namespace_selector: Option<LabelSelector> = "namespaceSelector",
    }

    /// How evenly pods are spread.
    struct TopologySpreadConstraint {
        max_skew: i32 = "maxSkew",
        topology_key: Text = "topologyKey",
        when_unsatisfiable: Text = "whenUnsatisfiable",
        label_selector: Option<LabelSelector> = "labelSelector",
        match_label_keys: Vec<Text> = "matchLabelKeys",
    }

    /// A volume; the source that is present is the one that is used.
    struct Volume {
        name: Text = "name",
        host_path: Option<HostPathVolumeSource> = "hostPath",
        empty_dir: Option<EmptyDirVolumeSource> = "emptyDir",
        secret: Option<SecretVolumeSource> = "secret",
        persistent_volume_claim: Option<ClaimVolumeSource> = "persistentVolumeClaim",
        config_map: Option<ConfigMapVolumeSource> = "configMap",
        projected: Option<ProjectedVolumeSource> = "projected",
        csi: Option<CsiVolumeSource> = "csi",
        ephemeral: Option<EphemeralVolumeSource> = "ephemeral",
        downward_api: Present = "downwardAPI",
        image: Present = "image",
        git_repo: Present = "gitRepo",
        nfs: Present = "nfs",
        iscsi: Present = "iscsi",
        glusterfs: Present = "glusterfs",
        rbd: Present = "rbd",
        flex_volume: Present = "flexVolume",
        cinder: Present = "cinder",
        cephfs: Present = "cephfs",
        flocker: Present = "flocker",
        fc: Present = "fc",
        azure_file: Present = "azureFile",
        azure_disk: Present = "azureDisk",
        vsphere_volume: Present = "vsphereVolume",
        quobyte: Present = "quobyte",
        portworx_volume: Present = "portworxVolume",
        scale_io: Present = "scaleIO",
        storageos: Present = "storageos",
        gce_persistent_disk: Present = "gcePersistentDisk",
        aws_elastic_block_store: Present = "awsElasticBlockStore",
        photon_persistent_disk: Present = "photonPersistentDisk",
    }

    /// A path of the node.
    struct HostPathVolumeSource {
        path: Text = "path",
        kind: Text = "type",
    }

    /// A directory that lives as long as the pod.
    struct EmptyDirVolumeSource {
        medium: Text = "medium",
        size_limit: Option<crate::inventory::values::Quantity> = "sizeLimit",
    }

    /// The keys of a Secret as files.
    struct SecretVolumeSource {
        secret_name: Text = "secretName",
        items: Vec<KeyToPath> = "items",
        optional: bool = "optional",
    }

    /// The keys of a ConfigMap as files.
    struct ConfigMapVolumeSource {
        name: Text = "name",
        items: Vec<KeyToPath> = "items",
        optional: bool = "optional",
    }

    /// A key that becomes a file.
    struct KeyToPath {
        key: Text = "key",
    }

    /// A claim of the same namespace.
    struct ClaimVolumeSource {
        claim_name: Text = "claimName",
        read_only: bool = "readOnly",
    }

    /// A claim that lives as long as the pod.
    struct EphemeralVolumeSource {
        volume_claim_template: Present = "volumeClaimTemplate",
    }

    /// An inline CSI volume.
    struct CsiVolumeSource {
        driver: Text = "driver",
    }

    /// Several sources in one volume.
    struct ProjectedVolumeSource {
        sources: Vec<VolumeProjection> = "sources",
    }

    /// One source of a projected volume.
    struct VolumeProjection {
        secret: Option<ConfigMapVolumeSource> = "secret",
        config_map: Option<ConfigMapVolumeSource> = "configMap",
        service_account_token: Option<ServiceAccountTokenProjection> = "serviceAccountToken",
    }

    /// A token in a projected volume.
    struct ServiceAccountTokenProjection {
        audience: Text = "audience",
    }

    /// A pod's state.
    struct PodStatus {
        phase: Text = "phase",
        conditions: Vec<Condition> = "conditions",
        reason: Text = "reason",
        start_time: Option<Time> = "startTime",
        init_container_statuses: Vec<ContainerStatus> = "initContainerStatuses",
        container_statuses: Vec<ContainerStatus> = "containerStatuses",
        ephemeral_container_statuses: Vec<ContainerStatus> = "ephemeralContainerStatuses",
    }

    /// A container's state.
    struct ContainerStatus {
        name: Text = "name",
        state: ContainerState = "state",
        last_state: ContainerState = "lastState",
        ready: bool = "ready",
        restart_count: i32 = "restartCount",
        image: Text = "image",
        image_id: Text = "imageID",
    }

    /// What a container is doing.
    struct ContainerState {
        waiting: Option<ContainerStateWaiting> = "waiting",
        terminated: Option<ContainerStateTerminated> = "terminated",
    }

    /// Why a container waits.
    struct ContainerStateWaiting {
        reason: Text = "reason",
        message: Text = "message",
    }

    /// How a container ended.
    struct ContainerStateTerminated {
        exit_code: i32 = "exitCode",
        signal: i32 = "signal",
        reason: Text = "reason",
        finished_at: Option<Time> = "finishedAt",
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
