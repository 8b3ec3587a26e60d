//! `/account`: what is one's own: invites, licenses, a license key to be entered.

use askama::Template;
use axum::response::Response;
use chrono::{DateTime, Utc};
use domain::{LicenseId, Status, SubjectId};
use projections::{
    QueryError,
    invites::{Invite, InvitesQuery},
    members::{Membership, memberships_of},
    sql::Conn,
    why::why_member,
};

use super::{
    answers,
    form::Form,
    frame::Frame,
    visit::{Order, Visit},
    went::Went,
    words::{At, Badge},
};
use crate::{join::to_whoever_has_a_key, problem::Problem};

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    invites: Vec<Invite>,
    memberships: Vec<Mine>,
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

/// A license on which somebody is, or was; an invite that is open stands with the others.
struct Mine {
    license_id: LicenseId,
    license_name: String,
    status: Option<Status>,
    /// When that began.
    since: DateTime<Utc>,
    /// How they went, if they did.
    went: Option<Went>,
}

impl Mine {
    /// Nothing of a license on which they never were, also where they were turned away.
    fn of(conn: &Conn<'_>, membership: Membership) -> Result<Option<Self>, QueryError> {
        let Membership { license_id, license_name, member } = membership;
        if member.status == Some(Status::Invited) {
            return Ok(None);
        }
        let Some(why) = why_member(conn, license_id, member.member_id, Utc::now().date_naive())? else {
            return Ok(None);
        };
        let went = Went::last(&why.chain).filter(|_| member.status.is_none());
        let status = member.status;
        Ok(why.since.map(|since| Self { license_id, license_name, status, since, went }))
    }

    fn badge(&self) -> Badge {
        match (self.went, self.status) {
            (Some(went), _) => went.badge(),
            // What others see as rejected they did themselves.
            (None, Some(Status::Rejected)) => Badge::new("rejected", "cross", "Declined"),
            (None, status) => Badge::of_maybe(status),
        }
    }
}

fn of_subject(conn: &Conn<'_>, subject: SubjectId) -> Result<(Vec<Invite>, Vec<Mine>), QueryError> {
    let mine = memberships_of(conn, subject)?.into_iter().map(|membership| Mine::of(conn, membership));
    let mine = mine.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    Ok((InvitesQuery { subject }.run(conn)?.items, mine))
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
    match visit.state.told(joined, &about).map_err(to_whoever_has_a_key) {
        Ok((license, reply)) => {
            let about = (&about, license);
            let told = answers::told(&visit, about, Ok(reply), |name| format!("You have joined {name}."));
            Ok(visit.tell(&told, "/account"))
        }
        Err(problem) => {
            let status = problem.status;
            let typed = form.text("license_key").to_owned();
            visit.page_with(status, &Page { problem: Some(problem), typed, ..Page::of(&visit).await? })
        }
    }
}
