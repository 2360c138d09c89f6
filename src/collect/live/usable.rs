//! What client-go refuses in a cluster and a user of a kubeconfig before it asks anything, and what it keeps back without TLS.

use std::{fs, path::Path};

use kube::config::{AuthInfo, Cluster};
use secrecy::{ExposeSecret, SecretString};

use super::{errors::tidy, plugin};

fn given(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty())
}

fn secret(text: Option<&SecretString>) -> bool {
    given(text.map(ExposeSecret::expose_secret))
}

/// Whether a cluster and a user contradict themselves.
///
/// # Errors
/// Says in words what is wrong with them.
pub(super) fn check(cluster: &Cluster, user: &AuthInfo) -> Result<(), String> {
    check_cluster(cluster)?;
    check_user(user)?;
    match &user.exec {
        Some(_) if user.auth_provider.is_some() => {
            Err("its user has both an exec plugin and an auth-provider".to_owned())
        }
        Some(exec) => check_plugin(exec),
        None => Ok(()),
    }
}

fn check_cluster(cluster: &Cluster) -> Result<(), String> {
    let file = cluster.certificate_authority.as_deref();
    if given(file) && given(cluster.certificate_authority_data.as_deref()) {
        return Err("its cluster has both certificate-authority and certificate-authority-data, but only one is allowed".to_owned());
    }
    is_there("certificate authority", file)
}

fn check_user(user: &AuthInfo) -> Result<(), String> {
    let has_name = given(user.username.as_deref());
    if secret(user.token.as_ref()) && (has_name || secret(user.password.as_ref())) {
        return Err("its user has both a token and a username or password, but only one of them may authenticate".to_owned());
    }
    let certificate = user.client_certificate.as_deref();
    let certificate_data = given(user.client_certificate_data.as_deref());
    if given(certificate) || certificate_data {
        if given(certificate) && certificate_data {
            return Err("its user has both client-certificate and client-certificate-data, but only one is allowed".to_owned());
        }
        let key = user.client_key.as_deref();
        let key_data = secret(user.client_key_data.as_ref());
        if given(key) && key_data {
            return Err(
                "its user has both client-key and client-key-data, but only one is allowed"
                    .to_owned(),
            );
        }
        if !given(key) && !key_data {
            return Err(
                "its user has a client certificate without its key (client-key or client-key-data)"
                    .to_owned(),
            );
        }
        is_there("client certificate", certificate)?;
        is_there("client key", key)?;
    }
    let acts_in = user
        .impersonate_groups
        .as_ref()
        .is_some_and(|groups| !groups.is_empty());
    let with = user
        .impersonate_user_extra
        .as_ref()
        .is_some_and(|extra| !extra.is_empty());
    if (given(user.impersonate_uid.as_deref()) || acts_in || with)
        && !given(user.impersonate.as_deref())
    {
        return Err(
            "its user names as-uid, as-groups or as-user-extra, but no user to act as".to_owned(),
        );
    }
    Ok(())
}

fn check_plugin(exec: &kube::config::ExecConfig) -> Result<(), String> {
    if !given(exec.command.as_deref()) {
        return Err("its user has an exec plugin without a command".to_owned());
    }
    let version = exec.api_version.as_deref().unwrap_or_default();
    if version.is_empty() {
        return Err("its user has an exec plugin without an apiVersion".to_owned());
    }
    if version == plugin::VERSIONS[0] && exec.interactive_mode.is_none() {
        return Err(format!(
            "its user has an exec plugin of {version} without an interactiveMode (Never, IfAvailable or Always)"
        ));
    }
    let is_nameless = |pair: &std::collections::HashMap<String, String>| {
        !given(pair.get("name").map(String::as_str))
    };
    if exec.env.iter().flatten().any(is_nameless) {
        return Err(
            "its user has an exec plugin with a variable in env that has no name".to_owned(),
        );
    }
    Ok(())
}

fn is_there(what: &str, file: Option<&str>) -> Result<(), String> {
    match file.filter(|file| !file.is_empty()) {
        Some(file) => fs::metadata(Path::new(file)).map(drop).map_err(|error| {
            format!(
                "the {what} {file} cannot be read: {}",
                tidy(&error.to_string())
            )
        }),
        None => Ok(()),
    }
}

/// What is wrong with credentials that are about to be sent, where client-go looks at it only then.
///
/// # Errors
/// Says in words what is wrong with them.
pub(super) fn check_sent(user: &AuthInfo) -> Result<(), String> {
    if given(user.token_file.as_deref()) && given(user.username.as_deref()) {
        return Err(
            "its user has both a tokenFile and a username, but only one of them may authenticate"
                .to_owned(),
        );
    }
    if let Some(exec) = &user.exec {
        let version = exec.api_version.as_deref().unwrap_or_default();
        if !plugin::VERSIONS.contains(&version) {
            return Err(format!(
                "its user has an exec plugin of the version {:?}, and there are {} and {}",
                tidy(version),
                plugin::VERSIONS[0],
                plugin::VERSIONS[1]
            ));
        }
    }
    Ok(())
}

/// Takes away what client-go neither reads nor sends where the server is not asked over TLS, and names it. Whom to act as stays: it
/// proves nothing, and client-go sends it.
pub(super) fn withhold(user: &mut AuthInfo, url_user: &mut Option<String>) -> Vec<&'static str> {
    let mut withheld = Vec::new();
    let mut hold = |is_there: bool, what: &'static str| {
        if is_there {
            withheld.push(what);
        }
    };
    hold(url_user.is_some(), "the user in the server's address");
    hold(secret(user.token.as_ref()), "token");
    hold(given(user.token_file.as_deref()), "tokenFile");
    hold(
        given(user.username.as_deref()) || secret(user.password.as_ref()),
        "username and password",
    );
    hold(
        given(user.client_certificate.as_deref()) || given(user.client_certificate_data.as_deref()),
        "client certificate",
    );
    hold(user.exec.is_some(), "exec plugin");
    hold(user.auth_provider.is_some(), "auth-provider");
    *url_user = None;
    *user = AuthInfo {
        impersonate: user.impersonate.take(),
        impersonate_uid: user.impersonate_uid.take(),
        impersonate_groups: user.impersonate_groups.take(),
        impersonate_user_extra: user.impersonate_user_extra.take(),
        ..AuthInfo::default()
    };
    withheld
}

#[cfg(test)]
mod tests {
    use kube::config::{AuthInfo, Cluster};
    use serde_json::{Value, json};

    use super::{check, check_sent, withhold};

    fn user(value: Value) -> AuthInfo {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_user_authenticates_in_one_way() {
        let exec = |value: Value| json!({"exec": value});
        let v1 = "client.authentication.k8s.io/v1";
        let beta = "client.authentication.k8s.io/v1beta1";
        for good in [
            json!({}),
            json!({"token": "t"}),
            json!({"token": "t", "username": ""}),
            json!({"username": "u"}),
            json!({"token": "t", "tokenFile": "f"}),
            json!({"client-key-data": "a"}),
            json!({"as": "jane", "as-groups": ["a"]}),
            exec(json!({"apiVersion": v1, "command": "c", "interactiveMode": "Never"})),
            exec(json!({"apiVersion": beta, "command": "c"})),
        ] {
            let checked = check(&Cluster::default(), &user(good.clone()));
            assert_eq!(checked, Ok(()), "{good}");
        }
        for bad in [
            json!({"token": "t", "username": "u"}),
            json!({"token": "t", "password": "p"}),
            json!({"client-certificate-data": "a"}),
            json!({"client-certificate-data": "a", "client-key-data": "a", "client-certificate": "/dev/null"}),
            json!({"client-certificate-data": "a", "client-key-data": "a", "client-key": "/dev/null"}),
            json!({"client-certificate": "/nowhere", "client-key-data": "a"}),
            json!({"as-groups": ["a"]}),
            json!({"as-uid": "a"}),
            json!({"as-user-extra": {"a": ["b"]}}),
            exec(json!({"apiVersion": v1, "command": "c"})),
            exec(json!({"apiVersion": v1, "command": "", "interactiveMode": "Never"})),
            exec(json!({"command": "c", "interactiveMode": "Never"})),
            exec(json!({"apiVersion": beta, "command": "c", "env": [{"value": "x"}]})),
            json!({"exec": {"apiVersion": beta, "command": "c"}, "auth-provider": {"name": "oidc"}}),
        ] {
            let checked = check(&Cluster::default(), &user(bad.clone()));
            assert!(checked.is_err(), "{bad}");
        }
        for bad in [
            json!({"tokenFile": "t", "username": "u"}),
            exec(json!({"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "c"})),
            exec(json!({"apiVersion": "v1", "command": "c"})),
        ] {
            assert!(check_sent(&user(bad.clone())).is_err(), "{bad}");
        }
    }

    #[test]
    fn nothing_is_kept_but_whom_to_act_as() {
        let mut all = user(json!({
            "token": "t", "tokenFile": "f", "username": "u", "password": "p",
            "client-certificate-data": "a", "client-key-data": "a", "auth-provider": {"name": "oidc"},
            "exec": {"command": "c"}, "as": "jane", "as-uid": "7", "as-groups": ["a"], "as-user-extra": {"a": ["b"]},
        }));
        let mut url_user = Some("u:p".to_owned());
        assert_eq!(withhold(&mut all, &mut url_user).len(), 7);
        assert_eq!(url_user, None);
        assert_eq!(
            serde_json::to_value(all).unwrap(),
            json!({"as": "jane", "as-uid": "7", "as-groups": ["a"], "as-user-extra": {"a": ["b"]},
                "password": null, "token": null, "client-key-data": null})
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Value>()
        );
        assert!(withhold(&mut AuthInfo::default(), &mut None).is_empty());
    }
}
