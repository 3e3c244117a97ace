//! Small packages on which the search for loops is tried.

use super::graph::Graph;

/// The loops of a package with these files.
fn loops_of(files: &[(&str, &str)]) -> Vec<String> {
    let graph = Graph::of(files.iter().map(|(name, text)| ((*name).into(), (*text).into())));
    graph.loops().iter().map(|one| graph.describe(one)).collect()
}

#[test]
fn a_loop_is_found_through_faces_braces_and_code() {
    let face = "mod a; mod b; mod c; pub use a::{One, self}; pub use b::*; pub use c::three as go;";
    let loops = loops_of(&[
        ("lib.rs", "mod x; mod y;"),
        ("x/mod.rs", face),
        ("x/a.rs", "use super::{Two as Other, c}; pub struct One(Other, c::Three);"),
        ("x/b.rs", "pub struct Two; fn two() { crate::x::go(vec![1]) }"),
        ("x/c.rs", "pub struct Three; pub fn three() { format!(\"{}\", super::a::One::new()); }"),
        ("y.rs", "use crate::x::One; pub fn y(one: One) {}"),
    ]);
    let expected = "  x/a.rs -> x/b.rs: Two\n  x/a.rs -> x/c.rs: Three\n  x/b.rs -> x/c.rs: go\n  \
                    x/c.rs -> x/a.rs: new\n";
    assert_eq!(loops, [expected]);
}

#[test]
fn what_a_face_hands_on_tests_comments_and_texts_make_no_loop() {
    let loops = loops_of(&[
        ("lib.rs", "mod x; mod y; mod z;"),
        ("x/mod.rs", "mod a; pub use a::One; pub struct Base;"),
        ("x/a.rs", "use super::Base; pub struct One(Base);"),
        (
            "y.rs",
            "use crate::z::Z;
             /// [`crate::z::Z`] and crate::x::y
             #[cfg(test)] mod tests { use crate::x::One; const A: &str = \"super::z::Z\"; }",
        ),
        ("z.rs", "pub struct Z; #[cfg(all(test, unix))] use crate::y::{tests, y}; // crate::y::y"),
        ("z/tests.rs", "use crate::y::y;"),
    ]);
    assert_eq!(loops, Vec::<String>::new());
}

#[test]
fn a_face_that_uses_what_uses_it_is_a_loop() {
    let loops = loops_of(&[
        ("x/mod.rs", "mod a; pub use a::One; pub struct Base(One);"),
        ("x/a.rs", "pub struct One(super::Base);"),
    ]);
    assert_eq!(loops.len(), 1, "{loops:?}");
}
