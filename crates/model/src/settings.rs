//! A project's name and policies.

use serde::{Deserialize, Deserializer, Serialize, de};
use ts_rs::TS;

use crate::Invalid;

/// When an annotator may be shown what others did on a sample that is assigned to them. Leads see all of it
/// always, observers on their own screens; no laptop of an annotator ever holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Blindness {
    /// Never.
    Always,
    /// Once they submitted it, and a lead resolved it.
    UntilResolution,
    /// Once they submitted it.
    UntilSubmission,
}

impl<'de> Deserialize<'de> for Blindness {
    /// Settings once said true or false, and facts are never rewritten.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Said {
            Flag(bool),
            Word(String),
        }
        let words = || de::Error::custom("blind is always, until_resolution or until_submission");
        match Said::deserialize(from).map_err(|_| words())? {
            Said::Flag(true) => Ok(Self::Always),
            Said::Flag(false) => Ok(Self::UntilSubmission),
            Said::Word(word) => match word.as_str() {
                "always" => Ok(Self::Always),
                "until_resolution" => Ok(Self::UntilResolution),
                "until_submission" => Ok(Self::UntilSubmission),
                _ => Err(words()),
            },
        }
    }
}

/// What a lead decides for the whole project. A whole new version is a fact; the newest one counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// The project's name.
    pub name: String,
    /// When annotators may be shown others' work, or a judge's grades.
    pub blind: Blindness,
    /// Show the models' names while grading.
    pub show_models: bool,
    /// The fewest people from whom an aggregate may be shown to annotators.
    pub minimum_people: u32,
}

impl Settings {
    /// The settings a new project starts with: blind, model names hidden.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), blind: Blindness::Always, show_models: false, minimum_people: 3 }
    }

    /// Refuses an empty or overlong name.
    pub fn check(&self) -> Result<(), Invalid> {
        let length = self.name.trim().chars().count();
        if length == 0 {
            return Err(Invalid::new("name", "is empty", "give the project a name"));
        }
        if length > 120 {
            return Err(Invalid::new(
                "name",
                format!("has {length} characters"),
                "use 120 characters at most",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Blindness, Settings};

    fn read(blind: &serde_json::Value) -> Result<Settings, serde_json::Error> {
        let body = json!({ "name": "n", "blind": blind, "show_models": false, "minimum_people": 3 });
        serde_json::from_value(body)
    }

    #[test]
    fn settings_that_said_true_or_false_are_read_as_what_they_meant() {
        assert_eq!(read(&json!(true)).unwrap().blind, Blindness::Always);
        assert_eq!(read(&json!(false)).unwrap().blind, Blindness::UntilSubmission);
    }

    #[test]
    fn each_policy_is_written_as_its_word_and_read_back() {
        let all = [Blindness::Always, Blindness::UntilResolution, Blindness::UntilSubmission];
        let words = ["always", "until_resolution", "until_submission"];
        for (policy, word) in all.into_iter().zip(words) {
            assert_eq!(serde_json::to_value(policy).unwrap(), json!(word));
            assert_eq!(read(&json!(word)).unwrap().blind, policy);
        }
        assert_eq!(Settings::named("n").blind, Blindness::Always, "unless somebody says otherwise");
    }

    #[test]
    fn what_is_no_policy_is_refused_with_those_that_are() {
        for wrong in [json!("never"), json!(1), json!(null), json!({})] {
            assert!(read(&wrong).unwrap_err().to_string().contains("until_resolution"), "{wrong}");
        }
    }
}
