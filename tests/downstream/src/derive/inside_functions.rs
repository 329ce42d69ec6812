//! Models that are declared in functions, also in generic ones and in constants.

use opt::Optimizable;
use opt::ndarray::Array1;

/// The number of parameters of a model that nobody else sees.
pub(crate) fn count(n: usize) -> usize {
    #[derive(Optimizable)]
    #[optim(crate = "opt")]
    struct Part {
        weight: Array1<f64>,
    }

    #[derive(Optimizable)]
    #[optim(crate = "opt")]
    enum Tree {
        Leaf(Part),
        Node { left: Box<Self>, right: Box<Tree> },
    }

    let leaf = || Box::new(Tree::Leaf(Part { weight: Array1::ones(n) }));
    Tree::Node { left: leaf(), right: leaf() }.num_params()
}

/// The same in a generic function.
pub(crate) fn generic<T: Optimizable>(value: T) -> usize {
    #[derive(Optimizable)]
    #[optim(crate = "opt")]
    struct Pair<T>(T, Option<T>);

    Pair(value, None).num_params()
}

#[cfg(test)]
mod tests {
    use super::{count, generic};

    #[test]
    fn they_are_counted() {
        assert_eq!(count(3), 6);
        assert_eq!(generic(vec![1.0_f32; 5]), 5);
    }
}
