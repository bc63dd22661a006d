//! Finds values that do not contradict a row, where fields of either side may be unknown: unknown is
//! not different. One lookup costs the same however many values there are. Knows no meaning of a
//! field.

use std::collections::HashMap;
use std::hash::Hash;

/// Fields of which some are unknown.
pub type PartialFields<const N: usize> = [Option<u32>; N];

/// Which fields a lookup knows, and the values of a stored item in them.
pub type FieldsKey<const N: usize> = (PartialFields<N>, Mask);

/// Bit `n` stands for field `n`.
pub type Mask = u8;

pub fn known<const N: usize>(fields: &PartialFields<N>) -> Mask {
    (0..N).filter(|n| fields[*n].is_some()).fold(0, |mask, n| mask | 1 << n)
}

/// The key under which an item is stored for lookups that know the fields of `mask`.
pub fn storage_key<const N: usize>(fields: &PartialFields<N>, mask: Mask) -> FieldsKey<N> {
    (restrict(fields, mask), mask)
}

/// The keys under which the items are stored that agree with `fields` in every field that both
/// know.
pub fn lookup_keys<const N: usize>(
    fields: &PartialFields<N>,
) -> impl Iterator<Item = FieldsKey<N>> {
    let (fields, mask) = (*fields, known(fields));
    (0..=mask)
        .filter(move |part| part & mask == *part)
        .map(move |part| (restrict(&fields, part), mask))
}

fn restrict<const N: usize>(fields: &PartialFields<N>, mask: Mask) -> PartialFields<N> {
    std::array::from_fn(|n| fields[n].filter(|_| mask & 1 << n != 0))
}

/// True unless both know a field and differ in it.
pub fn agree<const N: usize>(a: &PartialFields<N>, b: &PartialFields<N>) -> bool {
    a.iter().zip(b).all(|(a, b)| a.is_none() || b.is_none() || a == b)
}

/// Numbers for values, so that comparing and storing them is cheap.
#[derive(Debug)]
pub struct Numbering<T>(HashMap<T, u32>);

impl<T> Default for Numbering<T> {
    fn default() -> Numbering<T> {
        Numbering(HashMap::new())
    }
}

impl<T: Hash + Eq> Numbering<T> {
    pub fn number(&mut self, value: T) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(value).or_insert(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookup_finds_exactly_what_agrees() {
        let values = [None, Some(1), Some(2)];
        let all: Vec<PartialFields<3>> =
            (0..27).map(|n| [values[n % 3], values[n / 3 % 3], values[n / 9]]).collect();
        for stored in &all {
            for row in &all {
                let key = storage_key(stored, known(row));
                let is_found = lookup_keys(row).any(|other| other == key);
                assert_eq!(is_found, agree(stored, row), "{stored:?} {row:?}");
            }
        }
    }
}
