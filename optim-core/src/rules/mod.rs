//! Update rules, one a file, each declared and nothing else.
//!
//! | rule | in a word | bytes of cache a weight in `f32` |
//! |---|---|---|
//! | [`Sgd`] | the gradient, times a rate | 0, with momentum 4 |
//! | [`Momentum`] | a velocity that gradients accelerate | 4 |
//! | [`Nag`] | momentum, with the gradient where it is about to lead | 4 |
//! | [`Adagrad`] | a rate per weight that falls with all gradients so far | 4 |
//! | [`RmsProp`] | a rate per weight from the recent gradients | 4 to 12 |
//! | [`Adam`] | momentum and a rate per weight | 8, with AMSGrad 12 |
//! | [`AdamW`] | Adam with weight decay apart from the gradient | 8, with AMSGrad 12 |
//! | [`NAdam`] | Adam with Nesterov's look-ahead | 8 |
//! | [`ScheduleFreeSgd`] | descent that averages in place of a schedule | 4 |
//! | [`ScheduleFreeAdamW`] | AdamW that averages in place of a schedule | 8 |

mod adagrad;
mod adam;
mod adamw;
mod momentum;
mod nadam;
mod nag;
mod rmsprop;
mod schedule_free_adamw;
mod schedule_free_sgd;
mod sgd;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamw::AdamW;
pub use momentum::Momentum;
pub use nadam::NAdam;
pub use nag::Nag;
pub use rmsprop::RmsProp;
pub use schedule_free_adamw::ScheduleFreeAdamW;
pub use schedule_free_sgd::ScheduleFreeSgd;
pub use sgd::Sgd;
