//! How a laptop comes to a team: an invite is used, or a project is published.

use std::path::{Path, PathBuf};

use assay_store::{Joining, Store};
use assay_sync::client::Transport;
use assay_sync::http::Hub;
use assay_sync::secret;
use assay_sync::wire::{
    JoinAnswer, JoinRequest, JoinedProject, MAX_FACTS, PROTOCOL, PublishRequest, SyncRequest,
};

use super::credentials::{self, Credential};
use super::{Laptop, convert, syncing};
use crate::App;
use crate::error::{ApiError, ErrorCode, Result};
use crate::home::file_stem;
use crate::wire::{JoinTeam, Joined, PublishProject, TeamStatus};

/// Address and code of an invite, given as a link or apart.
fn address_and_code(url: &str, code: Option<&str>) -> (String, Option<String>) {
    let url = url.trim();
    let (address, in_link) = url.split_once('#').map_or((url, None), |(address, code)| (address, Some(code)));
    let code = code.filter(|code| !code.trim().is_empty()).or(in_link).map(secret::plain_code);
    (address.trim_end_matches('/').to_owned(), code.filter(|code| !code.is_empty()))
}

/// The link that holds both.
pub(super) fn link(address: &str, code: &str) -> String {
    format!("{address}/#{code}")
}

pub(crate) fn join(app: &App, request: JoinTeam) -> Result<Joined> {
    let (address, code) = address_and_code(&request.url, request.code.as_deref());
    let code = code.ok_or_else(|| no_code(&request.url))?;
    let name = request.name.as_deref().unwrap_or_default().trim();
    let (answer, credential) = use_invite(app, &address, &code, name, request.insecure)?;
    let Some(project) = answer.project else {
        arrived(app, credential)?;
        return Ok(Joined { project: None, name: None, hub: address, may_publish: answer.may_publish });
    };
    let store = copy(app, &project, &answer.name, &credential)?;
    arrived(app, credential)?;
    let joined = Joined {
        project: Some(store.path().display().to_string()),
        name: Some(project.name),
        hub: address,
        may_publish: answer.may_publish,
    };
    if app.locks_projects() {
        syncing::attend_now(app, &store)?;
    } else {
        syncing::sync_now(app, &store)?;
    }
    Ok(joined)
}

/// Half of an invite was given; which half, and where the other is.
fn no_code(url: &str) -> ApiError {
    let (field, message, hint) = if secret::is_code(url) {
        ("url", "A code alone does not say which hub it is for.", "paste the whole link of the invite")
    } else {
        ("code", "The invite has no code.", "paste the whole link of the invite, or give its code as well")
    };
    let mut error = ApiError::new(ErrorCode::Invalid, message, hint);
    error.place.field = Some(field.to_owned());
    error
}

/// Exchanges an invite for a token. The token is kept before it is sent, and with it which invite it was sent
/// for, until all is there ([`arrived`]): what breaks off on the way is done again with the same invite.
fn use_invite(
    app: &App,
    address: &str,
    code: &str,
    name: &str,
    insecure: bool,
) -> Result<(JoinAnswer, Credential)> {
    let invite: String = secret::hash(code).iter().map(|byte| format!("{byte:02x}")).collect();
    let begun = credentials::all(app.home())?
        .into_iter()
        .find(|one| one.invite.as_ref() == Some(&invite) && one.address == address);
    let mut credential = match begun {
        Some(begun) => begun,
        None => Credential {
            address: address.to_owned(),
            token: credentials::new_token()?,
            member: None,
            project: None,
            may_publish: false,
            insecure,
            invite: Some(invite),
        },
    };
    let hub = Hub::at(address, Some(&credential.token), insecure).map_err(convert::address)?;
    credentials::keep(app.home(), credential.clone())?;
    let request = JoinRequest {
        protocol: PROTOCOL,
        code: code.to_owned(),
        token: credential.token.clone(),
        name: name.to_owned(),
        device: device_name(),
    };
    let answer = hub.join(&request).map_err(|error| {
        let error = convert::transport(error);
        if error.code == ErrorCode::Invalid {
            // The hub knows neither code nor token: nothing is lost with it.
            let _ = credentials::forget(app.home(), &credential.token);
        }
        error
    })?;
    credential.project = answer.project.as_ref().map(|project| project.project);
    credential.member = answer.project.as_ref().map(|project| project.member);
    credential.may_publish = answer.may_publish;
    credentials::keep(app.home(), credential.clone())?;
    Ok((answer, credential))
}

/// What an invite was for is here: it is not needed again.
fn arrived(app: &App, credential: Credential) -> Result<()> {
    credentials::keep(app.home(), Credential { invite: None, ..credential })
}

/// Makes the copy of a project that was joined, with the beginning of its facts.
fn copy(app: &App, project: &JoinedProject, name: &str, credential: &Credential) -> Result<Store> {
    if let Some(there) = known_copy(app, project)? {
        // Joined again, with a new token or at a new address: the copy that is there goes on.
        there.connect(&credential.address)?;
        return Ok(there);
    }
    let hub = Hub::at(&credential.address, Some(&credential.token), credential.insecure)
        .map_err(convert::address)?;
    let request = SyncRequest {
        protocol: PROTOCOL,
        client: concat!("assay/", env!("CARGO_PKG_VERSION")).to_owned(),
        cursor: None,
        facts: Vec::new(),
        limit: MAX_FACTS,
    };
    let first = hub.project(project.project).sync(&request).map_err(convert::transport)?;
    let joining = Joining {
        address: &credential.address,
        project: project.project,
        member: project.member,
        name,
        role: project.role,
    };
    crate::home::make_home(app)?;
    let path = free_file(app.home(), &project.name);
    app.adopt(Laptop::join(path, &joining, &first, app.world())?)
}

/// A copy of that project for that member in the home folder.
fn known_copy(app: &App, project: &JoinedProject) -> Result<Option<Store>> {
    for entry in std::fs::read_dir(app.home()).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|end| end != "assay") {
            continue;
        }
        let same = Store::open(&path, app.world())
            .is_ok_and(|store| store.project_id() == project.project && store.me().id == project.member);
        if same {
            return app.store(&path.display().to_string()).map(Some);
        }
    }
    Ok(None)
}

/// A file of that name that is not there yet.
fn free_file(home: &Path, name: &str) -> PathBuf {
    let stem = file_stem(name);
    let mut path = home.join(format!("{stem}.assay"));
    let mut number = 2;
    while path.exists() {
        path = home.join(format!("{stem}-{number}.assay"));
        number += 1;
    }
    path
}

/// What to call this laptop in the list of devices.
fn device_name() -> String {
    let named = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|key| std::env::var(key).ok());
    named
        .or_else(|| std::fs::read_to_string("/etc/hostname").ok())
        .map(|name| name.trim().chars().take(60).collect::<String>())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "Laptop".to_owned())
}

pub(crate) fn publish(app: &App, request: PublishProject) -> Result<TeamStatus> {
    let store = app.store(&request.project)?;
    let (address, code) = address_and_code(&request.hub, request.code.as_deref());
    if let Some(hub) = store.hub()?
        && hub.address != address
    {
        return Err(ApiError::new(
            ErrorCode::Exists,
            format!("The project belongs to {} already.", hub.address),
            "sync with that hub, or publish a copy made with `assay backup`",
        ));
    }
    let credential = match code {
        Some(code) => use_invite(app, &address, &code, &store.me().name, request.insecure)?.1,
        None => credentials::all(app.home())?
            .into_iter()
            .rev()
            .find(|one| {
                one.address == address && (one.may_publish || one.project == Some(store.project_id()))
            })
            .ok_or_else(|| {
                ApiError::new(
                    ErrorCode::NotSignedIn,
                    format!("This laptop may not publish to {address}."),
                    "give the owner’s invite that the hub printed when it first started (--invite CODE)",
                )
            })?,
    };
    let me = store.me();
    let hub = Hub::at(&address, Some(&credential.token), credential.insecure).map_err(convert::address)?;
    hub.publish(&PublishRequest {
        protocol: PROTOCOL,
        project: store.project_id(),
        name: store.settings()?.name,
        member: me.id,
        person: me.name.clone(),
    })
    .map_err(convert::transport)?;
    arrived(app, Credential { project: Some(store.project_id()), member: Some(me.id), ..credential })?;
    store.connect(&address)?;
    if app.locks_projects() {
        syncing::attend_now(app, &store)?;
    } else {
        syncing::sync_now(app, &store)?;
    }
    syncing::status(app, &store)
}

#[cfg(test)]
mod tests {
    use super::{address_and_code, link, no_code};

    #[test]
    fn an_invite_is_read_as_a_link_or_as_address_and_code() {
        let both = ("https://hub.example.org".to_owned(), Some("ABCDEFGH01234567".to_owned()));
        assert_eq!(address_and_code(&link("https://hub.example.org", "ABCD-EFGH-0123-4567"), None), both);
        assert_eq!(address_and_code(" https://hub.example.org/ ", Some("abcd efgh o123 4567")), both);
        assert_eq!(
            address_and_code("http://127.0.0.1:7717", None),
            ("http://127.0.0.1:7717".to_owned(), None)
        );
    }

    #[test]
    fn half_of_an_invite_is_told_which_half_is_missing() {
        let field = |url| no_code(url).place.field;
        assert_eq!(field("abcd-efgh-o123-4567").as_deref(), Some("url"));
        assert_eq!(field("https://hub.example.org").as_deref(), Some("code"));
        assert_eq!(field("hub.example.org:7717").as_deref(), Some("code"));
    }
}
