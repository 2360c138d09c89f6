//! Which disruption budgets speak of a workload, and what they allow, as the disruption controller reckons.

use super::workloads::Workload;
use crate::{
    inventory::{
        Context,
        kinds::{PodDisruptionBudget, object_ref},
    },
    model::{Unknown, Why, any_or_why},
    wire::{IntOrString, Labels, Rounding},
};

/// Whether a budget selects pods with these labels: nil selects nothing, an empty selector everything.
///
/// # Errors
/// Its selector cannot be evaluated.
pub fn covers(budget: &PodDisruptionBudget, labels: &Labels) -> Result<bool, Why> {
    let Some(selector) = &budget.spec.selector else {
        return Ok(false);
    };
    selector.selects(labels).map_err(|error| {
        Why::new(
            Unknown::Unreadable,
            format!("{}: {error}", object_ref(budget)),
        )
    })
}

/// What a budget demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand<'a> {
    /// `maxUnavailable`, which the controller reads first.
    MaxUnavailable(&'a IntOrString),
    /// `minAvailable`.
    MinAvailable(&'a IntOrString),
    /// Neither is set: nothing is demanded, and no eviction allowed.
    Nothing,
}

impl<'a> Demand<'a> {
    /// What a budget demands.
    pub fn of(budget: &'a PodDisruptionBudget) -> Self {
        match (&budget.spec.max_unavailable, &budget.spec.min_available) {
            (Some(most), _) => Self::MaxUnavailable(most),
            (None, Some(fewest)) => Self::MinAvailable(fewest),
            (None, None) => Self::Nothing,
        }
    }

    /// The field that says it.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::MaxUnavailable(_) => "spec.maxUnavailable",
            Self::MinAvailable(_) => "spec.minAvailable",
            Self::Nothing => "spec",
        }
    }

    /// How many of `replicas` pods must stay healthy; none when the value is no number and no percentage.
    ///
    /// Percentages of both kinds are rounded up. What demands nothing asks for none.
    pub fn desired_healthy(&self, replicas: i32) -> Option<i32> {
        match self {
            Self::MaxUnavailable(most) => {
                let most = most.resolve(replicas, Rounding::Up)?;
                Some(replicas.saturating_sub(most).max(0))
            }
            Self::MinAvailable(fewest) => fewest.resolve(replicas, Rounding::Up),
            Self::Nothing => Some(0),
        }
    }

    /// How many of `replicas` healthy pods may be evicted; none when the value is no number and no percentage.
    pub fn allows(&self, replicas: i32) -> Option<i32> {
        let healthy = match self {
            // The controller then expects no pods, and of none it allows none to go.
            Self::Nothing => replicas,
            _ => self.desired_healthy(replicas)?,
        };
        if replicas <= 0 {
            return Some(0);
        }
        Some(replicas.saturating_sub(healthy).max(0))
    }

    /// Whether it allows no eviction, however many replicas there are.
    pub fn forbids_all(&self) -> bool {
        match self {
            Self::MaxUnavailable(most) => match most {
                IntOrString::Int(number) => *number <= 0,
                IntOrString::String(_) => most.resolve(100, Rounding::Up) == Some(0),
            },
            Self::MinAvailable(fewest) => match fewest {
                IntOrString::Int(_) => false,
                IntOrString::String(_) => fewest
                    .resolve(100, Rounding::Up)
                    .is_some_and(|percent| percent >= 100),
            },
            Self::Nothing => true,
        }
    }
}

impl<'a> Context<'a> {
    /// Whether a budget of the namespace selects a workload's pods. Demands PodDisruptionBudget.
    ///
    /// # Errors
    /// None that was seen does, and not all were seen, or a selector cannot be evaluated.
    #[track_caller]
    pub fn has_budget(&self, workload: &Workload<'a>) -> Result<bool, Why> {
        let covered = self
            .budgets_for(workload.namespace(), workload.labels)
            .map(|budget| covers(budget, workload.labels));
        let seen = std::iter::once_with(|| {
            self.correlated_in::<PodDisruptionBudget>(workload.namespace())
                .map(|_| false)
        });
        let left_out = self.budgets_left_out(workload.namespace()).take(1);
        let left_out = left_out.map(|(_, why)| Err(why));
        any_or_why(covered.chain(left_out).chain(seen))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Demand, covers};
    use crate::{
        inventory::kinds::PodDisruptionBudget,
        wire::{IntOrString, Labels},
    };

    fn percent(number: i32) -> IntOrString {
        IntOrString::String(format!("{number}%").into())
    }

    #[test]
    fn evictions_are_reckoned_as_the_controller_does() {
        let min = |value: &IntOrString, replicas| Demand::MinAvailable(value).allows(replicas);
        let max = |value: &IntOrString, replicas| Demand::MaxUnavailable(value).allows(replicas);
        // 90 % of three rounds up to three.
        assert_eq!(min(&percent(90), 3), Some(0));
        assert_eq!(min(&percent(50), 3), Some(1));
        assert_eq!(min(&IntOrString::Int(2), 3), Some(1));
        assert_eq!(min(&IntOrString::Int(5), 3), Some(0));
        // One percent of three rounds up to one.
        assert_eq!(max(&percent(1), 3), Some(1));
        assert_eq!(max(&IntOrString::Int(0), 3), Some(0));
        assert_eq!(max(&IntOrString::Int(9), 3), Some(3));
        assert_eq!(min(&IntOrString::String("two".into()), 3), None);
        assert_eq!(Demand::Nothing.allows(3), Some(0));
    }

    #[test]
    fn some_demands_never_allow_an_eviction() {
        assert!(Demand::MaxUnavailable(&IntOrString::Int(0)).forbids_all());
        assert!(Demand::MaxUnavailable(&percent(0)).forbids_all());
        assert!(!Demand::MaxUnavailable(&percent(1)).forbids_all());
        assert!(Demand::MinAvailable(&percent(100)).forbids_all());
        assert!(!Demand::MinAvailable(&percent(99)).forbids_all());
        assert!(!Demand::MinAvailable(&IntOrString::Int(100)).forbids_all());
    }

    #[test]
    fn nil_selects_nothing_and_an_empty_selector_everything() {
        let budget = |spec: serde_json::Value| -> PodDisruptionBudget {
            serde_json::from_value(
                serde_json::json!({ "metadata": { "name": "b", "namespace": "n" }, "spec": spec }),
            )
            .unwrap()
        };
        let labels: Labels = [("app".into(), "cart".into())].into_iter().collect();
        let ask = |spec| covers(&budget(spec), &labels);
        assert_eq!(ask(serde_json::json!({})), Ok(false));
        assert_eq!(ask(serde_json::json!({ "selector": {} })), Ok(true));
        let other = serde_json::json!({ "selector": { "matchLabels": { "app": "other" } } });
        assert_eq!(ask(other), Ok(false));
        let strange = serde_json::json!({ "selector": { "matchExpressions": [{ "key": "a", "operator": "Gt", "values": ["1"] }] } });
        assert!(ask(strange).is_err());
    }

    proptest! {
        #[test]
        fn what_forbids_all_allows_none_of_any_number(number in 0_i32..120, replicas in 0_i32..500) {
            for value in [percent(number), IntOrString::Int(number)] {
                for demand in [Demand::MinAvailable(&value), Demand::MaxUnavailable(&value)] {
                    let allowed = demand.allows(replicas).unwrap();
                    prop_assert!((0..=replicas).contains(&allowed));
                    prop_assert!(!demand.forbids_all() || allowed == 0);
                }
            }
        }
    }
}
