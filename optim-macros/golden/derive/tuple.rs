#[automatically_derived]
impl ::optim_core::Optimizable for Net {
    type Scalar = <::optim_core::private::Bits<
        {
            let _ = {
                const TYPES_THAT_CONTAIN_EACH_OTHER_NEED_optim_scalar_ON_ONE_OF_THEM: usize = {
                    let _ = <Array1<f32> as ::optim_core::Optimizable>::visit::<f64>;
                    <<Array1<
                        f32,
                    > as ::optim_core::Optimizable>::Scalar as ::optim_core::private::Scalar>::BITS
                };
                TYPES_THAT_CONTAIN_EACH_OTHER_NEED_optim_scalar_ON_ONE_OF_THEM
            };
            let _ = {
                const TYPES_THAT_CONTAIN_EACH_OTHER_NEED_optim_scalar_ON_ONE_OF_THEM: usize = {
                    let _ = <Vec<Layer> as ::optim_core::Optimizable>::visit::<f64>;
                    <<Vec<
                        Layer,
                    > as ::optim_core::Optimizable>::Scalar as ::optim_core::private::Scalar>::BITS
                };
                TYPES_THAT_CONTAIN_EACH_OTHER_NEED_optim_scalar_ON_ONE_OF_THEM
            };
            {
                const __BITS: usize = <<<Vec<
                    Layer,
                > as ::optim_core::Optimizable>::Scalar as ::optim_core::private::Join<
                    <Array1<f32> as ::optim_core::Optimizable>::Scalar,
                >>::Out as ::optim_core::private::Scalar>::BITS;
                __BITS
            }
        },
    > as ::optim_core::private::OfBits>::Scalar;
    #[inline]
    fn visit<__A: ::optim_core::private::Real>(
        mut __op: ::optim_core::private::Op<'_, '_, Self, __A>,
    ) -> ::core::option::Option<Self> {
        <<Option<
            Box<Self>,
        > as ::optim_core::Optimizable>::Scalar as ::optim_core::private::Fits<
            <Self as ::optim_core::Optimizable>::Scalar,
        >>::check();
        match __op {
            ::optim_core::private::Op::Read(
                Self(field_0, field_1, field_2, field_3),
                ref mut __walk,
            ) => {
                <Array1<
                    f32,
                > as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Read(
                        field_0,
                        ::optim_core::private::Read::index(__walk, 0),
                    ),
                );
                <Vec<
                    Layer,
                > as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Read(
                        field_1,
                        ::optim_core::private::Read::index(__walk, 1),
                    ),
                );
                <Array1<
                    f32,
                > as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Read(
                        field_2,
                        ::optim_core::private::Read::field(__walk, "w"),
                    ),
                );
                <Option<
                    Box<Self>,
                > as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Read(
                        field_3,
                        ::optim_core::private::Read::index(__walk, 3),
                    ),
                );
                ::core::option::Option::None
            }
            ::optim_core::private::Op::Write(
                Self(field_0, field_1, field_2, field_3),
                ref mut __walk,
            ) => {
                <Array1<
                    f32,
                > as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Write(
                        field_0,
                        ::optim_core::private::Write::index(__walk, 0),
                    ),
                );
                <Vec<
                    Layer,
                > as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Write(
                        field_1,
                        ::optim_core::private::Write::index(__walk, 1),
                    ),
                );
                <Array1<
                    f32,
                > as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Write(
                        field_2,
                        ::optim_core::private::Write::field(__walk, "w"),
                    ),
                );
                <Option<
                    Box<Self>,
                > as ::optim_core::Optimizable>::visit(
                    ::optim_core::private::Op::Write(
                        field_3,
                        ::optim_core::private::Write::index(__walk, 3),
                    ),
                );
                ::core::option::Option::None
            }
            ::optim_core::private::Op::Zeros(
                Self(field_0, field_1, field_2, field_3),
            ) => {
                ::core::option::Option::Some(
                    Self(
                        <Array1<
                            f32,
                        > as ::optim_core::Optimizable>::visit::<
                            __A,
                        >(::optim_core::private::Op::Zeros(field_0))?,
                        <Vec<
                            Layer,
                        > as ::optim_core::Optimizable>::visit::<
                            __A,
                        >(::optim_core::private::Op::Zeros(field_1))?,
                        <Array1<
                            f32,
                        > as ::optim_core::Optimizable>::visit::<
                            __A,
                        >(::optim_core::private::Op::Zeros(field_2))?,
                        <Option<
                            Box<Self>,
                        > as ::optim_core::Optimizable>::visit::<
                            __A,
                        >(::optim_core::private::Op::Zeros(field_3))?,
                    ),
                )
            }
        }
    }
}
#[automatically_derived]
impl ::optim_core::Gradient for Net {}
