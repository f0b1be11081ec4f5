//! Facts with their places travel both ways.

use assay_sync::wire::Placed;

#[test]
fn a_placed_fact_is_read_back_with_its_body_as_it_was_written() {
    let text = r#"{"seq":3,"id":"01900000-0000-7000-8000-000000000001","kind":"settings","author":"01900000-0000-7000-8000-000000000002","device":"01900000-0000-7000-8000-000000000003","device_no":1,"time":5,"body":{ "name": "x",  "n": 1.0 },"carries":[]}"#;
    let placed: Placed = serde_json::from_str(text).unwrap();
    assert_eq!(placed.fact.body.get(), r#"{ "name": "x",  "n": 1.0 }"#);
    let again: Placed = serde_json::from_str(&serde_json::to_string(&placed).unwrap()).unwrap();
    assert_eq!(again.seq, 3);
    assert_eq!(again.fact.body.get(), placed.fact.body.get());
}

#[test]
fn a_number_is_read_to_the_last_bit() {
    // Read by `serde_json` alone, this one ends in …484.
    let text = r#"{"coefficient":"gwet_ac1","weights":null,"value":0.4660529344073648}"#;
    let number: assay_sync::wire::PointNumber = serde_json::from_str(text).unwrap();
    assert_eq!(number.value, Some(0.466_052_934_407_364_8));
    let none = r#"{"coefficient":"gwet_ac1","weights":null,"value":null,"undefined":"no_raters"}"#;
    assert_eq!(serde_json::from_str::<assay_sync::wire::PointNumber>(none).unwrap().value, None);
}
