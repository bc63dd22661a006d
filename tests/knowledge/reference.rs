//! Pages generated from the built-in signatures, compared with those in the repository: the
//! reference of all signatures, and which signatures match the examples of others. `BLESS=1`
//! rewrites them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use faultline::authoring::conflicts;
use faultline::model::Lang;
use faultline::model::{CauseRule, Signature, SignatureFile};
use faultline::rules::RuleSet;

use crate::support::shared_rule_set;

/// Compares a page with its file.
fn is_fresh(file: &str, page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, page).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == page,
        "{file} is not what the pack says; BLESS=1 cargo test {}",
        module_path!()
    );
}

fn files() -> Vec<SignatureFile> {
    RuleSet::builtin_texts().iter().map(|(_, text)| toml::from_str(text).unwrap()).collect()
}

#[test]
fn the_page_of_signatures_matches_the_rule_set() {
    let files = files();
    let mut signatures: Vec<&Signature> = files.iter().flat_map(|f| &f.signatures).collect();
    signatures.sort_by_key(|signature| &signature.id);
    let mut reasons: Vec<&CauseRule> = files.iter().flat_map(|f| &f.reasons).collect();
    reasons.sort_by(|a, b| (&a.code, a.category.as_str()).cmp(&(&b.code, b.category.as_str())));
    let mut page = format!(
        "# Signatures / シグネチャ\n\n\
         {} signatures and {} inner reasons are shipped. This page is made from `signatures/*.toml`; how \
         to write one is said in [signatures/README.md](../signatures/README.md). Words in angle brackets are \
         filled with what the log says.\n\n\
         同梱のシグネチャの一覧です。`signatures/*.toml` から生成しています。山括弧の語には、ログから読み取った値が入ります。\n\n\
         | id | category | severity | owner | title | タイトル |\n|---|---|---|---|---|---|\n",
        signatures.len(),
        reasons.len()
    );
    for s in &signatures {
        let (en, ja) = (text(&s.title.en), text(&s.title.ja));
        let (id, off) = (&s.id, if s.is_off { ", off" } else { "" });
        let words = format!("{} | {} | {}", s.category, s.severity, s.owner);
        writeln!(page, "| [{id}](#{}){off} | {words} | {en} | {ja} |", id.replace('.', ""))
            .unwrap();
    }
    signatures.iter().for_each(|signature| described(&mut page, signature));
    page.push_str(
        "\n## Inner reasons / 内部の原因\n\n\
         What a provider or identity service itself says. It becomes the `cause` of an incident.\n\n\
         プロバイダーや認証サービス自身が示す原因です。インシデントの `cause` になります。\n\n\
         | cause | category | words |\n|---|---|---|\n",
    );
    for reason in reasons {
        let numbers = reason.aadsts.iter().map(u32::to_string);
        let words: Vec<String> =
            reason.words.iter().cloned().chain(numbers).map(|word| code(&word)).collect();
        let off = if reason.is_off { ", off" } else { "" };
        let cause = code(&reason.code);
        writeln!(page, "| {cause}{off} | {} | {} |", reason.category, words.join(", ")).unwrap();
    }
    is_fresh("docs/signatures.md", &page);
}

fn described(page: &mut String, s: &Signature) {
    let off = if s.is_off { ", off" } else { "" };
    write!(
        page,
        "\n### {}\n\n{}, {}, {}; {}; confidence {}; rank {}; since {}{off}\n\n",
        s.id, s.category, s.severity, s.owner, s.surface, s.confidence, s.rank, s.since
    )
    .unwrap();
    let anchors: Vec<String> =
        s.when.iter().flat_map(|when| &when.anchors).map(|anchor| code(anchor)).collect();
    match s.gathers.is_empty() {
        true => writeln!(page, "Found by / 検索語: {}\n", anchors.join(", ")).unwrap(),
        false => {
            let others: Vec<String> = s.gathers.iter().map(|id| code(id)).collect();
            writeln!(page, "Gathers / 集約対象: {}\n", others.join(", ")).unwrap();
        }
    }
    for (lang, verify) in [(Lang::En, "To verify:"), (Lang::Ja, "確認方法:")] {
        let (title, summary) = (text(s.title.get(lang)), text(s.remedy.summary.get(lang)));
        writeln!(page, "**{title}** — {summary}\n").unwrap();
        for (at, step) in s.remedy.steps.iter().enumerate() {
            writeln!(page, "{}. {}", at + 1, text(step.get(lang))).unwrap();
        }
        for step in &s.remedy.verify {
            writeln!(page, "\n{verify} {}", text(step.get(lang))).unwrap();
        }
        page.push('\n');
    }
    if !s.url.is_empty() {
        writeln!(page, "<{}>", s.url).unwrap();
    }
}

/// A literal as Markdown code, also inside a table.
fn code(literal: &str) -> String {
    let fence = if literal.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", literal.replace('|', "\\|"))
}

/// Escapes an advice for Markdown, except for the text between backticks.
fn text(advice: &str) -> String {
    let parts = advice.split('`').enumerate().map(|(at, part)| match at % 2 {
        0 => part.replace('<', "\\<").replace('|', "\\|").replace('*', "\\*"),
        _ => format!("`{part}`"),
    });
    parts.collect()
}

#[test]
fn who_also_takes_whose_examples() {
    let rule_set = shared_rule_set();
    let mut page = String::from(
        "Signature and rank: the others that also take one of its examples, with their ranks.\n\
         Whoever is not listed is alone. Every other is outranked.\n\n",
    );
    for (id, others) in conflicts(rule_set, |_| true) {
        let rank = rule_set.get(&id).unwrap().rank;
        let listed: Vec<String> = others
            .iter()
            .map(|(other, theirs)| {
                assert!(
                    *theirs < rank,
                    "{other} of rank {theirs} takes an example of {id}, {rank}"
                );
                format!("{other} {theirs}")
            })
            .collect();
        if !listed.is_empty() {
            writeln!(page, "{id} {rank}: {}", listed.join(", ")).unwrap();
        }
    }
    assert!(page.lines().count() > 10, "{page}");
    is_fresh("tests/golden/signatures/cross-match.txt", &page);
}
