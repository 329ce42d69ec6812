//! The gradient check finds what is wrong, and says where.

use ndarray::{Array1, ArrayView2, Ix2, array};
use optim_core::gradcheck::GradientCheck;
use optim_core::layers::expect_shape;
use optim_core::prelude::*;

/// What a layer can get wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    Parameter,
    Input,
    Overwrites,
    ParametersAlone,
    Output,
}

/// `y = x + bias`, with a fault.
#[derive(Optimizable)]
struct Shift {
    bias: Array1<f64>,
    #[optim(skip)]
    fault: Fault,
}

impl Layer<f64> for Shift {
    type Output = Ix2;
    type Workspace = Workspace<f64>;

    fn output_shape(&self, x: Ix2) -> Result<Ix2, Error> {
        expect_shape::<Self, _>("the input", x, Ix2(x[0], self.bias.len()))
    }

    fn forward<'w>(&self, x: ArrayView2<f64>, workspace: &'w mut Workspace<f64>) -> Result<ArrayView2<'w, f64>, Error> {
        let mut y = workspace.y.resize(x.raw_dim());
        y.assign(&x);
        y += &self.bias;
        Ok(workspace.y.view())
    }

    fn output<'w>(&self, workspace: &'w Workspace<f64>) -> ArrayView2<'w, f64> {
        if self.fault == Fault::Output { workspace.dx.view() } else { workspace.y.view() }
    }

    fn backward<'w>(
        &self,
        x: ArrayView2<f64>,
        dy: ArrayView2<f64>,
        workspace: &'w mut Workspace<f64>,
        grad: &mut Self,
    ) -> Result<ArrayView2<'w, f64>, Error> {
        self.check_backward(x.raw_dim(), dy.raw_dim(), grad)?;
        if self.fault == Fault::Overwrites {
            grad.fill_zero();
        }
        for dy in dy.rows() {
            grad.bias += &dy;
        }
        if self.fault == Fault::Parameter {
            grad.bias[1] += 1e-4;
        }
        workspace.dx.resize(x.raw_dim()).assign(&dy);
        if self.fault == Fault::Input {
            workspace.dx.view_mut()[[1, 0]] = 0.0;
        }
        Ok(workspace.dx.view())
    }

    fn backward_parameters(
        &self,
        x: ArrayView2<f64>,
        dy: ArrayView2<f64>,
        workspace: &mut Workspace<f64>,
        grad: &mut Self,
    ) -> Result<(), Error> {
        if self.fault == Fault::ParametersAlone {
            return Ok(());
        }
        self.backward(x, dy, workspace, grad).map(drop)
    }
}

#[test]
fn every_fault_of_a_layer_is_found_and_named() {
    let cases = [
        (Fault::Parameter, "gradient check: `bias` [1] is "),
        (Fault::Input, "gradient check: `input` [1, 0] is 0, by central differences "),
        (Fault::Overwrites, "gradient check: `bias` [0] is "),
        (Fault::ParametersAlone, "gradient check: `bias` [0] is "),
        (Fault::Output, "gradient check: `output` is not what `forward` returned"),
    ];
    let x = array![[0.1, 0.2], [0.3, 0.4]];
    let layer = |fault| Shift { bias: array![0.5, -0.5], fault };
    GradientCheck::default().layer(&mut layer(Fault::None), &x).unwrap();
    for (fault, expected) in cases {
        let error = GradientCheck::default().layer(&mut layer(fault), &x).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let error = GradientCheck::default().layer(&mut layer(Fault::Overwrites), &x).unwrap_err().to_string();
    assert!(error.ends_with("`backward` adds to the gradient"), "{error}");
    let lenient = GradientCheck { tolerance: 1e-2, ..GradientCheck::default() };
    let report = lenient.layer(&mut layer(Fault::Parameter), &x).unwrap();
    let worst = report.worst.unwrap();
    assert_eq!((worst.path.as_str(), worst.index), ("bias", vec![1]));
}

#[test]
fn nan_does_not_pass() {
    let f = |w: &mut f64, grad: &mut f64| {
        *grad += f64::NAN;
        Ok(*w)
    };
    assert!(GradientCheck::default().model(&mut 1.0, f).unwrap_err().to_string().contains("is NaN"));
    let f = |w: &mut [f64; 3], grad: &mut [f64; 3]| {
        *grad = [1.0, 1.0, 1.0];
        Ok(w[0] + w[1] + if w[2] == 5.0 { w[2] } else { f64::NAN })
    };
    let error = GradientCheck::default().model(&mut [3.0, 4.0, 5.0], f).unwrap_err();
    assert!(error.to_string().contains("central differences NaN"), "{error}");
}

#[test]
fn the_model_is_as_before_and_an_error_of_the_function_is_returned() {
    let mut w = vec![0.1, 1.0 / 3.0, 1e3, -7.0];
    let before = w.clone();
    let report = GradientCheck::default().model(&mut w, |w, grad: &mut Vec<f64>| {
        for g in grad {
            *g += 1.0;
        }
        Ok(w.iter().sum())
    });
    assert_eq!(report.unwrap().compared, 4);
    assert_eq!(w, before);

    let mut calls = 0;
    let error = GradientCheck::default().model(&mut w, |_, _| {
        calls += 1;
        if calls == 4 { Err(Error::other("enough")) } else { Ok(0.0) }
    });
    assert_eq!(error.unwrap_err().to_string(), "enough");
    assert_eq!(w, before);
}

#[test]
fn a_model_without_parameters_has_nothing_to_compare() {
    let report = GradientCheck::default().model(&mut (), |(), ()| Ok(1.0)).unwrap();
    assert_eq!((report.compared, report.worst), (0, None));
}
