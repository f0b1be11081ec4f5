//! A plan of assignments: who is to annotate what, before anybody is told.
//!
//! A pure function of what is there, what is wanted and a seed: the same on every machine. What somebody has
//! worked on is never moved; what is assigned and untouched is moved only when the people of the plan change.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Invalid;
use crate::assignment::AssignmentState;
use crate::ids::{MemberId, SampleId};

/// A sample as the plan sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The sample.
    pub sample: SampleId,
    /// Whether its answer is known (component `golden`).
    pub golden: bool,
    /// What it has in common with the samples that are to be spread alike.
    pub stratum: String,
    /// To whom it is assigned now.
    pub assigned: BTreeSet<MemberId>,
    /// Who submitted it or passed it over.
    pub worked: BTreeSet<MemberId>,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanOptions {
    /// The people of the plan. Whoever is not among them loses what they have not touched.
    pub members: BTreeSet<MemberId>,
    /// How many people annotate each sample.
    pub overlap: usize,
    /// Which part of each person's assignments is to be golden samples, 0 to 1; `None` treats them like all
    /// others.
    pub golden_share: Option<f64>,
    /// The most samples that get assignments in this plan; the first ones, stratum by stratum.
    pub limit: Option<usize>,
    /// Decides between what is otherwise equal.
    pub seed: u64,
}

/// One line of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// What.
    pub sample: SampleId,
    /// By whom.
    pub member: MemberId,
    /// To be made, or taken back.
    pub state: AssignmentState,
}

/// What a plan means for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonPlan {
    /// Samples newly assigned.
    pub new: u64,
    /// Samples assigned before that stay with them, done ones included.
    pub kept: u64,
    /// Samples among those that stay which they have worked on.
    pub done: u64,
    /// Untouched samples taken back.
    pub taken_back: u64,
    /// Golden samples among all that are theirs now.
    pub golden: u64,
    /// How many samples of each stratum are theirs now.
    pub by_stratum: BTreeMap<String, u64>,
}

/// A plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What it changes, in the order of the samples.
    pub changes: Vec<Planned>,
    /// What that means for each person it names.
    pub people: BTreeMap<MemberId, PersonPlan>,
    /// Samples that have as many people as wanted.
    pub covered: u64,
    /// Samples with fewer, for want of people.
    pub short: u64,
}

impl PlanOptions {
    /// Refuses what cannot be planned.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.members.is_empty() {
            return Err(Invalid::new("to", "names nobody", "name the people who are to annotate"));
        }
        if self.overlap == 0 || self.overlap > self.members.len() {
            return Err(Invalid::new(
                "overlap",
                format!("is {}, and the plan has {} people", self.overlap, self.members.len()),
                "use 1 to the number of people",
            ));
        }
        if let Some(share) = self.golden_share
            && !(0.0..=1.0).contains(&share)
        {
            return Err(Invalid::new("golden_share", format!("is {share}"), "use 0 to 1"));
        }
        Ok(())
    }
}

/// Where a person is on the way.
struct Load {
    total: usize,
    by_stratum: Vec<usize>,
}

/// Plans. `candidates` in the order of import.
///
/// Each sample gets `overlap` people, counting those who worked on it. Strata are dealt out one after the
/// other, so that each person's share of a stratum differs by one at most where nothing was there before,
/// and so do the totals. With a golden share, golden samples go to everybody up to that share of their
/// assignments, and count towards no overlap.
///
/// # Errors
/// [`PlanOptions::check`].
pub fn plan(candidates: &[Candidate], options: &PlanOptions) -> Result<Plan, Invalid> {
    options.check()?;
    let members: Vec<MemberId> = options.members.iter().copied().collect();
    let place = |member: &MemberId| members.binary_search(member).ok();
    let strata: Vec<&str> = {
        let names: BTreeSet<&str> = candidates.iter().map(|one| one.stratum.as_str()).collect();
        names.into_iter().collect()
    };
    let stratum_of = |one: &Candidate| strata.binary_search(&one.stratum.as_str()).unwrap_or(0);
    let separate_golden = options.golden_share.is_some();
    let in_turn = |one: &&Candidate| !(separate_golden && one.golden);

    let mut order: Vec<&Candidate> = candidates.iter().filter(in_turn).collect();
    let mut random = Random(options.seed);
    let keys: BTreeMap<SampleId, u64> = order.iter().map(|one| (one.sample, random.next())).collect();
    // Those that somebody has already come first: they keep their people. Within a stratum by chance.
    order.sort_by_cached_key(|one| {
        (one.assigned.is_empty() && one.worked.is_empty(), stratum_of(one), keys[&one.sample])
    });
    if let Some(limit) = options.limit {
        order = first_of_each(order, limit, strata.len(), &stratum_of);
    }

    // A fair share, above which an untouched sample is handed on to somebody with less.
    let wanted = order.len() * options.overlap;
    let fair = wanted.div_ceil(members.len());
    let mut loads: Vec<Load> =
        members.iter().map(|_| Load { total: 0, by_stratum: vec![0; strata.len()] }).collect();
    let mut holders: BTreeMap<SampleId, BTreeSet<MemberId>> = BTreeMap::new();
    // First everything that cannot move, then what can stay, then what is missing.
    for one in &order {
        for member in &one.worked {
            if let Some(at) = place(member) {
                loads[at].total += 1;
                loads[at].by_stratum[stratum_of(one)] += 1;
            }
        }
    }
    for one in &order {
        let holding = holders.entry(one.sample).or_insert_with(|| one.worked.clone());
        for member in one.assigned.difference(&one.worked) {
            let Some(at) = place(member) else { continue };
            if holding.len() < options.overlap && loads[at].total < fair {
                holding.insert(*member);
                loads[at].total += 1;
                loads[at].by_stratum[stratum_of(one)] += 1;
            }
        }
    }
    let tie: Vec<u64> = members.iter().map(|_| random.next()).collect();
    for one in &order {
        let stratum = stratum_of(one);
        let holding = holders.entry(one.sample).or_default();
        while holding.len() < options.overlap {
            let free = (0..members.len()).filter(|&at| !holding.contains(&members[at]));
            let Some(at) = free.min_by_key(|&at| {
                (
                    loads[at].by_stratum[stratum],
                    loads[at].total,
                    tie[at].rotate_left((keys[&one.sample] % 64) as u32),
                )
            }) else {
                break;
            };
            holding.insert(members[at]);
            loads[at].total += 1;
            loads[at].by_stratum[stratum] += 1;
        }
    }
    let spread = Spread { overlap: options.overlap, members: &members, stratum_of: &stratum_of };
    // What is new first. Only then, and only from a gap that dealing out never leaves by itself, what somebody
    // has and has not touched: a newcomer gets a share even where everybody else holds no more than theirs.
    even_out(&order, &spread, 1, |one, member| !one.assigned.contains(member), &mut loads, &mut holders);
    even_out(&order, &spread, 1 + usize::from(strata.len() > 1), |_, _| true, &mut loads, &mut holders);
    if let Some(share) = options.golden_share {
        golden(candidates, share, &members, &loads, &mut random, &mut holders);
    }
    Ok(changes(candidates, options, &holders))
}

/// The first samples of each stratum in turn, as many as wanted in all.
fn first_of_each<'a>(
    order: Vec<&'a Candidate>,
    limit: usize,
    strata: usize,
    stratum_of: &impl Fn(&Candidate) -> usize,
) -> Vec<&'a Candidate> {
    let (mut taken, fresh): (Vec<_>, Vec<_>) =
        order.into_iter().partition(|one| !(one.assigned.is_empty() && one.worked.is_empty()));
    let mut by_stratum: Vec<std::collections::VecDeque<&Candidate>> = vec![Default::default(); strata];
    for one in fresh {
        by_stratum[stratum_of(one)].push_back(one);
    }
    let mut left = limit;
    while left > 0 && by_stratum.iter().any(|list| !list.is_empty()) {
        for list in &mut by_stratum {
            if left > 0
                && let Some(one) = list.pop_front()
            {
                taken.push(one);
                left -= 1;
            }
        }
    }
    taken.sort_by_key(|one| (one.assigned.is_empty() && one.worked.is_empty(), stratum_of(one)));
    taken
}

/// Among whom samples are handed on.
struct Spread<'a, F: Fn(&Candidate) -> usize> {
    overlap: usize,
    members: &'a [MemberId],
    stratum_of: &'a F,
}

/// Hands samples on from who has the most to who has the least, until no two loads differ by more than `gap`
/// or nothing is left that may move. What somebody has worked on never does.
fn even_out<F: Fn(&Candidate) -> usize>(
    order: &[&Candidate],
    spread: &Spread<'_, F>,
    gap: usize,
    may_move: impl Fn(&Candidate, &MemberId) -> bool,
    loads: &mut [Load],
    holders: &mut BTreeMap<SampleId, BTreeSet<MemberId>>,
) {
    let members = spread.members;
    if spread.overlap >= members.len() {
        return;
    }
    for one in order.iter().rev() {
        let stratum = (spread.stratum_of)(one);
        let Some(holding) = holders.get_mut(&one.sample) else { continue };
        let movable = (0..members.len()).filter(|&at| {
            holding.contains(&members[at])
                && !one.worked.contains(&members[at])
                && may_move(one, &members[at])
        });
        let Some(most) = movable.max_by_key(|&at| (loads[at].total, at)) else { continue };
        let free = (0..members.len()).filter(|&at| !holding.contains(&members[at]));
        let Some(least) = free.min_by_key(|&at| (loads[at].total, at)) else { continue };
        if loads[most].total > loads[least].total + gap {
            holding.remove(&members[most]);
            holding.insert(members[least]);
            for (at, by) in [(most, -1_isize), (least, 1)] {
                loads[at].total = loads[at].total.saturating_add_signed(by);
                loads[at].by_stratum[stratum] = loads[at].by_stratum[stratum].saturating_add_signed(by);
            }
        }
    }
}

/// Gives everybody golden samples up to the share of what is theirs, the least given ones first.
fn golden(
    candidates: &[Candidate],
    share: f64,
    members: &[MemberId],
    loads: &[Load],
    random: &mut Random,
    holders: &mut BTreeMap<SampleId, BTreeSet<MemberId>>,
) {
    let mut known: Vec<(&Candidate, u64)> =
        candidates.iter().filter(|one| one.golden).map(|one| (one, random.next())).collect();
    let mut given: BTreeMap<SampleId, usize> = BTreeMap::new();
    for (one, _) in &known {
        let holding: BTreeSet<MemberId> = one
            .worked
            .iter()
            .copied()
            .chain(one.assigned.iter().copied().filter(|member| members.contains(member)))
            .collect();
        given.insert(one.sample, holding.len());
        holders.insert(one.sample, holding);
    }
    for (at, member) in members.iter().enumerate() {
        // share = golden / (golden + others)
        let others = loads[at].total as f64;
        let wanted = if share >= 1.0 { known.len() as f64 } else { (share * others / (1.0 - share)).round() };
        let mut has = known
            .iter()
            .filter(|(one, _)| holders.get(&one.sample).is_some_and(|holding| holding.contains(member)))
            .count();
        known.sort_by_key(|(one, key)| {
            (given.get(&one.sample).copied().unwrap_or(0), key.rotate_left(at as u32))
        });
        for (one, _) in &known {
            if has as f64 >= wanted {
                break;
            }
            if holders.entry(one.sample).or_default().insert(*member) {
                *given.entry(one.sample).or_default() += 1;
                has += 1;
            }
        }
    }
}

/// What leads from what is there to what is planned.
fn changes(
    candidates: &[Candidate],
    options: &PlanOptions,
    holders: &BTreeMap<SampleId, BTreeSet<MemberId>>,
) -> Plan {
    let mut plan = Plan::default();
    for member in &options.members {
        plan.people.insert(*member, PersonPlan::default());
    }
    for one in candidates {
        let counted = !(options.golden_share.is_some() && one.golden);
        let Some(holding) = holders.get(&one.sample) else {
            // Beyond the limit: only whoever left the plan loses what they have not touched.
            for member in one.assigned.difference(&one.worked) {
                let person = plan.people.entry(*member).or_default();
                if options.members.contains(member) {
                    person.kept += 1;
                    person.golden += u64::from(one.golden);
                    *person.by_stratum.entry(one.stratum.clone()).or_default() += 1;
                } else {
                    person.taken_back += 1;
                    plan.changes.push(Planned {
                        sample: one.sample,
                        member: *member,
                        state: AssignmentState::Withdrawn,
                    });
                }
            }
            if counted {
                plan.short += 1;
            }
            continue;
        };
        if counted {
            if holding.len() >= options.overlap {
                plan.covered += 1;
            } else {
                plan.short += 1;
            }
        }
        for member in one.assigned.union(holding).collect::<BTreeSet<_>>() {
            let (had, has) = (one.assigned.contains(member), holding.contains(member));
            let worked = one.worked.contains(member);
            let person = plan.people.entry(*member).or_default();
            let state = match (had, has) {
                // Work that was done without an assignment needs none.
                (false, true) if worked => None,
                (false, true) => Some(AssignmentState::Assigned),
                (true, false) if !worked => Some(AssignmentState::Withdrawn),
                _ => None,
            };
            match state {
                Some(AssignmentState::Assigned) => person.new += 1,
                Some(AssignmentState::Withdrawn) => person.taken_back += 1,
                None => {
                    person.kept += 1;
                    person.done += u64::from(worked);
                }
            }
            if state != Some(AssignmentState::Withdrawn) {
                person.golden += u64::from(one.golden);
                *person.by_stratum.entry(one.stratum.clone()).or_default() += 1;
            }
            plan.changes.extend(state.map(|state| Planned { sample: one.sample, member: *member, state }));
        }
    }
    plan
}

/// SplitMix64 (Steele, Lea and Flood 2014): numbers that depend on the seed alone.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
