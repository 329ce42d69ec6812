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

/// `Self` and the name, in whatever holds them, beside parameters of every kind.
#[derive(Optimizable)]
struct Everywhere<'a, A: Real, const N: usize> {
    value: [A; N],
    list: Vec<Self>,
    maybe: Option<Box<Self>>,
    map: BTreeMap<String, Everywhere<'a, A, N>>,
    wrapped: Wrapped<Vec<Everywhere<'a, A, N>>>,
    array: Box<[Option<Box<Self>>; 2]>,
    #[optim(skip)]
    back: Vec<std::sync::Weak<Self>>,
    #[optim(skip)]
    function: Option<fn(&Self) -> A>,
    #[optim(skip)]
    name: &'a str,
}

#[derive(Optimizable)]
struct Wrapped<T>(T);

#[derive(Optimizable)]
struct InAnother<T> {
    value: T,
    list: Wrapped<Vec<InAnother<T>>>,
}

fn everywhere<A: Real>(value: [A; 2]) -> Everywhere<'static, A, 2> {
    Everywhere {
        value,
        list: vec![],
        maybe: None,
        map: BTreeMap::new(),
        wrapped: Wrapped(vec![]),
        array: Box::new([None, None]),
        back: vec![],
        function: None,
        name: "node",
    }
}

#[test]
fn self_may_stand_in_anything() {
    let mut model = everywhere([1.0_f64, 2.0]);
    model.list.push(everywhere([3.0, 4.0]));
    model.maybe = Some(Box::new(everywhere([5.0, 6.0])));
    model.map.insert("k".into(), everywhere([7.0, 8.0]));
    model.wrapped.0.push(everywhere([9.0, 10.0]));
    model.array[1] = Some(Box::new(everywhere([11.0, 12.0])));
    assert_eq!(
        paths(&model),
        ["value", "list.0.value", "maybe.value", "map.k.value", "wrapped.0.0.value", "array.1.value"]
    );
    let zeros = model.zeros_like();
    assert_eq!((numbers(&zeros), zeros.list[0].name, zeros.function.is_none()), (vec![0.0; 12], "node", true));
    assert!(zeros.back.is_empty());

    let nested = InAnother { value: 1.0_f32, list: Wrapped(vec![InAnother { value: 2.0, list: Wrapped(vec![]) }]) };
    assert_eq!(paths(&nested), ["value", "list.0.0.value"]);
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
