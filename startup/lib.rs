//! What has to be known before Rust's runtime begins: it opens the null device in place of a standard stream that is closed, and whoever
//! writes there afterwards believes that all went well.

#[cfg(unix)]
mod before {
    use std::sync::atomic::{AtomicBool, Ordering};

    static CLOSED: AtomicBool = AtomicBool::new(false);

    ctor::declarative::ctor! {
        // It asks the system one question, and needs nothing of the runtime.
        #[ctor(unsafe)]
        fn look() {
            let closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err();
            CLOSED.store(closed, Ordering::Relaxed);
        }
    }

    pub(super) fn closed() -> bool {
        CLOSED.load(Ordering::Relaxed)
    }
}

/// Whether standard output was closed when the program began: what is written there is lost.
#[cfg(unix)]
#[must_use]
pub fn stdout_is_closed() -> bool {
    before::closed()
}

/// Whether standard output was closed when the program began: what is written there is lost.
#[cfg(not(unix))]
#[must_use]
pub const fn stdout_is_closed() -> bool {
    false
}
