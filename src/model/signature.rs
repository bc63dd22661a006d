//! Signatures and reasons as data: the content of their TOML tables, before anything is compiled.
//! `rules` loads and compiles them; `correlate` and `report` print titles and remedies.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::report::Bilingual;
use crate::model::vocabulary::{Category, Confidence, Owner, Severity, Surface};

/// The content of a signature file.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct SignatureFile {
    #[serde(default, rename = "signature")]
    pub signatures: Vec<Signature>,
    /// Rules for inner reasons: OAuth errors, AADSTS numbers, codes of providers.
    #[serde(default, rename = "reason")]
    pub reasons: Vec<CauseRule>,
}

/// One kind of failure, and how to recognise it.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Permanent, for example `conn-view-denied`.
    #[schemars(regex(pattern = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"))]
    pub id: String,
    /// Short name of the failure, without a full stop.
    pub title: Bilingual,
    pub category: Category,
    pub severity: Severity,
    pub owner: Owner,
    pub surface: Surface,
    pub confidence: Confidence,
    /// The signature is searched only if the user selects it.
    #[serde(default, rename = "off")]
    pub is_off: bool,
    /// Program version in which the signature was added.
    pub since: String,
    /// Specificity, 0 to 100; if several signatures match a record, the highest rank is used.
    #[schemars(range(max = 100))]
    pub rank: u8,
    /// The category of an inner reason in the record replaces that of the signature.
    #[serde(default)]
    pub category_from_cause: bool,
    /// The signature matches boilerplate or a bare code: any other match of the same failure has
    /// precedence.
    #[serde(default)]
    pub generic: bool,
    /// The text says that the activity has no connection: nothing else in the input names one for
    /// it.
    #[serde(default)]
    pub no_connection: bool,
    /// The signature also counts in a failure reply that names no connection.
    #[serde(default)]
    pub reply: bool,
    /// Ids of signatures. This signature matches no text; it replaces failures of those signatures
    /// that affect several processes and folders within minutes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gathers: Vec<String>,
    /// One of these alternatives must match. Missing only with `gathers`.
    #[serde(default)]
    pub when: Vec<Alternative>,
    #[serde(default)]
    pub veto: Veto,
    pub remedy: Remedy,
    /// Page in the vendor's documentation.
    #[serde(default)]
    pub url: String,
    /// Texts that must match.
    #[serde(default, rename = "example")]
    #[schemars(length(min = 2))]
    pub examples: Vec<Example>,
    /// Texts that must not match.
    #[serde(default, rename = "counterexample")]
    #[schemars(length(min = 1))]
    pub counterexamples: Vec<Counterexample>,
}

impl Signature {
    /// Stands for a signature that stored failures name and the rule set does not contain.
    pub fn missing(id: &str, category: Category) -> Signature {
        let both = |en: &str, ja: &str| Bilingual { en: en.to_string(), ja: ja.to_string() };
        Signature {
            id: id.to_string(),
            title: both(id, id),
            category,
            severity: Severity::Medium,
            owner: Owner::ConnectionOwner,
            surface: Surface::Runtime,
            confidence: Confidence::Low,
            is_off: false,
            since: String::new(),
            rank: 0,
            category_from_cause: false,
            generic: false,
            no_connection: false,
            reply: false,
            gathers: Vec::new(),
            when: Vec::new(),
            veto: Veto::default(),
            remedy: Remedy {
                summary: both(
                    "This run has no signature with this id: scan with the signature files that \
                     found the failure to see its remedy.",
                    "この実行にはこの ID のシグネチャがありません。対処方法を表示するには、障害を検出したときの\
                     シグネチャファイルを指定してスキャンしてください。",
                ),
                steps: Vec::new(),
                verify: Vec::new(),
            },
            url: String::new(),
            examples: Vec::new(),
            counterexamples: Vec::new(),
        }
    }

    /// The patterns of all alternatives and of the veto.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        let patterns = self.when.iter().filter_map(|alternative| alternative.regex.as_deref());
        patterns.chain(self.veto.regex.as_deref())
    }
}

/// One alternative of a signature. All of its conditions must hold.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// Rare literals of at least six bytes on one line, one of which must occur, ASCII case ignored.
    #[schemars(length(min = 1), inner(regex(pattern = r"^[^\r\n]+$")))]
    pub anchors: Vec<String>,
    /// Further literals, all of which the text must contain, ASCII case ignored.
    #[serde(default)]
    pub all: Vec<String>,
    /// A pattern that the normalised text must match. Its named groups are extracted.
    #[serde(default)]
    pub regex: Option<String>,
    /// The HTTP status in the text must be one of these; `4` means 400-499, `5` means 500-599.
    #[serde(default)]
    pub status: Vec<u16>,
    #[serde(default)]
    pub context: Context,
}

/// Where a match needs evidence of Integration Service.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug, Default)]
#[serde(rename_all = "lowercase")]
pub enum Context {
    /// Nowhere.
    #[default]
    None,
    /// In the record itself; otherwise the alternative does not match.
    Record,
    /// In the record or in another record of its job; otherwise the hit is a neighbour.
    Job,
}

/// Prevents the signature from matching a text.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    /// The text contains one of these literals, ASCII case ignored.
    #[serde(default)]
    pub any: Vec<String>,
    /// The normalised text matches this pattern.
    #[serde(default)]
    pub regex: Option<String>,
}

/// What the owner of the incident has to do. A placeholder such as `<host>` is replaced by the
/// value in the records of the incident; without a value it stays as it is, and `<host|the host>`
/// becomes the text after the bar.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    pub summary: Bilingual,
    #[serde(default)]
    pub steps: Vec<Bilingual>,
    /// How to verify that the failure is fixed.
    #[serde(default)]
    pub verify: Vec<Bilingual>,
}

/// A text that must match.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub text: String,
    /// Expected match details by name: `connection`, `folder`, `codes`, `status`, `cause`,
    /// `category`, `activity`, `connector`, `host`, `request_id`, or a named group.
    #[serde(default)]
    pub expect: BTreeMap<String, String>,
    /// Language of the text.
    #[serde(default)]
    pub lang: Option<String>,
}

/// A text that must not match.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug)]
#[serde(deny_unknown_fields)]
pub struct Counterexample {
    pub text: String,
    /// Level of the log row; `Error` if missing.
    #[serde(default)]
    pub level: Option<String>,
    /// What the text is instead: the id of another signature, or `mention`.
    #[serde(default)]
    pub is: Option<String>,
}

/// How to recognise an inner reason: an error that a provider or identity service itself reports.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema, Debug)]
#[serde(deny_unknown_fields)]
pub struct CauseRule {
    /// Value of `cause.code`. With `aadsts` the number is appended.
    pub code: String,
    pub category: Category,
    pub guard: Guard,
    /// Words or sentences, one of which must occur; empty with `aadsts`. With the guard `code`, a
    /// `*` at the end of a word matches the rest of the word in the text.
    #[serde(default)]
    pub words: Vec<String>,
    /// AADSTS numbers, matched as whole numbers.
    #[serde(default)]
    pub aadsts: Vec<u32>,
    /// Literals, all of which the text must also contain, ASCII case ignored.
    #[serde(default)]
    pub all: Vec<String>,
    /// Literals, one of which the text must also contain, ASCII case ignored. May be empty.
    #[serde(default)]
    pub any: Vec<String>,
    /// If several reasons match a text, the one with the highest rank is used.
    pub rank: u8,
    /// The reason is not searched.
    #[serde(default, rename = "off")]
    pub is_off: bool,
}

/// The context in which the words of a reason count.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Debug)]
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
