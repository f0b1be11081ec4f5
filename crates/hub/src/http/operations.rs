//! All that the hub answers to.

use std::str::FromStr;

use assay_model::{MemberId, Role, SampleId};
use assay_sync::pages;
use assay_sync::wire::{
    HubCode, HubError, InviteAnswer, InviteLine, InviteRequest, JoinAnswer, JoinRequest, JoinedProject,
    MemberBody, MemberChange, MemberLine, Others, PublishRequest, SyncAnswer, SyncRequest, Verdict,
};
use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::operation::{Access, Call, Operation};
const EVERY: &[Role] = &[Role::Owner, Role::Lead, Role::Annotator, Role::Observer];
const LEADS: &[Role] = &[Role::Owner, Role::Lead];
const RATERS: &[Role] = &[Role::Owner, Role::Lead, Role::Annotator];
const SEE_ALL: &[Role] = &[Role::Owner, Role::Lead, Role::Observer];
/// What stands first on the hub's page; an invite's link leads there.
const PAGE: &str = include_str!("page.html");
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// That the hub is there.
#[derive(Serialize, JsonSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
}

/// Done; there is nothing more to say.
#[derive(Serialize, JsonSchema)]
struct Done {}

/// The report on agreement, `assay.agreement/1`.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct AgreementReport(serde_json::Map<String, serde_json::Value>);

/// Every operation, in the order of the document.
pub(super) fn all() -> Vec<Operation> {
    use HubCode::{
        BadInvite, EpochChanged, Exists, NotAllowed, NotFound, NotSignedIn, OtherProtocol, TooMany,
        ViewChanged,
    };
    vec![
        Operation::takes(Method::POST, "/api/v1/join", "join", "Use an invite", Access::Open, join)
            .fails(&[BadInvite, NotSignedIn, NotFound, OtherProtocol, TooMany])
            .counting_failures(),
        Operation::asks(
            Method::GET,
            "/api/v1/projects",
            "projects",
            "The projects of whoever calls",
            Access::Token,
            projects,
        ),
        Operation::takes(
            Method::POST,
            "/api/v1/projects",
            "publish",
            "Make a place for a project",
            Access::Publisher,
            publish,
        )
        .fails(&[NotAllowed, Exists, OtherProtocol]),
        Operation::takes(
            Method::POST,
            "/api/v1/projects/{project}/sync",
            "sync",
            "Send facts, and read what comes after a cursor",
            Access::Roles(EVERY),
            sync,
        )
        .fails(&[NotAllowed, NotFound, EpochChanged, ViewChanged, OtherProtocol])
        .up_to(pages::MAX_BYTES),
        Operation::takes(
            Method::POST,
            "/api/v1/projects/{project}/invites",
            "invite",
            "Make an invite",
            Access::RolesOrOwn(LEADS),
            invite,
        )
        .fails(&[NotAllowed, NotFound]),
        Operation::asks(
            Method::GET,
            "/api/v1/projects/{project}/invites",
            "invites",
            "The invites of a project",
            Access::Roles(LEADS),
            invites,
        )
        .fails(&[NotAllowed, NotFound]),
        Operation::asks(
            Method::DELETE,
            "/api/v1/projects/{project}/invites/{invite}",
            "revoke_invite",
            "Revoke an invite",
            Access::Roles(LEADS),
            revoke_invite,
        )
        .fails(&[NotAllowed, NotFound]),
        Operation::asks(
            Method::GET,
            "/api/v1/projects/{project}/members",
            "members",
            "The members of a project; leads see devices and progress",
            Access::Roles(EVERY),
            members,
        )
        .fails(&[NotAllowed, NotFound]),
        Operation::takes(
            Method::PATCH,
            "/api/v1/projects/{project}/members/{member}",
            "change_member",
            "Change a member",
            Access::RolesOrOwn(LEADS),
            change_member,
        )
        .fails(&[NotAllowed, NotFound]),
        Operation::asks(
            Method::DELETE,
            "/api/v1/projects/{project}/devices/{device}",
            "revoke_device",
            "Revoke a device’s token",
            Access::RolesOrOwn(LEADS),
            revoke_device,
        )
        .fails(&[NotAllowed, NotFound]),
        Operation::asks(
            Method::GET,
            "/api/v1/projects/{project}/samples/{sample}/others",
            "others",
            "What others did on a sample; for annotators, as far as the project’s policy says",
            Access::Roles(RATERS),
            others,
        )
        .fails(&[NotAllowed, NotFound]),
        Operation::asks(
            Method::GET,
            "/api/v1/projects/{project}/agreement",
            "agreement",
            "The full report on agreement",
            Access::Roles(SEE_ALL),
            agreement,
        )
        .fails(&[NotAllowed, NotFound]),
        Operation::asks(Method::GET, "/healthz", "health", "Whether the hub runs", Access::Open, health)
            .answered_at_once(),
        Operation::asks(
            Method::GET,
            "/readyz",
            "ready",
            "Whether the hub reaches its database",
            Access::Open,
            ready,
        )
        .answered_at_once(),
        Operation::says("/metrics", "metrics", "Figures for Prometheus", PROMETHEUS, metrics),
        Operation::says("/openapi.json", "openapi", "This document", super::failure::JSON, openapi),
        Operation::says("/", "page", "What an invite’s link leads to", "text/html; charset=utf-8", page),
    ]
}

async fn join(call: Call, request: JoinRequest) -> Result<JoinAnswer, HubError> {
    call.hub.join(request).await
}

async fn projects(call: Call) -> Result<Vec<JoinedProject>, HubError> {
    call.hub.projects(call.caller()?).await
}

async fn publish(call: Call, request: PublishRequest) -> Result<JoinedProject, HubError> {
    call.hub.publish(call.caller()?, request).await
}

async fn sync(call: Call, request: SyncRequest) -> Result<SyncAnswer, HubError> {
    let answer = call.hub.sync(call.project()?, call.caller()?, request).await?;
    let accepted =
        answer.receipts.iter().filter(|receipt| matches!(receipt.verdict, Verdict::Accepted(_))).count();
    call.server.metrics.synced(
        accepted,
        answer.receipts.len() - accepted,
        answer.facts.len(),
        answer.agreement.len(),
    );
    Ok(answer)
}

async fn invite(call: Call, request: InviteRequest) -> Result<InviteAnswer, HubError> {
    call.hub.invite(call.project()?, call.caller()?, request).await
}

async fn invites(call: Call) -> Result<Vec<InviteLine>, HubError> {
    call.hub.invites(call.project()?, call.caller()?).await
}

async fn revoke_invite(call: Call) -> Result<InviteLine, HubError> {
    call.hub.revoke_invite(call.project()?, call.caller()?, call.place("invite")).await
}

async fn members(call: Call) -> Result<Vec<MemberLine>, HubError> {
    call.hub.members(call.project()?, call.caller()?).await
}

async fn change_member(call: Call, change: MemberChange) -> Result<MemberBody, HubError> {
    // What is no id names no member, and nobody learns it who does not know the project.
    let member = MemberId::from_str(call.place("member")).unwrap_or(MemberId(uuid::Uuid::nil()));
    call.hub.change_member(call.project()?, call.caller()?, member, change).await
}

async fn revoke_device(call: Call) -> Result<Done, HubError> {
    call.hub.revoke_device(call.project()?, call.caller()?, call.place("device")).await?;
    Ok(Done {})
}

async fn others(call: Call) -> Result<Others, HubError> {
    // What is no id names no sample.
    let sample = SampleId::from_str(call.place("sample")).unwrap_or(SampleId(uuid::Uuid::nil()));
    call.hub.others(call.project()?, call.caller()?, sample).await
}

async fn agreement(call: Call) -> Result<AgreementReport, HubError> {
    match call.hub.agreement(call.project()?, call.caller()?).await? {
        serde_json::Value::Object(report) => Ok(AgreementReport(report)),
        _ => Err(crate::db::internal()),
    }
}

async fn health(_: Call) -> Result<Health, HubError> {
    Ok(Health { status: "ok" })
}

async fn ready(call: Call) -> Result<Health, HubError> {
    let patience = std::time::Duration::from_secs(5);
    match tokio::time::timeout(patience, call.hub.ready()).await {
        Ok(ready) => ready.map(|()| Health { status: "ok" }),
        Err(_) => Err(crate::db::unavailable()),
    }
}

async fn metrics(call: Call) -> Result<String, HubError> {
    Ok(call.server.metrics.text(&call.server))
}

async fn openapi(call: Call) -> Result<String, HubError> {
    Ok(call.server.document.clone())
}

async fn page(_: Call) -> Result<String, HubError> {
    Ok(PAGE.to_owned())
}

/// What stands for a name in the braces of a path, in words.
pub(super) fn place_in_words(name: &str) -> &'static str {
    match name {
        "project" => "The project’s id.",
        "member" => "The member’s id.",
        "invite" => "The invite’s id, as in the list of invites.",
        "device" => "The device’s id, as in the list of members.",
        "sample" => "The sample’s id.",
        _ => "",
    }
}
