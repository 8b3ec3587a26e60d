//! What is logged to stderr.

use std::{
    ffi::OsString,
    io::{IsTerminal, stderr},
};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::Failure;

/// Says what is logged.
const VARIABLE: &str = "SEATBOOK_LOG";

/// Says how.
const FORMAT: &str = "SEATBOOK_LOG_FORMAT";

/// Begins to log: what the environment says, or from this level on.
pub(super) fn begin(usual: &str) -> Result<(), Failure> {
    let text = std::env::var_os(VARIABLE).unwrap_or_default();
    let levels = levels(&text.to_string_lossy(), usual)?;
    let coloured = in_colours(stderr().is_terminal(), std::env::var_os("NO_COLOR"));
    let log = tracing_subscriber::fmt().with_env_filter(levels).with_writer(stderr);
    let format = std::env::var_os(FORMAT).unwrap_or_default();
    if is_json(&format.to_string_lossy())? {
        log.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    } else {
        log.with_ansi(coloured).init();
    }
    Ok(())
}

/// Lines of text, for people; or of JSON, for programs that gather them.
fn is_json(format: &str) -> Result<bool, Failure> {
    match format.trim() {
        "" | "text" => Ok(false),
        "json" => Ok(true),
        other => {
            let what = format!("{FORMAT}: \"{}\" is not a format.", crate::visible::shortened(other));
            Err(Failure::usage(what, "Give text or json."))
        }
    }
}

/// A file or a pipe would keep the colours as signs that nobody can read. <https://no-color.org>
fn in_colours(is_terminal: bool, no_color: Option<OsString>) -> bool {
    is_terminal && no_color.is_none_or(|said| said.is_empty())
}

/// `info`, or `info,eventlog=debug`. The library takes any word for a part of the program that nothing is logged by.
fn levels(text: &str, usual: &str) -> Result<EnvFilter, Failure> {
    if text.trim().is_empty() {
        return Ok(EnvFilter::new(with_quiet_libraries(usual)));
    }
    for part in text.split(',') {
        let level = part.split_once('=').map_or(part, |(_, level)| level).trim();
        if level.parse::<LevelFilter>().is_err() {
            return Err(unknown(part));
        }
    }
    EnvFilter::try_new(with_quiet_libraries(text)).map_err(|_| unknown(text))
}

/// Of each connection that is lost the library warns by itself, and what became of it is told by whoever used it. It says more
/// to whoever asks for it.
fn with_quiet_libraries(levels: &str) -> String {
    let of_all = levels.split(',').filter_map(|part| part.trim().parse::<LevelFilter>().ok()).max();
    if levels.contains("sqlx") || of_all.is_none_or(|level| level <= LevelFilter::ERROR) {
        return levels.to_owned();
    }
    format!("{levels},sqlx=warn,sqlx_core=error")
}

fn unknown(part: &str) -> Failure {
    let what = format!("{VARIABLE}: \"{}\" is not a level.", crate::visible::shortened(part));
    let hint = "Give error, warn, info, debug, trace or off; for one part of the program PART=LEVEL, like eventlog=debug.";
    Failure::usage(what, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_is_coloured_and_not_against_somebodys_will() {
        assert!(in_colours(true, None) && in_colours(true, Some("".into())));
        assert!(!in_colours(false, None) && !in_colours(true, Some("1".into())));
    }

    #[test]
    fn formats_are_known_words() {
        assert!(is_json("json").is_ok_and(|json| json) && is_json("").is_ok_and(|json| !json));
        assert!(is_json("text").is_ok_and(|json| !json) && is_json("yaml").is_err());
    }

    #[test]
    fn a_level_for_all_leaves_the_librarys_own_as_it_is() {
        let filter =
            |text: &str| levels(text, "error").ok().map(|filter| filter.to_string()).unwrap_or_default();
        for text in ["warn", "info", "debug,eventlog=trace"] {
            let filter = filter(text);
            assert!(filter.contains("sqlx=warn") && filter.contains("sqlx_core=error"), "{text}: {filter}");
        }
        for text in ["", "off", "error", "eventlog=debug", "info,sqlx=debug"] {
            assert!(!filter(text).contains("sqlx=warn"), "{text}");
        }
    }

    #[test]
    fn levels_are_known_words() {
        for text in ["", " ", "info", "WARN", "off", "info,eventlog=debug"] {
            assert!(levels(text, "error").is_ok(), "{text}");
        }
        for text in ["nonsense", "eventlog=loud", "a=b=debug,,[["] {
            assert!(levels(text, "error").is_err(), "{text}");
        }
    }
}
