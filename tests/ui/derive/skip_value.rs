//! What stands in place of a skipped field is made without the model.
use optim_core::Optimizable;

struct Cache(usize);

#[derive(Optimizable)]
struct Model {
    weight: f32,
    #[optim(skip = self.first)]
    first: usize,
    #[optim(skip = Cache((self).first + self::LENGTH))]
    second: Cache,
    #[optim(skip = Cache(self::LENGTH))]
    third: Cache,
}

const LENGTH: usize = 3;

#[derive(Optimizable)]
struct OtherType {
    weight: f32,
    #[optim(skip = 1.0)]
    cache: Cache,
}

fn main() {}
