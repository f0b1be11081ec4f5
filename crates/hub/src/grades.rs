//! The grades of one annotation in a few bytes: `accuracy=4,tone=3;accuracy=5`, responses between `;`.
//!
//! Only grades given stand there; “not applicable” is no rating. Dimensions' ids are short names of letters,
//! digits and `_`, so nothing needs quoting. Work that is not blind any more has no grades that count.

use assay_model::Work;

/// The grades of a work that count for agreement.
pub(crate) fn pack(work: &Work) -> String {
    let mut text = String::new();
    if work.informed {
        return text;
    }
    for (at, response) in work.responses.iter().enumerate() {
        if at > 0 {
            text.push(';');
        }
        for (n, (dimension, grade)) in response.given().enumerate() {
            if n > 0 {
                text.push(',');
            }
            text.push_str(dimension.as_str());
            text.push('=');
            text.push(char::from(b'0' + grade.number()));
        }
    }
    text
}

/// Each grade as (response, dimension, number).
pub(crate) fn each(text: &str) -> impl Iterator<Item = (u8, &str, u8)> {
    (0..).zip(text.split(';')).flat_map(|(response, grades)| {
        grades.split(',').filter_map(move |grade| {
            let (dimension, number) = grade.split_once('=')?;
            Some((response, dimension, number.parse().ok()?))
        })
    })
}

#[cfg(test)]
mod tests {
    use assay_model::Work;

    use super::{each, pack};

    #[test]
    fn grades_come_out_as_they_went_in() {
        let work: Work = serde_json::from_str(
            r#"{"responses":[{"grades":{"accuracy":4,"tone":null}},{"grades":{}},{"grades":{"accuracy":1,"tone":5}}]}"#,
        )
        .unwrap();
        let text = pack(&work);
        assert_eq!(text, "accuracy=4;;accuracy=1,tone=5");
        let found: Vec<_> = each(&text).collect();
        assert_eq!(found, [(0, "accuracy", 4), (2, "accuracy", 1), (2, "tone", 5)]);
        assert_eq!(each("").count(), 0);
    }
}
