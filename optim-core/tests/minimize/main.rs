//! L-BFGS and conjugate gradients: minima and counts against SciPy's, conditions of the line search, promises of a step.

mod functions;
mod noise;
mod persist;
mod promises;
mod scipy;
mod settings;
mod steps;
