//! The members of a JSON object in their order. Values stay text until a caller asks for them, so that
//! numbers beyond every machine type and duplicate keys are preserved. Knows no field of any export.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::format::limits::MAX_DEPTH;
use crate::format::parsed::Reject;
use crate::model::Guid;

#[derive(Debug)]
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(key) = map.next_key::<MemberKey<'de>>()? {
                    members.push((key.0, map.next_value::<&'de RawValue>()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MemberKey<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for MemberKey<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = MemberKey<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<MemberKey<'de>, E> {
                Ok(MemberKey(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<MemberKey<'de>, E> {
                Ok(MemberKey(Cow::Owned(text.to_string())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl<'a> Members<'a> {
    /// Parses the object at the start of `text`. Returns it and the text after it.
    pub fn parse_prefix(text: &'a str) -> Result<(Members<'a>, &'a str), Reject> {
        if may_be_deep(text) && nesting(text) > MAX_DEPTH {
            return Err(Reject(format!("JSON nested deeper than {MAX_DEPTH}")));
        }
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Members<'a>>();
        match stream.next() {
            Some(Ok(members)) => Ok((members, &text[stream.byte_offset()..])),
            Some(Err(error)) => Err(Reject(format!("not valid JSON: {error}"))),
            None => Err(Reject("no JSON object".to_string())),
        }
    }

    /// Parses an object. Other text after it, except blanks and commas, is an error.
    pub fn parse(text: &'a str) -> Result<Members<'a>, Reject> {
        let (members, rest) = Members::parse_prefix(text)?;
        if rest.trim_matches(['\0', ' ', '\t', '\r', '\n', ',']).is_empty() {
            Ok(members)
        } else {
            Err(Reject("text after the JSON object".to_string()))
        }
    }

    /// The first value of a key. An exact match wins over one that differs in case.
    pub fn first(&self, key: &str) -> Option<&'a RawValue> {
        let exact = self.0.iter().find(|(name, _)| name == key);
        exact.or_else(|| self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(key))).map(|(_, v)| *v)
    }

    /// The last value of a key. An exact match wins over one that differs in case.
    pub fn last(&self, key: &str) -> Option<&'a RawValue> {
        let exact = self.0.iter().rfind(|(name, _)| name == key);
        exact.or_else(|| self.0.iter().rfind(|(n, _)| n.eq_ignore_ascii_case(key))).map(|(_, v)| *v)
    }

    /// True when the key is present, ignoring case, and its value is not null.
    pub fn has(&self, key: &str) -> bool {
        self.first(key).is_some_and(|v| v.get() != "null")
    }

    /// The value of the first of these keys whose value is a string or a number; `None` if it is empty.
    pub fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.first(key).and_then(scalar)).filter(|t| !t.is_empty())
    }

    /// The value of the first of these keys whose value is a GUID.
    pub fn guid(&self, keys: &[&str]) -> Option<Guid> {
        keys.iter().find_map(|key| Guid::parse(&self.first(key).and_then(scalar)?))
    }

    /// The value of the first of these keys whose value is an integer, written as a number or a string.
    pub fn number(&self, keys: &[&str]) -> Option<i64> {
        keys.iter().find_map(|key| self.first(key).and_then(scalar)?.trim().parse().ok())
    }

    /// The values of a member known by the last part of its dotted name, whose case is ignored, in
    /// order: `Public.ConnectionId` is `connectionId`. Also those of objects inside, which may be
    /// written as strings, down to `depth` levels.
    pub fn by_last_part(&self, key: &str, depth: usize) -> Vec<String> {
        let mut values = Vec::new();
        for (name, value) in &self.0 {
            if name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(key)) {
                values.extend(scalar(value).filter(|text| !text.is_empty()));
            } else if depth > 0 && value.get().trim_start_matches('"').starts_with('{') {
                let inner = object_text(value);
                if let Ok(members) = Members::parse(inner.trim()) {
                    values.extend(members.by_last_part(key, depth - 1));
                }
            }
        }
        values
    }

    pub fn object(&self, key: &str) -> Option<Members<'a>> {
        serde_json::from_str(self.first(key)?.get()).ok()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), *value))
    }
}

/// The text of an object, which some exports write as a string.
pub fn object_text(value: &RawValue) -> Cow<'_, str> {
    if value.get().starts_with('"') {
        Cow::Owned(decode_string(value.get()).unwrap_or_default())
    } else {
        Cow::Borrowed(value.get())
    }
}

/// A string or number as text; `None` for null, objects, arrays and booleans.
pub fn scalar(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => decode_string(value.get()),
        b'-' | b'0'..=b'9' => Some(value.get().to_string()),
        _ => None,
    }
}

/// Decodes a JSON string. A lone surrogate, where a message was cut, becomes U+FFFD.
pub fn decode_string(json: &str) -> Option<String> {
    if let Ok(text) = serde_json::from_str::<String>(json) {
        return Some(text);
    }
    struct Bytes(Vec<u8>);
    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct BytesVisitor;
            impl Visitor<'_> for BytesVisitor {
                type Value = Bytes;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a string")
                }
                fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    Ok(Bytes(bytes.to_vec()))
                }
            }
            deserializer.deserialize_bytes(BytesVisitor)
        }
    }
    let bytes: Bytes = serde_json::from_str(json).ok()?;
    Some(String::from_utf8_lossy(&bytes.0).into_owned())
}

/// A cheap test before [`nesting`]: true when the text has more opening brackets than levels are
/// allowed, including those in strings.
fn may_be_deep(text: &str) -> bool {
    memchr::memchr2_iter(b'{', b'[', text.as_bytes()).nth(MAX_DEPTH).is_some()
}

/// The deepest nesting of brackets outside strings.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_keys_and_large_numbers_are_preserved() -> Result<(), Reject> {
        let members = Members::parse(r#"{"a":1e999,"A":"x","a":2,"s":"\ud83d"}"#)?;
        assert_eq!(members.first("a").map(|v| v.get()), Some("1e999"));
        assert_eq!(members.last("a").map(|v| v.get()), Some("2"));
        assert_eq!(members.text(&["s"]).as_deref(), Some("\u{fffd}\u{fffd}\u{fffd}"));
        assert!(Members::parse(r#"{"a":NaN}"#).is_err());
        Ok(())
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Members::parse(&deep).is_err());
    }
}
