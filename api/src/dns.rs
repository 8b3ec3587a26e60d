//! Looking into the domain name system.

use std::{net::SocketAddr, time::Duration};

use domain::license::DomainProof;
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts},
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::RData,
};
use tokio::sync::OnceCell;

/// Where names are looked up. Nothing is remembered: who has just changed a record sees it as soon as the servers do.
pub struct Dns {
    servers: Vec<SocketAddr>,
    resolver: OnceCell<TokioResolver>,
}

/// Why nobody knows what stands there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Away(String);

/// So long one server is waited for, and so often each is asked.
const EACH: (Duration, usize) = (Duration::from_secs(3), 2);

impl Dns {
    /// With the servers of this machine: `/etc/resolv.conf`.
    pub fn system() -> Self {
        Self::at(Vec::new())
    }

    /// With these servers; none: those of this machine.
    pub fn at(servers: Vec<SocketAddr>) -> Self {
        Self { servers, resolver: OnceCell::new() }
    }

    /// Whether the record of a proof stands there, and how many others do by its name.
    pub(crate) async fn holds(&self, proof: &DomainProof) -> Result<(bool, usize), Away> {
        let DomainProof::DnsTxt { record, value } = proof;
        let texts = self.texts(record).await?;
        let there = texts.iter().any(|text| text == value.as_bytes());
        Ok((there, texts.len() - usize::from(there)))
    }

    /// The texts of the TXT records of a name. A name that is not there has none.
    async fn texts(&self, name: &str) -> Result<Vec<Vec<u8>>, Away> {
        let resolver = self.resolver.get_or_try_init(async || self.build()).await;
        let resolver = resolver.map_err(|error| Away(error.to_string()))?;
        // With the dot no domain of this machine's own is tried behind it.
        let answers = match resolver.txt_lookup(format!("{name}.")).await {
            Ok(found) => found,
            Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
            Err(error) => return Err(Away(error.to_string())),
        };
        let texts = answers.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(text) => Some(text.txt_data.concat()),
            _ => None,
        });
        Ok(texts.collect())
    }

    fn build(&self) -> Result<TokioResolver, NetError> {
        let mut builder = if self.servers.is_empty() {
            TokioResolver::builder_tokio()?
        } else {
            let servers = self.servers.iter().map(|server| named(*server)).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options: &mut ResolverOpts = builder.options_mut();
        (options.timeout, options.attempts) = EACH;
        options.cache_size = 0;
        builder.build()
    }
}

/// A server that is asked by UDP, and by TCP where the answer is long.
fn named(server: SocketAddr) -> NameServerConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = server.port();
    }
    NameServerConfig::new(server.ip(), true, connections)
}
