//! IDX files, the format of MNIST: images and labels as unsigned bytes.
//!
//! Two zeros, the type of the numbers (8: unsigned bytes), the number of axes; the length of each axis as a big-endian
//! 32-bit number; then the numbers, the last axis running fastest
//! (Y. LeCun, C. Cortes, C. Burges, *The MNIST database*).

use std::path::Path;

use optim_core::ndarray::Array2;
use optim_core::{Error, Real};

use super::Dataset;

/// The type code of unsigned bytes.
const BYTES: u8 = 0x08;
/// What a file that was compressed with gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// An array of unsigned bytes, as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx<'b> {
    /// The length of each axis.
    pub shape: Vec<usize>,
    /// The numbers, in logical order.
    pub numbers: &'b [u8],
}

impl<'b> Idx<'b> {
    /// Reads the bytes of a file; `name` stands in errors.
    ///
    /// ```
    /// use optim_models::data::idx::Idx;
    ///
    /// let labels = Idx::parse("labels", &[0, 0, 8, 1, 0, 0, 0, 3, 7, 2, 1])?;
    /// assert_eq!((labels.shape, labels.numbers), (vec![3], &[7, 2, 1][..]));
    ///
    /// let error = Idx::parse("labels", &[0, 0, 8, 1, 0, 0, 0, 3, 7, 2]).unwrap_err();
    /// assert_eq!(error.to_string(), "`labels`: the header says [3], which is 3 bytes, and 2 follow: truncated?");
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is no IDX file, one of other numbers than unsigned bytes, or longer or shorter than it says.
    pub fn parse(name: &str, bytes: &'b [u8]) -> Result<Self, Error> {
        let problem = |text: String| Err(Error::data(format!("`{name}`: {text}")));
        if bytes.starts_with(&GZIP) {
            return problem("is compressed with gzip; unpack it first".into());
        }
        let Some((&[zero, null, kind, axes], mut rest)) = bytes.split_first_chunk() else {
            return problem(format!("{} bytes are too few for an IDX file", bytes.len()));
        };
        if [zero, null] != [0, 0] {
            return problem(format!("begins with {zero:#04x} {null:#04x}, an IDX file with 0x00 0x00"));
        }
        if kind != BYTES {
            return problem(format!("holds numbers of type {kind:#04x}; only unsigned bytes, {BYTES:#04x}, are read"));
        }
        let mut shape = Vec::with_capacity(axes.into());
        for axis in 0..axes {
            let Some((length, after)) = rest.split_first_chunk() else {
                return problem(format!("ends in the header, before the length of axis {axis} of {axes}"));
            };
            shape.push(u32::from_be_bytes(*length) as usize);
            rest = after;
        }
        let size = shape.iter().try_fold(1_usize, |size, &length| size.checked_mul(length));
        match size {
            Some(size) if size == rest.len() => Ok(Idx { shape, numbers: rest }),
            Some(size) => {
                let guess = if rest.len() < size { "truncated?" } else { "something was appended" };
                problem(format!("the header says {shape:?}, which is {size} bytes, and {} follow: {guess}", rest.len()))
            }
            None => problem(format!("the header says {shape:?}, which is more than fits in memory")),
        }
    }
}

/// A data set from the bytes of two files, each with the name that stands in errors: images of any size, each one row
/// of the inputs, divided by `scale`; labels, each in `0..classes`.
///
/// # Errors
/// As for [`Idx::parse`]; when images have not three axes or labels not one, when there are not as many of one as of
/// the other, and when a label is not a class.
pub fn dataset<A: Real>(files: [(&str, &[u8]); 2], scale: f64, classes: usize) -> Result<Dataset<A>, Error> {
    let [(images_name, images), (labels_name, labels)] = files;
    let (images, labels) = (Idx::parse(images_name, images)?, Idx::parse(labels_name, labels)?);
    let &[count, height, width] = images.shape.as_slice() else {
        return Err(Error::data(format!("`{images_name}`: {}, images have three", axes(&images.shape))));
    };
    let &[labelled] = labels.shape.as_slice() else {
        return Err(Error::data(format!("`{labels_name}`: {}, labels have one", axes(&labels.shape))));
    };
    if count != labelled {
        let message = format!("`{images_name}` holds {count} images, `{labels_name}` {labelled} labels");
        return Err(Error::data(message));
    }
    let numbers = images.numbers.iter().map(|&byte| A::from_f64(f64::from(byte) / scale)).collect();
    let inputs = Array2::from_shape_vec((count, height * width), numbers)
        .map_err(|error| Error::data(format!("`{images_name}`: {error}")))?;
    let labels = labels.numbers.iter().map(|&byte| byte.into()).collect();
    Dataset::new(inputs, labels, classes).map_err(|error| Error::data(format!("`{labels_name}`: {error}")))
}

/// A data set from two files, unpacked: pixels from 0 to 1 (divided by 255), ten classes. What MNIST comes as.
///
/// # Errors
/// When a file cannot be read, and as for [`dataset`].
pub fn load<A: Real>(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<Dataset<A>, Error> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| Error::data(format!("`{}`: {error}", path.display())));
    let (images, labels) = (images.as_ref(), labels.as_ref());
    let names = [images, labels].map(|path| path.display().to_string());
    let (images, labels) = (read(images)?, read(labels)?);
    dataset([(&names[0], &images), (&names[1], &labels)], 255.0, 10)
}

fn axes(shape: &[usize]) -> String {
    match shape.len() {
        1 => "has one axis".into(),
        count => format!("has {count} axes"),
    }
}
