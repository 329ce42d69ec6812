//! Events as protocol buffers: of `event.proto`, `summary.proto` and `tensor.proto` what is needed, with its field numbers.

use crate::real::Real;
use crate::train::Histogram;

/// A message that is being written. Fields that have their default (0, "") may stand there too: readers do not mind.
#[derive(Default)]
struct Message(Vec<u8>);

/// How a field's value is written.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Bytes8 = 1,
    Length = 2,
    Bytes4 = 5,
}

impl Message {
    fn varint(&mut self, mut x: u64) {
        while x >= 0x80 {
            self.0.push(x.to_le_bytes()[0] | 0x80);
            x >>= 7;
        }
        self.0.push(x.to_le_bytes()[0]);
    }

    fn key(&mut self, field: u64, wire: Wire) {
        self.varint(field << 3 | wire as u64);
    }

    fn int(mut self, field: u64, x: u64) -> Self {
        self.key(field, Wire::Varint);
        self.varint(x);
        self
    }

    fn double(mut self, field: u64, x: f64) -> Self {
        self.key(field, Wire::Bytes8);
        self.0.extend_from_slice(&x.to_le_bytes());
        self
    }

    fn float(mut self, field: u64, x: f32) -> Self {
        self.key(field, Wire::Bytes4);
        self.0.extend_from_slice(&x.to_le_bytes());
        self
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.key(field, Wire::Length);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn message(self, field: u64, message: Message) -> Self {
        self.bytes(field, &message.0)
    }

    /// A `repeated double`, packed.
    fn doubles(self, field: u64, numbers: impl Iterator<Item = f64>) -> Self {
        let bytes: Vec<u8> = numbers.flat_map(f64::to_le_bytes).collect();
        self.bytes(field, &bytes)
    }
}

/// When, in seconds since 1970, and in which step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) time: f64,
    pub(super) step: u64,
}

impl Moment {
    /// `Event { wall_time = 1, step = 2 }`
    fn event(self) -> Message {
        Message::default().double(1, self.time).int(2, self.step)
    }

    /// `Event { summary = 5: Summary { value = 1: Value { tag = 1, … } } }`
    fn summary(self, tag: &str, content: impl FnOnce(Message) -> Message) -> Vec<u8> {
        let value = content(Message::default().bytes(1, tag.as_bytes()));
        self.event().message(5, Message::default().message(1, value)).0
    }
}

/// The first event of a file: `Event { file_version = 3 }`.
pub(super) fn version(time: f64) -> Vec<u8> {
    Moment { time, step: 0 }.event().bytes(3, b"brain.Event:2").0
}

/// A run that goes on: readers forget what they have of this step and later ones.
/// `Event { session_log = 7: SessionLog { status = 1: START } }`
pub(super) fn start(at: Moment) -> Vec<u8> {
    at.event().message(7, Message::default().int(1, 1)).0
}

/// `Value { simple_value = 2 }`, a `float`.
pub(super) fn scalar(at: Moment, tag: &str, value: f64) -> Vec<u8> {
    at.summary(tag, |message| message.float(2, f32::from_f64(value)))
}

/// `Value { histo = 5: HistogramProto { min = 1, max, num, sum, sum_squares, bucket_limit, bucket = 7 } }`
pub(super) fn histogram(at: Moment, tag: &str, histogram: &Histogram) -> Vec<u8> {
    let (edges, counts) = (histogram.edges(), histogram.counts());
    let (min, max) = if edges.is_empty() { (0.0, 0.0) } else { (histogram.min(), histogram.max()) };
    let proto = Message::default()
        .double(1, min)
        .double(2, max)
        .double(3, histogram.count() as f64)
        .double(4, histogram.sum())
        .double(5, histogram.sum_of_squares())
        .doubles(6, edges.iter().copied().skip(1))
        .doubles(7, counts.iter().map(|&count| count as f64));
    at.summary(tag, |message| message.message(5, proto))
}

/// `Value { tensor = 8: TensorProto { dtype = 1: DT_STRING, tensor_shape = 2: { dim = 2: { size = 1: 1 } }, string_val = 8 },
/// metadata = 9: SummaryMetadata { plugin_data = 1: { plugin_name = 1: "text" }, data_class = 4: TENSOR } }`
pub(super) fn text(at: Moment, tag: &str, text: &str) -> Vec<u8> {
    let shape = Message::default().message(2, Message::default().int(1, 1));
    let tensor = Message::default().int(1, 7).message(2, shape).bytes(8, text.as_bytes());
    let metadata = Message::default().message(1, Message::default().bytes(1, b"text")).int(4, 2);
    at.summary(tag, |message| message.message(8, tensor).message(9, metadata))
}

#[cfg(test)]
mod tests {
    use super::{Message, Moment, scalar, version};

    #[test]
    fn numbers_are_encoded_as_the_documentation_of_protocol_buffers_shows() {
        let bytes = |x| Message::default().int(1, x).0;
        assert_eq!(bytes(150), [0x08, 0x96, 0x01]);
        assert_eq!(bytes(0), [0x08, 0x00]);
        assert_eq!(bytes(i64::MAX.unsigned_abs()), [8, 255, 255, 255, 255, 255, 255, 255, 255, 127]);
        assert_eq!(Message::default().bytes(2, b"testing").0, *b"\x12\x07testing");
        assert_eq!(Message::default().message(3, Message::default().int(1, 150)).0, [0x1a, 0x03, 0x08, 0x96, 0x01]);
    }

    #[test]
    fn an_event_is_encoded_by_hand() {
        let mut expected = vec![0x09];
        expected.extend(1.5_f64.to_le_bytes());
        expected.extend([0x10, 0xac, 0x02]); // step: 300
        expected.extend([0x2a, 13, 0x0a, 11]); // summary, value
        expected.extend([0x0a, 4, b'l', b'o', b's', b's']);
        expected.push(0x15);
        expected.extend(0.25_f32.to_le_bytes());
        assert_eq!(scalar(Moment { time: 1.5, step: 300 }, "loss", 0.25), expected);
        assert!(version(0.0).ends_with(b"\x1a\x0dbrain.Event:2"));
    }
}
