//! Runs `faultline doctor`: collects findings and prints them. Reads only the heads of files and changes
//! nothing.

use clap::Args;

use crate::cli::commands::doctor::findings::{FindingLevel, Findings, nearest_directory};
use crate::cli::commands::doctor::{inputs, machine, state};
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::config::file;
use crate::cli::values::scan_options::ScanArguments;
use crate::cli::values::{language, settings, signature_files, time};
use crate::pipeline::{self, Output, Settings};
use crate::report::Style;

/// Free bytes below which a run may fail to write its report: a page of 5 MiB and tables of many thousand
/// rows, in addition to the files they replace.
const MIN_FREE_BYTES: u64 = 200 << 20;

#[derive(Args, Debug)]
pub struct DoctorArguments {
    /// What the night's scan will take.
    #[command(flatten)]
    pub scan: ScanArguments,
}

pub fn run(arguments: &DoctorArguments) -> Result<Exit, CliError> {
    let scan_arguments = &arguments.scan;
    settings::require_path(&scan_arguments.paths)?;
    let now = time::now();
    let settings = settings::build_settings(scan_arguments, now)?;
    let mut findings =
        Findings { lang: language::terminal_language(scan_arguments.lang), all: Vec::new() };
    machine::check_account(&mut findings);
    machine::check_clock(&mut findings);
    check_settings_file(scan_arguments, &mut findings)?;
    check_signatures(scan_arguments, &mut findings);
    let plan = match pipeline::sources(settings.selection.clone(), &settings.redaction) {
        Ok(plan) => plan,
        Err(error) => {
            let text = error.to_string();
            findings.add(FindingLevel::Bad(Exit::Usage), "inputs", text.clone(), text);
            return print_findings(&findings);
        }
    };
    let read_settings = pipeline::read_settings(&settings);
    inputs::check_inputs(&plan, &read_settings, &settings, now, &mut findings);
    check_names(&settings, &mut findings);
    for path in &scan_arguments.paths {
        machine::check_share(path, "inputs", &mut findings);
    }
    check_output(scan_arguments, &mut findings);
    if let Some(file) = scan_arguments.state.as_deref().filter(|_| !scan_arguments.no_state) {
        state::check_state(file, now, &mut findings);
    }
    print_findings(&findings)
}

fn print_findings(findings: &Findings) -> Result<Exit, CliError> {
    output::print(findings.to_text().as_bytes())?;
    Ok(findings.exit())
}

fn check_settings_file(arguments: &ScanArguments, findings: &mut Findings) -> Result<(), CliError> {
    match file::find_settings(arguments.config.config.as_deref())? {
        Some(file) => {
            let path = file.path.display().to_string();
            let en = format!("settings of {path}");
            findings.add(FindingLevel::Ok, "config", en, format!("設定ファイル {path}"));
        }
        None => {
            let en = "no faultline.toml here: flags and environment alone".to_string();
            let ja = "faultline.toml なし(フラグと環境変数のみ)".to_string();
            findings.add(FindingLevel::Ok, "config", en, ja);
        }
    }
    Ok(())
}

fn check_signatures(arguments: &ScanArguments, findings: &mut Findings) {
    match signature_files::load(&arguments.signatures) {
        Ok(rules) => {
            let count = rules.signatures().iter().filter(|signature| !signature.is_off).count();
            let own = arguments.signatures.len();
            let en = format!("{count} are searched; {own} own files or folders");
            let ja = format!("{count} 件を検索(独自ファイルまたはフォルダー {own} 件)");
            findings.add(FindingLevel::Ok, "signatures", en, ja);
        }
        Err(failure) => {
            let text = failure.message();
            findings.add(FindingLevel::Bad(failure.exit), "signatures", text.clone(), text);
        }
    }
}

fn check_names(settings: &Settings, findings: &mut Findings) {
    for path in settings.names.iter().filter(|path| !path.exists()) {
        let path = path.display();
        let en = format!("{path} does not exist; names will be missing");
        let ja = format!("{path} がありません。名前が不足します");
        findings.add(FindingLevel::Bad(Exit::Partial), "names", en, ja);
    }
}

/// Checks whether reports can be written and whether the disk has enough space.
fn check_output(arguments: &ScanArguments, findings: &mut Findings) {
    let out = &arguments.out;
    let existing = nearest_directory(out);
    let dir = existing.clone().unwrap_or_else(|| out.clone());
    let output = Output { dir, formats: Vec::new(), style: Style::default(), threads: 1 };
    let path = out.display();
    if let Err(error) = pipeline::check_output(&output) {
        let text = error.to_string();
        findings.add(FindingLevel::Bad(Exit::Output), "output", text.clone(), text);
        return;
    }
    let (en, ja) = match out.exists() {
        true => (format!("{path} is writable"), format!("{path} に書き込めます")),
        false => (
            format!("{path} does not exist yet and can be made"),
            format!("{path} はまだありませんが作成できます"),
        ),
    };
    findings.add(FindingLevel::Ok, "output", en, ja);
    machine::check_share(out, "output", findings);
    if let Some(free) = existing.and_then(|dir| fs4::available_space(dir).ok()) {
        let mib = free >> 20;
        let level = if free < MIN_FREE_BYTES { FindingLevel::Note } else { FindingLevel::Ok };
        let en = format!("{mib} MiB free for reports");
        findings.add(level, "disk", en, format!("レポート用の空き容量 {mib} MiB"));
    }
}
