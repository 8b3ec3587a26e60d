//! Names of databases, without what must not be shown.

use sqlx::{ConnectOptions, postgres::PgConnectOptions};

/// Whether somebody means this engine.
pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The URL as it may be shown: without the password, and without parameters, which may hold one.
pub fn display_url(url: &str) -> String {
    match url.parse::<PgConnectOptions>() {
        Ok(options) => shown(&options),
        // What can't be read may hold a password anywhere.
        Err(_) => "postgres://…".to_owned(),
    }
}

pub(super) fn shown(options: &PgConnectOptions) -> String {
    let mut url = options.to_url_lossy();
    url.set_query(None);
    // A URL of this kind always has room for a password.
    let _ = url.set_password(None);
    match options.get_socket() {
        Some(socket) => {
            let database = options.get_database().unwrap_or_default();
            format!("postgres://{}@/{database}?host={}", options.get_username(), socket.display())
        }
        None => url.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://ada:s3cret@db.example.org:5433/seats",
            "postgresql://ada:s3cret@db.example.org/seats?sslmode=require&password=s3cret",
            "postgres://ada:s3cret@%2Ftmp%2Fsocket/seats",
            "postgres://ada:s3cret@db:not-a-port/seats",
        ] {
            let shown = display_url(url);
            assert!(is_postgres(url) && !shown.contains("s3cret"), "{shown}");
        }
        assert_eq!(display_url("postgres://ada:x@db:5433/seats"), "postgres://ada@db:5433/seats");
    }
}
