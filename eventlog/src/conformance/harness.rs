//! What an engine gives to be tested.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ImportId;

use crate::contract::EventLog;

/// An engine under test. Each test starts its own.
#[async_trait]
pub trait Harness: Send + Sync + Sized + 'static {
    /// Makes a fresh, empty log.
    async fn start() -> Self;

    /// The log.
    fn log(&self) -> Arc<dyn EventLog>;

    /// The same log as another process would have it, where the engine allows several; otherwise the same.
    async fn another(&self) -> Arc<dyn EventLog>;

    /// Closes the log and opens what it has stored. Every handle must be gone.
    async fn restart(&mut self);

    /// Keeps the log busy until the guard is dropped, so that what is handed in meanwhile meets at one time.
    async fn hold(&self) -> Box<dyn Send>;

    /// The clock that the engine asks, where it asks one of ours.
    fn clock(&self) -> Option<&TestClock>;

    /// How many refused rows of an import are kept: nothing in the contract reads them.
    async fn refused_rows(&self, import: ImportId) -> usize;

    /// Of how many imports the file is kept, and of how many its digest: nothing in the contract reads them.
    async fn import_files(&self) -> (usize, usize);
}

/// A clock that can be turned.
#[derive(Clone, Default)]
pub struct TestClock {
    micros: Arc<AtomicI64>,
}

impl TestClock {
    /// The time, turned as far as it was turned.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::microseconds(self.micros.load(Ordering::SeqCst))
    }

    /// Turns the clock; back where negative.
    pub fn turn(&self, by: TimeDelta) {
        self.micros.fetch_add(by.num_microseconds().unwrap_or_default(), Ordering::SeqCst);
    }
}
