//! Links the program as one file.

fn main() -> linking::Result {
    linking::one_file()
}
