//! Which occurrences are one incident, and the id and fingerprint of an incident. Users type ids,
//! so the identity of an incident must never change between versions: it contains no path, line,
//! time, text or display name. `incidents` makes report rows of the groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_128;

use crate::correlate::grouping::folders::{Folders, better_connection};
use crate::correlate::grouping::occurrences::Occurrences;
use crate::correlate::grouping::step_folders::{FailureFolder, StepFolders};
use crate::correlate::occurrence::{FailureEvidence, OccurrenceGroup};
use crate::correlate::record::MergedRecord;
use crate::model::{ConnectionFolder, ConnectionRef, GroupKey, JobFolder};

/// Letters of ids: without `I`, `L`, `O` and `U`, which are easily misread.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Letters of an id.
const ID_LENGTH: usize = 6;

/// Letters of the ids of incidents that would otherwise share one.
const LONG_ID_LENGTH: usize = 12;

/// The occurrences and replies of one incident.
pub struct IncidentGroup {
    pub identity: String,
    /// `None` for a platform incident.
    pub key: Option<GroupKey>,
    pub failures: Vec<OccurrenceGroup>,
    pub replies: Vec<MergedRecord>,
    pub connection: ConnectionRef,
    pub connection_folder: ConnectionFolder,
    /// The job folder of each failure, in the order of `failures`.
    pub job_folders: Vec<JobFolder>,
}

/// Groups occurrences by identity, in order of identity.
pub fn group_by_identity(occurrences: Occurrences, folders: &Folders<'_>) -> Vec<IncidentGroup> {
    let names_connection = |reply: &mut MergedRecord| reply.details.connection.is_some();
    let (mut failures, mut replies) = (occurrences.failures, occurrences.replies);
    let witnesses: Vec<MergedRecord> = replies.extract_if(.., names_connection).collect();
    failures.extend(replies.into_iter().map(reply_failure));
    let located: Vec<Located> =
        failures.into_iter().map(|failure| Located::new(failure, folders)).collect();
    let mut steps: BTreeMap<Arc<str>, StepFolders> = BTreeMap::new();
    for failure in &located {
        if let Some((step, folder)) = &failure.step {
            steps.entry(Arc::clone(step)).or_default().add(folder.clone());
        }
    }
    let steps: BTreeMap<Arc<str>, BTreeMap<FailureFolder, String>> =
        steps.into_iter().map(|(step, folders)| (step, folders.identities())).collect();
    let mut groups: BTreeMap<String, IncidentGroup> = BTreeMap::new();
    for Located { failure, folder, step } in located {
        let identity = match &step {
            Some((step, folder)) => {
                let text = steps.get(step).and_then(|folders| folders.get(folder));
                format!("{step}|{}", text.map_or("", String::as_str))
            }
            None => identity(&failure),
        };
        add_failure(&mut groups, identity, failure, folder, folders);
    }
    // A reply is a witness of a known incident, otherwise a failure of its own.
    for reply in witnesses {
        let failure = reply_failure(reply);
        let identity = identity(&failure);
        match groups.get_mut(&identity) {
            Some(group) => group.replies.extend(failure.records),
            None => {
                let folder = folders.job_folder(&failure);
                add_failure(&mut groups, identity, failure, folder, folders);
            }
        }
    }
    groups.into_values().collect()
}

/// A failure with the folder of its job, and with what identifies it if no connection or connection
/// folder does.
struct Located {
    failure: OccurrenceGroup,
    folder: JobFolder,
    step: Option<(Arc<str>, FailureFolder)>,
}

impl Located {
    fn new(failure: OccurrenceGroup, folders: &Folders<'_>) -> Located {
        let folder = folders.job_folder(&failure);
        let step = (group_key(&failure) == Some(GroupKey::Step)).then(|| {
            let primary = failure.primary();
            let tenant = primary.tenant.as_deref().filter(|_| folders.has_several_tenants);
            let (stated, _) = folders.stated_job_folder(&failure);
            let folder = FailureFolder::new(tenant.map(str::to_string), stated, &folder);
            (step_identity(&failure), folder)
        });
        Located { failure, folder, step }
    }
}

fn step_identity(failure: &OccurrenceGroup) -> Arc<str> {
    let signature = &failure.primary().details.signature;
    let process = failure.records.iter().find_map(|record| record.hit.process.as_deref());
    let activity = failure.evidence.activity.as_deref().unwrap_or_default();
    format!("{signature}|step|{}|{activity}", process.unwrap_or_default()).into()
}

fn reply_failure(reply: MergedRecord) -> OccurrenceGroup {
    let details = &reply.details;
    let evidence = FailureEvidence {
        connection: details.connection,
        connection_folder: details.connection_folder,
        activity: details.activity.clone(),
        connector: details.connector.clone(),
    };
    OccurrenceGroup::new(vec![reply], evidence, false)
}

fn add_failure(
    groups: &mut BTreeMap<String, IncidentGroup>,
    identity: String,
    failure: OccurrenceGroup,
    job_folder: JobFolder,
    folders: &Folders<'_>,
) {
    let connection = folders.connection(&failure);
    let connection_folder = folders.connection_folder(&failure);
    match groups.get_mut(&identity) {
        Some(group) => {
            group.connection = better_connection(group.connection.clone(), connection);
            if folder_rank(&connection_folder) < folder_rank(&group.connection_folder) {
                group.connection_folder = connection_folder;
            }
            group.failures.push(failure);
            group.job_folders.push(job_folder);
        }
        None => {
            groups.insert(
                identity.clone(),
                IncidentGroup {
                    identity,
                    key: group_key(&failure),
                    failures: vec![failure],
                    replies: Vec::new(),
                    connection,
                    connection_folder,
                    job_folders: vec![job_folder],
                },
            );
        }
    }
}

/// Orders what occurrences say of the connection folder: the best source first.
fn folder_rank(folder: &ConnectionFolder) -> impl Ord {
    (folder.source, folder.path.is_none(), folder.clone())
}

/// What identifies an incident besides its signature; nothing for a platform incident.
fn group_key(failure: &OccurrenceGroup) -> Option<GroupKey> {
    if failure.is_platform_failure {
        None
    } else if failure.evidence.connection.is_some() {
        Some(GroupKey::Connection)
    } else if failure.evidence.connection_folder.is_some() {
        Some(GroupKey::ConnectionFolder)
    } else {
        Some(GroupKey::Step)
    }
}

/// Signature and connection, or connection folder.
fn identity(failure: &OccurrenceGroup) -> String {
    let signature = &failure.primary().details.signature;
    let FailureEvidence { connection, connection_folder, .. } = &failure.evidence;
    match (connection, connection_folder) {
        _ if failure.is_platform_failure => format!("{signature}|gathered"),
        (Some(connection), _) => format!("{signature}|connection|{connection}"),
        (None, Some(folder)) => format!("{signature}|connection-folder|{folder}"),
        (None, None) => step_identity(failure).to_string(),
    }
}

/// Ids by identity. Incidents of one report that would share an id get longer ones.
pub fn assign_ids(groups: &[IncidentGroup]) -> BTreeMap<String, String> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for group in groups {
        *uses.entry(id_of_length(&group.identity, ID_LENGTH)).or_default() += 1;
    }
    groups
        .iter()
        .map(|group| {
            let mut id = id_of_length(&group.identity, ID_LENGTH);
            if uses.get(&id) != Some(&1) {
                id = id_of_length(&group.identity, LONG_ID_LENGTH);
            }
            (group.identity.clone(), id)
        })
        .collect()
}

fn id_of_length(identity: &str, letters: usize) -> String {
    let mut hash = xxh3_128(identity.as_bytes());
    let mut id = String::from("FL-");
    for _ in 0..letters {
        id.push(char::from(LETTERS[(hash & 31) as usize]));
        hash >>= 5;
    }
    id
}

/// The whole hash of an identity, for programs.
pub fn fingerprint(identity: &str) -> String {
    format!("fp1:{:032x}", xxh3_128(identity.as_bytes()))
}
