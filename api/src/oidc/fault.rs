//! Why somebody was not signed in by a provider, and what they can do.

use axum::http::StatusCode;

use crate::problem::Problem;

/// Why not. The texts of providers are for the log, not for whoever sees the page: anybody can make a link with some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no such provider.
    Unknown,
    /// Nobody went there from this browser, or it is too long ago, or they have come back already.
    NotAwaited,
    /// The person, or the provider, said no.
    Declined,
    /// It can't be reached, or is not what it should be.
    Away(String),
    /// It took the code for none of its own: used already, too old, or made up.
    NotItsCode(String),
    /// What it says about the person can't be believed.
    NotBelieved(String),
    /// The person showed there who they are in another way than is asked for.
    OtherWay,
    /// They did so too long ago.
    TooLongAgo,
    /// It does not say that the person has an address.
    NoAddress,
    /// It does not say that the address was verified.
    NotVerified,
    /// It may not speak for addresses of that domain.
    OtherDomain,
    /// Another account of it stands for the address.
    Taken,
}

const BY_LINK: &str = "Or sign in by a link to your address.";

impl Fault {
    /// For whoever sees it. `label` is what the provider is called on its button.
    pub(crate) fn told(&self, label: &str) -> Problem {
        let (status, code) = self.kind();
        let (detail, hint) = self.words(label);
        Problem::new(status, code, detail, hint)
    }

    fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Unknown => (StatusCode::NOT_FOUND, "unknown_provider"),
            Self::NotAwaited => (StatusCode::FORBIDDEN, "sign_in_again"),
            Self::Declined => (StatusCode::FORBIDDEN, "sign_in_declined"),
            Self::Away(_) => (StatusCode::BAD_GATEWAY, "provider_away"),
            Self::NotItsCode(_) => (StatusCode::FORBIDDEN, "code_not_taken"),
            Self::NotBelieved(_) => (StatusCode::BAD_GATEWAY, "provider_not_believed"),
            Self::OtherWay => (StatusCode::FORBIDDEN, "other_way_of_signing_in"),
            Self::TooLongAgo => (StatusCode::FORBIDDEN, "signed_in_too_long_ago"),
            Self::NoAddress => (StatusCode::FORBIDDEN, "no_email"),
            Self::NotVerified => (StatusCode::FORBIDDEN, "email_not_verified"),
            Self::OtherDomain => (StatusCode::FORBIDDEN, "domain_not_of_provider"),
            Self::Taken => (StatusCode::CONFLICT, "address_taken"),
        }
    }

    fn words(&self, label: &str) -> (String, String) {
        match self {
            Self::Unknown => {
                ("There is no such way to sign in.".to_owned(), format!("Choose one below. {BY_LINK}"))
            }
            Self::NotAwaited => (
                format!(
                    "Nobody went to {label} from this browser within the last ten minutes, or they are back already."
                ),
                "Begin again here, in this browser and in one tab, with cookies allowed.".to_owned(),
            ),
            Self::Declined => (
                format!("{label} did not sign you in, or you did not let it tell who you are."),
                format!("Try again, and agree there. {BY_LINK}"),
            ),
            Self::Away(_) => (
                format!("{label} can't be asked right now."),
                format!("Try again in a while; if it goes on, tell the operator of this service. {BY_LINK}"),
            ),
            Self::NotItsCode(_) => (
                format!(
                    "{label} does not take the code that came with you: it was used already, or is too old."
                ),
                "Begin again here.".to_owned(),
            ),
            Self::NotBelieved(_) => (
                format!("What {label} says about you can't be believed, so nobody was signed in."),
                format!("Tell the operator of this service; its log says what is wrong. {BY_LINK}"),
            ),
            Self::OtherWay => (
                format!(
                    "{label} does not say that you signed in there in one of the ways that are asked for here."
                ),
                format!("Sign out there, and try again with what it asks for beyond a password. {BY_LINK}"),
            ),
            Self::TooLongAgo => (
                format!("You signed in at {label} too long ago, or it does not say when."),
                format!("Sign out there, and try again. {BY_LINK}"),
            ),
            Self::NoAddress => (
                format!("{label} does not say which e-mail address you have."),
                format!("Add one to your account there, and let it be told. {BY_LINK}"),
            ),
            Self::NotVerified => (
                format!("{label} does not say that your e-mail address was verified."),
                format!("Have it verified there, and try again. {BY_LINK}"),
            ),
            Self::OtherDomain => (
                format!("{label} does not sign anybody in here who has an address of that domain."),
                "Sign in by a link to your address.".to_owned(),
            ),
            Self::Taken => (
                format!("Another account at {label} signs in with this address here."),
                "If the address is yours, sign in by a link to it, and take the other account off under \
                 /api/v1/identities. Then this one can sign in."
                    .to_owned(),
            ),
        }
    }

    /// What the log is to say: nothing of a person stands in it.
    pub(crate) fn log(&self, provider: &str) {
        match self {
            Self::Away(why) | Self::NotItsCode(why) | Self::NotBelieved(why) => {
                tracing::error!(provider, why, "a provider signed nobody in");
            }
            other => tracing::info!(provider, why = ?other, "a provider signed nobody in"),
        }
    }
}
