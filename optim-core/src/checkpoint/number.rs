//! [`Number`]: the number types of a file.

/// What a tensor's numbers are. A file may have more than a model can; what is not in this list is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    F64,
    F32,
    F16,
    BF16,
    U8,
    /// Whole numbers and truth values, which no model has: bytes a number, and the name.
    Other(usize, &'static str),
}

/// The others.
const OTHERS: [(usize, &str); 8] =
    [(1, "BOOL"), (1, "I8"), (2, "I16"), (2, "U16"), (4, "I32"), (4, "U32"), (8, "I64"), (8, "U64")];

impl Number {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "F64" => Some(Number::F64),
            "F32" => Some(Number::F32),
            "F16" => Some(Number::F16),
            "BF16" => Some(Number::BF16),
            "U8" => Some(Number::U8),
            _ => OTHERS.iter().find(|other| other.1 == name).map(|&(size, name)| Number::Other(size, name)),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Number::F64 => "F64",
            Number::F32 => "F32",
            Number::F16 => "F16",
            Number::BF16 => "BF16",
            Number::U8 => "U8",
            Number::Other(_, name) => name,
        }
    }

    /// Bytes a number.
    pub(super) fn size(self) -> usize {
        match self {
            Number::F64 => 8,
            Number::F32 => 4,
            Number::F16 | Number::BF16 => 2,
            Number::U8 => 1,
            Number::Other(size, _) => size,
        }
    }
}

/// A number of half precision, exactly.
pub(super) fn from_f16(bits: u16) -> f32 {
    let (exponent, fraction) = (u32::from(bits >> 10 & 0x1f), u32::from(bits & 0x3ff));
    let magnitude = match exponent {
        // A multiple of 2^-24: exact as a product.
        0 => return (fraction as f32 / 16_777_216.0).copysign(if bits >> 15 == 1 { -1.0 } else { 1.0 }),
        0x1f => 0x7f80_0000 | fraction << 13,
        _ => (exponent + 112) << 23 | fraction << 13,
    };
    f32::from_bits(u32::from(bits >> 15) << 31 | magnitude)
}

/// A number of the format bfloat16, which is the upper half of an `f32`.
pub(super) fn from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[cfg(test)]
mod tests {
    use super::{from_bf16, from_f16};

    #[test]
    fn half_precision_is_that_of_ieee_754() {
        for (bits, number) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 2_f32.powi(-14)),
            (0x03ff, 1023.0 * 2_f32.powi(-24)),
            (0x8001, -(2_f32.powi(-24))),
            (0x3555, 0.333_251_95),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(from_f16(bits), number, "{bits:x}");
        }
        assert_eq!(from_f16(0x8000).to_bits(), (-0.0_f32).to_bits());
        assert!(from_f16(0x7e00).is_nan());
        assert_eq!(from_bf16(0x3fc0), 1.5);
    }
}
