//! What stands where in a crate: its modules, the names in them, and the lines of its files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Item, ItemMacro, ItemUse, Meta, UseTree, Visibility,
    spanned::Spanned as _,
    visit::{self, Visit},
};

/// Sources by path, below the repository's root.
pub(crate) type Sources = BTreeMap<String, String>;

/// Reads all Rust files of a folder.
pub(crate) fn sources_of(root: &Path, folder: &str) -> Sources {
    let mut sources = Sources::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("the folder can be read") {
            let entry = entry.expect("the folder can be read");
            let name = entry.file_name().into_string().expect("UTF-8");
            let path = format!("{folder}/{name}");
            if entry.file_type().expect("a type").is_dir() {
                folders.push(path);
            } else if entry.path().extension().is_some_and(|it| it == "rs") {
                let text = fs::read_to_string(entry.path()).expect("the file can be read");
                sources.insert(path, text);
            }
        }
    }
    sources
}

/// The modules of some crates; a module, a file and a crate's root are known by their index.
#[derive(Default)]
pub(crate) struct Code {
    pub(crate) files: Vec<File>,
    pub(crate) modules: Vec<Module>,
    /// The root module of each crate by the name that other crates know it by.
    pub(crate) crates: BTreeMap<String, usize>,
}

pub(crate) struct File {
    /// `checks/model/mod.rs`
    pub(crate) path: String,
    /// The folder in which the files of its child modules are: `checks/model/`.
    pub(crate) folder: String,
    /// How many lines it has outside of what only tests compile.
    pub(crate) lines: usize,
}

pub(crate) struct Module {
    pub(crate) file: usize,
    pub(crate) root: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) names: BTreeMap<String, Vec<Name>>,
    /// The paths of `use path::*`.
    pub(crate) globs: Vec<Vec<String>>,
    /// All words given to macros that make items, as one of these words may be the name of such an item.
    pub(crate) macro_words: BTreeSet<String>,
    pub(crate) items: Vec<Item>,
}

/// What a name stands for in a module.
pub(crate) enum Name {
    /// An item of the module's own file.
    Item,
    Module(usize),
    Import(Vec<String>),
}

/// One name, or all, that a `use` brings in.
pub(crate) struct Import {
    pub(crate) path: Vec<String>,
    /// None for `*`.
    pub(crate) name: Option<String>,
    pub(crate) line: usize,
}

impl Code {
    /// Adds the crate whose root is the file at `path`.
    pub(crate) fn read(&mut self, sources: &Sources, name: &str, path: &str) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let root = self.module(sources, path, &format!("{folder}/"), None);
        self.crates.insert(name.to_owned(), root);
    }

    fn module(
        &mut self,
        sources: &Sources,
        path: &str,
        folder: &str,
        parent: Option<usize>,
    ) -> usize {
        let Some(text) = sources.get(path) else {
            panic!("{path} is declared, but isn't there")
        };
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut tests = TestLines(BTreeSet::new());
        tests.visit_file(&parsed);
        let file = self.files.len();
        self.files.push(File {
            path: path.to_owned(),
            folder: folder.to_owned(),
            lines: text.lines().count() - tests.0.len(),
        });
        self.fill(sources, parsed.items, file, folder, parent)
    }

    fn fill(
        &mut self,
        sources: &Sources,
        items: Vec<Item>,
        file: usize,
        folder: &str,
        parent: Option<usize>,
    ) -> usize {
        let id = self.modules.len();
        self.modules.push(Module {
            file,
            root: parent.map_or(id, |parent| self.modules[parent].root),
            parent,
            names: BTreeMap::new(),
            globs: Vec::new(),
            macro_words: BTreeSet::new(),
            items: Vec::new(),
        });
        let mut kept = Vec::new();
        for item in items {
            if is_test(attributes(&item)) {
                continue;
            }
            let Item::Mod(mut module) = item else {
                Names(&mut self.modules[id]).visit_item(&item);
                kept.push(item);
                continue;
            };
            let name = module.ident.to_string();
            let below = format!("{folder}{name}/");
            let child = if let Some((_, items)) = module.content.take() {
                self.fill(sources, items, file, &below, Some(id))
            } else {
                let flat = format!("{folder}{name}.rs");
                let is_flat = sources.contains_key(&flat);
                let path = if is_flat {
                    flat
                } else {
                    format!("{below}mod.rs")
                };
                self.module(sources, &path, &below, Some(id))
            };
            let names = &mut self.modules[id].names;
            names.entry(name).or_default().push(Name::Module(child));
        }
        self.modules[id].items = kept;
        id
    }
}

/// Collects the names that items bring into a module. Those inside of functions are taken for the module's, too.
struct Names<'a>(&'a mut Module);

impl Names<'_> {
    fn add(&mut self, name: String, it: Name) {
        self.0.names.entry(name).or_default().push(it);
    }
}

impl Visit<'_> for Names<'_> {
    fn visit_item(&mut self, item: &Item) {
        if is_test(attributes(item)) {
            return;
        }
        let name = match item {
            Item::Const(it) => Some(&it.ident),
            Item::Enum(it) => Some(&it.ident),
            Item::Fn(it) => Some(&it.sig.ident),
            Item::Macro(it) => it.ident.as_ref(),
            Item::Static(it) => Some(&it.ident),
            Item::Struct(it) => Some(&it.ident),
            Item::Trait(it) => Some(&it.ident),
            Item::Type(it) => Some(&it.ident),
            Item::Union(it) => Some(&it.ident),
            _ => None,
        };
        if let Some(name) = name {
            self.add(name.to_string(), Name::Item);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        for import in imports(item) {
            match import.name {
                Some(name) => self.add(name, Name::Import(import.path)),
                None => self.0.globs.push(import.path),
            }
        }
    }

    fn visit_item_macro(&mut self, item: &ItemMacro) {
        if item.ident.is_some() {
            return;
        }
        let mut defines = false;
        words(&item.mac.tokens, &mut |word| {
            if defines {
                self.add(word.clone(), Name::Item);
            }
            defines = matches!(
                word.as_str(),
                "struct" | "enum" | "trait" | "type" | "fn" | "const" | "static"
            );
            self.0.macro_words.insert(word);
        });
    }
}

fn words(tokens: &TokenStream, each: &mut impl FnMut(String)) {
    for token in tokens.clone() {
        match token {
            TokenTree::Ident(word) => each(word.to_string()),
            TokenTree::Group(group) => words(&group.stream(), each),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// What one `use` brings in.
pub(crate) fn imports(item: &ItemUse) -> Vec<Import> {
    fn walk(tree: &UseTree, path: &[String], found: &mut Vec<Import>) {
        let extended = |name: &syn::Ident| {
            let own = (name != "self" || path.is_empty()).then(|| name.to_string());
            path.iter().cloned().chain(own).collect::<Vec<_>>()
        };
        let mut add = |path: Vec<String>, name: Option<String>, line| {
            found.push(Import { path, name, line });
        };
        match tree {
            UseTree::Path(it) => walk(&it.tree, &extended(&it.ident), found),
            UseTree::Name(it) => {
                let path = extended(&it.ident);
                let name = path.last().cloned();
                add(path, name, it.ident.span().start().line);
            }
            UseTree::Rename(it) => {
                let name = it.rename.to_string();
                add(
                    extended(&it.ident),
                    Some(name),
                    it.ident.span().start().line,
                );
            }
            UseTree::Glob(it) => add(path.to_vec(), None, it.span().start().line),
            UseTree::Group(it) => {
                for tree in &it.items {
                    walk(tree, path, found);
                }
            }
        }
    }
    let mut found = Vec::new();
    if item.leading_colon.is_none() {
        walk(&item.tree, &[], &mut found);
    }
    found
}

/// Whether a `use` gives names on.
pub(crate) fn is_shown(item: &ItemUse) -> bool {
    !matches!(item.vis, Visibility::Inherited)
}

/// Whether only tests compile what bears these attributes.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let mut found = Vec::new();
            words(&list.tokens, &mut |word| found.push(word));
            found.iter().any(|word| word == "test") && !found.iter().any(|word| word == "not")
        }
        Meta::Path(path) => path.is_ident("test"),
        _ => false,
    })
}

pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Union(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

/// The lines of what only tests compile.
struct TestLines(BTreeSet<usize>);

impl TestLines {
    fn add(&mut self, span: proc_macro2::Span) {
        self.0.extend(span.start().line..=span.end().line);
    }
}

impl Visit<'_> for TestLines {
    fn visit_item(&mut self, item: &Item) {
        if is_test(attributes(item)) {
            self.add(item.span());
        } else {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        if is_test(&item.attrs) {
            self.add(item.span());
        }
    }
}
