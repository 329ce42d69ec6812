//! Wrappers, each against a plain loop in exact bits, over several rules and both number types; and what they promise.

mod accumulate;
mod averages;
mod cautious;
mod centralise;
mod clip;
#[path = "../erased/mod.rs"]
mod erased;
mod failure;
mod layout;
mod lookahead;
mod noise;
mod order;
mod parts;
mod persist;
mod scheduled;
mod skip;
mod support;
mod torch;
