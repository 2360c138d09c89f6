//! What one object names, and whether its absence means anything (rule 15 of RULES.md).

use crate::{
    inventory::{
        Context, Kind, Listed, Origin,
        kinds::{PersistentVolumeClaim, StatefulSet},
        needs::WORKLOADS,
    },
    knowledge::{Made, is_brought_at_run_time},
    model::{Faults, Finding, Judgement, Unknown, Why},
};

impl<'a> Context<'a> {
    /// How the absence of an object is put into words. Demands nothing.
    pub fn absent(&self) -> &'static str {
        match self.origin() {
            Origin::Live => "which does not exist",
            Origin::Files => "which is not among the files",
        }
    }

    /// The `K` of this name that another object names; none when its absence means something. Demands `K`, and of a
    /// claim StatefulSet.
    ///
    /// # Errors
    /// It was not seen, and may exist: of manifests, because they hold no `K` of that namespace, or because an operator
    /// may make it ([`Unknown::Hidden`]).
    #[track_caller]
    pub fn referred<K: Listed>(&self, namespace: &str, name: &str) -> Result<Option<&'a K>, Why> {
        let found = self.named::<K>(namespace, name)?;
        if found.is_some() || self.origin() == Origin::Live {
            return Ok(found);
        }
        let kind = K::KIND.resource().kind;
        if self.seen_in::<K>(namespace).is_empty() {
            return Err(elsewhere(
                &format!("{kind} {name}"),
                &format!("no {kind}"),
                namespace,
            ));
        }
        let made = match K::KIND {
            Kind::Service => Made::Services,
            Kind::ServiceAccount => Made::ServiceAccounts,
            Kind::ConfigMap => Made::ConfigMaps,
            Kind::PersistentVolumeClaim => Made::Claims,
            _ if !K::KIND.resource().namespaced => Made::Classes,
            _ => Made::Workloads,
        };
        let missing = format!("{kind} {name}");
        if is_brought_at_run_time(made, name) {
            let message =
                format!("{missing} is not among the files, and is created while a cluster runs");
            return Err(Why::new(Unknown::Hidden, message));
        }
        self.is_not_made(made, namespace, &[name], &missing)?;
        Ok(None)
    }

    /// Makes sure that manifests hold workloads of a namespace, so that a missing one means something. Demands WORKLOADS.
    ///
    /// # Errors
    /// They hold none ([`Unknown::Hidden`]), or not all of them were seen.
    #[track_caller]
    pub fn holds_workloads(&self, namespace: &str, missing: &str) -> Result<(), Why> {
        let inventory = self.reading(WORKLOADS);
        if self.origin() == Origin::Live || inventory.workloads_in(namespace).next().is_some() {
            return Ok(());
        }
        self.sees_workloads_in(namespace)?;
        Err(elsewhere(missing, "no workload", namespace))
    }

    /// Makes sure that no operator makes what isn't among manifests. Demands nothing.
    ///
    /// # Errors
    /// One may ([`Unknown::Hidden`]).
    pub fn is_not_made(
        &self,
        made: Made,
        namespace: &str,
        names: &[&str],
        missing: &str,
    ) -> Result<(), Why> {
        self.maker_of(made, namespace, names)
            .map_or(Ok(()), |maker| {
                Err(Why::new(
                    Unknown::Hidden,
                    format!(
                        "{missing} is not among the files, but an operator may create it for {maker}"
                    ),
                ))
            })
    }

    /// Whether a StatefulSet that was seen makes a claim of this name for one of its replicas. Demands StatefulSet.
    ///
    /// # Errors
    /// None does, and not all were seen.
    #[track_caller]
    pub fn is_claim_of_replica(&self, namespace: &str, claim: &str) -> Result<bool, Why> {
        let makes = |set: &StatefulSet| {
            let name = &set.metadata.name;
            set.spec.volume_claim_templates.iter().any(|template| {
                let template: &PersistentVolumeClaim = template;
                claim
                    .strip_prefix(template.metadata.name.as_str())
                    .and_then(|rest| rest.strip_prefix('-')?.strip_prefix(name.as_str()))
                    .and_then(|rest| rest.strip_prefix('-'))
                    .is_some_and(|ordinal| ordinal.parse::<u32>().is_ok())
            })
        };
        if self.seen_in::<StatefulSet>(namespace).iter().any(makes) {
            return Ok(true);
        }
        self.correlated_in::<StatefulSet>(namespace).map(|_| false)
    }
}

fn elsewhere(missing: &str, none: &str, namespace: &str) -> Why {
    let place = if namespace.is_empty() {
        String::new()
    } else {
        format!(" in namespace {namespace}")
    };
    Why::new(
        Unknown::Hidden,
        format!("{missing} is not among the files, which contain {none}{place}"),
    )
}

/// What is asked of one subject that names others.
///
/// What lies outside the files isn't judged, and a subject of which nothing else is asked is undecided.
#[derive(Debug, Default)]
pub struct Asked {
    faults: Faults,
    is_judged: bool,
    hidden: Option<Why>,
}

impl Asked {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What came of looking something up, when it is known.
    pub fn about<T>(&mut self, found: Result<T, Why>) -> Option<T> {
        match found {
            Ok(found) => {
                self.is_judged = true;
                Some(found)
            }
            Err(why) if why.unknown == Unknown::Hidden => {
                self.hidden.get_or_insert(why);
                None
            }
            Err(why) => {
                self.faults.miss(why);
                None
            }
        }
    }

    /// Adds what was found.
    pub fn add(&mut self, finding: Finding) {
        self.faults.add(finding);
    }

    /// What is said of the subject.
    ///
    /// # Errors
    /// Nothing was found, and something was not seen, or nothing could be asked.
    pub fn judgement(self) -> Result<Judgement, Why> {
        match self.hidden {
            Some(why) if !self.is_judged && self.faults == Faults::new() => Err(why),
            _ => self.faults.judgement(),
        }
    }
}
