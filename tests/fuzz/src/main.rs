//! One of the targets, by name, for libFuzzer.
#![no_main]

use std::{env, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use seatbook_tests::fuzz::TARGETS;

static CHECK: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = env::var("SEATBOOK_FUZZ_TARGET").unwrap_or_default();
    let names = TARGETS.map(|target| target.name).join(", ");
    let target = TARGETS.into_iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("SEATBOOK_FUZZ_TARGET: {name:?} is none of {names}")).check
});

fuzz_target!(|bytes: &[u8]| CHECK(bytes));
