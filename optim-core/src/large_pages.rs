//! [`ask_for_large_pages`]: faster steps for large models.

use crate::kernel::{LARGE, Tensor, Wish, ask};
use crate::optimizable::Optimizable;
use crate::path::At;
use crate::walk::Visitor;

/// Asks the system to keep the large arrays of a model in large pages: a step then looks up fewer addresses, and waits
/// less for memory. With weights and gradients of 32 Mi numbers in large pages, a step of `Adam` takes a sixth to a third
/// less time.
///
/// Caches of optimizers are in large pages without it, and so mostly are the arrays that
/// [`zeros_like`](Optimizable::zeros_like) makes, gradients that a closure of `step_with` gets among them. Weights, and
/// gradients of one's own, are where they were allocated: call it once for each, when it has been made or loaded.
///
/// What stands in the arrays does not change, nor where. It takes as long as some steps, since the system copies them.
/// Large pages are of 2 MiB on most machines, and stand at multiples of that, so it does something for arrays of a few MiB
/// and more. An array that takes another's place has to be asked for again, and so has everything after a `fork`, as soon
/// as it is written. Arrays whose elements do not lie side by side in logical order are left alone.
///
/// On Linux from 6.1 on it takes effect at once, and before in the system's own time; elsewhere, and where
/// `/sys/kernel/mm/transparent_hugepage/enabled` says `never`, it does nothing. How much of a process is in large pages
/// says `AnonHugePages` in `/proc/self/smaps_rollup`.
///
/// ```
/// use optim_core::ndarray::Array2;
/// use optim_core::prelude::*;
///
/// let mut model = Array2::<f32>::ones((1024, 1024));
/// optim_core::ask_for_large_pages(&model);
/// let gradient = model.zeros_like();
/// Adam::default().init(&model)?.step(&mut model, &gradient)?;
/// assert_eq!(model, Array2::<f32>::ones((1024, 1024)));
/// # Ok::<(), optim_core::Error>(())
/// ```
pub fn ask_for_large_pages<M: Optimizable>(model: &M) {
    // Moving pages would not ask whether there may be large ones.
    let setting = std::fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled");
    if setting.is_ok_and(|setting| !setting.contains("[never]")) {
        model.walk(&mut Ask);
    }
}

struct Ask;

impl<'a, A: Copy> Visitor<'a, A> for Ask {
    fn tensor(&mut self, _: &At<'_>, tensor: Tensor<'a, A>) {
        let bytes = tensor.len() * size_of::<A>();
        if tensor.layout().is_standard() && bytes >= LARGE {
            ask(tensor.pointer().cast(), bytes, Wish::Move);
        }
    }
}
