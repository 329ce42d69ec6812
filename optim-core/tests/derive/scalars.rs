//! Which scalar a model has.

use std::any::TypeId;
use std::marker::PhantomData;

use optim_core::ndarray::{Array1, Array2};
use optim_core::prelude::*;
use optim_core::{NoScalar, RealOf};

fn is<M: Optimizable, S: 'static>() -> bool
where
    M::Scalar: 'static,
{
    TypeId::of::<M::Scalar>() == TypeId::of::<S>()
}

#[derive(Optimizable)]
struct Empty;

#[derive(Optimizable)]
struct Skips {
    #[optim(skip)]
    _name: String,
}

#[derive(Optimizable)]
struct Single(Array1<f32>);

#[derive(Optimizable)]
struct Double {
    _none: (Empty, PhantomData<f32>),
    _some: Option<(Array2<f64>, Empty)>,
    _after: [Empty; 2],
}

#[derive(Optimizable)]
struct Generic<A: Real> {
    _fixed: Empty,
    _weight: Vec<Vec<A>>,
}

/// The second is the one that is used.
#[derive(Optimizable)]
struct SecondIsUsed<A: Real, B: Real> {
    #[optim(skip)]
    _rate: A,
    _weight: B,
}

/// A layer without parameters that works on numbers of one type.
#[derive(Optimizable)]
struct Dropout<A: Real> {
    #[optim(skip)]
    _rate: A,
}

#[derive(Optimizable)]
struct Folded<L, M> {
    _l: L,
    _m: M,
    _empty: Empty,
}

type Alias = f64;

#[derive(Optimizable)]
#[optim(scalar = "Alias")]
struct Said(Alias, Empty, Array1<f64>);

#[derive(Optimizable)]
#[optim(scalar = f32)]
struct SaidOfNothing;

#[test]
fn a_model_without_parameters_has_none() {
    assert!(is::<(), NoScalar>() && is::<PhantomData<f32>, NoScalar>());
    assert!(is::<Empty, NoScalar>() && is::<Skips, NoScalar>() && is::<Vec<[Option<Box<Empty>>; 3]>, NoScalar>());
    assert!(is::<Folded<Empty, Folded<(), ()>>, NoScalar>());
    // It is computed with as if it were one of `f64`.
    assert_eq!(TypeId::of::<RealOf<Empty>>(), TypeId::of::<f64>());
}

#[test]
fn a_model_has_the_scalar_of_its_fields() {
    assert!(is::<f32, f32>() && is::<Array2<f64>, f64>() && is::<Vec<[f32; 2]>, f32>());
    assert!(is::<Single, f32>() && is::<Double, f64>());
    assert!(is::<Generic<f32>, f32>() && is::<Generic<f64>, f64>());
    assert!(is::<SecondIsUsed<f32, f64>, f64>());
    assert!(is::<Dropout<f32>, f32>());
}

#[test]
fn scalars_of_parameters_are_joined() {
    assert!(is::<((), f32, ()), f32>() && is::<(f64, Empty), f64>() && is::<((), Empty), NoScalar>());
    assert!(is::<Folded<Empty, f32>, f32>() && is::<Folded<f64, ()>, f64>());
    assert!(is::<Folded<Single, Folded<(), Generic<f32>>>, f32>());
}

#[test]
fn a_scalar_can_be_said() {
    assert!(is::<Said, f64>() && is::<SaidOfNothing, f32>());
}
