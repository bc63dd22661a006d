//! The first stage: the offsets in a raw block of an export at which a record may be of interest.
//! It may report too many, never too few. It knows no records; the caller cuts them around the
//! offsets.
//!
//! The kernel reads a quarter of the text and is trained on which part that is. Where the text is
//! so full of beginnings of literals that the kernel would be no faster, an automaton takes over.
//! Both report the same offsets.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, TryLockError};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::search::escaped_variants::escaped_variants;
use crate::search::kernel::byte_profile::Profile;
use crate::search::kernel::searcher::{Kernel, LiteralMatch, SearchOutcome};

/// False candidates per MiB that cost less than 10 % of the search.
const WASTE: usize = 1_024;

/// Text with this many times the waste that remained after the last training round is of another
/// kind and worth another round.
const WASTE_FACTOR: usize = 2;

/// Smallest block for training, in bytes: a smaller one is not typical of its text.
const TRAINING_MIN: usize = 16 << 10;

/// Bytes of a block that are used for training: enough to contain every frequent word.
const TRAINING_SAMPLE: usize = 64 << 10;

/// Most training rounds in a run. A round takes about 2 ms, and 10 ms with thousands of signatures;
/// more rounds do not help with text that still causes waste.
const TRAINING_ROUNDS: usize = 8;

#[derive(Debug)]
pub struct Prefilter {
    /// In lower case, sorted.
    literals: Vec<Vec<u8>>,
    /// Length of the longest literal, in bytes.
    longest: usize,
    /// The kernel after the last training round; none if a literal is too short for the kernel.
    kernel: RwLock<Option<Arc<Kernel>>>,
    training: Mutex<Training>,
    /// Wasted comparisons per MiB below which no training round starts.
    waste_limit: AtomicUsize,
    /// Built for the first block that needs it; in most runs none does.
    automaton: OnceLock<AhoCorasick>,
}

#[derive(Debug, Default)]
struct Training {
    profile: Option<Profile>,
    rounds: usize,
}

impl Prefilter {
    /// Searches for the literals in every form that an export may have.
    pub fn new<L: AsRef<str>>(literals: impl IntoIterator<Item = L>) -> Prefilter {
        let variants = literals.into_iter().flat_map(|literal| escaped_variants(literal.as_ref()));
        let lower = variants.map(|variant| variant.to_ascii_lowercase());
        let literals: Vec<Vec<u8>> = lower.collect::<BTreeSet<_>>().into_iter().collect();
        Prefilter {
            longest: literals.iter().map(Vec::len).max().unwrap_or_default(),
            kernel: RwLock::new(Kernel::new(&literals, Profile::healthy()).map(Arc::new)),
            training: Mutex::default(),
            waste_limit: AtomicUsize::new(WASTE),
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
        let outcome = kernel.search(&self.literals, block, &mut |found: LiteralMatch| {
            starts.push(offset_u32(found.start))
        });
        if block.len() >= TRAINING_MIN && waste(outcome) > self.waste_limit.load(Ordering::Relaxed)
        {
            self.retrain(block);
        }
        if outcome.to < block.len() {
            // A literal that the kernel has not reported ends after `to`.
            let from = outcome.to.saturating_sub(self.longest);
            return self.search_rest(block, from, starts, out);
        }
        append(starts, out);
    }

    /// Searches the block from this offset on with the automaton.
    fn search_rest(&self, block: &[u8], from: usize, mut starts: Vec<u32>, out: &mut Vec<u32>) {
        let automaton = self.automaton.get_or_init(|| automaton(&self.literals));
        let found = automaton.find_overlapping_iter(&block[from..]);
        starts.extend(found.map(|found| offset_u32(from + found.start())));
        append(starts, out);
    }

    /// Trains the kernel on this text too. If another thread is training, this one does not wait:
    /// the text of the other thread serves as well.
    fn retrain(&self, text: &[u8]) {
        let mut training = match self.training.try_lock() {
            Ok(training) => training,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if training.rounds == TRAINING_ROUNDS {
            return;
        }
        training.rounds += 1;
        let profile = training.profile.get_or_insert_with(|| Profile::healthy().clone());
        profile.learn(&text[..text.len().min(TRAINING_SAMPLE)]);
        let kernel = Kernel::new(&self.literals, profile).map(Arc::new);
        if let Some(kernel) = &kernel {
            // Another training round could not avoid the waste that remains now.
            let remaining = waste(kernel.search(&self.literals, text, &mut |_| {}));
            self.waste_limit
                .store(WASTE.max(remaining.saturating_mul(WASTE_FACTOR)), Ordering::Relaxed);
        }
        *self.kernel.write().unwrap_or_else(PoisonError::into_inner) = kernel;
    }

    /// Length of the longest literal, in bytes.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The literals with their escaped forms, in lower case, sorted.
    pub fn literals(&self) -> impl Iterator<Item = &[u8]> {
        self.literals.iter().map(Vec::as_slice)
    }
}

/// Wasted comparisons per MiB.
fn waste(outcome: SearchOutcome) -> usize {
    outcome.wasted.saturating_mul(1 << 20) / outcome.to.max(1)
}

/// Blocks are far smaller than 4 GiB; a larger offset becomes `u32::MAX`.
fn offset_u32(start: usize) -> u32 {
    u32::try_from(start).unwrap_or(u32::MAX)
}

/// Sorts the offsets first: they are not in order, and several literals may start at one offset.
fn append(mut starts: Vec<u32>, out: &mut Vec<u32>) {
    starts.sort_unstable();
    starts.dedup();
    out.append(&mut starts);
}

fn automaton(literals: &[Vec<u8>]) -> AhoCorasick {
    // A build fails only above 2^31 states; the limits of signature files are far below, and the
    // literals were compiled once already for the rule set.
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
        assert!(prefilter.literals().count() > literals.len());
    }
}
