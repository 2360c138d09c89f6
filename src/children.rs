//! Runs other programs: bounded in time and output, and ended together with this one.

use std::{
    io::{self, Read},
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

/// How long a program's last words may be on their way.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How far a program may go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many bytes it may write; more is an error.
    pub(crate) output: u64,
    /// How many bytes are kept of what it says on standard error; the rest is dropped.
    pub(crate) words: u64,
    /// When it has to have ended; whenever it likes without one.
    pub(crate) until: Option<Instant>,
    /// Whether it asks a person: then it stays where the terminal's keys reach it.
    pub(crate) interactive: bool,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// What it wrote, where standard output was piped.
    pub(crate) output: Vec<u8>,
    /// What it said, where standard error was piped.
    pub(crate) words: Vec<u8>,
}

/// Why a program did not come to its end.
#[derive(Debug)]
pub(crate) enum Stopped {
    NotRun(io::Error),
    /// It wrote more than it may.
    TooMuch,
    /// Its time was over.
    Late,
    Lost(io::Error),
}

/// Runs a program to its end. What goes beyond a limit is ended, with all that it began.
///
/// # Errors
/// It cannot be run, or did not keep its limits.
pub(crate) fn run(command: &mut Command, limits: Limits) -> Result<Ended, Stopped> {
    let running = Running::begin(command, limits.interactive).map_err(Stopped::NotRun)?;
    let (tell, told) = mpsc::channel();
    let (output, words) = {
        let mut child = running.child();
        (child.process.stdout.take(), child.process.stderr.take())
    };
    let mut left = Ended {
        status: ExitStatus::default(),
        output: Vec::new(),
        words: Vec::new(),
    };
    let writes = output.is_some();
    if let Some(output) = output {
        read(output, limits.output, true, tell.clone());
    }
    let speaks = words.is_some();
    if let Some(words) = words {
        read(words, limits.words, false, tell);
    }
    let mut open = (writes, speaks);
    while open.0 {
        let next = match limits.until {
            Some(until) => told.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => told.recv().map_err(Into::into),
        };
        match next {
            Ok((true, bytes)) if bytes.len() as u64 > limits.output => {
                return Err(Stopped::TooMuch);
            }
            Ok((true, bytes)) => (left.output, open.0) = (bytes, false),
            Ok((false, bytes)) => (left.words, open.1) = (bytes, false),
            Err(_) => return Err(Stopped::Late),
        }
    }
    left.status = loop {
        match running.child().ended() {
            Ok(Some(status)) => break status,
            Ok(None) if limits.until.is_none_or(|until| Instant::now() < until) => {}
            Ok(None) => return Err(Stopped::Late),
            Err(error) => return Err(Stopped::Lost(error)),
        }
        thread::sleep(Duration::from_millis(5));
    };
    // It may have left somebody behind who holds its standard error open: that is nothing to wait for.
    if open.1
        && let Ok((_, words)) = told.recv_timeout(LAST_WORDS)
    {
        left.words = words;
    }
    Ok(left)
}

/// Ends every program that runs, and lets none begin any more: this program is about to end.
pub(crate) fn end_all() {
    let running = all();
    for running in running.iter() {
        running.end();
    }
    std::mem::forget(running);
}

/// A process, until it is waited for: after that its number may be another one's.
#[derive(Debug)]
struct Process {
    process: Child,
    is_over: bool,
}

impl Process {
    fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let ended = self.process.try_wait()?;
        self.is_over = ended.is_some();
        Ok(ended)
    }
}

static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

fn all() -> MutexGuard<'static, Vec<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program that runs.
#[derive(Clone, Debug)]
struct Running {
    child: Arc<Mutex<Process>>,
    /// Whether it leads a group of processes, which ends with it.
    leads: bool,
}

/// Takes a program off the list, and ends it if it still runs.
#[derive(Debug)]
struct Guard(Running);

impl std::ops::Deref for Guard {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.end();
        all().retain(|other| !Arc::ptr_eq(&other.child, &self.0.child));
    }
}

impl Running {
    fn begin(command: &mut Command, interactive: bool) -> io::Result<Guard> {
        let leads = !interactive && lead(command);
        let mut all = all();
        let running = Self {
            child: Arc::new(Mutex::new(Process {
                process: command.spawn()?,
                is_over: false,
            })),
            leads,
        };
        all.push(running.clone());
        Ok(Guard(running))
    }

    fn child(&self) -> MutexGuard<'_, Process> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        let mut child = self.child();
        if child.is_over {
            return;
        }
        // Its group may outlive it, and bears its number as long as nobody waited for it.
        if self.leads {
            end_group(&child.process);
        }
        let _ = child.process.kill();
        let _ = child.process.wait();
        child.is_over = true;
    }
}

/// Makes a program the leader of a group of its own.
#[cfg(unix)]
fn lead(command: &mut Command) -> bool {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
    true
}

#[cfg(not(unix))]
fn lead(_: &mut Command) -> bool {
    false
}

#[cfg(unix)]
fn end_group(leader: &Child) {
    let group = i32::try_from(leader.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn end_group(_: &Child) {}

/// Reads on a thread of its own, since a program may leave others behind that keep its output open.
fn read(
    from: impl Read + Send + 'static,
    most: u64,
    is_output: bool,
    tell: mpsc::Sender<(bool, Vec<u8>)>,
) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut from = from;
        let _ = from.by_ref().take(most + 1).read_to_end(&mut bytes);
        let full = bytes.len() as u64 > most;
        let _ = tell.send((is_output, bytes));
        if full && !is_output {
            // Further words are dropped, so that the program can go on.
            let _ = io::copy(&mut from, &mut io::sink());
        }
    });
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Stdio;

    use super::*;

    fn shell(script: &str, limits: Limits) -> Result<Ended, Stopped> {
        let mut command = Command::new("sh");
        command
            .args(["-c", script])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        run(&mut command, limits)
    }

    const LIMITS: Limits = Limits {
        output: 1024,
        words: 4,
        until: None,
        interactive: false,
    };

    #[test]
    fn what_ends_well_is_heard() {
        let ended = shell("echo out; echo words >&2; exit 3", LIMITS).unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert_eq!(ended.output, b"out\n");
        assert_eq!(
            ended.words, b"words",
            "one byte more tells that there is more"
        );
    }

    #[test]
    fn what_goes_too_far_is_ended_with_what_it_began() {
        let endless = shell("yes", LIMITS).unwrap_err();
        assert!(matches!(endless, Stopped::TooMuch), "{endless:?}");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {}; wait", file.display());
        let late = Limits {
            until: Some(Instant::now() + Duration::from_millis(500)),
            ..LIMITS
        };
        let late = shell(&script, late).unwrap_err();
        assert!(matches!(late, Stopped::Late), "{late:?}");
        let began = std::fs::read_to_string(file).unwrap();
        let pid = began
            .trim()
            .parse()
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let gone = Instant::now() + Duration::from_secs(20);
        // Somebody else waits for it, so that it goes a little later.
        while rustix::process::test_kill_process(pid.unwrap()).is_ok()
            && !std::fs::read_to_string(format!("/proc/{}/stat", began.trim()))
                .unwrap_or_default()
                .contains(") Z ")
        {
            assert!(Instant::now() < gone, "it still runs");
            thread::sleep(Duration::from_millis(10));
        }
    }
}
