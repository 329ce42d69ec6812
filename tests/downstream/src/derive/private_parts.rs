//! Public models with private types in them, which an associated type of a public impl may not name.

use opt::Optimizable;
use opt::ndarray::Array1;

#[derive(Debug, Optimizable)]
#[optim(crate = "opt")]
struct Hidden {
    weight: Array1<f32>,
}

#[derive(Debug, Optimizable)]
#[optim(crate = "opt")]
struct Inner<L>(L);

/// Private fields of private types.
#[derive(Debug, Optimizable)]
#[optim(crate = "opt")]
pub struct Network {
    first: Hidden,
    rest: Vec<(Hidden, Inner<f32>)>,
}

/// The same, with parameters.
#[derive(Debug, Optimizable)]
#[optim(crate = "opt")]
pub struct Generic<L, const N: usize> {
    hidden: Hidden,
    inner: Inner<Vec<L>>,
    array: [Hidden; N],
}

/// And recursive.
#[derive(Debug, Optimizable)]
#[optim(crate = "opt")]
pub enum Kind<L> {
    /// The end.
    Leaf(L),
    /// More of it.
    Tree(Vec<Self>),
}

impl Network {
    /// A small one.
    #[must_use]
    pub fn new() -> Self {
        let hidden = || Hidden { weight: Array1::ones(2) };
        Self { first: hidden(), rest: vec![(hidden(), Inner(1.0))] }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new()
    }
}

impl<L> Generic<L, 1> {
    /// A small one.
    #[must_use]
    pub fn new(inner: L) -> Self {
        let hidden = || Hidden { weight: Array1::ones(2) };
        Self { hidden: hidden(), inner: Inner(vec![inner]), array: [hidden()] }
    }
}

#[cfg(test)]
mod tests {
    use super::super::paths;
    use super::*;

    #[test]
    fn they_are_walked() {
        assert_eq!(paths(&Network::new()), ["first.weight", "rest.0.0.weight", "rest.0.1.0"]);
        let generic = Generic::new(Kind::Tree(vec![Kind::Leaf(Array1::<f32>::ones(3)), Kind::Tree(vec![])]));
        assert_eq!(paths(&generic), ["hidden.weight", "inner.0.0.Tree.0.0.Leaf.0", "array.0.weight"]);
    }
}
