//! How much an incident matters and who acts, where more than its signature decides that.

use crate::correlate::occurrence::OccurrenceGroup;
use crate::model::Signature;
use crate::model::{Category, Guid, Owner, Severity};
use std::collections::BTreeSet;
/// Failures of the network this far apart are no single disturbance.
const AGAIN_MICROS: u64 = 10 * 60 * 1_000_000;

/// Severity of an incident of this category: its signature's, or its category's where an inner reason
/// changed that. A network that fails again is no disturbance any more; what recovered by itself
/// can wait.
pub fn severity(
    failures: &[OccurrenceGroup],
    signature: &Signature,
    category: Category,
) -> Severity {
    if failures.iter().all(|failure| failure.recovered) {
        return Severity::Low;
    }
    // Which part of the network failed changes nothing.
    let same =
        category == signature.category || is_network(category) && is_network(signature.category);
    let usual = if same { signature.severity } else { usual(category) };
    let raised = usual == Severity::Medium && is_network(category) && is_repeated(failures);
    if raised { Severity::High } else { usual }
}

/// Who acts.
pub fn owner(signature: &Signature, category: Category) -> Owner {
    if category == signature.category { signature.owner } else { owner_of(category) }
}

fn usual(category: Category) -> Severity {
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

/// More than one job failed, or it failed again after a while.
fn is_repeated(failures: &[OccurrenceGroup]) -> bool {
    let lasting = || failures.iter().filter(|failure| !failure.recovered);
    let jobs: BTreeSet<Guid> =
        lasting().flat_map(|failure| &failure.records).filter_map(|r| r.job).collect();
    let times = || lasting().filter_map(OccurrenceGroup::at);
    let apart = times().min().zip(times().max()).map(|(first, last)| first.distance(last));
    jobs.len() > 1 || apart > Some(AGAIN_MICROS)
}

/// Who acts when an inner reason changed the category of a signature.
fn owner_of(category: Category) -> Owner {
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
