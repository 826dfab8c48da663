"""Writes the Unicode tables beside it: run it with the python3 whose Unicode version toy is to have (3.11: Unicode 14).

Every code point maps, through two stages (`block.bin`, then `entry.bin`), to one of a few hundred distinct 24-byte
records (`record.bin`). Case mappings to several characters are in `special.bin`, numeric values in `numeric.bin`, and
decompositions, a line of text each, in `decomposition.txt`. All numbers are little-endian; src/unicode/tables.rs reads what is written here and names every field.
"""
import os
import struct
import unicodedata

CATEGORIES = "Cn Cc Cf Cs Co Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp".split()
BIDI = ["", *"L R AL EN ES ET AN CS NSM BN B S WS ON LRE LRO RLE RLO PDF LRI RLI FSI PDI".split()]
WIDTHS = "N A H W F Na".split()
BLOCK = 128


def flags(c):
    """The yes-or-no properties, lowest bit first, in the order of `unicode::flag`."""
    cased = (c + "a").title()[-1] == "a"
    before_sigma = ("a" + c + "\u03a3").lower()[-1] == "\u03c2"
    ends_word = (c + "\u03a3").lower()[-1] == "\u03c2"
    bits = [
        c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), c.islower(), c.isupper(), c.isspace(),
        c.isprintable(), c.isidentifier(), ("a" + c).isidentifier(), cased, before_sigma and not ends_word,
        any(len(m) != 1 for m in mappings(c)), bool(unicodedata.mirrored(c)),
    ]
    return sum(bit << i for i, bit in enumerate(bits))


def mappings(c):
    return c.upper(), c.lower(), c.title(), c.casefold()


def record(c):
    deltas = [ord(m) - ord(c) if len(m) == 1 else 0 for m in mappings(c)]
    return struct.pack(
        "<BBBBHbbiiii", CATEGORIES.index(unicodedata.category(c)), BIDI.index(unicodedata.bidirectional(c)),
        WIDTHS.index(unicodedata.east_asian_width(c)), unicodedata.combining(c), flags(c),
        unicodedata.decimal(c, -1), unicodedata.digit(c, -1), *deltas)


def two_stages(values):
    """`values` cut into blocks, equal blocks stored once."""
    blocks, order = {}, []
    for start in range(0, len(values), BLOCK):
        block = tuple(values[start:start + BLOCK])
        order.append(blocks.setdefault(block, len(blocks)))
    return order, [v for block in blocks for v in block]


def special(c):
    """One row: the code point, then four mappings of three code points, padded with zeros."""
    padded = [[ord(x) for x in m] + [0] * (3 - len(m)) for m in mappings(c)]
    return struct.pack("<13I", ord(c), *(x for m in padded for x in m))


def write(name, data):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), "wb") as f:
        f.write(data)
    print(name, len(data))


def main():
    everything = [chr(i) for i in range(0x110000)]
    records = {}
    ids = [records.setdefault(record(c), len(records)) for c in everything]
    order, entries = two_stages(ids)
    write("block.bin", struct.pack(f"<{len(order)}H", *order))
    write("entry.bin", struct.pack(f"<{len(entries)}H", *entries))
    write("record.bin", b"".join(records))
    write("special.bin", b"".join(special(c) for c in everything if any(len(m) != 1 for m in mappings(c))))
    numeric = [(ord(c), unicodedata.numeric(c)) for c in everything if unicodedata.numeric(c, None) is not None]
    write("numeric.bin", b"".join(struct.pack("<Id", *pair) for pair in numeric))
    lines = [f"{ord(c):04X};{d}\n" for c in everything if (d := unicodedata.decomposition(c))]
    write("decomposition.txt", "".join(lines).encode())
    print("Unicode", unicodedata.unidata_version, "records", len(records))


main()
