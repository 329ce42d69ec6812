//! The language of rules: what [`define_optimizer!`](crate::define_optimizer) takes, and what it makes of it.
//!
//! A module without items, for reading. [The grammar](#grammar) and the tables behind it are for looking up; who is new
//! begins with [ten rules](#ten-rules-and-two), the first of which is a line.
//!
#![doc = include_str!("../docs/language/grammar.md")]
//!
#![doc = include_str!("../docs/language/functions.md")]
//!
#![doc = include_str!("../docs/language/passes.md")]
//!
#![doc = include_str!("../docs/language/errors.md")]
//!
#![doc = include_str!("../docs/language/calls.md")]
//!
#![doc = include_str!("../docs/language/rules.md")]
