-- The last entry by which whoever holds it was served, and that moved nothing of theirs: a correction, a PIN, a card.
-- What was booked before this step is told by accounts and sales alone.
ALTER TABLE wallets ADD COLUMN attended INTEGER NOT NULL DEFAULT 0;
