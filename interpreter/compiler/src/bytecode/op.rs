//! THE table of instructions: name, operands, ticks and one sentence each.
//!
//! It drives the enum, the disassembler, the verifier and the documentation. An instruction is one little-endian `u32`
//! word, `op | a << 8 | b << 16 | c << 24`; `bx` is the 16-bit operand `b | c << 8`. Some have an extra word: a jump
//! target (an absolute index into the code), the index of a `Site` (a name and its inline cache), or a number.
//!
//! A frame's window of registers holds `nlocals` locals, then temps. The one invariant: **a temp dies at its last use.** An
//! operand of role `Use` that is a temp is moved out and its register is dead afterwards; a local is only read.
//! `Keep` operands stay alive. A `Def` register that still holds a value drops it after the operation. `Window` operands name the first of a run
//! of temps, all of which are consumed.
//!
//! The idea of a table that everything reads is wren's (`wren_opcodes.h`) and CPython's (`bytecodes.c`).

/// What an operand means to the disassembler and the verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Not used; zero.
    Nil,
    /// A register that is written.
    Def,
    /// A register that is read; dead afterwards if it is a temp.
    Use,
    /// A register that is read and stays as it is.
    Keep,
    /// A register that is read, changed in place and stays.
    Edit,
    /// The first register of a window; the instruction's sentence says how long it is and what becomes of it.
    Window,
    /// An unsigned number.
    Num,
    /// A signed number.
    Int,
    /// An index into the constants.
    Const,
    /// An index into the function's free variables.
    Free,
}

/// How the operands `b` and `c` are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `a`, `b`, `c`, eight bits each.
    Abc,
    /// `a` and the 16-bit `bx`, whose role stands in the place of `b`'s.
    ABx,
}

/// What the word after the instruction means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    Nil,
    Target,
    Site,
    Const,
    Num,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    pub name: &'static str,
    pub shape: Shape,
    pub roles: [Role; 3],
    pub extra: Extra,
    /// How many ticks of CPython <= 3.1 it stands for: a fused instruction counts its parts, simple ones nothing.
    pub ticks: u8,
    pub doc: &'static str,
}

macro_rules! opcodes {
    ($($op:ident $name:literal $shape:ident ($a:ident $b:ident $c:ident) $extra:ident $ticks:literal $doc:literal)*) => {
        /// The operation of an instruction.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $doc] $op,)* }

        /// The table itself, indexed by `Op as usize`.
        pub const TABLE: &[Info] = &[$(Info {
            name: $name, shape: Shape::$shape, roles: [Role::$a, Role::$b, Role::$c], extra: Extra::$extra,
            ticks: $ticks, doc: $doc,
        },)*];

        const ALL: &[Op] = &[$(Op::$op,)*];
    };
}

opcodes! {
    // moving values
    Move        "MOVE"          Abc (Def Use Nil)   Nil 0 "R[a] = R[b]; UnboundLocalError if the local b is unbound."
    LoadFast    "LOAD_FAST"     Abc (Window Keep Nil) Nil 0 "The temp R[a] = the local b, which is bound."
    LoadFast2   "LOAD_FAST_2"   Abc (Window Keep Keep) Nil 0 "The temps R[a] and R[a+1] = the locals b and c, which are bound."
    StoreFast   "STORE_FAST"    Abc (Def Use Nil)   Nil 0 "The local R[a] = the temp b."
    Copy        "COPY"          Abc (Def Keep Nil)  Nil 0 "R[a] = R[b], a temp b stays alive."
    Clear       "CLEAR"         Abc (Use Nil Nil)   Nil 0 "Drops R[a], if anything is there."
    DeleteFast  "DELETE_FAST"   Abc (Edit Nil Nil)  Nil 0 "Unbinds the local a; UnboundLocalError if it is unbound."
    LoadConst   "LOAD_CONST"    ABx (Def Const Nil) Nil 0 "R[a] = constants[bx]."
    LoadConstWide "LOAD_CONST_WIDE" Abc (Def Nil Nil) Const 0 "R[a] = constants[extra]."
    LoadInt     "LOAD_INT"      ABx (Def Int Nil)   Nil 0 "R[a] = the signed number bx."

    // names
    LoadGlobal  "LOAD_GLOBAL"   Abc (Def Nil Nil)   Site 1 "R[a] = the global or else the builtin; NameError."
    StoreGlobal "STORE_GLOBAL"  Abc (Use Nil Nil)   Site 1 "globals[name] = R[a]."
    DeleteGlobal "DELETE_GLOBAL" Abc (Nil Nil Nil)  Site 1 "del globals[name]; NameError."
    LoadName    "LOAD_NAME"     Abc (Def Nil Nil)   Site 1 "R[a] = the name in the namespace R[0], or else the global, or else the builtin."
    StoreName   "STORE_NAME"    Abc (Use Nil Nil)   Site 1 "The namespace R[0] gets name = R[a]."
    DeleteName  "DELETE_NAME"   Abc (Nil Nil Nil)   Site 1 "Deletes the name from the namespace R[0]; NameError."
    LoadClassFree "LOAD_CLASS_FREE" Abc (Def Free Nil) Site 1 "R[a] = the name in the class namespace R[0], or else the free variable b."

    // cells: variables that inner functions share
    MakeCell    "MAKE_CELL"     Abc (Edit Nil Nil)  Nil 0 "R[a] = a new cell that holds what R[a] held, or nothing."
    LoadCell    "LOAD_CELL"     Abc (Def Keep Nil)  Nil 1 "R[a] = what the cell in the local b holds; UnboundLocalError."
    StoreCell   "STORE_CELL"    Abc (Keep Use Nil)  Nil 1 "The cell in the local a gets R[b]."
    DeleteCell  "DELETE_CELL"   Abc (Keep Nil Nil)  Nil 1 "Empties the cell in the local a; UnboundLocalError."
    LoadFree    "LOAD_FREE"     ABx (Def Free Nil)  Nil 1 "R[a] = what the free variable bx holds; NameError."
    StoreFree   "STORE_FREE"    ABx (Use Free Nil)  Nil 1 "The free variable bx gets R[a]."
    DeleteFree  "DELETE_FREE"   ABx (Nil Free Nil)  Nil 1 "Empties the free variable bx; NameError."
    LoadClosure "LOAD_CLOSURE"  ABx (Def Free Nil)  Nil 0 "R[a] = the cell itself of the free variable bx (a cell in a local is taken with COPY)."

    // arithmetic; _K takes the constant c, _INT the signed number c
    Add         "ADD"           Abc (Def Use Use)   Nil 1 "R[a] = R[b] + R[c]."
    Sub         "SUB"           Abc (Def Use Use)   Nil 1 "R[a] = R[b] - R[c]."
    Mul         "MUL"           Abc (Def Use Use)   Nil 1 "R[a] = R[b] * R[c]."
    Div         "DIV"           Abc (Def Use Use)   Nil 1 "R[a] = R[b] / R[c]."
    FloorDiv    "FLOOR_DIV"     Abc (Def Use Use)   Nil 1 "R[a] = R[b] // R[c]."
    Mod         "MOD"           Abc (Def Use Use)   Nil 1 "R[a] = R[b] % R[c]."
    Pow         "POW"           Abc (Def Use Use)   Nil 1 "R[a] = R[b] ** R[c]."
    LShift      "LSHIFT"        Abc (Def Use Use)   Nil 1 "R[a] = R[b] << R[c]."
    RShift      "RSHIFT"        Abc (Def Use Use)   Nil 1 "R[a] = R[b] >> R[c]."
    And         "AND"           Abc (Def Use Use)   Nil 1 "R[a] = R[b] & R[c]."
    Or          "OR"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] | R[c]."
    Xor         "XOR"           Abc (Def Use Use)   Nil 1 "R[a] = R[b] ^ R[c]."
    MatMul      "MATMUL"        Abc (Def Use Use)   Nil 1 "R[a] = R[b] @ R[c]."
    AddK        "ADD_K"         Abc (Def Use Const) Nil 1 "R[a] = R[b] + constants[c]."
    SubK        "SUB_K"         Abc (Def Use Const) Nil 1 "R[a] = R[b] - constants[c]."
    MulK        "MUL_K"         Abc (Def Use Const) Nil 1 "R[a] = R[b] * constants[c]."
    DivK        "DIV_K"         Abc (Def Use Const) Nil 1 "R[a] = R[b] / constants[c]."
    FloorDivK   "FLOOR_DIV_K"   Abc (Def Use Const) Nil 1 "R[a] = R[b] // constants[c]."
    ModK        "MOD_K"         Abc (Def Use Const) Nil 1 "R[a] = R[b] % constants[c]."
    PowK        "POW_K"         Abc (Def Use Const) Nil 1 "R[a] = R[b] ** constants[c]."
    LShiftK     "LSHIFT_K"      Abc (Def Use Const) Nil 1 "R[a] = R[b] << constants[c]."
    RShiftK     "RSHIFT_K"      Abc (Def Use Const) Nil 1 "R[a] = R[b] >> constants[c]."
    AndK        "AND_K"         Abc (Def Use Const) Nil 1 "R[a] = R[b] & constants[c]."
    AddInt      "ADD_INT"       Abc (Def Use Int)   Nil 1 "R[a] = R[b] + the number c."
    SubInt      "SUB_INT"       Abc (Def Use Int)   Nil 1 "R[a] = R[b] - the number c."
    InplaceAdd  "INPLACE_ADD"   Abc (Def Use Use)   Nil 1 "R[a] = R[b] += R[c]; a is b where the target is a local, so that a string may grow in place."
    InplaceSub  "INPLACE_SUB"   Abc (Def Use Use)   Nil 1 "R[a] = R[b] -= R[c]."
    InplaceMul  "INPLACE_MUL"   Abc (Def Use Use)   Nil 1 "R[a] = R[b] *= R[c]."
    InplaceAddInt "INPLACE_ADD_INT" Abc (Def Use Int) Nil 1 "R[a] = R[b] += the number c."
    InplaceSubInt "INPLACE_SUB_INT" Abc (Def Use Int) Nil 1 "R[a] = R[b] -= the number c."
    Inplace     "INPLACE"       Abc (Def Use Use)   Num 1 "R[a] = R[b] op= R[c]; the extra word is the `ast::BinOp` as a number."
    Neg         "NEG"           Abc (Def Use Nil)   Nil 1 "R[a] = -R[b]."
    Pos         "POS"           Abc (Def Use Nil)   Nil 1 "R[a] = +R[b]."
    Invert      "INVERT"        Abc (Def Use Nil)   Nil 1 "R[a] = ~R[b]."
    Not         "NOT"           Abc (Def Use Nil)   Nil 1 "R[a] = not R[b]."

    // comparison
    Lt          "LT"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] < R[c]."
    Le          "LE"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] <= R[c]."
    Gt          "GT"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] > R[c]."
    Ge          "GE"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] >= R[c]."
    Eq          "EQ"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] == R[c]."
    Ne          "NE"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] != R[c]."
    Is          "IS"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] is R[c]."
    IsNot       "IS_NOT"        Abc (Def Use Use)   Nil 1 "R[a] = R[b] is not R[c]."
    In          "IN"            Abc (Def Use Use)   Nil 1 "R[a] = R[b] in R[c]."
    NotIn       "NOT_IN"        Abc (Def Use Use)   Nil 1 "R[a] = R[b] not in R[c]."

    // jumps; in the conditional ones bit 0 of a is the truth that jumps, the bits above are the ticks a backward jump closes
    Jump        "JUMP"          Abc (Nil Nil Nil)   Target 0 "Goes forward to the target."
    JumpBack    "JUMP_BACK"     Abc (Num Nil Nil)   Target 1 "Goes back to the target: a switch point that closes a ticks."
    JumpIf      "JUMP_IF"       Abc (Num Use Nil)   Target 1 "Jumps if bool(R[b]) is bit 0 of a."
    JumpIfOrPop "JUMP_IF_OR_POP" Abc (Num Edit Nil) Target 1 "If bool(R[b]) is bit 0 of a, jumps and keeps the temp R[b], else drops it (forward only)."
    JumpIfNone  "JUMP_IF_NONE"  Abc (Num Use Nil)   Target 1 "Jumps if (R[b] is None) is bit 0 of a."
    LtJump      "LT_JUMP"       Abc (Num Use Use)   Target 2 "Jumps if bool(R[b] < R[c]) is bit 0 of a."
    LeJump      "LE_JUMP"       Abc (Num Use Use)   Target 2 "Jumps if bool(R[b] <= R[c]) is bit 0 of a."
    GtJump      "GT_JUMP"       Abc (Num Use Use)   Target 2 "Jumps if bool(R[b] > R[c]) is bit 0 of a."
    GeJump      "GE_JUMP"       Abc (Num Use Use)   Target 2 "Jumps if bool(R[b] >= R[c]) is bit 0 of a."
    EqJump      "EQ_JUMP"       Abc (Num Use Use)   Target 2 "Jumps if bool(R[b] == R[c]) is bit 0 of a."
    NeJump      "NE_JUMP"       Abc (Num Use Use)   Target 2 "Jumps if bool(R[b] != R[c]) is bit 0 of a."
    IsJump      "IS_JUMP"       Abc (Num Use Use)   Target 2 "Jumps if (R[b] is R[c]) is bit 0 of a."
    InJump      "IN_JUMP"       Abc (Num Use Use)   Target 2 "Jumps if (R[b] in R[c]) is bit 0 of a."
    LtJumpK     "LT_JUMP_K"     Abc (Num Use Const) Target 2 "Jumps if bool(R[b] < constants[c]) is bit 0 of a."
    LeJumpK     "LE_JUMP_K"     Abc (Num Use Const) Target 2 "Jumps if bool(R[b] <= constants[c]) is bit 0 of a."
    GtJumpK     "GT_JUMP_K"     Abc (Num Use Const) Target 2 "Jumps if bool(R[b] > constants[c]) is bit 0 of a."
    GeJumpK     "GE_JUMP_K"     Abc (Num Use Const) Target 2 "Jumps if bool(R[b] >= constants[c]) is bit 0 of a."
    EqJumpK     "EQ_JUMP_K"     Abc (Num Use Const) Target 2 "Jumps if bool(R[b] == constants[c]) is bit 0 of a."
    NeJumpK     "NE_JUMP_K"     Abc (Num Use Const) Target 2 "Jumps if bool(R[b] != constants[c]) is bit 0 of a."

    // loops
    GetIter     "GET_ITER"      Abc (Def Use Nil)   Nil 1 "R[a] = iter(R[b])."
    ForIter     "FOR_ITER"      Abc (Edit Def Num)  Target 2 "If the iterator R[a] has another item: R[b] = item, and back to the target, a switch point that closes c ticks; else drops R[a] and goes on. It stands at the loop's end, which is entered by a JUMP."

    // building containers
    BuildTuple  "BUILD_TUPLE"   Abc (Window Num Nil) Nil 1 "R[a] = a tuple of the b registers from a."
    BuildList   "BUILD_LIST"    Abc (Window Num Nil) Nil 1 "R[a] = a list of the b registers from a."
    BuildSet    "BUILD_SET"     Abc (Window Num Nil) Nil 1 "R[a] = a set of the b registers from a."
    BuildMap    "BUILD_MAP"     Abc (Window Num Nil) Nil 1 "R[a] = a dict of the b pairs (key, value) from a."
    BuildString "BUILD_STRING"  Abc (Window Num Nil) Nil 1 "R[a] = the b strings from a joined."
    BuildSlice  "BUILD_SLICE"   Abc (Window Num Nil) Nil 1 "R[a] = slice(of the b = 2 or 3 registers from a)."
    ListAppend  "LIST_APPEND"   Abc (Keep Use Nil)  Nil 1 "The list R[a] gets R[b]."
    ListExtend  "LIST_EXTEND"   Abc (Keep Use Nil)  Nil 1 "The list R[a] gets all of R[b]; TypeError `Value after * must be an iterable, not int`."
    ListToTuple "LIST_TO_TUPLE" Abc (Def Use Nil)   Nil 0 "R[a] = tuple(the list R[b])."
    SetAdd      "SET_ADD"       Abc (Keep Use Nil)  Nil 1 "The set R[a] gets R[b]."
    SetUpdate   "SET_UPDATE"    Abc (Keep Use Nil)  Nil 1 "The set R[a] gets all of R[b]."
    MapAdd      "MAP_ADD"       Abc (Keep Use Use)  Nil 1 "The dict R[a] gets R[b]: R[c]."
    DictUpdate  "DICT_UPDATE"   Abc (Keep Use Nil)  Nil 1 "The dict R[a] gets all of the mapping R[b]; TypeError `'int' object is not a mapping`."
    DictMerge   "DICT_MERGE"    Abc (Keep Use Keep) Nil 1 "As DICT_UPDATE for the keywords of a call of R[c]: a key that is there is a TypeError."

    // taking apart
    UnpackSequence "UNPACK_SEQUENCE" Abc (Window Use Num) Nil 1 "The c registers from a = the items of R[b], which must be c; b may be a itself."
    UnpackEx    "UNPACK_EX"     Abc (Window Use Nil) Num 1 "The extra word is before | after << 16: the registers from a = the first `before` items, a list of the middle, the last `after`."
    UnpackWide  "UNPACK_WIDE"   Abc (Def Use Nil)   Num 1 "R[a] = a list of the items of R[b], for more targets than registers: as many as the extra word says; if its bit 31 is set, at least as many as the other bits say."

    // attributes and items
    GetAttr     "GET_ATTR"      Abc (Def Use Nil)   Site 1 "R[a] = R[b].name."
    SetAttr     "SET_ATTR"      Abc (Use Use Nil)   Site 1 "R[a].name = R[b]."
    DelAttr     "DEL_ATTR"      Abc (Use Nil Nil)   Site 1 "del R[a].name."
    GetItem     "GET_ITEM"      Abc (Def Use Use)   Nil 1 "R[a] = R[b][R[c]]."
    GetItemK    "GET_ITEM_K"    Abc (Def Use Const) Nil 1 "R[a] = R[b][constants[c]]."
    SetItem     "SET_ITEM"      Abc (Use Use Use)   Nil 1 "R[a][R[b]] = R[c]."
    DelItem     "DEL_ITEM"      Abc (Use Use Nil)   Nil 1 "del R[a][R[b]]."

    // calls: the window is the callee, then its arguments; all are consumed and R[a] = the result
    Call        "CALL"          Abc (Window Num Num) Nil 1 "R[a] = R[a](the b registers after a). Every call is a switch point; it closes c ticks."
    CallGlobal  "CALL_GLOBAL"   Abc (Window Num Num) Site 2 "As LOAD_GLOBAL a, then CALL a b; only where the arguments cannot have an effect on the lookup."
    LoadMethod  "LOAD_METHOD"   Abc (Window Use Nil) Site 1 "R[a] = the function R[b].name and R[a+1] = R[b], or R[a] = nothing and R[a+1] = the attribute."
    CallLoaded  "CALL_LOADED"   Abc (Window Num Num) Nil 1 "Calls what LOAD_METHOD left in a and a+1 with the b registers after them."
    CallMethod  "CALL_METHOD"   Abc (Window Num Num) Site 2 "R[a] = R[a+1].name(the b registers after a+1); R[a] is dead before; only where the arguments cannot have an effect on the lookup."
    CallKw      "CALL_KW"       Abc (Window Num Num) Const 1 "As CALL with b arguments, the last of which are keywords whose names are the tuple in the extra constant; if c is odd, the window is LOAD_METHOD's (b counts from a+2); the bits of c above are the ticks."
    CallEx      "CALL_EX"       Abc (Window Num Num) Nil 1 "R[a] = R[a](*R[a+1], **R[a+2]); the dict only if b is 1; R[a+1] is a tuple or any iterable."
    Return      "RETURN"        Abc (Use Nil Nil)   Nil 1 "Returns R[a]. Live temps (iterators) were cleared before."
    ReturnNone  "RETURN_NONE"   Abc (Nil Nil Nil)   Nil 1 "Returns None."

    // functions and classes
    MakeFunction "MAKE_FUNCTION" Abc (Window Num Nil) Const 1 "R[a] = a function of the code in the extra constant; from a there stand, if b has the bit: 1 the tuple of defaults, 2 the dict of keyword defaults, 4 the annotations (a tuple: name, value, name, value ...), 8 the tuple of cells."
    LoadBuildClass "LOAD_BUILD_CLASS" Abc (Def Nil Nil) Nil 1 "R[a] = the builtin __build_class__."
    SetupAnnotations "SETUP_ANNOTATIONS" Abc (Nil Nil Nil) Nil 0 "Makes __annotations__ in the namespace (R[0] in a class or exec, else the globals), if it is not there."
    LoadLocals  "LOAD_LOCALS"   Abc (Def Nil Nil)   Nil 0 "R[a] = the namespace R[0] (the compiler's own use)."

    // generators and coroutines
    Yield       "YIELD"         Abc (Def Use Nil)   Nil 1 "Suspends and gives R[b] to the resumer (wrapped in an async generator); when resumed R[a] = what was sent."
    YieldFrom   "YIELD_FROM"    Abc (Edit Edit Nil) Nil 1 "Sends R[b] to the iterator R[a]; what it yields is given to the resumer and the instruction runs again with R[b] = what was sent; when it ends, R[b] = its value and R[a] is dropped."
    GetYieldFromIter "GET_YIELD_FROM_ITER" Abc (Def Use Nil) Nil 1 "R[a] = the iterator of `yield from R[b]`."
    GetAwaitable "GET_AWAITABLE" Abc (Def Use Num)  Nil 1 "R[a] = the iterator of `await R[b]`; c says where: 0 await, 1 __aenter__, 2 __aexit__."
    GetAiter    "GET_AITER"     Abc (Def Use Nil)   Nil 1 "R[a] = R[b].__aiter__()."
    GetAnext    "GET_ANEXT"     Abc (Def Keep Nil)  Nil 1 "R[a] = the iterator of `await R[b].__anext__()`."
    EndAsyncFor "END_ASYNC_FOR" Abc (Use Use Nil)   Nil 1 "In the handler of an async for: if the exception R[a] is StopAsyncIteration drops it and the iterator R[b] and goes on, else raises it again."

    // exceptions; a handler is entered with the exception in the first temp of its table entry
    Raise       "RAISE"         Abc (Num Use Use)   Nil 1 "a = 0: raises the handled exception again; 1: raise R[b]; 2: raise R[b] from R[c]."
    Reraise     "RERAISE"       Abc (Use Nil Nil)   Nil 1 "Raises the exception R[a] on, with the traceback it has."
    PushExc     "PUSH_EXC"      Abc (Keep Def Nil)  Nil 0 "The exception R[a] is now being handled; R[b] = the one that was before (b is a + 1)."
    PopExc      "POP_EXC"       Abc (Use Use Nil)   Nil 0 "Back to handling R[b]; drops R[a]."
    ExcMatchJump "EXC_MATCH_JUMP" Abc (Keep Use Nil) Target 1 "Jumps if the exception R[a] does not match the class or tuple R[b]."
    EgMatch     "EG_MATCH"      Abc (Def Edit Use)  Nil 1 "except*: splits the exception R[b] by the class R[c]: R[a] = the matching group or None, R[b] = the rest or None."
    EgReraise   "EG_RERAISE"    Abc (Def Use Use)   Nil 1 "except*: R[a] = what to raise of the original R[b] and the list R[c] of what the handlers raised and the rest, or None."
    LoadAssertionError "LOAD_ASSERTION_ERROR" Abc (Def Nil Nil) Nil 1 "R[a] = AssertionError."

    // with
    BeforeWith  "BEFORE_WITH"   Abc (Window Use Nil) Nil 1 "R[a] = R[b].__exit__ and R[a+1] = R[b].__enter__()."
    BeforeAsyncWith "BEFORE_ASYNC_WITH" Abc (Window Use Nil) Nil 1 "R[a] = R[b].__aexit__ and R[a+1] = R[b].__aenter__(), still to be awaited."
    WithExcept  "WITH_EXCEPT"   Abc (Def Keep Keep) Nil 1 "R[a] = the exit function R[b] called with the exception R[c]'s type, itself and its traceback."

    // strings
    FormatSimple "FORMAT_SIMPLE" Abc (Def Use Nil)  Nil 1 "R[a] = format(R[b], '')."
    FormatSpec  "FORMAT_SPEC"   Abc (Def Use Use)   Nil 1 "R[a] = format(R[b], R[c])."
    Convert     "CONVERT"       Abc (Def Use Num)   Nil 1 "R[a] = str, repr or ascii of R[b], as c is 's', 'r' or 'a'."

    // modules
    ImportName  "IMPORT_NAME"   Abc (Def Use Use)   Site 1 "R[a] = __import__(name, globals, locals, R[b] the fromlist, R[c] the level)."
    ImportFrom  "IMPORT_FROM"   Abc (Def Keep Nil)  Site 1 "R[a] = the attribute or submodule of the module R[b]; ImportError."
    ImportStar  "IMPORT_STAR"   Abc (Use Nil Nil)   Nil 1 "Binds the public names of the module R[a] in the namespace (R[0], or the globals)."

    // match
    GetLen      "GET_LEN"       Abc (Def Keep Nil)  Nil 1 "R[a] = len(R[b])."
    MatchSequence "MATCH_SEQUENCE" Abc (Def Keep Nil) Nil 1 "R[a] = whether R[b] is matched by sequence patterns."
    MatchMapping "MATCH_MAPPING" Abc (Def Keep Nil) Nil 1 "R[a] = whether R[b] is matched by mapping patterns."
    MatchKeys   "MATCH_KEYS"    Abc (Def Keep Keep) Nil 1 "R[a] = a tuple of the values that the mapping R[b] has for the tuple of keys R[c], or None."
    MatchClass  "MATCH_CLASS"   Abc (Window Keep Num) Const 1 "R[a] holds a class: R[a] = a tuple of the attributes of R[b] for c positional patterns and the names in the extra constant, or None if it is no instance."

    PrintExpr   "PRINT_EXPR"    Abc (Use Nil Nil)   Nil 1 "sys.displayhook(R[a])."
}

impl Op {
    /// The row of the table.
    /// Whether it is a call, which is a switch point.
    pub fn is_call(self) -> bool {
        matches!(self, Op::Call | Op::CallGlobal | Op::CallLoaded | Op::CallMethod | Op::CallKw | Op::CallEx)
    }

    /// How many words an instruction takes: a second one if it has an extra operand.
    pub fn words(self) -> usize {
        1 + (self.info().extra != Extra::Nil) as usize
    }

    /// Whether it begins no line: what handlers of exceptions need, and jumps, whose lines are passed before them.
    pub fn is_silent(self) -> bool {
        matches!(
            self,
            Op::PushExc | Op::PopExc | Op::Clear | Op::Reraise | Op::EgReraise | Op::MakeCell | Op::Jump | Op::JumpBack
        )
    }

    pub fn info(self) -> &'static Info {
        &TABLE[self as usize]
    }

    /// The operation of a word, if there is one.
    pub fn decode(word: u32) -> Option<Op> {
        ALL.get((word & 0xff) as usize).copied()
    }
}

/// Makes an instruction word of three byte operands.
pub const fn abc(op: Op, a: u8, b: u8, c: u8) -> u32 {
    op as u32 | (a as u32) << 8 | (b as u32) << 16 | (c as u32) << 24
}

/// Makes an instruction word of a byte and a 16-bit operand.
pub const fn abx(op: Op, a: u8, bx: u16) -> u32 {
    op as u32 | (a as u32) << 8 | (bx as u32) << 16
}
