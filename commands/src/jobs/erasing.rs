//! What imports know of somebody who is erased.

use super::{Jobs, submit::unkept};
use crate::{
    CommandError, Context,
    erase_subject::{EraseOrder, Erased},
    uploads::Mark,
};

impl Jobs {
    /// Erases a person, and keeps every import that is under way from bringing them back: their rows are refused. An
    /// import that begins meanwhile waits, and one that looks at the person does so before or after.
    pub async fn erase(&self, ctx: &Context, order: &EraseOrder) -> Result<Erased, CommandError> {
        let commands = self.commands();
        let _door = self.0.door.lock().await;
        commands.may_erase(ctx, order).await?;
        let known = commands.known(&order.email).await?.map(|person| person.subject_id);
        // Before the commit: whoever does not find the person any more finds the mark.
        self.mark(&Mark::of(known, &order.email)).await?;
        let erased = commands.erase_subject(ctx, order).await?;
        self.forget_reports();
        Ok(erased)
    }

    /// How many uploads are kept, each until its import has ended: any may name the person.
    pub async fn uploads_kept(&self) -> Result<usize, CommandError> {
        Ok(self.uploads().kept().await.map_err(|e| unkept(&e))?.len())
    }

    async fn mark(&self, mark: &Mark) -> Result<(), CommandError> {
        for import in self.uploads().kept().await.map_err(|e| unkept(&e))? {
            self.uploads().mark(import, mark).await.map_err(|e| unkept(&e))?;
        }
        Ok(())
    }

    /// Reports of imports list addresses. What they came to is in the log.
    fn forget_reports(&self) {
        let mut book = self.0.book.lock();
        book.ended.clear();
        let under_way: Vec<_> = book.under_way.keys().copied().collect();
        book.not_remembered.extend(under_way);
    }
}
