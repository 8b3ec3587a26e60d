//! The pages in a real browser, as people use them.
#![cfg(unix)]

mod access;
mod appearance;
mod browser;
mod first_look;
mod history;
mod jobs;
mod journeys;
mod keyboard;
mod lighthouse;
mod live_list;
mod phone;
mod removing;
mod screenshots;
#[path = "../http/service.rs"]
#[expect(dead_code, reason = "the tests of the API use more of it")]
mod service;
mod setting_up;
mod stage;
mod told;
mod users;

/// Which engine these are on: what pages read and order is the API's, and that is tested on both.
pub const ENGINE: &str = "sqlite";
