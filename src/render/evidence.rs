//! What a finding says: about which object, what was seen there, and what is expected.

use kready_checks::model::ObjectRef;

use crate::report::FindingResult;

/// What was seen, with the field if there is one, and what is expected.
pub(crate) fn words(finding: &FindingResult) -> (String, String) {
    let finding = &finding.finding;
    // The name of the container is said already, so its path is left out.
    let field = finding.fault.path.as_deref().map(|path| {
        finding
            .fault
            .container
            .as_deref()
            .and_then(|container| path.split_once(&format!("[name={container}]")))
            .map_or(path, |(_, field)| field.trim_start_matches('.'))
    });
    let field = field.filter(|field| !field.is_empty());
    let seen = match field {
        Some(field) if !finding.seen.is_empty() => format!("{field}: {}", finding.seen),
        Some(field) => field.to_owned(),
        None => finding.seen.to_string(),
    };
    (seen, finding.fault.expected.to_string())
}

/// What advice is called: what only finds a cause fixes nothing.
pub(crate) fn label(fix: &str) -> &'static str {
    if fix.starts_with("find ") {
        "next"
    } else {
        "fix"
    }
}

/// `Deployment shop/cart`, or that it is about the cluster.
pub(crate) fn object_name(object: Option<&ObjectRef>) -> String {
    object.map_or_else(|| "the cluster".to_owned(), ToString::to_string)
}

/// What was seen and what is expected, in one sentence.
pub(crate) fn sentence(finding: &FindingResult) -> String {
    let (seen, expected) = words(finding);
    match (seen.is_empty(), expected.is_empty()) {
        (false, false) => format!("seen {seen}; expected {expected}"),
        (false, true) => format!("seen {seen}"),
        (true, false) => format!("expected {expected}"),
        (true, true) => String::new(),
    }
}
