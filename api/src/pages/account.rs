//! `/account`: what is one's own: invites, licenses, a license key to be entered.

use askama::Template;
use axum::response::Response;
use domain::SubjectId;
use projections::{
    QueryError,
    invites::{Invite, InvitesQuery},
    members::{Membership, memberships_of},
    sql::Conn,
};

use super::{
    form::Form,
    frame::Frame,
    toast::Toast,
    visit::{Order, Visit},
    words::{At, Badge},
};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    invites: Vec<Invite>,
    memberships: Vec<Membership>,
    /// Why a key opens nothing.
    problem: Option<Problem>,
    /// What was typed, to be corrected.
    typed: String,
}

impl Page {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        visit.sees(&["invites", "licenses", "members"]).await;
        let (invites, memberships) = match visit.viewer.myself() {
            Some(subject) => visit.state.query(move |conn| of_subject(conn, subject)).await?,
            None => (Vec::new(), Vec::new()),
        };
        Ok(Self {
            frame: visit.frame("Account & Settings").await?,
            invites,
            memberships,
            problem: None,
            typed: String::new(),
        })
    }
}

fn of_subject(conn: &Conn<'_>, subject: SubjectId) -> Result<(Vec<Invite>, Vec<Membership>), QueryError> {
    Ok((InvitesQuery { subject }.run(conn)?.items, memberships_of(conn, subject)?))
}

pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    visit.page(&Page::of(&visit).await?)
}

/// The license key was entered.
pub(super) async fn join(order: Order, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    // Without the key: no message repeats what was typed.
    let about = caller.about();
    let ctx = caller.named()?.context(&form.bytes);
    let joined = visit.state.commands.join_with_key(&ctx, form.text("license_key")).await;
    match visit.state.told(joined, &about) {
        Ok((license, reply)) => {
            let name = visit.state.called(license);
            Ok(visit.tell(&Toast::of_reply(&reply, || format!("You have joined {name}.")), "/account"))
        }
        Err(problem) => {
            let status = problem.status;
            let typed = form.text("license_key").to_owned();
            visit.page_with(status, &Page { problem: Some(problem), typed, ..Page::of(&visit).await? })
        }
    }
}
