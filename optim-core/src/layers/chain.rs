//! Chains: layers one after the other, `y = fₙ(… f₁(x))`, as a tuple or as the fields of a struct.
//!
//! The output of each layer stands in its part of the workspace and is the input of the next, forward and backward;
//! nothing is copied. One macro writes both the tuples' implementation and those of users' structs.

use ndarray::Dimension;

use super::Layer;
use crate::optimizable::Optimizable;
use crate::real::Real;

/// Makes a struct of layers a [`Layer`](crate::layers::Layer): its fields, in the order in which they are written here.
///
/// The struct derives [`Optimizable`](crate::Optimizable). Generic parameters stand in brackets after `impl`; a second
/// argument of `Layer` is the rank of the input, without one it is `Ix2`. The workspace is a tuple of the fields'
/// workspaces. Fields that are not layers, and layers that do not belong to the chain, are left out. Up to twelve.
///
/// ```
/// use optim_core::ndarray::Array2;
/// use optim_core::prelude::*;
///
/// #[derive(Optimizable, Clone)]
/// struct Classifier<A: Real> {
///     hidden: Linear<A>,
///     tanh: Tanh,
///     head: Linear<A>,
/// }
///
/// optim_core::chain! {
///     impl[A: Real] Layer<A> for Classifier<A> { hidden: Linear<A>, tanh: Tanh, head: Linear<A> }
/// }
///
/// let mut rng = Rng::new(1);
/// let model = Classifier {
///     hidden: Linear::new(4, 8, Init::XavierUniform, &mut rng),
///     tanh: Tanh,
///     head: Linear::new(8, 3, Init::XavierUniform, &mut rng),
/// };
/// let mut workspace = model.workspace();
/// let x = Array2::<f32>::ones((5, 4));
/// assert_eq!(model.forward(x.view(), &mut workspace)?.dim(), (5, 3));
///
/// let error = model.forward(Array2::ones((5, 7)).view(), &mut workspace).unwrap_err();
/// assert_eq!(error.to_string(), "`Linear` at `hidden`: the input has the shape [5, 7], not [5, 4]");
/// # Ok::<(), optim_core::Error>(())
/// ```
#[macro_export]
macro_rules! chain {
    (impl [$($generics:tt)*] Layer<$real:ty> for $type:ty { $($fields:tt)+ }) => {
        $crate::chain!(impl [$($generics)*] Layer<$real, $crate::ndarray::Ix2> for $type { $($fields)+ });
    };
    (impl [$($generics:tt)*] Layer<$real:ty, $rank:ty> for $type:ty {
        $($field:ident: $layer:ty),+ $(,)?
    }) => {
        $crate::chain!(@ranks [$($generics)*] [$real] [$rank] [$type] [] [] [$rank] $(($field, $field, $layer))+);
    };

    // The rank of each layer's input is that of the output of the one before.
    (@ranks $generics:tt $real:tt $rank:tt $type:tt $where:tt [$($done:tt)*] [$input:ty]) => {
        $crate::chain!(@layer $generics $real $rank $type $where [$input] $($done)*);
    };
    (@ranks $generics:tt [$real:ty] $rank:tt $type:tt $where:tt [$($done:tt)*] [$input:ty]
        ($field:tt, $name:ident, $layer:ty) $($rest:tt)*
    ) => {
        $crate::chain!(@ranks $generics [$real] $rank $type $where
            [$($done)* ($field, $name, $layer, $input)]
            [<$layer as $crate::layers::Layer<$real, $input>>::Output]
            $($rest)*
        );
    };

    // `$field` is what stands after `self.`, `$name` a name for the field's workspace.
    (@layer [$($generics:tt)*] [$real:ty] [$rank:ty] [$type:ty] [$($where:tt)*] [$output:ty]
        $(($field:tt, $name:ident, $layer:ty, $input:ty))+
    ) => {
        impl<$($generics)*> $crate::layers::Layer<$real, $rank> for $type
        where
            $($where)*
        {
            type Output = $output;
            type Workspace = ($(<$layer as $crate::layers::Layer<$real, $input>>::Workspace,)+);

            fn output_shape(&self, shape: $rank) -> ::core::result::Result<$output, $crate::Error> {
                $(
                    let shape = <$layer as $crate::layers::Layer<$real, $input>>::output_shape(&self.$field, shape)
                        .map_err(|error| error.within(::core::stringify!($field)))?;
                )+
                ::core::result::Result::Ok(shape)
            }

            fn forward<'w>(
                &self,
                x: $crate::ndarray::ArrayView<'_, $real, $rank>,
                workspace: &'w mut Self::Workspace,
            ) -> ::core::result::Result<$crate::ndarray::ArrayView<'w, $real, $output>, $crate::Error> {
                // All shapes, before the first layer computes anything.
                <Self as $crate::layers::Layer<$real, $rank>>::output_shape(self, x.raw_dim())?;
                let ($($name,)+) = workspace;
                $(
                    let x = <$layer as $crate::layers::Layer<$real, $input>>::forward(&self.$field, x, $name)
                        .map_err(|error| error.within(::core::stringify!($field)))?;
                )+
                ::core::result::Result::Ok(x)
            }

            fn output<'w>(&self, workspace: &'w Self::Workspace) -> $crate::ndarray::ArrayView<'w, $real, $output> {
                let ($($name,)+) = workspace;
                $(let _ = $name;)+
                $crate::chain!(@last self [$real] $(($field, $name, $layer, $input))+)
            }

            fn backward<'w>(
                &self,
                x: $crate::ndarray::ArrayView<'_, $real, $rank>,
                dy: $crate::ndarray::ArrayView<'_, $real, $output>,
                workspace: &'w mut Self::Workspace,
                grad: &mut Self,
            ) -> ::core::result::Result<$crate::ndarray::ArrayView<'w, $real, $rank>, $crate::Error> {
                <Self as $crate::layers::Layer<$real, $rank>>::check_backward(self, x.raw_dim(), dy.raw_dim(), grad)?;
                let ($($name,)+) = workspace;
                $crate::chain!(@backward backward self grad x dy [$real] $(($field, $name, $layer, $input))+)
            }

            fn backward_parameters(
                &self,
                x: $crate::ndarray::ArrayView<'_, $real, $rank>,
                dy: $crate::ndarray::ArrayView<'_, $real, $output>,
                workspace: &mut Self::Workspace,
                grad: &mut Self,
            ) -> ::core::result::Result<(), $crate::Error> {
                <Self as $crate::layers::Layer<$real, $rank>>::check_backward(self, x.raw_dim(), dy.raw_dim(), grad)?;
                let ($($name,)+) = workspace;
                $crate::chain!(@backward backward_parameters self grad x dy [$real]
                    $(($field, $name, $layer, $input))+)
            }
        }
    };

    (@last $self:ident [$real:ty] ($field:tt, $name:ident, $layer:ty, $input:ty)) => {
        <$layer as $crate::layers::Layer<$real, $input>>::output(&$self.$field, $name)
    };
    (@last $self:ident $real:tt ($($first:tt)*) $($rest:tt)+) => {
        $crate::chain!(@last $self $real $($rest)+)
    };

    (@backward $function:ident $self:ident $grad:ident $x:ident $dy:ident $real:tt $first:tt $($rest:tt)*) => {
        $crate::chain!(@turn $function $self $grad $x $dy $real $first [] $first $($rest)*)
    };
    // Turns the list round, each layer with the one before it, whose output is its input; keeps the first.
    (@turn $function:ident $self:ident $grad:ident $x:ident $dy:ident $real:tt $first:tt [$($turned:tt)*]
        $before:tt $layer:tt $($rest:tt)*
    ) => {
        $crate::chain!(@turn $function $self $grad $x $dy $real $first [($layer $before) $($turned)*]
            $layer $($rest)*)
    };
    (@turn $function:ident $self:ident $grad:ident $x:ident $dy:ident [$real:ty]
        ($first:tt, $name_first:ident, $layer_first:ty, $input_first:ty)
        [$((
            ($field:tt, $name:ident, $layer:ty, $input:ty)
            ($before:tt, $name_before:ident, $layer_before:ty, $input_before:ty)
        ))*]
        $last:tt
    ) => {{
        $(
            let input = <$layer_before as $crate::layers::Layer<$real, $input_before>>::output(
                &$self.$before,
                $name_before,
            );
            let $dy = <$layer as $crate::layers::Layer<$real, $input>>::backward(
                &$self.$field,
                input,
                $dy,
                $name,
                &mut $grad.$field,
            )
            .map_err(|error| error.within(::core::stringify!($field)))?;
        )*
        <$layer_first as $crate::layers::Layer<$real, $input_first>>::$function(
            &$self.$first,
            $x,
            $dy,
            $name_first,
            &mut $grad.$first,
        )
        .map_err(|error| error.within(::core::stringify!($first)))
    }};
}

/// The tuples of the first layers of a list, one more each time.
macro_rules! tuples {
    ([$($done:tt)*]) => {};
    ([$(($field:tt, $name:ident, $layer:ident, $input:ident, $output:ident))*]
        ($next_field:tt, $next_name:ident, $next_layer:ident, $next_input:ident, $next_output:ident) $($rest:tt)*
    ) => {
        tuples!(@tuple $next_output
            $(($field, $name, $layer, $input, $output))*
            ($next_field, $next_name, $next_layer, $next_input, $next_output));
        tuples!(
            [$(($field, $name, $layer, $input, $output))*
                ($next_field, $next_name, $next_layer, $next_input, $next_output)]
            $($rest)*
        );
    };
    (@tuple $last:ident $(($field:tt, $name:ident, $layer:ident, $input:ident, $output:ident))+) => {
        chain!(@layer
            [A: Real, R0: Dimension, $($output: Dimension,)+ $($layer,)+]
            [A] [R0] [($($layer,)+)]
            [($($layer,)+): Optimizable, $($layer: Layer<A, $input, Output = $output>,)+]
            [$last]
            $(($field, $name, $layer, $input))+
        );
    };
}

tuples!([](0, l0, L0, R0, R1)(1, l1, L1, R1, R2)(2, l2, L2, R2, R3)(3, l3, L3, R3, R4)(4, l4, L4, R4, R5)(
    5, l5, L5, R5, R6
)(6, l6, L6, R6, R7)(7, l7, L7, R7, R8)(8, l8, L8, R8, R9)(9, l9, L9, R9, R10)(10, l10, L10, R10, R11)(
    11, l11, L11, R11, R12
));
