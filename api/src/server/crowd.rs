//! How many connections one address has: whoever opens very many has no more of them, and all others go on.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use parking_lot::Mutex;

/// The addresses that connections come from. Clones share it.
#[derive(Clone)]
pub(super) struct Crowd {
    most: usize,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A connection's place among those of its address, as long as it is there.
pub(super) struct Place {
    crowd: Crowd,
    from: IpAddr,
}

/// The address has as many as it may have.
#[derive(Debug)]
pub(super) struct Crowded;

impl Crowd {
    pub(super) fn of_at_most(most: usize) -> Self {
        Self { most, counts: Arc::default() }
    }

    /// One more connection from an address.
    pub(super) fn enter(&self, from: IpAddr) -> Result<Place, Crowded> {
        let from = whose(from);
        let mut counts = self.counts.lock();
        let count = counts.entry(from).or_default();
        if *count >= self.most {
            tracing::debug!("an address has too many connections: another one was not taken");
            return Err(Crowded);
        }
        *count += 1;
        Ok(Place { crowd: self.clone(), from })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.crowd.counts.lock();
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

/// Whoever has an address of version 6 usually has all that begin like it: the first 64 bits count.
fn whose(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(it) => IpAddr::V6(Ipv6Addr::from_bits(it.to_bits() & !u128::from(u64::MAX))),
        of_four @ IpAddr::V4(_) => of_four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_and_others_have_theirs() {
        let crowd = Crowd::of_at_most(2);
        let enter = |from: &str| crowd.enter(from.parse().expect("an address"));
        let held = [enter("10.0.0.1"), enter("::ffff:10.0.0.1")];
        assert!(held.iter().all(Result::is_ok) && enter("10.0.0.1").is_err());
        let others = [enter("10.0.0.2"), enter("2001:db8::1"), enter("2001:db8::2")];
        assert!(others.iter().all(Result::is_ok));
        assert!(enter("2001:db8:0:0:ffff::3").is_err() && enter("2001:db8:0:1::1").is_ok());
        drop(held);
        assert!(enter("10.0.0.1").is_ok());
        drop(others);
        assert!(crowd.counts.lock().is_empty(), "nothing is kept of those who have gone");
    }
}
