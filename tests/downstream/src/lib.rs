//! A user's crate: the dependency renamed, strict lints, and everything that a macro can trip over.
//!
//! `forbid` does not let an expansion `allow` anything; `deny` stands where the standard library's own derives need one.
#![forbid(
    unsafe_code,
    missing_docs,
    private_bounds,
    private_interfaces,
    unreachable_code,
    unreachable_patterns,
    unused_assignments,
    unused_imports,
    unused_must_use,
    unused_mut,
    unused_parens,
    unused_braces,
    unused_qualifications,
    unused_results,
    unused_variables
)]
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![deny(
    absolute_paths_not_starting_with_crate,
    let_underscore_drop,
    missing_debug_implementations,
    non_ascii_idents,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unreachable_pub,
    unused_crate_dependencies,
    unused_import_braces,
    unused_lifetimes,
    variant_size_differences
)]
#![allow(clippy::suboptimal_flops, reason = "a rule is computed as it is written, without fused operations")]
#![allow(dead_code, reason = "much is only there to compile")]
#![allow(clippy::redundant_pub_crate, reason = "`unreachable_pub` asks for the opposite")]
#![allow(clippy::use_self, reason = "both ways to name oneself are tried")]

pub mod derive;
pub mod rule;

/// As a crate re-exports what it builds on.
pub mod reexport {
    pub use opt as nn;
}
