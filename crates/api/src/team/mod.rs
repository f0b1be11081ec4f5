//! Work in a team: joining, publishing, syncing, members, what was refused.

mod convert;
mod credentials;
mod joining;
mod replica;
mod syncing;

use std::collections::{HashMap, HashSet};

use assay_model::{Kind, Member, MemberId, Role, SampleId, Timestamp};
use assay_store::{MemberAtWork, Origin, Store};
use assay_sync::client::{Replica as _, Standing};
use assay_sync::wire::{InviteRequest, MemberChange};

use crate::assignments::member_of;
use crate::error::{ApiError, ErrorCode, Result};
use crate::wire::{
    ChangeMember, Invite, Invited, KnownHub, Nothing, OfProject, OfRefused, Others, Publication,
    RebaseRubric, RefusedFact, Revoke, SyncLine, SyncReport, Team, TeamMember, TeamStatus,
};
use crate::{App, may};

pub(crate) use joining::{join, publish};
pub use replica::Laptop;
pub(crate) use syncing::{Syncs, attend};

type Origins = HashMap<MemberId, Origin>;

/// How many of the last syncs are shown.
const SHOWN: usize = 50;

fn no_hub() -> ApiError {
    ApiError::new(
        ErrorCode::NoHub,
        "The project belongs to no hub.",
        "publish it to one (assay publish --hub URL), or join a project with an invite",
    )
}

impl App {
    /// Syncs a project with its hub and waits for it.
    ///
    /// # Errors
    /// `no_hub`, `offline`, `not_signed_in`, …; what was done until then stays.
    pub fn sync(&self, project: &str) -> Result<SyncReport> {
        let store = self.store(project)?;
        let outcome = syncing::sync_now(self, &store)?;
        Ok(SyncReport {
            pushed: outcome.pushed,
            pulled: outcome.pulled,
            refused: waiting_refused(&store)?,
            agreement: outcome
                .agreement
                .iter()
                .map(|numbers| (numbers.dimension.clone(), convert::numbers(numbers)))
                .collect(),
            round_trips: outcome.round_trips,
        })
    }
}

/// What was refused and nobody has decided about.
fn waiting_refused(store: &Store) -> Result<Vec<RefusedFact>> {
    Ok(store.refused()?.into_iter().filter(|one| !one.kept).map(convert::refused).collect())
}

pub(crate) fn status(app: &App, request: OfProject) -> Result<TeamStatus> {
    let store = app.store(&request.project)?;
    if app.locks_projects() {
        attend(app, &store)?;
    }
    syncing::status(app, &store)
}

pub(crate) fn start_sync(app: &App, request: OfProject) -> Result<TeamStatus> {
    let store = app.store(&request.project)?;
    if store.hub()?.is_none() {
        return Err(no_hub());
    }
    syncing::attend_now(app, &store)?;
    syncing::status(app, &store)
}

pub(crate) fn stop_sync(app: &App, request: OfProject) -> Result<TeamStatus> {
    let store = app.store(&request.project)?;
    app.syncs().of(store.path()).stop();
    syncing::status(app, &store)
}

pub(crate) fn history(app: &App, request: OfProject) -> Result<Vec<SyncLine>> {
    let lines = app.store(&request.project)?.sync_history(SHOWN)?;
    Ok(lines
        .into_iter()
        .map(|line| SyncLine {
            time: line.time,
            pushed: line.pushed,
            pulled: line.pulled,
            refused: line.refused,
            problem: line.problem,
        })
        .collect())
}

fn all_refused(store: &Store) -> Result<Vec<RefusedFact>> {
    Ok(store.refused()?.into_iter().map(convert::refused).collect())
}

pub(crate) fn refused(app: &App, request: OfProject) -> Result<Vec<RefusedFact>> {
    all_refused(&app.store(&request.project)?)
}

pub(crate) fn send_again(app: &App, request: OfRefused) -> Result<Vec<RefusedFact>> {
    let store = app.store(&request.project)?;
    store.send_again(&request.facts)?;
    let sync = app.syncs().of(store.path());
    if sync.is_attended() {
        sync.now();
    }
    all_refused(&store)
}

pub(crate) fn keep_here(app: &App, request: OfRefused) -> Result<Vec<RefusedFact>> {
    let store = app.store(&request.project)?;
    store.keep_here(&request.facts)?;
    all_refused(&store)
}

pub(crate) fn rebase_rubric(app: &App, request: RebaseRubric) -> Result<Vec<RefusedFact>> {
    let store = app.store(&request.project)?;
    may::lead(&store, "change the rubric")?;
    store.rebase_rubric(request.rubric)?;
    all_refused(&store)
}

pub(crate) fn hubs(app: &App, _: Nothing) -> Result<Vec<KnownHub>> {
    let mut hubs: Vec<KnownHub> = Vec::new();
    for one in credentials::all(app.home())?.into_iter().filter(|one| one.invite.is_none()) {
        match hubs.iter_mut().find(|known| known.address == one.address) {
            Some(known) => known.may_publish |= one.may_publish,
            None => hubs.push(KnownHub { address: one.address, may_publish: one.may_publish }),
        }
    }
    Ok(hubs)
}

/// What publishing would send, and what would stay.
pub(crate) fn publication(app: &App, request: OfProject) -> Result<Publication> {
    let store = app.store(&request.project)?;
    let mut publication = Publication { drafts: store.counts()?.drafts, ..Publication::default() };
    for (kind, count) in store.outgoing_by_kind()? {
        publication.facts += count;
        match kind {
            Kind::Sample => publication.samples = count,
            Kind::Annotation => publication.annotations = count,
            Kind::Rubric => publication.rubric_versions = count,
            Kind::Resolution => publication.resolutions = count,
            Kind::Member => publication.members = count,
            Kind::Settings | Kind::Assignment => {}
        }
    }
    Ok(publication)
}

/// Members and invites, as the hub tells; where it cannot be asked, as this laptop knows them.
pub(crate) fn members(app: &App, request: OfProject) -> Result<Team> {
    let store = app.store(&request.project)?;
    match team(app, &store) {
        Err(error)
            if matches!(error.code, ErrorCode::NoHub | ErrorCode::Offline | ErrorCode::NotSignedIn) =>
        {
            as_known_here(&store, error)
        }
        asked => asked,
    }
}

fn as_known_here(store: &Store, problem: ApiError) -> Result<Team> {
    let me = store.me().id;
    let all = may::oversee(store, "see how far others are").is_ok();
    let origins = store.origins()?;
    let known = |one: MemberAtWork| {
        let counted = all || one.member.id == me;
        known_here(one, counted, &origins)
    };
    let mut members: Vec<TeamMember> = store.members_at_work()?.into_iter().map(known).collect();
    by_name(&mut members);
    Ok(Team { members, invites: Vec::new(), problem: Some(problem) })
}

fn known_here(one: MemberAtWork, counted: bool, origins: &Origins) -> TeamMember {
    let of = |count: u64| if counted { count } else { 0 };
    TeamMember {
        active: one.active,
        last_seen: None,
        assigned: of(one.assigned),
        submitted: of(one.submitted),
        skipped: of(one.skipped),
        devices: Vec::new(),
        from_file: from_file(origins, one.member.id),
        lost: false,
        member: one.member,
    }
}

fn by_name(members: &mut [TeamMember]) {
    members.sort_by(|a, b| (&a.member.name, a.member.id).cmp(&(&b.member.name, b.member.id)));
}

fn from_file(origins: &Origins, member: MemberId) -> bool {
    origins.get(&member).is_some_and(|origin| origin.from_file)
}

/// Whom a hub that was put back from a backup does not know any more. They came since then, and it was the hub that
/// wrote them down; all others are sent to it again.
fn lost(store: &Store, origins: &Origins) -> Result<HashSet<MemberId>> {
    let Standing { cursor, again, .. } = Laptop(store).standing()?;
    let me = store.me();
    if cursor.is_none() || again.is_some() || !matches!(me.role, Role::Owner | Role::Lead) {
        return Ok(HashSet::new());
    }
    let lost = |(id, origin): &(&MemberId, &Origin)| !origin.from_file && !origin.on_hub && **id != me.id;
    Ok(origins.iter().filter(lost).map(|(id, _)| *id).collect())
}

fn team(app: &App, store: &Store) -> Result<Team> {
    let project = store.project_id();
    let told = syncing::ask(app, store, |hub| hub.members(project))?;
    let origins = store.origins()?;
    let mut lost = lost(store, &origins)?;
    let mut members = Vec::with_capacity(told.len());
    for line in told {
        lost.remove(&line.member.id);
        let from_file = from_file(&origins, line.member.id);
        members.push(convert::member(line, from_file));
    }
    if !lost.is_empty() {
        let gone = store.members_at_work()?.into_iter().filter(|one| lost.contains(&one.member.id));
        members.extend(gone.map(|one| TeamMember { lost: true, ..known_here(one, true, &origins) }));
    }
    by_name(&mut members);
    let invites = match syncing::ask(app, store, |hub| hub.invites(project)) {
        Ok(invites) => invites,
        Err(error) if error.code == ErrorCode::NotAllowed => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(Team { members, invites: invites.into_iter().map(convert::invite).collect(), problem: None })
}

pub(crate) fn change_member(app: &App, request: ChangeMember) -> Result<Team> {
    let store = app.store(&request.project)?;
    let change = MemberChange { role: request.role, name: request.name, active: request.active };
    syncing::ask(app, &store, |hub| hub.change_member(store.project_id(), request.member, &change))?;
    let sync = app.syncs().of(store.path());
    if sync.is_attended() {
        sync.now();
    }
    team(app, &store)
}

/// What others did on a sample, if the hub tells this person.
pub(crate) fn others(app: &App, store: &Store, sample: SampleId) -> Result<Others> {
    let said = syncing::ask(app, store, |hub| hub.others(store.project_id(), sample))?;
    let works = said.works.into_iter().map(|word| convert::rated(store, word)).collect::<Result<_>>()?;
    let resolution = said.resolution.map(convert::resolved).transpose()?;
    Ok(Others { works, resolution })
}

pub(crate) fn invite(app: &App, request: Invite) -> Result<Invited> {
    let store = app.store(&request.project)?;
    let hub = syncing::hub_of(app, &store)?;
    // Whoever uses the invite at once must find the project's beginning on the hub. And only after a sync is it
    // known whom a hub that was put back does not know.
    if Laptop(&store).standing()?.cursor.is_none() || request.member.is_some() {
        syncing::sync_now(app, &store)?;
    }
    let mut wanted = InviteRequest {
        name: request.name.trim().to_owned(),
        role: request.role,
        hours: request.hours,
        member: request.device.then(|| store.me().id),
        back: None,
    };
    if let Some(member) = &request.member {
        let Member { id, name, role, .. } = member_of(&store.members()?, member, "member")?.clone();
        let back = if lost(&store, &store.origins()?)?.contains(&id) {
            Some(replica::to_wire(store.member_fact(id)?)?)
        } else {
            None
        };
        wanted = InviteRequest { name, role, member: Some(id), back, ..wanted };
    }
    let made = hub.invite(store.project_id(), &wanted).map_err(convert::transport)?;
    if wanted.back.is_some() {
        // What named them was refused meanwhile.
        let sync = app.syncs().of(store.path());
        if sync.is_attended() {
            sync.now();
        } else {
            syncing::sync_now(app, &store)?;
        }
    }
    Ok(Invited {
        url: joining::link(hub.address(), &made.code),
        code: made.code,
        expires: rfc3339(made.expires),
    })
}

fn rfc3339(time: Timestamp) -> String {
    chrono::DateTime::from_timestamp_millis(time.0)
        .unwrap_or_default()
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

pub(crate) fn revoke_invite(app: &App, request: Revoke) -> Result<Team> {
    let store = app.store(&request.project)?;
    syncing::ask(app, &store, |hub| hub.revoke_invite(store.project_id(), &request.id))?;
    team(app, &store)
}

pub(crate) fn revoke_device(app: &App, request: Revoke) -> Result<Team> {
    let store = app.store(&request.project)?;
    syncing::ask(app, &store, |hub| hub.revoke_device(store.project_id(), &request.id))?;
    team(app, &store)
}
