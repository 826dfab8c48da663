//! What is wrong with a document, by expat's numbers and words.
//!
//! In: nothing. Out: the numbers, their messages and their names in `xml.parsers.expat.errors`. The one invariant: a failure says
//! the byte that it is about.

/// A number of expat's and the byte of the document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failure {
    pub code: Code,
    /// Where, if not where the token begins.
    pub at: Option<usize>,
}

macro_rules! codes {
    ($($number:literal $variant:ident $name:literal $message:literal,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq)]
        #[allow(dead_code)] // The table is whole; some of it cannot happen here.
        pub enum Code { $($variant = $number,)* }

        /// Number, name and message of each.
        pub static CODES: &[(u32, &str, &str)] = &[$(($number, concat!("XML_ERROR_", $name), $message),)*];
    };
}

codes! {
    1 NoMemory "NO_MEMORY" "out of memory",
    2 Syntax "SYNTAX" "syntax error",
    3 NoElements "NO_ELEMENTS" "no element found",
    4 InvalidToken "INVALID_TOKEN" "not well-formed (invalid token)",
    5 UnclosedToken "UNCLOSED_TOKEN" "unclosed token",
    6 PartialChar "PARTIAL_CHAR" "partial character",
    7 TagMismatch "TAG_MISMATCH" "mismatched tag",
    8 DuplicateAttribute "DUPLICATE_ATTRIBUTE" "duplicate attribute",
    9 JunkAfterDocElement "JUNK_AFTER_DOC_ELEMENT" "junk after document element",
    10 ParamEntityRef "PARAM_ENTITY_REF" "illegal parameter entity reference",
    11 UndefinedEntity "UNDEFINED_ENTITY" "undefined entity",
    12 RecursiveEntityRef "RECURSIVE_ENTITY_REF" "recursive entity reference",
    13 AsyncEntity "ASYNC_ENTITY" "asynchronous entity",
    14 BadCharRef "BAD_CHAR_REF" "reference to invalid character number",
    15 BinaryEntityRef "BINARY_ENTITY_REF" "reference to binary entity",
    16 AttributeExternalEntityRef "ATTRIBUTE_EXTERNAL_ENTITY_REF" "reference to external entity in attribute",
    17 MisplacedXmlPi "MISPLACED_XML_PI" "XML or text declaration not at start of entity",
    18 UnknownEncoding "UNKNOWN_ENCODING" "unknown encoding",
    19 IncorrectEncoding "INCORRECT_ENCODING" "encoding specified in XML declaration is incorrect",
    20 UnclosedCdataSection "UNCLOSED_CDATA_SECTION" "unclosed CDATA section",
    21 ExternalEntityHandling "EXTERNAL_ENTITY_HANDLING" "error in processing external entity reference",
    22 NotStandalone "NOT_STANDALONE" "document is not standalone",
    23 UnexpectedState "UNEXPECTED_STATE" "unexpected parser state - please send a bug report",
    24 EntityDeclaredInPe "ENTITY_DECLARED_IN_PE" "entity declared in parameter entity",
    25 FeatureRequiresXmlDtd "FEATURE_REQUIRES_XML_DTD" "requested feature requires XML_DTD support in Expat",
    26 CantChangeFeatureOnceParsing "CANT_CHANGE_FEATURE_ONCE_PARSING" "cannot change setting once parsing has begun",
    27 UnboundPrefix "UNBOUND_PREFIX" "unbound prefix",
    28 UndeclaringPrefix "UNDECLARING_PREFIX" "must not undeclare prefix",
    29 IncompletePe "INCOMPLETE_PE" "incomplete markup in parameter entity",
    30 XmlDecl "XML_DECL" "XML declaration not well-formed",
    31 TextDecl "TEXT_DECL" "text declaration not well-formed",
    32 Publicid "PUBLICID" "illegal character(s) in public id",
    33 Suspended "SUSPENDED" "parser suspended",
    34 NotSuspended "NOT_SUSPENDED" "parser not suspended",
    35 Aborted "ABORTED" "parsing aborted",
    36 Finished "FINISHED" "parsing finished",
    37 SuspendPe "SUSPEND_PE" "cannot suspend in external parameter entity",
    38 ReservedPrefixXml "RESERVED_PREFIX_XML" "reserved prefix (xml) must not be undeclared or bound to another namespace name",
    39 ReservedPrefixXmlns "RESERVED_PREFIX_XMLNS" "reserved prefix (xmlns) must not be declared or undeclared",
    40 ReservedNamespaceUri "RESERVED_NAMESPACE_URI" "prefix must not be bound to one of the reserved namespace names",
    41 InvalidArgument "INVALID_ARGUMENT" "invalid argument",
    42 NoBuffer "NO_BUFFER" "a successful prior call to function XML_GetBuffer is required",
    43 AmplificationLimitBreach "AMPLIFICATION_LIMIT_BREACH" "limit on input amplification factor (from DTD and entities) breached",
}

/// What `ErrorString` says.
pub fn message(code: i64) -> Option<&'static str> {
    CODES.iter().find(|(number, ..)| i64::from(*number) == code).map(|(_, _, message)| *message)
}

impl Code {
    /// At the beginning of the token.
    pub fn here(self) -> Failure {
        Failure { code: self, at: None }
    }

    pub fn at(self, at: usize) -> Failure {
        Failure { code: self, at: Some(at) }
    }
}
