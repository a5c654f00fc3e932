//! Conditions, strings and paths that the text of a configuration decides.

use std::path::PathBuf;

use rnix::ast::{AstToken, Attr, BinOp, BinOpKind, Expr, Interpol, InterpolPart, Str, UnaryOpKind};

use super::literal::excerpt;
use super::scope::{Term, node};
use super::terms::Terms;
use crate::configuration::services_prosody::value::COMPUTED;

impl Terms {
    /// Whether a condition holds, if its text decides that.
    pub(super) fn decide(&mut self, condition: &Term) -> Option<bool> {
        if !self.enter_chain() {
            return None;
        }
        let condition = self.resolve(condition);
        let decided = match &condition.expr {
            Expr::Ident(ident) => match ident.to_string().as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            Expr::UnaryOp(not) if not.operator() == Some(UnaryOpKind::Invert) => not
                .expr()
                .and_then(|inner| self.decide(&condition.with(inner)))
                .map(|inner| !inner),
            Expr::BinOp(operation) => self.decide_both(&condition, operation),
            _ => None,
        };
        self.leave_chain();
        decided
    }

    fn decide_both(&mut self, at: &Term, operation: &BinOp) -> Option<bool> {
        // The side that decides alone: false for `&&`, true for `||`.
        let deciding = match operation.operator()? {
            BinOpKind::And => false,
            BinOpKind::Or => true,
            _ => return None,
        };
        let left = self.decide(&at.with(operation.lhs()?));
        if left == Some(deciding) {
            return left;
        }
        let right = self.decide(&at.with(operation.rhs()?));
        match (left, right) {
            (_, Some(right)) if right == deciding => Some(right),
            (Some(_), Some(right)) => Some(right),
            _ => None,
        }
    }

    /// A name in a path: written out, or a variable that stands for a string.
    pub(super) fn name_of(&mut self, term: &Term, attr: &Attr) -> Option<String> {
        match attr {
            Attr::Ident(ident) => Some(ident.to_string()),
            Attr::Str(text) => self.text_of(term, text),
            Attr::Dynamic(dynamic) => self.string(&term.with(dynamic.expr()?)),
        }
    }

    /// The same, with a mark and the text of the name where it is computed.
    pub(super) fn name_or_mark(&mut self, term: &Term, attr: &Attr) -> String {
        let name = self.name_of(term, attr);
        name.unwrap_or_else(|| {
            let text = node(attr).text().to_string();
            format!("{COMPUTED}{}", text.chars().take(60).collect::<String>())
        })
    }

    /// A string, if all of it is known.
    pub(super) fn string(&mut self, term: &Term) -> Option<String> {
        let term = self.resolve(term);
        match &term.expr {
            Expr::Str(text) => self.text_of(&term, text),
            _ => None,
        }
    }

    pub(super) fn text_of(&mut self, term: &Term, text: &Str) -> Option<String> {
        let mut plain = String::new();
        for part in text.normalized_parts() {
            match part {
                InterpolPart::Literal(literal) => plain.push_str(&literal),
                InterpolPart::Interpolation(inner) => {
                    plain.push_str(&self.interpolated(term, &inner)?);
                }
            }
        }
        self.step_over(plain.len()).then_some(plain)
    }

    fn interpolated(&mut self, term: &Term, inner: &Interpol) -> Option<String> {
        if !self.enter_chain() {
            return None;
        }
        let text = inner.expr().and_then(|expr| self.string(&term.with(expr)));
        self.leave_chain();
        // No name and no path is longer; a text that doubles itself ends here.
        text.filter(|text| text.len() <= 4096 && self.step_over(text.len()))
    }

    /// The file that a path names.
    pub(super) fn path(&mut self, term: &Term) -> Option<PathBuf> {
        if !self.enter_chain() {
            return None;
        }
        let path = self.path_of(term);
        self.leave_chain();
        path
    }

    fn path_of(&mut self, term: &Term) -> Option<PathBuf> {
        if self.is_flake_itself(&term.expr) {
            return self
                .flake
                .as_ref()
                .and_then(|(directory, _)| directory.clone());
        }
        let term = self.resolve(term);
        let parts = match &term.expr {
            Expr::PathRel(path) => path.parts(),
            Expr::PathAbs(path) => path.parts(),
            Expr::BinOp(sum) if sum.operator() == Some(BinOpKind::Add) => {
                let start = self.path(&term.with(sum.lhs()?))?;
                let end = self.string(&term.with(sum.rhs()?))?;
                return Some(start.join(end.trim_start_matches('/')));
            }
            // "${self}/hosts/a.nix"
            Expr::Str(text) => {
                let parts = text.normalized_parts();
                let (InterpolPart::Interpolation(first), rest) = parts.split_first()? else {
                    return None;
                };
                let start = self.path(&term.with(first.expr()?))?;
                let [InterpolPart::Literal(end)] = rest else {
                    return rest.is_empty().then_some(start);
                };
                return Some(start.join(end.trim_start_matches('/')));
            }
            _ => return None,
        };
        let mut text = String::new();
        for part in parts {
            match part {
                InterpolPart::Literal(literal) => text.push_str(literal.syntax().text()),
                InterpolPart::Interpolation(inner) => {
                    text.push_str(&self.interpolated(&term, &inner)?);
                }
            }
        }
        let directory = self.files.directory(term.file)?;
        Some(directory.join(text.trim_start_matches("./")))
    }

    /// Whether an expression is `self` or `inputs.self` of the flake.
    fn is_flake_itself(&self, expr: &Expr) -> bool {
        let name = match expr {
            Expr::Ident(_) | Expr::Select(_) => excerpt(expr),
            _ => return false,
        };
        self.flake.is_some() && ["self", "inputs.self", "self.outPath"].contains(&name.as_str())
    }
}
