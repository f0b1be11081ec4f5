//! The interface's types are those of the surface. `cargo xtask types` writes them.

use std::fs;
use std::path::Path;

#[test]
fn the_types_of_the_interface_are_those_of_the_surface() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("ui/src/lib/backend/types.ts");
    let types = assay_api::typescript_types();
    if std::env::var_os("ASSAY_TYPES").is_some_and(|what| what == "write") {
        fs::write(&file, types).unwrap();
        return;
    }
    let written = fs::read_to_string(&file).unwrap();
    let differs = written.lines().zip(types.lines()).position(|(written, types)| written != types);
    assert!(
        written == types,
        "{} differs from crates/api at line {:?}: run `cargo xtask types`",
        file.display(),
        differs.map(|line| line + 1)
    );
}
