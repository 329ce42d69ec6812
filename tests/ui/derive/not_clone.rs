//! A skipped field is cloned into gradients.
use optim_core::Optimizable;

struct Once;

#[derive(Optimizable)]
struct Model<L> {
    layer: L,
    #[optim(skip)]
    once: Once,
    #[optim(skip)]
    several: Vec<Once>,
}

#[derive(Optimizable)]
enum Choice {
    First(f32, #[optim(skip)] Once),
}

fn main() {}
