//! Rules inside of functions, beside local names.

#[cfg(test)]
mod tests {
    use super::super::moved;

    #[test]
    fn two_functions_have_rules_of_one_name() {
        fn first() -> f64 {
            opt::define_optimizer! {
                #[optim(crate = "opt")]
                struct Local { lr: f64 = 0.5 }
                update(w, g) { w -= lr * g; }
            }
            moved(Local::default())
        }
        fn second() -> f64 {
            let lr = 7.0;
            opt::define_optimizer! {
                #[optim(crate = "opt")]
                struct Local;
                update(w, g) { w -= g; }
            }
            moved(Local) + lr
        }
        assert_eq!((first().to_bits(), second().to_bits()), (0.5_f64.to_bits(), 7.0_f64.to_bits()));
    }
}
