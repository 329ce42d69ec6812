//! The language of rules: what [`define_optimizer!`](crate::define_optimizer) takes, and what it makes of it.
//!
//! A module without items, for reading. It begins with [twelve rules](#twelve-rules), the first of which is a line;
//! [the grammar](#grammar) and the tables behind it are for looking up.
//!
#![doc = include_str!("../docs/language/rules.md")]
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
// The files are read on their own too, where links like these lead nowhere.
//! [`Adafactor`]: crate::rules::Adafactor
//! [`Lamb`]: crate::rules::Lamb
//! [`Muon`]: crate::rules::Muon
//! [`Real`]: crate::Real
//! [`cache`]: crate::Optimizer::cache
//! [`evaluate_with`]: crate::Optimizer::evaluate_with
//! [`math`]: crate::math
//! [`matrix`]: crate::matrix
//! [`orthogonalise`]: crate::matrix::orthogonalise
//! [calls to Rust]: #calls-to-rust
//! [passes]: #passes
