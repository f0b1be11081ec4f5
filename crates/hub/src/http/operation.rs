//! One thing that the hub answers to: how it is reached, who may, what it takes and gives.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use assay_model::{ProjectId, Role};
use assay_sync::wire::{HubCode, HubError};
use axum::http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Server;
use super::failure::JSON;
use crate::people::Caller;
use crate::{Hub, say};

/// The largest body of a request that brings no facts.
const SMALL: usize = 64 << 10;

/// A request that came through the gate.
pub(super) struct Call {
    pub server: Arc<Server>,
    pub hub: Hub,
    /// What stands in the address for each name in braces.
    pub places: HashMap<String, String>,
    pub caller: Option<Caller>,
    pub body: Vec<u8>,
}

impl Call {
    /// Who calls. The gate lets nobody else through to what asks for it.
    pub(super) fn caller(&self) -> Result<&Caller, HubError> {
        self.caller.as_ref().ok_or_else(|| say::not_signed_in("the request shows no token"))
    }

    pub(super) fn place(&self, name: &str) -> &str {
        self.places.get(name).map_or("", String::as_str)
    }

    /// The project of the address; what is no id names no project.
    pub(super) fn project(&self) -> Result<ProjectId, HubError> {
        ProjectId::from_str(self.place("project")).map_err(|_| say::no_project())
    }
}

/// What a call gives back.
pub(super) struct Reply {
    pub kind: &'static str,
    pub body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(answer: &impl Serialize) -> Result<Self, HubError> {
        let body = serde_json::to_vec(answer).map_err(|error| {
            tracing::error!(%error, "an answer cannot be written");
            crate::db::internal()
        })?;
        Ok(Self { kind: JSON, body })
    }
}

/// The request in a body.
fn read<Request: DeserializeOwned>(body: &[u8]) -> Result<Request, HubError> {
    let bad = |why: String| {
        say::bad_request(
            format!("the request is not understood: {why}"),
            "the hub’s requests are described at /openapi.json; update the older side",
        )
    };
    // A list would be taken for the fields in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(bad("it is no JSON object".to_owned()));
    }
    serde_json::from_slice(body).map_err(|error| bad(error.to_string()))
}

type Answering = Pin<Box<dyn Future<Output = Result<Reply, HubError>> + Send>>;
type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody, without a token.
    Open,
    /// Whoever shows a token, for what is theirs.
    Token,
    /// Whoever may publish projects to this hub.
    Publisher,
    /// Members of the project with one of these roles; others learn that there is none or that they may not.
    Roles(&'static [Role]),
    /// As [`Access::Roles`]; for what is their own, every member.
    RolesOrOwn(&'static [Role]),
}

/// One thing that the hub answers to.
pub(super) struct Operation {
    pub id: &'static str,
    pub method: Method,
    pub path: &'static str,
    pub summary: &'static str,
    pub access: Access,
    /// The schema of the body that it takes.
    pub takes: Option<SchemaOf>,
    /// The largest body, packed or not, in bytes.
    pub largest: usize,
    /// The type of its answer and, for JSON, the answer's schema.
    pub gives: (&'static str, Option<SchemaOf>),
    /// The errors that are its own, besides those that every operation may answer with.
    pub fails: &'static [HubCode],
    /// Whether addresses that fail too often are made to wait.
    pub counts_failures: bool,
    /// Whether it is answered at once, whatever waits: it asks the hub for next to nothing.
    pub at_once: bool,
    pub run: Box<dyn Fn(Call) -> Answering + Send + Sync>,
}

impl Operation {
    fn new(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        access: Access,
        run: Box<dyn Fn(Call) -> Answering + Send + Sync>,
    ) -> Self {
        Self {
            id,
            method,
            path,
            summary,
            access,
            takes: None,
            largest: 0,
            gives: (JSON, None),
            fails: &[],
            counts_failures: false,
            at_once: false,
            run,
        }
    }

    /// One that takes no body.
    pub(super) fn asks<Answer, Asked>(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        access: Access,
        run: fn(Call) -> Asked,
    ) -> Self
    where
        Answer: Serialize + JsonSchema + 'static,
        Asked: Future<Output = Result<Answer, HubError>> + Send + 'static,
    {
        let run = Box::new(move |call| -> Answering {
            let answer = run(call);
            Box::pin(async move { Reply::json(&answer.await?) })
        });
        let mut operation = Self::new(method, path, id, summary, access, run);
        operation.gives.1 = Some(SchemaGenerator::subschema_for::<Answer>);
        operation
    }

    /// One that takes a body.
    pub(super) fn takes<Request, Answer, Asked>(
        method: Method,
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        access: Access,
        run: fn(Call, Request) -> Asked,
    ) -> Self
    where
        Request: DeserializeOwned + JsonSchema + Send + 'static,
        Answer: Serialize + JsonSchema + 'static,
        Asked: Future<Output = Result<Answer, HubError>> + Send + 'static,
    {
        let run = Box::new(move |mut call: Call| -> Answering {
            let body = std::mem::take(&mut call.body);
            let request = match read::<Request>(&body) {
                Ok(request) => request,
                Err(error) => return Box::pin(async { Err(error) }),
            };
            drop(body);
            let answer = run(call, request);
            Box::pin(async move { Reply::json(&answer.await?) })
        });
        let mut operation = Self::new(method, path, id, summary, access, run);
        operation.takes = Some(SchemaGenerator::subschema_for::<Request>);
        operation.largest = SMALL;
        operation.gives.1 = Some(SchemaGenerator::subschema_for::<Answer>);
        operation
    }

    /// One that gives a text of another type than JSON, or a JSON that has no schema of its own.
    pub(super) fn says<Asked>(
        path: &'static str,
        id: &'static str,
        summary: &'static str,
        kind: &'static str,
        run: fn(Call) -> Asked,
    ) -> Self
    where
        Asked: Future<Output = Result<String, HubError>> + Send + 'static,
    {
        let run = Box::new(move |call| -> Answering {
            let text = run(call);
            Box::pin(async move { Ok(Reply { kind, body: text.await?.into_bytes() }) })
        });
        let mut operation = Self::new(Method::GET, path, id, summary, Access::Open, run);
        operation.gives.0 = kind;
        operation.at_once = true;
        operation
    }

    /// The errors that are its own.
    pub(super) fn fails(mut self, codes: &'static [HubCode]) -> Self {
        self.fails = codes;
        self
    }

    /// The largest body, in bytes.
    pub(super) fn up_to(mut self, largest: usize) -> Self {
        self.largest = largest;
        self
    }

    pub(super) fn counting_failures(mut self) -> Self {
        self.counts_failures = true;
        self
    }

    pub(super) fn answered_at_once(mut self) -> Self {
        self.at_once = true;
        self
    }
}
