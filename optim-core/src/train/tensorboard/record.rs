//! Records as `TensorFlow` frames them: length, checksum of the length, data, checksum of the data.
//!
//! ```text
//! u64  length                 little endian
//! u32  masked crc of length
//! u8   data[length]
//! u32  masked crc of data
//! ```

/// The polynomial of CRC-32C (Castagnoli), bits reversed.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// What a byte does to the checksum.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
};

/// CRC-32C, as iSCSI has it (RFC 3720).
pub(super) fn crc32c(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |crc: u32, &byte| TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8))
}

/// The checksum as it is stored: data that contains checksums of its own would otherwise give poor ones.
pub(super) fn masked_crc32c(data: &[u8]) -> u32 {
    crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// `data` as a record, at the end of `out`.
pub(super) fn push_record(out: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&masked_crc32c(&length).to_le_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(&masked_crc32c(data).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::{crc32c, masked_crc32c, push_record};

    #[test]
    fn checksums_are_those_of_the_standard() {
        // The check value of the catalogue of CRCs, and the examples of RFC 3720, B.4.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(b""), 0);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        let up: Vec<u8> = (0..32).collect();
        let down: Vec<u8> = (0..32).rev().collect();
        assert_eq!((crc32c(&up), crc32c(&down)), (0x46dd_794e, 0x113f_db5c));
    }

    #[test]
    fn the_mask_is_that_of_the_format() {
        // What `TensorBoard`'s own functions (`crc32c`, `masked_crc32c`) return, of a word and of a length.
        assert_eq!((crc32c(b"foo"), masked_crc32c(b"foo")), (0xcfc4_ae1d, 0xfebe_8a61));
        assert_eq!(masked_crc32c(&26_u64.to_le_bytes()), 0x2dd8_9b12);
    }

    #[test]
    fn a_record_is_framed() {
        let mut out = vec![7];
        push_record(&mut out, b"abc");
        assert_eq!(out.len(), 1 + 8 + 4 + 3 + 4);
        assert_eq!(&out[1..9], [3, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&out[9..13], masked_crc32c(&[3, 0, 0, 0, 0, 0, 0, 0]).to_le_bytes());
        assert_eq!(&out[13..16], b"abc");
        assert_eq!(&out[16..], masked_crc32c(b"abc").to_le_bytes());
    }
}
