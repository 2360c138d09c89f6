//! Label selectors, as the API server evaluates them (rule 7 of RULES.md).

use std::{collections::HashSet, hash::Hash};

use crate::{inventory::types::LabelSelector, model::Text, wire::Labels};

/// A selector that no API server would accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSelector {
    /// The operator that is not known.
    pub operator: Text,
}

impl std::fmt::Display for BadSelector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the selector's operator {:?} is unknown", self.operator)
    }
}

impl LabelSelector {
    /// Whether it has no requirement and so selects everything.
    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    /// Whether it selects something with these labels.
    ///
    /// # Errors
    /// An operator other than `In`, `NotIn`, `Exists` and `DoesNotExist`.
    pub fn selects(&self, labels: &Labels) -> Result<bool, BadSelector> {
        let mut selected = selects_all(&self.match_labels, labels);
        for requirement in &self.match_expressions {
            let value = labels.get(&requirement.key);
            let listed = |value: &Text| requirement.values.contains(value);
            selected &= match requirement.operator.as_str() {
                "In" => value.is_some_and(listed),
                "NotIn" => !value.is_some_and(listed),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => {
                    return Err(BadSelector {
                        operator: requirement.operator.clone(),
                    });
                }
            };
        }
        Ok(selected)
    }
}

/// Whether labels hold every pair of a plain selector.
pub fn selects_all(selector: &Labels, labels: &Labels) -> bool {
    selector
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value))
}

/// Which of these are the first of those that equal them.
pub(super) fn firsts<T: Eq + Hash>(all: impl Iterator<Item = T>) -> Vec<bool> {
    let mut known = HashSet::new();
    all.map(|one| known.insert(one)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::LabelSelector;
    use crate::wire::Labels;

    fn labels(pairs: &[(String, String)]) -> Labels {
        pairs
            .iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect()
    }

    fn selector(json: serde_json::Value) -> LabelSelector {
        serde_json::from_value(json).unwrap()
    }

    proptest! {
        #[test]
        fn an_operator_and_its_opposite_never_agree(
            pairs in prop::collection::vec(("[ab]", "[xyz]"), 0..4),
            key in "[abc]",
            values in prop::collection::vec("[xyz]", 1..3),
        ) {
            let labels = labels(&pairs);
            let ask = |operator: &str, values: &[String]| {
                selector(serde_json::json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": values }] }))
                    .selects(&labels)
                    .unwrap()
            };
            prop_assert_ne!(ask("In", &values), ask("NotIn", &values));
            prop_assert_ne!(ask("Exists", &[]), ask("DoesNotExist", &[]));
            prop_assert_eq!(ask("Exists", &[]), labels.has(&key));
        }

        #[test]
        fn more_requirements_never_select_more(
            pairs in prop::collection::vec(("[ab]", "[xy]"), 0..4),
            wanted in prop::collection::vec(("[ab]", "[xy]"), 0..3),
        ) {
            let labels = labels(&pairs);
            let wanted: Vec<_> = wanted.into_iter().collect::<std::collections::BTreeMap<_, _>>().into_iter().collect();
            for cut in 0..wanted.len() {
                let ask = |wanted: &[(String, String)]| {
                    let map: serde_json::Map<_, _> = wanted.iter().map(|(k, v)| (k.clone(), v.clone().into())).collect();
                    selector(serde_json::json!({ "matchLabels": map })).selects(&labels).unwrap()
                };
                prop_assert!(!ask(&wanted) || ask(&wanted[..cut]));
            }
        }
    }

    #[test]
    fn an_empty_selector_selects_everything_and_a_strange_one_is_said_to_be() {
        assert_eq!(
            LabelSelector::default().selects(&Labels::default()),
            Ok(true)
        );
        let strange = selector(
            serde_json::json!({ "matchExpressions": [{ "key": "a", "operator": "Gt", "values": ["1"] }] }),
        );
        assert!(strange.selects(&Labels::default()).is_err());
    }
}
