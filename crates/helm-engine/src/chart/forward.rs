//! A stream read once from start to end in which the reader of archives may skip: so it needs no room for what it skips.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

/// Bytes that are unpacked at once.
const ROOM: usize = 64 << 10;

pub(super) struct Forward<R> {
    stream: BufReader<R>,
    position: u64,
}

impl<R: Read> Forward<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream: BufReader::with_capacity(ROOM, stream),
            position: 0,
        }
    }
}

impl<R: Read> Read for Forward<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(into)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl<R: Read> Seek for Forward<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Current(distance) = to else {
            return Err(ErrorKind::Unsupported.into());
        };
        let mut left = u64::try_from(distance).map_err(|_| ErrorKind::Unsupported)?;
        while left > 0 {
            let passed = left.min(self.stream.fill_buf()?.len() as u64);
            if passed == 0 {
                return Err(io::Error::other("unexpected EOF during skip"));
            }
            self.stream.consume(passed as usize);
            self.position += passed;
            left -= passed;
        }
        Ok(self.position)
    }
}
