//! What comes of work that is done on another thread, without its type.
//!
//! A task on a thread of its own is about a hundred functions to compile. There are two hundred questions that are
//! answered there: whoever takes them in boxes first, has one task for all of them, and so a fifth less to compile.

use std::any::Any;

/// Something of a type that whoever wants it knows.
pub type Untyped = Box<dyn Any + Send>;

/// For whoever takes whatever it is.
pub fn untyped<R: Send + 'static>(it: R) -> Untyped {
    Box::new(it)
}

/// What was put in as this type.
pub fn typed<R: 'static>(it: Untyped) -> R {
    it.downcast().map_or_else(|_| unreachable!("it was put in as another type"), |it| *it)
}
