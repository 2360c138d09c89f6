//! Clusters of old releases: each is recognised, judged rightly, and where it is gone its end and its successors are named.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{check, fixture, inventory};
use kready_checks::inventory::Picture;
use kready_checks::{
    inventory::{Inventory, Settings},
    knowledge::{Status, Verdict, component, platform},
    model::{Evaluation, Outcome, Unknown},
    wire::Time,
};

/// What is true of a cluster that has a system, and not of one that has something like it.
struct System {
    /// The folder of its two clusters.
    name: &'static str,
    /// The components that are recognised.
    recognised: &'static [&'static str],
    /// The platform, where the system is one.
    platform: Option<&'static str>,
    /// Checks that find it, with what each finding on it says.
    found_by: &'static [(&'static str, &'static [&'static str])],
    /// Checks that only note it, with what they say.
    noted_by: &'static [(&'static str, &'static [&'static str])],
    /// Checks that pass because of it.
    passes: &'static [&'static str],
    /// Checks that fail in the cluster without it.
    missed_by: &'static [&'static str],
}

const NONE: System = System {
    name: "",
    recognised: &[],
    platform: None,
    found_by: &[],
    noted_by: &[],
    passes: &[],
    missed_by: &[],
};

const COMPONENT: &str = "component-retired";
const REGISTRY: &str = "image-registry-retired";
const VERSION: &str = "kubernetes-version-unsupported";
const DETECTION: &str = "runtime-detection-missing";
const SCANNING: &str = "vulnerability-scanning-missing";

static SYSTEMS: &[System] = &[
    System {
        name: "google-container-registry",
        recognised: &["google-container-registry"],
        found_by: &[(REGISTRY, &["k8s.gcr.io", "2023-04-03", "registry.k8s.io"])],
        noted_by: &[(
            REGISTRY,
            &[
                "Google Container Registry",
                "2025-03-18",
                "Google Artifact Registry",
            ],
        )],
        ..NONE
    },
    System {
        name: "docker-trusted-registry",
        recognised: &["docker-trusted-registry"],
        found_by: &[(
            REGISTRY,
            &[
                "by its host name",
                "Docker Trusted Registry",
                "2020-11",
                "Mirantis Secure Registry",
            ],
        )],
        ..NONE
    },
    System {
        name: "quay",
        recognised: &["quay-io", "quay-operator", "quay-container-security"],
        passes: &[COMPONENT, REGISTRY, SCANNING],
        missed_by: &[SCANNING],
        ..NONE
    },
    System {
        name: "gke",
        recognised: &["gke"],
        platform: Some("gke"),
        // Upstream ended this minor on 2026-10-27; GKE's Extended channel goes on.
        passes: &[COMPONENT, VERSION],
        missed_by: &[VERSION],
        ..NONE
    },
    System {
        name: "azure-container-service",
        recognised: &["azure-container-service"],
        platform: Some("azure-container-service"),
        found_by: &[
            (
                COMPONENT,
                &[
                    "Azure Container Service",
                    "2020-01-31",
                    "Azure Kubernetes Service",
                ],
            ),
            (VERSION, &["v1.9.11"]),
        ],
        ..NONE
    },
    System {
        name: "flocker",
        recognised: &["flocker"],
        found_by: &[(
            COMPONENT,
            &["ClusterHQ Flocker", "2022-08-23", "any CSI driver"],
        )],
        ..NONE
    },
    System {
        name: "portworx",
        recognised: &["portworx", "portworx-backup"],
        passes: &[COMPONENT, REGISTRY, "backup-missing"],
        missed_by: &["backup-missing"],
        ..NONE
    },
    System {
        name: "shippable",
        recognised: &["shippable"],
        found_by: &[(
            COMPONENT,
            &["Shippable", "2021-05-03", "JFrog Pipelines", "Tekton"],
        )],
        ..NONE
    },
    System {
        name: "twistlock",
        recognised: &["twistlock"],
        found_by: &[(COMPONENT, &["Twistlock", "2019-11", "Prisma Cloud"])],
        ..NONE
    },
    System {
        name: "aqua",
        recognised: &["aqua-enforcer"],
        passes: &[COMPONENT, DETECTION, SCANNING],
        missed_by: &[DETECTION, SCANNING],
        ..NONE
    },
    System {
        name: "mesosphere-dcos",
        recognised: &["mesosphere-dcos"],
        platform: Some("mesosphere-dcos"),
        found_by: &[
            (
                COMPONENT,
                &[
                    "Mesosphere DC/OS",
                    "2021-10-31",
                    "Nutanix Kubernetes Platform",
                ],
            ),
            (VERSION, &["v1.15.12"]),
        ],
        ..NONE
    },
    System {
        name: "deis",
        recognised: &["deis-workflow"],
        found_by: &[(COMPONENT, &["Deis Workflow", "2018-03-01", "Hephy"])],
        ..NONE
    },
    System {
        name: "openshift",
        recognised: &["openshift"],
        platform: Some("openshift"),
        // OpenShift 4.21 is supported until 2027-08-03, upstream's 1.34 is not.
        passes: &[COMPONENT, VERSION],
        missed_by: &[VERSION],
        ..NONE
    },
    System {
        name: "stackdriver",
        recognised: &["stackdriver"],
        found_by: &[(
            COMPONENT,
            &["Stackdriver", "2021-03-31", "Google Cloud Observability"],
        )],
        ..NONE
    },
    System {
        name: "sysdig",
        recognised: &["sysdig"],
        passes: &[COMPONENT, DETECTION, SCANNING, "metrics-collection-missing"],
        missed_by: &[DETECTION, SCANNING, "metrics-collection-missing"],
        ..NONE
    },
    System {
        name: "coreos-container-linux",
        recognised: &["coreos-container-linux", "cluo"],
        found_by: &[(
            COMPONENT,
            &["CoreOS Container Linux", "2020-05-26", "Flatcar"],
        )],
        ..NONE
    },
    System {
        name: "federation-v1",
        recognised: &["kubernetes-federation"],
        found_by: &[(
            COMPONENT,
            &[
                "Kubernetes Federation v1",
                "2018",
                "Karmada",
                "Open Cluster Management",
            ],
        )],
        ..NONE
    },
    System {
        name: "federation-v2",
        recognised: &["kubefed"],
        found_by: &[(
            COMPONENT,
            &[
                "Federation v2",
                "2023-04-25",
                "Karmada",
                "Open Cluster Management",
                "Fleet",
            ],
        )],
        ..NONE
    },
];

fn cluster(system: &System, which: &str) -> Inventory {
    inventory(&fixture(&format!("systems/{}/{which}", system.name)))
}

fn ask(inventory: &Inventory, id: &str) -> Evaluation {
    check(id).evaluate(inventory, &Settings::default())
}

fn is_confirmed(inventory: &Inventory, id: &str) -> bool {
    assert!(component(id).is_some(), "{id} is no component");
    let picture = Picture::of(inventory);
    let sight = picture.recognised().sight(id);
    sight.is_some_and(|sight| sight.verdict() == Verdict::Confirmed)
}

/// All that the findings of a check say.
fn said(evaluation: &Evaluation) -> Vec<String> {
    evaluation
        .findings
        .iter()
        .map(|finding| format!("{}; {}", finding.seen, finding.fault.expected))
        .collect()
}

fn system(name: &str) {
    let system = SYSTEMS.iter().find(|system| system.name == name).unwrap();
    let with = cluster(system, "with.yaml");
    let without = cluster(system, "without.yaml");
    for id in system.recognised {
        assert!(is_confirmed(&with, id), "{name}: {id} is not recognised");
        assert!(
            !is_confirmed(&without, id),
            "{name}: {id} where it is not: {:?}",
            Picture::of(&without).recognised().sight(id)
        );
    }
    if let Some(expected) = system.platform {
        assert_eq!(platform(&Picture::of(&with)).unwrap().id, expected);
        assert_ne!(platform(&Picture::of(&without)).unwrap().id, expected);
    }
    for (check, texts) in system.found_by {
        let evaluation = ask(&with, check);
        assert_eq!(
            evaluation.outcome,
            Outcome::Fail { partial: None },
            "{name}: {check}"
        );
        let said = said(&evaluation);
        assert!(
            said.iter()
                .any(|said| texts.iter().all(|text| said.contains(text))),
            "{name}: {check} says {said:#?}"
        );
        let evaluation = ask(&without, check);
        assert!(
            evaluation.findings.is_empty(),
            "{name}: {check} without it: {evaluation:#?}"
        );
    }
    for (check, texts) in system.noted_by {
        let note = ask(&with, check).note.unwrap_or_default();
        assert!(
            texts.iter().all(|text| note.contains(text)),
            "{name}: {check} notes {note:?}"
        );
        assert_eq!(ask(&without, check).note, None, "{name}: {check}");
    }
    for check in system.passes {
        let evaluation = ask(&with, check);
        assert_eq!(
            evaluation.outcome,
            Outcome::Pass,
            "{name}: {check}: {:?}",
            said(&evaluation)
        );
    }
    for check in system.missed_by {
        let evaluation = ask(&without, check);
        assert_eq!(
            evaluation.outcome,
            Outcome::Fail { partial: None },
            "{name}: {check}"
        );
    }
    // Nothing that is maintained is found retired, here or there.
    for inventory in [&with, &without] {
        let retired = system
            .recognised
            .iter()
            .any(|id| component(id).is_some_and(|component| component.status == Status::Retired));
        if !retired {
            assert!(ask(inventory, COMPONENT).findings.is_empty(), "{name}");
            assert!(ask(inventory, REGISTRY).findings.is_empty(), "{name}");
        }
    }
}

#[test]
fn what_is_known_of_ends_goes_stale() {
    let at = |name: &str, which: &str| {
        let system = SYSTEMS.iter().find(|system| system.name == name).unwrap();
        let mut inventory = cluster(system, which);
        inventory.now = "2027-06-01T00:00:00Z".parse().unwrap();
        inventory
    };
    // What had ended has ended.
    let coreos = ask(&at("coreos-container-linux", "with.yaml"), COMPONENT);
    let Outcome::Fail { partial: Some(why) } = coreos.outcome else {
        panic!("{coreos:#?}");
    };
    assert_eq!(why.unknown, Unknown::Stale);
    // What was maintained may not be any more.
    for (name, check) in [
        ("coreos-container-linux", COMPONENT),
        ("docker-trusted-registry", REGISTRY),
        ("gke", VERSION),
        ("openshift", VERSION),
    ] {
        let evaluation = ask(&at(name, "without.yaml"), check);
        assert!(
            matches!(&evaluation.outcome, Outcome::Unknown(why) if why.unknown == Unknown::Stale),
            "{name}: {evaluation:#?}"
        );
    }
}

/// Version, a served group and a node's label of a platform, the last day of its support there, and whose calendar says so.
const CALENDARS: &[(&str, &str, &str, &str, &str)] = &[
    ("v1.35.4", "", "", "2027-02-28", "the project's"),
    ("v1.35.4+k3s1", "", "", "2027-02-28", "the project's"),
    ("v1.34.6", "", "", "2026-10-27", "the project's"),
    ("v1.32.6-gke.100", "", "", "2027-02-11", "GKE's"),
    ("v1.31.6-gke.100", "auto.gke.io", "", "2026-11-16", "GKE's"),
    ("v1.31.6-eks-adc7111", "", "", "2026-11-26", "EKS's"),
    (
        "v1.31.9",
        "",
        "kubernetes.azure.com/cluster",
        "2026-11-30",
        "AKS's",
    ),
    (
        "v1.32.9",
        "config.openshift.io",
        "",
        "2026-12-17",
        "OpenShift's",
    ),
    (
        "v1.31.9",
        "config.openshift.io",
        "node-role.kubernetes.io/master",
        "2027-02-25",
        "OpenShift's",
    ),
    // It bears Amazon's version, and its owner runs it.
    (
        "v1.34.2-eks-1-34-2",
        "anywhere.eks.amazonaws.com",
        "",
        "2026-10-27",
        "the project's",
    ),
];

#[test]
fn a_minor_is_supported_until_its_last_day_by_the_calendar_of_its_platform() {
    let entry = |name: &str, value: &str| {
        if name.is_empty() {
            String::new()
        } else {
            format!("{name}: {value}")
        }
    };
    for (version, group, label, last, whose) in CALENDARS {
        let mut inventory = inventory(&format!(
            "\
kind: Snapshot
time: 2026-11-25T03:00:00Z
facts:
  version: {{ seen: {{ gitVersion: {version} }} }}
  discovery: {{ seen: {{ groups: {{ {} }} }} }}
---
apiVersion: v1
kind: Node
metadata: {{ name: a, labels: {{ {} }} }}
",
            entry(group, "[]"),
            entry(label, "a"),
        ));
        let end: Time = format!("{last}T23:59:59Z").parse().unwrap();
        inventory.now = end;
        assert_eq!(ask(&inventory, VERSION).outcome, Outcome::Pass, "{version}");
        inventory.now = end.plus(1);
        let ended = ask(&inventory, VERSION);
        assert_eq!(ended.outcome, Outcome::Fail { partial: None }, "{version}");
        let said = said(&ended).join("");
        assert!(
            said.contains(last) && said.contains(whose) && said.contains(version),
            "{said}"
        );
    }
}

macro_rules! systems {
    ($($test:ident: $name:literal;)+) => {
        $(#[test] fn $test() { system($name); })+

        #[test]
        fn every_system_has_its_test() {
            let tested = [$($name),+];
            let known: Vec<&str> = SYSTEMS.iter().map(|system| system.name).collect();
            assert_eq!(known, tested);
        }
    };
}

systems! {
    google_container_registry: "google-container-registry";
    docker_trusted_registry: "docker-trusted-registry";
    quay: "quay";
    gke: "gke";
    azure_container_service: "azure-container-service";
    clusterhq_flocker: "flocker";
    portworx: "portworx";
    shippable: "shippable";
    twistlock: "twistlock";
    aqua: "aqua";
    mesosphere_dcos: "mesosphere-dcos";
    deis_workflow: "deis";
    openshift: "openshift";
    stackdriver: "stackdriver";
    sysdig: "sysdig";
    coreos_container_linux: "coreos-container-linux";
    federation_v1: "federation-v1";
    federation_v2: "federation-v2";
}
