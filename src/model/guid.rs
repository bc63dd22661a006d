//! GUIDs as numbers, so that case, braces and missing dashes do not matter in comparisons.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Displayed in lower case with dashes; parsed in any case, with or without braces or dashes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub u128);

impl Guid {
    /// Parses a GUID. The all-zero GUID is `None`, because in UiPath exports it identifies nothing.
    pub fn parse(text: &str) -> Option<Guid> {
        let text = text.trim();
        let inner = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
        let is_dashed = inner.len() == 36;
        if !is_dashed && inner.len() != 32 {
            return None;
        }
        let mut value: u128 = 0;
        for (index, byte) in inner.bytes().enumerate() {
            if is_dashed && matches!(index, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            value = value << 4 | u128::from((byte as char).to_digit(16)?);
        }
        (value != 0).then_some(Guid(value))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            (v >> 96) as u32,
            (v >> 80) as u16,
            (v >> 64) as u16,
            (v >> 48) as u16,
            v & 0xffff_ffff_ffff
        )
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Guid {
    type Err = String;

    fn from_str(text: &str) -> Result<Guid, String> {
        Guid::parse(text).ok_or_else(|| format!("not a GUID: {text}"))
    }
}

/// Text in human-readable formats, 16 big-endian bytes in others.
impl Serialize for Guid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0.to_be_bytes())
        }
    }
}

impl<'de> Deserialize<'de> for Guid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Guid, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(GuidForm)
        } else {
            deserializer.deserialize_any(GuidForm)
        }
    }
}

/// Accepts 16 bytes and text; older states store text.
struct GuidForm;

impl Visitor<'_> for GuidForm {
    type Value = Guid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GUID")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Guid, E> {
        let bytes = bytes.try_into().map_err(E::custom)?;
        Ok(Guid(u128::from_be_bytes(bytes)))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Guid, E> {
        text.parse().map_err(E::custom)
    }
}

impl JsonSchema for Guid {
    fn schema_name() -> Cow<'static, str> {
        "Guid".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_written_forms_are_one_guid() {
        let plain = Guid::parse("0F6F6A0E-2C55-4B8F-9D6E-3B0A51C7E9AA");
        assert!(plain.is_some());
        assert_eq!(plain, Guid::parse("{0f6f6a0e-2c55-4b8f-9d6e-3b0a51c7e9aa}"));
        assert_eq!(plain, Guid::parse("0f6f6a0e2c554b8f9d6e3b0a51c7e9aa"));
        assert_eq!(
            plain.map(|g| g.to_string()).as_deref(),
            Some("0f6f6a0e-2c55-4b8f-9d6e-3b0a51c7e9aa")
        );
    }

    #[test]
    fn other_text_is_not_a_guid() {
        for text in [
            "",
            "sql-main",
            "00000000-0000-0000-0000-000000000000",
            "0f6f6a0e-2c55-4b8f-9d6e-3b0a51c7e9a",
        ] {
            assert_eq!(Guid::parse(text), None, "{text}");
        }
    }
}
