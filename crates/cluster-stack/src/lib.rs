//! The format of a cluster stack release: tags, versions, metadata, stages, files.
