//! The built-in signature files: every file of `signatures/`, embedded by `build.rs`. `load` parses
//! them.

/// File name and text of each family.
pub(crate) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/signature_files.rs"));

/// The tables of all files as one JSON object by file name. Parsing the TOML would take most of the
/// start-up time.
pub(crate) const TABLES: &str = include_str!(concat!(env!("OUT_DIR"), "/signatures.json"));

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::files::load::LoadedRules;

    #[test]
    fn every_file_of_the_directory_is_embedded() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/signatures");
        let on_disk: BTreeSet<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".toml"))
            .collect();
        let embedded: BTreeSet<String> = FILES.iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(on_disk, embedded);
    }

    #[test]
    fn json_and_toml_have_the_same_tables() {
        let json = LoadedRules::builtin().unwrap();
        let toml = LoadedRules::read(FILES.iter().copied()).unwrap();
        assert_eq!(json.tables(), toml.tables());
    }

    #[test]
    fn the_builtin_signatures_pass_the_check() {
        let own = |(name, text): &(&str, &str)| (name.to_string(), text.to_string());
        let texts: Vec<(String, String)> = FILES.iter().map(own).collect();
        let problems = crate::authoring::check(&texts);
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
