//! One file per output format; each sees the report only.
