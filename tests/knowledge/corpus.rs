//! Every example of the built-in signatures as the failure of a job of its own, with the expected
//! result. The expectations come from the signature files, never from the program.

use std::collections::BTreeMap;

use faultline::model::{Category, Guid};
use faultline::model::{Context, Signature};

use crate::support::{Row, guid, shared_rule_set};

/// The stack of a connector activity: evidence of Integration Service for sentences that need it.
const STACK: &str = "\r\nin Main.xaml\r\n    at ConnectorActivity \"Step\"\r\n    at Main \"Main\"";

#[derive(Clone, Debug)]
pub struct Case {
    pub signature: String,
    /// Number of the job.
    pub job: u64,
    pub message: String,
    pub category: Category,
    /// Match details that the example expects.
    pub expect: BTreeMap<String, String>,
    /// Counts in a failure reply that names no connection.
    pub reply: bool,
}

impl Case {
    pub fn is_incident(&self) -> bool {
        !self.category.is_neighbour()
    }

    pub fn job_key(&self) -> String {
        guid(0x10b, self.job)
    }

    /// The row of the case. Each case has a second of its own.
    pub fn row(&self) -> Row {
        Row::error(self.job, self.second(), self.message.clone()).marked(self.job)
    }

    pub fn second(&self) -> u32 {
        u32::try_from(self.job).unwrap() * 5
    }

    pub fn guid(&self, name: &str) -> Option<Guid> {
        Guid::parse(self.expect.get(name)?)
    }
}

/// All cases, in the order of the signatures.
pub fn cases() -> Vec<Case> {
    let on = shared_rule_set().signatures().iter().filter(|signature| !signature.is_off);
    let examples = on.flat_map(|s| s.examples.iter().map(move |example| (s, example)));
    examples
        .enumerate()
        .map(|(at, (signature, example))| Case {
            signature: signature.id.clone(),
            job: at as u64 + 1,
            message: message(signature, &example.text),
            category: example
                .expect
                .get("category")
                .map_or(signature.category, |word| Category::parse(word).unwrap()),
            expect: example.expect.clone(),
            reply: signature.reply,
        })
        .collect()
}

/// The counterexamples at level Error; `expect` is what each `is` instead, if anything.
pub fn counterexamples() -> Vec<Case> {
    let on = shared_rule_set().signatures().iter().filter(|signature| !signature.is_off);
    let all = on.flat_map(|s| s.counterexamples.iter().map(move |text| (s, text)));
    all.filter(|(_, text)| text.level.is_none())
        .zip(1..)
        .map(|((signature, counterexample), job)| Case {
            signature: signature.id.clone(),
            job,
            message: counterexample.text.clone(),
            category: signature.category,
            expect: counterexample.is.iter().map(|is| ("is".to_string(), is.clone())).collect(),
            reply: false,
        })
        .collect()
}

/// A sentence that any program may write is put into a connector activity.
fn message(signature: &Signature, text: &str) -> String {
    let waits = signature.when.iter().any(|when| when.context == Context::Job);
    let text = text.trim_start();
    if waits && !text.contains("\n    at ") { format!("{text}{STACK}") } else { text.to_string() }
}
