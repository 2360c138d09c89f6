//! An expired certificate of the API endpoint locks everyone out at once.

use crate::{
    inventory::{Certificate, IntParam, Param},
    prelude::*,
    wire::{DAY, Time},
};

pub(super) static CHECK: Check = Check {
    id: "api-certificate-expiring",
    pillar: Pillar::Networking,
    severity: Severity::High,
    impact: Impact::Fragile,
    title: "the API endpoint's certificate expires soon, or is weak",
    fix: "renew the certificate: kubeadm certs renew all, or as the provider documents",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    reach: Reach::Cluster,
    needs: &[
        examined_all(&[Evidence::ApiCertificates]),
        correlated_all(PLATFORM),
    ],
    standards: &[Standard::Cis("1.2.24"), Standard::Aks("07.02.03")],
    params: &[Param::Int(DAYS)],
    docs: include_str!("api_certificate_expiring.md"),
    run,
    ..Check::BASE
};

/// The smallest RSA key, in bits, that is not weak.
const RSA_BITS: u32 = 2048;

const DAYS: IntParam = IntParam {
    name: "days",
    default: 30,
    about: "the number of days that must be left; for short-lived certificates it is 15% of their lifetime",
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let chain = match cx
        .api_certificates()
        .get("the API endpoint's certificates")?
    {
        Some(chain) if !chain.is_empty() => chain,
        _ => return Err(NotApplicable::Absent.into()),
    };
    let mut sheet = Sheet::new();
    let mut findings = Vec::new();
    let mut weak = Vec::new();
    for certificate in judged(chain) {
        match expiry(certificate, cx.now(), cx.int(DAYS)) {
            Ok(finding) => findings.extend(finding),
            Err(why) => sheet.undecided(why),
        }
        weak.extend(weakness(certificate));
    }
    if !weak.is_empty() {
        match cx.platform() {
            // Keys and signatures of a managed plane are the provider's choice.
            Ok(platform) if platform.control_plane_managed => {}
            Ok(_) => findings.append(&mut weak),
            Err(why) => sheet.undecided(why),
        }
    }
    sheet.examine(Ok(findings));
    Ok(sheet)
}

/// The leaf and the intermediates, of each subject the newest.
fn judged(chain: &[Certificate]) -> impl Iterator<Item = &Certificate> {
    chain
        .iter()
        .enumerate()
        // A root may be sent along; clients trust their own copy.
        .filter(|(place, certificate)| *place == 0 || certificate.subject != certificate.issuer)
        .map(|(_, certificate)| certificate)
        .filter(|certificate| {
            certificate.error.is_some()
                || !chain.iter().any(|other| {
                    other.error.is_none()
                        && other.subject == certificate.subject
                        && other.not_after > certificate.not_after
                })
        })
}

fn on(certificate: &Certificate, field: &str) -> Finding {
    Finding::cluster().at(format!("chain[subject={}].{field}", certificate.subject))
}

fn expiry(certificate: &Certificate, now: Time, days: i64) -> Result<Option<Finding>, Why> {
    let (Some(from), Some(until), None) = (
        certificate.not_before,
        certificate.not_after,
        &certificate.error,
    ) else {
        return Err(Why::new(
            Unknown::Unreadable,
            "a certificate of the API endpoint could not be parsed",
        ));
    };
    let left = until.since(now);
    let share = until.since(from) * 15 / 100;
    if left >= days.saturating_mul(DAY).min(share) {
        return Ok(None);
    }
    let in_words = match left / DAY {
        _ if left < 0 => format!("expired on {until}"),
        0 => format!("expires today, on {until}"),
        1 => format!("expires in 1 day, on {until}"),
        left => format!("expires in {left} days, on {until}"),
    };
    let expected = if share < days * DAY {
        "at least 15% of its lifetime left".to_owned()
    } else {
        format!("at least {days} days left")
    };
    Ok(Some(on(certificate, "notAfter").saw(in_words, expected)))
}

fn weakness(certificate: &Certificate) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(digest) = weak_digest(&certificate.signature) {
        findings.push(
            on(certificate, "signatureAlgorithm")
                .saw(format_args!("signed with {digest}"), "SHA-256 or better"),
        );
    }
    if let Some(bits) = certificate.rsa_bits
        && bits < RSA_BITS
    {
        findings.push(on(certificate, "publicKey").saw(
            format_args!("an RSA key of {bits} bits"),
            format_args!("at least {RSA_BITS} bits"),
        ));
    }
    findings
}

/// The broken digest of a signature algorithm, by its name or object identifier.
fn weak_digest(signature: &str) -> Option<&'static str> {
    let name: String = signature
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let sha1 = [
        "1.2.840.113549.1.1.5",
        "1.2.840.10045.4.1",
        "1.2.840.10040.4.3",
        "1.3.14.3.2.29",
    ];
    if sha1.contains(&signature) || name.contains("sha1") {
        Some("SHA-1")
    } else if signature == "1.2.840.113549.1.1.4" || name.contains("md5") {
        Some("MD5")
    } else {
        None
    }
}
