//! How much memory the C library keeps.
//!
//! Its allocator gives threads arenas of their own, up to eight for each processor, and what is freed in one stays there: an
//! import over HTTP took 210 MB where it takes 175 with as many arenas as there are processors, and the second one 280 instead
//! of 180 (`docs/performance.md`). It reads that number from the environment when the process starts, and nowhere else
//! without unsafe code: so the process starts again, as itself, with the number.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn few_arenas() {
    use std::{env, os::unix::process::CommandExt, process::Command, thread};

    /// What somebody may have said about it.
    const SAID: [&str; 2] = ["MALLOC_ARENA_MAX", "GLIBC_TUNABLES"];

    /// Set where it has been tried: what the loader takes out of the environment would be missed again and again.
    const TRIED: &str = "SEATBOOK_STARTED_AGAIN";

    if SAID.iter().chain([&TRIED]).any(|name| env::var_os(name).is_some()) {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let arenas = thread::available_parallelism().map_or(2, |all| all.get().max(2));
    let mut words = env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = words.next() {
        again.arg0(name);
    }
    // It returns where it could not be done: then there are more arenas.
    let error = again.args(words).env(SAID[0], arenas.to_string()).env(TRIED, "1").exec();
    drop(error);
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn few_arenas() {}
