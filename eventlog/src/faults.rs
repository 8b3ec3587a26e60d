//! Named places where tests let the process die: between any two steps that must not be torn apart.
//!
//! Built with the feature `faults` only, which nothing but tests asks for: otherwise a place is no code at all.

/// Names the place where the process dies, and the how manieth time that it is passed: `import.chunk_committed:3`.
pub const DIE_AT: &str = "SEATBOOK_DIE_AT";

/// The process dies here, if it was asked to: at once, without tidying up, as it does when it is killed.
#[cfg(feature = "faults")]
pub fn place(name: &str) {
    use std::sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    };

    static ASKED: LazyLock<Option<(String, AtomicU64)>> = LazyLock::new(|| {
        let asked = std::env::var(DIE_AT).ok()?;
        let (name, times) = asked.split_once(':').unwrap_or((&asked, "1"));
        let times = times.parse().unwrap_or_else(|_| panic!("{DIE_AT}: {times} is no number"));
        Some((name.to_owned(), AtomicU64::new(times)))
    });
    if let Some((asked, left)) = &*ASKED
        && asked == name
        && left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(feature = "faults"))]
#[inline]
pub const fn place(_: &str) {}
