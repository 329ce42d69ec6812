//! Elements that do not lie side by side: copied to and from blocks in logical row-major order.
//!
//! A strided tensor is computed in the same contiguous blocks as any other, so that its layout does not show in a bit
//! of the result.

use core::ptr;

use super::streams::{self, load, store};
use super::tensor::Layout;

/// Calls `run` for each stretch along the last axis of the elements `start..start + n`, in logical order, with the
/// distance of its first element from that of the tensor, the distance between two, and how many there are.
fn runs(layout: &Layout<'_>, start: usize, n: usize, mut run: impl FnMut(isize, isize, usize)) {
    let (shape, strides) = (layout.shape(), layout.strides());
    let (Some((&inner, outer)), Some((&stride, outer_strides))) = (shape.split_last(), strides.split_last()) else {
        if n > 0 {
            run(0, 1, 1);
        }
        return;
    };
    let (mut position, end) = (start, start + n);
    while position < end {
        let (mut rest, within) = (position / inner, position % inner);
        let mut offset = signed(within) * stride;
        for (&length, &stride) in outer.iter().zip(outer_strides).rev() {
            offset += signed(rest % length) * stride;
            rest /= length;
        }
        let count = (inner - within).min(end - position);
        run(offset, stride, count);
        position += count;
    }
}

/// An index within an allocation, which is never larger than `isize::MAX`.
#[expect(clippy::cast_possible_wrap, reason = "see above")]
fn signed(index: usize) -> isize {
    index as isize
}

/// Copies the elements `start..start + n` of a tensor, in logical order, to `block`.
///
/// # Safety
/// `source` and `layout` describe a live tensor of at least `start + n` elements; `block` takes `n`.
// A call, since every pass has it: inlined it would be much of a pass's code.
#[inline(never)]
pub(super) unsafe fn gather<A: Copy>(layout: &Layout<'_>, source: *const A, start: usize, n: usize, block: *mut A) {
    if layout.is_standard() {
        // SAFETY: the elements lie side by side, and there are enough of them.
        let source = unsafe { source.add(start) };
        // SAFETY: both hold `n`, and the block is memory of ours.
        unsafe { ptr::copy_nonoverlapping(source, block, n) };
        return;
    }
    // SAFETY: a tensor's pointer.
    let source = unsafe { streams::start(source) };
    // SAFETY: that of a block.
    let block = unsafe { streams::start(block) };
    let mut next = 0;
    runs(layout, start, n, |offset, stride, count| {
        // SAFETY: the layout's shape and strides keep within the tensor's allocation.
        let first = unsafe { source.offset(offset) };
        for i in 0..count {
            // SAFETY: as above: an element of the run.
            let element = unsafe { first.offset(signed(i).wrapping_mul(stride)) };
            // SAFETY: an element of the tensor.
            let value = unsafe { load(element, 0) };
            // SAFETY: the runs hold `n` elements together.
            unsafe { store(block, next + i, value) };
        }
        next += count;
    });
}

/// Copies `block` to the elements `start..start + n` of a tensor, in logical order.
///
/// # Safety
/// `target` and `layout` describe a live tensor of at least `start + n` elements that is borrowed exclusively; `block`
/// holds `n`.
// A call, since every pass has it: inlined it would be much of a pass's code.
#[inline(never)]
pub(super) unsafe fn scatter<A: Copy>(layout: &Layout<'_>, block: *const A, start: usize, n: usize, target: *mut A) {
    if layout.is_standard() {
        // SAFETY: the elements lie side by side, and there are enough of them.
        let target = unsafe { target.add(start) };
        // SAFETY: both hold `n`, and the block is memory of ours.
        unsafe { ptr::copy_nonoverlapping(block, target, n) };
        return;
    }
    // SAFETY: a tensor's pointer.
    let target = unsafe { streams::start(target.cast_const()) };
    // SAFETY: that of a block.
    let block = unsafe { streams::start(block) };
    let mut next = 0;
    runs(layout, start, n, |offset, stride, count| {
        // SAFETY: the layout's shape and strides keep within the tensor's allocation.
        let first = unsafe { target.offset(offset) };
        for i in 0..count {
            // SAFETY: as above: an element of the run.
            let element = unsafe { first.offset(signed(i).wrapping_mul(stride)) };
            // SAFETY: the runs hold `n` elements together.
            let value = unsafe { load(block, next + i) };
            // SAFETY: an element of the tensor.
            unsafe { store(element, 0, value) };
        }
        next += count;
    });
}
