//! A signature as data: what its TOML table says, before anything is compiled. Read by
//! `signature::load`; titles and remedies are printed by `report` and `correlate`.

use crate::model::report::Bilingual;
use crate::model::vocabulary::{Category, Confidence, Owner, Severity, Surface};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
/// A signature file: any number of signatures and reasons.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct SignatureFile {
    /// Failures.
    #[serde(default, rename = "signature")]
    pub signatures: Vec<Signature>,
    /// Inner reasons: OAuth words, AADSTS numbers, providers' own codes.
    #[serde(default, rename = "reason")]
    pub reasons: Vec<CauseRule>,
}

/// One kind of failure.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Permanent id, `conn-view-denied`.
    pub id: String,
    /// Short name of the failure, without a full stop.
    pub title: Bilingual,
    /// Category.
    pub category: Category,
    /// Severity.
    pub severity: Severity,
    /// Who acts.
    pub owner: Owner,
    /// Where it shows.
    pub surface: Surface,
    /// How sure the text is this failure.
    pub confidence: Confidence,
    /// Shipped but not searched unless asked for.
    #[serde(default)]
    pub off: bool,
    /// Program version it came with.
    pub since: String,
    /// Specificity, 0 to 100; the higher reading of one record wins.
    pub rank: u8,
    /// An inner reason found in the record replaces the category.
    #[serde(default)]
    pub category_from_cause: bool,
    /// A boilerplate or bare-code reading: gives way to any other reading of the same failure.
    #[serde(default)]
    pub generic: bool,
    /// Counts as the subject of a failure reply even where the reply names no connection.
    #[serde(default)]
    pub reply: bool,
    /// Reads no text: takes over failures of these signatures that strike several processes and
    /// folders within minutes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gathers: Vec<String>,
    /// Alternatives; one suffices.
    #[serde(default)]
    pub when: Vec<Alternative>,
    /// What makes a text not this.
    #[serde(default)]
    pub veto: Veto,
    /// What to do.
    pub remedy: Remedy,
    /// Vendor's page.
    #[serde(default)]
    pub url: String,
    /// Texts that must match, with what must be read out of them.
    #[serde(default, rename = "example")]
    pub examples: Vec<Example>,
    /// Texts that must not.
    #[serde(default, rename = "counterexample")]
    pub counterexamples: Vec<Counterexample>,
}

impl Signature {
    /// All patterns of it.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        let ways = self.when.iter().filter_map(|when| when.regex.as_deref());
        ways.chain(self.veto.regex.as_deref())
    }
}

/// One way in which a signature matches. All of its conditions must hold.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Literals searched in raw bytes, ASCII case ignored; any one of them. The prefilter.
    pub anchors: Vec<String>,
    /// Further literals, all of which the text must hold, ASCII case ignored.
    #[serde(default)]
    pub all: Vec<String>,
    /// A pattern the normalised text must match. Named groups are captures.
    #[serde(default)]
    pub regex: Option<String>,
    /// The HTTP status read from the text must be one of these; `4` stands for 400-499, `5` for
    /// 500-599.
    #[serde(default)]
    pub status: Vec<u16>,
    /// Evidence of Integration Service this alternative needs.
    #[serde(default)]
    pub context: Context,
}

/// Where evidence of Integration Service must be for a match to count.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug, Default)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    /// Nowhere.
    #[default]
    None,
    /// In the record itself; without it this alternative does not match.
    Record,
    /// In the record or in another record of its job; without it the hit is a neighbour.
    Job,
}

/// What makes a text not this signature.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    /// Any of these literals, ASCII case ignored.
    #[serde(default)]
    pub any: Vec<String>,
    /// A pattern over the normalised text.
    #[serde(default)]
    pub regex: Option<String>,
}

/// What to do about a failure, for the person who has to act. `<host>` or another reading in angle
/// brackets is filled with what the records of an incident say; where they do not, it stays, or gives
/// way to the words after the bar in `<host|the host>`.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    /// One sentence.
    pub summary: Bilingual,
    /// Steps in order.
    #[serde(default)]
    pub steps: Vec<Bilingual>,
    /// How to check the repair.
    #[serde(default)]
    pub verify: Vec<Bilingual>,
}

/// A text that must match.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The message.
    pub text: String,
    /// Expected readings by name: `connection`, `folder`, `codes`, `status`, `cause`, `category`,
    /// `activity`, `connector`, `host`, `request_id`, or a named group.
    #[serde(default)]
    pub expect: BTreeMap<String, String>,
    /// Language of the text.
    #[serde(default)]
    pub lang: Option<String>,
}

/// A text that must not match.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Counterexample {
    /// The message.
    pub text: String,
    /// Level it was written at; `Error` if not said.
    #[serde(default)]
    pub level: Option<String>,
    /// What it is instead: another signature's id, `mention`, or nothing.
    #[serde(default)]
    pub is: Option<String>,
}

/// An inner reason: what a provider or identity service itself says.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct CauseRule {
    /// How `cause.code` names it. With `aadsts` the number found is appended.
    pub code: String,
    /// Category it stands for.
    pub category: Category,
    /// How it may stand in the text.
    pub guard: Guard,
    /// Words or sentences; any one. Empty with `aadsts`. With the guard `code` a `*` at the end of a
    /// word stands for the rest of it.
    #[serde(default)]
    pub words: Vec<String>,
    /// AADSTS numbers, matched as whole numbers.
    #[serde(default)]
    pub aadsts: Vec<u32>,
    /// All of these literals must also be in the text, ASCII case ignored.
    #[serde(default)]
    pub all: Vec<String>,
    /// One of these literals must also be in the text, ASCII case ignored, if there are any.
    #[serde(default)]
    pub any: Vec<String>,
    /// Among the reasons of one text the highest wins.
    pub rank: u8,
    /// Shipped but not looked for.
    #[serde(default)]
    pub off: bool,
}

/// How the words of a reason must stand in the text to count.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    /// `"error":"x"`, `error=x`, `code - x`, or `(x)` after a token sentence.
    Oauth,
    /// As a whole word in exact case.
    Code,
    /// As a phrase anywhere, ASCII case ignored.
    Sentence,
    /// An AADSTS number.
    Aadsts,
}
