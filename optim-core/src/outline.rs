//! The outline of a model: its tensors' shapes and paths, and the structure between them.
//!
//! Taken once, when an optimizer is made for a model; every step compares model and gradient with it before anything
//! moves. Comparing writes no path unless it has something to report, and allocates nothing once its list has grown.

use crate::error::Error;
use crate::kernel::{Tensor, TensorMut};
use crate::optimizable::{Optimizable, RealOf};
use crate::path::{At, Role};
use crate::selection::Parameter;
use crate::walk::{Structure, Visitor, VisitorMut};

/// What stands at one place of a walk.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    /// The shape: `ndim` numbers of `Outline::shapes`, from `start` on.
    Tensor {
        start: usize,
        ndim: usize,
    },
    Length(usize),
    Present(bool),
    Variant(&'static str),
    Key(Box<str>),
}

impl Event {
    fn of(structure: Structure<'_>) -> Self {
        match structure {
            Structure::Length(length) => Event::Length(length),
            Structure::Present(present) => Event::Present(present),
            Structure::Variant(name) => Event::Variant(name),
            Structure::Key(key) => Event::Key(key.into()),
        }
    }

    #[inline]
    fn is(&self, structure: Structure<'_>) -> bool {
        match (self, structure) {
            (Event::Length(a), Structure::Length(b)) => *a == b,
            (Event::Present(a), Structure::Present(b)) => *a == b,
            (Event::Variant(a), Structure::Variant(b)) => *a == b,
            (Event::Key(a), Structure::Key(b)) => **a == *b,
            _ => false,
        }
    }
}

/// One tensor of a model, as it was when the outline was taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) path: String,
    pub(crate) shape: Box<[usize]>,
    pub(crate) len: usize,
    pub(crate) role: Role,
    pub(crate) group: Option<&'static str>,
}

impl Place {
    /// As selections see it, in this group.
    pub(crate) fn parameter<'p>(&'p self, group: Option<&'p str>) -> Parameter<'p> {
        Parameter { path: &self.path, shape: &self.shape, group }
    }
}

/// See the module's page.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outline {
    events: Vec<Event>,
    shapes: Vec<usize>,
    /// The tensors in walking order.
    pub(crate) places: Vec<Place>,
}

impl Outline {
    pub(crate) fn of<M: Optimizable>(model: &M) -> Self {
        let mut outline = Outline::default();
        model.walk(&mut outline);
        outline
    }

    /// Compares `model` with the outline and lists its tensors, in walking order, in `tensors`.
    ///
    /// `what` names the value in the error: "the gradient", "the model".
    pub(crate) fn check<'a, M: Optimizable>(
        &self,
        model: &'a M,
        what: &'static str,
        tensors: &mut Vec<Tensor<'a, RealOf<M>>>,
    ) -> Result<(), Error> {
        tensors.clear();
        let mut check = Check { compare: Compare::new(self, what), tensors };
        model.walk(&mut check);
        check.compare.finish()
    }

    /// Compares `model` with the outline and lists its tensors, open to change, in `tensors`.
    pub(crate) fn check_mut<'a, M: Optimizable>(
        &self,
        model: &'a mut M,
        what: &'static str,
        tensors: &mut Vec<TensorMut<'a, RealOf<M>>>,
    ) -> Result<(), Error> {
        tensors.clear();
        let mut check = Check { compare: Compare::new(self, what), tensors };
        model.walk_mut(&mut check);
        check.compare.finish()
    }
}

impl<'a, A> Visitor<'a, A> for Outline {
    fn tensor(&mut self, at: &At<'_>, tensor: Tensor<'a, A>) {
        let shape = tensor.shape();
        self.events.push(Event::Tensor { start: self.shapes.len(), ndim: shape.len() });
        self.shapes.extend_from_slice(shape);
        self.places.push(Place {
            path: at.to_string(),
            shape: shape.into(),
            len: tensor.len(),
            role: at.role(),
            group: at.group(),
        });
    }

    fn structure(&mut self, _: &At<'_>, structure: Structure<'_>) {
        self.events.push(Event::of(structure));
    }
}

struct Compare<'o> {
    outline: &'o Outline,
    what: &'static str,
    next: usize,
    error: Option<Error>,
}

impl<'o> Compare<'o> {
    fn new(outline: &'o Outline, what: &'static str) -> Self {
        Compare { outline, what, next: 0, error: None }
    }

    /// The shape of the tensor that comes next, if one does.
    #[inline]
    fn expected(&self) -> Option<&'o [usize]> {
        let Some(&Event::Tensor { start, ndim }) = self.outline.events.get(self.next) else { return None };
        self.outline.shapes.get(start..start + ndim)
    }

    /// Whether a tensor of this shape comes next, which it has been then. Without calls, which is what most tensors take.
    #[inline]
    fn is_next(&mut self, shape: &[usize]) -> bool {
        let Some(expected) = self.expected() else { return false };
        if expected.len() != shape.len() || self.error.is_some() {
            return false;
        }
        for i in 0..expected.len() {
            if expected[i] != shape[i] {
                return false;
            }
        }
        self.next += 1;
        true
    }

    /// The first difference is reported; what comes after it is out of step and says nothing.
    fn tensor(&mut self, at: &At<'_>, shape: &[usize]) -> bool {
        let expected = self.expected();
        self.next += 1;
        if expected == Some(shape) && self.error.is_none() {
            return true;
        }
        self.refuse(at, |what, path| match expected {
            Some(expected) => Error::shape(what, path, shape, expected),
            None => Error::structure(what, path, "holds a tensor where the model of `init` has none"),
        });
        false
    }

    #[inline]
    fn structure(&mut self, at: &At<'_>, structure: Structure<'_>) {
        let expected = self.outline.events.get(self.next);
        self.next += 1;
        if expected.is_some_and(|event| event.is(structure)) {
            return;
        }
        self.refuse(at, |what, path| Error::structure(what, path, &difference(structure, expected)));
    }

    #[cold]
    fn refuse(&mut self, at: &At<'_>, error: impl FnOnce(&'static str, String) -> Error) {
        if self.error.is_none() {
            self.error = Some(error(self.what, at.to_string()));
        }
    }

    fn finish(self) -> Result<(), Error> {
        match self.error {
            Some(error) => Err(error),
            None if self.next < self.outline.events.len() => {
                Err(Error::structure(self.what, String::new(), "ends before the model of `init` does"))
            }
            None => Ok(()),
        }
    }
}

#[cold]
fn difference(found: Structure<'_>, expected: Option<&Event>) -> String {
    match (found, expected) {
        (Structure::Length(found), Some(Event::Length(expected))) => format!("has {found} elements, not {expected}"),
        (Structure::Present(true), Some(Event::Present(_))) => "is `Some`, not `None`".into(),
        (Structure::Present(false), Some(Event::Present(_))) => "is `None`, not `Some`".into(),
        (Structure::Variant(found), Some(Event::Variant(expected))) => {
            format!("is the variant `{found}`, not `{expected}`")
        }
        (Structure::Key(found), Some(Event::Key(expected))) => format!("has the key {found:?}, not {expected:?}"),
        _ => "has another structure than the model of `init`".into(),
    }
}

struct Check<'o, 't, T> {
    compare: Compare<'o>,
    tensors: &'t mut Vec<T>,
}

impl<'a, A> Visitor<'a, A> for Check<'_, '_, Tensor<'a, A>> {
    #[inline]
    fn tensor(&mut self, at: &At<'_>, tensor: Tensor<'a, A>) {
        if self.tensors.len() < self.tensors.capacity() && self.compare.is_next(tensor.shape()) {
            self.tensors.push(tensor.by_parts());
        } else {
            self.other(at, tensor, Tensor::shape);
        }
    }

    #[inline]
    fn structure(&mut self, at: &At<'_>, structure: Structure<'_>) {
        self.compare.structure(at, structure);
    }
}

impl<T> Check<'_, '_, T> {
    /// A tensor for which there is no room yet, or that is not the next one.
    #[cold]
    #[inline(never)]
    fn other(&mut self, at: &At<'_>, tensor: T, shape: fn(&T) -> &[usize]) {
        if self.compare.tensor(at, shape(&tensor)) {
            self.tensors.push(tensor);
        }
    }
}

impl<'a, A> VisitorMut<'a, A> for Check<'_, '_, TensorMut<'a, A>> {
    #[inline]
    fn tensor(&mut self, at: &At<'_>, tensor: TensorMut<'a, A>) {
        if self.tensors.len() < self.tensors.capacity() && self.compare.is_next(tensor.shape()) {
            self.tensors.push(tensor.by_parts());
        } else {
            self.other(at, tensor, TensorMut::shape);
        }
    }

    #[inline]
    fn structure(&mut self, at: &At<'_>, structure: Structure<'_>) {
        self.compare.structure(at, structure);
    }
}
