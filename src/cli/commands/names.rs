//! `faultline names check`: reports which ids of connections and folders the exports resolve to names.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::cli::commands::scan;
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::progress::ScanProgress;
use crate::cli::terminal::signals::Signals;
use crate::cli::terminal::{diagnostics, output};
use crate::cli::values::language::Language;
use crate::cli::values::scan_options::ProgressWhen;
use crate::cli::values::shared_options::{ConfigFile, OutputFormat};
use crate::cli::values::{language, settings, signature_files};
use crate::model::{Lang, Run};
use crate::pipeline::{
    self, NameReport, NameResolution, Settings, SourceSelection, UnresolvedReason,
};
use crate::report::escape_for_terminal;

#[derive(Args, Debug)]
pub struct NamesArguments {
    #[command(subcommand)]
    pub command: NamesCommand,
}

/// Subcommands of `faultline names`.
#[derive(Subcommand, Debug)]
pub enum NamesCommand {
    /// List which connections and folders have a name, which have none, and why
    Check(CheckArguments),
}

#[derive(Args, Debug)]
pub struct CheckArguments {
    /// Files, directories (searched recursively), or - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Further inventory exports, used only for names
    #[arg(long, value_name = "PATH", env = "FAULTLINE_NAMES")]
    pub names: Vec<PathBuf>,

    /// Read only files that match
    #[arg(long, value_name = "GLOB", env = "FAULTLINE_INCLUDE")]
    pub include: Vec<String>,

    /// Skip files that match
    #[arg(long, value_name = "GLOB", env = "FAULTLINE_EXCLUDE")]
    pub exclude: Vec<String>,

    /// Follow symbolic links that stay inside the given paths
    #[arg(long, env = "FAULTLINE_FOLLOW_LINKS", value_parser = FalseyValueParser::new())]
    pub follow_links: bool,

    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: OutputFormat,

    /// Language of the output
    #[arg(long, value_name = "LANG", env = "FAULTLINE_LANG")]
    pub lang: Option<Language>,

    #[command(flatten)]
    pub config: ConfigFile,
}

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
    let rules = signature_files::load(&[])?;
    let plan = pipeline::plan(&settings)?;
    let signals = Signals::watch().map_err(|error| CliError::new(Exit::Output, error))?;
    let progress = ScanProgress::new(ProgressWhen::Auto, false, plan.extent(), &signals);
    let outcome = pipeline::scan(plan, &rules, &settings, &progress)?;
    progress.finish();
    let Some(outcome) = outcome else { return Ok(scan::interrupted(signals.received(), false)) };
    // Unread sources are reported as in a scan, because they may hold a missing name.
    let report = pipeline::build_report(&outcome, &rules, &settings, Run::default(), Lang::En);
    diagnostics::print_diagnostics(&report, false, language::terminal_language(arguments.lang));
    let names = pipeline::resolve(&outcome);
    let text = match arguments.format {
        OutputFormat::Text => format_text(&names, language::terminal_language(arguments.lang)),
        OutputFormat::Json => format!("{:#}\n", to_json(&names)),
    };
    output::print(text.as_bytes())?;
    Ok(if pipeline::is_partial(&report) { Exit::Partial } else { Exit::Done })
}

fn to_json(report: &NameReport) -> Value {
    let rows = |resolutions: &[NameResolution]| -> Vec<Value> {
        resolutions
            .iter()
            .map(|row| {
                let reasons: Vec<&str> =
                    row.why_not.iter().map(|reason| reason_name(*reason)).collect();
                json!({
                    "id": row.id,
                    "names": row.names,
                    "connector": row.connector,
                    "folder": row.folder,
                    "why_not": reasons,
                    "used": row.used,
                })
            })
            .collect()
    };
    json!({
        "connections": rows(&report.connections),
        "folders": rows(&report.folders),
        "known": {
            "connections": report.known_connections,
            "folders": report.known_folders,
        },
    })
}

/// Returns the key of a reason in JSON, which scripts read.
fn reason_name(reason: UnresolvedReason) -> &'static str {
    match reason {
        UnresolvedReason::Unknown => "unknown",
        UnresolvedReason::Elsewhere => "elsewhere",
        UnresolvedReason::Disagree => "disagree",
        UnresolvedReason::Nameless => "nameless",
    }
}

fn format_text(report: &NameReport, lang: Lang) -> String {
    let mut out = String::new();
    let (connections, folders) = match lang {
        Lang::En => ("Connections", "Folders"),
        Lang::Ja => ("コネクション", "フォルダー"),
    };
    for (heading, rows, known) in [
        (connections, &report.connections, report.known_connections),
        (folders, &report.folders, report.known_folders),
    ] {
        let named = rows.iter().filter(|row| row.why_not.is_empty()).count();
        // Writing to a string cannot fail.
        let _ = match lang {
            Lang::En => writeln!(
                out,
                "{heading}: {named} of {} that records name have a name; exports list {known}",
                rows.len()
            ),
            Lang::Ja => writeln!(
                out,
                "{heading}: 記録に現れる {} 件のうち {named} 件に名前があります(一覧には {known} 件)",
                rows.len()
            ),
        };
        for row in rows {
            out.push_str(&format_row(row, lang));
        }
        out.push('\n');
    }
    out.pop();
    out
}

fn format_row(row: &NameResolution, lang: Lang) -> String {
    let parts = row.names.iter().chain(&row.connector).chain(&row.folder);
    let parts: Vec<String> = parts.map(|part| escape_for_terminal(part)).collect();
    let mut text = format!("  {}  {}\n", escape_for_terminal(&row.id), parts.join(" · "));
    // Keys are GUIDs; the other ids are numbers.
    let is_key = row.id.contains('-');
    for reason in &row.why_not {
        text.push_str(&format!("      {}\n", advice(*reason, is_key, lang)));
    }
    text
}

/// Says why an id has no name and which export would supply one.
fn advice(reason: UnresolvedReason, is_key: bool, lang: Lang) -> &'static str {
    match (reason, is_key, lang) {
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
