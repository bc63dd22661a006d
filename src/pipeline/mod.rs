//! The use case from end to end: plan, scan, merge, correlate, render. Settings come in as plain
//! values and a finished report goes out. Nothing here knows the command line, the terminal or the
//! clock.

pub(crate) mod incremental;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod settings;
pub(crate) mod steps;

pub use crate::correlate::naming::names::UnresolvedReason;
pub use crate::correlate::naming::resolve::{NameReport, NameResolution};
pub use crate::decode::encoding_for_label;
pub use crate::discover::{OutputDirectory, SourcePlan, SourceSelection};
pub use crate::format::{TimeRules, read_time};
pub use crate::read::{NoObserver, Observer, ReadSettings};
pub(crate) use crate::scan::prefilter_literals;

pub(crate) use incremental::prune::{Pruned, prune};
pub use incremental::run::IncrementalRun;
pub use plan::plan;
pub(crate) use plan::sources;
pub use run::FinishedRun;
pub(crate) use run::{check_output, finish_run, is_partial, write};
pub(crate) use settings::PipelineError;
pub use settings::{Output, Settings};
pub(crate) use steps::{build_report, read_settings, resolve, scan, translate};
