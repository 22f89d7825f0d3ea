//! Media over QUIC, the lite part: frames that go to whoever listens.

use bytes::Bytes;
use tokio::sync::broadcast;

pub struct Track {
    frames: broadcast::Sender<Bytes>,
}

impl Track {
    pub fn new(capacity: usize) -> Self {
        Self { frames: broadcast::channel(capacity).0 }
    }

    pub fn listen(&self) -> broadcast::Receiver<Bytes> {
        self.frames.subscribe()
    }

    /// To how many it went.
    pub fn send(&self, frame: Bytes) -> usize {
        self.frames.send(frame).unwrap_or(0)
    }
}
