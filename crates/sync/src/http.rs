//! The way to a hub over HTTP.

use std::time::Duration;

use assay_model::{ProjectId, SampleId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::Agent;
use ureq::http::{Method, Request};
use ureq::tls::{RootCerts, TlsConfig};

use crate::client::{Transport, TransportError};
use crate::pages;
use crate::wire::{
    HubError, InviteAnswer, InviteLine, InviteRequest, JoinAnswer, JoinRequest, JoinedProject, MemberBody,
    MemberChange, MemberLine, Others, PublishRequest, SyncAnswer, SyncRequest,
};

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// How long one answer may take, a page of facts on a slow line included.
const ANSWER: Duration = Duration::from_secs(120);

/// A hub, and who speaks to it.
#[derive(Clone)]
pub struct Hub {
    agent: Agent,
    base: String,
    token: Option<String>,
}

/// Why an address is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It is not an http or https address.
    #[error("“{0}” is not the address of a hub")]
    NotAnAddress(String),
    /// Plain HTTP beyond this machine would show the token and all work to whoever listens.
    #[error("{0} is not encrypted")]
    NotEncrypted(String),
}

impl Hub {
    /// The hub at an address such as `https://hub.example.org`. Plain HTTP is taken on loopback only, unless
    /// `insecure` says otherwise.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn at(address: &str, token: Option<&str>, insecure: bool) -> Result<Self, BadAddress> {
        let base = address.trim().trim_end_matches('/').to_owned();
        let bad = || BadAddress::NotAnAddress(address.to_owned());
        let uri: ureq::http::Uri = base.parse().map_err(|_| bad())?;
        let host = uri.host().ok_or_else(bad)?.trim_matches(['[', ']']);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") => {
                let loopback = host == "localhost"
                    || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
                if !loopback && !insecure {
                    return Err(BadAddress::NotEncrypted(base));
                }
            }
            _ => return Err(bad()),
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(ANSWER))
            .max_redirects(0)
            // A hub inside a company has a certificate that the machine trusts and the web does not.
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .build();
        Ok(Self { agent: config.into(), base, token: token.map(ToOwned::to_owned) })
    }

    /// The hub's address.
    pub fn address(&self) -> &str {
        &self.base
    }

    /// Uses an invite.
    pub fn join(&self, request: &JoinRequest) -> Result<JoinAnswer, TransportError> {
        self.call(Method::POST, "/api/v1/join", Some(request))
    }

    /// The projects of whoever has the token.
    pub fn projects(&self) -> Result<Vec<JoinedProject>, TransportError> {
        self.call(Method::GET, "/api/v1/projects", None::<&()>)
    }

    /// Makes a place for a project.
    pub fn publish(&self, request: &PublishRequest) -> Result<JoinedProject, TransportError> {
        self.call(Method::POST, "/api/v1/projects", Some(request))
    }

    /// Makes an invite.
    pub fn invite(
        &self,
        project: ProjectId,
        request: &InviteRequest,
    ) -> Result<InviteAnswer, TransportError> {
        self.call(Method::POST, &format!("/api/v1/projects/{project}/invites"), Some(request))
    }

    /// The invites of a project.
    pub fn invites(&self, project: ProjectId) -> Result<Vec<InviteLine>, TransportError> {
        self.call(Method::GET, &format!("/api/v1/projects/{project}/invites"), None::<&()>)
    }

    /// Revokes an invite.
    pub fn revoke_invite(&self, project: ProjectId, invite: &str) -> Result<InviteLine, TransportError> {
        self.call(Method::DELETE, &format!("/api/v1/projects/{project}/invites/{invite}"), None::<&()>)
    }

    /// The members of a project; leads see devices and progress.
    pub fn members(&self, project: ProjectId) -> Result<Vec<MemberLine>, TransportError> {
        self.call(Method::GET, &format!("/api/v1/projects/{project}/members"), None::<&()>)
    }

    /// Changes a member.
    pub fn change_member(
        &self,
        project: ProjectId,
        member: assay_model::MemberId,
        change: &MemberChange,
    ) -> Result<MemberBody, TransportError> {
        self.call(Method::PATCH, &format!("/api/v1/projects/{project}/members/{member}"), Some(change))
    }

    /// Revokes a device's token.
    pub fn revoke_device(&self, project: ProjectId, device: &str) -> Result<(), TransportError> {
        let _: serde_json::Value =
            self.call(Method::DELETE, &format!("/api/v1/projects/{project}/devices/{device}"), None::<&()>)?;
        Ok(())
    }

    /// What others did on a sample.
    pub fn others(&self, project: ProjectId, sample: SampleId) -> Result<Others, TransportError> {
        self.call(Method::GET, &format!("/api/v1/projects/{project}/samples/{sample}/others"), None::<&()>)
    }

    /// The hub's full report, `assay.agreement/1`.
    pub fn agreement(&self, project: ProjectId) -> Result<serde_json::Value, TransportError> {
        self.call(Method::GET, &format!("/api/v1/projects/{project}/agreement"), None::<&()>)
    }

    /// The way to sync one project.
    pub fn project(&self, project: ProjectId) -> ProjectOnHub<'_> {
        ProjectOnHub { hub: self, project }
    }

    fn call<Answer: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        request: Option<&impl Serialize>,
    ) -> Result<Answer, TransportError> {
        let mut builder = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("accept", "application/json")
            .header("accept-encoding", "zstd");
        if let Some(token) = &self.token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        let mut body = Vec::new();
        if let Some(request) = request {
            let json = serde_json::to_vec(request).map_err(|error| {
                TransportError::NotAHub(format!("the request cannot be written: {error}"))
            })?;
            let (packed, compressed) = pages::pack(json);
            builder = builder.header("content-type", "application/json");
            if compressed {
                builder = builder.header("content-encoding", "zstd");
            }
            body = packed;
        }
        let request = builder.body(body).map_err(|error| TransportError::NotAHub(error.to_string()))?;
        let mut answer = self.agent.run(request).map_err(|error| offline(&self.base, &error))?;
        let status = answer.status();
        let packed = answer.headers().get("content-encoding").is_some_and(|encoding| encoding == "zstd");
        let bytes = answer
            .body_mut()
            .with_config()
            .limit(pages::MAX_BYTES as u64)
            .read_to_vec()
            .map_err(|error| offline(&self.base, &error))?;
        let json = if packed {
            pages::unpack(&bytes).map_err(|error| TransportError::NotAHub(error.to_string()))?
        } else {
            bytes
        };
        if status.is_success() {
            return serde_json::from_slice(&json).map_err(|_| self.not_a_hub());
        }
        match serde_json::from_slice::<HubError>(&json) {
            Ok(error) => Err(TransportError::Hub(error)),
            // A proxy's page, while the hub behind it is away.
            Err(_) if status.is_server_error() => {
                Err(TransportError::Offline(format!("{} answers with status {status}", self.base)))
            }
            Err(_) => Err(self.not_a_hub()),
        }
    }

    fn not_a_hub(&self) -> TransportError {
        TransportError::NotAHub(format!("what answers at {} is not an Assay hub", self.base))
    }
}

/// The reason without the request, which may hold a code.
fn offline(base: &str, error: &ureq::Error) -> TransportError {
    TransportError::Offline(format!("{base} cannot be reached: {}", why(error)))
}

/// In words that somebody who does not run networks understands, where there are any.
fn why(error: &ureq::Error) -> String {
    use std::io::ErrorKind;
    let known = match error {
        ureq::Error::HostNotFound => "there is no such host, or no network",
        ureq::Error::Timeout(_) => "no answer came in time",
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => "nothing answers at this address",
            ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown => {
                "there is no network on the way to it"
            }
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => "the connection was cut",
            _ => return error.to_string(),
        },
        error => return error.to_string(),
    };
    known.to_owned()
}

/// One project on a hub.
pub struct ProjectOnHub<'a> {
    hub: &'a Hub,
    project: ProjectId,
}

impl Transport for ProjectOnHub<'_> {
    fn sync(&self, request: &SyncRequest) -> Result<SyncAnswer, TransportError> {
        self.hub.call(Method::POST, &format!("/api/v1/projects/{}/sync", self.project), Some(request))
    }

    fn sync_while(
        &self,
        request: &SyncRequest,
        meanwhile: &mut dyn FnMut(),
    ) -> Result<SyncAnswer, TransportError> {
        std::thread::scope(|scope| {
            let answer = scope.spawn(|| self.sync(request));
            meanwhile();
            answer.join().unwrap_or_else(|_| Err(TransportError::Offline("the request failed".to_owned())))
        })
    }
}
