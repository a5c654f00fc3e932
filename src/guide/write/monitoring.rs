//! What a server says about its modules at its start, and what to watch for in its log.

use std::fmt::Write;

use super::syntax::block;
use crate::inventory::Inventory;
use crate::inventory::profile_line::ProfileLine;

pub fn section(out: &mut String, inventory: &Inventory) {
    let line = ProfileLine::of(inventory, &inventory.flags.defaults());
    let _ = write!(
        out,
        "\n## Monitoring\n\n\
         ### At startup\n\n\
         Prosody starts even if modules fail to load, and does not log which modules loaded. The module \
         `stability_profile`, which `prosody-stability plugin` prints, counts at each startup what really loads. With the default flags, and every module installed, it logs:\n\n{}\n\
         It also lists each module that is expected but not loaded. Compare the line with that of `prosody-stability resolve`, or run `prosody-stability status`. `prosodyctl shell \
         stability` prints it at any time.\n{WATCHING}",
        block("text", [line.to_string()])
    );
}

const WATCHING: &str = r#"
### In the log

To watch for modules that fail to load, and for the messages of `stability_profile`:

```sh
tail -F /var/log/prosody/prosody.log | grep -E 'modulemanager|Unable to load|stability_profile'
```

On NixOS, and wherever Prosody logs to systemd, use `journalctl --follow --unit prosody` instead of `tail`.

| In the log                 | What to do                                                                        |
| -------------------------- | --------------------------------------------------------------------------------- |
| `Unable to load module`    | read the reason behind it; `prosody-stability check` names many before the start  |
| `is expected but not loaded` | `prosody-stability status` says on which hosts, and `explain` what is known of it |
| `Not in the plan`     | see what asks for it with `prosody-stability resolve`, or leave it be             |
"#;
