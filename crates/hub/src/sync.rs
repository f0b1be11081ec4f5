//! One step of a sync, start to end.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use assay_model::{FactId, ProjectId, Role, Timestamp};
use assay_sync::wire::{Cursor, HubCode, HubError, MAX_FACTS, SyncAnswer, SyncRequest, Verdict, View};
use sha2::{Digest as _, Sha256};

use crate::agreement::{Change, Memory, Numbers};
use crate::db::{DbError, Outcome, Tx};
use crate::hear::{Heard, hear};
use crate::known::Rubrics;
use crate::people::Caller;
use crate::project::{Membership, OwnFacts, Project, caller, locked, seen};
use crate::take_in::{Taken, take_in};
use crate::{Hub, expiry, page, people, say};

/// What a transaction of a sync left for the agreement.
struct Step {
    answer: SyncAnswer,
    project: Project,
    /// The head before this request.
    before: u64,
    changes: Vec<Change>,
    rubrics: Rubrics,
    due: Due,
}

/// Which numbers an answer brings, besides those that its request changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// All: something was read, and this was the end of it.
    All,
    /// Others wrote what this member does not see. Which dimensions too few people are left in is said at once,
    /// for the laptop is not to show numbers of fewer.
    Untold,
    Nothing,
}

impl Hub {
    /// One step of a sync: takes facts in, and gives what comes after the cursor.
    ///
    /// # Errors
    /// As a hub says them; nothing of the request was taken in then, or all of it was and sending it again
    /// answers the same.
    pub async fn sync(
        &self,
        project: ProjectId,
        caller: &Caller,
        request: SyncRequest,
    ) -> Result<SyncAnswer, HubError> {
        say::protocol(request.protocol)?;
        if request.facts.len() > MAX_FACTS {
            return Err(say::error(
                HubCode::TooLarge,
                format!("{} facts are more than the {MAX_FACTS} of one request", request.facts.len()),
                "send them in several requests",
            ));
        }
        let ask = Ask {
            project,
            caller: caller.clone(),
            cursor: request.cursor,
            limit: request.limit,
            epoch: Arc::clone(&self.inner.epoch),
            now: self.inner.world.now(),
        };
        let step = if request.facts.is_empty() {
            self.pull(ask, caller).await?
        } else {
            let facts = request.facts;
            let heard =
                tokio::task::spawn_blocking(move || hear(facts)).await.map_err(|_| crate::db::internal())?;
            self.push(ask, heard).await?
        };
        let memory = self.memory(project);
        memory.rubrics().extend(step.rubrics.iter().map(|(id, rubric)| (*id, Arc::clone(rubric))));
        let mut answer = step.answer;
        if step.due != Due::Nothing || !step.changes.is_empty() {
            let Step { project, before, changes, due, .. } = step;
            let numbers = self.agreement_after(memory, project, answer.role, before, changes, due).await?;
            (answer.agreement, answer.untold) = (numbers.said, numbers.untold);
        }
        Ok(answer)
    }

    async fn pull(&self, ask: Ask, caller: &Caller) -> Outcome<Step> {
        let step = self.inner.db.read({
            let ask = ask.clone();
            move |tx| {
                let project = seen(tx, ask.project)?;
                let me = crate::project::caller(tx, project.as_ref(), ask.caller.account)?;
                let project = project.ok_or_else(say::no_project)?;
                if expiry::is_due(tx, project.n, ask.now.0)? {
                    return Ok(None);
                }
                ask.answer(tx, project, &me, None).map(Some)
            }
        });
        if let Some(step) = step.await? {
            self.saw(caller);
            return Ok(step);
        }
        let own = self.own_facts();
        let world = Arc::clone(&self.inner.world);
        self.inner
            .db
            .write(move |tx| {
                let (mut project, me) = ask.enter(tx)?;
                while expiry::take_back(tx, &mut project, own, || world.id())? > 0 {}
                ask.answer(tx, project, &me, None)
            })
            .await
    }

    async fn push(&self, ask: Ask, heard: Vec<Heard>) -> Outcome<Step> {
        let rubrics =
            self.memories().get(&ask.project).map(|memory| memory.rubrics().clone()).unwrap_or_default();
        let own = self.own_facts();
        let world = Arc::clone(&self.inner.world);
        self.inner
            .db
            .write(move |tx| {
                let (mut project, me) = ask.enter(tx)?;
                ask.fits(tx, &project, &me)?;
                if expiry::is_due(tx, project.n, ask.now.0)? {
                    while expiry::take_back(tx, &mut project, own, || world.id())? > 0 {}
                }
                let taken = take_in(tx, &mut project, &me, &heard, rubrics)?;
                people::saw(tx, &ask.caller, ask.now)?;
                // The first push of an owner may have named them, and nothing else of a caller changes by it.
                ask.answer(tx, project, &me, Some(taken))
            })
            .await
    }

    async fn agreement_after(
        &self,
        memory: Arc<Memory>,
        project: Project,
        role: Role,
        before: u64,
        changes: Vec<Change>,
        due: Due,
    ) -> Outcome<Numbers> {
        let fewest = match View::of(role) {
            View::All => 0,
            View::Own => project.minimum_people,
        };
        let changed = !changes.is_empty();
        let followed = tokio::task::spawn_blocking({
            let (memory, project) = (Arc::clone(&memory), project.clone());
            move || {
                let mut live = memory.live();
                let touched = live.follow(before, &project, &changes)?;
                let only = |touched| if due == Due::All { None } else { Some(touched) };
                Ok::<_, DbError>(
                    touched.as_ref().map(|touched| live.numbers(only(touched), due != Due::Nothing, fewest)),
                )
            }
        });
        if let Some(numbers) = followed.await.map_err(|_| crate::db::internal())?? {
            return Ok(numbers);
        }
        // Others wrote meanwhile, perhaps through another process. Which dimensions this request changed can
        // no longer be told from what they did, so all are said.
        self.inner
            .db
            .read(move |tx| {
                let Some(project) = seen(tx, project.id)? else { return Ok(Numbers::default()) };
                let mut live = memory.live();
                live.catch_up(tx, &project)?;
                let none = BTreeSet::new();
                let only = if changed || due == Due::All { None } else { Some(&none) };
                Ok(live.numbers(only, true, fewest))
            })
            .await
    }
}

/// What is asked, besides facts.
#[derive(Clone)]
struct Ask {
    project: ProjectId,
    caller: Caller,
    cursor: Option<Cursor>,
    limit: usize,
    epoch: Arc<Epoch>,
    now: Timestamp,
}

/// What this hub is.
pub(crate) struct Epoch {
    pub name: String,
    pub key: Vec<u8>,
}

impl Epoch {
    /// The mark of a place: nobody without the key can say it of a history that they did not read.
    fn mark(&self, seq: u64, id: FactId) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.key);
        hash.update(seq.to_be_bytes());
        hash.update(id.bytes());
        hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The mark of a place of a project; `None` where nothing stands there.
    fn mark_at(&self, tx: &mut dyn Tx, project: &Project, seq: u64) -> Result<Option<String>, DbError> {
        if seq == 0 {
            return Ok(Some(String::new()));
        }
        let Ok(place) = i64::try_from(seq) else { return Ok(None) };
        let sql = "SELECT id FROM fact WHERE p = $1 AND seq = $2";
        let rows = tx.query(sql, &[project.n.into(), place.into()])?;
        let Some(mut row) = rows.into_iter().next() else { return Ok(None) };
        Ok(Some(self.mark(seq, FactId(row.uuid(0)?))))
    }
}

impl Ask {
    /// Locks the project and finds who asks.
    fn enter(&self, tx: &mut dyn Tx) -> Outcome<(Project, Membership)> {
        let project = locked(tx, self.project)?;
        let me = caller(tx, project.as_ref(), self.caller.account)?;
        Ok((project.ok_or_else(say::no_project)?, me))
    }

    /// Whether the cursor is one of this history, and of what the member may see now.
    fn fits(&self, tx: &mut dyn Tx, project: &Project, me: &Membership) -> Outcome<()> {
        let Some(cursor) = &self.cursor else { return Ok(()) };
        let mark =
            if cursor.epoch == self.epoch.name { self.epoch.mark_at(tx, project, cursor.seq)? } else { None };
        if mark.as_ref() != Some(&cursor.mark) {
            return Err(say::error(
                HubCode::EpochChanged,
                "this hub has another history than the one that was read",
                "the laptop reads from the beginning and sends again what the hub does not have",
            ));
        }
        if cursor.view != View::of(me.body.role) {
            return Err(say::error(
                HubCode::ViewChanged,
                "your role changed what you may see",
                "the laptop reads from the beginning",
            ));
        }
        Ok(())
    }

    /// What comes after the cursor.
    fn answer(
        &self,
        tx: &mut dyn Tx,
        project: Project,
        me: &Membership,
        taken: Option<Taken>,
    ) -> Outcome<Step> {
        if taken.is_none() {
            self.fits(tx, &project, me)?;
        }
        let taken = taken.unwrap_or_else(|| Taken {
            before: project.head,
            receipts: Vec::new(),
            changes: Vec::new(),
            rubrics: Rubrics::new(),
        });
        let brought: HashSet<FactId> = taken
            .receipts
            .iter()
            .filter(|receipt| matches!(receipt.verdict, Verdict::Accepted(_)))
            .map(|receipt| receipt.id)
            .collect();
        let from = self.cursor.as_ref().map_or(0, |cursor| cursor.seq);
        // The project is locked: what stands behind its last place before is what this request brought.
        let page = page::between(tx, &project, &me.body, (from, taken.before), self.limit, &brought)?;
        let digest = if page.more { None } else { Some(page::digest(tx, &project, &me.body)?) };
        let mark = self.epoch.mark_at(tx, &project, page.seq)?.unwrap_or_default();
        let due = match &self.cursor {
            _ if page.more => Due::Nothing,
            Some(cursor) if page.facts.is_empty() && cursor.seq == taken.before => Due::Nothing,
            Some(_) if page.facts.is_empty() => Due::Untold,
            _ => Due::All,
        };
        let answer = SyncAnswer {
            receipts: taken.receipts,
            facts: page.facts,
            cursor: Cursor {
                epoch: self.epoch.name.clone(),
                view: View::of(me.body.role),
                seq: page.seq,
                mark,
            },
            more: page.more,
            digest,
            role: me.body.role,
            agreement: Vec::new(),
            untold: Vec::new(),
        };
        let before = taken.before;
        Ok(Step { answer, project, before, changes: taken.changes, rubrics: taken.rubrics, due })
    }
}

impl Hub {
    /// Under what the hub writes facts itself.
    pub(crate) fn own_facts(&self) -> OwnFacts {
        OwnFacts { device: self.inner.device, time: self.inner.world.now().0 }
    }

    /// Takes back assignments whose time has passed, in all projects; answers how many projects had some.
    /// A sync does so for its project by itself; this is for those that nobody syncs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_assignments(&self, now: Timestamp) -> Result<usize, HubError> {
        let due = self.inner.db.read(move |tx| Ok(expiry::projects_due(tx, now.0)?)).await?;
        let projects = due.len();
        for id in due {
            let own = OwnFacts { device: self.inner.device, time: now.0 };
            let world = Arc::clone(&self.inner.world);
            let more = move |tx: &mut dyn Tx| {
                let Some(mut project) = locked(tx, ProjectId(id))? else { return Ok(0) };
                Ok(expiry::take_back(tx, &mut project, own, || world.id())?)
            };
            while self.inner.db.write(more.clone()).await? > 0 {}
        }
        Ok(projects)
    }

    /// The whole report on agreement, `assay.agreement/1`, for those who see all.
    ///
    /// # Errors
    /// `not_allowed` for annotators.
    pub async fn agreement(&self, project: ProjectId, asks: &Caller) -> Result<serde_json::Value, HubError> {
        let (hub, account) = (self.clone(), asks.account);
        let picture = self
            .inner
            .db
            .read(move |tx| {
                let project = seen(tx, project)?;
                let me = caller(tx, project.as_ref(), account)?;
                if View::of(me.body.role) == View::Own {
                    return Err(say::not_allowed("see the report on agreement"));
                }
                let project = project.ok_or_else(say::no_project)?;
                let memory = hub.memory(project.id);
                let mut live = memory.live();
                live.catch_up(tx, &project)?;
                Ok(live.picture())
            })
            .await?;
        let report = tokio::task::spawn_blocking(move || picture.report()).await;
        Ok(report.map_err(|_| crate::db::internal())??)
    }
}
