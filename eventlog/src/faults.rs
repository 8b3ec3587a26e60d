//! Named places where tests let the process die: between any two steps that must not be torn apart.
//!
//! Built with the feature `faults` only, which nothing but tests asks for: otherwise a place is no code at all.

/// Names the place where the process dies, and the how manieth time that it is passed: `import.chunk_committed:3`.
pub const DIE_AT: &str = "SEATBOOK_DIE_AT";

/// Names the place where the process stops (`SIGSTOP`), in the same way: a test does what it wants to come between, and
/// lets it go on (`SIGCONT`).
pub const STOP_AT: &str = "SEATBOOK_STOP_AT";

/// The process dies here, if it was asked to: at once, without tidying up, as it does when it is killed. Or it stops.
#[cfg(feature = "faults")]
pub fn place(name: &str) {
    use std::{process, sync::LazyLock};

    static DEATH: LazyLock<Option<Asked>> = LazyLock::new(|| Asked::by(DIE_AT));
    static STOP: LazyLock<Option<Asked>> = LazyLock::new(|| Asked::by(STOP_AT));
    if DEATH.as_ref().is_some_and(|death| death.is_now(name)) {
        process::abort();
    }
    if STOP.as_ref().is_some_and(|stop| stop.is_now(name)) {
        // What was meant to come between does not, if this fails: whoever waits for it sees that.
        drop(process::Command::new("kill").args(["-STOP", &process::id().to_string()]).status());
    }
}

/// A place, and how often it is passed before something happens there.
#[cfg(feature = "faults")]
struct Asked {
    place: String,
    left: std::sync::atomic::AtomicU64,
}

#[cfg(feature = "faults")]
impl Asked {
    fn by(variable: &str) -> Option<Self> {
        let asked = std::env::var(variable).ok()?;
        let (place, times) = asked.split_once(':').unwrap_or((&asked, "1"));
        let left = times.parse().unwrap_or_else(|_| panic!("{variable}: {times} is no number"));
        Some(Self { place: place.to_owned(), left: std::sync::atomic::AtomicU64::new(left) })
    }

    fn is_now(&self, place: &str) -> bool {
        self.place == place && self.left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 1
    }
}

/// Nothing.
#[cfg(not(feature = "faults"))]
#[inline]
pub const fn place(_: &str) {}
