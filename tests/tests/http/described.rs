//! The API's description beside what the router does.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::Value;

use crate::service::{ADMIN, Answer, Service};

/// Each operation: its method, its path with made-up ids, its description.
fn operations() -> Vec<(Method, String, Value)> {
    let described = serde_json::to_value(api::app::openapi()).expect("the description");
    let mut operations = Vec::new();
    for (path, item) in described["paths"].as_object().expect("paths") {
        let mut path = path.replace("{name}", "nothing");
        while let Some((before, rest)) = path.split_once('{') {
            let after = rest.split_once('}').expect("a name").1;
            path = format!("{before}01920000-0000-7000-8000-000000000000{after}");
        }
        if path.ends_with("/audit/feed") {
            // Or else it would be followed for as long as one may.
            path.push_str("?follow=false");
        }
        for (method, operation) in item.as_object().expect("operations") {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            operations.push((method, path.clone(), operation.clone()));
        }
    }
    operations
}

fn takes(operation: &Value, header: &str) -> bool {
    let parameters = operation["parameters"].as_array().expect("parameters");
    parameters.iter().any(|p| p["in"] == "header" && p["name"] == header)
}

async fn with_header(service: &Service, method: &Method, path: &str, name: &str, value: &[u8]) -> Answer {
    let mut request = service.request(method.clone(), path, None);
    if path.ends_with("/invites") && name != "Seatbook-As" {
        request = request.header("Seatbook-As", ADMIN);
    }
    service.send(request.header(name, value).body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn a_body_is_described_as_required_where_there_has_to_be_one() {
    let service = Service::start(1).await;
    for (method, path, operation) in operations() {
        let Some(body) = operation.get("requestBody").filter(|body| body["content"]["text/csv"].is_null())
        else {
            continue;
        };
        let request = service.request(method.clone(), &path, None).body(Body::empty()).expect("a request");
        let answer = service.send(request).await;
        let missed = answer.status == StatusCode::UNSUPPORTED_MEDIA_TYPE;
        assert_eq!(missed, body["required"] == true, "{method} {path}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_header_is_described_where_it_is_read_and_nowhere_else() {
    let service = Service::start(1).await;
    for (method, path, operation) in operations() {
        for (name, bad, code) in [
            ("Seatbook-As", &b"nobody"[..], "invalid_email"),
            ("Idempotency-Key", b"\"\"", "invalid_header"),
            ("Seatbook-Via", b"\xff", "invalid_header"),
        ] {
            let answer = with_header(&service, &method, &path, name, bad).await;
            let read = answer.body["code"] == code;
            assert_eq!(read, takes(&operation, name), "{name} of {method} {path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn every_operation_says_how_a_no_looks() {
    for (method, path, operation) in operations() {
        let answers = operation["responses"].as_object().expect("responses");
        for status in ["4XX", "503", "5XX"] {
            let schema = &answers[status]["content"]["application/problem+json"]["schema"];
            assert_eq!(schema["$ref"], "#/components/schemas/Problem", "{status} of {method} {path}");
        }
        assert!(answers["503"]["headers"]["retry-after"].is_object(), "{method} {path}");
        assert!(answers.values().all(|answer| answer["description"].is_string()), "{method} {path}");
    }
    let described = serde_json::to_value(api::app::openapi()).expect("the description");
    assert!(described["components"]["schemas"]["Problem"].is_object());
}

#[tokio::test]
async fn every_address_takes_the_methods_described_and_names_them_when_asked_with_another() {
    let service = Service::start(1).await;
    let operations = operations();
    for (method, path, _) in &operations {
        let request = service.request(method.clone(), path, None).body(Body::empty()).expect("a request");
        let answer = service.send(request).await;
        assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_ne!(answer.body["code"], "not_found", "{method} {path}");
        let request = service.request(Method::DELETE, path, None).body(Body::empty()).expect("a request");
        let answer = service.send(request).await;
        answer.refuses(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
        let allowed: BTreeSet<&str> = answer.allow.split(',').filter(|method| *method != "HEAD").collect();
        let described = operations.iter().filter(|(_, other, _)| other == path).map(|(m, ..)| m.as_str());
        assert_eq!(allowed, described.collect(), "{path}");
        for method in allowed {
            assert!(answer.text("hint").contains(method), "{}", answer.body);
        }
        assert!(answer.text("detail").contains("DELETE"), "{}", answer.body);
    }
}
