//! Streams of deflate, and how `wbits` says which kind.
//!
//! In: bytes and a flush mode. Out: bytes. The one invariant: a step ends when its input is used up or its output is as long as it
//! may be.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// How much room a step makes at a time.
const ROOM: usize = 16 * 1024;

/// What stands around the deflated data.
#[derive(Clone, Copy)]
pub(super) enum Wrapper {
    Zlib(u8),
    Gzip(u8),
    Raw(u8),
    /// Zlib or gzip: the first byte tells.
    Either(u8),
}

impl Wrapper {
    /// zlib's number: 9 to 15, 16 more for gzip, negative for nothing, 32 more for either.
    pub fn from_bits(bits: isize, decompresses: bool) -> Option<Wrapper> {
        Some(match bits {
            0 if decompresses => Wrapper::Zlib(15),
            9..=15 => Wrapper::Zlib(bits as u8),
            25..=31 => Wrapper::Gzip((bits - 16) as u8),
            -15..=-9 => Wrapper::Raw(-bits as u8),
            8 if decompresses => Wrapper::Zlib(9),
            -8 if decompresses => Wrapper::Raw(9),
            32 if decompresses => Wrapper::Either(15),
            40..=47 if decompresses => Wrapper::Either(((bits - 32) as u8).max(9)),
            _ => return None,
        })
    }
}

pub(super) fn compressor(level: isize, wrapper: Wrapper) -> Compress {
    let level = Compression::new(if level < 0 { 6 } else { level as u32 });
    match wrapper {
        Wrapper::Gzip(bits) => Compress::new_gzip(level, bits),
        Wrapper::Raw(bits) => Compress::new_with_window_bits(level, false, bits),
        Wrapper::Zlib(bits) | Wrapper::Either(bits) => Compress::new_with_window_bits(level, true, bits),
    }
}

pub(super) fn decompressor(wrapper: Wrapper, first: Option<u8>) -> Decompress {
    match wrapper {
        Wrapper::Either(bits) if first == Some(0x1f) => Decompress::new_gzip(bits),
        Wrapper::Gzip(bits) => Decompress::new_gzip(bits),
        Wrapper::Raw(bits) => Decompress::new_with_window_bits(false, bits),
        Wrapper::Zlib(bits) | Wrapper::Either(bits) => Decompress::new_with_window_bits(true, bits),
    }
}

/// Compresses all of the input, to the end that the flush mode asks for.
pub(super) fn squeeze(stream: &mut Compress, mut input: &[u8], flush: FlushCompress) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    loop {
        out.reserve(ROOM);
        let before = (stream.total_in(), out.len());
        let status = stream.compress_vec(input, &mut out, flush).map_err(|error| error.to_string())?;
        let used = (stream.total_in() - before.0) as usize;
        input = input.get(used..).unwrap_or_default();
        let finished = matches!(status, Status::StreamEnd);
        let idle = used == 0 && out.len() == before.1;
        if finished || idle || input.is_empty() && out.len() < out.capacity() && !matches!(flush, FlushCompress::Finish)
        {
            return Ok(out);
        }
    }
}

/// What a decompression gave.
pub(super) struct Expanded {
    pub out: Vec<u8>,
    /// Bytes of the input that were used.
    pub used: usize,
    pub ended: bool,
}

/// Decompresses until the input or the stream ends, or the output is as long as it may be.
pub(super) fn expand(
    stream: &mut Decompress,
    input: &[u8],
    limit: usize,
    dictionary: &[u8],
) -> Result<Expanded, String> {
    let (mut out, mut used) = (Vec::new(), 0);
    loop {
        let room = ROOM.max(out.len()).min(limit - out.len());
        if room == 0 {
            return Ok(Expanded { out, used, ended: false });
        }
        out.reserve_exact(room);
        let (before, length) = (stream.total_in(), out.len());
        let flush = if limit == usize::MAX { FlushDecompress::Sync } else { FlushDecompress::None };
        let mut piece = vec![0; room];
        let written = stream.total_out();
        let status = stream.decompress(&input[used..], &mut piece, flush);
        used += (stream.total_in() - before) as usize;
        out.extend_from_slice(&piece[..(stream.total_out() - written) as usize]);
        match status {
            Ok(Status::StreamEnd) => return Ok(Expanded { out, used, ended: true }),
            Ok(_) => (),
            Err(error) if error.needs_dictionary().is_some() && !dictionary.is_empty() => {
                stream.set_dictionary(dictionary).map_err(|_| "Error -3 while setting zdict".to_owned())?;
                continue;
            }
            Err(error) if error.needs_dictionary().is_some() => {
                return Err("Error 2 while decompressing data".to_owned());
            }
            Err(error) => {
                let message = error.message().map(|message| format!(": {message}")).unwrap_or_default();
                return Err(format!("Error -3 while decompressing data{message}"));
            }
        }
        let idle = out.len() == length && stream.total_in() == before;
        if idle || used == input.len() && out.len() - length < room {
            return Ok(Expanded { out, used, ended: false });
        }
    }
}
