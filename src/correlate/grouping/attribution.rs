//! Names the connection of a failure whose witnesses name none: the first rung that leaves exactly
//! one. The rungs after `exact` are `job-binding`, `trace`, `learned` and `inventory`, in this order.
//! A candidate that contradicts the failure's own evidence is excluded on every rung.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use crate::correlate::grouping::inventory::{Inventories, Inventory, letters_and_digits};
use crate::correlate::naming::names::NameIndex;
use crate::correlate::naming::scope::RecordScope;
use crate::correlate::occurrence::{Candidates, OccurrenceGroup};
use crate::model::knowledge::KNOWLEDGE;
use crate::model::{
    Attribution, Candidate, Digest, FolderRef, Guid, JobFact, Signature, TraceFact,
};

/// Candidates listed in the report; the rest is counted.
const LISTED: usize = 20;

/// Tenant, process, workflow and activity.
type ActivityKey = (Option<Arc<str>>, Arc<str>, Option<String>, String);

/// The connections that failures of each activity name themselves.
type LearnedConnections = BTreeMap<ActivityKey, BTreeSet<Guid>>;

/// Names the connections of all failures that lack one. With several tenants in the input, only
/// failures of a known tenant learn from others.
pub fn attribute(
    failures: &mut [OccurrenceGroup],
    digest: &Digest,
    names: &NameIndex<'_>,
    inventories: &Inventories<'_>,
    catalogue: &BTreeMap<&str, &Signature>,
    has_several_tenants: bool,
) {
    let key = |failure: &OccurrenceGroup| {
        activity_key(failure).filter(|key| !has_several_tenants || key.0.is_some())
    };
    let mut learned = LearnedConnections::new();
    for failure in failures.iter() {
        if let (Some(key), Some(connection)) = (key(failure), failure.evidence.connection) {
            learned.entry(key).or_default().insert(connection);
        }
    }
    let mut solved: HashMap<Question, Answer> = HashMap::new();
    for failure in failures {
        let signature = catalogue.get(&*failure.primary().details.signature);
        if failure.evidence.connection.is_some() || signature.is_some_and(|s| s.no_connection) {
            continue;
        }
        let question = Question::new(failure, key(failure));
        let answer = solved.entry(question).or_insert_with_key(|question| {
            let inventory = inventories.for_record(failure.primary());
            let constraints = Constraints::new(failure, digest, names, &inventory);
            let rungs = RungSearch { question, digest, names, inventory: &inventory, constraints };
            rungs.answer(&learned, failure)
        });
        failure.attribution = answer.attribution;
        failure.evidence.connection = answer.connection;
        failure.candidates = answer.candidates.clone();
    }
}

fn activity_key(failure: &OccurrenceGroup) -> Option<ActivityKey> {
    let activity = failure.evidence.activity.clone()?;
    let process = failure.records.iter().find_map(|record| record.hit.process.clone())?;
    let workflow = failure.records.iter().find_map(|record| record.details.workflow.as_deref());
    Some((failure.primary().tenant.clone(), process, workflow.map(workflow_name), activity))
}

/// A stack names the path of the file, the row's own field only its stem.
fn workflow_name(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = KNOWLEDGE.activities.workflow_extensions.iter().find_map(|e| name.strip_suffix(e));
    stem.unwrap_or(name).to_lowercase()
}

/// Everything on which the answer depends; failures that share it are answered once.
#[derive(PartialEq, Eq, Hash)]
struct Question {
    job: Option<Guid>,
    activity: Option<ActivityKey>,
    display_name: Option<String>,
    connection_folder: Option<Guid>,
    connector: Option<String>,
    job_folder: FolderRef,
    directories: Arc<[String]>,
    tenant: Option<Arc<str>>,
}

impl Question {
    fn new(failure: &OccurrenceGroup, activity: Option<ActivityKey>) -> Question {
        let primary = failure.primary();
        Question {
            job: primary.job,
            activity,
            display_name: failure.evidence.activity.clone(),
            connection_folder: failure.evidence.connection_folder,
            connector: failure.evidence.connector.clone(),
            job_folder: primary.hit.folder.clone(),
            directories: Arc::clone(&primary.directories),
            tenant: primary.tenant.clone(),
        }
    }
}

struct Answer {
    attribution: Attribution,
    connection: Option<Guid>,
    candidates: Candidates,
}

/// The rungs for one question.
struct RungSearch<'a> {
    question: &'a Question,
    digest: &'a Digest,
    names: &'a NameIndex<'a>,
    inventory: &'a Inventory<'a>,
    constraints: Constraints<'a>,
}

impl RungSearch<'_> {
    fn job(&self) -> Option<&JobFact> {
        self.digest.jobs.get(&self.question.job?)
    }

    fn answer(&self, learned: &LearnedConnections, failure: &OccurrenceGroup) -> Answer {
        let folder = self.job_folder(failure);
        let rungs: [(Attribution, &dyn Fn() -> BTreeSet<Guid>); 4] = [
            (Attribution::JobBinding, &|| self.bound()),
            (Attribution::Trace, &|| self.traced()),
            (Attribution::Learned, &|| self.learned(learned)),
            (Attribution::Inventory, &|| self.listed(folder.key)),
        ];
        let mut several = BTreeSet::new();
        for (attribution, connections) in rungs {
            let connections = connections();
            if connections.len() == 1 {
                let candidates = Candidates::default();
                return Answer {
                    attribution,
                    connection: connections.first().copied(),
                    candidates,
                };
            }
            if several.is_empty() {
                several = connections;
            }
        }
        let is_ambiguous = !several.is_empty();
        Answer {
            attribution: if is_ambiguous {
                Attribution::Ambiguous
            } else {
                Attribution::Unattributed
            },
            connection: None,
            candidates: self.candidates(several, &folder),
        }
    }

    fn bound(&self) -> BTreeSet<Guid> {
        let bindings = self.job().into_iter().flat_map(|job| &job.bindings);
        bindings
            .filter(|binding| self.constraints.permits(binding.connection, binding.folder))
            .map(|binding| binding.connection)
            .collect()
    }

    fn traced(&self) -> BTreeSet<Guid> {
        traces(self.digest, self.question.job, self.question.display_name.as_deref())
            .filter_map(|trace| trace.connection)
            .filter(|connection| self.constraints.permits(*connection, None))
            .collect()
    }

    fn learned(&self, learned: &LearnedConnections) -> BTreeSet<Guid> {
        let seen = self.question.activity.as_ref().and_then(|key| learned.get(key));
        seen.into_iter().flatten().copied().filter(|c| self.constraints.permits(*c, None)).collect()
    }

    /// Connections of the activity's connector in the folder of the job, otherwise in the tenant.
    fn listed(&self, job_folder: Option<Guid>) -> BTreeSet<Guid> {
        let connectors = self.constraints.of_activity.iter();
        let permitted: Vec<(Option<Guid>, Guid)> = connectors
            .flat_map(|connector| self.inventory.connections(connector))
            .filter(|(folder, connection)| self.constraints.permits(*connection, *folder))
            .collect();
        let is_near = |folder: &Option<Guid>| job_folder.is_some() && *folder == job_folder;
        let near: BTreeSet<Guid> =
            permitted.iter().filter(|(folder, _)| is_near(folder)).map(|(_, c)| *c).collect();
        if near.is_empty() { permitted.into_iter().map(|(_, c)| c).collect() } else { near }
    }

    fn job_folder(&self, failure: &OccurrenceGroup) -> FolderRef {
        let mut folder = self.question.job_folder.clone();
        if folder.is_empty()
            && let Some(job) = self.job()
        {
            folder = job.folder.clone();
        }
        self.names.complete(&folder, failure.primary().scope())
    }

    /// The candidates nearest to the job: in its folder, above it, below it, then the rest.
    fn candidates(&self, connections: BTreeSet<Guid>, job_folder: &FolderRef) -> Candidates {
        let total = connections.len() as u64;
        let mut ranked: Vec<(u8, Guid)> = connections
            .into_iter()
            .map(|id| (folder_distance(job_folder, &self.folder_of(id)), id))
            .collect();
        if ranked.len() > LISTED {
            ranked.select_nth_unstable(LISTED);
            ranked.truncate(LISTED);
        }
        ranked.sort_unstable();
        Candidates { listed: ranked.into_iter().map(|(_, id)| self.candidate(id)).collect(), total }
    }

    fn folder_of(&self, connection: Guid) -> FolderRef {
        let key = self.names.connection(connection).and_then(|fact| fact.folder);
        let key = key
            .or_else(|| self.job()?.bindings.iter().find(|b| b.connection == connection)?.folder);
        let folder = FolderRef { key, ..FolderRef::default() };
        self.names.complete(&folder, self.constraints.scope)
    }

    /// A candidate by its name, otherwise by the label of the job's binding.
    fn candidate(&self, id: Guid) -> Candidate {
        let label = || {
            let mut bindings = self.job().into_iter().flat_map(|job| &job.bindings);
            bindings.find_map(|b| b.label.clone().filter(|_| b.connection == id))
        };
        let name = self.names.connection(id).and_then(|fact| fact.name.clone());
        Candidate { id, name: name.or_else(label) }
    }
}

/// 0 for the folder itself, 1 for one above it, 2 for one below it, 3 for any other.
fn folder_distance(from: &FolderRef, to: &FolderRef) -> u8 {
    let is_below = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    match (&from.path, &to.path) {
        _ if from.key.is_some() && from.key == to.key => 0,
        (Some(from), Some(to)) if from == to => 0,
        (Some(from), Some(to)) if is_below(from, to) => 1,
        (Some(from), Some(to)) if is_below(to, from) => 2,
        _ => 3,
    }
}

/// What traces show of an activity of a job; the digest orders them by job and activity.
fn traces<'d>(
    digest: &'d Digest,
    job: Option<Guid>,
    activity: Option<&'d str>,
) -> impl Iterator<Item = &'d TraceFact> + use<'d> {
    let wanted = job.zip(activity);
    let first = wanted.map(|(job, activity)| TraceFact {
        job,
        activity: activity.to_string(),
        connection: None,
        connector: None,
    });
    let is_same = move |trace: &&TraceFact| wanted == Some((trace.job, trace.activity.as_str()));
    first.into_iter().flat_map(|first| digest.traces.range(first..)).take_while(is_same)
}

/// What a failure itself says about its connection.
struct Constraints<'a> {
    names: &'a NameIndex<'a>,
    scope: RecordScope<'a>,
    folder: Option<Guid>,
    /// Keys of the connectors that the activity names; empty if it names none.
    of_activity: Rc<[String]>,
    /// Keys of the possible connectors; empty if nothing names one.
    connectors: Vec<String>,
}

impl<'a> Constraints<'a> {
    fn new(
        failure: &'a OccurrenceGroup,
        digest: &Digest,
        names: &'a NameIndex<'a>,
        inventory: &Inventory<'_>,
    ) -> Constraints<'a> {
        let activity = failure.evidence.activity.as_deref();
        let traced: BTreeSet<String> = traces(digest, failure.primary().job, activity)
            .filter_map(|trace| trace.connector.as_deref())
            .flat_map(|connector| traced_connectors(connector, inventory))
            .collect();
        let of_activity = if traced.is_empty() {
            activity.map_or_else(|| Rc::from([]), |activity| inventory.connectors_of(activity))
        } else {
            traced.into_iter().collect()
        };
        let connectors = match &failure.evidence.connector {
            Some(own) => vec![own.clone()],
            None => of_activity.to_vec(),
        };
        let (scope, folder) = (failure.primary().scope(), failure.evidence.connection_folder);
        Constraints { names, scope, folder, of_activity, connectors }
    }

    /// False when the connection is known to be in another folder than the message names, or of
    /// another connector than the activity. `folder` overrides the folder of the inventory.
    fn permits(&self, connection: Guid, folder: Option<Guid>) -> bool {
        let fact = self.names.connection(connection);
        let folder = folder.or_else(|| fact.and_then(|fact| fact.folder));
        let folder_fits = match (self.folder, folder) {
            (Some(named), Some(known)) => named == known,
            _ => true,
        };
        let connector_fits = match fact.and_then(|fact| fact.connector.as_ref()) {
            Some(connector) if !self.connectors.is_empty() => self.connectors.contains(connector),
            _ => true,
        };
        folder_fits && connector_fits
    }
}

/// The keys for what a trace calls its connector: a key or a display name.
fn traced_connectors(connector: &str, inventory: &Inventory<'_>) -> Vec<String> {
    if inventory.connections(connector).next().is_some() {
        return vec![connector.to_string()];
    }
    let named = inventory.connectors_named(&letters_and_digits(connector));
    if named.is_empty() { vec![connector.to_string()] } else { named }
}
