//! `faultline names check`: which ids of connections and folders the given exports can name.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::cli::commands::scan;
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::progress::ScanProgress;
use crate::cli::terminal::signals::Signals;
use crate::cli::terminal::{diagnostics, output};
use crate::cli::values::language::Language;
use crate::cli::values::scan_options::ProgressWhen;
use crate::cli::values::shared_options::ConfigFile;
use crate::cli::values::{language, settings, signature_files};
use crate::model::{Lang, Run};
use crate::pipeline;
use crate::pipeline::{NameReport, NameResolution, Settings, SourceSelection, UnresolvedReason};
use crate::report::escape_for_terminal as shown;

/// `faultline names`.
#[derive(Args, Debug)]
pub struct NamesArguments {
    /// What to do
    #[command(subcommand)]
    pub command: NamesCommand,
}

/// Subcommands of `faultline names`.
#[derive(Subcommand, Debug)]
pub enum NamesCommand {
    /// Say which connections and folders have a name, which not, and why
    Check(CheckArguments),
}

/// `faultline names check`.
#[derive(Args, Debug)]
pub struct CheckArguments {
    /// Files, directories (walked), or - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Further inventory exports, only read for names
    #[arg(long, value_name = "PATH", env = "FAULTLINE_NAMES")]
    pub names: Vec<PathBuf>,

    /// Only files that match
    #[arg(long, value_name = "GLOB", env = "FAULTLINE_INCLUDE")]
    pub include: Vec<String>,

    /// No files that match
    #[arg(long, value_name = "GLOB", env = "FAULTLINE_EXCLUDE")]
    pub exclude: Vec<String>,

    /// Follow links inside the given roots
    #[arg(long, env = "FAULTLINE_FOLLOW_LINKS", value_parser = FalseyValueParser::new())]
    pub follow_links: bool,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: NamesFormat,

    /// Language
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,

    /// Settings file.
    #[command(flatten)]
    pub config: ConfigFile,
}

/// Faces of the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum NamesFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Runs the command.
pub fn run(arguments: &NamesArguments) -> Result<Exit, CliError> {
    let NamesCommand::Check(arguments) = &arguments.command;
    settings::require_path(&arguments.paths)?;
    let settings = Settings {
        selection: SourceSelection {
            roots: arguments.paths.clone(),
            include: arguments.include.clone(),
            exclude: arguments.exclude.clone(),
            follow_links: arguments.follow_links,
            own: None,
        },
        names: arguments.names.clone(),
        threads: settings::core_count(),
        ..Settings::default()
    };
    let pack = signature_files::load(&[])?;
    let planned = pipeline::plan(&settings)?;
    let signals = Signals::watch().map_err(|error| CliError::new(Exit::Output, error))?;
    let progress = ScanProgress::new(ProgressWhen::Auto, false, planned.extent(), &signals);
    let scanned = pipeline::scan(planned, &pack, &settings, &progress)?;
    progress.finish();
    let Some(scanned) = scanned else { return Ok(scan::interrupted(signals.received(), false)) };
    // What was not read is told as by a scan: a name may be in it.
    let report = pipeline::build_report(&scanned, &pack, &settings, Run::default(), Lang::En);
    diagnostics::print_diagnostics(&report, false, language::terminal_language(arguments.lang));
    let resolved = pipeline::resolve(&scanned);
    let text = match arguments.format {
        NamesFormat::Text => text(&resolved, language::terminal_language(arguments.lang)),
        NamesFormat::Json => format!("{:#}\n", machine(&resolved)),
    };
    output::print(text.as_bytes())?;
    Ok(if pipeline::is_partial(&report) { Exit::Partial } else { Exit::Done })
}

fn machine(resolved: &NameReport) -> Value {
    let rows = |all: &[NameResolution]| -> Vec<Value> {
        all.iter()
            .map(|r| {
                let why: Vec<&str> = r.why_not.iter().map(|why| word(*why)).collect();
                json!({
                    "id": r.id,
                    "names": r.names,
                    "connector": r.connector,
                    "folder": r.folder,
                    "why_not": why,
                    "used": r.used,
                })
            })
            .collect()
    };
    json!({
        "connections": rows(&resolved.connections),
        "folders": rows(&resolved.folders),
        "known": {
            "connections": resolved.known_connections,
            "folders": resolved.known_folders,
        },
    })
}

fn word(why: UnresolvedReason) -> &'static str {
    match why {
        UnresolvedReason::Unknown => "unknown",
        UnresolvedReason::Elsewhere => "elsewhere",
        UnresolvedReason::Disagree => "disagree",
        UnresolvedReason::Nameless => "nameless",
    }
}

fn text(resolved: &NameReport, lang: Lang) -> String {
    let mut out = String::new();
    let (connections, folders) = match lang {
        Lang::En => ("Connections", "Folders"),
        Lang::Ja => ("コネクション", "フォルダー"),
    };
    for (head, rows, known) in [
        (connections, &resolved.connections, resolved.known_connections),
        (folders, &resolved.folders, resolved.known_folders),
    ] {
        let named = rows.iter().filter(|row| row.why_not.is_empty()).count();
        // Writing to a string cannot fail.
        let _ = match lang {
            Lang::En => writeln!(
                out,
                "{head}: {named} of {} that records name have a name; exports list {known}",
                rows.len()
            ),
            Lang::Ja => writeln!(
                out,
                "{head}: 記録に現れる {} 件のうち {named} 件に名前があります(一覧には {known} 件)",
                rows.len()
            ),
        };
        for row in rows {
            out.push_str(&told(row, lang));
        }
        out.push('\n');
    }
    out.pop();
    out
}

fn told(row: &NameResolution, lang: Lang) -> String {
    let parts = row.names.iter().chain(&row.connector).chain(&row.folder);
    let known: Vec<String> = parts.map(|part| shown(part)).collect();
    let mut text = format!("  {}  {}\n", shown(&row.id), known.join(" · "));
    for why in &row.why_not {
        let advice = advice(*why, row.id.contains('-'), lang);
        text.push_str(&format!("      {advice}\n"));
    }
    text
}

/// Why an id has no name, and which export would give it one.
fn advice(why: UnresolvedReason, key: bool, lang: Lang) -> &'static str {
    match (why, key, lang) {
        (UnresolvedReason::Unknown, true, Lang::En) => {
            "no name: no export lists it. Add the list of connections or folders, or --names"
        }
        (UnresolvedReason::Unknown, false, Lang::En) => {
            "no name: no list of folders and no job names this number. Add folders.json or the jobs"
        }
        (UnresolvedReason::Elsewhere, _, Lang::En) => {
            "no name here: the list that has it lies with other records, and numbers repeat between \
             tenants. Put it beside these, or give it with --names"
        }
        (UnresolvedReason::Disagree, _, Lang::En) => {
            "no name: exports that hold here call it differently. Keep the exports of each tenant \
             in a directory of their own, and old lists out"
        }
        (UnresolvedReason::Nameless, _, Lang::En) => "no name: it is listed without one",
        (UnresolvedReason::Unknown, true, Lang::Ja) => {
            "名前なし: どの一覧にもありません。コネクションまたはフォルダーの一覧を追加してください(--names でも可)"
        }
        (UnresolvedReason::Unknown, false, Lang::Ja) => {
            "名前なし: この番号を示すフォルダー一覧もジョブもありません。folders.json かジョブを追加してください"
        }
        (UnresolvedReason::Elsewhere, _, Lang::Ja) => {
            "ここでは名前なし: 一覧は別の記録の場所にあり、番号はテナント間で重複します。同じ場所に置くか --names で指定してください"
        }
        (UnresolvedReason::Disagree, _, Lang::Ja) => {
            "名前なし: 一覧によって名前が異なります。テナントごとにディレクトリを分け、古い一覧を除いてください"
        }
        (UnresolvedReason::Nameless, _, Lang::Ja) => "名前なし: 一覧に名前がありません",
    }
}
