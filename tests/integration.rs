//! The tests that run the built program or check properties of the library, in one binary. Each
//! test has a directory of its own, and the coverage of every run is checked.
//!
//! `FAULTLINE_BIN` names another build of the program to test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::wrong_self_convention, reason = "observations are chained")]

mod broken;
mod cli;
mod correlation;
mod knowledge;
mod laws;
mod layering;
mod regression;
mod state;
mod support;
