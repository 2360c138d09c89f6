//! Objects that no API server would store: the check in question says what it could not understand, all others go on.

use std::collections::BTreeSet;

use crate::{
    program::{Check, Kready, Report},
    server::Plan,
    world::World,
};

/// A strange object, and the checks that have to say something of it: in a finding or as what is unknown.
struct Strange {
    yaml: &'static str,
    said: &'static [(&'static str, &'static str)],
}

/// Everything of one namespace but for what belongs to the cluster.
const STRANGE: &[Strange] = &[
    // Fewer replicas than none.
    Strange {
        yaml: "
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: odd, name: negative}
spec:
  replicas: -3
  selector: {matchLabels: {app: negative}}
  template:
    metadata: {labels: {app: negative}}
    spec: {containers: [{name: c, image: 'registry.example.com/a:1'}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {namespace: odd, name: negative}
spec: {minAvailable: -1, selector: {matchLabels: {app: negative}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {namespace: odd, name: negative}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: negative}, minReplicas: -2, maxReplicas: -1}
",
        said: &[
            ("hpa-min-replicas-low", "-2"),
            ("pdb-missing", "-3 replicas"),
        ],
    },
    // Operators that do not exist.
    Strange {
        yaml: "
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: odd, name: operator}
spec:
  replicas: 2
  selector: {matchExpressions: [{key: app, operator: Resembles, values: [a]}]}
  template:
    metadata: {labels: {app: a}}
    spec:
      containers: [{name: c, image: 'registry.example.com/a:1'}]
      nodeSelector: {a: b}
      affinity:
        nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Resembles}]}]}}
        podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchExpressions: [{key: app, operator: Resembles}]}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {namespace: odd, name: operator}
spec: {maxUnavailable: 1, selector: {matchExpressions: [{key: app, operator: Resembles, values: [a]}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {namespace: odd, name: operator}
spec: {podSelector: {matchExpressions: [{key: app, operator: Resembles, values: [a]}]}, policyTypes: [Ingress]}
",
        said: &[("pdb-blocking", "Resembles"), ("pdb-missing", "Resembles"), ("node-spread-missing", "Resembles")],
    },
    // Amounts and numbers that are none.
    Strange {
        yaml: "
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: odd, name: amounts}
spec:
  replicas: 2
  strategy: {rollingUpdate: {maxSurge: many, maxUnavailable: '30%%'}}
  selector: {matchLabels: {app: amounts}}
  template:
    metadata: {labels: {app: amounts}}
    spec:
      containers:
        - name: c
          image: 'registry.example.com/a:1'
          resources: {requests: {cpu: lots, memory: 12 apples}}
        - name: d
          image: 'registry.example.com/a:1'
          resources: {requests: {cpu: 1, memory: 1Gi}, limits: {memory: 1Qi}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {namespace: odd, name: amounts}
spec: {minAvailable: half, selector: {matchLabels: {app: amounts}}}
---
apiVersion: v1
kind: Node
metadata: {name: odd, labels: {kubernetes.io/os: linux, kubernetes.io/hostname: odd, topology.kubernetes.io/zone: zone-a}}
status:
  allocatable: {cpu: some, memory: plenty, pods: a few}
  nodeInfo: {kubeletVersion: 'one point two', operatingSystem: linux, architecture: amd64}
  conditions: [{type: Ready, status: 'True', lastTransitionTime: 2026-11-20T08:00:00Z}]
",
        said: &[
            ("cpu-request-missing", "lots"),
            ("memory-request-missing", "12 apples"),
            ("memory-limit-missing", "1Qi"),
            ("pdb-blocking", "spec.minAvailable of PodDisruptionBudget odd/amounts"),
            ("kubelet-version-skew", "one point two"),
            ("cluster-capacity-exhausted", "a few"),
            // A node more, and nothing runs on it.
            ("telemetry-agent-coverage-incomplete", "odd"),
        ],
    },
    // Images that name nothing.
    Strange {
        yaml: "
apiVersion: apps/v1
kind: DaemonSet
metadata: {namespace: odd, name: images}
spec:
  selector: {matchLabels: {app: images}}
  template:
    metadata: {labels: {app: images}}
    spec:
      containers: [{name: c, image: 'Not//An:Image:'}, {name: d, image: ''}]
",
        said: &[("image-tag-latest", "Not//An:Image:")],
    },
    // Bindings to what is not there, and to no kind of role at all.
    Strange {
        yaml: "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: odd-missing}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: gone}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: people}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {namespace: odd, name: odd-kind}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Kingdom, name: far-away}
subjects: [{kind: Dragon, name: ''}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: odd-circle, labels: {round: 'yes'}}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {round: 'yes'}}, {matchExpressions: [{key: a, operator: Resembles}]}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: odd-circle}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: odd-circle}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: people}]
",
        said: &[],
    },
    // Owners that own each other, and themselves.
    Strange {
        yaml: "
apiVersion: apps/v1
kind: ReplicaSet
metadata: {namespace: odd, name: hen, uid: 00000000-0000-4000-8000-00000000000a, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: egg, uid: 00000000-0000-4000-8000-00000000000b, controller: true}]}
spec: {replicas: 1, selector: {matchLabels: {app: hen}}, template: {metadata: {labels: {app: hen}}, spec: {hostPID: true, containers: [{name: c, image: 'registry.example.com/a:1'}]}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {namespace: odd, name: egg, uid: 00000000-0000-4000-8000-00000000000b, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: hen, uid: 00000000-0000-4000-8000-00000000000a, controller: true}]}
spec: {replicas: 1, selector: {matchLabels: {app: egg}}, template: {metadata: {labels: {app: egg}}, spec: {hostPID: true, containers: [{name: c, image: 'registry.example.com/a:1'}]}}}
---
apiVersion: v1
kind: Pod
metadata: {namespace: odd, name: ouroboros, uid: 00000000-0000-4000-8000-00000000000c, ownerReferences: [{apiVersion: v1, kind: Pod, name: ouroboros, uid: 00000000-0000-4000-8000-00000000000c, controller: true}]}
spec: {hostIPC: true, containers: [{name: c, image: 'registry.example.com/a:1'}]}
status: {phase: Running}
",
        said: &[("host-namespace-shared", "odd")],
    },
    // A schedule, an Ingress and a webhook that make no sense.
    Strange {
        yaml: "
apiVersion: batch/v1
kind: CronJob
metadata: {namespace: odd, name: schedule, creationTimestamp: 2026-01-01T00:00:00Z}
spec:
  schedule: 'every now and then'
  timeZone: Middle-earth/Shire
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: 'registry.example.com/a:1'}]}}}}
status: {lastScheduleTime: 2026-11-01T00:00:00Z}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {namespace: odd, name: nowhere}
spec: {tls: [{}], rules: [{host: '*.*.a'}, {http: {paths: [{path: /, pathType: Sideways, backend: {}}]}}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: odd}
webhooks:
  - name: odd.example.com
    failurePolicy: Perhaps
    clientConfig: {caBundle: bm8gY2VydGlmaWNhdGU=}
    rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    namespaceSelector: {matchExpressions: [{key: a, operator: Resembles}]}
",
        said: &[("job-failing", "every now and then")],
    },
];

/// All that a check says, as one text.
fn says(check: Check<'_>) -> String {
    check.value.to_string()
}

/// The findings that are about neither the strange namespace nor a strange object of the cluster.
fn elsewhere(check: Check<'_>) -> BTreeSet<String> {
    check
        .open()
        .into_iter()
        .filter(|finding| !finding.contains("odd"))
        .collect()
}

fn audit(plan: Plan) -> Report {
    let server = plan.start();
    Kready::on(&server).audit(&[])
}

const NAMESPACE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: odd, labels: {pod-security.kubernetes.io/enforce: baseline}}
";

#[test]
fn strange_objects_are_named_and_nothing_else_is_disturbed() {
    let calm = audit(Plan::of(World::named("healthy").with(NAMESPACE)));
    let mut wrong = Vec::new();
    for strange in STRANGE {
        let report = audit(Plan::of(
            World::named("healthy").with(NAMESPACE).with(strange.yaml),
        ));
        for (id, text) in strange.said {
            let check = report.check(id);
            if check.outcome() == "Pass" || !says(check).contains(text) {
                wrong.push(format!(
                    "{id} does not speak of {text:?}: {} {:?} {}",
                    check.ending(),
                    check.open(),
                    check.value["message"]
                ));
            }
        }
        let apart = |id: &str| strange.said.iter().any(|(said, _)| *said == id);
        for before in calm.checks().filter(|check| !apart(check.id())) {
            let after = report.check(before.id());
            if elsewhere(after) != elsewhere(before) {
                wrong.push(format!("{} is disturbed by {}", before.id(), strange.yaml));
            }
        }
        assert_eq!(report.gaps().count(), 0, "{:#}", report.value["gaps"]);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn all_strange_objects_at_once() {
    let mut world = World::named("healthy").with(NAMESPACE);
    for strange in STRANGE {
        world = world.with(strange.yaml);
    }
    let report = audit(Plan::of(world));
    // Of several reasons a check tells one.
    for (id, _) in STRANGE.iter().flat_map(|strange| strange.said) {
        assert_ne!(report.check(id).outcome(), "Pass", "{id}");
    }
}

#[test]
fn versions_of_forks() {
    for (version, minor) in [
        ("v1.36.3-fork.7+weird", true),
        ("v1.36+", true),
        ("1.36", true),
        ("v2.0.0-dev", true),
        ("", false),
        ("purple", false),
        ("v1.x", false),
    ] {
        let report = audit(Plan::of(World::named("healthy")).version(version));
        for id in ["kubernetes-version-unsupported", "kubelet-version-skew"] {
            let check = report.check(id);
            if !minor {
                assert_eq!(check.outcome(), "Unknown", "{version}: {:#}", check.value);
                assert!(
                    says(check).contains(version),
                    "{version}: {:#}",
                    check.value
                );
            }
        }
        report.check("workload-single-replica").is("Pass");
    }
}
