//! Wraps text to a width in terminal columns: between words, and between Japanese characters except
//! where line-breaking rules (kinsoku) forbid it. Expects escaped text.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Characters that may not begin a line.
const NEVER_FIRST: &str = "、。，．・：；？！‼⁇⁈⁉゛゜ヽヾゝゞ々〻ー～〜…‥–％‰℃）〕］｝〉》」』】〙〗〟’”»\
    ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ\
    ｡｣､･ｧｨｩｪｫｬｭｮｯｰﾞﾟ,.:;?!)]}%";

/// Characters that may not end a line.
const NEVER_LAST: &str = "（〔［｛〈《「『【〘〖〝‘“«｢([{￥＄";

/// Lines of at most `width` columns, except where a single character is wider. Existing line ends
/// stay.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrap_line(line, width.max(1))).collect()
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line;
    while rest.width() > width {
        let end = first_line_end(rest, width);
        lines.push(rest[..end].trim_end().to_string());
        rest = rest[end..].trim_start();
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.to_string());
    }
    lines
}

/// The byte offset where the first line of a text that is too wide ends: the last allowed break that
/// fits, else the last character that fits.
fn first_line_end(text: &str, width: usize) -> usize {
    let (mut used, mut last_break, mut last_fitting) = (0, None, 0);
    let mut previous: Option<char> = None;
    for (offset, c) in text.char_indices() {
        if previous.is_some_and(|previous| may_break_between(previous, c)) {
            last_break = Some(offset);
        }
        used += c.width().unwrap_or_default();
        // A blank at the end of a line is trimmed and needs no column.
        if used > width && c != ' ' {
            break;
        }
        last_fitting = offset + c.len_utf8();
        previous = Some(c);
    }
    let first_character = text.chars().next().map_or(0, char::len_utf8);
    last_break.unwrap_or(last_fitting).max(first_character)
}

fn may_break_between(before: char, after: char) -> bool {
    if after == ' ' {
        return false;
    }
    if before == ' ' {
        return true;
    }
    let is_wide = |c: char| c.width() == Some(2);
    (is_wide(before) || is_wide(after))
        && after.width() != Some(0)
        && !NEVER_FIRST.contains(after)
        && !NEVER_LAST.contains(before)
}

/// Distributes `total` over columns that want the given widths. A column that wants no more than its
/// share gets what it wants, and the others share the rest; each gets at least 1, so the sum may
/// exceed a very small total.
pub(crate) fn distribute_width(wanted: &[usize], total: usize) -> Vec<usize> {
    let mut widths: Vec<Option<usize>> = vec![None; wanted.len()];
    loop {
        let used: usize = widths.iter().flatten().sum();
        let open = widths.iter().filter(|width| width.is_none()).count();
        if open == 0 {
            break;
        }
        let share = (total.saturating_sub(used) / open).max(1);
        let is_satisfied = |index: &usize| widths[*index].is_none() && wanted[*index] <= share;
        let satisfied: Vec<usize> = (0..wanted.len()).filter(is_satisfied).collect();
        for index in &satisfied {
            widths[*index] = Some(wanted[*index]);
        }
        if satisfied.is_empty() {
            let mut remainder = total.saturating_sub(used + share * open);
            for width in widths.iter_mut().filter(|width| width.is_none()) {
                *width = Some(share + usize::from(remainder > 0));
                remainder = remainder.saturating_sub(1);
            }
        }
    }
    widths.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_and_blanks_at_breaks_are_dropped() {
        assert_eq!(wrap("the robot lacks it", 9), ["the robot", "lacks it"]);
        assert_eq!(wrap("the robot  lacks", 10), ["the robot", "lacks"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn japanese_breaks_where_kinsoku_allows() {
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
        // A line of nothing but such characters must break somewhere.
        assert_eq!(wrap("。。。。", 4), ["。。", "。。"]);
        assert_eq!(wrap("接", 1), ["接"]);
    }

    #[test]
    fn wide_columns_share_the_rest() {
        assert_eq!(distribute_width(&[4, 8, 30], 60), [4, 8, 30]);
        assert_eq!(distribute_width(&[4, 40, 40], 60), [4, 28, 28]);
        assert_eq!(distribute_width(&[4, 20, 90], 61), [4, 20, 37]);
        assert_eq!(distribute_width(&[9, 9, 9], 2), [1, 1, 1]);
    }

    proptest! {
        #[test]
        fn no_character_is_lost_and_no_line_is_too_wide(
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
            let without_blanks = |text: &str| text.replace(' ', "");
            prop_assert_eq!(without_blanks(&lines.concat()), without_blanks(&text));
            for line in &lines {
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
