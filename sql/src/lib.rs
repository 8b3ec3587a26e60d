//! One SQL for all engines: statements are written once, with `?` or `?1` for values, and each engine runs them.
//!
//! Where engines have no words in common (types of columns, search indexes), [`Conn::dialect`] tells.

mod beside;
mod bulk;
mod conn;
mod copy;
mod error;
mod like;
mod postgres;
mod row;
mod types;
mod value;

pub use beside::Beside;
pub use bulk::{Inserts, Rows};
pub use conn::{Conn, Dialect, Snapshot};
pub use error::SqlError;
pub use like::escaped;
pub use postgres::Session;
pub use row::{Cell, Column, FromCell, Row};
pub use types::Types;
pub use value::{Stream, ToValue, Value};

/// Values for a statement, in their order.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$(&$value as &dyn $crate::ToValue),*] };
}
