//! report.html: one page that opens offline by double click. It has no script and makes no request;
//! the content security policy in its head forbids both. All text passes through one escaping
//! formatter.

use std::borrow::Cow;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter};

use crate::model::{Report, cut};
use crate::report::escape;
use crate::report::html::view::{Page, PageLimits};
use crate::report::style::{RenderError, Style};

/// The page must open without delay on an office computer and pass a mail gateway.
const MAX_BYTES: usize = 5 * 1024 * 1024;

/// Tried in this order until the page fits into [`MAX_BYTES`]. The last is small enough for any
/// report.
const LIMITS: [PageLimits; 5] = [
    PageLimits { incidents: 1000, drawers: 1000, samples: 3, list_rows: 200, text_bytes: 4000 },
    PageLimits { incidents: 1000, drawers: 1000, samples: 1, list_rows: 200, text_bytes: 2000 },
    PageLimits { incidents: 1000, drawers: 200, samples: 1, list_rows: 200, text_bytes: 2000 },
    PageLimits { incidents: 500, drawers: 50, samples: 0, list_rows: 100, text_bytes: 500 },
    PageLimits { incidents: 100, drawers: 20, samples: 0, list_rows: 20, text_bytes: 200 },
];

pub fn render(report: &Report, style: &Style) -> Result<Vec<u8>, RenderError> {
    let mut html = String::new();
    for (index, limits) in LIMITS.into_iter().enumerate() {
        let page = Page::new(report, style.lang, limits, index > 0);
        html = render_page(&page, limits)?;
        if html.len() <= MAX_BYTES {
            break;
        }
    }
    Ok(html.into_bytes())
}

fn render_page(page: &Page, limits: PageLimits) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(move |out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => match printable(text, limits.text_bytes) {
            Cow::Borrowed(unchanged) if unchanged.len() == text.len() => {
                escape_formatter(out, state, value)
            }
            changed => escape_formatter(out, state, &Value::from(changed.into_owned())),
        },
        _ => escape_formatter(out, state, value),
    });
    environment.add_template("report", include_str!("page.html"))?;
    let style = Value::from_safe_string(include_str!("style.css").to_string());
    let context = minijinja::context! {
        page => Serde(page),
        w => Serde(page.ui_strings()),
        style,
    };
    Ok(environment.get_template("report")?.render(context)?)
}

/// The text without control and direction characters, cut to `limit` bytes before escaping.
fn printable(text: &str, limit: usize) -> Cow<'_, str> {
    let beginning = cut(text, limit);
    let escaped = escape::escape_block(beginning);
    if beginning.len() < text.len() { escaped + "…" } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Incident, Lang};
    use crate::report::sample;
    use crate::report::text::ui_strings::ui_strings;

    fn page(report: &Report, lang: Lang) -> String {
        let bytes = super::render(report, &Style { lang, csv_plain: false }).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Checks that tags are closed in order and attributes are quoted, which is enough to detect a
    /// broken template or a missing escape.
    fn assert_well_formed(page: &str) {
        const VOID: [&str; 4] = ["meta", "br", "hr", "!doctype"];
        let mut open: Vec<String> = Vec::new();
        let mut rest = page;
        while let Some(start) = rest.find('<') {
            let end = start + rest[start..].find('>').expect("a tag ends");
            let tag = &rest[start + 1..end];
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
    fn log_text_is_escaped_in_every_position() {
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
    fn makes_no_request() {
        let page = page(&sample::rich(), Lang::En);
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
        for word in ["<script", "<link", "<img", "src=", "url(", "@import", " onclick"] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn the_first_screen_shows_completeness_and_verdict() {
        let page = page(&sample::rich(), Lang::En);
        let first_screen = page.split("id=\"incidents\"").next().unwrap();
        assert!(first_screen.contains("INCOMPLETE"));
        assert!(first_screen.contains("1 connection needs re-authentication"));
        assert!(!first_screen.contains("c1c1c1c1-c1c1"));
        assert!(page.contains("<details class=\"drawer\" id=\"FL-7K3F9Q\">"));
        assert!(page.contains("<html lang=\"en\">"));
    }

    #[test]
    fn japanese_pages_contain_no_english_ui_strings() {
        let page = page(&sample::rich(), Lang::Ja);
        let english = serde_json::to_value(ui_strings(Lang::En)).unwrap();
        for (name, text) in english.as_object().unwrap() {
            let text = text.as_str().unwrap();
            let is_distinctive = text.len() > 12 && !text.contains('{');
            assert!(!is_distinctive || !page.contains(text), "{name}");
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
