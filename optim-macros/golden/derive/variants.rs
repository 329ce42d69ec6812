#[automatically_derived]
impl<'a, L, const N: usize, __S0, __S1> ::optim_core::Optimizable for Layer<'a, L, N>
where
    L: Clone,
    __S0: ::optim_core::private::Scalar,
    [f32; N]: ::optim_core::private::Part<
        <::optim_core::private::Bits<
            {
                let _ = {
                    const TYPES_THAT_CONTAIN_EACH_OTHER_NEED_optim_scalar_ON_ONE_OF_THEM: usize = {
                        let _ = <f32 as ::optim_core::Optimizable>::visit::<f64>;
                        <<f32 as ::optim_core::Optimizable>::Scalar as ::optim_core::private::Scalar>::BITS
                    };
                    TYPES_THAT_CONTAIN_EACH_OTHER_NEED_optim_scalar_ON_ONE_OF_THEM
                };
                {
                    const __BITS: usize = <<f32 as ::optim_core::Optimizable>::Scalar as ::optim_core::private::Scalar>::BITS;
                    __BITS
                }
            },
        > as ::optim_core::private::OfBits>::Scalar,
        Joined = __S0,
    >,
    L: ::optim_core::Optimizable,
    __S1: ::optim_core::private::Scalar,
    L: ::optim_core::private::Part<__S0, Joined = __S1>,
    Vec<L>: ::core::clone::Clone,
{
    type Scalar = __S1;
    #[inline]
    fn visit<__A: ::optim_core::private::Real>(
        mut __op: ::optim_core::private::Op<'_, '_, Self, __A>,
    ) -> ::core::option::Option<Self> {
        <<<[f32; N] as ::optim_core::Optimizable>::Scalar as ::optim_core::private::Join<
            <f32 as ::optim_core::Optimizable>::Scalar,
        >>::Out as ::optim_core::private::Scalar>::check();
        match __op {
            ::optim_core::private::Op::Read(
                Self::Dense { w: w_, inner: inner_ },
                ref mut __walk,
            ) => {
                let __walk = &mut ::optim_core::private::Read::variant(__walk, "Dense");
                <[f32; N] as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Read(
                        w_,
                        ::optim_core::private::Read::field(__walk, "w"),
                    ),
                );
                <L as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Read(
                        inner_,
                        ::optim_core::private::Read::field(__walk, "inner"),
                    ),
                );
                ::core::option::Option::None
            }
            ::optim_core::private::Op::Write(
                Self::Dense { w: w_, inner: inner_ },
                ref mut __walk,
            ) => {
                let __walk = &mut ::optim_core::private::Write::variant(__walk, "Dense");
                <[f32; N] as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Write(
                        w_,
                        ::optim_core::private::Write::field(__walk, "w"),
                    ),
                );
                <L as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Write(
                        inner_,
                        ::optim_core::private::Write::field(__walk, "inner"),
                    ),
                );
                ::core::option::Option::None
            }
            ::optim_core::private::Op::Zeros(Self::Dense { w: w_, inner: inner_ }) => {
                ::core::option::Option::Some(Self::Dense {
                    w: <[f32; N] as ::optim_core::Optimizable>::visit::<
                        __A,
                    >(::optim_core::private::Op::Zeros(w_))?,
                    inner: <L as ::optim_core::Optimizable>::visit::<
                        __A,
                    >(::optim_core::private::Op::Zeros(inner_))?,
                })
            }
            ::optim_core::private::Op::Read(
                Self::Scale(field_0, _, _),
                ref mut __walk,
            ) => {
                let __walk = &mut ::optim_core::private::Read::variant(__walk, "scale")
                    .frozen();
                <f32 as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Read(
                        field_0,
                        ::optim_core::private::Read::index(__walk, 0),
                    ),
                );
                ::core::option::Option::None
            }
            ::optim_core::private::Op::Write(
                Self::Scale(field_0, _, _),
                ref mut __walk,
            ) => {
                let __walk = &mut ::optim_core::private::Write::variant(__walk, "scale")
                    .frozen();
                <f32 as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Write(
                        field_0,
                        ::optim_core::private::Write::index(__walk, 0),
                    ),
                );
                ::core::option::Option::None
            }
            ::optim_core::private::Op::Zeros(Self::Scale(field_0, field_1, field_2)) => {
                ::core::option::Option::Some(
                    Self::Scale(
                        <f32 as ::optim_core::Optimizable>::visit::<
                            __A,
                        >(::optim_core::private::Op::Zeros(field_0))?,
                        <&'a str as ::optim_core::private::CloneSkipped>::clone(field_1),
                        <Vec<L> as ::optim_core::private::CloneSkipped>::clone(field_2),
                    ),
                )
            }
            ::optim_core::private::Op::Read(Self::Relu, ref mut __walk) => {
                ::optim_core::private::Read::variant(__walk, "Relu");
                ::core::option::Option::None
            }
            ::optim_core::private::Op::Write(Self::Relu, ref mut __walk) => {
                ::optim_core::private::Write::variant(__walk, "Relu");
                ::core::option::Option::None
            }
            ::optim_core::private::Op::Zeros(Self::Relu) => {
                ::core::option::Option::Some(Self::Relu)
            }
        }
    }
}
#[automatically_derived]
impl<'a, L, const N: usize> ::optim_core::Gradient for Layer<'a, L, N>
where
    L: Clone,
    Self: ::optim_core::Optimizable,
{}
