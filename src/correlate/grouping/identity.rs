//! Which occurrences are one incident, and the id and fingerprint of an incident. Users type ids,
//! so the identity of an incident must never change between versions: it contains no path, line,
//! time, text or display name. `incidents` makes report rows of the groups.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_128;

use crate::correlate::grouping::folders::{Folders, better_connection};
use crate::correlate::grouping::occurrences::Occurrences;
use crate::correlate::occurrence::OccurrenceGroup;
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
    let mut groups: BTreeMap<String, IncidentGroup> = BTreeMap::new();
    for failure in occurrences.failures {
        add_failure(&mut groups, failure, folders);
    }
    // A reply is a witness of a known incident, otherwise a failure of its own.
    for reply in occurrences.replies {
        let group = groups.get_mut(&identity(&reply, None).0);
        match group.filter(|_| reply.details.connection.is_some()) {
            Some(group) => group.replies.push(reply),
            None => {
                let failure = OccurrenceGroup {
                    records: vec![reply],
                    recovered: false,
                    is_platform_failure: false,
                };
                add_failure(&mut groups, failure, folders);
            }
        }
    }
    groups.into_values().collect()
}

fn add_failure(
    groups: &mut BTreeMap<String, IncidentGroup>,
    failure: OccurrenceGroup,
    folders: &Folders<'_>,
) {
    let job_folder = folders.job_folder(&failure);
    let (identity, key) = if failure.is_platform_failure {
        (format!("{}|gathered", failure.primary().details.signature), None)
    } else {
        let (identity, key) = identity(failure.primary(), Some(&job_folder));
        (identity, Some(key))
    };
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
                    key,
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

/// Signature and connection; without one the connection folder, otherwise process, activity and job
/// folder.
fn identity(record: &MergedRecord, job_folder: Option<&JobFolder>) -> (String, GroupKey) {
    let details = &record.details;
    let signature = &details.signature;
    if let Some(connection) = details.connection {
        return (format!("{signature}|connection|{connection}"), GroupKey::Connection);
    }
    if let Some(folder) = details.connection_folder {
        return (format!("{signature}|connection-folder|{folder}"), GroupKey::ConnectionFolder);
    }
    let folder = job_folder.map_or(String::new(), |folder| match (folder.key, folder.id) {
        (Some(key), _) => key.to_string(),
        (None, Some(id)) => id.to_string(),
        (None, None) => folder.path.clone().unwrap_or_default(),
    });
    let process = record.hit.process.as_deref().unwrap_or_default();
    let activity = details.activity.as_deref().unwrap_or_default();
    (format!("{signature}|step|{process}|{activity}|{folder}"), GroupKey::Step)
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
