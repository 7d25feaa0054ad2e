//! What no type can be called.

/// Words of JavaScript in modules, words and types of TypeScript, and what the npm package's command declares beside types.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "$equal", "$issue", "$length", "$standard", "StandardSchema", "any", "arguments", "asserts", "await",
    "bigint", "boolean", "break", "case", "catch", "class", "const", "continue", "debugger", "default",
    "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function",
    "if", "implements", "import", "in", "infer", "instanceof", "interface", "intrinsic", "keyof", "let",
    "never", "new", "null", "number", "object", "package", "private", "protected", "public", "readonly",
    "return", "static", "string", "super", "switch", "symbol", "this", "throw", "true", "try", "typeof",
    "undefined", "unique", "unknown", "var", "void", "while", "with", "yield",
];

/// Whether a type may be called so. The npm package's command has the same list.
pub(crate) fn is_free(name: &str) -> bool {
    let is_written = ["validate", "schema", "pattern", "func"].into_iter().any(|start| {
        name.strip_prefix(start)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    });
    !is_written && RESERVED.binary_search(&name).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_names() {
        assert!(RESERVED.is_sorted());
        for name in ["default", "string", "yield", "$standard", "StandardSchema", "validate10"] {
            assert!(!is_free(name), "{name}");
        }
        for name in ["Default", "strings", "validate", "schema1a", "$"] {
            assert!(is_free(name), "{name}");
        }
    }
}
