//! Where a hit stands: nearly always in one source, now and then in a few. Kept as a sorted list,
//! because a tree would hold room for eleven. On disk it is a map.

use crate::model::record::Location;
use crate::model::source::SourceKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
/// How often and where first a hit stands in one source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
pub struct HitLocation {
    /// Rows in this source that are this hit.
    pub count: u64,
    /// The first of them.
    pub location: Location,
}

/// Places by source.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HitLocations(Vec<(SourceKey, HitLocation)>);

impl HitLocations {
    /// The place in a source.
    pub fn get(&self, source: &SourceKey) -> Option<&HitLocation> {
        Some(&self.0[self.find(source).ok()?].1)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, source: &SourceKey) -> Option<&mut HitLocation> {
        let at = self.find(source).ok()?;
        Some(&mut self.0[at].1)
    }

    /// True if there is one in this source.
    pub fn contains(&self, source: &SourceKey) -> bool {
        self.find(source).is_ok()
    }

    /// Adds the place in a source that has none yet.
    pub fn add(&mut self, source: &SourceKey, place: HitLocation) {
        if let Err(at) = self.find(source) {
            self.0.insert(at, (source.clone(), place));
        }
    }

    /// All of them, in order of the sources.
    pub fn iter(&self) -> impl Iterator<Item = (&SourceKey, &HitLocation)> {
        self.0.iter().map(|(source, place)| (source, place))
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut HitLocation> {
        self.0.iter_mut().map(|(_, place)| place)
    }

    /// The sources, in order.
    pub fn sources(&self) -> impl Iterator<Item = &SourceKey> {
        self.0.iter().map(|(source, _)| source)
    }

    fn find(&self, source: &SourceKey) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(source))
    }
}

impl FromIterator<(SourceKey, HitLocation)> for HitLocations {
    /// Of two places in one source the first holds.
    fn from_iter<I: IntoIterator<Item = (SourceKey, HitLocation)>>(places: I) -> HitLocations {
        let mut places: Vec<(SourceKey, HitLocation)> = places.into_iter().collect();
        places.sort_by(|a, b| a.0.cmp(&b.0));
        places.dedup_by(|a, b| a.0 == b.0);
        places.shrink_to_fit();
        HitLocations(places)
    }
}

impl IntoIterator for HitLocations {
    type Item = (SourceKey, HitLocation);
    type IntoIter = std::vec::IntoIter<(SourceKey, HitLocation)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Serialize for HitLocations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for HitLocations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HitLocations, D::Error> {
        let places =
            std::collections::BTreeMap::<SourceKey, HitLocation>::deserialize(deserializer)?;
        Ok(places.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(count: u64) -> HitLocation {
        HitLocation { count, location: Location { offset: 1, line: 2, record: 3 } }
    }

    #[test]
    fn places_are_sorted_and_one_for_each_source() {
        let [a, b, c] = ["a", "b", "c"].map(SourceKey::new);
        let mut places: HitLocations =
            [(c.clone(), place(3)), (a.clone(), place(1)), (c.clone(), place(9))]
                .into_iter()
                .collect();
        places.add(&b, place(2));
        places.add(&b, place(7));
        let told: Vec<(&str, u64)> =
            places.iter().map(|(source, place)| (source.as_str(), place.count)).collect();
        assert_eq!(told, [("a", 1), ("b", 2), ("c", 3)]);
        assert_eq!(places.get(&SourceKey::new("d")), None);
        let text = serde_json::to_string(&places).unwrap();
        assert!(text.starts_with(r#"{"a":{"count":1"#), "{text}");
        assert_eq!(serde_json::from_str::<HitLocations>(&text).unwrap(), places);
    }
}
