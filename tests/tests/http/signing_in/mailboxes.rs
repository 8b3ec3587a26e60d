//! Where letters with links go, how many of them, and how somebody is shut out.

use super::*;

/// Whoever spells an address oddly has letters sent to its real owner, or nowhere, and keeps nobody out.
#[tokio::test]
async fn a_letter_goes_where_the_person_is_whoever_asks_and_however_it_is_spelled() {
    let post = Post::open().await;
    let odd = ADMIN.replace("school", "\u{ff53}chool").replace("@s", "@S");
    assert_ne!(odd, ADMIN);
    for n in 0..7 {
        post.ask_for_link(&odd).await;
        for _ in 0..500 {
            if files(post.letters.path()).len() > n.min(4) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let letters = files(post.letters.path());
    assert_eq!(letters.len(), 5, "nobody's mailbox is flooded");
    for letter in letters {
        let letter = fs::read_to_string(letter).expect("a letter");
        assert!(letter.contains(&format!("To: {ADMIN}")), "{letter}");
    }
    // ς and σ are one letter, ſ and s are: nobody is added in a spelling that may be somebody else's mailbox.
    for odd in ["\u{3bd}\u{3b9}\u{3ba}\u{3bf}\u{3c3}@x.example", "\u{17f}am@x.example"] {
        let refused = post.service.paste(odd).await;
        assert_eq!(refused.body["outcomes"]["invalid_email"], 1, "{}", refused.body);
        let admin = json!({"email": odd});
        let refused = post.service.post("/api/v1/licenses/{L}/admins", Some(ADMIN), admin).await;
        refused.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_email");
    }
    post.service.paste("\u{3bd}\u{3b9}\u{3ba}\u{3bf}\u{3c2}@x.example").await;
    let before = files(post.letters.path());
    post.ask_for_link("\u{3bd}\u{3b9}\u{3ba}\u{3bf}\u{3c3}@x.example").await;
    let mut letter = None;
    for _ in 0..500 {
        letter = files(post.letters.path()).difference(&before).next().cloned();
        if letter.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let letter = fs::read_to_string(letter.expect("a letter")).expect("a letter");
    assert!(letter.contains("\u{3bf}\u{3c2}@x.example"), "{letter}");
    let made = post.service.post("/api/v1/sign-in/links/make", None, json!({"email": ADMIN})).await;
    assert_eq!(
        made.status,
        StatusCode::CREATED,
        "whoever can open the database lets people in: {}",
        made.body
    );
}

/// A few at once, and few in the long run: also where each was used.
#[tokio::test]
async fn nobodys_mailbox_is_filled_by_whoever_asks_for_links() {
    let post = Post::open().await;
    for n in 0..20 {
        let code = post.code("victim@x.example").await;
        assert_eq!(post.press(&code, &[]).await.0, StatusCode::SEE_OTHER, "{n}");
    }
    for _ in 0..3 {
        post.ask_for_link("victim@x.example").await;
    }
    // Others are not concerned, and what comes for them comes later.
    post.code("other@x.example").await;
    let to_victim = |path: &std::path::PathBuf| {
        fs::read_to_string(path).is_ok_and(|letter| letter.contains("To: victim@x.example"))
    };
    assert_eq!(files(post.letters.path()).iter().filter(|path| to_victim(path)).count(), 20);
}

#[tokio::test]
async fn the_operator_ends_every_session_of_a_person() {
    let post = Post::open().await;
    let cookie = cookie_of(&post.press(&post.code(ADMIN).await, &[]).await.1);
    let mine = [("Cookie", cookie.as_str())];
    assert_eq!(post.status_of(Method::GET, "/api/v1/sessions", &mine).await, StatusCode::OK);
    let asked_before = post.code(ADMIN).await;
    let ended = post.service.post("/api/v1/sessions/end", None, json!({"email": ADMIN})).await;
    assert_eq!(ended.body["ended"], 1, "{}", ended.body);
    assert_eq!(post.status_of(Method::GET, "/api/v1/sessions", &mine).await, StatusCode::UNAUTHORIZED);
    assert_eq!(post.press(&asked_before, &[]).await.0, StatusCode::FORBIDDEN, "they are shut out");
    assert_eq!(post.press(&post.code(ADMIN).await, &[]).await.0, StatusCode::SEE_OTHER);
}
