//! Defects that were there once, each named after what a user saw.
