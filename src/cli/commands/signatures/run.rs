//! Runs the subcommands of `faultline signatures`.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::authoring::{ExampleResult, check, run_examples};
use crate::cli::commands::signatures::args::{SignatureArguments, SignatureCommand};
use crate::cli::commands::signatures::{list, new, show, try_signature};
use crate::cli::exit::{CliError, Exit};
use crate::cli::terminal::output;
use crate::cli::values::signature_files::{load, require_known};
use crate::cli::values::{language, signature_files};
use crate::model::count;
use crate::rules::RuleSet;

pub fn run(arguments: &SignatureArguments) -> Result<Exit, CliError> {
    let load = || load(&arguments.signatures);
    match &arguments.command {
        SignatureCommand::List(filters) => list::run(&load()?, filters),
        SignatureCommand::Show { id, lang } => {
            let rules = load()?;
            require_known(&rules, id)?;
            print(&show::format_signature(&rules, id, language::terminal_language(*lang)))
        }
        SignatureCommand::Check { paths } => {
            let own = paths.iter().chain(&arguments.signatures).cloned().collect::<Vec<_>>();
            check_files(&own)
        }
        SignatureCommand::Test { prefix, verbose } => {
            test(&load()?, prefix.as_deref().unwrap_or_default(), *verbose)
        }
        SignatureCommand::New(arguments) => new::run(&load()?, arguments),
        SignatureCommand::Try { id, paths, timezone } => {
            try_signature::run(&arguments.signatures, id, paths, timezone)
        }
        SignatureCommand::Anchors => {
            let mut text = load()?.anchors().join("\n");
            text.push('\n');
            print(&text)
        }
    }
}

fn print(text: &str) -> Result<Exit, CliError> {
    output::print(text.as_bytes())?;
    Ok(Exit::Done)
}

fn check_files(paths: &[PathBuf]) -> Result<Exit, CliError> {
    let texts =
        if paths.is_empty() { RuleSet::builtin_texts() } else { signature_files::read(paths)? };
    let problems = check(&texts);
    let mut text = String::new();
    for problem in &problems {
        text.push_str(&problem.to_string());
        text.push('\n');
    }
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{}, {}, {}",
        count(texts.len() as u64, "file"),
        count(errors as u64, "error"),
        count((problems.len() - errors) as u64, "warning")
    );
    output::print(text.as_bytes())?;
    Ok(if errors == 0 { Exit::Done } else { Exit::Usage })
}

fn test(rules: &RuleSet, prefix: &str, verbose: bool) -> Result<Exit, CliError> {
    let results = run_examples(rules, |id| id.starts_with(prefix));
    if results.is_empty() {
        require_known(rules, prefix)?;
        let why = match rules.get(prefix) {
            Some(signature) if !signature.gathers.is_empty() => "reads no text and has no examples",
            _ => "is off: its examples are not run",
        };
        return Err(CliError::usage(format!("`{prefix}` {why}")));
    }
    let (passed, failed): (Vec<ExampleResult>, Vec<_>) =
        results.into_iter().partition(|result| result.passed);
    let mut text = String::new();
    for result in passed.iter().filter(|_| verbose).chain(&failed) {
        text.push_str(&result.to_string());
        text.push('\n');
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} passed, {} failed", passed.len(), failed.len());
    output::print(text.as_bytes())?;
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Usage })
}
