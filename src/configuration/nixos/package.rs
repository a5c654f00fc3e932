//! What can be seen of a package of Prosody without building it.

use rnix::ast::{Apply, Expr};

use super::literal::{Literal, describe, literal};
use super::scope::{Term, function_name, plain_name};
use super::terms::Terms;
use crate::configuration::services_prosody::value::Package;

/// The argument of the package that enables what it installs.
const ENABLES: &str = "withCommunityModules";
/// The argument that only installs.
const INSTALLS: &str = "withOnlyInstalledCommunityModules";

/// The package behind a term, or a description of what is there instead.
pub(super) fn package(terms: &mut Terms, term: &Term) -> Result<Package, String> {
    if !terms.enter() {
        return Err("too deep to follow".to_owned());
    }
    let term = terms.resolve(term);
    let package = match &term.expr {
        Expr::Apply(apply) => overridden(terms, &term, apply),
        // `pkgs.prosody`
        other if function_name(other).as_deref() == Some("prosody") => Ok(Package::default()),
        other => Err(describe(other)),
    };
    terms.leave();
    package
}

/// `package.override { … }`
fn overridden(terms: &mut Terms, term: &Term, apply: &Apply) -> Result<Package, String> {
    let other = || describe(&term.expr);
    let (Some(function), Some(argument)) = (apply.lambda(), apply.argument()) else {
        return Err(other());
    };
    let function = terms.resolve(&term.with(function));
    let Expr::Select(select) = &function.expr else {
        return Err(other());
    };
    let names: Option<Vec<String>> = select
        .attrpath()
        .map(|path| path.attrs().map(|attr| plain_name(&attr)).collect())
        .unwrap_or_default();
    let Some((last, inner)) = names.as_deref().and_then(<[String]>::split_last) else {
        return Err(other());
    };
    let is_prosody = match inner.last() {
        Some(name) => name == "prosody",
        None => false,
    };
    if last != "override" {
        return Err(format!("a package changed with `{last}`"));
    }
    let mut package = match (inner.is_empty(), select.expr()) {
        (true, Some(base)) => self::package(terms, &function.with(base))?,
        (false, _) if is_prosody => Package::default(),
        _ => return Err(other()),
    };
    let mut argument = terms.resolve(&term.with(argument));
    if let Expr::Lambda(lambda) = &argument.expr.clone()
        && let Some(body) = terms.body(&argument, lambda)
    {
        argument = terms.resolve(&body);
    }
    if !matches!(argument.expr, Expr::AttrSet(_)) {
        return Err(format!("a package with {}", describe(&argument.expr)));
    }
    for name in [ENABLES, INSTALLS] {
        let Some(list) = terms.attribute(&argument, &[name.to_owned()]) else {
            continue;
        };
        let Ok(Literal::List(modules)) = literal(terms, &list) else {
            return Err(format!("a package whose `{name}` is not a literal"));
        };
        if name == ENABLES {
            let at = terms.resolve(&list).at();
            package.enabled = modules.into_iter().map(|name| (name, at.clone())).collect();
        } else {
            package.installed = modules;
        }
    }
    Ok(package)
}
