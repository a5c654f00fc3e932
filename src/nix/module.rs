//! A NixOS module with nothing but settings.

use serde::Serialize;

use super::print::{self, PrintError};

/// `{ path = settings; }`, laid out as nixfmt does. `path` must be names that need no quotes, with
/// dots in between; `settings` a set that is not empty.
pub fn of_settings<T: Serialize + ?Sized>(path: &str, settings: &T) -> Result<String, PrintError> {
    let set = print::to_string(settings)?;
    // No string spans lines: the printer escapes line ends.
    let set = set.trim_end().replace('\n', "\n  ");
    Ok(format!("{{\n  {path} = {set};\n}}\n"))
}
