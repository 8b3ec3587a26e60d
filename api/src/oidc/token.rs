//! What a provider says, and whether it is believed: the library's types, and what is asked of an ID token.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, ClaimsVerificationError, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, Nonce, OAuth2TokenResponse, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType,
        CoreIdToken, CoreIdTokenClaims, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType, CoreTokenResponse,
    },
};
use serde::{Deserialize, Serialize};

use super::{Demands, Fault, client::whole};

/// A provider's clock may differ from ours by so much.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// What a provider may sign with: each is a key that it alone has. Not a word that is shared (HS256), not nothing (none).
const SIGNED_WITH: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What a provider says of itself beside what every one does.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Further {
    /// Whether it says with each answer that it is its own: RFC 9207.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Further {}

/// What a provider says of itself.
pub(super) type Metadata = ProviderMetadata<
    Further,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// This service, as a provider's client.
pub(super) type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Signature, issuer, audience, time and nonce.
pub(super) fn claims(
    client: &Client,
    token: &CoreIdToken,
    nonce: &Nonce,
) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNED_WITH);
    token.claims(&verifier, nonce).cloned()
}

/// That the access token is the one that came with the ID token, where the ID token says which.
pub(super) fn check_access_token(
    client: &Client,
    token: &CoreIdToken,
    claims: &CoreIdTokenClaims,
    answer: &CoreTokenResponse,
) -> Result<(), Fault> {
    let Some(said) = claims.access_token_hash() else { return Ok(()) };
    let verifier = client.id_token_verifier().set_allowed_algs(SIGNED_WITH);
    let key = token.signing_key(&verifier).map_err(|error| Fault::NotBelieved(whole(&error)))?;
    let alg = token.signing_alg().map_err(|error| Fault::NotBelieved(whole(&error)))?;
    let is = AccessTokenHash::from_token(answer.access_token(), alg, key);
    let is = is.map_err(|error| Fault::NotBelieved(whole(&error)))?;
    if is == *said { Ok(()) } else { Err(Fault::NotBelieved("the access token is another one".to_owned())) }
}

/// That the person showed who they are as it is asked for: `OpenID` Connect Core 1.0 §3.1.3.7, items 12 and 13. Asking the
/// provider for it is not enough, as it may pass over what it does not know.
pub(super) fn check_demands(
    demands: &Demands,
    claims: &CoreIdTokenClaims,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let way = claims.auth_context_ref().map(|way| way.as_str());
    if !demands.ways.is_empty() && !demands.ways.iter().any(|wanted| Some(wanted.as_str()) == way) {
        return Err(Fault::OtherWay);
    }
    let Some(within) = demands.within else { return Ok(()) };
    let within = TimeDelta::from_std(within).unwrap_or(TimeDelta::MAX);
    match claims.auth_time() {
        Some(at) if now - at - LEEWAY <= within && at <= now + LEEWAY => Ok(()),
        _ => Err(Fault::TooLongAgo),
    }
}

/// A name for somebody at a provider has so many characters at most: `OpenID` Connect Core 1.0 §2.
const LONGEST_SUBJECT: usize = 255;

/// That it was made for this service, not later than now, and names somebody: `OpenID` Connect Core 1.0 §2 and §3.1.3.7. A name
/// that says nothing would be everybody's.
pub(super) fn check_sense(client: &str, claims: &CoreIdTokenClaims, now: DateTime<Utc>) -> Result<(), Fault> {
    let subject = claims.subject().as_str();
    let wrong = match () {
        () if subject.is_empty() => "it names nobody",
        () if subject.len() > LONGEST_SUBJECT || subject.chars().any(char::is_control) => {
            "its name for the person is no name"
        }
        () if claims.authorized_party().is_some_and(|party| party.as_str() != client) => {
            "the ID token was made for another service"
        }
        () if claims.issue_time() > now + LEEWAY => "the ID token was made later than now",
        () => return Ok(()),
    };
    Err(Fault::NotBelieved(wrong.to_owned()))
}

/// That its time has come, where it says from when on it is to be accepted: RFC 7519 §4.1.5, which the library reads past.
/// Only for a token whose signature was verified.
pub(super) fn check_begun(token: &CoreIdToken, now: DateTime<Utc>) -> Result<(), Fault> {
    let no_time = || Fault::NotBelieved("the ID token's nbf is no time".to_owned());
    let Claims { nbf } = claims_in(&token.to_string()).ok_or_else(no_time)?;
    let Some(seconds) = nbf else { return Ok(()) };
    let begins = time_at(seconds).ok_or_else(no_time)?;
    if begins > now + LEEWAY {
        return Err(Fault::NotBelieved("the ID token is not to be accepted yet".to_owned()));
    }
    Ok(())
}

/// Of the claims in a token, what the library does not know.
#[derive(Deserialize)]
struct Claims {
    /// Seconds since 1970, which may have a fraction.
    nbf: Option<f64>,
}

fn claims_in(compact: &str) -> Option<Claims> {
    let claims = BASE64_URL_SAFE_NO_PAD.decode(compact.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}

fn time_at(seconds: f64) -> Option<DateTime<Utc>> {
    let since_1970 = TimeDelta::from_std(Duration::try_from_secs_f64(seconds).ok()?).ok()?;
    DateTime::UNIX_EPOCH.checked_add_signed(since_1970)
}

/// What is wrong with a token, for the log.
pub(super) fn not_believed(error: &ClaimsVerificationError) -> Fault {
    Fault::NotBelieved(whole(error))
}
