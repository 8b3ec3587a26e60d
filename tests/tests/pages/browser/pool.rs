//! Browsers that stay: to start one takes longer than most of what a test does with it.

use std::sync::{LazyLock, Mutex};

use fantoccini::{Client, ClientBuilder, error::CmdError};
use hyper_util::client::legacy::connect::HttpConnector;

use tokio::runtime::{Builder, Runtime};

use super::{Like, driver, emulated, log};

/// Connections to browsers outlive the tests that use them, each of which has a runtime of its own.
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime"));

/// Those that nobody uses now, the one that has waited for longest first.
static WAITING: Mutex<Vec<(Like, Client)>> = Mutex::new(Vec::new());

/// So many wait: more would only fill the memory.
const MOST: usize = 5;

/// A browser like that, in which nobody has been.
pub async fn take(like: Like) -> Client {
    let found = {
        let mut waiting = WAITING.lock().expect("the browsers");
        let at = waiting.iter().rposition(|(of, _)| *of == like);
        at.map(|at| waiting.remove(at).1)
    };
    match found {
        Some(client) => client,
        None => new(like).await,
    }
}

async fn new(like: Like) -> Client {
    let connect = async move {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(like.capabilities());
        builder.connect(driver::address()).await
    };
    RUNTIME.spawn(connect).await.expect("an answer").expect("a browser")
}

/// Gives one back, which forgets where it has been.
pub async fn give_back(like: Like, client: Client) {
    if forget(&client).await.is_err() {
        client.close().await.expect("it closes");
        return;
    }
    let too_many = {
        let mut waiting = WAITING.lock().expect("the browsers");
        waiting.push((like, client));
        (waiting.len() > MOST).then(|| waiting.remove(0).1)
    };
    if let Some(client) = too_many {
        client.close().await.expect("it closes");
    }
}

/// Cookies are of the machine, and all services of tests are on this one; the rest is of a service, or of a tab. What open
/// tabs complain of as they end is nobody's.
async fn forget(client: &Client) -> Result<(), CmdError> {
    emulated::without_cookies(client).await?;
    let tabs = client.windows().await?;
    let fresh = client.new_window(true).await?.handle;
    for tab in tabs {
        client.switch_to_window(tab).await?;
        client.close_window().await?;
    }
    client.switch_to_window(fresh).await?;
    log::of(client).await;
    Ok(())
}
