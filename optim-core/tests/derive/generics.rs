//! Parameters: types with and without `Real`, constants, lifetimes, associated types, bounds of one's own.

use std::marker::PhantomData;

use optim_core::ndarray::{Array, Array1, Array2, Dimension, Ix3, array};
use optim_core::prelude::*;

use crate::{numbers, paths};

#[derive(Clone, Debug, Optimizable)]
struct Linear<A: Real> {
    weight: Array2<A>,
    bias: Array1<A>,
}

#[derive(Clone, Debug, Optimizable)]
struct Relu;

/// Any two.
#[derive(Clone, Debug, Optimizable)]
struct Seq<L, M>(L, M);

/// Without a bound: whatever the arrays ask of `A`.
#[derive(Clone, Debug, Optimizable)]
struct Unbounded<A> {
    weight: Array2<A>,
    bias: Vec<A>,
    scale: A,
}

/// The bound elsewhere, under another name, and a default.
#[derive(Clone, Debug, Optimizable)]
struct Elsewhere<A = f32, B = String>
where
    A: optim_core::Real,
    B: Clone,
{
    weight: Vec<A>,
    #[optim(skip)]
    label: B,
}

fn linear<A: Real>() -> Linear<A> {
    Linear { weight: Array2::from_elem((2, 1), A::one()), bias: Array1::from_elem(1, A::one()) }
}

/// Generic code meets the models with no more bound than `Real`.
fn double<A: Real>(model: &mut Seq<Linear<A>, Seq<Relu, Unbounded<A>>>) -> usize {
    let copy = model.clone();
    model.add_scaled(1.0, &copy).unwrap();
    let zeros: Seq<Linear<A>, _> = model.zeros_like();
    assert_eq!(numbers(&zeros), vec![A::zero(); model.num_params()]);
    model.num_params()
}

/// And with a model for a parameter.
fn repeat<M: Optimizable + Clone>(model: M) -> Seq<(M, ()), Seq<Vec<M>, Seq<Relu, M>>> {
    let repeated = Seq((model.clone(), ()), Seq(vec![model.clone()], Seq(Relu, model.clone())));
    assert_eq!(repeated.num_params(), 3 * model.num_params());
    repeated
}

/// And with one of a known scalar, beside arrays.
fn beside<A: Real, M: Optimizable<Scalar = A>>(model: M) -> usize {
    Seq(Seq(A::one(), model), (Relu, Array1::<A>::zeros(2))).num_params()
}

#[test]
fn models_compose_in_concrete_and_in_generic_code() {
    let unbounded = Unbounded { weight: array![[1.0_f32]], bias: vec![1.0], scale: 1.0 };
    let mut model = Seq(linear::<f32>(), Seq(Relu, unbounded));
    assert_eq!(double(&mut model), 6);
    assert_eq!(numbers(&model), [2.0; 6]);
    assert_eq!(paths(&repeat(model)).len(), 15);
    assert_eq!(beside(linear::<f64>()), 6);
    assert_eq!(paths(&Elsewhere::<f32> { weight: vec![1.0], label: String::new() }), ["weight"]);
}

/// Constants and lifetimes, and a table that depends on them.
#[derive(Debug, Optimizable)]
struct Polynomial<'a, const N: usize, const NAMED: bool = false> {
    coefficients: [f64; N],
    derivatives: [[f64; N]; 2],
    #[optim(skip)]
    name: &'a str,
}

#[derive(Debug, Optimizable)]
struct Borrowing<'a, D: Dimension> {
    inner: Polynomial<'a, 3>,
    tensor: Array<f64, D>,
}

#[test]
fn constants_lifetimes_and_dimensions() {
    let name = "p".to_owned();
    let inner = Polynomial { coefficients: [1.0; 3], derivatives: [[2.0; 3]; 2], name: &name };
    let model = Borrowing::<Ix3> { inner, tensor: Array::zeros((1, 1, 1)) };
    assert_eq!(paths(&model), ["inner.coefficients", "inner.derivatives.0", "inner.derivatives.1", "tensor"]);
    assert_eq!(model.zeros_like().inner.name, "p");
}

trait Config {
    type Float: Real;
    type Layer: Optimizable<Scalar = Self::Float>;
}

struct Single;

impl Config for Single {
    type Float = f32;
    type Layer = Linear<f32>;
}

/// Associated types, spelled in both ways and inside of others.
#[derive(Optimizable)]
struct Configured<C: Config> {
    layer: C::Layer,
    weight: Array1<C::Float>,
    list: Vec<<C as Config>::Float>,
    again: Vec<C::Float>,
    nested: Option<(C::Layer, [C::Float; 2])>,
    marker: PhantomData<fn() -> C>,
}

fn configured<C: Config>(layer: C::Layer) -> usize {
    let one = C::Float::one();
    let weight = Array1::from_elem(1, one);
    Configured::<C> { layer, weight, list: vec![one], again: vec![], nested: None, marker: PhantomData }.num_params()
}

use num_traits::One as _;

#[test]
fn associated_types() {
    assert_eq!(configured::<Single>(linear()), 5);
}

/// The type that is spelled `T::Float` is known as `A`.
#[derive(Optimizable)]
struct Renamed<A: Real, C: Config<Float = A>>(Array1<C::Float>, Vec<<C as Config>::Float>, A);

/// Bounds on an associated type, in the where clause.
#[derive(Optimizable)]
struct Where<A: Real, C>
where
    C: Config,
    C::Layer: Optimizable<Scalar = A> + Clone,
{
    layers: Vec<C::Layer>,
    weight: A,
}

/// An associated type that is a known one.
#[derive(Optimizable)]
struct Known<C: Config<Layer = Linear<f64>>> {
    layer: C::Layer,
    weight: f64,
}

/// And one of which nothing is known: it has to be optimizable where the model is used.
trait Other {
    type Part;
}

impl Other for Single {
    type Part = [f32; 2];
}

#[derive(Optimizable)]
struct Unknown<T: Other> {
    part: T::Part,
    parts: Vec<(<T as Other>::Part, [T::Part; 1])>,
}

fn renamed<A: Real, C: Config<Float = A>>(one: A) -> usize {
    Renamed::<A, C>(Array1::from_elem(2, one), vec![one], one).num_params()
}

fn where_clause<A: Real, C: Config<Layer = Linear<A>, Float = A>>(weight: A) -> usize {
    Where::<A, C> { layers: vec![linear()], weight }.num_params()
}

struct Double;

impl Config for Double {
    type Float = f64;
    type Layer = Linear<f64>;
}

#[test]
fn associated_types_with_bounds_of_every_kind() {
    assert_eq!(renamed::<_, Single>(1.0_f32), 4);
    assert_eq!(where_clause::<_, Single>(1.0_f32), 4);
    assert_eq!(paths(&Known::<Double> { layer: linear(), weight: 1.0 }), ["layer.weight", "layer.bias", "weight"]);
    let model = Unknown::<Single> { part: [1.0; 2], parts: vec![([2.0; 2], [[3.0; 2]])] };
    assert_eq!(paths(&model), ["part", "parts.0.0", "parts.0.1.0"]);
}

/// Where clauses of every kind.
#[derive(Optimizable)]
struct Clauses<'a, T: ?Sized, L, A>(PhantomData<T>, Vec<L>, A, #[optim(skip)] &'a T, PhantomData<Self>)
where
    A: Real,
    L: Optimizable<Scalar = A>,
    Vec<L>: Clone,
    T: 'a,
    for<'x> &'x L: Sized;

/// Raw identifiers, with and without `r#`.
#[derive(Optimizable)]
struct Raw<r#T, r#A>(r#T, Vec<T>, Array1<A>, Option<Box<r#Raw<T, r#A>>>)
where
    A: r#Real,
    T: Optimizable<Scalar = A>;

const LENGTH: usize = 2;

/// Lengths that are computed.
#[derive(Optimizable)]
struct Lengths<const ROWS: usize, const COLS: usize = 3>([[f32; COLS]; ROWS], [f32; LENGTH], [f32; 1 + 2]);

#[test]
fn where_clauses_raw_parameters_and_computed_lengths() {
    let clauses = Clauses(PhantomData, vec![linear::<f64>()], 1.0, "text", PhantomData);
    assert_eq!(
        (paths(&clauses), clauses.zeros_like().3),
        (vec!["1.0.weight".into(), "1.0.bias".into(), "2".into()], "text")
    );
    let inner = Raw(1.0_f32, vec![2.0], array![3.0], None);
    let raw = Raw(4.0, vec![], array![], Some(Box::new(inner)));
    assert_eq!(numbers(&raw), [4.0, 1.0, 2.0, 3.0]);
    assert_eq!(paths(&Lengths::<2>([[0.0; 3]; 2], [0.0; 2], [0.0; 3])), ["0.0", "0.1", "1", "2"]);
}

trait HasLength {
    const N: usize;
    type Row;
}

/// Something of the struct's own, which is not the struct.
#[derive(Optimizable)]
struct Own {
    by_path: [f32; Self::N],
    by_trait: Vec<<Own as HasLength>::Row>,
}

impl HasLength for Own {
    const N: usize = 2;
    type Row = [f32; 2];
}

#[test]
fn what_a_struct_says_of_itself_is_no_recursion() {
    assert_eq!(paths(&Own { by_path: [1.0; 2], by_trait: vec![[1.0; 2]] }), ["by_path", "by_trait.0"]);
}

/// A trait of a user's own that implies `Optimizable`.
trait Layer: Optimizable {}
impl<A: Real> Layer for Linear<A> {}

#[derive(Optimizable)]
#[optim(bound = "L: Layer + Clone", scalar = "L::Scalar")]
struct Bound<L> {
    layers: Vec<L>,
    #[optim(skip)]
    template: L,
}

#[derive(Optimizable)]
struct Subtrait<L: Layer>(L, Vec<L>);

#[test]
fn bounds_of_ones_own() {
    assert_eq!(
        paths(&Bound { layers: vec![linear::<f32>()], template: linear() }),
        ["layers.0.weight", "layers.0.bias"]
    );
    assert_eq!(Subtrait(linear::<f64>(), vec![linear()]).num_params(), 6);
}

#[test]
fn a_model_may_be_declared_in_a_function() {
    #[derive(Optimizable)]
    struct Local<L>(L, Array1<f64>);

    assert_eq!(paths(&Local(1.0, array![2.0])), ["0", "1"]);
}
