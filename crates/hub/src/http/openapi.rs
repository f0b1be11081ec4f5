//! The document of the hub's API, OpenAPI 3.1, made from the table of operations and the types of what
//! travels.
//!
//! Besides what OpenAPI knows, each operation says in `x-assay-access` who may: `open` (no token), `token`
//! (any), `publisher` (whoever used an invite to the hub itself) or `members`, of the roles in
//! `x-assay-roles`; `x-assay-own` says that every member may for what is their own.

use std::collections::BTreeMap;

use assay_model::Role;
use assay_sync::wire::{HubCode, HubError};
use axum::http::StatusCode;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::failure::{JSON, status};
use super::operation::{Access, Operation};
use super::operations::place_in_words;

/// The whole document.
pub(super) fn document(operations: &[Operation]) -> Value {
    let settings = || {
        SchemaSettings::draft2020_12().with(|settings| {
            settings.meta_schema = None;
            settings.definitions_path = "/components/schemas".into();
        })
    };
    let mut taken = settings().for_deserialize().into_generator();
    let mut given = settings().for_serialize().into_generator();
    let error = given.subschema_for::<HubError>().to_value();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let described = described(operation, &mut taken, &mut given, &error);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_ascii_lowercase()] = described;
    }
    let mut schemas = given.take_definitions(true);
    for (name, schema) in taken.take_definitions(true) {
        // What is both taken and given may leave out more when it is taken.
        schemas.insert(name, schema);
    }
    schemas.values_mut().for_each(bound_numbers);
    schemas.sort_keys();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Assay hub",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The team server of Assay: one append-only sequence of facts for each project.",
            "description": "Bodies are JSON, as they are or compressed with zstd (content encoding). Every \
                            answer that is no success is a HubError. How a team syncs is described in \
                            docs/sync.md.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token that the device made when it joined.",
                },
            },
        },
    })
}

fn described(
    operation: &Operation,
    taken: &mut SchemaGenerator,
    given: &mut SchemaGenerator,
    error: &Value,
) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [if operation.path.starts_with("/api/") { "team" } else { "hub" }],
        "parameters": parameters(operation.path),
    });
    if let Some(schema) = operation.takes {
        let mut schema = schema(taken).to_value();
        bound_numbers(&mut schema);
        described["requestBody"] = json!({
            "required": true,
            "description": format!("At most {} bytes, unpacked.", operation.largest),
            "content": { JSON: { "schema": schema } },
        });
    }
    let (kind, schema) = operation.gives;
    let schema = match schema {
        Some(schema) => schema(given).to_value(),
        None if kind == JSON => json!({ "type": "object" }),
        None => json!({ "type": "string" }),
    };
    let kind = kind.split(';').next().unwrap_or(kind);
    let mut answers = json!({ "200": { "description": "Done.", "content": { kind: { "schema": schema } } } });
    for (status, codes) in failures(operation) {
        answers[status.as_str()] = json!({
            "description": codes.join(", "),
            "content": { JSON: { "schema": error } },
        });
    }
    described["responses"] = answers;
    described["security"] = match operation.access {
        Access::Open => json!([]),
        _ => json!([{ "token": [] }]),
    };
    who_may(operation.access, &mut described);
    described
}

fn who_may(access: Access, described: &mut Value) {
    let (word, roles): (&str, Option<&[Role]>) = match access {
        Access::Open => ("open", None),
        Access::Token => ("token", None),
        Access::Publisher => ("publisher", None),
        Access::Roles(roles) | Access::RolesOrOwn(roles) => ("members", Some(roles)),
    };
    described["x-assay-access"] = json!(word);
    if let Some(roles) = roles {
        described["x-assay-roles"] = json!(roles);
    }
    if matches!(access, Access::RolesOrOwn(_)) {
        described["x-assay-own"] = json!(true);
    }
}

fn parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            json!({
                "name": name,
                "in": "path",
                "required": true,
                "description": place_in_words(name),
                "schema": { "type": "string", "format": "uuid" },
            })
        })
        .collect()
}

/// The errors that an operation may answer with, as words, by status.
fn failures(operation: &Operation) -> BTreeMap<StatusCode, Vec<String>> {
    let mut found: BTreeMap<StatusCode, Vec<String>> = BTreeMap::new();
    let mut add = |status: StatusCode, code: HubCode| {
        let word = json!(code).as_str().unwrap_or_default().to_owned();
        let words = found.entry(status).or_default();
        if !words.contains(&word) {
            words.push(word);
        }
    };
    let mut codes = operation.fails.to_vec();
    codes.extend([HubCode::Unavailable, HubCode::Internal]);
    if operation.access != Access::Open {
        codes.push(HubCode::NotSignedIn);
    }
    if operation.takes.is_some() {
        codes.extend([HubCode::BadRequest, HubCode::TooLarge]);
        add(StatusCode::UNSUPPORTED_MEDIA_TYPE, HubCode::BadRequest);
        add(StatusCode::REQUEST_TIMEOUT, HubCode::Unavailable);
    }
    for code in codes {
        add(status(code), code);
    }
    found
}

/// Says the bounds that a number's type has, in place of formats that JSON Schema does not know.
fn bound_numbers(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let bounds = match map.get("format").and_then(Value::as_str) {
                Some("uint" | "uint64") => Some((json!(0), json!(u64::MAX))),
                Some("uint32") => Some((json!(0), json!(u32::MAX))),
                Some("int64") => Some((json!(i64::MIN), json!(i64::MAX))),
                _ => None,
            };
            if let Some((least, most)) = bounds {
                map.shift_remove("format");
                map.entry("minimum").or_insert(least);
                map.entry("maximum").or_insert(most);
            }
            map.values_mut().for_each(bound_numbers);
        }
        Value::Array(values) => values.iter_mut().for_each(bound_numbers),
        _ => {}
    }
}
