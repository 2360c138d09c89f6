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
        meaning: "The configuration, in the working directory: see `kready.yaml`(5). `--config` names another one.",
        option: "config",
    },
    Surrounding {
        names: &["waivers.d/*.yaml", "waivers.d/*.yml"],
        meaning: "More waivers, in files beside the configuration, so that each can have owners of its own.",
        option: "config",
    },
    Surrounding {
        names: &[".kreadyignore"],
        meaning: "What isn't looked at in a folder of manifests and those below it, in the grammar of `.gitignore`. \
                  Hidden files and folders never are.",
        option: "files",
    },
    Surrounding {
        names: &["~/.kube/config"],
        meaning: "The kubeconfig, unless `--kubeconfig` or KUBECONFIG names another one.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["/var/run/secrets/kubernetes.io/serviceaccount/"],
        meaning: "The credentials of the ServiceAccount, where there is no kubeconfig and kready runs in a pod.",
        option: "kubeconfig",
    },
];

pub(super) const VARIABLES: [Surrounding; 10] = [
    Surrounding {
        names: &["KUBECONFIG"],
        meaning: "The kubeconfig, or several of them, separated as in PATH, that are merged as kubectl does it.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"],
        meaning: "The proxy to the API server (`http`, `https` or `socks5`), and the hosts that are reached without it; \
                  also in lower case. `proxy-url` in the kubeconfig comes first.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["SSL_CERT_FILE", "SSL_CERT_DIR"],
        meaning: "The certificates of the authorities that are trusted where the kubeconfig names none, instead of the \
                  system's. Not read on macOS and Windows.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"],
        meaning: "The API server, where there is no kubeconfig: the kubelet sets them in every pod.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["POD_NAMESPACE"],
        meaning: "The namespace of the pod that kready runs in, instead of the one beside its credentials.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["PATH"],
        meaning: "Where `--render` finds helm, kustomize and kubectl, and where the plugins are that a kubeconfig names.",
        option: "kubeconfig",
    },
    Surrounding {
        names: &["KREADY_NOW"],
        meaning: "The time that counts as now, such as `2026-11-25T03:00:00Z`, so that a report can be repeated.",
        option: "output",
    },
    Surrounding {
        names: &["NO_COLOR"],
        meaning: "Unless it is empty, there are no links in the output, and no colour without `--color always`.",
        option: "",
    },
    Surrounding {
        names: &["TERM"],
        meaning: "With `dumb`, print plain text and show no progress.",
        option: "",
    },
    Surrounding {
        names: &["COLUMNS", "LC_ALL", "LC_CTYPE", "LANG"],
        meaning: "How wide the output is where it is no terminal, and whether a terminal shows more than ASCII.",
        option: "",
    },
];
