//! Data: the embedded digits, IDX files good and bad, batches.

use optim_core::ErrorKind;
use optim_core::ndarray::{Array2, Axis, array};
use optim_models::data::idx::{self, Idx};
use optim_models::data::{digits, digits_split};
use optim_models::{Batches, Dataset};

#[test]
fn the_digits_are_those_of_the_source() {
    let digits = digits::<f64>();
    assert_eq!((digits.inputs.dim(), digits.labels.len(), digits.classes), ((1_797, 64), 1_797, 10));
    let first = digits.inputs.row(0).mapv(|x| x * 16.0);
    assert_eq!(first.to_vec()[..16], [0., 0., 5., 13., 9., 1., 0., 0., 0., 0., 13., 15., 10., 15., 5., 0.]);
    assert_eq!(digits.labels[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    assert_eq!(digits.labels[1_790..], [8, 4, 9, 0, 8, 9, 8]);
    let mut counts = [0; 10];
    digits.labels.iter().for_each(|&label| counts[label] += 1);
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    assert_eq!(digits.inputs.iter().copied().fold(f64::NAN, f64::max), 1.0);
    assert_eq!(digits.inputs.sum() * 16.0, 561_718.0);
}

#[test]
fn the_split_keeps_the_order() {
    let (train, test) = digits_split::<f32>();
    assert_eq!((train.len(), test.len()), (1_437, 360));
    let all = digits::<f32>();
    assert_eq!(all.inputs.index_axis(Axis(0), 1_437), test.inputs.index_axis(Axis(0), 0));
    assert_eq!(all.labels[1_437..], test.labels);
    let (whole, none) = all.split_at(10_000);
    assert_eq!((whole.len(), none.len(), none.inputs.dim()), (1_797, 0, (0, 64)));
}

/// An IDX file.
fn file(shape: &[u32], numbers: &[u8]) -> Vec<u8> {
    let axes = u8::try_from(shape.len()).unwrap();
    let lengths = shape.iter().flat_map(|length| length.to_be_bytes());
    [0, 0, 8, axes].into_iter().chain(lengths).chain(numbers.iter().copied()).collect()
}

#[test]
fn images_and_labels_are_read() {
    let (images, labels) = (file(&[2, 1, 2], &[0, 51, 102, 255]), file(&[2], &[9, 0]));
    let read = idx::dataset::<f64>([("images", &images), ("labels", &labels)], 255.0, 10).unwrap();
    assert_eq!(read, Dataset { inputs: array![[0.0, 0.2], [0.4, 1.0]], labels: vec![9, 0], classes: 10 });

    let folder = std::env::temp_dir().join(format!("optim-idx-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let paths = [folder.join("images"), folder.join("labels")];
    std::fs::write(&paths[0], &images).unwrap();
    std::fs::write(&paths[1], &labels).unwrap();
    assert_eq!(idx::load::<f64>(&paths[0], &paths[1]).unwrap(), read);
    let error = idx::load::<f64>(&paths[0], folder.join("nothing")).unwrap_err().to_string();
    assert!(error.contains("nothing`: "), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_file_that_is_not_what_it_says_is_an_error_that_names_it() {
    let message = |bytes: &[u8]| {
        let error = Idx::parse("train", bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        error.to_string()
    };
    let good = file(&[2, 2], &[1, 2, 3, 4]);
    assert!(Idx::parse("train", &good).is_ok());
    for end in 0..good.len() {
        assert!(message(&good[..end]).starts_with("`train`: "), "cut after {end}");
    }
    assert_eq!(message(&good[..2]), "`train`: 2 bytes are too few for an IDX file");
    assert_eq!(message(&good[..9]), "`train`: ends in the header, before the length of axis 1 of 2");
    let longer = [good.as_slice(), &[5]].concat();
    assert_eq!(
        message(&longer),
        "`train`: the header says [2, 2], which is 4 bytes, and 5 follow: something was appended"
    );
    assert_eq!(message(&[0x1f, 0x8b, 8, 0, 0]), "`train`: is compressed with gzip; unpack it first");
    assert_eq!(message(b"PK\x03\x04"), "`train`: begins with 0x50 0x4b, an IDX file with 0x00 0x00");
    assert_eq!(
        message(&[0, 0, 0x0d, 1, 0, 0, 0, 0]),
        "`train`: holds numbers of type 0x0d; only unsigned bytes, 0x08, are read"
    );
    let huge = file(&[u32::MAX, u32::MAX, u32::MAX], &[]);
    assert_eq!(
        message(&huge),
        "`train`: the header says [4294967295, 4294967295, 4294967295], which is more than fits in memory"
    );
}

#[test]
fn images_and_labels_that_do_not_fit_each_other_are_errors() {
    let message = |images: &[u8], labels: &[u8]| {
        idx::dataset::<f32>([("images", images), ("labels", labels)], 1.0, 10).unwrap_err().to_string()
    };
    let (images, labels) = (file(&[2, 1, 1], &[1, 2]), file(&[2], &[0, 1]));
    assert_eq!(message(&labels, &images), "`images`: has one axis, images have three");
    assert_eq!(message(&images, &images), "`labels`: has 3 axes, labels have one");
    assert_eq!(message(&images, &file(&[3], &[0, 1, 2])), "`images` holds 2 images, `labels` 3 labels");
    assert_eq!(message(&images, &file(&[2], &[0, 10])), "`labels`: label 10 of example 1 is not in 0..10, the classes");
    let none = idx::dataset::<f32>([("i", &file(&[0, 28, 28], &[])), ("l", &file(&[0], &[]))], 1.0, 10).unwrap();
    assert_eq!((none.is_empty(), none.inputs.dim()), (true, (0, 784)));
}

/// Ten examples whose input says which they are.
fn ten() -> Dataset<f32> {
    Dataset::new(Array2::from_shape_fn((10, 2), |(i, _)| i as f32), (0..10).collect(), 10).unwrap()
}

fn epoch(batches: &mut Batches<'_, f32>) -> Vec<usize> {
    let mut seen = Vec::new();
    while let Some((x, labels)) = batches.next_batch() {
        assert!(x.rows().into_iter().zip(labels).all(|(x, &label)| x == array![label as f32, label as f32]));
        seen.extend_from_slice(labels);
    }
    seen
}

#[test]
fn every_example_comes_once_an_epoch_in_an_order_of_the_seed() {
    let data = ten();
    let mut batches = Batches::new(&data, 3, 42).unwrap();
    assert_eq!(epoch(&mut batches), (0..10).collect::<Vec<_>>(), "the data's own order before the first shuffle");
    assert!(batches.next_batch().is_none());
    // These orders are the same on every platform and in every version: programs quote results by seed.
    batches.shuffle();
    let first = epoch(&mut batches);
    assert_eq!(first, [5, 3, 1, 0, 9, 6, 4, 7, 2, 8]);
    batches.rewind();
    assert_eq!(epoch(&mut batches), first);
    batches.shuffle();
    let mut second = epoch(&mut batches);
    assert_ne!(second, first);
    second.sort_unstable();
    assert_eq!(second, (0..10).collect::<Vec<_>>());

    let order = |seed| {
        let mut batches = Batches::new(&data, 10, seed).unwrap();
        batches.shuffle();
        epoch(&mut batches)
    };
    assert_eq!(order(42), first, "the batch size does not change the order");
    assert_ne!(order(43), first);
}

#[test]
fn the_order_of_the_digits_is_golden() {
    let (train, _) = digits_split::<f32>();
    let mut batches = Batches::new(&train, 32, 1).unwrap();
    batches.shuffle();
    assert_eq!(batches.order()[..8], [207, 359, 123, 201, 1_173, 432, 298, 366]);
    assert_eq!(batches.count(), 45);
}

#[test]
fn batches_at_their_limits() {
    let data = ten();
    let sizes = |size| {
        let mut batches = Batches::new(&data, size, 1).unwrap();
        let mut sizes = Vec::new();
        while let Some((_, labels)) = batches.next_batch() {
            sizes.push(labels.len());
        }
        assert_eq!(sizes.len(), batches.count());
        sizes
    };
    assert_eq!(sizes(4), [4, 4, 2]);
    assert_eq!(sizes(5), [5, 5]);
    assert_eq!(sizes(usize::MAX), [10]);
    assert_eq!(Batches::new(&data, 0, 1).unwrap_err().to_string(), "a batch of 0 examples: write 1 or more");
    let none = Dataset::<f32>::new(Array2::zeros((0, 2)), Vec::new(), 10).unwrap();
    let mut batches = Batches::new(&none, 4, 1).unwrap();
    batches.shuffle();
    assert!(batches.next_batch().is_none());
    Dataset::<f32>::new(Array2::zeros((1, 2)), Vec::new(), 10).unwrap_err();
}
