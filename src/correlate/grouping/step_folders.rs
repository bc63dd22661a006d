//! The job folder in the identity of an incident without a connection. One folder may be known by
//! its number, its key or its path, and of some rows by none; resolving a name must neither split an
//! incident nor change its identity. Names no folder: `folders` does.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{FolderRef, Guid, JobFolder};

/// What is known of the folder of a failure.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct FailureFolder {
    /// Only where the input knows several tenants.
    pub tenant: Option<String>,
    /// As records and job rows write it.
    pub stated: FolderRef,
    /// With the parts that inventories prove.
    pub full: FolderRef,
}

impl FailureFolder {
    pub fn new(tenant: Option<String>, stated: FolderRef, folder: &JobFolder) -> FailureFolder {
        let full = FolderRef { id: folder.id, key: folder.key, path: folder.path.clone() };
        FailureFolder { tenant, stated, full }
    }

    /// The number of parts that are known.
    fn parts(&self) -> usize {
        let FolderRef { id, key, path } = &self.full;
        [self.tenant.is_some(), id.is_some(), key.is_some(), path.is_some()]
            .into_iter()
            .filter(|is_known| *is_known)
            .count()
    }
}

/// The folders of all failures of one signature, process and activity.
#[derive(Default)]
pub struct StepFolders(BTreeSet<FailureFolder>);

impl StepFolders {
    pub fn add(&mut self, folder: FailureFolder) {
        self.0.insert(folder);
    }

    /// The text that stands for each folder in an identity. Folders that are one have one text.
    pub fn identities(self) -> BTreeMap<FailureFolder, String> {
        let mut folders: Vec<FailureFolder> = self.0.into_iter().collect();
        // Those of which most is known first: the others join them where exactly one fits.
        folders.sort_by_cached_key(|folder| (Reverse(folder.parts()), folder.clone()));
        let mut classes: Vec<FolderClass> = Vec::new();
        let mut members: Vec<(FailureFolder, usize)> = Vec::new();
        for folder in folders {
            let mut fitting = (0..classes.len()).filter(|n| classes[*n].may_be(&folder));
            let class = match (fitting.next(), fitting.next()) {
                (Some(only), None) => only,
                _ => {
                    classes.push(FolderClass::default());
                    classes.len() - 1
                }
            };
            classes[class].add(&folder);
            members.push((folder, class));
        }
        let texts = identity_texts(&classes);
        members.into_iter().map(|(folder, class)| (folder, texts[class].clone())).collect()
    }
}

/// A folder under all its names.
#[derive(Default)]
struct FolderClass {
    tenant: Option<String>,
    known: FolderRef,
    stated: FolderRef,
}

impl FolderClass {
    /// True unless number, key or tenant contradict, if a part is equal or the folder is unknown.
    fn may_be(&self, folder: &FailureFolder) -> bool {
        let (own, other) = (&self.known, &folder.full);
        agree(&self.tenant, &folder.tenant)
            && agree(&own.id, &other.id)
            && agree(&own.key, &other.key)
            && (other.is_empty()
                || is_same(&own.id, &other.id)
                || is_same(&own.key, &other.key)
                || is_same(&own.path, &other.path))
    }

    fn add(&mut self, folder: &FailureFolder) {
        self.tenant = self.tenant.take().or_else(|| folder.tenant.clone());
        complete(&mut self.known, &folder.full);
        complete(&mut self.stated, &folder.stated);
    }
}

fn agree<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
    a.is_none() || b.is_none() || a == b
}

fn is_same<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
    a.is_some() && a == b
}

fn complete(folder: &mut FolderRef, other: &FolderRef) {
    folder.id = folder.id.or(other.id);
    folder.key = folder.key.or(other.key);
    folder.path = folder.path.take().or_else(|| other.path.clone());
}

/// The number that a record states, otherwise the key, otherwise the path, with the tenant before
/// it. Two folders with one text, such as one number with two keys, have the key in it as well.
fn identity_texts(classes: &[FolderClass]) -> Vec<String> {
    let text = |class: &FolderClass, with_key: Option<Guid>| {
        let FolderRef { id, key, path } = &class.stated;
        let folder = match (id, key) {
            (Some(id), _) => id.to_string(),
            (None, Some(key)) => key.to_string(),
            (None, None) => path.clone().unwrap_or_default(),
        };
        let tenant = class.tenant.as_ref().map(|tenant| format!("{tenant}|")).unwrap_or_default();
        let key = with_key.map(|key| format!("|{key}")).unwrap_or_default();
        format!("{tenant}{folder}{key}")
    };
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for class in classes {
        *uses.entry(text(class, None)).or_default() += 1;
    }
    classes
        .iter()
        .map(|class| {
            let short = text(class, None);
            if uses.get(&short) == Some(&1) { short } else { text(class, class.known.key) }
        })
        .collect()
}
