//! One provider: where it is asked, by which keys its word is known, and what it says of somebody who comes from there.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::http::Uri;
use chrono::Utc;
use domain::EmailAddress;
use identity::{Secret, Shown};
use openidconnect::{
    AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, Scope, TokenResponse, UserInfoError,
    core::{CoreClient, CoreIdTokenClaims, CoreResponseType, CoreTokenResponse, CoreUserInfoClaims},
};
use tokio::sync::{Mutex, OnceCell};

use super::{
    Fault, Settings,
    client::{Web, WebError, whole},
    token::{
        Client, Metadata, check_access_token, check_begun, check_demands, check_sense, claims, not_believed,
    },
};

/// After so long a provider is asked for its addresses and keys again; at once, where a key is not among them.
const FRESH_FOR: Duration = Duration::from_hours(1);

/// For so long nobody tries again a provider that could not be asked.
const AWAY_FOR: Duration = Duration::from_secs(5);

/// A provider, and what it has said of itself.
pub(crate) struct Provider {
    pub(crate) settings: Settings,
    web: OnceCell<Web>,
    held: Mutex<Held>,
}

/// What a provider has said of itself, and whether it could be asked the last time.
#[derive(Default)]
struct Held {
    known: Option<Known>,
    away: Option<(Fault, Instant)>,
}

#[derive(Clone)]
struct Known {
    metadata: Arc<Metadata>,
    at: Instant,
}

impl Held {
    fn knows(&mut self, fresh: Known) -> Known {
        self.away = None;
        self.known.insert(fresh).clone()
    }
}

/// With what somebody comes back.
pub(crate) struct Back<'a> {
    /// What their browser kept.
    pub secret: &'a Secret,
    /// Where they were to come back to.
    pub here: String,
    /// What the provider gave them.
    pub code: String,
    /// Who it says that it is.
    pub issuer: Option<&'a str>,
}

/// Who somebody is, by a provider's word. No `Debug`: holds an address.
pub(crate) struct Word {
    pub shown: Shown,
    /// An address that it says was verified, in a domain for which it speaks; or why there is none.
    pub address: Result<EmailAddress, Fault>,
}

impl Provider {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, web: OnceCell::new(), held: Mutex::default() }
    }

    /// Where somebody goes to show who they are. What comes back has to fit the secret, which their browser keeps.
    pub(crate) async fn way_there(&self, secret: &Secret, here: String) -> Result<String, Fault> {
        let known = self.known().await?;
        let verifier = PkceCodeVerifier::new(secret.derived(VERIFIER));
        let client = self.client(&known.metadata, here)?;
        let (state, nonce) = (secret.derived(STATE), secret.derived(NONCE));
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let demands = &self.settings.demands;
        for way in &demands.ways {
            request = request.add_auth_context_value(AuthenticationContextClass::new(way.clone()));
        }
        if let Some(within) = demands.within {
            request = request.set_max_age(within);
        }
        Ok(request.url().0.into())
    }

    /// Who comes back.
    pub(crate) async fn word(&self, back: Back<'_>) -> Result<Word, Fault> {
        let known = self.known().await?;
        self.check_issuer(&known.metadata, back.issuer)?;
        let client = self.client(&known.metadata, back.here.clone())?;
        let answer = self.exchange(&client, &back).await?;
        let token = answer.id_token();
        let token = token.ok_or_else(|| Fault::NotBelieved("there is no ID token".to_owned()))?;
        let nonce = Nonce::new(back.secret.derived(NONCE));
        let (client, claims) = match claims(&client, token, &nonce) {
            // It may have other keys by now.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let fresh = self.ask_again().await?;
                let client = self.client(&fresh.metadata, back.here)?;
                let claims = claims(&client, token, &nonce).map_err(|error| not_believed(&error))?;
                (client, claims)
            }
            claims => {
                let claims = claims.map_err(|error| not_believed(&error))?;
                (client, claims)
            }
        };
        check_access_token(&client, token, &claims, &answer)?;
        check_sense(&self.settings.client_id, &claims, Utc::now())?;
        check_begun(token, Utc::now())?;
        check_demands(&self.settings.demands, &claims, Utc::now())?;
        let shown = Shown { issuer: claims.issuer().to_string(), subject: claims.subject().to_string() };
        let address = self.address(&client, &claims, &answer).await;
        Ok(Word { shown, address })
    }

    /// What is known of it, asked for if it is old.
    async fn known(&self) -> Result<Known, Fault> {
        let mut held = self.held.lock().await;
        if let Some(known) = held.known.as_ref().filter(|known| known.at.elapsed() < FRESH_FOR) {
            return Ok(known.clone());
        }
        let away = held.away.as_ref().filter(|(_, at)| at.elapsed() < AWAY_FOR);
        let asked = match away {
            // Whoever waited behind somebody who was told so need not wait as long once more.
            Some((fault, _)) => return held.known.clone().ok_or(fault.clone()),
            None => self.discover().await,
        };
        match asked {
            Ok(fresh) => Ok(held.knows(fresh)),
            Err(fault) => {
                held.away = Some((fault.clone(), Instant::now()));
                // What was known an hour ago is most likely so still; where it is not, nobody is signed in.
                held.known.clone().ok_or(fault)
            }
        }
    }

    async fn ask_again(&self) -> Result<Known, Fault> {
        let fresh = self.discover().await?;
        Ok(self.held.lock().await.knows(fresh))
    }

    async fn discover(&self) -> Result<Known, Fault> {
        let web = self.web().await?;
        let issuer = IssuerUrl::new(self.settings.issuer.as_str().to_owned()).map_err(away)?;
        // It has to name itself as the operator does: the library compares them.
        let metadata = Metadata::discover_async(issuer, web).await.map_err(away)?;
        // The others are asked from here, where that is looked at.
        let to = metadata.authorization_endpoint().url().as_str();
        if !to.parse::<Uri>().is_ok_and(|uri| super::settings::is_safe(&uri)) {
            return Err(Fault::Away(
                "its authorization endpoint is neither https nor on this machine".into(),
            ));
        }
        Ok(Known { metadata: Arc::new(metadata), at: Instant::now() })
    }

    async fn web(&self) -> Result<&Web, Fault> {
        self.web.get_or_try_init(async || Web::new()).await.map_err(away)
    }

    fn client(&self, metadata: &Metadata, here: String) -> Result<Client, Fault> {
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let id = ClientId::new(self.settings.client_id.clone());
        let here = RedirectUrl::new(here).map_err(away)?;
        Ok(CoreClient::from_provider_metadata(metadata.clone(), id, secret).set_redirect_uri(here))
    }

    /// That an answer is this provider's and not another one's to whom somebody was sent: RFC 9207 §2.4.
    fn check_issuer(&self, metadata: &Metadata, said: Option<&str>) -> Result<(), Fault> {
        let has_to = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match said {
            Some(said) if said == self.settings.issuer.as_str() => Ok(()),
            None if !has_to => Ok(()),
            Some(_) => Err(Fault::NotBelieved("the answer is another issuer's".to_owned())),
            None => Err(Fault::NotBelieved("the answer does not say whose it is".to_owned())),
        }
    }

    async fn exchange(&self, client: &Client, back: &Back<'_>) -> Result<CoreTokenResponse, Fault> {
        let web = self.web().await?;
        let code = AuthorizationCode::new(back.code.clone());
        let verifier = PkceCodeVerifier::new(back.secret.derived(VERIFIER));
        let request = client.exchange_code(code).map_err(away)?.set_pkce_verifier(verifier);
        request.request_async(web).await.map_err(|error| match error {
            // Its description of the error may be about the person: only the code is repeated.
            RequestTokenError::ServerResponse(no) => Fault::NotItsCode(no.error().to_string()),
            RequestTokenError::Parse(error, _) => {
                ill_formed("answers the code", &error.path(), error.inner())
            }
            RequestTokenError::Request(error) => away(error),
            RequestTokenError::Other(what) => Fault::Away(what),
        })
    }

    /// An address that is believed: from the ID token, or else from where the provider tells more of a person.
    async fn address(
        &self,
        client: &Client,
        claims: &CoreIdTokenClaims,
        answer: &CoreTokenResponse,
    ) -> Result<EmailAddress, Fault> {
        let (email, verified) = match (claims.email(), claims.email_verified()) {
            (Some(email), Some(verified)) => (email.to_string(), verified),
            _ => self.told_elsewhere(client, claims, answer).await?,
        };
        if !verified {
            return Err(Fault::NotVerified);
        }
        let address = EmailAddress::parse(&email).map_err(|_| Fault::NoAddress)?;
        if self.settings.speaks_for(&address) { Ok(address) } else { Err(Fault::OtherDomain) }
    }

    async fn told_elsewhere(
        &self,
        client: &Client,
        claims: &CoreIdTokenClaims,
        answer: &CoreTokenResponse,
    ) -> Result<(String, bool), Fault> {
        let web = self.web().await?;
        let whose = Some(claims.subject().clone());
        let asked = client.user_info(answer.access_token().clone(), whose);
        let asked = asked.map_err(|_| Fault::NoAddress)?;
        let told: CoreUserInfoClaims = asked.request_async(web).await.map_err(|error| match error {
            // Its words name the person.
            UserInfoError::ClaimsVerification(_) => {
                Fault::NotBelieved("what it tells elsewhere is about somebody else".to_owned())
            }
            UserInfoError::Parse(error) => ill_formed("tells elsewhere", &error.path(), error.inner()),
            error => away(error),
        })?;
        let email = told.email().ok_or(Fault::NoAddress)?;
        Ok((email.to_string(), told.email_verified().unwrap_or(false)))
    }
}

/// What the secret of an attempt is derived for.
pub(super) const STATE: &str = "OpenID Connect state";
const NONCE: &str = "OpenID Connect nonce";
const VERIFIER: &str = "OpenID Connect PKCE verifier";

impl Back<'_> {
    /// Whether what came back was sent from this browser.
    pub(crate) fn is_of(secret: &Secret, state: &str) -> bool {
        secret.derived(STATE) == state
    }
}

/// What can't be read is about a person: where it stands is told, and not what.
fn ill_formed(what: &str, at: &dyn std::fmt::Display, error: &serde_json::Error) -> Fault {
    let (kind, line, column) = (error.classify(), error.line(), error.column());
    Fault::NotBelieved(format!(
        "what it {what} can't be read: at {at}, line {line}, column {column} ({kind:?})"
    ))
}

fn away(error: impl std::error::Error + 'static) -> Fault {
    Fault::Away(whole(&error))
}

impl From<WebError> for Fault {
    fn from(error: WebError) -> Self {
        away(error)
    }
}
