//! Expressions and statements as Rust, in `f64` once a step or in the model's scalar type once a weight.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

use super::hoist::Hoist;
use super::own;
use crate::rule::ast::{Assign, Binary, HyperType, Unary};
use crate::rule::ir::{Block, Body, Expr, ExprKind, Function, Rate, Rule, Statement, Target, Type};

/// In which numbers an expression is computed.
pub(super) enum Scalar<'h, 'r> {
    /// Once a step: hyper-parameters are locals of the same name.
    F64,
    /// Once a weight, in `A`; what does not depend on the weight becomes a field of `step`.
    Hoisted(&'h mut Hoist<'r>, &'h Body),
    /// In `A`, with what does not depend on the weight computed on the spot (the start of a cache).
    Inline(&'h Ident),
}

impl Scalar<'_, '_> {
    pub(super) fn emit(&mut self, rule: &Rule, expression: &Expr) -> TokenStream {
        if expression.rate < Rate::Weight && !matches!(expression.kind, ExprKind::Number(_)) {
            match self {
                Scalar::F64 => {}
                Scalar::Hoisted(hoist, _) => return hoist.emit_use(expression),
                Scalar::Inline(_) => {
                    let value = Scalar::F64.emit(rule, expression);
                    return match expression.kind_of {
                        Type::Number => quote!(A::from_f64(#value)),
                        Type::Flag => value,
                    };
                }
            }
        }
        match &expression.kind {
            ExprKind::Number(number) => self.number(*number),
            ExprKind::Flag(flag) => quote!(#flag),
            ExprKind::Hyper(index) => match rule.hypers.get(*index) {
                Some(hyper) => {
                    let name = &hyper.name;
                    quote!(#name)
                }
                None => TokenStream::new(),
            },
            ExprKind::Let(index) => name_of_let(rule, *index),
            ExprKind::Cache(index) => name_of_cache(rule, *index),
            ExprKind::Time => {
                let time = &rule.time;
                quote!(#time)
            }
            ExprKind::Weight => match self {
                Scalar::Hoisted(_, body) => {
                    let weight = &body.weight;
                    quote!(#weight)
                }
                Scalar::Inline(weight) => quote!(#weight),
                Scalar::F64 => TokenStream::new(),
            },
            ExprKind::Gradient => match self {
                Scalar::Hoisted(_, Body { gradient: Some(gradient), .. }) => quote!(#gradient),
                _ => TokenStream::new(),
            },
            ExprKind::Unary(operator, operand) => {
                let inner = self.emit(rule, operand);
                let inner = if is_loose(operand, 6) { quote!((#inner)) } else { inner };
                match operator {
                    Unary::Negate => quote!(-#inner),
                    Unary::Not => quote!(!#inner),
                }
            }
            ExprKind::Binary(operator, left, right) => self.binary(rule, *operator, left, right),
            ExprKind::Call(function, arguments) => self.call(rule, *function, arguments),
            ExprKind::Extent(extent) => {
                let (at, extent) = (own("at"), own(extent.name()));
                quote!(#at.shape.#extent)
            }
            ExprKind::Total(_, name) | ExprKind::Version(_, name) | ExprKind::Called(_, name) => quote!(#name),
            // The schedule took them out.
            ExprKind::Reduce(..) | ExprKind::CallPath(..) => TokenStream::new(),
            ExprKind::If(condition, then, otherwise) => {
                let condition = self.emit(rule, condition);
                let (then, otherwise) = (self.block(rule, then), self.block(rule, otherwise));
                quote!(if #condition { #then } else { #otherwise })
            }
        }
    }

    fn number(&self, number: f64) -> TokenStream {
        let literal = Literal::f64_unsuffixed(number);
        if let Scalar::F64 = self { quote!(#literal) } else { quote!(A::from_f64(#literal)) }
    }

    fn binary(&mut self, rule: &Rule, operator: Binary, left: &Expr, right: &Expr) -> TokenStream {
        let precedence = operator.precedence();
        // As written: what the tree groups to the right needs parentheses, `a - (b - c)`.
        let hoisted = |scalar: &Self, side: &Expr| !matches!(scalar, Scalar::F64) && side.rate < Rate::Weight;
        let loose_left = is_loose(left, precedence) && !hoisted(self, left);
        let loose_right = is_loose(right, precedence + 1) && !hoisted(self, right);
        let (left, right) = (self.emit(rule, left), self.emit(rule, right));
        let left = if loose_left { quote!((#left)) } else { left };
        let right = if loose_right { quote!((#right)) } else { right };
        match operator {
            Binary::Add => quote!(#left + #right),
            Binary::Subtract => quote!(#left - #right),
            Binary::Multiply => quote!(#left * #right),
            Binary::Divide => quote!(#left / #right),
            Binary::Less => quote!(#left < #right),
            Binary::LessEqual => quote!(#left <= #right),
            Binary::Greater => quote!(#left > #right),
            Binary::GreaterEqual => quote!(#left >= #right),
            Binary::Equal => quote!(#left == #right),
            Binary::NotEqual => quote!(#left != #right),
            Binary::And => quote!(#left && #right),
            Binary::Or => quote!(#left || #right),
        }
    }

    fn call(&mut self, rule: &Rule, function: Function, arguments: &[Expr]) -> TokenStream {
        let krate = &rule.krate;
        if function == Function::Epsilon {
            return quote!(#krate::private::epsilon::<A>());
        }
        let name = Ident::new(function.name(), proc_macro2::Span::mixed_site());
        let arguments: Vec<TokenStream> = arguments.iter().map(|argument| self.emit(rule, argument)).collect();
        quote!(#krate::private::#name(#(#arguments),*))
    }

    /// The statements of a block, and its value.
    pub(super) fn block(&mut self, rule: &Rule, block: &Block) -> TokenStream {
        let statements: Vec<TokenStream> =
            block.statements.iter().map(|statement| self.statement(rule, statement)).collect();
        let value = block.value.as_ref().map(|value| self.emit(rule, value));
        quote!(#(#statements)* #value)
    }

    pub(super) fn statement(&mut self, rule: &Rule, statement: &Statement) -> TokenStream {
        match statement {
            Statement::Let(index, value) => {
                // Hoisted: it stands in the function that makes the step's scalars.
                if value.rate < Rate::Weight && matches!(self, Scalar::Hoisted(..)) {
                    return TokenStream::new();
                }
                // On the spot too, what does not depend on the weight is an `f64` until it meets the weight.
                let once = value.rate < Rate::Weight;
                let name = name_of_let(rule, *index);
                let value = if once { Scalar::F64.emit(rule, value) } else { self.emit(rule, value) };
                quote!(let #name = #value;)
            }
            Statement::Assign(target, operator, value) => {
                let (operator, value) = shortened(*target, *operator, value);
                let value = self.emit(rule, value);
                let target = match (target, &*self) {
                    (Target::Cache(index), _) => name_of_cache(rule, *index),
                    (Target::Weight, Scalar::Hoisted(_, body)) => {
                        let weight = &body.weight;
                        quote!(#weight)
                    }
                    (Target::Weight, _) => TokenStream::new(),
                };
                match operator {
                    Assign::Set => quote!(#target = #value;),
                    Assign::Add => quote!(#target += #value;),
                    Assign::Subtract => quote!(#target -= #value;),
                    Assign::Multiply => quote!(#target *= #value;),
                    Assign::Divide => quote!(#target /= #value;),
                }
            }
            Statement::If(condition, then, otherwise) => {
                let condition = self.emit(rule, condition);
                let then = self.block(rule, then);
                let otherwise = otherwise.as_ref().map(|block| {
                    // `else if` as it was written.
                    if let ([inner @ Statement::If(..)], None) = (block.statements.as_slice(), &block.value) {
                        let inner = self.statement(rule, inner);
                        return quote!(else #inner);
                    }
                    let block = self.block(rule, block);
                    quote!(else { #block })
                });
                quote!(if #condition { #then } #otherwise)
            }
        }
    }
}

/// `m = m + g` as `m += g`, which is the same: lints of the user's ask for it.
fn shortened(target: Target, operator: Assign, value: &Expr) -> (Assign, &Expr) {
    let is_target = |expression: &Expr| match (target, &expression.kind) {
        (Target::Weight, ExprKind::Weight) => true,
        (Target::Cache(target), ExprKind::Cache(index)) => target == *index,
        _ => false,
    };
    let ExprKind::Binary(binary, left, right) = &value.kind else { return (operator, value) };
    let shorter = match binary {
        Binary::Add => Assign::Add,
        Binary::Subtract => Assign::Subtract,
        Binary::Multiply => Assign::Multiply,
        Binary::Divide => Assign::Divide,
        _ => return (operator, value),
    };
    if operator == Assign::Set && is_target(left) { (shorter, right) } else { (operator, value) }
}

/// Whether an expression has to stand in parentheses beside an operator of this precedence.
fn is_loose(expression: &Expr, precedence: u8) -> bool {
    match &expression.kind {
        ExprKind::Binary(operator, ..) => {
            operator.precedence() < precedence || (operator.is_comparison() && precedence == 3)
        }
        ExprKind::If(..) => true,
        ExprKind::Unary(..) => precedence > 6,
        ExprKind::Number(number) => *number < 0.0 && precedence > 5,
        _ => false,
    }
}

pub(super) fn name_of_let(rule: &Rule, index: usize) -> TokenStream {
    rule.lets.get(index).map_or_else(TokenStream::new, |named| {
        let name = &named.name;
        quote!(#name)
    })
}

fn name_of_cache(rule: &Rule, index: usize) -> TokenStream {
    rule.caches.get(index).map_or_else(TokenStream::new, |cache| {
        let name = &cache.name;
        quote!(#name)
    })
}

/// `let lr = self.lr;` for each hyper-parameter that is used.
pub(super) fn hyper_locals(rule: &Rule, used: &[usize]) -> TokenStream {
    hyper_locals_of(rule, used, &quote!(self))
}

/// The same where the rule is called something else than `self`.
pub(super) fn hyper_locals_of(rule: &Rule, used: &[usize], receiver: &impl ToTokens) -> TokenStream {
    let krate = &rule.krate;
    let locals = used.iter().filter_map(|index| rule.hypers.get(*index)).map(|hyper| {
        let name = &hyper.name;
        if hyper.kind == HyperType::Count {
            quote!(let #name = #krate::private::count(#receiver.#name);)
        } else {
            quote!(let #name = #receiver.#name;)
        }
    });
    quote!(#(#locals)*)
}
