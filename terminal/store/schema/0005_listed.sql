-- Fen that the uses of a count card stood for at list price, by lot. What was used before this step says nothing of it:
-- there no less is reckoned than what was paid for it.
ALTER TABLE lots ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
