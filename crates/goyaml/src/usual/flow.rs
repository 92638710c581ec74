//! Flow sequences of single words and quoted scalars on one line.

use super::Reader;
use crate::compose::NodeKind;

impl Reader<'_, '_> {
    pub(super) fn flow_sequence(&mut self) -> Option<()> {
        self.tree.open(NodeKind::Sequence);
        self.pos += 1;
        self.skip_spaces();
        if self.byte() != b']' {
            self.flow_item()?;
            while self.byte() == b',' {
                self.pos += 1;
                self.skip_spaces();
                self.flow_item()?;
            }
        }
        if self.byte() != b']' {
            return None;
        }
        self.pos += 1;
        self.tree.close();
        Some(())
    }

    /// An item, and the spaces after it.
    fn flow_item(&mut self) -> Option<()> {
        if matches!(self.byte(), b'\'' | b'"') {
            let text = self.quoted()?;
            self.tree.scalar(text, false)?;
        } else {
            let text = self.flow_word()?;
            self.tree.scalar(text.into(), true)?;
        }
        self.skip_spaces();
        Some(())
    }
}
