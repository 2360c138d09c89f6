//! Waivers and declarations: who answers for what, until when, and whether it holds.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};
use kready_checks::{
    model::{Finding, ObjectRef, Text},
    wire::{Labels, Time},
};

use super::{
    model::{Declaration, WaiverOrigin, WaiverResult, WaiverState},
    selector::Selector,
};
use crate::{pattern::Pattern, words::shortened};

/// How a reason or an owner begins that a person still has to fill in.
pub(crate) const PLACEHOLDER: &str = "TODO";

/// How many days a waiver or a declaration may hold.
pub(crate) const LONGEST_DAYS: i32 = 365;

/// A waiver is called expiring when it has so many days left, or fewer.
const SOON_DAYS: i64 = 14;

const DAY: i64 = 24 * 60 * 60;

/// A reason, a person and a day: what makes an exception acceptable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Why it was granted.
    pub(crate) reason: String,
    /// Who answers for it.
    pub(crate) owner: String,
    /// The last day on which it holds, in UTC.
    pub(crate) expires: Date,
}

impl Grant {
    /// The first second after it, if the calendar reaches that far.
    fn end(&self) -> Option<Time> {
        let next = self.expires.checked_add(1.day()).ok()?;
        let midnight = next.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(Time(midnight.timestamp().as_second()))
    }

    /// Whether it no longer holds.
    pub(crate) fn has_expired(&self, now: Time) -> bool {
        self.end().is_some_and(|end| now >= end)
    }

    fn expires_soon(&self, now: Time) -> bool {
        self.end()
            .is_some_and(|end| end.since(now) <= (SOON_DAYS + 1) * DAY)
    }

    /// Whether it ends later than is allowed.
    pub(crate) fn is_too_long(&self, now: Time) -> bool {
        let last = jiff::Timestamp::from_second(now.0)
            .ok()
            .map(|now| now.to_zoned(jiff::tz::TimeZone::UTC).date())
            .and_then(|today| today.checked_add(LONGEST_DAYS.days()).ok());
        last.is_some_and(|last| self.expires > last)
    }
}

/// Findings that are accepted for a time.
#[derive(Clone, Debug)]
pub(crate) struct Waiver {
    /// The check that it is about.
    pub(crate) check: String,
    /// The objects that it is about; none when a selector says so, or when it is about the cluster as a whole.
    pub(crate) objects: Vec<ObjectPattern>,
    /// The labels of the objects that it is about.
    pub(crate) selector: Option<Selector>,
    /// The labels of their namespaces.
    pub(crate) namespace_selector: Option<Selector>,
    /// Why, who and until when.
    pub(crate) grant: Grant,
    /// Where it is written.
    pub(crate) origin: WaiverOrigin,
}

/// What a waiver is about: its check, its objects and its selectors.
pub(crate) type Subject = (String, BTreeSet<String>, Option<String>, Option<String>);

/// What a waiver may want to know of an object: the labels of each that bears its name, and of its namespace.
pub(super) trait Labelled {
    /// One set for each input that has the object.
    fn of(&self, object: &ObjectRef) -> Vec<&Labels>;
    /// One set for each input that has the namespace.
    fn of_namespace(&self, name: &str) -> Vec<&Labels>;
}

impl Waiver {
    /// Whether it matches a finding, even when it has expired.
    pub(super) fn covers(&self, check: &str, finding: &Finding, labels: &dyn Labelled) -> bool {
        self.check == check
            && match &finding.object {
                None => self.objects.is_empty() && !self.selects(),
                Some(object) => self.is_about(object, labels),
            }
    }

    /// What it is about: two waivers of one subject are one too many.
    pub(crate) fn subject(&self) -> Subject {
        let text = |selector: &Option<Selector>| {
            let selector = selector.as_ref()?;
            Some(selector.text().to_owned())
        };
        (
            self.check.clone(),
            self.objects
                .iter()
                .map(|pattern| pattern.text().to_owned())
                .collect(),
            text(&self.selector),
            text(&self.namespace_selector),
        )
    }

    fn selects(&self) -> bool {
        self.selector.is_some() || self.namespace_selector.is_some()
    }

    fn is_about(&self, object: &ObjectRef, labels: &dyn Labelled) -> bool {
        let named = self.objects.iter().any(|pattern| pattern.matches(object));
        if !(named || self.objects.is_empty() && self.selects()) {
            return false;
        }
        // Of several objects with one name each has to be meant.
        let all = |selector: &Selector, labels: Vec<&Labels>| {
            !labels.is_empty() && labels.iter().all(|labels| selector.selects(labels))
        };
        let own = self.selector.as_ref();
        let namespace = self.namespace_selector.as_ref();
        own.is_none_or(|selector| all(selector, labels.of(object)))
            && namespace.is_none_or(|it| all(it, labels.of_namespace(&object.namespace)))
    }

    /// As the report lists it.
    pub(super) fn listed(&self, matched: usize, state: WaiverState) -> WaiverResult {
        let (_, _, selector, namespace_selector) = self.subject();
        WaiverResult {
            check: self.check.clone(),
            objects: self
                .objects
                .iter()
                .map(|pattern| pattern.text().to_owned())
                .collect(),
            selector,
            namespace_selector,
            reason: self.grant.reason.clone(),
            owner: self.grant.owner.clone(),
            expires: self.grant.expires.to_string(),
            matched,
            state,
            origin: self.origin.clone(),
        }
    }

    /// Whether it holds; `fully_seen` says whether no finding that it may match could have been missed.
    pub(super) fn state(&self, now: Time, matched: usize, fully_seen: bool) -> WaiverState {
        if self.grant.has_expired(now) {
            WaiverState::Expired
        } else if matched == 0 && fully_seen {
            WaiverState::Unused
        } else if self.grant.expires_soon(now) {
            WaiverState::Expiring
        } else {
            WaiverState::Active
        }
    }
}

/// A capability that is solved outside the cluster, in a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    /// `backup`, `log-collection` …
    pub(crate) capability: String,
    /// How, who and until when.
    pub(crate) grant: Grant,
}

impl Declared {
    /// As the report lists it.
    pub(super) fn listed(&self) -> Declaration {
        Declaration {
            capability: self.capability.clone(),
            reason: self.grant.reason.clone(),
            owner: self.grant.owner.clone(),
            expires: self.grant.expires.to_string(),
        }
    }
}

/// Objects by `namespace/kind/name`, each part a glob; `kind/name` for cluster-scoped ones.
#[derive(Clone, Debug)]
pub(crate) struct ObjectPattern {
    text: String,
    namespace: Pattern,
    kind: Pattern,
    name: Pattern,
}

impl ObjectPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, as a clause.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.splitn(4, '/').collect();
        let shown = shortened(text);
        let (namespace, kind, name) = match parts[..] {
            [namespace, kind, name] => (namespace, kind, name),
            [kind, name] => ("", kind, name),
            _ => {
                return Err(format!(
                    "`{shown}` is not namespace/kind/name, or kind/name for a cluster-scoped object"
                ));
            }
        };
        if kind.is_empty() || name.is_empty() {
            return Err(format!(
                "`{shown}` lacks a kind or a name; `*` stands for any"
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            namespace: Pattern::parse(namespace, false)?,
            kind: Pattern::parse(kind, true)?,
            name: Pattern::parse(name, false)?,
        })
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn matches(&self, object: &ObjectRef) -> bool {
        self.matches_parts(&object.namespace, &object.kind, &object.name)
    }

    /// Whether it matches an object with these names; the namespace of a cluster-scoped one is empty.
    pub(crate) fn matches_parts(&self, namespace: &str, kind: &str, name: &str) -> bool {
        self.namespace.matches(namespace) && self.kind.matches(kind) && self.name.matches(name)
    }

    /// The pattern of one object and no other.
    pub(super) fn exactly(object: &ObjectRef) -> Result<Self, String> {
        let parts = [&object.namespace, &object.kind, &object.name];
        let parts = parts
            .into_iter()
            .map(Text::as_str)
            .filter(|part| !part.is_empty())
            .map(globset::escape);
        Self::parse(&parts.collect::<Vec<_>>().join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(namespace: &str, kind: &str, name: &str) -> ObjectRef {
        ObjectRef {
            api_version: "v1".into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
            copy: 0,
        }
    }

    /// Knows the labels of nothing.
    struct Unlabelled;

    impl super::Labelled for Unlabelled {
        fn of(&self, _: &ObjectRef) -> Vec<&Labels> {
            Vec::new()
        }

        fn of_namespace(&self, _: &str) -> Vec<&Labels> {
            Vec::new()
        }
    }

    fn grant(expires: &str) -> Grant {
        Grant {
            reason: "agreed".into(),
            owner: "ops".into(),
            expires: expires.parse().unwrap(),
        }
    }

    #[test]
    fn patterns_match_part_by_part() {
        let cases = [
            ("shop/Deployment/cart", "shop", "Deployment", "cart", true),
            ("shop/deployment/cart", "shop", "Deployment", "cart", true),
            (
                "shop/Deployment/cart",
                "shop",
                "Deployment",
                "cart-2",
                false,
            ),
            ("shop-*/*/*", "shop-eu", "Pod", "x", true),
            ("shop-*/*/*", "shop", "Pod", "x", false),
            ("*/Node/*", "", "Node", "worker-1", true),
            ("Node/worker-*", "", "Node", "worker-1", true),
            ("Node/worker-*", "x", "Node", "worker-1", false),
            (
                "*/ClusterRoleBinding/a:*",
                "",
                "ClusterRoleBinding",
                "a:b",
                true,
            ),
        ];
        for (pattern, namespace, kind, name, expected) in cases {
            assert_eq!(
                ObjectPattern::parse(pattern)
                    .unwrap()
                    .matches(&object(namespace, kind, name)),
                expected,
                "{pattern} on {namespace}/{kind}/{name}"
            );
        }
        for bad in [
            "cart",
            "a/b/c/d",
            "shop//cart",
            "shop/Deployment/",
            "shop/Deployment/[",
            "",
        ] {
            assert!(ObjectPattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_waiver_holds_through_its_last_day() {
        let waiver = Waiver {
            check: "a".into(),
            objects: Vec::new(),
            selector: None,
            namespace_selector: None,
            grant: grant("2026-12-31"),
            origin: WaiverOrigin::default(),
        };
        let state = |now: &str, matched, seen| waiver.state(now.parse().unwrap(), matched, seen);
        assert_eq!(state("2026-11-25T00:00:00Z", 1, true), WaiverState::Active);
        assert_eq!(state("2026-12-16T23:59:59Z", 1, true), WaiverState::Active);
        assert_eq!(
            state("2026-12-17T00:00:00Z", 1, true),
            WaiverState::Expiring
        );
        assert_eq!(
            state("2026-12-31T23:59:59Z", 1, true),
            WaiverState::Expiring
        );
        assert_eq!(state("2027-01-01T00:00:00Z", 1, true), WaiverState::Expired);
        assert_eq!(state("2026-11-25T00:00:00Z", 0, true), WaiverState::Unused);
        assert_eq!(state("2026-11-25T00:00:00Z", 0, false), WaiverState::Active);
    }

    #[test]
    fn nobody_may_grant_more_than_a_year() {
        let now = "2026-11-25T12:00:00Z".parse().unwrap();
        assert!(!grant("2027-11-25").is_too_long(now));
        assert!(grant("2027-11-26").is_too_long(now));
    }

    #[test]
    fn without_objects_it_is_about_the_cluster_only() {
        let cluster = Waiver {
            check: "a".into(),
            objects: Vec::new(),
            selector: None,
            namespace_selector: None,
            grant: grant("2026-12-31"),
            origin: WaiverOrigin::default(),
        };
        let on_object = Finding::on(&object("shop", "Deployment", "cart"));
        assert!(cluster.covers("a", &Finding::cluster(), &Unlabelled));
        assert!(!cluster.covers("b", &Finding::cluster(), &Unlabelled));
        assert!(!cluster.covers("a", &on_object, &Unlabelled));
        let objects = Waiver {
            objects: vec![ObjectPattern::parse("*/*/*").unwrap()],
            ..cluster
        };
        assert!(objects.covers("a", &on_object, &Unlabelled));
        assert!(!objects.covers("a", &Finding::cluster(), &Unlabelled));
    }

    /// One object with several sets of labels, in a namespace with one.
    struct Labelled(Vec<Labels>, Labels);

    impl super::Labelled for Labelled {
        fn of(&self, _: &ObjectRef) -> Vec<&Labels> {
            self.0.iter().collect()
        }

        fn of_namespace(&self, name: &str) -> Vec<&Labels> {
            Some(&self.1)
                .filter(|_| name == "shop")
                .into_iter()
                .collect()
        }
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect()
    }

    #[test]
    fn labels_of_the_object_and_of_its_namespace_have_to_fit() {
        let selector = |text| Some(Selector::parse(text).unwrap());
        let waiver = |objects: &[&str], own: Option<Selector>, namespace| Waiver {
            check: "a".into(),
            objects: objects
                .iter()
                .map(|text| ObjectPattern::parse(text).unwrap())
                .collect(),
            selector: own,
            namespace_selector: namespace,
            grant: grant("2026-12-31"),
            origin: WaiverOrigin::default(),
        };
        let cart = Finding::on(&object("shop", "Deployment", "cart"));
        let node = Finding::on(&object("", "Node", "worker-1"));
        let known = Labelled(vec![labels(&[("team", "shop")])], labels(&[("env", "dev")]));
        let covers = |waiver: &Waiver, finding: &Finding| waiver.covers("a", finding, &known);
        for (waiver, covered) in [
            (waiver(&[], selector("team=shop"), None), true),
            (waiver(&[], selector("team=other"), None), false),
            (waiver(&[], None, selector("env=dev")), true),
            (waiver(&[], None, selector("!env")), false),
            (
                waiver(&[], selector("team"), selector("env in (dev, test)")),
                true,
            ),
            (waiver(&[], selector("team"), selector("env=prod")), false),
            (waiver(&["*/Deployment/*"], selector("team"), None), true),
            (waiver(&["*/Job/*"], selector("team"), None), false),
        ] {
            assert_eq!(covers(&waiver, &cart), covered, "{waiver:?}");
            assert!(!covers(&waiver, &Finding::cluster()), "{waiver:?}");
        }
        let by_namespace = waiver(&[], None, selector("!env"));
        assert!(!covers(&by_namespace, &node), "it is in no namespace");
        let own = waiver(&[], selector("team"), None);
        assert!(covers(&own, &node));
        // Whose labels are not known is not meant, nor is one of two that bear the name.
        let twins = Labelled(vec![labels(&[("team", "shop")]), labels(&[])], labels(&[]));
        assert!(!own.covers("a", &cart, &twins));
        assert!(!own.covers("a", &cart, &Unlabelled));
        let absent = waiver(&[], selector("!team"), None);
        assert!(!absent.covers("a", &cart, &Unlabelled));
    }
}
