-- What uses of a count card stood for at list price, at all sites, in fen: it goes with the lot wherever it goes.
ALTER TABLE lot_terms ADD COLUMN listed bigint NOT NULL DEFAULT 0;
