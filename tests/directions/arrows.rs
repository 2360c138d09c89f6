//! Which file uses what of which other.

use std::collections::{BTreeSet, HashSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{
    ItemMacro, ItemUse, Macro, PatIdent,
    visit::{self, Visit},
};

use crate::code::{Code, Name, attributes, imports, is_shown, is_test};

/// One file uses a name that another one defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) line: usize,
    /// As it stands in the code.
    pub(crate) path: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Module(usize),
    /// An item of this file.
    Item(usize),
}

type Seen = HashSet<(usize, Vec<String>)>;

impl Code {
    /// All arrows between files.
    pub(crate) fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = BTreeSet::new();
        for (id, module) in self.modules.iter().enumerate() {
            let mut walk = Walk {
                code: self,
                module: id,
                locals: HashSet::new(),
                arrows: &mut arrows,
            };
            for item in &module.items {
                walk.visit_item(item);
            }
        }
        arrows.into_iter().collect()
    }

    /// The files that define what `path` means in the module `at`.
    fn files(&self, at: usize, path: &[String]) -> BTreeSet<usize> {
        let mut targets = self.resolve(at, path, false, &mut Seen::new());
        if targets.is_empty() {
            targets = self.resolve(at, path, true, &mut Seen::new());
        }
        let items = targets.into_iter().filter_map(|target| match target {
            Target::Item(file) => Some(file),
            Target::Module(_) => None,
        });
        items.collect()
    }

    fn resolve(
        &self,
        at: usize,
        path: &[String],
        guess: bool,
        seen: &mut Seen,
    ) -> BTreeSet<Target> {
        if path.is_empty() || !seen.insert((at, path.to_vec())) {
            return BTreeSet::new();
        }
        let mut targets = match path[0].as_str() {
            "crate" | "$crate" => BTreeSet::from([Target::Module(self.modules[at].root)]),
            "self" | "super" => self.step(at, &path[0], guess, seen),
            name => {
                let found = self.step(at, name, guess, seen);
                match self.crates.get(name) {
                    Some(&root) if found.is_empty() => BTreeSet::from([Target::Module(root)]),
                    _ => found,
                }
            }
        };
        for name in &path[1..] {
            let mut next = BTreeSet::new();
            for target in &targets {
                if let Target::Module(module) = target {
                    next.extend(self.step(*module, name, guess, seen));
                }
            }
            if next.is_empty() {
                // A variant or an associated item of what was found, or nothing.
                targets.retain(|target| matches!(target, Target::Item(_)));
                return targets;
            }
            targets = next;
        }
        targets
    }

    fn step(&self, at: usize, name: &str, guess: bool, seen: &mut Seen) -> BTreeSet<Target> {
        let module = &self.modules[at];
        match name {
            "self" => return BTreeSet::from([Target::Module(at)]),
            "super" => return module.parent.into_iter().map(Target::Module).collect(),
            _ => {}
        }
        let mut found = BTreeSet::new();
        for it in module.names.get(name).into_iter().flatten() {
            match it {
                Name::Item => found.extend([Target::Item(module.file)]),
                Name::Module(child) => found.extend([Target::Module(*child)]),
                Name::Import(path) => found.extend(self.resolve(at, path, guess, seen)),
            }
        }
        if !found.is_empty() || !seen.insert((at, vec!["*".to_owned(), name.to_owned()])) {
            return found;
        }
        for glob in &module.globs {
            let mut path = glob.clone();
            path.push(name.to_owned());
            found.extend(self.resolve(at, &path, guess, seen));
        }
        if guess && found.is_empty() && module.macro_words.contains(name) {
            found.insert(Target::Item(module.file));
        }
        found
    }
}

/// Follows the paths in one module.
struct Walk<'a> {
    code: &'a Code,
    module: usize,
    /// The variables of the function: no name of a module is meant by them.
    locals: HashSet<String>,
    arrows: &'a mut BTreeSet<Arrow>,
}

impl Walk<'_> {
    fn file(&self) -> usize {
        self.code.modules[self.module].file
    }

    fn follow(&mut self, path: &[String], line: usize) {
        if let [name] = path
            && self.locals.contains(name)
        {
            return;
        }
        for to in self.code.files(self.module, path) {
            self.add(to, path, line);
        }
    }

    fn add(&mut self, to: usize, path: &[String], line: usize) {
        let from = self.file();
        if from != to {
            let path = path.join("::");
            self.arrows.insert(Arrow {
                from,
                to,
                line,
                path,
            });
        }
    }

    /// Follows what looks like a path among the tokens of a macro; in a macro's definition only what has `::`.
    fn scan(&mut self, tokens: TokenStream, is_definition: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(it)) if it.as_char() == sign);
        let mut at = 0;
        while at < tokens.len() {
            let start = at;
            at += 1;
            match &tokens[start] {
                TokenTree::Group(group) => self.scan(group.stream(), is_definition),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                TokenTree::Ident(first) => {
                    let mut path = vec![first.to_string()];
                    while is(at, ':')
                        && is(at + 1, ':')
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 2)
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    let before = |sign| start > 0 && is(start - 1, sign);
                    let is_variable = before('$') && first != "crate";
                    let is_called = matches!(tokens.get(at), Some(TokenTree::Group(it)) if it.delimiter() == Delimiter::Parenthesis);
                    let is_plain = path.len() == 1;
                    let is_type = path[0].starts_with(char::is_uppercase);
                    if is_variable
                        || is_plain && (is_definition || before('.') || !is_type && !is_called)
                    {
                        continue;
                    }
                    self.follow(&path, first.span().start().line);
                }
            }
        }
    }

    fn in_function(&mut self, collect: impl FnOnce(&mut Locals), visit: impl FnOnce(&mut Self)) {
        let mut locals = Locals(self.locals.clone());
        collect(&mut locals);
        let outer = std::mem::replace(&mut self.locals, locals.0);
        visit(self);
        self.locals = outer;
    }
}

impl Visit<'_> for Walk<'_> {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    /// What the names of a module's own children are given on by is a doorplate, not an arrow.
    fn visit_item_use(&mut self, item: &ItemUse) {
        for import in imports(item) {
            if import.name.is_none() {
                continue;
            }
            for to in self.code.files(self.module, &import.path) {
                let is_doorplate = is_shown(item)
                    && self.code.files[to]
                        .path
                        .starts_with(&self.code.files[self.file()].folder);
                if !is_doorplate {
                    self.add(to, &import.path, import.line);
                }
            }
        }
    }

    fn visit_item_macro(&mut self, item: &ItemMacro) {
        if item.ident.is_some() {
            self.scan(item.mac.tokens.clone(), true);
        } else {
            self.visit_macro(&item.mac);
        }
    }

    fn visit_macro(&mut self, it: &Macro) {
        self.visit_path(&it.path);
        self.scan(it.tokens.clone(), false);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        if path.leading_colon.is_none() {
            let names: Vec<String> = path
                .segments
                .iter()
                .map(|it| it.ident.to_string())
                .collect();
            self.follow(&names, path.segments[0].ident.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, _: &syn::Attribute) {}

    fn visit_visibility(&mut self, _: &syn::Visibility) {}

    fn visit_item_fn(&mut self, it: &syn::ItemFn) {
        self.in_function(
            |locals| locals.visit_item_fn(it),
            |walk| visit::visit_item_fn(walk, it),
        );
    }

    fn visit_impl_item_fn(&mut self, it: &syn::ImplItemFn) {
        if !is_test(&it.attrs) {
            self.in_function(
                |locals| locals.visit_impl_item_fn(it),
                |walk| visit::visit_impl_item_fn(walk, it),
            );
        }
    }

    fn visit_trait_item_fn(&mut self, it: &syn::TraitItemFn) {
        self.in_function(
            |locals| locals.visit_trait_item_fn(it),
            |walk| visit::visit_trait_item_fn(walk, it),
        );
    }

    fn visit_expr_closure(&mut self, it: &syn::ExprClosure) {
        self.in_function(
            |locals| locals.visit_expr_closure(it),
            |walk| visit::visit_expr_closure(walk, it),
        );
    }
}

/// The variables that are bound somewhere in a function.
struct Locals(HashSet<String>);

impl Visit<'_> for Locals {
    fn visit_pat_ident(&mut self, it: &PatIdent) {
        let name = it.ident.to_string();
        if name.starts_with(char::is_lowercase) {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, it);
    }
}
