//! Any text as a signature file: it is loaded whole or refused with a reason, and the check never
//! lets pass what cannot be loaded.
#![no_main]

use faultline::authoring::check;
use faultline::rules::RuleSet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let files = [("own.toml".to_string(), text.to_string())];
    let problems = check(&files);
    if let Err(error) = RuleSet::from_texts(&files) {
        assert!(!error.to_string().is_empty());
        assert!(problems.iter().any(|problem| problem.is_error()), "{error}");
    }
});
