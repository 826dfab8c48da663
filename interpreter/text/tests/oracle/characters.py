"""Cases for unicodedata: every property of every code point as a checksum, names and normal forms one by one.

The checksums take seconds and are the same every time, so they are in the recorded cases (seed 0) only.
"""
import sys
import unicodedata
import zlib
from cases import INTERESTING, SIZE, emit, rng

EVERYTHING = [chr(i) for i in range(0x110000)] if sys.argv[2] == "0" else []


def checksum(name, of):
    """The CRC-32 of the property's texts, one after the other, newlines between."""
    if EVERYTHING:
        emit("checksum", name, zlib.crc32("\n".join(map(of, EVERYTHING)).encode("utf-8", "surrogatepass")))


for method in "isalpha isalnum isdecimal isdigit isnumeric isspace isprintable islower isupper istitle isidentifier".split():
    checksum(method, lambda c: str(getattr(c, method)()))
for method in "upper lower title capitalize swapcase casefold".split():
    checksum(method, lambda c: getattr(c, method)())
checksum("xid_continue", lambda c: str(("a" + c).isidentifier()))
checksum("sigma_before", lambda c: ("a" + c + "\u03a3").lower())
checksum("sigma_after", lambda c: ("a\u03a3" + c).lower())
checksum("category", unicodedata.category)
checksum("bidirectional", unicodedata.bidirectional)
checksum("east_asian_width", unicodedata.east_asian_width)
checksum("combining", lambda c: str(unicodedata.combining(c)))
checksum("mirrored", lambda c: str(unicodedata.mirrored(c)))
checksum("decimal", lambda c: str(unicodedata.decimal(c, "")))
checksum("digit", lambda c: str(unicodedata.digit(c, "")))
checksum("numeric", lambda c: str(unicodedata.numeric(c, "")))
checksum("name", lambda c: unicodedata.name(c, ""))
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    checksum(form, lambda c: unicodedata.normalize(form, c))
MARKS = INTERESTING + "\u0301\u0323\u1100\u1161\u11a8\uac00\u0f71\u0f72\u0f74\u212b\u2126\u1e9b\ufb01"
for _ in range(SIZE * 10):
    s = "".join(rng.choice(MARKS) for _ in range(rng.randrange(6)))
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        emit("normalize", form, s, unicodedata.normalize(form, s))
for name in ["LATIN SMALL LETTER A", "latin small letter a", "Greek Small Letter Final Sigma", "CJK UNIFIED IDEOGRAPH-4E00", "HANGUL SYLLABLE GAG", "GRINNING FACE", "LF", "NULL", "no such", "", "LATIN  SMALL LETTER A",
             "LATIN-SMALL-LETTER-A", "LATINSMALLLETTERA", "BELL", "ALERT", "NO-BREAK SPACE", "NBSP", "CJK UNIFIED IDEOGRAPH-4e00", "CJK UNIFIED IDEOGRAPH-0041", "HANGUL JUNGSEONG O-E", "TIBETAN LETTER -A", "cjk unified ideograph-20000"]:
    emit("lookup", name, lambda: unicodedata.lookup(name))
