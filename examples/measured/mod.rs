//! What examples measure with.

use std::{
    fs,
    io::{self, Write},
    time::{Duration, Instant},
};

/// How long this thread has been running on a core; wall time if the system does not tell.
pub(crate) fn busy() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    // The scheduler accounts for a thread when it leaves its core.
    std::thread::yield_now();
    fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// Megabytes of this process; nothing where the system does not tell.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) resident: f64,
    pub(crate) peak: f64,
}

impl Memory {
    pub(crate) fn now() -> Self {
        let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.split_whitespace().next())
                .and_then(|kilobytes| kilobytes.parse::<f64>().ok())
                .map_or(0.0, |kilobytes| kilobytes / 1024.0)
        };
        Self {
            resident: field("VmRSS:"),
            peak: field("VmHWM:"),
        }
    }

    pub(crate) fn forget_peak() {
        // If this cannot be written, there is no peak to print either.
        let _ = fs::write("/proc/self/clear_refs", "5");
    }
}

/// Counts what is written to it.
pub(crate) struct Count(pub(crate) u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
