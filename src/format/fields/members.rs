//! The members of a JSON object in their order, with values left as text until asked for: numbers
//! that no machine number holds stay as they are, and duplicate keys stay visible.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::format::limits::MAX_DEPTH;
use crate::format::parsed::Reject;
use crate::model::Guid;

/// The members of one object.
#[derive(Debug)]
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;
        impl<'de> Visitor<'de> for Ordered {
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
        deserializer.deserialize_map(Ordered)
    }
}

struct MemberKey<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for MemberKey<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
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
        deserializer.deserialize_str(Borrowing)
    }
}

impl<'a> Members<'a> {
    /// Reads the object that `text` begins with; returns it and the text behind it.
    pub fn parse_front(text: &'a str) -> Result<(Members<'a>, &'a str), Reject> {
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

    /// Reads an object and nothing else.
    pub fn parse(text: &'a str) -> Result<Members<'a>, Reject> {
        let (members, rest) = Members::parse_front(text)?;
        if rest.trim_matches(['\0', ' ', '\t', '\r', '\n', ',']).is_empty() {
            Ok(members)
        } else {
            Err(Reject("text behind the JSON object".to_string()))
        }
    }

    /// The first value of a key: exact spelling before any case.
    pub fn first(&self, key: &str) -> Option<&'a RawValue> {
        let exact = self.0.iter().find(|(name, _)| name == key);
        exact.or_else(|| self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(key))).map(|(_, v)| *v)
    }

    /// The last value of a key: exact spelling before any case.
    pub fn last(&self, key: &str) -> Option<&'a RawValue> {
        let exact = self.0.iter().rfind(|(name, _)| name == key);
        exact.or_else(|| self.0.iter().rfind(|(n, _)| n.eq_ignore_ascii_case(key))).map(|(_, v)| *v)
    }

    /// True when the key is there, in any case, with a value that is not null.
    pub fn has(&self, key: &str) -> bool {
        self.first(key).is_some_and(|v| v.get() != "null")
    }

    /// The first of these keys that holds a non-empty text or a number.
    pub fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.first(key).and_then(scalar)).filter(|t| !t.is_empty())
    }

    /// The first of these keys that holds a GUID.
    pub fn guid(&self, keys: &[&str]) -> Option<Guid> {
        keys.iter().find_map(|key| Guid::parse(&self.first(key).and_then(scalar)?))
    }

    /// The first of these keys that holds a whole number, written as a number or as text.
    pub fn number(&self, keys: &[&str]) -> Option<i64> {
        keys.iter().find_map(|key| self.first(key).and_then(scalar)?.trim().parse().ok())
    }

    /// The object a key holds.
    pub fn object(&self, key: &str) -> Option<Members<'a>> {
        serde_json::from_str(self.first(key)?.get()).ok()
    }

    /// All members.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (key.as_ref(), *value))
    }
}

/// A string or number as text; `None` for null, objects, arrays and booleans.
pub fn scalar(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        b'"' => string(value.get()),
        b'-' | b'0'..=b'9' => Some(value.get().to_string()),
        _ => None,
    }
}

/// Decodes a JSON string; lone surrogates (a message cut in the middle) become U+FFFD.
pub fn string(json: &str) -> Option<String> {
    if let Ok(text) = serde_json::from_str::<String>(json) {
        return Some(text);
    }
    struct Bytes(Vec<u8>);
    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Any;
            impl Visitor<'_> for Any {
                type Value = Bytes;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a string")
                }
                fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    Ok(Bytes(bytes.to_vec()))
                }
            }
            deserializer.deserialize_bytes(Any)
        }
    }
    let bytes: Bytes = serde_json::from_str(json).ok()?;
    Some(String::from_utf8_lossy(&bytes.0).into_owned())
}

/// True if brackets open more often than they may nest, in strings as well: hardly any text.
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
    fn duplicates_and_odd_numbers_stay() -> Result<(), Reject> {
        let members = Members::parse(r#"{"a":1e999,"A":"x","a":2,"s":"\ud83d"}"#)?;
        assert_eq!(members.first("a").map(|v| v.get()), Some("1e999"));
        assert_eq!(members.last("a").map(|v| v.get()), Some("2"));
        assert_eq!(members.text(&["s"]).as_deref(), Some("\u{fffd}\u{fffd}\u{fffd}"));
        assert!(Members::parse(r#"{"a":NaN}"#).is_err());
        Ok(())
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Members::parse(&deep).is_err());
    }
}
