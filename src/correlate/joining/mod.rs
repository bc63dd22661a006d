//! From hits to records, from records to jobs, and to one signature and connection per failure of a
//! job.

pub(crate) mod agreement;
pub(crate) mod compatible;
pub(crate) mod copies;
pub(crate) mod job_index;
pub(crate) mod jobs;
pub(crate) mod records;
pub(crate) mod same_text;
