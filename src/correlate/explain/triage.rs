//! Severity and owner of an incident: those of its signature, unless the inner cause changed the
//! category or a network failure persists.

use std::collections::BTreeSet;

use crate::correlate::occurrence::OccurrenceGroup;
use crate::model::{Category, Guid, Owner, Severity, Signature};

/// Network failures further apart than this are more than one disruption.
const REPEATED_MICROS: u64 = 10 * 60 * 1_000_000;

/// The severity of the signature, or of the category where the inner cause changed it. A repeated
/// network failure is high; an incident whose jobs all recovered is low.
pub fn severity(
    failures: &[OccurrenceGroup],
    signature: &Signature,
    category: Category,
) -> Severity {
    if failures.iter().all(|failure| failure.recovered) {
        return Severity::Low;
    }
    // A change from one part of the network to another does not count.
    let is_same_category =
        category == signature.category || is_network(category) && is_network(signature.category);
    let usual = if is_same_category { signature.severity } else { category_severity(category) };
    if usual == Severity::Medium && is_network(category) && is_repeated(failures) {
        return Severity::High;
    }
    usual
}

/// The owner of the signature, or of the category where the inner cause changed it.
pub fn owner(signature: &Signature, category: Category) -> Owner {
    if category == signature.category { signature.owner } else { category_owner(category) }
}

fn category_severity(category: Category) -> Severity {
    match category {
        Category::Permission
        | Category::NotFound
        | Category::Disabled
        | Category::Binding
        | Category::AuthExpired
        | Category::AuthCredentials
        | Category::AuthConsent
        | Category::AuthPolicy
        | Category::IpAllowlist => Severity::High,
        Category::ProviderRequest | Category::Lifecycle | Category::EventCallback => Severity::Low,
        _ => Severity::Medium,
    }
}

fn is_network(category: Category) -> bool {
    matches!(
        category,
        Category::NetworkDns
            | Category::NetworkConnect
            | Category::NetworkTls
            | Category::NetworkProxy
    )
}

/// True when several jobs failed without recovering, or failures are far apart.
fn is_repeated(failures: &[OccurrenceGroup]) -> bool {
    let unrecovered = || failures.iter().filter(|failure| !failure.recovered);
    let jobs: BTreeSet<Guid> =
        unrecovered().flat_map(|failure| &failure.records).filter_map(|r| r.job).collect();
    let times = || unrecovered().filter_map(OccurrenceGroup::time);
    let duration = times().min().zip(times().max()).map(|(first, last)| first.distance(last));
    jobs.len() > 1 || duration > Some(REPEATED_MICROS)
}

fn category_owner(category: Category) -> Owner {
    match category {
        Category::Permission => Owner::FolderAdmin,
        Category::AuthConsent
        | Category::AuthPolicy
        | Category::IpAllowlist
        | Category::Governance => Owner::CustomerAdmin,
        Category::ProviderOutage => Owner::Provider,
        Category::Platform => Owner::Uipath,
        Category::NetworkDns
        | Category::NetworkConnect
        | Category::NetworkTls
        | Category::NetworkProxy => Owner::NetworkTeam,
        Category::RateLimit | Category::NotFound | Category::Binding | Category::Trigger => {
            Owner::Developer
        }
        _ => Owner::ConnectionOwner,
    }
}
