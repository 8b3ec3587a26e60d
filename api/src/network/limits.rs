//! How often somebody may ask.
//!
//! Requests are counted in each node's memory: with several nodes, that limit is as many times as high. Where somebody could
//! guess (signing in, license keys, tokens), all nodes count together, in the database ([`identity::attempts`]); each node's
//! own count stands before it, so that nobody makes the database count faster than that.

use std::{
    fmt,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{TimeDelta, Utc};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::HashMapStateStore,
};
use identity::{Accounts, attempts::KEYS};
use parking_lot::Mutex;

use super::bodies::Bodies;
use crate::{asker::Asker, problem::Problem, sign_in};

type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

/// All limits.
pub(super) struct Limits {
    requests: Limit<Caller>,
    sign_ins: Limit<IpAddr>,
    keys: Limit<Caller>,
    proofs: Limit<Caller>,
    guesses: Limit<IpAddr>,
    bodies: Bodies<Caller>,
    cleaned: Mutex<Instant>,
}

/// Who asks: by name, or else by where they are.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Caller {
    Person(String),
    Place(IpAddr),
}

/// How often somebody may do something.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// So many times at once,
    pub burst: u32,
    /// and once more after each such time.
    pub each: Duration,
}

/// How often somebody may ask over the network.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// For anything: by one person, or else from one address.
    pub requests: Rate,
    /// To sign in, from one address: a class behind one router comes in at once.
    pub sign_ins: Rate,
    /// To join with a license key, by one person.
    pub keys: Rate,
    /// To look into DNS, by one person.
    pub proofs: Rate,
    /// With a token that nobody knows, from one address.
    pub guesses: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        let rate = |burst, each| Rate { burst, each };
        Self {
            requests: rate(500, Duration::from_millis(10)),
            sign_ins: rate(100, Duration::from_secs(10)),
            keys: rate(10, Duration::from_secs(30)),
            proofs: rate(20, Duration::from_secs(15)),
            guesses: rate(20, Duration::from_secs(10)),
        }
    }
}

/// Where people sign in, or ask for a letter to do so.
const SIGN_INS: [&str; 4] = ["/api/v1/sign-in", "/api/v1/sign-in/links", sign_in::PAGE, sign_in::LINK];

/// The same, with a provider.
const SIGN_INS_WITH: &str = "/sign-in/with/";

/// Where license keys are entered.
const JOINS: [&str; 2] = ["/api/v1/join", "/account/join"];

/// Where DNS is asked.
const PROOFS: &str = "/domains/proofs";

/// What nobody has asked for in so long is forgotten.
const CLEANED_EVERY: Duration = Duration::from_mins(1);

impl Limits {
    pub(super) fn new(rates: Rates) -> Self {
        Self {
            requests: Limit::new("requests", rates.requests),
            sign_ins: Limit::new("sign-in", rates.sign_ins),
            keys: Limit::new(KEYS, rates.keys),
            proofs: Limit::new("domain-proofs", rates.proofs),
            guesses: Limit::new("tokens", rates.guesses),
            bodies: Bodies::new(),
            cleaned: Mutex::new(Instant::now()),
        }
    }

    /// Counts a request on this node. What all nodes have to count, too.
    pub(super) fn check(
        &self,
        request: &mut Request,
        asker: &Asker,
        from: IpAddr,
    ) -> Result<Option<Attempt>, Box<Response>> {
        self.clean();
        let person = asker.signed_in().map(|person| person.email.normalised().to_owned());
        let caller = person.map_or(Caller::Place(place(from)), Caller::Person);
        self.requests.count(&caller)?;
        self.bodies.count(request, caller.clone())?;
        if request.method().is_safe() {
            return Ok(None);
        }
        match request.uri().path() {
            path if SIGN_INS.contains(&path) || path.starts_with(SIGN_INS_WITH) => {
                self.sign_ins.attempt(&place(from)).map(Some)
            }
            path if JOINS.contains(&path) => self.keys.attempt(&caller).map(Some),
            path if path.contains(PROOFS) => self.proofs.count(&caller).map(|()| None),
            _ => Ok(None),
        }
    }

    /// Counts a token that nobody knows.
    pub(super) fn guess(&self, from: IpAddr) -> Result<Attempt, Box<Response>> {
        self.guesses.attempt(&place(from))
    }

    fn clean(&self) {
        let mut cleaned = self.cleaned.lock();
        if cleaned.elapsed() < CLEANED_EVERY {
            return;
        }
        *cleaned = Instant::now();
        self.requests.limiter.retain_recent();
        self.sign_ins.limiter.retain_recent();
        self.keys.limiter.retain_recent();
        self.proofs.limiter.retain_recent();
        self.guesses.limiter.retain_recent();
    }
}

/// Something that all nodes count.
pub(super) struct Attempt {
    what: &'static str,
    who: String,
    rate: Rate,
}

impl Attempt {
    /// Counts it.
    pub(super) async fn count(&self, accounts: &Accounts) -> Result<(), Box<Response>> {
        let Rate { burst, each } = self.rate;
        let each = TimeDelta::from_std(each).unwrap_or(TimeDelta::MAX);
        let rate = identity::attempts::Rate { burst, each };
        match accounts.attempt(self.what, &self.who, rate, Utc::now()).await {
            Ok(None) => Ok(()),
            Ok(Some(wait)) => {
                Err(Box::new(too_often(self.what, self.rate, wait.to_std().unwrap_or_default())))
            }
            Err(error) => Err(Box::new(Problem::from(error).into_response())),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(normalised) => f.write_str(normalised),
            Self::Place(place) => place.fmt(f),
        }
    }
}

/// One address; of the newer kind, the network that one customer of a provider gets.
fn place(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(it) => IpAddr::V6((it.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

struct Limit<K: Hash + Eq + Clone> {
    name: &'static str,
    rate: Rate,
    limiter: Keyed<K>,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(name: &'static str, rate: Rate) -> Self {
        let most = NonZeroU32::new(rate.burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(rate.each).unwrap_or(Quota::per_second(most)).allow_burst(most);
        Self { name, rate, limiter: RateLimiter::hashmap(quota) }
    }

    fn count(&self, key: &K) -> Result<(), Box<Response>> {
        self.limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Box::new(too_often(self.name, self.rate, wait))
        })
    }
}

impl<K: Hash + Eq + Clone + ToString> Limit<K> {
    fn attempt(&self, key: &K) -> Result<Attempt, Box<Response>> {
        self.count(key)?;
        Ok(Attempt { what: self.name, who: key.to_string(), rate: self.rate })
    }
}

fn too_often(name: &str, Rate { burst, each }: Rate, wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let window = (each * burst).as_secs().max(1);
    let detail = format!("There were more requests than are taken at a time ({name}).");
    let hint = format!("Try again in {seconds} s, and ask less often from then on.");
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail, hint);
    let mut answer = problem.into_response();
    for (header, value) in [
        (header::RETRY_AFTER, seconds.to_string()),
        (HeaderName::from_static("ratelimit-policy"), format!("\"{name}\";q={burst};w={window}")),
        (HeaderName::from_static("ratelimit"), format!("\"{name}\";r=0;t={seconds}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(header, value);
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use axum::http::Method;

    use super::*;
    use crate::{app, pages};

    #[test]
    fn who_asks_too_often_is_told_when_to_ask_again_and_nobody_else_is() {
        let limit = Limit::new("test", Rate { burst: 3, each: Duration::from_mins(1) });
        assert!((0..3).all(|_| limit.count(&1).is_ok()));
        let answer = limit.count(&1).unwrap_err();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.headers()["ratelimit-policy"], "\"test\";q=3;w=180");
        let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=61).contains(&wait), "{wait}");
        assert!(limit.count(&2).is_ok());
    }

    /// Every address that takes an order.
    fn orders() -> Vec<String> {
        let api =
            app::operations().filter(|operation| operation.taken().any(|method| method == Method::POST));
        let api = api.map(|operation| app::API.to_owned() + &(operation.path)());
        let pages = pages::DOORS.iter().filter(|(method, ..)| *method == "POST");
        let of_signing_in = [sign_in::PAGE, sign_in::LINK, sign_in::WITH_PROVIDER];
        api.chain(pages.map(|(_, path, _)| *path).chain(of_signing_in).map(ToOwned::to_owned)).collect()
    }

    #[test]
    fn each_door_at_which_somebody_could_guess_has_its_own_limit() {
        let orders = orders();
        let limits = |path: &str| {
            let mut rates = Rates::default();
            for rate in [&mut rates.sign_ins, &mut rates.keys, &mut rates.proofs] {
                *rate = Rate { burst: 1, each: Duration::from_hours(1) };
            }
            let limits = Limits::new(rates);
            let from = IpAddr::from([192, 0, 2, 1]);
            let mut asked = (0..2).map(|_| {
                let mut request = Request::post(path).body(axum::body::Body::empty()).unwrap();
                limits.check(&mut request, &Asker::Nobody, from).err()
            });
            assert!(asked.next().flatten().is_none(), "{path}");
            let refused = asked.next().flatten()?;
            let policy = refused.headers()["ratelimit-policy"].to_str().unwrap().to_owned();
            policy.split('"').nth(1).map(ToOwned::to_owned)
        };
        let doors = [(&SIGN_INS[..], "sign-in"), (&JOINS[..], KEYS)];
        for (path, name) in
            doors.iter().flat_map(|(paths, name)| paths.iter().map(move |path| (*path, *name)))
        {
            assert!(orders.iter().any(|order| order == path), "nobody takes orders at {path}");
            assert_eq!(limits(path).as_deref(), Some(name), "{path}");
        }
        for (part, name) in [(SIGN_INS_WITH, "sign-in"), (PROOFS, "domain-proofs")] {
            let paths: Vec<&String> = orders.iter().filter(|order| order.contains(part)).collect();
            assert!(!paths.is_empty(), "nobody takes orders at {part}");
            for path in paths {
                assert_eq!(limits(path).as_deref(), Some(name), "{path}");
            }
        }
        assert_eq!(limits("/api/v1/licenses"), None);
    }

    #[test]
    fn one_customer_of_a_provider_is_one_place() {
        let at = |text: &str| place(text.parse().unwrap());
        assert_eq!(at("2001:db8:1:2:3::4"), at("2001:db8:1:2:ffff::1"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
    }
}
