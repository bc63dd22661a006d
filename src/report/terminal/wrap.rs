//! Lines of a given width, for a terminal: broken between words, and between any two characters of
//! Japanese but those that may not stand at the end or the beginning of a line (kinsoku). Expects
//! text that is harmless already.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
/// Marks that belong to what stands before them.
const NEVER_FIRST: &str = "、。，．・：；？！‼⁇⁈⁉゛゜ヽヾゝゞ々〻ー～〜…‥–％‰℃）〕］｝〉》」』】〙〗〟’”»\
    ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ\
    ｡｣､･ｧｨｩｪｫｬｭｮｯｰﾞﾟ,.:;?!)]}%";

/// Marks that belong to what stands behind them.
const NEVER_LAST: &str = "（〔［｛〈《「『【〘〖〝‘“«｢([{￥＄";

/// The lines of a text, none wider than this unless a single character is. What stands on lines of
/// its own stays there.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| of_line(line, width.max(1))).collect()
}

fn of_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line;
    while rest.width() > width {
        let end = end_of_first(rest, width);
        lines.push(rest[..end].trim_end().to_string());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_string());
    }
    lines
}

/// Where the first line of a text that is too wide ends: at the last place where it may, or where it
/// must if there is none.
fn end_of_first(text: &str, width: usize) -> usize {
    let (mut used, mut may, mut must) = (0, None, 0);
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        // A blank at the end of a line takes no room.
        if before.is_some_and(|before| may_part(before, c)) {
            may = Some(at);
        }
        used += c.width().unwrap_or_default();
        if used > width && c != ' ' {
            break;
        }
        must = at + c.len_utf8();
        before = Some(c);
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    may.unwrap_or(must).max(first)
}

/// True if a line may end between these two.
fn may_part(before: char, behind: char) -> bool {
    if behind == ' ' {
        return false;
    }
    if before == ' ' {
        return true;
    }
    let is_wide = |c: char| c.width() == Some(2);
    (is_wide(before) || is_wide(behind))
        && behind.width() != Some(0)
        && !NEVER_FIRST.contains(behind)
        && !NEVER_LAST.contains(before)
}

/// Widths for columns that want so much, together no more than this where that can be: what is
/// narrower than its share keeps its width, and the others share what is left.
pub(crate) fn shares(wanted: &[usize], total: usize) -> Vec<usize> {
    let mut given: Vec<Option<usize>> = vec![None; wanted.len()];
    loop {
        let taken: usize = given.iter().flatten().sum();
        let open = given.iter().filter(|given| given.is_none()).count();
        if open == 0 {
            break;
        }
        let share = (total.saturating_sub(taken) / open).max(1);
        let modest = |at: &usize| given[*at].is_none() && wanted[*at] <= share;
        let settled: Vec<usize> = (0..wanted.len()).filter(modest).collect();
        for at in &settled {
            given[*at] = Some(wanted[*at]);
        }
        if settled.is_empty() {
            let mut odd = total.saturating_sub(taken + share * open);
            for given in given.iter_mut().filter(|given| given.is_none()) {
                *given = Some(share + usize::from(odd > 0));
                odd = odd.saturating_sub(1);
            }
        }
    }
    given.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_and_blanks_go() {
        assert_eq!(wrap("the robot lacks it", 9), ["the robot", "lacks it"]);
        assert_eq!(wrap("the robot  lacks", 10), ["the robot", "lacks"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn japanese_breaks_where_it_may() {
        assert_eq!(
            wrap("コネクションが非アクティブで、修正が必要です", 28),
            ["コネクションが非アクティブ", "で、修正が必要です"]
        );
        assert_eq!(
            wrap("アプリのアクセス許可、コネクション", 30),
            ["アプリのアクセス許可、コネク", "ション"]
        );
        assert_eq!(wrap("これは「引用」です", 8), ["これは", "「引用」", "です"]);
        assert_eq!(wrap("このIDは見つからない", 6), ["このID", "は見つ", "からな", "い"]);
        // Nothing but marks has to break somewhere.
        assert_eq!(wrap("。。。。", 4), ["。。", "。。"]);
        assert_eq!(wrap("接", 1), ["接"]);
    }

    #[test]
    fn columns_share_what_there_is() {
        assert_eq!(shares(&[4, 8, 30], 60), [4, 8, 30]);
        assert_eq!(shares(&[4, 40, 40], 60), [4, 28, 28]);
        assert_eq!(shares(&[4, 20, 90], 61), [4, 20, 37]);
        assert_eq!(shares(&[9, 9, 9], 2), [1, 1, 1]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_too_wide(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "コネクション", "「", "」", "、", "。", "ー", "っ", "a", " ", "wordy", "（", "\u{3099}",
                ]),
                0..30,
            ),
            width in 4_usize..40,
        ) {
            let text = parts.concat();
            let lines = wrap(&text, width);
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
            for line in &lines {
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
