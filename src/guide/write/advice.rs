//! How to live with the modules: updates, trouble, migration, rollout, habits.

use std::fmt::Write;

use super::syntax::{code, table, text};
use super::{counted, names};
use crate::inventory::{Category, Flag, Inventory, Module, Stability, Text};

pub fn sections(out: &mut String, inventory: &Inventory) {
    updates(out, inventory);
    trouble(out, inventory);
    migration(out, inventory);
    rollout(out, inventory);
    out.push_str(HABITS);
}

fn updates(out: &mut String, inventory: &Inventory) {
    out.push_str("\n## Updates\n\n");
    for stability in Stability::ALL {
        let level = inventory.stabilities.get(stability);
        let _ = writeln!(
            out,
            "- **{}:** {}",
            text(&level.title),
            text(&level.updates)
        );
    }
    out.push_str(REVIEWS);
}

const REVIEWS: &str = "
| When             | What to look at                                          |
| ---------------- | -------------------------------------------------------- |
| every month      | which modules are enabled, and the level of each         |
| every quarter    | new versions of modules, and changed levels              |
| before upgrades  | whether the new Prosody still loads each module          |
| after incidents  | whether a module was involved                            |
";

fn trouble(out: &mut String, inventory: &Inventory) {
    out.push_str("\n## Troubleshooting\n");
    for stability in Stability::ALL {
        let level = inventory.stabilities.get(stability);
        if level.advice.is_empty() {
            continue;
        }
        let _ = write!(out, "\nWith modules of level {}:\n\n", text(&level.title));
        for advice in &level.advice {
            let _ = writeln!(out, "- {}", text(advice));
        }
    }
    out.push_str(COMMANDS);
}

const COMMANDS: &str = "
### Commands

| Command                                       | What it shows                                                        |
| --------------------------------------------- | -------------------------------------------------------------------- |
| `prosody-stability resolve --env-file .env`   | what these flags load, and why                                       |
| `prosody-stability explain mam`               | everything about one module                                          |
| `prosodyctl about`                            | the version of Prosody and where it searches for modules             |
| `prosodyctl check config`                     | errors in the configuration, but not missing modules                 |
| `prosodyctl shell module list`                | what is really loaded (the server must run, with `admin_shell`)      |

Other copies of this guide list `module:list_loaded()` instead. Prosody has no such command.
";

fn migration(out: &mut String, inventory: &Inventory) {
    if inventory.renamed_flags.is_empty() {
        return;
    }
    let rows: Vec<_> = inventory
        .renamed_flags
        .iter()
        .map(|(former, flag)| {
            let former = format!("PROSODY_ENABLE_{}", former.to_uppercase());
            vec![code(&former), code(&inventory.flags.get(*flag).env)]
        })
        .collect();
    let _ = write!(
        out,
        "\n## Migration from the former flags\n\n\
         Flags used to be named after features only. To migrate:\n\n\
         1. Back up the configuration.\n\
         2. Rename the variables in this table. All others keep their names.\n\
         3. Run `prosody-stability resolve --env-file` on the file, and compare with what loads today.\n\
         4. Restart Prosody, check the log, and test what your users do every day.\n\n{}\n\
         The former name still works, with a warning. Both names with different values are an error.\n",
        table(&["Former name", "New name"], &rows)
    );
}

fn rollout(out: &mut String, inventory: &Inventory) {
    let beta = code(&inventory.flags.get(Flag::Beta).env);
    let alpha = code(&inventory.flags.get(Flag::Alpha).env);
    let _ = write!(
        out,
        "\n## Gradual rollout\n\n\
         1. Start with {beta} and {alpha} set to `false`.\n\
         2. Enable beta modules one category at a time, as in the table.\n\
         3. After each step, check the log and ask your users before you continue.\n\
         4. Enable alpha modules only where you need them, and on a test server first.\n"
    );
    let mut rows = Vec::new();
    let mut categories = Vec::new();
    for category in Category::ALL {
        let beta = |(_, m): &(&Text, &Module)| {
            m.category() == category && m.stability() == Stability::Beta
        };
        let new: Vec<_> = inventory.modules.iter().filter(beta).collect();
        if new.is_empty() {
            continue;
        }
        categories.push(category.name());
        let extra = new[0].1.flags().iter().filter(|flag| **flag != Flag::Beta);
        let extra = names(extra.map(|flag| flag.name()));
        rows.push(vec![
            code(&categories.join(",")),
            names(new.iter().map(|(name, _)| name.as_str())),
            if extra.is_empty() {
                extra
            } else {
                format!("if {extra} is on")
            },
        ]);
    }
    if !rows.is_empty() {
        let count = counted(rows.len(), "step");
        let header = ["Value", "Adds", "Condition"];
        let _ = write!(
            out,
            "\nThe values of {beta} in {count}:\n\n{}",
            table(&header, &rows)
        );
    }
}

const HABITS: &str = "
## Good habits

In production:

- Keep the security modules enabled.
- Use stable and beta modules, and no alpha modules.
- Measure performance before and after you enable a module.
- Plan how to revert before you change anything.

For development and testing:

- Try alpha modules here, so that you know them when they mature.
- Report problems to the maintainers, and document which modules work together.
- Keep this configuration separate from production.

For security:

- Review the enabled modules regularly, and disable those that you do not use.
- Keep modules up to date, and follow the advisories: [Prosody's](https://prosody.im/security/), its \
[blog](https://blog.prosody.im/), and those of the [Debian package](https://security-tracker.debian.org/tracker/source-package/prosody).
- Grant no more permissions than a task needs.

## Where to ask

- Prosody's community meets in a chat room and on mailing lists: <https://prosody.im/discuss>.
- Report problems with Prosody and community modules at <https://issues.prosody.im/>.
- Documentation of community modules: <https://modules.prosody.im/>.
";
