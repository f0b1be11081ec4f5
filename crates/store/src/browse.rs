//! Looking through the samples: filters, pages, counts, facets.
//!
//! A page costs what it takes to find its rows from where the last one ended. Counts by facets, or by state
//! alone, are read off the tallies; any other count looks at the samples.

use std::collections::BTreeMap;

use assay_model::{Component, ExternalId, SampleId};
use rusqlite::{Connection, Row, ToSql};
use serde_json::Value;

use crate::error::Result;
use crate::{Store, rows};

/// Where a sample stands for me.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SampleState {
    /// To do.
    Todo,
    /// Submitted.
    Done,
    /// Passed over.
    Skipped,
    /// With work of mine under way, whatever came before.
    Draft,
}

/// Which samples; everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SampleFilter {
    /// Of this component.
    pub component: Option<Component>,
    /// Of this task type.
    pub task_type: Option<String>,
    /// In this locale.
    pub locale: Option<String>,
    /// With a response by this model.
    pub model: Option<String>,
    /// Standing so for me.
    pub state: Option<SampleState>,
    /// With this text in its name, its messages or its responses; case does not matter for a–z.
    pub text: Option<String>,
}

/// A sample as a row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleRow {
    /// Its id.
    pub id: SampleId,
    /// Its place in the order of import.
    pub n: i64,
    /// Its name where it came from.
    pub external_id: ExternalId,
    /// One line that tells it from others.
    pub title: String,
    /// Which part of the dataset it belongs to.
    pub component: Component,
    /// What kind of task it is.
    pub task_type: Option<String>,
    /// Its language.
    pub locale: Option<String>,
    /// Which group of users it came from.
    pub segment: Option<String>,
    /// How many responses it has.
    pub responses: u32,
    /// The models that made them.
    pub models: Vec<String>,
    /// Where it stands for me: to do, done or skipped; `None` if it is not mine to do.
    pub state: Option<SampleState>,
    /// Whether work of mine is under way.
    pub has_draft: bool,
}

/// Some rows, and where the next ones begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows, in the order of import.
    pub rows: Vec<SampleRow>,
    /// What to give as `after` for the next page; `None` when this is the last.
    pub next: Option<i64>,
}

/// How many samples a filter finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SampleCount {
    /// At least so many.
    pub count: u64,
    /// Whether that is all of them.
    pub exact: bool,
}

/// The values that occur, each with its number of samples, in the order of the values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// By component.
    pub components: Vec<(Component, u64)>,
    /// By task type.
    pub task_types: Vec<(String, u64)>,
    /// By locale.
    pub locales: Vec<(String, u64)>,
    /// By model; a sample counts for each model of its responses.
    pub models: Vec<(String, u64)>,
}

/// Beyond this many, a filtered count stops.
const COUNTED: i64 = 10_000;

/// A filter as SQL: what to select from (each has the sample as `s`), conditions, and their parameters.
pub(crate) struct Where {
    from: &'static str,
    /// The column by which the source lists the samples in order of import.
    order: &'static str,
    conditions: String,
    parameters: Vec<(&'static str, Box<dyn ToSql>)>,
}

impl SampleFilter {
    /// Whether this holds every sample.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn to_sql(&self, me: i64) -> Where {
        let (from, order, state) = match self.state {
            None => ("sample s", "s.n", None),
            Some(SampleState::Todo) => {
                ("todo t CROSS JOIN sample s ON s.n = t.sample", "t.sample", Some("t.member = :me"))
            }
            Some(SampleState::Done) => {
                (FROM_HEADS, "h.sample", Some("h.member = :me AND h.state = 'submitted'"))
            }
            Some(SampleState::Skipped) => {
                (FROM_HEADS, "h.sample", Some("h.member = :me AND h.state = 'skipped'"))
            }
            Some(SampleState::Draft) => {
                ("draft d CROSS JOIN sample s ON s.n = d.sample", "d.sample", Some("d.member = :me"))
            }
        };
        let mut sql = Where { from, order, conditions: String::new(), parameters: Vec::new() };
        if let Some(state) = state {
            sql.and(state, ":me", me);
        }
        if let Some(component) = self.component {
            sql.and("s.component = :component", ":component", component.name());
        }
        if let Some(task_type) = &self.task_type {
            sql.and("s.task_type = :task_type", ":task_type", task_type.clone());
        }
        if let Some(locale) = &self.locale {
            sql.and("s.locale = :locale", ":locale", locale.clone());
        }
        if let Some(model) = &self.model {
            sql.and("instr(s.models, :model) > 0", ":model", quoted(model));
        }
        if let Some(text) = &self.text {
            // The body is JSON: what is looked for must be escaped as it is there. That it stands in a text
            // (and not in a key or a role) is asked only of the few bodies that hold it at all.
            let escaped = quoted(text);
            let inner = escaped.get(1..escaped.len() - 1).unwrap_or_default();
            sql.and("s.body LIKE :json ESCAPE '\\'", ":json", pattern(inner));
            sql.and(include_str!("browse_text.sql"), ":text", pattern(text));
        }
        sql
    }
}

const FROM_HEADS: &str =
    "annotation_head h INDEXED BY annotation_head_state CROSS JOIN sample s ON s.n = h.sample";

/// A text as JSON, in its quotes.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// A LIKE pattern for what holds `text`.
fn pattern(text: &str) -> String {
    format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

impl Where {
    fn and(&mut self, condition: &str, name: &'static str, value: impl ToSql + 'static) {
        self.conditions.push_str(if self.conditions.is_empty() { " WHERE " } else { " AND " });
        self.conditions.push_str(condition);
        self.parameters.push((name, Box::new(value)));
    }

    /// Adds a parameter that no condition uses.
    fn with(&mut self, name: &'static str, value: impl ToSql + 'static) {
        self.parameters.push((name, Box::new(value)));
    }

    /// The numbers of the samples found, as a query.
    pub(crate) fn numbers(&self) -> String {
        format!("SELECT s.n FROM {}{}", self.from, self.conditions)
    }

    pub(crate) fn parameters(&self) -> Vec<(&str, &dyn ToSql)> {
        self.parameters.iter().map(|(name, value)| (*name, &**value)).collect()
    }
}

fn sample_row(row: &Row<'_>) -> rusqlite::Result<SampleRow> {
    let component: String = row.get(4)?;
    let state: Option<String> = row.get(10)?;
    let is_todo: bool = row.get(11)?;
    Ok(SampleRow {
        id: rows::id(row, 0)?,
        n: row.get(1)?,
        external_id: ExternalId(row.get(2)?),
        title: row.get(3)?,
        component: Component::from_name(&component).unwrap_or_default(),
        task_type: row.get(5)?,
        locale: row.get(6)?,
        segment: row.get(7)?,
        responses: row.get(8)?,
        models: rows::json(row, 9)?,
        state: match state.as_deref() {
            Some("submitted") => Some(SampleState::Done),
            Some("skipped") => Some(SampleState::Skipped),
            _ => is_todo.then_some(SampleState::Todo),
        },
        has_draft: row.get(12)?,
    })
}

impl Store {
    /// A page of the samples that the filter finds, in the order of import, after the sample of number
    /// `after`.
    pub fn samples(&self, filter: &SampleFilter, after: Option<i64>, limit: usize) -> Result<Page> {
        let me = self.inner.me_n;
        let mut sql = filter.to_sql(me);
        let order = sql.order;
        sql.and(&format!("{order} > :after"), ":after", after.unwrap_or(i64::MIN));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX - 1);
        // One more than asked for, to know whether there is a next page.
        sql.with(":limit", limit.saturating_add(1));
        if filter.state.is_none() {
            sql.with(":me", me);
        }
        let query = format!(
            "{} FROM {}{} ORDER BY {order} LIMIT :limit",
            include_str!("browse_columns.sql"),
            sql.from,
            sql.conditions
        );
        self.read(|connection| {
            let mut query = connection.prepare_cached(&query)?;
            let found = query.query_map(&*sql.parameters(), sample_row)?;
            let mut rows: Vec<SampleRow> = found.collect::<rusqlite::Result<_>>()?;
            let more = rows.len() as i64 > limit;
            if more {
                rows.pop();
            }
            let next = if more { rows.last().map(|row| row.n) } else { None };
            Ok(Page { rows, next })
        })
    }

    /// How many samples the filter finds. Exact, and the same cost whatever the number of samples, by facets
    /// (or none) and by state alone; by both, or by text, it stops at ten thousand.
    pub fn sample_count(&self, filter: &SampleFilter) -> Result<SampleCount> {
        self.read(|sql| {
            if let Some(count) = tallied(sql, filter, self.inner.me_n)? {
                return Ok(SampleCount { count, exact: true });
            }
            let found = filter.to_sql(self.inner.me_n);
            let query = format!("SELECT COUNT(*) FROM ({} LIMIT {})", found.numbers(), COUNTED + 1);
            let mut query = sql.prepare_cached(&query)?;
            let count: i64 = query.query_row(&*found.parameters(), |row| row.get(0))?;
            Ok(SampleCount { count: count.min(COUNTED).unsigned_abs(), exact: count <= COUNTED })
        })
    }

    /// What to filter by: the components, task types, locales and models that occur.
    pub fn facets(&self) -> Result<Facets> {
        let tally = self.read(tally)?;
        let by = |value: fn(&Kind) -> &str| {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for kind in tally.iter().filter(|kind| !value(kind).is_empty()) {
                *counts.entry(value(kind).to_owned()).or_default() += kind.count;
            }
            counts
        };
        let mut models: BTreeMap<String, u64> = BTreeMap::new();
        for kind in &tally {
            for model in &kind.models {
                *models.entry(model.clone()).or_default() += kind.count;
            }
        }
        let by_component = by(|kind| &kind.component);
        let count_of = |component: Component| Some((component, *by_component.get(component.name())?));
        Ok(Facets {
            components: Component::ALL.into_iter().filter_map(count_of).collect(),
            task_types: by(|kind| &kind.task_type).into_iter().collect(),
            locales: by(|kind| &kind.locale).into_iter().collect(),
            models: models.into_iter().collect(),
        })
    }
}

/// How many samples there are of one kind.
struct Kind {
    component: String,
    task_type: String,
    locale: String,
    models: Vec<String>,
    count: u64,
}

fn tally(sql: &Connection) -> Result<Vec<Kind>> {
    let mut query = sql.prepare_cached(
        "SELECT component, task_type, locale, models, count FROM sample_tally WHERE count > 0",
    )?;
    let kinds = query.query_map([], |row| {
        Ok(Kind {
            component: row.get(0)?,
            task_type: row.get(1)?,
            locale: row.get(2)?,
            models: rows::json(row, 3)?,
            count: rows::count(row, 4)?,
        })
    })?;
    Ok(kinds.collect::<rusqlite::Result<_>>()?)
}

/// The count by a filter that the tallies answer.
fn tallied(sql: &Connection, filter: &SampleFilter, me: i64) -> Result<Option<u64>> {
    let SampleFilter { component, task_type, locale, model, state, text } = filter;
    // A tally does not tell an empty value from none.
    let is_empty = |value: &Option<String>| value.as_deref() == Some("");
    if text.is_some() || is_empty(task_type) || is_empty(locale) {
        return Ok(None);
    }
    let Some(state) = state else {
        let same = |wanted: Option<&str>, value: &str| wanted.is_none_or(|wanted| wanted == value);
        let found = tally(sql)?.into_iter().filter(|kind| {
            same(component.map(Component::name), &kind.component)
                && same(task_type.as_deref(), &kind.task_type)
                && same(locale.as_deref(), &kind.locale)
                && model.as_ref().is_none_or(|model| kind.models.contains(model))
        });
        return Ok(Some(found.map(|kind| kind.count).sum()));
    };
    if component.is_some() || task_type.is_some() || locale.is_some() || model.is_some() {
        return Ok(None);
    }
    let column = match state {
        SampleState::Todo => "todo",
        SampleState::Done => "done",
        SampleState::Skipped => "skipped",
        SampleState::Draft => "drafts",
    };
    let mut query = sql.prepare_cached(&format!("SELECT {column} FROM member_tally WHERE member = ?1"))?;
    Ok(Some(query.query_row([me], |row| rows::count(row, 0))?))
}
