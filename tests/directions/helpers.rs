//! What the helpers of `Context` read on a check's behalf: the table of `CONTRIBUTING.md`.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::Path,
};

use syn::{
    Expr, FnArg, GenericArgument, Item, Meta, Signature, Type, Visibility,
    visit::{self, Visit},
};

use crate::code::{Sources, attributes, is_test, sources_of};

/// The methods by which a helper says what it reads.
const DECLARES: [&str; 2] = ["declared", "reading"];

/// One function that reads through a `Context`.
#[derive(Default)]
struct Reader {
    /// Kinds, other evidence and sets of them.
    needs: BTreeSet<String>,
    /// Whether it reads the kind that its caller names.
    reads_own: bool,
    calls: BTreeSet<String>,
    /// Kinds named in calls: `self.named::<Pod>(…)`.
    named: BTreeMap<String, BTreeSet<String>>,
    /// What it says, when it is a helper that checks may call.
    about: Option<String>,
}

/// The sets of evidence that have a name: `WORKLOADS`.
type Sets = BTreeMap<String, BTreeSet<String>>;

#[derive(Default)]
struct Readers {
    readers: BTreeMap<String, Reader>,
    sets: Sets,
}

impl Readers {
    fn of(sources: &Sources) -> Self {
        let mut all = Self::default();
        for (path, text) in sources {
            let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            all.items(&file.items);
        }
        all
    }

    fn items(&mut self, items: &[Item]) {
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(module) => {
                    if let Some((_, items)) = &module.content {
                        self.items(items);
                    }
                }
                Item::Const(it) if is_set(&it.ty) => {
                    let mut evidence = BTreeSet::new();
                    Evidence(&mut evidence).visit_expr(&it.expr);
                    self.sets.insert(it.ident.to_string(), evidence);
                }
                Item::Fn(it) if takes_context(&it.sig) => {
                    self.add(&it.sig, None, |body| body.visit_block(&it.block));
                }
                Item::Impl(it) => {
                    let is_context = last(&it.self_ty).is_some_and(|name| name == "Context");
                    for item in &it.items {
                        let syn::ImplItem::Fn(method) = item else {
                            continue;
                        };
                        if is_test(&method.attrs) || !is_context && !takes_context(&method.sig) {
                            continue;
                        }
                        let is_helper = is_context && !matches!(method.vis, Visibility::Inherited);
                        let about = is_helper.then(|| sentence(&method.attrs));
                        self.add(&method.sig, about, |body| body.visit_block(&method.block));
                    }
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, sig: &Signature, about: Option<String>, visit: impl FnOnce(&mut Body<'_>)) {
        let reader = self.readers.entry(sig.ident.to_string()).or_default();
        if about.is_some() {
            reader.about = about;
        }
        let generics = sig.generics.type_params().map(|it| it.ident.to_string());
        visit(&mut Body {
            reader,
            generics: generics.collect(),
            loops: Vec::new(),
        });
    }

    /// All that a reader needs, with what those that it calls need.
    fn needs(&self, name: &str, seen: &mut BTreeSet<String>) -> BTreeSet<String> {
        let Some(reader) = self.readers.get(name) else {
            return BTreeSet::new();
        };
        let mut needs = reader.needs.clone();
        for call in &reader.calls {
            if seen.insert(call.clone()) {
                needs.extend(self.needs(call, seen));
            }
            if self.reads_own(call, &mut BTreeSet::new()) {
                needs.extend(reader.named.get(call).into_iter().flatten().cloned());
            }
        }
        needs.remove("its own");
        needs
    }

    /// Whether a reader, or one that it hands its caller's kind on to, reads that kind.
    fn reads_own(&self, name: &str, seen: &mut BTreeSet<String>) -> bool {
        let Some(reader) = self.readers.get(name) else {
            return false;
        };
        reader.reads_own
            || reader.calls.iter().any(|call| {
                let hands_on = reader
                    .named
                    .get(call)
                    .is_some_and(|it| it.contains("its own"));
                hands_on && seen.insert(call.clone()) && self.reads_own(call, seen)
            })
    }

    /// The helpers in a table.
    fn table(&self) -> String {
        let mut table = "| helper | needs | says |\n|---|---|---|\n".to_owned();
        for (name, reader) in &self.readers {
            let Some(about) = &reader.about else { continue };
            let mut needs = self.needs(name, &mut BTreeSet::from([name.clone()]));
            if self.reads_own(name, &mut BTreeSet::new()) {
                needs.insert("its own".to_owned());
            }
            if !needs.is_empty() {
                let needs = self.folded(needs).join(", ");
                _ = writeln!(table, "| `{name}` | {needs} | {about} |");
            }
        }
        table
    }

    /// Names sets where all of one is needed.
    fn folded(&self, needs: BTreeSet<String>) -> Vec<String> {
        let (mut names, mut single): (BTreeSet<String>, BTreeSet<String>) = needs
            .into_iter()
            .partition(|need| self.sets.contains_key(need));
        let mut sets: Vec<_> = self.sets.iter().filter(|(_, set)| set.len() > 1).collect();
        sets.sort_by_key(|(_, set)| std::cmp::Reverse(set.len()));
        for (name, set) in sets {
            if set.is_subset(&single) {
                names.insert(name.clone());
            }
        }
        for name in &names {
            single.retain(|need| !self.sets[name].contains(need));
        }
        let own = single
            .remove("its own")
            .then(|| "the kind `K` that it is asked for".to_owned());
        let names = names.into_iter().chain(single);
        own.into_iter()
            .chain(names.map(|name| format!("`{name}`")))
            .collect()
    }
}

/// Follows what a body reads.
struct Body<'a> {
    reader: &'a mut Reader,
    generics: BTreeSet<String>,
    /// The variables of loops, with the sets that they run over.
    loops: Vec<(String, BTreeSet<String>)>,
}

impl Body<'_> {
    fn call(&mut self, name: &syn::Ident, generics: Option<&syn::AngleBracketedGenericArguments>) {
        let name = name.to_string();
        for argument in generics.into_iter().flat_map(|it| &it.args) {
            if let GenericArgument::Type(it) = argument
                && let Some(kind) = last(it)
            {
                let is_own = self.generics.contains(&kind);
                let kind = if is_own { "its own".to_owned() } else { kind };
                self.reader
                    .named
                    .entry(name.clone())
                    .or_default()
                    .insert(kind);
            }
        }
        self.reader.calls.insert(name);
    }

    fn declare(&mut self, argument: &Expr) {
        let mut needs = BTreeSet::new();
        Evidence(&mut needs).visit_expr(argument);
        let mut loops = self.loops.iter();
        if let Expr::Unary(it) = argument
            && let Expr::Path(variable) = &*it.expr
            && let Some((_, sets)) = loops.find(|(name, _)| variable.path.is_ident(name))
        {
            needs.extend(sets.iter().cloned());
        }
        for need in needs {
            if self.generics.contains(&need) {
                self.reader.reads_own = true;
            } else {
                self.reader.needs.insert(need);
            }
        }
    }
}

impl Visit<'_> for Body<'_> {
    fn visit_expr_method_call(&mut self, it: &syn::ExprMethodCall) {
        if DECLARES.iter().any(|name| it.method == name) {
            it.args.iter().for_each(|argument| self.declare(argument));
        } else if is_context(&it.receiver) || it.args.iter().any(is_context) {
            self.call(&it.method, it.turbofish.as_ref());
        }
        visit::visit_expr_method_call(self, it);
    }

    fn visit_expr_call(&mut self, it: &syn::ExprCall) {
        if let Expr::Path(path) = &*it.func
            && let Some(segment) = path.path.segments.last()
            && it.args.iter().any(is_context)
        {
            let generics = match &segment.arguments {
                syn::PathArguments::AngleBracketed(generics) => Some(generics),
                _ => None,
            };
            self.call(&segment.ident, generics);
        }
        visit::visit_expr_call(self, it);
    }

    fn visit_expr_for_loop(&mut self, it: &syn::ExprForLoop) {
        if let syn::Pat::Ident(variable) = &*it.pat {
            let mut sets = BTreeSet::new();
            Evidence(&mut sets).visit_expr(&it.expr);
            self.loops.push((variable.ident.to_string(), sets));
            visit::visit_expr_for_loop(self, it);
            self.loops.pop();
        } else {
            visit::visit_expr_for_loop(self, it);
        }
    }
}

/// Collects what evidence an expression names: `Kind::Pod`, `Pod::KIND`, `Evidence::Livez`, `WORKLOADS`.
struct Evidence<'a>(&'a mut BTreeSet<String>);

impl Visit<'_> for Evidence<'_> {
    fn visit_path(&mut self, path: &syn::Path) {
        let names: Vec<String> = path
            .segments
            .iter()
            .map(|it| it.ident.to_string())
            .collect();
        let found = match &names[..] {
            [.., kind, its] if its == "KIND" => Some(kind),
            [.., of, it] if of == "Kind" || of == "Evidence" && it != "Objects" => Some(it),
            [.., set] if set.len() > 1 && !set.contains(char::is_lowercase) => Some(set),
            _ => None,
        };
        self.0.extend(found.cloned());
        visit::visit_path(self, path);
    }
}

/// Whether an expression is a context: `self`, where that is one, `cx` or `self.cx`.
fn is_context(it: &Expr) -> bool {
    match it {
        Expr::Path(it) => it.path.is_ident("self") || it.path.is_ident("cx"),
        Expr::Field(it) => matches!(&it.member, syn::Member::Named(name) if name == "cx"),
        Expr::Reference(it) => is_context(&it.expr),
        _ => false,
    }
}

/// Whether a type is `&[Evidence]`.
fn is_set(ty: &Type) -> bool {
    matches!(ty, Type::Reference(it) if matches!(&*it.elem, Type::Slice(it) if last(&it.elem).is_some_and(|name| name == "Evidence")))
}

fn takes_context(sig: &Signature) -> bool {
    sig.inputs.iter().any(|it| match it {
        FnArg::Typed(it) => match &*it.ty {
            Type::Reference(it) => last(&it.elem).is_some_and(|name| name == "Context"),
            _ => false,
        },
        FnArg::Receiver(_) => false,
    })
}

fn last(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(it) => it.path.segments.last().map(|it| it.ident.to_string()),
        _ => None,
    }
}

/// The lines of a documentation.
fn documentation(attributes: &[syn::Attribute]) -> String {
    let lines = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(it) if it.path.is_ident("doc") => match &it.value {
                Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        });
    let lines: Vec<String> = lines.map(|line| line.trim().to_owned()).collect();
    lines.join("\n")
}

/// The first paragraph of a documentation.
fn sentence(attributes: &[syn::Attribute]) -> String {
    let text = documentation(attributes);
    let text = text
        .split("\n\n")
        .next()
        .unwrap_or_default()
        .replace('\n', " ");
    // What it demands stands in a column of its own.
    let about = text.split(" Demands ").next().unwrap_or_default();
    about.replace('|', "\\|")
}

/// The rooms in which helpers stand.
fn helpers() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rooms = ["frame", "knowledge", "kubernetes", "inventory"];
    let files = rooms.map(|room| sources_of(root, &format!("checks/{room}")));
    let files = files.into_iter().flatten();
    files
        .filter(|(path, _)| !path.ends_with("/tests.rs"))
        .collect()
}

#[test]
fn every_helper_says_what_it_demands() {
    let mut silent = Vec::new();
    for (path, text) in helpers() {
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        for item in &file.items {
            let Item::Impl(it) = item else { continue };
            if last(&it.self_ty).is_none_or(|name| name != "Context") {
                continue;
            }
            for item in &it.items {
                if let syn::ImplItem::Fn(method) = item
                    && !matches!(method.vis, Visibility::Inherited)
                    && !documentation(&method.attrs)
                        .replace('\n', " ")
                        .contains("emands ")
                {
                    silent.push(format!("{path}: {}", method.sig.ident));
                }
            }
        }
    }
    assert!(
        silent.is_empty(),
        "no word about needs:\n{}",
        silent.join("\n")
    );
}

#[test]
fn the_table_of_helpers_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md");
    let text = fs::read_to_string(&path).expect("the file");
    let (before, rest) = text.split_once("<!-- helpers -->\n").expect("a place");
    let (_, after) = rest.split_once("<!-- /helpers -->").expect("its end");
    let table = Readers::of(&helpers()).table();
    let wanted = format!("{before}<!-- helpers -->\n{table}<!-- /helpers -->{after}");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, wanted).expect("the file can be written");
        return;
    }
    assert!(text == wanted, "CONTRIBUTING.md is stale: run .ci/update");
}

#[test]
fn a_helper_needs_what_it_and_those_that_it_calls_declare() {
    let source = "
        const OWNERS: &[Evidence] = &[Evidence::Objects(Kind::ReplicaSet), Evidence::Objects(Kind::Job)];
        impl<'a> Context<'a> {
            fn declared(&self, evidence: Evidence) {}
            /// All `K`s.
            ///
            /// # Errors
            pub fn seen<K: Listed>(&self) -> &[K] { self.declared(Evidence::Objects(K::KIND)); }
            /// Some `K`s.
            pub fn some<K: Listed>(&self) -> &[K] { self.seen::<K>() }
            /// The pods.
            pub fn pods(&self) -> &[Pod] { self.some::<Pod>() }
            /// Whether it is served.
            pub fn is_served(&self) -> bool { self.declared(Evidence::Objects(Kind::Service)); for it in OWNERS { self.declared(*it); } others(self) }
            /// Whether it is well.
            pub fn is_well(&self) -> bool { self.declared(Evidence::Livez); self.is_served() }
            /// Both.
            pub fn owned(&self) { self.seen::<Job>(); self.seen::<ReplicaSet>(); }
            /// The time.
            pub fn now(&self) {}
        }
        fn others(cx: &Context<'_>) -> bool { cx.declared(Evidence::Objects(Secret::KIND)); true }";
    let sources = Sources::from([("a.rs".to_owned(), source.to_owned())]);
    assert_eq!(
        Readers::of(&sources).table(),
        "| helper | needs | says |\n|---|---|---|\n\
         | `is_served` | `OWNERS`, `Secret`, `Service` | Whether it is served. |\n\
         | `is_well` | `OWNERS`, `Livez`, `Secret`, `Service` | Whether it is well. |\n\
         | `owned` | `OWNERS` | Both. |\n\
         | `pods` | `Pod` | The pods. |\n\
         | `seen` | the kind `K` that it is asked for | All `K`s. |\n\
         | `some` | the kind `K` that it is asked for | Some `K`s. |\n"
    );
}
