//! Which index serves what.

use crate::list::full_house;

#[tokio::test]
async fn every_shape_of_the_list_is_read_from_an_index_on_every_page() {
    let (house, _) = full_house().await;
    let plan = |condition: &'static str| {
        house.read(move |conn| {
            let sql = format!(
                "EXPLAIN QUERY PLAN SELECT * FROM members WHERE license = 1 AND status <> 0 AND {condition} LIMIT 5"
            );
            let steps: Vec<String> = conn.all(&sql, &[], |row| row.get("detail"))?;
            Ok(steps.join("; "))
        })
    };
    for (condition, index) in [
        ("status = 1 ORDER BY normalised", "members_email_"),
        ("status = 1 ORDER BY normalised DESC", "members_email_"),
        ("status = 1 ORDER BY added_position", "members_added_"),
        ("status = 1 AND normalised > 'a' ORDER BY normalised", "members_email_"),
        ("status = 1 AND normalised < 'a' ORDER BY normalised DESC", "members_email_"),
        ("status = 1 AND normalised >= 'a' AND normalised < 'b' ORDER BY normalised", "members_email_"),
        ("status = 1 AND added_position > 1 ORDER BY added_position", "members_added_"),
        ("admission = 'invite' AND added_position > 1 ORDER BY added_position", "members_admission_added_"),
        ("added_by = x'00' AND added_position > 1 ORDER BY added_position", "members_adder_added_"),
    ] {
        let plan = plan(condition).await;
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{condition}: {plan}");
    }
}
