//! What a path of the node is to whoever mounts it.

use super::PodView;
use crate::{inventory::types::Volume, model::Text};

/// What a `hostPath` volume gives away; each has one, the first that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPath<'a> {
    /// The socket of a container runtime, or a directory that holds one.
    RuntimeSocket,
    /// A part of the node's system, or of somebody's credentials.
    Sensitive,
    /// Another part of the node, which these containers may change.
    Writable(Vec<&'a Text>),
    /// Another part of the node.
    Other,
}

const SOCKETS: &[&str] = &[
    "docker.sock",
    "containerd.sock",
    "crio.sock",
    "dockershim.sock",
    "cri-dockerd.sock",
    "podman.sock",
    "buildkitd.sock",
    "balena.sock",
    "balena-engine.sock",
];

/// The same on Windows, where they are pipes.
const PIPES: &[&str] = &["docker_engine", "containerd-containerd"];

/// The directories that hold sockets of runtimes, below `/run`, which is `/var/run` as well.
const SOCKET_DIRECTORIES: &[&str] = &[
    "",
    "containerd",
    "crio",
    "docker",
    "podman",
    "k3s/containerd",
];

const SENSITIVE: &[&str] = &[
    "/etc",
    "/boot",
    "/dev",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/home",
    "/sys",
    "/usr",
    "/bin",
    "/sbin",
    "/var/lib/kubelet",
    "/var/lib/docker",
    "/var/lib/containerd",
    "/var/lib/etcd",
    "/etc/kubernetes",
    "/opt/cni",
];

/// Where the clients of clouds keep credentials.
const CREDENTIALS: &[&str] = &["/.aws/", "/.azure/", "/.config/gcloud/"];

/// What of the system everyone may read: certificates of authorities, the time zone, the names of node and distribution.
const PUBLIC: &[&str] = &[
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/usr/share/ca-certificates",
    "/etc/localtime",
    "/etc/timezone",
    "/usr/share/zoneinfo",
    "/etc/os-release",
    "/usr/lib/os-release",
    "/etc/hostname",
];

/// Where programs leave lines for the node's log.
const LOG_SOCKET: &str = "/dev/log";

impl<'a> HostPath<'a> {
    /// What a volume of a pod gives away; none when it is nothing of the node.
    pub fn of(volume: &Volume, pod: &PodView<'a>) -> Option<Self> {
        let source = volume.host_path.as_ref()?;
        let path = cleaned(&source.path);
        if is_runtime_socket(&path) || is_runtime_pipe(&source.path) {
            return Some(Self::RuntimeSocket);
        }
        if path == LOG_SOCKET {
            return Some(Self::Other);
        }
        let writers: Vec<&Text> = pod
            .containers()
            .filter(|(_, container)| {
                container.volume_mounts.iter().any(|mount| {
                    let recursive =
                        matches!(mount.recursive_read_only.as_str(), "Enabled" | "IfPossible");
                    mount.name == volume.name && !mount.read_only && !recursive
                })
            })
            .map(|(_, container)| &container.name)
            .collect();
        let is_public = writers.is_empty() && PUBLIC.iter().any(|public| is_below(&path, public));
        Some(if is_sensitive(&path) && !is_public {
            Self::Sensitive
        } else if writers.is_empty() {
            Self::Other
        } else {
            Self::Writable(writers)
        })
    }
}

/// A path without what does not count: doubled slashes, dots, and a slash at its end.
fn cleaned(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

fn is_runtime_socket(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let directory = path
        .strip_prefix("/var/run")
        .or_else(|| path.strip_prefix("/run"))
        .and_then(|rest| match rest {
            "" => Some(rest),
            _ => rest.strip_prefix('/'),
        });
    SOCKETS.contains(&name)
        || directory.is_some_and(|directory| SOCKET_DIRECTORIES.contains(&directory))
}

fn is_runtime_pipe(path: &str) -> bool {
    let path = path.replace('\\', "/");
    path.strip_prefix("//./pipe/")
        .is_some_and(|pipe| PIPES.contains(&pipe))
}

/// Whether a path is a directory or lies in it.
fn is_below(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_sensitive(path: &str) -> bool {
    let path_in_directory = format!("{path}/");
    path == "/"
        || SENSITIVE
            .iter()
            .any(|directory| is_below(path, directory) || is_below(directory, path))
        || CREDENTIALS
            .iter()
            .any(|credentials| path_in_directory.contains(credentials))
}

#[cfg(test)]
mod tests {
    use super::{cleaned, is_runtime_socket, is_sensitive};

    #[test]
    fn sockets_and_the_directories_that_hold_them_are_told_by_their_path() {
        for path in [
            "/var/run/docker.sock",
            "/run//containerd/containerd.sock",
            "/custom/podman.sock/",
            "/run",
            "/var/run/",
            "/run/k3s/containerd",
            "/var/run/crio",
            "/var/run/../run/docker",
        ] {
            assert!(is_runtime_socket(&cleaned(path)), "{path}");
        }
        for path in [
            "/run/netns",
            "/runtime",
            "/var/running",
            "/run/k3s",
            "/var/run/cilium",
            "/data/docker.socket",
            "/",
        ] {
            assert!(!is_runtime_socket(&cleaned(path)), "{path}");
        }
    }

    #[test]
    fn what_lies_around_the_system_is_sensitive_by_whole_segments() {
        for path in [
            "/",
            "//",
            "/etc",
            "/etc/ssl/certs",
            "/var",
            "/var/lib",
            "/opt",
            "/lib/modules",
            "/dev/fuse",
            "/srv/app/.aws",
            "/srv/.config/gcloud/x",
            "/var/lib/kubelet/pods",
        ] {
            assert!(is_sensitive(&cleaned(path)), "{path}");
        }
        for path in [
            "/etcd",
            "/var/log",
            "/var/lib/rancher",
            "/data",
            "/library",
            "/srv/.awsome",
            "/srv/.config",
            "/opt/app",
        ] {
            assert!(!is_sensitive(&cleaned(path)), "{path}");
        }
    }
}
