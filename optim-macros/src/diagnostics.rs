//! Errors, collected: several mistakes are reported at once, each at the token that made it.

use proc_macro2::{Span, TokenStream};

/// The errors found so far. Must be asked with [`finish`](Self::finish); forgetting it is a bug that tests see.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<syn::Error>,
    finished: bool,
}

impl Diagnostics {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// An error at one token.
    pub(crate) fn error(&mut self, span: Span, message: impl std::fmt::Display) {
        self.errors.push(syn::Error::new(span, message));
    }

    /// An error of `syn`'s, with the places it carries.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// How many errors there are: what grew while something was read is its fault.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// The errors as `compile_error!`s, if there are any.
    pub(crate) fn finish(mut self) -> Option<TokenStream> {
        self.finished = true;
        let errors = std::mem::take(&mut self.errors);
        (!errors.is_empty()).then(|| errors.iter().map(syn::Error::to_compile_error).collect())
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        debug_assert!(self.finished || std::thread::panicking(), "diagnostics were dropped unread");
    }
}
