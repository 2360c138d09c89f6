//! What a check sees while it runs: the one door to the inventory, through which nothing passes undeclared.

use super::{
    Origin, Scope,
    apis::Removal,
    custom::CustomObject,
    facts::{Certificate, Discovery, Fact, Flags, HealthReport, ServerVersion},
    kinds::{Kind, Listed, Secret},
    listing::{Listing, Reading},
    made::MadeWorkload,
    named::Misnamed,
    needs::{Evidence, EvidenceSet, Need, Role},
    picture::Picture,
    settings::{IntParam, Param, Settings, TextsParam, Value},
};
use crate::{
    model::{Excuse, Impact, ObjectRef, Text, Why},
    wire::Time,
};

/// Stops a check that reads what it does not declare, in every build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard {
    check: &'static str,
    declared: EvidenceSet,
}

impl Guard {
    /// Lets a piece of evidence be read that the check declares.
    #[track_caller]
    #[inline]
    pub(crate) fn declared(&self, evidence: Evidence) {
        assert!(
            self.allows(evidence),
            "`{}` reads {evidence:?} undeclared",
            self.check
        );
    }

    /// Whether the check declares a piece of evidence.
    pub(crate) const fn allows(&self, evidence: Evidence) -> bool {
        self.declared.has(evidence)
    }
}

/// What a check sees while it runs.
///
/// Every method says which needs it demands; one that the check does not declare stops it, in every build.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    picture: &'a Picture<'a>,
    guard: Guard,
    needs: &'static [Need],
    params: &'static [Param],
    excuse: Excuse,
    impact: Impact,
    settings: &'a Settings,
}

impl<'a> Context<'a> {
    /// What a check of this id, these needs and parameters sees of a picture. Demands nothing.
    pub(crate) fn new(
        picture: &'a Picture<'a>,
        (check, needs, params): (&'static str, &'static [Need], &'static [Param]),
        (excuse, impact): (Excuse, Impact),
        settings: &'a Settings,
    ) -> Self {
        let declared = needs.iter().flat_map(|need| need.sources).copied();
        Self {
            picture,
            guard: Guard {
                check,
                declared: declared.collect(),
            },
            needs,
            params,
            excuse,
            impact,
            settings,
        }
    }

    /// Stops a check that reads what it does not declare, or whose time is over. Demands the evidence.
    #[track_caller]
    #[inline]
    pub(crate) fn declared(&self, evidence: Evidence) {
        self.picture.look();
        self.guard.declared(evidence);
    }

    /// Stops a check whose time is over: for loops that may be long and ask for nothing. Demands nothing.
    #[inline]
    pub fn look(&self) {
        self.picture.look();
    }

    /// What goes with what a method hands out and that shows more when it is asked. Demands nothing.
    pub(crate) const fn guard(&self) -> Guard {
        self.guard
    }

    /// Whether findings may sit on the objects of one of these kinds. Demands nothing.
    pub(crate) fn examines_any(&self, kinds: &[Kind]) -> bool {
        self.needs
            .iter()
            .filter(|need| need.role == Role::Examined)
            .flat_map(|need| need.sources)
            .any(|source| matches!(source, Evidence::Objects(kind) if kinds.contains(kind)))
    }

    /// The picture, for a room's own method that reads no more of it than this evidence. Demands the evidence.
    #[track_caller]
    pub(crate) fn reading(&self, evidence: &[Evidence]) -> &'a Picture<'a> {
        assert!(
            !evidence.is_empty(),
            "`{}` reads without a word",
            self.guard.check
        );
        for evidence in evidence {
            self.declared(*evidence);
        }
        self.picture
    }

    /// The one time. Demands nothing.
    pub fn now(&self) -> Time {
        self.picture.now
    }

    /// Where the objects come from. Demands nothing.
    pub fn origin(&self) -> Origin {
        self.picture.origin
    }

    /// Which namespaces the audit is about. Demands nothing.
    pub fn scope(&self) -> &'a Scope {
        &self.picture.scope
    }

    /// Whether the audit is about some namespaces only. Demands nothing.
    pub fn is_scoped(&self) -> bool {
        self.picture.scope.namespaces.is_some()
    }

    /// What is excused by the frame. Demands nothing.
    pub(crate) const fn excuse(&self) -> Excuse {
        self.excuse
    }

    /// When a failure of the check is felt. Demands nothing.
    pub(crate) const fn impact(&self) -> Impact {
        self.impact
    }

    /// Whether system and platform components count like anyone else's. Demands nothing.
    pub const fn includes_system(&self) -> bool {
        self.settings.include_system
    }

    /// The Kubernetes minor that manifests are meant for: `36` of `1.36`. Demands nothing.
    pub const fn target_minor(&self) -> Option<u32> {
        self.settings.target_minor
    }

    /// The server's version, which is always asked for. Demands nothing.
    pub fn version(&self) -> &'a Fact<ServerVersion> {
        &self.picture.facts.version
    }

    /// What the server serves, which is always asked for. Demands nothing.
    pub fn discovery(&self) -> &'a Fact<Discovery> {
        &self.picture.facts.discovery
    }

    /// The answer to `/livez?verbose`. Demands [`Evidence::Livez`].
    #[track_caller]
    pub fn livez(&self) -> &'a Fact<HealthReport> {
        self.declared(Evidence::Livez);
        &self.picture.facts.livez
    }

    /// The answer to `/readyz?verbose`. Demands [`Evidence::Readyz`].
    #[track_caller]
    pub fn readyz(&self) -> &'a Fact<HealthReport> {
        self.declared(Evidence::Readyz);
        &self.picture.facts.readyz
    }

    /// The answer to `/flagz`. Demands [`Evidence::Flagz`].
    #[track_caller]
    pub fn flagz(&self) -> &'a Fact<Flags> {
        self.declared(Evidence::Flagz);
        &self.picture.facts.flagz
    }

    /// The certificates of the API endpoint. Demands [`Evidence::ApiCertificates`].
    #[track_caller]
    pub fn api_certificates(&self) -> &'a Fact<Vec<Certificate>> {
        self.declared(Evidence::ApiCertificates);
        &self.picture.facts.api_certificates
    }

    /// All `K`s that were seen, of which some may not have been. Demands `K`.
    #[track_caller]
    pub fn seen<K: Listed>(&self) -> &'a [K] {
        self.declared(Evidence::Objects(K::KIND));
        self.picture.seen::<K>()
    }

    /// The `K`s of one namespace that were seen. Demands `K`.
    #[track_caller]
    pub fn seen_in<K: Listed>(&self, namespace: &str) -> &'a [K] {
        self.declared(Evidence::Objects(K::KIND));
        self.picture.seen_in::<K>(namespace)
    }

    /// The `K` with this namespace (empty for cluster-scoped kinds) and name, if it was seen. Demands `K`.
    #[track_caller]
    pub fn find<K: Listed>(&self, namespace: &str, name: &str) -> Option<&'a K> {
        self.declared(Evidence::Objects(K::KIND));
        self.picture.find::<K>(namespace, name)
    }

    /// What was read of `K`. Demands `K`.
    #[track_caller]
    pub fn listing<K: Listed>(&self) -> &'a Listing<K> {
        self.declared(Evidence::Objects(K::KIND));
        self.picture.listing::<K>()
    }

    /// All `K`s. Demands `K`.
    ///
    /// # Errors
    /// Not all of them were seen.
    #[track_caller]
    pub fn correlated<K: Listed>(&self) -> Result<&'a [K], Why> {
        let listing = self.listing::<K>();
        listing.seen(&K::KIND.resource()).map(|()| listing.items())
    }

    /// All `K`s of one namespace. Demands `K`.
    ///
    /// # Errors
    /// Not all of them were seen.
    #[track_caller]
    pub fn correlated_in<K: Listed>(&self, namespace: &str) -> Result<&'a [K], Why> {
        self.listing::<K>()
            .seen_in(namespace, &K::KIND.resource())
            .map(|()| self.picture.seen_in::<K>(namespace))
    }

    /// The `K` with this namespace (empty for cluster-scoped kinds) and name; none when it is known to be absent.
    /// Demands `K`.
    ///
    /// # Errors
    /// It was not seen, and may exist.
    #[track_caller]
    pub fn named<K: Listed>(&self, namespace: &str, name: &str) -> Result<Option<&'a K>, Why> {
        if let Some(found) = self.find::<K>(namespace, name) {
            return Ok(Some(found));
        }
        if K::KIND.resource().namespaced {
            self.correlated_in::<K>(namespace)?;
        } else {
            self.correlated::<K>()?;
        }
        Ok(None)
    }

    /// Whether there is a Secret of this name; none when nobody asked for the names of Secrets. Demands
    /// [`Evidence::SecretNames`].
    ///
    /// # Errors
    /// It was not seen, and may exist.
    #[track_caller]
    pub fn has_secret(&self, namespace: &str, name: &str) -> Option<Result<bool, Why>> {
        self.declared(Evidence::SecretNames);
        let listing = self.picture.listing::<Secret>();
        let asked = listing.reading != Reading::NotCollected || !listing.gaps.is_empty();
        asked.then(|| {
            if self.picture.find::<Secret>(namespace, name).is_some() {
                return Ok(true);
            }
            let seen = listing.seen_in(namespace, &Secret::KIND.resource());
            seen.map(|()| false)
        })
    }

    /// Custom objects of manifests, for which operators make what is not among them. Demands nothing.
    pub fn custom_objects(&self) -> impl Iterator<Item = &'a CustomObject> + use<'a> {
        self.picture.custom.iter()
    }

    /// Custom objects of manifests of which an operator makes a workload that keeps data. Demands nothing.
    pub fn made_workloads(&self) -> impl Iterator<Item = &'a MadeWorkload> + use<'a> {
        let all = &self.picture.made;
        // Where pools are given, they say what their cluster consists of.
        let has_pools = |made: &MadeWorkload| {
            made.object.kind == "Kafka"
                && all.iter().any(|pool| {
                    pool.object.kind == "KafkaNodePool"
                        && pool.object.namespace == made.object.namespace
                        && pool.asked.cluster == made.asked.cluster
                })
        };
        all.iter().filter(move |made| !has_pools(made))
    }

    /// How many replicas a workload will have that an operator makes; none when nothing says it. Pools of one cluster that
    /// share a part share their replicas. Demands nothing.
    pub fn made_replicas(&self, made: &MadeWorkload) -> Option<i64> {
        let of_role = |role: &Text| {
            let pools = self.picture.made.iter().filter(|pool| {
                pool.object.kind == made.object.kind
                    && pool.object.namespace == made.object.namespace
                    && pool.asked.cluster == made.asked.cluster
                    && pool.asked.roles.contains(role)
            });
            pools.map(|pool| pool.asked.replicas).sum::<Option<i64>>()
        };
        if made.asked.cluster.is_empty() || made.asked.roles.is_empty() {
            return made.asked.replicas;
        }
        let mut of_roles = made.asked.roles.iter().map(of_role);
        // One that is not known leaves all of them open.
        let first = of_roles.next()??;
        of_roles.try_fold(first, |fewest, replicas| Some(fewest.min(replicas?)))
    }

    /// Objects of manifests of no kind that is read, in versions that are not served any more. Demands nothing.
    pub fn unlisted(&self) -> &'a [(ObjectRef, &'static Removal)] {
        &self.picture.unlisted
    }

    /// Documents of manifests whose `apiVersion` or `kind` no API server knows. Demands nothing.
    pub fn misnamed(&self) -> &'a [Misnamed] {
        &self.picture.misnamed
    }

    /// What the user set for a whole-number parameter of the check, or its default. Demands nothing.
    pub fn int(&self, param: IntParam) -> i64 {
        match self.set(Param::Int(param)) {
            Some(Value::Int(value)) => *value,
            _ => param.default,
        }
    }

    /// What the user set for a parameter of the check that is a list of texts, or its default. Demands nothing.
    pub fn texts(&self, param: TextsParam) -> Vec<String> {
        match self.set(Param::Texts(param)) {
            Some(Value::Texts(texts)) => texts.clone(),
            _ => param.default.iter().map(|text| (*text).into()).collect(),
        }
    }

    fn set(&self, param: Param) -> Option<&'a Value> {
        assert!(
            self.params.contains(&param),
            "`{}` has no parameter {}",
            self.guard.check,
            param.name()
        );
        let key = (self.guard.check.to_owned(), param.name().to_owned());
        self.settings.params.get(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::Context;
    use crate::{
        inventory::{
            IntParam, Inventory, Picture, Settings,
            kinds::{Node, Pod},
            needs::examined,
        },
        model::{Excuse, Impact},
    };

    fn ask(read: impl FnOnce(&Context<'_>)) {
        let inventory = Inventory::default();
        let (picture, settings) = (Picture::of(&inventory), Settings::default());
        let needs = const { &[examined::<Pod>()] };
        read(&Context::new(
            &picture,
            ("reader", needs, &[]),
            (Excuse::Nobody, Impact::Broken),
            &settings,
        ));
    }

    #[test]
    fn what_is_declared_is_read() {
        ask(|cx| assert!(cx.seen::<Pod>().is_empty()));
    }

    #[test]
    #[should_panic(expected = "`reader` reads Objects(Node) undeclared")]
    fn what_is_not_declared_is_not() {
        ask(|cx| assert!(cx.seen::<Node>().is_empty()));
    }

    #[test]
    #[should_panic(expected = "`reader` has no parameter minimum")]
    fn a_parameter_of_another_check_is_none() {
        let about = "";
        ask(|cx| {
            let minimum = IntParam {
                name: "minimum",
                default: 2,
                about,
            };
            assert_eq!(cx.int(minimum), 2);
        });
    }
}
