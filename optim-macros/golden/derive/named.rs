#[automatically_derived]
impl<A: Real> opt::Optimizable for Mlp<A> {
    type Scalar = A;
    #[inline]
    fn visit<__A: opt::private::Real>(
        mut __op: opt::private::Op<'_, '_, Self, __A>,
    ) -> ::core::option::Option<Self> {
        <<Linear<A> as opt::Optimizable>::Scalar as opt::private::Fits<A>>::check();
        <<Array2<A> as opt::Optimizable>::Scalar as opt::private::Fits<A>>::check();
        <<Array1<A> as opt::Optimizable>::Scalar as opt::private::Fits<A>>::check();
        <<A as opt::Optimizable>::Scalar as opt::private::Fits<A>>::check();
        match __op {
            opt::private::Op::Read(
                Self { hidden: hidden_, r#type: type_, mean: mean_, g: g_, .. },
                ref mut __walk,
            ) => {
                <Linear<
                    A,
                > as opt::Optimizable>::visit(
                    opt::private::Op::Read(
                        hidden_,
                        opt::private::Read::field(__walk, "hidden"),
                    ),
                );
                <Array2<
                    A,
                > as opt::Optimizable>::visit(
                    opt::private::Op::Read(
                        type_,
                        opt::private::Read::field(__walk, "type").frozen().group("slow"),
                    ),
                );
                <Array1<
                    A,
                > as opt::Optimizable>::visit(
                    opt::private::Op::Read(
                        mean_,
                        opt::private::Read::field(__walk, "mean").buffer(),
                    ),
                );
                <A as opt::Optimizable>::visit(
                    opt::private::Op::Read(g_, opt::private::Read::field(__walk, "gain")),
                );
                ::core::option::Option::None
            }
            opt::private::Op::Write(
                Self { hidden: hidden_, r#type: type_, mean: mean_, g: g_, .. },
                ref mut __walk,
            ) => {
                <Linear<
                    A,
                > as opt::Optimizable>::visit(
                    opt::private::Op::Write(
                        hidden_,
                        opt::private::Write::field(__walk, "hidden"),
                    ),
                );
                <Array2<
                    A,
                > as opt::Optimizable>::visit(
                    opt::private::Op::Write(
                        type_,
                        opt::private::Write::field(__walk, "type").frozen().group("slow"),
                    ),
                );
                <Array1<
                    A,
                > as opt::Optimizable>::visit(
                    opt::private::Op::Write(
                        mean_,
                        opt::private::Write::field(__walk, "mean").buffer(),
                    ),
                );
                <A as opt::Optimizable>::visit(
                    opt::private::Op::Write(
                        g_,
                        opt::private::Write::field(__walk, "gain"),
                    ),
                );
                ::core::option::Option::None
            }
            opt::private::Op::Zeros(
                Self {
                    hidden: hidden_,
                    r#type: type_,
                    mean: mean_,
                    g: g_,
                    name: name_,
                    ..
                },
            ) => {
                ::core::option::Option::Some(Self {
                    hidden: <Linear<
                        A,
                    > as opt::Optimizable>::visit::<
                        __A,
                    >(opt::private::Op::Zeros(hidden_))?,
                    r#type: <Array2<
                        A,
                    > as opt::Optimizable>::visit::<
                        __A,
                    >(opt::private::Op::Zeros(type_))?,
                    mean: <Array1<
                        A,
                    > as opt::Optimizable>::visit::<
                        __A,
                    >(opt::private::Op::Zeros(mean_))?,
                    g: <A as opt::Optimizable>::visit::<
                        __A,
                    >(opt::private::Op::Zeros(g_))?,
                    name: <String as opt::private::CloneSkipped>::clone(name_),
                    cache: Cache::<u8, u8>::new(),
                })
            }
        }
    }
}
#[automatically_derived]
impl<A: Real> opt::Gradient for Mlp<A> {}
