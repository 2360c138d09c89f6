//! Waivers that objects carry as annotations: `kready.dev/waive-CHECK: "reason; owner; until 2027-03-31"`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kready_checks::{
    inventory::{
        Inventory, Kind, Listed, Visit,
        kinds::object_ref,
        types::{ObjectMeta, WAIVE_PREFIX},
    },
    model::ObjectRef,
    wire::Time,
};

use super::{
    model::WaiverOrigin,
    objects::Objects,
    waivers::{Grant, LONGEST_DAYS, ObjectPattern, PLACEHOLDER, Waiver},
};
use crate::{
    collect::{Collected, Warning, WarningCode},
    words::{and_more, counted, one_or_many, shortened},
};

/// What a value looks like.
const EXPECTED: &str = "\"reason; owner; until 2027-03-31\" is expected";

/// The longest value that is read.
const LONGEST: usize = 1024;

/// How many that are wrong are named.
const MOST: usize = 100;

/// How many owners of an object are looked up: a pod's ReplicaSet and its Deployment, and one more.
const OWNERS: usize = 3;

/// The annotations of an input that ask for a waiver.
#[derive(Default)]
pub(super) struct Annotations {
    /// What they ask for, where it can be read.
    pub(super) waivers: Vec<Waiver>,
    /// What a reader should know of them.
    pub(super) warnings: Vec<Warning>,
    /// Which of the waivers stand on an object.
    by_object: BTreeMap<ObjectRef, Vec<usize>>,
    /// How many ask.
    asked: usize,
}

impl Annotations {
    /// Those of all objects; `is_check` finds the id of a check by what it is or was called.
    pub(super) fn of(
        collected: &Collected,
        now: Time,
        find_check: &dyn Fn(&str) -> Option<&'static str>,
    ) -> Self {
        let mut all = Self::default();
        let mut wrong = 0;
        let mut warn = |warnings: &mut Vec<Warning>, message: String| {
            if warnings.len() < MOST {
                warnings.push(Warning::new(WarningCode::WaiverAnnotation, message));
            } else {
                wrong += 1;
            }
        };
        for (object, key, value) in found(collected) {
            all.asked += 1;
            let about = format!("{object}: the annotation {}", shortened(&key));
            let waiver = match read(&object, &key, &value, find_check) {
                Ok(waiver) => waiver,
                Err(problem) => {
                    warn(
                        &mut all.warnings,
                        format!("{about} waives nothing: {problem}"),
                    );
                    continue;
                }
            };
            let expires = waiver.grant.expires;
            if waiver.grant.is_too_long(now) {
                warn(
                    &mut all.warnings,
                    format!(
                        "{about} waives nothing: it expires on {expires}, more than {LONGEST_DAYS} days from now"
                    ),
                );
                continue;
            }
            if waiver.grant.has_expired(now) {
                warn(
                    &mut all.warnings,
                    format!(
                        "{about} expired on {expires} and no longer waives: renew or remove it"
                    ),
                );
            }
            all.by_object
                .entry(object)
                .or_default()
                .push(all.waivers.len());
            all.waivers.push(waiver);
        }
        if wrong > 0 {
            let message = format!(
                "{} of the annotations that ask for a waiver are wrong",
                and_more(wrong)
            );
            all.warnings
                .push(Warning::new(WarningCode::WaiverAnnotation, message));
        }
        all
    }

    /// What is said of them where they don't count; none without any.
    pub(super) fn ignored(collected: &Collected) -> Option<Warning> {
        let count = found(collected).len();
        (count > 0).then(|| {
            let message = format!(
                "{} {} for a waiver and {} ignored: `waivers: {{annotations: allowed}}` in kready.yaml lets them count",
                counted(count, "annotation"),
                one_or_many(count, "asks", "ask"),
                one_or_many(count, "is", "are"),
            );
            Warning::new(WarningCode::WaiverAnnotationsIgnored, message)
        })
    }

    /// The waivers, by their places, that an object carries, or a workload that it belongs to.
    pub(super) fn on(&self, object: &ObjectRef, objects: &Objects<'_>) -> Vec<usize> {
        if self.by_object.is_empty() {
            return Vec::new();
        }
        let mut places = Vec::new();
        let mut next = Some(object.clone());
        for _ in 0..=OWNERS {
            let Some(object) = next else { break };
            let metadata = objects.metadata(&object);
            for place in self.by_object.get(&object).into_iter().flatten() {
                // Of several objects with one name each has to carry it.
                let WaiverOrigin::Annotation { key } = &self.waivers[*place].origin else {
                    continue;
                };
                if metadata.iter().all(|each| each.annotations.has(key)) {
                    places.push(*place);
                }
            }
            next = owner(&object, &metadata);
        }
        places
    }
}

/// The object that controls another one, in the same namespace.
fn owner(object: &ObjectRef, metadata: &[&ObjectMeta]) -> Option<ObjectRef> {
    let [metadata] = metadata else { return None };
    let owner = metadata.controller()?;
    let group = owner
        .api_version
        .split_once('/')
        .map_or("", |(group, _)| group);
    let resource = Kind::of(group, &owner.kind)?.resource();
    Some(ObjectRef {
        api_version: resource.api_version().into(),
        kind: owner.kind.clone(),
        namespace: object.namespace.clone(),
        name: owner.name.clone(),
        copy: 0,
    })
}

/// Reads an annotation.
fn read(
    object: &ObjectRef,
    key: &str,
    value: &str,
    find_check: &dyn Fn(&str) -> Option<&'static str>,
) -> Result<Waiver, String> {
    let name = key.strip_prefix(WAIVE_PREFIX).unwrap_or(key);
    let check =
        find_check(name).ok_or_else(|| format!("there is no check \"{}\"", shortened(name)))?;
    let unread = || format!("it is `{}`, and {EXPECTED}", shortened(value));
    if value.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let parts: Vec<&str> = value.rsplitn(3, ';').map(str::trim).collect();
    let [until, owner, reason] = parts[..] else {
        return Err(unread());
    };
    let day = until.strip_prefix("until").map(str::trim);
    let day = day.filter(|day| day.len() == "2027-03-31".len());
    let expires: Date = day.and_then(|day| day.parse().ok()).ok_or_else(unread)?;
    let is_filled_in = |text: &str| {
        let head = text.get(..PLACEHOLDER.len()).unwrap_or_default();
        !text.is_empty() && !head.eq_ignore_ascii_case(PLACEHOLDER)
    };
    if !is_filled_in(reason) || !is_filled_in(owner) {
        return Err(unread());
    }
    Ok(Waiver {
        check: check.to_owned(),
        objects: vec![ObjectPattern::exactly(object)?],
        selector: None,
        namespace_selector: None,
        grant: Grant {
            reason: reason.to_owned(),
            owner: owner.to_owned(),
            expires,
        },
        origin: WaiverOrigin::Annotation {
            key: key.to_owned(),
        },
    })
}

/// Every annotation that asks for a waiver, each once: object, key and value.
fn found(collected: &Collected) -> Vec<(ObjectRef, String, String)> {
    struct Scan<'a>(&'a Inventory, &'a mut Vec<(ObjectRef, String, String)>);
    impl Visit for Scan<'_> {
        type Output = ();
        fn visit<K: Listed>(self) {
            for item in self.0.seen::<K>() {
                for (key, value) in item.metadata().annotations.iter() {
                    if key.starts_with(WAIVE_PREFIX) {
                        self.1
                            .push((object_ref(item), key.to_string(), value.to_string()));
                    }
                }
            }
        }
    }
    let mut all = Vec::new();
    for world in collected.worlds() {
        for kind in Kind::ALL {
            kind.visit(Scan(world, &mut all));
        }
    }
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(value: &str) -> Result<Waiver, String> {
        let object = ObjectRef {
            api_version: "apps/v1".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "cart".into(),
            copy: 0,
        };
        read(&object, "kready.dev/waive-a", value, &|name| {
            (name == "a").then_some("a")
        })
    }

    #[test]
    fn a_value_has_three_parts_and_the_reason_may_have_more() {
        let waiver = asked(" it moves; in spring ;team-shop; until  2027-03-31 ").unwrap();
        assert_eq!(waiver.grant.reason, "it moves; in spring");
        assert_eq!(waiver.grant.owner, "team-shop");
        assert_eq!(waiver.grant.expires.to_string(), "2027-03-31");
        for value in [
            "",
            ";;",
            "r; o",
            "r; o; 2027-03-31",
            "r; o; until 2027-13-31",
            "r; o; until 2027-03-31T00:00",
            "; o; until 2027-03-31",
            "r; ; until 2027-03-31",
            "todo; o; until 2027-03-31",
            "r; TODO: who; until 2027-03-31",
            &format!("{}; o; until 2027-03-31", "r".repeat(LONGEST)),
        ] {
            let problem = asked(value).unwrap_err();
            assert!(problem.chars().count() < 160, "{problem}");
        }
    }

    #[test]
    fn every_check_has_room_in_a_key() {
        for check in kready_checks::builtin() {
            let name = WAIVE_PREFIX.split('/').next_back().map_or(0, str::len);
            assert!(name + check.id.len() <= 63, "{}", check.id);
        }
    }

    proptest! {
        #[test]
        fn whatever_a_value_is_it_is_read_or_refused(value in "[a-z; 0-9-]{0,40}|.{0,60}") {
            if let Ok(waiver) = asked(&value) {
                prop_assert!(!waiver.grant.reason.is_empty() && !waiver.grant.owner.is_empty());
            }
        }
    }
}
