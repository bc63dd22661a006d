//! The locations of a hit: nearly always one source, sometimes a few. A sorted list, because a node
//! of a B-tree allocates space for eleven entries. Serialised as a map.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::record::Location;
use crate::model::source::SourceKey;

/// The rows of one source that are the same hit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Debug)]
pub struct HitLocation {
    /// Number of rows.
    pub count: u64,
    /// Location of the first row.
    pub location: Location,
}

/// At most one location per source, in the order of the sources.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HitLocations(Vec<(SourceKey, HitLocation)>);

impl HitLocations {
    pub fn get_mut(&mut self, source: &SourceKey) -> Option<&mut HitLocation> {
        let index = self.find(source).ok()?;
        Some(&mut self.0[index].1)
    }

    pub fn contains(&self, source: &SourceKey) -> bool {
        self.find(source).is_ok()
    }

    /// Adds the location of a source; does nothing if the source has one.
    pub fn add(&mut self, source: &SourceKey, location: HitLocation) {
        if let Err(index) = self.find(source) {
            self.0.insert(index, (source.clone(), location));
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&SourceKey, &HitLocation)> {
        self.0.iter().map(|(source, location)| (source, location))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut HitLocation> {
        self.0.iter_mut().map(|(_, location)| location)
    }

    pub fn sources(&self) -> impl Iterator<Item = &SourceKey> {
        self.0.iter().map(|(source, _)| source)
    }

    fn find(&self, source: &SourceKey) -> Result<usize, usize> {
        self.0.binary_search_by(|(key, _)| key.cmp(source))
    }
}

impl FromIterator<(SourceKey, HitLocation)> for HitLocations {
    /// If a source has several locations, the first in the iterator is used.
    fn from_iter<I: IntoIterator<Item = (SourceKey, HitLocation)>>(locations: I) -> HitLocations {
        let mut locations: Vec<(SourceKey, HitLocation)> = locations.into_iter().collect();
        locations.sort_by(|a, b| a.0.cmp(&b.0));
        locations.dedup_by(|a, b| a.0 == b.0);
        locations.shrink_to_fit();
        HitLocations(locations)
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
        let locations = BTreeMap::<SourceKey, HitLocation>::deserialize(deserializer)?;
        Ok(locations.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_count(count: u64) -> HitLocation {
        HitLocation { count, location: Location { offset: 1, line: 2, record: 3 } }
    }

    #[test]
    fn locations_are_sorted_and_unique_per_source() {
        let [a, b, c] = ["a", "b", "c"].map(SourceKey::new);
        let mut locations: HitLocations =
            [(c.clone(), with_count(3)), (a.clone(), with_count(1)), (c.clone(), with_count(9))]
                .into_iter()
                .collect();
        locations.add(&b, with_count(2));
        locations.add(&b, with_count(7));
        let counts: Vec<(&str, u64)> =
            locations.iter().map(|(source, location)| (source.as_str(), location.count)).collect();
        assert_eq!(counts, [("a", 1), ("b", 2), ("c", 3)]);
        assert!(!locations.contains(&SourceKey::new("d")));
        let text = serde_json::to_string(&locations).unwrap();
        assert!(text.starts_with(r#"{"a":{"count":1"#), "{text}");
        assert_eq!(serde_json::from_str::<HitLocations>(&text).unwrap(), locations);
    }
}
