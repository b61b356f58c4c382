//! The JSON Schema of the record, draft 2020-12, from the types of its members.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{Member, SCHEMA};

/// Adds one member's schema to a set of properties.
pub type Property = fn(&mut SchemaGenerator) -> (&'static str, Schema);

/// The property of one member type, for a tool's list of the members it knows.
pub fn property<M: Member>(generator: &mut SchemaGenerator) -> (&'static str, Schema) {
    (M::NAME, generator.subschema_for::<M>())
}

/// The schema of a record with these members. Others are allowed: they pass through.
#[must_use]
pub fn record(title: &str, members: &[Property]) -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut properties = Map::new();
    properties.insert("schema".to_owned(), json!({"const": SCHEMA}));
    properties.insert(
        "asset_id".to_owned(),
        json!({"type": "string", "pattern": "^[A-Za-z0-9]([A-Za-z0-9._ -]{0,98}[A-Za-z0-9])?$"}),
    );
    properties.insert("region".to_owned(), json!({"type": "string"}));
    for member in members {
        let (name, schema) = member(&mut generator);
        properties.insert(name.to_owned(), schema.to_value());
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "required": ["schema"],
        "properties": properties,
        "$defs": generator.take_definitions(true),
    })
}

/// The schema of one line of a list.
#[must_use]
pub fn line<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}
