//! Instants as stored in rows: each row has several, and a number takes half the bytes of an RFC
//! 3339 text.

use serde::{Deserialize, Deserializer, Serialize};

use crate::model::Instant;

/// New rows hold microseconds since 1970; rows of earlier table versions hold RFC 3339.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum CompactTime {
    Micros(i64),
    Rfc3339(Instant),
}

impl CompactTime {
    pub(crate) fn new(instant: Instant) -> CompactTime {
        CompactTime::Micros(instant.0)
    }

    pub(crate) fn instant(&self) -> Instant {
        match self {
            CompactTime::Micros(micros) => Instant(*micros),
            CompactTime::Rfc3339(instant) => *instant,
        }
    }
}

/// For `#[serde(deserialize_with)]` on an optional instant.
pub(crate) fn deserialize<'de, D>(deserializer: D) -> Result<Option<Instant>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Option::<CompactTime>::deserialize(deserializer)?.map(|time| time.instant()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_stored_forms_are_read() {
        for micros in [0, 1, -1, 1_773_473_784_204_000] {
            let instant = Instant(micros);
            let number = serde_json::to_string(&CompactTime::new(instant)).unwrap();
            let rfc_3339 = serde_json::to_string(&instant).unwrap();
            for text in [number, rfc_3339] {
                let read = serde_json::from_str::<CompactTime>(&text).unwrap();
                assert_eq!(read.instant(), instant, "{text}");
            }
        }
    }
}
