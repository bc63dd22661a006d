//! Instants as rows keep them: there are several in each, and a number is half as long as a date.

use crate::model::Instant;
use serde::{Deserialize, Deserializer, Serialize};
/// Microseconds since 1970. An earlier version wrote a date in words.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum CompactTime {
    Micros(i64),
    Words(Instant),
}

impl CompactTime {
    pub(crate) fn of(at: Instant) -> CompactTime {
        CompactTime::Micros(at.0)
    }

    pub(crate) fn at(&self) -> Instant {
        match self {
            CompactTime::Micros(micros) => Instant(*micros),
            CompactTime::Words(at) => *at,
        }
    }
}

/// A field that may be a moment.
pub(crate) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Instant>, D::Error> {
    Ok(Option::<CompactTime>::deserialize(from)?.map(|moment| moment.at()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_come_back() {
        for at in [0, 1, -1, 1_773_473_784_204_000] {
            let at = Instant(at);
            let text = serde_json::to_string(&CompactTime::of(at)).unwrap();
            assert_eq!(serde_json::from_str::<CompactTime>(&text).unwrap().at(), at, "{text}");
            let words = serde_json::to_string(&at).unwrap();
            assert_eq!(serde_json::from_str::<CompactTime>(&words).unwrap().at(), at, "{words}");
        }
    }
}
