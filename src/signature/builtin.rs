//! The built-in pack: every file of `signatures/`, embedded. Nothing else; what the files mean is
//! `load`'s business.

/// File name and text of each family.
pub(super) const FILES: &[(&str, &str)] = &[
    ("accounts.toml", include_str!("../../signatures/accounts.toml")),
    ("activity.toml", include_str!("../../signatures/activity.toml")),
    ("google.toml", include_str!("../../signatures/google.toml")),
    ("ip-allowlist.toml", include_str!("../../signatures/ip-allowlist.toml")),
    ("lifecycle.toml", include_str!("../../signatures/lifecycle.toml")),
    ("maestro.toml", include_str!("../../signatures/maestro.toml")),
    ("microsoft.toml", include_str!("../../signatures/microsoft.toml")),
    ("neighbours-robot.toml", include_str!("../../signatures/neighbours-robot.toml")),
    ("neighbours.toml", include_str!("../../signatures/neighbours.toml")),
    ("network-tls.toml", include_str!("../../signatures/network-tls.toml")),
    ("network.toml", include_str!("../../signatures/network.toml")),
    ("provider.toml", include_str!("../../signatures/provider.toml")),
    ("reasons-providers.toml", include_str!("../../signatures/reasons-providers.toml")),
    ("reasons.toml", include_str!("../../signatures/reasons.toml")),
    ("resolution-legacy.toml", include_str!("../../signatures/resolution-legacy.toml")),
    ("resolution.toml", include_str!("../../signatures/resolution.toml")),
    ("seed.toml", include_str!("../../signatures/seed.toml")),
    ("service.toml", include_str!("../../signatures/service.toml")),
    ("triggers.toml", include_str!("../../signatures/triggers.toml")),
];

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
    fn the_shipped_pack_is_fit_to_be_used() {
        let own = |(name, text): &(&str, &str)| (name.to_string(), text.to_string());
        let texts: Vec<(String, String)> = FILES.iter().map(own).collect();
        let problems = super::super::check(&texts);
        assert!(problems.is_empty(), "{problems:#?}");
    }
}
