//! Ends the program at once when a signal asks for it, and leaves nothing half-written and nobody running behind.

use std::{process, sync::mpsc, thread, time::Duration};

use tokio::runtime::{Builder, Runtime};

use crate::{children, failure::Exit, output, progress::Line};

/// How long saying so may take: whoever should hear it may have stopped listening.
const WORDS: Duration = Duration::from_secs(1);

/// Begins to listen for the signals that end a program; if that fails, the system's default still does.
///
/// Once it returns, no file that is opened afterwards is left behind. The first process of a container hears only what it listens to.
pub(crate) fn listen(line: &Line) {
    let line = line.clone();
    let Ok(runtime) = Builder::new_current_thread().enable_io().build() else {
        return;
    };
    let signal = signals::first(&runtime);
    let listener = move || {
        let Some((exit, words)) = runtime.block_on(signal) else {
            return;
        };
        children::end_all();
        output::remove_unfinished();
        let (tell, told) = mpsc::channel();
        // If there is no thread left, nobody hears the words.
        let _ = thread::Builder::new().spawn(move || {
            line.clear();
            output::complain(words);
            tell.send(())
        });
        let _ = told.recv_timeout(WORDS);
        process::exit(i32::from(exit.code()));
    };
    // If there is no thread left, the system's default ends the program.
    let _ = thread::Builder::new()
        .name("interrupt".into())
        .spawn(listener);
}

type Asked = Option<(Exit, &'static str)>;

#[cfg(unix)]
mod signals {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::{Asked, Exit, Runtime};

    /// The first signal that asks the program to end.
    pub(super) fn first(runtime: &Runtime) -> impl Future<Output = Asked> + Send + 'static {
        let _inside = runtime.enter();
        let listen = |kind: SignalKind| signal(kind).ok();
        // nohup made it ignored, and it stays so.
        let is_deaf = ignored() & 1 == 1;
        let mut interrupt = listen(SignalKind::interrupt());
        let mut terminate = listen(SignalKind::terminate());
        let mut hangup = (!is_deaf).then(|| listen(SignalKind::hangup())).flatten();
        let mut quit = listen(SignalKind::quit());
        // Whoever listens to it gets an error of the write that was too much, and the program ends by that.
        let too_large = listen(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
        async move {
            let _too_large = too_large;
            tokio::select! {
                () = heard(&mut interrupt) => Some((Exit::Interrupted, "interrupted")),
                () = heard(&mut terminate) => Some((Exit::Terminated, "ended by SIGTERM")),
                () = heard(&mut hangup) => Some((Exit::HungUp, "ended by SIGHUP: the terminal is gone")),
                () = heard(&mut quit) => Some((Exit::Quit, "ended by SIGQUIT")),
            }
        }
    }

    async fn heard(signal: &mut Option<Signal>) {
        let heard = match signal {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if heard.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// The signals that are ignored, one bit each, SIGHUP first; where that can't be told, that one is left to the system.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").ok();
        let mask = status.as_deref().and_then(|status| {
            let mask = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(mask.trim(), 16).ok()
        });
        mask.unwrap_or(1)
    }
}

#[cfg(not(unix))]
mod signals {
    use super::{Asked, Exit, Runtime};

    pub(super) fn first(_: &Runtime) -> impl Future<Output = Asked> + Send + 'static {
        async {
            tokio::signal::ctrl_c().await.ok()?;
            Some((Exit::Interrupted, "interrupted"))
        }
    }
}
