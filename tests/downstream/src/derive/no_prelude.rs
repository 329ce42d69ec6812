//! Without the prelude nothing has a short name.
#![no_implicit_prelude]

#[derive(::opt::Optimizable, ::std::fmt::Debug)]
#[optim(crate = "::opt")]
pub(crate) struct Bare<A: ::opt::Real> {
    pub(crate) weight: ::opt::ndarray::Array1<A>,
    #[optim(skip)]
    pub(crate) name: ::std::string::String,
}

#[derive(::opt::Optimizable, ::std::fmt::Debug)]
#[optim(crate = "::opt")]
pub(crate) enum Choice {
    Bare(Bare<f64>, #[optim(buffer)] f64),
    Nothing,
}

#[cfg(test)]
mod tests {
    use ::opt::Optimizable;
    use ::std::string::ToString;
    use ::std::{assert_eq, vec};

    use super::{Bare, Choice};

    #[::std::prelude::v1::test]
    fn it_is_walked() {
        let bare = Bare { weight: ::opt::ndarray::Array1::ones(3), name: "b".to_string() };
        let model = vec![Choice::Bare(bare, 1.0), Choice::Nothing];
        assert_eq!(model.num_params(), 3);
        assert_eq!(model.zeros_like().num_params(), 3);
    }
}
