//! What a new project begins with.

use assay_api::wire::Project;
use assay_api::{App, AppOptions, dispatch};

#[test]
fn a_new_project_begins_with_a_rubric_that_explains_and_exemplifies_every_level() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::new(AppOptions::at(folder.path()));
    let made = dispatch(&app, "project.create", r#"{"name":"New"}"#).unwrap();
    let rubric = serde_json::from_str::<Project>(&made).unwrap().rubric.rubric;
    let weights: Vec<_> = rubric.dimensions.iter().map(|one| (one.id.as_str(), one.weight)).collect();
    assert_eq!(
        weights,
        [("accuracy", 35.0), ("relevance", 25.0), ("completeness", 15.0), ("tone", 10.0), ("safety", 15.0)]
    );
    for dimension in &rubric.dimensions {
        assert!(!dimension.description.is_empty() && dimension.threshold.is_some(), "{}", dimension.name);
        assert_eq!(dimension.levels.len(), 5, "{}", dimension.name);
        for level in &dimension.levels {
            let said = !level.meaning.is_empty() && !level.example.is_empty();
            assert!(said, "{} {}", dimension.name, level.grade.number());
        }
    }
    assert!(!rubric.reason_codes.is_empty() && rubric.verdicts.len() == 3);
}
