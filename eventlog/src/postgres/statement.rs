//! A statement that is put together as it is needed.

use sqlx::{Arguments, Encode, Postgres, Type, postgres::PgArguments};

/// A statement in the making: its text depends only on which kinds of rows there are, so there are few.
#[derive(Default)]
pub(super) struct Statement {
    pub sql: String,
    pub arguments: PgArguments,
    pub failed: Option<sqlx::error::BoxDynError>,
}

impl Statement {
    /// Adds text, in which each `?` stands for the next argument.
    pub(super) fn add(&mut self, text: &str) {
        let mut next = self.arguments.len();
        for piece in text.split_inclusive('?') {
            match piece.strip_suffix('?') {
                Some(before) => {
                    next += 1;
                    self.sql.push_str(before);
                    self.sql.push('$');
                    self.sql.push_str(&next.to_string());
                }
                None => self.sql.push_str(piece),
            }
        }
    }

    pub(super) fn bind<'q, T: Encode<'q, Postgres> + Type<Postgres> + 'q>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.arguments.add(value) {
            self.failed.get_or_insert(error);
        }
        self
    }
}
