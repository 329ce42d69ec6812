//! Texts of any kind: those with mistakes, and those that no rule of the catalogue has yet.
