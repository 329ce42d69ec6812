//! [`Checksum`]: CRC-64/XZ, which finds every single flipped bit, and every run of flipped bits up to 64.

/// The polynomial of ECMA-182, its bits reversed.
const POLYNOMIAL: u64 = 0xc96c_5795_d787_0f42;

/// What a byte does to the sum, at each of eight distances from the end.
static TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let (mut sum, mut bit) = (byte as u64, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 };
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
    }
    let mut distance = 1;
    while distance < 8 {
        let mut byte = 0;
        while byte < 256 {
            let nearer = tables[distance - 1][byte];
            tables[distance][byte] = nearer >> 8 ^ tables[0][(nearer & 0xff) as usize];
            byte += 1;
        }
        distance += 1;
    }
    tables
}

/// The sum of the bytes that were added.
#[derive(Clone, Debug)]
pub(super) struct Checksum(u64);

impl Checksum {
    pub(super) fn new() -> Self {
        Checksum(!0)
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            let mixed = (self.0 ^ u64::from_le_bytes(*eight)).to_le_bytes();
            self.0 = (0..8).fold(0, |sum, i| sum ^ TABLES[7 - i][usize::from(mixed[i])]);
        }
        for &byte in rest {
            self.0 = self.0 >> 8 ^ TABLES[0][usize::from(self.0.to_le_bytes()[0] ^ byte)];
        }
    }

    /// As it stands in a file: sixteen digits.
    pub(super) fn digits(&self) -> String {
        format!("{:016x}", !self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Checksum;

    fn of(parts: &[&[u8]]) -> String {
        let mut sum = Checksum::new();
        for part in parts {
            sum.add(part);
        }
        sum.digits()
    }

    #[test]
    fn is_that_of_the_catalogue_of_checksums() {
        assert_eq!(of(&[b"123456789"]), "995dc9bbdf1939fa");
        assert_eq!(of(&[]), "0000000000000000");
    }

    #[test]
    fn does_not_depend_on_how_the_bytes_come() {
        let bytes: Vec<u8> = (0..100_u8).collect();
        for at in 0..100 {
            assert_eq!(of(&[&bytes[..at], &bytes[at..]]), of(&[&bytes]));
        }
    }
}
