//! Requests to the hub's router, each of whose answers is held against the OpenAPI document.

use std::collections::BTreeSet;

use assay_hub::Hub;
use assay_hub::http::{Peer, Settings, openapi, router};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// A hub's router, and the document of what it answers to.
pub struct Front {
    router: Router,
    pub document: Value,
}

/// An answer.
pub struct Said {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The code of an error.
    pub fn code(&self) -> String {
        let error = self.json();
        for field in ["message", "hint"] {
            assert!(error[field].as_str().is_some_and(|text| !text.is_empty()), "{error}");
        }
        error["code"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// One operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    pub described: Value,
}

impl Operation {
    pub fn id(&self) -> &str {
        self.described["operationId"].as_str().unwrap()
    }
}

impl Front {
    pub fn new(hub: &Hub) -> Self {
        Self::with(hub, Settings::default())
    }

    pub fn with(hub: &Hub, settings: Settings) -> Self {
        Self { router: router(hub.clone(), settings), document: openapi() }
    }

    /// All operations.
    pub fn operations(&self) -> Vec<Operation> {
        let mut found = Vec::new();
        for (path, methods) in self.document["paths"].as_object().unwrap() {
            for (method, described) in methods.as_object().unwrap() {
                let method: Method = method.to_ascii_uppercase().parse().unwrap();
                found.push(Operation { method, path: path.clone(), described: described.clone() });
            }
        }
        found
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Said {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let bytes = answer.into_body().collect().await.unwrap().to_bytes().to_vec();
        assert_eq!(headers.get("x-content-type-options").unwrap(), "nosniff");
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
        assert!(headers.contains_key("x-request-id"));
        Said { status, headers, bytes }
    }

    /// Calls an operation at an address, and holds the answer against the document.
    pub async fn call(
        &self,
        operation: &Operation,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Said {
        let mut request = Request::builder().method(operation.method.clone()).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let said = self.send(request.extension(Peer([127, 0, 0, 1].into())).body(body).unwrap()).await;
        self.fits(operation, &said);
        said
    }

    fn fits(&self, operation: &Operation, said: &Said) {
        let id = operation.id();
        let described = &operation.described["responses"][said.status.to_string()];
        assert!(described.is_object(), "{id} answers {}, which the document does not know", said.status);
        let kind = said.header("content-type").split(';').next().unwrap();
        let schema = &described["content"][kind]["schema"];
        assert!(schema.is_object(), "{id} answers {kind}, which the document does not know");
        if kind == "application/json"
            && let Err(fault) = check(schema, &said.json(), &self.document)
        {
            panic!("{id}, status {}: {fault}\n{}", said.status, said.json());
        }
    }
}

/// Whether a value is what a schema says, and has nothing that the schema does not name.
pub fn check(schema: &Value, value: &Value, document: &Value) -> Result<(), String> {
    let named = fits(schema, value, document)?;
    let Value::Object(fields) = value else { return Ok(()) };
    match named {
        Some(named) => match fields.keys().find(|name| !named.contains(*name)) {
            Some(unknown) => Err(format!("the schema does not name “{unknown}”")),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// The names that a schema knows of an object; `None` where it allows any.
type Named = Option<BTreeSet<String>>;

fn fits(schema: &Value, value: &Value, document: &Value) -> Result<Named, String> {
    let Value::Object(words) = schema else { return Ok(None) };
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut any = !words.contains_key("properties");
    for (word, says) in words {
        match word.as_str() {
            "description" | "title" | "format" | "pattern" | "default" | "examples" => {}
            "$ref" => {
                let found = document.pointer(says.as_str().unwrap().trim_start_matches('#')).unwrap();
                match fits(found, value, document)? {
                    Some(more) => (any, named) = (false, &named | &more),
                    None => any = true,
                }
            }
            "type" => {
                let kinds: Vec<&str> = match says {
                    Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
                    kind => vec![kind.as_str().unwrap()],
                };
                if !kinds.iter().any(|kind| is(kind, value)) {
                    return Err(format!("{value} is not {says}"));
                }
            }
            "const" if says != value => return Err(format!("{value} is not {says}")),
            "enum" if !says.as_array().unwrap().contains(value) => {
                return Err(format!("{value} is none of {says}"));
            }
            "const" | "enum" => {}
            "minimum" | "maximum" => {
                let (bound, number) = (says.as_f64().unwrap(), value.as_f64().unwrap_or_default());
                if if word == "minimum" { number < bound } else { number > bound } {
                    return Err(format!("{value} is beyond {says}"));
                }
            }
            "minLength" | "maxLength" | "maxItems" => {}
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    check(says, item, document)?;
                }
            }
            "required" => {
                let missing =
                    says.as_array().unwrap().iter().find(|name| value.get(name.as_str().unwrap()).is_none());
                if let (Some(name), true) = (missing, value.is_object()) {
                    return Err(format!("{name} is missing"));
                }
            }
            "properties" => {
                for (name, schema) in says.as_object().unwrap() {
                    named.insert(name.clone());
                    if let Some(value) = value.get(name) {
                        check(schema, value, document).map_err(|fault| format!("{name}: {fault}"))?;
                    }
                }
            }
            "additionalProperties" => any |= *says != json!(false),
            "anyOf" | "oneOf" => {
                let mut faults = Vec::new();
                let found = says
                    .as_array()
                    .unwrap()
                    .iter()
                    .find_map(|one| fits(one, value, document).map_err(|fault| faults.push(fault)).ok());
                match found {
                    Some(Some(more)) => (any, named) = (any && !words.contains_key("oneOf"), &named | &more),
                    Some(None) => {}
                    None => return Err(faults.join("; or ")),
                }
            }
            other => return Err(format!("the schema has “{other}”, which this test does not know")),
        }
    }
    Ok((!any).then_some(named))
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
