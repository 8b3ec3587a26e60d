//! A license as of moments, request by request.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::service::Service;

fn people(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items");
    let line = |item: &Value| format!("{} {}", item["email"].as_str().unwrap_or("erased"), item["status"]);
    items.iter().map(|item| line(item).replace('"', "")).collect()
}

#[tokio::test]
async fn the_list_the_seats_and_a_person_are_shown_as_of_any_moment() {
    let service = Service::start(10).await;
    let added = service.paste("zoe@school.example bob@x.example").await.position();
    let bob = Some("bob@x.example");
    let declined =
        service.post("/api/v1/invites/{L}/decline", bob, json!({"reason": "not_needed"})).await.position();
    let list = async |query: &str| service.get(&format!("/api/v1/licenses/{{L}}/users?{query}"), None).await;
    let then = list(&format!("at={added}")).await;
    assert_eq!(people(&then.body), ["zoe@school.example accepted", "bob@x.example invited"]);
    assert_eq!(then.body["as_of"]["position"], json!(added));
    assert_eq!(then.body["counts"], json!({"accepted": 1, "invited": 1, "rejected": 0}));
    let now = list(&format!("at={declined}&status=rejected")).await;
    assert_eq!(people(&now.body), ["bob@x.example rejected"]);
    assert_eq!(now.body["items"][0]["decline_reason"], json!("not_needed"));
    // An instant comes to the last event that was recorded by then.
    let at = then.body["as_of"]["recorded_at"].as_str().expect("a time").replace('+', "%2B");
    let by_instant = list(&format!("at={at}")).await;
    assert_eq!(by_instant.body["as_of"]["position"], json!(added));
    let first = list(&format!("at={added}&limit=1")).await;
    let next = first.text("next_cursor");
    let second = list(&format!("at={added}&limit=1&cursor={next}")).await;
    assert_eq!(
        (people(&second.body), &second.body["next_cursor"]),
        (vec!["bob@x.example invited".to_owned()], &Value::Null)
    );
    let seats = service.get(&format!("/api/v1/licenses/{{L}}/seats?at={added}"), None).await;
    assert_eq!((&seats.body["limit"], &seats.body["held"]), (&json!(10), &json!(2)));
    let seats = service.get("/api/v1/licenses/{L}/seats", None).await;
    assert_eq!((&seats.body["held"], &seats.body["as_of"]["position"]), (&json!(1), &json!(declined)));
    let member = then.body["items"][1]["member_id"].as_str().expect("an id").to_owned();
    let shown = service.get(&format!("/api/v1/licenses/{{L}}/users/{member}?at={added}"), None).await;
    assert_eq!(
        (&shown.body["member"]["status"], &shown.body["as_of"]["position"]),
        (&json!("invited"), &json!(added))
    );
    let before = service.get(&format!("/api/v1/licenses/{{L}}/users/{member}?at=1"), None).await;
    assert_eq!(before.body["member"], Value::Null);
}

#[tokio::test]
async fn the_difference_between_two_moments_is_shown() {
    let service = Service::start(10).await;
    let first = service.paste("zoe@school.example bob@x.example").await.position();
    let removed = json!({"emails": ["zoe@school.example"]});
    let removed =
        service.post("/api/v1/licenses/{L}/users/remove", Some(crate::service::ADMIN), removed).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.body);
    let accepted =
        service.post("/api/v1/invites/{L}/accept", Some("bob@x.example"), json!({})).await.position();
    service.paste("cleo@x.example").await;
    let changes =
        async |query: &str| service.get(&format!("/api/v1/licenses/{{L}}/users/changes?{query}"), None).await;
    let all = changes(&format!("from={first}")).await;
    let told = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().expect("items");
        let line = |item: &Value| {
            format!("{} {} {} {}", item["email"], item["change"], item["before"], item["after"])
        };
        items.iter().map(|item| line(item).replace('"', "")).collect()
    };
    let expected = [
        "zoe@school.example left accepted null",
        "bob@x.example changed invited accepted",
        "cleo@x.example came null invited",
    ];
    assert_eq!(told(&all.body), expected);
    assert_eq!((&all.body["from"]["held"], &all.body["to"]["held"]), (&json!(2), &json!(2)));
    let part = changes(&format!("from={first}&to={accepted}&change=changed")).await;
    assert_eq!(told(&part.body), expected[1..2]);
}

#[tokio::test]
async fn moments_that_can_not_be_are_told_with_what_would_fit() {
    let service = Service::start(10).await;
    service.paste("bob@x.example").await;
    for (query, said) in [
        ("users?at=yesterday", "At: \"yesterday\": it is neither a position nor a day or an instant."),
        ("users?at=2999-01-01T00:00:00Z", "has not come yet."),
        ("users?at=1&search=bob", "filtered by status only."),
        ("users?at=1&sort=email", "filtered by status only."),
        ("users?at=99999", "and none at 99999."),
        ("users?min_position=99999", "Min_position: the log has"),
        ("why?email=bob@x.example&min_position=99999", "and none at 99999."),
        ("seats?at=", "it is neither a position nor a day or an instant."),
        ("users/changes", "from: it is missing."),
        ("users/changes?from=2&to=1", "From: position 2 is behind 1"),
        ("users/changes?from=1&change=moved", "change"),
    ] {
        let answer = service.get(&format!("/api/v1/licenses/{{L}}/{query}"), None).await;
        let detail = answer.text("detail");
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}: {}", answer.body);
        assert!(detail.to_lowercase().contains(&said.to_lowercase()), "{query}: {detail}");
        assert!(!answer.text("hint").is_empty(), "{query}");
    }
}

/// Whoever turns the pages of now, or of today, goes on with the same list, whatever happens meanwhile.
#[tokio::test]
async fn a_page_is_gone_on_from_as_of_the_moment_of_the_first_one() {
    let service = Service::start(20).await;
    let first = service.paste("a@x.example b@x.example c@x.example").await.position();
    let today = service.get(&format!("/api/v1/licenses/{{L}}/seats?at={first}"), None).await;
    let today = today.body["as_of"]["recorded_at"].as_str().expect("a time")[..10].to_owned();
    let get = async |path: &str| {
        let answer = service.get(&format!("/api/v1/licenses/{{L}}/users{path}"), None).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer
    };
    let (changes, list) = ("/changes?from=0&limit=2".to_owned(), format!("?at={today}&limit=2"));
    let begun = [get(&changes).await, get(&list).await];
    service.paste("d@x.example").await;
    for (path, begun) in [&changes, &list].into_iter().zip(&begun) {
        let next = get(&format!("{path}&cursor={}", begun.text("next_cursor"))).await;
        assert_eq!(people(&next.body), [people(&next.body)[0].as_str()], "{path}: {}", next.body);
        assert!(people(&next.body)[0].starts_with("c@x.example"), "{path}: {}", next.body);
        assert_eq!((&next.body["as_of"], &next.body["to"]), (&begun.body["as_of"], &begun.body["to"]));
        // From the beginning it is another list.
        assert_ne!(get(path).await.body["next_cursor"], begun.body["next_cursor"]);
    }
    // Another position is another list.
    let (position, cursor) = (first - 1, begun[1].text("next_cursor"));
    let other = format!("/api/v1/licenses/{{L}}/users?at={position}&cursor={cursor}");
    let other = service.get(&other, None).await;
    other.refuses(StatusCode::BAD_REQUEST, "stale_cursor");
    let before = format!(
        "/api/v1/licenses/{{L}}/users?at={today}&status=invited&cursor={}",
        begun[1].text("next_cursor")
    );
    service.get(&before, None).await.refuses(StatusCode::BAD_REQUEST, "stale_cursor");
}
