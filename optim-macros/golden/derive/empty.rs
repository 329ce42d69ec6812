#[automatically_derived]
impl<T> ::optim_core::Optimizable for Nothing<T>
where
    T: Copy,
{
    type Scalar = <f64 as ::optim_core::private::Said>::Scalar;
    #[inline]
    fn visit<__A: ::optim_core::private::Real>(
        __op: ::optim_core::private::Op<'_, '_, Self, __A>,
    ) -> ::core::option::Option<Self> {
        match __op {
            ::optim_core::private::Op::Read(__never, _) => match *__never {}
            ::optim_core::private::Op::Write(__never, _) => match *__never {}
            ::optim_core::private::Op::Zeros(__never) => match *__never {}
        }
    }
}
#[automatically_derived]
impl<T> ::optim_core::Gradient for Nothing<T>
where
    Self: ::optim_core::Optimizable,
{}
