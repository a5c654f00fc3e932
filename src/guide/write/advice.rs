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
| every month      | which modules are on, and at which level each of them is |
| every quarter    | new versions of modules, and levels that changed         |
| before upgrades  | whether the new Prosody still has and runs each module   |
| after incidents  | whether a module had a part in it                        |
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

| Command                                       | What it tells                                                        |
| --------------------------------------------- | -------------------------------------------------------------------- |
| `prosody-stability resolve --env-file .env`   | what these flags load, and why                                       |
| `prosody-stability explain mam`               | all about one module                                                 |
| `prosodyctl about`                            | the version of Prosody and where it looks for modules                |
| `prosodyctl check config`                     | errors in the configuration; a missing module is no failure to it    |
| `prosodyctl shell module list`                | what is really loaded; the server must run and have `admin_shell` on |

Other copies of this guide name `module:list_loaded()` for the last one. Prosody has no such command.
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
         Flags used to follow features only. Coming from there:\n\n\
         1. Keep a copy of the configuration.\n\
         2. Rename the variables of this table; all others keep their names.\n\
         3. Run `prosody-stability resolve --env-file` on the file and compare with what loads today.\n\
         4. Restart Prosody, read the log, and try what your users do every day.\n\n{}\n\
         The former name still works, with a warning. Both names with different values are an error.\n",
        table(&["Former name", "Name now"], &rows)
    );
}

fn rollout(out: &mut String, inventory: &Inventory) {
    let beta = code(&inventory.flags.get(Flag::Beta).env);
    let alpha = code(&inventory.flags.get(Flag::Alpha).env);
    let _ = write!(
        out,
        "\n## Gradual rollout\n\n\
         1. Start with {beta} and {alpha} set to `false`.\n\
         2. Let beta modules in one category at a time, as in the table.\n\
         3. After each step watch the log and ask the users before you go on.\n\
         4. Take alpha modules only where you need them, and on a test server first.\n"
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

- Keep the security modules on, always.
- Build on stable and beta modules; leave alpha modules out.
- Measure what a module costs before and after you switch it on.
- Know how to go back before you change anything.

For development and testing:

- Run alpha modules here, so that you know them when they mature.
- Tell the maintainers what breaks, and write down what fits together.
- Keep this configuration apart from the one in production.

For security:

- Go through the modules that are on regularly, and switch off what nobody uses.
- Keep modules up to date, and follow the advisories: [Prosody's](https://prosody.im/security/), its \
[blog](https://blog.prosody.im/), and those of the [Debian package](https://security-tracker.debian.org/tracker/source-package/prosody).
- Give nobody more rights than the task takes.

## Where to ask

- Prosody's community meets in a chat room and on mailing lists: <https://prosody.im/discuss>.
- Faults of Prosody and of community modules are reported at <https://issues.prosody.im/>.
- What a community module does, and what it needs: <https://modules.prosody.im/>.
";
