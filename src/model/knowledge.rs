//! What is known about the product's texts, as data: the content of `signatures/knowledge/*.toml`,
//! embedded by `build.rs`. Each file explains its fields. Compiles nothing; signature files of users
//! cannot change it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::vocabulary::Category;

/// The tables of all files as one JSON object by file name.
pub(crate) const TABLES: &str = include_str!(concat!(env!("OUT_DIR"), "/knowledge.json"));

/// The built-in knowledge, parsed on first use.
#[allow(clippy::expect_used)]
pub(crate) static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| {
    // A constant, which the tests parse.
    serde_json::from_str(TABLES).expect("the embedded knowledge has this structure")
});

/// One field for each file.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Knowledge {
    pub product: Product,
    pub codes: CodeFamilies,
    pub activities: Activities,
    pub fields: Fields,
    pub http_status: HttpStatus,
    pub causes: Causes,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Product {
    pub frames: Vec<String>,
    pub context_only: Vec<String>,
    pub connections_activity: KeywordPattern,
    pub vendors: Vendors,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vendors {
    pub namespaces: Vec<String>,
    pub connector_prefix: String,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeFamilies {
    #[serde(rename = "family")]
    pub families: Vec<CodeFamily>,
}

impl CodeFamilies {
    /// What logs are searched for; a digit follows.
    pub fn searched(&self) -> impl Iterator<Item = &str> {
        self.families.iter().flat_map(|family| &family.searched).map(String::as_str)
    }
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeFamily {
    pub start: String,
    pub pattern: String,
    #[serde(default)]
    pub searched: Vec<String>,
    pub keyed: Option<String>,
    #[serde(default)]
    pub shows_product: Vec<String>,
    /// Whole codes; one that ends in `*` is the beginning of codes.
    #[serde(default)]
    pub ignored: Vec<String>,
    /// First and last number.
    #[serde(default)]
    pub ignored_ranges: Vec<(u32, u32)>,
    pub unlisted: Option<UnlistedCode>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnlistedCode {
    pub category: Category,
    pub rank: u8,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Activities {
    pub openings: Vec<String>,
    pub not_a_name: Vec<String>,
    pub workflow_extensions: Vec<String>,
    pub stack_markers: Vec<String>,
    pub faulted_at: KeywordPattern,
    pub wrappers: Wrappers,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wrappers {
    pub classes: Vec<String>,
    pub text: String,
}

/// A pattern that can match only where its keyword occurs.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeywordPattern {
    pub keyword: String,
    pub pattern: String,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    pub connection: FieldKnowledge,
    pub folder: FieldKnowledge,
    pub connector: FieldKnowledge,
    pub host: FieldKnowledge,
    pub request_id: FieldKnowledge,
    pub status: FieldKnowledge,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldKnowledge {
    #[serde(default)]
    pub keywords: Vec<String>,
    /// In order of trust.
    pub patterns: Vec<GatedPattern>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct GatedPattern {
    pub gate: Option<Gate>,
    pub pattern: String,
}

/// A cheap condition without which a pattern cannot match.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Debug)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Gate {
    /// One of the field's keywords.
    Keyword,
    /// A colon and two digits.
    Port,
    /// `://`.
    Scheme,
    /// `(404) X` or `404 (X`.
    Phrase,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpStatus {
    pub names: BTreeMap<String, u16>,
}

#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Causes {
    pub oauth_code: String,
    pub ends: Vec<String>,
    pub cut_marks: Vec<String>,
}
