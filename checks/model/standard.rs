//! The controls of published standards that a check decides.

use std::fmt;

/// One control of a published standard, or one topic of a vendor's guide.
///
/// The numbers are those of CIS Kubernetes Benchmark 1.12, the CIS benchmarks for EKS 1.8.0, GKE 1.9.0 and
/// AKS 1.8.0, the NSA/CISA Kubernetes Hardening Guide, OWASP Kubernetes Top Ten 2025, the Pod Security
/// Standards, the EKS best-practices guide, the AKS review checklist, and the control ids of kubescape and trivy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standard {
    /// CIS Kubernetes Benchmark: `5.2.2`.
    Cis(&'static str),
    /// NSA/CISA Kubernetes Hardening Guide: `Pod`, with the control's number where one exists: `Pod 1.2`.
    Nsa(&'static str),
    /// OWASP Kubernetes Top Ten: `K01`.
    Owasp(&'static str),
    /// Pod Security Standards: `baseline` or `restricted`.
    Pss(&'static str),
    /// A CIS EKS control (`4.2.1`) or a topic of the EKS best-practices guide (`reliability/application`).
    Eks(&'static str),
    /// A CIS GKE control: `5.7.1`.
    Gke(&'static str),
    /// A CIS AKS control (`5.4.5`) or an item of the AKS review checklist (`02.02.04`).
    Aks(&'static str),
    /// A kubescape control: `C-0057`.
    Kubescape(&'static str),
    /// A trivy check: `KSV-0017`.
    Trivy(&'static str),
}

impl Standard {
    /// Every standard by its short name, as `--standard` takes it, and its full one.
    pub const ALL: [(&'static str, &'static str); 9] = [
        ("cis", "CIS Kubernetes Benchmark 1.12"),
        ("nsa", "NSA/CISA Kubernetes Hardening Guide"),
        ("owasp", "OWASP Kubernetes Top Ten 2025"),
        ("pss", "Pod Security Standards"),
        (
            "eks",
            "CIS EKS Benchmark 1.8.0 and EKS best-practices guide",
        ),
        ("gke", "CIS GKE Benchmark 1.9.0"),
        ("aks", "CIS AKS Benchmark 1.8.0 and AKS review checklist"),
        ("kubescape", "kubescape controls"),
        ("trivy", "trivy checks"),
    ];

    /// The standard's short name, as `--standard` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cis(_) => "cis",
            Self::Nsa(_) => "nsa",
            Self::Owasp(_) => "owasp",
            Self::Pss(_) => "pss",
            Self::Eks(_) => "eks",
            Self::Gke(_) => "gke",
            Self::Aks(_) => "aks",
            Self::Kubescape(_) => "kubescape",
            Self::Trivy(_) => "trivy",
        }
    }

    /// The control within the standard.
    pub const fn control(self) -> &'static str {
        match self {
            Self::Cis(control)
            | Self::Nsa(control)
            | Self::Owasp(control)
            | Self::Pss(control)
            | Self::Eks(control)
            | Self::Gke(control)
            | Self::Aks(control)
            | Self::Kubescape(control)
            | Self::Trivy(control) => control,
        }
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name(), self.control())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_standard_is_listed() {
        let listed = Standard::ALL.map(|(name, _)| name);
        for standard in [
            Standard::Cis(""),
            Standard::Nsa(""),
            Standard::Owasp(""),
            Standard::Pss(""),
            Standard::Eks(""),
            Standard::Gke(""),
            Standard::Aks(""),
            Standard::Kubescape(""),
            Standard::Trivy(""),
        ] {
            assert!(listed.contains(&standard.name()), "{standard:?}");
        }
    }
}
