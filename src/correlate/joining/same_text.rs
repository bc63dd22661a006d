//! When two texts are the same: exports repeat one message with the name of an activity before it,
//! and some cut it. `copies`, `jobs`, `agreement` and `occurrences` ask.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

/// Bytes that two texts must have in common when one of them is cut; less proves nothing.
pub const CUT_MIN: usize = 60;

/// `<activity>: ` prefixes that are skipped to find a text; activities are not nested more deeply.
const PREFIXES: usize = 6;

/// True when the headline of a log row is the text of a job, with or without `<activity>: ` before
/// it.
pub fn is_same_text(log: &str, info: &str) -> bool {
    text_starts(log).any(|start| is_equal_or_cut(&log[start..], info))
}

pub fn is_equal_or_cut(a: &str, b: &str) -> bool {
    let (a, b) = (without_ellipsis(a), without_ellipsis(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short == long || short.len() >= CUT_MIN && long.starts_with(short)
}

/// Where the text of a log row may start: at its beginning, or after an `<activity>: `.
pub fn text_starts(log: &str) -> impl Iterator<Item = usize> {
    const SEPARATOR: &str = ": ";
    let separators = log.match_indices(SEPARATOR).take(PREFIXES);
    std::iter::once(0).chain(separators.map(|(start, _)| start + SEPARATOR.len()))
}

/// A long text without the sign that it is cut.
fn without_ellipsis(text: &str) -> &str {
    if text.len() < CUT_MIN { text } else { text.trim_end_matches(['.', '…']) }
}

/// Values by text, found by equal texts and by texts of which one is cut.
pub struct TextMap<V>(BTreeMap<String, V>);

impl<V> Default for TextMap<V> {
    fn default() -> TextMap<V> {
        TextMap(BTreeMap::new())
    }
}

impl<V: Default> TextMap<V> {
    pub fn entry(&mut self, text: &str) -> &mut V {
        let text = without_ellipsis(text);
        // Most texts are in the map, and `entry` would copy each.
        if !self.0.contains_key(text) {
            self.0.insert(text.to_string(), V::default());
        }
        self.0.entry(text.to_string()).or_default()
    }
}

impl<V> TextMap<V> {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(text, value)| (text.as_str(), value))
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.values_mut()
    }

    /// The values of the texts of which `text` is a beginning, without its own.
    pub fn continuations<'m>(&'m self, text: &'m str) -> impl Iterator<Item = &'m V> {
        let later = (text.len() >= CUT_MIN)
            .then(|| self.0.range::<str, _>((Bound::Excluded(text), Bound::Unbounded)));
        later
            .into_iter()
            .flatten()
            .take_while(move |(t, _)| t.starts_with(text))
            .map(|(_, value)| value)
    }

    pub fn map<W>(self, mut value: impl FnMut(V) -> W) -> TextMap<W> {
        TextMap(self.0.into_iter().map(|(text, v)| (text, value(v))).collect())
    }

    /// Calls `visit` for the value of each text that [`is_equal_or_cut`].
    pub fn equal_or_cut(
        &self,
        text: &str,
        visit: &mut dyn FnMut(&V) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let text = without_ellipsis(text);
        if text.len() < CUT_MIN {
            return self.0.get(text).map_or(ControlFlow::Continue(()), visit);
        }
        // Continuations follow the text in the order of the map.
        for (other, value) in self.0.range::<str, _>((Bound::Included(text), Bound::Unbounded)) {
            if !other.starts_with(text) {
                break;
            }
            visit(value)?;
        }
        // Beginnings of the text come before it. What lies between one of them and the text shares
        // a longer beginning with the text, so each step skips to the part that both share.
        let mut bound = Bound::Excluded(text);
        while let Some((other, value)) =
            self.0.range::<str, _>((Bound::Unbounded, bound)).next_back()
        {
            let common = common_prefix(other, text);
            if common < CUT_MIN {
                break;
            }
            bound = if common == other.len() {
                visit(value)?;
                Bound::Excluded(&text[..common])
            } else {
                Bound::Included(&text[..common])
            };
        }
        ControlFlow::Continue(())
    }
}

/// Bytes at the start of both texts that are equal, in whole characters.
fn common_prefix(a: &str, b: &str) -> usize {
    let differs = a.char_indices().zip(b.chars()).find(|((_, x), y)| x != y);
    differs.map_or(a.len().min(b.len()), |((at, _), _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_finds_every_equal_or_cut_text() {
        let long = "The connection of this activity is disabled; enable it to continue, please: ";
        let mut texts: Vec<String> = vec!["short".to_string(), "short.".to_string()];
        for tail in ["", "a", "ab", "abc", "b", "bé", "bè", "z..", "…", "ab c d e f g h"] {
            texts.push(format!("{long}{tail}"));
            texts.push(format!("{long}{tail}..."));
            texts.push(format!("{}{tail}", &long[..40]));
        }
        let mut map: TextMap<Vec<String>> = TextMap::default();
        for text in &texts {
            map.entry(text).push(text.clone());
        }
        for text in &texts {
            let mut found: Vec<String> = Vec::new();
            let _ = map.equal_or_cut(text, &mut |same| {
                found.extend(same.iter().cloned());
                ControlFlow::Continue(())
            });
            found.sort();
            let mut expected: Vec<String> =
                texts.iter().filter(|other| is_equal_or_cut(text, other)).cloned().collect();
            expected.sort();
            assert_eq!(found, expected, "{text}");
        }
    }
}
