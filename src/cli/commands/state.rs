//! `faultline state`: prints, checks, prunes and exports what previous runs stored.

use clap::{Args, Subcommand};

use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::shared_options::{OutputLanguage, StateFile};
use crate::cli::values::{language, time};
use crate::model::{Lang, count};
use crate::pipeline::{self, Pruned};
use crate::report::columns;
use crate::state::StateStore;

/// Number of runs that `state info` prints.
const MAX_RUNS: usize = 10;

pub fn run(arguments: &StateArguments) -> Result<Exit, CliError> {
    let mut state = open_existing(&arguments.file)?;
    match &arguments.command {
        StateCommand::Info(shown) => {
            output::print(
                format_info(&state, language::terminal_language(shown.lang))?.as_bytes(),
            )?;
        }
        StateCommand::Check(shown) => {
            let rows = state.check()?;
            let message = match language::terminal_language(shown.lang) {
                Lang::En => format!("{} checked, no damage\n", count(rows as u64, "row")),
                Lang::Ja => format!("{rows} 行を確認しました。破損はありません\n"),
            };
            output::print(message.as_bytes())?;
        }
        StateCommand::Prune { before, shown } => {
            let now = time::now();
            let before = time::parse_instant(before, now, &jiff::tz::TimeZone::UTC)
                .map_err(CliError::usage)?;
            if before > now {
                return Err(CliError::usage("invalid --before: it is in the future"));
            }
            let pruned = pipeline::prune(&mut state, before)?;
            let Pruned { before, sources, incidents } = pruned;
            let message = match language::terminal_language(shown.lang) {
                Lang::En => format!(
                    "{} pruned; failures of {} before {before} are stored as counts per day\n",
                    count(sources as u64, "removed source"),
                    count(incidents as u64, "incident")
                ),
                Lang::Ja => format!(
                    "なくなったソース {sources} 件を忘れました。インシデント {incidents} 件の {before} \
                     より前の障害は、日ごとの合計として残ります\n"
                ),
            };
            output::print(message.as_bytes())?;
        }
        StateCommand::Export => {
            let value = state.export()?;
            let mut text = serde_json::to_vec_pretty(&value)
                .map_err(|error| CliError::new(Exit::Output, error))?;
            text.push(b'\n');
            output::print(&text)?;
        }
    }
    Ok(Exit::Done)
}

/// Opens the state that the options name. Fails if it does not exist.
pub fn open_existing(file: &StateFile) -> Result<StateStore, CliError> {
    let path = file.state.as_deref().ok_or_else(|| {
        CliError::usage(
            "which state? Name it with --state FILE, FAULTLINE_STATE, or `state` in faultline.toml",
        )
    })?;
    StateStore::existing(path, time::now()).map_err(CliError::from)
}

fn format_info(state: &StateStore, lang: Lang) -> Result<String, CliError> {
    let info = state.info();
    let reports = state.reports()?;
    let ja = lang == Lang::Ja;
    let choose = |en: String, ja_text: String| if ja { ja_text } else { en };
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut line = |en: &str, ja: &str, value: String| {
        rows.push((choose(en.to_string(), ja.to_string()), value));
    };
    let (current, retired) = info.sources;
    let sqlite = crate::state::sqlite_version();
    line("version", "バージョン", format!("{} (SQLite {sqlite})", info.version));
    let bytes = info.bytes;
    line("size", "サイズ", choose(format!("{bytes} bytes"), format!("{bytes} バイト")));
    let en = format!("{current}, and {retired} whose path holds something else now");
    let ja_text = format!("{current} 件 (ほかに、同じパスの内容が入れ替わったもの {retired} 件)");
    line("sources", "ソース", choose(en, ja_text));
    let incidents = info.incidents;
    line("incidents", "インシデント", choose(incidents.to_string(), format!("{incidents} 件")));
    if let Some(before) = state.history().pruned_before {
        let en = format!("failures before {before} are stored as counts per day");
        line("pruned", "集約済み", choose(en, format!("{before} より前の障害は合計だけを保持")));
    }
    if let (Some(first), Some(last)) = (reports.first(), reports.last()) {
        let en = format!("of runs {first} to {last}, for show, report and diff");
        let ja_text = format!("実行 {first} ～ {last} の分 (show、report、diff で使用)");
        line("reports", "レポート", choose(en, ja_text));
    }
    let runs = info.runs.len();
    line("runs", "実行", choose(runs.to_string(), format!("{runs} 回")));
    for run in info.runs.iter().rev().take(MAX_RUNS) {
        let (about, id) = (&run.about, run.id);
        let (found, read) = (about.found, about.read);
        let (incidents, occurrences) = (about.incidents, about.occurrences);
        let en = format!(
            "{read} of {}, {}, {}",
            count(found, "source"),
            count(incidents, "incident"),
            count(occurrences, "occurrence")
        );
        let ja_text = format!(
            "ソース {found} 件中 {read} 件を読み取り、インシデント {incidents} 件、発生 {occurrences} 回"
        );
        let value = format!("{} {}: {}", run.started, run.phase, choose(en, ja_text));
        line(&format!("  {id}"), &format!("  {id}"), value);
    }
    Ok(format!("{}\n{}", state.path().display(), columns(&rows)))
}

#[derive(Args, Debug)]
pub struct StateArguments {
    #[command(flatten)]
    pub file: StateFile,

    #[command(subcommand)]
    pub command: StateCommand,
}

/// Subcommands of `faultline state`.
#[derive(Subcommand, Debug)]
pub enum StateCommand {
    /// Show what the state contains
    Info(OutputLanguage),
    /// Read the whole state and verify its checksums
    Check(OutputLanguage),
    /// Reduce failures before a day to daily counts and drop removed sources
    Prune {
        /// The day: a date, or a time before now (400d)
        #[arg(long, value_name = "TIME")]
        before: String,

        /// How it is told.
        #[command(flatten)]
        shown: OutputLanguage,
    },
    /// Print the state as JSON
    Export,
}
