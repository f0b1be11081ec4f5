//! The window's TypeScript, generated from the types of the surface. The output is committed, and a test
//! fails when it has drifted.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use ts_rs::{Config, TS, TypeVisitor};

use crate::commands;
use crate::wire::Event;

/// Declarations gathered so far.
pub(crate) struct Declarations {
    config: Config,
    seen: HashSet<TypeId>,
    types: BTreeMap<String, String>,
    commands: String,
}

impl Declarations {
    /// Adds a command with everything its request and answer are made of.
    pub(crate) fn command<Request: TS + 'static, Answer: TS + 'static>(&mut self, name: &str, doc: &str) {
        self.visit::<Request>();
        self.visit::<Answer>();
        let (request, answer) = (Request::name(&self.config), Answer::name(&self.config));
        let _ = writeln!(
            self.commands,
            "  /** {} */\n  \"{name}\": {{ request: {request}; answer: {answer} }};",
            doc.trim()
        );
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let docs = T::docs().unwrap_or_default();
            let declaration = format!("{docs}export {}\n", T::decl(&self.config));
            self.types.insert(T::ident(&self.config), declaration);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

/// The whole file, as it stands in `ui/src/lib/backend/types.ts`.
pub fn types() -> String {
    let config = Config::new().with_large_int("number");
    let mut found =
        Declarations { config, seen: HashSet::new(), types: BTreeMap::new(), commands: String::new() };
    commands::declare(&mut found);
    TypeVisitor::visit::<Event>(&mut found);
    TypeVisitor::visit::<crate::ApiError>(&mut found);
    let mut file = String::from(
        "// Generated from crates/api by `cargo xtask types`. Do not edit.\n\n/** Every command: name, request, answer. */\nexport interface Commands {\n",
    );
    file.push_str(&found.commands);
    file.push_str("}\n");
    for declaration in found.types.values() {
        file.push('\n');
        file.push_str(declaration);
    }
    file
}
