//! From rows to records, from records to jobs, and to one reading and connection per job.

pub(crate) mod agreement;
pub(crate) mod attribution;
pub(crate) mod job_index;
pub(crate) mod jobs;
pub(crate) mod records;
