//! One metric: a number for each set of labels.

use std::borrow::Cow;

use prometheus_client::registry::Unit;

use crate::render::escape;

/// A label's name and value.
pub(super) type Label = (&'static str, String);

/// One metric: a number for each set of labels.
#[derive(Debug)]
pub(super) struct Family {
    /// Without the prefix and the unit.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) unit: Option<Unit>,
    pub(super) samples: Vec<(Vec<Label>, f64)>,
}

impl Family {
    pub(super) fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            unit: None,
            samples: Vec::new(),
        }
    }

    pub(super) fn ratio(name: &'static str, help: &'static str) -> Self {
        Self {
            unit: Some(Unit::Other("ratio".to_owned())),
            ..Self::new(name, help)
        }
    }

    pub(super) fn seconds(name: &'static str, help: &'static str) -> Self {
        Self {
            unit: Some(Unit::Seconds),
            ..Self::new(name, help)
        }
    }

    pub(super) fn with<const N: usize>(
        mut self,
        labels: [(&'static str, &str); N],
        value: f64,
    ) -> Self {
        self.add(labels, value);
        self
    }

    pub(super) fn add<const N: usize>(&mut self, labels: [(&'static str, &str); N], value: f64) {
        let labels = labels.map(|(name, value)| (name, label(value).into_owned()));
        self.samples.push((labels.into(), value));
    }

    /// One for each of several values, of which one holds.
    pub(super) fn states<'s>(
        mut self,
        label: &'static str,
        all: impl IntoIterator<Item = &'s str>,
        holds: Option<&str>,
    ) -> Self {
        for state in all {
            self.add([(label, state)], f64::from(u8::from(holds == Some(state))));
        }
        self
    }
}

/// A text as the value of a label, which no terminal and no reader of lines takes for anything else: the textfile collector drops
/// carriage returns. Numbers are counted by what this makes of a text, so that no set of labels is there twice.
pub(super) fn label(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 253;
    let text = escape::text(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text,
    }
}

/// Percent as a share of one.
pub(super) fn share(percent: f64) -> f64 {
    // Seven digits: what division makes of a tenth is not shown.
    (percent * 1e5).round() / 1e7
}
