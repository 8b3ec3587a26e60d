//! What stands around the pages of a license: its name, its seats, its tabs.

use axum::response::Redirect;
use chrono::{NaiveDate, Utc};
use domain::{LicenseId, Plan, number::grouped};
use projections::licenses::{LicenseDetail, LicenseSummary};

use super::{visit::Visit, words};
use crate::{
    body::{OnLicense, PathOf},
    problem::Problem,
    rights::Viewer,
};

/// A license's tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Users,
    Add,
    Imports,
    Audit,
    Settings,
}

impl Tab {
    const ALL: [Self; 5] = [Self::Users, Self::Add, Self::Imports, Self::Audit, Self::Settings];

    /// Where it begins for somebody; nowhere, where they may open nothing of it.
    fn path(self, viewer: &Viewer) -> Option<&'static str> {
        let (operation, path) = match self {
            Self::Users => ("list_users", "users"),
            Self::Add => ("add_users", "add"),
            Self::Imports => ("list_imports", "imports"),
            Self::Audit => return View::of(viewer).next().map(View::path),
            Self::Settings => ("list_domain_proofs", "settings"),
        };
        viewer.may(operation).then_some(path)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::Add => "Add Users",
            Self::Imports => "Imports",
            Self::Audit => "Audit",
            Self::Settings => "Settings",
        }
    }

    /// Those that somebody may open, and where each begins.
    fn of(viewer: &Viewer) -> impl Iterator<Item = (Self, &'static str)> {
        Self::ALL.into_iter().filter_map(|tab| Some((tab, tab.path(viewer)?)))
    }
}

/// A view of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Timeline,
    Then,
    Difference,
}

impl View {
    const ALL: [Self; 3] = [Self::Timeline, Self::Then, Self::Difference];

    const fn operation(self) -> &'static str {
        match self {
            Self::Timeline => "list_audit",
            Self::Then => "list_users",
            Self::Difference => "list_user_changes",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Timeline => "audit",
            Self::Then => "audit/then",
            Self::Difference => "audit/difference",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Timeline => "What happened",
            Self::Then => "The list as it was",
            Self::Difference => "What changed between",
        }
    }

    /// Those that somebody may open.
    fn of(viewer: &Viewer) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|view| viewer.may(view.operation()))
    }
}

/// A tab as it is drawn.
pub(crate) struct ShownTab {
    pub address: String,
    pub word: &'static str,
    pub is_here: bool,
}

/// Why nobody can be added or join, and where whoever looks can do something about it.
pub(crate) struct Hindrance {
    pub text: String,
    pub ways: Vec<(String, &'static str)>,
}

/// What stands around a page of a license. No `Debug`: holds addresses.
#[expect(clippy::struct_excessive_bools, reason = "each is a right, and templates ask for each by its name")]
pub(crate) struct Place {
    pub id: LicenseId,
    pub license: LicenseDetail,
    pub tabs: Vec<ShownTab>,
    /// The mail domains that whoever looks administers: whom they add there joins at once.
    pub domains: Vec<String>,
    /// Whether whoever looks may add people.
    pub may_add: bool,
    /// Whether they may stop an import.
    pub may_cancel: bool,
    /// Whether they may look at one.
    pub may_see_imports: bool,
    /// Whether the history of the license is shown to them.
    pub may_see_history: bool,
    /// Whether license keys are shown to them, issued and revoked by them.
    pub may_issue_keys: bool,
    /// Whether they may give it more seats, another plan or another end.
    may_change_terms: bool,
    /// The views of the history that they may open.
    views: Vec<View>,
    today: NaiveDate,
}

impl Visit {
    /// The license of the page, and its tabs.
    pub(crate) async fn place(&self, id: LicenseId, here: Tab) -> Result<Place, Problem> {
        self.sees(&["licenses", "members"]).await;
        let today = Utc::now().date_naive();
        let found = self.state.query(move |conn| projections::licenses::license(conn, id, today)).await?;
        let license = found.ok_or_else(|| Problem::unknown_license(id))?;
        let shown = |(tab, path): (Tab, &str)| ShownTab {
            address: format!("/licenses/{id}/{path}"),
            word: tab.word(),
            is_here: tab == here,
        };
        let tabs = Tab::of(&self.viewer).map(shown).collect();
        let may = |operation| self.viewer.may(operation);
        let (may_add, may_cancel) = (may("add_users"), may("cancel_import"));
        let myself = self.viewer.myself();
        let me = license.admins.iter().find(|admin| Some(admin.subject_id) == myself);
        let domains = me.map(|admin| admin.domains.clone()).unwrap_or_default();
        Ok(Place {
            id,
            license,
            tabs,
            domains,
            may_add,
            may_cancel,
            may_see_imports: may("show_import"),
            may_see_history: may("list_audit"),
            may_issue_keys: may("issue_key"),
            may_change_terms: may("change_seat_limit"),
            views: View::of(&self.viewer).collect(),
            today,
        })
    }
}

impl Place {
    pub(crate) fn name(&self) -> &str {
        &self.license.summary.name
    }

    /// The views of the history, of which one is here.
    pub(crate) fn views(&self, here: View) -> Vec<ShownTab> {
        let shown = |view: &View| ShownTab {
            address: format!("/licenses/{}/{}", self.id, view.path()),
            word: view.word(),
            is_here: *view == here,
        };
        self.views.iter().map(shown).collect()
    }

    pub(crate) fn held(&self) -> String {
        grouped(self.license.summary.seats.held)
    }

    pub(crate) fn limit(&self) -> String {
        grouped(self.license.summary.seats.limit)
    }

    /// Its end, in words.
    pub(crate) fn end(&self) -> String {
        match self.license.summary.ends {
            None => "no end date".to_owned(),
            Some(day) if day < self.today => format!("ended {}", words::day(day)),
            Some(day) => format!("until {}", words::day(day)),
        }
    }

    /// Whether anybody can be added or join just now, as far as the plan and the term go.
    pub(crate) fn is_open(&self) -> bool {
        let LicenseSummary { ends, plan, .. } = &self.license.summary;
        domain::license::admits(*plan, *ends, self.today).is_ok()
    }

    /// Why nobody can be added or join just now, and what to do about it.
    pub(crate) fn hindrances(&self) -> Vec<Hindrance> {
        let LicenseSummary { ends, plan, seats, .. } = &self.license.summary;
        let mut found = Vec::new();
        let terms = |word| self.may_change_terms.then(|| (self.terms(), word));
        if ends.is_some_and(|day| day < self.today) {
            let text = format!(
                "This license {}: nobody can join it. Declining, leaving and removing go on. {} can give it another end.",
                self.end(),
                self.operator()
            );
            found.push(Hindrance { text, ways: terms("Change its end").into_iter().collect() });
        }
        if *plan == Plan::Free {
            let text = format!(
                "On the free plan nobody can be added, join or accept an invite. Who is on it keeps their place. {} can \
                 move it to the paid plan.",
                self.operator()
            );
            found.push(Hindrance { text, ways: terms("Change its plan").into_iter().collect() });
        } else if seats.held >= seats.limit {
            let text = format!(
                "No seat is free: nobody more can be added, and with a key only those join who are invited. An admin \
                 frees one by removing people or withdrawing invites; {} can give it more.",
                if self.may_change_terms { "you" } else { "the operator" }
            );
            let to_free = self.license.summary.counts.invited > 0 && self.may_add;
            let ways =
                [to_free.then(|| (self.open_invites(), "See the open invites")), terms("Change its seats")];
            found.push(Hindrance { text, ways: ways.into_iter().flatten().collect() });
        }
        found
    }

    /// Who changes what was bought, at the beginning of a sentence.
    fn operator(&self) -> &'static str {
        if self.may_change_terms { "You" } else { "The operator" }
    }

    /// Where those are listed who have not answered.
    pub(crate) fn open_invites(&self) -> String {
        format!("/licenses/{}/users?status=invited", self.id)
    }

    /// Where its seats, plan and end stand.
    pub(crate) fn terms(&self) -> String {
        format!("/licenses/{}/settings#terms", self.id)
    }
}

/// To the first tab that somebody may open.
pub(super) async fn begin(visit: Visit, PathOf(id): OnLicense) -> Result<Redirect, Problem> {
    let tab = Tab::of(&visit.viewer).next().map_or("", |(_, path)| path);
    Ok(Redirect::to(&format!("/licenses/{id}/{tab}")))
}
