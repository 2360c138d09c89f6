//! Lists of all variants of an enum that cannot miss one.

/// An array of the variants that are listed, in that order; a variant that is not listed does not compile.
macro_rules! every {
    ($type:ident: $($variant:ident),+ $(,)?) => {{
        const _: fn($type) = |value| match value {
            $($type::$variant => {})+
        };
        [$($type::$variant),+]
    }};
}
pub(crate) use every;
