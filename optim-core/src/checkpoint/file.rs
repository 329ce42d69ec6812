//! [`Contents`]: a file of the format safetensors, read and checked, or written.
//!
//! Eight bytes say how long the header is; the header is a JSON object of the tensors' names, number types, shapes and
//! places, and of texts under `__metadata__`; then come the numbers, little-endian, without a gap.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use super::checksum::Checksum;
use super::json::{Reader, Result, push_string};
use super::number::Number;
use crate::error::Error;
use crate::replace::replace;

/// How a header begins that has a checksum: its digits come next, and count as zeros in it.
const START: &str = "{\"__metadata__\":{\"checksum\":\"";
const ZEROS: &str = "0000000000000000";
const METADATA: &str = "__metadata__";
const CHECKSUM: &str = "checksum";

/// A tensor in a file.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) number: Number,
    pub(super) shape: Vec<usize>,
    place: Range<usize>,
}

/// What a file contains, in the order of its header; no name stands twice, since no object's reader lets it.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) metadata: Vec<(String, String)>,
    pub(super) tensors: Vec<(String, Stored)>,
    /// Whether it has a checksum, which then is right.
    pub(super) checked: bool,
    bytes: Vec<u8>,
}

impl Contents {
    pub(super) fn read(path: &Path) -> std::result::Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|error| Error::file("read", path, &error))?;
        Self::parse(bytes).map_err(|text| damaged(path, &text))
    }

    /// Reads a whole file.
    pub(super) fn parse(bytes: Vec<u8>) -> Result<Self> {
        let cut = || format!("it ends after {} bytes, in its header", bytes.len());
        let length = bytes.first_chunk().map(|length| u64::from_le_bytes(*length)).ok_or_else(cut)?;
        let data = usize::try_from(length).ok().and_then(|length| length.checked_add(8)).ok_or_else(cut)?;
        let header = bytes.get(8..data).ok_or_else(cut)?;
        // Before anything else: what is wrong in a damaged file is not where it shows.
        let checked = check_sum(&bytes, header)?;
        let header = str::from_utf8(header).map_err(|error| format!("its header is not UTF-8: {error}"))?;
        let (metadata, tensors) = read_header(header, data)?;
        check_places(&tensors, data..bytes.len())?;
        Ok(Contents { metadata, tensors, checked, bytes })
    }

    /// The bytes of a tensor's numbers.
    pub(super) fn bytes(&self, tensor: &Stored) -> &[u8] {
        &self.bytes[tensor.place.clone()]
    }
}

/// A file that is not what it should be.
pub(super) fn damaged(path: &Path, text: &str) -> Error {
    Error::data(format!("`{}`: {text}", path.display()))
}

/// Whether there is a checksum. It is over the whole file, its own digits as zeros.
fn check_sum(bytes: &[u8], header: &[u8]) -> Result<bool> {
    let Some(digits) = header.strip_prefix(START.as_bytes()).and_then(|rest| rest.get(..ZEROS.len())) else {
        return Ok(false);
    };
    let (before, behind) = (8 + START.len(), 8 + START.len() + ZEROS.len());
    let mut sum = Checksum::new();
    sum.add(&bytes[..before]);
    sum.add(ZEROS.as_bytes());
    sum.add(&bytes[behind..]);
    if sum.digits().as_bytes() == digits {
        return Ok(true);
    }
    let written = String::from_utf8_lossy(digits);
    Err(format!("it is damaged: its checksum is {}, and {written} was written", sum.digits()))
}

fn read_header(header: &str, data: usize) -> Result<(Vec<(String, String)>, Vec<(String, Stored)>)> {
    let (mut metadata, mut tensors) = (Vec::new(), Vec::new());
    let mut reader = Reader::new(header);
    reader.object(&mut |reader, name| {
        if name != METADATA {
            tensors.push((name.to_owned(), read_tensor(reader, name, data)?));
            return Ok(());
        }
        reader.object(&mut |reader, name| {
            metadata.push((name.to_owned(), reader.string()?));
            Ok(())
        })
    })?;
    reader.end()?;
    Ok((metadata, tensors))
}

fn read_tensor(reader: &mut Reader<'_>, name: &str, data: usize) -> Result<Stored> {
    let (mut number, mut shape, mut place) = (None, None, None);
    reader.object(&mut |reader, field| {
        match field {
            "dtype" => number = Some(reader.string()?),
            "shape" => shape = Some(reader.list()?),
            "data_offsets" => place = Some(reader.list()?),
            _ => return Err(format!("`{name}` has `{field}`, which is not known")),
        }
        Ok(())
    })?;
    let (Some(number), Some(shape), Some(place)) = (number, shape, place) else {
        return Err(format!("`{name}` has not all of `dtype`, `shape` and `data_offsets`"));
    };
    let number = Number::named(&number).ok_or_else(|| format!("`{name}` has the number type `{number}`"))?;
    let shape: Option<Vec<usize>> = shape.into_iter().map(|length| usize::try_from(length).ok()).collect();
    let size = shape.as_ref().and_then(|shape| {
        // Also without the lengths that are 0: an array of this shape has to be possible.
        let lengths = shape.iter().copied();
        let all = lengths.clone().filter(|&length| length > 0).try_fold(number.size(), usize::checked_mul);
        let empty = lengths.into_iter().any(|length| length == 0);
        all.filter(|&all| isize::try_from(all).is_ok()).map(|all| if empty { 0 } else { all })
    });
    let places: Option<Vec<usize>> =
        place.iter().map(|&place| usize::try_from(place).ok()?.checked_add(data)).collect();
    match (shape, size, places.as_deref()) {
        (Some(shape), Some(size), Some(&[start, end])) if start.checked_add(size) == Some(end) => {
            Ok(Stored { number, shape, place: start..end })
        }
        _ => Err(format!("`{name}` does not have the bytes of its shape")),
    }
}

/// Tensors stand one behind the other, from the header to the end of the file.
fn check_places(tensors: &[(String, Stored)], data: Range<usize>) -> Result<()> {
    let mut places: Vec<(usize, usize, &str)> =
        tensors.iter().map(|(name, tensor)| (tensor.place.start, tensor.place.end, name.as_str())).collect();
    places.sort_unstable();
    let mut at = data.start;
    for (start, end, name) in places {
        if start != at {
            return Err(format!("`{name}` begins at byte {start}, not {at}"));
        }
        if end > data.end {
            return Err(format!("it ends after {} bytes, in `{name}`", data.end));
        }
        at = end;
    }
    if at != data.end {
        return Err(format!("{} bytes at its end belong to nothing", data.end - at));
    }
    Ok(())
}

/// A tensor to be written: `fill` adds its bytes, some at a time.
pub(super) struct Part<'p> {
    pub(super) number: Number,
    pub(super) shape: Vec<usize>,
    pub(super) fill: Box<dyn Fn(&mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> + 'p>,
}

/// Writes a file with a checksum in the place of `path`.
pub(super) fn write(
    path: &Path,
    metadata: &[(String, String)],
    mut tensors: Vec<(String, Part<'_>)>,
) -> std::result::Result<(), Error> {
    // Wide numbers first: so each stands where its size divides the place.
    tensors.sort_unstable_by(|(name, part), (other_name, other)| {
        (other.number.size(), name).cmp(&(part.number.size(), other_name))
    });
    let header = header(metadata, &tensors);
    let written = replace(path, |file| write_to(file, &header, &tensors));
    written.map_err(|error| Error::file("written", path, &error))
}

fn header(metadata: &[(String, String)], tensors: &[(String, Part<'_>)]) -> String {
    let mut header = format!("{START}{ZEROS}\"");
    for (name, text) in metadata.iter().filter(|(name, _)| *name != CHECKSUM) {
        header.push(',');
        push_string(&mut header, name);
        header.push(':');
        push_string(&mut header, text);
    }
    header.push('}');
    let mut at = 0;
    for (name, part) in tensors {
        header.push(',');
        push_string(&mut header, name);
        let end = at + part.shape.iter().product::<usize>() * part.number.size();
        let (number, shape) = (part.number.name(), &part.shape);
        let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
        let shape = shape.join(",");
        // A text takes what is written to it.
        let _ = write!(header, ":{{\"dtype\":\"{number}\",\"shape\":[{shape}],\"data_offsets\":[{at},{end}]}}");
        at = end;
    }
    header.push('}');
    // Numbers begin at a multiple of eight.
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    header
}

fn write_to(file: &mut File, header: &str, tensors: &[(String, Part<'_>)]) -> io::Result<()> {
    let mut out = BufWriter::new(&mut *file);
    let mut sum = Checksum::new();
    let mut put = |bytes: &[u8]| {
        sum.add(bytes);
        out.write_all(bytes)
    };
    put(&(header.len() as u64).to_le_bytes())?;
    put(header.as_bytes())?;
    for (_, part) in tensors {
        (part.fill)(&mut put)?;
    }
    out.flush()?;
    drop(out);
    file.seek(SeekFrom::Start(8 + START.len() as u64))?;
    file.write_all(sum.digits().as_bytes())
}
