//! `faultline diff`: two reports compared, of directories or of runs that a state keeps.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::language::Language;
use crate::cli::values::run_ref::RunArchive;
use crate::cli::values::saved_report::SavedReport;
use crate::cli::values::shared_options::ConfigFile;
use crate::cli::values::{language, saved_report};
use crate::compare::{Amount, Because, Caution, Change, Compared, cautions, compare};
use crate::model::{Lang, Report};
use crate::report::{Term, connection_of, escape_for_terminal as shown, folders_of};

/// Version of the shape of `--format json`.
const SCHEMA_VERSION: &str = "1.0";

/// `faultline diff`.
#[derive(Args, Debug)]
pub struct DiffArguments {
    /// The earlier and the later report: a report.json, the directory it is in, or with a state a
    /// run: its number, or a time (2026-11-22, 7d) by which it had begun. One alone is compared
    /// with the last run; none at all are the last two runs
    #[arg(value_name = "A B", num_args = 0..=2)]
    pub sides: Vec<PathBuf>,

    /// The state that keeps the runs
    #[arg(long, value_name = "FILE", env = "FAULTLINE_STATE")]
    pub state: Option<PathBuf>,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DiffFormat,

    /// Language
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,

    /// Settings file.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// Faces of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum DiffFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Runs the command.
pub fn run(arguments: &DiffArguments) -> Result<Exit, CliError> {
    let [a, b] = sides(arguments)?;
    let compared = compare(&a.report, &b.report);
    let cautions = cautions(&a.report, &b.report);
    let text = match arguments.format {
        DiffFormat::Text => {
            let lang = language::terminal_language(arguments.lang);
            text(&[&a, &b], &compared, &cautions, lang)
        }
        DiffFormat::Json => {
            format!("{:#}\n", machine(&a.report, &b.report, &compared, &cautions))
        }
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Both reports, the earlier first.
fn sides(arguments: &DiffArguments) -> Result<[SavedReport; 2], CliError> {
    let state = arguments.state.as_deref();
    let archive = || {
        state.map(RunArchive::open).transpose()?.ok_or_else(|| {
            CliError::usage("two reports are compared: name both, or the runs of a --state FILE")
        })
    };
    let latest = || {
        let archive = archive()?;
        let [run] = archive.latest()?;
        saved_report::load_run(archive, run)
    };
    let side = |word: &PathBuf| match word.to_str().filter(|_| state.is_some() && !word.exists()) {
        Some(word) => {
            let archive = archive()?;
            let run = archive.find_run(word)?;
            saved_report::load_run(archive, run)
        }
        None => saved_report::load(word),
    };
    match &arguments.sides[..] {
        [] => {
            let [before, after] = archive()?.latest()?;
            Ok([
                saved_report::load_run(archive()?, before)?,
                saved_report::load_run(archive()?, after)?,
            ])
        }
        [before] => Ok([side(before)?, latest()?]),
        [before, after, ..] => Ok([side(before)?, side(after)?]),
    }
}

fn machine(
    before: &Report,
    after: &Report,
    compared: &[Compared<'_>],
    cautions: &[Caution],
) -> Value {
    let side = |report: &Report| {
        json!({
            "run": report.run.id,
            "started_at": report.run.started_at,
            "first_time": report.coverage.first_time,
            "last_time": report.coverage.last_time,
        })
    };
    let count = |change: Change| compared.iter().filter(|c| c.change == change).count();
    let counts: serde_json::Map<String, Value> = Change::ALL
        .iter()
        .map(|change| (word(*change).to_string(), count(*change).into()))
        .collect();
    let changes: Vec<Value> = compared
        .iter()
        .map(|compared| {
            let incident = compared.incident;
            json!({
                "change": compared.change,
                "id": incident.id,
                "fingerprint": incident.fingerprint,
                "signature": incident.signature.id,
                "title": incident.signature.title,
                "severity": incident.severity,
                "owner": incident.owner,
                "connection": incident.connection,
                "connection_folder": incident.connection_folder,
                "before": compared.before,
                "after": compared.after,
                "because": compared.because,
            })
        })
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "before": side(before),
        "after": side(after),
        "cautions": cautions,
        "summary": counts,
        "changes": changes,
    })
}

/// The word of a change in machine formats.
fn word(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Regressed => "regressed",
        Change::Grown => "grown",
        Change::Eased => "eased",
        Change::Gone => "gone",
        Change::NotComparable => "not-comparable",
        Change::Same => "same",
    }
}

fn text(
    sides: &[&SavedReport; 2],
    compared: &[Compared<'_>],
    cautions: &[Caution],
    lang: Lang,
) -> String {
    let mut out = String::new();
    let mut line = |words: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{words}");
    };
    for (name, side) in ["A", "B"].iter().zip(sides) {
        line(format!("{name}  {}  {}", shown(&side.name), period(&side.report, lang)));
    }
    for caution in cautions {
        line(format!("   {}", caution_words(*caution, lang)));
    }
    for change in Change::ALL {
        let all: Vec<&Compared<'_>> = compared.iter().filter(|c| c.change == change).collect();
        if all.is_empty() {
            continue;
        }
        line(String::new());
        line(format!("{} ({})", title(change, lang), all.len()));
        if change == Change::Same {
            let ids: Vec<&str> = all.iter().map(|c| c.incident.id.as_str()).collect();
            line(format!("  {}", shown(&ids.join(" "))));
            continue;
        }
        for compared in all {
            line(told(compared, lang));
            if let Some(because) = &compared.because {
                line(format!("             {}", because_words(because, lang)));
            }
        }
    }
    if compared.is_empty() {
        line(String::new());
        line(pick(
            lang,
            "Neither report has an incident.",
            "どちらのレポートにも障害はありません。",
        ));
    }
    out
}

fn told(compared: &Compared<'_>, lang: Lang) -> String {
    let incident = compared.incident;
    let owner = incident.owner.word(lang);
    format!(
        "  {}  {}  {}  {}  {}  [{owner}]",
        shown(&incident.id),
        amounts(compared.before, compared.after, lang),
        shown(&incident.signature.title),
        shown(&connection_of(incident, lang)),
        shown(&folders_of(incident, lang).join(", ")),
    )
}

fn amounts(before: Amount, after: Amount, lang: Lang) -> String {
    let (was, is) = (before.occurrences, after.occurrences);
    let (jobs_were, jobs_are) = (before.jobs, after.jobs);
    match lang {
        Lang::En => format!("{was} → {is} ({jobs_were} → {jobs_are} jobs)"),
        Lang::Ja => format!("{was} → {is} 件(ジョブ {jobs_were} → {jobs_are})"),
    }
}

fn pick(lang: Lang, en: &str, ja: &str) -> String {
    if lang == Lang::Ja { ja.to_string() } else { en.to_string() }
}

fn title(change: Change, lang: Lang) -> String {
    let (en, ja) = match change {
        Change::New => ("New", "新規"),
        Change::Regressed => ("Regressed", "再発"),
        Change::Grown => ("Grown", "増加"),
        Change::Eased => ("Eased", "減少"),
        Change::Gone => ("Gone", "解消"),
        Change::NotComparable => ("Not comparable", "比較不能"),
        Change::Same => ("As before", "変化なし"),
    };
    pick(lang, en, ja)
}

fn caution_words(caution: Caution, lang: Lang) -> String {
    let (en, ja) = match caution {
        Caution::Signatures => (
            "the reports were made with different signatures: what is new may only be newly known",
            "使われたシグネチャが異なります。新規の障害は、以前は検出できなかっただけかもしれません",
        ),
        Caution::Window => (
            "only one of the reports is limited to a time window",
            "期間が限定されているのは片方のレポートだけです",
        ),
        Caution::Zone => (
            "different zones were assumed for times that carry none",
            "想定タイムゾーンが異なります",
        ),
        Caution::Order => (
            "A ends later than B: are they the other way round?",
            "A のほうが B より新しい内容です。順序が逆ではありませんか",
        ),
    };
    pick(lang, en, ja)
}

fn because_words(because: &Because, lang: Lang) -> String {
    let source = shown(&because.source);
    let side = if because.in_report == "before" { "A" } else { "B" };
    match (lang, because.was) {
        (Lang::En, "missing") => format!("because {side} has no source like {source}"),
        (Lang::En, "partial") => format!("because {side} read {source} only in part"),
        (Lang::En, _) => format!("because {side} did not read {source}"),
        (Lang::Ja, "missing") => format!("理由: {side} には {source} に当たるソースがありません"),
        (Lang::Ja, "partial") => format!("理由: {side} は {source} を一部しか読んでいません"),
        (Lang::Ja, _) => format!("理由: {side} は {source} を読んでいません"),
    }
}

fn period(report: &Report, lang: Lang) -> String {
    let coverage = &report.coverage;
    match (coverage.first_time, coverage.last_time) {
        (Some(first), Some(last)) => format!("{first} – {last}"),
        _ => pick(lang, "no times", "時刻なし"),
    }
}
