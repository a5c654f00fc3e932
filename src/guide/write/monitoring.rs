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
         ### At the start\n\n\
         Prosody starts whatever fails to load, and does not log what loaded. The module \
         `stability_profile`, which `prosody-stability plugin` prints, counts at each start what really \
         runs. With the flags at their defaults, and every module there, its line is:\n\n{}\n\
         It also names each module that should load and does not. Compare the line with the one of \
         `prosody-stability resolve`, or let `prosody-stability status` compare. `prosodyctl shell \
         stability` prints it at any time.\n{WATCHING}",
        block("text", [line.to_string()])
    );
}

const WATCHING: &str = r#"
### In the log

What fails to load, and what the module above says, can be watched as it comes:

```sh
tail -F /var/log/prosody/prosody.log | grep -E 'modulemanager|Unable to load|stability_profile'
```

On NixOS, and wherever Prosody logs to systemd, `journalctl --follow --unit prosody` takes the place of `tail`.

| In the log                 | What to do                                                                        |
| -------------------------- | --------------------------------------------------------------------------------- |
| `Unable to load module`    | read the reason behind it; `prosody-stability check` names many before the start  |
| `should load and does not` | `prosody-stability status` says on which hosts, and `explain` what is known of it |
| `Beyond the plan runs`     | see what asks for it with `prosody-stability resolve`, or leave it be             |
"#;
