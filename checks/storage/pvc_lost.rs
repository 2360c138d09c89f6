//! A claim whose volume is gone.

use crate::prelude::*;

pub(super) static CHECK: Check = Check {
    id: "pvc-lost",
    pillar: Pillar::Storage,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "a claim has lost its volume",
    mode: Mode::Live,
    needs: &[examined::<PersistentVolumeClaim>()],
    docs: include_str!("pvc_lost.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(Sheet::over(cx.seen::<PersistentVolumeClaim>(), |claim| {
        let volume = &claim.spec.volume_name;
        Ok((claim.status.phase == "Lost").then(|| {
            let seen = if volume.is_empty() {
                "Lost".to_owned()
            } else {
                format!("Lost: its PersistentVolume {volume} is gone or bound to another claim")
            };
            Finding::on(claim).at("status.phase").saw(seen, "Bound")
        }))
    }))
}
