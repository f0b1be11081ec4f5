//! What befalls laptops, people and the hub.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_model::Role;
use assay_store::{FactRow, Store};
use assay_sync::wire::{MemberChange, WireFact};

use crate::sim::{ADDRESS, Backup, Fault, Laptop, Sim, said};

const HOUR_MS: i64 = 3_600_000;
/// More laptops than these make courses slow and show nothing new.
const MOST_LAPTOPS: usize = 7;

#[derive(Debug, Clone, Copy)]
enum Act {
    Write,
    Sync,
    LateRequest,
    LaptopDies,
    LaptopBackup,
    LaptopRestored,
    DiskCopied,
    SecondLaptop,
    Joins,
    RoleChanged,
    Removed,
    BroughtBack,
    Renamed,
    Revoked,
    TimePasses,
    HubDies,
    HubBackup,
    HubRestored,
}

const ACTS: [(u32, Act); 18] = [
    (50, Act::Write),
    (45, Act::Sync),
    (6, Act::LateRequest),
    (3, Act::LaptopDies),
    (2, Act::LaptopBackup),
    (2, Act::LaptopRestored),
    (1, Act::DiskCopied),
    (2, Act::SecondLaptop),
    (2, Act::Joins),
    (3, Act::RoleChanged),
    (2, Act::Removed),
    (2, Act::BroughtBack),
    (1, Act::Renamed),
    (1, Act::Revoked),
    (4, Act::TimePasses),
    (1, Act::HubDies),
    (1, Act::HubBackup),
    (1, Act::HubRestored),
];

impl Sim {
    /// Something happens.
    pub fn act(&self) -> Result<(), Fault> {
        self.clock.pass(self.with(|state| state.rng.between(1, 600_000)) as i64);
        let (act, laptop) =
            self.with(|state| (state.rng.weighted(&ACTS), state.rng.below(state.laptops.len())));
        let deep = self.depth.get() > 0;
        match act {
            Act::Write => self.write_on(laptop),
            Act::Sync => {
                self.note(|| format!("laptop {laptop} syncs"));
                self.sync_wildly(laptop).map(drop)
            }
            Act::LateRequest => self.deliver_late(),
            Act::LaptopDies => self.crash_laptop(laptop),
            Act::LaptopBackup => self.back_laptop_up(laptop),
            Act::LaptopRestored => self.restore_laptop(laptop),
            Act::DiskCopied => self.copy_disk(laptop),
            Act::SecondLaptop | Act::Joins if self.with(|state| state.laptops.len()) >= MOST_LAPTOPS => {
                Ok(())
            }
            Act::SecondLaptop => {
                self.note(|| format!("the person of laptop {laptop} takes another laptop"));
                self.second_laptop(laptop).map(drop)
            }
            Act::Joins => {
                let (name, role) = self.with(|state| {
                    state.made += 1;
                    let roles = [Role::Annotator, Role::Annotator, Role::Lead, Role::Observer, Role::Owner];
                    (format!("Person {}", state.made), *state.rng.pick(&roles).unwrap())
                });
                self.note(|| format!("{name} joins as {role:?}"));
                self.invite(0, &name, role).map(drop)
            }
            Act::RoleChanged => {
                let roles = [Role::Annotator, Role::Annotator, Role::Lead, Role::Observer];
                let role = self.with(|state| *state.rng.pick(&roles).unwrap());
                self.change(laptop, MemberChange { role: Some(role), ..MemberChange::default() })
            }
            Act::Removed => {
                self.change(laptop, MemberChange { active: Some(false), ..MemberChange::default() })
            }
            Act::BroughtBack => {
                self.change(laptop, MemberChange { active: Some(true), ..MemberChange::default() })
            }
            Act::Renamed => {
                let name = self.with(|state| {
                    state.made += 1;
                    format!("Person {}", state.made)
                });
                self.change(laptop, MemberChange { name: Some(name), ..MemberChange::default() })
            }
            Act::Revoked => self.revoke(laptop),
            Act::TimePasses => {
                let hours = self.with(|state| state.rng.between(1, 40)) as i64;
                self.note(|| format!("{hours} hours pass"));
                self.clock.pass(hours * HOUR_MS);
                Ok(())
            }
            Act::HubDies => {
                self.note(|| "the hub dies and comes back".to_owned());
                self.with(|state| state.place.crash());
                Ok(())
            }
            Act::HubBackup => {
                let n = self.with(|state| {
                    let n = state.place.backup();
                    state.hub_backups.push(n);
                    n
                });
                self.note(|| format!("the hub is backed up ({n})"));
                Ok(())
            }
            Act::HubRestored if deep => Ok(()),
            Act::HubRestored => self.restore_hub(),
        }
    }

    fn restore_hub(&self) -> Result<(), Fault> {
        let backup = self.with(|state| state.rng.pick(&state.hub_backups.clone()).copied());
        let Some(n) = backup else { return Ok(()) };
        self.note(|| format!("the hub is put back to its backup {n}"));
        self.with(|state| {
            state.place.restore(n);
            let facts = state.place.facts_after(0);
            state.ledger.start_over(facts)
        })
    }

    /// The owner, or another, changes a member.
    fn change(&self, of: usize, change: MemberChange) -> Result<(), Fault> {
        let (member, by) = self.with(|state| {
            let by = if state.rng.percent(70) { 0 } else { state.rng.below(state.laptops.len()) };
            (state.laptops[of].member, by)
        });
        let project = self.project;
        let said = format!("laptop {by} changes {member}: {change:?}");
        let answer =
            self.ask(
                by,
                |hub, caller| async move { hub.change_member(project, &caller, member, change).await },
            )?;
        self.note(|| format!("{said}: {}", answer.err().map_or("done".to_owned(), |error| error.message)));
        Ok(())
    }

    /// The token of a laptop is revoked, where the person has another one to go on with.
    fn revoke(&self, laptop: usize) -> Result<(), Fault> {
        let (member, token, other) = self.with(|state| {
            let one = &state.laptops[laptop];
            let other = state.laptops.iter().position(|it| it.member == one.member && it.token != one.token);
            (one.member, one.token.clone(), other)
        });
        let Some(other) = other else { return Ok(()) };
        let project = self.project;
        let lines = self.ask(other, |hub, caller| async move { hub.members(project, &caller).await })?;
        let Ok(lines) = lines else { return Ok(()) };
        let devices = lines.into_iter().find(|line| line.member.id == member).map(|line| line.devices);
        // The order of joining is that of making laptops.
        let at = self.with(|state| {
            let mut tokens: Vec<&String> = Vec::new();
            for it in state.laptops.iter().filter(|it| it.member == member) {
                if !tokens.contains(&&it.token) {
                    tokens.push(&it.token);
                }
            }
            tokens.iter().position(|it| **it == token)
        });
        let device = at.and_then(|at| devices.unwrap_or_default().get(at).map(|device| device.id.clone()));
        let Some(device) = device else { return Ok(()) };
        self.note(|| format!("the token of laptop {laptop} is revoked"));
        let _done =
            self.ask(other, |hub, caller| async move { hub.revoke_device(project, &caller, &device).await })?;
        Ok(())
    }

    /// A new token for a laptop, by an invite that another laptop of the same person makes; or, where none of theirs
    /// is known, an owner or lead. A hub that was put back may not know the person either.
    pub fn new_token(&self, laptop: usize) -> Result<bool, Fault> {
        let (member, name, role) = {
            let me = self.store(laptop).me();
            (me.id, me.name, me.role)
        };
        let others = self.with(|state| {
            let token = &state.laptops[laptop].token;
            let all = (0..state.laptops.len()).filter(|at| state.laptops[*at].token != *token);
            let (own, others): (Vec<_>, Vec<_>) = all.partition(|at| state.laptops[*at].member == member);
            [own, others].concat()
        });
        let project = self.project;
        for other in others {
            // What that one knows of them.
            let back = self.store(other).member_fact(member).ok().map(wire);
            let request = assay_sync::wire::InviteRequest {
                name: name.clone(),
                role,
                hours: None,
                member: Some(member),
                back,
            };
            let made =
                self.ask(other, |hub, caller| async move { hub.invite(project, &caller, request).await })?;
            let Ok(invite) = made else { continue };
            let token = self.with(|state| state.laptops[laptop].world.token());
            let Some(joined) = self.use_invite(&invite.code, &token)? else { continue };
            if joined.member != member {
                return Err("an invite for another device made another member".to_owned());
            }
            self.note(|| format!("laptop {laptop} has a new token, by laptop {other}"));
            said(self.store(laptop).connect(ADDRESS))?;
            self.with(|state| state.laptops[laptop].token = token);
            return Ok(true);
        }
        Ok(false)
    }

    fn is_busy(&self, laptop: usize) -> bool {
        self.with(|state| state.laptops[laptop].busy > 0)
    }

    /// A laptop is switched off hard and on again.
    pub fn crash_laptop(&self, laptop: usize) -> Result<(), Fault> {
        if self.is_busy(laptop) {
            return Ok(());
        }
        self.note(|| format!("laptop {laptop} dies and comes back"));
        let file = self.store(laptop).path().to_owned();
        self.run_on(laptop, &file)
    }

    /// Goes on with a copy of a file as a killed process left it.
    fn run_on(&self, laptop: usize, file: &Path) -> Result<(), Fault> {
        let path = self.file();
        copy_file(file, &path);
        let store =
            said(Store::open(path, self.with(|state| Arc::clone(&state.laptops[laptop].world)) as _))?;
        self.with(|state| state.laptops[laptop].store = store);
        self.check_whole(laptop)?;
        self.check_drafts(laptop)
    }

    fn back_laptop_up(&self, laptop: usize) -> Result<(), Fault> {
        let file = self.file();
        said(self.store(laptop).backup(&file))?;
        self.note(|| format!("laptop {laptop} is backed up"));
        self.with(|state| {
            let one = &mut state.laptops[laptop];
            let backup = Backup { file, drafts: one.drafts.clone(), had_draft: one.had_draft.clone() };
            one.backups.push(backup);
        });
        Ok(())
    }

    fn restore_laptop(&self, laptop: usize) -> Result<(), Fault> {
        let backup = self.with(|state| {
            let backups = state.laptops[laptop].backups.clone();
            state.rng.pick(&backups).cloned()
        });
        let Some(backup) = backup.filter(|_| !self.is_busy(laptop)) else { return Ok(()) };
        self.note(|| format!("laptop {laptop} is put back from a backup"));
        self.with(|state| {
            state.laptops[laptop].drafts = backup.drafts;
            state.laptops[laptop].had_draft = backup.had_draft;
        });
        self.run_on(laptop, &backup.file)
    }

    /// The disk of a laptop is copied, and both go on as the same device.
    fn copy_disk(&self, laptop: usize) -> Result<(), Fault> {
        if self.with(|state| state.laptops.len()) >= MOST_LAPTOPS {
            return Ok(());
        }
        let path = self.file();
        copy_file(self.store(laptop).path(), &path);
        let store =
            said(Store::open(path, self.with(|state| Arc::clone(&state.laptops[laptop].world)) as _))?;
        let copy = self.with(|state| {
            let one = &state.laptops[laptop];
            let copy = Laptop {
                store,
                member: one.member,
                token: one.token.clone(),
                world: Arc::clone(&one.world),
                drafts: one.drafts.clone(),
                had_draft: one.had_draft.clone(),
                backups: Vec::new(),
                busy: 0,
            };
            state.laptops.push(copy);
            state.laptops.len() - 1
        });
        self.note(|| format!("the disk of laptop {laptop} is copied: laptop {copy}"));
        self.check_whole(copy)?;
        self.check_drafts(copy)
    }
}

fn wire(fact: FactRow<'_>) -> WireFact {
    let FactRow { id, kind, author, device, device_no, time, body } = fact;
    let body = serde_json::value::RawValue::from_string(body.into_owned()).unwrap();
    WireFact { id, kind, author, device, device_no, time, body }
}

/// Copies a database with its log.
fn copy_file(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
    let log = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    if log(from).exists() {
        std::fs::copy(log(from), log(to)).unwrap();
    }
}
