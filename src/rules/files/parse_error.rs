//! Turns the messages of the TOML parser, which address programmers, into messages for authors of
//! signature files. Changes no position.

use crate::model::nearest;

/// Tables that may occur more than once, at the top or in a signature.
const LISTS: [&str; 5] = ["signature", "reason", "when", "example", "counterexample"];

/// The name of a list of tables whose header at this offset has one pair of brackets, not two.
fn single_header_at(text: &str, offset: usize) -> Option<&str> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |end| end + 1);
    let (name, _) = text[start..].strip_prefix('[')?.split_once(']')?;
    LISTS.contains(&name.strip_prefix("signature.").unwrap_or(name)).then_some(name)
}

/// Rewrites a parser message for an author: adds the key or table and, for a rejected word, the
/// nearest valid one. The parser quotes the rejected word first, then all valid ones.
pub(crate) fn advise(message: &str, text: &str, offset: Option<usize>) -> String {
    if ["recursion limit", "cannot recurse further"].iter().any(|start| message.starts_with(start))
    {
        return "tables or lists are nested too deeply".to_string();
    }
    if let Some(header) = offset.and_then(|offset| single_header_at(text, offset)) {
        return format!("`{header}` is a list of tables: write `[[{header}]]`");
    }
    if message.starts_with("invalid basic string") || message.starts_with("invalid literal string")
    {
        return format!("a text in quotes is not closed on its line ({message})");
    }
    if message == "duplicate key"
        && let Some(key) = offset.and_then(|offset| word_at(text, offset))
    {
        return format!("duplicate key `{key}` in one table");
    }
    if let Some(missing) = message.strip_prefix("missing field ") {
        let table = offset.and_then(|offset| table_at(text, offset));
        return table.map_or(message.to_string(), |table| format!("`{table}` lacks {missing}"));
    }
    if let Some(mismatch) = message.strip_prefix("invalid ")
        && let Some((actual, expected)) = mismatch.split_once(", expected ")
    {
        let actual = actual.split_once(": ").map_or(actual, |(_, value)| value);
        let key = offset.and_then(|offset| key_at(text, offset));
        let key = key.map(|key| format!("`{key}` ")).unwrap_or_default();
        return format!("{key}is {}, but must be {}", plain_term(actual), plain_term(expected));
    }
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((rejected, valid)) = quoted.split_first() else { return message.to_string() };
    let lower = rejected.to_lowercase();
    let nearest_valid = |word: &str| nearest(word, valid.iter().copied());
    match nearest_valid(rejected).or_else(|| nearest_valid(&lower)) {
        Some(word) => format!("{message}; did you mean `{word}`?"),
        None => message.to_string(),
    }
}

/// The parser's term for a type or value, in plain language.
fn plain_term(term: &str) -> String {
    let types = [
        ("u8", "a whole number from 0 to 255 (`rank` of a signature: to 100)"),
        ("u16", "a whole number from 0 to 65535"),
        ("u32", "a whole number from 0 to 4294967295"),
        ("a sequence", "a list: [\"…\", \"…\"]"),
        ("sequence", "a list"),
        ("a string", "a text in quotes"),
        ("a boolean", "true or false"),
        ("a map", "a table: { … }"),
        ("map", "a table"),
        ("struct Bilingual", "a text in both languages: { en = \"…\", ja = \"…\" }"),
        ("struct Remedy", "a table: [signature.remedy]"),
        ("struct Veto", "a table: [signature.veto]"),
        ("struct When", "a table: [[signature.when]]"),
        ("struct Example", "a table: [[signature.example]]"),
        ("struct Counterexample", "a table: [[signature.counterexample]]"),
        ("struct Signature", "a table: [[signature]]"),
        ("struct Reason", "a table: [[reason]]"),
    ];
    let known = types.iter().find(|(parser, _)| *parser == term);
    let values = [("string ", "the text "), ("integer ", "the number "), ("boolean ", "the word ")];
    match known {
        Some((_, plain)) => (*plain).to_string(),
        None => values
            .iter()
            .find_map(|(kind, word)| Some(format!("{word}{}", term.strip_prefix(kind)?)))
            .unwrap_or_else(|| term.to_string()),
    }
}

/// The key whose value is, or contains, the text at an offset.
fn key_at(text: &str, offset: usize) -> Option<&str> {
    let before = text.get(..offset)?.trim_end();
    let of_value = before.strip_suffix('=').map(|front| last_word(front.trim_end()));
    let of_list = || {
        let lines = before.lines().rev();
        lines
            .filter_map(|line| line.split_once('='))
            .map(|(key, _)| key.trim())
            .find(|key| !key.is_empty() && key.chars().all(is_key_char))
    };
    of_value.filter(|key| !key.is_empty()).or_else(of_list)
}

fn last_word(text: &str) -> &str {
    &text[text.trim_end_matches(is_key_char).len()..]
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The table that begins at an offset: its header, or the key whose value it is.
fn table_at(text: &str, offset: usize) -> Option<&str> {
    let rest = text.get(offset..)?;
    if rest.starts_with('[') {
        return rest.lines().next().map(str::trim_end);
    }
    if rest.starts_with('{') { key_at(text, offset) } else { word_at(text, offset) }
}

fn word_at(text: &str, offset: usize) -> Option<&str> {
    let rest = text.get(offset..)?;
    let word = &rest[..rest.find(|c| !is_key_char(c)).unwrap_or(rest.len())];
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use crate::rules::files::load::parse;
    use crate::rules::samples;

    #[test]
    fn a_misspelt_key_has_its_position_and_the_nearest_key() {
        let text = samples::VIEW_DENIED.replacen("severity =", "severty =", 1);
        let error = parse("own.toml", &text).unwrap_err();
        assert_eq!((error.file.as_str(), error.column), ("own.toml", Some(1)));
        let line = text.lines().position(|line| line.starts_with("severty")).unwrap() + 1;
        assert_eq!(error.line, Some(line));
        assert!(error.message.contains("did you mean `severity`?"), "{error}");
        assert!(error.to_string().starts_with(&format!("own.toml:{line}:1: ")), "{error}");
    }

    #[test]
    fn a_list_of_tables_with_single_brackets_is_explained() {
        for list in ["", ".when", ".example", ".counterexample"] {
            let list = format!("signature{list}");
            let text = samples::VIEW_DENIED.replace(&format!("[[{list}]]"), &format!("[{list}]"));
            assert_ne!(text, samples::VIEW_DENIED);
            let error = parse("own.toml", &text).unwrap_err();
            assert!(error.message.ends_with(&format!("write `[[{list}]]`")), "{error}");
            assert!(error.line.is_some(), "{error}");
        }
        let duplicate = format!("{}\n[signature.veto]\n[signature.veto]\n", samples::VIEW_DENIED);
        let error = parse("own.toml", &duplicate).unwrap_err();
        assert!(error.message.contains("duplicate key `veto`"), "{error}");
    }

    #[test]
    fn a_misspelt_word_has_the_nearest_word() {
        let text = samples::VIEW_DENIED.replacen("\"permission\"", "\"permision\"", 1);
        let error = parse("own.toml", &text).unwrap_err();
        assert!(error.message.contains("did you mean `permission`?"), "{error}");
    }

    #[test]
    fn a_wrong_type_is_explained_with_its_key() {
        for (from, to, expected) in [
            (
                "rank = 85",
                "rank = \"high\"",
                "`rank` is the text \"high\", but must be a whole number",
            ),
            (
                "rank = 85",
                "rank = 8.5",
                "`rank` is floating point `8.5`, but must be a whole number",
            ),
            ("rank = 85", "rank = 300", "`rank` is the number `300`, but must be a whole number"),
            (
                "anchors = [\"CNS1045\"]",
                "anchors = 7",
                "`anchors` is the number `7`, but must be a list",
            ),
            (
                "anchors = [\"CNS1045\"]",
                "anchors = [\n  \"CNS1045\",\n  7 ]",
                "`anchors` is the number `7`, but must be a text in quotes",
            ),
            (
                "ja = \"権限なし\"",
                "ja = true",
                "`ja` is the word `true`, but must be a text in quotes",
            ),
        ] {
            let text = samples::VIEW_DENIED.replacen(from, to, 1);
            assert_ne!(text, samples::VIEW_DENIED, "{from}");
            let error = parse("own.toml", &text).unwrap_err();
            assert!(error.message.contains(expected), "{to}: {error}");
            assert!(error.line.is_some() && error.column.is_some(), "{error}");
        }
    }

    #[test]
    fn a_missing_key_is_reported_with_its_table() {
        for (from, to, expected) in [
            (
                "title = { en = \"View denied\", ja = \"権限なし\" }",
                "",
                "`[[signature]]` lacks `title`",
            ),
            (", ja = \"権限なし\" }", "}", "`title` lacks `ja`"),
            (
                "title = { en = \"View denied\", ja = \"権限なし\" }",
                "title.en = \"View denied\"",
                "`title` lacks `ja`",
            ),
            ("summary = { en = \"Grant it.\",", "summary = {", "`summary` lacks `en`"),
            (
                "[signature.remedy]",
                "[signature.remedy]\nsteps = [\n  { en = \"Do\", ja = \"する\" },\n  { en = \"Do\" },\n]",
                "`steps` lacks `ja`",
            ),
            ("anchors = [\"CNS1045\"]", "", "`[[signature.when]]` lacks `anchors`"),
        ] {
            let text = samples::VIEW_DENIED.replacen(from, to, 1);
            assert_ne!(text, samples::VIEW_DENIED, "{from}");
            let error = parse("own.toml", &text).unwrap_err();
            assert_eq!(error.message, expected);
            assert!(error.line.is_some(), "{error}");
        }
    }

    #[test]
    fn common_mistakes_are_explained() {
        for (from, to, expected) in [
            ("rank = 85", "rank = 85\nrank = 86", "duplicate key `rank` in one table"),
            ("since = \"0.1.0\"", "since = \"0.1.0", "a text in quotes is not closed on its line"),
            ("severity = \"high\"", "severity = \"High\"", "did you mean `high`?"),
        ] {
            let text = samples::VIEW_DENIED.replacen(from, to, 1);
            let error = parse("own.toml", &text).unwrap_err();
            assert!(error.message.contains(expected), "{error}");
            assert!(error.line.is_some(), "{error}");
        }
    }
}
