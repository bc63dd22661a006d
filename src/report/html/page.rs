//! report.html: one page that opens offline by double click. No script, no request to anywhere;
//! the content policy in its head forbids both. All text passes through one escaping formatter.

use crate::model::Report;
use crate::model::cut;
use crate::report::escape;
use crate::report::html::view;
use crate::report::style::{RenderError, Style};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter};
use std::borrow::Cow;
/// The page must open at once on an office computer and pass a mail gateway.
const MAX_BYTES: usize = 5 * 1024 * 1024;

/// How much of the report the page shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Detail {
    /// Rows of the table of incidents.
    pub(crate) rows: usize,
    /// Incidents described in full.
    pub(crate) full: usize,
    /// Samples of each.
    pub(crate) samples: usize,
    /// Rows of every other list.
    pub(crate) listed: usize,
    /// Bytes of one printed value.
    value: usize,
}

/// From everything a reader can want to what surely fits: fewer samples first, then fewer
/// incidents in full. The first that fits is taken.
const DETAILS: [Detail; 5] = [
    Detail { rows: 1000, full: 1000, samples: 3, listed: 200, value: 4000 },
    Detail { rows: 1000, full: 1000, samples: 1, listed: 200, value: 2000 },
    Detail { rows: 1000, full: 200, samples: 1, listed: 200, value: 2000 },
    Detail { rows: 500, full: 50, samples: 0, listed: 100, value: 500 },
    Detail { rows: 100, full: 20, samples: 0, listed: 20, value: 200 },
];

/// The page.
pub fn report(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut page = String::new();
    for (at, detail) in DETAILS.into_iter().enumerate() {
        page = render(&view::Page::new(report, style.lang, detail, at > 0), detail)?;
        if page.len() <= MAX_BYTES {
            break;
        }
    }
    Ok(page.into_bytes())
}

fn render(page: &view::Page, detail: Detail) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(move |out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => match printable(text, detail.value) {
            Cow::Borrowed(whole) if whole.len() == text.len() => {
                escape_formatter(out, state, value)
            }
            shown => escape_formatter(out, state, &Value::from(shown.into_owned())),
        },
        _ => escape_formatter(out, state, value),
    });
    environment.add_template("report", include_str!("page.html"))?;
    let style = Value::from_safe_string(include_str!("style.css").to_string());
    let context = minijinja::context! {
        page => Serde(page),
        w => Serde(page.words()),
        style,
    };
    Ok(environment.get_template("report")?.render(context)?)
}

/// A value without control and direction characters, cut where it would crowd out the page.
fn printable(text: &str, limit: usize) -> Cow<'_, str> {
    let kept = cut(text, limit);
    let shown = escape::escape_block(kept);
    if kept.len() < text.len() { shown + "…" } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Incident, Lang};
    use crate::report::sample;
    use crate::report::text::ui_strings::words;

    fn page(report: &Report, lang: Lang) -> String {
        let bytes = super::report(report, &Style { lang, csv_plain: false }).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Every tag that opens is closed in order; attributes are quoted. Enough of HTML to find a
    /// broken template or an escape that failed.
    fn assert_well_formed(page: &str) {
        const VOID: [&str; 4] = ["meta", "br", "hr", "!doctype"];
        let mut open: Vec<String> = Vec::new();
        let mut rest = page;
        while let Some(at) = rest.find('<') {
            let end = at + rest[at..].find('>').expect("a tag ends");
            let tag = &rest[at + 1..end];
            assert!(!tag.contains('<'), "<{tag}>");
            assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
            let name = tag.split_whitespace().next().unwrap_or("").to_ascii_lowercase();
            if let Some(closed) = name.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(closed), "near {}", cut(rest, 200));
            } else if !VOID.contains(&name.as_str()) {
                open.push(name);
            }
            rest = &rest[end + 1..];
        }
        assert_eq!(open, [""; 0]);
    }

    #[test]
    fn well_formed_in_both_languages() {
        for report in [sample::rich(), sample::empty()] {
            for lang in [Lang::En, Lang::Ja] {
                assert_well_formed(&page(&report, lang));
            }
        }
    }

    #[test]
    fn log_text_stays_text_wherever_it_stands() {
        let mut report = sample::rich();
        for incident in &mut report.incidents {
            incident.signature.title = sample::HOSTILE.to_string();
            incident.connection.name = Some(sample::HOSTILE.to_string());
            incident.connection_folder.path = Some(sample::HOSTILE.to_string());
            incident.remediation.url = "javascript:alert(1)".to_string();
            incident.id = format!("\"><script>{}", incident.id);
        }
        report.coverage.items[1].source = sample::HOSTILE.to_string();
        report.unmatched[0].template = sample::HOSTILE.to_string();
        report.diagnostics[0].message = sample::HOSTILE.to_string();
        let page = page(&report, Lang::En);
        assert_well_formed(&page);
        assert!(!page.contains("<script"));
        assert!(!page.contains("href=\"javascript"));
        assert!(page.contains("&lt;script&gt;"));
        assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'));
    }

    #[test]
    fn asks_nobody_for_anything() {
        let page = page(&sample::rich(), Lang::En);
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
        for word in ["<script", "<link", "<img", "src=", "url(", "@import", " onclick"] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn says_what_the_first_screen_must_say() {
        let page = page(&sample::rich(), Lang::En);
        let first_screen = page.split("id=\"incidents\"").next().unwrap();
        assert!(first_screen.contains("INCOMPLETE"));
        assert!(first_screen.contains("1 connection needs re-authentication"));
        assert!(!first_screen.contains("c1c1c1c1-c1c1"));
        assert!(page.contains("<details class=\"drawer\" id=\"FL-7K3F9Q\">"));
        assert!(page.contains("<html lang=\"en\">"));
    }

    #[test]
    fn japanese_pages_have_no_english_words_of_ours() {
        let page = page(&sample::rich(), Lang::Ja);
        let english = serde_json::to_value(words(Lang::En)).unwrap();
        for (name, word) in english.as_object().unwrap() {
            let word = word.as_str().unwrap();
            let long = word.len() > 12 && !word.contains('{');
            assert!(!long || !page.contains(word), "{name}");
        }
        for word in ["INCOMPLETE", "regressed<", "connection-owner<"] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn a_large_report_is_shortened_and_says_so() {
        let mut report = sample::rich();
        report.incidents[0].samples[0].message = "接続".repeat(2000);
        let one = report.incidents[0].clone();
        report.incidents =
            (0..3000).map(|n| Incident { id: format!("FL-{n:06}"), ..one.clone() }).collect();
        let page = page(&report, Lang::En);
        assert!(page.len() <= MAX_BYTES, "{}", page.len());
        assert_well_formed(&page);
        assert!(page.contains("Shortened to keep the page small: 200 of 3,000 incidents"));
        assert!(page.contains("2,000 more incidents"));
    }
}
