//! The tables of modules: what each is for, what the guide gets wrong, and real names.

use std::fmt::Write;

use super::syntax::{code, prose, table, text};
use crate::inventory::{Category, Clash, Inventory, Module, Placement, Stability, Text, spec_url};

/// The categories that have a table for each level; the others have one table for all levels.
const BY_LEVEL: [Category; 3] = [Category::Security, Category::Modern, Category::Enterprise];

/// A module and its name.
type Named<'a> = (&'a str, &'a Module<'a>);

/// Tables under headings that name category and level, in the shape that `import` reads.
pub fn section(out: &mut String, inventory: &Inventory) {
    out.push_str("\n## Module inventory\n");
    let of = |category, stability: Option<Stability>| -> Vec<Named<'_>> {
        inventory
            .modules
            .iter()
            .map(|(name, module)| (name.as_str(), module))
            .filter(|(_, m)| m.category() == category)
            .filter(|(_, m)| stability.is_none_or(|wanted| m.stability() == wanted))
            .collect()
    };
    group(
        out,
        inventory,
        "### Core modules",
        Category::Core,
        &of(Category::Core, None),
    );
    for stability in [Stability::Stable, Stability::Beta, Stability::Alpha] {
        let groups = BY_LEVEL.map(|category| (category, of(category, Some(stability))));
        if groups.iter().any(|(_, modules)| !modules.is_empty()) {
            let _ = write!(out, "\n### {} modules\n", capital(stability.name()));
        }
        for (category, modules) in groups {
            let heading = format!("#### {} ({})", heading(category), capital(stability.name()));
            group(out, inventory, &heading, category, &modules);
        }
    }
    for category in [Category::Http, Category::Admin] {
        let heading = format!("### {} (mixed stability)", heading(category));
        group(out, inventory, &heading, category, &of(category, None));
    }
}

/// The heading of a category: not its title, in which `import` may not find the category.
fn heading(category: Category) -> &'static str {
    match category {
        Category::Core => "Core",
        Category::Security => "Security",
        Category::Modern => "Modern XMPP",
        Category::Enterprise => "Enterprise",
        Category::Http => "HTTP",
        Category::Admin => "Administration",
    }
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_ascii_uppercase() + rest
}

/// A column of a table: its heading and its content for a module.
type Column = (&'static str, fn(&Named<'_>) -> String);

fn group(
    out: &mut String,
    inventory: &Inventory,
    heading: &str,
    category: Category,
    modules: &[Named<'_>],
) {
    if modules.is_empty() {
        return;
    }
    let has = |filled: fn(&Module) -> bool| modules.iter().any(|(_, module)| filled(module));
    let mixed = matches!(category, Category::Http | Category::Admin);
    let columns: [(bool, Column); 7] = [
        (true, ("Module", |(name, _)| code(name))),
        (true, ("Purpose", |(_, m)| text(&m.purpose))),
        (mixed, ("Stability", |(_, m)| capital(m.stability().name()))),
        (
            has(|m| m.notes.is_some()),
            ("Notes", |(_, m)| optional(m.notes.as_ref())),
        ),
        (
            has(|m| m.specs().next().is_some()),
            ("Specifications", |(_, m)| specs(m)),
        ),
        (
            has(|m| m.placement == Placement::Component),
            ("Placement", |(_, m)| placement(m)),
        ),
        (
            has(|m| m.safeguarding.is_some()),
            ("XMPP safeguarding", |(_, m)| {
                optional(m.safeguarding.as_deref())
            }),
        ),
    ];
    let columns: Vec<_> = columns
        .into_iter()
        .filter(|(shown, _)| *shown)
        .map(|(_, c)| c)
        .collect();
    let header: Vec<_> = columns.iter().map(|(heading, _)| *heading).collect();
    let rows: Vec<_> = modules
        .iter()
        .map(|module| columns.iter().map(|(_, cell)| cell(module)).collect())
        .collect();
    let description = text(&inventory.categories.get(category).description);
    let _ = write!(
        out,
        "\n{heading}\n\n{description}\n\n{}",
        table(&header, &rows)
    );
}

fn optional(note: Option<&Text>) -> String {
    note.map(|note| text(note)).unwrap_or_default()
}

fn specs(module: &Module) -> String {
    let linked = |spec: &str| match spec_url(spec) {
        Some(_) => format!("[{spec}]"),
        None => text(spec),
    };
    module.specs().map(linked).collect::<Vec<_>>().join(", ")
}

fn placement(module: &Module) -> String {
    match module.placement {
        Placement::Host => "host",
        Placement::Component => "component",
    }
    .to_owned()
}

/// Modules that want more than to be loaded: configuration, or others out of their way.
pub fn requirements(out: &mut String, inventory: &Inventory) {
    let configured = inventory.modules.iter().filter_map(|(name, module)| {
        let configuration = prose(module.configuration.as_deref()?);
        Some(vec![code(name), configuration])
    });
    let configured: Vec<_> = configured.collect();
    let clashes = inventory.modules.iter().flat_map(|(name, module)| {
        let clash = move |c: &Clash| vec![code(name), code(&c.with), prose(&c.effect)];
        module.clashes.iter().map(clash)
    });
    let clashes: Vec<_> = clashes.collect();
    if !configured.is_empty() {
        let header = ["Module", "What to configure"];
        let _ = write!(
            out,
            "\n## Modules that need configuration\n\n\
             These have no effect until they are configured.\n\n{}",
            table(&header, &configured)
        );
    }
    if !clashes.is_empty() {
        let header = ["Module", "Other module", "When both load"];
        let _ = write!(
            out,
            "\n## Modules that clash\n\n{}",
            table(&header, &clashes)
        );
    }
}

/// What guides in circulation get wrong.
pub fn corrections(out: &mut String, inventory: &Inventory) {
    let rows: Vec<_> = inventory
        .modules
        .iter()
        .flat_map(|(name, module)| module.corrections.iter().map(move |c| (name, c)))
        .map(|(name, c)| vec![code(name), code(&c.field), text(&c.guide), prose(&c.why)])
        .collect();
    if rows.is_empty() {
        return;
    }
    let header = ["Module", "Field", "Other copies", "Correction"];
    let _ = write!(
        out,
        "\n## Known errors\n\n\
         Other copies of this guide contain these errors. Where the error is in the purpose, this guide keeps the wording, so read it together with this table.\n\n{}",
        table(&header, &rows)
    );
}

/// Modules that Prosody and its community collection know by another name, or not at all.
pub fn upstream_names(out: &mut String, inventory: &Inventory) {
    let rows: Vec<_> = inventory
        .modules
        .iter()
        .filter_map(|(name, module)| Some((name, module.upstream.as_ref()?)))
        .map(|(name, upstream)| {
            let named = |name: &Option<Text>| name.as_deref().map(code).unwrap_or_default();
            let note = upstream.note.as_deref().map(prose).unwrap_or_default();
            vec![
                code(name),
                named(&upstream.name),
                named(&upstream.replaced_by),
                note,
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let header = ["Module", "Name in Prosody", "Use instead", "What happened"];
    let _ = write!(
        out,
        "\n## Names in Prosody\n\n\
         Prosody looks for a module by its file name. These modules have a different name there, are superseded, or do not exist.\n\n{}",
        table(&header, &rows)
    );
}
