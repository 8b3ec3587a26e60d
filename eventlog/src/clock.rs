//! What an engine asks for the time.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Tells the time; tests turn it back.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
