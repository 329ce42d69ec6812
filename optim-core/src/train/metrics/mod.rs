//! Numbers that are gathered batch by batch: each has `update`, `value` and `reset`.
//!
//! [`Mean`] of anything, [`Accuracy`], [`TopK`], [`Confusion`]. Counts are whole numbers, so that the order and the size
//! of batches do not matter. Where nothing has been counted, `value` is NaN (0/0). What is not a number is counted
//! (`nans`) and shows in the value; it is not left out.

mod accuracy;
mod confusion;
mod mean;
mod top_k;

pub use accuracy::Accuracy;
pub use confusion::Confusion;
pub use mean::Mean;
pub use top_k::TopK;

/// `part / whole`, NaN where the whole is 0.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
