//! [`Lanes`]: the vectors of one instruction set, as far as a product of matrices needs them.
//!
//! Every function is inlined into a loop that was compiled for the instruction set (`tile.rs` says where).

/// A vector of `COUNT` numbers.
///
/// # Safety
/// Every function wants the instruction set of the vector. Those that take a pointer want `COUNT` numbers there, those
/// for a part `count` numbers, of at most `COUNT`; no alignment.
pub(super) trait Lanes: Copy {
    type Scalar: Copy + Default;
    const COUNT: usize;

    unsafe fn splat(x: Self::Scalar) -> Self;
    unsafe fn load(from: *const Self::Scalar) -> Self;
    /// The other lanes are 0.
    unsafe fn load_part(from: *const Self::Scalar, count: usize) -> Self;
    unsafe fn store(self, to: *mut Self::Scalar);
    unsafe fn store_part(self, to: *mut Self::Scalar, count: usize);
    /// `self · b + c`, in one rounding where the instruction set has it.
    unsafe fn mul_add(self, b: Self, c: Self) -> Self;
}

/// What any compiler target has: an array, which becomes the vectors that the target is sure to have.
#[derive(Clone, Copy)]
pub(super) struct Portable<A, const N: usize>([A; N]);

macro_rules! portable {
    ($scalar:ident) => {
        impl<const N: usize> Lanes for Portable<$scalar, N> {
            type Scalar = $scalar;
            const COUNT: usize = N;

            #[inline(always)]
            unsafe fn splat(x: $scalar) -> Self {
                Portable([x; N])
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller says that `N` numbers stand there.
                Portable(unsafe { from.cast::<[$scalar; N]>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn load_part(from: *const $scalar, count: usize) -> Self {
                let mut lanes = [0.0; N];
                // A loop of `N` turns, which is unrolled; one of `count` is not.
                for (lane, x) in lanes.iter_mut().enumerate() {
                    if lane < count {
                        // SAFETY: the caller says that `count` numbers stand there.
                        *x = unsafe { *from.wrapping_add(lane) };
                    }
                }
                Portable(lanes)
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the caller says that there is room for `N` numbers.
                unsafe { to.cast::<[$scalar; N]>().write_unaligned(self.0) }
            }

            #[inline(always)]
            unsafe fn store_part(self, to: *mut $scalar, count: usize) {
                for (lane, x) in self.0.into_iter().enumerate() {
                    if lane < count {
                        // SAFETY: the caller says that there is room for `count` numbers.
                        unsafe { *to.wrapping_add(lane) = x };
                    }
                }
            }

            #[inline(always)]
            unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                let mut lanes = c.0;
                for i in 0..N {
                    // Where the target has no such instruction, `f32::mul_add` is a call, a hundred times as slow.
                    lanes[i] = if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
                        self.0[i].mul_add(b.0[i], lanes[i])
                    } else {
                        self.0[i] * b.0[i] + lanes[i]
                    };
                }
                Portable(lanes)
            }
        }
    };
}

portable!(f32);
portable!(f64);

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{
        __m256, __m256d, __m256i, __m512, __m512d, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_loadu_pd, _mm256_loadu_ps,
        _mm256_loadu_si256, _mm256_maskload_pd, _mm256_maskload_ps, _mm256_maskstore_pd, _mm256_maskstore_ps,
        _mm256_set1_pd, _mm256_set1_ps, _mm256_storeu_pd, _mm256_storeu_ps, _mm512_fmadd_pd, _mm512_fmadd_ps,
        _mm512_loadu_pd, _mm512_loadu_ps, _mm512_mask_storeu_pd, _mm512_mask_storeu_ps, _mm512_maskz_loadu_pd,
        _mm512_maskz_loadu_ps, _mm512_set1_pd, _mm512_set1_ps, _mm512_storeu_pd, _mm512_storeu_ps,
    };

    use super::Lanes;

    /// The mask for `count` lanes of AVX-512, of which there are at most 16: a bit each.
    #[inline(always)]
    fn bits_16(count: usize) -> u16 {
        !(u16::MAX.checked_shl(count as u32).unwrap_or(0))
    }

    /// The same for at most 8.
    #[inline(always)]
    fn bits_8(count: usize) -> u8 {
        !(u8::MAX.checked_shl(count as u32).unwrap_or(0))
    }

    /// The mask for `count` lanes of AVX2: a number as wide as a lane, with its sign bit set for those that count.
    macro_rules! signs {
        ($name:ident, $integer:ty, $lanes:literal) => {
            #[inline(always)]
            unsafe fn $name(count: usize) -> __m256i {
                const SIGNS: [$integer; 2 * $lanes] = {
                    let mut signs = [0; 2 * $lanes];
                    let mut lane = 0;
                    while lane < $lanes {
                        signs[lane] = -1;
                        lane += 1;
                    }
                    signs
                };
                let window = SIGNS.as_ptr().wrapping_add($lanes - count).cast::<__m256i>();
                // SAFETY: the window of one vector begins at most `$lanes` numbers into a table of two vectors.
                unsafe { _mm256_loadu_si256(window) }
            }
        };
    }

    signs!(signs_32, i32, 8);
    signs!(signs_64, i64, 4);

    macro_rules! lanes {
        (
            $vector:ident, $scalar:ident, $lanes:literal, $splat:ident, $load:ident, $store:ident, $fma:ident,
            load_part($from:ident, $loaded:ident) $load_part:expr, store_part($to:ident, $stored:ident, $this:ident) $store_part:expr
        ) => {
            impl Lanes for $vector {
                type Scalar = $scalar;
                const COUNT: usize = $lanes;

                #[inline(always)]
                unsafe fn splat(x: $scalar) -> Self {
                    // SAFETY: the caller says that the processor has the instruction.
                    unsafe { $splat(x) }
                }

                #[inline(always)]
                unsafe fn load(from: *const $scalar) -> Self {
                    // SAFETY: the caller says so of the instruction and of the numbers.
                    unsafe { $load(from) }
                }

                #[inline(always)]
                unsafe fn load_part($from: *const $scalar, $loaded: usize) -> Self {
                    $load_part
                }

                #[inline(always)]
                unsafe fn store(self, to: *mut $scalar) {
                    // SAFETY: the caller says so of the instruction and of the room.
                    unsafe { $store(to, self) }
                }

                #[inline(always)]
                unsafe fn store_part(self, $to: *mut $scalar, $stored: usize) {
                    let $this = self;
                    $store_part
                }

                #[inline(always)]
                unsafe fn mul_add(self, b: Self, c: Self) -> Self {
                    // SAFETY: the caller says that the processor has the instruction.
                    unsafe { $fma(self, b, c) }
                }
            }
        };
    }

    lanes!(
        __m512, f32, 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_fmadd_ps,
        // SAFETY: lanes whose bit is not set are not read.
        load_part(from, count) unsafe { _mm512_maskz_loadu_ps(bits_16(count), from) },
        // SAFETY: lanes whose bit is not set are not written.
        store_part(to, count, this) unsafe { _mm512_mask_storeu_ps(to, bits_16(count), this) }
    );
    lanes!(
        __m512d, f64, 8, _mm512_set1_pd, _mm512_loadu_pd, _mm512_storeu_pd, _mm512_fmadd_pd,
        // SAFETY: lanes whose bit is not set are not read.
        load_part(from, count) unsafe { _mm512_maskz_loadu_pd(bits_8(count), from) },
        // SAFETY: lanes whose bit is not set are not written.
        store_part(to, count, this) unsafe { _mm512_mask_storeu_pd(to, bits_8(count), this) }
    );
    lanes!(
        __m256, f32, 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_fmadd_ps,
        load_part(from, count) {
            // SAFETY: the caller says that the processor has AVX, and `count` is at most 8.
            let mask = unsafe { signs_32(count) };
            // SAFETY: lanes that the mask leaves out are not read.
            unsafe { _mm256_maskload_ps(from, mask) }
        },
        store_part(to, count, this) {
            // SAFETY: the caller says that the processor has AVX, and `count` is at most 8.
            let mask = unsafe { signs_32(count) };
            // SAFETY: lanes that the mask leaves out are not written.
            unsafe { _mm256_maskstore_ps(to, mask, this) }
        }
    );
    lanes!(
        __m256d, f64, 4, _mm256_set1_pd, _mm256_loadu_pd, _mm256_storeu_pd, _mm256_fmadd_pd,
        load_part(from, count) {
            // SAFETY: the caller says that the processor has AVX, and `count` is at most 4.
            let mask = unsafe { signs_64(count) };
            // SAFETY: lanes that the mask leaves out are not read.
            unsafe { _mm256_maskload_pd(from, mask) }
        },
        store_part(to, count, this) {
            // SAFETY: the caller says that the processor has AVX, and `count` is at most 4.
            let mask = unsafe { signs_64(count) };
            // SAFETY: lanes that the mask leaves out are not written.
            unsafe { _mm256_maskstore_pd(to, mask, this) }
        }
    );
}
