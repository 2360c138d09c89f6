//! How the command line's values are read.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use kready_checks::knowledge::releases;

use crate::{
    config::FailOn,
    nearest,
    report::{Profile, is_label_key},
};

/// The format of a list of checks or controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListFormat {
    Table,
    Json,
}

impl ListFormat {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            _ => Err(nearest::unknown("format", text, ["table", "json"])),
        }
    }
}

/// The format of a check's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExplainFormat {
    Text,
    Json,
    Markdown,
}

impl ExplainFormat {
    pub(crate) const NAMES: [&'static str; 3] = ["text", "json", "markdown"];

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "markdown" => Ok(Self::Markdown),
            _ => Err(nearest::unknown("format", text, Self::NAMES)),
        }
    }
}

pub(super) fn profile() -> impl TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::NAMES)
        .try_map(|name| Profile::parse(&name).ok_or("there is no such profile"))
}

pub(super) fn fail_on(text: &str) -> Result<FailOn, String> {
    FailOn::parse(text).ok_or_else(|| nearest::unknown("severity", text, FailOn::NAMES))
}

pub(super) fn label_key(text: &str) -> Result<String, String> {
    if is_label_key(text) {
        Ok(text.to_owned())
    } else {
        Err("the key of a label is needed, such as team or app.kubernetes.io/part-of".into())
    }
}

pub(super) fn percent(text: &str) -> Result<f64, String> {
    text.trim_end_matches('%')
        .parse()
        .ok()
        .filter(|value| (0.0..=100.0).contains(value))
        .ok_or_else(|| "a number from 0 to 100 is needed".into())
}

/// A Kubernetes minor version: `36` of `v1.36.3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Minor(pub(crate) u32);

pub(super) fn kubernetes_minor(text: &str) -> Result<Minor, String> {
    let mut parts = text.trim_start_matches('v').split('.');
    let minor = (parts.next() == Some("1"))
        .then(|| parts.next())
        .flatten()
        .and_then(|minor| minor.trim_end_matches('+').parse().ok());
    let minor: u32 = minor.ok_or("a version such as 1.36 is needed")?;
    let newest = releases::newest();
    if minor > newest {
        return Err(format!(
            "this kready knows Kubernetes up to 1.{newest}: a newer kready may know this version"
        ));
    }
    Ok(Minor(minor))
}

/// The longest duration: added to any time, it stays one.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Go's durations as kubectl takes them: `1m30s`, `500ms`, `0`; a bare number counts seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a duration such as 30s, 1m30s or 2h is needed, or 0 for no limit".to_owned();
    let bounded = |total: Duration| {
        if total > LONGEST {
            return Err("a year at most is possible (8760h), or 0 for no limit".to_owned());
        }
        Ok(total)
    };
    if let Ok(seconds) = text.parse() {
        return bounded(Duration::from_secs(seconds));
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(wrong)?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return Err(wrong()),
        };
        rest = &rest[letters..];
        let more = Duration::try_from_secs_f64(number * unit).map_err(|_| wrong())?;
        total = total.checked_add(more).ok_or_else(wrong)?;
    }
    if text.is_empty() {
        return Err(wrong());
    }
    bounded(total)
}

pub(super) fn service_account(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() => {
            Ok((namespace.to_owned(), name.to_owned()))
        }
        _ => Err("NAMESPACE:NAME is needed".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_kubectl_reads_them() {
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        assert_eq!(duration("45"), Ok(Duration::from_secs(45)));
        assert_eq!(duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1.5h"), Ok(Duration::from_mins(90)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("8760h"), Ok(LONGEST));
        for wrong in [
            "",
            "s",
            "5x",
            "-1s",
            "1m30",
            "99999999999999999999h",
            "18446744073709551615",
            "99999999999999999999",
            "8760h1ms",
            "1e400s",
            "NaNs",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn versions_are_read_with_and_without_a_patch() {
        assert_eq!(kubernetes_minor("1.36"), Ok(Minor(36)));
        assert_eq!(kubernetes_minor("v1.30.4"), Ok(Minor(30)));
        assert_eq!(kubernetes_minor("1.29+"), Ok(Minor(29)));
        assert!(kubernetes_minor("2.0").is_err());
        assert!(kubernetes_minor("36").is_err());
    }

    #[test]
    fn a_version_that_is_not_known_is_refused() {
        let newest = releases::newest();
        assert_eq!(kubernetes_minor(&format!("1.{newest}")), Ok(Minor(newest)));
        let error = kubernetes_minor("1.99").unwrap_err();
        assert!(error.contains(&format!("up to 1.{newest}")), "{error}");
    }
}
