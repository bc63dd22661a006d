//! `faultline diff`: compares two reports, from directories or from runs that a state archives.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::language::Language;
use crate::cli::values::run_ref::RunArchive;
use crate::cli::values::saved_report::SavedReport;
use crate::cli::values::shared_options::{ConfigFile, OutputFormat};
use crate::cli::values::{language, saved_report};
use crate::compare::{
    Caution, Change, ChangeReason, FailureCounts, IncidentChange, cautions, compare,
};
use crate::model::{Lang, Report};
use crate::report::{Term, connection_of, escape_for_terminal, folders_of};

/// Version of the JSON format of `--format json`.
const SCHEMA_VERSION: &str = "1.0";

#[derive(Args, Debug)]
pub struct DiffArguments {
    /// The earlier and the later report: a report.json, its directory, or with a state a run: its
    /// number, or a time (2026-11-22, 7d) before which it started. One alone is compared with the
    /// last run; with none, the last two runs are compared
    #[arg(value_name = "A B", num_args = 0..=2)]
    pub sides: Vec<PathBuf>,

    /// State file with the runs
    #[arg(long, value_name = "FILE", env = "FAULTLINE_STATE")]
    pub state: Option<PathBuf>,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: OutputFormat,

    /// Language of the output
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,

    #[command(flatten)]
    pub config: ConfigFile,
}

pub fn run(arguments: &DiffArguments) -> Result<Exit, CliError> {
    let [before, after] = load_sides(arguments)?;
    let compared = compare(&before.report, &after.report);
    let cautions = cautions(&before.report, &after.report);
    let text = match arguments.format {
        OutputFormat::Text => {
            let lang = language::terminal_language(arguments.lang);
            format_text(&[&before, &after], &compared, &cautions, lang)
        }
        OutputFormat::Json => {
            format!("{:#}\n", to_json(&before.report, &after.report, &compared, &cautions))
        }
    };
    output::print(text.as_bytes())?;
    Ok(Exit::Done)
}

/// Loads both reports, in the order of the command line. A missing one is the last run of the state.
fn load_sides(arguments: &DiffArguments) -> Result<[SavedReport; 2], CliError> {
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
    // With a state, an argument that is not a path names a run.
    let run_name = |path: &PathBuf| state.is_some() && !path.exists();
    let side = |path: &PathBuf| match path.to_str().filter(|_| run_name(path)) {
        Some(run) => {
            let archive = archive()?;
            let run = archive.find_run(run)?;
            saved_report::load_run(archive, run)
        }
        None => saved_report::load(path),
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

fn to_json(
    before: &Report,
    after: &Report,
    compared: &[IncidentChange<'_>],
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
    let count = |change: Change| compared.iter().filter(|row| row.change == change).count();
    let counts: serde_json::Map<String, Value> = Change::ALL
        .iter()
        .map(|change| (change_name(*change).to_string(), count(*change).into()))
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

/// Returns the key of a change in JSON, which scripts read.
fn change_name(change: Change) -> &'static str {
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

fn format_text(
    sides: &[&SavedReport; 2],
    compared: &[IncidentChange<'_>],
    cautions: &[Caution],
    lang: Lang,
) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    for (name, side) in ["A", "B"].iter().zip(sides) {
        line(format!(
            "{name}  {}  {}",
            escape_for_terminal(&side.name),
            format_period(&side.report, lang)
        ));
    }
    for caution in cautions {
        line(format!("   {}", caution_text(*caution, lang)));
    }
    for change in Change::ALL {
        let rows: Vec<&IncidentChange<'_>> =
            compared.iter().filter(|row| row.change == change).collect();
        if rows.is_empty() {
            continue;
        }
        line(String::new());
        line(format!("{} ({})", title(change, lang), rows.len()));
        if change == Change::Same {
            let ids: Vec<&str> = rows.iter().map(|row| row.incident.id.as_str()).collect();
            line(format!("  {}", escape_for_terminal(&ids.join(" "))));
            continue;
        }
        for row in rows {
            line(format_row(row, lang));
            if let Some(because) = &row.because {
                line(format!("             {}", because_text(because, lang)));
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

fn format_row(row: &IncidentChange<'_>, lang: Lang) -> String {
    let incident = row.incident;
    let owner = incident.owner.word(lang);
    format!(
        "  {}  {}  {}  {}  {}  [{owner}]",
        escape_for_terminal(&incident.id),
        format_amounts(row.before, row.after, lang),
        escape_for_terminal(&incident.signature.title),
        escape_for_terminal(&connection_of(incident, lang)),
        escape_for_terminal(&folders_of(incident, lang).join(", ")),
    )
}

fn format_amounts(before: FailureCounts, after: FailureCounts, lang: Lang) -> String {
    let (old, new) = (before.occurrences, after.occurrences);
    let (old_jobs, new_jobs) = (before.jobs, after.jobs);
    match lang {
        Lang::En => format!("{old} → {new} ({old_jobs} → {new_jobs} jobs)"),
        Lang::Ja => format!("{old} → {new} 件(ジョブ {old_jobs} → {new_jobs})"),
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

fn caution_text(caution: Caution, lang: Lang) -> String {
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
        Caution::IdsAlone => (
            "a report comes without occurrences.csv: incidents are joined by their ids alone",
            "occurrences.csv のないレポートがあるため、障害は ID だけで照合しました",
        ),
        Caution::Order => (
            "A ends later than B: are they the other way round?",
            "A のほうが B より新しい内容です。順序が逆ではありませんか",
        ),
    };
    pick(lang, en, ja)
}

fn because_text(because: &ChangeReason, lang: Lang) -> String {
    let source = escape_for_terminal(&because.source);
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

fn format_period(report: &Report, lang: Lang) -> String {
    let coverage = &report.coverage;
    match (coverage.first_time, coverage.last_time) {
        (Some(first), Some(last)) => format!("{first} – {last}"),
        _ => pick(lang, "no times", "時刻なし"),
    }
}
