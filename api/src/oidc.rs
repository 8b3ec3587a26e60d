//! Providers at which people have an account already, and sign in with it: `OpenID` Connect, by the authorization code flow
//! with PKCE.
//!
//! A provider is asked for its addresses and keys when somebody first goes there, and again when they are old or do not
//! fit. Without it the service starts and serves all the same.

mod client;
mod fault;
mod provider;
mod settings;
mod token;

pub use settings::{Demands, ProviderName, ProviderUrl, Settings};

pub(crate) use fault::Fault;
pub(crate) use provider::{Back, Provider};

/// The providers that the operator has named.
#[derive(Default)]
pub struct Providers(Vec<Provider>);

impl Providers {
    /// These, in this order.
    pub fn new(settings: Vec<Settings>) -> Self {
        Self(settings.into_iter().map(Provider::new).collect())
    }

    /// The one that the operator calls so.
    pub(crate) fn named(&self, name: &str) -> Option<&Provider> {
        self.0.iter().find(|provider| provider.settings.name.as_str() == name)
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Settings> {
        self.0.iter().map(|provider| &provider.settings)
    }
}
