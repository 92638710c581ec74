//! Flow control: `fail`.

use gotemplate::Function;
use gotemplate::Type::String as Text;

use crate::args::{fail, text};
use crate::table::function;

pub(crate) static FUNCTIONS: &[Function] = &[function("fail", &[Text], |_, a| fail(text(a, 0)?))];
