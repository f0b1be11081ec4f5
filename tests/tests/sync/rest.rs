//! The end of a course: everybody comes back to a network that works, and all is compared.

use std::collections::{BTreeMap, BTreeSet};

use assay_api::{App, AppOptions};
use assay_model::{FactId, Kind, MemberBody, MemberId, Role, SampleId, Settings};
use assay_store::Store;
use assay_sync::wire::{MAX_FACTS, MemberChange, PROTOCOL, SyncRequest};
use serde_json::Value;

use crate::copy::{Contents, Held, plain};
use crate::ledger::{Ledger, about, may_see};
use crate::net::{Letter, Synced};
use crate::sim::{Fault, Sim, said};

/// More rounds than any course needs until nothing moves any more.
const MOST_ROUNDS: usize = 12;

impl Sim {
    /// Lets everything come to rest, and compares.
    pub fn rest(&self) -> Result<(), Fault> {
        self.be_calm(true);
        while self.with(|state| !state.late.is_empty()) {
            self.deliver_late()?;
        }
        self.come_back()?;
        self.settle()?;
        // What was refused is sent once more: it changes nothing that is there.
        if self.with(|state| state.rng.percent(50)) {
            self.note(|| "what was refused is sent again".to_owned());
            for laptop in 0..self.with(|state| state.laptops.len()) {
                let store = self.store(laptop);
                let refused = said(store.refused())?;
                said(store.send_again(&refused.iter().map(|one| one.id).collect::<Vec<_>>()))?;
            }
            self.settle()?;
        }
        let open = self.settle()?;
        self.compare(&open)
    }

    /// Most of those who were removed or have no token come back.
    fn come_back(&self) -> Result<(), Fault> {
        let project = self.project;
        for laptop in 0..self.with(|state| state.laptops.len()) {
            if self.with(|state| state.rng.percent(80)) {
                let member = self.with(|state| state.laptops[laptop].member);
                let change = MemberChange { active: Some(true), ..MemberChange::default() };
                let _done = self.ask(0, |hub, caller| async move {
                    hub.change_member(project, &caller, member, change).await
                })?;
            }
        }
        for laptop in 0..self.with(|state| state.laptops.len()) {
            let known = self.ask(laptop, |hub, caller| async move { hub.projects(&caller).await })?;
            if known.is_err() {
                self.new_token(laptop)?;
            }
        }
        Ok(())
    }

    /// Syncs all laptops in turn until nothing moves; answers which of them the hub serves.
    fn settle(&self) -> Result<BTreeSet<usize>, Fault> {
        for round in 0..MOST_ROUNDS {
            self.note(|| format!("round {round}"));
            let (mut open, mut moved) = (BTreeSet::new(), false);
            for laptop in 0..self.with(|state| state.laptops.len()) {
                match self.sync_calmly(laptop)? {
                    Synced::Whole(outcome) => {
                        open.insert(laptop);
                        let quiet = outcome.pushed + outcome.pulled == 0 && outcome.again.is_none();
                        moved |= !quiet || !outcome.refused.is_empty();
                        if !quiet {
                            self.note(|| format!("  laptop {laptop}: {outcome:?}"));
                        }
                    }
                    Synced::Broken => return Err(format!("laptop {laptop} finds no hub")),
                    Synced::Closed => {}
                }
            }
            if !moved {
                return Ok(open);
            }
        }
        Err("it does not come to rest".to_owned())
    }

    fn compare(&self, open: &BTreeSet<usize>) -> Result<(), Fault> {
        let (facts, known) = self.with(|state| (state.place.facts_after(0), state.ledger.facts.clone()));
        if !facts.iter().eq(known.values()) {
            return Err("facts on the hub changed after they were taken in".to_owned());
        }
        crate::place::by_id(&facts)?;
        let mut contents = BTreeMap::new();
        for laptop in 0..self.with(|state| state.laptops.len()) {
            let store = self.store(laptop);
            self.check_whole(laptop)?;
            self.check_drafts(laptop)?;
            if open.contains(&laptop) {
                let held = Contents::read(store.path());
                self.check_copy(laptop, &store, &held)
                    .map_err(|fault| format!("laptop {laptop}: {fault}"))?;
                contents.insert(laptop, (store, held));
            }
        }
        self.check_pairs(&contents)?;
        self.check_tallies(&contents)?;
        self.check_agreement(&contents)
    }

    /// The file of a laptop is sound, at whatever moment it is looked at.
    pub fn check_whole(&self, laptop: usize) -> Result<(), Fault> {
        let verified = said(self.store(laptop).verify())?;
        if verified.is_ok() {
            return Ok(());
        }
        Err(format!("laptop {laptop}: {}", verified.problems.join("; ")))
    }

    /// Drafts are as they were typed.
    pub fn check_drafts(&self, laptop: usize) -> Result<(), Fault> {
        let (store, drafts) =
            self.with(|state| (state.laptops[laptop].store.clone(), state.laptops[laptop].drafts.clone()));
        for (sample, work) in drafts {
            match store.draft(self.now_called(&store, sample)?) {
                Ok(Some(draft)) if draft.work == work => {}
                other => return Err(format!("laptop {laptop} lost the draft on {sample}: {other:?}")),
            }
        }
        Ok(())
    }

    /// The id that a sample has on a laptop now: the hub's, where another lead brought the same sample first.
    pub fn now_called(&self, store: &Store, sample: SampleId) -> Result<SampleId, Fault> {
        let Some(called) = self.with(|state| state.called.get(&sample).cloned()) else { return Ok(sample) };
        if store.sample(sample).is_ok() {
            return Ok(sample);
        }
        Ok(said(store.sample_by_external(&called))?.map_or(sample, |stored| stored.id))
    }

    fn check_copy(&self, laptop: usize, store: &Store, held: &Contents) -> Result<(), Fault> {
        self.with(|state| {
            let (me, had_draft) = (store.me(), &state.laptops[laptop].had_draft);
            let copy = CopyCheck { me: me.id, role: me.role, ledger: &state.ledger, held };
            copy.members()?;
            copy.feed()?;
            copy.others()?;
            copy.samples(had_draft)?;
            copy.assigned()?;
            copy.newest(store)
        })
    }

    /// Two laptops of one person agree on what counts.
    fn check_pairs(&self, contents: &BTreeMap<usize, (Store, Contents)>) -> Result<(), Fault> {
        for (one, (store, held)) in contents {
            for (other, (others, theirs)) in contents.range(one + 1..) {
                let me = store.me().id;
                if others.me().id != me || !(held.all_sent() && theirs.all_sent()) {
                    continue;
                }
                let mine = |held: &Contents| -> BTreeMap<_, _> {
                    held.heads
                        .iter()
                        .filter(|((_, member), _)| *member == me.0)
                        .map(|(k, v)| (*k, *v))
                        .collect()
                };
                if mine(held) != mine(theirs) {
                    return Err(format!("laptops {one} and {other} of one person disagree on what counts"));
                }
            }
        }
        Ok(())
    }

    /// What the hub counts of each member is what its facts say.
    fn check_tallies(&self, contents: &BTreeMap<usize, (Store, Contents)>) -> Result<(), Fault> {
        let leads = contents.iter().find(|(_, (store, _))| store.me().role != Role::Annotator);
        let Some((laptop, _)) = leads else { return Ok(()) };
        let project = self.project;
        let lines = self.ask(*laptop, |hub, caller| async move { hub.members(project, &caller).await })?;
        let scratch = self.with(|state| crate::scratch::tallies(&state.ledger));
        for line in lines.map_err(crate::sim::text)? {
            let (said, member) = ([line.assigned, line.submitted, line.skipped], line.member.id);
            let counted = scratch.get(&member).copied().unwrap_or_default();
            if said != counted {
                return Err(format!("the hub counts {said:?} of {member}, and there are {counted:?}"));
            }
        }
        Ok(())
    }

    /// The hub's numbers, those of a laptop that sees all, and those from scratch.
    fn check_agreement(&self, contents: &BTreeMap<usize, (Store, Contents)>) -> Result<(), Fault> {
        let project = self.project;
        let mut hubs: Option<Value> = None;
        for (laptop, (store, held)) in contents {
            if store.me().role == Role::Annotator || !held.all_sent() {
                continue;
            }
            let report =
                self.ask(*laptop, |hub, caller| async move { hub.agreement(project, &caller).await })?;
            let hub: Value = report.map_err(crate::sim::text)?;
            let scratch = self.with(|state| crate::scratch::report(&state.ledger));
            if hub != scratch {
                return Err(format!("the hub's numbers are not those from scratch:\n{hub}\n{scratch}"));
            }
            self.check_numbers(*laptop, &hub)?;
            let app = App::new(AppOptions::at(&self.folder));
            let request = serde_json::json!({ "project": store.path() }).to_string();
            let here =
                assay_api::dispatch(&app, "agreement.get", &request).map_err(|error| format!("{error:?}"))?;
            // As texts: reading a number could change its last bit.
            let there = hub.to_string();
            if here != there {
                return Err(format!("the numbers of laptop {laptop} are not the hub's:\n{here}\n{there}"));
            }
            if hubs.replace(hub.clone()).is_some_and(|before| before != hub) {
                return Err("the hub says other numbers each time".to_owned());
            }
        }
        Ok(())
    }

    /// The numbers that an answer brings are those of the report, to the last bit, as they are read at the
    /// other end.
    fn check_numbers(&self, laptop: usize, report: &Value) -> Result<(), Fault> {
        let letter = self.with(|state| {
            let one = &state.laptops[laptop];
            let (client, limit) = ("course".to_owned(), MAX_FACTS);
            let request = SyncRequest { protocol: PROTOCOL, client, cursor: None, facts: Vec::new(), limit };
            Letter { member: one.member, token: one.token.clone(), request }
        });
        let answer = self.deliver(&letter)?.map_err(crate::sim::text)?;
        for one in &answer.agreement {
            let dimensions = report["dimensions"].as_array().into_iter().flatten();
            let dimension = dimensions.into_iter().find(|it| it["dimension"] == one.dimension.as_str());
            let dimension = dimension.ok_or_else(|| format!("{} is not in the report", one.dimension))?;
            for point in &one.coefficients {
                let coefficients = dimension["coefficients"].as_array().into_iter().flatten();
                let same = |it: &&Value| {
                    it["coefficient"] == point.coefficient.as_str()
                        && it["weights"].as_str() == point.weights.as_deref()
                };
                let there =
                    coefficients.into_iter().find(same).map(|it| it["value"].as_f64().map(f64::to_bits));
                if there != Some(point.value.map(f64::to_bits)) {
                    return Err(format!("{point:?} is {there:?} in the report"));
                }
            }
        }
        Ok(())
    }
}

impl Contents {
    /// Whether nothing is here alone: refused, or lost by the hub.
    fn all_sent(&self) -> bool {
        self.facts.values().all(|fact| fact.seq.is_some())
    }
}

struct CopyCheck<'a> {
    me: MemberId,
    role: Role,
    ledger: &'a Ledger,
    held: &'a Contents,
}

impl CopyCheck<'_> {
    /// Names and roles are those that the hub's sequence says last.
    fn members(&self) -> Result<(), Fault> {
        let mut newest = BTreeMap::new();
        for fact in self.ledger.facts.values().filter(|fact| fact.kind == Kind::Member) {
            let body: MemberBody = serde_json::from_str(&fact.body).unwrap();
            newest.insert(body.id, body);
        }
        for (id, body) in newest {
            let role = serde_json::to_value(body.role).unwrap().as_str().unwrap_or_default().to_owned();
            let there = self.held.members.get(&id);
            if there != Some(&(body.name.clone(), role, body.active)) {
                return Err(format!("{body:?} is here {there:?}"));
            }
        }
        Ok(())
    }

    /// What is for this member is here, as it is on the hub, at its place.
    fn feed(&self) -> Result<(), Fault> {
        for fact in self.ledger.facts.values() {
            if !may_see(self.role, self.me, fact.kind, &fact.body) {
                continue;
            }
            let what = format!("the {} {} at {}", fact.kind.word(), fact.id, fact.seq);
            let held = self.held.facts.get(&fact.id).ok_or_else(|| format!("{what} is missing"))?;
            if held.seq != Some(fact.seq as i64) {
                return Err(format!("{what} is here at {:?}", held.seq));
            }
            let same = plain(fact.kind, &held.body) == plain(fact.kind, &fact.body);
            if !same || held.author != fact.author || held.time != fact.time {
                return Err(format!("{what} is here as {held:?}, and was {fact:?}"));
            }
        }
        Ok(())
    }

    /// What else is here is this member's own, or nothing that the hub has.
    fn others(&self) -> Result<(), Fault> {
        for held in self.held.facts.values() {
            let there = self.ledger.of(held.id);
            let sees = may_see(self.role, self.me, held.kind, &held.body);
            match held.seq {
                Some(seq) if there.is_none_or(|there| there.seq as i64 != seq) => {
                    return Err(format!("{held:?} is not there on the hub"));
                }
                Some(_) if sees || held.kind == Kind::Sample || held.author == self.me => {}
                Some(_) => return Err(format!("{held:?} is not for this member")),
                None => self.unsent(held, there.is_some())?,
            }
        }
        Ok(())
    }

    /// Whether what was refused by that code would be taken now: what it waited for is on the hub.
    fn no_more(&self, code: &str, held: &Held) -> bool {
        let body: Value = serde_json::from_str(&held.body).unwrap();
        let there = |named: Option<&Value>| {
            let id = named.and_then(|id| serde_json::from_value::<FactId>(id.clone()).ok());
            id.is_none_or(|id| self.ledger.of(id).is_some())
        };
        let names = ["/sample", "/member", "/annotation/rubric", "/resolution/rubric"];
        let leads = matches!(self.role, Role::Owner | Role::Lead);
        let all_there = names.into_iter().all(|named| there(body.pointer(named)));
        match (code, held.kind) {
            ("unknown", _) => leads && all_there,
            ("not_allowed", Kind::Annotation) if held.whose() == Some(self.me) => {
                let assigned =
                    about(held.kind, &held.body).is_some_and(|key| self.ledger.assigned.contains_key(&key));
                all_there && (leads || (self.role == Role::Annotator && assigned))
            }
            _ => false,
        }
    }

    /// What is on this laptop only.
    fn unsent(&self, held: &Held, there: bool) -> Result<(), Fault> {
        if there {
            // An annotator is not told the places of samples that were not assigned to them.
            if held.kind == Kind::Sample && self.role == Role::Annotator && held.author != self.me {
                return Ok(());
            }
            return Err(format!("{held:?} is on the hub, and is not known to be"));
        }
        if held.author == self.me {
            let code = self.held.refused.get(&held.id).map(String::as_str);
            if code.is_some_and(|code| self.no_more(code, held)) {
                return Err(format!("{held:?} is still refused ({code:?}), and the hub would take it now"));
            }
            return match code {
                // Rubrics and samples clash; roles change; what was refused takes what names it along.
                Some("rubric_conflict" | "sample_conflict" | "not_allowed" | "unknown") => Ok(()),
                code => Err(format!("{held:?} was not sent: {code:?}")),
            };
        }
        if !self.ledger.restored {
            return Err(format!("{held:?} is another's, and the hub never had it"));
        }
        if self.role == Role::Annotator
            && matches!(held.kind, Kind::Annotation | Kind::Assignment | Kind::Resolution)
            && held.whose() != Some(self.me)
        {
            return Err(format!("{held:?} is not for this member"));
        }
        Ok(())
    }

    /// The samples of an annotator: what is assigned to them, what they worked on, and no more.
    fn samples(&self, had_draft: &BTreeSet<SampleId>) -> Result<(), Fault> {
        if self.role != Role::Annotator {
            return Ok(());
        }
        let wanted = |key: &(SampleId, MemberId)| {
            self.ledger.assigned.get(key) == Some(&true) || self.ledger.worked.contains(key)
        };
        let keys = self.ledger.assigned.keys().chain(&self.ledger.worked);
        for key in keys.filter(|key| key.1 == self.me && wanted(key)) {
            if !self.held.samples.contains(&key.0.0) {
                return Err(format!("the sample {} is missing", key.0));
            }
        }
        let named: BTreeSet<SampleId> =
            self.held.facts.values().filter_map(|held| sample_of(held, self.me)).collect();
        for sample in self.held.samples.iter().map(|id| SampleId(*id)) {
            let own = self.held.facts.get(&FactId(sample.0)).is_some_and(|held| held.author == self.me);
            if !(wanted(&(sample, self.me)) || own || had_draft.contains(&sample) || named.contains(&sample))
            {
                return Err(format!("the sample {sample} is not for this member"));
            }
        }
        Ok(())
    }

    /// Who is assigned to what is what the hub's sequence says, as far as this member sees it.
    fn assigned(&self) -> Result<(), Fault> {
        let sees = |member: MemberId| self.role != Role::Annotator || member == self.me;
        for ((sample, member), stands) in self.ledger.assigned.iter().filter(|(key, _)| sees(key.1)) {
            let here = self.held.assigned.get(&(sample.0, member.0));
            if here != Some(stands) {
                return Err(format!("that {sample} is assigned to {member} is {here:?}, and not {stands}"));
            }
        }
        Ok(())
    }

    /// What is current is what the hub's sequence says.
    fn newest(&self, store: &Store) -> Result<(), Fault> {
        let of = |kind| self.ledger.facts.values().rev().find(move |fact| fact.kind == kind);
        let waits = |kind| self.held.facts.values().any(|held| held.kind == kind && held.seq.is_none());
        if let Some(newest) = of(Kind::Settings).filter(|_| !waits(Kind::Settings)) {
            let settings: Settings = serde_json::from_str(&newest.body).unwrap();
            if said(store.settings())? != settings {
                return Err("the settings are not the newest".to_owned());
            }
        }
        if let Some(newest) = of(Kind::Rubric)
            && said(store.rubric())?.id.0 != newest.id.0
        {
            return Err(format!("the rubric is {}, and not {}", said(store.rubric())?.id, newest.id));
        }
        Ok(())
    }
}

/// The sample that own work is on, or an assignment that a hub put back lost and its author did not bring back
/// yet: it stays.
fn sample_of(held: &Held, me: MemberId) -> Option<SampleId> {
    if held.author != me && held.whose() != Some(me) {
        return None;
    }
    let body: Value = serde_json::from_str(&held.body).ok()?;
    match held.kind {
        Kind::Assignment if held.seq.is_some() => None,
        Kind::Annotation | Kind::Resolution | Kind::Assignment => {
            Some(SampleId(body["sample"].as_str()?.parse().ok()?))
        }
        _ => None,
    }
}
