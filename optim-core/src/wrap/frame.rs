//! What all wrappers have in common, as macros: methods of the type, and what is handed on to the optimizer inside.

/// What every wrapper has: the way in, a second one in the same state, and steps with a gradient that is given.
macro_rules! wrapper {
    ($name:ident { $($shown:ident),* } with { $($memory:ident),* }) => {
        impl<O, M: $crate::Optimizable> $name<O, M> {
            /// The optimizer inside.
            pub fn inner(&self) -> &O {
                &self.inner
            }

            /// The optimizer inside, to be changed.
            pub fn inner_mut(&mut self) -> &mut O {
                &mut self.inner
            }

            /// The optimizer inside, without the wrapper.
            pub fn into_inner(self) -> O {
                self.inner
            }
        }

        impl<O: Clone, M: $crate::Optimizable> Clone for $name<O, M> {
            fn clone(&self) -> Self {
                $name {
                    inner: self.inner.clone(),
                    $($shown: self.$shown.clone(),)*
                    $($memory: self.$memory.clone(),)*
                }
            }
        }

        impl<O: std::fmt::Debug, M: $crate::Optimizable> std::fmt::Debug for $name<O, M> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    $(.field(stringify!($shown), &self.$shown))*
                    .field("inner", &self.inner)
                    .finish_non_exhaustive()
            }
        }

        impl<M: $crate::Optimizable, O: $crate::Step<M>> $crate::Step<M> for $name<O, M> {
            fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), $crate::Error> {
                $name::step(self, model, gradient)
            }
        }

        // Not only in the trait: the bound on a method has the message of what is to be done where it is not met.
        impl<O: $crate::Optimize<M>, M: $crate::Optimizable> $name<O, M> {
            /// Moves the weights by one step, with the gradient at the weights.
            ///
            /// # Errors
            /// As [`Optimizer::step`](crate::Optimizer::step).
            pub fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), $crate::Error>
            where
                O: $crate::Step<M>,
            {
                // Lost in a panic, and made anew then.
                let mut given = std::mem::take(&mut self.given);
                let done = self.try_step_with(model, |model, buffer| given.copy(model, buffer, gradient));
                self.given = given;
                done
            }
        }
    };
}

/// What a wrapper hands on to the optimizer inside.
macro_rules! forward {
    () => {
        forward!(except evaluate_with);

        fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
            self.inner.evaluate_with(model, f)
        }
    };
    (except evaluate_with) => {
        forward!(except evaluate_with, ends_steps O::ENDS_STEPS);
    };
    (ends_steps) => {
        forward!(except evaluate_with, ends_steps true);

        fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
            self.inner.evaluate_with(model, f)
        }
    };
    (except evaluate_with, ends_steps $ends_steps:expr) => {
        const GRADIENTS: usize = O::GRADIENTS;
        const ENDS_STEPS: bool = $ends_steps;

        fn steps(&self) -> u64 {
            self.inner.steps()
        }

        fn hyper(&self, name: &str) -> Result<f64, Error> {
            self.inner.hyper(name)
        }

        fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
            self.inner.set_hyper(name, value)
        }

        fn owns(&self, path: &str) -> bool {
            self.inner.owns(path)
        }

        fn moving(&self, path: &str) -> $crate::optimize::Moving {
            self.inner.moving(path)
        }

        fn version(&self) -> u64 {
            self.inner.version()
        }

        fn constrain_again(&mut self, model: &mut M) -> Result<(), Error> {
            self.inner.constrain_again(model)
        }
    };
}

/// What a wrapper's state says of that of the optimizer inside, and of the numbers that it keeps itself.
macro_rules! state_inside {
    ($($kept:ident)?) => {
        fn fits(&self, parameters: &[(String, Vec<usize>)]) -> Result<(), Error> {
            $(self.$kept.fits(&self.inner, parameters)?;)?
            self.inner.fits(parameters)
        }

        fn per_weight(&self, record: &Record, parameters: &[(String, Vec<usize>)]) -> Vec<$crate::record::PerWeight> {
            let inside = check::per_weight(&self.inner, record, parameters);
            $(let inside = [self.$kept.per_weight(&self.inner, record, parameters), inside].concat();)?
            inside
        }

        fn is_divisible(&self) -> bool {
            self.inner.is_divisible()
        }
    };
}

pub(super) use {forward, state_inside, wrapper};
