use proptest::prelude::*;
use serde_json::json;

use super::*;

fn refusal(input: &str) -> String {
    let error = Record::parse(input.as_bytes()).expect_err("refused");
    assert_eq!(error.exit(), Exit::BadInput);
    error.to_string()
}

#[test]
fn each_broken_input_is_refused_with_its_reason() {
    for (input, reason) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("{\"schema\":\"ail/1\"", "it is not one JSON object: EOF while parsing an object"),
        ("hello", "it is not one JSON object: expected value at line 1 column 1"),
        ("[1]", "expected a JSON object, found an array"),
        ("{}", "schema: expected \"ail/1\", found nothing"),
        ("{\"schema\":\"ail/2\"}", "schema: expected \"ail/1\", found \"ail/2\""),
        ("{\"schema\":1}", "schema: expected \"ail/1\", found 1"),
        ("{\"schema\":\"ail/1\"}{\"schema\":\"ail/1\"}", "trailing characters"),
        ("{\"schema\":\"ail/1\",\"asset_id\":7}", "asset_id: invalid type: integer `7`"),
        ("{\"schema\":\"ail/1\",\"asset_id\":\"a/b\"}", "asset_id: an asset id is made of"),
        ("{\"schema\":\"ail/1\",\"region\":[]}", "region: invalid type: sequence"),
    ] {
        let text = refusal(input);
        assert!(text.contains(reason), "{input}: {text}");
    }
}

#[test]
fn a_wrong_type_is_named_by_its_path() {
    let input = json!({"schema": SCHEMA, "instance": {"id": "i-1", "host": "h", "port": "22", "user": "u"}});
    let record = Record::parse(input.to_string().as_bytes()).expect("a record");
    let error = record.require::<Instance>().expect_err("wrong type");
    assert_eq!(error.exit(), Exit::BadInput);
    assert!(
        error.to_string().contains("instance.port: invalid type: string \"22\", expected u16"),
        "{error}"
    );
}

#[test]
fn a_missing_member_says_who_makes_it() {
    let error = Record::default().require::<Image>().expect_err("missing");
    assert_eq!(
        error.to_string(),
        "the record has no member `image`\n  next: make it with `ail-ami create`"
    );
}

#[test]
fn the_head_comes_first_and_members_keep_their_place() {
    let mut record =
        Record::parse(br#"{"schema":"ail/1","x":1,"region":"old"}"#).expect("a record");
    record.set_region("eu-central-1");
    record.set_asset_id(&"1.0".parse().expect("valid"));
    assert_eq!(
        record.to_value().to_string(),
        r#"{"schema":"ail/1","asset_id":"1.0","x":1,"region":"eu-central-1"}"#
    );
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".*", inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn unknown_members_pass_through_untouched(
        unknown in prop::collection::vec(("x-.*", json_value()), 0..5)
    ) {
        let mut members: Map<String, Value> = unknown.into_iter().collect();
        members.insert("schema".to_owned(), SCHEMA.into());
        let before = Value::Object(members);
        let mut record = Record::parse(before.to_string().as_bytes()).expect("a record");
        record.set(&Exports::default());
        record.remove::<Exports>();
        prop_assert_eq!(record.to_value().to_string(), before.to_string());
    }

    #[test]
    fn any_bytes_are_a_record_or_a_clear_refusal(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = Record::parse(&bytes) {
            prop_assert_eq!(error.exit(), Exit::BadInput);
        }
    }

    #[test]
    fn a_truncated_record_is_never_read_as_one(cut in 0usize..60) {
        let whole = br#"{"schema":"ail/1","asset_id":"1.0","region":"eu-central-1"}"#;
        prop_assert_eq!(Record::parse(&whole[..cut.min(whole.len())]).is_ok(), cut >= whole.len());
    }
}
