//! A claim whose volume is gone.

use crate::prelude::*;

pub(super) static CHECK: Check = Check {
    id: "pvc-lost",
    pillar: Pillar::Storage,
    severity: Severity::Critical,
    impact: Impact::Broken,
    title: "a claim has lost its volume",
    fix: "find the old volume's disk, or restore the data into a new claim",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[examined::<PersistentVolumeClaim>()],
    docs: include_str!("pvc_lost.md"),
    run,
    ..Check::BASE
};

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    Ok(cx.judge::<PersistentVolumeClaim>(|claim| {
        if claim.status.phase != "Lost" {
            return Ok(Judgement::Sound);
        }
        let volume = &claim.spec.volume_name;
        let seen = if volume.is_empty() {
            "Lost".to_owned()
        } else {
            format!("Lost: its PersistentVolume {volume} is gone or bound to another claim")
        };
        let finding = Finding::on(claim).at("status.phase");
        Ok(finding.saw(seen, "Bound").into())
    }))
}
