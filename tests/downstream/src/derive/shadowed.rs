//! Names of the user's that an expansion might have meant: types, traits, modules, constants, macros.
#![allow(non_upper_case_globals, non_camel_case_types, unused_macros, reason = "the names that a macro would use")]

pub(crate) struct Option<T>(pub(crate) T);
pub(crate) struct Result;
pub(crate) struct Vec;
pub(crate) struct Box;
pub(crate) struct String;
pub(crate) struct Some;
pub(crate) struct None;
pub(crate) struct Op;
pub(crate) struct Read;
pub(crate) struct Write;
pub(crate) struct Walk;
pub(crate) struct Scalar;

/// Not the standard library's.
pub(crate) trait Clone {
    fn clone(&self) -> &'static str {
        "another one"
    }
}
impl<T> Clone for T {}

/// Not the library's.
pub(crate) trait Optimizable {
    fn visit(&self) -> &'static str {
        "another one"
    }
}
impl<T> Optimizable for T {}

/// Takes by value what inherent functions take by reference, which method syntax tries first.
pub(crate) trait Steps: Sized {
    fn field(self, _: &str) {}
    fn index(self, _: usize) {}
    fn variant(self, _: &str) {}
    fn frozen(self) {}
    fn buffer(self) {}
    fn group(self, _: &str) {}
    fn structure(self) {}
}
impl<T> Steps for T {}

pub(crate) mod core {}
pub(crate) mod std {}
pub(crate) mod optim_core {}
pub(crate) mod ndarray {}

pub(crate) const op: u8 = 0;
pub(crate) const walk: u8 = 0;
pub(crate) const weight: u8 = 0;
pub(crate) static field: u8 = 0;
pub(crate) struct name;

macro_rules! unreachable {
    () => {};
}
macro_rules! matches {
    () => {};
}

#[derive(opt::Optimizable)]
#[optim(crate = "::opt")]
pub(crate) struct Model<A: opt::Real, B> {
    #[optim(freeze, group = "slow")]
    pub(crate) weight: ::opt::ndarray::Array1<A>,
    pub(crate) walk: ::std::vec::Vec<A>,
    pub(crate) op: ::std::option::Option<B>,
    #[optim(skip)]
    pub(crate) name: ::std::string::String,
}

/// Parameters of the user's with the names of an impl's own.
#[derive(opt::Optimizable)]
#[optim(crate = "opt")]
pub(crate) enum Names<S0, A, S, T, const N: usize> {
    Op([A; N], S0),
    Read { field: S, walk: T },
    None,
}

#[cfg(test)]
mod tests {
    use opt::Optimizable as _;

    use super::{Model, Names};

    #[test]
    fn none_of_them_is_meant() {
        let model = Model {
            weight: opt::ndarray::array![1.0],
            walk: ::std::vec![2.0],
            op: ::std::option::Option::Some(3.0),
            name: "n".into(),
        };
        assert_eq!(model.zeros_like().name, "n");
        assert_eq!(super::super::paths(&model), ["weight", "walk", "op"]);
        let mut names = [Names::Op([1.0_f32], 2.0_f32), Names::Read { field: 3.0_f32, walk: 4.0_f32 }, Names::None];
        names.fill_zero();
        assert_eq!(super::super::paths(&names), ["0.Op.0", "0.Op.1", "1.Read.field", "1.Read.walk"]);
    }
}
