//! Finds the only job that was running at an instant and does not contradict a row. The search stops
//! at the second job, and its cost grows with the logarithm of their number. Knows nothing of
//! records; `jobs` searches it.

use std::collections::HashMap;
use std::ops::ControlFlow;

use crate::correlate::joining::compatible::{
    FieldsKey, Mask, PartialFields, lookup_keys, storage_key,
};
use crate::model::{Guid, Instant, JobSpan};

/// The spans of jobs, sorted by start.
#[derive(Default)]
pub struct SpanTree {
    jobs: Vec<(JobSpan, Guid)>,
    /// The latest end below each node of a binary tree over `jobs`; the root is node 1.
    latest_ends: Vec<Instant>,
}

const NEVER: Instant = Instant(i64::MAX);

impl SpanTree {
    /// Jobs without a start are left out.
    pub fn new(jobs: impl IntoIterator<Item = (JobSpan, Guid)>) -> SpanTree {
        let mut jobs: Vec<(JobSpan, Guid)> =
            jobs.into_iter().filter(|(span, _)| span.start.is_some()).collect();
        jobs.sort();
        let leaves = jobs.len().next_power_of_two();
        let mut latest_ends = vec![Instant(i64::MIN); 2 * leaves];
        for (n, (span, _)) in jobs.iter().enumerate() {
            latest_ends[leaves + n] = span.end.unwrap_or(NEVER);
        }
        for node in (1..leaves).rev() {
            latest_ends[node] = latest_ends[2 * node].max(latest_ends[2 * node + 1]);
        }
        SpanTree { jobs, latest_ends }
    }

    /// Calls `visit` for the jobs whose span, widened by `margin` seconds at both ends, holds an
    /// instant.
    pub fn jobs_at(
        &self,
        time: Instant,
        margin: i64,
        visit: &mut dyn FnMut(Guid) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let earliest_end = time.plus_seconds(-margin);
        let latest_start = time.plus_seconds(margin);
        let started = self.jobs.partition_point(|(span, _)| span.start <= Some(latest_start));
        let leaves = self.latest_ends.len() / 2;
        let mut nodes = vec![(1, 0, leaves)];
        while let Some((node, first, count)) = nodes.pop() {
            if first >= started || self.latest_ends[node] < earliest_end {
                continue;
            }
            if count == 1 {
                visit(self.jobs[first].1)?;
                continue;
            }
            let half = count / 2;
            nodes.push((2 * node + 1, first + half, half));
            nodes.push((2 * node, first, half));
        }
        ControlFlow::Continue(())
    }
}

/// The result of a search.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Fitting {
    #[default]
    None,
    One(Guid),
    Several,
}

impl Fitting {
    /// Adds a job; ends the search at the second one.
    pub fn add(&mut self, job: Guid) -> ControlFlow<()> {
        *self = match *self {
            Fitting::None => Fitting::One(job),
            Fitting::One(known) if known == job => *self,
            _ => Fitting::Several,
        };
        if *self == Fitting::Several { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Adds the result of another search; ends the search at the second job.
    pub fn merge(&mut self, other: Fitting) -> ControlFlow<()> {
        match other {
            Fitting::None => ControlFlow::Continue(()),
            Fitting::One(job) => self.add(job),
            Fitting::Several => {
                *self = Fitting::Several;
                ControlFlow::Break(())
            }
        }
    }

    pub fn only(self) -> Option<Guid> {
        match self {
            Fitting::One(job) => Some(job),
            _ => None,
        }
    }
}

/// Jobs by span and by fields that may be unknown.
pub struct JobIndex<const N: usize> {
    trees: HashMap<FieldsKey<N>, SpanTree>,
}

impl<const N: usize> JobIndex<N> {
    /// `masks` are the sets of fields that the rows know which will be looked up.
    pub fn new(
        jobs: &[(JobSpan, Guid, PartialFields<N>)],
        masks: impl IntoIterator<Item = Mask>,
    ) -> JobIndex<N> {
        let mut spans: HashMap<FieldsKey<N>, Vec<(JobSpan, Guid)>> = HashMap::new();
        for mask in masks {
            for (span, job, fields) in jobs {
                spans.entry(storage_key(fields, mask)).or_default().push((*span, *job));
            }
        }
        let trees = spans.into_iter().map(|(key, jobs)| (key, SpanTree::new(jobs))).collect();
        JobIndex { trees }
    }

    /// The jobs that agree with `fields` and ran at an instant, give or take `margin` seconds.
    pub fn at(&self, fields: &PartialFields<N>, time: Instant, margin: i64) -> Fitting {
        let mut fitting = Fitting::None;
        for key in lookup_keys(fields) {
            if let Some(tree) = self.trees.get(&key)
                && tree.jobs_at(time, margin, &mut |job| fitting.add(job)).is_break()
            {
                break;
            }
        }
        fitting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_finds_every_spanning_job() {
        let at = |second| Instant::from_unix(second, 0);
        let spans: Vec<(i64, Option<i64>)> =
            (0..50).map(|n| (n * 7 % 23, (n % 5 != 0).then_some(n * 7 % 23 + n % 11))).collect();
        let span =
            |(start, end): (i64, Option<i64>)| JobSpan { start: Some(at(start)), end: end.map(at) };
        let jobs = || spans.iter().enumerate().map(|(n, times)| (span(*times), Guid(n as u128)));
        let tree = SpanTree::new(jobs());
        for second in -5..60 {
            for margin in [0, 2] {
                let mut found = Vec::new();
                let _ = tree.jobs_at(at(second), margin, &mut |job| {
                    found.push(job);
                    ControlFlow::Continue(())
                });
                found.sort();
                let expected: Vec<Guid> = jobs()
                    .filter(|(span, _)| span.holds(at(second), margin))
                    .map(|(_, job)| job)
                    .collect();
                assert_eq!(found, expected, "{second} {margin}");
            }
        }
        let _ = SpanTree::new([]).jobs_at(at(0), 0, &mut |_| panic!("a job of an empty tree"));
    }
}
