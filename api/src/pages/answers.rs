//! What people do about their own place on a license: accept, decline, close, reopen, leave.

use axum::response::Response;
use domain::DeclineReason;

use super::{
    form::Form,
    toast::{Kind, Toast},
    visit::{Order, ours},
};
use crate::{
    body::{OnLicense, PathOf},
    problem::Problem,
};

/// The page from which the order came.
fn back(form: &Form) -> &str {
    ours(form.text("here")).unwrap_or("/account")
}

pub(super) async fn accept(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let done = visit.state.commands.accept_invite(&caller.named()?.context(&form.bytes), id).await;
    let name = visit.state.called(id);
    let told = Toast::of_told(visit.state.told(done, &about), || format!("You have joined {name}."));
    Ok(visit.tell(&told, back(&form)))
}

pub(super) async fn decline(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let reason = DeclineReason::ALL.into_iter().find(|reason| reason.as_str() == form.text("reason"));
    let reason = reason.unwrap_or(DeclineReason::Unspecified);
    let about = caller.about().license(id);
    let done = visit.state.commands.decline_invite(&caller.named()?.context(&form.bytes), id, reason).await;
    let name = visit.state.called(id);
    let told = Toast::of_told(visit.state.told(done, &about), || {
        format!(
            "You declined the invite to {name}. If you change your mind, enter the license key or ask to be added again."
        )
    });
    Ok(visit.tell(&told, back(&form)))
}

pub(super) async fn close(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let done = visit.state.commands.close_notification(&caller.named()?.context(&form.bytes), id).await;
    let told = Toast::of_told(visit.state.told(done, &about), || {
        "The notification is closed. The invite stays open: you find it under".to_owned()
    });
    let told =
        if told.kind == Kind::Bad { told } else { told.with_link("/account#invites", "License Invites") };
    Ok(visit.tell(&told, back(&form)))
}

pub(super) async fn reopen(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let done = visit.state.commands.reopen_notification(&caller.named()?.context(&form.bytes), id).await;
    let told =
        Toast::of_told(visit.state.told(done, &about), || "The notification is shown again.".to_owned());
    Ok(visit.tell(&told, back(&form)))
}

pub(super) async fn leave(order: Order, PathOf(id): OnLicense, form: Form) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id);
    let done = visit.state.commands.leave_license(&caller.named()?.context(&form.bytes), id).await;
    let name = visit.state.called(id);
    let told = Toast::of_told(visit.state.told(done, &about), || {
        format!(
            "You left {name}, and your seat is free. To come back, enter the license key or ask an admin."
        )
    });
    Ok(visit.tell(&told, back(&form)))
}
