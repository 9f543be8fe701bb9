"""The watch feed: the records of an engine as lines of JSON, for many readers, each at its own pace (docs/watch.md)."""
