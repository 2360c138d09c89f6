//! How checks judge the images that templates name.

use crate::prelude::*;

/// No container runtime would know what an image is.
#[derive(Clone, Copy)]
pub(super) struct NoReference;

/// What is wrong with an image, and what should be there.
pub(super) struct Wrong {
    pub(super) seen: String,
    pub(super) expected: String,
}

/// Judges every image of every template. Demands what [`Context::judge_workloads`] demands.
pub(super) fn judge_images<'a>(
    cx: &Context<'a>,
    mut judge: impl FnMut(&Workload<'a>, &'a Text) -> Result<Option<Wrong>, NoReference>,
) -> Sheet {
    cx.judge_workloads(|workload| {
        let mut findings = Vec::new();
        let mut unread = Vec::new();
        for view in workload.every_image() {
            let image = view.image;
            // A template may leave its image to whoever makes pods of it.
            if image.is_empty() {
                continue;
            }
            match judge(workload, image) {
                Ok(Some(wrong)) => {
                    findings.push(view.finding(workload).saw(wrong.seen, wrong.expected));
                }
                Ok(None) => {}
                Err(NoReference) => unread.push(image),
            }
        }
        // Beside an image that is wrong for certain, one that cannot be read is not missed.
        let unread = unread.into_iter().min().filter(|_| findings.is_empty());
        unread.map_or_else(
            || Ok(findings.into()),
            |image| {
                let object = workload.reference();
                Err(Why::new(
                    Unknown::Unreadable,
                    format!("{image:?} of {object} is not a valid image reference"),
                ))
            },
        )
    })
}
