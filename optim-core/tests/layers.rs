//! Layers: gradients against central differences, shapes, composition, threads.

use ndarray::{Array, Array1, Array2, Array4, Dimension, Ix2, Ix4, array, s};
use optim_core::ErrorKind;
use optim_core::gradcheck::GradientCheck;
use optim_core::prelude::*;

/// Numbers in [−2, 2), none of them near a kink.
fn input<D: Dimension>(shape: impl ndarray::IntoDimension<Dim = D>, seed: u64) -> Array<f64, D> {
    let mut rng = Rng::new(seed);
    Array::from_shape_simple_fn(shape.into_dimension(), || {
        loop {
            let x = 4.0 * rng.uniform() - 2.0;
            if x.abs() > 1e-3 {
                return x;
            }
        }
    })
}

/// `y = x³`, whose slope is computed from both.
#[derive(Optimizable)]
struct Cube;

impl Activation for Cube {
    fn value<A: Real>(&self, x: A) -> A {
        x * x * x
    }

    fn slope<A: Real>(&self, x: A, y: A) -> A {
        A::from_f64(3.0) * y / x
    }
}

fn linear(inputs: usize, outputs: usize) -> Linear<f64> {
    Linear::new(inputs, outputs, Init::FanIn, &mut Rng::new(9))
}

#[test]
fn gradients_of_every_layer_are_those_of_differences() -> Result<(), Error> {
    let check = GradientCheck::default();
    let x = input((5, 4), 1);
    assert_eq!(check.layer(&mut linear(4, 3), &x)?.compared, 4 * 3 + 3 + 5 * 4);
    assert_eq!(check.layer(&mut Relu, &x)?.compared, 20);
    check.layer(&mut Tanh, &x)?;
    check.layer(&mut Sigmoid, &x)?;
    check.layer(&mut Cube, &x)?;
    check.layer(&mut Tanh, &input((2, 3, 2, 2), 2))?;
    check.layer(&mut (linear(4, 3),), &x)?;
    check.layer(&mut (linear(4, 6), Relu, linear(6, 5), Sigmoid, linear(5, 2)), &x)?;
    check.layer(&mut ((Tanh, linear(4, 6)), (Sigmoid, linear(6, 2))), &x)?;
    check.layer(&mut vec![(linear(4, 4), Tanh), (linear(4, 4), Tanh), (linear(4, 4), Tanh)], &x)?;
    check.layer(&mut Vec::<Linear<f64>>::new(), &x)?;
    Ok(())
}

#[test]
fn inputs_and_parameters_may_have_any_layout() -> Result<(), Error> {
    let (mut layer, x) = (linear(4, 3), input((10, 8), 1));
    let plain = layer.forward(x.slice(s![..;-2, ..;2]).to_owned().view(), &mut layer.workspace())?.to_owned();
    layer.weight = layer.weight.t().as_standard_layout().into_owned().reversed_axes();
    layer.bias = layer.bias.slice(s![..;-1]).to_owned().slice_move(s![..;-1]);
    let x = x.slice_move(s![..;-2, ..;2]);
    assert!(!layer.weight.is_standard_layout() && !x.is_standard_layout());
    let mut workspace = layer.workspace();
    let y = layer.forward(x.view(), &mut workspace)?;
    assert!(y.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-14));
    GradientCheck::default().layer(&mut layer, &x)?;
    Ok(())
}

/// The same numbers, with every axis turned over and gaps between them.
fn scattered(x: &Array2<f64>) -> Array2<f64> {
    let mut wide = Array2::zeros((3 * x.nrows(), 2 * x.ncols()));
    wide.slice_mut(s![..;-3, ..;-2]).assign(x);
    let found = wide.slice_move(s![..;-3, ..;-2]);
    assert!(found == x && !found.is_standard_layout());
    found
}

#[test]
fn any_layout_gives_the_same_bits() -> Result<(), Error> {
    fn both_ways<L: Layer<f64, Output = Ix2> + Gradient>(layer: &L, x: &Array2<f64>) -> Result<[Array2<f64>; 2], Error>
    where
        L::Workspace: Default,
    {
        let (mut workspace, mut grad) = (L::Workspace::default(), layer.zeros_like());
        let y = layer.forward(x.view(), &mut workspace)?.to_owned();
        let dy = if x.is_standard_layout() { input(y.raw_dim(), 5) } else { scattered(&input(y.raw_dim(), 5)) };
        let dx = layer.backward(x.view(), dy.view(), &mut workspace, &mut grad)?.to_owned();
        Ok([y, dx])
    }
    let x = input((7, 9), 4);
    assert_eq!(both_ways(&Relu, &x)?, both_ways(&Relu, &scattered(&x))?);
    assert_eq!(both_ways(&Tanh, &x)?, both_ways(&Tanh, &scattered(&x))?);
    assert_eq!(both_ways(&Sigmoid, &x)?, both_ways(&Sigmoid, &scattered(&x))?);
    assert_eq!(both_ways(&Cube, &x)?, both_ways(&Cube, &scattered(&x))?);

    // Products of matrices may be summed in another order; the gradient of the bias may not.
    let (layer, dy) = (linear(9, 3), input((7, 3), 6));
    let bias_gradient = |dy: &Array2<f64>, mut grad: Linear<f64>| -> Result<Array1<f64>, Error> {
        let mut workspace = Layer::workspace(&layer);
        layer.forward(x.view(), &mut workspace)?;
        layer.backward_parameters(x.view(), dy.view(), &mut workspace, &mut grad)?;
        Ok(grad.bias)
    };
    let mut turned = layer.zeros_like();
    turned.bias = turned.bias.slice_move(s![..;-1]);
    let expected = bias_gradient(&dy, layer.zeros_like())?;
    assert!(expected.iter().all(|d| *d != 0.0));
    assert_eq!(bias_gradient(&scattered(&dy), layer.zeros_like())?, expected);
    assert_eq!(bias_gradient(&dy, turned)?, expected);
    Ok(())
}

#[test]
fn activations_at_their_limits() -> Result<(), Error> {
    let x = array![[f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 0.0, -1e300, 1e300]];
    let mut workspace = Workspace::default();
    let y = Relu.forward(x.view(), &mut workspace)?;
    assert_eq!(y.slice(s![0, ..2]), array![f64::INFINITY, 0.0]);
    assert!(y[[0, 2]].is_nan());
    let y = Tanh.forward(x.view(), &mut workspace)?;
    assert_eq!(y.slice(s![0, 3..]), array![0.0, -1.0, 1.0]);
    let y = Sigmoid.forward(x.view(), &mut workspace)?;
    assert_eq!(y.slice(s![0, 3..]), array![0.5, 0.0, 1.0]);
    // Where 1 + exp(−x) would be infinite in a denominator, a small number is left.
    assert_eq!(Sigmoid.forward(array![[-700.0_f64]].view(), &mut workspace)?[[0, 0]], (-700.0_f64).exp());
    Ok(())
}

#[test]
fn shapes_that_do_not_fit_name_the_layer_and_both_shapes() {
    let network = (linear(4, 6), Relu, linear(6, 3));
    let mut workspace = network.workspace();
    let message = |x: Array2<f64>, workspace: &mut _| network.forward(x.view(), workspace).unwrap_err().to_string();
    assert_eq!(
        message(Array2::ones((2, 5)), &mut workspace),
        "`Linear` at `0`: the input has the shape [2, 5], not [2, 4]"
    );

    let broken = (linear(4, 6), Relu, linear(7, 3));
    let mut workspace = broken.workspace();
    let error = broken.forward(Array2::ones((2, 4)).view(), &mut workspace).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Shape, Some("2")));
    assert_eq!(error.to_string(), "`Linear` at `2`: the input has the shape [2, 6], not [2, 7]");
    assert_eq!(broken.0.output(&workspace.0).dim(), (0, 0), "the first layer has computed nothing");

    let mut uneven = linear(4, 6);
    uneven.bias = Array1::zeros(5);
    let error = uneven.forward(Array2::ones((2, 4)).view(), &mut uneven.workspace()).unwrap_err();
    assert_eq!(error.to_string(), "`Linear`: the bias has the shape [5], not [6]");

    let nested = vec![(linear(4, 4), Tanh), (linear(4, 4), Tanh), (linear(5, 5), Tanh)];
    let error = nested.forward(Array2::ones((2, 4)).view(), &mut nested.workspace()).unwrap_err();
    assert_eq!(error.path(), Some("2.0"));
}

#[test]
fn a_backward_pass_that_does_not_fit_changes_nothing() -> Result<(), Error> {
    let network = (linear(4, 6), Relu, linear(6, 3));
    let mut workspace = network.workspace();
    let (x, dy) = (Array2::<f64>::ones((2, 4)), Array2::ones((2, 3)));
    network.forward(x.view(), &mut workspace)?;

    let mut grad = network.zeros_like();
    grad.0.weight = Array2::zeros((4, 7));
    let error = network.backward(x.view(), dy.view(), &mut workspace, &mut grad).unwrap_err();
    assert_eq!(error.to_string(), "the gradient: `0.weight` has the shape [4, 7], not [4, 6]");
    assert_eq!(grad.norm(), 0.0, "the layers after the wrong one have added nothing");

    let mut grad = network.zeros_like();
    let too_wide = Array2::ones((2, 4));
    let error = network.backward(x.view(), too_wide.view(), &mut workspace, &mut grad).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`(Linear, Relu, Linear)`: the gradient of the output has the shape [2, 4], not [2, 3]"
    );
    // Another batch than the one of the last forward pass.
    let (x, dy) = (Array2::ones((5, 4)), Array2::ones((5, 3)));
    network.backward(x.view(), dy.view(), &mut workspace, &mut grad).unwrap_err();
    network.backward_parameters(x.view(), dy.view(), &mut network.workspace(), &mut grad).unwrap_err();
    let list = vec![linear(4, 4), linear(4, 4)];
    list.backward(x.view(), Array2::ones((5, 4)).view(), &mut list.workspace(), &mut list.zeros_like()).unwrap_err();
    assert_eq!(grad.norm(), 0.0);
    Ok(())
}

#[test]
fn empty_batches_and_layers_without_inputs_or_outputs_are_defined() -> Result<(), Error> {
    for (batch, inputs, outputs) in [(0, 4, 3), (2, 0, 3), (2, 4, 0), (0, 0, 0)] {
        let network = (linear(inputs, outputs), Tanh);
        let (mut workspace, mut grad) = (network.workspace(), network.zeros_like());
        let x = Array2::ones((batch, inputs));
        let y = network.forward(x.view(), &mut workspace)?.to_owned();
        assert_eq!(y.dim(), (batch, outputs));
        let dx = network.backward(x.view(), y.view(), &mut workspace, &mut grad)?;
        assert_eq!(dx.dim(), (batch, inputs));
        assert!(grad.norm().is_finite());
    }
    Ok(())
}

#[test]
fn twelve_layers_make_a_tuple() -> Result<(), Error> {
    let mut twelve = (
        linear(4, 4),
        Tanh,
        linear(4, 4),
        Tanh,
        linear(4, 4),
        Tanh,
        linear(4, 4),
        Tanh,
        linear(4, 4),
        Tanh,
        linear(4, 4),
        Sigmoid,
    );
    assert_eq!(twelve.num_params(), 6 * 20);
    GradientCheck::default().layer(&mut twelve, &input((2, 4), 3))?;
    Ok(())
}

/// `y = x + f(x)`: not a chain, so it is written by hand.
#[derive(Optimizable)]
struct Residual<L> {
    inner: L,
}

#[derive(Default)]
struct ResidualWorkspace<A, W> {
    inner: W,
    y: Buffer<A>,
    dx: Buffer<A>,
}

impl<A: Real, L: Layer<A, Output = Ix2>> Layer<A> for Residual<L> {
    type Output = Ix2;
    type Workspace = ResidualWorkspace<A, L::Workspace>;

    fn output_shape(&self, x: Ix2) -> Result<Ix2, Error> {
        optim_core::layers::expect_shape::<Self, _>("the output of `inner`", self.inner.output_shape(x)?, x)
    }

    fn forward<'w>(
        &self,
        x: ndarray::ArrayView2<A>,
        workspace: &'w mut Self::Workspace,
    ) -> Result<ndarray::ArrayView2<'w, A>, Error> {
        let mut y = workspace.y.resize(self.output_shape(x.raw_dim())?);
        y.assign(&x);
        y += &self.inner.forward(x, &mut workspace.inner)?;
        Ok(workspace.y.view())
    }

    fn output<'w>(&self, workspace: &'w Self::Workspace) -> ndarray::ArrayView2<'w, A> {
        workspace.y.view()
    }

    fn backward<'w>(
        &self,
        x: ndarray::ArrayView2<A>,
        dy: ndarray::ArrayView2<A>,
        workspace: &'w mut Self::Workspace,
        grad: &mut Self,
    ) -> Result<ndarray::ArrayView2<'w, A>, Error> {
        self.check_backward(x.raw_dim(), dy.raw_dim(), grad)?;
        let mut dx = workspace.dx.resize(x.raw_dim());
        dx.assign(&dy);
        dx += &self.inner.backward(x, dy, &mut workspace.inner, &mut grad.inner)?;
        Ok(workspace.dx.view())
    }
}

/// (batch, channels, height, width) to (batch, channels): the mean over an image. The rank changes on the way.
#[derive(Optimizable)]
struct GlobalMean;

impl<A: Real> Layer<A, Ix4> for GlobalMean {
    type Output = Ix2;
    type Workspace = Workspace<A, Ix4, Ix2>;

    fn output_shape(&self, x: Ix4) -> Result<Ix2, Error> {
        Ok(Ix2(x[0], x[1]))
    }

    fn forward<'w>(
        &self,
        x: ndarray::ArrayView4<A>,
        workspace: &'w mut Self::Workspace,
    ) -> Result<ndarray::ArrayView2<'w, A>, Error> {
        let (batch, channels, height, width) = x.dim();
        let scale = A::from_f64(1.0 / (height * width) as f64);
        for ((n, c), y) in workspace.y.resize((batch, channels)).indexed_iter_mut() {
            *y = x.slice(s![n, c, .., ..]).sum() * scale;
        }
        Ok(workspace.y.view())
    }

    fn output<'w>(&self, workspace: &'w Self::Workspace) -> ndarray::ArrayView2<'w, A> {
        workspace.y.view()
    }

    fn backward<'w>(
        &self,
        x: ndarray::ArrayView4<A>,
        dy: ndarray::ArrayView2<A>,
        workspace: &'w mut Self::Workspace,
        _: &mut Self,
    ) -> Result<ndarray::ArrayView4<'w, A>, Error> {
        let scale = A::from_f64(1.0 / (x.dim().2 * x.dim().3) as f64);
        for ((n, c, _, _), dx) in workspace.dx.resize(x.raw_dim()).indexed_iter_mut() {
            *dx = dy[[n, c]] * scale;
        }
        Ok(workspace.dx.view())
    }
}

/// A struct of layers of both kinds, with generics and a field that is no layer.
#[derive(Optimizable)]
struct Images<F: Activation> {
    #[optim(skip)]
    name: &'static str,
    activation: F,
    pool: GlobalMean,
    block: Residual<(Linear<f64>, Tanh)>,
    r#final: Linear<f64>,
}

optim_core::chain! {
    impl[F: Activation] Layer<f64, Ix4> for Images<F> {
        activation: F, pool: GlobalMean, block: Residual<(Linear<f64>, Tanh)>, r#final: Linear<f64>
    }
}

#[test]
fn structs_of_own_and_given_layers_compose() -> Result<(), Error> {
    let block = Residual { inner: (linear(3, 3), Tanh) };
    let mut network = Images { name: "images", activation: Tanh, pool: GlobalMean, block, r#final: linear(3, 2) };
    let x: Array4<f64> = input((2, 3, 2, 4), 5);
    let report = GradientCheck::default().layer(&mut network, &x)?;
    assert_eq!(report.compared, 12 + 8 + 48);
    let error = network.forward(Array4::ones((2, 4, 2, 2)).view(), &mut network.workspace()).unwrap_err();
    assert_eq!(error.to_string(), "`Linear` at `block.0`: the input has the shape [2, 4], not [2, 3]");
    assert_eq!(network.name, "images");
    network.r#final = linear(4, 2);
    let error = network.output_shape(Ix4(1, 3, 2, 2)).unwrap_err();
    assert_eq!(error.path(), Some("final"));
    Ok(())
}

#[test]
fn the_number_type_follows_from_the_input() -> Result<(), Error> {
    let network = (Relu, Linear::<f32>::new(2, 2, Init::HeNormal, &mut Rng::new(1)), Tanh);
    let mut workspace = Default::default();
    let y = network.forward(array![[1.0, -1.0]].view(), &mut workspace)?;
    assert!(y[[0, 0]].abs() < 1.0_f32);
    Ok(())
}

#[test]
fn one_model_serves_several_threads() -> Result<(), Error> {
    let network = (linear(4, 16), Tanh, linear(16, 3));
    let (x, dy) = (input((64, 4), 1), input((64, 3), 2));
    let gradient = |rows: std::ops::Range<usize>| -> Result<_, Error> {
        let (mut workspace, mut grad) = (network.workspace(), network.zeros_like());
        let (x, dy) = (x.slice(s![rows.clone(), ..]), dy.slice(s![rows, ..]));
        network.forward(x, &mut workspace)?;
        network.backward(x, dy, &mut workspace, &mut grad)?;
        Ok(grad)
    };
    let whole = gradient(0..64)?;
    let parts = std::thread::scope(|scope| {
        let threads = [0..20, 20..40, 40..64].map(|rows| scope.spawn(|| gradient(rows)));
        threads.map(|thread| thread.join().unwrap())
    });
    let mut sum = network.zeros_like();
    for part in parts {
        sum.add_scaled(1.0, &part?)?;
    }
    sum.add_scaled(-1.0, &whole)?;
    assert!(sum.norm() < 1e-12 * whole.norm(), "{}", sum.norm());
    Ok(())
}
