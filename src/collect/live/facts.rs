//! Facts that are not objects: version, identity, health, flags.

use kready_checks::{
    inventory::{
        Fact, Flags, Gap, GapReason, HealthReport, ServerVersion, kept_flags::reduce_flags,
    },
    model::Text,
};
use serde::Deserialize;

use super::{
    answer::Answer,
    api::{Api, Call},
    errors::{Refusal, Trouble},
};

/// Reads the answer to `/version`.
pub(super) fn version(answer: &Answer) -> Fact<ServerVersion> {
    match answer.status {
        200 => match serde_json::from_slice(&answer.body) {
            Ok(version) => Fact::Seen(version),
            Err(_) => Fact::Gap(Gap::new(
                GapReason::Undecodable,
                "the answer could not be understood",
            )),
        },
        404 => Fact::NotServed,
        _ => Fact::Gap(refused(answer)),
    }
}

fn refused(answer: &Answer) -> Gap {
    let refusal = Refusal::read(answer.status, &answer.body, None);
    Trouble::Refused(refusal).gap(None)
}

#[derive(Deserialize)]
struct Review {
    status: ReviewStatus,
}

#[derive(Deserialize)]
struct ReviewStatus {
    #[serde(rename = "userInfo")]
    user_info: UserInfo,
}

#[derive(Deserialize)]
struct UserInfo {
    username: String,
}

/// The user as whom the API server authenticates kready; it may refuse to tell.
pub(super) async fn identity(api: &Api) -> Option<String> {
    const REVIEW: &str = r#"{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"#;
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let answer = api.once(Call::review(path, REVIEW)).await.ok()?;
    let review: Review = serde_json::from_slice(&answer.body).ok()?;
    Some(review.status.user_info.username)
}

/// Reads `/livez` or `/readyz`; that something is unhealthy is a fact, not an error.
pub(super) async fn health(api: &Api, path: &str) -> Fact<HealthReport> {
    let path = format!("{path}?verbose");
    let answer = match api.once(Call::get(&path, "text/plain, */*")).await {
        Ok(answer) => answer,
        Err(trouble) => return Fact::Gap(trouble.gap(None)),
    };
    let body = String::from_utf8_lossy(&answer.body);
    let verbose = body
        .lines()
        .any(|line| line.starts_with("[+]") || line.starts_with("[-]"));
    match answer.status {
        200 => Fact::Seen(HealthReport::parse(200, &body)),
        status if verbose => Fact::Seen(HealthReport::parse(status, &body)),
        500 | 503 => Fact::Seen(HealthReport::parse(answer.status, &body)),
        404 | 406 => Fact::NotServed,
        _ => Fact::Gap(refused(&answer)),
    }
}

#[derive(Deserialize)]
struct Flagz {
    #[serde(default)]
    flags: Flags,
}

/// Reads `/flagz`.
pub(super) async fn flagz(api: &Api) -> Fact<Flags> {
    const FORMS: [&str; 3] = [
        "application/json;v=v1beta1;g=config.k8s.io;as=Flagz",
        "application/json;v=v1alpha1;g=config.k8s.io;as=Flagz",
        "text/plain",
    ];
    for form in FORMS {
        let answer = match api.once(Call::get("/flagz", form)).await {
            Ok(answer) => answer,
            Err(trouble) => return Fact::Gap(trouble.gap(None)),
        };
        match answer.status {
            200 if answer.content_type().starts_with("application/json") => {
                return match serde_json::from_slice::<Flagz>(&answer.body) {
                    Ok(flagz) => Fact::Seen(reduce_flags(&flagz.flags)),
                    Err(_) => Fact::Gap(Gap::new(
                        GapReason::Undecodable,
                        "the answer could not be understood",
                    )),
                };
            }
            200 => {
                let flags = flags_of_text(&String::from_utf8_lossy(&answer.body));
                return if flags.is_empty() {
                    Fact::NotServed
                } else {
                    Fact::Seen(reduce_flags(&flags))
                };
            }
            406 | 415 => {}
            404 | 405 => return Fact::NotServed,
            _ => return Fact::Gap(refused(&answer)),
        }
    }
    Fact::NotServed
}

/// Reads the text form; the server picks its separator at random: `:`, `: `, `=` or a blank.
fn flags_of_text(text: &str) -> Flags {
    text.lines()
        .filter(|line| !line.starts_with("Warning") && !line.trim_end().ends_with(" flagz"))
        .filter_map(|line| {
            let line = line.trim();
            let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'))?;
            let (name, rest) = line.split_at(end);
            let value = rest.strip_prefix([':', '=']).unwrap_or(rest).trim();
            (!name.is_empty()).then(|| (Text::from(name), Text::from(value)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::flags_of_text;

    #[test]
    fn flags_are_read_from_text_with_any_separator() {
        for separator in [":", ": ", "=", " "] {
            let text = format!(
                "\nkube-apiserver flagz\nWarning: This endpoint is not meant to be machine parseable.\n\
                 anonymous-auth{separator}true\naudit-log-path{separator}/a=b:c\n"
            );
            let flags = flags_of_text(&text);
            assert_eq!(flags.len(), 2, "{flags:?}");
            assert_eq!(flags["anonymous-auth"], "true");
            assert_eq!(flags["audit-log-path"], "/a=b:c");
        }
    }
}
