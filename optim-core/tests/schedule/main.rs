//! Schedules: against PyTorch's tables and against their definitions (`tables/`, made by `tools/schedules.py`), what is
//! made of them by combination, what they refuse, what they remember, and the picture of all of them.

mod combination;
mod kind;
mod number;
mod picture;
mod plateau;
mod table;
