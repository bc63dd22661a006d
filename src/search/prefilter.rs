//! The first stage: where in a raw block of an export a record may be of interest. It may report
//! too much and never too little. It knows nothing of records; the caller cuts them around the
//! offsets.
//!
//! What is found is the same whichever way it is searched: by the kernel, which reads a quarter of
//! the text and learns from it which part, or by an automaton where the text is so full of
//! beginnings of literals that the kernel would be no faster.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, TryLockError};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::search::escaped_variants::escaped_variants;
use crate::search::kernel::byte_profile::Profile;
use crate::search::kernel::searcher::{Kernel, LiteralMatch, SearchOutcome};

/// So many wasted comparisons in a MiB cost less than a tenth of the search.
const WASTE: usize = 1_024;

/// Text that wastes so many times what is left of the last lesson is other text, and worth one more.
const WORSE: usize = 2;

/// Smallest block worth learning from: a smaller one says little of the text it comes from.
const LESSON: usize = 16 << 10;

/// So much of a block is learned from: enough to meet every word that is frequent.
const SAMPLE: usize = 64 << 10;

/// Most lessons of a run, each about two milliseconds, ten with thousands of signatures. Text that
/// still wastes after so many is not going to be learned.
const LESSONS: usize = 8;

/// The compiled search.
#[derive(Debug)]
pub struct Prefilter {
    /// In lower case, sorted.
    literals: Vec<Vec<u8>>,
    /// Bytes of the longest literal.
    longest: usize,
    /// The kernel of the last lesson; none if a literal is too short for any.
    kernel: RwLock<Option<Arc<Kernel>>>,
    school: Mutex<Training>,
    /// Wasted comparisons in a MiB that are not worth a lesson.
    bearable: AtomicUsize,
    /// Built for the first block that needs it; most runs have none.
    automaton: OnceLock<AhoCorasick>,
}

/// What was learned of the text.
#[derive(Debug, Default)]
struct Training {
    profile: Option<Profile>,
    lessons: usize,
}

impl Prefilter {
    /// A search for these literals in every form in which an export may write them.
    pub fn new<L: AsRef<str>>(literals: impl IntoIterator<Item = L>) -> Prefilter {
        let variants = literals.into_iter().flat_map(|literal| escaped_variants(literal.as_ref()));
        let lower = variants.map(|variant| variant.to_ascii_lowercase());
        let literals: Vec<Vec<u8>> = lower.collect::<BTreeSet<_>>().into_iter().collect();
        Prefilter {
            longest: literals.iter().map(Vec::len).max().unwrap_or_default(),
            kernel: RwLock::new(Kernel::new(&literals, Profile::healthy()).map(Arc::new)),
            school: Mutex::default(),
            bearable: AtomicUsize::new(WASTE),
            automaton: OnceLock::new(),
            literals,
        }
    }

    /// Appends the offsets in `block` at which a literal starts, ascending, each once.
    pub fn find(&self, block: &[u8], out: &mut Vec<u32>) {
        let kernel = self.kernel.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(kernel) = kernel else {
            return self.search_rest(block, 0, Vec::new(), out);
        };
        let mut starts = Vec::new();
        let searched = kernel.search(&self.literals, block, &mut |found: LiteralMatch| {
            starts.push(place(found.start))
        });
        if block.len() >= LESSON && waste(searched) > self.bearable.load(Ordering::Relaxed) {
            self.retrain(block);
        }
        if searched.to < block.len() {
            // A literal that the kernel has not reported ends behind what it has seen.
            let from = searched.to.saturating_sub(self.longest);
            return self.search_rest(block, from, starts, out);
        }
        append(starts, out);
    }

    /// Searches the rest of a block from here by the automaton.
    fn search_rest(&self, block: &[u8], from: usize, mut starts: Vec<u32>, out: &mut Vec<u32>) {
        let automaton = self.automaton.get_or_init(|| automaton(&self.literals));
        let found = automaton.find_overlapping_iter(&block[from..]);
        starts.extend(found.map(|found| place(from + found.start())));
        append(starts, out);
    }

    /// Chooses again what the kernel looks for, now knowing this text too. Another thread that is
    /// at it is left alone: its text is no worse.
    fn retrain(&self, text: &[u8]) {
        let mut school = match self.school.try_lock() {
            Ok(school) => school,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if school.lessons == LESSONS {
            return;
        }
        school.lessons += 1;
        let profile = school.profile.get_or_insert_with(|| Profile::healthy().clone());
        profile.learn(&text[..text.len().min(SAMPLE)]);
        let kernel = Kernel::new(&self.literals, profile).map(Arc::new);
        if let Some(kernel) = &kernel {
            // What this text wastes now, no lesson is going to spare.
            let left = waste(kernel.search(&self.literals, text, &mut |_| {}));
            self.bearable.store(WASTE.max(left.saturating_mul(WORSE)), Ordering::Relaxed);
        }
        *self.kernel.write().unwrap_or_else(PoisonError::into_inner) = kernel;
    }

    /// Bytes of the longest literal.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// How many literals are searched, encoded forms counted.
    pub fn len(&self) -> usize {
        self.literals.len()
    }

    /// True if nothing is searched. Never so in practice: the fixed literals are always there.
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// The literals as searched, in lower case, sorted.
    pub fn literals(&self) -> impl Iterator<Item = &[u8]> {
        self.literals.iter().map(Vec::as_slice)
    }
}

/// Wasted comparisons in a MiB.
fn waste(searched: SearchOutcome) -> usize {
    searched.wasted.saturating_mul(1 << 20) / searched.to.max(1)
}

/// Blocks are far below 4 GiB; an offset beyond is reported at the end of what can be said.
fn place(start: usize) -> u32 {
    u32::try_from(start).unwrap_or(u32::MAX)
}

/// Several literals may start at one offset, and none is found in order.
fn append(mut starts: Vec<u32>, out: &mut Vec<u32>) {
    starts.sort_unstable();
    starts.dedup();
    out.append(&mut starts);
}

fn automaton(literals: &[Vec<u8>]) -> AhoCorasick {
    // A build fails only beyond 2^31 states; signature files are bounded far below, and were
    // searched together once already when the pack was compiled.
    #[allow(clippy::expect_used)]
    AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(literals)
        .expect("the anchors of a compiled pack can be searched together")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_ascending_and_case_is_ignored() {
        let literals =
            ["DAP-GE-3000", "ConnectorKey", "接続フォルダーに対する Connections.View 権限"];
        let prefilter = Prefilter::new(literals);
        let block = r#"{"m":"x \u63A5\u7D9A\u30D5\u30A9\u30EB\u30C0\u30FC\u306B\u5BFE\u3059\u308B Connections.View \u6A29\u9650\u304C\u3042\u308A\u307E\u305B\u3093"}
{"m":"dap-ge-3000"} {"CONNECTORKEY":1}"#;
        let mut found = vec![7];
        prefilter.find(block.as_bytes(), &mut found);
        let at = |needle: &str| block.find(needle).unwrap() as u32;
        assert_eq!(found, [7, at(r"\u63A5"), at("dap-"), at("CONNECTORKEY")]);
        assert!(prefilter.len() > literals.len() && !prefilter.is_empty());
        assert_eq!(prefilter.literals().count(), prefilter.len());
    }
}
