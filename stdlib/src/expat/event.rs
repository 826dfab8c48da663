//! What a parser tells of.
//!
//! In: nothing. Out: the types. The one invariant: an event owns what it says; names are numbers of the parser's.

use super::names::Name;

#[derive(Debug)]
pub enum Event {
    Start {
        name: Name,
        attributes: Vec<(Name, String)>,
        specified: usize,
    },
    End(Name),
    Text(String),
    Comment(String),
    Instruction(String, String),
    StartCdata,
    EndCdata,
    XmlDecl {
        version: Option<String>,
        encoding: Option<String>,
        standalone: i64,
    },
    StartDoctype {
        name: String,
        system: Option<String>,
        public: Option<String>,
        internal: bool,
    },
    EndDoctype,
    Entity(Box<EntityDecl>),
    Notation {
        name: String,
        system: Option<String>,
        public: Option<String>,
    },
    Element {
        name: String,
        model: Model,
    },
    Attlist {
        element: String,
        name: String,
        kind: String,
        default: Option<String>,
        required: bool,
    },
    StartNamespace {
        prefix: Option<Name>,
        uri: String,
    },
    EndNamespace(Option<Name>),
    Skipped {
        name: String,
        parameter: bool,
    },
    External {
        context: Option<String>,
        system: Option<String>,
        public: Option<String>,
    },
    /// The document names an encoding that the parser does not know.
    Encoding(String),
    /// What nothing is told of, if it is wanted as it is written.
    Other,
}

#[derive(Debug, Clone, Default)]
pub struct EntityDecl {
    pub name: String,
    pub parameter: bool,
    pub value: Option<String>,
    pub system: Option<String>,
    pub public: Option<String>,
    pub notation: Option<String>,
}

/// What an element may hold.
#[derive(Debug)]
pub struct Model {
    pub kind: i64,
    pub quantity: i64,
    pub name: Option<String>,
    pub children: Vec<Model>,
}

/// Kinds of models.
pub mod kind {
    pub const EMPTY: i64 = 1;
    pub const ANY: i64 = 2;
    pub const MIXED: i64 = 3;
    pub const NAME: i64 = 4;
    pub const CHOICE: i64 = 5;
    pub const SEQUENCE: i64 = 6;
}
