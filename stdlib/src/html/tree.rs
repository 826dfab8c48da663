//! HTML as a tree, by the rules that browsers follow.
//!
//! In: a text. Out: what the tree has, in the order of the document, as `Part`s. The one invariant: a node stands at one place of the
//! tree at most; nothing here knows of the machine, so it runs without the GIL.

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::{Attribute, ParseOpts, QualName, parse_document};
use std::borrow::Cow;
use std::cell::{Ref, RefCell};

/// A piece of a document.
pub enum Part {
    Start(String, Vec<(String, String)>),
    End,
    Text(String),
    Comment(String),
    /// Name, public and system identifier.
    Doctype(String, String, String),
}

/// The parts of a document.
pub fn parse(text: &str) -> Vec<Part> {
    let tree = parse_document(Tree::new(), ParseOpts::default()).one(text);
    tree.parts()
}

enum Kind {
    Document,
    Element(QualName, Vec<Attribute>, Option<usize>),
    Text(StrTendril),
    Comment(StrTendril),
    Doctype([StrTendril; 3]),
    Instruction(StrTendril),
}

struct Node {
    kind: Kind,
    parent: Option<usize>,
    children: Vec<usize>,
}

/// Nodes by number; the document is number 0.
struct Tree {
    nodes: RefCell<Vec<Node>>,
}

impl Tree {
    fn new() -> Tree {
        Tree { nodes: RefCell::new(vec![Node { kind: Kind::Document, parent: None, children: Vec::new() }]) }
    }

    fn add(&self, kind: Kind) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { kind, parent: None, children: Vec::new() });
        nodes.len() - 1
    }

    /// Takes a node out of where it is.
    fn detach(&self, node: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[node].parent.take() {
            nodes[parent].children.retain(|&child| child != node);
        }
    }

    /// Puts something at a place among a node's children; texts that meet become one.
    fn insert(&self, parent: usize, at: usize, new: NodeOrText<usize>) {
        let node = match new {
            NodeOrText::AppendNode(node) => node,
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let before = at.checked_sub(1).and_then(|before| nodes[parent].children.get(before).copied());
                if let Some(Kind::Text(there)) = before.map(|before| &mut nodes[before].kind) {
                    there.push_tendril(&text);
                    return;
                }
                drop(nodes);
                self.add(Kind::Text(text))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        nodes[node].parent = Some(parent);
        nodes[parent].children.insert(at, node);
    }

    fn place(&self, node: usize) -> Option<(usize, usize)> {
        let nodes = self.nodes.borrow();
        let parent = nodes[node].parent?;
        let at = nodes[parent].children.iter().position(|&child| child == node)?;
        Some((parent, at))
    }

    fn parts(self) -> Vec<Part> {
        let nodes = self.nodes.into_inner();
        let mut parts = Vec::new();
        // What is left to do, the next last: a node, or the end of one.
        let mut left: Vec<Option<usize>> = nodes[0].children.iter().rev().copied().map(Some).collect();
        while let Some(next) = left.pop() {
            let Some(node) = next.map(|node| &nodes[node]) else {
                parts.push(Part::End);
                continue;
            };
            parts.push(match &node.kind {
                Kind::Element(name, attributes, _) => {
                    let attributes = attributes.iter().map(|one| (qualified(&one.name), one.value.to_string()));
                    Part::Start(name.local.to_string(), attributes.collect())
                }
                Kind::Text(text) => Part::Text(text.to_string()),
                Kind::Comment(text) | Kind::Instruction(text) => Part::Comment(text.to_string()),
                Kind::Doctype([name, public, system]) => {
                    Part::Doctype(name.to_string(), public.to_string(), system.to_string())
                }
                Kind::Document => continue,
            });
            if let Kind::Element(_, _, content) = &node.kind {
                left.push(None);
                // What a <template> holds hangs at a document of its own.
                let children = content.map_or(&node.children, |content| &nodes[content].children);
                left.extend(children.iter().rev().copied().map(Some));
            }
        }
        parts
    }
}

fn qualified(name: &QualName) -> String {
    match &name.prefix {
        Some(prefix) if !prefix.is_empty() => format!("{prefix}:{}", name.local),
        _ => name.local.to_string(),
    }
}

impl TreeSink for Tree {
    type Handle = usize;
    type Output = Tree;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Tree {
        self
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        0
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> Ref<'a, QualName> {
        Ref::map(self.nodes.borrow(), |nodes| match &nodes[*target].kind {
            Kind::Element(name, ..) => name,
            _ => panic!("the parser asks for the names of elements only"),
        })
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> usize {
        let content = flags.template.then(|| self.add(Kind::Document));
        self.add(Kind::Element(name, attributes, content))
    }

    fn create_comment(&self, text: StrTendril) -> usize {
        self.add(Kind::Comment(text))
    }

    fn create_pi(&self, _: StrTendril, data: StrTendril) -> usize {
        self.add(Kind::Instruction(data))
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        let at = self.nodes.borrow()[*parent].children.len();
        self.insert(*parent, at, child);
    }

    fn append_based_on_parent_node(&self, element: &usize, before: &usize, child: NodeOrText<usize>) {
        match self.place(*element) {
            Some(_) => self.append_before_sibling(element, child),
            None => self.append(before, child),
        }
    }

    fn append_before_sibling(&self, sibling: &usize, new: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = &new {
            self.detach(*node);
        }
        if let Some((parent, at)) = self.place(*sibling) {
            self.insert(parent, at, new);
        }
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        let doctype = self.add(Kind::Doctype([name, public, system]));
        self.append(&0, NodeOrText::AppendNode(doctype));
    }

    fn get_template_contents(&self, target: &usize) -> usize {
        match &self.nodes.borrow()[*target].kind {
            Kind::Element(_, _, Some(content)) => *content,
            _ => panic!("the parser asks for the contents of templates only"),
        }
    }

    fn same_node(&self, one: &usize, other: &usize) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn add_attrs_if_missing(&self, target: &usize, more: Vec<Attribute>) {
        if let Kind::Element(_, attributes, _) = &mut self.nodes.borrow_mut()[*target].kind {
            for one in more {
                if !attributes.iter().any(|there| there.name == one.name) {
                    attributes.push(one);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &usize) {
        self.detach(*target);
    }

    fn reparent_children(&self, from: &usize, to: &usize) {
        let mut nodes = self.nodes.borrow_mut();
        let children = std::mem::take(&mut nodes[*from].children);
        for &child in &children {
            nodes[child].parent = Some(*to);
        }
        nodes[*to].children.extend(children);
    }
}
