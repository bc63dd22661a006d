//! The JSON Schema of a signature file, for editors that check TOML while it is written. Derived
//! from the types that `load` reads; problems that only `check` finds are not covered.

use schemars::schema_for;

use crate::model::SignatureFile;

/// The schema, in draft 2020-12 of JSON Schema.
pub fn schema() -> serde_json::Value {
    schema_for!(SignatureFile).to_value()
}
