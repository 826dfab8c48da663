"""Cases for codecs, their error handlers and their names."""
import codecs
from cases import SIZE, emit, rng, text

CODECS = ["utf-8", "utf-8-sig", "ascii", "latin-1", "cp1252", "iso8859-15", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
DECODING = ["strict", "ignore", "replace", "backslashreplace", "surrogateescape", "surrogatepass"]
ENCODING = [*DECODING, "xmlcharrefreplace", "namereplace"]
CHARS = "ab\x80\x81\x9f\xa4\xe9\xff\u0100\u0152\u20ac\u017e\ud800\udbff\udc00\udc80\udcff\udfff\ufeff\uffff\U00010000\U0001f600\U0010ffff"
PIECES = [b"a", b"\x80", b"\xbf", b"\xc0", b"\xc2", b"\xc3\xa9", b"\xe0", b"\xa0", b"\xe2\x82", b"\xac", b"\xed", b"\xed\xa0\x80", b"\xed\xb2\x80", b"\xf0\x9f", b"\x98\x80", b"\xf4\x90", b"\xf5", b"\xff",
          b"\xef\xbb\xbf", b"\x81", b"\x8d", b"\xf0\x80", b"\xf1\x80\x80"]
UNITS = [b"a\x00", b"\x00a", b"\x00\xd8", b"\x00\xdc", b"\xd8\x00", b"\xdc\x80", b"\xff\xfe", b"\xfe\xff", b"\x00\x00", b"\x11\x00", b"\x10", b"\x3d\xd8\x00\xde", b"\x00\x00\xfe\xff", b"\xff\xfe\x00\x00",
         b"a\x00\x00\x00", b"\x00\xd8\x00\x00", b"\x00\x00\xd8\x00"]
NAMES = ["UTF8", "utf 8", "Utf-8", "U8", "utf_8_sig", "UTF-8-SIG", "latin1", "L1", "ISO-8859-1", "iso8859_1", "us-ascii", "ASCII", "646", "windows-1252", "CP1252", "utf16", "UTF-16LE", "utf_32be", "latin9",
         "iso-8859-15", "cp65001", "utf", "8859", "IBM819", "iso_ir_6", "utf--8", "-utf8", "utf8-", " ascii"]


def outcome(act):
    try:
        return act()
    except UnicodeDecodeError as e:
        return f"UnicodeDecodeError {e.encoding} {e.start} {e.end} {e.reason} of {len(e.object)}"
    except UnicodeEncodeError as e:
        return f"UnicodeEncodeError {e.encoding} {e.start} {e.end} {e.reason}"


def decoding(data):
    codec, errors = rng.choice(CODECS), rng.choice(DECODING)
    emit("decode", codec, errors, data, lambda: outcome(lambda: data.decode(codec, errors)))


for name in NAMES:
    emit("name", name, codecs.lookup(name).name)
for codec in ("ascii", "latin-1", "cp1252", "iso8859-15"):
    for errors in ("replace", "surrogateescape"):
        everything = bytes(range(256))
        emit("decode", codec, errors, everything, everything.decode(codec, errors))
for _ in range(SIZE * 20):
    decoding(b"".join(rng.choice(PIECES) for _ in range(rng.randrange(6))))
    decoding(b"".join(rng.choice(UNITS) for _ in range(rng.randrange(5))))
    codec, errors, s = rng.choice(CODECS), rng.choice(ENCODING), text(6, CHARS)
    emit("encode", codec, errors, s, lambda: outcome(lambda: s.encode(codec, errors)))
    codec, errors = rng.choice(["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-8-sig", "utf-16"]), rng.choice(DECODING)
    data = text(6, CHARS).encode(codec, "surrogatepass") + rng.choice(PIECES + [b""])
    cut = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    parts = [data[:cut[0]], data[cut[0]:cut[1]], data[cut[1]:]]
    def incremental():
        decoder = codecs.getincrementaldecoder(codec)(errors)
        return "|".join(decoder.decode(part, i == 2) for i, part in enumerate(parts))
    emit("incremental", codec, errors, *parts, lambda: outcome(incremental))
