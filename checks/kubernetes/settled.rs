//! How long a state has lasted (rules 11 and 20 of RULES.md).

use crate::{
    inventory::{
        Context,
        types::{Condition, Pod, condition},
    },
    model::clause,
    wire::{DAY, MINUTE, Time},
};

/// Five minutes, in seconds: what most rows take for settled.
pub const FIVE_MINUTES: i64 = 5 * MINUTE;

/// Ten minutes, in seconds.
pub const TEN_MINUTES: i64 = 10 * MINUTE;

/// A grace period above this is not believed.
const LONGEST_GRACE: i64 = 366 * DAY;

/// The newest of several times; none when there is none.
pub fn newest(times: impl IntoIterator<Item = Option<Time>>) -> Option<Time> {
    times.into_iter().flatten().max()
}

/// When a pod last became ready, or ceased to be; its creation when it never did.
pub fn ready_transition(pod: &Pod) -> Option<Time> {
    condition(&pod.status.conditions, "Ready")
        .and_then(|ready| ready.last_transition_time)
        .or(pod.metadata.creation_timestamp)
}

/// When a pod was asked to end; none for one that was not. Until then it was there.
pub fn asked_to_end(pod: &Pod) -> Option<Time> {
    let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
    let due = pod.metadata.deletion_timestamp?;
    Some(due.plus(-grace.clamp(0, LONGEST_GRACE)))
}

/// `since 2026-11-25T02:40:00Z`, or nothing when the time is not known.
pub fn since(time: Option<Time>) -> String {
    time.map(|time| format!(" since {time}"))
        .unwrap_or_default()
}

/// `False since 2026-11-25T02:40:00Z: KubeletNotReady: the runtime is down`: a state, since when it lasts, and what is said
/// of it, as far as that is known.
pub fn told(state: &str, time: Option<Time>, said: [&str; 2]) -> String {
    let mut told = format!("{state}{}", since(time));
    for text in said {
        if !text.is_empty() {
            told.push_str(": ");
            told.push_str(clause(text));
        }
    }
    told
}

impl Context<'_> {
    /// Whether a state has lasted for so many seconds; without a time it counts as settled. Demands nothing.
    pub fn has_lasted(&self, since: Option<Time>, seconds: i64) -> bool {
        since.is_none_or(|since| self.now().since(since) >= seconds)
    }

    /// Whether a state that no row gives a time has lasted long enough to count: five minutes. Demands nothing.
    pub fn is_settled(&self, since: Option<Time>) -> bool {
        self.has_lasted(since, FIVE_MINUTES)
    }

    /// Whether a condition has been what it is for so many seconds. Demands nothing.
    pub fn has_held(&self, condition: &Condition, seconds: i64) -> bool {
        self.has_lasted(condition.last_transition_time, seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::{newest, ready_transition, since, told};
    use crate::{inventory::types::Pod, wire::Time};

    #[test]
    fn the_newest_time_counts_and_none_is_none() {
        assert_eq!(newest([]), None);
        assert_eq!(newest([None, Some(Time(3)), Some(Time(7))]), Some(Time(7)));
    }

    #[test]
    fn a_pod_that_never_became_ready_counts_from_its_creation() {
        let pod = |status: serde_json::Value| -> Pod {
            serde_json::from_value(serde_json::json!({
                "metadata": { "name": "a", "creationTimestamp": "2026-11-25T01:00:00Z" },
                "status": status
            }))
            .unwrap()
        };
        let created = "2026-11-25T01:00:00Z".parse().ok();
        assert_eq!(ready_transition(&pod(serde_json::json!({}))), created);
        let flipped = serde_json::json!({ "conditions": [
            { "type": "Ready", "status": "False", "lastTransitionTime": "2026-11-25T02:00:00Z" }
        ] });
        assert_eq!(
            ready_transition(&pod(flipped)),
            "2026-11-25T02:00:00Z".parse().ok()
        );
    }

    #[test]
    fn a_state_is_told_with_what_is_said_of_it() {
        let time = Some(Time(0));
        assert_eq!(told("False", None, ["", ""]), "False");
        assert_eq!(
            told("False", time, ["Down", "it is down."]),
            "False since 1970-01-01T00:00:00Z: Down: it is down"
        );
        assert_eq!(told("Failed", None, ["", "no disk"]), "Failed: no disk");
    }

    #[test]
    fn an_unknown_time_is_not_written() {
        assert_eq!(since(None), "");
        assert_eq!(since(Some(Time(0))), " since 1970-01-01T00:00:00Z");
    }
}
