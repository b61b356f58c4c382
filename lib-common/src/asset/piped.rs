//! Input that is either a record or asset lines.

use serde_json::Value;

use super::Asset;
use crate::{Error, Exit, Record, Result};

/// What a tool that takes both found on its stdin.
#[derive(Clone, Debug, PartialEq)]
pub enum Piped {
    /// A record.
    Record(Box<Record>),
    /// Asset lines, each with its text as it came in. A JSON array of them is read too.
    Lines(Vec<(Asset, String)>),
}

impl Piped {
    /// Tells them apart: an array, or an object with a member `type`, are lines.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let first = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>().next();
        let is_line = match first {
            Some(Ok(Value::Object(object))) => object.contains_key("type"),
            _ => is_array(bytes),
        };
        match is_line {
            true => Self::lines(bytes).map(Self::Lines),
            false => Record::parse(bytes).map(|record| Self::Record(Box::new(record))),
        }
    }

    /// Reads lines; none is a valid number of them.
    pub fn lines(bytes: &[u8]) -> Result<Vec<(Asset, String)>> {
        if is_array(bytes) {
            let items: Vec<Value> = serde_json::from_slice(bytes)
                .map_err(|error| not_lines(format!("it is not one JSON array: {error}")))?;
            let items = items.into_iter().enumerate();
            return items
                .map(|(at, item)| Ok((read(&item, &format!("[{at}]"))?, item.to_string())))
                .collect();
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| not_lines(format!("they are not UTF-8: {error}")))?;
        let numbered = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        numbered
            .map(|(number, line)| {
                let place = format!("line {number}");
                let value: Value = serde_json::from_str(line).map_err(|error| {
                    not_lines(format!("{place}: it is not a JSON object: {error}"))
                })?;
                Ok((read(&value, &place)?, line.to_owned()))
            })
            .collect()
    }
}

fn is_array(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'[')
}

fn read(value: &Value, place: &str) -> Result<Asset> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = match error.path().to_string() {
            path if path == "." => String::new(),
            path => format!("{path}: "),
        };
        not_lines(format!("{place}: {path}{}", error.inner()))
    })
}

fn not_lines(why: String) -> Error {
    Error::new(Exit::BadInput, "the input is not asset lines")
        .because(why)
        .next("give the lines that `ail-assets list` prints with --output ndjson or json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(piped: Piped) -> Vec<String> {
        match piped {
            Piped::Lines(lines) => lines.into_iter().map(|(asset, _)| asset.id).collect(),
            Piped::Record(record) => panic!("a record: {record:?}"),
        }
    }

    #[test]
    fn lines_and_arrays_are_lines_and_a_record_is_a_record() {
        let lines = b"{\"type\":\"image\",\"id\":\"a\"}\n\n{\"type\":\"stack\",\"id\":\"b\"}\n";
        assert_eq!(ids(Piped::parse(lines).expect("lines")), ["a", "b"]);
        let array = b"[{\"type\":\"image\",\"id\":\"a\"}]\n";
        assert_eq!(ids(Piped::parse(array).expect("an array")), ["a"]);
        let record = Piped::parse(b"{\"schema\":\"ail/1\"}").expect("a record");
        assert_eq!(record, Piped::Record(Box::default()));
        assert_eq!(Piped::lines(b"").expect("no lines"), []);
    }

    #[test]
    fn a_line_comes_out_as_it_went_in() {
        let line = r#"{"type":"image","id":"a","mine":1.50}"#;
        assert_eq!(Piped::lines(line.as_bytes()).expect("a line")[0].1, line);
    }

    #[test]
    fn what_is_neither_says_where_it_is_wrong() {
        for (input, reason) in [
            ("", "the input is not a record\n  it is empty"),
            ("{\"id\":1}", "schema: expected \"ail/1\", found nothing"),
            ("{\"type\":\"x\",\"id\":\"a\"}", "line 1: type: unknown variant `x`"),
            ("{\"type\":\"image\"}", "line 1: missing field `id`"),
            ("{\"type\":\"image\",\"id\":\"a\"}\n{\"ty", "line 2: it is not a JSON object: EOF"),
            ("[{\"type\":\"image\",\"id\":7}]", "[0]: id: invalid type: integer `7`"),
            ("[] []", "it is not one JSON array: trailing characters"),
        ] {
            let error = Piped::parse(input.as_bytes()).expect_err(input);
            assert_eq!(error.exit(), Exit::BadInput);
            assert!(error.to_string().contains(reason), "{input}: {error}");
        }
    }
}
