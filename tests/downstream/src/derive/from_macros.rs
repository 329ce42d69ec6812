//! Models that `macro_rules!` writes: types, names and paths arrive in invisible groups.

/// Stands for a library with a macro of its own, that names the library by `$crate`.
macro_rules! model {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident { $($(#[$on:meta])* $field:ident: $type:ty),* $(,)? }) => {
        #[derive(::opt::Optimizable, Clone)]
        #[optim(crate = $crate::reexport::nn)]
        $(#[$attribute])*
        $visibility struct $name { $($(#[$on])* $field: $type),* }
    };
    (tuple $name:ident, $rename:literal, $scalar:ty, $($type:ty),*) => {
        #[derive(::opt::Optimizable)]
        #[optim(crate = "crate::reexport::nn", scalar = $scalar)]
        pub(crate) struct $name($(pub(crate) $type),*, #[optim(rename = $rename, group = $rename)] pub(crate) $scalar);
    };
    (generic $name:ident<$parameter:ident: $bound:path>, $($type:ty),*) => {
        #[derive(::opt::Optimizable)]
        #[optim(crate = "opt")]
        pub(crate) enum $name<$parameter: $bound> { All($($type),*), Boxed(Box<$name<$parameter>>) }
    };
    (lists $name:ident, [$($item:tt)*]) => {
        #[derive(::opt::Optimizable)]
        #[optim(crate = "opt")]
        pub(crate) struct $name { pub(crate) value: Vec<($($item)*)>, #[optim(skip = $name::made())] made: u8 }

        impl $name {
            const fn made() -> u8 {
                7
            }
        }
    };
}

model! {
    #[derive(Debug)]
    pub(crate) struct Plain {
        #[optim(freeze)]
        weight: ::opt::ndarray::Array2<f32>,
        #[optim(skip)]
        name: String,
        /// Documented.
        r#loop: Vec<Option<f32>>,
    }
}
model!(tuple Tuple, "last", f64, [f64; 3], Vec<Vec<f64>>);
model!(generic Generic<A: ::opt::Real>, A, Vec<A>, (A, ()));
model!(lists Lists, [f32, [f32; 2]]);

/// A type that only a macro spells.
macro_rules! matrix {
    ($scalar:ident) => { ::opt::ndarray::Array2<$scalar> };
}

#[derive(::opt::Optimizable)]
#[optim(crate = "opt")]
pub(crate) struct Spelled {
    pub(crate) weight: matrix!(f32),
}

#[cfg(test)]
mod tests {
    use opt::Optimizable;
    use opt::ndarray::Array2;

    use super::super::paths;
    use super::{Generic, Lists, Plain, Spelled, Tuple};

    #[test]
    fn they_are_walked() {
        let plain = Plain { weight: Array2::ones((1, 2)), name: String::new(), r#loop: vec![None, Some(1.0)] };
        assert_eq!(paths(&plain.zeros_like()), ["weight", "loop.1"]);
        assert_eq!(paths(&Tuple([0.0; 3], vec![vec![1.0]], 2.0)), ["0", "1.0", "last"]);
        let generic = Generic::Boxed(Box::new(Generic::All(1.0_f32, vec![2.0], (3.0, ()))));
        assert_eq!(paths(&generic), ["Boxed.0.All.0", "Boxed.0.All.1", "Boxed.0.All.2.0"]);
        let lists = Lists { value: vec![(1.0, [2.0; 2])], made: 0 };
        assert_eq!((paths(&lists).len(), lists.zeros_like().made), (2, 7));
        assert_eq!(Spelled { weight: Array2::ones((2, 2)) }.num_params(), 4);
    }
}
