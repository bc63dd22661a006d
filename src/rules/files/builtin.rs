//! The built-in pack: every file of `signatures/`, embedded by `build.rs`. Nothing else; what the
//! files mean is `load`'s business.

/// File name and text of each family.
pub(crate) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/signature_files.rs"));

/// The tables of all of them as one JSON object by file name. Reading TOML would be most of the
/// start of a run.
pub(crate) const TABLES: &str = include_str!(concat!(env!("OUT_DIR"), "/signatures.json"));

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

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
    fn both_forms_say_the_same() {
        let fast = crate::rules::files::load::LoadedRules::shipped().unwrap();
        let precise = crate::rules::files::load::LoadedRules::read(FILES.iter().copied()).unwrap();
        assert_eq!(fast.tables(), precise.tables());
    }

    #[test]
    fn the_shipped_pack_is_fit_to_be_used() {
        let own = |(name, text): &(&str, &str)| (name.to_string(), text.to_string());
        let texts: Vec<(String, String)> = FILES.iter().map(own).collect();
        let problems = crate::authoring::check(&texts);
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
