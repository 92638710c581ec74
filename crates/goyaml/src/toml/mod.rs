//! TOML as `BurntSushi/toml` v1.6 reads and writes it: `fromToml` and `toToml`.

mod chars;
mod datetime;
mod decode;
mod encode;
mod number;
mod string;
mod tree;

pub use chars::Error;
pub use datetime::{Datetime, Zone};
pub use decode::from_slice;
pub use encode::to_vec;
