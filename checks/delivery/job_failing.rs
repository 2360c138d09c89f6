//! Work that is started again and again, and not done.

use std::collections::{BTreeMap, HashMap};

use crate::{
    inventory::types::{Condition, condition},
    kubernetes::{
        schedule::{BadSchedule, Schedule},
        settled::since,
    },
    prelude::*,
    wire::{DAY, HOUR, Time},
};

pub(super) static CHECK: Check = Check {
    id: "job-failing",
    pillar: Pillar::Delivery,
    severity: Severity::Medium,
    impact: Impact::Broken,
    title: "a Job failed, or a CronJob has not succeeded for three intervals",
    fix: "find out why the last run failed: kubectl describe {object}",
    tier: 1,
    since: "0.1.0",
    mode: Mode::Live,
    needs: &[
        examined::<CronJob>(),
        examined::<Job>(),
        correlated_all(PLATFORM),
    ],
    excuse: Excuse::Provider,
    docs: include_str!("job_failing.md"),
    run,
    ..Check::BASE
};

const INTERVALS: usize = 3;

const WEEK: i64 = 7 * DAY;

/// By schedule, and whether it is read in UTC, how long three intervals are.
type Lengths<'a> = BTreeMap<(&'a str, bool), Result<Option<i64>, BadSchedule>>;

/// The Jobs of each CronJob, by its namespace and name.
type Jobs<'a> = HashMap<(&'a Text, &'a Text), Vec<&'a Job>>;

fn run(cx: &Context<'_>) -> Result<Sheet, Undecided> {
    let mut lengths = Lengths::new();
    let mut jobs = Jobs::new();
    for job in cx.seen::<Job>() {
        let owner = job.metadata.controller();
        if let Some(owner) = owner.filter(|owner| owner.kind == "CronJob") {
            let of_one = jobs.entry((&job.metadata.namespace, &owner.name));
            of_one.or_default().push(job);
        }
    }
    let mut sheet =
        cx.judge::<CronJob>(|cron_job| judge_cron_job(cx, cron_job, &jobs, &mut lengths));
    cx.judge_into::<Job>(&mut sheet, |job| Ok(judge_job(cx, job)));
    Ok(sheet)
}

fn judge_job(cx: &Context<'_>, job: &Job) -> Judgement {
    if job.metadata.controller().is_some() || job.metadata.deletion_timestamp.is_some() {
        return Judgement::NotASubject;
    }
    let Some(failed) = failure(job) else {
        return Judgement::Sound;
    };
    let recent = failed
        .last_transition_time
        .is_none_or(|failed| cx.now().since(failed) <= WEEK);
    if !recent {
        return Judgement::Sound;
    }
    let seen = format_args!("{}{}", reason(failed), since(failed.last_transition_time));
    let finding = Finding::on(job).at("status.conditions[type=Failed]");
    finding.saw(seen, "Complete").into()
}

fn judge_cron_job<'a>(
    cx: &Context<'a>,
    cron_job: &'a CronJob,
    jobs: &Jobs<'a>,
    lengths: &mut Lengths<'a>,
) -> Result<Judgement, Why> {
    let CronJob {
        metadata,
        spec,
        status,
    } = cron_job;
    if spec.suspend
        || status.last_schedule_time.is_none()
        || metadata.deletion_timestamp.is_some()
        || metadata.controller().is_some()
    {
        return Ok(Judgement::NotASubject);
    }
    let schedule = spec.schedule.as_str();
    let is_utc = matches!(
        spec.time_zone.as_str(),
        "UTC" | "Etc/UTC" | "Etc/GMT" | "GMT"
    );
    let length = lengths.entry((schedule, is_utc)).or_insert_with(|| {
        let parsed: Schedule = schedule.parse()?;
        Ok(parsed.last_intervals(cx.now(), INTERVALS, is_utc))
    });
    let length = length.clone().map_err(|bad| {
        let message = format!("CronJob {}/{}: {bad}", metadata.namespace, metadata.name);
        Why::new(Unknown::Unreadable, message)
    })?;
    let Some(length) = length else {
        return Ok(Judgement::Sound);
    };
    let is_old = |time: Option<Time>| time.is_none_or(|time| cx.now().since(time) > length);
    let jobs = || {
        let own = jobs.get(&(&metadata.namespace, &metadata.name));
        own.into_iter().flatten()
    };
    let seen = if let Some(succeeded) = status.last_successful_time {
        if !is_old(Some(succeeded)) {
            return Ok(Judgement::Sound);
        }
        format!("last success {}", ago(cx.now(), succeeded))
    } else {
        // The first run may still be at work.
        if !is_old(metadata.creation_timestamp) {
            cx.correlated_in::<Job>(&metadata.namespace)?;
            if jobs().any(|job| failure(job).is_none()) {
                return Ok(Judgement::Sound);
            }
        }
        "no success yet".to_owned()
    };
    let last = jobs()
        .filter_map(|job| Some((job.status.start_time, failure(job)?)))
        .max_by_key(|(start, _)| *start)
        .map(|(_, failed)| format!(", last failure {}", reason(failed)))
        .unwrap_or_default();
    let zone = match spec.time_zone.as_str() {
        "" => String::new(),
        zone => format!(" {zone}"),
    };
    let finding = Finding::on(cron_job).at("status.lastSuccessfulTime").saw(
        format_args!("{seen}, scheduled {schedule:?}{zone}{last}"),
        "a success within three intervals",
    );
    Ok(finding.into())
}

fn failure(job: &Job) -> Option<&Condition> {
    condition(&job.status.conditions, "Failed").filter(|failed| failed.is_true())
}

fn reason(failed: &Condition) -> &str {
    match failed.reason.as_str() {
        "" => "Failed",
        reason => reason,
    }
}

fn ago(now: Time, time: Time) -> String {
    match now.since(time) {
        seconds if seconds >= 48 * HOUR => format!("{} days ago", seconds / (24 * HOUR)),
        seconds if seconds >= 2 * HOUR => format!("{} hours ago", seconds / HOUR),
        seconds => format!("{} minutes ago", seconds / 60),
    }
}
