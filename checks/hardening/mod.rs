//! Hardening: how far does one compromised pod or token get?

mod anonymous_access_granted;
mod apparmor_disabled;
mod capabilities_not_dropped;
mod capability_added_beyond_baseline;
mod cluster_admin_granted;
mod cluster_secret_read_granted;
mod host_namespace_shared;
mod host_path_sensitive;
mod host_path_volume;
mod host_path_writable;
mod host_port;
mod identity_takeover_granted;
mod non_root_undeclared;
mod pod_security_enforcement_missing;
mod privilege_escalation_allowed;
mod privileged_container;
mod probe_host_set;
mod proc_mount_unmasked;
mod root_user_configured;
mod root_user_possible;
mod runtime_socket_mounted;
mod seccomp_profile_missing;
mod seccomp_unconfined;
mod secret_literal_in_environment;
mod secrets_unencrypted_at_rest;
mod selinux_options_forbidden;
mod serviceaccount_token_automounted;
mod sysctl_unsafe;
mod volume_type_restricted;
mod windows_host_process;

use crate::frame::Check;

pub(crate) static CHECKS: &[&Check] = &[
    &anonymous_access_granted::CHECK,
    &apparmor_disabled::CHECK,
    &capabilities_not_dropped::CHECK,
    &capability_added_beyond_baseline::CHECK,
    &cluster_admin_granted::CHECK,
    &cluster_secret_read_granted::CHECK,
    &host_namespace_shared::CHECK,
    &host_path_sensitive::CHECK,
    &host_path_volume::CHECK,
    &host_path_writable::CHECK,
    &host_port::CHECK,
    &identity_takeover_granted::CHECK,
    &non_root_undeclared::CHECK,
    &pod_security_enforcement_missing::CHECK,
    &privilege_escalation_allowed::CHECK,
    &privileged_container::CHECK,
    &probe_host_set::CHECK,
    &proc_mount_unmasked::CHECK,
    &root_user_configured::CHECK,
    &root_user_possible::CHECK,
    &runtime_socket_mounted::CHECK,
    &seccomp_profile_missing::CHECK,
    &seccomp_unconfined::CHECK,
    &secret_literal_in_environment::CHECK,
    &secrets_unencrypted_at_rest::CHECK,
    &selinux_options_forbidden::CHECK,
    &serviceaccount_token_automounted::CHECK,
    &sysctl_unsafe::CHECK,
    &volume_type_restricted::CHECK,
    &windows_host_process::CHECK,
];
