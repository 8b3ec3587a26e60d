//! What every connection of ours is set to, and what it must be connected to.

use std::time::Duration;

use sqlx::{ConnectOptions, Connection, PgConnection, Row, postgres::PgConnectOptions};

use super::{
    error::{Cure, cure},
    names::shown,
    parameters, unopened,
};
use crate::outcome::LogError;

/// So long somebody waits for a connection, or for a primary that answers.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// So long somebody waits for a connection of a pool: whoever waits for an answer is told first that there was none.
pub(super) const FOR_A_CONNECTION: Duration = Duration::from_secs(9);

/// The oldest server that we know to do what we ask.
pub(super) const OLDEST: i32 = 150_000;

/// A database as it was asked for.
#[derive(Clone)]
pub(super) struct Wanted {
    options: PgConnectOptions,
    /// For people: without the password.
    pub name: String,
}

impl Wanted {
    pub(super) fn parse(url: &str) -> Result<Self, LogError> {
        let options: PgConnectOptions = url.parse().map_err(|e| unopened::of_url(url, &e))?;
        let name = shown(&options);
        parameters::check(url, &name)?;
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("seatbook"),
        };
        let options = options
            .disable_statement_logging()
            .statement_cache_capacity(256)
            // What a server or a role is set to for others' short questions is not meant for what takes its time here: a
            // long page of a list, an index, a commit that waits for a standby.
            .options([("statement_timeout", "0"), ("lock_timeout", "0"), ("idle_session_timeout", "0")])
            // A machine that is gone without a word is let go of, with whatever it holds.
            .options([
                ("tcp_keepalives_idle", "5"),
                ("tcp_keepalives_interval", "2"),
                ("tcp_keepalives_count", "3"),
                ("idle_in_transaction_session_timeout", "60s"),
            ])
            // An answered commit survives a crash, and has reached whatever standbys the server names. Plans of short
            // statements gain nothing from being compiled.
            .options([
                ("synchronous_commit", "on"),
                ("default_transaction_isolation", "read\\ committed"),
                ("jit", "off"),
            ]);
        Ok(Self { options, name })
    }

    /// As a role that the user is a member of.
    pub(super) fn in_the_role(self, role: &str) -> Self {
        let escape = |c: char| if c == '\\' || c.is_whitespace() { vec!['\\', c] } else { vec![c] };
        let escaped: String = role.chars().flat_map(escape).collect();
        Self { options: self.options.options([("role", escaped)]), name: self.name }
    }

    pub(super) fn for_readers(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The writer finds everything by its key, whatever the tables' statistics say, and by plans that are made once.
    pub(super) fn for_the_writer(&self) -> PgConnectOptions {
        self.options.clone().options([
            ("enable_seqscan", "off"),
            ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
            ("plan_cache_mode", "force_generic_plan"),
            // Whoever holds the log and falls silent is let go of: everybody waits for them.
            ("idle_in_transaction_session_timeout", "10s"),
        ])
    }

    /// Connects to whatever is there.
    pub(super) async fn reach(&self) -> Result<PgConnection, Unreached> {
        let options = self.for_readers();
        match tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options)).await {
            Ok(Ok(conn)) => Ok(conn),
            Ok(Err(error)) => {
                let why = unopened::of_sqlx(&self.name, &error);
                Err(if cure(&error) == Cure::Reconnect { Unreached::Gone(why) } else { Unreached::Full(why) })
            }
            Err(_) => Err(Unreached::Gone(unopened::silent(&self.name))),
        }
    }

    /// Connects, and sees to it that it is a primary that we can work with.
    pub(super) async fn connect(&self, options: &PgConnectOptions) -> Result<PgConnection, LogError> {
        let failed = |e: sqlx::Error| unopened::of_sqlx(&self.name, &e);
        let connect = tokio::time::timeout(PATIENCE, PgConnection::connect_with(options));
        let mut conn = connect.await.map_err(|_| unopened::silent(&self.name))?.map_err(failed)?;
        match unfit(&mut conn).await.map_err(failed)? {
            None => Ok(conn),
            Some(unfit) => Err(unopened::of_unfit(&self.name, unfit)),
        }
    }
}

/// Why nobody is let in.
pub(super) enum Unreached {
    /// Nothing answers, or not for long.
    Gone(LogError),
    /// A server is there and says no: mostly, that it has no connection left.
    Full(LogError),
}

/// Why a server can't be worked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    TooOld(i32),
    /// It may be behind, and show commits in another order.
    Standby,
    /// It takes no writes.
    ReadOnly,
    /// Commits would be acknowledged before they are durable.
    NotDurable,
    /// Not every name and address can be written there.
    NotUnicode,
}

pub(super) async fn unfit(conn: &mut PgConnection) -> sqlx::Result<Option<Unfit>> {
    let sql = "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(),
                      current_setting('transaction_read_only') = 'on',
                      current_setting('synchronous_commit') = 'off' OR current_setting('fsync') = 'off',
                      current_setting('server_encoding') <> 'UTF8'";
    let row = sqlx::query(sql).persistent(false).fetch_one(conn).await?;
    let version: i32 = row.try_get(0)?;
    let unfit = [
        (version < OLDEST, Unfit::TooOld(version)),
        (row.try_get(1)?, Unfit::Standby),
        (row.try_get(2)?, Unfit::ReadOnly),
        (row.try_get(3)?, Unfit::NotDurable),
        (row.try_get(4)?, Unfit::NotUnicode),
    ];
    Ok(unfit.into_iter().find_map(|(is, unfit)| is.then_some(unfit)))
}
