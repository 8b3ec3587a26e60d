//! From where a request comes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::Request;

use crate::front::Front;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub IpAddr);

impl Peer {
    /// Whether it is one of the proxies that the operator named.
    pub(crate) fn is_proxy(self, front: &Front) -> bool {
        front.proxies.iter().any(|network| network.holds(self.0))
    }
}

const FORWARDED_FOR: &str = "x-forwarded-for";

/// From where a request comes: where its connection does, or what proxies say that the operator named. Each of them puts
/// what it saw at the end, so the last one that is no proxy of ours counts; what stands before it anybody can write.
pub(super) fn of(request: &Request, front: &Front) -> IpAddr {
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0);
    let is_proxy = |address: &IpAddr| Peer(*address).is_proxy(front);
    if !is_proxy(&peer) {
        return peer.to_canonical();
    }
    // Whatever else somebody has written there: a proxy passes it on, and puts what it saw behind it.
    let said =
        request.headers().get_all(FORWARDED_FOR).iter().map(|it| String::from_utf8_lossy(it.as_bytes()));
    let said: Vec<_> = said.collect();
    let said: Vec<&str> = said.iter().flat_map(|value| value.split(',')).map(str::trim).collect();
    let addresses = said.iter().rev().map_while(|text| address(text));
    let mut farthest = peer;
    for address in addresses {
        farthest = address;
        if !is_proxy(&address) {
            break;
        }
    }
    farthest.to_canonical()
}

/// As a proxy writes it: some write the port, too.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|place| place.ip()))
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::HeaderValue};

    use super::*;
    use crate::{front::networks, mail::Mail};

    #[track_caller]
    fn check(proxies: &str, peer: &str, said: &[&str], from: &str) {
        let mut front = Front::local(Mail::terminal());
        front.proxies = networks(proxies).unwrap();
        let value = |value: &str| HeaderValue::from_bytes(value.as_bytes()).unwrap();
        let request = said.iter().fold(Request::builder(), |it, said| it.header(FORWARDED_FOR, value(said)));
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        assert_eq!(of(&request, &front), from.parse::<IpAddr>().unwrap());
    }

    #[test]
    fn only_proxies_that_were_named_are_believed() {
        check("", "203.0.113.9", &["192.0.2.1"], "203.0.113.9");
        check("10.0.0.0/8", "203.0.113.9", &["192.0.2.1"], "203.0.113.9");
        check("10.0.0.0/8", "10.0.0.1", &["192.0.2.1"], "192.0.2.1");
        check("10.0.0.0/8", "10.0.0.1", &["6.6.6.6, 192.0.2.1"], "192.0.2.1");
        check("10.0.0.0/8", "10.0.0.1", &["6.6.6.6", "192.0.2.1, 10.0.0.2"], "192.0.2.1");
        check("10.0.0.0/8", "10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.0/8", "10.0.0.1", &["192.0.2.1, nonsense"], "10.0.0.1");
        check("10.0.0.0/8", "10.0.0.1", &["\u{ff}, 192.0.2.1"], "192.0.2.1");
        check("10.0.0.0/8", "10.0.0.1", &["192.0.2.1:555, 10.0.0.2:80"], "192.0.2.1");
        check("10.0.0.0/8", "10.0.0.1", &["[2001:db8::7]:555"], "2001:db8::7");
        check("10.0.0.0/8", "10.0.0.1", &["[2001:db8::7]"], "2001:db8::7");
        check("10.0.0.0/8", "::ffff:10.0.0.1", &["::ffff:192.0.2.1"], "192.0.2.1");
    }
}
