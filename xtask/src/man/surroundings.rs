//! The files and variables that kready reads besides what it is given.

/// A file or variable, and the option without which it is not read; empty where it always is.
#[derive(Debug)]
pub(super) struct Surrounding {
    pub(super) names: &'static [&'static str],
    pub(super) meaning: &'static str,
    pub(super) option: &'static str,
}

pub(super) const FILES: [Surrounding; 5] = [
    Surrounding {
        names: &["kready.yaml"],
        meaning: "The configuration, in the working directory; see `kready.yaml`(5). `--config` names another file.",
        option: "config",
    },
    Surrounding {
        names: &["waivers.d/*.yaml", "waivers.d/*.yml"],
        meaning: "More waivers, next to the configuration, so that each file can have its own owners.",
        option: "config",
    },
    Surrounding {
        names: &[".kreadyignore"],
        meaning: "What to skip in a folder of manifests and its subfolders, in the syntax of `.gitignore`. \
                  Hidden files and folders are always skipped.",
        option: "files",
    },
    Surrounding {
        names: &["~/.kube/config"],
        meaning: "The kubeconfig, unless `--kubeconfig` or KUBECONFIG names another one.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["/var/run/secrets/kubernetes.io/serviceaccount/"],
        meaning: "The credentials of the ServiceAccount, used in a pod when there is no kubeconfig.",
        option: "kubeconfig",
    },
];

pub(super) const VARIABLES: [Surrounding; 10] = [
    Surrounding {
        names: &["KUBECONFIG"],
        meaning: "The kubeconfig; several files are separated as in PATH and merged as kubectl merges them.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"],
        meaning: "The proxy to the API server (`http`, `https` or `socks5`), and the hosts that are reached without it; \
                  lower case works too. `proxy-url` in the kubeconfig takes precedence.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["SSL_CERT_FILE", "SSL_CERT_DIR"],
        meaning: "The certificate authorities to trust when the kubeconfig names none, instead of the system's. \
                  Ignored on macOS and Windows.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"],
        meaning: "The API server, when there is no kubeconfig. The kubelet sets them in every pod.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["POD_NAMESPACE"],
        meaning: "The namespace of the pod that kready runs in, instead of the one mounted with its credentials.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["PATH"],
        meaning: "Where the credential plugins of a kubeconfig are looked up, and helm, kustomize and kubectl for `--render`.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["KREADY_NOW"],
        meaning: "The time to take for now, such as `2026-11-25T03:00:00Z`, so that a report can be reproduced.",
        option: "output",
    },
    Surrounding {
        names: &["NO_COLOR"],
        meaning: "If it isn't empty, the output has no links, and no colour unless `--color always` is given.",
        option: "",
    },
    Surrounding {
        names: &["TERM"],
        meaning: "If it is `dumb`, the output is plain text and no progress is shown.",
        option: "",
    },
    Surrounding {
        names: &["COLUMNS", "LC_ALL", "LC_CTYPE", "LANG"],
        meaning: "The width of output that doesn't go to a terminal, and whether a terminal shows more than ASCII.",
        option: "",
    },
];
