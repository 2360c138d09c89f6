//! Finds the lines of the fields that findings are about, in the files that were audited.

use std::collections::BTreeMap;

use kready_checks::{
    frame::Check,
    inventory::FieldAt,
    model::{Evaluation, Text},
};

use crate::collect::Collected;

/// Tells each finding the line of its field, where it can be told.
pub(super) fn locate(collected: &Collected, results: &mut [(&'static Check, Evaluation)]) {
    let mut by_file: BTreeMap<Text, Vec<(usize, usize)>> = BTreeMap::new();
    for (check, (_, evaluation)) in results.iter().enumerate() {
        for (number, finding) in evaluation.findings.iter().enumerate() {
            if let (Some(source), Some(_)) = (&finding.source, &finding.fault.path) {
                let places = by_file.entry(source.file.clone()).or_default();
                places.push((check, number));
            }
        }
    }
    for (file, places) in by_file {
        let asked: Vec<FieldAt<'_>> = places
            .iter()
            .filter_map(|(check, number)| {
                let finding = &results[*check].1.findings[*number];
                Some(FieldAt {
                    line: finding.source.as_ref()?.line,
                    name: finding.object.as_ref().map_or("", |object| &object.name),
                    path: finding.fault.path.as_deref()?,
                })
            })
            .collect();
        let lines = collected.texts.lines_of(&file, &asked);
        drop(asked);
        for ((check, number), line) in places.into_iter().zip(lines) {
            let source = &mut results[check].1.findings[number].source;
            if let (Some(source), Some(_)) = (source, line) {
                source.field_line = line;
            }
        }
    }
}
