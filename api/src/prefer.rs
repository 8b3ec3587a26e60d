//! How long somebody wants to wait for a first answer: `Prefer: respond-async, wait=1` (RFC 7240).

use std::time::Duration;

use axum::http::HeaderMap;
use utoipa::{
    IntoParams, PartialSchema,
    openapi::{
        Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

const NAME: &str = "Prefer";

/// How long, if they said so.
pub(crate) struct Wait(pub Option<Duration>);

impl Wait {
    /// A preference is no order: what is not understood is passed over.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let said: Vec<&str> = headers.get_all(NAME).iter().filter_map(|value| value.to_str().ok()).collect();
        let preferences = || said.iter().flat_map(|value| value.split(',')).map(one);
        let seconds = preferences()
            .find(|(name, _)| name.eq_ignore_ascii_case("wait"))
            .and_then(|(_, seconds)| seconds.parse().ok());
        let at_once = preferences().any(|(name, _)| name.eq_ignore_ascii_case("respond-async"));
        Self(seconds.map(Duration::from_secs).or(at_once.then_some(Duration::ZERO)))
    }
}

/// A preference and its value, without what stands behind a semicolon.
fn one(text: &str) -> (&str, &str) {
    let text = text.split(';').next().unwrap_or_default();
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.trim(), value.trim().trim_matches('"'))
}

impl IntoParams for Wait {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = "`respond-async`: be answered as soon as the import has begun; with `wait=SECONDS`, after so many \
                    seconds at most, if they are fewer than two.";
        let parameter = ParameterBuilder::new()
            .name(NAME)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(text))
            .schema(Some(String::schema()));
        vec![parameter.build()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preference_is_read_however_it_is_written_and_others_are_passed_over() {
        for (said, seconds) in [
            (&[][..], None),
            (&["return=minimal"], None),
            (&["respond-async"], Some(0)),
            (&["Respond-Async; x=1, wait=1"], Some(1)),
            (&["return=minimal", "WAIT = \"2\""], Some(2)),
            (&["wait=soon, respond-async"], Some(0)),
            (&["wait=-1"], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in said {
                headers.append(NAME, value.parse().unwrap());
            }
            assert_eq!(Wait::of(&headers).0, seconds.map(Duration::from_secs), "{said:?}");
        }
    }
}
