//! How a pod finds the cluster it runs in, and as whom, by client-go's rules.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::anyhow;
use kube::Config;

use super::{address, errors::tidy, local};
use crate::failure::Failure;

/// Where the kubelet puts what belongs to the service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What the kubelet tells every pod.
#[derive(Clone, Debug)]
pub(super) struct Pod {
    host: String,
    port: String,
    /// The namespace, if the manifest hands it over.
    namespace: Option<String>,
    account: PathBuf,
}

impl Pod {
    /// The pod that this program runs in, if it does.
    pub(super) fn here() -> Option<Self> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        Some(Self {
            host: variable("KUBERNETES_SERVICE_HOST")?,
            port: variable("KUBERNETES_SERVICE_PORT")?,
            namespace: variable("POD_NAMESPACE"),
            account: ACCOUNT.into(),
        })
    }

    /// How to reach the cluster. The token is read where it is needed: it is replaced from time to time.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let Self { host, port, .. } = self;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let address = address::read(&format!("https://{host}:{port}")).map_err(|why| {
            Failure::usage(anyhow!(
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not an address: {why}"
            ))
            .hint("leave them as the kubelet sets them, or name a kubeconfig with --kubeconfig")
        })?;
        let token = self.within("token");
        let why = match local::token(&token) {
            Ok(text) if text.trim().is_empty() => Some("is empty".to_owned()),
            Ok(_) => None,
            Err(error) => Some(format!("cannot be read: {}", tidy(&error.to_string()))),
        };
        if let Some(why) = why {
            return Err(Failure::usage(anyhow!(
                "cannot use this pod's service account: {} {why}",
                token.display()
            ))
            .hint("mount the service account's token, or name a kubeconfig with --kubeconfig"));
        }
        let mut config = Config::new(address.uri);
        config.default_namespace = self.namespace();
        config.root_cert = self.authorities();
        config.auth_info.token_file = Some(token.display().to_string());
        Ok(config)
    }

    fn within(&self, name: &str) -> PathBuf {
        self.account.join(name)
    }

    fn namespace(&self) -> String {
        if let Some(namespace) = &self.namespace {
            return namespace.clone();
        }
        let read = local::token(&self.within("namespace")).unwrap_or_default();
        match tidy(&read) {
            name if name.is_empty() => "default".to_owned(),
            name => name,
        }
    }

    /// The cluster's authority; without one that can be read, client-go takes the machine's.
    fn authorities(&self) -> Option<Vec<Vec<u8>>> {
        let pem = local::certificates(&self.within("ca.crt")).ok()?;
        local::authorities(&pem)
    }
}

/// Whether this is a pod with a service account.
pub(super) fn is_here() -> bool {
    Pod::here().is_some() && Path::new(ACCOUNT).join("token").is_file()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Pod;

    fn pod(host: &str, port: &str) -> (tempfile::TempDir, Pod) {
        let account = tempfile::tempdir().unwrap();
        fs::write(account.path().join("token"), "t\n").unwrap();
        let pod = Pod {
            host: host.to_owned(),
            port: port.to_owned(),
            namespace: None,
            account: account.path().to_owned(),
        };
        (account, pod)
    }

    #[test]
    fn the_address_is_that_of_the_environment() {
        for (host, port, expected) in [
            ("10.96.0.1", "443", "https://10.96.0.1:443/"),
            ("fd00::1", "6443", "https://[fd00::1]:6443/"),
            ("api.example", "443", "https://api.example:443/"),
        ] {
            let (_account, pod) = pod(host, port);
            let config = pod.config().unwrap();
            assert_eq!(config.cluster_url.to_string(), expected);
        }
        for (host, port) in [("10.96.0.1", "https"), ("a b", "443")] {
            assert!(pod(host, port).1.config().is_err(), "{host} {port}");
        }
    }

    #[test]
    fn missing_and_odd_files_are_no_obstacle() {
        let (account, mut pod) = pod("10.96.0.1", "443");
        let config = pod.config().unwrap();
        assert_eq!(config.default_namespace, "default");
        assert_eq!(config.root_cert, None);
        assert!(config.auth_info.token_file.unwrap().ends_with("/token"));
        fs::write(account.path().join("namespace"), " shop \n").unwrap();
        fs::write(account.path().join("ca.crt"), "no certificate").unwrap();
        let config = pod.config().unwrap();
        assert_eq!(config.default_namespace, "shop");
        assert_eq!(config.root_cert, None);
        pod.namespace = Some("audit".to_owned());
        assert_eq!(pod.config().unwrap().default_namespace, "audit");
        fs::write(account.path().join("token"), "\n").unwrap();
        let failure = pod.config().unwrap_err().to_string();
        assert!(failure.contains("is empty"), "{failure}");
        fs::remove_file(account.path().join("token")).unwrap();
        let failure = pod.config().unwrap_err().to_string();
        assert!(failure.contains("cannot be read"), "{failure}");
    }
}
