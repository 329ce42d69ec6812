//! The other fields are not known to what stands in place of a skipped one, nor are the names of an expansion.
use optim_core::Optimizable;

struct Cache(usize);

#[derive(Optimizable)]
enum Kind {
    Other {
        weight: f32,
        #[optim(skip)]
        length: usize,
        #[optim(skip = Cache(length))]
        cache: Cache,
    },
    Another(#[optim(skip = Cache(field_1))] Cache, f32),
}

fn main() {}
