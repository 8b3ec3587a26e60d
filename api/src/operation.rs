//! Operations of the API: a handler, with the address, the methods and the description that `utoipa::path` gives it.
//!
//! All descriptions together are long, and seldom read; a command that opens the database itself asks one operation. So
//! none is made before it is read.

use std::{collections::BTreeMap, mem};

use axum::{
    Router,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter},
};
use utoipa::openapi::{Components, HttpMethod, OpenApi, RefOr, Schema, path};

use crate::State;

/// What bodies are called, and what they are.
type Schemas = Vec<(String, RefOr<Schema>)>;

/// An operation. Made by [`operations`].
pub(crate) struct Operation {
    /// Its address below all of them, as the router has it.
    pub path: fn() -> String,
    pub methods: fn() -> Vec<HttpMethod>,
    /// Lets the handler answer at its address.
    pub route: fn(MethodRouter<State>) -> MethodRouter<State>,
    pub description: fn() -> path::Operation,
    /// In which chapter of the description it stands.
    pub tags: fn() -> Vec<&'static str>,
    /// What its bodies are, and what they consist of.
    pub schemas: fn(&mut Schemas),
}

/// The operations of these handlers.
macro_rules! operations {
    ($($handler:ident),+ $(,)?) => { pastey::paste! { &[$($crate::operation::Operation {
        path: <[<__path_ $handler>] as utoipa::Path>::path,
        methods: <[<__path_ $handler>] as utoipa::Path>::methods,
        route: |router| {
            $crate::operation::on(router, &<[<__path_ $handler>] as utoipa::Path>::methods(), &$handler)
        },
        description: <[<__path_ $handler>] as utoipa::Path>::operation,
        tags: <[<__path_ $handler>] as utoipa::__dev::Tags<'static>>::tags,
        schemas: <[<__path_ $handler>] as utoipa::__dev::SchemaReferences>::schemas,
    }),+] } };
}
pub(crate) use operations;

/// Lets a handler answer these methods.
pub(crate) fn on<H: Handler<T, State>, T: 'static>(
    router: MethodRouter<State>,
    methods: &[HttpMethod],
    handler: &H,
) -> MethodRouter<State> {
    methods.iter().fold(router, |router, method| router.on(known(method).1, handler.clone()))
}

impl Operation {
    /// What it is called.
    pub(crate) fn id(&self) -> Option<String> {
        (self.description)().operation_id
    }

    /// The methods that it takes, beside what follows from them.
    pub(crate) fn taken(&self) -> impl Iterator<Item = Method> {
        (self.methods)().into_iter().map(|method| known(&method).0)
    }

    /// Adds what it is to a description, where it stands below an address.
    pub(crate) fn describe(&self, api: &mut OpenApi, below: &str) {
        let mut description = (self.description)();
        let tags = (self.tags)().into_iter().map(ToOwned::to_owned);
        description.tags.get_or_insert_default().extend(tags);
        api.paths.add_path_operation(below.to_owned() + &(self.path)(), (self.methods)(), description);
        let mut schemas = Schemas::new();
        (self.schemas)(&mut schemas);
        api.components.get_or_insert_with(Components::new).schemas.extend(schemas);
    }
}

/// Operations, each at its address.
pub(crate) fn router<'a>(operations: impl Iterator<Item = &'a Operation>) -> Router<State> {
    let mut addresses: BTreeMap<String, MethodRouter<State>> = BTreeMap::new();
    for operation in operations {
        let address = addresses.entry((operation.path)()).or_default();
        *address = (operation.route)(mem::take(address));
    }
    addresses.into_iter().fold(Router::new(), |router, (path, methods)| router.route(&path, methods))
}

/// A method of a description, as requests have it and as the router takes it.
const fn known(method: &HttpMethod) -> (Method, MethodFilter) {
    match method {
        HttpMethod::Get => (Method::GET, MethodFilter::GET),
        HttpMethod::Put => (Method::PUT, MethodFilter::PUT),
        HttpMethod::Post => (Method::POST, MethodFilter::POST),
        HttpMethod::Delete => (Method::DELETE, MethodFilter::DELETE),
        HttpMethod::Options => (Method::OPTIONS, MethodFilter::OPTIONS),
        HttpMethod::Head => (Method::HEAD, MethodFilter::HEAD),
        HttpMethod::Patch => (Method::PATCH, MethodFilter::PATCH),
        HttpMethod::Trace => (Method::TRACE, MethodFilter::TRACE),
    }
}
