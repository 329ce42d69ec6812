//! Types that contain themselves, or each other.

use std::collections::BTreeMap;

use optim_core::ndarray::{Array1, array};
use optim_core::prelude::*;

use crate::{numbers, paths};

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct Node<A: Real> {
    value: Array1<A>,
    children: Vec<Node<A>>,
    next: Option<Box<Self>>,
}

#[derive(Clone, Debug, PartialEq, Optimizable)]
enum Tree {
    Leaf(f64),
    Pair(Box<Tree>, Box<self::Tree>),
    Named(BTreeMap<String, Self>),
}

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct List<T> {
    head: T,
    tail: Option<Box<List<T>>>,
}

#[derive(Clone, Debug, PartialEq, Optimizable)]
struct OnlyItself {
    children: Vec<OnlyItself>,
}

fn node(x: f32, children: Vec<Node<f32>>) -> Node<f32> {
    Node { value: array![x], children, next: None }
}

#[test]
fn a_type_may_contain_itself() {
    let mut model = node(1.0, vec![node(2.0, vec![node(3.0, vec![])]), node(4.0, vec![])]);
    model.next = Some(Box::new(node(5.0, vec![])));
    assert_eq!(
        paths(&model),
        ["value", "children.0.value", "children.0.children.0.value", "children.1.value", "next.value"]
    );
    assert_eq!(numbers(&model.zeros_like()), [0.0; 5]);

    let tree = Tree::Pair(
        Box::new(Tree::Leaf(1.0)),
        Box::new(Tree::Named(BTreeMap::from([("x".to_owned(), Tree::Leaf(2.0))]))),
    );
    assert_eq!(paths(&tree), ["Pair.0.Leaf.0", "Pair.1.Named.0.x.Leaf.0"]);

    let list = List { head: vec![1.0_f32], tail: Some(Box::new(List { head: vec![], tail: None })) };
    assert_eq!(paths(&list), ["head", "tail.head"]);

    let empty = OnlyItself { children: vec![OnlyItself { children: vec![] }] };
    assert_eq!((empty.num_params(), empty.zeros_like()), (0, empty));
}

#[test]
fn a_long_chain_is_walked() {
    let mut list = List { head: 0.0_f64, tail: None };
    for x in 1..500 {
        list = List { head: f64::from(x), tail: Some(Box::new(list)) };
    }
    assert_eq!(list.num_params(), 500);
    let mut last = String::new();
    list.for_each_param(|path, _| path.clone_into(&mut last));
    assert_eq!(last, "tail.".repeat(499) + "head");
    assert_eq!(list.zeros_like().num_params(), 500);
}

#[derive(Optimizable)]
struct Even {
    x: f32,
    odd: Vec<Odd>,
}

#[derive(Optimizable)]
#[optim(scalar = "f32")]
struct Odd {
    even: Option<Box<Even>>,
}

#[derive(Optimizable)]
struct EvenOf<A: Real> {
    x: A,
    odd: Vec<OddOf<A>>,
}

#[derive(Optimizable)]
struct OddOf<A: Real> {
    even: Option<Box<EvenOf<A>>>,
}

#[derive(Optimizable)]
struct EvenAny<L> {
    layer: L,
    odd: Vec<OddAny<L>>,
}

#[derive(Optimizable)]
#[optim(bound = "L: Optimizable", scalar = "L::Scalar")]
struct OddAny<L> {
    even: Option<Box<EvenAny<L>>>,
}

#[test]
fn types_may_contain_each_other() {
    let even = Even { x: 1.0, odd: vec![Odd { even: Some(Box::new(Even { x: 2.0, odd: vec![] })) }] };
    assert_eq!(paths(&even), ["x", "odd.0.even.x"]);
    let even = EvenOf { x: 1.0_f64, odd: vec![OddOf { even: Some(Box::new(EvenOf { x: 2.0, odd: vec![] })) }] };
    assert_eq!(paths(&even), ["x", "odd.0.even.x"]);
    let inner = EvenAny { layer: vec![2.0_f64], odd: vec![] };
    let even = EvenAny { layer: vec![1.0_f64], odd: vec![OddAny { even: Some(Box::new(inner)) }] };
    assert_eq!(paths(&even), ["layer", "odd.0.even.layer"]);
}

mod inner {
    use optim_core::prelude::*;

    #[derive(Optimizable)]
    pub(super) struct Wrapper(pub(super) f32);
}

/// Not recursive: another type of the same name.
#[derive(Optimizable)]
struct Wrapper {
    inner: inner::Wrapper,
    list: Vec<inner::Wrapper>,
}

#[test]
fn another_type_of_the_same_name_is_another_type() {
    let wrapper = Wrapper { inner: inner::Wrapper(1.0), list: vec![inner::Wrapper(2.0)] };
    assert_eq!(paths(&wrapper), ["inner.0", "list.0.0"]);
    let scalar: f32 = numbers(&wrapper)[1];
    assert_eq!(scalar, 2.0);
}
